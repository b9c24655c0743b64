"""The mouth: lips together or apart, teeth, a smile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.networks.patchnet import read_chances
from photospec.odds import probability
from photospec.portrait.eyes import STRIP_UNIT, describe_cells, mirror_cells
from photospec.portrait.upright import cut_upright, upright_transform

__all__ = [
    "MOUTH_HEIGHT",
    "MOUTH_WIDTH",
    "Mouth",
    "describe_mouth",
    "draw_mouth",
    "find_mouth",
    "judge_mouth",
    "mouth_transform",
]

Picture = npt.NDArray[np.uint8]
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
    x, y = (landmarks[48:68].sum(0) / 20).tolist()
    return upright_transform(pupils, STRIP_UNIT, MOUTH_WIDTH / 2, MOUTH_HEIGHT / 2, (x, y))


def draw_mouth(picture: Picture, pupils: Points, landmarks: Points) -> Picture:
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
    (64, 128, 4) uint8
        RGB and a channel without meaning. Beyond the picture its edge is repeated.
    """
    return cut_upright(picture, mouth_transform(pupils, landmarks), (MOUTH_WIDTH, MOUTH_HEIGHT))


def describe_mouth(picture: Picture, skin: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return what the network reads of a mouth.

    Parameters
    ----------
    picture : (64, 128, 3) or (64, 128, 4) uint8
        RGB, as from `draw_mouth`.
    skin : (3,) float32
        The person's skin, CIELAB.

    Returns
    -------
    (16, 16, 8) float32
    """
    return describe_cells(picture, skin, _CELL)


def find_mouth(picture: Picture, skin: npt.NDArray[np.float32], landmarks: Points, eye_distance: float) -> Mouth:
    """Tell whether the mouth is closed.

    Parameters
    ----------
    picture : (64, 128, 3) or (64, 128, 4) uint8
        RGB, as from `draw_mouth`.
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
    The network sees the mouth and its mirror image, and the mean of the two answers is believed.
    """
    cells = describe_mouth(picture, skin)
    answers = read_chances("mouth", np.stack([cells, mirror_cells(cells)])).tolist()
    (parted, smiling), (mirrored, smiling_mirrored) = answers
    return judge_mouth((parted + mirrored) / 2, (smiling + smiling_mirrored) / 2, landmarks, eye_distance)


def judge_mouth(parted: float, smiling: float, landmarks: Points, eye_distance: float) -> Mouth:
    """Weigh what the network says against the landmarks.

    Parameters
    ----------
    parted, smiling : float
        The network's probabilities.
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
    gap = float(np.hypot(*(landmarks[61:64] - landmarks[67:64:-1]).T).max()) / eye_distance
    by_network = math.log(max(parted, 1e-6) / max(1 - parted, 1e-6))
    by_landmarks = (gap - _GAP) / _GAP_SPREAD
    odds = (min(max(by_network, -_MOST), _MOST) + min(max(by_landmarks, -_MOST), _MOST)) / 2
    return Mouth(probability(odds), smiling, gap, landmarks[[48, 54]])
