"""A report as one row for people: whose photo it is, what is wrong, and who must do what about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from photospec.finding import Finding, Level, Verdict
from photospec.person import Person
from photospec.report._report import Report
from photospec.report.words import ACTIONS, COME, MISSING, VERDICTS, decided
from photospec.report.writer import ReportOptions
from photospec.text import Text

__all__ = [
    "COLUMNS",
    "Row",
    "file_name",
    "headings",
    "missing_rows",
    "row_of",
    "says_something",
    "told",
]

COLUMNS = {
    "class_name": Text("班级", "class"),
    "student_number": Text("学号", "student number"),
    "name": Text("姓名", "name"),
    "id_number": Text("身份证号", "ID number"),
    "verdict": Text("结论", "verdict"),
    "action": Text("处理", "what to do"),
    "reasons": Text("原因", "reason"),
    "remedies": Text("怎样改", "remedy"),
    "codes": Text("规则", "rules"),
    "file": Text("文件", "file"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row; every text is in one language and safe to show.

    Parameters
    ----------
    class_name, student_number, name, id_number : str
        From the roster, the class else from the folder; empty where they are not known.
    verdict : str
        In words.
    action : str
        Who must do what, in words; empty where nothing is to be done.
    reasons, remedies : tuple of str
        Of the findings that keep the photo from passing, the gravest first; each remedy once.
    codes : tuple of str
        Codes of the same findings.
    file : str
        The path as given.
    """

    class_name: str
    student_number: str
    name: str
    id_number: str
    verdict: str
    action: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    codes: tuple[str, ...]
    file: str

    def cells(self, join: str = "\n") -> list[str]:
        """Return the texts in the order of `COLUMNS`, several of one cell joined."""
        values = (getattr(self, name) for name in COLUMNS)
        return [join.join(value) if isinstance(value, tuple) else value for value in values]


def says_something(finding: Finding) -> bool:
    """Return whether a finding belongs in a short text.

    A rule below the level ``error`` that could not tell changes nothing for anybody.
    """
    if finding.verdict is Verdict.REVIEW:
        return finding.level is Level.ERROR
    return finding.verdict in (Verdict.FAIL, Verdict.ERROR)


_GRAVEST = (Verdict.ERROR, Verdict.FAIL, Verdict.REVIEW)
_LEVELS = tuple(Level)


def told(report: Report) -> list[Finding]:
    """Return the findings to tell people, the gravest first."""
    findings = [finding for finding in report.findings if says_something(finding)]
    return sorted(findings, key=lambda f: (_LEVELS.index(f.level), _GRAVEST.index(f.verdict)))


def row_of(report: Report, options: ReportOptions) -> Row:
    """Return the row of a report."""
    person = report.person
    findings = told(report)
    say = options.say
    reasons = [say(decided(report))] if report.decision is not None else []
    if report.problem is not None:
        reasons, findings = [*reasons, say(report.problem)], []
    reasons += [say(finding.message) for finding in findings]
    return Row(
        class_name=options.class_of(report),
        student_number="" if person is None else options.privacy.text(person.student_number),
        name="" if person is None else options.privacy.text(person.name),
        id_number="" if person is None else options.privacy.number(person.id_number),
        verdict=say(VERDICTS[report.outcome]),
        action="" if report.action is None else say(ACTIONS[report.action]),
        reasons=tuple(reasons),
        remedies=tuple(dict.fromkeys(remedy for finding in findings if (remedy := say(finding.remedy)))),
        codes=tuple(finding.code for finding in findings),
        file=options.privacy.text(report.path),
    )


def headings(options: ReportOptions) -> list[str]:
    """Return the headings of `Row.cells`."""
    return [options.say(heading) for heading in COLUMNS.values()]


def file_name(report: Report, options: ReportOptions) -> str:
    """Return the name of a photo's file without its folder, safe to show."""
    return options.privacy.text(PurePath(report.path).name or report.path)


def missing_rows(people: tuple[Person, ...], options: ReportOptions) -> list[Row]:
    """Return a row for each person without a photo."""
    return [
        Row(
            class_name=options.privacy.text(person.class_name),
            student_number=options.privacy.text(person.student_number),
            name=options.privacy.text(person.name),
            id_number=options.privacy.number(person.id_number),
            verdict=options.say(MISSING),
            action=options.say(COME),
            reasons=(),
            remedies=(),
            codes=(),
            file="",
        )
        for person in people
    ]
