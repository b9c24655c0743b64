"""Reports as CSV that Excel and WPS open by a double click: a byte-order mark, no formula, no number bent."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from photospec.report._report import Report
from photospec.report.row import headings, missing_rows, row_of
from photospec.report.writer import LineWriter, ReportOptions, Target

if TYPE_CHECKING:
    from photospec.batch.session import Summary

__all__ = ["CsvWriter", "cell"]

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠|%]")
_BENT = re.compile(r"0[0-9]+|[0-9]{12,}")


def cell(text: str) -> str:
    r"""Return a text that a spreadsheet takes as it stands.

    What would be a formula gets an apostrophe before it (OWASP, *CSV Injection*); a number that Excel would round, show
    as 2.02E+11 or rob of its zeros gets a tab behind it, which nobody sees.

    Examples
    --------
    >>> cell("=cmd|' /C calc'!A0"), cell("202100010023"), cell("王芳")
    ("'=cmd|' /C calc'!A0", '202100010023\t', '王芳')
    """
    if _FORMULA.match(text):
        return "'" + text
    return text + "\t" if _BENT.fullmatch(text) else text


class CsvWriter(LineWriter):
    """One row a photo, then one for each person of the roster who has none."""

    newline = ""

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        self.file.write("\ufeff")
        self._rows = csv.writer(self.file, lineterminator="\r\n")
        self._rows.writerow(headings(options))

    def add(self, report: Report) -> None:
        self._write(row_of(report, self.options).cells("；" if self.options.language == "zh" else "; "))

    def finish(self, summary: Summary | None) -> None:
        for row in missing_rows(summary.absent if summary is not None else (), self.options):
            self._write(row.cells())

    def _write(self, cells: list[str]) -> None:
        self._rows.writerow(cell(text) for text in cells)
