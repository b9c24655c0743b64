"""The colour of the light: a cast judged from skin, whites of the eyes and backdrop together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["ColourCast", "find_colour_cast"]

Vector = npt.NDArray[np.float64]


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
        return float(np.hypot(self.a, self.b))

    @property
    def hue(self) -> float:
        """Direction of the shift in degrees: 0 red, 90 yellow, 180 green, 270 blue."""
        return float(np.degrees(np.arctan2(self.b, self.a)) % 360)


# Mean (a*, b*) and inverse covariance over people of all skin tones in neutral light.
_SKIN, _SKIN_WEIGHT = np.array((14.8, 14.5)), np.linalg.inv(np.array(((35.0, 21.0), (21.0, 43.0))))
_WHITE, _WHITE_WEIGHT = np.array((7.9, 5.6)), np.linalg.inv(np.array(((29.0, 12.0), (12.0, 34.0))))
_BACKDROPS = np.array(((0.0, 0.0), (-11.0, -38.0)))  # white or grey, and sky blue (100, 197, 255)
_BACKDROP_WEIGHT = np.eye(2) / 25.0**2  # weak: a backdrop may be tinted, clipped or replaced
_PRIOR = np.eye(2) / 15.0**2  # strong casts are rare: one witness alone moves the estimate less than two


def _lab(colour: npt.NDArray[np.float32]) -> Vector:
    pixel = (colour.reshape(1, 1, 3) / 255).astype(np.float32)
    return cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB).reshape(3).astype(np.float64)


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
        The face from brow to chin, RGB.
    skin : (3,) float32
        Colour of the skin, RGB, 0 to 255.
    whites : (N, 3) float32
        Colour of the whites of the eyes, RGB; N may be 0.
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
    skin_lab = _lab(skin)
    weight = _SKIN_WEIGHT + _PRIOR
    total = _SKIN_WEIGHT @ (skin_lab[1:] - _SKIN)
    if len(whites):
        white = _lab(whites.mean(0))[1:]
        if np.hypot(*white) < 0.8 * np.hypot(*skin_lab[1:]) + 3:  # else lids, not whites: the eyes are narrowed
            weight = weight + _WHITE_WEIGHT
            total = total + _WHITE_WEIGHT @ (white - _WHITE)
    if backdrop[0] > 65:
        apart = backdrop[1:].astype(np.float64) - _BACKDROPS
        shift = apart[int(np.argmin(np.linalg.norm(apart, axis=1)))]
        if np.linalg.norm(shift) < 45:
            weight = weight + _BACKDROP_WEIGHT
            total = total + _BACKDROP_WEIGHT @ shift
    a, b = np.linalg.solve(weight, total)
    pixels = cv2.resize(face, (face.shape[1] // 2, face.shape[0] // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    redness = np.sort(((pixels[..., 0] - pixels[..., 1]) / (pixels.sum(2) + 30)).ravel())
    variety = redness[int(0.95 * redness.size)] - redness[int(0.05 * redness.size)]
    return ColourCast(float(a), float(b), float(variety))
