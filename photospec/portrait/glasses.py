"""Glasses: worn or not, and of each lens its tint, its reflections and whether a rim crosses the eye."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.patchnet import read_chances
from photospec.portrait.eyes import mirror_cells

__all__ = ["Glasses", "Lens", "find_glasses", "halves", "judge_lenses"]

Cells = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lens:
    """What is before one eye; probabilities, 0 to 1.

    Parameters
    ----------
    tint : float
        That a dark or coloured lens is.
    glare : float
        That a reflection is.
    frame : float
        That a rim crosses the open eye.
    """

    tint: float
    glare: float
    frame: float


@dataclass(frozen=True, slots=True)
class Glasses:
    """Glasses, or what could be.

    Parameters
    ----------
    worn : float
        Probability that glasses are worn, 0 to 1.
    lenses : (Lens, Lens)
        Before the image's left and right eye.
    """

    worn: float
    lenses: tuple[Lens, Lens]

    @property
    def tint(self) -> float:
        """The larger of the two probabilities of a tint."""
        return max(lens.tint for lens in self.lenses)

    @property
    def glare(self) -> float:
        """The larger of the two probabilities of a reflection."""
        return max(lens.glare for lens in self.lenses)

    @property
    def frame(self) -> float:
        """The larger of the two probabilities of a rim across the eye."""
        return max(lens.frame for lens in self.lenses)


def halves(cells: Cells) -> npt.NDArray[np.float32]:
    """Return what the network reads of both halves of the strip, the right one mirrored.

    Parameters
    ----------
    cells : (32, 68, 8) float32
        Cells of the strip; see `describe_cells`.

    Returns
    -------
    (2, 16, 16, 8) float32
    """
    size = cells.shape[1] // 2, cells.shape[0] // 2
    coarse: Cells = cv2.resize(cells, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    middle = size[0] // 2
    return np.stack([coarse[:, 1:middle], mirror_cells(coarse[:, middle:-1])])


def find_glasses(cells: Cells) -> Glasses:
    """Look for glasses.

    Parameters
    ----------
    cells : (32, 68, 8) float32
        Cells of the strip of the eyes; see `photospec.portrait.eyes.describe_cells`.

    Returns
    -------
    Glasses

    Notes
    -----
    A network sees each half of the face by itself: colour against the person's own skin, and edges. It learnt from real
    glasses and from lenses, rims and reflections of many shapes and colours drawn on real faces; see
    ``tools/train_eyes.py``.
    """
    return judge_lenses(read_chances("lens", halves(cells)).tolist())


def judge_lenses(answers: list[list[float]]) -> Glasses:
    """Make sense of what the network says.

    Parameters
    ----------
    answers : two lists of four floats
        Of each half of the face: probability of glasses, tint, reflection, rim across the eye.

    Returns
    -------
    Glasses
        Nothing of glasses is likelier than that they are worn: folds of a lid are no rim, shine on a lid no reflection.
    """
    worn = (answers[0][0] + answers[1][0]) / 2
    left, right = (Lens(*(min(chance, worn) for chance in half[1:])) for half in answers)
    return Glasses(worn, (left, right))
