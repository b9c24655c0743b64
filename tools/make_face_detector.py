"""Write dlib's frontal face detector in the form that loads in a millisecond.

dlib keeps the detector entropy-coded inside its library and needs 0.6 s to unpack it; saved, it is the same detector.

    python tools/make_face_detector.py
"""

from pathlib import Path

import dlib

TARGET = Path(__file__).resolve().parent.parent / "photospec" / "models" / "frontal_face_detector.svm"

if __name__ == "__main__":
    dlib.get_frontal_face_detector().save(str(TARGET))
