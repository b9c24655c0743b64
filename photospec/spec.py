"""An ordered set of rules with a name and a source, and the ways in which such sets combine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import enum
import functools
import hashlib
import json
import types
import typing
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Literal, overload

from photospec import __version__
from photospec.errors import PhotospecError, SpecError
from photospec.rules import BUILT_IN, Rule
from photospec.rules._compose import Wrapped, waive_rule
from photospec.text import Text

__all__ = ["PluginWarning", "Provenance", "Spec", "catalogue", "changed", "nearest", "rule_fields", "waive"]

Certainty = Literal["A", "B", "C", "inf", ""]
NO_TEXT = Text("", "")


class PluginWarning(UserWarning):
    """A rule that another package offers cannot be used."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a rule's requirement in a spec comes from.

    Parameters
    ----------
    certainty : {"A", "B", "C", "inf", ""}
        ``A``: three or more independent sources, or two of which one is a university or government page; ``B``: two;
        ``C``: one; ``inf``: inferred by photospec; empty: not stated.
    clause : str
        Clause of the source.
    ours : bool
        True where the source asks for it in words and the numbers are photospec's.
    note : Text
        What a reader must know of the value.
    """

    certainty: Certainty = ""
    clause: str = ""
    ours: bool = False
    note: Text = NO_TEXT


def nearest(word: str, valid: Iterable[str]) -> Text:
    """Return `` (did you mean ...?)`` with the valid name nearest to a word, or nothing."""
    found = difflib.get_close_matches(word, list(valid), 1, 0.5)
    return Text(f"（是否想写 {found[0]}？）", f" (did you mean {found[0]!r}?)") if found else Text("", "")


@functools.cache
def _plugins() -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rules that other packages offer, and what is wrong with those that cannot be had."""
    rules: list[Rule] = []
    faults: list[str] = []
    names = {r.name for r in BUILT_IN}
    codes = {r.code for r in BUILT_IN}
    for entry in metadata.entry_points(group="photospec.rules"):
        origin = f"{entry.name} = {entry.value}" + (f" of {entry.dist.name}" if entry.dist else "")
        try:
            loaded = entry.load()
            offered = [loaded] if isinstance(loaded, type | Rule) else list(loaded)
            made = [item() if isinstance(item, type) else item for item in offered]
            for item in made:
                if not isinstance(item, Rule):
                    raise TypeError(f"{item!r} is not a Rule")
                if item.name in names or item.code in codes:
                    raise ValueError(f"the name {item.name} or the code {item.code} is taken")
                names.add(item.name)
                codes.add(item.code)
                rules.append(item)
        except Exception as error:  # another package's fault must not take everything down
            faults.append(f"{origin}: {type(error).__name__}: {error}")
    return tuple(rules), tuple(faults)


def catalogue() -> dict[str, Rule]:
    """Return every known rule at its default limits, by name: the built-in ones, then those of other packages.

    Warns
    -----
    PluginWarning
        A package's entry point in the group ``photospec.rules`` cannot be used.

    Notes
    -----
    An entry point names a `Rule`, a subclass whose fields all have defaults, or an iterable of these.
    """
    offered, faults = _plugins()
    for fault in faults:
        warnings.warn(f"rule plug-in left out: {fault}", PluginWarning, stacklevel=2)
    return {r.name: r for r in (*(cls() for cls in BUILT_IN), *offered)}


# -- the fields of a rule -------------------------------------------------------------------------------------


@functools.cache
def _hints(cls: type[Rule]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}


def rule_fields(rule: Rule) -> dict[str, object]:
    """Return the fields of a rule that a spec may change, with their values."""
    return {name: getattr(rule, name) for name in _hints(type(rule))}


_PLAIN = {
    float: Text("数字", "a number"),
    int: Text("整数", "a whole number"),
    str: Text("文字", "text"),
    bool: Text("true 或 false", "true or false"),
    dt.date: Text("日期", "a date"),
    Text: Text("文字，或含 zh 和 en 的表", "text, or a table with zh and en"),
}


def _words(wanted: Any) -> Text:
    """Return in words what a type annotation asks for."""
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return Text("、".join(m.value for m in wanted), "one of " + ", ".join(m.value for m in wanted))
    arms = typing.get_args(wanted)
    origin = typing.get_origin(wanted)
    if origin is Literal:
        return Text("、".join(map(str, arms)), "one of " + ", ".join(map(str, arms)))
    if origin is tuple:
        inner = _words(arms[0])
        return Text(f"列表（{inner.zh}）", f"a list, each item {inner.en}")
    said = [_words(arm) for arm in arms if arm is not type(None)]
    if type(None) in arms:
        said.append(Text('"none"', '"none"'))
    return Text("，或".join(t.zh for t in said), ", or ".join(t.en for t in said)) if said else Text("值", "a value")


class _UnfitError(Exception):
    """A value is not of the annotated type."""


def _fitted(value: object, wanted: Any) -> Any:
    """Bring a value from a file or a caller to an annotated type, or raise `_UnfitError`."""
    origin, arms = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        for arm in arms:
            try:
                return _fitted(value, arm)
            except _UnfitError:
                continue
        raise _UnfitError
    if origin is Literal:
        if value in arms:
            return value
        raise _UnfitError
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise _UnfitError
        each = [arms[0]] * len(value) if arms[-1] is Ellipsis else list(arms)
        if len(each) != len(value):
            raise _UnfitError
        return tuple(_fitted(v, w) for v, w in zip(value, each, strict=True))
    if wanted is type(None):
        if value is None or value == "none":  # TOML has no null
            return None
        raise _UnfitError
    if wanted is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif wanted is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif wanted is Text:
        if isinstance(value, str):
            return Text(value, value)
        if isinstance(value, dict) and set(value) == {"zh", "en"} and all(isinstance(v, str) for v in value.values()):
            return Text(**value)
        fits = isinstance(value, Text)
    elif isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        if isinstance(value, str) and value in {m.value for m in wanted}:
            return wanted(value)
        fits = isinstance(value, wanted)
    elif wanted is dt.date:
        fits = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    else:
        fits = isinstance(value, wanted) if isinstance(wanted, type) else True
    if not fits:
        raise _UnfitError
    return value


def changed(rule: Rule, changes: Mapping[str, object], *, where: str = "") -> Rule:
    """Return a rule with some of its fields changed.

    Parameters
    ----------
    rule : Rule
        The rule; of a waived or conditional one, the rule inside is changed.
    changes : mapping
        New values by field name; a level may be given by its word.
    where : str
        What to name in an error, such as ``school.toml: rules.crown-margin``.

    Raises
    ------
    SpecError
        Unknown field, wrong type or impossible limit.
    """
    if not changes:
        return rule
    if isinstance(rule, Wrapped):
        return dataclasses.replace(rule, rule=changed(rule.rule, changes, where=where))
    place = where or f"rule {rule.name}"
    hints = _hints(type(rule))
    fitted: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in hints:
            hint = nearest(key, hints)
            known = ", ".join(hints)
            raise SpecError(
                Text(
                    f"{place}：没有参数 {key}{hint.zh}；可用：{known}",
                    f"{place}: unknown key {key!r}{hint.en}; known: {known}",
                )
            )
        try:
            fitted[key] = _fitted(value, hints[key])
        except _UnfitError:
            wanted = _words(hints[key])
            raise SpecError(
                Text(
                    f"{place}.{key}：应为{wanted.zh}，得到 {value!r}",
                    f"{place}.{key}: expected {wanted.en}, got {value!r}",
                )
            ) from None
    try:
        return dataclasses.replace(rule, **fitted)
    except PhotospecError as error:
        raise SpecError(Text(f"{place}：{error.text.zh}", f"{place}: {error.text.en}")) from None


# -- the spec -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spec:
    """An ordered set of rules.

    Specs are values: every operation returns a new one. ``a | b`` joins two specs or adds a rule, the right one's
    limits win; ``spec - "CMP"`` leaves rules out.

    Parameters
    ----------
    name : str
        Stable name.
    rules : iterable of Rule
        The rules; each name and each code once.
    title : Text
        What the spec is called.
    source : str
        The document or page it comes from.
    provenance : mapping of str to Provenance
        By rule name, how certain the requirement is and where it stands.
    unchecked : tuple of Text
        Requirements of the source that no rule of the spec checks.
    frame : (int, int)
        Width and height of the photo in whose pixels the source states its limits. The rules' own limits in pixels are
        always for a height of 640; this is for showing them.
    crop_to : Spec or None
        For a spec that is used on a camera's frame before it is cropped: the spec of the crop. Everything is then
        measured in the best crop, and marks lie in the upright frame.

    Raises
    ------
    SpecError
        Not rules, or two rules with the same name or code.

    Examples
    --------
    >>> from photospec import load_spec
    >>> school = load_spec("cn-diploma-2017").replace("crown-margin", low=40) - "shoulders"
    >>> school["crown-margin"].low, "shoulders" in school
    (40, False)
    """

    name: str
    rules: tuple[Rule, ...]
    title: Text = NO_TEXT
    source: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False, repr=False)
    unchecked: tuple[Text, ...] = field(default=(), compare=False, repr=False)
    frame: tuple[int, int] = field(default=(480, 640), compare=False, repr=False)
    crop_to: Spec | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        seen: dict[str, Rule] = {}
        for rule in self.rules:
            if not isinstance(rule, Rule):
                name = rule.__name__ if isinstance(rule, type) else ""
                hint = Text(f"（请写 {name}()）", f" (write {name}())") if name else NO_TEXT
                raise SpecError(
                    Text(
                        f"标准 {self.name}：rules 应为 Rule 对象，得到 {rule!r}{hint.zh}",
                        f"spec {self.name}: rules must be Rule objects, got {rule!r}{hint.en}",
                    )
                )
            for key in (rule.name, rule.code):
                if key in seen:
                    first, second = type(seen[key]).__name__, type(rule).__name__
                    raise SpecError(
                        Text(
                            f"标准 {self.name}：两条规则 {first} 和 {second} 同用名称或代码 {key!r}",
                            f"spec {self.name}: {key!r} is the name or code of two rules, {first} and {second}",
                        )
                    )
            seen[rule.name] = seen[rule.code] = rule

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __contains__(self, key: object) -> bool:
        return any(key in (r, r.name, r.code) for r in self.rules)

    def __getitem__(self, key: str) -> Rule:
        """Return a rule by its name or code.

        Raises
        ------
        KeyError
            The spec has no such rule; the message names the nearest.
        """
        for rule in self.rules:
            if key in (rule.name, rule.code):
                return rule
        raise KeyError(f"spec {self.name} has no rule {key!r}{nearest(key, self._keys()).en}")

    def _keys(self) -> list[str]:
        return [key for r in self.rules for key in (r.name, r.code)]

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over the rules, their limits and the version of photospec."""
        rules = [_canonical(rule) for rule in self.rules]
        before = [] if self.crop_to is None else [self.crop_to.digest]
        text = json.dumps([__version__, rules, *before], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _with(self, rules: Iterable[Rule], **changes: Any) -> Spec:
        return dataclasses.replace(self, rules=tuple(rules), **changes)

    def __or__(self, other: Spec | Rule) -> Spec:
        """Join with another spec, or add a rule; where both have a rule of the same name, the right one stays."""
        if isinstance(other, Rule):
            added: tuple[Rule, ...] = (other,)
            kept = {n: p for n, p in self.provenance.items() if n != other.name}
            joined = dataclasses.replace(self, rules=(), provenance=kept)
        elif isinstance(other, Spec):
            added = other.rules
            kept = {n: p for n, p in self.provenance.items() if n not in other} | dict(other.provenance)
            joined = Spec(
                f"{self.name}|{other.name}",
                (),
                Text(f"{self.title.zh}＋{other.title.zh}", f"{self.title.en} + {other.title.en}"),
                "; ".join(s for s in (self.source, other.source) if s),
                kept,
                self.unchecked + other.unchecked,
            )
        else:
            return NotImplemented
        by_name = {r.name: r for r in self.rules} | {r.name: r for r in added}
        return joined._with(by_name.values())

    def __sub__(self, other: str | Rule | Spec) -> Spec:
        """Leave out rules: a code, a prefix of codes, a name, a rule, or all the rules of another spec."""
        if isinstance(other, str):
            return self.ignore([other])
        if isinstance(other, Rule | Spec):
            gone = {other.name} if isinstance(other, Rule) else {r.name for r in other.rules}
            return self._with(r for r in self.rules if r.name not in gone)
        return NotImplemented

    def replace(self, rule: str, /, **changes: object) -> Spec:
        """Change limits or the level of one rule.

        Parameters
        ----------
        rule : str
            Name or code of a rule of this spec.
        **changes
            New values of the rule's fields; ``level`` may be a word.

        Raises
        ------
        SpecError
            No such rule or field, a wrong type, an impossible limit.
        """
        if rule not in self:
            hint = nearest(rule, self._keys())
            raise SpecError(
                Text(f"标准 {self.name} 没有规则 {rule}{hint.zh}", f"spec {self.name} has no rule {rule!r}{hint.en}")
            )
        return self._with(
            changed(r, changes, where=f"{self.name}: rules.{r.name}") if rule in (r.name, r.code) else r
            for r in self.rules
        )

    def select(self, names: str | Iterable[str]) -> Spec:
        """Keep only the named rules, in the spec's order, with its limits.

        Parameters
        ----------
        names : str or iterable of str
            Rule names, codes, prefixes of codes, or ``ALL``. A name or code that the spec lacks is taken from the
            catalogue at its default limits, preview or not; so is a prefix of which the spec has no rule, preview
            rules left out. ``ALL`` is every rule of the catalogue, with the spec's limits where it has them.

        Raises
        ------
        SpecError
            Nothing has such a name.
        """
        wanted: dict[str, Rule] = {}
        for name in [names] if isinstance(names, str) else names:
            own = [r for r in self.rules if _matches(r, name)]
            if not own or name == "ALL":
                known = catalogue().values()
                others = [r for r in known if _matches(r, name) and (not r.preview or name in (r.name, r.code, "ALL"))]
                if not own and not others:
                    raise _unknown(name, (*self.rules, *known))
                own += [r for r in others if r.name not in self]
            wanted |= {r.name: r for r in own}
        kept = [r for r in self.rules if r.name in wanted]
        return self._with([*kept, *(r for r in wanted.values() if r.name not in self)])

    def ignore(self, names: str | Iterable[str]) -> Spec:
        """Leave out the named rules.

        Parameters
        ----------
        names : str or iterable of str
            Rule names, codes, prefixes of codes, or ``ALL``. Known rules that the spec lacks are left out already.

        Raises
        ------
        SpecError
            Nothing has such a name.
        """
        rules = self.rules
        for name in [names] if isinstance(names, str) else names:
            if not any(_matches(r, name) for r in self.rules):
                known = catalogue().values()
                if not any(_matches(r, name) for r in known):
                    raise _unknown(name, (*self.rules, *known))
            rules = tuple(r for r in rules if not _matches(r, name))
        return self._with(rules)


@overload
def waive(what: Spec, rule: str, *, reason: str | Text) -> Spec: ...
@overload
def waive(what: Rule, *, reason: str | Text) -> Rule: ...
def waive(what: Spec | Rule, rule: str | None = None, *, reason: str | Text) -> Spec | Rule:
    """Turn one rule off for a stated reason; every other rule stays on.

    Parameters
    ----------
    what : Spec or Rule
        A spec, of which `rule` is waived, or the rule itself.
    rule : str, optional
        Name or code, where `what` is a spec.
    reason : str or Text
        Why; it stands in the finding, whose verdict is ``skip``.

    Returns
    -------
    Spec or Rule
        As `what`.

    Raises
    ------
    SpecError
        No such rule, or no reason.

    Examples
    --------
    >>> from photospec import load_spec, waive
    >>> spec = waive(load_spec("cn-diploma-2017"), "file-size", reason="upload form of the school")
    """
    if isinstance(what, Rule):
        return waive_rule(what, reason)
    if not isinstance(what, Spec):
        raise SpecError(
            Text(
                f"waive：what 应为 Spec 或 Rule，得到 {type(what).__name__}",
                f"waive: what must be a Spec or a Rule, got {type(what).__name__}",
            )
        )
    if rule is None or rule not in what:
        hint = nearest(rule or "", what._keys())
        raise SpecError(
            Text(
                f"waive：标准 {what.name} 没有规则 {rule}{hint.zh}",
                f"waive: spec {what.name} has no rule {rule!r}{hint.en}",
            )
        )
    return what._with(waive_rule(r, reason) if rule in (r.name, r.code) else r for r in what.rules)


def _matches(rule: Rule, name: str) -> bool:
    return name in ("ALL", rule.name) or (bool(name) and rule.code.startswith(name))


def _unknown(name: str, rules: Iterable[Rule]) -> SpecError:
    keys = {key for r in rules for key in (r.name, r.code, r.code.rstrip("0123456789"))}
    hint = nearest(name, sorted(keys))
    faults = _plugins()[1]
    broken = "; ".join(faults)
    return SpecError(
        Text(
            f"没有规则或规则前缀 {name!r}{hint.zh}" + (f"；有插件无法加载：{broken}" if faults else ""),
            f"no rule or prefix {name!r}{hint.en}" + (f"; plug-ins that cannot be loaded: {broken}" if faults else ""),
        )
    )


def _canonical(value: object) -> Any:
    """Return a JSON-ready form of a rule or of a value of its fields that is the same in every process."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _canonical(getattr(value, f.name)) for f in dataclasses.fields(value)}
        home = value.source_digest if isinstance(value, Rule) else ""
        kind = f"{home or type(value).__module__}.{type(value).__qualname__}"
        if isinstance(value, Rule):
            return [kind, value.code, value.name, value.preview, fields]
        return [kind, fields]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(float(value))
    if isinstance(value, Mapping):
        return {str(k): _canonical(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    return repr(value)
