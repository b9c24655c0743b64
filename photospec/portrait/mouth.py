"""The mouth: lips together or apart, a smile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.networks.shelf import Odds, Shelf

__all__ = ["Mouth", "find_mouth"]


@dataclass(frozen=True, slots=True)
class Mouth:
    """The mouth; probabilities are from 0 to 1.

    Parameters
    ----------
    parted : float
        That the lips are apart or teeth show.
    smiling : float
        That it smiles.
    gap : float
        Distance of the inner lips by their landmarks, over the distance between the pupils.
    corners : (2, 2) float32
        Left and right corner, (x, y) in frame pixels.
    """

    parted: float
    smiling: float
    gap: float
    corners: npt.NDArray[np.float32]


def find_mouth(said: Odds, shelf: Shelf, landmarks: npt.NDArray[np.float32], eye_distance: float) -> Mouth:
    """Weigh what the network ``mouth`` says.

    Parameters
    ----------
    said : dict
        Its log odds by question.
    shelf : Shelf
        The network's own.
    landmarks : (68, 2) float32
        In frame pixels.
    eye_distance : float
        Distance between the pupils in frame pixels.

    Returns
    -------
    Mouth
    """
    gap = float(np.hypot(*(landmarks[61:64] - landmarks[67:64:-1]).T).max()) / eye_distance
    parted, smiling = shelf.probability("teeth", said["teeth"]), shelf.probability("smile", said["smile"])
    return Mouth(parted, smiling, gap, landmarks[[48, 54]])
