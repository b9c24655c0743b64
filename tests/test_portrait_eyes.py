"""Facts of the eyes, the glasses and the mouth: metamorphic tests."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.eyes import (
    STRIP_UNIT,
    STRIP_WIDTH,
    draw_strip,
    find_irises,
    gaze_angle,
    measure_iris,
    strip_transform,
)
from photospec.testing import portrait

PUPILS = np.array([[180, 270], [300, 270]], np.float32)
SKIN = np.array((70, 14, 18), np.float32)


def seen(pixels: np.ndarray) -> Portrait:
    return Portrait(Photo.read(pixels))


def eye_picture(shift: float = 0.0, ink: tuple[int, int, int] = (60, 40, 30)) -> tuple[np.ndarray, np.ndarray]:
    """Two plain eyes on a strip, their irises moved to the right, and their landmarks."""
    strip = np.full((128, STRIP_WIDTH, 3), (205, 165, 140), np.uint8)
    marks = []
    for x in (88, 184):
        cv2.ellipse(strip, (x, 56), (22, 10), 0, 0, 360, (235, 230, 225), -1)
        lid = strip.copy()
        cv2.circle(lid, (round((x + shift) * 8), 56 * 8), round(8.6 * 8), ink, -1, cv2.LINE_AA, 3)
        inside = np.zeros(strip.shape[:2], np.uint8)
        cv2.ellipse(inside, (x, 56), (22, 10), 0, 0, 360, 1, -1)
        strip = np.where(inside[..., None] > 0, lid, strip)
        marks += [(x - 22, 56), (x - 8, 47), (x + 8, 47), (x + 22, 56), (x + 8, 65), (x - 8, 65)]
    return strip, np.array(marks, np.float32)


@pytest.mark.parametrize("angle", [0.0, 15.0, -40.0])
@pytest.mark.parametrize("factor", [0.3, 1.0, 2.0])
def test_the_strip_has_the_pupils_level_and_at_their_place(angle, factor):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    pupils = (PUPILS * factor) @ np.array([[c, s], [-s, c]], np.float32)
    placed = cv2.transform(pupils[None].astype(np.float64), strip_transform(pupils))[0]
    assert placed == pytest.approx(np.array([[88, 56], [184, 56]]), abs=1e-3)


def test_pupils_in_one_place_do_not_break_the_strip():
    strip = draw_strip(np.zeros((640, 480, 3), np.uint8), np.full((2, 2), 100, np.float32))
    assert strip.shape == (128, STRIP_WIDTH, 4)


@pytest.mark.parametrize("shift", [-6.0, -3.0, 0.0, 4.0, 7.0])
@pytest.mark.parametrize("ink", [(60, 40, 30), (70, 110, 150), (200, 30, 30), (25, 20, 20)])
def test_the_irises_are_found_where_they_are(shift, ink):
    strip, marks = eye_picture(shift, ink)
    for iris, x in zip(find_irises(strip, marks), (88, 184), strict=True):
        assert iris.centre[0] == pytest.approx(x + shift, abs=1.0)
        assert iris.offset == pytest.approx(shift / STRIP_UNIT, abs=0.011)


def test_the_gaze_mirrors_and_grows_with_the_shift():
    angles = []
    for shift in (-7.0, -3.0, 0.0, 3.0, 7.0):
        strip, marks = eye_picture(shift)
        angles.append(gaze_angle(find_irises(strip, marks), 0.0).angle)
    assert np.all(np.diff(angles) > 3)
    assert angles[0] == pytest.approx(-angles[-1], abs=1.5)


def test_a_blank_eye_is_a_guess():
    _, marks = eye_picture()
    blank = np.full((128, STRIP_WIDTH, 3), 120, np.uint8)
    assert gaze_angle(find_irises(blank, marks), 0.0).uncertainty > 10


def test_redness_and_unnatural_colour_of_an_iris():
    def colour(ink):
        strip, marks = eye_picture(0, ink)
        return measure_iris(strip, marks, SKIN)[0]

    brown, blue, violet, red = (colour(c) for c in ((70, 45, 30), (95, 125, 150), (130, 60, 200), (215, 30, 35)))
    assert red.red > 30
    assert max(brown.red, blue.red) < 5
    assert violet.unnatural > 20
    assert max(brown.unnatural, blue.unnatural, red.unnatural) < 0


def test_a_warm_light_makes_no_iris_red_or_coloured():
    strip, marks = eye_picture(0, (80, 110, 130))
    lab = cv2.cvtColor(strip.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    cast = np.array((0, 12, 14), np.float32)
    warm = np.rint(np.clip(cv2.cvtColor(lab + cast, cv2.COLOR_LAB2RGB), 0, 1) * 255).astype(np.uint8)
    plain, lit = measure_iris(strip, marks, SKIN)[0], measure_iris(warm, marks, SKIN + cast)[0]
    assert lit.red - plain.red < 7  # of 12
    assert lit.unnatural < 0


def test_eyes_that_the_frame_cuts_off_have_a_colour():
    strip, marks = eye_picture()
    for far in (-900.0, 900.0):
        assert all(np.isfinite((c.red, c.unnatural)).all() for c in measure_iris(strip, marks + np.float32(far), SKIN))


def test_glasses_are_seen_on_those_who_wear_them():
    with_, without = seen(portrait(1).pixels).glasses, seen(portrait(2).pixels).glasses
    assert with_.worn > 0.75
    assert without.worn < 0.25


def test_each_eye_is_judged_by_itself():
    left = seen(portrait(3, defects={"left-eye-closed": 1}).pixels).eyes
    right = seen(portrait(3, defects={"right-eye-closed": 1}).pixels).eyes
    assert left[0].closed > 0.75 > 0.25 > left[1].closed
    assert right[1].closed > 0.75 > 0.25 > right[0].closed


def test_a_mirrored_mouth_is_as_open():
    drawn = portrait(3, defects={"mouth-open": 1}).pixels
    one, other = (seen(np.ascontiguousarray(p)).mouth for p in (drawn, drawn[:, ::-1]))
    assert one.parted > 0.75
    assert other.parted > 0.75


def test_the_mouth_gap_is_measured_in_eye_distances():
    shut, open_ = (seen(portrait(3, defects={"mouth-open": x}).pixels).mouth for x in (0, 1))
    assert open_.gap > shut.gap + 0.05
    assert open_.parted > 0.75 > 0.25 > shut.parted


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_face_beyond_the_edge_gives_finite_facts(value):
    pixels = portrait(3).pixels.copy()
    pixels[:, 250:] = value
    cut = seen(np.ascontiguousarray(pixels))
    vars(cut)["landmarks"] = seen(portrait(3).pixels).landmarks
    assert np.isfinite([eye.closed for eye in cut.eyes]).all()
    assert np.isfinite(cut.gaze.angle)
    assert np.isfinite(cut.glasses.glare)
    assert np.isfinite(cut.mouth.parted)
