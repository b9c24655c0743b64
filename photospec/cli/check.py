"""``photospec check``: check photos and write what is found."""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from photospec.cli._terminal import progress
from photospec.errors import PhotospecError
from photospec.text import Text

if TYPE_CHECKING:
    from photospec.batch.run import BatchRun
    from photospec.batch.sources import Source
    from photospec.report.text import Tally
    from photospec.report.writer import Writer

__all__ = ["carry_out", "check"]


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
    format_: FormatChoice = None,
    output: Outputs = None,
    annotate: Annotate = None,
    slips: Slips = None,
    slip_fields: SlipFields = None,
    slip_note: SlipNote = None,
    privacy: PrivacyChoice = None,
    resume: Annotated[
        bool,
        option(
            "--resume",
            zh="接着上次的 .jsonl 继续：内容和标准都未变的照片不再检查",
            en="Go on from an earlier .jsonl: photos whose content and spec are the same are not checked again.",
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
    from photospec.batch.album import Album
    from photospec.batch.cluster import dask_executor
    from photospec.batch.run import BatchRun
    from photospec.batch.sources import find_sources
    from photospec.report.files import whole_file
    from photospec.report.text import Tally
    from photospec.report.writer import ReportOptions

    forms = forms_of(output or (), format_)
    kept = next((path for path, form in forms.items() if form == "jsonl" and _is_ordinary(path)), None)
    if resume and kept is None:
        raise PhotospecError(
            Text("--resume 需要 --output FILE.jsonl", "--resume goes with --output FILE.jsonl, the file to go on with")
        )
    if (bilingual or compact) and "jsonl" not in (*forms.values(), format_):
        raise PhotospecError(
            Text("--bilingual 和 --compact 需要 jsonl 格式", "--bilingual and --compact go with jsonl")
        )
    config = settings.with_rules(own_rules).replace(
        spec=spec,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        roster=roster,
        roster_column=roster_column,
        decisions=decisions,
        privacy=privacy,
    )
    people = config.load_roster()
    album = Album()
    photos = album.follow(find_sources(paths, listed=sys.stdin.buffer))
    total = sum(1 for _ in find_sources(paths)) if sys.stderr.isatty() and "-" not in paths else None
    options = ReportOptions(
        language=language,
        privacy=config.privacy,
        roots=tuple(paths),
        photos=album.photo,
        bilingual=bilingual,
        compact=compact,
        timings=timings,
        verbose=verbose,
    )
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(
            BatchRun(
                config.load_spec(),
                roster=people,
                waivers=config.load_waivers(people),
                decisions=config.load_decisions(),
                results=kept,
                resume=resume,
                language="both" if bilingual else language,
                compact=compact,
                timings=timings,
            )
        )
        where: dict[str, Any] = {"jobs": jobs, "time_limit": time_limit}
        if dask is not None:
            executor, tasks = stack.enter_context(dask_executor(dask, workers=jobs))
            where = {"executor": executor, "jobs": tasks}
        written = {path: form for path, form in forms.items() if path != kept}
        named = {"annotate": annotate, "slips": slips, "slip_fields": slip_fields, "slip_note": slip_note}
        writers = open_writers(written, options, stack, **named)  # type: ignore[arg-type]
        shown = format_ or "text"
        quiet = bool(forms or slips)
        if not quiet:
            writers.append(stack.enter_context(screen(shown, options)))
        tally = Tally(options)
        carry_out(run, photos, writers, tally, total=total, **where)
        found = run.summary()
        for writer in writers:
            writer.close(found)
    if (quiet or shown != "text") and (sys.stderr.isatty() or found.missing):
        print(tally.closing(found), file=sys.stderr)
    if summary is not None:
        with whole_file(summary) as out:
            json.dump(found.to_json(), out, ensure_ascii=False, indent=1)
            out.write("\n")
    raise typer.Exit(max(tally.exit_code, 1 if found.missing else 0))


def carry_out(
    run: BatchRun, photos: Iterator[Source], writers: Sequence[Writer], tally: Tally, *, total: int | None, **where: Any
) -> None:
    """Check a stream of photos with a progress bar, count and write each report.

    Parameters
    ----------
    run : BatchRun
        The batch.
    photos : iterator of Source
        Its photos.
    writers : sequence of Writer
        Each gets every report, those of an earlier run too.
    tally : Tally
        Counts them.
    total : int or None
        How many photos there are, where it is known.
    **where
        As for `BatchRun.check`.
    """
    with progress(total, tally.options.language) as step:
        for report in itertools.chain(run.recalled(), run.check(photos, **where)):
            tally.add(report)
            for writer in writers:
                writer.add(report)
            step()


def _is_ordinary(path: str) -> bool:
    """Return whether a path is, or will be, an ordinary file; pipes and devices are written directly."""
    return not Path(path).exists() or Path(path).is_file() or Path(path).is_dir()
