"""The JSON line, its schema, and the text for people."""

import dataclasses
import importlib.resources
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from photospec import (
    Action,
    Decision,
    Finding,
    Level,
    Mark,
    Report,
    Ruling,
    Spec,
    Text,
    Verdict,
    catalogue,
    check,
    load_spec,
)
from photospec.errors import PhotospecError
from photospec.report import SCHEMA_VERSION, overall_action, overall_verdict, report_schema
from photospec.report.files import whole_file
from photospec.report.text import Tally, describe
from photospec.report.writer import ReportOptions
from photospec.testing import encode, portrait
from photospec.text import safe

ZEROS = "0" * 64
VALID = Draft202012Validator(report_schema())


def finding(verdict: Verdict, level: Level = Level.ERROR, **more: object) -> Finding:
    defaults: dict[str, object] = {"message": Text("说明", "message"), "remedy": Text("改法", "remedy")}
    return Finding("a-rule", "TST001", level, verdict, **(defaults | more))  # type: ignore[arg-type]


def report(*findings: Finding, **more: object) -> Report:
    defaults: dict[str, object] = {"path": "a.jpg", "spec": "s", "spec_digest": "0" * 64}
    return Report(findings=findings, **(defaults | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], "pass"),
        ([("skip", "error"), ("pass", "error")], "pass"),
        ([("fail", "error"), ("review", "error")], "fail"),
        ([("review", "error"), ("fail", "advice")], "review"),
        ([("fail", "warning")], "review"),
        ([("review", "warning"), ("fail", "advice")], "pass"),
        ([("error", "advice"), ("fail", "error")], "error"),
    ],
)
def test_verdict(findings: list[tuple[str, str]], verdict: str) -> None:
    made = tuple(finding(Verdict(v), Level(level)) for v, level in findings)
    assert overall_verdict(made) == verdict
    assert (not report(*made).failures) == (verdict == "pass")
    assert report(*made).verdict == verdict
    assert report(*made, problem=Text("坏", "bad")).verdict == "error"


def test_golden_line() -> None:
    one = finding(
        Verdict.FAIL,
        value=41.0,
        unit="px",
        limits=(50.0, None),
        margin=-9.0,
        uncertainty=3.0,
        where=(Mark.line((1, 2), (3.04, 4.06)), Mark.point(5, 6)),
        title=Text("名称", "title"),
        action=Action.RECROP,
    )
    facts = {"format": "JPEG", "width": 480, "height": 640, "byte_length": 30000}
    line = report(one, sha256=ZEROS, photo=facts)
    assert line.to_json_line("en") == (
        '{"path": "a.jpg", "verdict": "fail", "outcome": "fail", "action": "recrop", "version": "1.1", "spec": "s", '
        f'"spec_digest": "{ZEROS}", "sha256": "{ZEROS}", '
        '"photo": {"format": "JPEG", "width": 480, "height": 640, "byte_length": 30000}, "problem": null, '
        '"fingerprint": null, "capture": {"time": null, "backdrop": null, "light": null, "sharpness": null}, '
        '"decision": null, '
        '"findings": [{"rule": "a-rule", "code": "TST001", "title": "title", "level": "error", "verdict": "fail", '
        '"value": 41.0, "unit": "px", '
        '"limits": [50.0, null], "margin": -9.0, "uncertainty": 3.0, '
        '"where": [{"kind": "line", "points": [[1.0, 2.0], [3.0, 4.1]]}, {"kind": "point", "points": [[5.0, 6.0]]}], '
        '"message": "message", "remedy": "remedy", "action": "recrop"}]}'
    )
    VALID.validate(json.loads(line.to_json_line()))
    assert json.loads(line.to_json_line())["findings"][0]["message"] == "说明"


@pytest.mark.parametrize(
    ("findings", "action"),
    [
        ([("pass", "error", None), ("skip", "error", None)], None),
        ([("fail", "error", "re-export"), ("fail", "error", "recrop"), ("review", "error", "look")], "recrop"),
        ([("fail", "error", "recrop"), ("fail", "error", "reshoot")], "reshoot"),
        ([("review", "error", "look"), ("fail", "error", "re-export")], "re-export"),
        ([("fail", "advice", "reshoot"), ("review", "warning", "look")], None),
        ([("fail", "warning", "reshoot")], "look"),
        ([("fail", "warning", "re-export")], "re-export"),
        ([("error", "advice", "look")], "look"),
    ],
)
def test_action(findings: list[tuple[str, str, str | None]], action: str | None) -> None:
    made = tuple(finding(Verdict(v), Level(level), action=a and Action(a)) for v, level, a in findings)
    assert overall_action(made) == action
    assert report(*made).action == action
    assert report(*made, problem=Text("坏", "bad")).action == "look"


def test_both_languages_round_trip() -> None:
    spec = load_spec("cn-diploma-2017").select("ALL")
    photos = [encode(portrait(3, defects=["crown-too-high"]).pixels), b"", b"text", "gone.jpg"]
    for found in (check(photo, spec) for photo in photos):
        line = json.loads(found.to_json_line("both"))
        VALID.validate(line)
        again = Report.from_json(line)
        assert again.to_json_line("both") == found.to_json_line("both")
        assert again.to_json_line("en") == found.to_json_line("en")
        flat = [dataclasses.replace(f, where=()) for f in found]
        assert [dataclasses.replace(f, where=()) for f in again] == flat
        assert dataclasses.replace(again, findings=()) == dataclasses.replace(found, findings=())


def test_lines_without_title_and_action_are_read() -> None:
    line = report(finding(Verdict.FAIL)).to_json("en")
    del line["version"], line["action"], line["findings"][0]["title"], line["findings"][0]["action"]
    assert Report.from_json(line)["a-rule"].action is None


def test_compact_leaves_out_what_passed() -> None:
    found = report(finding(Verdict.PASS), finding(Verdict.SKIP), finding(Verdict.FAIL, action=Action.RESHOOT))
    short = found.to_json(compact=True)
    VALID.validate(short)
    assert [f["verdict"] for f in short["findings"]] == ["skip", "fail"]
    whole = found.to_json()
    assert {k: v for k, v in short.items() if k != "findings"} == {k: v for k, v in whole.items() if k != "findings"}
    assert (Report.from_json(short).verdict, Report.from_json(short).action) == (found.verdict, found.action)


def test_schema_says_its_version_and_repeats_no_key() -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    file = importlib.resources.files("photospec.report").joinpath("report.schema.json")
    schema = json.loads(file.read_text("utf-8"), object_pairs_hook=once)
    assert schema["version"] == SCHEMA_VERSION == schema["properties"]["version"]["const"]
    assert schema["$id"] == f"urn:photospec:report:{SCHEMA_VERSION}"


def test_every_rule_says_what_kind_of_thing_mends_it() -> None:
    silent = [rule.name for rule in catalogue().values() if "action" not in vars(type(rule))]
    assert not silent, f"rules without a line `action: ClassVar[Action] = ...`: {silent}"


def test_timings_are_extra_and_in_milliseconds() -> None:
    timed = report(timings={"face": 0.0038})
    assert timed.to_json(timings=True)["timings"] == {"face": 3.8}
    assert timed.to_json_line() == report().to_json_line()
    VALID.validate(timed.to_json(timings=True))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2J", "\u202egpj", "\u2028", "\x85", "\ud800", "张三", '"\\'])
def test_line_is_one_line_of_utf_8(name: str) -> None:
    line = report(path=name).to_json_line()
    assert line.encode("utf-8")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["path"] == name
    assert not set(line) & set("\x1b\u202e\u2028\x85")


def test_schema_refuses_what_is_wrong() -> None:
    Draft202012Validator.check_schema(report_schema())
    good = report(finding(Verdict.PASS)).to_json()
    VALID.validate(good)
    for change in ({"verdict": "ok"}, {"extra": 1}, {"spec_digest": "x"}, {"findings": [{}]}):
        assert not VALID.is_valid(good | change)


def test_real_reports_are_valid_and_pickle() -> None:
    for photo in (np.full((640, 480, 3), 200, np.uint8), b"", b"text", "gone.jpg"):
        found = check(photo)  # type: ignore[arg-type]
        VALID.validate(json.loads(found.to_json_line(timings=True)))
        assert pickle.loads(pickle.dumps(found)) == found


def test_missing_file_is_an_error_even_without_its_rule() -> None:
    found = check("gone.jpg", Spec("empty", ()))
    assert found.verdict is Verdict.ERROR
    assert found.problem == Text("文件不存在", "the file does not exist")


def test_look_up() -> None:
    found = report(finding(Verdict.FAIL))
    assert found["TST001"] is found["a-rule"]
    with pytest.raises(KeyError, match="no rule 'b'"):
        found["b"]


# -- text -----------------------------------------------------------------------------------------------------


def test_describe() -> None:
    found = report(
        finding(Verdict.FAIL),
        finding(Verdict.FAIL, Level.ADVICE),
        finding(Verdict.REVIEW, Level.WARNING, message=Text("不提", "not told")),
        finding(Verdict.PASS, message=Text("合格", "fine")),
    )
    assert describe(found, "zh") == "不合格  a.jpg\n    TST001 说明 → 改法\n    TST001 [建议] 说明 → 改法"
    assert describe(found, "en") == "fail  a.jpg\n    TST001 message → remedy\n    TST001 [advice] message → remedy"
    assert len(describe(found, verbose=True).splitlines()) == 5
    assert "\x1b[31m" in describe(found, coloured=True)


def test_describe_says_a_problem_once() -> None:
    found = report(finding(Verdict.ERROR), problem=Text("文件不存在", "the file does not exist"))
    assert describe(found, "en").splitlines() == ["error  a.jpg  [a person must look]", "    the file does not exist"]


def test_nothing_hostile_reaches_a_terminal() -> None:
    evil = "x\x1b]0;title\x07\n\u202e"
    found = report(finding(Verdict.FAIL, message=Text(evil, evil)), path=evil)
    text = describe(found, "en")
    assert text.count("\n") == 1
    assert not set(text) & set("\x1b\x07\u202e")
    assert safe(evil) == r"x\x1b]0;title\x07\x0a\u202e"


def test_tally() -> None:
    tally = Tally(ReportOptions(language="en"))
    assert tally.exit_code == 0
    tally.add(report(finding(Verdict.PASS)))
    assert tally.exit_code == 0
    tally.add(report(finding(Verdict.REVIEW), timings={"face": 0.004}))
    assert tally.exit_code == 1
    tally.add(report(finding(Verdict.FAIL)))
    tally.add(report(problem=Text("坏", "bad")))
    assert tally.exit_code == 2
    assert tally.describe().splitlines() == [
        "4 photos: pass 1, review 1, fail 1, error 1",
        "to do: a person must look 1",
        "most frequent failures: TST001 1",
    ]
    assert "1.000  face" in tally.describe_timings()


def test_file_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("before")
    with pytest.raises(RuntimeError), whole_file(target) as file:
        file.write("half")
        raise RuntimeError
    assert target.read_text() == "before"
    with whole_file(target) as file:
        file.write("张三\n")
        assert target.read_text() == "before"
    assert target.read_bytes() == "张三\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("name", ["no/such/folder.txt", "."])
def test_unwritable(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotospecError, match="cannot write"), whole_file(tmp_path / name):
        pytest.fail("must not be opened")


def test_report_is_a_value() -> None:
    one = report(finding(Verdict.PASS), timings={"a": 1.0})
    assert one == dataclasses.replace(one, timings={})


@pytest.mark.parametrize(
    ("ruling", "action", "needed"),
    [("accept", "recrop", None), ("refuse", "recrop", "recrop"), ("refuse", "look", "reshoot")],
)
def test_a_decision_changes_what_is_needed(ruling: str, action: str, needed: str | None) -> None:
    made = Decision(ZEROS, ZEROS, Ruling(ruling), "why", "who", datetime(2026, 6, 1, 9, tzinfo=UTC), ("TST001",))
    decided = report(finding(Verdict.FAIL, action=Action(action)), decision=made)
    assert decided.action == needed
    assert Report.from_json(decided.to_json("both")).decision == made
