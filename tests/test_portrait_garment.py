"""The garment: where it is, its contrast with the backdrop, its colours and its pattern."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from photospec.errors import Unseen
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.garment import (
    Garment,
    colour_difference_94,
    distance_to_hue,
    find_garment,
    garment_colours,
    garment_pattern,
    shoulder_contrast,
)
from photospec.testing import portrait

WHITE, NAVY, SKIN = (98.0, 0.0, 0.0), (20.0, 8.0, -28.0), (70.0, 12.0, 16.0)


def bust(
    garment: tuple[float, float, float],
    backdrop: tuple[float, float, float],
    stripes: float = 0.0,
    *,
    stripe: tuple[float, float, float] | None = None,
    neckline: int = 30,
) -> tuple[Garment, np.ndarray]:
    """Draw a head and sloping shoulders in flat colours, (160, 120) at quarter size and twice that."""
    big = np.empty((320, 240, 3), np.float32)
    big[:] = backdrop
    y, x = np.mgrid[0:320, 0:240]
    big[((x - 120) / 58) ** 2 + ((y - 150) / 78) ** 2 < 1] = SKIN
    big[(np.abs(x - 120) < 38) & (y > 150)] = SKIN
    cloth = y > 238 + 0.35 * np.abs(x - 120)
    body = cloth
    cloth = body & ~((np.abs(x - 120) < neckline) & ((y < 275) | (neckline > 40)))
    big[body] = SKIN
    big[cloth] = garment
    if stripes:
        big[cloth & ((x // 4) % 2 == 0), 0] += stripes
    if stripe:
        big[cloth & ((x // 4) % 2 == 0)] = stripe
    small = big.reshape(160, 2, 120, 2, 3).mean((1, 3))
    landmarks = np.zeros((68, 2), np.float32)
    landmarks[36:42], landmarks[42:48] = (47, 62), (73, 62)
    landmarks[4], landmarks[12], landmarks[8] = (34, 95), (86, 95), (60, 114)
    surface = np.empty_like(small)
    surface[:] = backdrop
    return find_garment(small, surface, 0.5, landmarks, 26.0, np.array(SKIN, np.float32)), big


def test_garment_is_found_without_the_skin() -> None:
    garment, _ = bust(NAVY, WHITE)
    assert garment.mask.any()
    assert (np.abs(garment.lab[garment.mask] - NAVY).max(1) < 3).mean() > 0.9  # the rest are edges, mixed of two
    assert not (garment.mask & garment.skin).any()


@pytest.mark.parametrize(("top", "backdrop"), [(WHITE, WHITE), (NAVY, NAVY)])
def test_top_of_the_backdrops_colour_has_no_contrast(
    top: tuple[float, float, float], backdrop: tuple[float, float, float]
) -> None:
    contrast = shoulder_contrast(bust(top, backdrop)[0])
    assert contrast is not None
    assert contrast.difference < 3
    assert contrast.leaking > 0.5


def test_dark_top_stands_out_from_a_white_backdrop() -> None:
    contrast = shoulder_contrast(bust(NAVY, WHITE)[0])
    assert contrast is not None
    assert contrast.difference > 40
    assert contrast.leaking == 0


def test_contrast_grows_with_the_difference() -> None:
    values = [shoulder_contrast(bust((level, 0, 0), WHITE)[0]) for level in (92, 80, 60, 30)]
    seen = [v.difference for v in values if v is not None]
    assert len(seen) == 4
    assert seen == sorted(seen)


def test_pattern_grows_with_its_contrast() -> None:
    seen = []
    for stripes in (0, 8, 16, 32):
        garment, big = bust((40, 5, -5), WHITE, stripes)
        pattern = garment_pattern(garment, big)
        assert pattern is not None
        seen.append(pattern.energy)
    assert seen == sorted(seen)
    assert seen[0] < 2
    assert seen[-1] > 12


def test_main_colours_are_the_lit_ones() -> None:
    colours = garment_colours(bust(NAVY, WHITE)[0])
    assert colours[0].name == "blue"
    assert colours[0].share > 0.8
    assert np.allclose(colours[0].lab, NAVY, atol=2)


def test_empty_garment_is_no_error() -> None:
    garment, _ = bust(WHITE, WHITE)
    nothing = Garment(
        garment.top, garment.lab, np.zeros_like(garment.mask), garment.skin, garment.unlike, garment.first,
        garment.surface, garment.centre, garment.chin, garment.unit,
    )  # fmt: skip
    assert garment_colours(nothing) == ()


def test_chin_at_the_bottom_edge_shows_no_pattern() -> None:
    garment, big = bust(NAVY, WHITE)
    rows = int(garment.chin) + 3
    cut = replace(
        garment,
        lab=garment.lab[:rows], mask=garment.mask[:rows], skin=garment.skin[:rows], unlike=garment.unlike[:rows],
        first=np.minimum(garment.first, rows), surface=garment.surface[:rows],
    )  # fmt: skip
    assert garment_pattern(cut, big[: 2 * (garment.top + rows)]) is None


@pytest.mark.parametrize("bright", [WHITE, SKIN])
def test_stripes_of_the_colour_of_backdrop_or_skin_are_a_pattern(bright: tuple[float, float, float]) -> None:
    garment, big = bust(NAVY, WHITE, stripe=bright)
    pattern = garment_pattern(garment, big)
    assert pattern is not None
    assert pattern.energy > 15


def test_bare_shoulders_do_not_dilute_the_pattern_of_the_straps() -> None:
    whole, big = bust(NAVY, WHITE, stripe=(60.0, 0.0, 0.0))
    bare, picture = bust(NAVY, WHITE, stripe=(60.0, 0.0, 0.0), neckline=90)
    patterns = garment_pattern(whole, big), garment_pattern(bare, picture)
    assert patterns[0] is not None
    assert patterns[1] is not None
    assert patterns[1].area < 0.4 * patterns[0].area
    assert patterns[1].energy > 0.8 * patterns[0].energy


def test_cie94_discounts_chroma_steps_of_saturated_colours() -> None:
    grey, blue = np.array((50, 0, 0), np.float32), np.array((50, 0, -60), np.float32)
    step = np.array((0, 0, -10), np.float32)
    assert colour_difference_94(grey, grey + step) == pytest.approx(10)
    assert colour_difference_94(blue, blue + step) < 5
    assert colour_difference_94(grey, grey) == 0


@pytest.mark.parametrize(
    ("hue", "chroma", "lightness", "inside"),
    [(118, 60, 75, True), (118, 60, 40, False), (118, 10, 75, False), (90, 60, 75, False), (150, 60, 75, False)],
)
def test_distance_to_hue_is_negative_only_inside(hue: float, chroma: float, lightness: float, inside: bool) -> None:
    angle = np.radians(hue)
    lab = (lightness, float(chroma * np.cos(angle)), float(chroma * np.sin(angle)))
    assert (distance_to_hue(lab, (106, 130), 25, 55) < 0) == inside


def test_contrast_is_the_same_in_the_mirror() -> None:
    straight = Portrait(Photo.read(portrait(3).pixels)).shoulder_contrast
    mirrored = Portrait(Photo.read(portrait(3, mirrored=True).pixels)).shoulder_contrast
    assert straight.difference == pytest.approx(mirrored.difference, abs=3)


def test_face_that_fills_the_frame_shows_no_shoulders() -> None:
    drawn = portrait(0).pixels
    eyes = portrait(0).truth.eye_y
    close = np.ascontiguousarray(drawn[int(eyes) - 200 : int(eyes) + 170, 60:420])
    with pytest.raises(Unseen):
        _ = Portrait(Photo.read(close)).shoulder_contrast
