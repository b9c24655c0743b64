"""CIELAB by tables is CIELAB."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2lab as by_formula

from photospec.portrait.colour import rgb2lab


@pytest.mark.parametrize("brightest", [256, 40], ids=["all", "dark"])
def test_it_is_the_formula(brightest: int) -> None:
    pixels = np.random.default_rng(7).integers(0, brightest, (64, 48, 3)).astype(np.uint8)
    lab = rgb2lab(pixels)
    assert lab.dtype == np.float32
    assert lab.shape == pixels.shape
    assert np.abs(lab - by_formula(pixels)).max() < 0.15  # scikit-image rounds the white point otherwise


def test_grey_has_no_colour() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    lab = rgb2lab(ramp)[0]
    assert lab[0] == pytest.approx((0, 0, 0), abs=1e-3)
    assert lab[255] == pytest.approx((100, 0, 0), abs=1e-3)
    assert (np.diff(lab[:, 0]) > 0).all()
    assert np.abs(lab[:, 1:]).max() < 0.08
