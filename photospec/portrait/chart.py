"""The head brought to one size and upright, and described cell by cell, for the small models of hair, hats and ears."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = [
    "CELLS",
    "CHART_UNIT",
    "COLUMNS",
    "EYE_ROW",
    "FEATURES",
    "ROWS",
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
_INK = np.ones((1, 3), np.float32)


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
    (x0, y0), (x1, y1) = pupils.astype(np.float64)
    dx, dy = x1 - x0, y1 - y0
    square = max(dx * dx + dy * dy, 1.0)
    cos, sin = CHART_UNIT * dx / square, CHART_UNIT * dy / square
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return np.array(
        [[cos, sin, _MIDDLE[0] - cos * x - sin * y], [-sin, cos, _MIDDLE[1] + sin * x - cos * y]], np.float64
    )


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
    (240, 192, 3) uint8
        RGB: two eye distances to either side, two and a half up and down. Beyond the picture its edge is
        repeated.
    """
    # Four channels are warped in half the time of three.
    four = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
    chart = cv2.warpAffine(
        four, chart_transform(pupils), _SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cv2.cvtColor(chart, cv2.COLOR_RGBA2RGB)  # type: ignore[return-value]


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
    across = pupils[1] - pupils[0]
    axes = np.stack([across, np.array((-across[1], across[0]), np.float32)], 1)
    return ((points - (pupils[0] + pupils[1]) / 2) @ axes / max(float(across @ across), 1.0)).astype(np.float32)  # type: ignore[no-any-return]


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
    chart : (240, 192, 3) uint8
        As from `draw_chart`.
    lab : (120, 96, 3) float32
        The chart at half its size, CIELAB.
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
    grey = cv2.cvtColor(chart, cv2.COLOR_RGB2GRAY)
    # Differences of whole numbers are exact in 16 bits, and faster.
    dx, dy = (slope.astype(np.float32) * np.float32(0.25) for slope in cv2.spatialGradient(grey))
    fine = cv2.Laplacian(grey, cv2.CV_16S).astype(np.float32)
    size = COLUMNS, ROWS

    def mean(layer: cv2.typing.MatLike) -> npt.NDArray[np.float32]:
        return cv2.resize(layer, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    xx, yy, xy = mean(cv2.multiply(dx, dx)), mean(cv2.multiply(dy, dy)), mean(cv2.multiply(dx, dy))
    colour = mean(lab)
    spread = np.maximum(mean(cv2.multiply(lab, lab)) - colour * colour, 0)
    apart = cv2.subtract(lab, (*backdrop.tolist(), 0.0))  # type: ignore[call-overload]
    distance = np.sqrt(cv2.transform(cv2.multiply(apart, apart), _INK))
    cells = np.empty((ROWS, COLUMNS, FEATURES), np.float32)
    cells[..., :3] = np.tanh((colour - skin) * np.array((1 / 40, 1 / 25, 1 / 25), np.float32)) * 2
    cells[..., 3] = np.sqrt(spread[..., 0]) / 8
    cells[..., 4] = np.sqrt(spread[..., 1] + spread[..., 2]) / 6
    energy = xx + yy + 4
    cells[..., 5] = np.log(energy) * 0.5 - 1.5
    cells[..., 6] = (xx - yy) / energy
    cells[..., 7] = 2 * xy / energy
    cells[..., 8] = np.log(mean(cv2.multiply(fine, fine)) + 4) * 0.5 - 1.5
    cells[..., 9] = np.minimum(mean(distance) / 20, 2) - 1
    cells[..., 10] = colour[..., 0] / 25 - 2
    points = np.rint(np.clip(marks * (CHART_UNIT / 2) + _MIDDLE / 2, -500, 500)).astype(np.int32)
    parts = np.zeros((*lab.shape[:2], 2), np.float32)
    face, features = np.zeros(lab.shape[:2], np.float32), np.zeros(lab.shape[:2], np.float32)
    cv2.fillConvexPoly(face, cv2.convexHull(points), 2.0)
    cv2.fillPoly(features, [points[36:42], points[42:48], points[48:60]], 2.0)
    cv2.polylines(features, [points[17:22], points[22:27]], False, 2.0, 2)
    parts[..., 0], parts[..., 1] = face, features
    cells[..., 11:] = mean(parts)
    np.clip(cells, -3, 3, out=cells)
    return cells


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
