"""The ears: seen or not, and where their lobes hang."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.portrait.chart import chart_to_frame
from photospec.portrait.skin import Skin

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
    landmarks: npt.NDArray[np.float32], pupils: npt.NDArray[np.float32], lab: npt.NDArray[np.float32], skin: Skin
) -> tuple[Ear, Ear]:
    """Find the ears of a face.

    Parameters
    ----------
    landmarks : (68, 2) float32
        In frame pixels.
    pupils : (2, 2) float32
        In frame pixels.
    lab : (H, W, 3) float32
        The half-size frame in CIELAB.
    skin : Skin
        The person's skin.

    Returns
    -------
    (Ear, Ear)
        The image's left and right.
    """
    across = pupils[1] - pupils[0]
    unit = max(1.0, float(np.linalg.norm(across)))
    right = across / unit
    down = np.array((-right[1], right[0]), np.float32)
    ears = []
    for side, cheek, sign in (("left", landmarks[1], -1.0), ("right", landmarks[15], 1.0)):
        x = sign * (float((cheek - pupils.mean(0)) @ right) * sign / unit)
        box = np.array(((x - 0.08 * sign, -0.2), (x + 0.34 * sign, 0.75)), np.float32)
        lobe = np.array(((x - 0.22 * sign, 0.4), (x + 0.26 * sign, 1.05)), np.float32)
        corners = chart_to_frame(box, pupils)
        bounds = _bounds(corners)
        l, t, r, b = (round(v / 2) for v in bounds)
        patch = lab[max(t, 0) : max(b, 0), max(l, 0) : max(r, 0)].reshape(-1, 3)
        seen = 0.0
        if len(patch):
            apart = np.abs(patch - skin.colour)
            seen = float(((apart[:, 0] < 22) & (apart[:, 1] < 9) & (apart[:, 2] < 10)).mean())
        ears.append(Ear(side, min(1.0, seen / 0.5), bounds, _bounds(chart_to_frame(lobe, pupils))))
    return ears[0], ears[1]
