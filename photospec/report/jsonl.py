"""Reports as JSON lines, for programs: every number exact, every name as it is."""

from __future__ import annotations

from photospec.report._report import Report
from photospec.report.writer import LineWriter

__all__ = ["JsonLinesWriter"]


class JsonLinesWriter(LineWriter):
    """One object of the public contract a line (`report_schema`).

    A run that must survive its own death keeps its lines with `photospec.batch.results.ResultFile` instead.
    """

    def add(self, report: Report) -> None:
        self.file.write(report.to_json_line(self.options.language, timings=self.options.timings) + "\n")
