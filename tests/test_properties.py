"""Laws that hold for all inputs: of verdicts, of specs, of EXIF and of a rule's margin."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photospec import Level, Spec, Text, Verdict, catalogue, load_spec
from photospec.finding import Finding
from photospec.photo.exif import read_exif
from photospec.report import overall_verdict

SLOW = settings(deadline=None)  # a busy machine is no fault
NAMES = sorted(catalogue())
SPEC = load_spec("cn-diploma-2017")
verdicts = st.sampled_from(list(Verdict))
levels = st.sampled_from(list(Level))


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    drawn = draw(st.lists(st.tuples(levels, verdicts), max_size=8))
    nothing = Text("", "")
    return tuple(
        Finding(rule=f"r{i}", code=f"R{i:03}", level=level, verdict=verdict, message=nothing, remedy=nothing)
        for i, (level, verdict) in enumerate(drawn)
    )


SEVERITY = [Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.ERROR]


@SLOW
@given(findings(), findings())
def test_more_findings_never_make_a_photo_better(some: tuple[Finding, ...], more: tuple[Finding, ...]) -> None:
    alone, both = overall_verdict(some), overall_verdict(some + more)
    assert SEVERITY.index(both) == max(SEVERITY.index(alone), SEVERITY.index(overall_verdict(more)))


@SLOW
@given(findings(), st.randoms())
def test_the_order_of_findings_does_not_matter(some: tuple[Finding, ...], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert overall_verdict(tuple(shuffled)) is overall_verdict(some)


@SLOW
@given(findings())
def test_advice_changes_no_verdict(some: tuple[Finding, ...]) -> None:
    binding = tuple(f for f in some if f.level is not Level.ADVICE or f.verdict is Verdict.ERROR)
    assert overall_verdict(some) is overall_verdict(binding)


chosen = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)


@settings(SLOW, max_examples=30)
@given(chosen, chosen)
def test_a_spec_is_a_set_of_rules(some: list[str], others: list[str]) -> None:
    a, b = SPEC.select(some), SPEC.select(others)
    names = {rule.name for rule in a | b}
    assert names == {*some, *others}
    assert {rule.name for rule in (a | b) - b} == {*some} - {*others}
    assert (a | a).rules == a.rules
    assert a.select("ALL").select(some).digest == a.digest


@settings(SLOW, max_examples=30)
@given(st.floats(0, 300), st.floats(0, 300))
def test_replacing_a_limit_twice_is_replacing_it_once(first: float, second: float) -> None:
    low, high = sorted((first, second))
    once = SPEC.replace("crown-margin", low=low, high=high)
    assert once.replace("crown-margin", low=low, high=high) == once
    assert once.replace("crown-margin", low=50, high=110).digest == SPEC.digest
    assert isinstance(once, Spec)


@SLOW
@given(st.binary(max_size=400))
def test_no_bytes_make_the_reading_of_exif_raise(data: bytes) -> None:
    assert read_exif(data) is not None
    assert read_exif(b"II*\0" + data) is not None
    assert read_exif(b"MM\0*" + data) is not None


@SLOW
@given(st.integers(1, 8), st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40))
def test_what_pillow_writes_is_read(orientation: int, software: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0131] = software
    facts = read_exif(exif.tobytes().removeprefix(b"Exif\0\0"))
    assert facts.orientation == orientation
    assert (facts.software or "") == software.strip()


@pytest.mark.parametrize("value", [49.0, 50.0, 80.0, 110.0, 111.0])
@SLOW
@given(uncertainty=st.floats(0, 20))
def test_doubt_never_turns_a_pass_into_a_fail(value: float, uncertainty: float) -> None:
    from photospec.rules import Measurement

    rule = catalogue()["crown-margin"]
    sure = rule.judge(Measurement(value), 1.0, 1.0).verdict
    doubtful = rule.judge(Measurement(value, uncertainty), 1.0, 1.0).verdict
    assert doubtful in (sure, Verdict.REVIEW)
