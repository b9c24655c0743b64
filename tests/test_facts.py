"""Lazy facts: what was asked for is known, what was only prepared is not."""

from __future__ import annotations

import pytest

from photospec.portrait._fact import Facts, fact


class Numbers(Facts):
    """Facts that need each other, one of which cannot be seen."""

    @fact
    def one(self) -> int:
        return 1

    @fact
    def two(self) -> int:
        return self.one + self.one

    @fact
    def three(self) -> int:
        return self.two + self.one

    @fact
    def nothing(self) -> int:
        raise ValueError(f"no more than {self.one}")


def test_what_is_prepared_is_known_when_it_is_asked_for() -> None:
    numbers = Numbers()
    for name in ("one", "two", "three"):
        numbers.prepare(name)
    assert [numbers.known(name) for name in ("one", "two", "three")] == [None, None, None]
    assert numbers.two == 2
    assert [numbers.known(name) for name in ("one", "two", "three")] == [1, 2, None]


def test_what_cannot_be_seen_was_still_made_of_something() -> None:
    alone, ahead = Numbers(), Numbers()
    ahead.prepare("one")
    ahead.prepare("nothing")
    assert ahead.known("one") is None
    for numbers in (alone, ahead):
        with pytest.raises(ValueError, match="no more than 1"):
            _ = numbers.nothing
        assert numbers.known("one") == 1


def test_nothing_is_computed_twice() -> None:
    numbers = Numbers()
    numbers.prepare("three")
    assert numbers.three == 3 and numbers.two == 2
    assert numbers.in_order() == ("one", "two", "three")
