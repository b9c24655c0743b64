"""Making and choosing what photospec learnt: not part of the library, not installed."""
