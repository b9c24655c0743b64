"""``photospec demo``: a small batch to try everything on."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from photospec.cli._app import Help, Lang, argument, command
from photospec.cli._outputs import screen
from photospec.cli.check import carry_out
from photospec.errors import PhotospecError
from photospec.text import Text, safe

__all__ = ["demo"]


@command("生成一小批示例照片（好的和坏的）并检查", "Make a small batch of photos, good and bad, and check it.")
def demo(
    folder: Annotated[
        str | None,
        argument("照片写入此文件夹；省略则用临时文件夹", "Where to write the photos; by default a temporary folder."),
    ] = None,
    *,
    language: Lang,
    help_: Help = False,
) -> None:
    """Write a batch of drawn photos and check it."""
    from photospec.batch.run import BatchRun
    from photospec.batch.sources import find_sources
    from photospec.report.text import Tally
    from photospec.report.writer import ReportOptions
    from photospec.testing import save_demo

    with contextlib.ExitStack() as stack:
        place = Path(folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="photospec-demo-")))
        if place.is_dir() and any(place.iterdir()):
            raise PhotospecError(Text(f"文件夹 {place} 不是空的", f"the folder {place} is not empty"))
        total = len(save_demo(place))
        run = stack.enter_context(BatchRun())
        options = ReportOptions(language=language, roots=(str(place),))
        writer = stack.enter_context(screen("text", options))
        tally = Tally(options)
        carry_out(run, find_sources([place]), [writer], tally, total=total)
    if folder is not None:
        print(Text(f"照片在 {safe(folder)}", f"the photos are in {safe(folder)}").in_(language))
    raise typer.Exit(tally.exit_code)
