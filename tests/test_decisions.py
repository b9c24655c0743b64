"""Decisions are remembered by content and spec, merge in any order, and never cover what the person did not see."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pickle
from pathlib import Path

import jsonschema
import pytest

from photospec import Finding, Level, PhotospecError, Report, Session, Text, Verdict, check, load_spec
from photospec.batch.decisions import Decisions
from photospec.report import report_schema
from photospec.report.text import Tally, describe
from photospec.testing import encode, portrait

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
HELD = Finding("head-roll", "CMP006", Level.ERROR, Verdict.REVIEW, Text("倾斜", "tilted"))
TWICE = Finding("duplicate-photo", "BAT001", Level.ERROR, Verdict.FAIL, Text("重复", "repeated"))


def report_of(*findings: Finding, photo: str = "a", spec: str = "b", path: str = "class1/1001.jpg") -> Report:
    return Report(path, "cn-diploma-2017", findings, photo * 64, spec * 64, problem=None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def test_a_decision_is_applied_by_a_later_run(file: Path) -> None:
    decided = Decisions(file).decide(report_of(HELD), "accept", who="王老师", reason="抬头自然", when=NOON)
    assert (decided.verdict, decided.outcome, decided.ok) == (Verdict.REVIEW, Verdict.PASS, True)
    again = Decisions(file).apply(report_of(HELD, path="elsewhere/renamed.jpg"))
    assert again.decision == decided.decision
    assert pickle.loads(pickle.dumps(again)) == again


def test_a_refusal_fails_a_photo_that_passed(file: Path) -> None:
    report = Decisions(file).decide(report_of(), "refuse", who="王老师", reason="不是本人", when=NOON)
    assert (report.verdict, report.outcome) == (Verdict.PASS, Verdict.FAIL)
    tally = Tally()
    tally.add(report)
    assert tally.exit_code == 1


@pytest.mark.parametrize("changed", [{"photo": "c"}, {"spec": "d"}], ids=["photo", "spec"])
def test_another_photo_or_spec_is_not_decided(file: Path, changed: dict[str, str]) -> None:
    Decisions(file).decide(report_of(HELD), "accept", who="王老师", when=NOON)
    decisions = Decisions(file)
    other = decisions.apply(report_of(HELD, **changed))
    assert other.decision is None and other.outcome is Verdict.REVIEW
    assert decisions.lapsed(other) is ("spec" in changed)


def test_an_acceptance_covers_only_what_was_seen(file: Path) -> None:
    Decisions(file).decide(report_of(HELD), "accept", who="王老师", when=NOON)
    decisions = Decisions(file)
    assert decisions.apply(report_of(HELD, TWICE)).decision is None
    assert decisions.lapsed(report_of(HELD, TWICE))
    assert decisions.apply(report_of()).ok


def test_what_could_not_be_checked_cannot_be_accepted(file: Path) -> None:
    unread = check("no-such-file.jpg")
    with pytest.raises(PhotospecError, match="could not be checked"):
        Decisions(file).decide(unread, "accept", who="王老师")
    assert not file.exists()


def test_the_latest_counts_in_whatever_order_files_are_merged(file: Path) -> None:
    decisions = Decisions(file)
    decisions.decide(report_of(HELD), "accept", who="王老师", when=NOON)
    decisions.decide(report_of(HELD), "refuse", who="李老师", reason="歪头", when=NOON + dt.timedelta(hours=1))
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(reversed(lines)), "utf-8")
    decision = Decisions(file).apply(report_of(HELD)).decision
    assert decision is not None and decision.who == "李老师"


def test_a_decision_is_taken_back(file: Path) -> None:
    decisions = Decisions(file)
    decisions.decide(report_of(HELD), "accept", who="王老师", when=NOON)
    back = decisions.decide(report_of(HELD), "withdraw", who="王老师", when=NOON + dt.timedelta(seconds=1))
    assert back.decision is None and len(Decisions(file)) == 0
    assert not Decisions(file).lapsed(report_of(HELD))


def test_lines_are_only_added_and_a_torn_one_is_dropped(file: Path) -> None:
    decisions = Decisions(file)
    decisions.decide(report_of(HELD), "accept", who="王老师", when=NOON)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"photo": "torn')
    decisions = Decisions(file)
    assert len(decisions) == 1
    decisions.decide(report_of(photo="c"), "refuse", who="王老师", reason="模糊", when=NOON)
    assert file.read_bytes().startswith(whole)
    assert len(Decisions(file)) == 2


def test_a_missing_last_line_feed_is_added(file: Path) -> None:
    Decisions(file).decide(report_of(HELD), "accept", who="王老师", when=NOON)
    file.write_bytes(file.read_bytes().rstrip())
    Decisions(file).decide(report_of(photo="c"), "refuse", who="王老师", reason="模糊", when=NOON)
    assert len(Decisions(file)) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<<<<<<< HEAD\n", "line 1"),
        ("[]\n", "not an object"),
        ('{"photo": "xyz"}\n', "line 1"),
        ("\n", ""),
    ],
)
def test_a_line_that_is_no_decision_is_named(file: Path, line: str, words: str) -> None:
    file.write_text(line)
    if not words:
        assert len(Decisions(file)) == 0
        return
    with pytest.raises(PhotospecError, match=words):
        Decisions(file)


def test_unknown_keys_are_named(file: Path) -> None:
    Decisions(file).decide(report_of(HELD), "accept", who="王老师", when=NOON)
    values = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**values, "ruled": "accept"}) + "\n")
    with pytest.raises(PhotospecError, match="unknown key 'ruled'"):
        Decisions(file)


@pytest.mark.parametrize(
    ("ruling", "who", "reason", "words"),
    [
        ("refuse", "王老师", " ", "must say why"),
        ("accept", "", "x", "must name the person"),
        ("perhaps", "w", "x", "no ruling 'perhaps'; known: accept, refuse, withdraw"),
        ("accept", "w", "x" * 1001, "at most 1000"),
    ],
)
def test_a_decision_needs_its_words(file: Path, ruling: str, who: str, reason: str, words: str) -> None:
    with pytest.raises(PhotospecError, match=words) as caught:
        Decisions(file).decide(report_of(HELD), ruling, who=who, reason=reason)
    assert caught.value.text.zh != caught.value.text.en
    assert not file.exists()


def test_hostile_names_stay_one_line(file: Path) -> None:
    name = "a\n{}\u202e\udcff<script>11010519491231002X.jpg"
    Decisions(file).decide(report_of(HELD, path=name), "accept", who="王\n老师", when=NOON)
    assert file.read_bytes().count(b"\n") == 1
    decision = Decisions(file).apply(report_of(HELD)).decision
    assert decision is not None and decision.name == r"a\x0a{}\u202e\udcff<script>1101**********002X.jpg"
    assert decision.who == "王\n老师"


def test_the_report_shows_both_verdicts(file: Path) -> None:
    data = encode(portrait(1, defects=["defocus"]).pixels)
    report = check(data)
    assert report.verdict is Verdict.FAIL
    report = Decisions(file).decide(report, "accept", who="王老师", reason="补拍不可能", when=NOON)
    line = report.to_json("zh")
    jsonschema.validate(line, report_schema())
    assert (line["verdict"], line["outcome"], line["decision"]["who"]) == ("fail", "pass", "王老师")
    assert Report.from_json(line).decision == report.decision
    assert "人工接受：王老师，2026-06-01，补拍不可能（机器：不合格）" in describe(report, "zh")
    assert "accepted by 王老师, 2026-06-01: 补拍不可能 (machine: fail)" in describe(report, "en")


def test_a_session_counts_decisions_and_those_that_lapsed(file: Path) -> None:
    decisions = Decisions(file)
    decisions.decide(report_of(HELD), "accept", who="王老师", when=NOON)
    decisions.decide(report_of(HELD, photo="c", spec="d"), "accept", who="王老师", when=NOON)
    session = Session(load_spec(), decisions=decisions)
    first, second = session.add(report_of(HELD)), session.add(report_of(HELD, photo="c"))
    assert first.ok and not second.ok
    summary = session.summary()
    assert (summary.verdicts, summary.decisions, summary.lapsed) == ({"pass": 1, "review": 1}, {"accept": 1}, 1)


def test_a_recalled_report_takes_the_decision_of_today(file: Path) -> None:
    decisions = Decisions(file)
    decisions.decide(report_of(HELD), "refuse", who="王老师", reason="歪头", when=NOON)
    earlier = dataclasses.replace(report_of(HELD), decision=None)
    assert Session(decisions=decisions).recall(earlier).outcome is Verdict.FAIL
