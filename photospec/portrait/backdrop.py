"""The backdrop: its colour as a smooth surface, and the frame that may be drawn round the picture."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Backdrop", "fit_backdrop"]

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_STRIDE = 5
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
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
    """

    colour: npt.NDArray[np.float32]
    surface: Lab
    noise: float
    support: float


@functools.lru_cache(maxsize=8)
def _grid(rows: int, columns: int) -> tuple[npt.NDArray[np.float32], Mask]:
    """Return the six terms of the surface on a grid, and where on it the backdrop is looked for."""
    v, u = np.mgrid[0:rows, 0:columns].astype(np.float32)
    u = u / np.float32(columns) - np.float32(0.5)
    v = v / np.float32(rows) - np.float32(0.5)
    where = (v < -0.38) | ((np.abs(u) > 0.38) & (v < 0.05))
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1), where


def fit_backdrop(lab: Lab) -> Backdrop:
    """Fit the backdrop from the top of a picture and its sides above the shoulders.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB; half size is enough.

    Returns
    -------
    Backdrop

    Notes
    -----
    The fit starts at the commonest colour, so that hair or a shoulder at the side does not pull it, and takes in
    what follows the surface, round by round: a gradient is followed, an object or a second person is not.
    """
    height, width = lab.shape[:2]
    sample = lab[::_STRIDE, ::_STRIDE]
    terms, where = _grid(*sample.shape[:2])
    samples = sample[where]
    design = terms[where]
    bins = np.floor((samples + np.array((0, 128, 128), np.float32)) / 8).astype(np.int32)
    keys = (bins[:, 0] * 64 + bins[:, 1]) * 64 + bins[:, 2]
    commonest = np.bincount(keys).argmax()
    start = np.median(samples[keys == commonest], 0)
    distance = np.linalg.norm(samples - start, axis=1)
    keep = distance < 10
    coefficients = np.zeros((6, 3), np.float32)
    coefficients[0] = start
    noise = 1.0
    stiff = np.diag(np.array((0, 0, 0, 1, 1, 1), np.float32))  # curvature only where the samples ask for it
    for _ in range(_ROUNDS):
        kept = design[keep]
        if len(kept) < 30:
            break
        normal = kept.T @ kept + 0.003 * len(kept) * stiff + 1e-3 * np.eye(6, dtype=np.float32)
        coefficients = np.linalg.solve(normal, kept.T @ samples[keep]).astype(np.float32)
        distance = np.linalg.norm(samples - design @ coefficients, axis=1)
        noise = max(0.3, 1.2 * float(np.median(distance[keep])))
        keep = distance < min(4 * noise + 2, 14)
    small = terms @ coefficients
    surface = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    colour = np.median(samples[keep], 0) if keep.any() else start
    return Backdrop(colour.astype(np.float32), surface, noise, float(keep.mean()))  # type: ignore[arg-type]
