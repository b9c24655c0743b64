"""Earrings and necklace on drawn portraits."""

from __future__ import annotations

import numpy as np
import pytest

from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.rules import Rule
from photospec.rules.jewellery import Earrings, Necklace
from photospec.testing import portrait


def evidence(defect: str, severity: float, seed: int) -> tuple[float, float, float]:
    """Return the log odds of left earring, right earring and necklace."""
    drawn = portrait(seed, defects={defect: severity} if severity else {})
    seen = Portrait(Photo.read(drawn.pixels))
    left, right = seen.ear_odds
    return left["earring"], right["earring"], seen.neck_odds["necklace"]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("defect", "place"), [("ear-hoops", 0), ("ear-drops", 1), ("necklace", 2)])
def test_evidence_grows_with_the_jewellery(defect: str, place: int, seed: int) -> None:
    assert evidence(defect, 1, seed)[place] > evidence(defect, 0, seed)[place] + 1


def test_earring_on_one_side_is_found_on_that_side_also_in_the_mirror() -> None:
    pixels = portrait(5, defects=["ear-hoops"]).pixels.copy()
    pixels[:, 240:] = portrait(5).pixels[:, 240:]
    left, right = Portrait(Photo.read(pixels)).ear_odds
    mirrored_left, mirrored_right = Portrait(Photo.read(pixels[:, ::-1].copy())).ear_odds
    assert left["earring"] > right["earring"] + 2
    assert mirrored_right["earring"] > mirrored_left["earring"] + 2


def test_marks_lie_at_the_ears() -> None:
    drawn = portrait(1, defects=["ear-hoops"])
    left, right = Portrait(Photo.read(drawn.pixels)).ears.sides
    assert left.lobe[2] < 240 < right.lobe[0]
    assert drawn.truth.eye_y < left.lobe[3] < drawn.truth.eye_y + 250


@pytest.mark.parametrize("rule", [Earrings(), Necklace()])
def test_no_face_is_skipped(rule: Rule) -> None:
    for shape in ((640, 480, 3), (1, 1, 3), (1280, 2, 3)):
        finding = rule.check(Portrait(Photo.read(np.full(shape, 255, np.uint8))))
        assert finding.verdict is Verdict.SKIP
