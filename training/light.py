"""The natural colours that `photospec.portrait.colour_cast` compares with, and how well that does on people left out.

    python -m training.light ../shared

prints the two constants of that module and the rates of five folds by person, in about a minute. Nothing else of the
light is learnt: the other rules are physical measures with limits of ours.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photospec import Photo
from photospec.errors import Obscured, Unseen
from photospec.portrait import Portrait
from photospec.portrait.colour_cast import shift_of, witnesses
from training.doubtful import doubtful
from training.limits import choose_limits

__all__ = ["Sitter", "fit", "people_left_out", "read_sitters"]

Numbers = npt.NDArray[np.float64]

SHRINK = 0.3  # of the correlations between witnesses: a cast that the sets do not have may break them
FOLDS = 5


@dataclass(frozen=True)
class Sitter:
    """One photo: who, whether the labels call its colour a cast (None: not looked at), and what tells of the light."""

    base: str
    cast: bool | None
    seen: Numbers


def read_sitters(shared: Path) -> list[Sitter]:
    """Read the photos that are labelled natural or cast, and one untouched photo of each person of the made set."""
    doubts = doubtful()
    sitters = []
    for name in ("real", "eval"):
        met: set[str] = set()
        for row in _manifest(shared / name):
            cast = {"fail": True, "pass": False}.get(row["expect"].get("natural-colour", ""))
            if (f"{name}/{row['file']}", "colour") in doubts:
                cast = None
            untouched = row.get("defect") in ("compliant", "official", "smiling", "natural", "turned")
            if cast is None and not (untouched and row["base"] not in met):
                continue
            if untouched:
                met.add(row["base"])
            try:
                portrait = Portrait(Photo.read(shared / name / row["file"]))
                seen = witnesses(portrait.exposure.skin, portrait.eye_whites)
            except (Unseen, Obscured):
                continue
            sitters.append(Sitter(row["base"], cast, seen))
    return sitters


def _manifest(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def fit(sitters: list[Sitter]) -> tuple[Numbers, Numbers]:
    """Return mean and covariance of the witnesses of people in neutral light; where no white is seen, of the skin."""
    natural = [s.seen for s in sitters if not s.cast]
    skins, whole = np.array([seen[:2] for seen in natural]), np.array([seen for seen in natural if len(seen) > 2])
    neutral, spread = np.append(skins.mean(0), whole[:, 2:].mean(0)), np.cov(whole.T)
    spread = (1 - SHRINK) * spread + SHRINK * np.diag(np.diag(spread))
    return np.round(neutral, 1), np.round(spread, 1)


def people_left_out(sitters: list[Sitter]) -> tuple[Numbers, npt.NDArray[np.bool_], list[str]]:
    """Return how unusual each labelled photo is to those who never saw its person, whether it is a cast, and who."""
    scores, casts, people = [], [], []
    for fold in range(FOLDS):
        inside = [zlib.crc32(s.base.encode()) % FOLDS == fold for s in sitters]
        neutral, spread = fit([s for s, out in zip(sitters, inside, strict=True) if not out])
        for sitter, out in zip(sitters, inside, strict=True):
            if out and sitter.cast is not None:
                scores.append(shift_of(sitter.seen, neutral, spread)[2])
                casts.append(sitter.cast)
                people.append(sitter.base)
    return np.array(scores), np.array(casts), people


def main() -> None:
    """Print what `colour_cast` needs and how good it is."""
    parser = argparse.ArgumentParser(prog="python -m training.light", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shared", type=Path, help="folder of the sets real and eval")
    sitters = read_sitters(parser.parse_args().shared)
    neutral, spread = fit(sitters)
    print(f"NEUTRAL = np.array({tuple(neutral.tolist())})")
    print(f"SPREAD = np.array({tuple(map(tuple, spread.tolist()))})")
    scores, casts, people = people_left_out(sitters)
    print(f"{casts.sum()} casts, {(~casts).sum()} natural, {FOLDS} folds by person")
    for missed, false in ((0.10, 0.02), (0.20, 0.05)):
        print(f"certified {missed:.0%}, {false:.0%}:", choose_limits(scores, casts, people, missed=missed, false=false))


if __name__ == "__main__":
    main()
