"""Decisions, waivers, settings and rules of one's own, as the command line and pytest have them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from photospec.cli import main
from photospec.testing import portrait, save_portrait

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
RULE = """
from photospec import rule

@rule(code="SCH001", name="even-sides", high={high}, message="左右亮度比为 {{value}}，应不大于 {{high}}")
def even_sides(portrait):
    left, right = portrait.grey[:, :240].mean(), portrait.grey[:, 240:].mean()
    return max(left, right) / max(min(left, right), 1)
"""


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> int:
        with pytest.raises(SystemExit) as stop:
            main([str(w) for w in words])
        self.out, self.err = self.capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return stop.value.code


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    save_portrait("photos/1001.jpg", portrait(1, size=(240, 320)), size=(1000, 40_000))
    save_portrait("photos/1002.jpg", portrait(2))
    return Run(capsys)


def lines(path: str) -> dict[str, dict[str, object]]:
    found = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    return {Path(line["path"]).stem: line for line in found}


CHECK = ("check", "photos", "--config", "none", "--select", "pixel-size,roster", "--jobs", 1)


def test_a_decision_from_one_run_to_the_next(run: Run) -> None:
    keep = ("--format", "jsonl", "--output", "r.jsonl", "--decisions", "d.jsonl")
    assert run(*CHECK, *keep) == 1
    assert run("decide", "r.jsonl", "--accept", "1001", "--who", "王老师", "--decisions", "d.jsonl") == 0
    assert "1 decisions written to d.jsonl" in run.out
    assert run(*CHECK, *keep, "--resume") == 0
    assert sorted((line["verdict"], line["outcome"]) for line in lines("r.jsonl").values()) == [
        ("fail", "pass"),
        ("pass", "pass"),
    ]
    assert run(*CHECK, "--decisions", "d.jsonl", "--lang", "zh", "-v") == 0
    assert "人工接受：王老师" in run.out and "人工决定：接受 1 张，退回 0 张" in run.out
    assert run("decide", "r.jsonl", "--withdraw", "photos/1001.jpg", "--who", "王老师", "--decisions", "d.jsonl") == 0
    assert run(*CHECK, *keep, "--resume") == 1
    assert lines("r.jsonl")["1001"]["decision"] is None
    # another limit is another question
    assert run("decide", "r.jsonl", "--accept", "1001.jpg", "--who", "王老师", "--decisions", "d.jsonl") == 0
    Path("s.toml").write_text('extends = "cn-diploma-2017"\n[rules.pixel-size]\nmin_width = 470\n')
    assert run(*CHECK, "--spec", "s.toml", "--decisions", "d.jsonl") == 1
    assert "1 earlier decisions count no longer" in run.out


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        (["--accept", "1001"], "缺少作出决定的人"),
        (["--refuse", "1001", "--who", "王"], "退回须写明原因"),
        (["--accept", "9", "--who", "王"], "没有照片 9"),
        (["--who", "王"], "缺少 --accept"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(run: Run, words: list[str], zh: str) -> None:
    run(*CHECK, "--format", "jsonl", "--output", "r.jsonl")
    assert run("decide", "r.jsonl", "--decisions", "d.jsonl", "--lang", "zh", *words) == 2
    assert zh in run.err and not Path("d.jsonl").exists()


def test_decide_without_its_files(run: Run) -> None:
    assert run("decide", "none.jsonl", "--accept", "1", "--who", "w", "--config", "none") == 2
    assert "--decisions FILE is missing" in run.err
    assert run("decide", "none.jsonl", "--accept", "1", "--who", "w", "--decisions", "d") == 2
    assert "cannot read none.jsonl" in run.err


SETTINGS = """
spec = "cn-diploma-2017-school"
select = ["pixel-size"]
language = "zh"
decisions = "d.jsonl"
rules = ["own.py"]
[[waivers]]
person = "1001"
rule = "pixel-size"
reason = "旧照片"
until = {until}
"""


def test_settings_are_followed_and_options_go_before_them(run: Run) -> None:
    Path("own.py").write_text(RULE.format(high=1.5))
    Path("photospec.toml").write_text(SETTINGS.format(until="2099-01-01"))
    assert run("check", "photos", "-v") == 0
    assert "旧照片，至 2099-01-01" in run.out and "SCH001" not in run.out
    assert run("check", "photos", "-v", "--select", "SCH", "--lang", "en") == 0
    assert run.out.count("SCH001") == 2 and "even-sides: ok" in run.out and "FIL" not in run.out
    assert run("check", "photos", "--config", "none", "--select", "pixel-size") == 1
    assert run("rule", "even-sides") == 0 and "各标准中的限值" in run.out
    Path("photospec.toml").write_text(SETTINGS.format(until="2020-01-01"))
    assert run("check", "photos", "-v") == 1
    assert "豁免已于 2020-01-01 到期" in run.out


def test_a_waived_photo_is_checked_again_when_the_waiver_ends(run: Run) -> None:
    Path("own.py").write_text(RULE.format(high=1.5))
    again = ("check", "photos", "--format", "jsonl", "--output", "r.jsonl", "--resume")
    for until, code in (("2099-01-01", 0), ("2020-01-01", 1)):
        Path("photospec.toml").write_text(SETTINGS.format(until=until))
        assert run(*again) == code
    assert lines("r.jsonl")["1001"]["verdict"] == "fail" and len(lines("r.jsonl")) == 2


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "未知的键 slect（是否想写 select？）"), ("en", "did you mean 'select'")]
)
def test_wrong_settings_are_named(run: Run, language: str, words: str) -> None:
    Path("photospec.toml").write_text("slect = []")
    assert run("check", "photos", "--lang", language) == 2
    assert words in run.err


def test_rules_of_ones_own_in_workers(run: Run) -> None:
    Path("own.py").write_text(RULE.format(high=0.5))
    assert run("check", "photos", "--rules", "own.py", "--select", "even-sides", "--jobs", 2) == 1
    assert run.out.count("SCH001 左右亮度比为") == 2
    assert run("check", "photos", "--rules", "none.py") == 2 and "cannot be read" in run.err


@pytest.mark.parametrize("settled", [True, False])
def test_rules_of_ones_own_in_pytest(pytester: pytest.Pytester, settled: bool) -> None:
    save_portrait(pytester.mkdir("photos") / "a.jpg", portrait(1))
    (pytester.path / "own.py").write_text(RULE.format(high=0.5))
    options = ["--photospec-rules=own.py", "--photospec-select=SCH"]
    if settled:
        (pytester.path / "photospec.toml").write_text('rules = ["own.py"]\nselect = ["SCH"]\nlanguage = "zh"')
        options = []
    result = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:xdist", "--photospec", *options, "photos")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*SCH001 左右亮度比为*"])


@pytest.mark.parametrize("page", ["spec-format.md", "spec-format.zh.md"])
def test_the_examples_of_the_page_on_formats_run(run: Run, page: str) -> None:
    import tomllib

    import jsonschema

    from photospec.config import config_schema, read_config

    text = (ROOT / "docs" / page).read_text("utf-8")
    blocks = re.findall(r"```(?:toml|python)\n# (\S+)( of the package| \(.*\))?\n(.*?)```", text, flags=re.DOTALL)
    assert [name for name, _, _ in blocks] == ["school.toml", "photospec.toml", "school_rules.py", "pyproject.toml"]
    for name, _, content in blocks[:3]:
        Path(name).write_text(content, encoding="utf-8")
    Path("roster.csv").write_text("学号,姓名\n1001,王芳\n1002,李明\n", encoding="utf-8")
    settings = Path("photospec.toml").read_text("utf-8").replace("roster.xlsx", "roster.csv")
    Path("photospec.toml").write_text(settings, encoding="utf-8")
    tables = tomllib.loads(settings)
    for waiver in tables["waivers"]:
        waiver["until"] = waiver["until"].isoformat()
    jsonschema.validate(tables, config_schema())
    assert run("check", "photos", "--select", "crown-margin,pixel-size,SCH", "--format", "jsonl") == 1
    first = json.loads(run.out.splitlines()[0])
    assert first["spec"] == "our-school"
    limits = {finding["code"]: finding["limits"] for finding in first["findings"]}
    assert limits["CMP002"] == [20, 55] and limits["SCH001"] == [None, 1.5]
    assert read_config("photospec.toml").load_spec()["CMP002"].low == 40  # type: ignore[attr-defined]
    entry = tomllib.loads(blocks[3][2])["project"]["entry-points"]["photospec.rules"]["school"]
    assert entry == "school_rules:even_sides" and "def even_sides" in blocks[2][2]
