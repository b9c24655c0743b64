"""Odds and probabilities."""

from __future__ import annotations

import math

__all__ = ["probability"]

_CERTAIN = 30.0  # log odds beyond which a probability says nothing more


def probability(log_odds: float, level: float = 0.0, spread: float = 1.0) -> float:
    """Return the probability that log odds stand for: the logistic function.

    Parameters
    ----------
    log_odds : float
        Any number, infinities too; beyond 30 either way nothing changes.
    level, spread : float
        Log odds that are even odds, and how many of them are one: Platt's calibration.

    Returns
    -------
    float
        Above 0 and below 1.

    Examples
    --------
    >>> probability(0), probability(5, 5, 2)
    (0.5, 0.5)
    >>> round(probability(-2) + probability(2), 12)
    1.0
    """
    return 1 / (1 + math.exp(-max(-_CERTAIN, min(_CERTAIN, (log_odds - level) / spread))))
