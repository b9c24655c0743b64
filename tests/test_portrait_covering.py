"""Skin, hair, ears, make-up and the head's chart, on arrays and on drawn portraits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photospec.errors import Unseen
from photospec.networks.shelf import Shelf
from photospec.odds import probability
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.chart import chart_to_frame, chart_transform, draw_chart, frame_to_chart
from photospec.portrait.ears import find_ears
from photospec.portrait.skin import skin_colour
from photospec.testing import portrait


def seen(pixels: np.ndarray) -> Portrait:
    return Portrait(Photo.read(pixels))


@pytest.fixture(scope="module")
def man() -> Portrait:
    return seen(portrait(1).pixels)


PUPILS = np.array([[100, 200], [190, 215]], np.float32)


class Believed(Shelf):
    """Networks whose answers are worth what they say."""

    def probability(self, question: str, odds: float) -> float:  # noqa: ARG002
        return probability(odds)


PLAIN = Believed("")


def test_chart_places_go_there_and_back():
    points = np.random.default_rng(0).uniform(-2, 2, (20, 2)).astype(np.float32)
    assert np.abs(frame_to_chart(chart_to_frame(points, PUPILS), PUPILS) - points).max() < 1e-4


def test_chart_puts_the_pupils_on_a_level_48_px_apart():
    left, right = cv2.transform(PUPILS[None].astype(np.float64), chart_transform(PUPILS))[0]
    assert right[0] - left[0] == pytest.approx(48)
    assert left[1] == pytest.approx(right[1])
    assert left[0] + right[0] == pytest.approx(192)


def test_chart_of_pupils_that_coincide_is_finite():
    same = np.full((2, 2), 50, np.float32)
    assert np.isfinite(chart_transform(same)).all()
    assert draw_chart(np.zeros((64, 48, 3), np.uint8), same).shape == (240, 192, 4)


def test_skin_colour_ignores_a_mask_and_a_fringe():
    lab = np.zeros((120, 96, 3), np.float32)
    lab[:] = (65, 14, 18)
    bare = skin_colour(lab).colour
    masked = lab.copy()
    masked[70:] = (80, -5, -12)
    masked[:54] = (12, 1, 1)
    assert np.abs(skin_colour(masked).colour - bare).max() < 1


@pytest.mark.parametrize("tone", [(35, 9, 11), (60, 14, 18), (80, 11, 14)])
def test_skin_of_any_tone_has_its_own_colour(tone):
    lab = np.zeros((120, 96, 3), np.float32)
    lab[:] = tone
    assert np.allclose(skin_colour(lab).colour, tone)


def said(hidden: float, earring: float = -5.0) -> dict[str, float]:
    return {"ears hidden": hidden, "earring": earring, "lobes hidden": hidden - 1}


def test_ears_mirror(man):
    width = man.frame.shape[1]
    ears = find_ears(man.landmarks, man.pupils, (said(3), said(-2)), PLAIN)
    order = np.array([*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, *range(36, 68)])
    flipped = man.landmarks[order] * (-1, 1) + (width, 0)
    pupils = man.pupils[::-1] * (-1, 1) + (width, 0)
    other = find_ears(flipped.astype(np.float32), pupils.astype(np.float32), (said(-2), said(3)), PLAIN)
    assert (ears.left.hidden, ears.right.hidden) == (other.right.hidden, other.left.hidden)
    assert ears.hidden == pytest.approx(other.hidden)
    x0, y0, x1, y1 = ears.right.lobe
    assert other.left.lobe == pytest.approx((width - x1, y0, width - x0, y1), abs=0.1)


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_one_hidden_ear_or_one_earring_is_enough(one, two):
    pupils, marks = PUPILS, np.zeros((68, 2), np.float32)
    ears = find_ears(marks, pupils, (said(one, two), said(two, one)), PLAIN)
    assert ears.hidden >= max(ears.left.hidden, ears.right.hidden) - 1e-9
    assert ears.earring >= max(ears.left.earring, ears.right.earring) - 1e-9
    assert ears.lobes_hidden <= min(ears.left.hidden, ears.right.hidden) + 1e-9


def test_lobes_hang_below_the_middle_of_the_ears_and_outside_the_cheeks(man):
    for ear, cheek in zip(man.ears.sides, (man.landmarks[2], man.landmarks[14]), strict=True):
        assert ear.lobe[1] > ear.box[1]
        assert ear.lobe[3] > ear.box[3]
        assert ear.lobe[0] < cheek[0] < ear.lobe[2]


def test_make_up_grows_with_the_paint():
    def sums(severity: float) -> np.ndarray:
        worn = seen(portrait(3, defects={"heavy-make-up": severity}).pixels).make_up
        return np.array((worn.lips, worn.cheeks, worn.lids))

    none, some, much = sums(0), sums(0.4), sums(1)
    assert (none < some).all()
    assert (some < much).all()


def test_probabilities_stay_probabilities(man):
    answers = man.covering
    for chance in (answers.head, answers.ornament, answers.brows, answers.face):
        assert 0 <= chance <= 1


@pytest.mark.parametrize("pixels", [np.zeros((1, 1, 3), np.uint8), np.full((640, 480, 3), 255, np.uint8)])
def test_without_a_face_there_is_nothing_to_cover(pixels):
    empty = seen(pixels)
    for name in ("skin", "ears", "covering", "make_up"):
        with pytest.raises(Unseen):
            getattr(empty, name)
