"""The people who are learnt from: sets of photos, what is known of each, and who is judged by whose networks.

A set is a folder with ``manifest.jsonl``, a line a photo: ``file``, ``base`` (the person; near duplicates share one),
``source``, ``expect`` {rule: pass | fail}, ``group`` and, for photos read by eye, ``seen``. What is not known stays
unknown: a network learns from a photo only the questions that somebody has answered for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.doubtful import read_doubts

__all__ = ["FOLDS", "LICENCES", "Person", "fold_of", "read_people"]

FOLDS = 3
"""Groups of people; each is judged by networks that have seen the other groups only."""

LICENCES = {
    "london_neutral": "CC BY 4.0",
    "london_smiling": "CC BY 4.0",
    "canada": "CC BY 4.0",
    "webmorph_misc": "CC0",
    "us_officials": "public domain",
    "faker": "AI-generated",
    "made": "drawn by photospec",
    "emv2_crop": "Apache-2.0",
    "facechain": "Apache-2.0",
    "tw_ly": "reuse with attribution",
    "scut": "non-commercial research",
}
"""Terms of each source; what is not listed has terms that were not stated where it was found."""

BINDING = ("non-commercial research", "terms not stated")

YES, NO = 1, 0

RULES = {
    "earring": "earrings",
    "necklace": "necklace",
    "collarless": "collar",
    "high neck": "turtleneck",
    "worn on the head": "head-covering",
    "brows covered": "hair-over-eyes",
    "eye closed": "eyes-open",
    "face covered": "face-occlusion",
    "teeth": "mouth-closed",
    "tint": "tinted-lenses",
    "glare": "lens-reflection",
    "rim over the eye": "frame-over-eyes",
}
"""Questions that a rule's verdict answers: yes where the rule must fail."""

SEEN: dict[str, tuple[str, dict[str, int]]] = {
    "lobes hidden": ("earring", {"h": YES, "1": NO, "0": NO}),
    "neck hidden": ("necklace", {"h": YES, "1": NO, "0": NO}),
    "garment unseen": ("neck", {"x": YES, "c": NO, "n": NO, "t": NO, "s": NO, "f": NO}),
    "high neck": ("neck", {"t": YES, "s": YES, "f": YES, "c": NO, "n": NO}),
    "worn on the head": ("head", {"h": YES, "b": YES, "o": YES, "0": NO}),
    "hair ornament": ("head", {"o": YES, "0": NO, "b": NO, "h": NO}),
    "glasses": ("glasses", {"g": YES, "r": YES, "d": YES, "0": NO}),
    "ears hidden": ("ears", {"2": 0, "1": 1, "0": 2}),
}
"""Questions that the eye answered, from `seen`; "ears hidden" counts."""

LENSES = frozenset({"clear-glasses", "glare", "glare-own-glasses", "frame-over-eyes", "sunglasses", "tinted-glasses"})
SMILES = {"london_smiling": YES, "london_neutral": NO}
"""Sources whose people were asked to smile, or not to."""

SOME = -1
"""Answer to "ears hidden" where it is known only that not both ears show."""


@dataclass(frozen=True, slots=True)
class Person:
    """One photo of a person, and the answers that are known.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Set and file, as in ``doubtful.csv``.
    base : str
        Who it is.
    real : bool
        Nothing was painted on it and somebody has looked at it.
    licence : str
        The terms of its source.
    answers : dict of str to int
        1 yes, 0 no, by question; "ears hidden" is a number, or `SOME`.
    group : dict
        Sex, skin, glasses ... as the set gives them.
    """

    path: Path
    name: str
    base: str
    real: bool
    licence: str
    answers: dict[str, int]
    group: dict[str, Any]

    @property
    def fold(self) -> int:
        """The group of people that the person belongs to, 0 to 2."""
        return fold_of(self.base)


def fold_of(base: str) -> int:
    """Return the group of a person: the same in every set and on every machine."""
    return int(hashlib.md5(base.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def read_people(shared: Path, licence: str = "any", sets: Iterable[str] = ("real", "eval")) -> list[Person]:
    """Read the photos of some sets.

    Parameters
    ----------
    shared : Path
        The folder that holds the sets.
    licence : {"any", "permissive"}
        ``permissive`` leaves out what may not be used commercially, or whose terms nobody has stated.
    sets : iterable of str
        Names of their folders.

    Returns
    -------
    list of Person
        In the order of the sets and their manifests. Answers that ``doubtful.csv`` doubts are unknown.
    """
    if licence not in ("any", "permissive"):
        raise ValueError(f"licence must be 'any' or 'permissive', got {licence!r}")
    doubts = {(doubt.file, doubt.question) for doubt in read_doubts()}
    people = []
    for name in sets:
        with (shared / name / "manifest.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                terms = LICENCES.get(row["source"], "terms not stated")
                if licence == "permissive" and terms in BINDING:
                    continue
                shown = f"{name}/{row['file']}"
                answers = {q: a for q, a in _answers(row, name).items() if (shown, q) not in doubts}
                path = shared / name / row["file"]
                people.append(
                    Person(path, shown, row["base"], row["defect"] == "real", terms, answers, row.get("group", {}))
                )
    return people


def _answers(row: dict[str, Any], name: str) -> dict[str, int]:
    expect, seen = row["expect"], row.get("seen") or {}
    answers = {q: int(expect[rule] == "fail") for q, rule in RULES.items() if rule in expect}
    if "ears-visible" in expect:
        answers["ears hidden"] = SOME if expect["ears-visible"] == "fail" else 0
    for question, (key, known) in SEEN.items():
        if key in seen:
            answers.pop(question, None)
            if seen[key] in known:
                answers[question] = known[seen[key]]
    if row["source"] in SMILES and "face covered" not in answers:
        answers["smile"] = SMILES[row["source"]]
    if seen:
        answers.setdefault("face covered", NO)
        if seen.get("mouth") == "n":  # lips apart, no teeth: the eye found these hard to tell
            answers.pop("teeth", None)
    elif name == "eval":
        if row["defect"] in LENSES or "glasses" in row["group"]:
            answers["glasses"] = int(row["defect"] in LENSES or bool(row["group"]["glasses"]))
        if "collarless" in answers:
            answers["garment unseen"] = NO
    if answers.get("high neck") == YES:  # the question whether there is a collar does not arise
        answers.pop("collarless", None)
    return answers
