"""Patches aligned with the face, and the networks that read them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from photospec.networks.patchnet import (
    CHANNELS,
    Network,
    PatchShape,
    cut_lines,
    cut_patch,
    cut_strips,
    halved,
    load_network,
    read_chances,
    relative_to_skin,
)
from photospec.portrait.dress import EAR_PATCH, NECK_PATCH, NECKLACE_STRIP
from photospec.portrait.upright import patch_transform

SHAPE = PatchShape(32, 48, 24.0, (12.0, 16.0))
SKIN = np.array((60, 12, 16), np.float32)
RNG = np.random.default_rng(4)


def naive(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, stride: int = 1) -> np.ndarray:
    side = round((len(weights) / x.shape[2]) ** 0.5)
    kernel = weights.reshape(side, side, x.shape[2], -1)
    rows, columns = ((length - side) // stride + 1 for length in x.shape[:2])
    out = np.zeros((rows, columns, kernel.shape[3]))
    for i in range(rows):
        for j in range(columns):
            part = x[stride * i : stride * i + side, stride * j : stride * j + side]
            out[i, j] = np.tensordot(part, kernel, 3)
    return np.maximum(out + bias, 0)


def framed(x: np.ndarray) -> np.ndarray:
    return np.pad(x, ((1, 1), (1, 1), (0, 0)))


def layer(taps: int, depth: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.normal(size=(taps * depth, width)).astype(np.float32), RNG.normal(size=width).astype(np.float32)


def test_network_is_what_it_says() -> None:
    x = RNG.normal(size=(1, 4, 6, 3)).astype(np.float32)
    first, last = layer(9, 3, 5), layer(9, 5, 2)
    head = RNG.normal(size=(12, 1)).astype(np.float32), np.ones(1, np.float32)
    hidden = naive(framed(x[0]), *first).reshape(2, 2, 3, 2, 5).max((1, 3))
    expected = naive(framed(hidden), *last).reshape(-1) @ head[0] + head[1]
    (found,) = Network((first, last), (head,)).run(x)
    assert np.allclose(found[0], expected, atol=1e-3)


def test_layer_of_four_by_four_takes_every_second_place_of_the_unpadded_patch() -> None:
    x = RNG.normal(size=(1, 10, 14, CHANNELS)).astype(np.float32)
    first, last = layer(16, CHANNELS, 4), layer(9, 4, 2)
    head = RNG.normal(size=(48, 3)).astype(np.float32), np.zeros(3, np.float32)
    expected = naive(framed(naive(x[0], *first, stride=2)), *last).reshape(-1) @ head[0]
    (found,) = Network((first, last), (head,)).run(x)
    assert np.allclose(found[0], expected, atol=1e-2)


def test_each_head_answers_and_one_on_each_cell_keeps_the_map() -> None:
    x = RNG.normal(size=(2, 4, 4, 3)).astype(np.float32)
    on_cells = RNG.normal(size=(5, 1)).astype(np.float32), np.zeros((4, 4, 1), np.float32)
    dense = RNG.normal(size=(80, 2)).astype(np.float32), np.zeros(2, np.float32)
    cells, whole = Network((layer(9, 3, 5),), (on_cells, dense)).run(x)
    assert cells.shape == (2, 4, 4, 1)
    assert whole.shape == (2, 2)


def test_maxima_follow_the_layers_that_are_named() -> None:
    x = RNG.normal(size=(1, 10, 10, CHANNELS)).astype(np.float32)
    first, last = layer(16, CHANNELS, 4), layer(9, 4, 2)
    head = np.eye(2, dtype=np.float32), np.zeros((2, 2, 2), np.float32)
    hidden = naive(x[0], *first, stride=2).reshape(2, 2, 2, 2, 4).max((1, 3))
    (found,) = Network((first, last), (head,), (0,)).run(x)
    assert np.allclose(found[0], naive(framed(hidden), *last), atol=1e-2)


def test_halved_map_keeps_a_last_odd_column() -> None:
    x = RNG.uniform(0, 1, (1, 4, 5, 3)).astype(np.float32)
    found = halved(x)
    assert found.shape == (1, 2, 3, 3)
    assert np.array_equal(found[0, :, 2], x[0, :, 4].reshape(2, 2, 3).max(1))
    assert np.array_equal(found[0, 0, 1], x[0, :2, 2:4].reshape(4, 3).max(0))


def test_network_for_a_skin_reads_the_bytes_themselves() -> None:
    patches = RNG.integers(0, 256, (2, 10, 14, CHANNELS)).astype(np.uint8)
    head = RNG.normal(size=(24, 1)).astype(np.float32), np.zeros(1, np.float32)
    network = Network((layer(16, CHANNELS, 4), layer(9, 4, 1)), (head,))
    (bytewise,) = network.for_skin(SKIN).run(patches)
    (relative,) = network.run(relative_to_skin(patches, SKIN))
    assert np.allclose(bytewise, relative, atol=1e-2, rtol=1e-4)


def test_anchor_lands_on_the_origin() -> None:
    pupils = np.array(((100, 200), (190, 230)), np.float32)
    anchor = 140.0, 300.0
    for mirrored in (False, True):
        matrix = patch_transform(SHAPE, anchor, pupils, mirrored=mirrored)
        assert np.allclose(matrix @ (*anchor, 1), SHAPE.origin, atol=1e-3)
        length = np.linalg.norm(matrix[:, :2] @ (pupils[1] - pupils[0]))
        assert length == pytest.approx(SHAPE.scale, rel=1e-4)


def test_mirrored_picture_gives_the_mirrored_patch() -> None:
    y, x = np.mgrid[0:320, 0:320] / 320
    picture = (127 + 120 * np.stack([np.sin(9 * x + y), np.cos(7 * y), np.sin(5 * x * y)], -1)).astype(np.uint8)
    grey, half = picture[..., 0].copy(), picture[::2, ::2].copy()
    pupils = np.array(((110, 120), (190, 120)), np.float32)

    matrix = patch_transform(SHAPE, (100.0, 200.0), pupils)
    patch = cut_patch(half, grey, SHAPE, matrix).astype(int)
    other = np.array(((319 - 190, 120), (319 - 110, 120)), np.float32)
    matrix = patch_transform(SHAPE, (219.0, 200.0), other, mirrored=True)
    mirror = cut_patch(half[:, ::-1].copy(), grey[:, ::-1].copy(), SHAPE, matrix).astype(int)
    assert patch.shape == (48, 32, CHANNELS)
    assert np.abs(patch - mirror).max() <= 4
    assert np.abs(patch - patch[:, ::-1]).max() > 20


def test_fine_detail_shows_what_the_patch_is_too_coarse_for() -> None:
    grey = np.full((320, 320), 120, np.uint8)
    grey[200, :] = 250
    half = np.full((160, 160, 3), 120, np.uint8)
    pupils = np.array(((110, 120), (190, 120)), np.float32)
    patch = cut_patch(half, grey, SHAPE, patch_transform(SHAPE, (150.0, 195.0), pupils))
    assert patch[..., 3].max() > 16
    assert patch[..., 4].max() == 0


def lines_of(frame: np.ndarray, shape: PatchShape, matrix: np.ndarray) -> np.ndarray:
    height, width = frame.shape[:2]
    half = cv2.resize(frame, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cut_lines(half, cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), shape, matrix)


def strip_of(frame: np.ndarray, shape: PatchShape, matrix: np.ndarray) -> np.ndarray:
    return cut_strips(frame, shape, (matrix,))[0]


@pytest.mark.parametrize("cut", [strip_of, lines_of])
def test_strip_shows_thin_lines_apart(cut: Callable[..., np.ndarray]) -> None:
    frame = np.full((320, 320, 3), 120, np.uint8)
    frame[200, :] = 250
    pupils = np.array(((110, 120), (190, 120)), np.float32)
    shape = PatchShape(64, 48, 72.0, (32.0, 16.0))
    strip = cut(frame, shape, patch_transform(shape, (150.0, 195.0), pupils))
    assert strip.shape == (48, 64, CHANNELS)
    assert strip[..., 3].max() > 16
    assert strip[..., 4].max() == 0


def test_both_ways_to_cut_show_the_same_smooth_picture() -> None:
    frame = cv2.GaussianBlur(RNG.integers(0, 256, (320, 320, 3)).astype(np.uint8), (0, 0), 12)
    frame = cv2.normalize(frame, None, 0, 255, cv2.NORM_MINMAX)
    pupils = np.array(((110, 120), (190, 125)), np.float32)
    shape = PatchShape(64, 48, 72.0, (32.0, 16.0))
    matrix = patch_transform(shape, (150.0, 195.0), pupils)
    strip, lines = (cut(frame, shape, matrix)[..., :3].astype(int) for cut in (strip_of, lines_of))
    assert np.ptp(strip, (0, 1)).min() > 20
    assert np.abs(strip - lines)[..., 1:].mean() < 3
    assert np.abs(strip - lines).mean() < 4  # L* comes from luma, which is a little another thing for strong colours


def test_strips_cut_together_are_as_each_alone() -> None:
    frame = RNG.integers(0, 256, (320, 320, 3)).astype(np.uint8)
    pupils = np.array(((110, 120), (190, 120)), np.float32)
    places = ((100.0, 195.0), False), ((200.0, 300.0), True)
    matrices = [patch_transform(SHAPE, anchor, pupils, mirrored=flip) for anchor, flip in places]
    together = cut_strips(frame, SHAPE, matrices)
    assert together.shape == (2, SHAPE.height, SHAPE.width, CHANNELS)
    assert all(np.array_equal(strip_of(frame, SHAPE, m), strip) for m, strip in zip(matrices, together, strict=True))


@pytest.mark.parametrize(
    ("name", "shape", "count", "answers"),
    [
        ("ears", EAR_PATCH, 2, [(2, 7, 3, 1)]),
        ("neck", NECK_PATCH, 1, []),
        ("necklace", NECKLACE_STRIP, 1, [(1, 14, 23, 1)]),
    ],
)
def test_shipped_networks_load_and_run(
    name: str, shape: PatchShape, count: int, answers: list[tuple[int, ...]]
) -> None:
    patches = np.zeros((count, shape.height, shape.width, CHANNELS), np.uint8)
    found = load_network(name).for_skin(SKIN).run(patches)
    assert [answer.shape for answer in found] == answers
    assert all(np.isfinite(answer).all() for answer in found)


@pytest.mark.parametrize(
    ("name", "size", "answers"), [("eye", (12, 16), 1), ("lens", (16, 16), 4), ("mouth", (16, 16), 2)]
)
def test_chances_lie_between_0_and_1(name: str, size: tuple[int, int], answers: int) -> None:
    cells = np.random.default_rng(1).normal(0, 1, (2, *size, 8)).astype(np.float32)
    chances = read_chances(name, np.concatenate([cells, 1000 * cells]))
    assert chances.shape == (4, answers)
    assert np.all((chances >= 0) & (chances <= 1))
    assert chances[0] != pytest.approx(chances[1], abs=1e-6)


def test_neckline_reads_what_the_necks_network_hands_on() -> None:
    patches = np.zeros((2, NECK_PATCH.height, NECK_PATCH.width, CHANNELS), np.uint8)
    patches[1, 40:] = 200
    features = load_network("neck").for_skin(SKIN).find(patches)
    assert features.shape == (2, 8, 12, 48)
    (dress,) = load_network("neckline").run(features)
    assert dress.shape == (2, 2)
    assert np.isfinite(dress).all()
    assert not np.allclose(dress[0], dress[1])
