"""Benchmarks of photospec: accuracy, speed, memory, scale."""
