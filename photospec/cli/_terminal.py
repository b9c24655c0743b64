"""What commands need of a terminal: whether to colour, and a progress bar."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from photospec.text import Language

__all__ = ["coloured", "progress", "screen_width"]


def coloured(stream: TextIO) -> bool:
    """Return whether colours are welcome on a stream."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def screen_width(stream: TextIO) -> int | None:
    """Return the cells of a line of a terminal; None for a file or a pipe, whose lines are left whole."""
    return max(40, shutil.get_terminal_size((80, 24)).columns) if stream.isatty() else None


@contextlib.contextmanager
def progress(total: int | None, language: Language) -> Iterator[Callable[[], object]]:
    """Show a progress bar on standard error if that is a terminal; yield what to call after each photo."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    both = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=both, redirect_stderr=both
    ) as bar:
        task = bar.add_task("检查" if language == "zh" else "checking", total=total)
        yield lambda: bar.advance(task)
