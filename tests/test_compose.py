"""Rules made of rules: three-valued logic, who decides, and pickling."""

import itertools
import pickle
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from photospec import (
    Level,
    LimitRule,
    Measurement,
    Photo,
    Portrait,
    Spec,
    SpecError,
    Text,
    Verdict,
    all_of,
    any_of,
    negate,
    waive,
    when,
)
from photospec.errors import Obscured, Unseen

PASS, REVIEW, FAIL, SKIP, ERROR = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.SKIP, Verdict.ERROR


@dataclass(frozen=True, kw_only=True)
class Fixed(LimitRule):
    """Measures what it is told to, against 0."""

    code: ClassVar[str] = "TST001"
    name: ClassVar[str] = "fixed"
    title: ClassVar[Text] = Text("固定值", "fixed value")
    unit: ClassVar[str] = "px"

    low: float | None = 0
    value: float = 5
    doubt: float = 1
    fate: str = ""

    def measure(self, portrait: Portrait) -> Measurement:  # noqa: ARG002
        if self.fate == "skip":
            raise Unseen(Text("没有", "nothing there"))
        if self.fate == "hidden":
            raise Obscured(Text("遮挡", "covered"))
        if self.fate == "break":
            raise RuntimeError("boom")
        return Measurement(self.value, self.doubt)


@dataclass(frozen=True, kw_only=True)
class Other(Fixed):
    """The same under another name."""

    code: ClassVar[str] = "TST002"
    name: ClassVar[str] = "other"
    title: ClassVar[Text] = Text("另一值", "other value")
    unit: ClassVar[str] = "°"


HOW = {
    PASS: {"value": 5},
    REVIEW: {"value": 0.5},
    FAIL: {"value": -5},
    SKIP: {"fate": "skip"},
    ERROR: {"fate": "break"},
}


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return Portrait(Photo.read(np.zeros((64, 48, 3), np.uint8)))


def both(first: Verdict, second: Verdict) -> tuple[Fixed, Other]:
    return Fixed(**HOW[first]), Other(**HOW[second])


def strongest(verdicts: tuple[Verdict, ...], order: tuple[Verdict, ...]) -> Verdict:
    return next(v for v in (ERROR, *order, SKIP) if v in verdicts)


@pytest.mark.parametrize("pair", [*itertools.product(HOW, HOW)], ids=lambda pair: "-".join(pair))
def test_truth_tables(portrait: Portrait, pair: tuple[Verdict, Verdict]) -> None:
    assert any_of(*both(*pair)).check(portrait).verdict is strongest(pair, (PASS, REVIEW, FAIL))
    assert all_of(*both(*pair)).check(portrait).verdict is strongest(pair, (FAIL, REVIEW, PASS))


@pytest.mark.parametrize(
    ("inner", "outer"), [(PASS, FAIL), (FAIL, PASS), (REVIEW, REVIEW), (SKIP, SKIP), (ERROR, ERROR)]
)
def test_negate(portrait: Portrait, inner: Verdict, outer: Verdict) -> None:
    rule = Fixed(**HOW[inner])
    assert negate(rule).check(portrait).verdict is outer
    assert negate(negate(rule)).check(portrait).verdict is inner


def test_negate_turns_the_margin_and_says_what_must_not_be(portrait: Portrait) -> None:
    finding = negate(Fixed(value=5)).check(portrait)
    assert (finding.value, finding.margin, finding.limits) == (5.0, -5.0, None)
    assert "fixed value" in finding.message.en
    assert "固定值" in finding.message.zh


@pytest.mark.parametrize(
    ("condition", "inner", "outer"),
    [
        (PASS, FAIL, FAIL),
        (PASS, PASS, PASS),
        (PASS, ERROR, ERROR),
        (FAIL, FAIL, SKIP),
        (SKIP, FAIL, SKIP),
        (REVIEW, FAIL, REVIEW),
        (REVIEW, PASS, PASS),
        (ERROR, PASS, ERROR),
    ],
)
def test_when(portrait: Portrait, condition: Verdict, inner: Verdict, outer: Verdict) -> None:
    rule = when(Other(**HOW[condition]), Fixed(**HOW[inner]))
    finding = rule.check(portrait)
    assert finding.verdict is outer
    assert (finding.rule, finding.code) == ("fixed", "TST001")


def test_the_deciding_member_gives_value_limits_and_words(portrait: Portrait) -> None:
    finding = any_of(Fixed(value=-5), Other(value=7), name="either").check(portrait)
    assert (finding.rule, finding.value, finding.unit, finding.verdict) == ("either", 7.0, "°", PASS)
    near = {"name": "near", "code": "N1"}
    finding = any_of(Fixed(value=-9), Fixed(value=-2), **near).check(portrait)
    assert finding.value == -2.0
    finding = all_of(Fixed(value=-9), Fixed(value=-2), **near).check(portrait)
    assert finding.message.en.count("fixed value") == 2


def test_error_is_never_hidden_by_a_pass(portrait: Portrait) -> None:
    finding = any_of(Fixed(), Other(fate="break")).check(portrait)
    assert finding.verdict is ERROR
    assert "boom" in finding.message.en


def test_hidden_evidence_is_unknown(portrait: Portrait) -> None:
    assert any_of(Fixed(value=-5), Other(fate="hidden")).check(portrait).verdict is REVIEW
    assert all_of(Fixed(value=5), Other(fate="hidden")).check(portrait).verdict is REVIEW


def test_waived_rule_keeps_its_name_and_says_why(portrait: Portrait) -> None:
    spec = waive(Spec("s", (Fixed(value=-5), Other(value=-5))), "TST001", reason=Text("宗教", "religion"))
    first, second = (rule.check(portrait) for rule in spec)
    assert (first.rule, first.code, first.verdict) == ("fixed", "TST001", SKIP)
    assert "religion" in first.message.en
    assert "宗教" in first.message.zh
    assert second.verdict is FAIL
    assert spec.digest != Spec("s", (Fixed(value=-5), Other(value=-5))).digest


def test_everything_pickles(portrait: Portrait) -> None:
    rule = when(Fixed(), any_of(negate(Other()), all_of(Fixed(), Other())), name="deep", code="D1")
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule
    assert again.check(portrait) == rule.check(portrait)
    spec = Spec("s", (rule, waive(Fixed(), reason="x")))
    assert pickle.loads(pickle.dumps(spec)).digest == spec.digest


def test_level_is_that_of_the_whole(portrait: Portrait) -> None:
    assert any_of(Fixed(), Other(), level=Level.WARNING).check(portrait).level is Level.WARNING


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: any_of(Fixed()), "at least 2"),
        (lambda: all_of(), "at least 2"),
        (lambda: any_of(Fixed(), "crown-margin"), "expected Rule objects, got 'crown-margin'"),
        (lambda: negate(Fixed), "expected Rule objects"),
        (lambda: waive(Fixed(), reason="  "), "reason must say why"),
        (lambda: waive(Spec("s", (Fixed(),)), "fixd", reason="x"), "did you mean 'fixed'"),
        (lambda: waive("fixed", reason="x"), "must be a Spec or a Rule"),
    ],
)
def test_misuse(make: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        make()  # type: ignore[operator]


def test_a_combination_has_no_measurement_of_its_own(portrait: Portrait) -> None:
    with pytest.raises(TypeError, match="use check"):
        any_of(Fixed(), Other()).measure(portrait)
