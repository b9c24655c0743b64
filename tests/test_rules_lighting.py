"""The LGT rules on drawn portraits: what is right passes, margins fall as a defect grows, sides mirror."""

from itertools import pairwise

import numpy as np
import pytest

from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.rules.lighting import EvenLighting, Highlights, NaturalColour, Overexposure, Sharpness, Underexposure
from photospec.rules.quality import CompressionArtefacts, NoiseLevel, Retouching
from photospec.testing import Sitter, ladder, portrait

RULES = (
    Overexposure(),
    Underexposure(),
    EvenLighting(),
    Highlights(),
    Sharpness(),
    NaturalColour(),
    NoiseLevel(),
    CompressionArtefacts(),
    Retouching(),
)
LADDERS = [
    (Overexposure(), "overexposed"),
    (Underexposure(), "underexposed"),
    (EvenLighting(), "side-light"),
    (EvenLighting(), "face-shadow"),
    (Highlights(), "hot-spots"),
    (Sharpness(), "defocus"),
    (Sharpness(), "motion-blur"),
    (Sharpness(), "upscaled"),
    (NaturalColour(), "warm-cast"),
    (NaturalColour(), "green-cast"),
    (NaturalColour(), "monochrome"),
    (NoiseLevel(), "noise"),
    (CompressionArtefacts(), "compression"),
    (Retouching(), "smoothed-skin"),
]


def see(pixels):
    return Portrait(Photo.read(pixels))


@pytest.mark.parametrize("skin", ["very-light", "light", "intermediate", "tan", "brown", "dark"])
def test_every_skin_passes_in_good_light(skin):
    seen = see(portrait(1, sitter=Sitter(skin=skin)).pixels)
    assert {rule.name: str(rule.check(seen).verdict) for rule in RULES} == {rule.name: "pass" for rule in RULES}


@pytest.mark.parametrize(("rule", "defect"), LADDERS, ids=[f"{r.name}-{d}" for r, d in LADDERS])
def test_the_margin_falls_as_the_defect_grows(rule, defect):
    findings = [rule.check(see(drawn.pixels)) for drawn in ladder(defect, seed=1)]
    margins = [finding.margin for finding in findings]
    assert findings[0].verdict is Verdict.PASS
    assert findings[-1].verdict is Verdict.FAIL
    slack = 0.05 * (margins[0] - margins[-1])
    assert all(later <= earlier + slack for earlier, later in pairwise(margins))


def test_a_mirrored_photo_has_the_mirrored_answer():
    drawn = portrait(1, defects={"side-light": 1.0}).pixels
    one, other = (EvenLighting().check(see(np.ascontiguousarray(p))) for p in (drawn, drawn[:, ::-1]))
    assert one.value == pytest.approx(other.value, rel=0.2)
    left, right = (f.where[0].points[0][0] for f in (one, other))
    assert (left < 200) != (right < 200)
    assert ("left" in one.message.en) != ("left" in other.message.en)


def test_motion_is_named():
    finding = Sharpness().check(see(portrait(2, defects={"motion-blur": 1.0}).pixels))
    assert "motion" in finding.message.en


def test_hot_spots_are_marked():
    finding = Highlights().check(see(portrait(1, defects={"hot-spots": 1.0}).pixels))
    assert finding.where


def test_what_cannot_be_judged_is_held():
    blurred = see(portrait(1, defects={"defocus": 1.0}).pixels)
    assert Retouching().check(blurred).verdict is Verdict.REVIEW
    washed = see(portrait(1, defects={"overexposed": 1.0}).pixels)
    assert NaturalColour().check(washed).verdict is Verdict.REVIEW


@pytest.mark.parametrize("shape", [(1, 1), (1, 1280), (640, 480), (64, 48)])
@pytest.mark.parametrize("level", [0, 255])
def test_no_face_is_skipped_and_nothing_breaks(shape, level):
    seen = see(np.full((*shape, 3), level, np.uint8))
    for rule in RULES:
        expected = Verdict.PASS if rule.name == "compression-artefacts" else Verdict.SKIP
        assert rule.check(seen).verdict is expected


def test_a_small_face_is_held_not_judged():
    small = np.full((640, 480, 3), 255, np.uint8)
    small[200:360, 180:300] = portrait(1).pixels[::4, ::4]
    seen = see(small)
    for rule in (Overexposure(), Underexposure(), EvenLighting(), Highlights(), NaturalColour()):
        assert rule.check(seen).verdict in (Verdict.REVIEW, Verdict.SKIP)
