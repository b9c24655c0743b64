"""Portraits of nobody, drawn with known faults: what photospec shows of itself must be seen as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from photospec.testing import Sitter, portrait, save_portrait
from training.people import NO, YES, Person

__all__ = ["draw_people"]

FIRST = 5000
"""First seed; tests and docs draw smaller ones."""

GOOD, EACH = 120, 10
"""Drawings without fault, and with each fault."""

FAULTS: dict[str, dict[str, int | None]] = {
    "eyes-closed": {"eye closed": YES},
    "left-eye-closed": {"eye closed": YES},
    "right-eye-closed": {"eye closed": YES},
    "mouth-open": {"teeth": YES, "smile": None},
    "smile": {"teeth": None, "smile": YES},
    "tinted-lenses": {"tint": YES, "glasses": YES},
    "glare": {"glare": YES, "glasses": YES},
    "frame-over-eyes": {"rim over the eye": YES, "glasses": YES},
    "hat": {"worn on the head": YES, "brows covered": None, "hair ornament": NO},
    "headband": {"worn on the head": YES, "hair ornament": None},
    "scarf": {
        "worn on the head": YES,
        "ears hidden": 2,
        "lobes hidden": YES,
        "neck hidden": None,
        "high neck": None,
        "collarless": None,
        "garment unseen": None,
    },
    "fringe": {"brows covered": YES},
    "hair-over-ears": {"ears hidden": 2, "lobes hidden": None},
    "left-ear-covered": {"ears hidden": 1},
    "right-ear-covered": {"ears hidden": 1},
    "ear-studs": {"earring": YES},
    "ear-hoops": {"earring": YES},
    "ear-drops": {"earring": YES},
    "necklace": {"necklace": YES},
    "face-mask": {"face covered": YES, "teeth": None, "smile": None},
    "hand-on-face": {"face covered": YES},
    "round-neck": {"collarless": YES},
    "turtleneck": {"high neck": YES, "collarless": None, "neck hidden": None},
}
"""What each fault answers; None: nothing that can be told."""

FREE: dict[str, int] = dict.fromkeys(
    (
        *("eye closed", "tint", "glare", "rim over the eye", "glasses", "teeth", "smile", "face covered"),
        *("worn on the head", "hair ornament", "brows covered", "ears hidden", "lobes hidden", "earring"),
        *("necklace", "collarless", "high neck", "neck hidden", "garment unseen"),
    ),
    NO,
)


def draw_people(folder: Path, good: int = GOOD, each: int = EACH) -> list[Person]:
    """Draw the portraits, or find them drawn.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    good, each : int
        Drawings without fault, and with each fault.

    Returns
    -------
    list of Person
        Seeds from `FIRST` on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_drawn, *zip(*_plans(folder, good, each), strict=True), chunksize=8))


def _plans(folder: Path, good: int, each: int) -> Iterator[tuple[Path, int, str]]:
    wanted = ["" for _ in range(good)] + [fault for fault in FAULTS for _ in range(each)]
    for seed, fault in enumerate(wanted, FIRST):
        yield folder / f"{seed}-{fault or 'good'}.jpg", seed, fault


def _drawn(path: Path, seed: int, fault: str) -> Person:
    sitter = Sitter.random(seed)
    if fault and seed % 2:
        sitter = replace(sitter, glasses=False)
    if not path.exists():
        severity = 1.0 - 0.06 * (seed % 6)
        save_portrait(path, portrait(seed, sitter=sitter, defects={fault: severity} if fault else {}))
    answers: dict[str, int | None] = {**FREE, "glasses": int(sitter.glasses), **FAULTS.get(fault, {})}
    known = {question: answer for question, answer in answers.items() if answer is not None}
    return Person(path, f"drawn/{path.name}", f"drawn-{seed}", False, "drawn by photospec", known, {})
