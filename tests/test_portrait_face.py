"""Faces, pupils, cheeks, pose and aspect."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from photospec import Photo
from photospec.networks.faces import front_detector
from photospec.portrait import Portrait
from photospec.portrait.aspect import estimate_aspect, face_shape
from photospec.portrait.face import find_cheeks, find_faces, find_large_faces, find_pupils, head_pose
from photospec.testing import Geometry, portrait

MARKS = Portrait(Photo.read(portrait(1).pixels)).landmarks


def turned(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    axes = np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
    return ((MARKS - 240) @ axes + 240).astype(np.float32)


def mirrored() -> np.ndarray:
    order = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    order += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    return (np.array((479, 0)) + MARKS[order] * np.array((-1, 1))).astype(np.float32)


@pytest.mark.parametrize("degrees", [-20, -5, 5, 20])
def test_roll_is_measured_and_changes_nothing_else(degrees):
    straight, tilted = head_pose(MARKS), head_pose(turned(degrees))
    assert tilted.roll - straight.roll == pytest.approx(degrees, abs=0.01)
    assert tilted.yaw == pytest.approx(straight.yaw, abs=0.01)
    assert tilted.pitch == pytest.approx(straight.pitch, abs=0.01)
    assert estimate_aspect(turned(degrees)) == pytest.approx(estimate_aspect(MARKS), abs=1e-3)


def test_a_mirrored_face_looks_the_other_way():
    one, other = head_pose(MARKS), head_pose(mirrored())
    assert (one.yaw, one.roll) == pytest.approx((-other.yaw, -other.roll), abs=0.01)
    assert one.pitch == pytest.approx(other.pitch, abs=0.01)


def test_pose_and_aspect_do_not_depend_on_size_or_place():
    moved = MARKS * 0.5 + 37
    assert head_pose(moved).yaw == pytest.approx(head_pose(MARKS).yaw, abs=0.01)
    assert face_shape(moved) == pytest.approx(face_shape(MARKS), abs=1e-4)


@pytest.mark.parametrize("sitter", [1, 5])
@pytest.mark.parametrize("factor", [0.8, 0.88, 1.12, 1.25])
def test_stretching_is_estimated(sitter, factor):
    natural = portrait(sitter).pixels
    stretched = cv2.resize(natural, (round(480 / factor), 640), interpolation=cv2.INTER_AREA)
    before, after = (Portrait(Photo.read(pixels)).aspect for pixels in (natural, stretched))
    assert after / before == pytest.approx(factor, abs=0.09)


def test_a_mirrored_face_is_as_long():
    assert estimate_aspect(mirrored()) == pytest.approx(estimate_aspect(MARKS), abs=1e-3)


def test_degenerate_landmarks_give_numbers():
    for marks in (np.zeros((68, 2), np.float32), np.full((68, 2), 5, np.float32)):
        pose = head_pose(marks)
        assert np.isfinite([pose.yaw, pose.pitch, pose.roll, estimate_aspect(marks)]).all()


def test_pupils_and_cheeks_move_with_the_face():
    moved = MARKS + np.array((20, -10), np.float32)
    assert find_pupils(moved) - find_pupils(MARKS) == pytest.approx(np.array([(20, -10)] * 2), abs=1e-3)
    assert find_cheeks(moved).centre[0] - find_cheeks(MARKS).centre[0] == pytest.approx(20, abs=1e-3)
    assert find_cheeks(moved).width == pytest.approx(find_cheeks(MARKS).width, abs=1e-3)


@pytest.mark.parametrize("width", [190, 240, 290])
def test_the_drawn_face_is_as_wide_as_drawn(width):
    drawn = portrait(1, geometry=Geometry(face_width=width, crown_y=60 if width > 250 else 90))
    assert Portrait(Photo.read(drawn.pixels)).cheeks.width == pytest.approx(width, abs=0.05 * width)


@pytest.mark.parametrize("seed", range(4))
def test_the_short_search_places_a_large_face_where_the_long_ones_do(seed):
    found = Portrait(Photo.read(portrait(seed).pixels))
    (short,), (long,) = found.large_faces, find_faces(found.grey, found.half_grey)
    boxes = front_detector().run(found.half_grey, 0.5)[0]
    assert dataclasses.astuple(short)[:4] == dataclasses.astuple(long)[:4]
    assert [(2 * b.left(), 2 * b.top()) for b in boxes] == [(short.left, short.top)]


@pytest.mark.parametrize(
    ("share", "width"), [(0.7, 87), (0.8, 105), (1, 126), (1.15, 150), (1.3, 151), (1.5, 180), (1.7, 216)]
)
def test_the_short_search_leaves_to_the_long_one_what_another_level_shows_best(share, width):
    grey = cv2.cvtColor(portrait(3).pixels, cv2.COLOR_RGB2GRAY)
    half = cv2.resize(grey, None, fx=share / 2, fy=share / 2, interpolation=cv2.INTER_AREA)
    (best,), _, _ = front_detector().run(half, 0.5)
    assert best.width() == width
    expected = [(2 * best.left(), 2 * best.top())] if 125 < width < 155 else []
    assert [(face.left, face.top) for face in find_large_faces(half)] == expected


def test_a_second_face_is_found_that_only_the_longer_search_sees():
    picture = portrait(1).pixels.copy()
    small = cv2.resize(picture[150:520, 100:380], None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
    picture = cv2.copyMakeBorder(picture, 0, 0, 0, 240, cv2.BORDER_REPLICATE)
    picture[150 : 150 + len(small), -220 : -220 + small.shape[1]] = small
    found = Portrait(Photo.read(picture))
    assert len(found.large_faces) == 1
    assert len(found.faces) == 2
    assert found.face == found.large_faces[0]


def test_an_empty_picture_has_no_face():
    assert Portrait(Photo.read(np.full((640, 480, 3), 200, np.uint8))).faces == ()


def test_a_small_picture_has_no_face():
    assert Portrait(Photo.read(np.full((30, 20, 3), 200, np.uint8))).faces == ()
