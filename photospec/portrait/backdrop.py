"""The backdrop: its colour as a smooth surface, and the frame that may be drawn round the picture."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.colour import square_lengths

__all__ = ["Backdrop", "Inset", "find_border", "fit_backdrop"]

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_STRIDE = 5
_ROUNDS = 3
_STEP = 9  # grey levels from pixel to pixel
_WHOLE_SIDE = 0.85  # round corners take the rest
_MOST_OF_SIDE = 0.5
_SOFT = 4  # rows that a step may take
_EVEN = 6.0  # mean deviation of a drawn band, grey levels


class Inset(NamedTuple):
    """How far a frame that is drawn round the picture reaches in, in pixels; 0 where there is none."""

    top: int = 0
    right: int = 0
    bottom: int = 0
    left: int = 0

    def scaled(self, factor: float) -> Inset:
        """Return the frame round a picture that is `factor` times as large."""
        return Inset(*(round(side * factor) for side in self))


NO_FRAME = Inset()

_OFFSET = np.array((0, 128, 128), np.float32)
_BELOW_CROWN = 0.08, 0.25  # of a head's height
_PLACES = np.array((1024, 32, 1), np.int32)  # of L*, a*, b* in steps of 8, in one number
# Slope, and curvature more so, only where samples ask for it: a strip beside a large head tells little of the rest.
_STIFF = np.diag(np.array((0, 0.001, 0.001, 0.003, 0.003, 0.003), np.float32))
_RIDGE = 1e-3 * np.eye(6, dtype=np.float32)


@dataclass(frozen=True)
class Backdrop:
    """The backdrop as a smooth surface of colour.

    Parameters
    ----------
    colour : (3,) float32
        Median colour, CIELAB.
    surface : (H, W, 3) float32
        Fitted quadratic surface over the whole picture, CIELAB.
    noise : float
        Robust standard deviation of the colour about the surface, Delta E.
    support : float
        Share of the samples (top, and the sides above the shoulders) that follow the surface, 0 to 1.
    others : tuple of (3,) float32
        Further colours, CIELAB, that make up much of the top and the upper sides: a window in a wall.
    inset : Inset
        The frame round the picture, which is no backdrop.
    """

    colour: npt.NDArray[np.float32]
    surface: Lab
    noise: float
    support: float
    others: tuple[npt.NDArray[np.float32], ...] = ()
    inset: Inset = NO_FRAME

    @functools.cached_property
    def quarter(self) -> Lab:
        """The surface at half its size, (H/2, W/2, 3) float32, for pictures of quarter size."""
        height, width = self.surface.shape[:2]
        size = (width + 1) // 2, (height + 1) // 2
        return cv2.resize(self.surface, size, interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


@functools.lru_cache(maxsize=8)
def _grid(rows: int, columns: int) -> tuple[npt.NDArray[np.float32], Mask]:
    """Return the six terms of the surface on a grid, and where on it the backdrop is looked for."""
    v, u = np.mgrid[0:rows, 0:columns].astype(np.float32)
    u = u / np.float32(columns) - np.float32(0.5)
    v = v / np.float32(rows) - np.float32(0.5)
    where = (v < -0.38) | ((np.abs(u) > 0.38) & (v < 0.05))
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1), where


def find_border(picture: npt.NDArray[np.uint8]) -> Inset:
    """Find a frame drawn round a picture, or along some of its sides.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture, at half size or full.

    Returns
    -------
    Inset

    Notes
    -----
    A frame is an even band along a whole side that ends in a step along the whole side. The step may take up to four
    rows: encoders store colour at half the size.
    """
    height, width = picture.shape[:2]
    if min(height, width) < 60:
        return Inset()
    reach = max(8, round(0.08 * width)) + 2
    level = np.concatenate([picture[:reach], picture[-reach:]])
    upright = cv2.transpose(np.concatenate([picture[:, :reach], picture[:, -reach:]], axis=1))
    if not _may_have_band(level) and not _may_have_band(upright):
        return NO_FRAME
    sides = (
        picture[:reach],
        cv2.transpose(picture[:, -reach:])[::-1],
        picture[-reach:][::-1],
        cv2.transpose(picture[:, :reach]),
    )
    found = [_band(side, _WHOLE_SIDE) for side in sides]
    if any(found) and not all(found):  # where one side has a frame, the other sides' may cross hair and clothes
        found = [wide or _band(side, _MOST_OF_SIDE) for wide, side in zip(found, sides, strict=True)]
    return Inset(*found)


def _may_have_band(pair: Any) -> bool:
    """Tell whether there is a step along much of either of two opposite sides, whose innermost rows adjoin."""
    share = _share_of_steps(_same(pair))
    share[len(pair) // 2 - 1] = 0
    return bool(share.max() >= _WHOLE_SIDE / 2)


def _band(strip: Any, least: float) -> int:
    """Return how many of the rows, outermost first, are an even band that ends in a step along `least` of them."""
    length = strip.shape[1]
    same = _same(strip)
    share = np.append(_share_of_steps(same), np.zeros(_SOFT))
    if float(share.max()) < least / 2:
        return 0
    if share[0] > 0.9 and share[1:3].min() < 0.6 and share[3] < 0.3:
        return 1
    beyond = _same(strip, _SOFT + 2, 2 * _STEP)  # else it is a line: mortar, a seam
    apart = _share_of_steps(cv2.bitwise_or(_same(strip, _SOFT, 2 * _STEP)[: len(beyond)], beyond))
    either = _share_of_steps(cv2.bitwise_and(same[1:], same[:-1]))  # a step that falls between two rows
    for at in np.flatnonzero(apart > least) + 1:
        if either[at - 1 : at + 2].max() <= least or share[at + _SOFT] >= 0.6:  # a soft shadow, a scene
            continue
        outside = strip[:at, length // 20 : length - length // 20].reshape(-1, 3).astype(np.float32)
        if float(np.abs(outside - np.median(outside, 0)).mean()) < _EVEN:
            return int(at + np.flatnonzero(share[at - 1 : at + _SOFT] > 0.3)[-1])
    return 0


def _same(strip: Any, rows: int = 1, most: int = _STEP) -> Any:
    """Return 255 where a pixel is like the one some rows above it."""
    return cv2.inRange(cv2.absdiff(strip[rows:], strip[:-rows]), (0, 0, 0), (most, most, most))


def _share_of_steps(same: Any) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = 1 - cv2.reduce(same, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0] / 255
    return share


def fit_backdrop(lab: Lab, inset: Inset = NO_FRAME, head: tuple[float, float, float, float] | None = None) -> Backdrop:
    """Fit the backdrop from the top of a picture and its sides above the shoulders.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB; half size is enough.
    inset : Inset
        The frame round the picture.
    head : (left, top, right, bottom) or None
        Where the head and its hair are, in pixels: nothing is sampled there.

    Returns
    -------
    Backdrop

    Notes
    -----
    The fit starts at the commonest colour, so that hair or a shoulder at the side does not pull it, and takes in
    what follows the surface, round by round: a gradient is followed, an object or a second person is not.
    """
    inner = lab[inset.top : lab.shape[0] - inset.bottom, inset.left : lab.shape[1] - inset.right]
    height, width = inner.shape[:2]
    sample = inner[::_STRIDE, ::_STRIDE]
    terms, where = _grid(*sample.shape[:2])
    hair: Any = None
    if head is not None:
        away = where.copy()
        left, top, right, bottom = head
        x0, x1 = (int(min(max((x - inset.left) / _STRIDE, 0), sample.shape[1])) for x in (left, right))
        y0, y1 = (int(min(max((y - inset.top) / _STRIDE, 0), sample.shape[0])) for y in (top, bottom))
        away[y0:y1, x0:x1] = False
        below_crown = (int(max((top + part * (bottom - top) - inset.top) / _STRIDE, 0)) for part in _BELOW_CROWN)
        third = (x1 - x0) // 3
        hair = sample[slice(*below_crown), x0 + third : x1 - third].reshape(-1, 3)
        if np.count_nonzero(away) > 30:
            where = away
    samples = sample[where]
    design = terms.reshape(-1, 6).take(np.flatnonzero(where), 0)
    keys = ((samples + _OFFSET) / 8).astype(np.int32) @ _PLACES
    start = _median(samples.compress(keys == np.bincount(keys).argmax(), 0))
    if hair is not None and len(hair) and np.count_nonzero(square_lengths(hair - start) < 12**2) > 0.35 * len(hair):
        other = keys[square_lengths(samples - start) > 20**2]  # hair that fills the top of the picture is no backdrop
        if len(other) > 0.2 * len(keys):
            start = _median(samples.compress(keys == np.bincount(other).argmax(), 0))
    keep = square_lengths(samples - start) < 10**2
    both = np.concatenate([design, samples], 1)
    coefficients: Any = np.zeros((6, 3), np.float32)
    coefficients[0] = start
    noise = 1.0
    for _ in range(_ROUNDS):
        kept = both.compress(keep, 0)
        if len(kept) < 30:
            break
        moments = kept[:, :6].T @ kept
        normal = moments[:, :6] + len(kept) * _STIFF + _RIDGE
        _, coefficients = cv2.solve(normal, moments[:, 6:], flags=cv2.DECOMP_CHOLESKY)
        square = square_lengths(samples - design @ coefficients)
        noise = max(0.3, 1.2 * math.sqrt(_median(square[keep])))
        keep = square < min(4 * noise + 2, 14) ** 2
    small = terms @ coefficients
    surface = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if any(inset):
        surface = cv2.copyMakeBorder(surface, inset.top, inset.bottom, inset.left, inset.right, cv2.BORDER_REPLICATE)
    colour = _median(samples.compress(keep, 0)) if keep.any() else start
    support = np.count_nonzero(keep) / len(keep)
    others = [] if support > 0.9 else _other_colours(samples[~keep], keys[~keep], len(samples))
    return Backdrop(colour, surface, noise, support, tuple(others), inset)


def _median(values: npt.NDArray[np.float32]) -> Any:
    """Return the upper median along the first axis, several times as fast as `numpy.median` on some hundred rows."""
    return np.sort(values, 0)[len(values) // 2]


def _other_colours(samples: Lab, keys: npt.NDArray[np.int32], total: int) -> list[npt.NDArray[np.float32]]:
    """Return up to three commonest colours among samples that do not follow the surface."""
    found: list[npt.NDArray[np.float32]] = []
    while len(keys) > 0.04 * total and len(found) < 3:
        count = np.bincount(keys)
        commonest = int(count.argmax())
        if count[commonest] < 0.03 * total:
            break
        colour = _median(samples[keys == commonest])
        found.append(colour)
        far = square_lengths(samples - colour) > 10**2
        samples, keys = samples[far], keys[far]
    return found
