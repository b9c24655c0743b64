"""Every word that people read is there in Chinese and in English, and says something to a registrar."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import photospec
from photospec import Action, Measurement, Privacy, Rule, Text, Verdict, catalogue
from photospec.errors import PhotospecError
from photospec.report.words import wrapped
from photospec.rules import LimitRule

HOME = Path(photospec.__file__).parent
RULES = sorted(catalogue().values(), key=lambda rule: rule.code)
LIMITED = [rule for rule in RULES if isinstance(rule, LimitRule) and rule.name != "capture-date"]
"""Those with a measure that can be in doubt: a date is what it is."""
NAMED = dict.fromkeys(
    ("side", "which", "colours", "hue", "colour", "family", "allowed", "level", "light", "pale", "shift"), "X"
) | {
    "what": "X",
    "away": 30,
    "wanted": "X",
    "age": 400,
    "kind": "X",
}
CHINESE = re.compile("[\u4e00-\u9fff]")


def both(text: Text) -> bool:
    return bool(CHINESE.search(text.zh)) and bool(text.en.strip()) and not CHINESE.search(text.en)


def name(rule: Rule) -> str:
    return rule.name


# -- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    assert both(rule.title)
    for case, say in rule.says.items():
        assert both(say.message), case
        assert both(say.remedy), case


def near(rule: LimitRule, doubts: float) -> Iterator[tuple[float, float]]:
    """Yield values that lie beyond a limit by so many times the doubt, and the doubt."""
    for edge, sign in ((rule.low, -1), (rule.high, 1)):
        if edge is not None:
            doubt = abs(edge) * 0.1 or 1.0
            yield edge + sign * doubts * doubt, doubt


@pytest.mark.parametrize("rule", LIMITED, ids=name)
def test_a_value_at_its_limit_says_why_it_is_held(rule: LimitRule) -> None:
    for value, doubt in near(rule, 0.4):
        found = rule.judge(Measurement(value, doubt, named=NAMED), 1.0, 1.0)
        assert found.verdict is Verdict.REVIEW
        assert found.action is Action.LOOK
        assert "误差约 ±" in found.message.zh
        assert found.message.zh.endswith("需人工确认")
        assert "uncertain by" in found.message.en
        assert found.message.en.endswith("a person must look")


def test_the_doubt_is_told_in_the_measures_own_unit() -> None:
    rule = catalogue()["head-roll"]
    assert isinstance(rule, LimitRule)
    found = rule.judge(Measurement(4.8, 1.5), 1.0, 1.0)
    assert found.message.zh == "双眼水平：测得 4.8 度，允许 ±5 度，测量误差约 ±1.5 度，需人工确认"
    assert (found.value, found.limits, found.uncertainty) == (4.8, (-5, 5), 1.5)


@pytest.mark.parametrize("rule", LIMITED, ids=name)
def test_no_number_that_says_nothing_to_a_registrar(rule: LimitRule) -> None:
    for doubts in (0.4, 3.0):
        for value, doubt in near(rule, doubts):
            found = rule.judge(Measurement(value, doubt, named=NAMED), 1.0, 1.0)
            for text in (found.message.zh, found.message.en):
                assert not re.search(r"\d\.0\b|\d\.\d\d|\d档|\d 档|stops|levels|[ΔΕ]E.*limit|\{|nan", text), text


# -- errors ----------------------------------------------------------------------------------------------------------


def subclasses(kind: type) -> Iterator[str]:
    yield kind.__name__
    for sub in kind.__subclasses__():
        yield from subclasses(sub)


def one_language(path: Path, kinds: set[str]) -> Iterator[str]:
    """Yield where a file makes one of our exceptions of a plain string."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
            first = node.args[0]
            concatenated = isinstance(first, ast.BinOp) and not isinstance(first.left, ast.Call | ast.Name)
            if (
                isinstance(first, ast.JoinedStr)
                or concatenated
                or (isinstance(first, ast.Constant) and isinstance(first.value, str))
            ):
                yield f"{path.relative_to(HOME)}:{node.lineno}"


def test_every_error_speaks_both_languages() -> None:
    for path in HOME.rglob("*.py"):  # so that all subclasses are known
        assert path.is_file()
    import photospec.batch.roster
    import photospec.config  # noqa: F401

    kinds = set(subclasses(PhotospecError))
    assert {"RosterError", "SpecError", "ConfigError"} <= kinds
    assert [place for path in sorted(HOME.rglob("*.py")) for place in one_language(path, kinds)] == []


def parser_says(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    from photospec.cli import main

    with pytest.raises(SystemExit):
        main(["check", "--lang", "zh", "a.jpg", *words])
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "选项 '--jobs' / '-j' 的值无效："),
        (["--jobs", "x"], "选项 '--jobs' / '-j' 的值无效："),
        (["--privacy", "no"], "'no' 不在 'masked', 'shown' 之中"),
        (["--jobs"], "选项 '--jobs' 后面要有值"),
        (["--resume=x"], "选项 '--resume' 不带值"),
    ],
)
def test_the_parser_complains_in_chinese(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = parser_says(words, capsys)
    assert said in shown
    assert not re.search("[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", shown), "English is left"


def test_every_command_and_option_speaks_both_languages() -> None:
    from photospec.cli import COMMANDS
    from photospec.cli._app import command_tree

    for command in COMMANDS:
        __import__(f"photospec.cli.{command}")
    told = {}
    for language in ("zh", "en"):
        tree = command_tree(language)
        for entry in (tree, *tree.commands.values()):
            told.setdefault(entry.name, []).append(entry.help)
            for parameter in entry.params:
                told.setdefault((entry.name, parameter.name), []).append(parameter.help)
    assert len(told) > 40
    for place, (zh, en) in told.items():
        assert both(Text(zh or "", en or "")), place


# -- privacy and names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("440524188001010014.jpg", "4405**********0014.jpg"),
        ("2021-王芳-11010519491231002X-1.jpg", "2021-王芳-1101**********002X-1.jpg"),
        ("４４０５２４１８８００１０１００１４", "４４０５**********００１４"),
        ("440524800101001", "440*********001"),
        ("202100030112-胡军.jpg", "202100030112-胡军.jpg"),
        ("IMG_20260512_123456.jpg", "IMG_20260512_123456.jpg"),
    ],
)
def test_identity_numbers_are_masked_wherever_they_stand(text: str, shown: str) -> None:
    assert Privacy.MASKED.text(text) == shown
    assert Privacy.SHOWN.text(text) == text


# -- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80])
def test_indents_survive_the_end_of_the_line(width: int) -> None:
    line = (
        "    EYE002 镜片反光，需人工确认 → 请调整灯光或略微低头，避免镜片反光，也可以摘下眼镜 then look again, please"
    )
    lines = wrapped(line, width, " " * 8).split("\n")
    assert len(lines) > 1
    assert lines[0].startswith("    EYE002")
    assert all(text.startswith(" " * 8) and text[8] not in " ，。）" for text in lines[1:])
    assert all(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text) <= width for text in lines)
    assert "".join(text.strip() for text in lines).replace(" ", "") == line.replace(" ", "")
