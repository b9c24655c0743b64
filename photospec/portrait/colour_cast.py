"""The colour of the light: a cast judged from skin, whites of the eyes and backdrop together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["ColourCast", "find_colour_cast"]


@dataclass(frozen=True, slots=True)
class ColourCast:
    """How far the colours are shifted.

    Parameters
    ----------
    a, b : float
        Most likely shift of all colours on the a* (green to magenta) and b* (blue to yellow) axis.
    variety : float
        Range of the redness (r - g, in shares of r + g + b) over the face, its middle 90 %. A face has lips, lids and
        whites: at least 0.035. A monochrome or sepia picture has one hue only.
    """

    a: float
    b: float
    variety: float

    @property
    def strength(self) -> float:
        """Length of the shift, Delta E."""
        return math.hypot(self.a, self.b)

    @property
    def hue(self) -> float:
        """Direction of the shift in degrees: 0 red, 90 yellow, 180 green, 270 blue."""
        return math.degrees(math.atan2(self.b, self.a)) % 360


# Mean (a*, b*) and inverse covariance over people of all skin tones in neutral light.
_SKIN, _SKIN_WEIGHT = np.array((14.8, 14.5)), np.linalg.inv(np.array(((35.0, 21.0), (21.0, 43.0))))
_WHITE, _WHITE_WEIGHT = np.array((7.9, 5.6)), np.linalg.inv(np.array(((29.0, 12.0), (12.0, 34.0))))
_BACKDROPS = ((0.0, 0.0), (-11.0, -38.0))  # white or grey, and sky blue (100, 197, 255)
_BACKDROP_WEIGHT = np.eye(2) / 25.0**2  # weak: a backdrop may be tinted, clipped or replaced
_PRIOR = np.eye(2) / 15.0**2  # strong casts are rare: one witness alone moves the estimate less than two
_REDNESS = np.array(((1, -1, 0, 0), (1, 1, 1, 30)), np.float32)  # red less green, and of what it is a share


def _chroma(colour: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Return a* and b* of an RGB colour."""
    pixel = colour.reshape(1, 1, 3) * np.float32(1 / 255)
    _, a, b = cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB).ravel().tolist()
    return a, b


def find_colour_cast(
    face: npt.NDArray[np.uint8],
    skin: npt.NDArray[np.float32],
    whites: npt.NDArray[np.float32],
    backdrop: npt.NDArray[np.float32],
) -> ColourCast:
    """Find the shift of all colours that explains skin, whites of the eyes and backdrop best.

    Parameters
    ----------
    face : (H, W, 3) uint8
        The face from brow to chin, RGB, at about 50 px of height: lips and lids count, noise does not.
    skin : (3,) float32
        Colour of the skin, RGB, 0 to 255.
    whites : (N, 3) float32
        Colour of the whites of the eyes, RGB; N is 0, 1 or 2.
    backdrop : (3,) float32
        Colour of the backdrop, CIELAB.

    Returns
    -------
    ColourCast

    Notes
    -----
    Each witness is a normal distribution about its colour in neutral light, moved by the shift; the most likely shift
    is their mean weighted by certainty. The hue of skin varies little from person to person, its lightness much, so
    only a* and b* are used. The mean of the whole picture says nothing here: a blue backdrop is wanted. A light
    backdrop counts weakly, and only when it is near white or sky blue.

    References
    ----------
    .. [1] ISO/IEC 29794-5:2025, natural colour.
    """
    skin_a, skin_b = _chroma(skin)
    weight, total = _SKIN_WEIGHT + _PRIOR, _SKIN_WEIGHT @ (skin_a - _SKIN[0], skin_b - _SKIN[1])
    if len(whites):
        a, b = _chroma(whites[0] if len(whites) == 1 else (whites[0] + whites[1]) / 2)
        if math.hypot(a, b) < 0.8 * math.hypot(skin_a, skin_b) + 3:  # else lids, not whites: the eyes are narrowed
            weight = weight + _WHITE_WEIGHT
            total += _WHITE_WEIGHT @ (a - _WHITE[0], b - _WHITE[1])
    lightness, a, b = backdrop.tolist()
    if lightness > 65:
        shift = min(((a - x, b - y) for x, y in _BACKDROPS), key=lambda apart: math.hypot(*apart))
        if math.hypot(*shift) < 45:
            weight = weight + _BACKDROP_WEIGHT
            total += _BACKDROP_WEIGHT @ shift
    ((aa, ab), (ba, bb)), (x, y) = weight.tolist(), total.tolist()
    size = aa * bb - ab * ba  # Cramer's rule: `numpy.linalg.solve` takes 0.04 ms, whatever the number of unknowns
    a, b = (bb * x - ab * y) / size, (aa * y - ba * x) / size
    difference, whole = cv2.split(cv2.transform(face.astype(np.float32), _REDNESS))
    redness = np.sort(cv2.divide(difference, whole), axis=None)
    variety = redness[int(0.95 * redness.size)] - redness[int(0.05 * redness.size)]
    return ColourCast(a, b, float(variety))
