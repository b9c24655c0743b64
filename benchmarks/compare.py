"""Report what became slower or faster by more than 20 %, in ratio to the decode floor of the same run.

    python -m pytest benchmarks --benchmark-only --benchmark-json before.json
    python -m benchmarks.compare before.json after.json

The ratio to the floor cancels the machine's speed and load. The exit code is 0: a timing is news, not a failure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["changes", "ratios"]

FLOOR = "test_decode_floor"
NOTABLE = 0.2
LEAST_RATIO = 0.02
"""Shorter than this share of a decode, 10 microseconds or so, the clock decides."""


def ratios(run: Path) -> dict[str, float]:
    """Return each benchmark's fastest time over that of the decode floor.

    Raises
    ------
    ValueError
        The file is not a run of `benchmarks/test_speed.py`.
    """
    fastest = {b["name"]: b["stats"]["min"] for b in json.loads(run.read_text())["benchmarks"]}
    if FLOOR not in fastest:
        raise ValueError(f"{run}: no benchmark named {FLOOR}")
    return {name: seconds / fastest[FLOOR] for name, seconds in fastest.items()}


def changes(before: dict[str, float], after: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return the benchmarks that changed notably, the most slowed first."""
    both = {n: (before[n], after[n]) for n in before.keys() & after.keys() if max(before[n], after[n]) >= LEAST_RATIO}
    notable = {n: (b, a) for n, (b, a) in both.items() if not 1 / (1 + NOTABLE) <= a / b <= 1 + NOTABLE}
    return dict(sorted(notable.items(), key=lambda item: -item[1][1] / item[1][0]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two runs and print what changed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    given = parser.parse_args(arguments)
    found = changes(ratios(given.before), ratios(given.after))
    for name, (before, after) in found.items():
        print(f"{after / before:6.2f} x  {name}: {before:.2f} -> {after:.2f} decodes")
    print(f"{len(found)} changed by more than {NOTABLE:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
