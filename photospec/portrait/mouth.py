"""The mouth: lips together or apart, teeth, a smile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait._reader import read
from photospec.portrait.eyes import describe_cells, strip_transform

__all__ = ["MOUTH_HEIGHT", "MOUTH_WIDTH", "Mouth", "describe_mouth", "draw_mouth", "find_mouth", "mouth_transform"]

Lab8 = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]

MOUTH_WIDTH, MOUTH_HEIGHT = 128, 64
"""Size of the picture of the mouth, at 96 px per distance between the pupils."""

_CELL = (8, 4)
_GAP, _GAP_SPREAD = 0.058, 0.012  # between the inner lips in eye distances: together or apart, and how sharp that is
_MOST = 4.0


@dataclass(frozen=True, slots=True)
class Mouth:
    """The mouth.

    Parameters
    ----------
    parted : float
        Probability that the lips are apart or teeth show, 0 to 1.
    smiling : float
        Probability of a smile, 0 to 1.
    gap : float
        Distance of the inner lips by their landmarks, over the distance between the pupils.
    corners : (2, 2) float32
        Left and right corner, (x, y) in frame pixels.
    """

    parted: float
    smiling: float
    gap: float
    corners: Points


def mouth_transform(pupils: Points, landmarks: Points) -> npt.NDArray[np.float64]:
    """Return the similarity that takes a picture to that of the mouth.

    Parameters
    ----------
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels of the picture.
    landmarks : (68, 2) float32
        In pixels of the picture.

    Returns
    -------
    (2, 3) float64
        Matrix for `cv2.warpAffine`: level like the eyes, centred on the lips.
    """
    matrix = strip_transform(pupils)
    middle = matrix @ np.append(landmarks[48:68].mean(0).astype(np.float64), 1.0)
    matrix[:, 2] += np.array((MOUTH_WIDTH / 2, MOUTH_HEIGHT / 2)) - middle
    return matrix


def draw_mouth(picture: npt.NDArray[np.uint8], pupils: Points, landmarks: Points) -> npt.NDArray[np.uint8]:
    """Cut out the mouth, level with the eyes and at a fixed size.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB.
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels.
    landmarks : (68, 2) float32
        In pixels.

    Returns
    -------
    (64, 128, 3) uint8
        RGB. Beyond the picture its edge is repeated.
    """
    size = MOUTH_WIDTH, MOUTH_HEIGHT
    matrix = mouth_transform(pupils, landmarks)
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def describe_mouth(lab: Lab8, skin: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return what the network reads of a mouth.

    Parameters
    ----------
    lab : (64, 128, 3) uint8
        The mouth, as from `photospec.portrait.eyes.strip_lab`.
    skin : (3,) float32
        The person's skin, CIELAB.

    Returns
    -------
    (2048,) float32
    """
    return describe_cells(lab, skin, _CELL).ravel()


def find_mouth(lab: Lab8, skin: npt.NDArray[np.float32], landmarks: Points, eye_distance: float) -> Mouth:
    """Tell whether the mouth is closed.

    Parameters
    ----------
    lab : (64, 128, 3) uint8
        The mouth, as from `photospec.portrait.eyes.strip_lab`.
    skin : (3,) float32
        The person's skin, CIELAB.
    landmarks : (68, 2) float32
        In frame pixels.
    eye_distance : float
        Distance between the pupils in frame pixels.

    Returns
    -------
    Mouth

    Notes
    -----
    Two witnesses that err on different mouths, the network on wrinkled lips and the landmarks on a thin line of teeth:
    `Mouth.parted` is the mean of their log odds, neither counting for more than 4. By landmarks lips are
    together below 0.058 eye distances.
    """
    parted, smiling = read("mouth", describe_mouth(lab, skin)[None])[0]
    gap = float(np.linalg.norm(landmarks[[61, 62, 63]] - landmarks[[67, 66, 65]], axis=1).max()) / eye_distance
    by_network = math.log(max(float(parted), 1e-6) / max(1 - float(parted), 1e-6))
    by_landmarks = (gap - _GAP) / _GAP_SPREAD
    odds = (min(max(by_network, -_MOST), _MOST) + min(max(by_landmarks, -_MOST), _MOST)) / 2
    return Mouth(1 / (1 + math.exp(-odds)), float(smiling), gap, landmarks[[48, 54]])
