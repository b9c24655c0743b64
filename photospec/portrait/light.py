"""The light on the face: its level, its balance, shadows across it, hot spots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.colour import rgb2lab
from photospec.portrait.face import eye_centres

__all__ = [
    "AlignedFace",
    "Exposure",
    "HotSpots",
    "LightBalance",
    "align_face",
    "eye_whites",
    "find_hot_spots",
    "light_balance",
    "measure_exposure",
]

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

HEIGHT, WIDTH = 128, 96
_ANCHORS = np.array([(30, 48, 1), (66, 48, 1), (48, 88, 1), (48, 118, 1)], np.float64)  # eyes, mouth, chin
_ANCHORED = np.zeros((4, 52))  # of landmarks 8 to 59: the same four as their means
_ANCHORED[0, 28:34] = _ANCHORED[1, 34:40] = 1 / 6
_ANCHORED[2, 40:52] = 1 / 12
_ANCHORED[3, 0] = 1
_FIT_LANDMARKS = np.linalg.pinv(_ANCHORS) @ _ANCHORED

_LINEAR = ((np.arange(256) / 255) ** 2.2).astype(np.float32)
_GREY, _BRIGHT = _LINEAR[150], _LINEAR[200]
_STOPS = (2.2 * np.log2((np.arange(256) + 6) / 261)).astype(np.float32)  # the 6 keeps sensor noise small in the dark
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)
_WHITE_PART = (0.62, 0.88)  # of an eye opening's pixels by brightness: above the iris and skin, below the catch light


def _drawn(*shapes: tuple[str, tuple[int, int], tuple[int, int]]) -> npt.NDArray[np.uint8]:
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    for kind, first, second in shapes:
        if kind == "ellipse":
            cv2.ellipse(canvas, first, second, 0, 0, 360, 1, -1)
        else:
            cv2.rectangle(canvas, first, second, 1, -1)
    return canvas


def _half(mask: npt.NDArray[np.uint8]) -> Mask:
    return cv2.resize(mask, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA) > 0


# Where skin is expected in an aligned face. The core is cheeks, nose and forehead; the wide area is the whole face
# without eyes and mouth; the inner one, for comparing the sides, leaves out besides what differs from left to right by
# nature (the outline, nostrils) and all from the brows up, where hair lies on one side or the other.
_CORE = (
    _drawn(
        ("box", (18, 56), (37, 79)),
        ("box", (58, 56), (77, 79)),
        ("box", (34, 18), (61, 33)),
        ("box", (43, 58), (52, 71)),
    )
    > 0
)
_CORE_AT = np.flatnonzero(_CORE)
_CHEEKS = _half(_drawn(("box", (20, 56), (37, 75)), ("box", (58, 56), (75, 75)), ("box", (43, 54), (52, 67))))
_CHEEKS_AT = np.flatnonzero(_CHEEKS)
_FOREHEAD = np.s_[9:16, 17:31]
_WIDE = _drawn(("ellipse", (48, 62), (36, 56)))
_WIDE[:14] = 0
_WIDE[_drawn(("ellipse", (30, 49), (17, 13)), ("ellipse", (66, 49), (17, 13)), ("ellipse", (48, 89), (18, 9))) > 0] = 0
_WIDE = cv2.erode(_WIDE, np.ones((5, 5), np.uint8)).astype(np.uint8)
_WIDE_HALF = _WIDE.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3), dtype=np.float32)
_THREE = np.ones((3, 3), np.uint8)
_BARE_HALF = cv2.erode((_WIDE_HALF >= 0.5).astype(np.uint8), _THREE) > 0
_LOWER_HALF = _WIDE_HALF == 1
_LOWER_HALF[:20] = False
_LOWER_AT = np.flatnonzero(_LOWER_HALF)


def _surroundings(half: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return cv2.blur(cv2.blur(half, (9, 9)), (9, 9))  # type: ignore[return-value]


_PER_SEEN = 1 / np.maximum(_surroundings(_WIDE_HALF), 0.05)
_INNER = _drawn(("ellipse", (48, 64), (31, 50)))
_INNER[:46] = 0
_INNER[
    _drawn(
        ("ellipse", (30, 44), (17, 12)),
        ("ellipse", (66, 44), (17, 12)),
        ("ellipse", (48, 88), (17, 9)),
        ("box", (38, 68), (58, 78)),
    )
    > 0
] = 0
_INNER_HALF = _half(_INNER) & _half(_INNER)[:, ::-1]


def _half_discs(radius: int) -> list[npt.NDArray[np.float32]]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    inside = np.hypot(x, y) <= radius + 0.3
    halves = []
    for degrees in (0, 45, 90, 135):
        along = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
        halves += [inside & (along > 0.4), inside & (along < -0.4)]
    return [(half / half.sum()).astype(np.float32) for half in halves]


_DISC_RADIUS = 3
_DISCS = _half_discs(_DISC_RADIUS)  # two by two
_MIDDLE = WIDTH // 4  # of the half-size face
_PART = _MIDDLE + _DISC_RADIUS
_LIGHT_AND_CHROMA = np.array(((0.3, 0.6, 0.1), (1, -1, 0), (0, -1, 1)), np.float32)


@dataclass(frozen=True)
class AlignedFace:
    """A face brought to a fixed place, so that zones are fixed masks and the left side mirrors the right.

    Parameters
    ----------
    pixels : (128, 96, 3) uint8
        RGB; eyes at (30, 48) and (66, 48), mouth at (48, 88), chin at (48, 118).
    to_frame : (2, 3) float64
        Affine map from its pixels to frame pixels.
    """

    pixels: Picture
    to_frame: npt.NDArray[np.float64]

    @cached_property
    def half(self) -> Picture:
        """Its pixels at half size, (64, 48, 3) uint8."""
        return cv2.resize(self.pixels, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    def box_in_frame(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return the upright box (left, top, right, bottom) in the frame round a box in the aligned face."""
        corners = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)]) @ self.to_frame.T
        x0, y0 = corners.min(0)
        x1, y1 = corners.max(0)
        return float(x0), float(y0), float(x1), float(y1)


def align_face(half: Picture, landmarks: npt.NDArray[np.float32]) -> AlignedFace:
    """Bring the face to a fixed place by the affine map that fits eyes, mouth and chin best.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The frame at half size.
    landmarks : (68, 2) float32
        In frame pixels.

    Returns
    -------
    AlignedFace
    """
    to_frame = (_FIT_LANDMARKS @ landmarks[8:60]).T
    four = cv2.cvtColor(half, cv2.COLOR_RGB2RGBA)  # four channels are warped in half the time of three
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(four, to_frame / 2, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return AlignedFace(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), to_frame)  # type: ignore[arg-type]


def eye_whites(frame: Picture, landmarks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Measure the colour of the white of each eye.

    Parameters
    ----------
    frame : (H, W, 3) uint8
        RGB.
    landmarks : (68, 2) float32
        In its pixels.

    Returns
    -------
    (N, 3) float32
        RGB, 0 to 255, of each eye that is open, large enough and not behind a reflection; N is 0, 1 or 2.
    """
    outlines = landmarks[36:48].reshape(2, 6, 2)
    (x0, y0), (x1, y1) = eye_centres(landmarks).tolist()
    unit = math.hypot(x1 - x0, y1 - y0)
    found = (_white_of(frame, outlines[0], x0, y0, unit), _white_of(frame, outlines[1], x1, y1, unit))
    return np.array([white for white in found if white is not None], np.float32).reshape(-1, 3)


def _white_of(frame: Picture, eye: npt.NDArray[np.float32], x: float, y: float, unit: float) -> Sequence[float] | None:
    """Return the colour of the white of the eye whose middle is (x, y), None where it cannot be seen."""
    left, top = max(0, int(x - 0.3 * unit)), max(0, int(y - 0.2 * unit))
    around = frame[top : max(0, int(y + 0.2 * unit)), left : max(0, int(x + 0.3 * unit))]
    height, width = around.shape[:2]
    cheek = frame[
        max(0, int(y + 0.45 * unit)) : max(0, int(y + 0.65 * unit)),
        max(0, int(x - 0.15 * unit)) : max(0, int(x + 0.15 * unit)),
    ]
    if height < 4 or width < 4 or cheek.size < 48:
        return None
    middle = np.array((x, y), np.float32)
    outline = eye - middle
    middle -= (left, top)
    opening, lids = np.zeros((height, width), np.uint8), np.ones((height, width), np.uint8)
    cv2.fillConvexPoly(lids, np.rint(1.15 * outline + middle).astype(np.int32), 0)
    # lids brighter than the cheek below: a lens before the eye reflects
    beside, below = around[..., 1][lids.view(np.bool_)], cheek[..., 1]
    if _quantile(beside, 0.9, "stable") > 1.15 * max(_quantile(below, 0.5, "stable"), 5.0):
        return None
    cv2.fillConvexPoly(opening, np.rint(8 * (outline + middle)).astype(np.int32), 1, shift=3)
    pixels = np.ascontiguousarray(around).reshape(-1, 3).take(np.flatnonzero(opening), axis=0)
    if len(pixels) < 20:
        return None
    order = cv2.reduce(pixels, 1, cv2.REDUCE_MIN).ravel().argsort(kind="stable")
    part = order[int(_WHITE_PART[0] * len(order)) : int(_WHITE_PART[1] * len(order))]
    return cv2.mean(pixels.take(part, axis=0)[None])[:3]


@dataclass(frozen=True, slots=True)
class Exposure:
    """How bright the face is.

    Parameters
    ----------
    washed_out : float
        Share of the skin where two colour channels or more are clipped, 0 to 1.
    skin : (3,) float32
        Median colour of the skin, RGB.
    skin_level, skin_top : float
        Median and 95th percentile of the skin's luma, 0 to 255.
    white_level : float
        Luma of the whites of the eyes, 0 to 255; NaN where none was seen.
    brightest : float
        Luma that one pixel in a thousand of the picture exceeds.
    """

    washed_out: float
    skin: npt.NDArray[np.float32]
    skin_level: float
    skin_top: float
    white_level: float
    brightest: float

    @property
    def lightness(self) -> float:
        """CIELAB lightness L* of the skin, 0 to 100."""
        return float(rgb2lab(np.rint(self.skin).astype(np.uint8).reshape(1, 1, 3))[0, 0, 0])

    @property
    def tone(self) -> float:
        """Luma of the whites of the eyes in that of the skin: 0.7 to 0.9, 1.1 and more for dark skin; NaN where unseen.

        Light scales both alike, so it tells dark skin from little light.
        """
        return self.white_level / max(self.skin_level, 2.0)

    @property
    def palest(self) -> float:
        """Level of the typical skin's lowest channel, 0 to 255: where it nears white the skin has lost its colour."""
        return float(self.skin.min())

    @property
    def stops_under(self) -> float:
        """How far the light falls short, in stops.

        Bright skin shows that there is light enough, and so do bright whites of the eyes: the darker the skin is beside
        them, the more they decide. Where no eye is seen, the brightest part of the picture may show it.
        """
        skin = _stops_between(_LIT_SKIN, self.skin_top)
        if not math.isfinite(self.tone):
            return min(skin, _stops_between(225, self.brightest))
        lightest, darkest = _TONES
        dark = min(max((self.tone - lightest) / (darkest - lightest), 0.0), 1.0)
        return min(skin, _stops_between(_LIT_WHITES, self.white_level) + 0.5 * (1 - dark))


_LIT_SKIN = 185  # luma of the brighter skin of a well-lit face of light tone
_LIT_WHITES = 95  # luma that the whites of the eyes have at least in good light, in the shade of the lids
_TONES = 0.65, 0.87  # of light skin, and from which on skin is dark by nature


def _median(values: npt.NDArray[np.generic]) -> float:
    """Return the median of the values; much faster than `numpy.median` where they are few."""
    return _middle(np.sort(values, axis=None))


def _middle(ranked: npt.NDArray[np.generic]) -> float:
    middle = ranked.size // 2
    return float(ranked[middle]) if ranked.size % 2 else (float(ranked[middle - 1]) + float(ranked[middle])) / 2


def _stops_between(expected: float, level: float) -> float:
    return float(2.2 * np.log2(expected / max(level, 2.0)))


def _quantile(values: npt.NDArray[np.generic], share: float, kind: Literal["stable"] | None = None) -> float:
    """Return the value that the given share of `values` does not exceed; much faster than `numpy.percentile`.

    Of no values 0. A stable sort of bytes is a radix sort, several times as fast as the usual one.
    """
    ranked = np.sort(values, axis=None, kind=kind)
    return float(ranked[min(ranked.size - 1, int(share * ranked.size))]) if ranked.size else 0.0


def measure_exposure(face: AlignedFace, half_grey: Picture, whites: npt.NDArray[np.float32]) -> Exposure:
    """Measure how bright the face is.

    Parameters
    ----------
    face : AlignedFace
        The face.
    half_grey : (H/2, W/2) uint8
        Luma of the whole picture.
    whites : (N, 3) float32
        As from `eye_whites`.

    Returns
    -------
    Exposure
    """
    skin = face.pixels.reshape(-1, 3).take(_CORE_AT, axis=0)
    luma = cv2.cvtColor(skin[None], cv2.COLOR_RGB2GRAY)
    ranked = np.sort(np.concatenate([*cv2.split(skin[None]), luma]), axis=1, kind="stable")  # of bytes: a radix sort
    count = len(skin)
    washed_out = 0.0
    if sorted(ranked[:3, -1].tolist())[1] >= _CLIPPED:
        washed_out = np.count_nonzero((skin >= _CLIPPED).sum(1) >= 2) / count
    seen = np.sort(half_grey[::4], axis=None, kind="stable")
    return Exposure(
        washed_out=washed_out,
        skin=ranked[:3, count // 2].astype(np.float32),
        skin_level=float(ranked[3, count // 2]),
        skin_top=float(ranked[3, int(0.95 * count)]),
        white_level=float((whites @ _LUMA).sum()) / len(whites) if len(whites) else float("nan"),
        brightest=float(seen[math.ceil(0.999 * seen.size) - 1]),
    )


_CLIPPED = 250


@dataclass(frozen=True, slots=True)
class LightBalance:
    """How evenly the face is lit.

    Parameters
    ----------
    side : float
        Stops by which the image's right half of the face is darker than its left, gloss included, median over mirrored
        places below the brows.
    zone : float
        Largest difference between mirrored places, stops: nine tenths of the places differ by less.
    edge : float
        Height in stops of the steepest step across the skin that its mirrored place does not have: the edge of a
        cast shadow.
    top : float
        Stops by which the forehead is darker than the cheeks, 0 where it is not or where a fringe covers it: the shadow
        of a cap or of the hair, or light from below.
    darker : (left, top, right, bottom)
        Box round the darker half, in pixels of the aligned face.
    """

    side: float
    zone: float
    edge: float
    top: float
    darker: tuple[float, float, float, float]


def light_balance(face: AlignedFace) -> LightBalance | None:
    """Compare mirrored places of the face.

    Parameters
    ----------
    face : AlignedFace
        The face.

    Returns
    -------
    LightBalance or None
        None where hair, a mask or the like leaves too little skin to compare.

    Notes
    -----
    Skin is told from hair and glasses by its chroma in log space, which shade does not change. Brows, nose and chin
    cancel against their mirror image; what remains is light.
    """
    small = face.half
    planes: Any = cv2.vconcat(cv2.split(cv2.transform(cv2.LUT(small, _STOPS), _LIGHT_AND_CHROMA)))
    planes = planes.reshape(3, *small.shape[:2])
    light, warmth, coolness = planes
    on_cheeks = planes.reshape(3, -1).take(_CHEEKS_AT, axis=1)
    ranked = np.sort(on_cheeks, axis=1)
    apart = cv2.magnitude(warmth - np.float32(_middle(ranked[1])), coolness - np.float32(_middle(ranked[2])))
    apart_on_cheeks = apart.ravel().take(_CHEEKS_AT)
    tolerance = min(max(0.55, 2.5 * _median(apart_on_cheeks)), 1.0)
    skin = (apart < tolerance) & (light > ranked[0, int(0.8 * ranked.shape[1])] - 4.2) & _INNER_HALF
    both = skin[:, :_PART] & skin[:, : -_PART - 1 : -1]
    compared = both[:, :_MIDDLE]
    if np.count_nonzero(compared) < 60:
        return None
    weight = both.astype(np.float32)
    body = _body_colour(small)
    brighter = _mirror_difference(light)
    difference = _without_gloss(brighter, body, small) * weight
    seen = cv2.boxFilter(weight, -1, (7, 7))[:, :_MIDDLE]
    zones = (np.abs(cv2.boxFilter(difference, -1, (7, 7))[:, :_MIDDLE]) / np.maximum(seen, 0.05))[seen > 0.6]
    side = _median(brighter[:, :_MIDDLE][compared])
    zone = _quantile(zones, 0.9) if zones.size else abs(side)
    edge = _steepest_step(difference, weight)
    left = 16.0 if side < 0 else 48.0
    plain, forehead = apart_on_cheeks < 0.45, apart[_FOREHEAD] < 0.45
    top = 0.0
    enough = np.count_nonzero(forehead) > 0.6 * forehead.size and np.count_nonzero(plain) > 0.6 * plain.size
    if body is not None and enough:
        by_light = _median(on_cheeks[0][plain]) - _median(light[_FOREHEAD][forehead])
        by_body = _median(body.ravel().take(_CHEEKS_AT)[plain]) - _median(body[_FOREHEAD][forehead])
        top = min(by_light, 1.15 * by_body + 0.1)
        if not 0 < top <= 2.6 or _strands(light) > _STRANDS:
            top = 0.0  # no shade is so dark or so uneven: hair
    return LightBalance(side, zone, edge, top, (left, 14.0, left + 32.0, 112.0))


def _mirror_difference(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return by how much the left half, and a little beyond, exceeds its mirror image: the right half says the same."""
    return plane[:, :_PART] - plane[:, : -_PART - 1 : -1]


def _steepest_step(difference: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> float:
    """Return the largest difference between two half discs, where both lie on skin and for two pupils' length."""
    pair = cv2.merge((difference, weight))
    means = np.array([cv2.filter2D(pair, -1, disc)[:, :_MIDDLE] for disc in _DISCS])
    seen = means[..., 1]
    level = means[..., 0] / np.maximum(seen, 0.05)
    steps = np.abs(level[::2] - level[1::2])
    steps *= np.minimum(seen[::2], seen[1::2]) >= 0.6
    return float(np.sort(steps.max(0), axis=None)[-21])  # not a mole


_STRANDS = 0.17  # stops: a shade is smoother than hair


def _strands(light: npt.NDArray[np.float32]) -> float:
    """Return how uneven the forehead is within a few pixels, stops."""
    part = light[:24]
    return float((part - cv2.GaussianBlur(part, (0, 0), 1.5))[_FOREHEAD].std())


def _body_colour(small: Picture) -> npt.NDArray[np.float32] | None:
    """Return the strength of the skin's own colour in stops, None where the picture has no colour.

    Shade scales all channels; gloss adds the same to all. So red less blue follows shade and ignores gloss, which on
    dark skin outshines the colour of the skin.
    """
    red, _, blue = cv2.split(small)
    body = cv2.blur(cv2.subtract(cv2.LUT(red, _LINEAR), cv2.LUT(blue, _LINEAR)), (3, 3))
    if _median(body.ravel().take(_CHEEKS_AT)) <= 0.02:
        return None
    return np.log2(np.maximum(body, np.float32(0.004)))


def _without_gloss(
    difference: npt.NDArray[np.float32], body: npt.NDArray[np.float32] | None, small: Picture
) -> npt.NDArray[np.float32]:
    """Keep of the differences between mirrored places what shade explains; where red is clipped nothing can be told."""
    if body is None:
        return difference
    shade = _mirror_difference(body)
    most = np.abs(shade) * np.float32(1.15) + np.float32(0.1)
    kept = np.maximum(np.minimum(difference, most), -most)
    kept *= difference * shade > 0
    red = small[..., 0]
    return np.where(np.maximum(red[:, :_PART], red[:, : -_PART - 1 : -1]) >= 243, difference, kept)


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Places where the lamp's own white covers the colour of the skin.

    Parameters
    ----------
    shine : float
        Light, as a share of white, that the shiniest 2 % of the skin has more than the typical skin, 0 to 1.
    peak : float
        Light, as a share of white, that the strongest small spot on nose, cheeks and chin has more than the skin
        around it, 0 to 1.
    boxes : tuple of (left, top, right, bottom)
        The larger spots, in pixels of the aligned face.
    """

    shine: float
    peak: float
    boxes: tuple[tuple[float, float, float, float], ...]


def find_hot_spots(face: AlignedFace) -> HotSpots:
    """Find where the skin reflects the lamp instead of showing its own colour.

    Parameters
    ----------
    face : AlignedFace
        The face.

    Returns
    -------
    HotSpots

    Notes
    -----
    Light reflected at the surface keeps the lamp's colour and adds to all channels alike (dichromatic model), so
    the lowest channel shows it best. It is compared with the typical skin of this face, in linear light: a skin that
    is white all over is overexposed, not shiny. A streak on the ridge of the nose is plain to the eye and small in
    area, so it is compared with its surroundings besides. The forehead has no part in that: white cloth and hair lie
    beside it.

    References
    ----------
    .. [1] S. A. Shafer, "Using color to separate reflection components", 1985, https://doi.org/10.1002/col.5080100409
    """
    red, green, blue = cv2.split(face.pixels)
    peak = _peak(cv2.GaussianBlur(cv2.min(cv2.min(red, green), blue), (3, 3), 0.8))  # type: ignore[arg-type]
    small = face.half
    luma, lowest = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.reduce(small.reshape(-1, 3), 1, cv2.REDUCE_MIN)
    lowest = lowest.reshape(luma.shape)
    bare = ((luma > 0.62 * _median(luma[_BARE_HALF])) & _BARE_HALF).astype(np.uint8)  # not brows, beard, strands
    at = np.flatnonzero(cv2.erode(bare, _THREE))
    if len(at) < 150:
        return HotSpots(0.0, peak, ())
    ranked = np.sort(lowest.ravel().take(at), kind="stable")
    usual = _LINEAR[ranked[len(at) // 2]]
    shine = float(_LINEAR[ranked[int(0.98 * len(at))]] - usual)
    spots = (cv2.LUT(lowest, _LINEAR) > usual + _SPOT) & (bare > 0)
    count, _, stats, _ = cv2.connectedComponentsWithStats(spots.view(np.uint8))
    boxes = tuple(
        (2.0 * x, 2.0 * y, 2.0 * (x + w), 2.0 * (y + h))
        for x, y, w, h, area in sorted(stats[1:count].tolist(), key=lambda s: -s[4])[:6]
        if area >= 3
    )
    return HotSpots(shine, peak, boxes)


_SPOT = 0.17  # share of white above the typical skin, from which a place is marked


def _peak(lowest: Picture) -> float:
    light = cv2.resize(cv2.LUT(lowest, _LINEAR), (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    usual = _surroundings(light * _WIDE_HALF) * _PER_SEEN
    at_the_place = light.ravel().take(_LOWER_AT)
    added = at_the_place - usual.ravel().take(_LOWER_AT)
    added *= np.minimum(np.maximum((at_the_place - _GREY) / (_BRIGHT - _GREY), 0), 1)  # grey is no shine
    return float(np.sort(added)[-6])
