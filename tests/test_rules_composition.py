"""CMP rules on drawn portraits: they measure what was drawn, and each defect lowers the margin."""

from __future__ import annotations

import numpy as np
import pytest

from photospec import Photo, Verdict
from photospec.portrait import Portrait
from photospec.rules.composition import (
    AspectDistortion,
    Centring,
    CrownMargin,
    EyeLine,
    FaceWidth,
    FigureFillsFrame,
    HeadPitch,
    HeadRoll,
    HeadYaw,
    ShouldersLevel,
    SingleFace,
)
from photospec.testing import Geometry, ladder, portrait

RULES = {
    rule.name: rule()
    for rule in (
        SingleFace,
        CrownMargin,
        EyeLine,
        FaceWidth,
        Centring,
        HeadRoll,
        HeadYaw,
        HeadPitch,
        ShouldersLevel,
        AspectDistortion,
        FigureFillsFrame,
    )
}
DEFECTS = [
    ("crown-too-high", "crown-margin"),
    ("crown-too-low", "crown-margin"),
    ("topknot", "crown-margin"),
    ("eyes-too-high", "eye-line"),
    ("eyes-too-low", "eye-line"),
    ("face-too-large", "face-width"),
    ("face-too-small", "face-width"),
    ("off-centre", "centring"),
    ("tilted", "head-roll"),
    ("head-turned", "head-yaw"),
    ("shoulders-tilted", "shoulders"),
    ("stretched", "aspect-distortion"),
    ("narrow-figure", "figure-fills-frame"),
]


def check(name: str, pixels: np.ndarray):
    return RULES[name].check(Portrait(Photo.read(pixels)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", [0, 4])
def test_a_good_photo_passes(rule, seed):
    finding = check(rule, portrait(seed).pixels)
    assert finding.verdict is Verdict.PASS, finding


@pytest.mark.parametrize(("defect", "rule"), DEFECTS)
def test_a_defect_lowers_the_margin_until_it_fails(defect, rule):
    first, middle, last = (check(rule, drawn.pixels) for drawn in ladder(defect, steps=3))
    assert first.verdict is Verdict.PASS
    assert last.verdict is Verdict.FAIL
    assert first.margin > middle.margin > last.margin


def test_a_raised_chin_raises_the_pitch():
    values = [check("head-pitch", drawn.pixels).value for drawn in ladder("head-raised", steps=4)]
    assert values == sorted(values) and values[-1] > values[0] + 8


@pytest.mark.parametrize("rule", ["centring", "head-roll", "head-yaw", "shoulders"])
def test_a_mirrored_photo_has_the_opposite_value(rule):
    defects = {"off-centre": 0.5, "tilted": 0.3, "head-turned": 0.6, "shoulders-tilted": 0.5}
    pixels = portrait(3, defects=defects).pixels
    value, mirrored = check(rule, pixels).value, check(rule, pixels[:, ::-1]).value
    assert value == pytest.approx(-mirrored, abs=3.0)
    assert abs(value) > 2


@pytest.mark.parametrize("shift", [-40, -20, 20, 40])
def test_a_shift_moves_the_centring_by_as_much(shift):
    still = check("centring", portrait(1).pixels).value
    moved = check("centring", portrait(1, geometry=Geometry(centre_x=239.5 + shift)).pixels).value
    assert moved - still == pytest.approx(shift, abs=3)


def test_the_drawn_geometry_is_measured():
    drawn = portrait(2, geometry=Geometry(crown_y=95, eye_y=262, face_width=225))
    assert check("crown-margin", drawn.pixels).value == pytest.approx(95, abs=3)
    assert check("eye-line", drawn.pixels).value == pytest.approx(262, abs=4)
    assert check("face-width", drawn.pixels).value == pytest.approx(225, abs=9)


def test_limits_scale_with_the_photo():
    import cv2

    small = cv2.resize(portrait(2).pixels, (240, 320), interpolation=cv2.INTER_AREA)
    finding = check("crown-margin", small)
    assert finding.verdict is Verdict.PASS
    assert finding.limits == (25, 55)
    assert finding.value == pytest.approx(40, abs=3)


def test_a_bun_is_named():
    finding = check("crown-margin", portrait(1, defects={"topknot": 1.0}).pixels)
    assert finding.verdict is Verdict.FAIL
    assert "bun" in finding.message.en and "发髻" in finding.message.zh


def test_two_people_are_counted():
    pixels = portrait(1).pixels
    both = np.concatenate([pixels, pixels[:, ::-1]], 1)
    finding = check("single-face", both)
    assert finding.verdict is Verdict.FAIL and finding.value == 2
    assert len(finding.where) == 2


def test_someone_half_hidden_is_not_overlooked():
    finding = check("single-face", portrait(1, defects={"second-person": 1.0}).pixels)
    assert finding.verdict is Verdict.FAIL


def test_no_face_fails_the_count_and_skips_the_rest():
    empty = np.full((640, 480, 3), (100, 197, 255), np.uint8)
    assert check("single-face", empty).verdict is Verdict.FAIL
    for name in RULES.keys() - {"single-face"}:
        assert check(name, empty).verdict is Verdict.SKIP, name


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 1280, 3), np.uint8),
        portrait(1).pixels[:, 200:],
        portrait(1).pixels[230:],
        portrait(1).pixels[:330],
        np.concatenate([portrait(1).pixels[:400]] * 2, 1),
    ],
    ids=["1x1", "flat", "cut at the left", "cut at the top", "cut at the chin", "twins"],
)
def test_cut_faces_break_no_rule(rule, pixels):
    assert check(rule, np.ascontiguousarray(pixels)).verdict is not Verdict.ERROR
