"""Labels of the evaluation sets that look wrong: told to those who keep the sets, and never learnt from.

``doubtful.csv`` has a line for each: ``file`` (the set's folder and the manifest's file, "real/photos/x.jpg"),
``question`` (a key of the manifest's ``seen``, or else a rule's name), ``label`` (what the manifest says) and
``what_you_see``, in words, from the photo enlarged.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Doubt", "doubtful", "read_doubts"]

LIST = Path(__file__).with_name("doubtful.csv")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One label that looks wrong; the fields are the columns of the list."""

    file: str
    question: str
    label: str
    what_you_see: str


def read_doubts(path: Path = LIST) -> tuple[Doubt, ...]:
    """Read the list.

    Raises
    ------
    ValueError
        If a line has other columns than it should, or an empty one.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for number, row in enumerate(rows, start=2):
        if set(row) != set(Doubt.__slots__) or not all(row.values()):
            raise ValueError(f"{path.name}, line {number}: expected {', '.join(Doubt.__slots__)}, got {row}")
    return tuple(Doubt(**row) for row in rows)


def doubtful(path: Path = LIST) -> frozenset[tuple[str, str]]:
    """Return (file, question) of every doubtful label: what a trainer leaves out.

    Examples
    --------
    >>> ("real/photos/nobody.jpg", "light") in doubtful()
    False
    """
    return frozenset((doubt.file, doubt.question) for doubt in read_doubts(path))
