"""The face models, loaded when first asked for and once a process; any number of threads may ask them."""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from photospec.networks._once import once
from photospec.networks.cascade import Cascade
from photospec.networks.weights import landmark_weights, read_weights

__all__ = ["Detector", "face_detector", "front_detector", "landmark_predictor", "landmark_weights"]

Seen: TypeAlias = tuple[list[Any], list[float], list[int]]
"""Boxes (``dlib.rectangle``), their scores, and which view of the detector saw each."""


class Detector:
    """A face detector of dlib's that threads can share.

    dlib keeps the picture that it searches inside the detector and lets other threads run meanwhile: one detector asked
    by two threads at once breaks the heap or finds the one's face in the other's picture. So there are as many as
    threads have ever asked at the same time. One that is being asked is in nobody else's hands, nor in those of a
    forked child.

    Parameters
    ----------
    make : callable
        Makes a detector of dlib's; takes a few milliseconds.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._idle = collections.deque((make(),))  # taking and giving back are atomic

    def run(self, picture: npt.NDArray[np.uint8], threshold: float) -> Seen:
        """Search a grey picture, (H, W) uint8, for faces whose score is above a threshold, the best first."""
        try:
            detector = self._idle.pop()
        except IndexError:
            detector = self._make()
        boxes, scores, views = detector.run(np.ascontiguousarray(picture), 0, threshold)
        self._idle.append(detector)  # not after an exception: who knows what it holds then
        return list(boxes), list(scores), list(views)


@once
def face_detector() -> Detector:
    """Return dlib's frontal face detector (HOG, five views; faces of 80 px and more).

    It is read from a copy that ``tools/make_face_detector.py`` saved: the one inside dlib takes 0.6 s to unpack.
    """
    return Detector(functools.partial(_unpacked, read_weights("frontal_face_detector.svm")))


@once
def front_detector(levels: int = 1000) -> Detector:
    """Return the view of `face_detector` that looks straight ahead, on at most so many levels of its pyramid."""
    saved = read_weights("front_view_detector.svm")
    at = saved.index(_MANY_LEVELS)
    number = levels.to_bytes(2, "little").rstrip(b"\0")
    return Detector(
        functools.partial(_unpacked, saved[:at] + bytes((len(number),)) + number + saved[at + len(_MANY_LEVELS) :])
    )


_MANY_LEVELS = bytes((2, 0xE8, 3))  # how dlib writes 1000: length, then the lowest byte first


def _unpacked(saved: bytes) -> Any:
    import dlib

    detector = dlib.fhog_object_detector.__new__(dlib.fhog_object_detector)
    detector.__setstate__((saved,))
    return detector


@once
def landmark_predictor() -> Cascade:
    """Return the predictor of 68 face landmarks."""
    return Cascade.read(landmark_weights())
