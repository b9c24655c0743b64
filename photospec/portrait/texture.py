"""What sensor, encoder and retoucher left in the picture: noise, blocks, skin texture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.face import eye_centres

__all__ = ["Blocking", "Noise", "measure_blocking", "measure_noise", "skin_texture"]

Picture = npt.NDArray[np.uint8]

_LAPLACIAN = np.array((1, -2, 1), np.float32)
_TILE = 8
_PORES = 9
_FINE, _BROAD = cv2.getGaussianKernel(5, 0.8, cv2.CV_32F), cv2.getGaussianKernel(13, 2.2, cv2.CV_32F)
_STANDS_OUT = 48  # levels from its neighbours' median: sharper than lashes and pores are


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard deviation of the noise, in grey levels of 255.

    Parameters
    ----------
    skin, backdrop : float
        Of the luma, in the flattest tiles of the face and of the backdrop; 0 where every tile is clipped.
    chroma : float
        Of the colour differences on the face at half size, times 1.25: they show as blotches, coarser than luma noise
        because encoders store colour coarsely.
    coarse : float
        As `skin`, but at half size and times 0.85: grain that a camera's processing or an encoder left only the coarse
        part of. Pores give up to 2.
    impulses : float
        Root mean square of single pixels that stand out (salt and pepper) from face and from backdrop, the lesser.
    """

    skin: float
    backdrop: float
    chroma: float
    coarse: float
    impulses: float

    @property
    def worst(self) -> float:
        """The strongest of them; leaves or cloth behind the person are no noise unless the face has it too."""
        return max(self.skin, min(self.backdrop, 1.5 * self.skin), self.chroma, self.coarse, self.impulses)


def _tile_noise(plane: Picture) -> float:
    """Return the noise of the flattest tenth of the tiles of a plane."""
    size = plane.shape[1] // _TILE, plane.shape[0] // _TILE
    if min(size) < 2:
        return 0.0
    plane = plane[: _TILE * size[1], : _TILE * size[0]]
    high = cv2.sepFilter2D(plane, cv2.CV_16S, _LAPLACIAN, _LAPLACIAN)
    tiles = cv2.resize(cv2.multiply(high, high, dtype=cv2.CV_32F), size, interpolation=cv2.INTER_AREA)
    lowest, highest, _, _ = cv2.minMaxLoc(plane)
    if lowest < 4 or highest > 249:
        tiles = tiles[cv2.resize(cv2.inRange(plane, 4, 249), size, interpolation=cv2.INTER_AREA) > 249]
    if tiles.size < 12:
        return 0.0
    return math.sqrt(np.sort(tiles, axis=None)[tiles.size // 10]) / 6


def _impulses(plane: Picture) -> float:
    """Return the deviation that single pixels far from the median of their neighbours add."""
    apart = cv2.absdiff(plane, cv2.medianBlur(plane, 3))
    cv2.threshold(apart, _STANDS_OUT, 0, cv2.THRESH_TOZERO, apart)
    return cv2.norm(apart) / math.sqrt(max(apart.size, 1))


def _blotches(planes: npt.NDArray[np.float32]) -> float:
    """Return the deviation of colour within the smoothest tenth of 6x6 tiles, the larger of the last two planes."""
    size = planes.shape[1] // 6, planes.shape[0] // 6
    mean = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    variance = cv2.resize(planes * planes, size, interpolation=cv2.INTER_AREA) - mean * mean
    ranked = np.sort(variance.reshape(-1, 3).T, axis=1)
    return math.sqrt(max(0.0, *ranked[1:, ranked.shape[1] // 10].tolist()))


def measure_noise(half: Picture, grey: Picture, landmarks: npt.NDArray[np.float32]) -> Noise:
    """Measure the noise between eyes and lips and on the upper corners of the backdrop.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma.
    landmarks : (68, 2) float32
        In pixels of `grey`.

    Returns
    -------
    Noise

    Notes
    -----
    The mask of two Laplacians is blind to smooth shading; the flattest tenth of 8x8 tiles is free of edges, pores and
    hair. Clipped tiles hold no noise and are left out.

    References
    ----------
    .. [1] J. Immerkaer, "Fast noise variance estimation", 1996, https://doi.org/10.1006/cviu.1996.0060
    """
    height, width = grey.shape
    left, right = float(landmarks[:17, 0].min()), float(landmarks[:17, 0].max())
    inset = 0.1 * (right - left)
    x0, x1 = max(0, int(left + inset)), min(width, int(right - inset))
    y0, y1 = max(0, int(landmarks[28, 1])), min(height, int(landmarks[51, 1]))
    skin = chroma = coarse = impulses = 0.0
    if x1 - x0 >= 32 and y1 - y0 >= 32:
        part = grey[y0:y1, x0:x1]
        skin = _tile_noise(part)
        small = half[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2]
        coloured = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
        coarse = 0.85 * _tile_noise(cv2.extractChannel(coloured, 0))  # type: ignore[arg-type]
        chroma = 1.25 * _blotches(coloured.astype(np.float32))
        impulses = _impulses(part)
    rows, columns = height // 3 // _TILE * _TILE, width // 8
    corners = np.concatenate([grey[:rows, :columns], grey[:rows, width - columns :]])
    if impulses > 0:
        impulses = min(impulses, _impulses(corners))
    return Noise(skin, _tile_noise(corners), chroma, coarse, impulses)


@dataclass(frozen=True, slots=True)
class Blocking:
    """Regular steps in the picture: the 8x8 blocks of a strong JPEG compression, or enlarged pixels.

    Parameters
    ----------
    across, down : float
        Mean step between neighbouring pixels at the block edges over that elsewhere, along rows and along columns;
        1 is no grid.
    pixel : float
        Side of the squares that an enlargement without interpolation made of each pixel; 1 where there are none.
    """

    across: float
    down: float
    pixel: float

    @property
    def ratio(self) -> float:
        """Geometric mean of both: a grid has edges both ways, a striped backdrop has not."""
        return math.sqrt(self.across * self.down)


def measure_blocking(grey: Picture) -> Blocking:
    """Measure the steps at the edges of 8x8 blocks, wherever the grid lies, and look for enlarged pixels.

    Parameters
    ----------
    grey : (H, W) uint8
        Luma in the photo's own pixels: a resized photo has no grid left.

    Returns
    -------
    Blocking

    Notes
    -----
    Block edges of an earlier, stronger compression survive when the photo is saved again at high quality. All eight
    positions are tried, for a photo that was cropped in between. Steps above 24 levels are the picture's own. A third
    of the rows, and of the columns, is enough.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, B. L. Evans, "Blind measurement of blocking artifacts in images", ICIP 2000,
       https://doi.org/10.1109/ICIP.2000.899622
    """
    height, width = grey.shape
    if min(height, width) <= 64:
        return Blocking(1.0, 1.0, 1)
    rows = grey[::3]
    columns = np.ascontiguousarray(grey[:, : width // 8 * 8].view(np.uint64)[:, ::3]).view(np.uint8)  # 8 of 24 columns
    across, down = _steps(rows[:, 1:], rows[:, :-1], 0), _steps(columns[1:], columns[:-1], 1)
    return Blocking(_grid(across), _grid(down), min(_square_side(across), _square_side(down)))


_PERIOD = 8
_LONGEST = 1280
_IN_PHASE = (np.arange(_LONGEST) % _PERIOD == np.arange(_PERIOD)[:, None]).astype(np.float32)
_FLAT = 0.35  # of the larger step beside it: within an enlarged pixel
_LARGEST = 8.0


def _steps(ahead: Picture, behind: Picture, axis: int) -> npt.NDArray[np.float32]:
    """Return the mean step over each column (axis 0) or row (axis 1)."""
    # a step of 2 levels is not seen: in a smooth backdrop it only says that the photo was encoded at all
    steps = cv2.subtract(cv2.absdiff(ahead, behind), _UNSEEN)
    cv2.threshold(steps, 22, 0, cv2.THRESH_TRUNC, steps)
    return cv2.reduce(steps, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()  # type: ignore[return-value]


_UNSEEN = np.array([2.0])


def _grid(steps: npt.NDArray[np.float32]) -> float:
    """Return the mean step at the strongest of the eight phases over the median one; 0.1 is for want of detail."""
    steps = steps[: min(_LONGEST, steps.size // _PERIOD * _PERIOD)]
    means = np.sort(_IN_PHASE[:, : steps.size] @ steps) * (_PERIOD / steps.size) + 0.1
    return float(means[-1] / means[3])


def _square_side(steps: npt.NDArray[np.float32]) -> float:
    """Return the side of the squares of an enlarged picture, 1 where there are none.

    Enlarging without interpolation repeats rows and columns: the picture's steps fall between the squares, and within
    them hardly any is left. In a photograph steps differ little from one column to the next.
    """
    middle, around = steps[1:-1], np.maximum(steps[:-2], steps[2:])
    detailed = np.maximum(middle, around) > 0.3
    flat = (middle < _FLAT * around) & detailed
    if np.count_nonzero(flat) < 0.34 * np.count_nonzero(detailed):
        return 1.0
    edges = np.flatnonzero((middle > 2 * steps[:-2]) & (middle > 2 * steps[2:]) & detailed)
    apart = np.diff(edges)
    near = apart[apart <= _LARGEST]
    return float(near.mean()) if near.size > 12 else 1.0


def skin_texture(grey: Picture, landmarks: npt.NDArray[np.float32]) -> float | None:
    """Measure the fine texture of the skin: pores, fine lines, down.

    Parameters
    ----------
    grey : (H, W) uint8
        Luma.
    landmarks : (68, 2) float32
        In its pixels.

    Returns
    -------
    float or None
        Root mean square difference in grey levels between blurs of 0.8 and 2.2 px, first quartile of 9x9 tiles of
        cheeks and forehead. None where these are too small.

    Notes
    -----
    Pores glint on dark skin and shade on light skin: in grey levels both are alike, in percent they are not.
    """
    (x0, y0), (x1, y1) = eye_centres(landmarks).tolist()
    unit = math.hypot(x1 - x0, y1 - y0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    boxes = (
        (x0 - 0.33 * unit, y0 + 0.37 * unit, x0 + 0.17 * unit, y0 + 0.87 * unit),
        (x1 - 0.17 * unit, y1 + 0.37 * unit, x1 + 0.33 * unit, y1 + 0.87 * unit),
        (x - 0.35 * unit, y - 0.85 * unit, x + 0.35 * unit, y - 0.5 * unit),
    )
    found = []
    for box in boxes:
        left, top, right, bottom = (max(0, int(value)) for value in box)
        part = grey[top:bottom, left:right]
        across, down = part.shape[1] // _PORES, part.shape[0] // _PORES
        if min(across, down) < 2:
            continue
        part = part[: down * _PORES, : across * _PORES]
        band = cv2.subtract(
            cv2.sepFilter2D(part, cv2.CV_32F, _FINE, _FINE), cv2.sepFilter2D(part, cv2.CV_32F, _BROAD, _BROAD)
        )
        found.append(cv2.resize(band * band, (across, down), interpolation=cv2.INTER_AREA).ravel())
    if not found:
        return None
    tiles = np.sort(np.concatenate(found))
    return math.sqrt(tiles[tiles.size // 4])
