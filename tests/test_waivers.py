"""A waiver turns one rule off for one person until a day, and says so; expired, it says that."""

from __future__ import annotations

import datetime as dt

import pytest

from photospec import Finding, Level, PhotospecError, Report, Roster, Session, Text, Verdict, catalogue
from photospec.batch.roster import Person
from photospec.batch.waivers import Waiver, Waivers, parsed_waivers

DAY = dt.date(2026, 6, 1)
HAT = Finding("head-covering", "COV001", Level.ERROR, Verdict.FAIL, Text("戴帽", "a hat"), Text("摘下", "take it off"))
ROLL = Finding("head-roll", "CMP006", Level.ERROR, Verdict.REVIEW, Text("倾斜", "tilted"))
WAIVER = Waiver("1001", "head-covering", "头部手术", dt.date(2026, 6, 30))
ROSTER = Roster(
    (
        Person("11010519491231002X", "1001", "王芳", 2),
        Person("440524188001010014", "1002", "李明", 3),
        Person("440524188001010030", "1003", "李明", 4),
    ),
    "id_number",
)


def report_of(path: str, *findings: Finding) -> Report:
    return Report(path, "cn-diploma-2017", findings, "a" * 64, "b" * 64)


@pytest.mark.parametrize("path", ["1001.jpg", "class1/1001-王芳.jpg", "王芳_１００１.jpg"])
def test_the_rule_is_off_for_this_person_only(path: str) -> None:
    waivers = Waivers([WAIVER], today=DAY)
    report = waivers.apply(report_of(path, HAT, ROLL))
    assert report.verdict is Verdict.REVIEW
    assert report["head-covering"].verdict is Verdict.SKIP
    assert report["head-covering"].message.zh == "戴帽（已豁免：头部手术，至 2026-06-30）"
    assert report["head-covering"].remedy.zh == ""
    assert waivers.apply(report_of("1002.jpg", HAT)).verdict is Verdict.FAIL
    assert waivers.apply(report_of("21001.jpg", HAT)).verdict is Verdict.FAIL


@pytest.mark.parametrize(("today", "verdict"), [(dt.date(2026, 6, 30), "skip"), (dt.date(2026, 7, 1), "fail")])
def test_the_last_day_counts_and_the_next_says_expired(today: dt.date, verdict: str) -> None:
    found = Waivers([WAIVER], today=today).apply(report_of("1001.jpg", HAT))["head-covering"]
    assert found.verdict == verdict
    assert ("豁免已于 2026-06-30 到期" in found.message.zh) is (verdict == "fail")
    assert ("the waiver expired on 2026-06-30" in found.message.en) is (verdict == "fail")


def test_the_longer_of_two_waivers_counts() -> None:
    old = Waiver("1001", "head-covering", "旧", dt.date(2025, 1, 1))
    for both in ([old, WAIVER], [WAIVER, old]):
        assert Waivers(both, today=DAY).apply(report_of("1001.jpg", HAT))["head-covering"].verdict is Verdict.SKIP


def test_what_passed_needs_no_waiver() -> None:
    passed = Finding("head-covering", "COV001", Level.ERROR, Verdict.PASS, Text("合格", "ok"))
    assert Waivers([WAIVER], today=DAY).apply(report_of("1001.jpg", passed))["head-covering"] == passed


def test_a_roster_leads_from_the_file_name_to_the_person() -> None:
    waivers = Waivers([WAIVER], roster=ROSTER, today=DAY)
    assert waivers.apply(report_of("11010519491231002x.jpg", HAT))["head-covering"].verdict is Verdict.SKIP
    session = Session(roster=ROSTER, waivers=waivers)
    assert session.add(report_of("11010519491231002X.jpg", HAT)).verdict is Verdict.PASS


def test_namesakes_must_be_told_apart() -> None:
    with pytest.raises(PhotospecError, match="lines 3, 4") as caught:
        Waivers([Waiver("李明", "head-covering", "头部手术", DAY)], roster=ROSTER)
    assert "第 3, 4 行" in caught.value.text.zh


GOOD = {"person": "1001", "rule": "COV001", "reason": "头部手术", "until": DAY}


def test_tables_become_waivers() -> None:
    assert parsed_waivers([GOOD], catalogue(), "x.toml") == (Waiver("1001", "head-covering", "头部手术", DAY),)
    assert "1001" not in repr(parsed_waivers([GOOD], catalogue(), "x.toml"))


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({}, "array of"),
        ([{**GOOD, "raeson": "x"}], r"waivers\[1\]: unknown key 'raeson' \(did you mean 'reason'"),
        ([GOOD, {**GOOD, "rule": "head-covring"}], r"waivers\[2\]: there is no rule 'head-covring' \(did you mean"),
        ([{**GOOD, "until": "2026-06-30"}], "until: expected a date"),
        ([{**GOOD, "until": dt.datetime(2026, 6, 30, tzinfo=dt.UTC)}], "until: expected a date"),
        ([{**GOOD, "reason": " "}], "reason: expected text"),
        ([{"person": "1001"}], "rule: expected text"),
        (["1001"], "person: expected text"),
    ],
)
def test_a_wrong_table_is_named(tables: object, words: str) -> None:
    with pytest.raises(PhotospecError, match=words) as caught:
        parsed_waivers(tables, catalogue(), "x.toml")
    assert caught.value.text.zh.startswith("x.toml")
