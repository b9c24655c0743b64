"""Write dlib's frontal face detector in the form that loads in a millisecond, whole and its frontal view alone.

dlib keeps the detector entropy-coded inside its library and needs 0.6 s to unpack it; saved, it is the same detector.

    python tools/make_face_detector.py
"""

from pathlib import Path

import dlib

MODELS = Path(__file__).resolve().parent.parent / "photospec" / "networks"
WHOLE, FRONT = MODELS / "frontal_face_detector.svm", MODELS / "front_view_detector.svm"

VIEWS = bytes((1, 5))  # how dlib writes their number: one byte, 5
WEIGHTS = bytes((0x82, 0x1D, 0x0C, 0x81, 1))  # the shape of a view's weights: two bytes, -3101; one byte, -1


def front_view(whole: bytes) -> bytes:
    """Cut the first of the five views out of a saved detector: their number and weights stand last."""
    first = whole.index(WEIGHTS)
    second = whole.index(WEIGHTS, first + len(WEIGHTS))
    if whole[first - 2 : first] != VIEWS or whole.count(WEIGHTS) != VIEWS[1]:
        raise ValueError("dlib saves its detector in another form")
    return whole[: first - 2] + bytes((1, 1)) + whole[first:second]


if __name__ == "__main__":
    dlib.get_frontal_face_detector().save(str(WHOLE))
    FRONT.write_bytes(front_view(WHOLE.read_bytes()))
