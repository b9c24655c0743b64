"""Reports as JSON lines, for programs: every number exact, every name as it is."""

from __future__ import annotations

from photospec.report._report import Report
from photospec.report.writer import LineWriter
from photospec.text import Languages

__all__ = ["JsonLinesWriter"]


class JsonLinesWriter(LineWriter):
    """One object of the public contract a line (`report_schema`).

    A run that must survive its own death keeps its lines with `photospec.batch.results.ResultFile` instead.
    """

    def add(self, report: Report) -> None:
        options = self.options
        language: Languages = "both" if options.bilingual else options.language
        self.file.write(report.to_json_line(language, compact=options.compact, timings=options.timings) + "\n")
