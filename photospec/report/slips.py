"""Slips for students who must be photographed again: photo, reason, remedy and date, to print and hand out by class."""

from __future__ import annotations

import abc
import base64
import datetime as dt
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from photospec.errors import PhotospecError
from photospec.finding import Action
from photospec.person import Person
from photospec.report._report import Report
from photospec.report.files import whole_path
from photospec.report.fonts import chinese_font
from photospec.report.html import environment, policy, resource, trusted
from photospec.report.row import file_name, told
from photospec.report.thumbnail import pixels_of, thumbnail
from photospec.report.words import broken, decided
from photospec.report.writer import ReportOptions, Target, Writer
from photospec.text import Text

if TYPE_CHECKING:
    from photospec.batch.session import Summary

__all__ = ["FIELDS", "Slip", "SlipWriter", "open_slips"]

FIELDS = {
    "photo": Text("照片", "photo"),
    "name": Text("姓名", "name"),
    "student-number": Text("学号", "student number"),
    "class": Text("班级", "class"),
    "id-number": Text("身份证号", "ID number"),
    "file": Text("文件", "file"),
}
"""What a slip may tell of a student; a school chooses."""

USUAL = ("photo", "name", "student-number", "class")

TITLE = Text("照片补拍通知", "Please be photographed again")
FIRST = Text("照片采集通知", "Please be photographed")
NOTE = Text("补拍时间、地点：", "when and where:")
ABSENT = Text("还没有采集照片", "no photo was taken yet")
COME = Text("请按通知的时间、地点来拍摄", "come to be photographed")
PHOTO = (240, 320)


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip, in one language and safe to show.

    Parameters
    ----------
    class_name : str
        The class, by which slips are sorted.
    title : str
        The heading.
    facts : tuple of (str, str)
        Who it is for: label and value.
    reasons : tuple of (str, str)
        What is wrong, and what to do.
    photo : bytes or None
        A JPEG.
    """

    class_name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    photo: bytes | None


class SlipWriter(Writer):
    """Collects a slip for everybody who must come to the camera, and writes them by class when all are known.

    That is each photo whose action is `Action.RESHOOT`, and each person of the roster who has no photo. What an
    operator can mend without the student gets none. Slips wait in a temporary file.

    Parameters
    ----------
    target : path-like
        The file.
    options : ReportOptions
        Language and privacy.
    fields : iterable of str
        What to tell of a student, out of `FIELDS`.
    note : str
        What to write at the foot, such as when and where to come.

    Raises
    ------
    PhotospecError
        An unknown field, or a file that cannot be written.
    """

    def __init__(
        self, target: Target, options: ReportOptions, *, fields: Iterable[str] = USUAL, note: str | None = None
    ) -> None:
        super().__init__(target, options)
        self.fields = tuple(fields)
        unknown = [name for name in self.fields if name not in FIELDS]
        if unknown:
            known = ", ".join(FIELDS)
            raise PhotospecError(
                Text(
                    f"通知单没有项目 {unknown[0]!r}；可用：{known}",
                    f"a slip has no field {unknown[0]!r}; known: {known}",
                )
            )
        self.note = options.say(NOTE) + "\n" if note is None else options.privacy.text(note)
        self.part: Path = self._open.enter_context(whole_path(str(target)))
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the writer
        self._open.callback(self._spool.close)
        self._places: list[tuple[str, str, int]] = []

    def add(self, report: Report) -> None:
        if report.action is not Action.RESHOOT:
            return
        say = self.options.say
        pixels = pixels_of(report, self.options) if "photo" in self.fields else None
        # of what a person refused everything counts, else what only another shot can mend
        wanted = [f for f in told(report) if f.action is Action.RESHOOT or report.decision is not None]
        reasons = [(say(decided(report)), "")] if report.decision is not None else []
        reasons += [(say(finding.message), say(finding.remedy)) for finding in wanted]
        self._keep(
            report.person,
            self.options.class_of(report),
            reasons,
            None if pixels is None else thumbnail(pixels, PHOTO, 80),
            file_name(report, self.options),
        )

    def _keep(
        self, person: Person | None, class_name: str, reasons: list[tuple[str, str]], photo: bytes | None, file: str
    ) -> None:
        privacy = self.options.privacy
        values = {"class": class_name, "file": file}
        if person is not None:
            values["name"] = privacy.text(person.name)
            values["student-number"] = privacy.text(person.student_number)
            values["id-number"] = privacy.number(person.id_number)
        elif "file" not in self.fields:  # nobody knows whom it is for but by the file's name
            values["name"] = Path(file).stem
        facts = [(self.options.say(FIELDS[name]), values.get(name, "")) for name in self.fields if name != "photo"]
        title = self.options.say(FIRST if photo is None and not file else TITLE)
        slip = Slip(class_name, title, tuple(fact for fact in facts if fact[1]), tuple(reasons), photo)
        order = values.get("student-number") or values.get("name") or file
        self._places.append((class_name, order, self._spool.tell()))
        pickle.dump(slip, self._spool, pickle.HIGHEST_PROTOCOL)

    def finish(self, summary: Summary | None) -> None:
        say = self.options.say
        for person in summary.absent if summary is not None else ():
            self._keep(person, self.options.privacy.text(person.class_name), [(say(ABSENT), say(COME))], None, "")
        self.write(self._slips())

    def _slips(self) -> Iterator[Slip]:
        for _, _, place in sorted(self._places):
            self._spool.seek(place)
            slip: Slip = pickle.load(self._spool)  # noqa: S301 - a file of our own that nobody else can open
            yield slip

    @property
    def words(self) -> dict[str, str]:
        """The words that all slips share."""
        today = dt.datetime.now().astimezone().date()
        date = f"{today.year} 年 {today.month} 月 {today.day} 日" if self.options.language == "zh" else str(today)
        return {"note": self.note.strip(), "date": date}

    @abc.abstractmethod
    def write(self, slips: Iterator[Slip]) -> None:
        """Write the slips, sorted by class, to `part`."""


class HtmlSlips(SlipWriter):
    """Slips as a page to print, six to a sheet of A4; no script, no network."""

    def write(self, slips: Iterator[Slip]) -> None:
        page: Any = environment().get_template("slips.html.j2").module
        macro = {name: getattr(page, name) for name in ("head", "class", "slip", "end", "foot")}
        style, words = resource("slips.css"), self.words
        with self.part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(
                str(macro["head"](policy(style), trusted(style), self.options.say(TITLE), self.options.language))
            )
            for name, group in groupby(slips, key=lambda slip: slip.class_name):
                file.write(str(macro["class"](name)))
                for slip in group:
                    photo = "" if slip.photo is None else base64.b64encode(slip.photo).decode()
                    shown = {"title": slip.title, "facts": slip.facts, "reasons": slip.reasons, "photo": photo}
                    file.write(str(macro["slip"](shown, words)))
                file.write(str(macro["end"]()))
            file.write(str(macro["foot"]()))


class PdfSlips(SlipWriter):
    """Slips as PDF, written with fpdf2: pure Python, and it embeds the signs used of a Chinese OpenType font."""

    COLUMNS, ROWS, MARGIN, GAP = 2, 3, 10.0, 4.0
    WIDTH, HEIGHT = (210 - 2 * MARGIN - GAP) / COLUMNS, (297 - 2 * MARGIN - 2 * GAP) / ROWS

    def __init__(
        self, target: Target, options: ReportOptions, *, fields: Iterable[str] = USUAL, note: str | None = None
    ) -> None:
        try:
            import fpdf
        except ModuleNotFoundError as error:
            raise PhotospecError(
                Text(
                    "写 PDF 需要：pip install 'photospec[print]'（或改用 .html）",
                    "PDF needs: pip install 'photospec[print]' (or use .html)",
                )
            ) from error
        self._fpdf = fpdf
        self._font = chinese_font(embeddable=True)
        super().__init__(target, options, fields=fields, note=note)

    def write(self, slips: Iterator[Slip]) -> None:
        pdf = self._fpdf.FPDF(format="A4", unit="mm")
        pdf.set_auto_page_break(False)
        pdf.set_title(self.options.say(TITLE))
        pdf.set_creator("photospec")
        pdf.add_font("zh", fname=self._font.path, collection_font_number=self._font.index)
        words = self.words
        for _, group in groupby(slips, key=lambda slip: slip.class_name):
            for number, slip in enumerate(group):
                place = number % (self.COLUMNS * self.ROWS)
                if place == 0:
                    pdf.add_page()
                row, column = divmod(place, self.COLUMNS)
                left = self.MARGIN + column * (self.WIDTH + self.GAP)
                self._slip(pdf, slip, words, left, self.MARGIN + row * (self.HEIGHT + self.GAP))
        if not pdf.pages:
            pdf.add_page()
            pdf.set_font("zh", size=12)
            pdf.text(self.MARGIN, 20, self.options.say(Text("没有需要补拍的学生", "nobody must be photographed again")))
        pdf.output(str(self.part))

    def _slip(self, pdf: Any, slip: Slip, words: dict[str, str], left: float, top: float) -> None:
        inner, edge = self.WIDTH - 8, left + 4
        pdf.set_draw_color(120)
        pdf.set_line_width(0.2)
        pdf.rect(left, top, self.WIDTH, self.HEIGHT)
        pdf.set_text_color(0)
        pdf.set_font("zh", size=12)
        pdf.set_xy(left, top + 2)
        pdf.cell(self.WIDTH, 6, slip.title, align="C")
        y, beside = top + 10, edge
        if slip.photo is not None:
            pdf.image(slip.photo, edge, y, w=24, h=32, keep_aspect_ratio=True)
            beside = edge + 27
        bottom = self._facts(pdf, slip, beside, y + 1, left + self.WIDTH - 4 - beside)
        y = max(bottom, y + 34 if slip.photo is not None else 0) + 1
        foot = top + self.HEIGHT - 12
        self._reasons(pdf, slip, edge, y, inner, foot - y)
        pdf.set_draw_color(160)
        pdf.line(edge, foot, edge + inner, foot)
        pdf.set_font("zh", size=8)
        pdf.set_text_color(60)
        for number, line in enumerate(broken(words["note"].replace("\n", " "), inner - 26, pdf.get_string_width)[:2]):
            pdf.text(edge, foot + 4.4 + 4 * number, line)
        pdf.set_xy(edge, foot + 1.2)
        pdf.cell(inner, 4.4, words["date"], align="R")

    def _facts(self, pdf: Any, slip: Slip, x: float, y: float, width: float) -> float:
        for label, value in slip.facts:
            pdf.set_font("zh", size=8)
            pdf.set_text_color(90)
            pdf.text(x, y + 3, label)
            indent = pdf.get_string_width(label) + 2
            pdf.set_font("zh", size=10)
            pdf.set_text_color(0)
            for line in broken(value, width - indent, pdf.get_string_width)[:2]:
                pdf.text(x + indent, y + 3.2, line)
                y += 4.8
            y += 0.8
        return y

    def _reasons(self, pdf: Any, slip: Slip, x: float, y: float, width: float, height: float) -> None:
        """Write the reasons in the largest size in which they fit; what still does not is left off."""
        for size in (11, 10, 9, 8, 7):
            pdf.set_font("zh", size=size)
            step = size * 0.47
            lines = []
            for number, (reason, remedy) in enumerate(slip.reasons, 1):
                lines += [(line, 0) for line in broken(f"{number}. {reason}", width, pdf.get_string_width)]
                lines += [(line, 40) for line in broken(f"→ {remedy}" if remedy else "", width, pdf.get_string_width)]
            if len(lines) * step <= height:
                break
        most = max(1, int(height / step))
        for number, (line, grey) in enumerate(lines[:most]):
            pdf.set_text_color(grey)
            shown = "……" if number == most - 1 and len(lines) > most else line
            pdf.text(x, y + step * (number + 0.8), shown)


_WRITERS: dict[str, type[SlipWriter]] = {".html": HtmlSlips, ".htm": HtmlSlips, ".pdf": PdfSlips}


def open_slips(
    target: str, options: ReportOptions, *, fields: Iterable[str] = USUAL, note: str | None = None
) -> SlipWriter:
    """Open a file of slips; ``.html`` or ``.pdf`` by its ending.

    Parameters
    ----------
    target, options, fields, note
        As for `SlipWriter`.

    Raises
    ------
    PhotospecError
        Another ending, an unknown field, a missing package, or a file that cannot be written.
    """
    kind = _WRITERS.get(Path(target).suffix.lower())
    if kind is None:
        name = Path(target).name
        raise PhotospecError(
            Text(f"通知单 {name} 应以 .pdf 或 .html 结尾", f"slips are written as .pdf or .html, not as {name}")
        )
    return kind(target, options, fields=fields, note=note)
