"""The ears: seen or not, what hangs there, and where their lobes are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.networks.shelf import Odds, Shelf
from photospec.odds import both, either
from photospec.portrait.chart import chart_to_frame, frame_to_chart

__all__ = ["Ear", "Ears", "find_ears"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ear:
    """One ear; probabilities are from 0 to 1.

    Parameters
    ----------
    side : str
        ``left`` or ``right`` in the image.
    hidden : float
        Probability that it cannot be seen.
    earring : float
        Probability that something is worn at it.
    box : tuple of float
        Where the ear is or would be, (left, top, right, bottom) in frame pixels.
    lobe : tuple of float
        Where its lobe and what hangs from it would be, (left, top, right, bottom) in frame pixels.
    """

    side: str
    hidden: float
    earring: float
    box: Box
    lobe: Box


@dataclass(frozen=True, slots=True)
class Ears:
    """Both ears; probabilities are from 0 to 1.

    Parameters
    ----------
    left, right : Ear
        The image's.
    hidden : float
        Probability that at least one cannot be seen.
    earring : float
        Probability that something is worn at one of them.
    lobes_hidden : float
        Probability that no lobe can be seen, and so no earring either.
    """

    left: Ear
    right: Ear
    hidden: float
    earring: float
    lobes_hidden: float

    @property
    def sides(self) -> tuple[Ear, Ear]:
        """The image's left and right ear."""
        return self.left, self.right


_LEFT = ((0.08, -0.2), (-0.34, 0.75), (0.22, 0.4), (-0.26, 1.05))  # beside the cheek: the ear's corners, the lobe's
_CORNERS = np.array((*_LEFT, *((-x, y) for x, y in _LEFT)), np.float32)


def _bounds(corners: npt.NDArray[np.float32]) -> Box:
    (x0, y0), (x1, y1) = corners.tolist()
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def find_ears(
    landmarks: npt.NDArray[np.float32], pupils: npt.NDArray[np.float32], said: tuple[Odds, Odds], shelf: Shelf
) -> Ears:
    """Place the ears of a face, and weigh what a network says of them.

    Parameters
    ----------
    landmarks : (68, 2) float32
        In frame pixels.
    pupils : (2, 2) float32
        In frame pixels.
    said : (dict, dict)
        What the network ``ear`` says of the image's left and right ear.
    shelf : Shelf
        The network's own, which knows what its answers are worth.

    Returns
    -------
    Ears

    Notes
    -----
    The ear stands outside landmark 1 (15), from the height of the eyes to that of the nose's tip.
    """
    corners = _CORNERS.copy()
    corners[:, 0] += frame_to_chart(landmarks[[1, 15]], pupils)[:, 0].repeat(4)
    placed = chart_to_frame(corners, pupils)
    left, right = (
        Ear(
            side,
            shelf.probability("ears hidden", odds["ears hidden"]),
            shelf.probability("earring", odds["earring"]),
            _bounds(placed[start : start + 2]),
            _bounds(placed[start + 2 : start + 4]),
        )
        for side, odds, start in zip(("left", "right"), said, (0, 4), strict=True)
    )
    one, other = said
    return Ears(
        left,
        right,
        shelf.probability("ears hidden", either(one["ears hidden"], other["ears hidden"])),
        shelf.probability("earring", either(one["earring"], other["earring"])),
        shelf.probability("lobes hidden", both(one["lobes hidden"], other["lobes hidden"])),
    )
