"""Facts of the machine that a measurement was made on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

__all__ = ["machine_facts", "unique_memory"]

PACKAGES = ("numpy", "opencv-python-headless", "scikit-image", "dlib-bin", "pillow", "pebble", "distributed")


def machine_facts() -> dict[str, str]:
    """Return processor, cores, memory, system and versions."""
    facts = {"processor": _processor(), "cores": str(len(os.sched_getaffinity(0))), "memory": _memory()}
    facts |= {"system": f"{platform.system()} {platform.release()}", "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "unknown"


def unique_memory(process: int) -> float:
    """Return the unique set size of a process (pages that nobody shares), in MiB; Linux only."""
    total = 0
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Clean:", "Private_Dirty:")):
            total += int(line.split()[1])
    return total / 1024
