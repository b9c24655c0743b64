"""Waivers: one rule turned off for one named person, for a reason and until a day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from photospec.batch.roster import Roster, normalised
from photospec.errors import PhotospecError
from photospec.finding import NOTHING, Finding, Verdict
from photospec.person import Person
from photospec.report import Report
from photospec.rules import Rule
from photospec.spec import nearest
from photospec.text import Text

__all__ = ["Waiver", "Waivers", "parsed_waivers"]

WAIVED = Text("（已豁免：{reason}，至 {until}）", " (waived: {reason}; until {until})")
EXPIRED = Text("（豁免已于 {until} 到期，不再有效）", " (the waiver expired on {until} and no longer counts)")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One rule that does not bind one person.

    Parameters
    ----------
    person : str
        Identity number, student number or name, as the roster or the photo's file name has it.
    rule : str
        Name of the rule, such as ``head-covering``.
    reason : str
        Why, such as a medical certificate; it stands in the report.
    until : date
        Last day on which it counts.
    """

    person: str
    rule: str
    reason: str
    until: dt.date

    def __repr__(self) -> str:
        return f"Waiver(rule={self.rule!r}, until={self.until})"  # numbers and names stay out of logs


class Waivers:
    """The waivers of a school, to be laid on reports.

    Parameters
    ----------
    waivers : iterable of Waiver
        Whom, what, why, until when.
    roster : Roster, optional
        Whose numbers and names belong together; without it a waiver is found by what the file name holds.
    today : date, optional
        The day that expiry is reckoned from; by default this one.

    Raises
    ------
    PhotospecError
        Two people of the roster answer to a waiver: name them by number.

    Examples
    --------
    >>> import datetime
    >>> from photospec import check
    >>> waivers = Waivers([Waiver("1001", "file-integrity", "scanned print", datetime.date(2099, 1, 1))])
    >>> waivers.concern("class1/1001.jpg"), waivers.concern("class1/1002.jpg")
    (True, False)
    """

    def __init__(
        self, waivers: Iterable[Waiver] = (), *, roster: Roster | None = None, today: dt.date | None = None
    ) -> None:
        self._waivers = tuple(waivers)
        self._today = today or dt.date.today()  # noqa: DTZ011 - the day on the registrar's calendar
        self._roster = roster
        # a roster of its own finds them in file names
        self._named = Roster(tuple(Person(w.person, "", "", line) for line, w in enumerate(self._waivers)), "id_number")
        if roster is not None:
            self._refuse_namesakes(roster)

    def _refuse_namesakes(self, roster: Roster) -> None:
        for waiver in self._waivers:
            lines = [str(person.line) for person in roster.people if _answers(person, waiver)]
            if len(lines) > 1:
                places = ", ".join(lines)
                raise PhotospecError(
                    Text(
                        f"豁免（{waiver.rule}）：名单第 {places} 行都符合，请改用学号或身份证号",
                        f"waiver of {waiver.rule}: lines {places} of the roster answer to it; give a number instead",
                    )
                )

    def _of(self, path: str) -> Iterator[Waiver]:
        stem = PurePath(path).stem
        lines = {person.line for person in self._named.find(stem)}
        people = () if self._roster is None else self._roster.find(stem)
        for line, waiver in enumerate(self._waivers):
            if line in lines or (len(people) == 1 and _answers(people[0], waiver)):
                yield waiver

    def concern(self, path: str) -> bool:
        """Return whether the photo of this path is of somebody with a waiver, expired or not."""
        return any(True for _ in self._of(path))

    def apply(self, report: Report) -> Report:
        """Return a report in which waived findings are ``skip``; one that expired stays, and says so."""
        if not self._waivers:
            return report
        waivers = {waiver.rule: waiver for waiver in sorted(self._of(report.path), key=lambda w: w.until)}
        if not waivers:
            return report
        findings = tuple(
            self._laid_on(finding, waivers[finding.rule]) if finding.rule in waivers else finding
            for finding in report.findings
        )
        return dataclasses.replace(report, findings=findings)

    def _laid_on(self, finding: Finding, waiver: Waiver) -> Finding:
        if finding.verdict in (Verdict.PASS, Verdict.SKIP):
            return finding
        if waiver.until < self._today:
            return dataclasses.replace(finding, message=finding.message + EXPIRED.format(until=waiver.until))
        if finding.verdict is Verdict.ERROR:
            return finding  # nobody knows what was waived
        waived = finding.message + WAIVED.format(reason=waiver.reason, until=waiver.until)
        return dataclasses.replace(finding, verdict=Verdict.SKIP, message=waived, remedy=NOTHING)


def _answers(person: Person, waiver: Waiver) -> bool:
    wanted = normalised(waiver.person)
    return wanted in {normalised(text) for text in (person.id_number, person.student_number, person.name) if text}


def parsed_waivers(tables: object, rules: Mapping[str, Rule], where: str) -> tuple[Waiver, ...]:
    """Return the waivers of an array of tables, as a TOML file has them.

    Parameters
    ----------
    tables : object
        A list of tables with ``person``, ``rule`` (name or code), ``reason`` and ``until`` (a date).
    rules : mapping of str to Rule
        The rules that there are, by name.
    where : str
        The file, for errors.

    Raises
    ------
    PhotospecError
        A key is unknown or missing, of the wrong type or empty, or there is no such rule.
    """
    if not isinstance(tables, list):
        raise PhotospecError(
            Text(
                f"{where}：waivers 应为 [[waivers]] 表的列表",
                f"{where}: waivers must be an array of [[waivers]] tables",
            )
        )
    return tuple(_parsed(table, rules, f"{where}: waivers[{number}]") for number, table in enumerate(tables, 1))


def _parsed(table: Any, rules: Mapping[str, Rule], where: str) -> Waiver:
    keys = {"person": "文字", "rule": "文字", "reason": "文字", "until": "日期，如 2027-06-30"}
    english = {"until": "a date, such as 2027-06-30"}
    for key in table if isinstance(table, dict) else ():
        if key not in keys:
            hint = nearest(key, keys)
            raise PhotospecError(
                Text(
                    f"{where}：未知的键 {key}{hint.zh}；可用：{', '.join(keys)}",
                    f"{where}: unknown key {key!r}{hint.en}; known: {', '.join(keys)}",
                )
            )
    for key, wanted in keys.items():
        value = table.get(key) if isinstance(table, dict) else None
        good = type(value) is dt.date if key == "until" else isinstance(value, str) and bool(value.strip())
        if not good:
            english_wanted = english.get(key, "text")
            raise PhotospecError(
                Text(f"{where}.{key}：应为{wanted}", f"{where}.{key}: expected {english_wanted}, got {value!r}")
            )
    by_code = {rule.code: rule.name for rule in rules.values()}
    name = by_code.get(table["rule"], table["rule"])
    if name not in rules:
        hint = nearest(name, [*rules, *by_code])
        raise PhotospecError(Text(f"{where}：没有规则 {name}{hint.zh}", f"{where}: there is no rule {name!r}{hint.en}"))
    return Waiver(table["person"], name, table["reason"], table["until"])
