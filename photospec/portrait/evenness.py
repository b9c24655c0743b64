"""How even the backdrop is: its gradient, shadows on it, and the rim that a cut-out leaves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.backdrop import Backdrop
from photospec.portrait.colour import square_lengths
from photospec.portrait.silhouette import Figures
from photospec.portrait.sizes import EIGHTH, Box

__all__ = ["Evenness", "HardShadow", "colour_difference", "cut_out_rim", "find_hard_shadow", "measure_evenness"]

Lab = npt.NDArray[np.float32]
_STEP = 4
_BLOCK3, _BLOCK5, _BLOCK7, _BLOCK9 = (np.ones((size, size), np.uint8) for size in (3, 5, 7, 9))
_UPRIGHT = np.ones((2, 4), np.uint8)
_ADD = np.ones(3, np.float32)
_LEAST = 40  # pixels at eighth size: below that, too little of the backdrop is seen


@dataclass(frozen=True, slots=True)
class HardShadow:
    """A shadow beside the head whose edge is so hard that it was taken for the person's.

    Parameters
    ----------
    depth : float
        How much darker than the backdrop it is, in L*; 0 where there is none.
    share : float
        Its share of the picture.
    """

    depth: float = 0.0
    share: float = 0.0


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
        Left, top, right, bottom of what is clearly darker, in frame pixels.
    seen : float
        Share of the picture that is backdrop.
    """

    spread: float
    shadow: float
    shadow_box: Box | None
    seen: float


def measure_evenness(lab: Lab, backdrop: Backdrop, figures: Figures) -> Evenness | None:
    """Measure how even a backdrop is.

    Parameters
    ----------
    lab : (H / 2, W / 2, 3) float32
        Picture in CIELAB, quarter size.
    backdrop : Backdrop
        Its backdrop, at half size.
    figures : Figures
        What stands before it, at half size.

    Returns
    -------
    Evenness or None
        None where almost nothing of the backdrop is seen.

    Notes
    -----
    Computed at an eighth of the photo's size, 6 px (of 640) away from the outline, so that neither JPEG ringing nor
    loose hair counts.
    """
    height, width = figures.person.shape[0] // _STEP, figures.person.shape[1] // _STEP
    if min(height, width) < 8:
        return None
    small = cv2.resize(lab, (width, height))
    solid = (figures.person | figures.others).view(np.uint8)
    covered = cv2.dilate(solid, _BLOCK7)[: _STEP * height : _STEP, : _STEP * width : _STEP]
    if figures.chin is not None:  # below a shoulder there is cloth, even where it equals the backdrop
        below = slice(min(max(0, figures.chin // _STEP), height - 1), None)
        np.maximum.accumulate(covered[below], 0, out=covered[below])
    free = covered == 0
    inset = backdrop.inset
    if any(inset):
        top, right, bottom, left = (side // _STEP + 1 for side in inset)
        free[:top] = free[height - bottom :] = False
        free[:, :left] = free[:, width - right :] = False
    seen = int(np.count_nonzero(free))
    if seen < _LEAST:
        return None
    places = np.flatnonzero(free)
    colours = small.reshape(-1, 3).take(places, 0)
    surface = cv2.resize(backdrop.quarter, (width, height), interpolation=cv2.INTER_NEAREST)
    ground = surface.reshape(-1, 3).take(places, 0)
    away = square_lengths(colours - backdrop.colour)
    light, green, blue = colours.T
    ratio = light / np.maximum(ground[:, 0], 1)
    tint = np.maximum(np.abs(green - ground[:, 1] * ratio), np.abs(blue - ground[:, 2] * ratio))
    darker = np.where(tint < 8, ground[:, 0] - light, 0)
    at = -max(1, seen * 3 // 100)
    shadow = float(np.sort(darker)[at])
    box = None
    if shadow > 2:
        deep = np.zeros((height, width), np.bool_)
        deep[free] = darker > shadow / 2
        rows, columns = np.flatnonzero(deep.any(1)), np.flatnonzero(deep.any(0))
        box = EIGHTH.frame_box((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    at = seen - 1 - seen * 5 // 100
    return Evenness(math.sqrt(np.sort(away)[at]), shadow, box, seen / (height * width))


def find_hard_shadow(lab: Lab, backdrop: Backdrop, figures: Figures, landmarks: npt.NDArray[np.floating]) -> HardShadow:
    """Measure a shadow beside the head whose edge is so hard that it was taken for the person's.

    Parameters
    ----------
    lab, backdrop, figures
        As for `measure_evenness`.
    landmarks : (68, 2) float
        The face, in pixels of `lab`.

    Returns
    -------
    HardShadow

    Notes
    -----
    It has the backdrop's hue, darker, and is flatter than hair and skin: less than 6 L* within 3 px of the half-size
    picture, over 4x4 px and more, so a sliver of a shadow 8 px wide in a photo 640 px high is seen. Looked for beside
    the face, from the forehead to the chin; in a picture without colour nothing can be told. Hair, ears and cheeks hold
    at most 0.05 % of such places.
    """
    (left, _), (right, _), (_, jaw), (_, brow_line), (_, nose) = landmarks[[0, 16, 8, 19, 33]].tolist()
    chin = min(max(round(jaw), 0), len(lab))
    brow = min(max(round(1.5 * brow_line - 0.5 * nose), 0), chin)
    face = slice(max(0, round(left)), max(0, round(right)))
    green, blue = np.abs(lab[(chin + brow) // 2 : chin : 4, face.start : face.stop : 4, 1:].transpose(2, 0, 1))
    if chin - brow < 16 or 2 * np.count_nonzero(np.maximum(green, blue) > 4) <= green.size:
        return HardShadow()
    reach = round(0.6 * (right - left))
    sides = slice(max(0, face.start - reach), face.start), slice(face.stop, face.stop + reach)
    if face.start == 0 and face.stop >= lab.shape[1]:  # the face is as wide as the picture
        return HardShadow()

    def beside(plane: Any) -> Any:
        return np.concatenate([plane[brow:chin:2, side] for side in sides], 1)

    light, *tints = cv2.split(beside(lab))
    ground, *hues = cv2.split(beside(backdrop.surface))
    ratio: Any = cv2.divide(light, cv2.max(ground, 1.0))  # type: ignore[call-overload]
    like: Any = cv2.inRange(ratio, 0.4, 0.93)
    for tint, hue in zip(tints, hues, strict=True):
        like &= cv2.inRange(cv2.subtract(tint, cv2.multiply(hue, ratio)), -4.0, 4.0)
    like &= beside(figures.person).view(np.uint8)
    like &= (cv2.morphologyEx(light, cv2.MORPH_GRADIENT, _BLOCK3) < 6).view(np.uint8)
    flat = cv2.morphologyEx(like, cv2.MORPH_OPEN, _UPRIGHT).view(np.bool_)
    depth = (ground - light)[flat]
    if not depth.size:
        return HardShadow()
    middle = depth.size // 2
    return HardShadow(float(np.sort(depth)[middle]), 2 * depth.size / figures.person.size)


def cut_out_rim(lab: Lab, quarter: Lab, backdrop: Backdrop, figures: Figures, chin: float) -> float:
    """Measure the rim of a foreign colour that a careless cut-out leaves round the head.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB, half size.
    quarter : (H / 2, W / 2, 3) float32
        The same at quarter size.
    backdrop, figures
        As for `measure_evenness`.
    chin : float
        Row of the chin: the outline above it is looked at.

    Returns
    -------
    float
        Share of the head's outline, 0 to 1, beside which the backdrop takes a colour that is no mixture of the
        backdrop's and the head's: a light or a dark halo, or the old backdrop shining through.
    """
    rows = 2 * (int(min(max(chin, 8), len(lab))) // 2)
    person = figures.person[:rows].view(np.uint8)
    rim: Any = cv2.dilate(person, _BLOCK3) - cv2.erode(person, _BLOCK5)
    if figures.others.any():
        rim[cv2.dilate(figures.others[:rows].view(np.uint8), _BLOCK7) > 0] = 0
    rim[: backdrop.inset.top + 4] = 0
    rim[:, :4] = rim[:, -4:] = 0
    edge = np.flatnonzero(rim.view(np.bool_))[::2]
    if len(edge) < 30:
        return 0.0
    # The head's colour beside the outline: a mean over 30 px of 640, at a quarter of the size.
    inside = cv2.erode(person, _BLOCK9)[::2, ::2]
    colours = cv2.cvtColor(quarter[: len(inside)], cv2.COLOR_RGB2RGBA)  # the fourth says how much is seen
    head = cv2.blur(cv2.copyTo(colours, inside), (7, 7)).reshape(-1, 4)
    row, width = edge // lab.shape[1], lab.shape[1]
    beside = head.take((row >> 1) * inside.shape[1] + (edge - row * width >> 1), 0)
    known = np.flatnonzero(beside[:, 3] > 0.02)
    edge, beside = edge.take(known), beside.take(known, 0)
    if not len(edge):
        return 0.0
    ground = backdrop.surface.reshape(-1, 3).take(edge, 0)
    away = lab.reshape(-1, 3).take(edge, 0) - ground
    towards = beside[:, :3] / beside[:, 3:] - ground
    length = np.maximum(square_lengths(towards), 25)
    mixed = np.minimum(np.maximum((away * towards) @ _ADD / length, 0), 1.3)
    foreign = square_lengths(away - mixed[:, None] * towards)
    return np.count_nonzero(foreign > max(15.0, 5 * backdrop.noise) ** 2) / len(edge)


def colour_difference(one: Iterable[float], other: Iterable[float]) -> float:
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
    l1, a1, b1 = (float(part) for part in one)
    l2, a2, b2 = (float(part) for part in other)
    mean_chroma = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    middle = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(middle - 30))
        + 0.24 * math.cos(math.radians(2 * middle))
        + 0.32 * math.cos(math.radians(3 * middle + 6))
        - 0.20 * math.cos(math.radians(4 * middle - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    around = ((middle - 275) / 25) ** 2
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * math.sin(math.radians(60 * math.exp(-around)))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return math.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)
