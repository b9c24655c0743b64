"""Reports as text for people, as JSON lines for programs, and files that are written whole or not at all."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from photospec.batch.session import Summary
from photospec.errors import PhotospecError
from photospec.finding import NOTHING, Finding, Level, Verdict
from photospec.report import Report
from photospec.report.decision import RULINGS
from photospec.report.reference import LEVELS
from photospec.text import Language, Text, safe

__all__ = ["Tally", "describe", "describe_summary", "whole_file"]

VERDICTS = {
    Verdict.PASS: Text("合格", "pass"),
    Verdict.REVIEW: Text("需人工确认", "review"),
    Verdict.FAIL: Text("不合格", "fail"),
    Verdict.SKIP: Text("未检查", "skip"),
    Verdict.ERROR: Text("无法检查", "error"),
}
DRIFTS = {
    "backdrop": Text("背景颜色", "the backdrop's colour"),
    "light": Text("面部亮度", "the light on the face"),
    "sharpness": Text("清晰度", "the sharpness"),
}
COLOURS = {
    Verdict.PASS: "32",
    Verdict.REVIEW: "33",
    Verdict.FAIL: "31",
    Verdict.SKIP: "2",
    Verdict.ERROR: "1;31",
}


def paint(text: str, colour: str, coloured: bool) -> str:
    """Return text in an ANSI colour, where colours are wanted."""
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text


def says_something(finding: Finding) -> bool:
    """Return whether a finding belongs in a short text.

    A rule below the level ``error`` that could not tell changes nothing for anybody.
    """
    if finding.verdict is Verdict.REVIEW:
        return finding.level is Level.ERROR
    return finding.verdict in (Verdict.FAIL, Verdict.ERROR)


def describe_summary(summary: Summary, language: Language = "zh") -> list[str]:
    """Return the lines that only a whole batch gives: repeated photos, the roster, a studio that changed."""
    lines = []
    if summary.duplicates:
        pairs = "; ".join(f"{safe(later)} = {safe(first)}" for later, first in summary.duplicates[:5])
        more = " …" if len(summary.duplicates) > 5 else ""
        said = Text("重复照片 {count} 对：{pairs}", "{count} repeated photos: {pairs}")
        lines.append(said.format(count=len(summary.duplicates), pairs=pairs + more).in_(language))
    if summary.missing:
        names = ", ".join(masked(name) for name in summary.missing[:10]) + (" …" if len(summary.missing) > 10 else "")
        said = Text("名单中 {count} 人没有照片：{names}", "{count} of the roster have no photo: {names}")
        lines.append(said.format(count=len(summary.missing), names=names).in_(language))
    if summary.decisions:
        accepted, refused = (summary.decisions.get(ruling, 0) for ruling in ("accept", "refuse"))
        said = Text(
            "人工决定：接受 {accepted} 张，退回 {refused} 张",
            "decided by people: {accepted} accepted, {refused} refused",
        )
        lines.append(said.format(accepted=accepted, refused=refused).in_(language))
    if summary.lapsed:
        said = Text(
            "{count} 张照片以前的决定不再适用（标准或结果已变），请重新确认",
            "{count} earlier decisions count no longer, as the spec or the findings changed: look again",
        )
        lines.append(said.format(count=summary.lapsed).in_(language))
    for drift in summary.drifts:
        said = Text(
            "{folder}：自 {since} 起{what}变化（{before} → {after} {unit}），请检查灯光和背景",
            "{folder}: {what} changed from {since} on ({before} -> {after} {unit}): look at lamps and backdrop",
        )
        values = {**dataclasses.asdict(drift), "folder": safe(drift.folder), "what": DRIFTS[drift.measure]}
        lines.append(said.format(**values).in_(language))
    return lines


def masked(entry: str) -> str:
    """Return an entry of a roster with the middle of an identity number hidden."""
    return safe(f"{entry[:4]}{'*' * (len(entry) - 8)}{entry[-4:]}" if len(entry) >= 15 else entry)


def describe(report: Report, language: Language = "zh", *, coloured: bool = False, verbose: bool = False) -> str:
    """Return a report as text for people: the verdict and the path, then a line for each finding.

    Parameters
    ----------
    report : Report
        The report.
    language : {"zh", "en"}
        Language of every word but the path.
    coloured : bool
        Add ANSI colours.
    verbose : bool
        Name every rule, also those that passed.
    """
    verdict = report.outcome
    lines = [f"{paint(VERDICTS[verdict].in_(language), COLOURS[verdict], coloured)}  {safe(report.path)}"]
    if report.decision is not None:
        lines.append(f"    {safe(decided(report).in_(language))}")
    if report.problem is not None:
        lines.append(f"    {safe(report.problem.in_(language))}")
    lines.extend(
        f"    {_line(finding, language, coloured, verbose)}"
        for finding in report.findings
        if verbose or (report.problem is None and says_something(finding))
    )
    return "\n".join(lines)


def decided(report: Report) -> Text:
    """Return in words what a person decided of a photo, and what the machine had said; nothing without a decision."""
    decision = report.decision
    if decision is None:
        return Text("", "")
    said = Text(
        "{ruling}：{who}，{day}{reason}（机器：{verdict}）", "{ruling} {who}, {day}{reason} (machine: {verdict})"
    )
    return said.format(
        ruling=RULINGS[decision.ruling],
        who=decision.who,
        day=decision.when.date(),
        reason=Text(f"，{decision.reason}", f": {decision.reason}") if decision.reason else NOTHING,
        verdict=VERDICTS[report.verdict],
    )


def _line(finding: Finding, language: Language, coloured: bool, verbose: bool) -> str:
    code = paint(finding.code, COLOURS[finding.verdict], coloured)
    mark = "" if finding.level is Level.ERROR else f"[{LEVELS[finding.level].in_(language)}] "
    if verbose:
        mark = f"{VERDICTS[finding.verdict].in_(language)} {mark}"
    remedy = finding.remedy.in_(language)
    advice = paint(f" → {safe(remedy)}", "2", coloured) if remedy else ""
    return f"{code} {mark}{safe(finding.message.in_(language))}{advice}"


class Tally:
    """Counts reports as they pass, for the lines at the end of a run."""

    def __init__(self) -> None:
        self.verdicts: collections.Counter[Verdict] = collections.Counter()
        self.rules: collections.Counter[tuple[str, str]] = collections.Counter()
        self.seconds: collections.Counter[str] = collections.Counter()

    def add(self, report: Report) -> None:
        """Count one report."""
        self.verdicts[report.outcome] += 1
        self.rules.update((f.code, f.rule) for f in report.findings if says_something(f))
        self.seconds.update(report.timings)

    @property
    def exit_code(self) -> int:
        """0 where every photo passed, 2 where one could not be checked or a rule broke, else 1."""
        if self.verdicts[Verdict.ERROR]:
            return 2
        return 1 if self.verdicts.total() > self.verdicts[Verdict.PASS] else 0

    def describe(self, language: Language = "zh") -> str:
        """Return the counts by verdict and the rules that were broken most."""
        total = self.verdicts.total()
        between, end = ("，", "：") if language == "zh" else (", ", ": ")
        counts = between.join(
            f"{VERDICTS[v].in_(language)} {self.verdicts[v]}"
            for v in (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.ERROR)
        )
        lines = [Text(f"共 {total} 张", f"{total} photo{'s' * (total != 1)}").in_(language) + end + counts]
        if self.rules:
            worst = between.join(f"{code} {rule} {n}" for (code, rule), n in self.rules.most_common(5))
            lines.append(Text("最常见", "most frequent").in_(language) + end + worst)
        return "\n".join(lines)

    def describe_timings(self, language: Language = "zh") -> str:
        """Return what each fact and rule cost, the dearest first."""
        total = max(1, self.verdicts.total())
        heading = Text("平均每张耗时（毫秒）", "mean cost a photo (ms)").in_(language)
        rows = [f"{1000 * s / total:9.3f}  {name}" for name, s in self.seconds.most_common()]
        return "\n".join(
            [heading, *rows, f"{1000 * self.seconds.total() / total:9.3f}  {'合计' if language == 'zh' else 'total'}"]
        )


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Open a text file (UTF-8) that appears under its name when the block ends well, and not at all otherwise.

    What is no regular file, such as ``/dev/stdout`` or a pipe, is written directly.

    Raises
    ------
    PhotospecError
        The file cannot be written.
    """
    target = Path(path)
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            if target.is_dir():
                raise IsADirectoryError(21, "is a folder")
            with target.open("w", encoding="utf-8", newline="\n") as direct:
                yield direct
            return
        target = target.resolve()
        mode = target.stat().st_mode & 0o777 if target.exists() else None
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}-", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        os.chmod(name, mode)
        os.replace(name, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _unwritable(path: str | os.PathLike[str], error: OSError) -> PhotospecError:
    why = error.strerror or type(error).__name__
    return PhotospecError(Text(f"无法写入 {os.fspath(path)}：{why}", f"cannot write {os.fspath(path)}: {why}"))
