"""Decisions of people, kept in a plain file and applied to later reports of the same photo under the same spec."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import datetime
from pathlib import Path, PurePath

from photospec.errors import PhotospecError
from photospec.finding import Verdict
from photospec.person import Privacy
from photospec.report import Report
from photospec.report.decision import Decision, DecisionError, Ruling
from photospec.text import Text

__all__ = ["Decisions"]

MOST_BYTES = 256 << 20
_TAIL = 1 << 16
"""More than the longest line."""


class Decisions:
    """A file of decisions: JSON lines, one a decision, to which lines are only ever added.

    The latest decision on a photo counts, by its time and not by its place, so that the files of two people may be
    joined in any order, as ``merge=union`` of Git does. A decision holds for the photo's bytes and the spec's digest:
    for a changed photo or a changed spec it is as if it had never been made.

    Parameters
    ----------
    path : path-like
        The file; it appears with the first decision.

    Raises
    ------
    PhotospecError
        The file cannot be read, or a line of it is no decision.

    Examples
    --------
    >>> from photospec import check
    >>> from photospec.batch.decisions import Decisions
    >>> report = check(b"no photo")
    >>> Decisions("none-yet.jsonl").apply(report) == report
    True
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._latest: dict[tuple[str, str], Decision] = {}
        self._specs: dict[str, set[str]] = {}
        for decision in self._read():
            self._remember(decision)

    def __len__(self) -> int:
        """Return the number of photos with a decision that counts, each spec by itself."""
        return sum(decision.ruling is not Ruling.WITHDRAW for decision in self._latest.values())

    def _read(self) -> list[Decision]:
        try:
            if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
                raise self._faulty(Text("文件过大", "the file is too large"))
            lines = self.path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return []
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise self._faulty(Text(f"无法读取：{why}", f"cannot be read: {why}")) from error
        decisions = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
                if not isinstance(values, dict):
                    raise TypeError("not an object")
                decisions.append(Decision.from_json(values))
            except (ValueError, TypeError, KeyError) as error:
                if number == len(lines) and not line.endswith(b"\n"):
                    break  # whoever wrote it was stopped in the middle
                raise self._faulty(
                    Text(f"第 {number} 行不是一条决定（{error}）", f"line {number} is no decision ({error})")
                ) from error
        return decisions

    def _faulty(self, why: Text) -> PhotospecError:
        return PhotospecError(Text(f"决定文件 {self.path}：{why.zh}", f"decisions {self.path}: {why.en}"))

    def _remember(self, decision: Decision) -> None:
        key = decision.photo, decision.spec
        earlier = self._latest.get(key)
        if earlier is None or decision.when >= earlier.when:
            self._latest[key] = decision
        self._specs.setdefault(decision.photo, set()).add(decision.spec)

    def of(self, report: Report) -> Decision | None:
        """Return the decision that counts for a report, or None.

        An acceptance counts only while every rule that does not pass was among those that the person saw: a photo that
        turns out to be somebody else's as well is looked at again. What could not be checked at all cannot be accepted.
        """
        if report.sha256 is None:
            return None
        decision = self._latest.get((report.sha256, report.spec_digest))
        if decision is None or decision.ruling is Ruling.WITHDRAW:
            return None
        if decision.ruling is Ruling.ACCEPT:
            unseen = {finding.code for finding in report.failures} - set(decision.rules)
            if unseen or report.verdict is Verdict.ERROR:
                return None
        return decision

    def lapsed(self, report: Report) -> bool:
        """Return whether the photo was decided before, but under another spec or with fewer findings than now."""
        return report.sha256 in self._specs and self.of(report) is None and not self._withdrawn(report)

    def _withdrawn(self, report: Report) -> bool:
        latest = self._latest.get((report.sha256 or "", report.spec_digest))
        return latest is not None and latest.ruling is Ruling.WITHDRAW

    def apply(self, report: Report) -> Report:
        """Return a report with the decision that counts for it; the machine's findings stay as they are."""
        decision = self.of(report)
        return report if decision is report.decision else dataclasses.replace(report, decision=decision)

    def decide(
        self, report: Report, ruling: Ruling | str, *, reason: str = "", who: str, when: datetime | None = None
    ) -> Report:
        """Write a decision on a photo and return its report with it.

        When this returns, the decision survives the death of the process.

        Parameters
        ----------
        report : Report
            What the person saw.
        ruling : Ruling or str
            ``accept``, ``refuse`` or ``withdraw``.
        reason : str
            Why; needed to refuse.
        who : str
            Who decides.
        when : datetime, optional
            When, with its offset from UTC; by default now.

        Raises
        ------
        PhotospecError
            A word is missing or too long; the photo was not read, so that there is nothing to accept; or the file
            cannot be written.
        """
        if report.sha256 is None or (report.verdict is Verdict.ERROR and ruling == Ruling.ACCEPT):
            raise PhotospecError(
                Text(
                    f"{report.path}：照片未能检查，无法作出决定",
                    f"{report.path}: the photo could not be checked, so it cannot be decided",
                )
            )
        if ruling not in tuple(Ruling):
            known = ", ".join(Ruling)
            raise DecisionError(Text(f"没有决定 {ruling}；可用：{known}", f"no ruling {ruling!r}; known: {known}"))
        decision = Decision(
            report.sha256,
            report.spec_digest,
            Ruling(ruling),
            reason.strip(),
            who.strip(),
            when or datetime.now().astimezone(),
            tuple(finding.code for finding in report.failures),
            Privacy.MASKED.text(PurePath(report.path).name),
        )
        line = json.dumps(decision.to_json(), ensure_ascii=False)
        try:
            self._append(line.encode("utf-8", "backslashreplace"))  # JSON leaves lone surrogates as they are
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise self._faulty(Text(f"无法写入：{why}", f"cannot be written: {why}")) from error
        self._remember(decision)
        return self.apply(report)

    def _append(self, line: bytes) -> None:
        with self.path.open("a+b", buffering=0) as file:
            start = b""
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            rest = file.read().rpartition(b"\n")[2]
            if rest:  # an editor took the last line feed away, or a writer was stopped in the middle of a line
                try:
                    json.loads(rest)
                    start = b"\n"
                except ValueError:
                    file.truncate(size - len(rest))
            file.write(start + line + b"\n")
            os.fsync(file.fileno())
