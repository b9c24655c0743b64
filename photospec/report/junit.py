"""Reports as JUnit XML, which every build server shows: a suite for all, a case for each photo."""

from __future__ import annotations

import tempfile
from pathlib import PurePath
from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from photospec.finding import Verdict
from photospec.report._report import Report
from photospec.report.row import file_name, told
from photospec.report.words import written
from photospec.report.writer import LineWriter, ReportOptions, Target

if TYPE_CHECKING:
    from photospec.batch.session import Summary

__all__ = ["JUnitWriter"]


class JUnitWriter(LineWriter):
    """A photo that fails or is held for review is a failure, of that type; one that cannot be checked is an error.

    Cases wait in a temporary file, as the counts must stand before them.

    References
    ----------
    .. [1] The XSD of Jenkins' xUnit plug-in, junit-10.xsd, which this is tested against.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        self._cases: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the writer
        self._open.callback(self._cases.close)
        self._tests = self._failures = self._errors = 0

    def add(self, report: Report) -> None:
        options = self.options
        self._tests += 1
        folder = options.privacy.text(str(PurePath(report.path).parent))
        names = f"classname={quoteattr(folder)} name={quoteattr(file_name(report, options))}"
        seconds = f"{sum(report.timings.values()):.3f}"
        verdict = report.verdict
        if verdict is Verdict.PASS:
            self._cases.write(f"  <testcase {names} time={quoteattr(seconds)}/>\n")
            return
        lines = [options.say(report.problem)] if report.problem is not None else []
        for finding in told(report) if report.problem is None else ():
            said = (options.say(words) for words in (finding.message, finding.remedy))
            lines.append(f"{finding.code} {finding.rule}: " + " → ".join(words for words in said if words))
        self._failures += verdict is not Verdict.ERROR
        self._errors += verdict is Verdict.ERROR
        element = "error" if verdict is Verdict.ERROR else "failure"
        first = quoteattr(lines[0] if lines else "")
        self._cases.write(
            f"  <testcase {names} time={quoteattr(seconds)}>\n"
            f"    <{element} type={quoteattr(str(verdict))} message={first}>{escape(chr(10).join(lines))}</{element}>\n"
            "  </testcase>\n"
        )

    def finish(self, summary: Summary | None) -> None:
        absent = () if summary is None else summary.absent
        counts = f'tests="{self._tests}" failures="{self._failures}" errors="{self._errors}" skipped="0"'
        self.file.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="photospec" {counts}>\n'
        )
        self._cases.seek(0)
        while part := self._cases.read(1 << 20):
            self.file.write(part)
        if absent:
            said = "".join(f"{written(person, self.options.privacy)}\n" for person in absent)
            self.file.write(f"  <system-out>{escape(said)}</system-out>\n")
        self.file.write("</testsuite>\n</testsuites>\n")
