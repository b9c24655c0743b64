"""Reports as an Excel workbook for registrars: a row a photo with its picture, counts, and who is missing."""

from __future__ import annotations

import collections
import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photospec.errors import PhotospecError
from photospec.finding import Action, Verdict
from photospec.report._report import Report
from photospec.report.row import COLUMNS, Row, headings, missing_rows, row_of, told
from photospec.report.thumbnail import pixels_of, thumbnail
from photospec.report.words import ACTIONS, COME, MISSING, VERDICTS
from photospec.report.writer import FileWriter, ReportOptions, Target
from photospec.text import Text

if TYPE_CHECKING:
    from photospec.batch.session import Summary

__all__ = ["ExcelWriter"]

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""

PICTURE = (72, 96)
"""Width and height of a thumbnail in the sheet; twice as many pixels are stored, for printing and fine screens."""

WIDTHS = {
    "class_name": 16,
    "student_number": 15,
    "name": 10,
    "id_number": 21,
    "verdict": 11,
    "action": 16,
    "reasons": 52,
    "remedies": 46,
    "codes": 9,
    "file": 30,
}
FILLS = {
    Verdict.PASS: ("#e3f3e6", "#14602b"),
    Verdict.REVIEW: ("#fff2cc", "#7a4b00"),
    Verdict.FAIL: ("#fbdfdd", "#9c1c13"),
    Verdict.ERROR: ("#e4e4e9", "#33333d"),
}
"""Background and text of the verdict's cell; each pair has a contrast of 6 or more."""

PHOTO = Text("照片", "photo")
PHOTOS = Text("照片", "photos")
COUNTS = Text("统计", "counts")
MISSING_SHEET = Text("没有照片的人", "who is missing")


class ExcelWriter(FileWriter):
    """A sheet of photos, one of counts by verdict, action, rule and class, and one of those without a photo.

    Written with XlsxWriter row by row; thumbnails wait in a temporary folder, so memory does not grow with the batch
    but for some 400 bytes a photo that place its picture.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        import xlsxwriter

        self._folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="photospec-")))
        settings = {"constant_memory": True, "tmpdir": str(self._folder), "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(self.part), settings)
        self._open.callback(self._abandon)
        self._book.set_calc_mode("manual")
        self._book.set_properties({"title": "photospec", "created": dt.datetime.now(dt.UTC).replace(tzinfo=None)})
        self._count = 0
        self._verdicts: collections.Counter[str] = collections.Counter()
        self._actions: collections.Counter[str] = collections.Counter()
        self._rules: dict[tuple[str, str], collections.Counter[Verdict]] = {}
        self._classes: dict[str, collections.Counter[str]] = {}
        self._styles()
        self._sheet = self._book.add_worksheet(options.say(PHOTOS))
        self._head(self._sheet, [options.say(PHOTO), *headings(options)], [11, *WIDTHS.values()])
        self._sheet.freeze_panes(1, 4)

    def _styles(self) -> None:
        font = {"font_name": "Microsoft YaHei" if self.options.language == "zh" else "Calibri", "font_size": 10}
        plain = font | {
            "valign": "vcenter",
            "text_wrap": True,
            "bottom": 1,
            "bottom_color": "#d9d9de",
            "num_format": "@",
        }
        centred = plain | {"align": "center", "bold": True}
        self._plain = self._book.add_format(plain)
        self._centred = self._book.add_format(plain | {"align": "center"})
        self._number = self._book.add_format(plain | {"num_format": "0", "align": "right"})
        self._title = self._book.add_format(font | {"bold": True, "font_size": 13})
        self._header = self._book.add_format(
            font
            | {"bold": True, "valign": "vcenter", "text_wrap": True, "bg_color": "#243447", "font_color": "#ffffff"}
        )
        self._painted = {
            verdict: self._book.add_format(centred | {"bg_color": back, "font_color": front})
            for verdict, (back, front) in FILLS.items()
        }
        strong = {Action.RESHOOT: Verdict.FAIL, Action.LOOK: Verdict.REVIEW}
        mend = self._book.add_format(centred | {"bg_color": "#dceafb", "font_color": "#0b4a8f"})
        self._acting = {action: self._painted[strong[action]] if action in strong else mend for action in Action}

    def _head(self, sheet: Any, names: list[str], widths: list[int]) -> None:
        for column, (name, width) in enumerate(zip(names, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, self._header)
        sheet.set_row(0, 26)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&C&P / &N")

    def add(self, report: Report) -> None:
        self._count += 1
        if self._count > MOST_ROWS:
            raise PhotospecError(
                Text(
                    f"Excel 的一张表最多 {MOST_ROWS} 行，请改用 .csv 或 .jsonl",
                    f"a sheet of Excel holds {MOST_ROWS} rows: use .csv or .jsonl",
                )
            )
        row = row_of(report, self.options)
        self._tally(report, row)
        self._sheet.set_row(self._count, PICTURE[1] * 0.75 + 6)
        styles = {"verdict": self._painted[report.outcome], "codes": self._centred}
        if report.action is not None and row.action:
            styles["action"] = self._acting[report.action]
        for column, (name, text) in enumerate(zip(COLUMNS, row.cells(), strict=True), 1):
            # a cell of Excel holds 32,767 characters
            self._sheet.write_string(self._count, column, text[:32_000], styles.get(name, self._plain))
        self._place_picture(report)

    def _place_picture(self, report: Report) -> None:
        self._sheet.write_blank(self._count, 0, None, self._plain)
        pixels = pixels_of(report, self.options)
        if pixels is None:
            return
        picture = self._folder / f"{self._count}.jpg"
        picture.write_bytes(thumbnail(pixels, (2 * PICTURE[0], 2 * PICTURE[1]), 65))
        height, width = pixels.shape[:2]
        fit = min(1.0, 2 * PICTURE[0] / width, 2 * PICTURE[1] / height)
        scale = min(PICTURE[0] / max(1, round(width * fit)), PICTURE[1] / max(1, round(height * fit)), 1.0)
        place = {"x_scale": scale, "y_scale": scale, "x_offset": 4, "y_offset": 4, "object_position": 1}
        self._sheet.insert_image(self._count, 0, str(picture), place | {"decorative": True})

    def _tally(self, report: Report, row: Row) -> None:
        self._verdicts[row.verdict] += 1
        self._classes.setdefault(row.class_name, collections.Counter())[row.verdict] += 1
        if row.action:
            self._actions[row.action] += 1
        if not report.ok:
            for finding in told(report):
                title = self.options.say(finding.title) or finding.rule
                self._rules.setdefault((finding.code, title), collections.Counter())[finding.verdict] += 1

    def finish(self, summary: Summary | None) -> None:
        say = self.options.say
        absent = missing_rows(summary.absent if summary is not None else (), self.options)
        self._sheet.autofilter(0, 0, max(self._count, 1), len(COLUMNS))
        if not any(self._classes):
            self._sheet.set_column(1, 1, WIDTHS["class_name"], None, {"hidden": True})
        self._count_sheet(len(absent))
        if summary is not None and summary.missing is not None:
            sheet = self._book.add_worksheet(say(MISSING_SHEET))
            names = ("class_name", "student_number", "name", "id_number")
            self._head(sheet, [say(COLUMNS[name]) for name in names], [WIDTHS[name] + 4 for name in names])
            sheet.freeze_panes(1, 0)
            for place, person in enumerate(absent, 1):
                for column, name in enumerate(names):
                    sheet.write_string(place, column, getattr(person, name), self._plain)
            sheet.autofilter(0, 0, max(len(absent), 1), len(names) - 1)
        self._book.close()

    def _count_sheet(self, absent: int) -> None:
        say = self.options.say
        sheet = self._book.add_worksheet(say(COUNTS))
        verdicts = [say(VERDICTS[v]) for v in FILLS]
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 5, 13)
        line = 0

        def table(title: Text, heads: list[str], rows: list[list[str | int]]) -> None:
            nonlocal line
            sheet.write_string(line, 0, say(title), self._title)
            for column, head in enumerate(heads):
                sheet.write_string(line + 1, column, head, self._header)
            for values in rows:
                for column, value in enumerate(values):
                    if isinstance(value, int):
                        sheet.write_number(line + 2, column, value, self._number)
                    else:
                        sheet.write_string(line + 2, column, value, self._plain)
                line += 1
            line += 3

        number = say(Text("张数", "photos"))
        total: list[list[str | int]] = [[verdict, self._verdicts[verdict]] for verdict in verdicts]
        total.append([say(Text("合计", "total")), self._count])
        if absent:
            total.append([say(MISSING), absent])
        table(Text("按结论", "by verdict"), [say(COLUMNS["verdict"]), number], total)
        actions: list[list[str | int]] = [[say(text), self._actions[say(text)]] for text in ACTIONS.values()]
        if absent:
            actions.append([say(COME), absent])
        table(Text("按处理方式", "by what to do"), [say(COLUMNS["action"]), number], actions)
        table(
            Text("按班级", "by class"),
            [say(COLUMNS["class_name"]), *verdicts, say(Text("合计", "total"))],
            [
                [name or "–", *(counts[v] for v in verdicts), counts.total()]
                for name, counts in sorted(self._classes.items())
            ],
        )
        kinds = (Verdict.FAIL, Verdict.REVIEW, Verdict.ERROR)
        ranked = sorted(self._rules.items(), key=lambda entry: [-entry[1][kind] for kind in kinds])
        table(
            Text("按规则", "by rule"),
            [say(COLUMNS["codes"]), *(say(VERDICTS[kind]) for kind in kinds)],
            [[f"{code} {title}", *(counts[kind] for kind in kinds)] for (code, title), counts in ranked],
        )

    def _abandon(self) -> None:
        """Let go of the workbook's temporary files where it was never closed."""
        self._book.fileclosed = 1  # else it complains when it is collected
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
