"""The ears: seen or not, and where their lobes hang."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.portrait.chart import chart_to_frame, frame_to_chart

__all__ = ["Ear", "find_ears"]


@dataclass(frozen=True, slots=True)
class Ear:
    """One ear.

    Parameters
    ----------
    side : str
        ``left`` or ``right`` in the image.
    seen : float
        Probability that the ear shows, 0 to 1.
    box : tuple of float
        Where the ear is or would be, (left, top, right, bottom) in frame pixels.
    lobe : tuple of float
        Where its lobe and what hangs from it would be, (left, top, right, bottom) in frame pixels.
    """

    side: str
    seen: float
    box: tuple[float, float, float, float]
    lobe: tuple[float, float, float, float]


_LEFT = ((0.08, -0.2), (-0.34, 0.75), (0.22, 0.4), (-0.26, 1.05))  # beside the cheek: the ear's corners, the lobe's
_CORNERS = np.array((*_LEFT, *((-x, y) for x, y in _LEFT)), np.float32)


def _bounds(corners: npt.NDArray[np.float32]) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = corners.tolist()
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def find_ears(
    landmarks: npt.NDArray[np.float32], pupils: npt.NDArray[np.float32], seen: tuple[float, float]
) -> tuple[Ear, Ear]:
    """Place the ears of a face.

    Parameters
    ----------
    landmarks : (68, 2) float32
        In frame pixels.
    pupils : (2, 2) float32
        In frame pixels.
    seen : (float, float)
        Probability that the image's left and right ear shows.

    Returns
    -------
    (Ear, Ear)
        The image's left and right.

    Notes
    -----
    The ear stands outside landmark 1 (15), from the height of the eyes to that of the nose's tip.
    """
    corners = _CORNERS.copy()
    corners[:, 0] += frame_to_chart(landmarks[[1, 15]], pupils)[:, 0].repeat(4)
    placed = chart_to_frame(corners, pupils)
    left = Ear("left", seen[0], _bounds(placed[:2]), _bounds(placed[2:4]))
    right = Ear("right", seen[1], _bounds(placed[4:6]), _bounds(placed[6:]))
    return left, right
