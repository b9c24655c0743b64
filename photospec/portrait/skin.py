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
    spread : (3,) float32
        Robust standard deviation of L*, a*, b* in the sampled places.
    """

    colour: npt.NDArray[np.float32]
    spread: npt.NDArray[np.float32]


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


def _middle(values: Lab) -> Lab:
    """Return the upper median of each column; on so few sorting costs a third of `numpy.median`."""
    return np.sort(values.T.copy(), axis=1)[:, len(values) // 2]


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
    unit = CHART_UNIT / 2
    x0, y0 = COLUMNS * CELLS / 4, EYE_ROW * CELLS / 2
    samples = [
        lab[round(y0 + t * unit) : round(y0 + b * unit), round(x0 + left * unit) : round(x0 + right * unit)].reshape(
            -1, 3
        )
        for left, t, right, b in _PLACES
    ]
    middles = np.stack([_middle(s) for s in samples])
    apart = np.abs((middles[:, None] - middles[None]) * _WEIGHT).sum(2)
    # Of two equally common colours the warmer is skin: a mask or a lens is not as yellow-red as what it covers.
    best = int(np.argmin(np.sort(apart, 1)[:, 1:4].sum(1) - 0.15 * middles[:, 1:].sum(1)))
    agreed = np.concatenate([s for s, gap in zip(samples, apart[best], strict=True) if gap < 14])
    colour = _middle(agreed)
    spread = np.maximum(1.4826 * _middle(np.abs(agreed - colour)), (1.5, 0.8, 0.8))
    return Skin(colour.astype(np.float32), spread.astype(np.float32))
