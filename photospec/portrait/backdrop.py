"""The backdrop: its colour model, and the silhouette of the person in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Backdrop", "find_silhouette", "fit_backdrop"]

Lab = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


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
        Share of the border pixels (top, and the sides above the shoulders) that follow the surface, 0 to 1.
    """

    colour: npt.NDArray[np.float32]
    surface: Lab
    noise: float
    support: float


def fit_backdrop(lab: Lab) -> Backdrop:
    """Fit the backdrop from the top edge and the upper side edges of a picture.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB; half or quarter size is enough.

    Returns
    -------
    Backdrop
    """
    height, width = lab.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    border = np.zeros((height, width), np.bool_)
    rim = max(2, round(0.04 * width))
    border[:rim] = True
    upper = round(0.55 * height)
    border[:upper, :rim] = True
    border[:upper, -rim:] = True
    u = x / width - 0.5
    v = y / height - 0.5
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1)
    samples = lab[border]
    design = terms[border]
    middle = np.median(samples, 0)
    keep = np.linalg.norm(samples - middle, axis=1) < 25
    coefficients = np.zeros((6, 3), np.float32)
    coefficients[0] = middle
    noise = 1.0
    for _ in range(3):
        if keep.sum() < 50:
            break
        coefficients = np.linalg.lstsq(design[keep], samples[keep], rcond=None)[0].astype(np.float32)
        distance = np.linalg.norm(samples - design @ coefficients, axis=1)
        noise = max(0.3, 1.4826 * float(np.median(distance[keep])))
        keep = distance < 4 * noise + 1
    surface = (terms @ coefficients).astype(np.float32)
    colour = np.median(samples[keep], 0) if keep.any() else middle
    return Backdrop(colour.astype(np.float32), surface, noise, float(keep.mean()))


def find_silhouette(lab: Lab, backdrop: Backdrop) -> Mask:
    """Find the person in front of a backdrop.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB.
    backdrop : Backdrop
        Its backdrop, of the same size.

    Returns
    -------
    (H, W) bool
        True on the person.
    """
    distance = np.linalg.norm(lab - backdrop.surface, axis=2)
    free = (distance < max(6.0, 4 * backdrop.noise)).astype(np.uint8)
    _, labels = cv2.connectedComponents(free, connectivity=4)
    height, width = free.shape
    rim = np.concatenate([labels[0], labels[: int(0.7 * height), 0], labels[: int(0.7 * height), -1]])
    reached = np.zeros(int(labels.max()) + 1, np.bool_)
    reached[np.unique(rim)] = True
    reached[0] = False
    return ~reached[labels]
