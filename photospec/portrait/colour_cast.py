"""The colour of the light: a cast judged from the skin and the whites of the eyes together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["ColourCast", "find_colour_cast", "shift_of", "witnesses"]


@dataclass(frozen=True, slots=True)
class ColourCast:
    """How far the colours are shifted.

    Parameters
    ----------
    a, b : float
        Most likely shift of all colours on the a* (green to magenta) and b* (blue to yellow) axis.
    unusual : float
        How unusual that shift is among people in neutral light, in standard deviations.
    variety : float
        Range of the redness (r - g, in shares of r + g + b) over the face, its middle 90 %. A face has lips, lids and
        whites: at least 0.035. A monochrome or sepia picture has one hue only.
    """

    a: float
    b: float
    unusual: float
    variety: float

    @property
    def strength(self) -> float:
        """Length of the shift, Delta E."""
        return math.hypot(self.a, self.b)

    @property
    def hue(self) -> float:
        """Direction of the shift in degrees: 0 red, 90 yellow, 180 green, 270 blue."""
        return math.degrees(math.atan2(self.b, self.a)) % 360


# a*, b* of the skin and a*, b* of the whites of the eyes of people in neutral light, of all skin tones: their mean and
# covariance, made by `python -m training.light`.
NEUTRAL = np.array((13.7, 16.0, 9.1, 7.8))
SPREAD = np.array(((25.7, 9.9, 8.2, 3.9), (9.9, 39.7, 2.6, 17.5), (8.2, 2.6, 18.0, 5.6), (3.9, 17.5, 5.6, 29.9)))
_AGREED = 4.0  # square of the standard deviations by which skin and whites may differ before the whites count less
_REDNESS = np.array(((1, -1, 0, 0), (1, 1, 1, 30)), np.float32)  # red less green, and of what it is a share


def witnesses(skin: npt.NDArray[np.float32], whites: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return what tells of the light: a* and b* of the skin, and of the whites of the eyes where they are seen.

    Parameters
    ----------
    skin : (3,) float32
        Colour of the skin, RGB, 0 to 255.
    whites : (N, 3) float32
        Colour of the whites of the eyes, RGB; N is 0, 1 or 2.

    Returns
    -------
    (2,) or (4,) float64
    """
    colours = np.stack([skin, *([whites.mean(0)] if len(whites) else [])]).astype(np.float32)
    return cv2.cvtColor(colours[None] * np.float32(1 / 255), cv2.COLOR_RGB2LAB)[0, :, 1:].ravel().astype(np.float64)


def shift_of(
    seen: npt.NDArray[np.float64], neutral: npt.NDArray[np.float64], spread: npt.NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return the most likely common shift of all witnesses and how unusual it is.

    Parameters
    ----------
    seen : (2,) or (4,) float64
        As from `witnesses`.
    neutral, spread : (4,) and (4, 4) float64
        Their mean and covariance in neutral light.

    Returns
    -------
    tuple of float
        Shift in a*, in b*, and its length in standard deviations.

    Notes
    -----
    A cast moves skin and whites alike, people differ from each other in both and not independently: the shift is the
    generalised least squares estimate. Lenses with a coating, contact lenses and lids colour the whites alone, so where
    the two disagree by more than people do, the whites are believed less.
    """
    apart = seen - neutral[: len(seen)]
    cov = spread[: len(seen), : len(seen)].copy()
    if len(seen) > 2:
        difference = apart[2:] - apart[:2]
        among_people = cov[:2, :2] + cov[2:, 2:] - cov[:2, 2:] - cov[2:, :2]
        disagreement = float(difference @ np.linalg.inv(among_people) @ difference)
        if disagreement > _AGREED:
            cov[2:, 2:] += np.outer(difference, difference) * (1 - _AGREED / disagreement)
    count, inverse = len(seen) // 2, np.linalg.inv(cov)
    (aa, ab), (_, bb) = inverse.reshape(count, 2, count, 2).sum((0, 2)).tolist()
    pull = (inverse @ apart).reshape(count, 2).sum(0)
    x, y = pull.tolist()
    size = aa * bb - ab * ab
    a, b = (bb * x - ab * y) / size, (aa * y - ab * x) / size
    return a, b, math.sqrt(max(a * x + b * y, 0.0))


def find_colour_cast(
    face: npt.NDArray[np.uint8], skin: npt.NDArray[np.float32], whites: npt.NDArray[np.float32]
) -> ColourCast:
    """Find the shift of all colours that explains the skin and the whites of the eyes best.

    Parameters
    ----------
    face : (H, W, 3) uint8
        The face from brow to chin, RGB, at about 50 px of height: lips and lids count, noise does not.
    skin : (3,) float32
        Colour of the skin, RGB, 0 to 255.
    whites : (N, 3) float32
        Colour of the whites of the eyes, RGB; N is 0, 1 or 2.

    Returns
    -------
    ColourCast

    Notes
    -----
    The hue of skin varies little from person to person, its lightness much, so only a* and b* are used. The mean of the
    whole picture says nothing here: a blue backdrop is wanted. Backdrop, clothing and hair were tried as witnesses and
    added nothing on people left out: they are tinted too often.

    References
    ----------
    .. [1] ISO/IEC 29794-5:2025, natural colour.
    """
    a, b, unusual = shift_of(witnesses(skin, whites), NEUTRAL, SPREAD)
    difference, whole = cv2.split(cv2.transform(face.astype(np.float32), _REDNESS))
    redness = np.sort(cv2.divide(difference, whole), axis=None)
    variety = redness[int(0.95 * redness.size)] - redness[int(0.05 * redness.size)]
    return ColourCast(a, b, unusual, float(variety))
