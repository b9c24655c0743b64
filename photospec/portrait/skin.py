"""The colour of the person's own skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.portrait.chart import CELLS, CHART_UNIT, COLUMNS, EYE_ROW

__all__ = ["Skin", "skin_colour"]

Lab = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Skin:
    """The person's own skin.

    Parameters
    ----------
    colour : (3,) float32
        CIELAB of the evenly lit skin of the face.
    """

    colour: npt.NDArray[np.float32]


# Where bare skin is to be expected even under a mask or a fringe: brow ridge, bridge of the nose, below each eye,
# beside the nose. (left, top, right, bottom) in eye distances about the middle of the eyes.
_PLACES = (
    (-0.30, -0.75, 0.30, -0.50),
    (-0.08, -0.15, 0.08, 0.30),
    (-0.68, 0.24, -0.34, 0.40),
    (0.34, 0.24, 0.68, 0.40),
    (-0.62, 0.50, -0.36, 0.68),
    (0.36, 0.50, 0.62, 0.68),
)
_WEIGHT = np.array((0.5, 1, 1), np.float32)


def _pixels(left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.intp]:
    """Return which pixels of the chart at half its size lie in a place."""
    unit, x0, y0 = CHART_UNIT / 2, COLUMNS * CELLS / 4, EYE_ROW * CELLS / 2
    rows = np.arange(round(y0 + top * unit), round(y0 + bottom * unit))
    columns = np.arange(round(x0 + left * unit), round(x0 + right * unit))
    return (rows[:, None] * (COLUMNS * CELLS // 2) + columns).ravel()


_AT = [_pixels(*place) for place in _PLACES]
_PLACE = np.repeat(np.arange(len(_AT)), [len(at) for at in _AT])
_MOST = max(len(at) for at in _AT)
_MIDDLES = np.array([len(at) // 2 for at in _AT])
_SLOTS = np.concatenate([_MOST * k + np.arange(len(at)) for k, at in enumerate(_AT)])
_PIXELS = np.concatenate(_AT)


def skin_colour(lab: Lab) -> Skin:
    """Measure the colour of a person's skin.

    Parameters
    ----------
    lab : (120, 96, 3) float32
        The head's chart at half its size, CIELAB; see `photospec.portrait.chart`.

    Returns
    -------
    Skin

    Notes
    -----
    Six places are sampled; the one most like the others is believed, and with it those that agree with it, so that a
    mask, a fringe or a pair of glasses over some of them does not count.
    """
    samples = lab.reshape(-1, 3).take(_PIXELS, axis=0).T
    # the places differ in size: each is filled up to the largest with what sorts last
    filled = np.full((3, len(_AT) * _MOST), np.inf, np.float32)
    filled[:, _SLOTS] = samples
    places = np.sort(filled.reshape(3, len(_AT), _MOST), axis=2)
    middles = places[:, np.arange(len(_AT)), _MIDDLES].T
    apart = np.abs((middles[:, None] - middles) * _WEIGHT).sum(2)
    # Of two equally common colours the warmer is skin: a mask or a lens is not as yellow-red as what it covers.
    best = int((np.sort(apart, axis=1)[:, 1:4].sum(1) - 0.15 * middles[:, 1:].sum(1)).argmin())
    agreed = samples[:, (apart[best] < 14)[_PLACE]]
    return Skin(np.sort(agreed, axis=1)[:, agreed.shape[1] // 2])
