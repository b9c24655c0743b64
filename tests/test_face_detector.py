"""The saved face detector is dlib's own."""

import cv2
import dlib

from photospec.networks.faces import face_detector
from photospec.testing import portrait


def test_same_faces_as_dlib() -> None:
    inside = dlib.get_frontal_face_detector()
    for seed in range(3):
        grey = cv2.cvtColor(portrait(seed).pixels, cv2.COLOR_RGB2GRAY)
        ours, theirs = face_detector().run(grey, -0.5), inside.run(grey, 0, -0.5)
        assert [str(box) for box in ours[0]] == [str(box) for box in theirs[0]]
        assert list(ours[1]) == list(theirs[1])
        assert len(ours[0]) >= 1
