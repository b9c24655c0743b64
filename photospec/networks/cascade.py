"""Landmarks by a cascade of regression trees, from dlib's weights, in half of dlib's time.

The answers are those of ``dlib.shape_predictor``, bit for bit. The trees' 65 MB do not stay in any cache, and dlib
meets them one after the other, each time waiting for memory; here all leaves of a stage are asked for at once.
"""

from __future__ import annotations

import functools
import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.weights import WeightsError, verify
from photospec.text import Text

__all__ = ["Cascade"]

_Box = tuple[int, int, int, int]

_SPLITS, _LEAVES = 15, 16
_MASKS = (1 << 8 * np.arange(8, dtype=np.uint64)) - np.uint64(1)


@functools.cache
def _leaf_of_answers() -> npt.NDArray[np.uint8]:
    """Return the leaf for every 16 bits that `numpy.packbits` makes of a tree's 15 answers, the 16th being spare."""
    answers = np.unpackbits(np.arange(1 << 16, dtype=np.uint16).view(np.uint8)).reshape(-1, 16)
    node = np.zeros(len(answers), np.intp)
    every = np.arange(len(answers))
    for _ in range(4):
        node = 2 * node + 2 - answers[every, node]
    return (node - _SPLITS).astype(np.uint8)


def _numbers(data: mmap.mmap, at: int) -> Iterator[int]:
    """Read dlib's whole numbers one by one: a byte gives sign (0x80) and length (0x0f), the lowest byte comes first."""
    while True:
        head = data[at]
        value = int.from_bytes(data[at + 1 : at + 1 + (head & 15)], "little")
        yield -value if head & 0x80 else value
        at += 1 + (head & 15)


class _Places:
    """Reads dlib's numbers at many places of a file at once, each place going on by itself."""

    def __init__(self, data: mmap.mmap, at: npt.ArrayLike) -> None:
        self._words: npt.NDArray[np.uint64] = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        self.at = np.array(at, np.intp)

    def whole(self) -> npt.NDArray[np.int64]:
        words = self._words[self.at]
        length = (words & np.uint64(15)).view(np.int64)
        value = (words >> np.uint64(8) & _MASKS[length]).view(np.int64)
        self.at += length
        self.at += 1
        np.negative(value, out=value, where=(words & np.uint64(0x80)).astype(np.bool_))
        return value

    def real(self) -> npt.NDArray[np.float32]:
        mantissa = self.whole().astype(np.float32)
        return np.ldexp(mantissa, self.whole().astype(np.int32))

    def expect(self, value: int) -> None:
        if (self.whole() != value).any():
            raise ValueError


@dataclass(frozen=True, slots=True, eq=False)
class Cascade:
    """An ensemble of regression trees that moves a mean shape onto a face.

    Parameters
    ----------
    mean : (P,) complex64
        The mean shape, x + iy, in a face box of side 1.
    anchors : (S, F) intp
        For each stage the landmark that each probed pixel goes with.
    deltas : (S, F) complex64
        Its place from that landmark in the mean shape.
    pairs : (S, 2, T, 16) intp
        The two probed pixels that each split of each tree compares; the 16th is spare.
    thresholds : (S, T, 16) int16
        A split answers yes where their difference is larger.
    leaves : (S, 16 T, 2 P) float32
        What each leaf adds to the shape.

    References
    ----------
    .. [1] V. Kazemi and J. Sullivan, "One millisecond face alignment with an ensemble of regression trees",
       CVPR 2014, https://doi.org/10.1109/CVPR.2014.241
    """

    mean: npt.NDArray[np.complex64]
    anchors: npt.NDArray[np.intp]
    deltas: npt.NDArray[np.complex64]
    pairs: npt.NDArray[np.intp]
    thresholds: npt.NDArray[np.int16]
    leaves: npt.NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file of a ``dlib.shape_predictor`` whose trees have 16 leaves, if it is in the manifest.

        Raises
        ------
        WeightsError
            The file is another one, or cannot be read.
        """
        try:
            with path.open("rb") as file:
                verify(path, file, path.stat().st_size)
                return cls._parse(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError, IndexError) as reason:
            what = f"{type(reason).__name__}: {reason}"
            raise WeightsError(
                Text(f"{path} 不是可读取的关键点模型（{what}）", f"{path} holds no landmark weights ({what})")
            ) from reason

    @classmethod
    def _parse(cls, data: mmap.mmap) -> Self:
        head = _Places(data, [0])
        head.expect(1)
        size = -int(head.whole()[0])
        head.expect(-1)
        mean = np.concatenate([head.real() for _ in range(size)])
        stages = int(head.whole()[0])
        splits, leaves = [], []
        for _ in range(stages):
            trees = int(head.whole()[0])
            # each leaf begins with its shape, (-size, -1), and a tree's splits stand before its first leaf
            mark = bytes((0x81, size, 0x81, 1))
            starts, place = [], int(head.at[0])
            for _ in range(trees * _LEAVES):
                place = data.find(mark, place)
                starts.append(place)
                place += len(mark) + 4 * size
            leaf = _Places(data, starts)
            leaf.expect(-size)
            leaf.expect(-1)
            values = np.empty((size, len(starts)), np.float32)
            for row in values:
                row[:] = leaf.real()
            leaves.append(values.T)
            ends = leaf.at[_LEAVES - 1 :: _LEAVES]
            tree = _Places(data, np.concatenate([head.at, ends[:-1]]))
            tree.expect(_SPLITS)
            splits.append([(tree.whole(), tree.whole(), np.floor(tree.real())) for _ in range(_SPLITS)])
            tree.expect(_LEAVES)
            if (tree.at != starts[::_LEAVES]).any() or (leaf.at[:-1] > starts[1:]).any():
                raise ValueError
            head.at = ends[-1:]
        first, second, thresholds = np.pad(np.array(splits), ((0, 0), (0, 1), (0, 0), (0, 0))).transpose(2, 0, 3, 1)
        tail = _numbers(data, int(head.at[0]))
        anchors = [[next(tail) for _ in range(next(tail))] for _ in range(next(tail))]
        deltas = [[math.ldexp(next(tail), next(tail)) for _ in range(2 * next(tail))] for _ in range(next(tail))]
        return cls(
            mean.view(np.complex64),
            np.array(anchors, np.intp),
            np.array(deltas, np.float32).view(np.complex64),
            np.ascontiguousarray(np.stack([first, second], 1), np.intp),
            np.ascontiguousarray(thresholds, np.int16),
            np.ascontiguousarray(np.array(leaves)),
        )

    def fit(self, grey: npt.NDArray[np.uint8], box: _Box) -> npt.NDArray[np.float32]:
        """Place the landmarks in a face.

        Parameters
        ----------
        grey : (H, W) uint8
            The picture.
        box : (int, int, int, int)
            Left, top, right and bottom of the face.

        Returns
        -------
        (P, 2) float32
            (x, y) in whole pixels.
        """
        left, top, right, bottom = box
        around, (x, y) = _surroundings(grey, box)
        pixels, step = around.ravel(), np.array((1, around.shape[1]))
        side = np.array((right - left, bottom - top), np.float64)
        corner = np.array((left + 0.5, top + 0.5))  # a pixel covers half a pixel about its centre
        probes = self.anchors.shape[1]
        sides, inside = np.tile(side, probes), np.tile(corner - (x, y), probes)  # long rows take half the time of pairs
        centred = self.mean.astype(np.complex128) - self.mean.mean(dtype=np.complex128)
        probe = centred.conj() / np.vdot(centred, centred).real
        trees = self.pairs.shape[2]
        offsets = _LEAVES * np.arange(trees)
        steps = np.empty((1 + trees, 2 * len(self.mean)), np.float32)
        steps[0] = self.mean.view(np.float32)
        leaf_of_answers = _leaf_of_answers()
        for stage in range(len(self.leaves)):
            shape = steps[0].view(np.complex64)
            turn = np.complex64(np.dot(probe, shape))  # the similarity that fits the mean shape to this one
            places = self.deltas[stage] * turn
            places += shape.take(self.anchors[stage])
            at = places.view(np.float32) * sides
            at += inside
            probed = pixels.take(at.astype(np.intp).reshape(-1, 2) @ step, mode="clip").astype(np.int16)
            one, other = probed.take(self.pairs[stage])
            one -= other
            answers = one > self.thresholds[stage]
            chosen = leaf_of_answers.take(np.packbits(answers).view(np.uint16)) + offsets
            self.leaves[stage].take(chosen, axis=0, out=steps[1:], mode="clip")
            steps[0] = cv2.reduce(steps, 0, cv2.REDUCE_SUM)[0]  # in dlib's order, so that the sums round alike
        landmarks: npt.NDArray[np.float32] = np.floor(steps[0].reshape(-1, 2) * side + corner).astype(np.float32)
        return landmarks


def _surroundings(grey: npt.NDArray[np.uint8], box: _Box) -> tuple[npt.NDArray[np.uint8], tuple[int, int]]:
    """Return the picture from half a box beside a box on, where no probe goes further, and its corner in the picture.

    What lies outside the picture is black, as for dlib.
    """
    left, top, right, bottom = box
    reach = max(right - left, bottom - top) // 2
    x0, y0, x1, y1 = left - reach, top - reach, right + reach, bottom + reach
    around = np.zeros((y1 - y0, x1 - x0), np.uint8)
    part = grey[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    x, y = max(-x0, 0), max(-y0, 0)
    around[y : y + part.shape[0], x : x + part.shape[1]] = part
    return around, (x0, y0)
