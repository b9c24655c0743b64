"""BKG rules on drawn portraits: each defect lowers the margin, good photos pass, a mirrored photo gives the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from photospec import Photo, SpecError, Verdict
from photospec.portrait import Portrait
from photospec.portrait.silhouette import foreign_beside, is_loose_hair
from photospec.rules.background import (
    BackgroundColour,
    BackgroundObjects,
    BackgroundReplaced,
    BackgroundShadow,
    BackgroundUniformity,
    FrameOrText,
)
from photospec.testing import Sitter, ladder, portrait

RULES = {
    rule.name: rule()
    for rule in (
        BackgroundColour,
        BackgroundUniformity,
        BackgroundShadow,
        BackgroundObjects,
        FrameOrText,
        BackgroundReplaced,
    )
}
DEFECTS = [
    ("backdrop-colour", "background-colour"),
    ("backdrop-gradient", "background-uniformity"),
    ("backdrop-texture", "background-uniformity"),
    ("backdrop-shadow", "background-shadow"),
    ("backdrop-object", "background-objects"),
    ("cut-out-halo", "background-replaced"),
    ("border", "frame-or-text"),
    ("text-stamp", "frame-or-text"),
    ("date-stamp", "frame-or-text"),
]


def check(name: str, pixels: np.ndarray):
    return RULES[name].check(Portrait(Photo.read(pixels)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("backdrop", [(100, 197, 255), (255, 255, 255), (240, 240, 240)])
@pytest.mark.parametrize("sitter", [Sitter(), Sitter(sex="man", skin="dark", hair="cropped")])
def test_a_good_photo_passes(rule, backdrop, sitter):
    finding = check(rule, portrait(3, sitter=sitter, backdrop=backdrop).pixels)
    assert finding.verdict is Verdict.PASS, finding


@pytest.mark.parametrize(("defect", "rule"), DEFECTS)
def test_a_defect_lowers_the_margin_until_it_fails(defect, rule):
    steps = [check(rule, drawn.pixels) for drawn in ladder(defect, steps=3, highest=0.5 if "halo" not in defect else 1)]
    assert steps[0].verdict is Verdict.PASS
    assert steps[-1].verdict is Verdict.FAIL
    assert steps[0].margin > steps[-1].margin


@pytest.mark.parametrize(("defect", "rule"), DEFECTS)
def test_a_mirrored_photo_gives_the_same_verdict(defect, rule):
    pixels = portrait(2, defects={defect: 0.4 if "halo" not in defect else 1}).pixels
    assert check(rule, pixels).verdict is check(rule, pixels[:, ::-1]).verdict is Verdict.FAIL


def test_families_decide_which_colours_pass():
    pixels = portrait(1, backdrop=(255, 255, 255)).pixels
    only_blue = BackgroundColour(families=("light-blue",))
    assert only_blue.check(Portrait(Photo.read(pixels))).verdict is Verdict.FAIL
    assert check("background-colour", pixels).verdict is Verdict.PASS


@pytest.mark.parametrize("families", [(), ("green",)])
def test_unknown_families_are_refused_by_name(families):
    with pytest.raises(SpecError, match="light-blue"):
        BackgroundColour(families=families)


@pytest.mark.parametrize(
    "colour", [(200, 30, 40), (30, 80, 200), (60, 190, 220), (160, 213, 245), (180, 180, 185), (246, 234, 208)]
)
def test_other_colours_fail(colour):
    assert check("background-colour", portrait(4, backdrop=colour).pixels).verdict is Verdict.FAIL


@pytest.mark.parametrize("width", [2, 6, 24])
@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 20, 20), (255, 255, 255)])
def test_frames_of_every_width_are_found(width, colour):
    pixels = portrait(5).pixels.copy()
    cv2.rectangle(pixels, (0, 0), (479, 639), colour, 2 * width - 1)
    finding = check("frame-or-text", pixels)
    assert finding.verdict is Verdict.FAIL
    (left, top), (right, bottom) = finding.where[0].points
    assert max(abs(left - width), abs(top - width), abs(479 - right - width), abs(639 - bottom - width)) <= 4


def test_a_bar_on_one_side_is_a_frame():
    pixels = portrait(5).pixels.copy()
    pixels[:20] = 0
    assert check("frame-or-text", pixels).verdict is Verdict.FAIL


@pytest.mark.parametrize("place", [(12, 34), (200, 40), (30, 620), (230, 600)])
def test_text_is_found_anywhere_and_marked(place):
    pixels = portrait(6).pixels.copy()
    cv2.putText(pixels, "2022-11-04", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (250, 130, 0), 2, cv2.LINE_AA)
    finding = check("frame-or-text", pixels)
    assert finding.verdict is Verdict.FAIL
    (left, top), (right, bottom) = finding.where[0].points
    assert left < place[0] + 80 < right + 80 and top - 12 <= place[1] - 10 <= bottom + 12


def on_white_cloth(text: str) -> np.ndarray:
    """Return a drawn portrait whose garment is of a white cloth with some grain, with white letters on it."""
    pixels = portrait(6).pixels.copy()
    cloth = np.random.default_rng(0).normal((226, 232, 240), 1.5, (90, 480, 3))
    pixels[550:] = cloth.clip(0, 255).astype(np.uint8)
    cv2.putText(pixels, text, (60, 610), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2, cv2.LINE_AA)
    return pixels


def test_white_letters_on_white_cloth_are_found():
    assert check("frame-or-text", on_white_cloth("PHOTO STUDIO")).verdict is Verdict.FAIL
    assert check("frame-or-text", on_white_cloth("")).verdict is Verdict.PASS


@pytest.mark.parametrize("pattern", ["stripes", "dashes", "checks"])
def test_white_patterns_on_white_cloth_are_no_letters(pattern):
    pixels = on_white_cloth("")
    y, x = np.mgrid[550:640, :480]
    stripes, levels = x % 16 < 3, y % 16 < 3
    pixels[550:][{"stripes": stripes, "dashes": stripes & (y % 24 < 16), "checks": stripes | levels}[pattern]] = 255
    assert check("frame-or-text", pixels).verdict is Verdict.PASS


def test_a_thing_beside_the_head_is_marked():
    pixels = portrait(7).pixels.copy()
    cv2.circle(pixels, (40, 100), 16, (200, 120, 20), -1, cv2.LINE_AA)
    finding = check("background-objects", pixels)
    assert finding.verdict is Verdict.FAIL
    (left, top), (right, bottom) = finding.where[0].points
    assert left < 40 < right and top < 100 < bottom


@pytest.mark.parametrize("centre", [(60, 60), (110, 560), (400, 590), (400, 90)])
@pytest.mark.parametrize("shape", ["round", "square"])
def test_a_red_seal_is_found_anywhere_and_marked(centre, shape):
    pixels = portrait(3).pixels.copy()
    x, y = centre
    if shape == "round":
        cv2.circle(pixels, centre, 40, (200, 40, 50), 4)
    else:
        cv2.rectangle(pixels, (x - 40, y - 40), (x + 40, y + 40), (200, 40, 50), 4)
    finding = check("frame-or-text", pixels)
    assert finding.verdict is Verdict.FAIL
    (left, top), (right, bottom) = finding.where[0].points[0], finding.where[0].points[-1]
    assert abs((left + right) / 2 - x) < 6 and abs((top + bottom) / 2 - y) < 6


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_hard_shadow_along_the_head_is_a_shadow(mirrored):
    pixels = portrait(3, backdrop=(240, 240, 240)).pixels
    behind = (np.abs(pixels.astype(int) - 240).max(2) < 12).astype(np.uint8)
    person = cv2.morphologyEx(1 - behind, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    shadow = np.roll(person, 34, axis=1) > 0
    shadow[:, :34] = False
    cast = np.where((shadow & (behind > 0))[..., None], np.uint8(150), pixels)
    if mirrored:
        cast = np.ascontiguousarray(cast[:, ::-1])
    assert check("background-shadow", cast).verdict is Verdict.FAIL


def test_one_ink_is_lettering_and_many_colours_are_none():
    plain = portrait(4).pixels
    drawn, woven = plain.copy(), plain.copy()
    for picture, inks in (
        (drawn, [(160, 60, 60)]),
        (woven, [(200, 200, 60), (60, 60, 160), (180, 60, 60), (10, 90, 10)]),
    ):
        for place, letter in enumerate("SAMPLE 2026"):
            at = (130 + 18 * place, 600)
            cv2.putText(picture, letter, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, inks[place % len(inks)], 2, cv2.LINE_AA)
    one, many = (Portrait(Photo.read(picture)).lettering.evidence for picture in (drawn, woven))
    assert one > many > Portrait(Photo.read(plain)).lettering.evidence


@pytest.mark.parametrize("side", [-1, 1])
def test_a_loose_lock_has_colours_of_the_head(side):
    pixels = portrait(1).pixels
    seen = Portrait(Photo.read(pixels))
    (x, y), unit = seen.landmarks[27].tolist(), seen.eye_distance
    hair = np.median(pixels[int(y - 1.35 * unit) : int(y - 1.2 * unit), int(x - 20) : int(x + 20)], (0, 1))
    for colour, away, expected in ((hair, 1.6, True), ((220, 60, 160), 1.6, False), (hair, 2.4, False)):
        place = round(x + side * away * unit), round(y + 0.3 * unit)
        picture = cv2.ellipse(pixels.copy(), place, (7, 16), 0, 0, 360, tuple(float(part) for part in colour), -1)
        there = Portrait(Photo.read(picture))
        box = (place[0] - 7) / 2, (place[1] - 16) / 2, (place[0] + 7) / 2, (place[1] + 16) / 2
        scene = there.quarter_lab, there.backdrop.quarter, there.figures.solid, there.landmarks / 2
        assert is_loose_hair(*scene, box) is expected


def test_a_white_jacket_before_white_is_no_uneven_backdrop():
    pixels = portrait(1).pixels.copy()
    seen = Portrait(Photo.read(pixels))
    chin = int(seen.landmarks[8, 1])
    cloth = np.repeat(np.repeat(seen.half_silhouette, 2, 0), 2, 1)
    cloth[: chin + 40] = False
    backdrop = pixels[5, 5].astype(np.float32)
    pixels[cloth] = backdrop
    folds = cloth & (np.mgrid[:640, :480][1] % 40 < 4) & (np.mgrid[:640, :480][0] > chin + 90)
    pixels[folds] = 0.8 * backdrop
    assert check("background-uniformity", pixels).verdict is Verdict.PASS
    assert check("background-shadow", pixels).verdict is Verdict.PASS


def test_half_a_ring_is_no_seal():
    pixels = portrait(3).pixels.copy()
    cv2.ellipse(pixels, (60, 60), (40, 40), 0, 0, 180, (200, 40, 50), 4)
    assert check("frame-or-text", pixels).verdict is Verdict.PASS


def test_a_column_of_letters_is_found_but_not_a_pole():
    pixels = portrait(3).pixels.copy()
    pole = pixels.copy()
    cv2.rectangle(pole, (20, 60), (44, 300), (160, 40, 40), -1)
    for row in range(60, 300, 40):
        cv2.rectangle(pixels, (20, row), (44, row + 24), (160, 40, 40), 4)
        cv2.line(pixels, (32, row), (32, row + 24), (160, 40, 40), 4)
    assert check("frame-or-text", pixels).verdict is Verdict.FAIL
    assert check("frame-or-text", pole).verdict is Verdict.PASS


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("box", [(400, 200, 479, 520), (440, 0, 460, 639), (350, 250, 479, 300)])
def test_a_thing_that_touches_the_person_or_the_edge_is_marked(box, mirrored):
    left, top, right, bottom = box
    pixels = portrait(3).pixels.copy()
    cv2.rectangle(pixels, (left, top), (right, bottom), (90, 60, 40), -1)
    cv2.rectangle(pixels, (right - 15, max(0, top - 60)), (right, bottom), (60, 90, 40), -1)
    if mirrored:
        pixels, left, right = pixels[:, ::-1], 479 - right, 479 - left
    finding = check("background-objects", pixels)
    assert finding.verdict is Verdict.FAIL
    assert any(
        left - 30 < (a + b) / 2 < right + 30 for (a, _), (b, _) in ((m.points[0], m.points[-1]) for m in finding.where)
    )


def beside_the_head(colour: tuple[int, int, int] | None, side: int) -> Portrait:
    """Return a drawn portrait with a ball below the level of the ear, half hidden by the head, on a white backdrop."""
    pixels = portrait(3, sitter=Sitter(hair="long"), backdrop=(255, 255, 255)).pixels.copy()
    clear = Portrait(Photo.read(pixels))
    head = np.kron(clear.half_silhouette, np.ones((2, 2), np.bool_))
    y = int(clear.landmarks[33, 1])
    columns = np.flatnonzero(head[y])
    x = int(columns[0] - 4 if side < 0 else columns[-1] + 4)
    ball = np.zeros((640, 480), np.uint8)
    cv2.circle(ball, (x, y), 26, 1, -1)
    pixels[(ball > 0) & ~head] = pixels[int(clear.crown.y) + 24, 240] if colour is None else colour
    return Portrait(Photo.read(pixels))


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("colour", [(30, 70, 140), (200, 30, 40), (40, 140, 60)])
def test_a_thing_against_the_head_is_known_by_its_colour(colour, side):
    there = beside_the_head(colour, side)
    landmarks = there.landmarks / 2
    found = foreign_beside(there.quarter_lab, there.backdrop.quarter, there.figures.solid, landmarks)
    assert len(found) == 1
    share, (left, top, right, bottom) = found[0]
    assert share > 0.0006
    assert (left + right - 240) * side > 0
    assert top < landmarks[33, 1] < bottom


@pytest.mark.parametrize("side", [-1, 1])
def test_a_knot_of_hair_is_no_thing(side):
    there = beside_the_head(None, side)
    assert not foreign_beside(there.quarter_lab, there.backdrop.quarter, there.figures.solid, there.landmarks / 2)


def test_a_grey_plate_on_the_wall_is_a_thing():
    pixels = portrait(3, backdrop=(255, 255, 255)).pixels.copy()
    cv2.rectangle(pixels, (20, 260), (60, 310), (205, 204, 200), -1)
    assert check("background-objects", pixels).verdict is Verdict.FAIL


def test_a_shadow_is_no_object_and_a_halo_is_no_hair():
    shadowed = portrait(8, defects={"backdrop-shadow": 0.4}).pixels
    assert check("background-objects", shadowed).verdict is Verdict.PASS


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((640, 480, 3), np.uint8),
        np.full((640, 480, 3), 255, np.uint8),
        np.zeros((1, 1280, 3), np.uint8),
        np.zeros((640, 3, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (640, 480, 3), np.uint8),
    ],
    ids=["1x1", "black", "white", "flat", "narrow", "noise"],
)
def test_pictures_of_nothing_break_no_rule(rule, pixels):
    assert check(rule, pixels).verdict is not Verdict.ERROR
