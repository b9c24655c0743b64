"""The eyes: a level strip of the face, whether each eye is open, where each iris is and what colour it has."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait._reader import read

__all__ = [
    "STRIP_HEIGHT",
    "STRIP_UNIT",
    "STRIP_WIDTH",
    "Eye",
    "Gaze",
    "Iris",
    "IrisColour",
    "describe_cells",
    "draw_strip",
    "eye_windows",
    "find_eyes",
    "find_irises",
    "from_lab8",
    "gaze_angle",
    "measure_iris",
    "strip_lab",
    "strip_transform",
]

Lab8 = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.float32]
Points = npt.NDArray[np.float32]

STRIP_UNIT = 96
"""Strip pixels per distance between the pupils."""

STRIP_WIDTH, STRIP_HEIGHT = 272, 128
"""Size of the strip in its pixels."""

FEATURES = 8
"""Numbers that describe a cell; see `describe_cells`."""

_EYE_Y = 56
_CELL = (4, 4)
_WINDOW = (slice(8, 20), slice(13, 31))  # rows and columns of cells about the left eye: 72 x 48 px
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
        CIELAB a* of the reddest spot of a pupil's size, above that of the skin, or above 12 where the skin is paler.
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
    (x0, y0), (x1, y1) = pupils.astype(np.float64)
    dx, dy = x1 - x0, y1 - y0
    square = max(dx * dx + dy * dy, 1.0)
    cos, sin = STRIP_UNIT * dx / square, STRIP_UNIT * dy / square
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return np.array(
        [[cos, sin, STRIP_WIDTH / 2 - cos * x - sin * y], [-sin, cos, _EYE_Y + sin * x - cos * y]], np.float64
    )


def draw_strip(picture: npt.NDArray[np.uint8], pupils: Points) -> npt.NDArray[np.uint8]:
    """Cut out the eyes, level and at a fixed size.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB.
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels.

    Returns
    -------
    (128, 272, 3) uint8
        RGB, brows to nostrils, temple to temple. Beyond the picture its edge is repeated.
    """
    size = STRIP_WIDTH, STRIP_HEIGHT
    return cv2.warpAffine(  # type: ignore[return-value]
        picture, strip_transform(pupils), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def strip_lab(picture: npt.NDArray[np.uint8]) -> Lab8:
    """Return the CIELAB of a small picture in OpenCV's 8 bit form.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB.

    Returns
    -------
    (H, W, 3) uint8
        L* times 2.55, a* plus 128, b* plus 128.

    Notes
    -----
    Several times as fast as in floating point, and exact enough for means over cells.
    """
    return cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)  # type: ignore[return-value]


_LAB_SCALE = np.array((100 / 255, 1, 1), np.float32)
_LAB_ZERO = np.array((0, 128, 128), np.float32)


def from_lab8(lab: npt.NDArray[np.uint8] | Cells) -> Cells:
    """Return CIELAB, float32, from its 8 bit form."""
    return (lab.astype(np.float32) - _LAB_ZERO) * _LAB_SCALE


_LEVELS = from_lab8(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1))
_SPREAD = np.array((30, 20, 20), np.float32)


def describe_cells(lab: Lab8, skin: npt.NDArray[np.float32], cell: tuple[int, int] = _CELL) -> Cells:
    """Describe a picture cell by cell, by its colour and by the direction of its edges.

    Parameters
    ----------
    lab : (H, W, 3) uint8
        As from `strip_lab`.
    skin : (3,) float32
        The person's skin, CIELAB.
    cell : (int, int)
        Width and height of a cell in pixels.

    Returns
    -------
    (H / cell, W / cell, 8) float32
        About -2 to 2: L*, a*, b* from the skin's; gradient across and down, its magnitude across and down, each over
        its strength in the neighbourhood, so that dark skin and low contrast read the same; log of the strength.
    """
    size = lab.shape[1] // cell[0], lab.shape[0] // cell[1]
    light = cv2.extractChannel(lab, 0)
    dx = cv2.Sobel(light, cv2.CV_32F, 1, 0, ksize=3, scale=0.125 / 2.55)
    dy = cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=3, scale=0.125 / 2.55)

    def mean(layer: cv2.typing.MatLike) -> Cells:
        return cv2.resize(layer, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    # the mean colours are 8 bit: the curves are tables of 256 values
    apart = (_LEVELS - skin) / _SPREAD
    energy = mean(cv2.add(cv2.multiply(dx, dx), cv2.multiply(dy, dy)))
    around = np.sqrt(cv2.blur(energy, (9, 7)) + 1.0)
    cells = np.empty((size[1], size[0], FEATURES), np.float32)
    cells[..., :3] = cv2.LUT(mean(lab), (np.tanh(apart) * np.float32(1.5))[None])
    cells[..., 3] = mean(dx) / around
    cells[..., 4] = mean(dy) / around
    cells[..., 5] = mean(np.abs(dx)) / around
    cells[..., 6] = mean(np.abs(dy)) / around
    cells[..., 7] = np.log(energy + 0.5) * 0.4 - 0.4
    return cells


def mirror_cells(cells: Cells) -> Cells:
    """Return the cells of the mirrored picture."""
    mirrored = cells[:, ::-1].copy()
    mirrored[..., 3] *= -1
    return mirrored


def eye_windows(cells: Cells) -> npt.NDArray[np.float32]:
    """Return what the network reads of both eyes, the right one mirrored.

    Parameters
    ----------
    cells : (32, 68, 8) float32
        Cells of the strip.

    Returns
    -------
    (2, 1728) float32
    """
    return np.stack([c[_WINDOW].ravel() for c in (cells, mirror_cells(cells))])


def find_eyes(cells: Cells, landmarks: Points, eye_distance: float) -> tuple[Eye, Eye]:
    """Tell of both eyes whether they are open.

    Parameters
    ----------
    cells : (32, 68, 8) float32
        Cells of the strip; see `describe_cells`.
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
    The landmarks of a closed eye still stand open, and those of a narrow one nearly closed. So a small network looks
    at the eye itself, and `Eye.opening` is for information.
    """
    closed = read("eye", eye_windows(cells))[:, 0]
    eyes = []
    for probability, first in zip(closed, (36, 42), strict=True):
        lids = landmarks[first : first + 6]
        gaps = np.linalg.norm(lids[[1, 2]] - lids[[5, 4]], axis=1)
        eyes.append(Eye(float(probability), float(gaps.max()) / eye_distance, lids[[0, 3]]))
    return eyes[0], eyes[1]


def _disc() -> npt.NDArray[np.float32]:
    """Return the filter of an iris between lids: dark inside, lighter to the left and right."""
    y, x = np.mgrid[-_PAD : _PAD + 1, -_PAD : _PAD + 1].astype(np.float32)
    distance = np.hypot(x, y)
    inside = np.clip(_IRIS - distance + 0.5, 0, 1) * (np.abs(y) < 0.5 * _IRIS)
    beside = (distance > _IRIS + 0.7) & (distance < _IRIS + 4.5) & (np.abs(y) < 0.45 * np.abs(x))
    return (beside / beside.sum() - inside / inside.sum()).astype(np.float32)  # type: ignore[no-any-return]


_DISC = _disc()
_PIXELS = (2 * (_REACH_X + _PAD) + 1) * (2 * (_REACH_Y + _PAD) + 1)
_RANKS = (round(0.03 * _PIXELS), round(0.85 * _PIXELS))  # of the darkest and the lightest that count
_STEPS = np.arange(-_REACH_X, _REACH_X + 1)
_ROWS = np.arange(-_REACH_Y, _REACH_Y + 1)
# The iris is likely near the middle of its eye, and both eyes look the same way.
_PRIOR = (0.3 * (_ROWS[:, None] / 6) ** 2 + 0.25 * (_STEPS[None] / 16) ** 2).astype(np.float32)
_TOGETHER = (((_STEPS[:, None] - _STEPS[None] + 2) / 12) ** 2).astype(np.float32)


def find_irises(strip: npt.NDArray[np.uint8], landmarks: Points) -> tuple[Iris, Iris]:
    """Find both irises.

    Parameters
    ----------
    strip : (128, 272, 3) uint8
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
    profiles, rows, centres, middles = [], [], [], []
    for first in (0, 6):
        lids = landmarks[first : first + 6]
        middle = (float(lids[0, 0]) + float(lids[3, 0])) / 2
        x = int(np.clip(round(middle), reach_x, STRIP_WIDTH - reach_x - 1))
        y = int(np.clip(round(float(lids[:, 1].mean()) - 1), reach_y, STRIP_HEIGHT - reach_y - 1))
        about = strip[y - reach_y : y + reach_y + 1, x - reach_x : x + reach_x + 1]
        window = cv2.min(about[..., 0], about[..., 1]).astype(np.float32)
        ranked = np.partition(window, _RANKS, axis=None)
        low, high = ranked[_RANKS[0]], ranked[_RANKS[1]]
        window = np.clip((window - low) / (high - low + 4), 0, 1)
        response = cv2.matchTemplate(window, _DISC, cv2.TM_CCORR) - _PRIOR
        profiles.append(response.max(0))
        rows.append(response.argmax(0) - _REACH_Y + y)
        centres.append(x)
        middles.append(middle)
    together = profiles[0][:, None] + profiles[1][None] - _TOGETHER
    irises = []
    for side, best in enumerate(np.unravel_index(int(together.argmax()), together.shape)):
        at = int(best)
        profile = profiles[side]
        shift = 0.0
        if 0 < at < len(profile) - 1:
            bend = float(profile[at - 1] - 2 * profile[at] + profile[at + 1])
            if bend < 0:
                shift = float(np.clip(0.5 * (profile[at - 1] - profile[at + 1]) / bend, -0.5, 0.5))
        across = centres[side] + at - _REACH_X + shift
        centre = (across, float(rows[side][at]))
        irises.append(Iris(centre, (across - middles[side]) / STRIP_UNIT, float(profile[at])))
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
    offset = (irises[0].offset + irises[1].offset) / 2 + _YAW * float(np.clip(yaw, -30, 30))
    angle = math.degrees(math.asin(float(np.clip(offset / _EYEBALL, -1, 1))))
    faint = max(0.0, 0.19 - min(irises[0].contrast, irises[1].contrast))
    apart = max(0.0, abs(irises[0].offset - irises[1].offset + 0.015) - 0.04)
    far = 2 * max(0.0, abs(angle) - 15) if faint else 0.0  # more likely the corner of the eye than an iris
    turned = 0.6 * max(0.0, abs(yaw) - 8)
    return Gaze(angle, 1.5 + 80 * faint + 150 * apart + turned + far)


_PALE = 12.0  # least a* that counts as skin's: where the face is washed out the irises still have their colour
# Highest natural chroma of an iris by its CIELAB hue, degrees: brown and hazel are yellow-red, green and blue are
# pale, violet does not occur. A saturated red is a red eye, no lens.
_HUES = np.array([0, 15, 20, 45, 50, 60, 70, 80, 90, 110, 140, 200, 240, 260, 280, 300, 330, 348, 360], np.float32)
_CHROMA = np.array([18, 22, 120, 120, 40, 37, 29, 21, 16, 11, 8, 8, 15, 20, 20, 14, 11, 13, 18], np.float32)


def measure_iris(lab: Lab8, irises: tuple[Iris, Iris], skin: npt.NDArray[np.float32]) -> tuple[IrisColour, IrisColour]:
    """Measure the colour of both irises.

    Parameters
    ----------
    lab : (128, 272, 3) uint8
        The strip, as from `strip_lab`.
    irises : (Iris, Iris)
        As from `find_irises`.
    skin : (3,) float32
        The person's skin, CIELAB.

    Returns
    -------
    (IrisColour, IrisColour)
    """
    found = []
    for iris in irises:
        x = int(np.clip(round(iris.centre[0]), 16, STRIP_WIDTH - 17))
        y = int(np.clip(round(iris.centre[1]), 12, STRIP_HEIGHT - 13))
        patch = cv2.blur(from_lab8(lab[y - 8 : y + 9, x - 12 : x + 13]), (5, 5))
        middle = patch[3:-3, 6:-6]
        red = float(middle[..., 1].max() - max(float(skin[1]), _PALE))
        inner = patch[4:-4, 4:-4].reshape(-1, 3)
        chroma = np.hypot(inner[:, 1], inner[:, 2])
        hue = np.degrees(np.arctan2(inner[:, 2], inner[:, 1])) % 360
        excess = np.sort(chroma - np.interp(hue, _HUES, _CHROMA))
        found.append(IrisColour(red, float(excess[int(0.85 * len(excess))])))
    return found[0], found[1]
