"""Rules in a file of one's own: found, pickled to workers, known by their content, and wrong ones are named."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from photospec import SpecError, check, check_many, load_spec
from photospec.rules.own import read_rules
from photospec.testing import portrait, save_portrait

EVEN = """
from photospec import rule

@rule(code="SCH001", name="even-sides", high=1.5, message="左右亮度比为 {value}，应不大于 {high}")
def even_sides(portrait):
    left, right = portrait.grey[:, :240].mean(), portrait.grey[:, 240:].mean()
    return max(left, right) / max(min(left, right), 1)
"""
TALL = '''
from dataclasses import dataclass
from photospec import LimitRule, Measurement, Text

@dataclass(frozen=True, kw_only=True)
class Tall(LimitRule):
    """Taller than wide."""

    code = "SCH002"
    name = "tall"
    title = Text("竖幅", "upright")
    low: float | None = 1.0

    def measure(self, portrait):
        return Measurement(portrait.photo.height / portrait.photo.width)
'''


def written(folder: Path, text: str, name: str = "school_rules.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_functions_and_classes_are_rules(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, EVEN + TALL))
    assert [rule.code for rule in rules] == ["SCH001", "SCH002"]
    spec = load_spec("cn-diploma-2017").select("pixel-size") | rules[0] | rules[1]
    report = check(portrait(1).pixels, spec)
    assert report["even-sides"].verdict == "pass" and report["tall"].value == pytest.approx(4 / 3, abs=0.01)


def test_workers_find_the_file_again(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, EVEN + TALL, "学校 rules.v2.py"))
    assert pickle.loads(pickle.dumps(rules)) == rules
    spec = load_spec("cn-diploma-2017").select("pixel-size") | rules[0] | rules[1]
    paths = [save_portrait(tmp_path / f"{seed}.jpg", portrait(seed)) for seed in range(3)]
    reports = list(check_many([tmp_path / f"{seed}.jpg" for seed in range(len(paths))], spec, jobs=2))
    assert [report["even-sides"].verdict for report in reports] == ["pass"] * 3
    assert all(report["tall"].verdict == "pass" for report in reports)


def test_the_digest_is_the_content_not_the_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    base = load_spec("cn-diploma-2017")
    here, there = (base | read_rules(written(tmp_path / place, EVEN))[0] for place in ("a", "b"))
    other = base | read_rules(written(tmp_path / "b", EVEN.replace("1)", "2)")))[0]
    assert here.digest == there.digest != other.digest


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, EVEN)
    read_rules(path)
    written(tmp_path, EVEN.replace("1.5", "1.7"))
    assert read_rules(path)[0].high == 1.7  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no rule in it"),
        ("x = 1\nraise RuntimeError('no')\n", "line 2 raises RuntimeError: no"),
        ("def broken(:\n", "line 1 raises SyntaxError"),
        ("import sys\nsys.exit(3)\n", "raises SystemExit"),
        ("import not_a_module_at_all\n", "line 1 raises ModuleNotFoundError"),
        (EVEN.replace("SCH001", "CMP001"), "'CMP001' is taken"),
        (EVEN.replace("even-sides", "head-roll"), "'head-roll' is taken"),
        (EVEN + EVEN.replace("def even_sides", "def again"), "'even-sides' is taken"),
        (EVEN.replace("high=1.5", "high='x'"), "high must be a finite number"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        read_rules(written(tmp_path, text))
    assert "school_rules.py" in caught.value.text.zh and caught.value.text.zh.startswith("规则文件")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.py: cannot be read"):
        read_rules(tmp_path / "none.py")


def test_a_spec_file_changes_ones_own_rule(tmp_path: Path) -> None:
    own = read_rules(written(tmp_path, EVEN))
    path = written(tmp_path, 'extends = "cn-diploma-2017"\n[rules.even-sides]\nhigh = 1.2\n', "school.toml")
    assert load_spec(path, own=own)["even-sides"].high == 1.2  # type: ignore[attr-defined]
    with pytest.raises(SpecError, match="no rule"):
        load_spec(path)
