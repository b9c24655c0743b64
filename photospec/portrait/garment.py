"""The garment: where it is, how it parts from the backdrop, its colours and its pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.sizes import QUARTER, Box, Size

__all__ = [
    "Garment",
    "GarmentColour",
    "GarmentPattern",
    "ShoulderContrast",
    "colour_difference_94",
    "distance_to_hue",
    "find_garment",
    "garment_colours",
    "garment_pattern",
    "shoulder_contrast",
]

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Garment:
    """The bust below the chin, taken apart.

    Masks, rows and columns are those of the picture that was searched; `box` and `middle` are in frame pixels.

    Parameters
    ----------
    top : int
        First row of the crop that the masks describe; the crop reaches the bottom edge.
    lab : (H, W, 3) float32
        The crop in CIELAB.
    mask : (H, W) bool
        True on the garment.
    skin : (H, W) bool
        True on neck, chest and lower face.
    unlike : (H, W) bool
        True where the colour is not the backdrop's.
    first : (W,) int
        First row of the body in each column; H where nothing stands out down to the bottom edge.
    surface : (H, W, 3) float32
        The backdrop's colour over the crop, CIELAB.
    centre : float
        Column of the neck's middle.
    chin : float
        Row of the chin in the crop.
    unit : float
        Distance between the pupils.
    size : Size
        Of the picture that was searched.
    """

    top: int
    lab: Lab
    mask: Mask
    skin: Mask
    unlike: Mask
    first: npt.NDArray[np.intp]
    surface: Lab
    centre: float
    chin: float
    unit: float
    size: Size = QUARTER

    @property
    def middle(self) -> float:
        """Column of the neck's middle, in frame pixels."""
        return self.size.frame_length(self.centre)

    @property
    def box(self) -> Box | None:
        """Left, top, right, bottom of the garment, in frame pixels; None where none is seen."""
        x, y, width, height = cv2.boundingRect(self.mask.view(np.uint8))
        y += self.top
        return self.size.frame_box((x, y, x + width, y + height)) if width else None

    @property
    def area(self) -> float:
        """Area of the garment in squared pupil distances."""
        return float(np.count_nonzero(self.mask)) / self.unit**2


@dataclass(frozen=True, slots=True)
class GarmentColour:
    """One of the garment's main colours.

    Parameters
    ----------
    share : float
        Share of the garment, 0 to 1.
    lab : (float, float, float)
        Its lit colour: median of the brighter half of its pixels, CIELAB.
    """

    share: float
    lab: tuple[float, float, float]

    @property
    def name(self) -> str:
        """Its basic colour name: black, grey, white, or a hue in English."""
        lightness, a, b = self.lab
        if math.hypot(a, b) < 10:
            return "black" if lightness < 30 else "white" if lightness > 85 else "grey"
        hue = math.degrees(math.atan2(b, a)) % 360
        for end, warm in (
            (20, "pink"),
            (45, "red"),
            (75, "orange"),
            (105, "yellow"),
            (130, "yellow-green"),
            (200, "green"),
        ):
            if hue < end:
                dark_warm = lightness < 45 and warm in ("orange", "yellow")
                return "brown" if dark_warm else warm
        if hue < 285:
            return "light blue" if lightness > 58 else "blue"
        return "blue" if hue < 305 else "purple" if hue < 335 else "pink"


@dataclass(frozen=True, slots=True)
class ShoulderContrast:
    """How the garment parts from the backdrop along the shoulders.

    Parameters
    ----------
    difference : float
        40th percentile over the columns of the colour difference, CIE94.
    points : (N, 2) float32
        The compared places of the outline from left to right, (x, y) in frame pixels.
    leaking : float
        Share of the columns in which nothing stood out where the shoulder must be.
    """

    difference: float
    points: Points
    leaking: float


@dataclass(frozen=True, slots=True)
class GarmentPattern:
    """How patterned the garment is.

    Parameters
    ----------
    energy : float
        Deviation of the colour from its surroundings, Delta E, median over the cloth.
    area : float
        Area of the cloth that was judged, in squared pupil distances.
    """

    energy: float
    area: float


_SUM = np.ones((1, 3), np.float32)
_CROSS = np.array(((0, 1, 0), (1, 1, 1), (0, 1, 0)), np.uint8)
_INSIDE = np.array(((1, 1, -1),), np.float32)
_SKIN_RADIUS = 0.09


def _square(apart: cv2.typing.MatLike) -> npt.NDArray[np.float32]:
    return cv2.transform(cv2.multiply(apart, apart), _SUM)  # type: ignore[return-value]


def _median(values: Lab) -> Lab:
    # Of each column; on a few thousand rows sorting costs a third of numpy.median.
    ordered = np.sort(values.T.copy(), axis=1)
    count = len(values)
    return (ordered[:, (count - 1) // 2] + ordered[:, count // 2]) * np.float32(0.5)


def _percentile(values: npt.NDArray[np.floating], percent: float) -> float:
    # As numpy.percentile, at a third of its cost.
    place = percent / 100 * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    ordered = np.sort(values)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def _like(lab: Lab, a: float, b: float) -> Mask:
    # Where a* / (L* + 16) and b* / (L* + 16) are within a radius of `a` and `b`; multiplied out, to spare the division.
    r = _SKIN_RADIUS
    apart = cv2.transform(lab, np.array(((-a, 1, 0, -16 * a), (-b, 0, 1, -16 * b), (r, 0, 0, 16 * r)), np.float32))
    return cv2.transform(cv2.multiply(apart, apart), _INSIDE) < 0


def _skin(lab: Lab, face: Lab, neck: Lab) -> Mask:
    # CIELAB's a*, b* and L* + 16 all grow with the cube root of the light, so their ratio is the same in shadow.
    lightness = cv2.extractChannel(lab, 0)
    (l0, a0, b0), (l1, a1, b1) = face.tolist(), neck.tolist()
    own, other = (a0 / (l0 + 16), b0 / (l0 + 16)), (a1 / (l1 + 16), b1 / (l1 + 16))
    likely = _like(lab, *own)
    if l1 > 12 and math.dist(own, other) < 0.15:
        likely |= _like(lab, *other)
    likely &= lightness < l0 + 25
    likely &= lightness > max(12.0, 0.35 * l0)
    return likely


def _shoulder(chin: float, offset: npt.NDArray[np.floating], unit: float) -> npt.NDArray[np.floating]:
    """Return where a shoulder must be, by the head's size: the rows at offsets from the neck's middle, in units."""
    return chin + (0.45 + 0.62 * offset) * unit


def _merged(
    first: npt.NDArray[np.intp], shoulder: npt.NDArray[np.floating], offset: npt.NDArray[np.floating], rows: int
) -> Mask:
    """Return the columns in which nothing stands out although a shoulder must be there."""
    merged: Mask = (first >= rows - 2) & (offset > 0.8) & (offset < 1.9) & (shoulder < rows - 2)
    return merged


def find_garment(
    lab: Lab, surface: Lab, noise: float, landmarks: Points, eye_distance: float, skin_lab: Lab
) -> Garment:
    """Find the garment under a face.

    The body of a column starts under its lowest run of backdrop. Where the garment has the backdrop's colour the
    column shows nothing: then the shoulder is taken where a shoulder must be, by the head's size.

    Parameters
    ----------
    lab, surface : (H, W, 3) float32
        Picture and its backdrop, CIELAB.
    noise : float
        The backdrop's noise, Delta E.
    landmarks : (68, 2) float32
        In pixels of `lab`.
    eye_distance : float
        Distance between the pupils, in pixels of `lab`.
    skin_lab : (3,) float32
        Colour of the cheeks, CIELAB.

    Returns
    -------
    Garment
        Its mask may be empty.
    """
    height, width = lab.shape[:2]
    unit = max(4.0, eye_distance)
    centre = float(landmarks[4, 0] + landmarks[12, 0]) / 2
    chin = float(landmarks[8, 1])
    top = max(0, min(int(chin - 0.2 * unit), height - 2))
    chin -= top
    crop = lab[top:]
    rows = height - top
    behind = surface[top:]
    unlike = _square(cv2.subtract(crop, behind)) > max(3.0, 3 * noise) ** 2

    y0 = max(0, min(int(chin + 0.12 * unit), rows - 1))
    y1 = max(y0 + 1, min(int(chin + 0.4 * unit), rows))
    x0 = max(0, min(int(centre - 0.35 * unit), width - 2))
    x1 = max(x0 + 1, min(int(centre + 0.35 * unit), width))
    neck = _median(crop[y0:y1, x0:x1].reshape(-1, 3))
    skin = _skin(crop, skin_lab, neck)

    run = max(2, int(0.06 * unit))
    kernel = np.ones((run, 1), np.uint8)
    free = (~unlike).view(np.uint8)
    runs = cv2.erode(free, kernel, anchor=(0, run - 1), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    numbers = np.arange(rows, dtype=np.uint16)[:, None]
    first = (runs * (numbers + 1)).max(0).astype(np.intp)
    offset = np.abs(np.arange(width) - centre) / unit
    shoulder = _shoulder(chin, offset, unit)
    start = np.where(_merged(first, shoulder, offset, rows), shoulder, first) + max(1, int(0.04 * unit))
    body = numbers >= np.maximum(start, chin + 0.15 * unit)
    cloth = body & ~skin
    if np.count_nonzero(cloth) < 0.25 * np.count_nonzero(body):
        # A skin-coloured top: tell it from skin by place.
        cloth = body & ((numbers > chin + 1.1 * unit) | (offset > 0.75) | ~skin)
    _, labels = cv2.connectedComponents(cloth.view(np.uint8), connectivity=4)
    mask = np.zeros(cloth.shape, np.bool_)
    for number in set(labels[-2:].ravel().tolist()) - {0}:
        piece = labels == number
        if np.count_nonzero(piece) > 0.02 * unit**2:
            mask |= piece
    seen = mask & unlike
    if np.count_nonzero(seen) > 0.4 * np.count_nonzero(mask):  # the rest is backdrop that the shoulder line took in
        mask = seen
    return Garment(top, crop, mask, skin, unlike, first, behind, centre, chin, unit)


def colour_difference_94(reference: Lab, other: Lab) -> npt.NDArray[np.float32]:
    """Return the CIE94 colour difference (graphic arts weights) of `other` from `reference`, both (..., 3) CIELAB.

    References
    ----------
    .. [1] CIE 116-1995, Industrial colour-difference evaluation.
    """
    chroma = np.hypot(reference[..., 1], reference[..., 2])
    chroma_step = np.hypot(other[..., 1], other[..., 2]) - chroma
    apart = (other - reference) ** 2
    lightness, hue = apart[..., 0], np.maximum(0, apart[..., 1] + apart[..., 2] - chroma_step**2)
    return np.sqrt(  # type: ignore[no-any-return]
        lightness + (chroma_step / (1 + 0.045 * chroma)) ** 2 + hue / (1 + 0.015 * chroma) ** 2
    )


_PLACES = np.concatenate([np.arange(-1.9, -0.95, 0.1), np.arange(1.0, 1.95, 0.1)])
"""Where shoulders are compared, in pupil distances from the neck's middle, from left to right."""


def shoulder_contrast(garment: Garment) -> ShoulderContrast | None:
    """Measure how the garment's colour differs from the backdrop along the shoulders.

    Parameters
    ----------
    garment : Garment

    Returns
    -------
    ShoulderContrast or None
        None when the frame shows fewer than six columns of covered shoulder.
    """
    rows, width = garment.unlike.shape
    unit = garment.unit
    gap = max(1, int(0.04 * unit))
    depth = min(rows, max(3, int(0.15 * unit)))
    columns = np.rint(garment.centre + _PLACES * unit).astype(np.intp)
    framed = (columns >= 1) & (columns < width - 1)
    columns = columns[framed]
    shoulder = _shoulder(garment.chin, np.abs(_PLACES[framed]), unit)
    first = garment.first[columns]
    leaking = first >= rows - gap - 2
    below = np.minimum(np.where(leaking, rows - depth, first + gap) + np.arange(depth)[:, None], rows - 1)
    bare = garment.skin[below, columns].sum(0) > 0.5 * depth
    # A column counts unless the body fills it, the frame ends above the shoulder, or the shoulder is bare.
    used = np.where(leaking, shoulder <= rows, (first > 0) & ~bare & (shoulder < rows + 0.4 * unit))
    columns, first, leaking, below = columns[used], first[used], leaking[used], below[:, used]
    if len(columns) < 3:
        return None
    inside = garment.lab[below, columns].sum(0) / depth
    above = np.maximum(first - gap - np.array(((2,), (1,))), 0)
    outside = garment.lab[above, columns].sum(0) / len(above)
    if leaking.any():
        outside[leaking] = garment.surface[below[:, leaking], columns[leaking]].sum(0) / depth
    points = np.array([columns, np.where(leaking, rows - depth, first) + garment.top], np.float32).T
    difference = _percentile(colour_difference_94(outside, inside), 40)
    return ShoulderContrast(difference, garment.size.frame_points(points), np.count_nonzero(leaking) / len(columns))


def garment_colours(garment: Garment, least: float = 0.12) -> tuple[GarmentColour, ...]:
    """Name the garment's main colours, the largest share first.

    Pixels are sorted into black, grey, white and twelve sectors of CIELAB hue (chroma from 10); each sector that
    covers enough of the garment is one colour. A small share that has the backdrop's colour is taken for backdrop.

    Parameters
    ----------
    garment : Garment
    least : float
        Smallest share of the garment that counts.

    Returns
    -------
    tuple of GarmentColour
        At most four.
    """
    pixels = garment.lab.reshape(-1, 3).compress(garment.mask.ravel(), axis=0)
    if len(pixels) < 20:
        return ()
    pixels = pixels[:: 1 + len(pixels) // 3000].T.copy()
    lightness, a, b = pixels
    hue = cv2.phase(a, b).ravel() * np.float32(6 / np.pi)  # in sectors of 30 degrees
    neutral = (lightness >= 30).view(np.uint8) + (lightness >= 80)
    sector = np.where(a * a + b * b < 100, neutral, 3 + hue.astype(np.uint8) % 12)
    counts = np.bincount(sector, minlength=15)
    colours = []
    for k in np.argsort(-counts)[:4].tolist():
        share = float(counts[k]) / len(lightness)
        if share < least:
            break
        group = pixels.compress(sector == k, axis=1)
        half = group.shape[1] // 2
        lit = _median(group.compress(group[0] >= np.sort(group[0])[half], axis=1).T)
        if share < 0.35 and math.dist(lit, _median(garment.surface[::4, ::4].reshape(-1, 3))) < 12:
            continue
        colours.append(GarmentColour(share, (float(lit[0]), float(lit[1]), float(lit[2]))))
    return tuple(colours)


def distance_to_hue(
    lab: tuple[float, float, float], hue: tuple[float, float], least_chroma: float, least_lightness: float
) -> float:
    """Return how far a colour lies outside a range of hue, chroma and lightness.

    Parameters
    ----------
    lab : (float, float, float)
        CIELAB colour.
    hue : (float, float)
        First and last hue angle of the range, degrees, 0 to 360.
    least_chroma, least_lightness : float
        Lower ends of C* and L*.

    Returns
    -------
    float
        Delta E to the range's nearest wall; below 0 inside it.
    """
    lightness, a, b = lab
    chroma = math.hypot(a, b)
    angle = math.degrees(math.atan2(b, a)) % 360
    middle, half = (hue[0] + hue[1]) / 2, (hue[1] - hue[0]) / 2
    beyond = abs((angle - middle + 180) % 360 - 180) - half
    across = 2 * chroma * math.sin(math.radians(beyond) / 2)
    return max(across, least_chroma - chroma, least_lightness - lightness)


def _cloth(garment: Garment) -> Mask:
    # What the outline encloses, but for the person's skin: a stripe or a check that has the backdrop's colour or that
    # of skin belongs to the cloth. So gaps of the outline narrower than a stripe are bridged, and only skin that hangs
    # together with the neck is taken away.
    unit = garment.unit
    rows, width = garment.mask.shape
    offset = np.abs(np.arange(width) - garment.centre) / unit
    shoulder = _shoulder(garment.chin, offset, unit)
    outline = np.where(_merged(garment.first, shoulder, offset, rows), shoulder, garment.first).astype(np.float32)[None]
    bridged = cv2.morphologyEx(outline, cv2.MORPH_OPEN, np.ones((1, int(0.22 * unit) | 1), np.uint8))
    # Hair beside the neck lies above where the steepest shoulder may begin.
    start = np.maximum(bridged[0] + max(1, int(0.04 * unit)), garment.chin + (0.62 * offset - 0.35) * unit)
    count, pieces = cv2.connectedComponents(garment.skin.view(np.uint8), connectivity=4)
    x0, x1 = (int(garment.centre + side * 0.3 * unit) for side in (-1, 1))
    neck = pieces[max(0, int(garment.chin) - 2) : int(garment.chin + 0.4 * unit), max(0, x0) : max(0, x1)]
    own = np.bincount(neck.ravel(), minlength=count) > 0.02 * unit**2
    own[0] = False
    cloth: Mask = (np.arange(rows)[:, None] >= start) & ~own[pieces]
    return cloth


def garment_pattern(garment: Garment, lab: Lab) -> GarmentPattern | None:
    """Measure how patterned the garment is, apart from its middle, where collar, tie and buttons are.

    The colour's deviation from its surroundings (a fifth of the pupil distance wide) is averaged over tiles a third
    of the pupil distance wide, as root mean square; a fold, a seam, a lapel or a lock of hair fills few tiles, a
    pattern most.

    Parameters
    ----------
    garment : Garment
    lab : (H, W, 3) float32
        The picture at twice the size in which the garment was found, CIELAB.

    Returns
    -------
    GarmentPattern or None
        None when too little garment is seen.
    """
    unit = garment.unit
    cloth = _cloth(garment).view(np.uint8)
    sides = (np.abs(np.arange(cloth.shape[1]) - garment.centre) > 0.45 * unit).view(np.uint8)
    used = cv2.erode(cloth, _CROSS, borderValue=1) * sides
    area = float(np.count_nonzero(used)) / unit**2
    if area < 0.03:
        return None
    x, y, width, height = cv2.boundingRect(used)
    used, colour = used[y : y + height, x : x + width], garment.lab[y : y + height, x : x + width]
    fine = lab[2 * (garment.top + y) : 2 * (garment.top + y + height), 2 * x : 2 * (x + width)]
    weight = used.astype(np.float32)
    window = int(0.2 * unit) | 1
    # The surroundings are the garment's own: at its edge, what lies beyond is no pattern.
    share = np.maximum(cv2.blur(weight, (window, window)), np.float32(1e-3))
    around = cv2.divide(cv2.blur(cv2.copyTo(colour, used), (window, window)), cv2.merge((share, share, share)))
    # The mean of squares over 2x2 pixels about another value: their own spread and the square of the distance.
    within = cv2.resize(_square(fine), (width, height), interpolation=cv2.INTER_AREA) - _square(colour)
    energy = (within + _square(cv2.subtract(colour, around))) * weight
    tile = int(0.35 * unit) | 1
    mean = cv2.blur(energy, (tile, tile)) / np.maximum(cv2.blur(weight, (tile, tile)), np.float32(1e-3))
    return GarmentPattern(math.sqrt(max(0.0, _percentile(mean[used > 0], 50))), area)
