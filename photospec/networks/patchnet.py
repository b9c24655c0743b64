"""Small convolutional networks of our own, run in plain numpy on patches aligned with the face."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks._once import once
from photospec.networks.weights import load_arrays

__all__ = [
    "CHANNELS",
    "Network",
    "PatchShape",
    "cut_lines",
    "cut_patch",
    "cut_strips",
    "halved",
    "load_network",
    "read_chances",
    "relative_to_skin",
]

Array = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
CHANNELS = 5
"""Depth of a patch; see `cut_patch`."""


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


def cut_patch(half: U8, grey: U8, shape: PatchShape, matrix: npt.NDArray[np.float64]) -> U8:
    """Cut a patch out of a picture, at a fixed size per pupil distance and upright.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma at full size.
    shape : PatchShape
        What to cut.
    matrix : (2, 3) float64
        Where, as from `patch_transform` for pixels of the full-size picture.

    Returns
    -------
    (height, width, 5) uint8
        L*, a*, b* in OpenCV's 8-bit form, and how much brighter and darker the finest detail (less than five pixels of
        twice the patch's resolution) is than what surrounds it, at most 48: a thin chain or a stud is lost at the
        patch's own. Beyond the picture its edge is repeated.
    """
    double = 2 * matrix  # to the same patch at twice its size
    coarse = matrix * _FROM_HALF
    patch = cv2.warpAffine(half, coarse, (shape.width, shape.height), borderMode=cv2.BORDER_REPLICATE)
    fine = cv2.warpAffine(grey, double, (2 * shape.width, 2 * shape.height), borderMode=cv2.BORDER_REPLICATE)
    details = (_halve(cv2.morphologyEx(fine, kind, _SQUARE)) for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    return cv2.merge((cv2.cvtColor(patch, cv2.COLOR_RGB2LAB), *details))  # type: ignore[return-value]


def cut_strips(frame: U8, shape: PatchShape, matrices: Sequence[npt.NDArray[np.float64]]) -> U8:
    """Cut patches of one shape out of a picture at nearly its full size.

    Parameters
    ----------
    frame : (H, W, 3) uint8
        The picture, RGB.
    shape : PatchShape
        What to cut.
    matrices : N of (2, 3) float64
        Where, as from `patch_transform`.

    Returns
    -------
    (N, height, width, 5) uint8
        L*, a*, b* in OpenCV's 8-bit form, and how much brighter and darker what is less than seven pixels wide is than
        what surrounds it, at most 64. Beyond the picture its edge is repeated.
    """
    size, count = (shape.width, shape.height), len(matrices)
    patches = np.empty((count, shape.height, shape.width, 3), np.uint8)
    for patch, matrix in zip(patches, matrices, strict=True):
        cv2.warpAffine(frame, matrix, size, patch, borderMode=cv2.BORDER_REPLICATE)
    flat = patches.reshape(-1, shape.width, 3)  # one under the other, colours are turned at once
    grey = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)
    details = np.empty((2, *grey.shape), np.uint8)
    for start in range(0, len(grey), shape.height):
        part = slice(start, start + shape.height)
        cv2.morphologyEx(grey[part], cv2.MORPH_TOPHAT, _WIDE_SQUARE, details[0, part])
        cv2.morphologyEx(grey[part], cv2.MORPH_BLACKHAT, _WIDE_SQUARE, details[1, part])
    _, capped = cv2.threshold(details.reshape(-1, shape.width), 64, 0, cv2.THRESH_TRUNC)  # 5 times np.minimum's speed
    merged = cv2.merge((cv2.cvtColor(flat, cv2.COLOR_RGB2LAB), *capped.reshape(details.shape)))
    return merged.reshape(count, shape.height, shape.width, CHANNELS)  # type: ignore[return-value]


def cut_lines(half: U8, grey: U8, shape: PatchShape, matrix: npt.NDArray[np.float64]) -> U8:
    """Cut a patch out of a picture with lightness and thin lines at nearly full size, and colours at half of that.

    Parameters
    ----------
    half, grey, shape, matrix
        As for `cut_patch`; the patch's sides are even.

    Returns
    -------
    (height, width, 5) uint8
        As one from `cut_strips`, in two thirds of its time.
    """
    size = shape.width, shape.height
    light = cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    lines = (cv2.morphologyEx(light, kind, _WIDE_SQUARE) for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    capped = (cv2.threshold(line, 64, 0, cv2.THRESH_TRUNC)[1] for line in lines)
    # Halved pixels go to a halved patch by the same turn and scale, and half of the shift.
    coarse = cv2.warpAffine(
        half, matrix * _HALF_SHIFT, (shape.width // 2, shape.height // 2), borderMode=cv2.BORDER_REPLICATE
    )
    colours = cv2.resize(cv2.cvtColor(coarse, cv2.COLOR_RGB2LAB), size)
    patch = np.empty((shape.height, shape.width, CHANNELS), np.uint8)
    cv2.mixChannels([cv2.LUT(light, _LIGHTNESS), colours, *capped], [patch], [0, 0, 2, 1, 3, 2, 4, 3, 5, 4])
    return patch


def _halve(detail: cv2.typing.MatLike) -> cv2.typing.MatLike:
    rows = cv2.max(detail[0::2], detail[1::2])
    return np.minimum(np.maximum(rows[:, 0::2], rows[:, 1::2]), 48)


_HALF_SHIFT = np.array((1.0, 1.0, 0.5))
_GREYS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
_LIGHTNESS = np.ascontiguousarray(cv2.cvtColor(_GREYS, cv2.COLOR_RGB2LAB)[0, :, 0])  # 8-bit L* of each luma
_FROM_HALF = np.array((2.0, 2.0, 1.0))  # pixels of the picture at half its size are twice as large
_SQUARE = np.ones((5, 5), np.uint8)
_WIDE_SQUARE = np.ones((7, 7), np.uint8)
_UNITS = np.array((25 * 2.55, 15, 15, 16, 16), np.float32)
_LAB = np.array((2.55, 1, 1), np.float32)
_ZERO = np.array((0, 128, 128), np.float32)


def relative_to_skin(patches: U8, skin: Array) -> Array:
    """Return the numbers that the networks were trained on, for patches of one person.

    Parameters
    ----------
    patches : (..., 5) uint8
        As from `cut_patch`.
    skin : (3,) float32
        Colour of the person's skin, CIELAB.

    Returns
    -------
    (..., 5) float32
        L*, a*, b* less the skin's, and the fine detail, each scaled to about -2 to 2.
    """
    skin_levels = np.append(skin * _LAB + _ZERO, (0, 0)).astype(np.float32)
    relative: Array = (patches - skin_levels) / _UNITS
    return relative


@functools.cache
def _bytes(size: int) -> np.dtype[np.void]:
    return np.dtype((np.void, size))


def _convolve(x: Array, weights: Array, side: int, stride: int) -> Array:
    # The neighbours of each pixel side by side, then one matrix product. Those of a row lie together in memory: copied
    # as one item of that size they are gathered twice as fast as number by number.
    n, height, width, depth = x.shape
    rows, columns = (height - side) // stride + 1, (width - side) // stride + 1
    image, row, pixel, number = x.strides
    shape, strides = (n, rows, columns, side), (image, stride * row, stride * pixel, row)
    runs = np.ndarray(shape, _bytes(side * depth * number), x, 0, strides)
    neighbours = runs.copy().view(x.dtype).reshape(-1, side * side * depth)
    return (neighbours @ weights).reshape(n, rows, columns, -1)


def halved(features: Array) -> Array:
    """Return the 2 x 2 maxima of a map (N, rows, columns, depth) of rectified features, a last odd column alone."""
    n, rows, columns, depth = features.shape
    even = np.zeros((n, rows, columns + columns % 2, depth), np.float32)
    even[:, :, :columns] = features
    return _pool(even)


def _framed(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return an array with a margin of zeros, and the part of it inside the margin, which is to be filled."""
    n, height, width, depth = shape
    framed = np.zeros((n, height + 2, width + 2, depth), np.float32)
    return framed, framed[:, 1:-1, 1:-1]


def _pool(x: Array) -> Array:
    # 2 x 2 maximum. OpenCV takes it three times as fast as NumPy, of matrices of one channel.
    n, height, width, depth = x.shape
    rows = x.reshape(n * height // 2, 2, width * depth)
    pairs = cv2.max(rows[:, 0], rows[:, 1]).reshape(-1, 2 * depth)
    return cv2.max(pairs[:, :depth], pairs[:, depth:]).reshape(n, height // 2, width // 2, depth)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Convolutions with rectifiers, and linear heads over what the last one found.

    A layer of 4 x 4 weights, which can only be the first, takes every second place of unpadded patches; one of 3 x 3
    takes every place, padded with zeros. A 2 x 2 maximum follows each of 3 x 3 but the last, or those in `pools`.

    Parameters
    ----------
    layers : tuple of (weights, bias)
        Weights (16 or 9 * depth in, depth out), rows in the order row, column, channel of the kernel.
    heads : tuple of (weights, bias)
        Weights (cells * depth, outputs) with a bias (outputs,): dense over the whole last map. Weights
        (depth, outputs) with a bias (rows, columns, outputs): the same for each of its cells, but for the bias. None
        where other networks read the last map.
    pools : tuple of int, optional
        The layers, counted from 0, that a 2 x 2 maximum follows.
    """

    layers: tuple[tuple[Array, Array], ...]
    heads: tuple[tuple[Array, Array], ...]
    pools: tuple[int, ...] | None = None

    def run(self, x: Array | U8) -> tuple[Array, ...]:
        """Return each head's outputs (logits).

        Parameters
        ----------
        x : (N, H, W, C) float32 or uint8
            C-contiguous.

        Returns
        -------
        tuple of (N, outputs) or (N, rows, columns, outputs) float32
        """
        return self.answer(self.find(x))

    def find(self, x: Array | U8) -> Array:
        """Return the last map, (N, rows, columns, depth) float32, of what `run` reads: other networks may go on."""
        last = len(self.layers) - 1
        narrow = len(self.layers[0][0]) == 9 * x.shape[3]
        pools = range(0 if narrow else 1, last) if self.pools is None else self.pools
        if narrow:
            framed, inside = _framed(x.shape)
            inside[:] = x
            x = framed
        else:
            x = x.astype(np.float32, copy=False)
        for k, (weights, bias) in enumerate(self.layers):
            x = _convolve(x, weights, 3, 1) if k or narrow else _convolve(x, weights, 4, 2)
            if k in pools:
                x = _pool(x)
            x += bias  # after the maximum, which it does not change: a quarter of the work
            framed, inside = _framed(x.shape) if k < last else (x, x)
            np.maximum(x, 0, out=inside)
            x = framed
        return x

    def answer(self, found: Array) -> tuple[Array, ...]:
        """Return each head's outputs, as `run` does, for a last map."""
        n = len(found)
        return tuple(
            (found.reshape(-1, len(weights)) @ weights).reshape(n, *bias.shape) + bias for weights, bias in self.heads
        )

    def for_skin(self, skin: Array) -> Network:
        """Return a network that reads patches as they are cut, and answers as this one does to `relative_to_skin`.

        Units and skin colour only scale and shift what the first, unpadded layer adds up, so they are taken into its
        weights.

        Parameters
        ----------
        skin : (3,) float32
            CIELAB.

        Returns
        -------
        Network
        """
        scaled, added = _for_levels(self)
        shift: Array = np.dot(skin * _LAB + _ZERO, added)
        return Network(((scaled, self.layers[0][1] - shift), *self.layers[1:]), self.heads, self.pools)


@functools.lru_cache(maxsize=8)
def _for_levels(network: Network) -> tuple[Array, Array]:
    """Return a first layer's weights for patches of bytes, and what all its places together give each of L*, a*, b*."""
    weights = network.layers[0][0]
    scaled = weights.reshape(16, CHANNELS, -1) / _UNITS[:, None]
    return scaled.reshape(weights.shape), scaled[:, :3].sum(0)


@once
def load_network(name: str) -> Network:
    """Load one of the package's networks, once a process."""
    stored = load_arrays(f"{name}.npz")
    parts = {key: stored[key].astype(np.float32) for key in sorted(stored)}
    layers = tuple((parts[key], parts[f"b{key[1:]}"]) for key in parts if key.startswith("w"))
    heads = tuple((parts[key], parts[f"bias{key[4:]}"]) for key in parts if key.startswith("head"))
    return Network(layers, heads, tuple(map(int, parts["pools"])) if "pools" in parts else None)


def read_chances(name: str, x: Array) -> Array:
    """Ask one of the package's networks that has a single dense head.

    Parameters
    ----------
    name : str
        Its name in `load_network`.
    x : (N, H, W, C) float32
        What it reads, C-contiguous.

    Returns
    -------
    (N, K) float32
        Probabilities, 0 to 1, of the K things that it knows.
    """
    logits = load_network(name).run(x)[0]
    half = np.float32(0.5)
    chances: Array = half + half * np.tanh(half * logits)  # the logistic function, which so cannot overflow
    return chances
