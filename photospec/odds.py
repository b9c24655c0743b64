"""Odds and probabilities."""

from __future__ import annotations

import math

__all__ = ["both", "either", "mean", "probability"]

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


def mean(*log_odds: float) -> float:
    """Return the mean of what several witnesses of one thing say."""
    return math.fsum(log_odds) / len(log_odds)


def either(one: float, other: float) -> float:
    """Return the log odds that at least one of two things is so, given those of each.

    Examples
    --------
    >>> round(either(0, 0), 6) == round(math.log(3), 6)
    True
    """
    high, low, together = max(one, other), min(one, other), one + other
    top = max(high, together)
    return top + math.log(math.exp(high - top) + math.exp(low - top) + math.exp(together - top))


def both(one: float, other: float) -> float:
    """Return the log odds that two things are so, given those of each."""
    return -either(-one, -other)
