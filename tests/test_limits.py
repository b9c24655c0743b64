"""Limits with a guarantee: the arithmetic, and that the promise holds when it is tried many times."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.limits import choose_limits, most_wrong, people_needed, upper_bound


@given(people=st.integers(1, 400), wrong=st.integers(0, 400), level=st.floats(0.01, 0.5))
def test_the_bound_is_where_so_few_wrong_become_unlikely(people: int, wrong: int, level: float) -> None:
    wrong = min(wrong, people)
    bound = upper_bound(wrong, people)
    assert wrong / people <= bound <= 1
    if wrong < people:
        tail = sum(math.comb(people, k) * bound**k * (1 - bound) ** (people - k) for k in range(wrong + 1))
        assert tail == pytest.approx(0.05, abs=1e-6)
        assert upper_bound(wrong + 1, people) > bound > upper_bound(wrong, people + 1)
    allowed = most_wrong(people, level)
    assert allowed < 0 or upper_bound(allowed, people) <= level
    assert upper_bound(allowed + 1, people) > level
    needed = people_needed(level, wrong)
    assert upper_bound(wrong, needed) <= level < upper_bound(wrong, needed - 1)


@pytest.mark.parametrize(("bad", "good", "apart"), [(29, 200, 2.0), (70, 160, 1.0), (250, 400, 1.5), (150, 300, 9.0)])
def test_the_promise_holds_in_nineteen_draws_of_twenty(bad: int, good: int, apart: float) -> None:
    """Draw people, each with one to five photos that are alike; count how often a limit breaks its promise."""
    random = np.random.default_rng(bad)

    def draw(people: int, mean: float) -> tuple[np.ndarray, np.ndarray]:
        who = np.repeat(np.arange(people), random.integers(1, 6, people))
        score = mean + random.normal(size=people)[who] + 0.5 * random.normal(size=who.size)
        return np.round(score, 2), who  # rounded: ties must not break it

    def worst(scores: np.ndarray, who: np.ndarray, best: np.ufunc) -> np.ndarray:
        return np.asarray(best.reduceat(scores, np.flatnonzero(np.diff(who, prepend=-1))))

    all_bad, all_good = worst(*draw(200_000, apart), np.minimum), worst(*draw(200_000, 0.0), np.maximum)
    broken, asked = np.zeros(2), {"missed": 0.10, "false": 0.02}
    trials, bands = 300, []
    for _ in range(trials):
        (b, who_b), (g, who_g) = draw(bad, apart), draw(good, 0.0)
        people = np.concatenate([who_b, who_g])  # the same people, with and without the fault
        limits = choose_limits(np.concatenate([b, g]), np.arange(people.size) < b.size, people, **asked)
        broken += (all_bad < limits.pass_below).mean() > 0.10, (all_good > limits.fail_above).mean() > 0.02
        bands.append(limits.uncertainty)
        assert limits.certified
        assert limits.pass_below <= limits.fail_above
    assert (broken / trials).max() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert (np.median(bands) == 0) == (apart == 9.0)


def test_the_limits_lie_on_the_scores_and_no_wider_than_they_must() -> None:
    scores = np.arange(300.0)
    bad = scores >= 150
    limits = choose_limits(scores, bad, scores, missed=0.05, false=0.02)
    assert (limits.missed.wrong, limits.false.wrong, limits.held_bad) == (0, 0, 0.0)
    assert limits.pass_below == limits.fail_above == 149.5
    mixed = choose_limits(np.r_[scores, 0.0], np.r_[bad, True], np.r_[scores, 999], missed=0.05, false=0.02)
    assert (mixed.missed.wrong, mixed.pass_below, mixed.fail_above) == (1, 149.5, 149.5)
    spread = choose_limits(scores, scores % 2 == 1, scores, missed=0.05, false=0.02)
    assert spread.missed.wrong == most_wrong(150, 0.05) == 2
    assert spread.false.wrong == most_wrong(150, 0.02) == 0
    assert (spread.pass_below, spread.fail_above) == (5.0, 298.0)


def test_ten_photos_of_one_person_are_one_person() -> None:
    scores, bad = np.r_[np.linspace(0, 1, 300), np.linspace(2, 3, 300)], np.arange(600) >= 300
    one_each = choose_limits(scores, bad, range(600))
    ten_each = choose_limits(scores, bad, np.arange(600) // 10)
    assert one_each.certified
    assert not ten_each.certified
    assert (ten_each.missed.people, ten_each.missed.missing, ten_each.pass_below) == (30, 29, -math.inf)
    assert (ten_each.false.people, ten_each.false.missing, ten_each.fail_above) == (30, 119, math.inf)
    assert "29 people missing" in str(ten_each)


def test_misuse_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        choose_limits([0.0, 1.0], [True], ["a", "b"])
    with pytest.raises(ValueError, match="finite"):
        choose_limits([0.0, math.nan], [True, False], ["a", "b"])
    with pytest.raises(ValueError, match="wrong must be between"):
        upper_bound(3, 2)
    with pytest.raises(ValueError, match="level must be between"):
        people_needed(0.0)
