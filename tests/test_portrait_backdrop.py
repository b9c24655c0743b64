"""The backdrop's surface, frames round the picture, and the silhouette."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from photospec import Photo
from photospec.portrait import Portrait
from photospec.portrait.backdrop import Inset, find_border, fit_backdrop
from photospec.portrait.evenness import HardShadow, colour_difference, find_hard_shadow
from photospec.portrait.silhouette import find_figures
from photospec.testing import Sitter, portrait


def lab_of(pixels):
    return cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_a_plain_picture_is_its_own_backdrop():
    found = fit_backdrop(lab_of(np.full((320, 240, 3), (100, 197, 255), np.uint8)))
    assert colour_difference(found.colour, (76.0, -11.8, -37.1)) < 1
    assert found.support == 1 and np.ptp(found.surface, axis=(0, 1)).max() < 0.5


def test_the_surface_follows_a_gradient():
    ramp = np.linspace(255, 190, 320)[:, None, None]
    lab = lab_of(np.broadcast_to(ramp, (320, 240, 3)).astype(np.uint8))
    found = fit_backdrop(lab)
    assert np.abs(found.surface - lab)[:180].max() < 2


def test_colour_differences_agree_with_the_published_pairs():
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ]
    for one, other, expected in pairs:
        assert colour_difference(one, other) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("inset", [Inset(), Inset(3, 3, 3, 3), Inset(10, 4, 0, 4)])
def test_a_frame_is_measured(inset):
    picture = portrait(1).pixels[::2, ::2].copy()
    height, width = picture.shape[:2]
    framed = np.zeros_like(picture)
    inside = (slice(inset.top, height - inset.bottom), slice(inset.left, width - inset.right))
    framed[inside] = picture[inside]
    assert np.abs(np.subtract(find_border(framed), inset)).max() <= 1


@pytest.mark.parametrize("colour", [(200, 0, 0), (0, 0, 150), (212, 175, 55)])
@pytest.mark.parametrize("sides", [(1, 1, 1, 1), (0, 1, 0, 0), (1, 0, 0, 1)])
def test_a_frame_is_found_though_the_encoder_blurs_colour(colour, sides):
    picture = portrait(1).pixels.copy()
    top, right, bottom, left = (6 * side for side in sides)
    picture[:top] = picture[640 - bottom :] = colour
    picture[:, :left] = picture[:, 480 - right :] = colour
    encoded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    found = find_border(cv2.resize(encoded, (240, 320), interpolation=cv2.INTER_AREA))
    assert [side > 0 for side in found] == [side > 0 for side in sides]


def test_a_frame_may_have_round_corners():
    picture = portrait(1).pixels
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.rectangle(inside, (40, 8), (440, 632), 1, -1)
    cv2.rectangle(inside, (8, 40), (472, 600), 1, -1)
    for corner in ((40, 40), (440, 40), (40, 600), (440, 600)):
        cv2.circle(inside, corner, 32, 1, -1)
    framed = np.where(inside[..., None] > 0, picture, np.uint8(40))
    assert all(find_border(framed[::2, ::2]))


def test_a_soft_shade_along_the_edge_is_no_frame():
    picture = portrait(1).pixels.astype(np.float32)
    picture[:40] *= np.linspace(0.7, 1, 40)[:, None, None]
    assert find_border(picture.astype(np.uint8)[::2, ::2]) == Inset()


def test_hair_that_fills_the_top_is_no_backdrop():
    picture = np.full((320, 240, 3), 240, np.uint8)
    picture[:100, 10:230] = (45, 30, 25)
    picture[60:250, 60:180] = (210, 160, 140)
    found = fit_backdrop(lab_of(picture), head=(25, -8, 215, 250))
    assert colour_difference(found.colour, (94.8, 0, 0)) < 1
    assert colour_difference(fit_backdrop(lab_of(picture)).colour, (94.8, 0, 0)) > 30  # but for the head it would be


def test_a_strip_beside_a_large_head_tells_little_of_the_other_side():
    picture = np.full((320, 240, 3), (100, 197, 255), np.uint8)
    picture[:, 205:212] = (88, 170, 220)  # the fringe of the hair
    found = fit_backdrop(lab_of(picture), head=(-20, -8, 200, 330))
    assert np.abs(found.surface[:, 0] - found.colour).max() < 5


@pytest.mark.parametrize("backdrop", [(100, 197, 255), (255, 255, 255), (240, 240, 240), (200, 30, 40)])
@pytest.mark.parametrize("sitter", [Sitter(hair="cropped"), Sitter(hair="long"), Sitter(hair_colour="grey")])
def test_the_silhouette_does_not_depend_on_the_backdrop(backdrop, sitter):
    drawn = Portrait(Photo.read(portrait(2, sitter=sitter, backdrop=backdrop).pixels)).half_silhouette
    green = Portrait(Photo.read(portrait(2, sitter=sitter, backdrop=(20, 160, 60)).pixels)).half_silhouette
    assert overlap(drawn, green) > 0.97


def test_a_white_shirt_on_white_stays_with_the_person():
    sitter = Sitter(garment=(250, 250, 250))
    white = Portrait(Photo.read(portrait(2, sitter=sitter, backdrop=(255, 255, 255)).pixels)).half_silhouette
    blue = Portrait(Photo.read(portrait(2, sitter=sitter).pixels)).half_silhouette
    assert overlap(white, blue) > 0.93


def test_a_shadow_is_backdrop():
    plain = Portrait(Photo.read(portrait(4).pixels)).half_silhouette
    shadowed = Portrait(Photo.read(portrait(4, defects={"backdrop-shadow": 0.5}).pixels)).half_silhouette
    assert overlap(plain, shadowed) > 0.96


def test_a_thing_apart_is_not_the_person():
    pixels = portrait(5).pixels.copy()
    cv2.rectangle(pixels, (10, 60), (40, 140), (90, 60, 20), -1)
    found = Portrait(Photo.read(pixels)).figures
    assert not found.person[30:70, 5:20].any()
    assert found.others[35:65, 8:18].all()


def test_noise_keeps_the_silhouette():
    drawn = portrait(6)
    noisy = drawn.pixels + np.random.default_rng(0).normal(0, 8, drawn.pixels.shape)
    noisy = np.clip(noisy, 0, 255).astype(np.uint8)
    clean = Portrait(Photo.read(drawn.pixels)).half_silhouette
    assert overlap(clean, Portrait(Photo.read(noisy)).half_silhouette) > 0.94


def test_mirrored_pictures_have_mirrored_silhouettes():
    pixels = portrait(7).pixels
    one = Portrait(Photo.read(pixels)).half_silhouette
    other = Portrait(Photo.read(np.ascontiguousarray(pixels[:, ::-1]))).half_silhouette[:, ::-1]
    assert overlap(one, other) > 0.98


def test_without_a_face_all_that_differs_is_the_figure():
    picture = np.full((320, 240, 3), 255, np.uint8)
    cv2.circle(picture, (120, 160), 50, (20, 20, 20), -1)
    lab = lab_of(picture)
    person = find_figures(lab, fit_backdrop(lab), None).person
    assert person[160, 120] and not person[20, 20]
    assert abs(person.sum() - np.pi * 50**2) < 400


@pytest.mark.parametrize(("left", "right"), [(-30, 300), (0, 240), (-90, 240), (0, 900)])
def test_beside_a_face_as_wide_as_the_picture_there_is_no_shadow(left, right):
    lab = lab_of(np.full((320, 240, 3), (200, 120, 90), np.uint8))
    backdrop = fit_backdrop(lab)
    marks = np.full((68, 2), 120, np.float32)
    marks[[0, 16], 0] = left, right
    marks[[8, 19, 33], 1] = 280, 80, 160
    assert find_hard_shadow(lab, backdrop, find_figures(lab, backdrop, None), marks) == HardShadow()
