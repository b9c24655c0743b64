"""Why each rule is there, how it measures and what its limits are, in Chinese."""

from __future__ import annotations

import dataclasses
import re

import pytest

from photospec import LimitRule, Rule, catalogue, explain, rule
from photospec.rules.explanation import HEADINGS, _chinese

RULES = sorted(catalogue().values(), key=lambda rule: rule.code)


def test_there_is_one_for_each_rule_and_no_other() -> None:
    assert set(_chinese()) == set(catalogue())


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.name)
def test_it_says_why_how_and_what_the_limits_are(known: Rule) -> None:
    assert list(_chinese()[known.name]) == list(HEADINGS)
    said = explain(known).zh
    assert [line.split("：")[0] for line in said.splitlines()] == list(HEADINGS.values())
    assert "{" not in said
    assert "不限" not in said
    assert explain(known).en.startswith((type(known).__doc__ or "").splitlines()[0])


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.name)
def test_every_limit_comes_from_the_rule(known: Rule) -> None:
    words = _chinese()[known.name]["limits"]
    if isinstance(known, LimitRule) and known.name != "capture-date":  # its lower limit is for a wrong clock only
        limits = {side for side in ("low", "high") if getattr(known, side) is not None}
        assert {side for side in ("low", "high") if f"{{{side}}}" in words} == limits
    typed = set(re.findall(r"\d+(?:\.\d+)?", words))
    numbers = {getattr(known, f.name) for f in dataclasses.fields(known)}
    assert not typed & {f"{n:g}" for n in numbers if isinstance(n, int | float)}


def test_a_changed_limit_is_named() -> None:
    eyes = catalogue()["eye-line"]
    assert "200 至 300 px" in explain(eyes).zh
    assert "210 至 300 px" in explain(dataclasses.replace(eyes, low=210)).zh  # type: ignore[call-arg]


def test_a_rule_of_ones_own_has_its_docstring() -> None:
    @rule(code="TST001", name="brightness", low=1)
    def brightness(_: object) -> float:
        """Is it bright?"""
        return 2.0

    assert explain(brightness).zh == explain(brightness).en == "Is it bright?"
