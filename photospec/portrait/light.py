"""The light on the face: its level, its balance, shadows across it, hot spots."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

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
_FIT = np.linalg.pinv(_ANCHORS)

_LINEAR = ((np.arange(256) / 255) ** 2.2).astype(np.float32)
_WHITE = np.clip((np.arange(256, dtype=np.float32) - 200) / 30, 0, 1)
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
# without eyes and mouth; the inner one leaves out besides what differs from left to right by nature: the outline,
# nostrils, brows, hairline.
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
_FOREHEAD = _half(_drawn(("box", (34, 18), (61, 31))))
_WIDE = _drawn(("ellipse", (48, 62), (36, 56)))
_WIDE[:14] = 0
_WIDE[_drawn(("ellipse", (30, 49), (17, 13)), ("ellipse", (66, 49), (17, 13)), ("ellipse", (48, 89), (18, 9))) > 0] = 0
_WIDE = cv2.erode(_WIDE, np.ones((5, 5), np.uint8)).astype(np.uint8)
_WIDE_AREA = int(_WIDE.sum())
_WIDE_HALF = _WIDE.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3), dtype=np.float32)
_LOWER_HALF = _WIDE_HALF == 1
_LOWER_HALF[:20] = False


def _surroundings(half: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return cv2.blur(cv2.blur(half, (9, 9)), (9, 9))  # type: ignore[return-value]


_PER_SEEN = 1 / np.maximum(_surroundings(_WIDE_HALF), 0.05)
_INNER = _drawn(("ellipse", (48, 64), (31, 50)))
_INNER[:18] = 0
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


def _half_discs(radius: int) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    inside = np.hypot(x, y) <= radius + 0.3
    pairs = []
    for degrees in (0, 45, 90, 135):
        along = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
        ahead, behind = (inside & (along > 0.4)), (inside & (along < -0.4))
        pairs.append(((ahead / ahead.sum()).astype(np.float32), (behind / behind.sum()).astype(np.float32)))
    return pairs


_DISC_RADIUS = 3
_DISCS = _half_discs(_DISC_RADIUS)


@dataclass(frozen=True, slots=True)
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
    found = np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[48:60].mean(0), landmarks[8]])
    to_frame = (_FIT @ found.astype(np.float64)).T
    to_half = to_frame / 2
    pixels = cv2.warpAffine(
        half, to_half, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return AlignedFace(pixels, to_frame)  # type: ignore[arg-type]


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
    whites = []
    height, width = frame.shape[:2]
    unit = float(np.linalg.norm(landmarks[42:48].mean(0) - landmarks[36:42].mean(0)))
    for first in (36, 42):
        eye = landmarks[first : first + 6]
        if _is_veiled(frame, eye, unit):
            continue
        left, top = np.maximum(np.floor(eye.min(0)).astype(int) - 1, 0)
        right, bottom = np.minimum(np.ceil(eye.max(0)).astype(int) + 2, (width, height))
        if right - left < 3 or bottom - top < 3:
            continue
        inside = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillConvexPoly(inside, np.round((eye - (left, top)) * 8).astype(np.int32), 1, shift=3)
        pixels = frame[top:bottom, left:right][inside > 0]
        if len(pixels) < 20:
            continue
        order = np.argsort(pixels.min(1))
        part = order[int(_WHITE_PART[0] * len(order)) : int(_WHITE_PART[1] * len(order))]
        whites.append(pixels[part].mean(0))
    return np.array(whites, np.float32).reshape(-1, 3)


def _is_veiled(frame: Picture, eye: npt.NDArray[np.float32], unit: float) -> bool:
    """Return whether the lids are brighter than the cheek below: then a lens before the eye reflects."""
    x, y = eye.mean(0)
    left, right = max(0, int(x - 0.3 * unit)), int(x + 0.3 * unit)
    top, bottom = max(0, int(y - 0.2 * unit)), int(y + 0.2 * unit)
    around = frame[top:bottom, left:right]
    cheek = frame[
        max(0, int(y + 0.45 * unit)) : int(y + 0.65 * unit), max(0, int(x - 0.15 * unit)) : int(x + 0.15 * unit)
    ]
    if around.shape[0] < 4 or around.shape[1] < 4 or cheek.size < 48:
        return True
    lids = np.ones(around.shape[:2], np.uint8)
    outline = (x, y) + 1.15 * (eye - (x, y)) - (left, top)
    cv2.fillConvexPoly(lids, np.round(outline).astype(np.int32), 0)
    green = around[..., 1][lids > 0]
    return green.size > 0 and _quantile(green, 0.9) > 1.15 * max(_quantile(cheek[..., 1], 0.5), 5.0)


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
    def stops_under(self) -> float:
        """How far the light falls short, in stops.

        A bright thing shows that the exposure is right: skin, or both the whites of the eyes and the brightest part
        of the picture. So dark skin in good light has no shortage, a face before a bright window has.
        """
        skin = _stops_between(185, self.skin_top)
        white = _stops_between(130, self.white_level) if np.isfinite(self.white_level) else -np.inf
        return float(min(skin, max(white, _stops_between(225, self.brightest))))


def _median(values: npt.NDArray[np.generic]) -> float:
    """Return the median of the values; much faster than `numpy.median` where they are few."""
    middle = values.size // 2
    ranked = np.partition(values.ravel(), (middle - 1, middle))
    return float(ranked[middle]) if values.size % 2 else (float(ranked[middle - 1]) + float(ranked[middle])) / 2


def _stops_between(expected: float, level: float) -> float:
    return float(2.2 * np.log2(expected / max(level, 2.0)))


def _quantile(values: npt.NDArray[np.generic], share: float) -> float:
    """Return the value that the given share of `values` does not exceed; much faster than `numpy.percentile`."""
    place = min(values.size - 1, int(share * values.size))
    return float(np.partition(values.ravel(), place)[place])


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
    luma = skin.astype(np.float32) @ _LUMA
    channels = np.ascontiguousarray(skin.T)
    clipped = (np.sort(channels, 0)[1] >= 250).mean()
    histogram = cv2.calcHist([half_grey], [0], None, [256], [0, 256]).ravel()
    brightest = int(np.searchsorted(np.cumsum(histogram), 0.999 * histogram.sum()))
    return Exposure(
        washed_out=float(clipped),
        skin=np.array([_median(channel) for channel in channels], np.float32),
        skin_level=_quantile(luma, 0.5),
        skin_top=_quantile(luma, 0.95),
        white_level=float((whites @ _LUMA).mean()) if len(whites) else float("nan"),
        brightest=float(brightest),
    )


@dataclass(frozen=True, slots=True)
class LightBalance:
    """How evenly the face is lit.

    Parameters
    ----------
    side : float
        Stops by which the image's right half of the face is darker than its left, median over mirrored places.
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
    small = cv2.resize(face.pixels, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
    stops = cv2.LUT(small, _STOPS)
    red, green, blue = cv2.split(stops)
    light = 0.3 * red + 0.6 * green + 0.1 * blue
    warmth, coolness = red - green, blue - green
    apart = np.hypot(warmth - _median(warmth[_CHEEKS]), coolness - _median(coolness[_CHEEKS]))
    tolerance = min(max(0.55, 2.5 * _median(apart[_CHEEKS])), 1.0)
    skin = (apart < tolerance) & (light > _quantile(light[_CHEEKS], 0.8) - 4.2) & _INNER_HALF
    both = skin & skin[:, ::-1]
    if both.sum() < 120:
        return None
    weight = both.astype(np.float32)
    body = _body_colour(small)
    difference = _without_gloss(light - light[:, ::-1], body, small) * weight
    seen = cv2.boxFilter(weight, -1, (7, 7))
    zones = (np.abs(cv2.boxFilter(difference, -1, (7, 7))) / np.maximum(seen, 0.05))[seen > 0.6]
    half = WIDTH // 4
    pair = cv2.merge((difference, weight))[:, : half + _DISC_RADIUS]  # the other half is its mirror image
    steepest = np.zeros((HEIGHT // 2, half), np.float32)
    for ahead, behind in _DISCS:
        difference_ahead, weight_ahead = cv2.split(cv2.filter2D(pair, -1, ahead)[:, :half])
        difference_behind, weight_behind = cv2.split(cv2.filter2D(pair, -1, behind)[:, :half])
        step = cv2.absdiff(
            difference_ahead / np.maximum(weight_ahead, 0.05), difference_behind / np.maximum(weight_behind, 0.05)
        )
        step[np.minimum(weight_ahead, weight_behind) < 0.6] = 0
        np.maximum(steepest, step, out=steepest)
    side = _median(difference[:, :half][both[:, :half]])
    edge = float(np.partition(steepest.ravel(), -21)[-21])  # a step two pupils long, not a mole
    left = 16.0 if side < 0 else 48.0
    plain = apart < 0.45
    forehead, cheeks = _FOREHEAD & plain, _CHEEKS & plain
    top = 0.0
    if body is not None and forehead.sum() > 0.6 * _FOREHEAD.sum() and cheeks.sum() > 0.6 * _CHEEKS.sum():
        by_light = _median(light[cheeks]) - _median(light[forehead])
        by_body = _median(body[cheeks]) - _median(body[forehead])
        strands = float((light - cv2.GaussianBlur(light, (0, 0), 1.5))[_FOREHEAD].std())
        top = max(0.0, min(by_light, 1.15 * by_body + 0.1))
        if top > 2.6 or strands > 0.4:
            top = 0.0  # no shade is so dark or so uneven: hair
    zone = _quantile(zones, 0.9) if zones.size else abs(side)
    return LightBalance(side, zone, edge, top, (left, 14.0, left + 32.0, 112.0))


def _body_colour(small: Picture) -> npt.NDArray[np.float32] | None:
    """Return the strength of the skin's own colour in stops, None where the picture has no colour.

    Shade scales all channels; gloss adds the same to all. So red less blue follows shade and ignores gloss, which on
    dark skin outshines the colour of the skin.
    """
    linear = cv2.blur(cv2.LUT(small, _LINEAR), (3, 3))
    body = linear[..., 0] - linear[..., 2]
    return np.log2(np.maximum(body, 0.004)) if _median(body[_CHEEKS]) > 0.02 else None


def _without_gloss(
    difference: npt.NDArray[np.float32], body: npt.NDArray[np.float32] | None, small: Picture
) -> npt.NDArray[np.float32]:
    """Keep of the differences between mirrored places what shade explains; where red is clipped nothing can be told."""
    if body is None:
        return difference
    shade = body - body[:, ::-1]
    most = 1.15 * np.abs(shade) + 0.1
    kept = np.clip(difference, -most, most)
    kept[difference * shade <= 0] = 0
    return np.where(np.maximum(small[..., 0], small[:, ::-1, 0]) >= 243, difference, kept)


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Places where the lamp's own white covers the colour of the skin.

    Parameters
    ----------
    share : float
        Share of the face that they cover, 0 to 1.
    peak : float
        Light, as a share of white, that the strongest small spot on nose, cheeks and chin has more than the skin
        around it, 0 to 1.
    boxes : tuple of (left, top, right, bottom)
        The larger ones, in pixels of the aligned face.
    """

    share: float
    peak: float
    boxes: tuple[tuple[float, float, float, float], ...]


def find_hot_spots(face: AlignedFace) -> HotSpots:
    """Find near-white spots on the skin that are much brighter than the skin is.

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
    the lowest channel shows it best. A skin that is white all over is overexposed, not shiny. A streak on the ridge of
    the nose is plain to the eye and small in area, so it is compared with its surroundings. The forehead has no part
    in that: white cloth and hair lie beside it.

    References
    ----------
    .. [1] S. A. Shafer, "Using color to separate reflection components", 1985, https://doi.org/10.1002/col.5080100409
    """
    red, green, blue = cv2.split(face.pixels)
    lowest = cv2.GaussianBlur(cv2.min(cv2.min(red, green), blue), (0, 0), 0.8)
    # how white a level is, times how far its light exceeds the skin's: both depend on the level alone
    usual = _LINEAR[int(_quantile(lowest.take(_CORE_AT), 0.5))]
    added = np.clip((_LINEAR - usual - 0.12) / 0.16, 0, 1)
    strength = cv2.LUT(lowest, _WHITE * added) * _WIDE
    spots = strength > 0.3
    peak = _peak(lowest)  # type: ignore[arg-type]
    if not spots.any():
        return HotSpots(float(strength.sum() / _WIDE_AREA), peak, ())
    count, _, stats, _ = cv2.connectedComponentsWithStats(spots.view(np.uint8))
    boxes = tuple(
        (float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h, area in sorted(stats[1:count].tolist(), key=lambda s: -s[4])[:6]
        if area >= 8
    )
    return HotSpots(float(strength.sum() / _WIDE_AREA), peak, boxes)


def _peak(lowest: Picture) -> float:
    light = cv2.resize(cv2.LUT(lowest, _LINEAR), (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    usual = _surroundings(light * _WIDE_HALF) * _PER_SEEN
    added = (light - usual)[_LOWER_HALF]
    added *= np.clip((light[_LOWER_HALF] - _LINEAR[150]) / (_LINEAR[200] - _LINEAR[150]), 0, 1)  # grey is no shine
    return float(np.partition(added, -6)[-6])
