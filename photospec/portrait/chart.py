"""The head brought to one size and upright, and described cell by cell, for the small models of hair, hats and ears."""

from __future__ import annotations

import math
from typing import Any

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
    "FEATURES",
    "ROWS",
    "chart_lab",
    "chart_to_frame",
    "chart_transform",
    "describe_cells",
    "draw_chart",
    "frame_to_chart",
    "mirror_cells",
]

CHART_UNIT = 48
"""Chart pixels per distance between the pupils."""

COLUMNS, ROWS, CELLS = 16, 20, 12
"""Columns and rows of cells, and the side of a cell in chart pixels: a quarter of the eye distance."""

EYE_ROW = 10
"""The pupils stand on the upper edge of this row, symmetric about the middle column edge."""

FEATURES = 13
"""Numbers that describe a cell; see `describe_cells`."""

_SIZE = COLUMNS * CELLS, ROWS * CELLS
_MIDDLE = np.array((COLUMNS * CELLS / 2, EYE_ROW * CELLS), np.float32)
_COLOUR_UNITS = np.array((1 / 40, 1 / 25, 1 / 25), np.float32)


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


def describe_cells(
    chart: npt.NDArray[np.uint8],
    lab: npt.NDArray[np.float32],
    skin: npt.NDArray[np.float32],
    backdrop: npt.NDArray[np.float32],
    marks: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Describe each cell of a chart by its colour and texture.

    Parameters
    ----------
    chart : (240, 192, 3) or (240, 192, 4) uint8
        As from `draw_chart`.
    lab : (120, 96, 3) float32
        As from `chart_lab`.
    skin, backdrop : (3,) float32
        The person's skin and the backdrop, CIELAB.
    marks : (68, 2) float32
        Landmarks in eye distances about the middle of the eyes; see `frame_to_chart`.

    Returns
    -------
    (20, 16, 13) float32
        About -3 to 3: L*, a*, b* from the skin's; standard deviation of L* and of the chroma plane; strength of the
        gradient, and how far it runs across (+) or down (-) and along the one or the other diagonal; energy of the
        finest detail; distance from the backdrop; L* itself; share of the cell in the face, and in brows, eyes, lips.
    """
    height, width = lab.shape[:2]
    grey = cv2.cvtColor(chart, cv2.COLOR_RGB2GRAY)
    dx, dy = (slope.astype(np.float32) for slope in cv2.spatialGradient(grey))
    fine = cv2.Laplacian(grey, cv2.CV_16S).astype(np.float32)
    # Ten layers, one above the other: averaging them together, and the first 2 x 2 by itself, is much the fastest.
    layers = np.empty((10, height, width), np.float32)
    for layer, (one, other) in zip(layers, ((dx, dx), (dy, dy), (dx, dy), (fine, fine)), strict=False):
        cv2.resize(cv2.multiply(one, other), (width, height), layer, interpolation=cv2.INTER_AREA)
    for channel in range(3):
        cv2.extractChannel(lab, channel, layers[4 + channel])
    np.square(layers[4:7], out=layers[7:])
    half: npt.NDArray[np.float32] = cv2.resize(  # type: ignore[assignment]
        layers.reshape(-1, width), (width // 2, 5 * height), interpolation=cv2.INTER_AREA
    )
    means = _means(half, 10)
    (xx, yy, xy, detail), colour = means[:4], means[4:7]
    spread = np.maximum(means[7:] - colour * colour, 0)
    apart = half.reshape(10, height // 2, -1)[4:7] - backdrop[:, None, None]
    distance = _means(np.sqrt(np.square(apart).sum(0)), 1)[0]
    energy = xx + yy + 64  # so that noise, 2 levels in units of Sobel filters of gain 4, has no direction
    cells = np.empty((ROWS, COLUMNS, FEATURES), np.float32)
    cells[..., :3] = np.tanh((colour.transpose(1, 2, 0) - skin) * _COLOUR_UNITS) * 2
    cells[..., 3] = np.sqrt(spread[0]) / 8
    cells[..., 4] = np.sqrt(spread[1] + spread[2]) / 6
    cells[..., 5] = np.log(energy) * 0.5 - (1.5 + math.log(4))
    cells[..., 6] = (xx - yy) / energy
    cells[..., 7] = 2 * xy / energy
    cells[..., 8] = np.log(detail + 4) * 0.5 - 1.5
    cells[..., 9] = np.minimum(distance / 20, 2) - 1
    cells[..., 10] = colour[0] / 25 - 2
    points = np.rint(np.minimum(np.maximum(marks * (CHART_UNIT / 2) + _MIDDLE / 2, -500), 500)).astype(np.int32)
    face, features = parts = np.zeros((2, height, width), np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(points), 254)
    cv2.fillPoly(features, [points[36:42], points[42:48], points[48:60]], 254)
    cv2.polylines(features, [points[17:22], points[22:27]], False, 254, 2)
    cells[..., 11:] = _means(parts.reshape(-1, width), 2).transpose(1, 2, 0) * np.float32(1 / 127)
    return np.minimum(np.maximum(cells, -3, out=cells), 3, out=cells)


def _means(tall: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    """Average layers that stand one above the other over their cells."""
    means = cv2.resize(tall, (COLUMNS, count * ROWS), interpolation=cv2.INTER_AREA)
    return means.reshape(count, ROWS, COLUMNS)


def mirror_cells(cells: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Describe the mirror image of a chart.

    Parameters
    ----------
    cells : (..., 16, 13) float32
        As from `describe_cells`.

    Returns
    -------
    (..., 16, 13) float32
    """
    mirrored = cells[..., ::-1, :].copy()
    mirrored[..., 7] *= -1  # a falling diagonal, mirrored, rises
    return mirrored
