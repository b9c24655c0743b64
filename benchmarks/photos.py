"""The photos that the speed benchmarks work on: portraits of nobody, made once."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from photospec.testing import make_batch

__all__ = ["make_photos", "repeated"]


def make_photos(count: int = 60) -> tuple[tempfile.TemporaryDirectory[str], list[Path]]:
    """Return a temporary folder of good and bad photos, and their paths."""
    folder = tempfile.TemporaryDirectory(prefix="photospec-bench-")
    batch = make_batch(Path(folder.name), count=count, seed=20171206)
    return folder, [made.path for made in batch]


def repeated(paths: list[Path], count: int) -> Iterator[Path]:
    """Return `count` paths, the same ones again and again."""
    return itertools.islice(itertools.cycle(paths), count)
