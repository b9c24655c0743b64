"""How even the backdrop is: its gradient, shadows on it, and the rim that a cut-out leaves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.backdrop import Backdrop
from photospec.portrait.silhouette import Figures

__all__ = ["Evenness", "colour_difference", "cut_out_rim", "measure_evenness"]

Lab = npt.NDArray[np.float32]
_STEP = 4
_LEAST = 40  # pixels at eighth size: below that, too little of the backdrop is seen


@dataclass(frozen=True, slots=True)
class Evenness:
    """How even the backdrop is, where it is seen.

    Parameters
    ----------
    spread : float
        Distance from the backdrop's median colour, Delta E 1976, that 5 % of it exceeds.
    shadow : float
        How much darker than the fitted backdrop, in L*, its darkest 3 % are, in the backdrop's own hue.
    shadow_box : (float, float, float, float) or None
        Left, top, right, bottom of what is clearly darker, as shares of width and height.
    seen : float
        Share of the picture that is backdrop.
    """

    spread: float
    shadow: float
    shadow_box: tuple[float, float, float, float] | None
    seen: float


def measure_evenness(lab: Lab, backdrop: Backdrop, figures: Figures) -> Evenness | None:
    """Measure how even a backdrop is.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB, half size.
    backdrop : Backdrop
        Its backdrop, of the same size.
    figures : Figures
        What stands before it.

    Returns
    -------
    Evenness or None
        None where almost nothing of the backdrop is seen.

    Notes
    -----
    Computed at an eighth of the photo's size, 6 px (of 640) away from the outline, so that neither JPEG ringing nor
    loose hair counts.
    """
    height, width = lab.shape[0] // _STEP, lab.shape[1] // _STEP
    if min(height, width) < 8:
        return None
    size = (width, height)
    small = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    solid = (figures.person | figures.others).view(np.uint8)
    free = cv2.dilate(solid, np.ones((7, 7), np.uint8))[: _STEP * height : _STEP, : _STEP * width : _STEP] == 0
    inset = backdrop.inset
    if any(inset):
        top, right, bottom, left = (side // _STEP + 1 for side in inset)
        free[:top] = free[height - bottom :] = False
        free[:, :left] = free[:, width - right :] = False
    seen = int(np.count_nonzero(free))
    if seen < _LEAST:
        return None
    colours = small[free]
    away = np.sqrt(np.square(colours - backdrop.colour).sum(1))
    expected = cv2.resize(backdrop.surface, size, interpolation=cv2.INTER_NEAREST)[free]
    darker = expected[:, 0] - colours[:, 0]
    ratio = (colours[:, 0] / np.maximum(expected[:, 0], 1))[:, None]
    tint = np.abs(colours[:, 1:] - expected[:, 1:] * ratio).max(1)
    darker = np.where(tint < 8, darker, 0)
    shadow = float(np.partition(darker, -max(1, seen * 3 // 100))[-max(1, seen * 3 // 100)])
    box = None
    if shadow > 2:
        deep = np.zeros((height, width), np.bool_)
        deep[free] = darker > shadow / 2
        rows, columns = np.flatnonzero(deep.any(1)), np.flatnonzero(deep.any(0))
        box = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    at = seen * 5 // 100
    return Evenness(float(np.partition(away, seen - 1 - at)[seen - 1 - at]), shadow, box, seen / (height * width))


def cut_out_rim(lab: Lab, backdrop: Backdrop, figures: Figures, chin: float) -> float:
    """Measure the rim of a foreign colour that a careless cut-out leaves round the head.

    Parameters
    ----------
    lab, backdrop, figures
        As for `measure_evenness`.
    chin : float
        Row of the chin: the outline above it is looked at.

    Returns
    -------
    float
        Share of the head's outline, 0 to 1, beside which the backdrop takes a colour that is no mixture of the
        backdrop's and the head's: a light or a dark halo, or the old backdrop shining through.
    """
    rows = int(np.clip(chin, 8, lab.shape[0]))
    person = figures.person[:rows].view(np.uint8)
    near = cv2.dilate(figures.others[:rows].view(np.uint8), np.ones((7, 7), np.uint8)) > 0
    rim = cv2.dilate(person, np.ones((3, 3), np.uint8)) - cv2.erode(person, np.ones((5, 5), np.uint8))
    rim[: backdrop.inset.top + 4] = 0
    edge = (rim > 0) & ~near
    edge[:, :4] = edge[:, -4:] = False
    if np.count_nonzero(edge) < 60:
        return 0.0
    inside = cv2.erode(person, np.ones((9, 9), np.uint8)).astype(np.float32)
    weight = cv2.blur(inside, (15, 15))
    head = cv2.blur(lab[:rows] * inside[..., None], (15, 15)) / np.maximum(weight, 1e-3)[..., None]
    ground = backdrop.surface[:rows][edge]
    towards = head[edge] - ground
    away = lab[:rows][edge] - ground
    length = np.maximum(np.square(towards).sum(1), 25)
    share = np.clip((away * towards).sum(1) / length, 0, 1.3)
    foreign = np.sqrt(np.square(away - share[:, None] * towards).sum(1))
    known = weight[edge] > 0.02
    return float((foreign[known] > max(15.0, 5 * backdrop.noise)).mean()) if known.any() else 0.0


def colour_difference(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the CIEDE2000 difference of two CIELAB colours.

    Parameters
    ----------
    one, other : (3,) float
        L* (0 to 100), a*, b*.

    Returns
    -------
    float
        Delta E 00.

    References
    ----------
    .. [1] G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30
       (2005), https://doi.org/10.1002/col.20070
    """
    l1, a1, b1 = np.asarray(one, np.float64)
    l2, a2, b2 = np.asarray(other, np.float64)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    middle = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(middle - 30))
        + 0.24 * np.cos(np.radians(2 * middle))
        + 0.32 * np.cos(np.radians(3 * middle + 6))
        - 0.20 * np.cos(np.radians(4 * middle - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    )
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh))
