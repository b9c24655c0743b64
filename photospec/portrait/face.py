"""Where the face is: boxes, 68 landmarks, head pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait._models import face_detector, landmark_predictor

__all__ = ["Face", "HeadPose", "find_faces", "find_landmarks", "head_pose"]

Landmarks = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face.

    Parameters
    ----------
    left, top, right, bottom : float
        Box in pixels: brows to chin, cheek to cheek.
    score : float
        The detector's confidence; 0 is its threshold, a clear frontal face has 1 to 3.
    """

    left: float
    top: float
    right: float
    bottom: float
    score: float

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.right - self.left

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box, (x, y) in pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Rotation of the head, in degrees.

    Parameters
    ----------
    yaw : float
        Turned to the image's right is positive.
    pitch : float
        Chin raised is positive.
    roll : float
        Clockwise in the image is positive.
    """

    yaw: float
    pitch: float
    roll: float


def find_faces(grey: npt.NDArray[np.uint8], half: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
    """Find frontal faces, the largest first.

    The half-size picture is searched first, which finds faces from 160 px; the full one only when there is none.

    Parameters
    ----------
    grey : (H, W) uint8
        The picture.
    half : (H/2, W/2) uint8
        The same at half size.

    Returns
    -------
    tuple of Face
        In pixels of `grey`.

    References
    ----------
    .. [1] D. E. King, "Max-Margin Object Detection", 2015, https://doi.org/10.48550/arXiv.1502.00046
    """
    detector = face_detector()
    for picture, factor in ((half, 2.0), (grey, 1.0)):
        if min(picture.shape) < 40:
            continue
        boxes, scores, _ = detector.run(np.ascontiguousarray(picture), 0, 0.0)
        if len(boxes):
            faces = [
                Face(b.left() * factor, b.top() * factor, (b.right() + 1) * factor, (b.bottom() + 1) * factor, s)
                for b, s in zip(boxes, scores, strict=True)
            ]
            return tuple(sorted(faces, key=lambda f: -f.width))
    return ()


def find_landmarks(grey: npt.NDArray[np.uint8], face: Face) -> Landmarks:
    """Find the 68 landmarks of iBUG 300-W in a face.

    Parameters
    ----------
    grey : (H, W) uint8
        The picture.
    face : Face
        Its box in the picture.

    Returns
    -------
    (68, 2) float32
        (x, y) in pixels: 0-16 jaw from the image's left, 17-21 and 22-26 brows, 27-35 nose, 36-41 left eye,
        42-47 right eye, 48-59 outer lips, 60-67 inner lips.

    References
    ----------
    .. [1] V. Kazemi and J. Sullivan, "One millisecond face alignment with an ensemble of regression trees",
       CVPR 2014, https://doi.org/10.1109/CVPR.2014.241
    """
    import dlib

    box = dlib.rectangle(round(face.left), round(face.top), round(face.right), round(face.bottom))
    shape = landmark_predictor()(np.ascontiguousarray(grey), box)
    return np.array([(p.x, p.y) for p in shape.parts()], np.float32)


# A generic head, in units of the distance between the outer eye corners: x right in the image, y down, z away
# from the camera. Nose tip, chin, outer eye corners, mouth corners.
_HEAD = np.array(
    [(0, 0, 0), (0, 0.733, 0.144), (-0.5, -0.378, 0.3), (0.5, -0.378, 0.3), (-0.333, 0.333, 0.278), (0.333, 0.333, 0.278)],
    np.float64,
)
_HEAD_LANDMARKS = (30, 8, 36, 45, 48, 54)


def head_pose(landmarks: Landmarks, size: tuple[int, int]) -> HeadPose:
    """Estimate how the head is turned, from six landmarks and a generic head.

    Parameters
    ----------
    landmarks : (68, 2) float32
        As from `find_landmarks`.
    size : (int, int)
        Height and width of the picture in pixels.

    Returns
    -------
    HeadPose

    Notes
    -----
    The generic head is not this person's: a few degrees of pitch may be the shape of the face.
    """
    height, width = size
    focal = 2.0 * height  # a portrait lens: about 28 degrees of view from top to bottom
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]], np.float64)
    points = landmarks[list(_HEAD_LANDMARKS)].astype(np.float64)
    _, rotation, _ = cv2.solvePnP(_HEAD, points, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    matrix, _ = cv2.Rodrigues(rotation)
    yaw = math.degrees(math.atan2(-matrix[2, 0], math.hypot(matrix[0, 0], matrix[1, 0])))
    pitch = math.degrees(math.atan2(matrix[2, 1], matrix[2, 2]))
    eyes = landmarks[42:48].mean(0) - landmarks[36:42].mean(0)
    roll = math.degrees(math.atan2(float(eyes[1]), float(eyes[0])))
    return HeadPose(yaw, pitch, roll)
