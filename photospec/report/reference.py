"""Rules and specs in words: what they ask for, why, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from photospec.errors import PhotospecError
from photospec.finding import Level
from photospec.rules import LimitRule, Rule
from photospec.rules.explanation import explain
from photospec.spec import Provenance, Spec, catalogue, nearest, rule_fields
from photospec.specs import load_spec, spec_names
from photospec.text import Language, Languages, Text

__all__ = [
    "LEVELS",
    "describe_rule",
    "describe_rules",
    "describe_spec",
    "find_rule",
    "limits_in_words",
    "rule_row",
    "rule_rows",
    "source_in_words",
    "spec_rows",
]

LEVELS = {
    Level.ERROR: Text("必须", "must"),
    Level.WARNING: Text("警告", "warning"),
    Level.ADVICE: Text("建议", "advice"),
}
"""How strongly a rule is meant, in words."""


def limits_in_words(rule: Rule, frame: tuple[int, int] = (480, 640)) -> str:
    """Return what a rule asks for in short, such as ``50–110 px``; nothing where it has no limits.

    Parameters
    ----------
    rule : Rule
        The rule.
    frame : (int, int)
        Width and height of the photo for which limits in pixels are given (`Spec.frame`).
    """
    fields = rule_fields(rule)
    if isinstance(rule, LimitRule):
        fields.pop("low")
        fields.pop("high")
    fields.pop("level", None)
    said = []
    limits = rule.reported_limits(frame[1] / 640)
    if limits is not None:
        low, high = (None if v is None else f"{v:g}" for v in limits)
        if low is not None and high is not None:
            said.append(low if low == high else f"{low}–{high}")
        elif low is not None or high is not None:
            said.append(f"≥ {low}" if high is None else f"≤ {high}")
        if said and rule.unit:
            said[0] += f" {rule.unit}"
    for name, value in fields.items():
        if value not in (None, "", ()):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            said.append(f"{name} = {shown}")
    return "; ".join(said)


def source_in_words(said: Provenance, language: Language, *, note: bool = True) -> str:
    """Return how certain a requirement is, where it stands, and whether its limits are the source's."""
    ours = Text("限值由 photospec 拟定", "limits are photospec's").in_(language) if said.ours else ""
    certainty = f"[{said.certainty}]" if said.certainty else ""
    parts = (certainty, said.clause if note else "", ours, said.note.in_(language) if note else "")
    return "  ".join(part for part in parts if part)


def rule_rows(language: Languages = "zh", own: Iterable[Rule] = ()) -> list[dict[str, Any]]:
    """Return what can be listed of every rule of the catalogue and of one's own, by code; JSON-ready but for dates."""
    return [rule_row(rule, language) for rule in _known(own)]


def rule_row(rule: Rule, language: Languages = "zh") -> dict[str, Any]:
    """Return what can be listed of one rule."""
    return {
        "code": rule.code,
        "name": rule.name,
        "title": rule.title.to_json(language),
        "level": str(rule.level),
        "action": str(rule.action),
        "clause": rule.clause,
        "since": rule.since,
        "preview": rule.preview,
        "unit": rule.unit,
        "fields": {k: v for k, v in rule_fields(rule).items() if k != "level"},
    }


def spec_rows(*more: Spec, language: Languages = "zh") -> list[dict[str, Any]]:
    """Return what can be listed of every built-in spec and of `more`; JSON-ready."""
    specs = {spec.name: spec for spec in (*(load_spec(name) for name in spec_names()), *more)}
    return [
        {
            "name": spec.name,
            "title": spec.title.to_json(language),
            "source": spec.source,
            "digest": spec.digest,
            "rules": [rule.code for rule in spec],
        }
        for spec in specs.values()
    ]


def find_rule(name: str, own: Iterable[Rule] = ()) -> Rule:
    """Return a rule of the catalogue, or of one's own, by its name or code.

    Raises
    ------
    PhotospecError
        There is no such rule; the message names the nearest.
    """
    rules = _known(own)
    for rule in rules:
        if name in (rule.name, rule.code):
            return rule
    hint = nearest(name, [key for r in rules for key in (r.name, r.code)])
    raise PhotospecError(Text(f"没有规则 {name!r}{hint.zh}", f"no rule {name!r}{hint.en}"))


def describe_rules(language: Language = "zh", own: Iterable[Rule] = ()) -> str:
    """Return every rule of the catalogue and of one's own, by code, a line each."""
    rules = _known(own)
    width = max(len(r.name) for r in rules)
    lines = []
    for r in rules:
        preview = Text(" （预览）", " (preview)").in_(language) if r.preview else ""
        words = limits_in_words(r)
        limits = f"  [{words}]" if words else ""
        level, title = LEVELS[r.level].in_(language), r.title.in_(language)
        lines.append(f"{r.code}  {r.name:{width}}  {level:7}  {title}{limits}{preview}")
    return "\n".join(lines)


def describe_rule(name: str, language: Language = "zh", own: Iterable[Rule] = ()) -> str:
    """Return all that is known of a rule: why and how it measures, and its limits in each built-in spec.

    Parameters
    ----------
    name : str
        Name or code of a rule of the catalogue or of one's own.
    language : {"zh", "en"}
        Language of every word.
    own : iterable of Rule
        Rules of one's own.

    Raises
    ------
    PhotospecError
        There is no such rule; the message names the nearest.
    """
    rule = find_rule(name, own)
    labels = Text("级别：{level}　条款：{clause}", "level: {level}   clause: {clause}")
    stable = Text("　自 {since} 版起稳定", "   stable since {since}") if rule.since else Text("", "")
    lines = [
        f"{rule.code}  {rule.name}  {rule.title.in_(language)}",
        (labels + stable).format(level=LEVELS[rule.level], clause=rule.clause, since=rule.since).in_(language),
    ]
    if rule.preview:
        preview = Text(
            "预览：误差率未达要求，需按名称或 ALL 选用",
            "preview: its error rates are not good enough yet; select it by name or ALL",
        )
        lines.append(preview.in_(language))
    lines += ["", explain(rule).in_(language), "", Text("各标准中的限值", "limits in the specs").in_(language)]
    for spec in (load_spec(s) for s in spec_names()):
        if rule.name in spec:
            theirs = spec[rule.name]
            said = spec.provenance.get(rule.name)
            source = f"  {source_in_words(said, language, note=False)}" if said else ""
            words = limits_in_words(theirs, spec.frame) or Text("有", "yes").in_(language)
            lines.append(f"  {spec.name}  {LEVELS[theirs.level].in_(language)}  {words}{source}".rstrip())
    return "\n".join(lines)


def describe_spec(spec: Spec, language: Language = "zh") -> str:
    """Return the rules of a spec with their limits and sources, a line each, and what it asks for without a check."""
    lines = [f"{spec.name}  {spec.title.in_(language)}", spec.source, f"sha256 {spec.digest}", ""]
    width = max(len(r.name) for r in spec)
    for r in spec:
        said = spec.provenance.get(r.name)
        source = source_in_words(said, language) if said else ""
        limits, level = limits_in_words(r, spec.frame), LEVELS[r.level].in_(language)
        lines.append(f"{r.code}  {r.name:{width}}  {level:7}  {limits}  {source}".rstrip())
    if spec.unchecked:
        lines += ["", Text("未检查的要求：", "required but not checked:").in_(language)]
        lines += [f"  - {text.in_(language)}" for text in spec.unchecked]
    return "\n".join(lines)


def _known(own: Iterable[Rule] = ()) -> list[Rule]:
    return sorted((*catalogue().values(), *own), key=lambda r: r.code)
