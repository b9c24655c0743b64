"""``photospec report``: write what an earlier run found in other forms, without checking again."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photospec.cli._app import Help, Lang, Settings, argument, command, option
from photospec.cli._outputs import (
    Annotate,
    FormatChoice,
    Outputs,
    PrivacyChoice,
    SlipFields,
    SlipNote,
    Slips,
    forms_of,
    open_writers,
    screen,
)
from photospec.errors import PhotospecError
from photospec.text import Text

if TYPE_CHECKING:
    from photospec.report import Report

__all__ = ["report"]


@command(
    "把以前的结果（.jsonl）写成其他格式：Excel、网页、通知单等，不再检查",
    "Write earlier results (.jsonl) in other forms: Excel, a page, slips; nothing is checked again.",
)
def report(
    results: Annotated[
        str, argument("photospec check 写出的 .jsonl 文件", "A .jsonl file that photospec check wrote.", metavar="FILE")
    ],
    *,
    settings: Settings,
    format_: FormatChoice = None,
    output: Outputs = None,
    annotate: Annotate = None,
    slips: Slips = None,
    slip_fields: SlipFields = None,
    slip_note: SlipNote = None,
    privacy: PrivacyChoice = None,
    roster: Annotated[
        str | None,
        option(
            "--roster",
            zh="名单（CSV 或 XLSX）：在结果中写上姓名和班级，列出没有照片的人",
            en="A list (CSV or XLSX): names and classes beside the files, and who is missing.",
            metavar="FILE",
        ),
    ] = None,
    roster_column: Annotated[
        str | None,
        option(
            "--roster-column",
            zh="与文件名核对的列，默认依次为身份证号、学号、姓名",
            en="Column that file names are compared with; by default the ID number, student number or name.",
            metavar="HEADER",
        ),
    ] = None,
    language: Lang,
    help_: Help = False,
) -> None:
    """Read the lines of a run and write them anew."""
    from photospec.batch.album import Album
    from photospec.batch.session import Session
    from photospec.report.text import Tally
    from photospec.report.writer import ReportOptions

    forms = forms_of(output or (), format_)
    config = settings.replace(roster=roster, roster_column=roster_column, privacy=privacy)
    session = Session(roster=config.load_roster(), decisions=config.load_decisions())
    options = ReportOptions(
        language=language, privacy=config.privacy, roots=(_root(results),), photos=Album().photo, verbose=False
    )
    tally = Tally(options)
    with contextlib.ExitStack() as stack:
        named = {"annotate": annotate, "slips": slips, "slip_fields": slip_fields, "slip_note": slip_note}
        writers = open_writers(forms, options, stack, **named)  # type: ignore[arg-type]
        if not writers:
            writers.append(stack.enter_context(screen(format_ or "text", options)))
        for found in _reports(results):
            known = session.recall(found)
            tally.add(known)
            for writer in writers:
                writer.add(known)
        summary = session.summary()
        for writer in writers:
            writer.close(summary)
    raise typer.Exit(max(tally.exit_code, 1 if summary.missing else 0))


def _lines(path: str) -> Iterator[dict[str, Any]]:
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    values = json.loads(line)
                    values["path"]
                except (ValueError, TypeError, KeyError) as error:
                    raise _strange(path, number) from error
                yield values
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise PhotospecError(Text(f"无法读取 {path}：{why}", f"cannot read {path}: {why}")) from error


def _reports(path: str) -> Iterator[Report]:
    from photospec.report import Report

    for number, values in enumerate(_lines(path), 1):
        try:
            yield Report.from_json(values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _strange(path, number) from error


def _root(path: str) -> str:
    """Return the deepest folder that holds all photos; below it folders are classes."""
    root: str | None = None
    for values in _lines(path):
        folder = str(PurePath(str(values["path"])).parent)
        try:
            root = folder if root is None else os.path.commonpath([root, folder])
        except ValueError:  # absolute and relative ones, or two drives
            return ""
    return root or "."


def _strange(path: str, number: int) -> PhotospecError:
    name = Path(path).name
    return PhotospecError(
        Text(f"{name} 第 {number} 行不是 photospec 的结果", f"line {number} of {name} is not a result of photospec")
    )
