"""Patches aligned with the face, and the networks that read them."""

from __future__ import annotations

import numpy as np
import pytest

from photospec.portrait.patchnet import CHANNELS, Network, PatchShape, cut_patch, load_network, patch_transform

SHAPE = PatchShape(32, 48, 24.0, (12.0, 16.0))
SKIN = np.array((60, 12, 16), np.float32)
RNG = np.random.default_rng(4)


def naive(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    height, width, depth = x.shape
    kernel = weights.reshape(3, 3, depth, -1)
    out = np.zeros((height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            for di in range(3):
                for dj in range(3):
                    y, z = i + di - 1, j + dj - 1
                    if 0 <= y < height and 0 <= z < width:
                        out[i, j] += x[y, z] @ kernel[di, dj]
    return np.maximum(out + bias, 0)


def test_network_is_what_it_says() -> None:
    x = RNG.normal(size=(1, 4, 6, 3)).astype(np.float32)
    first = RNG.normal(size=(27, 5)).astype(np.float32), RNG.normal(size=5).astype(np.float32)
    last = RNG.normal(size=(45, 2)).astype(np.float32), RNG.normal(size=2).astype(np.float32)
    head, bias = RNG.normal(size=(12, 1)).astype(np.float32), np.ones(1, np.float32)
    hidden = naive(x[0], *first).reshape(2, 2, 3, 2, 5).max((1, 3))
    expected = naive(hidden, *last).reshape(-1) @ head + bias
    assert np.allclose(Network((first, last), head, bias).run(x)[0], expected, atol=1e-3)


def test_head_on_each_cell_keeps_the_map() -> None:
    x = RNG.normal(size=(2, 4, 4, 3)).astype(np.float32)
    layer = RNG.normal(size=(27, 5)).astype(np.float32), np.zeros(5, np.float32)
    head = RNG.normal(size=(5, 1)).astype(np.float32)
    assert Network((layer,), head, np.zeros((4, 4, 1), np.float32)).run(x).shape == (2, 4, 4, 1)


def test_anchor_lands_on_the_origin() -> None:
    pupils = np.array(((100, 200), (190, 230)), np.float32)
    anchor = np.array((140, 300), np.float32)
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
    anchor = np.array((100, 200), np.float32)

    def flip(points: np.ndarray) -> np.ndarray:
        return np.stack([319 - points[..., 0], points[..., 1]], -1).astype(np.float32)

    patch = cut_patch(half, grey, SKIN, SHAPE, anchor, pupils)
    mirror = cut_patch(
        half[:, ::-1].copy(), grey[:, ::-1].copy(), SKIN, SHAPE, flip(anchor), flip(pupils)[::-1], mirrored=True
    )
    assert patch.shape == (48, 32, CHANNELS)
    assert np.abs(patch - mirror).max() < 0.2
    assert np.abs(patch - patch[:, ::-1]).max() > 1


def test_fine_detail_shows_what_the_patch_is_too_coarse_for() -> None:
    grey = np.full((320, 320), 120, np.uint8)
    grey[200, :] = 250
    half = np.full((160, 160, 3), 120, np.uint8)
    pupils = np.array(((110, 120), (190, 120)), np.float32)
    patch = cut_patch(half, grey, SKIN, SHAPE, np.array((150, 195), np.float32), pupils)
    assert patch[..., 4].max() > 1
    assert patch[..., 5].max() == 0


@pytest.mark.parametrize(("name", "shape"), [("ears", (2, 60, 32)), ("necklace", (1, 56, 88)), ("collar", (1, 56, 80))])
def test_shipped_networks_load_and_run(name: str, shape: tuple[int, int, int]) -> None:
    out = load_network(name).run(np.zeros((*shape, CHANNELS), np.float32))
    assert len(out) == shape[0]
    assert np.isfinite(out).all()
