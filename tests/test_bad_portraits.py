"""What is no portrait: every rule answers, none breaks, and rules on the face do not pass without one."""

from __future__ import annotations

import gc
import weakref

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from photospec import Photo, Portrait, Verdict, catalogue, check, load_spec
from photospec.testing import portrait

Pixels = npt.NDArray[np.uint8]
ALL = load_spec("cn-diploma-2017").select("ALL")
ON_THE_FACE = [rule.name for rule in catalogue().values() if rule.code[:3] in ("EXP", "EYE", "COV", "LGT")]


def framed(picture: Pixels, height: int, centre: tuple[int, int] = (320, 240)) -> Pixels:
    """Lay a picture on a backdrop at some height."""
    frame = np.full((640, 480, 3), (100, 197, 255), np.uint8)
    width = round(picture.shape[1] * height / picture.shape[0])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    top, left = centre[0] - height // 2, centre[1] - width // 2
    frame[top : top + height, left : left + width] = small
    return frame


def noise() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (640, 480, 3), dtype=np.uint8)


def drawing() -> Pixels:
    """Return a face as a child draws it."""
    page = np.full((640, 480, 3), 255, np.uint8)
    cv2.circle(page, (240, 280), 130, (0, 0, 0), 4)
    for x in (190, 290):
        cv2.circle(page, (x, 250), 14, (0, 0, 0), -1)
    cv2.ellipse(page, (240, 330), (60, 30), 0, 0, 180, (200, 0, 0), 4)
    return page


NO_FACE = {
    "black": np.zeros((640, 480, 3), np.uint8),
    "white": np.full((640, 480, 3), 255, np.uint8),
    "noise": noise(),
    "one pixel": np.full((1, 1, 3), 128, np.uint8),
    "a line": np.full((4, 4000, 3), 128, np.uint8),
    "a column": np.full((4000, 4, 3), 128, np.uint8),
    "upside down": np.ascontiguousarray(portrait(1).pixels[::-1]),
    "face of 40 px": framed(portrait(2).pixels[60:420], 60),
    "back of a head": portrait(3).pixels * np.uint8(0) + np.uint8(90),
}
FACE = {
    "drawing": drawing(),  # the detector takes it for a face
    "cut by the left edge": np.ascontiguousarray(np.roll(portrait(1).pixels, -190, axis=1)),
    "cut by the top edge": np.ascontiguousarray(np.roll(portrait(1).pixels, -200, axis=0)),
    "two people": portrait(4, defects=["second-person"]).pixels,
    "astronaut": cv2.resize(data.astronaut(), (480, 640)),
    "very wide": np.hstack([portrait(5).pixels] * 6),
    "huge": cv2.resize(portrait(6).pixels, (1920, 2560), interpolation=cv2.INTER_CUBIC),
    "small": cv2.resize(portrait(6).pixels, (240, 320), interpolation=cv2.INTER_AREA),
}


@pytest.mark.parametrize("name", [*NO_FACE, *FACE])
def test_every_rule_answers_and_none_breaks(name: str) -> None:
    pixels = (NO_FACE | FACE)[name]
    report = check(pixels, ALL)
    broken = [f"{f.code} {f.message.en}" for f in report if f.verdict is Verdict.ERROR]
    assert broken == []
    assert all(f.message.zh and f.message.en for f in report)


@pytest.mark.parametrize("name", NO_FACE)
def test_without_a_face_no_rule_on_the_face_passes(name: str) -> None:
    report = check(NO_FACE[name], ALL)
    assert report["single-face"].verdict is not Verdict.PASS
    passed = [r for r in ON_THE_FACE if report[r].verdict in (Verdict.PASS, Verdict.FAIL)]
    # whether a picture is grey can be told without a face
    assert set(passed) <= {"natural-colour", "noise", "compression-artefacts"}
    assert all(report[r].message.zh for r in ON_THE_FACE)


@pytest.mark.parametrize("pixels", [framed(data.cat(), 300), drawing()], ids=["animal", "drawing"])
def test_an_animal_or_a_drawing_is_no_sitter(pixels: Pixels) -> None:
    report = check(pixels, ALL)
    assert [f.code for f in report if f.verdict is Verdict.ERROR] == []
    assert report.verdict is not Verdict.PASS
    assert len([f for f in report.failures if f.rule in ON_THE_FACE]) >= 1 or report["single-face"].verdict != "pass"


def test_two_people_are_not_one() -> None:
    assert check(FACE["two people"], ALL)["single-face"].verdict in (Verdict.FAIL, Verdict.REVIEW)


def test_a_bigger_photo_gives_the_same_geometry_in_its_own_pixels() -> None:
    once = check(portrait(6).pixels, ALL)
    four = check(FACE["huge"], ALL)
    for rule in ("crown-margin", "eye-line", "face-width"):
        assert isinstance(once[rule].value, float)
        assert four[rule].value == pytest.approx(4 * once[rule].value, rel=0.05)
        assert four[rule].limits == tuple(4 * v for v in once[rule].limits or () if v is not None)


def test_the_frame_is_bounded_whatever_the_photo() -> None:
    assert Portrait(Photo.read(np.zeros((2, 9000, 3), np.uint8))).frame.shape[1] <= 1280


def test_a_portrait_leaves_memory_with_its_last_user() -> None:
    """Not only when the collector comes round: what could not be seen must not hold the pictures."""
    faceless = Portrait(Photo.read(np.full((640, 480, 3), 240, np.uint8)))
    kept = weakref.ref(faceless)
    gc.disable()
    try:
        for rule in load_spec("cn-diploma-2017").select("ALL"):
            rule.check(faceless)
        del faceless, rule
        assert kept() is None
    finally:
        gc.enable()
