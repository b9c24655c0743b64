"""``photospec check``: check photos and write what is found."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from photospec.cli._app import (
    Help,
    IgnoredRules,
    Lang,
    OwnRules,
    SelectedRules,
    Settings,
    SpecName,
    argument,
    command,
    option,
)
from photospec.cli._terminal import coloured, progress
from photospec.errors import PhotospecError
from photospec.text import Language, Languages, Text

if TYPE_CHECKING:
    from photospec.batch.run import BatchRun
    from photospec.batch.sources import Source
    from photospec.report import Report
    from photospec.report.text import Tally

__all__ = ["carry_out", "check", "text_writer"]

Write: TypeAlias = "Callable[[Report], None]"


class ReportFormat(StrEnum):
    """How reports are written."""

    TEXT = "text"
    JSONL = "jsonl"


@command("检查照片、文件夹、通配符或 zip 压缩包", "Check photos, folders, patterns or zip archives.")
def check(
    paths: Annotated[
        list[str],
        argument(
            "文件、文件夹、通配符、zip；- 从标准输入读取路径列表",
            "Files, folders, patterns, zips; - reads a list of paths from standard input.",
            metavar="PATH...",
        ),
    ],
    *,
    spec: SpecName = None,
    select: SelectedRules = None,
    ignore: IgnoredRules = None,
    own_rules: OwnRules = None,
    settings: Settings,
    format_: Annotated[
        ReportFormat,
        option(
            "--format",
            zh="输出格式：text（给人看）或 jsonl（每张一行 JSON）",
            en="text for people, or jsonl: one JSON object a line.",
        ),
    ] = ReportFormat.TEXT,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            zh="写入文件；jsonl 边检查边写入 FILE.part，完成后改名",
            en="Write to a file; jsonl goes to FILE.part line by line until it is complete.",
            metavar="FILE",
        ),
    ] = None,
    resume: Annotated[
        bool,
        option(
            "--resume",
            zh="接着上次的 --output 继续：内容和标准都未变的照片不再检查",
            en="Go on from an earlier --output: photos whose content and spec are the same are not checked again.",
        ),
    ] = False,
    roster: Annotated[
        str | None,
        option(
            "--roster",
            zh="名单（CSV 或 XLSX）：核对缺照片、多照片和重复的人",
            en="A list (CSV or XLSX) of who must have a photo: missing, unknown and twice are reported.",
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
    decisions: Annotated[
        str | None,
        option(
            "--decisions",
            zh="人工决定的文件（JSON 行），用于同一张照片和同一标准",
            en="A file of people's decisions (JSON lines), applied to the same photo under the same spec.",
            metavar="FILE",
        ),
    ] = None,
    summary: Annotated[
        str | None,
        option(
            "--summary",
            zh="把整批的统计写入 JSON 文件：按规则、按文件夹、重复、名单、拍摄漂移",
            en="Write what the batch comes to as JSON: by rule, by folder, duplicates, roster, drift.",
            metavar="FILE",
        ),
    ] = None,
    dask: Annotated[
        str | None,
        option(
            "--dask",
            zh="在 Dask 集群上检查：调度器地址或 local",
            en="Work on a Dask cluster: the address of its scheduler, or local.",
            metavar="ADDRESS|local",
        ),
    ] = None,
    time_limit: Annotated[
        float,
        option(
            "--time-limit",
            zh="每张照片在处理进程中的秒数上限，默认 60",
            en="Seconds that one photo may take in a worker process; default 60.",
            min=0.1,
        ),
    ] = 60.0,
    jobs: Annotated[
        int | None,
        option(
            "--jobs",
            "-j",
            zh="进程数，默认每个核心一个",
            en="Worker processes; default one for each core.",
            min=1,
            max=1024,
        ),
    ] = None,
    timings: Annotated[
        bool, option("--timings", zh="给出每项测量和规则的耗时", en="Add the cost of each fact and rule.")
    ] = False,
    bilingual: Annotated[
        bool,
        option("--bilingual", zh="jsonl 中的文字同时给出中文和英文", en="jsonl: every text in Chinese and English."),
    ] = False,
    compact: Annotated[
        bool, option("--compact", zh="jsonl 中略去合格的规则", en="jsonl: leave out what passed.")
    ] = False,
    verbose: Annotated[
        bool, option("--verbose", "-v", zh="列出每张照片的每条规则", en="Name every photo and every rule.")
    ] = False,
    language: Lang,
    help_: Help = False,
) -> None:
    """Check photos, write a report for each and a line or two for the whole batch."""
    from photospec.batch.cluster import dask_executor
    from photospec.batch.run import BatchRun
    from photospec.batch.sources import find_sources
    from photospec.report.text import describe_summary, whole_file

    jsonl = format_ is ReportFormat.JSONL
    if resume and (output is None or not jsonl):
        raise PhotospecError(
            Text(
                "--resume 需要 --format jsonl 和 --output FILE",
                "--resume goes with --format jsonl and --output FILE",
            )
        )
    if (bilingual or compact) and not jsonl:
        raise PhotospecError(
            Text("--bilingual 和 --compact 需要 --format jsonl", "--bilingual and --compact go with --format jsonl")
        )
    words: Languages = "both" if bilingual else language
    config = settings.with_rules(own_rules).replace(
        spec=spec,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        roster=roster,
        roster_column=roster_column,
        decisions=decisions,
    )
    people = config.load_roster()
    photos = find_sources(paths, listed=sys.stdin.buffer)
    total = sum(1 for _ in find_sources(paths)) if sys.stderr.isatty() and "-" not in paths else None
    kept = output if jsonl and output is not None and _is_ordinary(output) else None
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(
            BatchRun(
                config.load_spec(),
                roster=people,
                waivers=config.load_waivers(people),
                decisions=config.load_decisions(),
                results=kept,
                resume=resume,
                language=words,
                compact=compact,
                timings=timings,
            )
        )
        where: dict[str, Any] = {"jobs": jobs, "time_limit": time_limit}
        if dask is not None:
            executor, tasks = stack.enter_context(dask_executor(dask, workers=jobs))
            where = {"executor": executor, "jobs": tasks}
        file = stack.enter_context(whole_file(output)) if output is not None and kept is None else None

        def write_line(report: Report) -> None:
            if kept is None:
                print(report.to_json_line(words, compact=compact, timings=timings), file=file or sys.stdout)

        write = write_line if jsonl else text_writer(language, file, verbose=verbose)
        tally = carry_out(run, photos, write, language=language, total=total, **where)
        found = run.summary()
        closing = [tally.describe(language), *describe_summary(found, language)]
        if timings:
            closing.append(tally.describe_timings(language))
        if not jsonl:
            print("\n".join(closing), file=file or sys.stdout)
        elif sys.stderr.isatty() or found.missing:
            print("\n".join(closing), file=sys.stderr)
    if summary is not None:
        with whole_file(summary) as out:
            json.dump(found.to_json(), out, ensure_ascii=False, indent=1)
            out.write("\n")
    raise typer.Exit(max(tally.exit_code, 1 if found.missing else 0))


def carry_out(
    run: BatchRun, photos: Iterator[Source], write: Write, *, language: Language, total: int | None, **where: Any
) -> Tally:
    """Check a stream of photos with a progress bar, write each report and count them.

    Parameters
    ----------
    run : BatchRun
        The batch.
    photos : iterator of Source
        Its photos.
    write : callable
        Takes each new report.
    language : {"zh", "en"}
        Language of the progress bar.
    total : int or None
        How many photos there are, where it is known.
    **where
        As for `BatchRun.check`.
    """
    from photospec.report.text import Tally

    tally = Tally()
    with progress(total, language) as step:
        for report in run.recalled():
            tally.add(report)
            step()
        for report in run.check(photos, **where):
            tally.add(report)
            write(report)
            step()
    return tally


def text_writer(language: Language, file: Any = None, *, verbose: bool = False) -> Write:
    """Return what writes a report for people, to a file or to the screen; photos that pass are left out."""
    from photospec.report.text import describe

    colours = file is None and coloured(sys.stdout)

    def write(report: Report) -> None:
        if verbose or not report.ok:
            # looked up each time: the progress bar puts its own stream in the place of standard output
            print(describe(report, language, coloured=colours, verbose=verbose), file=file or sys.stdout)

    return write


def _is_ordinary(path: str) -> bool:
    """Return whether a path is, or will be, an ordinary file; pipes and devices are written directly."""
    return not Path(path).exists() or Path(path).is_file() or Path(path).is_dir()
