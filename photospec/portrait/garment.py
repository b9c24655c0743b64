"""The garment: where it is, how it parts from the backdrop, its colours and its pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.patchnet import PatchShape, cut_patch, load_network

__all__ = [
    "COLLAR_PATCH",
    "Garment",
    "GarmentColour",
    "NeckDress",
    "ShoulderContrast",
    "colour_difference_94",
    "distance_to_hue",
    "find_garment",
    "garment_colours",
    "neck_dress",
    "pattern_energy",
    "shoulder_contrast",
]

COLLAR_PATCH = PatchShape(80, 56, 28.0, (40.0, 9.0))
"""Chin, neck and neckline, about the neck's middle at the height of the chin."""

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Garment:
    """The bust below the chin, taken apart.

    All coordinates and sizes are in pixels of the picture that was searched (quarter size in a `Portrait`).

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
        if np.hypot(a, b) < 10:
            return "black" if lightness < 30 else "white" if lightness > 85 else "grey"
        hue = float(np.degrees(np.arctan2(b, a))) % 360
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
        The compared places of the outline, (x, y) in pixels of the picture.
    leaking : float
        Share of the columns in which nothing stood out where the shoulder must be.
    """

    difference: float
    points: Points
    leaking: float


@dataclass(frozen=True, slots=True)
class NeckDress:
    """How the neck is dressed, as log odds before calibration.

    Parameters
    ----------
    collarless : float
        That the top has no collar.
    turtleneck : float
        That a turtleneck covers the neck.
    """

    collarless: float
    turtleneck: float


_SUM = np.ones((1, 3), np.float32)


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
    ordered = np.partition(values, (low, high))
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def _skin(lab: Lab, face: Lab, neck: Lab) -> Mask:
    # CIELAB's a*, b* and L* + 16 all grow with the cube root of the light, so their ratio is the same in shadow.
    lightness, *chroma = cv2.split(lab)
    shade = lightness + 16
    a, b = (layer / shade for layer in chroma)
    own, other = (colour[1:] / (colour[0] + 16) for colour in (face, neck))
    distance = (a - own[0]) ** 2 + (b - own[1]) ** 2
    if neck[0] > 12 and math.hypot(*(other - own)) < 0.15:
        distance = np.minimum(distance, (a - other[0]) ** 2 + (b - other[1]) ** 2)
    likely: Mask = (distance < 0.09**2) & (lightness < face[0] + 25) & (lightness > max(12.0, 0.35 * float(face[0])))
    return likely


def find_garment(lab: Lab, surface: Lab, noise: float, landmarks: Points, skin_lab: Lab) -> Garment:
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
    skin_lab : (3,) float32
        Colour of the cheeks, CIELAB.

    Returns
    -------
    Garment
        Its mask may be empty.
    """
    height, width = lab.shape[:2]
    unit = max(4.0, float(np.linalg.norm(landmarks[42:48].mean(0) - landmarks[36:42].mean(0))))
    centre = float(landmarks[4, 0] + landmarks[12, 0]) / 2
    top = int(np.clip(landmarks[8, 1] - 0.2 * unit, 0, height - 2))
    chin = float(landmarks[8, 1]) - top
    crop = lab[top:]
    behind = surface[top:]
    rows = height - top
    unlike = _square(crop - behind) > max(3.0, 3 * noise) ** 2

    y0 = int(np.clip(chin + 0.12 * unit, 0, rows - 1))
    y1 = int(np.clip(chin + 0.4 * unit, y0 + 1, rows))
    x0 = int(np.clip(centre - 0.35 * unit, 0, width - 2))
    x1 = int(np.clip(centre + 0.35 * unit, x0 + 1, width))
    neck = _median(crop[y0:y1, x0:x1].reshape(-1, 3))
    skin = _skin(crop, skin_lab, neck)

    run = max(2, int(0.06 * unit))
    free = (~unlike).astype(np.uint8)
    kernel = np.ones((run, 1), np.uint8)
    runs = cv2.erode(free, kernel, anchor=(0, run - 1), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    numbers = np.arange(rows)[:, None]
    first = (runs * (numbers + 1).astype(np.uint16)).max(0).astype(np.intp)
    offset = np.abs(np.arange(width) - centre) / unit
    shoulder = chin + (0.45 + 0.62 * offset) * unit
    hidden = (first >= rows - 2) & (offset > 0.8) & (offset < 1.9) & (shoulder < rows - 2)
    start = np.where(hidden, shoulder, first) + max(1, int(0.04 * unit))
    start = np.maximum(start, chin + 0.15 * unit)
    body = numbers >= start
    cloth = (body & ~skin).astype(np.uint8)
    if np.count_nonzero(cloth) < 0.25 * np.count_nonzero(body):
        # A skin-coloured top: tell it from skin by place.
        below = (numbers > chin + 1.1 * unit) | (offset > 0.75)
        cloth = (body & (below | ~skin)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cloth, connectivity=4)
    keep = np.zeros(len(stats), np.bool_)
    keep[labels[-2:]] = True
    keep &= stats[:, 4] > 0.02 * unit**2
    keep[0] = False
    mask = keep[labels]
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
    step = other - reference
    chroma = np.hypot(reference[..., 1], reference[..., 2])
    chroma_step = np.hypot(other[..., 1], other[..., 2]) - chroma
    squared = step**2
    hue_step = np.maximum(0, squared[..., 1] + squared[..., 2] - chroma_step**2)
    return np.sqrt(  # type: ignore[no-any-return]
        squared[..., 0] + (chroma_step / (1 + 0.045 * chroma)) ** 2 + hue_step / (1 + 0.015 * chroma) ** 2
    )


def _mean_below(layer: Lab | Mask, start: npt.NDArray[np.intp], depth: int, columns: npt.NDArray[np.intp]) -> Lab:
    # Mean over `depth` rows from `start` on, one for each column; rows beyond the layer do not count.
    rows = start + np.arange(depth)[:, None]
    inside = (rows >= 0) & (rows < len(layer))
    values = layer[np.clip(rows, 0, len(layer) - 1), columns]
    weight = inside / np.maximum(inside.sum(0), 1)
    return np.einsum("ij,ij...->j...", weight, values)  # type: ignore[no-any-return]


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
    depth = max(3, int(0.15 * unit))
    offsets = np.arange(1.0, 1.95, 0.1)
    places = np.rint(garment.centre + np.concatenate([-offsets, offsets]) * unit)
    shoulder = garment.chin + (0.45 + 0.62 * np.concatenate([offsets, offsets])) * unit
    first = garment.first[np.clip(places, 0, width - 1).astype(np.intp)]
    leaking = first >= rows - gap - 2
    # A column counts unless the body fills it, or the frame ends above the shoulder.
    used = (places >= 1) & (places < width - 1) & np.where(leaking, rows >= shoulder, first > 0)
    columns, first, leaking = places[used].astype(np.intp), first[used], leaking[used]
    bare = _mean_below(garment.skin, first + gap, depth, columns) > 0.5
    used = leaking | ~bare
    columns, first, leaking = columns[used], first[used], leaking[used]
    if len(columns) < 3:
        return None
    inside = _mean_below(garment.lab, np.where(leaking, rows - depth, first + gap), depth, columns)
    outside = np.where(
        leaking[:, None],
        _mean_below(garment.surface, np.full_like(first, rows - depth), depth, columns),
        _mean_below(garment.lab, np.maximum(first - gap - 2, -1), 2, columns),
    )
    differences = colour_difference_94(outside, inside)
    points = np.stack([columns, np.where(leaking, rows - depth, first) + garment.top], 1).astype(np.float32)
    return ShoulderContrast(_percentile(differences, 40), points, float(leaking.mean()))


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
    pixels = garment.lab[garment.mask]
    if len(pixels) < 20:
        return ()
    pixels = pixels[:: 1 + len(pixels) // 3000]
    backdrop = _median(garment.surface[::4, ::4].reshape(-1, 3))
    lightness, a, b = pixels.T.copy()
    hue = np.arctan2(b, a) * np.float32(6 / np.pi)  # in sectors of 30 degrees
    neutral = (lightness >= 30).astype(np.uint8) + (lightness >= 80)
    sector = np.where(a * a + b * b < 100, neutral, 3 + np.floor(hue).astype(np.int8) % 12)
    counts = np.bincount(sector, minlength=15)
    colours = []
    for k in np.argsort(-counts)[:4]:
        share = counts[k] / len(pixels)
        if share < least:
            break
        group = pixels[sector == k]
        lit = _median(group[group[:, 0] >= _percentile(group[:, 0], 50)])
        if share < 0.35 and math.dist(lit, backdrop) < 12:
            continue
        colours.append(GarmentColour(float(share), (float(lit[0]), float(lit[1]), float(lit[2]))))
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
    chroma = float(np.hypot(a, b))
    angle = float(np.degrees(np.arctan2(b, a))) % 360
    middle, half = (hue[0] + hue[1]) / 2, (hue[1] - hue[0]) / 2
    beyond = abs((angle - middle + 180) % 360 - 180) - half
    across = 2 * chroma * float(np.sin(np.radians(np.clip(beyond, -180, 180)) / 2))
    return max(across, least_chroma - chroma, least_lightness - lightness)


def pattern_energy(garment: Garment, lab: Lab) -> float | None:
    """Measure how patterned the garment is, apart from its middle, where collar, tie and buttons are.

    The colour's deviation from its surroundings (a fifth of the pupil distance wide) is averaged over tiles a third
    of the pupil distance wide, as root mean square; a fold, a seam or a lapel fills few tiles, a pattern most.

    Parameters
    ----------
    garment : Garment
    lab : (H, W, 3) float32
        The picture at twice the size in which the garment was found, CIELAB.

    Returns
    -------
    float or None
        70th percentile over the garment, Delta E; None when too little garment is seen.
    """
    unit = 2 * garment.unit
    if garment.area < 0.15:
        return None
    crop = lab[2 * garment.top :]
    height, width = crop.shape[:2]
    cloth = cv2.resize(garment.mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    sides = (np.abs(np.arange(width) - 2 * garment.centre) > 0.45 * unit).astype(np.uint8)[None]
    inner = cv2.erode(cloth, np.ones((max(3, int(0.05 * unit) | 1),) * 2, np.uint8), borderValue=1)
    enough = 0.1 * unit**2
    used = inner * sides
    if np.count_nonzero(used) <= enough:
        used = cloth * sides
    if np.count_nonzero(used) <= enough:
        used = cloth
    x, y, width, height = cv2.boundingRect(used)
    used, crop = used[y : y + height, x : x + width], crop[y : y + height, x : x + width]
    weight = used.astype(np.float32)
    window = int(0.2 * unit) | 1
    # The surroundings are the garment's own: at its edge, what lies beyond is no pattern.
    share = np.maximum(cv2.blur(weight, (window, window)), np.float32(1e-3))
    around = cv2.divide(cv2.blur(cv2.copyTo(crop, used), (window, window)), cv2.merge((share, share, share)))
    energy = _square(cv2.subtract(crop, around)) * weight
    tile = int(0.35 * unit) | 1
    mean = cv2.blur(energy, (tile, tile)) / np.maximum(cv2.blur(weight, (tile, tile)), np.float32(1e-3))
    return math.sqrt(max(0.0, _percentile(mean[used > 0], 70)))


def neck_dress(
    half: npt.NDArray[np.uint8], grey: npt.NDArray[np.uint8], landmarks: Points, pupils: Points, skin: Lab
) -> NeckDress:
    """Look at chin, neck and neckline with a small network.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma.
    landmarks : (68, 2) float32
        In pixels of `grey`.
    pupils : (2, 2) float32
        Left and right pupil of the image, in pixels of `grey`.
    skin : (3,) float32
        Colour of the person's skin, CIELAB.

    Returns
    -------
    NeckDress
    """
    anchor = np.array(((landmarks[4, 0] + landmarks[12, 0]) / 2, landmarks[8, 1]), np.float32)
    patch = cut_patch(half, grey, skin, COLLAR_PATCH, anchor, pupils)
    collarless, turtleneck = load_network("collar").run(patch[None])[0]
    return NeckDress(float(collarless), float(turtleneck))
