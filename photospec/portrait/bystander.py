"""Whether somebody else is partly seen beside the person: half hidden behind, or half outside the frame."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.weights import load_arrays
from photospec.odds import probability
from photospec.portrait.face import eye_centres

__all__ = ["area_beside", "bystander_probability", "height_at_the_sides", "side_window", "skin_at_the_sides"]

COLUMNS, ROWS = 14, 20
# Outwards from the middle of the face and down from the eyes, in eye distances.
_SPAN = ((1.0, 2.8), (-2.1, 1.5))
_MIDDLE = np.array((50, 0, 0), np.float32)
_SCALE = np.array((50, 20, 20), np.float32)
_SKIN_WEIGHTS = np.array((0.5, 1, 1), np.float32)  # another's skin, in another light, differs most in L*


@functools.cache
def _weights() -> tuple[npt.NDArray[np.float32], ...]:
    stored = load_arrays("bystander.npz")
    return tuple(stored[name].astype(np.float32) for name in ("w1", "b1", "w2", "b2"))


def side_window(
    lab: npt.NDArray[np.float32],
    solid: npt.NDArray[np.bool_],
    landmarks: npt.NDArray[np.float32],
    right: bool,
) -> npt.NDArray[np.float32]:
    """Return what lies beside the head, in the head's own scale, roll and skin colour.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB.
    solid : (H, W) bool
        True on all that is not backdrop.
    landmarks : (68, 2) float32
        The face, in pixels of `lab`.
    right : bool
        The image's right side; else its left one, mirrored.

    Returns
    -------
    (20 * 14 * 8,) float32
        For each cell: CIELAB, CIELAB against the skin of the cheeks (both 0 on the backdrop, whose colour says
        nothing), whether it is solid, whether it is in the picture.
    """
    left_eye, right_eye = eye_centres(landmarks)
    middle = (left_eye + right_eye) / 2
    along = right_eye - left_eye
    if min(solid.shape) < 4:
        return np.zeros(ROWS * COLUMNS * 8, np.float32)
    if math.hypot(*along) < 2:
        along = np.array((2.0, 0.0), np.float32)
    down = np.array((-along[1], along[0]), np.float32)
    outward = along if right else -along
    (near, far), (high, low) = _SPAN
    step_x, step_y = (far - near) / COLUMNS, (low - high) / ROWS
    corner = middle + outward * (near + step_x / 2) + down * (high + step_y / 2)
    matrix = np.stack([outward * step_x, down * step_y, corner], 1).astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (COLUMNS, ROWS)
    reach = max(1, round(math.hypot(*along) * step_x))
    corners = matrix @ np.array(((0, COLUMNS, 0, COLUMNS), (0, 0, ROWS, ROWS), (1, 1, 1, 1)), np.float32)
    height, width = solid.shape
    (left, top), (end, bottom) = corners.min(1) - reach, corners.max(1) + reach
    x0, y0 = int(min(max(left, 0), width - 2)), int(min(max(top, 0), height - 2))
    x1, y1 = int(min(max(end, 2), width)), int(min(max(bottom, 2), height))
    window = slice(y0, max(y1, y0 + 2)), slice(x0, max(x1, x0 + 2))
    smooth = cv2.blur(lab[window], (reach, reach))
    shifted = matrix - np.array(((0, 0, x0), (0, 0, y0)), np.float32)
    colours = cv2.warpAffine(smooth, shifted, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = np.full((*smooth.shape[:2], 2), 255, np.uint8)
    np.multiply(solid[window], np.uint8(255), out=inside[..., 0])
    both = cv2.warpAffine(inside, shifted, size, flags=flags) * np.float32(1 / 255)
    cheeks = np.rint(landmarks[[1, 2, 14, 15]] * 0.6 + landmarks[[31, 31, 35, 35]] * 0.4).astype(int)
    cheeks = np.minimum(np.maximum(cheeks, 0), (width - 1, height - 1))
    skin = np.sort(lab[cheeks[:, 1], cheeks[:, 0]], 0)[1:3].mean(0)
    cells = np.empty((ROWS, COLUMNS, 8), np.float32)
    mask = both[..., :1]
    cells[..., :3] = (colours - _MIDDLE) * mask / _SCALE
    cells[..., 3:6] = (colours - skin) * mask / _SCALE
    cells[..., 6:] = both
    return cells.ravel()


def area_beside(solid: npt.NDArray[np.bool_], landmarks: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Measure how much stands farther out than a head and its hair.

    Parameters
    ----------
    solid, landmarks
        As for `side_window`.

    Returns
    -------
    (float, float)
        At the image's left and right, in squares of the eye distance.
    """
    left_eye, right_eye = eye_centres(landmarks).tolist()
    x, y = (left_eye[0] + right_eye[0]) / 2, (left_eye[1] + right_eye[1]) / 2
    unit = max(2.0, math.dist(left_eye, right_eye))
    rows = solid[max(0, int(y - 2.1 * unit)) : max(0, int(y + 1.5 * unit))]
    left, right = rows[:, : max(0, int(x - 1.5 * unit))], rows[:, max(0, int(x + 1.5 * unit)) :]
    return np.count_nonzero(left) / unit**2, np.count_nonzero(right) / unit**2


def bystander_probability(
    lab: npt.NDArray[np.float32], solid: npt.NDArray[np.bool_], landmarks: npt.NDArray[np.float32]
) -> tuple[float, float]:
    """Estimate whether somebody else is partly seen at the left and at the right of the head.

    Parameters
    ----------
    lab, solid, landmarks
        As for `side_window`.

    Returns
    -------
    (float, float)
        Probabilities, 0 to 1, for the image's left and right.

    Notes
    -----
    A perceptron with one hidden layer, trained by ``tools/train_bystander.py`` on people pasted behind others. It is
    not asked, and the answer is 0, where next to nothing stands farther out than a head and its hair. It learnt from
    pictures of half size; at a quarter its answers are the same to 0.05 on all but 1 of 128 sides.
    """

    def likely(right: bool) -> float:
        w1, b1, w2, b2 = _weights()
        hidden = np.maximum(side_window(lab, solid, landmarks, right) @ w1 + b1, 0)
        return probability(float((hidden @ w2 + b2).item()))

    left, right = area_beside(solid, landmarks)
    return likely(False) if left >= 0.1 else 0.0, likely(True) if right >= 0.1 else 0.0


def height_at_the_sides(
    solid: npt.NDArray[np.bool_], landmarks: npt.NDArray[np.float32], inset: tuple[int, int, int, int]
) -> tuple[float, float]:
    """Measure over what height something enters at the picture's left and right edge, beside the head.

    Parameters
    ----------
    solid, landmarks
        As for `side_window`.
    inset : (int, int, int, int)
        The frame round the picture: top, right, bottom, left, in pixels.

    Returns
    -------
    (float, float)
        At the image's left and right, in eye distances, of the 2 from the forehead's top to the tip of the nose; 0
        where the edge is so near the face that it may be the person's own hair.
    """
    height, width = solid.shape
    unit = max(2.0, math.dist(*eye_centres(landmarks)))
    x, y = (float(part) for part in landmarks[27])
    beside = solid[int(min(max(y - 1.3 * unit, 0), height)) : int(min(max(y + 0.7 * unit, 0), height))]
    _, right, _, left = inset

    def entered(columns: npt.NDArray[np.bool_], room: float) -> float:
        return float(np.count_nonzero(columns.all(1))) / unit if columns.size and room > 1.45 * unit else 0.0

    return (
        entered(beside[:, left + 1 : left + 4], x - left),
        entered(beside[:, max(0, width - right - 4) : max(0, width - right - 1)], width - right - x),
    )


def skin_at_the_sides(
    lab: npt.NDArray[np.float32],
    solid: npt.NDArray[np.bool_],
    landmarks: npt.NDArray[np.float32],
    skin: npt.NDArray[np.float32],
) -> tuple[float, float]:
    """Measure how much of what stands beside the head, farther out than hair, has the colour of the person's skin.

    Parameters
    ----------
    lab, solid, landmarks
        As for `side_window`.
    skin : (3,) float32
        The person's own skin, CIELAB.

    Returns
    -------
    (float, float)
        Shares, 0 to 1, at the image's left and right; 0 where next to nothing stands there.
    """
    width = solid.shape[1]
    unit = max(2.0, math.dist(*eye_centres(landmarks)))
    x, y = (float(part) for part in landmarks[27])
    rows = slice(max(0, int(y - 1.3 * unit)), max(0, int(y + 0.7 * unit)))
    inner, outer = max(0, int(x - 1.45 * unit)), min(width, int(x + 1.45 * unit))

    def share(columns: slice) -> float:
        seen = lab[rows, columns][solid[rows, columns]]
        if len(seen) < 0.1 * unit**2:
            return 0.0
        away = np.abs(seen - skin) @ _SKIN_WEIGHTS
        return float(np.count_nonzero(away < 22)) / len(seen)

    return share(slice(0, inner)), share(slice(outer, width))
