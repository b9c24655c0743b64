"""CIELAB of 8-bit pictures, by tables."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["rgb2lab", "square_lengths"]

_TO_XYZ = np.array(((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227)))
_TO_XYZ = (_TO_XYZ / _TO_XYZ.sum(1, keepdims=True)).astype(np.float32)  # white, D65, is (1, 1, 1)
_TO_LAB = np.array(((0, 116, 0, -16), (500, -500, 0, 0), (0, 200, -200, 0)), np.float32)


_WIDE_TABLES = tuple(map(int, cv2.__version__.split(".")[:2])) >= (4, 13)
"""Whether OpenCV's tables take 16-bit values."""


@functools.cache
def _linear() -> npt.NDArray[np.uint16]:
    """Return the light of each sRGB value, 65535 being white."""
    value = np.arange(256) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.round(65535 * light).astype(np.uint16)


@functools.cache
def _response() -> npt.NDArray[np.float32]:
    """Return CIE's f(t), the eye's response, for t of 0 to 65535 in steps of 1/65535."""
    light = np.arange(65536) / 65535
    return np.where(light > 216 / 24389, np.cbrt(light), (24389 / 27 * light + 16) / 116).astype(np.float32)


def rgb2lab(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Convert a picture from sRGB to CIELAB.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        sRGB.

    Returns
    -------
    (H, W, 3) float32
        L* from 0 to 100, a* and b*, under D65.

    Notes
    -----
    By two tables, of 256 and 65,536 values, and two small matrices: 0.16 ms for 240x320, where ``cv2.cvtColor`` of
    float32 takes 0.38. It is also nearer to the formula: at most 0.08 off in any channel, ``cv2.cvtColor`` 0.47.

    References
    ----------
    .. [1] CIE 015:2018, Colorimetry, 4th ed., 8.2.1, https://doi.org/10.25039/TR.015.2018
    """
    xyz = cv2.transform(cv2.LUT(pixels, _linear()), _TO_XYZ)
    return cv2.transform(_look_up(xyz, _response()), _TO_LAB)  # type: ignore[return-value]


def _look_up(values: Any, table: npt.NDArray[np.float32]) -> Any:
    """Return a table's entry for each of some 16-bit values."""
    if _WIDE_TABLES:
        return cv2.LUT(values, table)
    return table[values]


_THREE = np.ones(3, np.float32)


def square_lengths(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the squared length, (N,), of each of (N, 3) differences of colours: by a product, faster than a sum."""
    lengths: npt.NDArray[np.float32] = np.square(vectors) @ _THREE
    return lengths
