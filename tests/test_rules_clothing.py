"""The clothing rules on drawn portraits whose defects grow."""

from __future__ import annotations

import numpy as np
import pytest

from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.rules import Rule
from photospec.rules.clothing import ClothingContrast, ClothingHue, ClothingPattern, Collar, Turtleneck
from photospec.testing import portrait


def margins(rule: Rule, defect: str, seed: int, severities: tuple[float, ...]) -> list[float]:
    found = []
    for severity in severities:
        drawn = portrait(seed, defects={defect: severity} if severity else {})
        finding = rule.check(Portrait(Photo.read(drawn.pixels)))
        assert finding.margin is not None, finding.message.en
        found.append(finding.margin)
    return found


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        (ClothingContrast(), "garment-like-backdrop"),
        (ClothingPattern(), "stripes"),
        (ClothingPattern(), "checks"),
        (ClothingPattern(), "print"),
        (ClothingHue(), "sky-blue-garment"),
        (ClothingHue(), "yellow-green-garment"),
    ],
)
def test_margin_falls_as_the_defect_grows(rule: Rule, defect: str) -> None:
    found = margins(rule, defect, 2, (0, 0.25, 0.5, 0.75, 1))
    assert found == sorted(found, reverse=True)
    assert found[0] > 0


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        (ClothingContrast(), "garment-like-backdrop"),
        (ClothingPattern(), "stripes"),
        (ClothingHue(), "sky-blue-garment"),
        (ClothingHue(), "yellow-green-garment"),
    ],
)
def test_full_defect_fails_and_says_what_to_do(rule: Rule, defect: str) -> None:
    finding = rule.check(Portrait(Photo.read(portrait(1, defects=[defect]).pixels)))
    assert finding.verdict is Verdict.FAIL
    assert finding.remedy.zh
    assert finding.where


def test_hue_says_which() -> None:
    green = ClothingHue().check(Portrait(Photo.read(portrait(1, defects=["yellow-green-garment"]).pixels)))
    blue = ClothingHue().check(Portrait(Photo.read(portrait(1, defects=["sky-blue-garment"]).pixels)))
    assert "黄绿" in green.message.zh
    assert "天蓝" in blue.message.zh


@pytest.mark.parametrize("rule", [ClothingContrast(), ClothingPattern(), ClothingHue(), Collar(), Turtleneck()])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_no_face_is_skipped(rule: Rule, level: int) -> None:
    for shape in ((640, 480, 3), (1, 1, 3), (1280, 2, 3)):
        finding = rule.check(Portrait(Photo.read(np.full(shape, level, np.uint8))))
        assert finding.verdict is Verdict.SKIP
