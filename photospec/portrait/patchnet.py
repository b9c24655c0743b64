"""Small convolutional networks of our own, run in plain numpy on patches aligned with the face."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["CHANNELS", "Network", "PatchShape", "cut_patch", "load_network", "patch_transform"]

Array = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating]
CHANNELS = 6
"""Depth of a patch; see `cut_patch`."""

MODELS = Path(__file__).resolve().parent.parent / "models"


@dataclass(frozen=True, slots=True)
class PatchShape:
    """Which part of the picture a patch shows.

    Parameters
    ----------
    width, height : int
        Size in patch pixels.
    scale : float
        Patch pixels per pupil distance.
    origin : (float, float)
        Where the patch's anchor lies in it, (x, y) in patch pixels.
    """

    width: int
    height: int
    scale: float
    origin: tuple[float, float]


def patch_transform(
    shape: PatchShape, anchor: Floats, pupils: Floats, *, mirrored: bool = False
) -> npt.NDArray[np.float64]:
    """Return the matrix, (2, 3) float64, that takes picture pixels to patch pixels, upright along the pupils."""
    (dx, dy) = (pupils[1] - pupils[0]).astype(np.float64)
    square = max(float(dx * dx + dy * dy), 16.0)
    cos, sin = shape.scale * dx / square, shape.scale * dy / square
    x, y = float(anchor[0]), float(anchor[1])
    flip = -1.0 if mirrored else 1.0
    return np.array(
        [
            [flip * cos, flip * sin, shape.origin[0] - flip * (cos * x + sin * y)],
            [-sin, cos, shape.origin[1] - (cos * y - sin * x)],
        ],
        np.float64,
    )


def cut_patch(
    half: npt.NDArray[np.uint8],
    grey: npt.NDArray[np.uint8],
    skin: Array,
    shape: PatchShape,
    anchor: Array,
    pupils: Array,
    *,
    mirrored: bool = False,
) -> Array:
    """Cut a patch out of a picture, at a fixed size per pupil distance and upright, as a network reads it.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma at full size.
    skin : (3,) float32
        Colour of the person's skin, CIELAB.
    shape : PatchShape
        What to cut.
    anchor : (2,) float32
        The patch's anchor, (x, y) in pixels of the full-size picture.
    pupils : (2, 2) float32
        Left and right pupil of the image, in the same pixels.
    mirrored : bool
        Mirror the patch about its anchor.

    Returns
    -------
    (height, width, 6) float32
        L*, a*, b* less the skin's; L* itself; and how much brighter and darker the finest detail (up to four pixels of
        twice the patch's resolution) is than what surrounds it: a thin chain or a stud is lost at the patch's own.
        Each is scaled to about -2 to 2. Beyond the picture its edge is repeated.
    """
    size = shape.width, shape.height
    matrix = patch_transform(shape, 0.5 * anchor, 0.5 * pupils, mirrored=mirrored)
    patch = cv2.warpAffine(half, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    twice = PatchShape(2 * shape.width, 2 * shape.height, 2 * shape.scale, (2 * shape.origin[0], 2 * shape.origin[1]))
    matrix = patch_transform(twice, anchor, pupils, mirrored=mirrored)
    fine = cv2.warpAffine(
        grey, matrix, (twice.width, twice.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB)
    details = [_halve(cv2.morphologyEx(fine, operation, _DISC)) for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)]
    table = (_LEVELS - np.array((*skin, 50, 0, 0), np.float32)) / _UNITS
    np.clip(table, -3, 3, out=table)
    return cv2.LUT(cv2.merge((lab, lab[..., 0], *details)), table[None])  # type: ignore[return-value]


def _halve(detail: cv2.typing.MatLike) -> cv2.typing.MatLike:
    rows = cv2.max(detail[0::2], detail[1::2])
    return np.maximum(rows[:, 0::2], rows[:, 1::2])


_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
_BYTES = np.arange(256, dtype=np.float32)
_LEVELS = np.stack([_BYTES * np.float32(100 / 255), _BYTES - 128, _BYTES - 128] * 2, 1)
_LEVELS[:, 4:] = _BYTES[:, None]
_UNITS = np.array((25, 15, 15, 25, 16, 16), np.float32)


def _convolve(x: Array, weights: Array) -> Array:
    # 3 x 3, zero padding: the nine neighbours of each pixel side by side, then one matrix product. Three of a
    # row lie together in memory: copied as one item of that size they are gathered twice as fast as number by number.
    n, height, width, depth = x.shape
    padded = np.zeros((n, height + 2, width + 2, depth), np.float32)
    padded[:, 1:-1, 1:-1] = x
    image, row, pixel, number = padded.strides
    triples = np.ndarray(
        (n, height, width, 3), np.dtype((np.void, 3 * depth * number)), padded, 0, (image, row, pixel, row)
    )
    columns = triples.copy().view(np.float32).reshape(-1, 9 * depth)
    return (columns @ weights).reshape(n, height, width, -1)


def _pool(x: Array) -> Array:
    # 2 x 2 maximum. OpenCV takes it three times as fast as NumPy, of matrices of one channel.
    n, height, width, depth = x.shape
    rows = x.reshape(n * height // 2, 2, width * depth)
    pairs = cv2.max(rows[:, 0], rows[:, 1]).reshape(-1, 2 * depth)
    return cv2.max(pairs[:, :depth], pairs[:, depth:]).reshape(n, height // 2, width // 2, depth)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Network:
    """Convolutions of 3 x 3 with rectifiers, each but the last followed by a 2 x 2 maximum, and a linear head.

    Parameters
    ----------
    layers : tuple of (weights, bias)
        Weights (9 * depth in, depth out), rows in the order row, column, channel of the kernel.
    head : (cells * depth, outputs) or (depth, outputs) float32
        Dense over the whole last map, or the same for each of its cells.
    bias : (outputs,) or (rows, columns, outputs) float32
        The head's bias; one for each cell when the head is applied to each.
    """

    layers: tuple[tuple[Array, Array], ...]
    head: Array
    bias: Array

    def run(self, patches: Array) -> Array:
        """Return the head's outputs (logits).

        Parameters
        ----------
        patches : (N, H, W, C) float32
            As from `cut_patch`; H and W divisible by 2 as often as there are maxima.

        Returns
        -------
        (N, outputs) or (N, rows, columns, outputs) float32
        """
        x = patches
        for k, (weights, bias) in enumerate(self.layers):
            x = _convolve(x, weights)
            if k < len(self.layers) - 1:
                x = _pool(x)
            x += bias  # after the maximum, which it does not change: a quarter of the work
            np.maximum(x, 0, out=x)
        if self.bias.ndim == 3:
            logits = x.reshape(-1, x.shape[3]) @ self.head
            return logits.reshape(len(x), *self.bias.shape) + self.bias
        return x.reshape(len(x), -1) @ self.head + self.bias


@functools.cache
def load_network(name: str) -> Network:
    """Load one of the package's networks, once a process."""
    with np.load(MODELS / f"{name}.npz", allow_pickle=False) as stored:
        count = sum(key.startswith("w") for key in stored.files)
        layers = tuple((stored[f"w{k}"].astype(np.float32), stored[f"b{k}"].astype(np.float32)) for k in range(count))
        return Network(layers, stored["head"].astype(np.float32), stored["bias"].astype(np.float32))
