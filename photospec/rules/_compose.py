"""Rules made of rules: any-of, all-of, not, when, and waived.

Verdicts combine in three-valued logic, with ``review`` as unknown. ``skip`` is left out of any-of and all-of as if the
rule were not there; ``error`` wins over everything, since a broken check must never end in a pass.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from photospec.errors import SpecError
from photospec.finding import Action, Finding, Level, Verdict
from photospec.portrait import Portrait
from photospec.rules._base import Measurement, Rule, meant_for_the_process
from photospec.text import Text

__all__ = [
    "AllOf",
    "AnyOf",
    "Conditional",
    "Negation",
    "Waived",
    "Wrapped",
    "all_of",
    "any_of",
    "negate",
    "waive_rule",
    "when",
]

SEMICOLON = Text("；", "; ")


@dataclass(frozen=True, kw_only=True)
class _Composite(Rule):
    """A rule that is judged through other rules; name, code and title belong to the object, not to the class."""

    name: str  # type: ignore[misc]
    code: str  # type: ignore[misc]
    title: Text  # type: ignore[misc]

    def measure(self, portrait: Portrait) -> Measurement:  # noqa: ARG002
        """Raise: the rules inside measure, each its own thing."""
        raise TypeError(f"{self.name} combines rules and measures nothing itself; use check")

    def check(self, portrait: Portrait) -> Finding:
        try:
            found = self.combine(portrait)
            return replace(found, rule=self.name, code=self.code, level=self.level, title=self.title)
        except BaseException as broken:  # a broken rule must not lose the other rules' results
            if meant_for_the_process(broken):
                raise
            return self.broken(broken)

    @abstractmethod
    def combine(self, portrait: Portrait) -> Finding:
        """Return the finding that the rules inside lead to."""


@dataclass(frozen=True, kw_only=True)
class _Group(_Composite):
    rules: tuple[Rule, ...]

    decisive: ClassVar[tuple[Verdict, ...]]
    """The verdicts from the one that decides alone to the one that all must share."""

    def combine(self, portrait: Portrait) -> Finding:
        findings = [rule.check(portrait) for rule in self.rules]
        for verdict in (Verdict.ERROR, *self.decisive, Verdict.SKIP):
            deciding = [f for f in findings if f.verdict is verdict]
            if deciding:
                break
        first = _nearest_to_limit(deciding)
        if verdict in (Verdict.PASS, Verdict.ERROR) or len(deciding) == 1:
            return first
        return replace(
            first,
            message=_joined(f.message for f in deciding),
            remedy=self.remedy(deciding),
            action=self.needed(deciding),
            where=tuple(mark for f in deciding for mark in f.where),
        )

    def remedy(self, deciding: list[Finding]) -> Text:
        """Return what to do about the deciding findings."""
        return _joined(f.remedy for f in deciding)

    def needed(self, deciding: list[Finding]) -> Action | None:
        """Return what kind of thing that is."""
        return Action.dearest(f.action for f in deciding)


@dataclass(frozen=True, kw_only=True)
class AnyOf(_Group):
    """At least one of some rules must pass; made by `any_of`."""

    decisive: ClassVar[tuple[Verdict, ...]] = (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL)

    def remedy(self, deciding: list[Finding]) -> Text:
        return _joined((f.remedy for f in deciding), Text("；或：", "; or: "))

    def needed(self, deciding: list[Finding]) -> Action | None:
        return next((action for action in reversed(Action) if action in {f.action for f in deciding}), None)


@dataclass(frozen=True, kw_only=True)
class AllOf(_Group):
    """Every one of some rules must pass; made by `all_of`."""

    decisive: ClassVar[tuple[Verdict, ...]] = (Verdict.FAIL, Verdict.REVIEW, Verdict.PASS)


@dataclass(frozen=True, kw_only=True)
class Wrapped(_Composite):
    """A rule around one other, whose limits `Spec.replace` reaches."""

    rule: Rule


@dataclass(frozen=True, kw_only=True)
class Negation(Wrapped):
    """A rule must not pass; made by `negate`."""

    def combine(self, portrait: Portrait) -> Finding:
        found = self.rule.check(portrait)
        if found.verdict not in (Verdict.PASS, Verdict.FAIL):
            return found
        verdict = Verdict.FAIL if found.verdict is Verdict.PASS else Verdict.PASS
        message = Text("{title}：合格", "{title}: ok")
        if verdict is Verdict.FAIL:
            message = Text("{title}：不应出现的情况成立（{found}）", "{title}: what must not be so is so ({found})")
        return replace(
            found,
            verdict=verdict,
            limits=None,
            margin=None if found.margin is None else -found.margin,
            message=message.format(title=self.title, found=found.message),
            remedy=Text("", ""),
            action=Action.LOOK if verdict is Verdict.FAIL else None,
        )


@dataclass(frozen=True, kw_only=True)
class Conditional(Wrapped):
    """A rule that applies where another passes; made by `when`."""

    condition: Rule

    def combine(self, portrait: Portrait) -> Finding:
        condition = self.condition.check(portrait)
        if condition.verdict is Verdict.ERROR:
            return condition
        if condition.verdict in (Verdict.FAIL, Verdict.SKIP):
            reason = Text("不满足前提“{title}”", "its condition, {title}, is not met")
            return self.skipped(reason.format(title=self.condition.title))
        found = self.rule.check(portrait)
        if condition.verdict is Verdict.REVIEW and found.verdict is Verdict.FAIL:
            doubt = Text("前提“{title}”不确定；{found}", "its condition, {title}, is uncertain; {found}")
            message = Text("需人工确认：", "a person must look: ") + doubt.format(
                title=self.condition.title, found=found.message
            )
            return replace(found, verdict=Verdict.REVIEW, message=message, action=Action.LOOK)
        return found


@dataclass(frozen=True, kw_only=True)
class Waived(Wrapped):
    """A rule that is turned off for a stated reason; made by `waive`."""

    reason: Text

    def combine(self, portrait: Portrait) -> Finding:  # noqa: ARG002 - the point is not to look
        return self.skipped(Text("已豁免：", "waived: ") + self.reason)


def any_of(
    *rules: Rule,
    name: str | None = None,
    code: str | None = None,
    title: Text | str | None = None,
    level: Level = Level.ERROR,
) -> AnyOf:
    """Make a rule that passes where at least one of some rules does.

    Parameters
    ----------
    *rules : Rule
        Two or more.
    name, code : str, optional
        By default put together from those of the rules.
    title : Text or str, optional
        What the whole is called.
    level : Level
        How binding the whole is.

    Returns
    -------
    AnyOf
        Its finding has the value and limits of the member that decided: the first that passes, else the one nearest
        to its limit.

    Raises
    ------
    SpecError
        Fewer than two rules, or not rules.
    """
    name, code, title = _identity("any-of", rules, name, code, title, Text("任一：", "any of: "))
    return AnyOf(rules=rules, level=level, name=name, code=code, title=title)


def all_of(
    *rules: Rule,
    name: str | None = None,
    code: str | None = None,
    title: Text | str | None = None,
    level: Level = Level.ERROR,
) -> AllOf:
    """Make a rule that passes where every one of some rules does.

    Parameters and errors are those of `any_of`; the finding is that of the member that failed by most, all messages
    joined.
    """
    name, code, title = _identity("all-of", rules, name, code, title, Text("全部：", "all of: "))
    return AllOf(rules=rules, level=level, name=name, code=code, title=title)


def negate(
    rule: Rule,
    *,
    name: str | None = None,
    code: str | None = None,
    title: Text | str | None = None,
    level: Level | None = None,
) -> Negation:
    """Make a rule that passes where another fails, and fails where it passes; the other verdicts stay.

    Parameters are those of `any_of`; the margin changes its sign and the limits, which allow nothing any more, go.
    """
    name, code, title = _identity("not", (rule,), name, code, title, Text("不得：", "not: "), fewest=1)
    return Negation(rule=rule, level=level or rule.level, name=name, code=code, title=title)


def when(
    condition: Rule,
    rule: Rule,
    *,
    name: str | None = None,
    code: str | None = None,
    title: Text | str | None = None,
) -> Conditional:
    """Make a rule that applies where another passes.

    Parameters
    ----------
    condition : Rule
        Where it fails or does not apply, the finding is ``skip``; where it says ``review``, a failure is ``review``.
    rule : Rule
        The rule that then applies; its name and code stay unless others are given.
    name, code, title
        As for `any_of`.

    Returns
    -------
    Conditional
    """
    _rules_only("when", (condition, rule))
    heading = rule.title if title is None else _both(title)
    return Conditional(
        condition=condition, rule=rule, level=rule.level, name=name or rule.name, code=code or rule.code, title=heading
    )


def waive_rule(rule: Rule, reason: str | Text) -> Waived:
    """Return a rule turned off for a reason, under its own name and code."""
    _rules_only("waive", (rule,))
    said = _both(reason)
    if not said.zh.strip() or not said.en.strip():
        raise SpecError(
            Text(
                f"waive：reason 应说明为什么 {rule.name} 不适用",
                f"waive: reason must say why {rule.name} does not apply",
            )
        )
    return Waived(rule=rule, reason=said, level=rule.level, name=rule.name, code=rule.code, title=rule.title)


def _both(words: Text | str) -> Text:
    return words if isinstance(words, Text) else Text(words, words)


def _rules_only(what: str, rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        if not isinstance(rule, Rule):
            raise SpecError(
                Text(f"{what}：应为 Rule 对象，得到 {rule!r}", f"{what}: expected Rule objects, got {rule!r}")
            )


def _identity(
    what: str,
    rules: tuple[Rule, ...],
    name: str | None,
    code: str | None,
    title: Text | str | None,
    prefix: Text,
    fewest: int = 2,
) -> tuple[str, str, Text]:
    """Check the members of a combination and return its name, code and title."""
    _rules_only(what, rules)
    if len(rules) < fewest:
        raise SpecError(
            Text(
                f"{what}：至少需要 {fewest} 条规则，得到 {len(rules)} 条",
                f"{what}: expected at least {fewest} rules, got {len(rules)}",
            )
        )
    return (
        name or "-".join((what, *(r.name for r in rules))),
        code or "-".join((what.upper(), *(r.code for r in rules))),
        prefix + _joined((r.title for r in rules), Text("、", ", ")) if title is None else _both(title),
    )


def _joined(texts: Iterable[Text], between: Text = SEMICOLON) -> Text:
    said = [t for t in texts if t.zh or t.en]
    return Text(between.zh.join(t.zh for t in said), between.en.join(t.en for t in said))


def _nearest_to_limit(findings: list[Finding]) -> Finding:
    """Return the first finding or, where all measured in one unit, the one with the largest margin."""
    if len({f.unit for f in findings}) > 1 or any(f.margin is None for f in findings):
        return findings[0]
    return max(findings, key=lambda f: f.margin or 0.0)
