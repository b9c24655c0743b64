"""One interface for every form in which reports are written: open, add each report, close."""

from __future__ import annotations

import abc
import contextlib
import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from photospec.errors import PhotospecError
from photospec.person import Privacy
from photospec.report._report import Report
from photospec.report.files import whole_file, whole_path
from photospec.text import Language, Text

if TYPE_CHECKING:
    from photospec.batch.session import Summary
    from photospec.photo import Photo

__all__ = ["FORMATS", "LineWriter", "ReportOptions", "Target", "Writer", "format_of", "open_report"]

Target = str | os.PathLike[str] | TextIO


@dataclass(frozen=True, slots=True)
class Format:
    """A form of reports: the file endings that stand for it, and where its writer is."""

    name: str
    endings: tuple[str, ...]
    writer: str
    binary: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            Format("text", (".txt",), "photospec.report.text:TextWriter"),
            Format("jsonl", (".jsonl", ".ndjson"), "photospec.report.jsonl:JsonLinesWriter"),
            Format("csv", (".csv",), "photospec.report.csv:CsvWriter"),
            Format("xlsx", (".xlsx",), "photospec.report.xlsx:ExcelWriter", binary=True),
            Format("html", (".html", ".htm"), "photospec.report.html:HtmlWriter"),
            Format("junit", (".xml",), "photospec.report.junit:JUnitWriter"),
            Format("sarif", (".sarif", ".sarif.json"), "photospec.report.sarif:SarifWriter"),
            Format("github", (), "photospec.report.github:GitHubWriter"),
        )
    }
)
"""Every form, by its name."""


def _album() -> Callable[[Report], Photo | None]:
    from photospec.batch.album import Album

    return Album().photo


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What all writers ask: how to say it, and what may be shown.

    Parameters
    ----------
    language : {"zh", "en"}
        Language of every word.
    privacy : Privacy
        What people see of identity numbers.
    roots : tuple of str
        Folders that were asked for: a photo's class is its folder below these, where no roster names it.
    photos : callable
        Gives the photo of a report for thumbnails, or None; by default an `Album`'s.
    bilingual, compact : bool
        Words in both languages; without the findings that pass (``jsonl``).
    timings, verbose : bool
        Add what each fact and rule took; name every photo and every rule (``text`` and ``jsonl``).
    coloured : bool
        Add ANSI colours (``text``).
    width : int or None
        Cells of the screen; longer lines are broken (``text``).
    """

    language: Language = "zh"
    privacy: Privacy = Privacy.MASKED
    roots: tuple[str, ...] = ()
    photos: Callable[[Report], Photo | None] = field(default_factory=_album)
    bilingual: bool = False
    compact: bool = False
    timings: bool = False
    verbose: bool = False
    coloured: bool = False
    width: int | None = None

    def say(self, text: Text) -> str:
        """Return a text in the language, safe to show, with its identity numbers as `privacy` has them."""
        return self.privacy.text(text.in_(self.language))

    def class_of(self, report: Report) -> str:
        """Return the class of a photo: the roster's, else its folder below `roots`; empty where there is none."""
        if report.person is not None and report.person.class_name:
            return self.privacy.text(report.person.class_name)
        folder = PurePath(report.path).parent
        for root in self.roots:
            if folder.is_relative_to(root):
                below = folder.relative_to(root)
                return self.privacy.text("/".join(below.parts) or _bare(PurePath(root).name))
        return self.privacy.text(_bare(folder.name))


def _bare(name: str) -> str:
    """Return the name of a folder or an archive without the archive's ending."""
    return name[:-4] if name.lower().endswith(".zip") else name


class Writer(abc.ABC):
    """Writes reports to one file, which appears when all are written and not at all otherwise; a context manager.

    Leaving the context closes the file; leaving it by an exception discards what was written, and an earlier file of
    the name stays.

    Parameters
    ----------
    target : path-like or text stream
        The file. A stream is written directly; a form that is no text takes none.
    options : ReportOptions
        How.

    Raises
    ------
    PhotospecError
        The file cannot be written, or a package that the form needs is missing.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:  # noqa: ARG002 - what it is, subclasses say
        self.options = options
        self._open = contextlib.ExitStack()
        self._closed = False

    @abc.abstractmethod
    def add(self, report: Report) -> None:
        """Write one report."""

    def finish(self, summary: Summary | None) -> None:  # noqa: B027 - most forms end with their last report
        """Write what stands behind the last report."""

    def close(self, summary: Summary | None = None) -> None:
        """Complete the file.

        Parameters
        ----------
        summary : Summary, optional
            What the whole batch comes to (`Session.summary`), for the forms that tell it, such as who is missing.
        """
        if not self._closed:
            self._closed = True
            with self._open:
                self.finish(summary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self._closed:
            self._closed = True
            self._open.__exit__(kind, error, trace)


class LineWriter(Writer):
    """A writer of text, to a file or straight to a stream.

    Attributes
    ----------
    file : text stream
        Where to write.
    """

    newline = "\n"

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        self.file: TextIO
        if isinstance(target, str | os.PathLike):
            self.file = self._open.enter_context(whole_file(target, newline=self.newline))
        else:
            self.file = target


class FileWriter(Writer):
    """A writer of a form that is no text.

    Attributes
    ----------
    part : Path
        Where to write.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        if not isinstance(target, str | os.PathLike):
            raise PhotospecError(Text("这种格式需要写入文件", "this form needs a file to be written to"))
        self.part: Path = self._open.enter_context(whole_path(target))


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the name of the form that a file's ending stands for.

    Raises
    ------
    PhotospecError
        The ending stands for none; the message names those that do.

    Examples
    --------
    >>> format_of("class1/Report.XLSX")
    'xlsx'
    """
    name = Path(path).name.lower()
    for entry in FORMATS.values():
        if name.endswith(entry.endings):
            return entry.name
    known = "、".join(ending for entry in FORMATS.values() for ending in entry.endings)
    shown = Path(path).name
    raise PhotospecError(
        Text(
            f"无法从文件名 {shown} 判断格式；可用的扩展名：{known}",
            f"the ending of {shown} stands for no format; known: {known.replace('、', ', ')}",
        )
    )


def open_report(target: Target, options: ReportOptions | None = None, *, format: str | None = None) -> Writer:  # noqa: A002
    """Open a file for reports.

    Parameters
    ----------
    target : path-like or text stream
        The file; its ending names the form.
    options : ReportOptions, optional
        Language, privacy and the like.
    format : str, optional
        Name of the form (`FORMATS`), for a stream or a file of another ending.

    Returns
    -------
    Writer

    Raises
    ------
    PhotospecError
        Unknown ending or form, a form that needs a file and was given a stream, or a file that cannot be written.

    Examples
    --------
    >>> import io
    >>> from photospec import check
    >>> page = io.StringIO()
    >>> with open_report(page, ReportOptions(language="en"), format="text") as writer:
    ...     writer.add(check("gone.jpg"))
    >>> print(page.getvalue().splitlines()[0])
    error  gone.jpg  [a person must look]
    """
    if format is None:
        if not isinstance(target, str | os.PathLike):
            raise PhotospecError(Text("写入数据流时必须给出 format", "a stream needs format, the name of the form"))
        format = format_of(target)  # noqa: A001
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise PhotospecError(Text(f"没有格式 {format}；可用：{known}", f"no format {format!r}; known: {known}"))
    module, name = FORMATS[format].writer.split(":")
    writer: Writer = getattr(importlib.import_module(module), name)(target, options or ReportOptions())
    return writer
