"""Reports as text for people: on the screen, in a file, and in the message of a failed test."""

from __future__ import annotations

import collections
import dataclasses

from photospec.batch.session import Summary
from photospec.finding import Action, Finding, Level, Verdict
from photospec.person import Person, Privacy
from photospec.report._report import Report
from photospec.report.files import whole_file
from photospec.report.reference import LEVELS
from photospec.report.row import says_something
from photospec.report.words import ACTIONS, VERDICTS, decided, wrapped, written
from photospec.report.writer import LineWriter, ReportOptions, Target
from photospec.text import Language, Text, safe

__all__ = ["Tally", "TextWriter", "describe", "describe_summary", "whole_file"]

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
INDENT = 4


def paint(text: str, colour: str, coloured: bool) -> str:
    """Return text in an ANSI colour, where colours are wanted."""
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text


def describe(
    report: Report,
    language: Language = "zh",
    *,
    coloured: bool = False,
    verbose: bool = False,
    privacy: Privacy = Privacy.MASKED,
    width: int | None = None,
) -> str:
    """Return a report as text for people: the verdict, the path and the person, then a line for each finding.

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
    privacy : Privacy
        What to show of identity numbers.
    width : int, optional
        Cells of the screen: longer lines are broken and go on below an indent.
    """
    verdict = report.outcome
    heading = [VERDICTS[verdict].in_(language), privacy.text(report.path)]
    if report.person is not None:
        heading.append(written(report.person, privacy))
    if report.action is not None:
        heading.append(f"[{ACTIONS[report.action].in_(language)}]")
    lines = ["  ".join(heading)]
    lines += [privacy.text(words.in_(language)) for words in (decided(report), report.problem) if words and words.zh]
    told = [f for f in report.findings if verbose or (report.problem is None and says_something(f))]
    lines += [_line(finding, language, verbose, privacy) for finding in told]
    for number, line in enumerate(lines):
        indented = " " * INDENT * bool(number) + line
        lines[number] = indented if width is None else wrapped(indented, width, " " * INDENT * (1 + bool(number)))
    if coloured:  # after the breaks, so that colours take no room
        lines[0] = lines[0].replace(heading[0], paint(heading[0], COLOURS[verdict], True), 1)
        for number, finding in enumerate(told, len(lines) - len(told)):
            code = paint(finding.code, COLOURS[finding.verdict], True)
            lines[number] = lines[number].replace(finding.code, code, 1)
    return "\n".join(lines)


def _line(finding: Finding, language: Language, verbose: bool, privacy: Privacy) -> str:
    mark = "" if finding.level is Level.ERROR else f"[{LEVELS[finding.level].in_(language)}] "
    if verbose:
        mark = f"{VERDICTS[finding.verdict].in_(language)} {mark}"
    message, remedy = (privacy.text(words.in_(language)) for words in (finding.message, finding.remedy))
    return f"{safe(finding.code)} {mark}{message}" + (f" → {remedy}" if remedy else "")


def describe_summary(summary: Summary, language: Language = "zh", *, privacy: Privacy = Privacy.MASKED) -> list[str]:
    """Return the lines that only a whole batch gives: repeated photos, who is missing, a studio that changed."""
    lines = []
    if summary.duplicates:
        said = Text("重复照片 {count} 对：", "{count} repeated photos:")
        lines.append(said.format(count=len(summary.duplicates)).in_(language))
        lines += [f"  {privacy.text(later)} = {privacy.text(first)}" for later, first in summary.duplicates]
    if summary.missing:
        said = Text("名单中 {count} 人没有照片：", "{count} of the roster have no photo:")
        lines.append(said.format(count=len(summary.missing)).in_(language))
        lines += [f"  {line}" for line in _by_class(summary.absent, language, privacy)]
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
        values = {**dataclasses.asdict(drift), "folder": privacy.text(drift.folder), "what": DRIFTS[drift.measure]}
        lines.append(said.format(**values).in_(language))
    return lines


def _by_class(people: tuple[Person, ...], language: Language, privacy: Privacy) -> list[str]:
    """Return a line for each class with everybody of it, none left out."""
    between, end = ("、", "：") if language == "zh" else (", ", ": ")
    classes: dict[str, list[str]] = {}
    for person in people:
        classes.setdefault(privacy.text(person.class_name), []).append(written(person, privacy, with_class=False))
    return [(name + end if name else "") + between.join(names) for name, names in sorted(classes.items())]


class Tally:
    """Counts reports as they pass, for the lines at the end of a run.

    Parameters
    ----------
    options : ReportOptions, optional
        Language and privacy, and which folders are classes.
    """

    def __init__(self, options: ReportOptions | None = None) -> None:
        self.options = ReportOptions() if options is None else options
        self.verdicts: collections.Counter[Verdict] = collections.Counter()
        self.actions: collections.Counter[Action] = collections.Counter()
        self.classes: dict[str, collections.Counter[Verdict]] = {}
        self.rules: collections.Counter[tuple[str, Text]] = collections.Counter()
        self.seconds: collections.Counter[str] = collections.Counter()

    def add(self, report: Report) -> None:
        """Count one report."""
        self.verdicts[report.outcome] += 1
        self.classes.setdefault(self.options.class_of(report), collections.Counter())[report.outcome] += 1
        if report.action is not None:
            self.actions[report.action] += 1
        self.rules.update(
            (f.code, f.title) for f in report.findings if f.verdict is Verdict.FAIL and f.level is not Level.ADVICE
        )
        self.seconds.update(report.timings)

    @property
    def exit_code(self) -> int:
        """0 where every photo passed, 2 where one could not be checked or a rule broke, else 1."""
        if self.verdicts[Verdict.ERROR]:
            return 2
        return 1 if self.verdicts.total() > self.verdicts[Verdict.PASS] else 0

    def describe(self) -> str:
        """Return the counts by verdict, by what to do and by class, and what failed most often."""
        language = self.options.language
        between, end = ("，", "：") if language == "zh" else (", ", ": ")
        total = self.verdicts.total()
        lines = [Text(f"共 {total} 张", f"{total} photo{'s' * (total != 1)}").in_(language) + end + self._counts(None)]
        if self.actions:
            asked = (
                f"{ACTIONS[action].in_(language)} {self.actions[action]}" for action in Action if self.actions[action]
            )
            lines.append(Text("处理", "to do").in_(language) + end + between.join(asked))
        if len(self.classes) > 1:
            lines.append(Text("按班级", "by class").in_(language) + end.rstrip())
            lines += [f"  {name or '–'}{end}{self._counts(name)}" for name in sorted(self.classes)]
        if self.rules:
            worst = between.join(
                " ".join(part for part in (safe(code), self.options.say(title), str(n)) if part)
                for (code, title), n in self.rules.most_common(5)
            )
            lines.append(Text("最常见的问题", "most frequent failures").in_(language) + end + worst)
        return "\n".join(lines)

    def _counts(self, name: str | None) -> str:
        counts = self.verdicts if name is None else self.classes[name]
        language = self.options.language
        return ("，" if language == "zh" else ", ").join(
            f"{VERDICTS[verdict].in_(language)} {counts[verdict]}"
            for verdict in (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.ERROR)
        )

    def describe_timings(self) -> str:
        """Return what each fact and rule cost, the dearest first."""
        language = self.options.language
        total = max(1, self.verdicts.total())
        heading = Text("平均每张耗时（毫秒）", "mean cost a photo (ms)").in_(language)
        rows = [f"{1000 * s / total:9.3f}  {name}" for name, s in self.seconds.most_common()]
        return "\n".join(
            [heading, *rows, f"{1000 * self.seconds.total() / total:9.3f}  {'合计' if language == 'zh' else 'total'}"]
        )

    def closing(self, summary: Summary | None) -> str:
        """Return all lines that stand at the end of a run."""
        lines = [self.describe()]
        if summary is not None:
            lines += describe_summary(summary, self.options.language, privacy=self.options.privacy)
        if self.options.timings:
            lines.append(self.describe_timings())
        text = "\n".join(lines)
        width = self.options.width
        return text if width is None else "\n".join(_wrapped(line, width) for line in text.split("\n"))


def _wrapped(line: str, width: int) -> str:
    inner = len(line) - len(line.lstrip())
    return wrapped(line, width, " " * (inner + 2))


class TextWriter(LineWriter):
    """For each photo that does not pass the verdict, reasons and remedies; then what the batch comes to."""

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        self._tally = Tally(options)

    def add(self, report: Report) -> None:
        self._tally.add(report)
        options = self.options
        if options.verbose or not report.ok:
            words = describe(
                report,
                options.language,
                coloured=options.coloured,
                verbose=options.verbose,
                privacy=options.privacy,
                width=options.width,
            )
            self.file.write(words + "\n")

    def finish(self, summary: Summary | None) -> None:
        self.file.write(self._tally.closing(summary) + "\n")
