"""The words that all forms of reports share: verdicts, who must do what, who is missing, what a person decided."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from photospec.finding import NOTHING, Action, Verdict
from photospec.person import Person, Privacy
from photospec.report._report import Report
from photospec.report.decision import RULINGS
from photospec.text import Text

__all__ = ["ACTIONS", "COME", "MISSING", "VERDICTS", "broken", "decided", "parts", "wrapped", "written"]

VERDICTS = {
    Verdict.PASS: Text("合格", "pass"),
    Verdict.REVIEW: Text("需人工确认", "review"),
    Verdict.FAIL: Text("不合格", "fail"),
    Verdict.SKIP: Text("未检查", "skip"),
    Verdict.ERROR: Text("无法检查", "error"),
}
ACTIONS = {
    Action.RESHOOT: Text("学生重新拍摄", "photograph again"),
    Action.RECROP: Text("操作员重新裁剪", "operator: crop again"),
    Action.RE_EXPORT: Text("操作员重新导出", "operator: save again"),
    Action.LOOK: Text("人工确认", "a person must look"),
}
"""Who must do what: *photograph again* calls the student back, the operator mends the file without."""

MISSING = Text("没有照片", "no photo")
COME = Text("学生来拍摄", "photograph")


def decided(report: Report) -> Text:
    """Return in words what a person decided of a photo, and what the machine had said; nothing without a decision."""
    decision = report.decision
    if decision is None:
        return NOTHING
    said = Text(
        "{ruling}：{who}，{day}{reason}（机器：{verdict}）", "{ruling} {who}, {day}{reason} (machine: {verdict})"
    )
    return said.format(
        ruling=RULINGS[decision.ruling],
        who=decision.who,
        day=decision.when.date(),
        reason=Text(f"，{decision.reason}", f": {decision.reason}") if decision.reason else NOTHING,
        verdict=VERDICTS[report.verdict],
    )


def written(person: Person, privacy: Privacy, *, with_class: bool = True) -> str:
    """Return a person of a roster in one line: name, number and class, whichever there are; safe to show."""
    number = privacy.text(person.student_number) or privacy.number(person.id_number)
    parts = [privacy.text(person.name), number, privacy.text(person.class_name) if with_class else ""]
    return " ".join(part for part in parts if part)


def wrapped(line: str, width: int, indent: str) -> str:
    """Break a line that is wider than a screen, and begin what follows with an indent.

    Chinese signs are two cells wide and may be parted anywhere but before a closing mark; other words stay whole where
    they can.

    Parameters
    ----------
    line : str
        One line, which may begin with blanks.
    width : int
        Cells of the screen.
    indent : str
        What each further line begins with.

    Examples
    --------
    >>> print(wrapped("  CMP002 头顶太近，应为 50～110 像素", 20, "    "))
      CMP002 头顶太近，
        应为 50～110 像
        素
    """
    lines: list[str] = []
    current, cells = "", 0
    for token, blank in parts(line):
        size = sum(map(_cells, token))
        if cells + size > width and current.strip():
            lines.append(current.rstrip())
            current, cells = indent, len(indent)
            if blank:
                continue
        while cells + size > width:  # a word wider than the screen
            room = max(1, width - cells)
            lines.append(current + token[:room])
            token, current, cells = token[room:], indent, len(indent)  # noqa: PLW2901
            size = sum(map(_cells, token))
        current += token
        cells += size
    return "\n".join([*lines, current.rstrip()] if current.strip() or not lines else lines)


def broken(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a paragraph into lines of a width, Chinese between any two signs, other words at blanks.

    Parameters
    ----------
    text : str
        One paragraph.
    width : float
        Width of a line, in the unit of `measure`.
    measure : callable
        Gives the width of a text.
    """
    lines, current = [], ""
    for token, blank in parts(text):
        if current and measure(current + token) > width:
            lines.append(current.rstrip())
            current = "" if blank else token
        else:
            current += token
        while len(current) > 1 and measure(current) > width:  # a word wider than a line
            fits = next((n for n in range(len(current) - 1, 1, -1) if measure(current[:n]) <= width), 1)
            lines.append(current[:fits])
            current = current[fits:]
    return [*lines, current] if current.strip() else lines


def _cells(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


_CLOSING = "，。、；：？！）】》”’）％%"


def parts(line: str) -> list[tuple[str, bool]]:
    """Return the parts between which a line may be broken, and whether each is blank."""
    found: list[tuple[str, bool]] = []
    for sign in line:
        blank = sign == " "
        before, was_blank = found[-1] if found else ("", not blank)
        in_word = not blank and before != "" and _cells(sign) == _cells(before[-1]) == 1
        if was_blank is blank and (blank or in_word or (before and sign in _CLOSING)):
            found[-1] = (before + sign, blank)
        else:
            found.append((sign, blank))
    return found
