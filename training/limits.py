"""Choose the limits of a rule so that its error rates are bounded, with confidence, for people not seen before.

A rule has three states. With a score that rises with the fault, it fails above one limit, passes below another, and
between the two a person must look. Two errors matter, and each has its own limit: a bad photo that passes (missed)
and a good one that fails (false).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = [
    "Certificate",
    "Limits",
    "choose_limits",
    "fail_limit",
    "most_wrong",
    "pass_limit",
    "people_needed",
    "upper_bound",
]


def upper_bound(wrong: int, people: int, confidence: float = 0.95) -> float:
    """Return what the share of people with a wrong verdict stays under, with `confidence`.

    Clopper and Pearson's one-sided bound, exact for any number of people.

    Parameters
    ----------
    wrong, people : int
        Of how many people how many had a wrong verdict.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    float
        0 to 1; 1 where there are no people.

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson, 1934, https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> round(upper_bound(0, 59), 3), round(upper_bound(0, 149), 3), round(upper_bound(3, 200), 3)
    (0.05, 0.02, 0.038)
    """
    if not 0 <= wrong <= people:
        raise ValueError(f"wrong must be between 0 and people = {people}, got {wrong}")
    return 1.0 if wrong == people else float(stats.beta.ppf(confidence, wrong + 1, people - wrong))


def people_needed(level: float, wrong: int = 0, confidence: float = 0.95) -> int:
    """Return how many people certify a share of at most `level` when `wrong` of them are wrong.

    Parameters
    ----------
    level : float
        The share to certify, between 0 and 1.
    wrong : int
        People with a wrong verdict among them.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    int

    Examples
    --------
    >>> people_needed(0.10), people_needed(0.05), people_needed(0.02), people_needed(0.05, wrong=1)
    (29, 59, 149, 93)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    low, high = wrong, max(1, 2 * wrong)
    while upper_bound(wrong, high, confidence) > level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if upper_bound(wrong, middle, confidence) > level else (low, middle)
    return high


def most_wrong(people: int, level: float, confidence: float = 0.95) -> int:
    """Return of how many `people` how many may be wrong when a share of at most `level` is certified, -1 if none may.

    Fixed-sequence testing: "one may be wrong", "two may be wrong" ... are tested in this order, each with the whole
    error probability, and the first that cannot be rejected ends it.

    Examples
    --------
    >>> [most_wrong(n, 0.05) for n in (58, 59, 92, 93, 124)]
    [-1, 0, 0, 1, 2]
    """
    allowed = -1
    while allowed + 1 < people and upper_bound(allowed + 1, people, confidence) <= level:
        allowed += 1
    return allowed


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of one error rate, counted by people.

    Parameters
    ----------
    wrong, people : int
        Of how many people how many had at least one wrong verdict.
    level : float
        The share that was to be certified, 0 to 1.
    confidence : float
        With which confidence.
    """

    wrong: int
    people: int
    level: float
    confidence: float = 0.95

    @property
    def bound(self) -> float:
        """What the share of people with a wrong verdict stays under, 0 to 1."""
        return upper_bound(self.wrong, self.people, self.confidence)

    @property
    def holds(self) -> bool:
        """Whether the bound is at most the level."""
        return self.bound <= self.level

    @property
    def missing(self) -> int:
        """How many more people it takes if none of them is wrong; 0 where the certificate holds."""
        return max(0, people_needed(self.level, self.wrong, self.confidence) - self.people)


@dataclass(frozen=True, slots=True)
class Limits:
    """The two limits of a rule on a score that rises with the fault.

    Parameters
    ----------
    fail_above : float
        A photo whose score is above fails; infinite where no failure can be certified.
    pass_below : float
        A photo whose score is below passes; minus infinite where no pass can be certified. Never above `fail_above`:
        from one to the other a person must look.
    missed, false : Certificate
        The people behind each limit.
    held_bad, held_good : float
        Share of the bad and of the good photos between the limits, 0 to 1.
    """

    fail_above: float
    pass_below: float
    missed: Certificate
    false: Certificate
    held_bad: float
    held_good: float

    @property
    def certified(self) -> bool:
        """Whether there were people enough for both limits."""
        return self.missed.holds and self.false.holds

    @property
    def limit(self) -> float:
        """The middle of the review band: a `LimitRule`'s ``high``, where both limits are finite."""
        return (self.fail_above + self.pass_below) / 2

    @property
    def uncertainty(self) -> float:
        """Half the review band: a `Measurement`'s ``uncertainty``, where both limits are finite."""
        return (self.fail_above - self.pass_below) / 2

    def __str__(self) -> str:
        words = [f"pass below {self.pass_below:.4g}, fail above {self.fail_above:.4g}"]
        words.append(f"held {self.held_bad:.1%} of bad and {self.held_good:.1%} of good photos")
        for name, c in (("missed", self.missed), ("false", self.false)):
            told = f"{name} {c.wrong} of {c.people} people, bound {c.bound:.1%}"
            words.append(told if c.holds else f"{told}: {c.level:.0%} cannot be certified, {c.missing} people missing")
        return "; ".join(words)


def choose_limits(
    scores: npt.ArrayLike,
    bad: npt.ArrayLike,
    people: Sequence[Hashable] | npt.NDArray[Any],
    *,
    missed: float = 0.05,
    false: float = 0.02,
    confidence: float = 0.95,
) -> Limits:
    """Choose where a rule fails, passes and asks, so that few people it has not seen get a wrong verdict.

    Parameters
    ----------
    scores : (N,) array_like of float
        A photo's score, higher for the fault: a probability, a logit, or a margin with its sign turned. **Of people
        left out**: no score may come from weights that saw the person. All finite.
    bad : (N,) array_like of bool
        True where the photo has the fault. Leave photos with a doubtful label out.
    people : (N,) sequence
        The person of each photo (the manifest's ``base``).
    missed : float
        Largest share of bad people with a photo that passes.
    false : float
        Largest share of good people with a photo that fails.
    confidence : float
        Probability, over the choice of the people given, that the limit keeps its share. It holds for each of the
        two; 0.975 makes 95 % sure of both together.

    Returns
    -------
    Limits
        With the narrowest review band that keeps both shares. Where the certified regions overlap there is no band,
        and the one limit stands where fewest people of those given are wrong. Where people are too few, the limit is
        infinite, no photo passes (or none fails), and `Limits.missed` (`Limits.false`) says how many are missing.

    Notes
    -----
    A person counts by the worst of their photos, so that ten pictures of one do not pass for ten people. The share of
    people missed rises with the limit for passing. Starting from the safest limit, larger ones are tested in turn
    against "the share is larger than asked" until one cannot be rejected: fixed-sequence testing, a case of Learn then
    Test [1]_, in which no correction for many limits is needed. With exact binomial tests this gives an order
    statistic of the people's worst scores, whose share is distribution-free; for a score with ties it is kept from
    above. What it needs is that the people to come are like those given.

    References
    ----------
    .. [1] A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan, L. Lei, "Learn then Test", Annals of Applied
       Statistics 19, 2025, https://doi.org/10.1214/24-AOAS1998
    .. [2] S. S. Wilks, "Determination of sample sizes for setting tolerance limits", 1941,
       https://doi.org/10.1214/aoms/1177731788

    Examples
    --------
    >>> scores = np.concatenate([np.linspace(-3, 1, 200), np.linspace(0, 4, 100)])
    >>> limits = choose_limits(scores, np.arange(300) >= 200, range(300))
    >>> print(limits)  # doctest: +NORMALIZE_WHITESPACE
    pass below 0.0404, fail above 1; held 24.0% of bad and 24.0% of good photos;
    missed 1 of 100 people, bound 4.7%; false 0 of 200 people, bound 1.5%
    >>> few = choose_limits([0, 1, 2], [False, True, True], "abb")
    >>> few.certified, few.pass_below, few.missed.missing
    (False, -inf, 58)
    """
    values, faulty = np.asarray(scores, np.float64), np.asarray(bad, bool)
    if not values.shape == faulty.shape == (len(people),):
        raise ValueError(f"scores, bad and people differ in length: {values.shape}, {faulty.shape}, {len(people)}")
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite: leave photos out whose evidence is not seen")
    worst_bad = _worst(-values[faulty], [p for p, b in zip(people, faulty, strict=True) if b])
    worst_good = _worst(values[~faulty], [p for p, b in zip(people, faulty, strict=True) if not b])
    pass_below = -_limit(worst_bad, missed, confidence)
    fail_above = _limit(worst_good, false, confidence)
    if pass_below > fail_above:
        pass_below = fail_above = _between(-worst_bad, worst_good, missed, false, (fail_above, pass_below))
    held = (values >= pass_below) & (values <= fail_above)
    return Limits(
        fail_above,
        pass_below,
        Certificate(int((-worst_bad < pass_below).sum()), len(worst_bad), missed, confidence),
        Certificate(int((worst_good > fail_above).sum()), len(worst_good), false, confidence),
        float(held[faulty].mean()) if faulty.any() else 0.0,
        float(held[~faulty].mean()) if not faulty.all() else 0.0,
    )


def fail_limit(
    scores: npt.ArrayLike, bad: npt.ArrayLike, people: Sequence[Hashable] | npt.NDArray[Any], level: float
) -> float:
    """Return the lowest score above which a photo may fail: a share of at most `level` of good people does, by 95 %.

    Parameters are those of `choose_limits`; infinite where people are too few.
    """
    values, good = np.asarray(scores, np.float64), ~np.asarray(bad, bool)
    return _limit(_worst(values[good], [p for p, g in zip(people, good, strict=True) if g]), level, 0.95)


def pass_limit(
    scores: npt.ArrayLike, bad: npt.ArrayLike, people: Sequence[Hashable] | npt.NDArray[Any], level: float
) -> float:
    """Return the highest score below which a photo may pass: a share of at most `level` of bad people does, by 95 %.

    Parameters are those of `choose_limits`; minus infinity where people are too few.
    """
    values, good = np.asarray(scores, np.float64), ~np.asarray(bad, bool)
    return -fail_limit(-values, good, people, level)


def _worst(scores: npt.NDArray[np.float64], people: Sequence[Hashable]) -> npt.NDArray[np.float64]:
    """Return each person's highest score, the highest first."""
    highest: dict[Hashable, float] = {}
    for person, score in zip(people, scores.tolist(), strict=True):
        highest[person] = max(score, highest.get(person, -math.inf))
    return np.sort(np.array(list(highest.values())))[::-1]


def _limit(worst: npt.NDArray[np.float64], level: float, confidence: float) -> float:
    """Return the lowest limit that few enough people exceed."""
    allowed = most_wrong(len(worst), level, confidence)
    return math.inf if allowed < 0 else float(worst[allowed])


def _between(
    bad: npt.NDArray[np.float64],
    good: npt.NDArray[np.float64],
    missed: float,
    false: float,
    region: tuple[float, float],
) -> float:
    """Return the limit in a region, anywhere in which both shares are kept, that leaves fewest people wrong.

    Where many limits do, it is the middle of the widest gap between scores.
    """
    inside = np.unique(np.concatenate([bad, good, region]))
    inside = inside[(inside >= region[0]) & (inside <= region[1])]
    limits, gaps = (inside[1:] + inside[:-1]) / 2, np.diff(inside)
    wrong = [((bad < at).mean() / missed + (good > at).mean() / false) for at in limits.tolist()]
    return float(limits[np.lexsort((-gaps, np.round(wrong, 9)))[0]])
