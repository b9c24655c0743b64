"""The eyes: a level strip of the face, whether each eye is open, where each iris is and what colour it has."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.shelf import Odds, Shelf
from photospec.portrait.upright import cut_upright, upright_transform

__all__ = [
    "STRIP_HEIGHT",
    "STRIP_UNIT",
    "STRIP_WIDTH",
    "Eye",
    "Gaze",
    "Iris",
    "IrisColour",
    "draw_strip",
    "find_eyes",
    "find_irises",
    "gaze_angle",
    "measure_iris",
    "strip_transform",
]

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]

STRIP_UNIT = 96
"""Strip pixels per distance between the pupils."""

STRIP_WIDTH, STRIP_HEIGHT = 272, 128
"""Size of the strip in its pixels."""

_EYE_Y = 56
_IRIS = 8.6  # radius in strip px: an iris is 11.7 mm wide, the pupils are 63 mm apart
_REACH_X, _REACH_Y, _PAD = 24, 9, 13
_EYEBALL = 0.19  # radius over the distance between the pupils
_YAW = 0.0018  # what a degree of yaw moves the iris between the corners, in eye distances, while the look stays here


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye.

    Parameters
    ----------
    closed : float
        Probability that it is closed, 0 to 1.
    opening : float
        Distance of the lids by their landmarks, over the distance between the pupils.
    corners : (2, 2) float32
        Left and right corner, (x, y) in frame pixels.
    """

    closed: float
    opening: float
    corners: Points


@dataclass(frozen=True, slots=True)
class Iris:
    """One iris.

    Parameters
    ----------
    centre : (float, float)
        (x, y) in strip pixels.
    offset : float
        How far its centre is to the image's right of the middle between the corners, over the distance of the pupils.
    contrast : float
        How much darker it is than what lies left and right of it, 0 to 1; below 0.2 it is a guess.
    """

    centre: tuple[float, float]
    offset: float
    contrast: float


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where a person looks.

    Parameters
    ----------
    angle : float
        Degrees beside the camera, to the image's right positive.
    uncertainty : float
        Half width of its error, degrees.
    """

    angle: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class IrisColour:
    """The colour of an iris and its pupil.

    Parameters
    ----------
    red : float
        CIELAB a* of the reddest spot of a pupil's size between the lids, less half of the skin's.
    unnatural : float
        Chroma of the iris beyond what natural irises of its hue have, Delta E; 0 or less is natural.
    """

    red: float
    unnatural: float


def strip_transform(pupils: Points) -> npt.NDArray[np.float64]:
    """Return the similarity that takes a picture to the strip.

    Parameters
    ----------
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels of the picture.

    Returns
    -------
    (2, 3) float64
        Matrix for `cv2.warpAffine`.
    """
    return upright_transform(pupils, STRIP_UNIT, STRIP_WIDTH / 2, _EYE_Y)


def draw_strip(picture: Picture, pupils: Points) -> Picture:
    """Cut out the eyes, level and at a fixed size.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB.
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels.

    Returns
    -------
    (128, 272, 4) uint8
        RGB and a channel without meaning; brows to nostrils, temple to temple. Beyond the picture its edge is repeated.
    """
    return cut_upright(picture, strip_transform(pupils), (STRIP_WIDTH, STRIP_HEIGHT))


def find_eyes(said: tuple[Odds, Odds], shelf: Shelf, landmarks: Points, eye_distance: float) -> tuple[Eye, Eye]:
    """Tell of both eyes whether they are open.

    Parameters
    ----------
    said : (dict, dict)
        What the network ``eye`` says of the image's left and right eye.
    shelf : Shelf
        The network's own.
    landmarks : (68, 2) float32
        Of the face, in frame pixels.
    eye_distance : float
        Distance between the pupils in frame pixels.

    Returns
    -------
    (Eye, Eye)
        The image's left and right eye.

    Notes
    -----
    The landmarks of a closed eye still stand open, and those of a narrow one nearly closed. So the network looks at the
    eye itself, and `Eye.opening` is for information.
    """
    left, right = (shelf.probability("eye closed", odds["eye closed"]) for odds in said)
    lids = landmarks[36:48].reshape(2, 6, 2)
    gaps = np.hypot(*(lids[:, 1:3] - lids[:, 5:3:-1]).T).max(0) / eye_distance
    return Eye(left, float(gaps[0]), lids[0, [0, 3]]), Eye(right, float(gaps[1]), lids[1, [0, 3]])


def _disc() -> npt.NDArray[np.float32]:
    """Return the filter of an iris between lids: dark inside, lighter to the left and right."""
    y, x = np.mgrid[-_PAD : _PAD + 1, -_PAD : _PAD + 1].astype(np.float32)
    distance = np.hypot(x, y)
    inside = np.clip(_IRIS - distance + 0.5, 0, 1) * (np.abs(y) < 0.5 * _IRIS)
    beside = (distance > _IRIS + 0.7) & (distance < _IRIS + 4.5) & (np.abs(y) < 0.45 * np.abs(x))
    return (beside / beside.sum() - inside / inside.sum()).astype(np.float32)  # type: ignore[no-any-return]


_DISC = _disc()
_FLAT = slice(8, -8)  # the rows above and below the disc's are empty
_DISC_ROWS = np.ascontiguousarray(_DISC[_FLAT])
_PIXELS = (2 * (_REACH_X + _PAD) + 1) * (2 * (_REACH_Y + _PAD) + 1)
_RANKS = (round(0.03 * _PIXELS), round(0.85 * _PIXELS))  # of the darkest and the lightest that count
_GREYS = np.arange(256, dtype=np.float32)
_STEPS = np.arange(-_REACH_X, _REACH_X + 1)
_ROWS = np.arange(-_REACH_Y, _REACH_Y + 1)
# The iris is likely near the middle of its eye, and both eyes look the same way.
_PRIOR = (0.3 * (_ROWS[:, None] / 6) ** 2 + 0.25 * (_STEPS[None] / 16) ** 2).astype(np.float32)
_TOGETHER = (((_STEPS[:, None] - _STEPS[None] + 2) / 12) ** 2).astype(np.float32)


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def find_irises(strip: Picture, landmarks: Points) -> tuple[Iris, Iris]:
    """Find both irises.

    Parameters
    ----------
    strip : (128, 272, 3) or (128, 272, 4) uint8
        RGB, as from `draw_strip`.
    landmarks : (12, 2) float32
        The 12 landmarks of the eyes, in strip pixels.

    Returns
    -------
    (Iris, Iris)
        The image's left and right one.

    Notes
    -----
    An iris has the same size in everyone. A disc of that size, cut by the lids, is looked for where it is darkest
    against its left and right, in the darker of red and green (a blue iris is dark in red, a red pupil in green), in
    both eyes together.
    """
    reach_x, reach_y = _REACH_X + _PAD, _REACH_Y + _PAD
    lids = landmarks.reshape(2, 6, 2)
    middles = ((lids[:, 0, 0] + lids[:, 3, 0]) / 2).tolist()
    xs = [int(_clamp(round(x), reach_x, STRIP_WIDTH - reach_x - 1)) for x in middles]
    heights = (lids[..., 1].sum(1) / 6 - 1).tolist()
    ys = [int(_clamp(round(y), reach_y, STRIP_HEIGHT - reach_y - 1)) for y in heights]
    windows = np.empty((2, 2 * reach_y + 1, 2 * reach_x + 1), np.uint8)
    for x, y, window in zip(xs, ys, windows, strict=True):
        about = strip[y - reach_y : y + reach_y + 1, x - reach_x : x + reach_x + 1]
        np.minimum(about[..., 0], about[..., 1], out=window)
    ranked = np.sort(windows.reshape(2, -1), axis=1, kind="stable")  # of bytes: a radix sort
    low, high = ranked[:, _RANKS].T[..., None].astype(np.float32)
    contrasts = np.minimum(np.maximum((_GREYS - low) / (high - low + 4), 0), 1)
    lifted = map(cv2.LUT, windows[:, _FLAT], contrasts)
    responses = np.stack([cv2.matchTemplate(window, _DISC_ROWS, cv2.TM_CCORR) for window in lifted]) - _PRIOR
    profiles = responses.max(1)
    together = profiles[0, :, None] + profiles[1] - _TOGETHER
    irises = []
    for side, at in enumerate(divmod(int(together.argmax()), len(_STEPS))):
        profile = profiles[side]
        shift = 0.0
        if 0 < at < len(profile) - 1:
            before, here, after = profile[at - 1 : at + 2].tolist()
            bend = before - 2 * here + after
            if bend < 0:
                shift = _clamp(0.5 * (before - after) / bend, -0.5, 0.5)
        across = xs[side] + at - _REACH_X + shift
        down = float(int(responses[side, :, at].argmax()) - _REACH_Y + ys[side])
        irises.append(Iris((across, down), (across - middles[side]) / STRIP_UNIT, float(profile[at])))
    return irises[0], irises[1]


def gaze_angle(irises: tuple[Iris, Iris], yaw: float) -> Gaze:
    """Estimate where a person looks, from where the irises lie between the corners of the eyes.

    Parameters
    ----------
    irises : (Iris, Iris)
        As from `find_irises`.
    yaw : float
        How the head is turned, degrees; see `HeadPose`.

    Returns
    -------
    Gaze

    Notes
    -----
    Only to the left and right. Of people who look into the camera 95 % give less than 4 degrees.
    """
    offset = (irises[0].offset + irises[1].offset) / 2 + _YAW * _clamp(yaw, -30, 30)
    angle = math.degrees(math.asin(_clamp(offset / _EYEBALL, -1, 1)))
    faint = max(0.0, 0.19 - min(irises[0].contrast, irises[1].contrast))
    apart = max(0.0, abs(irises[0].offset - irises[1].offset + 0.015) - 0.04)
    far = 2 * max(0.0, abs(angle) - 15) if faint else 0.0  # more likely the corner of the eye than an iris
    turned = 0.6 * max(0.0, abs(yaw) - 8)
    return Gaze(angle, 1.5 + 80 * faint + 150 * apart + turned + far)


_SKIN = np.array((13, 16), np.float32)  # a*, b* of skin in neutral light
_CAST = 0.4  # of the skin's distance from that, the part that is the light's: the rest is the person's
# Highest natural chroma of an iris by its CIELAB hue, degrees: brown and hazel are yellow-red, green and blue are
# pale, violet does not occur. A saturated red is a red eye, no lens.
_HUES = np.array([0, 15, 20, 45, 50, 60, 70, 80, 90, 110, 140, 200, 240, 260, 280, 300, 330, 348, 360], np.float32)
_CHROMA = np.array([18, 22, 120, 120, 40, 37, 29, 21, 16, 11, 8, 8, 15, 20, 20, 14, 11, 13, 18], np.float32)


def _between_lids(lids: Points, left: int, top: int, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return what of a part of the strip, which begins at a column and a row, lies in the middle half of an eye."""
    mask = np.zeros(shape, np.uint8)
    corners = np.rint(np.minimum(np.maximum(lids - (left, top), -500), 500)).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1)
    x0, x1 = int(corners[0, 0]), int(corners[3, 0])
    first, last = round((3 * x0 + x1) / 4), round((x0 + 3 * x1) / 4)
    mask[:, : max(first, 0)] = 0
    mask[:, max(last + 1, 0) :] = 0
    return mask.view(np.bool_)


def measure_iris(strip: Picture, landmarks: Points, skin: npt.NDArray[np.float32]) -> tuple[IrisColour, IrisColour]:
    """Measure the colour of both irises.

    Parameters
    ----------
    strip : (128, 272, 3) or (128, 272, 4) uint8
        RGB, as from `draw_strip`.
    landmarks : (12, 2) float32
        The 12 landmarks of the eyes, in strip pixels.
    skin : (3,) float32
        The person's skin, CIELAB.

    Returns
    -------
    (IrisColour, IrisColour)

    Notes
    -----
    The middle half of what the lids leave free is looked at: a bright red or blue iris would not be found by its
    darkness. A warm light or a reddish print colours the irises too, but not as much as it seems from the skin, which
    is not the same in everybody.
    """
    parts, masks = [], []
    for eye in landmarks.reshape(2, 6, 2):
        x, y = (eye.sum(0) / 6).tolist()
        left, top = int(_clamp(round(x), 16, STRIP_WIDTH - 17)) - 16, int(_clamp(round(y), 12, STRIP_HEIGHT - 13)) - 12
        parts.append(strip[top : top + 25, left : left + 33])
        masks.append(_between_lids(eye, left, top, (25, 33)))
    # what the blur mixes where the parts touch is beyond the lids
    lab = cv2.blur(cv2.cvtColor(np.concatenate(parts), cv2.COLOR_RGB2LAB), (5, 5))
    seen = lab.reshape(-1, 3).compress(np.concatenate(masks).ravel(), 0)[:, 1:].astype(np.float32) - 128
    natural = seen - _CAST * (skin[1:] - _SKIN)
    hue = np.degrees(np.arctan2(natural[:, 1], natural[:, 0])) % 360
    excess = np.hypot(natural[:, 0], natural[:, 1]) - np.interp(hue, _HUES, _CHROMA)
    first = int(np.count_nonzero(masks[0]))
    left_eye = _iris_colour(seen[:first, 0], excess[:first], float(skin[1]))
    return left_eye, _iris_colour(seen[first:, 0], excess[first:], float(skin[1]))


def _iris_colour(redness: npt.NDArray[np.float32], excess: npt.NDArray[np.float64], skin_redness: float) -> IrisColour:
    """Sum up what is seen between the lids, which may be nothing."""
    if not len(redness):
        return IrisColour(-skin_redness / 2, 0.0)
    rank = int(0.8 * len(excess))
    return IrisColour(float(redness.max()) - skin_redness / 2, float(np.sort(excess)[rank]))
