"""The head brought to one size and upright, for the colours of skin and make-up."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.colour import rgb2lab
from photospec.portrait.upright import cut_upright, upright_transform

__all__ = [
    "CELLS",
    "CHART_UNIT",
    "COLUMNS",
    "EYE_ROW",
    "ROWS",
    "chart_lab",
    "chart_to_frame",
    "chart_transform",
    "draw_chart",
    "frame_to_chart",
]

CHART_UNIT = 48
"""Chart pixels per distance between the pupils."""

COLUMNS, ROWS, CELLS = 16, 20, 12
"""Columns and rows of cells, and the side of a cell in chart pixels: a quarter of the eye distance."""

EYE_ROW = 10
"""The pupils stand on the upper edge of this row, symmetric about the middle column edge."""

_SIZE = COLUMNS * CELLS, ROWS * CELLS
_MIDDLE = np.array((COLUMNS * CELLS / 2, EYE_ROW * CELLS), np.float32)


def chart_transform(pupils: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the similarity that takes a picture to the chart.

    Parameters
    ----------
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels of the picture.

    Returns
    -------
    (2, 3) float64
        Matrix for `cv2.warpAffine`: rotation, scale and shift.
    """
    return upright_transform(pupils, CHART_UNIT, COLUMNS * CELLS / 2, EYE_ROW * CELLS)


def draw_chart(picture: npt.NDArray[np.uint8], pupils: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Bring the head to a fixed size, upright.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB; half size is enough.
    pupils : (2, 2) float32
        Left and right pupil of the image, in pixels of `picture`.

    Returns
    -------
    (240, 192, 4) uint8
        RGB and a channel without meaning: two eye distances to either side, two and a half up and down. Beyond the
        picture its edge is repeated.
    """
    return cut_upright(picture, chart_transform(pupils), _SIZE)


def chart_lab(chart: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the colours of a chart.

    Parameters
    ----------
    chart : (240, 192, 4) uint8
        As from `draw_chart`.

    Returns
    -------
    (120, 96, 3) float32
        CIELAB at half the chart's size.
    """
    small = cv2.resize(chart, (_SIZE[0] // 2, _SIZE[1] // 2), interpolation=cv2.INTER_AREA)
    return rgb2lab(cv2.cvtColor(small, cv2.COLOR_RGBA2RGB))  # type: ignore[arg-type]


def chart_to_frame(points: npt.NDArray[np.float32], pupils: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Take points given in eye distances about the middle of the eyes to the picture.

    Parameters
    ----------
    points : (N, 2) float32
        (x, y) in eye distances, x to the image's right and y down, from the middle between the pupils.
    pupils : (2, 2) float32
        Left and right pupil of the image, in pixels.

    Returns
    -------
    (N, 2) float32
        In the pixels of `pupils`.
    """
    across = pupils[1] - pupils[0]
    down = np.array((-across[1], across[0]), np.float32)
    return ((pupils[0] + pupils[1]) / 2 + points[:, :1] * across + points[:, 1:] * down).astype(np.float32)  # type: ignore[no-any-return]


def frame_to_chart(points: npt.NDArray[np.float32], pupils: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Take points of the picture to eye distances about the middle of the eyes; the inverse of `chart_to_frame`.

    Parameters
    ----------
    points, pupils : (N, 2) and (2, 2) float32
        In pixels.

    Returns
    -------
    (N, 2) float32
        In eye distances.
    """
    dx, dy = (pupils[1] - pupils[0]).tolist()
    square = max(dx * dx + dy * dy, 1.0)
    axes = np.array(((dx / square, -dy / square), (dy / square, dx / square)), np.float32)
    return (points - (pupils[0] + pupils[1]) * np.float32(0.5)) @ axes  # type: ignore[no-any-return]
