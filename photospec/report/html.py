"""Reports as one HTML page that works without a network: filters, pictures, and the evidence drawn on each photo."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import importlib.resources
import json
from typing import TYPE_CHECKING, Any

from photospec.finding import Action, Level, Verdict
from photospec.report._report import Report
from photospec.report.evidence import bands_of, evidence_of, shapes_of
from photospec.report.reference import LEVELS as LEVEL_WORDS
from photospec.report.row import told
from photospec.report.thumbnail import pixels_of, thumbnail
from photospec.report.words import ACTIONS, decided
from photospec.report.words import VERDICTS as VERDICT_WORDS
from photospec.report.writer import LineWriter, ReportOptions, Target
from photospec.text import Text

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

    from photospec.batch.session import Summary

__all__ = ["HtmlWriter", "environment", "policy", "resource", "script_safe", "trusted"]

CHUNK = 64
"""Photos in one block of the page; pictures of a block are decoded when one of them comes into view."""

LARGE, SMALL = (216, 288), (108, 144)
"""Pixels kept of a photo that somebody must act on, and of one that passes."""

VERDICTS = (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.ERROR)
LEVELS = tuple(Level)

WORDS = {
    "title": Text("证件照检查报告", "ID photo report"),
    "search": Text("搜索姓名、学号、文件名", "search name, number, file"),
    "class": Text("班级", "class"),
    "rule": Text("规则", "rule"),
    "action": Text("处理", "what to do"),
    "verdict": Text("结论", "verdict"),
    "list": Text("照片列表", "photos"),
    "clear": Text("清除", "clear"),
    "none": Text("没有符合条件的照片", "no photo fits these filters"),
    "all_classes": Text("全部班级", "all classes"),
    "all_rules": Text("全部规则", "all rules"),
    "all_actions": Text("全部处理方式", "anything to do"),
    "shown": Text("显示 {shown} / 共 {total} 张", "{shown} of {total} photos"),
    "summary": Text("统计：按规则、按班级", "counts by rule and class"),
    "by_rule": Text("按规则", "by rule"),
    "by_class": Text("按班级", "by class"),
    "missing": Text("没有照片的人", "who is missing"),
    "no_picture": Text("无图", "no picture"),
    "photo": Text("照片", "photo"),
    "who": Text("姓名 / 文件", "name or file"),
    "why": Text("原因和改法", "reason and remedy"),
    "choose": Text("选一张照片看依据", "choose a photo to see why"),
    "close": Text("返回列表", "back"),
    "evidence": Text("测量位置和允许范围", "what was measured and what is allowed"),
    "allowed": Text("允许范围", "allowed"),
    "measured": Text("测得", "measured"),
    "wrong": Text("不符合", "not allowed"),
    "toggle": Text("显示 / 隐藏标记", "marks on or off"),
    "all_well": Text("各项检查均合格。", "Nothing is wrong."),
    "key_move": Text("上一张 / 下一张", "previous, next"),
    "key_search": Text("搜索", "search"),
    "key_verdict": Text("按结论筛选", "filter by verdict"),
    "key_clear": Text("清除筛选", "clear filters"),
}


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates, with everything escaped that is put into them."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("photospec.report", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )


def resource(name: str) -> str:
    """Return a style sheet or a script of the pages."""
    return importlib.resources.files("photospec.report").joinpath("pages", name).read_text("utf-8")


def policy(style: str, script: str | None = None) -> str:
    """Return the content security policy of a page with this style and script, and nothing from anywhere else."""

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    scripts = "'none'" if script is None else digest(script)
    return (
        f"default-src 'none'; img-src data:; style-src {digest(style)}; script-src {scripts}; "
        "base-uri 'none'; form-action 'none'"
    )


def script_safe(values: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it closes the element or begins a comment."""
    line = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        line = line.replace(sign, f"\\u{ord(sign):04x}")
    return line


class HtmlWriter(LineWriter):
    """One file with every photo that it tells of; both languages are in it.

    Photos stand in blocks of 64, written as they come, so memory does not grow with the batch; a browser draws only the
    rows that can be seen.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:
        self._template = environment().get_template("report.html.j2").module
        super().__init__(target, options)
        self._script = resource("evidence.js") + resource("report.js")
        style = resource("report.css")
        title = options.say(WORDS["title"])
        self.file.write(str(self._macro("head")(policy(style, self._script), trusted(style), title, options.language)))
        self._photos: list[Any] = []
        self._pictures: list[str | None] = []
        self._rules: dict[str, Any] = {}
        self._specs: set[str] = set()

    def _macro(self, name: str) -> Any:
        return getattr(self._template, name)

    def add(self, report: Report) -> None:
        self._specs.add(report.spec)
        pixels = pixels_of(report, self.options)
        large = report.ok is False
        self._pictures.append(
            None
            if pixels is None
            else base64.b64encode(thumbnail(pixels, LARGE if large else SMALL, 62 if large else 60)).decode()
        )
        self._photos.append(self._fields(report))
        if len(self._photos) == CHUNK:
            self._flush()

    def _both(self, text: Text) -> Any:
        """Return a text in both languages, as one string where they are the same."""
        zh, en = (self.options.privacy.text(words) for words in (text.zh, text.en))
        return zh if zh == en else [zh, en]

    def _fields(self, report: Report) -> list[Any]:
        privacy, person = self.options.privacy, report.person
        evidence = evidence_of(report)
        findings = []
        for finding in () if report.problem is not None else told(report):
            self._rules.setdefault(finding.code, self._both(finding.title) or finding.rule)
            level = LEVELS.index(finding.level)
            said = self._both(finding.message), self._both(finding.remedy)
            findings.append([finding.code, VERDICTS.index(finding.verdict), level, *said])
        note = report.problem if report.problem is not None else decided(report)
        return [
            privacy.text(report.path),
            self.options.class_of(report),
            "" if person is None else privacy.text(person.name),
            "" if person is None else privacy.text(person.student_number),
            "" if person is None else privacy.number(person.id_number),
            VERDICTS.index(report.outcome),
            -1 if report.action is None else tuple(Action).index(report.action),
            None if evidence is None else evidence.size,
            findings,
            [] if evidence is None else bands_of(evidence),
            [] if evidence is None else shapes_of(evidence, self._both),
            self._both(note),
        ]

    def _flush(self) -> None:
        for kind, values in (("photos", self._photos), ("pictures", self._pictures)):
            self.file.write(f'<script type="application/json" class="{kind}">{script_safe(values)}</script>\n')
        self._photos.clear()
        self._pictures.clear()

    def finish(self, summary: Summary | None) -> None:
        if self._photos:
            self._flush()
        missing = None
        if summary is not None and summary.missing is not None:
            privacy = self.options.privacy
            missing = [
                [
                    privacy.text(p.class_name),
                    privacy.text(p.name),
                    privacy.text(p.student_number) or privacy.number(p.id_number),
                ]
                for p in summary.absent
            ]
        end = {
            "chunk": CHUNK,
            "language": self.options.language,
            "words": {name: [text.zh, text.en] for name, text in WORDS.items()},
            "verdicts": [self._both(VERDICT_WORDS[verdict]) for verdict in VERDICTS],
            "actions": [self._both(ACTIONS[action]) for action in Action],
            "levels": [self._both(LEVEL_WORDS[level]) for level in LEVELS],
            "rules": self._rules,
            "spec": self._both(_title(self._specs)),
            "date": dt.datetime.now().astimezone().strftime("%Y-%m-%d"),
            "missing": missing,
        }
        self.file.write(str(self._macro("foot")(trusted(script_safe(end)), trusted(self._script))))


def trusted(text: str) -> Markup:
    """Return what needs no escaping: our own style and script, and what `script_safe` has made safe."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704


def _title(specs: set[str]) -> Text:
    """Return what the photos were checked against, in words where it is a built-in spec."""
    from photospec.specs import load_spec, spec_names

    if len(specs) == 1 and (name := next(iter(specs))) in spec_names():
        return load_spec(name).title
    joined = ", ".join(sorted(specs))
    return Text(joined, joined)
