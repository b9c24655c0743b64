"""What covers the head: a hat, hair over the brows, a thing over the face, hair over the ears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.networks.patchnet import load_network
from photospec.odds import probability
from photospec.portrait.chart import mirror_cells

__all__ = ["Covering", "read_covering"]


@dataclass(frozen=True, slots=True)
class Covering:
    """Probabilities, 0 to 1.

    Parameters
    ----------
    head : float
        Something is worn on the head: hat, hood, scarf, band, ornament.
    brows : float
        Hair hides a brow or an eye.
    face : float
        A mask, a hand or an object hides part of the face.
    left_ear, right_ear : float
        The image's left or right ear shows.
    """

    head: float
    brows: float
    face: float
    left_ear: float
    right_ear: float


def read_covering(cells: npt.NDArray[np.float32]) -> Covering:
    """Read from the head's chart what covers it.

    Parameters
    ----------
    cells : (20, 16, 13) float32
        As from `photospec.portrait.chart.describe_cells`.

    Returns
    -------
    Covering

    Notes
    -----
    A convolutional network of three layers over the cells, trained by ``tools/train_covering.py`` on real and painted
    coverings. It looks at the chart and at its mirror image, so that a mirrored photo has the mirrored answer.
    """
    logits = load_network("covering").run(np.stack([cells, mirror_cells(cells)]))[0]
    both = (logits[0] + logits[1][[0, 1, 2, 4, 3]]) / 2
    return Covering(*map(probability, both.tolist()))
