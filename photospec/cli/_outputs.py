"""What commands share that write reports: the options for files, pictures and slips, and opening them all at once."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, TypeAlias, cast

from photospec.cli._app import option
from photospec.cli._terminal import coloured, screen_width
from photospec.errors import PhotospecError
from photospec.person import Privacy
from photospec.text import Text

if TYPE_CHECKING:
    from photospec.report.writer import ReportOptions, Writer

__all__ = [
    "Annotate",
    "FormatChoice",
    "Outputs",
    "PrivacyChoice",
    "SlipFields",
    "SlipNote",
    "Slips",
    "forms_of",
    "open_writers",
    "screen",
]

FormatChoice: TypeAlias = Annotated[
    str | None,
    option(
        "--format",
        zh="屏幕输出的格式：text（默认，给人看）、jsonl、csv、junit、sarif、github",
        en="Format on the screen: text (the default, for people), jsonl, csv, junit, sarif or github.",
        metavar="FORMAT",
    ),
]
Outputs: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--output",
        "-o",
        zh="写入文件，可重复；格式由扩展名决定：.xlsx .csv .html .jsonl .txt .xml（JUnit）.sarif",
        en="Write to a file, repeatable; its ending names the format: .xlsx .csv .html .jsonl .txt .xml .sarif.",
        metavar="FILE",
    ),
]
Annotate: TypeAlias = Annotated[
    str | None,
    option(
        "--annotate",
        zh="把未通过的照片画上测量线和说明，存入此文件夹",
        en="Draw the photos that do not pass, with lines and words, into this folder.",
        metavar="DIR",
    ),
]
Slips: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--slips",
        zh="写出需要补拍的学生的通知单，按班级排列：.pdf 或 .html，可重复",
        en="Write slips for those who must be photographed again, by class: .pdf or .html, repeatable.",
        metavar="FILE",
    ),
]
SlipFields: TypeAlias = Annotated[
    str | None,
    option(
        "--slip-fields",
        zh="通知单上的内容，逗号分隔：photo、name、student-number、class（以上默认）、id-number、file",
        en="What slips tell: photo, name, student-number, class (these by default), id-number, file.",
        metavar="FIELDS",
    ),
]
SlipNote: TypeAlias = Annotated[
    str | None,
    option(
        "--slip-note",
        zh="通知单下方的话，如补拍的时间和地点",
        en="What to write at the foot of a slip, such as when and where to come.",
        metavar="TEXT",
    ),
]
PrivacyChoice: TypeAlias = Annotated[
    Privacy | None,
    option(
        "--privacy",
        zh="masked（默认）：一切给人看的输出中隐去身份证号中间各位；shown：全部显示",
        en="masked (the default) hides the middle of identity numbers in all that people see; shown hides nothing.",
        metavar="masked|shown",
    ),
]


class _Screen:
    """Standard output, looked up each time: a progress bar puts its own stream in its place."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


def screen(form: str, options: ReportOptions) -> Writer:
    """Return a writer to standard output, in colours and broken at its width where it is a terminal."""
    from photospec.report.writer import open_report

    shown = dataclasses.replace(options, coloured=coloured(sys.stdout), width=screen_width(sys.stdout))
    return open_report(cast(TextIO, _Screen()), shown, format=form)


def forms_of(outputs: Sequence[str], form: str | None) -> dict[str, str]:
    """Return the form of each output: its ending's, or for a strange ending the one that is asked for.

    Raises
    ------
    PhotospecError
        An unknown form or ending, or a form that is not the ending's.
    """
    from photospec.report.writer import FORMATS, format_of

    if form is not None and form not in FORMATS:
        known = ", ".join(FORMATS)
        raise PhotospecError(Text(f"没有格式 {form}；可用：{known}", f"no format {form!r}; known: {known}"))
    forms = {}
    for path in outputs:
        try:
            forms[path] = format_of(path)
        except PhotospecError:
            if form is None:
                raise
            forms[path] = form
        if form is not None and forms[path] != form:
            name = Path(path).name
            raise PhotospecError(
                Text(
                    f"--format {form} 与文件 {name} 的扩展名不一致",
                    f"--format {form} does not fit the ending of {name}",
                )
            )
    return forms


def open_writers(
    forms: dict[str, str],
    options: ReportOptions,
    stack: contextlib.ExitStack,
    *,
    annotate: str | None,
    slips: Iterable[str] | None,
    slip_fields: str | None,
    slip_note: str | None,
) -> list[Writer]:
    """Open all that is to be written; what is opened is discarded if the stack is left by an error.

    Parameters
    ----------
    forms : dict of str to str
        Files and their forms.
    options : ReportOptions
        How.
    stack : contextlib.ExitStack
        Closes them.
    annotate, slips, slip_fields, slip_note
        The options of these names.
    """
    from photospec.report.drawing import PictureFolder
    from photospec.report.slips import USUAL, open_slips
    from photospec.report.writer import open_report

    if (slip_fields or slip_note) and not slips:
        raise PhotospecError(
            Text("--slip-fields 和 --slip-note 需要 --slips", "--slip-fields and --slip-note go with --slips")
        )
    fields = USUAL if slip_fields is None else [part.strip() for part in slip_fields.split(",") if part.strip()]
    writers = [stack.enter_context(open_report(path, options, format=form)) for path, form in forms.items()]
    writers += [stack.enter_context(open_slips(path, options, fields=fields, note=slip_note)) for path in slips or ()]
    if annotate is not None:
        writers.append(stack.enter_context(PictureFolder(annotate, options)))
    return writers
