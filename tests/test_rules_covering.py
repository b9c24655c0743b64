"""COV rules on drawn portraits: clean ones pass, defects fail, and more so as they grow."""

from __future__ import annotations

import numpy as np
import pytest

from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.rules.covering import EarsVisible, FaceOcclusion, HairOrnament, HairOverEyes, HeadCovering, MakeUp
from photospec.testing import portrait

RULES = {rule.name: rule() for rule in (HeadCovering, HairOrnament, HairOverEyes, EarsVisible, FaceOcclusion, MakeUp)}


def check(rule: str, pixels: np.ndarray):
    return RULES[rule].check(Portrait(Photo.read(pixels)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(6))
def test_a_bare_head_passes(rule, seed):
    assert check(rule, portrait(seed).pixels).verdict is Verdict.PASS


LADDERS = [
    ("head-covering", "hat"),
    ("head-covering", "headband"),
    ("head-covering", "scarf"),
    ("hair-over-eyes", "fringe"),
    ("ears-visible", "hair-over-ears"),
    ("ears-visible", "left-ear-covered"),
    ("ears-visible", "right-ear-covered"),
    ("face-occlusion", "face-mask"),
    ("face-occlusion", "hand-on-face"),
    ("make-up", "heavy-make-up"),
]


@pytest.mark.parametrize(("rule", "defect"), LADDERS)
def test_the_margin_falls_as_the_defect_grows(rule, defect):
    margins = [
        float(np.median([check(rule, portrait(s, defects={defect: x}).pixels).margin for s in (1, 3, 4)]))
        for x in (0, 0.5, 1)
    ]
    # The value is a probability: once sure, it need not grow surer.
    assert margins[0] > margins[2]
    assert margins[0] >= margins[1] - 0.02
    assert max(margins[1], -0.25) >= margins[2] - 0.15


# A hand has the skin's own colour: the rule grows less sure of the face, but does not always doubt it.
@pytest.mark.parametrize(("rule", "defect"), [step for step in LADDERS if step[1] != "hand-on-face"])
def test_a_full_defect_does_not_pass(rule, defect):
    verdicts = [check(rule, portrait(s, defects={defect: 1}).pixels).verdict for s in (1, 3, 4)]
    assert Verdict.PASS not in verdicts


@pytest.mark.parametrize(("defect", "side"), [("left-ear-covered", "left"), ("right-ear-covered", "right")])
def test_the_ear_that_is_hidden_is_named_and_marked(defect, side):
    drawn = portrait(3, defects={defect: 1})
    finding = check("ears-visible", drawn.pixels)
    assert f"picture's {side}" in finding.message.en
    (mark,) = finding.where
    middle = (mark.points[0][0] + mark.points[1][0]) / 2
    assert (middle < 240) == (side == "left")


def test_a_mirrored_photo_swaps_the_ears():
    drawn = portrait(3, defects={"left-ear-covered": 1})
    one = check("ears-visible", drawn.pixels)
    other = check("ears-visible", np.ascontiguousarray(drawn.pixels[:, ::-1]))
    assert one.value == pytest.approx(other.value, abs=0.25)
    assert "left" in one.message.en
    assert "right" in other.message.en


@pytest.mark.parametrize("rule", RULES)
def test_no_face_is_skipped_or_left_to_a_person(rule):
    finding = check(rule, np.full((640, 480, 3), 230, np.uint8))
    assert finding.verdict is (Verdict.REVIEW if rule == "face-occlusion" else Verdict.SKIP)


def test_a_face_at_the_edge_does_not_break_the_rules():
    cut = portrait(1).pixels[100:, 120:]
    for rule in RULES:
        assert check(rule, np.ascontiguousarray(cut)).verdict is not Verdict.ERROR
