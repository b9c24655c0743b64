"""The silhouette: which pixels are the person's, in front of the backdrop."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.backdrop import NO_FRAME, Backdrop, Inset
from photospec.portrait.colour import square_lengths
from photospec.portrait.face import eye_centres
from photospec.portrait.sizes import HALF, Box

__all__ = ["Figures", "Thing", "find_figures", "find_things", "foreign_beside", "is_loose_hair", "rises_beside"]

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_ADD = np.ones((1, 3), np.float32)
_BLOCK3 = np.ones((3, 3), np.uint8)
_BLOCK5 = np.ones((5, 5), np.uint8)
_BLOCK4 = np.ones((4, 4), np.uint8)
_BLACK = np.array([[10, 0, 0]], np.float32)
_FOREIGN = 20.0  # Delta E from any mixture: red ears, dyed hair and fringes of colour stay within it
_HARD = 0.4  # of its depth, how much of a step falls within two pixels


@dataclass(frozen=True)
class Figures:
    """What stands in front of the backdrop.

    Parameters
    ----------
    person : (H, W) bool
        True on the person of the face.
    others : (H, W) bool
        True on what stands apart from the person: objects, other people, letters.
    patches : (H, W) bool
        True on backdrop of another colour than the rest: a window in a wall, a large thing behind the person.
    chin : int or None
        Row of the chin; None where there is no face.
    """

    person: Mask
    others: Mask
    patches: Mask
    chin: int | None = None

    @functools.cached_property
    def solid(self) -> Mask:
        """True on all that is not backdrop."""
        return self.person | self.others | self.patches


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that stands beside the person.

    Parameters
    ----------
    share : float
        Its area as a share of the picture.
    box : (float, float, float, float)
        Left, top, right, bottom, in frame pixels.
    loose_hair : bool
        True for what is small, beside the head, and of its colours: a lock that hangs apart.
    """

    share: float
    box: Box
    loose_hair: bool = False


def _body(landmarks: Points, size: tuple[int, int]) -> tuple[Bytes, Bytes, Bytes]:
    """Return the least, the likely and the most that a body under this face covers, 0 or 255.

    The likely one lies within the shoulders of 19 in 20 people.
    """
    height, width = size
    (left_x, left_y), (right_x, right_y) = eye_centres(landmarks).tolist()
    across, along = right_x - left_x, right_y - left_y
    unit = max(2.0, math.hypot(across, along))
    down_x, down_y = (-along / unit, across / unit) if across > 0.5 * unit else (0.0, 1.0)
    middle_x, middle_y = (left_x + right_x) / 2, (left_y + right_y) / 2
    least = np.zeros((height, width), np.uint8)
    likely = np.zeros((height, width), np.uint8)
    most = np.zeros((height, width), np.uint8)
    brow = landmarks[17:27] - np.array((0.45 * unit * down_x, 0.45 * unit * down_y), np.float32)
    hull = cv2.convexHull(np.concatenate([landmarks[:17], brow]).astype(np.int32))
    cv2.fillConvexPoly(least, hull, 255)
    skull = round(middle_x - 0.35 * unit * down_x), round(middle_y - 0.35 * unit * down_y)
    axes = (max(1, round(0.85 * unit)), max(1, round(0.8 * unit)))
    cv2.ellipse(least, skull, axes, math.degrees(math.atan2(along, across)), 0, 360, 255, -1)
    chin_x, y = landmarks[8].tolist()
    x = 0.5 * (chin_x + middle_x)
    corners = np.rint(np.minimum(np.maximum(_BODIES * unit + (x, y), -4000), 4000)).astype(np.int32)
    for mask, polygon in zip((least, likely, most), corners, strict=True):
        cv2.fillConvexPoly(mask, polygon, 255)
    return least, likely, most


def _mirrored(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [*points, *((-x, y) for x, y in reversed(points))]


_BODIES = np.array(  # corners of the least, the likely and the most, from the chin, in pupil distances
    (
        _mirrored((0.55, -0.3), (0.55, 0.5), (1.0, 1.2), (1.3, 9)),
        _mirrored((0.55, -0.3), (0.9, 0.4), (1.6, 0.9), (2.1, 9)),
        _mirrored((0.9, -0.1), (1.6, 0.1), (3.4, 0.9), (3.4, 9)),
    )
)


def _compare(image: Any, limit: Any, how: int) -> Any:
    """Return 255 where an image compares to a number so; OpenCV's own types know images only."""
    return cv2.compare(image, limit, how)


def _shadow(lab: Lab, backdrop: Backdrop) -> Bytes:
    """Return 255 where the colour is the backdrop's in another light, and smooth; at quarter size inside."""
    size = backdrop.quarter.shape[1::-1]
    samples = cv2.resize(lab, size, interpolation=cv2.INTER_NEAREST)  # no means: they would be smooth in hair
    light, *tints = cv2.split(samples)
    ground, *hues = cv2.split(backdrop.quarter)
    ratio: Any = cv2.divide(light, cv2.max(ground, 1.0))  # type: ignore[call-overload]
    like: Any = cv2.inRange(ratio, 0.5, 1.1)
    like &= _compare(cv2.morphologyEx(light, cv2.MORPH_GRADIENT, _BLOCK3), 20, cv2.CMP_LT)
    for tint, hue in zip(tints, hues, strict=True):
        like &= _compare(cv2.absdiff(tint, cv2.multiply(hue, ratio)), 5, cv2.CMP_LT)
    wide = cv2.morphologyEx(like, cv2.MORPH_OPEN, _BLOCK3)  # an outline is not a shadow
    doubled = cv2.merge((wide, wide)).reshape(len(wide), -1).repeat(2, 0)  # a quarter of the cost of `cv2.resize`
    return doubled[: lab.shape[0], : lab.shape[1]]  # type: ignore[return-value]


def _beyond(free: Bytes) -> Bytes:
    """Return 255 all over but where `free` is reached from the top and the sides."""
    padded = cv2.copyMakeBorder(free, 1, 0, 1, 1, cv2.BORDER_CONSTANT, value=255)
    cv2.floodFill(padded, None, (0, 0), 1)
    return _compare(padded[1:, 1:-1], 1, cv2.CMP_NE)  # type: ignore[no-any-return]


def _under_shoulders(evidence: Bytes, middle: int) -> Bytes:
    """Fill below the shoulder line, which falls from the neck outwards, from what is seen of it."""
    height, width = evidence.shape
    middle = min(max(middle, 1), width - 1)
    above = int(evidence.any(1).argmax())
    upright = cv2.transpose(evidence[above:])
    first = upright.argmax(1)
    top = np.where(upright[np.arange(width), first], first + above, height).astype(np.int16)
    line = np.concatenate([np.minimum.accumulate(top[:middle]), np.minimum.accumulate(top[: middle - 1 : -1])[::-1]])
    return np.negative((np.arange(height, dtype=np.int16)[:, None] >= line).view(np.uint8))


def _is_hair(lab: Lab, landmarks: Points, colour: npt.NDArray[np.float32]) -> bool:
    """Tell whether a colour found at the sides is that of the top of the head."""
    unit = math.dist(*eye_centres(landmarks))
    x, y = landmarks[27]
    rows = slice(max(0, int(y - 1.45 * unit)), max(1, int(y - 1.1 * unit)), 2)
    head = lab[rows, max(0, int(x - 0.6 * unit)) : max(1, int(x + 0.6 * unit)) : 2].reshape(-1, 3)
    return bool(len(head)) and float((np.abs(head - colour).max(1) < 9).mean()) > 0.15


def _grey_things(lab: Lab, square: npt.NDArray[np.float32], grey: Bytes, person: Bytes) -> Bytes:
    """Return what lies beside the person, of the backdrop's hue like a shadow, but with a hard edge."""
    found = np.zeros_like(grey)
    opened = cv2.morphologyEx(grey, cv2.MORPH_OPEN, _BLOCK3)
    height, width = grey.shape
    least = grey.size // 1200
    if cv2.countNonZero(opened) < least:
        return found
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [(cv2.boundingRect(outline), outline) for outline in outlines]
    for (x, y, wide, tall), outline in [piece for piece in boxes if piece[0][2] * piece[0][3] >= least][:20]:
        x0, y0, x1, y1 = max(0, x - 4), max(0, y - 4), min(width, x + wide + 4), min(height, y + tall + 4)
        piece: Any = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.drawContours(piece, [outline], 0, 1, cv2.FILLED, offset=(-x0, -y0))
        piece &= opened[y0:y1, x0:x1]
        area = cv2.countNonZero(piece)
        if area < least or area < 0.6 * wide * tall:  # what shines through loose hair is ragged
            continue
        round_it = cv2.dilate(piece, _BLOCK5) > piece
        if float((person[y0:y1, x0:x1][round_it] > 0).mean()) > 0.2:  # a shadow lies along the person
            continue
        step = cv2.morphologyEx(lab[y0:y1, x0:x1, 0], cv2.MORPH_GRADIENT, _BLOCK3)
        rim = cv2.dilate(piece, _BLOCK3) > cv2.erode(piece, _BLOCK3)
        depth = math.sqrt(float(np.median(square[y0:y1, x0:x1][piece > 0])))
        if float(np.median(step[rim])) > _HARD * depth:
            found[y0:y1, x0:x1][piece > 0] = 255
    return found


def rises_beside(solid: Mask, landmarks: Points, inset: Inset = NO_FRAME) -> list[tuple[float, Box]]:
    """Find what rises beside the person, whether or not it touches the person.

    Parameters
    ----------
    solid : (H, W) bool
        True on all that is not backdrop.
    landmarks : (68, 2) float32
        The face, in pixels of `solid`.
    inset : Inset
        The frame round the picture.

    Returns
    -------
    list of (float, (float, float, float, float))
        For each side on which something rises: its area as a share of the picture, and left, top, right, bottom.

    Notes
    -----
    The upper outline of a person falls from the head outwards, over hair, ears, neck and shoulders. Where it rises
    again by more than 0.2 eye distances, above half an eye distance below the chin (further down, folds of clothes that
    equal the backdrop may make it rise), something stands there that is not the person's: a plant, a shelf, an arm.
    """
    height, width = solid.shape
    unit = max(2.0, math.dist(*eye_centres(landmarks))) / 2
    top, right, bottom, left = inset
    inner = solid[top : height - bottom, left : width - right].view(np.uint8)
    lowest = min(inner.shape[0], max(0, int(landmarks[8, 1] + unit) - top))
    inner = inner[:lowest]
    opened = cv2.morphologyEx(inner, cv2.MORPH_OPEN, _BLOCK5)[::2, ::2] if inner.size else inner
    upright = np.ascontiguousarray(opened.T).view(np.bool_)
    columns, rows = upright.shape
    outline = np.where(upright.any(1), upright.argmax(1), rows) if rows else np.zeros(columns, np.intp)
    found = []
    for side in (-1, 1):
        start = int((landmarks[27, 0] - left) / 2 + side * 0.6 * unit)
        if not 0 <= start < columns:
            continue
        line = outline[start::side]
        fallen = np.maximum.accumulate(line)
        rise = fallen - line
        at = np.flatnonzero(rise > 0.2 * unit)
        if not len(at):
            continue
        across = start + side * at
        box = (
            left + 2 * across.min(),
            top + 2 * line[at].min(),
            left + 2 * across.max() + 2,
            top + 2 * fallen[at].max(),
        )
        found.append((4 * float(rise[at].sum()) / solid.size, tuple(float(part) for part in box)))
    return found  # type: ignore[return-value]


def foreign_beside(lab: Lab, ground: Lab, solid: Mask, landmarks: Points) -> list[tuple[float, Box]]:
    """Find what lies against the head and is of a colour that is not this head's.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB, at half the size of `solid`.
    ground : (H, W, 3) float32
        The fitted backdrop behind it.
    solid : (2 H, 2 W) bool
        True on all that is not backdrop.
    landmarks : (68, 2) float32
        The face, in pixels of `solid`.

    Returns
    -------
    list of (float, (float, float, float, float))
        The largest such piece, if any: its area as a share of the picture, and left, top, right, bottom in pixels of
        `solid`.

    Notes
    -----
    Below the widest place of a head a thing may touch it without making its outline rise (see `rises_beside`). Hair,
    skin and their fringes are mixtures of the backdrop with some colour of the head, or with black; what is away from
    all of them beside the ears, from above the brows to the chin, is a thing. What goes on upwards or downwards is a
    hat or a garment. A thing of the colour of skin, or of a mixture of it with the backdrop, is not told from it.
    """
    height, width = lab.shape[:2]
    (left, left_y), (right, right_y) = eye_centres(landmarks).tolist()
    unit = max(2.0, math.hypot(right - left, right_y - left_y)) / 2
    x, y = (left + right) / 4, (left_y + right_y) / 4
    top, bottom = max(0, int(y - 0.5 * unit)), min(height, int(landmarks[8, 1] / 2))
    start, end = max(0, int(x - 0.6 * unit)), min(width, int(x + 0.6 * unit) + 1)
    if bottom - top < 6 or end <= start:
        return []
    beside = solid[2 * top : 2 * bottom : 2, ::2].copy()
    jaw = landmarks[:17, 0] / 2
    beside[:, max(0, int(jaw.min() - 0.25 * unit)) : max(0, int(jaw.max() + 0.25 * unit) + 1)] = False  # the ears
    at = np.flatnonzero(beside)
    if len(at) < _BLOCK4.size:
        return []
    own = _own_colours(lab, ground, (max(0, int(y - 1.9 * unit)), bottom, start, end))
    away = lab[top:bottom].reshape(-1, 3).take(at, 0) - ground[top:bottom].reshape(-1, 3).take(at, 0)
    foreign = _foreign(away, own)
    if np.count_nonzero(foreign) < _BLOCK4.size:
        return []
    beside.reshape(-1)[at] = foreign
    opened = cv2.morphologyEx(beside.view(np.uint8), cv2.MORPH_OPEN, _BLOCK4)
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    pieces = [piece for piece in stats[1:].tolist() if piece[1] > 0 and piece[1] + piece[3] < bottom - top]
    if not pieces:
        return []
    x, y, wide, tall, area = max(pieces, key=lambda piece: piece[4])
    return [(area / (height * width), (2.0 * x, 2.0 * (y + top), 2.0 * (x + wide), 2.0 * (y + top + tall)))]


def _own_colours(lab: Lab, ground: Lab, head: tuple[int, int, int, int]) -> Lab:
    """Return the colours of a head, (33, 3), as differences from the backdrop; black is one of them."""
    top, bottom, left, right = head
    box = slice(top, bottom), slice(left, right)
    own = cv2.resize(cv2.subtract(lab[box], ground[box]), (4, 8), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    return np.concatenate([own, _BLACK - ground[top, (left + right) // 2]])


def _foreign(away: Lab, own: Lab) -> Mask:
    """Tell which differences from the backdrop are far from every mixture of it with a head's colours."""
    length = np.sqrt(square_lengths(own))[:, None] + 1e-3
    along = (own / length) @ away.T
    mixed = np.minimum(along, 1.15 * length)
    mixed *= mixed - 2 * along
    foreign: Mask = square_lengths(away) + mixed.min(0) > _FOREIGN**2
    return foreign


def is_loose_hair(lab: Lab, ground: Lab, solid: Mask, landmarks: Points, box: Box) -> bool:
    """Tell whether a small thing beside the head is a lock of its hair.

    Parameters
    ----------
    lab, ground, solid, landmarks
        As for `foreign_beside`.
    box : (float, float, float, float)
        Left, top, right, bottom of the thing, in pixels of `solid`.

    Returns
    -------
    bool
        True for what lies near the head, above the shoulders, away from the picture's edge, and is of colours that
        this head has, or of mixtures of them with the backdrop's.
    """
    height, width = lab.shape[:2]
    (left_x, left_y), (right_x, right_y) = eye_centres(landmarks)
    unit = max(2.0, math.hypot(right_x - left_x, right_y - left_y)) / 2
    x, y, chin = (left_x + right_x) / 4, (left_y + right_y) / 4, float(landmarks[8, 1]) / 2
    left, top, right, bottom = (part / 2 for part in box)
    if left < 3 or right > width - 3 or bottom > chin + unit or max(x - left, right - x) > 2 * unit:
        return False
    start, end = max(0, int(x - 0.6 * unit)), min(width, int(x + 0.6 * unit) + 1)
    above, below = max(0, int(y - 1.9 * unit)), min(height, int(chin))
    if below - above < 6 or end <= start:
        return False
    part = slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)
    seen = solid[::2, ::2][part]
    away = (lab[part] - ground[part])[seen]
    return (
        bool(len(away)) and float(_foreign(away, _own_colours(lab, ground, (above, below, start, end))).mean()) < 0.25
    )


def find_figures(lab: Lab, backdrop: Backdrop, landmarks: Points | None) -> Figures:
    """Tell the person, and what else stands there, from the backdrop.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB.
    backdrop : Backdrop
        Its backdrop, of the same size.
    landmarks : (68, 2) float32 or None
        The face, in pixels of `lab`; None where there is no face.

    Returns
    -------
    Figures

    Notes
    -----
    The backdrop is what is reached from the top and the sides through pixels near the fitted surface, or through
    shadow: darker than the surface, of its chroma, and smooth. Where the face says that a body must be, shadow is
    not let through and the limit is low, so that the folds of a white shirt before a white wall count; the middle
    of the body counts whatever its colour.
    """
    height, width = lab.shape[:2]
    difference = cv2.subtract(lab, backdrop.surface)
    square: Any = cv2.transform(cv2.multiply(difference, difference, difference), _ADD)
    solid: Any
    near: Any = _compare(square, max(6.0, 4 * backdrop.noise) ** 2, cv2.CMP_LT)
    free: Any = near | _shadow(lab, backdrop)
    plain = free
    for colour in backdrop.others:
        if landmarks is None or not _is_hair(lab, landmarks, colour):
            away = cv2.subtract(lab, np.broadcast_to(colour, lab.shape))
            free = free | _compare(cv2.transform(cv2.multiply(away, away), _ADD), 80.0, cv2.CMP_LT)
    mixed = free
    top, right, bottom, left = backdrop.inset
    if any(backdrop.inset):
        for mask in (near, plain, free):
            mask[:top] = mask[height - bottom :] = 255
            mask[:, :left] = mask[:, width - right :] = 255
    nothing = np.zeros((height, width), np.bool_)
    if landmarks is None:
        solid = _beyond(free)
        return Figures(solid > 0, nothing, nothing)
    sure: Any
    sure, likely, may = _body(landmarks, (height, width))
    narrow = max(1.6, 3 * backdrop.noise)
    dress = square[::3, ::3][(sure[::3, ::3] & may[::3, ::3]) > 0]
    if np.count_nonzero(dress < 25**2) > 0.3 * len(dress):
        weak: Any = cv2.morphologyEx(_compare(square, narrow**2, cv2.CMP_GT), cv2.MORPH_OPEN, _BLOCK3)
        sure |= _under_shoulders((weak | sure | likely) & may, int(landmarks[8, 0])) & may
    free = free & cv2.bitwise_not(sure)
    solid = _beyond(free)
    person: Any = cv2.morphologyEx(solid, cv2.MORPH_OPEN, _BLOCK3) | sure
    x = min(max(int(landmarks[30, 0]), 0), width - 1)
    y = min(max(int(landmarks[30, 1]), 0), height - 1)
    person[y, x] = 255
    cv2.floodFill(person, None, (x, y), 1)
    mine: Any = cv2.dilate(_compare(person, 1, cv2.CMP_EQ), _BLOCK5) & solid | sure
    patches = nothing
    if plain is not mixed:
        patches = cv2.morphologyEx(mixed & cv2.bitwise_not(plain | mine), cv2.MORPH_OPEN, _BLOCK5) > 0
    mine |= solid & may  # what is loose where the body must be is cloth that partly equals the backdrop
    others: Any = solid & cv2.bitwise_not(mine)
    if cv2.countNonZero(others) < 4:  # a block is 3x3, but 2x2 in the picture's corners
        others = nothing.view(np.uint8)
    else:
        others = cv2.morphologyEx(others, cv2.MORPH_OPEN, _BLOCK3)  # without noise and hairs
    grey = plain & cv2.bitwise_not(near | solid | mine)
    if cv2.countNonZero(grey) > grey.size // 1200:
        others = others | _grey_things(lab, square, grey, mine)
    if patches is not nothing:
        patches &= mine == 0
    return Figures(mine > 0, others > 0, patches, round(min(max(float(landmarks[8, 1]), 0.0), 1.0 * height)))


_LOCK = 0.0003, 0.003  # shares of the picture between which a thing may be a lock of hair


def find_things(
    lab: Lab, backdrop: Backdrop, figures: Figures, landmarks: Points, inset: Inset = NO_FRAME
) -> tuple[Thing, ...]:
    """Find what stands beside the person, whether or not it touches the person.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB, at a quarter of the frame's size.
    backdrop, figures
        Its backdrop and what stands before it, at half size.
    landmarks : (68, 2) float32
        The face, in pixels of the half-size picture.
    inset : Inset
        The frame round the picture, in pixels of the half-size picture.

    Returns
    -------
    tuple of Thing
        The largest first.

    See Also
    --------
    rises_beside, foreign_beside : what touches the person.
    """
    apart = figures.others | figures.patches
    found: list[tuple[float, Box]] = []
    if apart.any():
        _, _, stats, _ = cv2.connectedComponentsWithStats(apart.view(np.uint8), connectivity=8)
        found = [(area / apart.size, (x, y, x + w, y + h)) for x, y, w, h, area in stats[1:].tolist()]
    found += rises_beside(figures.solid, landmarks, inset)
    scene = lab, backdrop.quarter, figures.solid, landmarks
    things = [
        Thing(share, HALF.frame_box(box), _LOCK[0] < share < _LOCK[1] and is_loose_hair(*scene, box))
        for share, box in found
    ]
    things += [Thing(share, HALF.frame_box(box)) for share, box in foreign_beside(*scene)]
    return tuple(sorted(things, key=lambda thing: -thing.share))
