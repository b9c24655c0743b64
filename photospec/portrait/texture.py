"""What sensor, encoder and retoucher left in the picture: noise, blocks, skin texture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Blocking", "Noise", "measure_blocking", "measure_noise", "skin_texture"]

Picture = npt.NDArray[np.uint8]

_LAPLACIAN = np.array((1, -2, 1), np.float32)
_TILE = 8
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
    impulses : float
        Root mean square of single pixels that stand out (salt and pepper) from face and from backdrop, the lesser.
    """

    skin: float
    backdrop: float
    chroma: float
    impulses: float

    @property
    def worst(self) -> float:
        """The strongest of them; leaves or cloth behind the person are no noise unless the face has it too."""
        return max(self.skin, min(self.backdrop, 1.5 * self.skin), self.chroma, self.impulses)


def _tile_noise(plane: Picture) -> float:
    """Return the noise of the flattest tenth of the tiles of a plane."""
    size = plane.shape[1] // _TILE, plane.shape[0] // _TILE
    if min(size) < 2:
        return 0.0
    plane = plane[: _TILE * size[1], : _TILE * size[0]]
    high = cv2.sepFilter2D(plane, cv2.CV_16S, _LAPLACIAN, _LAPLACIAN)
    tiles = cv2.resize(cv2.multiply(high, high, dtype=cv2.CV_32F), size, interpolation=cv2.INTER_AREA)
    sound = cv2.resize(cv2.inRange(plane, 4, 249), size, interpolation=cv2.INTER_AREA)
    flat = tiles[sound > 249]
    if flat.size < 12:
        return 0.0
    return float(np.sqrt(np.partition(flat, flat.size // 10)[flat.size // 10])) / 6


def _impulses(plane: Picture) -> float:
    """Return the deviation that single pixels far from the median of their neighbours add."""
    apart = cv2.absdiff(plane, cv2.medianBlur(plane, 3))
    cv2.threshold(apart, _STANDS_OUT, 0, cv2.THRESH_TOZERO, apart)
    return float(cv2.norm(apart) / np.sqrt(max(apart.size, 1)))


def _blotches(planes: npt.NDArray[np.float32]) -> float:
    """Return the deviation of colour within the smoothest tenth of 6x6 tiles, the larger of the last two planes."""
    size = planes.shape[1] // 6, planes.shape[0] // 6
    mean = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    variance = cv2.resize(planes * planes, size, interpolation=cv2.INTER_AREA) - mean * mean
    tiles = variance.reshape(-1, 3)[:, 1:]
    return float(np.sqrt(max(0.0, float(np.partition(tiles, len(tiles) // 10, axis=0)[len(tiles) // 10].max()))))


def measure_noise(frame: Picture, grey: Picture, landmarks: npt.NDArray[np.float32]) -> Noise:
    """Measure the noise on the lower face and on the upper corners of the backdrop.

    Parameters
    ----------
    frame : (H, W, 3) uint8
        RGB.
    grey : (H, W) uint8
        Its luma.
    landmarks : (68, 2) float32
        In its pixels.

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
    jaw = landmarks[:17]
    left, right = float(jaw[:, 0].min()), float(jaw[:, 0].max())
    inset = 0.1 * (right - left)
    x0, x1 = max(0, int(left + inset)), min(width, int(right - inset))
    y0, y1 = max(0, int(landmarks[28, 1])), min(height, int(jaw[:, 1].max()))
    skin = chroma = impulses = 0.0
    if x1 - x0 >= 32 and y1 - y0 >= 32:
        part = grey[y0:y1, x0:x1]
        skin = _tile_noise(part)
        half = (x1 - x0) // 2, (y1 - y0) // 2  # of an even crop: exact halves are averaged four times as fast
        even = frame[y0 : y0 + 2 * half[1], x0 : x0 + 2 * half[0]]
        small = cv2.resize(even, half, interpolation=cv2.INTER_AREA)
        chroma = 1.25 * _blotches(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32))
        impulses = _impulses(part)
    rows, columns = height // 3 // _TILE * _TILE, width // 4
    corners = np.concatenate([grey[:rows, :columns], grey[:rows, width - columns :]])
    if impulses > 0:
        impulses = min(impulses, _impulses(corners))
    return Noise(skin, _tile_noise(corners), chroma, impulses)


@dataclass(frozen=True, slots=True)
class Blocking:
    """Regular steps in the picture: the 8x8 blocks of a strong JPEG compression, or enlarged pixels.

    Parameters
    ----------
    across, down : float
        Mean step between neighbouring pixels at the block edges over that elsewhere, along rows and along columns;
        1 is no grid.
    pixel : int
        Side of the squares that an enlargement without interpolation made of each pixel; 1 where there are none.
    """

    across: float
    down: float
    pixel: int

    @property
    def ratio(self) -> float:
        """Geometric mean of both: a grid has edges both ways, a striped backdrop has not."""
        return float(np.sqrt(self.across * self.down))


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
    positions are tried, for a photo that was cropped in between. Steps above 24 levels are the picture's own.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, B. L. Evans, "Blind measurement of blocking artifacts in images", ICIP 2000,
       https://doi.org/10.1109/ICIP.2000.899622
    """
    columns, rows = _steps(grey[:, 1:], grey[:, :-1], 0), _steps(grey[1:], grey[:-1], 1)
    if min(columns.size, rows.size) < 64:
        return Blocking(1.0, 1.0, 1)
    pixel = 1
    for side in (6, 5, 4, 3, 2):
        if min(_lead(columns, side), _lead(rows, side)) > 2.5:
            pixel = side
            break
    return Blocking(_grid_ratio(columns), _grid_ratio(rows), pixel)


def _steps(ahead: Picture, behind: Picture, axis: int) -> npt.NDArray[np.float64]:
    """Return the mean step over each column (axis 0) or row (axis 1)."""
    if min(ahead.shape) < 1:
        return np.zeros(0)
    # a step of 2 levels is not seen: in a smooth backdrop it only says that the photo was encoded at all
    steps = cv2.subtract(cv2.min(cv2.absdiff(ahead, behind), np.array([24.0])), np.array([2.0]))
    total = cv2.reduce(steps, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    return np.asarray(total / steps.shape[axis], np.float64)


def _phases(steps: npt.NDArray[np.float64], period: int) -> npt.NDArray[np.float64]:
    """Return the mean step at each phase of a period, rising; the 0.1 is for pictures without detail."""
    return np.sort(steps[: steps.size // period * period].reshape(-1, period).mean(0)) + 0.1


def _grid_ratio(steps: npt.NDArray[np.float64]) -> float:
    """Return the steps at the strongest of eight phases over those at the others."""
    phases = _phases(steps, 8)
    return float(phases[-1] / np.median(phases[:-1]))


def _lead(steps: npt.NDArray[np.float64], period: int) -> float:
    """Return the steps at the strongest phase of a period over those at the second."""
    phases = _phases(steps, period)
    return float(phases[-1] / phases[-2])


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
        Root mean square difference in grey levels between blurs of 0.8 and 2.2 px, first quartile of 8x8 tiles of
        cheeks and forehead. None where these are too small.

    Notes
    -----
    Pores glint on dark skin and shade on light skin: in grey levels both are alike, in percent they are not.
    """
    eyes = np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0)])
    unit = float(np.linalg.norm(eyes[1] - eyes[0]))
    middle = eyes.mean(0)
    cheek = 0.25 * unit
    boxes = [
        (x - cheek, y + 0.62 * unit - cheek, x + cheek, y + 0.62 * unit + cheek)
        for x, y in (eyes[0] - (0.08 * unit, 0), eyes[1] + (0.08 * unit, 0))
    ]
    boxes.append((middle[0] - 0.35 * unit, middle[1] - 0.85 * unit, middle[0] + 0.35 * unit, middle[1] - 0.5 * unit))
    found = []
    for box in boxes:
        x0, y0, x1, y1 = (max(0, int(value)) for value in box)
        part = grey[y0:y1, x0:x1].astype(np.float32)
        if min(part.shape) < 16:
            continue
        band = cv2.GaussianBlur(part, (0, 0), 0.8) - cv2.GaussianBlur(part, (0, 0), 2.2)
        tiles = cv2.resize(band * band, (part.shape[1] // 8, part.shape[0] // 8), interpolation=cv2.INTER_AREA)
        found.append(np.sqrt(tiles.ravel()))
    if not found:
        return None
    tiles = np.concatenate(found)
    return float(np.partition(tiles, tiles.size // 4)[tiles.size // 4])
