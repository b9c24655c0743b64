"""``photospec decide``: write down what a person decided of photos that were checked."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

from photospec.cli._app import Help, Lang, Settings, argument, command, option
from photospec.errors import PhotospecError
from photospec.text import Text, safe

if TYPE_CHECKING:
    from photospec.report import Report

__all__ = ["decide"]


@command("记录对已检查照片的人工决定", "Write down a person's decision on photos that were checked.")
def decide(
    results: Annotated[
        str,
        argument(
            "检查结果（check --format jsonl 的输出）",
            "Results of `check --format jsonl`, as the person has seen them.",
            metavar="RESULTS",
        ),
    ],
    *,
    accept: Annotated[
        list[str] | None,
        option(
            "--accept",
            zh="接受这张照片（路径、文件名或学号）；可重复",
            en="Accept this photo (its path, name or stem); repeatable.",
            metavar="NAME",
        ),
    ] = None,
    refuse: Annotated[
        list[str] | None,
        option(
            "--refuse",
            zh="退回这张照片，须写 --reason；可重复",
            en="Refuse this photo; needs --reason; repeatable.",
            metavar="NAME",
        ),
    ] = None,
    withdraw: Annotated[
        list[str] | None,
        option(
            "--withdraw", zh="撤回以前的决定；可重复", en="Take an earlier decision back; repeatable.", metavar="NAME"
        ),
    ] = None,
    reason: Annotated[str, option("--reason", zh="原因", en="Why.", metavar="TEXT")] = "",
    who: Annotated[str, option("--who", zh="谁作的决定", en="Who decides.", metavar="NAME")] = "",
    decisions: Annotated[
        str | None,
        option(
            "--decisions",
            zh="决定文件，默认按配置",
            en="The file of decisions; by default that of the settings.",
            metavar="FILE",
        ),
    ] = None,
    settings: Settings,
    language: Lang,
    help_: Help = False,
) -> None:
    """Append decisions to the file; every name is looked up before anything is written."""
    from photospec.batch.results import read_results

    config = settings.replace(decisions=decisions)
    kept = config.load_decisions()
    if kept is None:
        raise PhotospecError(Text("缺少 --decisions FILE", "--decisions FILE is missing"))
    wanted = [
        (name, ruling)
        for ruling, names in (("accept", accept), ("refuse", refuse), ("withdraw", withdraw))
        for name in names or ()
    ]
    if not wanted:
        raise PhotospecError(
            Text("缺少 --accept、--refuse 或 --withdraw", "--accept, --refuse or --withdraw is missing")
        )
    reports = list(read_results(results))
    found = [(_named(name, reports, results), ruling) for name, ruling in wanted]
    for report, ruling in found:
        kept.decide(report, ruling, reason=reason, who=who)
    said = Text("{count} 个决定写入 {file}", "{count} decisions written to {file}")
    print(said.format(count=len(found), file=safe(str(kept.path))).in_(language))


def _named(name: str, reports: list[Report], results: str) -> Report:
    """Return the one report of a photo that is called by its path, its file name or that without its ending."""
    for called in (str, lambda path: path.name, lambda path: path.stem):
        found = [report for report in reports if called(PurePath(report.path)) == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise PhotospecError(
                Text(
                    f"{results} 中有 {len(found)} 张照片叫 {name}，请写完整路径",
                    f"{len(found)} photos of {results} are called {name}: give the path",
                )
            )
    raise PhotospecError(Text(f"{results} 中没有照片 {name}", f"there is no photo {name} in {results}"))
