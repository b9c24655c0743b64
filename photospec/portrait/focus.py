"""Focus at the face: how far an edge spreads, in every direction."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Focus", "measure_focus"]

_DIRECTIONS = (0.0, 90.0, 45.0, 135.0)

_TILE = 9, 10  # width and height
_BLURS = cv2.getGaussianKernel(7, 1.0, cv2.CV_32F), cv2.getGaussianKernel(13, 1.8, cv2.CV_32F)

_ROWS, _COLUMNS = 64, 192
_WINDOW = cv2.createHanningWindow((_COLUMNS, _ROWS), cv2.CV_32F)


def _rings() -> npt.NDArray[np.float32]:
    """Return the weights of the power at each frequency in four rings: one that enlarging leaves, three it empties."""
    down, across = np.abs(np.fft.fftfreq(_ROWS)), (np.arange(_COLUMNS) + 1) // 2 / _COLUMNS
    radius = np.hypot(down[:, None], across[None])  # OpenCV's packed form: real and imaginary parts side by side
    radius[:, (0, -1)] = 1  # but these two columns, left out, are packed along the rows
    radius = radius.ravel()
    edges = ((0.1, 0.15), (0.2, 0.25), (0.25, 0.3), (0.3, 0.35))  # cycles a pixel
    rings = np.stack([(radius >= low) & (radius < high) for low, high in edges])
    return np.asarray(2 * rings / rings.sum(1, keepdims=True) / (_ROWS * _COLUMNS), np.float32)


_RINGS = _rings()


@dataclass(frozen=True, slots=True)
class Focus:
    """Spread of the edges round the eyes.

    Parameters
    ----------
    spread : tuple of four float
        Standard deviation, in frame pixels, of the blur that an ideal step edge would need to look like these, along
        0 (across the image), 90, 45 and 135 degrees.
    coarse : tuple of four float
        The same one octave coarser, where noise and block edges do not reach.
    lost : float
        Standard deviation of the blur that leaves as little of the finest detail as there is beside the coarser: an
        enlarged picture has steep edges and nothing finer. 0 where the picture is too small to tell.
    """

    spread: tuple[float, ...]
    coarse: tuple[float, ...]
    lost: float

    @property
    def blur(self) -> float:
        """The worst direction's spread in pixels; the coarser one counts where noise pretends sharpness.

        Motion leaves the edges that lie along it, which also hide a part of the spread across: one direction far above
        the others makes up for that by up to a quarter.
        """
        worst = max(self.coarse)
        streak = worst / max(statistics.median(self.coarse), 0.5)
        return max(*self.spread, 0.78 * worst) * (1 + min(max(1.5 * (streak - 1.3), 0.0), 0.25))

    @property
    def motion(self) -> float | None:
        """Direction of motion blur in degrees (0 across the image), None where the blur has no direction."""
        worst = self.coarse.index(max(self.coarse))
        across = {0: 1, 1: 0, 2: 3, 3: 2}[worst]
        return _DIRECTIONS[worst] if self.coarse[worst] > 1.35 * self.coarse[across] else None


def measure_focus(grey: npt.NDArray[np.uint8], landmarks: npt.NDArray[np.float32]) -> Focus | None:
    """Measure the spread of the edges of lashes, irises, brows and frames.

    Parameters
    ----------
    grey : (H, W) uint8
        Luma.
    landmarks : (68, 2) float32
        In its pixels.

    Returns
    -------
    Focus or None
        None where the eyes are too small or outside the picture.

    Notes
    -----
    For a step edge of spread s the energy of the gradient goes as 1/s; blurred again with spread 1 it goes as
    1/sqrt(s*s + 1). The ratio r of the two energies gives s = 1/sqrt(r*r - 1), whatever the contrast is. The energy
    of the noise, taken from the flattest tenth of the area, is subtracted first. Smooth skin has no part in it.

    References
    ----------
    .. [1] F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur
       metric", SPIE 6492, 2007, https://doi.org/10.1117/12.702790
    """
    eyes = np.concatenate([landmarks[17:27], landmarks[36:48]])
    left, top = eyes.min(0)
    right, bottom = eyes.max(0)
    pad = 0.12 * (right - left)
    x0, x1 = max(0, int(left - 0.3 * pad)), min(grey.shape[1], int(right + 0.3 * pad))
    y0, y1 = max(0, int(top - 0.6 * pad)), min(grey.shape[0], int(bottom + 0.6 * pad))
    if x1 - x0 < 48 or y1 - y0 < 22:
        return None
    across, down = (x1 - x0 - 2) // _TILE[0], (y1 - y0 - 2) // _TILE[1]
    wide, tall = across * _TILE[0], down * _TILE[1]
    x0, y0 = (x0 + x1 - wide) // 2 - 1, (y0 + y1 - tall) // 2 - 1  # whole tiles, and 1 px round them
    crop = grey[y0 : y0 + tall + 2, x0 : x0 + wide + 2]
    scales = np.empty((3, *crop.shape), np.float32)
    scales[0] = crop
    for blurred, kernel in zip(scales[1:], _BLURS, strict=True):
        cv2.sepFilter2D(crop, cv2.CV_32F, kernel, kernel, blurred)
    # every second row is enough: the rows beside it hold nearly the same edges
    middle = scales[:, 1:-1:2, 1:-1]
    slopes, tiles = np.empty(middle.shape, np.float32), np.empty((4, 3 * down, across), np.float32)
    shifted = scales[:, 1:-1:2, 2:], scales[:, 2::2, 1:-1], scales[:, 2::2, 2:], scales[:, 2::2, :-2]
    for ahead, energy in zip(shifted, tiles, strict=True):
        np.subtract(ahead, middle, out=slopes)
        np.multiply(slopes, slopes, out=slopes)
        cv2.resize(slopes.reshape(-1, wide), (across, 3 * down), energy, interpolation=cv2.INTER_AREA)
    ranked = np.sort(tiles.reshape(12, -1), axis=1)
    floor = ranked[:, ranked.shape[1] // 8]
    energies = np.maximum(ranked.sum(1) / ranked.shape[1] - floor, 0.01).reshape(4, 3).tolist()
    # with blurs of 1 and 1.8, s*s + 1 takes the place of s*s, and 1.8*1.8 - 1 = 2.24 that of 1
    spread = tuple(1 / math.sqrt(max((fine / medium) ** 2 - 1, 0.02)) for fine, medium, _ in energies)
    octave = tuple(
        math.sqrt(max(2.24 / max((medium / coarse) ** 2 - 1, 0.02) - 1, 0.0)) for _, medium, coarse in energies
    )
    return Focus(spread, octave, _lost_detail(grey, landmarks[36:48].sum(0) / 12))


def _lost_detail(grey: npt.NDArray[np.uint8], eyes: npt.NDArray[np.float32]) -> float:
    """Return the blur that explains how far the power spectrum round the eyes falls.

    Edges have the power 1/f**2; a blur of deviation s takes exp(-(2 pi f s)**2) of it.
    """
    height, width = grey.shape
    if height < _ROWS or width < _COLUMNS:
        return 0.0
    x0 = min(max(int(eyes[0]) - _COLUMNS // 2, 0), width - _COLUMNS)
    y0 = min(max(int(eyes[1]) - 8 - _ROWS // 2, 0), height - _ROWS)
    part = grey[y0 : y0 + _ROWS, x0 : x0 + _COLUMNS].astype(np.float32)
    waves = cv2.dft((part - np.float32(cv2.mean(part)[0])) * _WINDOW).ravel()
    kept, *lost = (math.log2(power + 0.02) for power in (_RINGS @ (waves * waves)).tolist())  # 0.02 is that of rounding
    return math.sqrt(max(kept - sum(lost) / 3 - 2.27, 0.0) / 3.42)
