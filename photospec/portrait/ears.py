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


def _bounds(corners: npt.NDArray[np.float32]) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    return float(left), float(top), float(right), float(bottom)


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
    cheeks = frame_to_chart(landmarks[[1, 15]], pupils)
    ears = []
    for side, cheek, sign, chance in zip(("left", "right"), cheeks, (-1.0, 1.0), seen, strict=True):
        x = float(cheek[0])
        box = np.array(((x - 0.08 * sign, -0.2), (x + 0.34 * sign, 0.75)), np.float32)
        lobe = np.array(((x - 0.22 * sign, 0.4), (x + 0.26 * sign, 1.05)), np.float32)
        ears.append(Ear(side, chance, _bounds(chart_to_frame(box, pupils)), _bounds(chart_to_frame(lobe, pupils))))
    return ears[0], ears[1]
