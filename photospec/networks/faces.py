"""The face models, loaded when first asked for and once a process."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

from photospec.errors import PhotospecError
from photospec.networks.cascade import Cascade
from photospec.text import Text

__all__ = ["face_detector", "front_detector", "landmark_predictor", "landmark_weights"]

_MODELS = Path(__file__).resolve().parent


def landmark_weights() -> Path:
    """Return the file of the 68-landmark weights.

    It is found without importing ``face_recognition_models``, whose code needs ``pkg_resources``, which new
    versions of setuptools no longer have.

    Raises
    ------
    PhotospecError
        The package, a dependency of photospec, is not installed whole.
    """
    found = importlib.util.find_spec("face_recognition_models")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "models" / "shape_predictor_68_face_landmarks.dat"
        if path.is_file():
            return path
    raise PhotospecError(
        Text(
            "缺少特征点模型：pip install face-recognition-models",
            "the landmark weights are missing: pip install face-recognition-models",
        )
    )


@functools.cache
def face_detector() -> Any:
    """Return dlib's frontal face detector (HOG, five views; faces of 80 px and more).

    It is read from a copy that ``tools/make_face_detector.py`` saved: the one inside dlib takes 0.6 s to unpack.
    """
    import dlib

    return dlib.fhog_object_detector(str(_MODELS / "frontal_face_detector.svm"))


@functools.cache
def front_detector(levels: int = 1000) -> Any:
    """Return the view of `face_detector` that looks straight ahead, on at most so many levels of its pyramid."""
    import dlib

    saved = (_MODELS / "front_view_detector.svm").read_bytes()
    at = saved.index(_MANY_LEVELS)
    number = levels.to_bytes(2, "little").rstrip(b"\0")
    detector = dlib.fhog_object_detector.__new__(dlib.fhog_object_detector)
    detector.__setstate__((saved[:at] + bytes((len(number),)) + number + saved[at + len(_MANY_LEVELS) :],))
    return detector


_MANY_LEVELS = bytes((2, 0xE8, 3))  # how dlib writes 1000: length, then the lowest byte first


@functools.cache
def landmark_predictor() -> Cascade:
    """Return the predictor of 68 face landmarks."""
    return Cascade.read(landmark_weights())
