"""The command line; it needs the extra ``cli`` (typer and rich).

What takes time to import (OpenCV, dlib, the rules) is imported by the command that needs it.
"""

import contextlib
import itertools
import json
import locale
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from photospec import __version__
from photospec.errors import PhotospecError
from photospec.text import Language, Text, safe

if TYPE_CHECKING:
    import typer

    from photospec.batch.results import ResultFile
    from photospec.batch.sources import Source
    from photospec.photo import Photo
    from photospec.report import Report
    from photospec.rules import Rule
    from photospec.spec import Provenance, Spec

__all__ = ["language_of", "main"]

FEW = 24
"""So many photos or fewer are checked in this process: starting others would take longer."""


INTERRUPTED = 130


class ReportFormat(StrEnum):
    """How reports are written."""

    TEXT = "text"
    JSONL = "jsonl"


class ListFormat(StrEnum):
    """How lists are written."""

    TEXT = "text"
    JSON = "json"


class Choice(StrEnum):
    """The languages to choose from."""

    ZH = "zh"
    EN = "en"
    AUTO = "auto"


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language to speak: that of ``--lang``, else of LC_ALL, LC_MESSAGES or LANG, else of the system.

    Parameters
    ----------
    arguments : sequence of str
        The command line; its ``--lang`` is needed before it can be parsed, for the words of the parser.
    environment : mapping
        The environment variables.
    """
    asked = ""
    for this, after in itertools.pairwise([*arguments, ""]):
        if this == "--lang":
            asked = after
        elif this.startswith("--lang="):
            asked = this.removeprefix("--lang=")
    if asked == "zh":
        return "zh"
    if asked == "en":
        return "en"
    system = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(k))), None)
    if system is None:
        system = locale.getlocale()[0] or ""
    return "zh" if system.lower().startswith(("zh", "chinese")) else "en"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 the job could not be done."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = language_of(words, os.environ)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(_run(words, language))


def _run(words: list[str], language: Language) -> int:
    def complain(message: Text) -> int:
        lines = (safe(line) for line in message.in_(language).splitlines())
        print("photospec: " + "\n".join(lines), file=sys.stderr)
        return 2

    try:
        import typer
    except ImportError:
        return complain(
            Text(
                "命令行需要附加组件：pip install 'photospec[cli]'",
                "the command line needs: pip install 'photospec[cli]'",
            )
        )

    def show(message: Warning | str, *_: object, **__: object) -> None:
        complain(Text(str(message), str(message)))

    # typer carries its own copy of click in new versions: take the class from where it is
    parser_error: Any = typer.BadParameter.__mro__[2]
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = show
        try:
            code = int(_app(language)(words, prog_name="photospec", standalone_mode=False) or 0)
            sys.stdout.flush()
            if code == INTERRUPTED:  # typer takes Ctrl-C itself
                complain(Text("已中断", "interrupted"))
            return code
        except PhotospecError as error:
            return complain(error.text)
        except (KeyboardInterrupt, typer.Abort):
            complain(Text("已中断", "interrupted"))
            return INTERRUPTED
        except BrokenPipeError:
            # the reader, such as `head`, has seen enough; keep Python from complaining of it at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 2
        except parser_error as error:
            return complain(_usage(error))
        except OSError as error:
            why = f"{error.strerror or type(error).__name__}" + (f": {error.filename}" if error.filename else "")
            return complain(Text(f"系统错误：{why}", f"system error: {why}"))
        except Exception as error:
            if os.environ.get("PHOTOSPEC_DEBUG"):
                raise
            what = f"{type(error).__name__}: {error}"
            return complain(
                Text(
                    f"程序内部错误：{what}（设 PHOTOSPEC_DEBUG=1 可查看详情）",
                    f"internal error: {what} (PHOTOSPEC_DEBUG=1 shows more)",
                )
            )


def _usage(error: Any) -> Text:
    """Return a parser's complaint in both languages."""
    said = error.format_message()
    kind = type(error).__name__
    hint = "\n" + "photospec --help"
    if kind in ("NoSuchOption", "NoSuchCommand"):
        name = getattr(error, "option_name", None) or getattr(error, "command_name", "")
        near = ", ".join(error.possibilities or ())
        zh = f"没有选项或命令 {name}" + (f"（是否想写 {near}？）" if near else "")
    elif kind == "MissingParameter":
        zh = f"缺少参数：{getattr(error.param, 'human_readable_name', '') or error.param_hint or ''}"
    elif kind == "NoArgsIsHelpError":
        return Text(said, said)
    else:
        zh = f"用法错误：{said}"
    return Text(zh + hint, said + hint)


def _app(language: Language) -> "typer.Typer":
    """Return the commands, with their help in one language."""
    import typer

    def say(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    def show_help(context: typer.Context, asked: bool) -> None:
        if asked:
            print(context.get_help())
            raise typer.Exit

    def show_version(asked: bool) -> None:
        if asked:
            print(f"photospec {__version__}")
            raise typer.Exit

    panel = say("选项", "Options")

    def option(*names: str, zh: str, en: str, **more: Any) -> Any:
        return typer.Option(*names, help=say(zh, en), rich_help_panel=panel, show_default=False, **more)

    def argument(zh: str, en: str, **more: Any) -> Any:
        return typer.Argument(help=say(zh, en), rich_help_panel=say("参数", "Arguments"), show_default=False, **more)

    help_option = option("--help", "-h", zh="显示此帮助", en="Show this help.", is_eager=True, callback=show_help)
    Help = Annotated[bool, help_option]  # noqa: N806 - a type
    lang_option = option(
        "--lang", zh="语言：zh、en 或 auto（按环境变量 LANG）", en="Language: zh, en or auto (from LANG)."
    )
    Lang = Annotated[Choice, lang_option]  # noqa: N806
    spec_option = option(
        "--spec",
        zh="标准的名称或 TOML 文件，默认 cn-diploma-2017",
        en="Name of a spec or a TOML file; default cn-diploma-2017.",
        metavar="NAME|FILE",
    )
    SpecName = Annotated[str, spec_option]  # noqa: N806
    select_option = option(
        "--select",
        zh="只检查这些规则：代码、前缀、名称或 ALL，可用逗号分隔、可重复",
        en="Check only these rules: codes, prefixes, names or ALL; separated by commas, repeatable.",
        metavar="RULES",
    )
    ignore_option = option(
        "--ignore", zh="不检查这些规则，写法同 --select", en="Leave these rules out; as --select.", metavar="RULES"
    )
    Names = list[str] | None  # noqa: N806
    context: dict[str, list[str]] = {"help_option_names": []}
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, context_settings=context)

    def command(zh: str, en: str) -> Callable[..., Any]:
        return app.command(help=say(zh, en), rich_help_panel=say("命令", "Commands"), context_settings=context)

    @app.callback(
        invoke_without_command=True,
        help=say(
            "按证件照标准检查照片，离线给出结论、原因和改法。",
            "Check ID photos against a standard, offline: verdict, reason and remedy.",
        ),
    )
    def photospec(
        context: typer.Context,
        help_: Help = False,
        version: Annotated[
            bool, option("--version", zh="显示版本", en="Show the version.", is_eager=True, callback=show_version)
        ] = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        if context.invoked_subcommand is None:
            print(context.get_help())
            raise typer.Exit(2)

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
        spec: SpecName = "cn-diploma-2017",
        select: Annotated[Names, select_option] = None,
        ignore: Annotated[Names, ignore_option] = None,
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
        verbose: Annotated[
            bool, option("--verbose", "-v", zh="列出每张照片的每条规则", en="Name every photo and every rule.")
        ] = False,
        help_: Help = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        from photospec.batch.sources import find_sources

        rules = _chosen(spec, select, ignore)
        sources = find_sources(paths, listed=sys.stdin.buffer)
        total = None
        if sys.stderr.isatty() and "-" not in paths:
            total = sum(1 for _ in find_sources(paths))
        run = _Run(
            spec=rules,
            language=language,
            format_=format_,
            output=output,
            resume=resume,
            roster=roster,
            roster_column=roster_column,
            summary=summary,
            dask=dask,
            jobs=jobs,
            time_limit=time_limit,
            timings=timings,
            verbose=verbose,
        )
        raise typer.Exit(run.check(sources, total))

    @command("列出全部规则", "List all rules.")
    def rules(
        format_: Annotated[ListFormat, option("--format", zh="text 或 json", en="text or json")] = ListFormat.TEXT,
        help_: Help = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        from photospec.spec import catalogue

        _list_rules(catalogue().values(), format_, language)

    @command("解释一条规则", "Explain one rule.")
    def rule(
        name: Annotated[
            str, argument("规则名称或代码，如 crown-margin", "Name or code of a rule, such as crown-margin.")
        ],
        help_: Help = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        print(_explained(name, language))

    @command("列出内置标准", "List the built-in specs.")
    def specs(help_: Help = False, lang: Lang = Choice.AUTO) -> None:
        from photospec.specs import load_spec, spec_names

        loaded = [load_spec(name) for name in spec_names()]
        width = max(len(s.name) for s in loaded)
        for s in loaded:
            print(f"{s.name:{width}}  {len(s):2}  {s.title.in_(language)}")

    @command("列出一个标准的规则、限值和来源", "List the rules, limits and sources of one spec.")
    def spec(
        name: Annotated[str, argument("标准的名称或 TOML 文件", "Name of a spec or a TOML file.")],
        help_: Help = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        from photospec.specs import load_spec

        print(_spec_page(load_spec(name), language))

    @command("生成一小批示例照片（好的和坏的）并检查", "Make a small batch of photos, good and bad, and check it.")
    def demo(
        folder: Annotated[
            str | None,
            argument(
                "照片写入此文件夹；省略则用临时文件夹", "Where to write the photos; by default a temporary folder."
            ),
        ] = None,
        help_: Help = False,
        lang: Lang = Choice.AUTO,
    ) -> None:
        raise typer.Exit(_demo(folder, language))

    return app


# -- check ----------------------------------------------------------------------------------------------------


def _split(names: Iterable[str] | None) -> list[str]:
    return [part.strip() for name in names or () for part in name.split(",") if part.strip()]


def _chosen(spec: str, select: list[str] | None, ignore: list[str] | None) -> "Spec":
    from photospec.specs import load_spec

    rules = load_spec(spec)
    if select:
        rules = rules.select(_split(select))
    if ignore:
        rules = rules.ignore(_split(ignore))
    if not len(rules):
        raise PhotospecError(Text("没有选中任何规则", "no rule is left to check"))
    return rules


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One run of the command ``check``: its options, and what to do with them."""

    spec: "Spec"
    language: Language
    format_: ReportFormat = ReportFormat.TEXT
    output: str | None = None
    resume: bool = False
    roster: str | None = None
    roster_column: str | None = None
    summary: str | None = None
    dask: str | None = None
    jobs: int | None = None
    time_limit: float = 60.0
    timings: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.resume and (self.output is None or self.format_ is not ReportFormat.JSONL):
            raise PhotospecError(
                Text(
                    "--resume 需要 --format jsonl 和 --output FILE",
                    "--resume goes with --format jsonl and --output FILE",
                )
            )
        if self.roster_column and not self.roster:
            raise PhotospecError(Text("--roster-column 需要 --roster", "--roster-column goes with --roster"))

    def check(self, sources: Iterator["Source"], total: int | None) -> int:
        """Check a stream of sources, write the reports and return the exit code."""
        from photospec.batch.roster import read_roster
        from photospec.batch.session import Session
        from photospec.report import Report
        from photospec.report.text import Tally, describe_summary, whole_file

        roster = read_roster(self.roster, column=self.roster_column) if self.roster else None
        spec = self.spec.select([r.name for r in self.spec] + ["roster"]) if self.roster else self.spec
        session = Session(spec, roster=roster)
        tally = Tally()
        with contextlib.ExitStack() as stack:
            results, write = self._writers(stack)
            step = stack.enter_context(_progress(total, self.language))
            if results is not None and self.resume:
                for values in results.earlier():
                    report = Report.from_json(values)
                    session.recall(report)
                    tally.add(report)
                    step()
            photos = sources if results is None else _unchecked(sources, results, spec.digest)
            for report in self._reports(photos, spec, stack):
                report = session.add(report)  # noqa: PLW2901 - the same, with what the batch says
                tally.add(report)
                write(report)
                step()
            found = session.summary()
            closing = [tally.describe(self.language), *describe_summary(found, self.language)]
            if self.timings:
                closing.append(tally.describe_timings(self.language))
            if self.format_ is ReportFormat.TEXT:
                write("\n".join(closing))
            if results is not None:
                results.finish()
        if self.format_ is ReportFormat.JSONL and (sys.stderr.isatty() or found.missing):
            print("\n".join(closing), file=sys.stderr)
        if self.summary is not None:
            with whole_file(self.summary) as file:
                json.dump(found.to_json(), file, ensure_ascii=False, indent=1)
                file.write("\n")
        return max(tally.exit_code, 1 if found.missing else 0)

    def _writers(self, stack: contextlib.ExitStack) -> "tuple[ResultFile | None, Callable[[Report | str], None]]":
        """Return where lines are kept, if they are, and how a report or text is written."""
        from photospec.batch.results import ResultFile
        from photospec.report.text import describe, whole_file

        if self.format_ is ReportFormat.JSONL and self.output is not None and _regular(self.output):
            results = ResultFile(self.output, resume=self.resume)
            stack.callback(results.close)

            def add(report: "Report | str") -> None:
                if not isinstance(report, str):
                    results.add(report.to_json_line(self.language, timings=self.timings))

            return results, add
        file = None if self.output is None else stack.enter_context(whole_file(self.output))
        coloured = self.output is None and _coloured(sys.stdout)

        def write(report: "Report | str") -> None:
            if isinstance(report, str):
                words = report
            elif self.format_ is ReportFormat.JSONL:
                words = report.to_json_line(self.language, timings=self.timings)
            elif self.verbose or not report.ok:
                words = describe(report, self.language, coloured=coloured, verbose=self.verbose)
            else:
                return
            print(words, file=file or sys.stdout)  # looked up each time: the progress bar puts its own in its place

        return None, write

    def _reports(
        self, photos: "Iterator[Source | Photo]", spec: "Spec", stack: contextlib.ExitStack
    ) -> "Iterator[Report]":
        """Check the photos where the options say."""
        from photospec.batch import check_many

        if self.dask is not None:
            from photospec.batch.cluster import dask_executor

            executor, tasks = stack.enter_context(dask_executor(self.dask, workers=self.jobs))
            reports = check_many(photos, spec, executor=executor, jobs=tasks)
        else:
            first = list(itertools.islice(photos, FEW + 1))
            workers = self.jobs or (1 if len(first) <= FEW else None)
            reports = check_many(itertools.chain(first, photos), spec, jobs=workers, time_limit=self.time_limit)
        stack.callback(getattr(reports, "close", lambda: None))  # Ctrl-C must stop the workers at once
        return reports


def _unchecked(sources: Iterable["Source"], results: "ResultFile", spec_digest: str) -> "Iterator[Source | Photo]":
    """Yield what no earlier run has checked; a photo that had to be read to know it goes on as it was read."""
    from photospec.errors import Unseen

    for source in sources:
        photo = None
        if results.knows(source.name, spec_digest):
            with contextlib.suppress(Unseen):
                photo = source.open()
        if not results.has(source.name, None if photo is None else photo.sha256, spec_digest):
            yield source if photo is None else photo


def _regular(path: str) -> bool:
    """Return whether a path is, or will be, an ordinary file; pipes and devices are written directly."""
    from pathlib import Path

    return not Path(path).exists() or Path(path).is_file() or Path(path).is_dir()


def _coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def _progress(total: int | None, language: Language) -> Iterator[Callable[[], object]]:
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


# -- rules and specs ------------------------------------------------------------------------------------------


def _list_rules(rules: Iterable["Rule"], format_: ListFormat, language: Language) -> None:
    from photospec.report.text import LEVELS, limits_in_words
    from photospec.spec import rule_fields

    known = sorted(rules, key=lambda r: r.code)
    if format_ is ListFormat.JSON:
        rows = [
            {
                "code": r.code,
                "name": r.name,
                "title": r.title.in_(language),
                "level": str(r.level),
                "clause": r.clause,
                "preview": r.preview,
                "unit": r.unit,
                "fields": {k: v for k, v in rule_fields(r).items() if k != "level"},
            }
            for r in known
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    width = max(len(r.name) for r in known)
    for r in known:
        preview = (" （预览）" if language == "zh" else " (preview)") if r.preview else ""
        words = limits_in_words(r)
        limits = f"  [{words}]" if words else ""
        print(
            f"{r.code}  {r.name:{width}}  {LEVELS[r.level].in_(language):7}  {r.title.in_(language)}{limits}{preview}"
        )


def _explained(name: str, language: Language) -> str:
    """Return all that is known of a rule: why and how it measures, and its limits in each spec."""
    from photospec.report.text import LEVELS, limits_in_words
    from photospec.rules.explanation import explain
    from photospec.spec import catalogue, nearest
    from photospec.specs import load_spec, spec_names

    known = catalogue()
    rule = next((r for r in known.values() if name in (r.name, r.code)), None)
    if rule is None:
        hint = nearest(name, [key for r in known.values() for key in (r.name, r.code)])
        raise PhotospecError(Text(f"没有规则 {name!r}{hint.zh}", f"no rule {name!r}{hint.en}"))
    labels = Text("级别：{level}　条款：{clause}", "level: {level}   clause: {clause}")
    lines = [
        f"{rule.code}  {rule.name}  {rule.title.in_(language)}",
        labels.format(level=LEVELS[rule.level], clause=rule.clause).in_(language),
    ]
    if rule.preview:
        preview = Text(
            "预览：误差率未达要求，需按名称或 ALL 选用",
            "preview: its error rates are not good enough yet; select it by name or ALL",
        )
        lines.append(preview.in_(language))
    lines += [
        "",
        explain(rule).in_(language),
        "",
        Text("各标准中的限值", "limits in the specs").in_(language),
    ]
    for spec in (load_spec(s) for s in spec_names()):
        if rule.name in spec:
            own = spec[rule.name]
            said = spec.provenance.get(rule.name)
            certainty = f"  [{said.certainty}]" if said and said.certainty else ""
            words = limits_in_words(own, spec.frame) or Text("有", "yes").in_(language)
            lines.append(f"  {spec.name}  {LEVELS[own.level].in_(language)}  {words}{certainty}")
    return "\n".join(lines)


def _spec_page(spec: "Spec", language: Language) -> str:
    from photospec.report.text import LEVELS, limits_in_words

    lines = [f"{spec.name}  {spec.title.in_(language)}", spec.source, f"sha256 {spec.digest}", ""]
    width = max(len(r.name) for r in spec)
    for r in spec:
        said = spec.provenance.get(r.name)
        source = _source(said, language) if said else ""
        limits, level = limits_in_words(r, spec.frame), LEVELS[r.level].in_(language)
        lines.append(f"{r.code}  {r.name:{width}}  {level:7}  {limits}  {source}".rstrip())
    if spec.unchecked:
        lines += ["", Text("未检查的要求：", "required but not checked:").in_(language)]
        lines += [f"  - {text.in_(language)}" for text in spec.unchecked]
    return "\n".join(lines)


def _source(said: "Provenance", language: Language) -> str:
    ours = Text("限值由 photospec 拟定", "limits are photospec's").in_(language) if said.ours else ""
    certainty = f"[{said.certainty}]" if said.certainty else ""
    return "  ".join(part for part in (certainty, said.clause, ours, said.note.in_(language)) if part)


# -- demo -----------------------------------------------------------------------------------------------------

DEMO = (
    "crown-too-high",
    "eyes-closed",
    "glare",
    "hair-over-ears",
    "ear-hoops",
    "backdrop-colour",
    "defocus",
    "side-light",
)
"""The defects of `photospec.testing` that the demo shows, one a photo."""


def _demo(folder: str | None, language: Language) -> int:
    """Write a batch of drawn photos, good and bad, check it and return the exit code."""
    import dataclasses
    import tempfile
    from pathlib import Path

    from photospec.batch.sources import find_sources
    from photospec.specs import load_spec
    from photospec.testing import Sitter, encode, portrait, save_portrait

    with contextlib.ExitStack() as stack:
        place = Path(folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="photospec-demo-")))
        if place.is_dir() and any(place.iterdir()):
            raise PhotospecError(Text(f"文件夹 {place} 不是空的", f"the folder {place} is not empty"))
        place.mkdir(parents=True, exist_ok=True)
        for seed in range(6):
            save_portrait(place / f"{seed + 1:02}-good.jpg", portrait(seed))
        for number, defect in enumerate(DEMO, 7):
            sitter = dataclasses.replace(Sitter.random(number), glasses=False)
            save_portrait(place / f"{number:02}-{defect}.jpg", portrait(number, sitter=sitter, defects=[defect]))
        last = portrait(14).pixels
        (place / "15-png-named-jpg.jpg").write_bytes(encode(last, format="PNG"))
        (place / "16-cut-off.jpg").write_bytes(encode(last)[:-9000])
        code = _Run(spec=load_spec(), language=language).check(find_sources([place]), 16)
    if folder is not None:
        print(Text(f"照片在 {safe(folder)}", f"the photos are in {safe(folder)}").in_(language))
    return code
