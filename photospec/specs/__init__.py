"""The built-in specs, one TOML file each, and how such a file is read."""

from __future__ import annotations

import functools
import os
import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from photospec.errors import SpecError
from photospec.rules import LimitRule, Rule
from photospec.spec import Certainty, Provenance, Spec, catalogue, changed, nearest
from photospec.text import Text

__all__ = ["DEFAULT", "choose_spec", "load_spec", "resolve_spec", "spec_names"]

DEFAULT = "cn-diploma-2017"
"""The spec that is used where none is named."""

SHORT = {"intake": "cn-diploma-2017-intake", "phone": "cn-diploma-2017-phone"}
"""Built-in specs that are called by a shorter name too."""

_FOLDER = Path(__file__).parent
_KEYS = ("name", "title", "source", "extends", "frame", "select", "ignore", "unchecked", "crop_to", "rules")
_RULE_KEYS = ("certainty", "clause", "ours", "note")
_LONGEST = 1_000_000


def spec_names() -> tuple[str, ...]:
    """Return the names of the built-in specs, the default one first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return (DEFAULT, *(name for name in names if name != DEFAULT))


def load_spec(name_or_path: str | os.PathLike[str] = DEFAULT, *, own: Iterable[Rule] = ()) -> Spec:
    """Return a built-in spec, or read one from a TOML file.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a built-in spec, or the path of a file: a path object, or words that end in ``.toml`` or hold a
        path separator.
    own : iterable of Rule
        Rules that a file may name beside those of the catalogue, such as `photospec.rules.own.read_rules` gives.

    Returns
    -------
    Spec

    Raises
    ------
    SpecError
        No such spec; or the file is missing, not UTF-8, not TOML, extends itself, or has an unknown key, an unknown
        rule, a value of the wrong type or an impossible limit. The message names file, key and the nearest valid name.

    Notes
    -----
    Keys of a file: ``name``; ``title`` (text, or ``title.zh`` and ``title.en``); ``source``; ``extends`` (a built-in
    name, or the path of another file from this one's folder); ``select`` and ``ignore`` (lists as for `Spec.select` and
    `Spec.ignore`; without ``extends`` they choose from the catalogue); ``frame`` (``[width, height]``: the limits in px
    of this file are stated for a photo of that size; without it, for one 640 px high); ``unchecked`` (requirements that
    no rule checks); ``crop_to`` (of a spec for camera frames: the spec of their crop, named like ``extends``); and a
    table ``[rules.NAME]`` for each rule to add or change, whatever ``ignore`` says, with the rule's fields (``"none"``
    is no limit) and the marks of `Provenance`: ``certainty``, ``clause``, ``ours``, ``note``.

    Examples
    --------
    >>> from photospec import load_spec
    >>> load_spec("cn-diploma-2017")["crown-margin"].high
    110
    """
    if isinstance(name_or_path, str) and not _is_path(name_or_path):
        return _built_in(name_or_path)
    return _read(Path(name_or_path), (), {rule.name: rule for rule in own})


def resolve_spec(spec: Spec | str | os.PathLike[str]) -> Spec:
    """Return a spec as it is, or load the one that a name or path stands for."""
    if isinstance(spec, Spec):
        return spec
    if isinstance(spec, str | os.PathLike):
        return load_spec(spec)
    raise TypeError(f"spec must be a Spec, a name or a path, got {type(spec).__name__}")


def choose_spec(
    spec: Spec | str | os.PathLike[str] = DEFAULT,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    *,
    own: Iterable[Rule] = (),
) -> Spec:
    """Return a spec with only some of its rules, as a command line or a settings file names them.

    Parameters
    ----------
    spec : Spec, str or path-like
        As for `resolve_spec`.
    select, ignore : iterable of str
        As for `Spec.select` and `Spec.ignore`; each word may hold several names separated by commas. Without any
        `select`, all rules of the spec are kept.
    own : iterable of Rule
        Further rules, added to those of the spec before anything is chosen; one that the spec's file has changed
        already stays as the file says.

    Raises
    ------
    SpecError
        Nothing has such a name, or no rule is left.
    """
    added = tuple(own)
    rules = spec if isinstance(spec, Spec) else load_spec(spec, own=added)
    for rule in added:
        if rule.name not in rules:
            rules |= rule
    if wanted := _names(select):
        rules = rules.select(wanted)
    if unwanted := _names(ignore):
        rules = rules.ignore(unwanted)
    if not len(rules):
        raise SpecError(Text("没有选中任何规则", "no rule is left to check"))
    return rules


def _names(words: Iterable[str]) -> list[str]:
    return [name for word in words for part in word.split(",") if (name := part.strip())]


def _is_path(name: str) -> bool:
    return name.endswith(".toml") or "/" in name or os.sep in name


@functools.cache
def _built_in(name: str) -> Spec:
    name = SHORT.get(name, name)
    if name not in spec_names():
        hint = nearest(name, spec_names())
        raise SpecError(
            Text(
                f"没有名为 {name!r} 的标准{hint.zh}；文件请以 .toml 结尾；可用：{'、'.join(spec_names())}",
                f"no spec named {name!r}{hint.en}; a file must end in .toml; known: {', '.join(spec_names())}",
            )
        )
    return _read(_FOLDER / f"{name}.toml", (), {})


def _read(path: Path, heirs: tuple[Path, ...], own: Mapping[str, Rule]) -> Spec:
    real = path.resolve()
    if real in heirs:
        chain = " -> ".join(p.name for p in (*heirs, real))
        raise SpecError(Text(f"{path}：extends 成环：{chain}", f"{path}: extends goes in a circle: {chain}"))
    return _File(path, _parsed(path), own).spec((*heirs, real))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SpecError(Text(f"无法读取标准文件 {path}：{why}", f"cannot read the spec file {path}: {why}")) from None
    if len(data) > _LONGEST:
        raise SpecError(Text(f"{path}：超过 1 MB，不是标准文件", f"{path}: over 1 MB, not a spec file"))
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecError(
            Text(f"{path}：不是 UTF-8 编码（字节 {error.start}）", f"{path}: not UTF-8 (byte {error.start})")
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecError(Text(f"{path}：不是有效的 TOML：{error}", f"{path}: not valid TOML: {error}")) from None


class _File:
    """One TOML file while it becomes a spec."""

    def __init__(self, path: Path, keys: Mapping[str, Any], own: Mapping[str, Rule]) -> None:
        self.path = path
        self.keys = keys
        self.own = own
        for key in keys:
            if key not in _KEYS:
                hint = nearest(key, _KEYS)
                known = ", ".join(_KEYS)
                raise self.error(
                    f"未知的键 {key}{hint.zh}；可用：{known}", f"unknown key {key!r}{hint.en}; known: {known}"
                )

    def error(self, zh: str, en: str) -> SpecError:
        return SpecError(Text(f"{self.path}：{zh}", f"{self.path}: {en}"))

    def wrong(self, key: str, expected: Text, got: object) -> SpecError:
        return self.error(f"{key}：应为{expected.zh}，得到 {got!r}", f"{key}: expected {expected.en}, got {got!r}")

    def string(self, table: Mapping[str, Any], key: str, place: str = "") -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(place + key, Text("文字", "text"), value)
        return value

    def text(self, key: str, value: object) -> Text:
        if isinstance(value, str):
            return Text(value, value)
        if isinstance(value, dict) and set(value) == {"zh", "en"} and all(isinstance(v, str) for v in value.values()):
            return Text(**value)
        raise self.wrong(key, Text("文字，或含 zh 和 en 的表", "text, or a table with zh and en"), value)

    def names(self, key: str) -> list[str]:
        value = self.keys.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong(key, Text("规则名称列表", "a list of rule names"), value)
        return value

    def frame(self) -> tuple[int, int]:
        frame = self.keys.get("frame", [480, 640])
        sizes = frame if isinstance(frame, list) else []
        if len(sizes) != 2 or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in sizes):
            raise self.wrong("frame", Text("[宽, 高]，单位像素", "[width, height] in pixels"), frame)
        return sizes[0], sizes[1]

    def spec(self, heirs: tuple[Path, ...]) -> Spec:
        name = self.string(self.keys, "name") or self.path.stem
        parent = self.another("extends", heirs)
        base = Spec(name, ()) if parent is None else parent
        try:
            if "select" in self.keys:
                base = base.select(self.names("select"))
            base = base.ignore(self.names("ignore"))
        except SpecError as error:
            raise self.error(f"select/ignore：{error.text.zh}", f"select/ignore: {error.text.en}") from None
        rules = {r.name: r for r in base}
        provenance = {n: p for n, p in base.provenance.items() if n in rules}
        tables = self.keys.get("rules", {})
        if not isinstance(tables, dict):
            raise self.wrong("rules", Text("表", "a table"), tables)
        frame = self.frame() if "frame" in self.keys else base.frame
        factor = 640 / self.frame()[1]
        for key, table in tables.items():
            rule = self.rule(key, table, rules, factor)
            rules[rule.name] = rule
            provenance[rule.name] = self.provenance(key, table)
        own = self.keys.get("unchecked", [])
        if not isinstance(own, list):
            raise self.wrong("unchecked", Text("列表", "a list"), own)
        unchecked = tuple(self.text("unchecked", item) for item in own)
        if not rules:
            raise self.error("没有任何规则", "there is no rule in it")
        return Spec(
            name,
            tuple(rules.values()),
            self.text("title", self.keys["title"]) if "title" in self.keys else base.title,
            self.string(self.keys, "source") or base.source,
            provenance,
            base.unchecked + unchecked,
            frame,
            self.another("crop_to", heirs) or base.crop_to,
        )

    def another(self, key: str, heirs: tuple[Path, ...]) -> Spec | None:
        """Return the spec that a key names, by a built-in name or a path from this file's folder."""
        named = self.string(self.keys, key)
        if not named:
            return None
        if not _is_path(named):
            beside = _FOLDER / f"{named}.toml"
            if beside.resolve() in heirs:
                return _read(beside, heirs, self.own)
            try:
                return _built_in(named)
            except SpecError as error:
                raise self.error(f"{key}：{error.text.zh}", f"{key}: {error.text.en}") from None
        return _read(self.path.parent / named, heirs, self.own)

    def rule(self, key: str, table: object, present: Mapping[str, Rule], factor: float) -> Rule:
        if not isinstance(table, dict):
            raise self.wrong(f"rules.{key}", Text("表", "a table"), table)
        rule = present.get(key)
        if rule is None:
            known = {**catalogue(), **self.own}
            rule = known.get(key)
            if rule is None:
                by_code = {r.code: r.name for r in (*present.values(), *known.values())}
                hint = nearest(by_code.get(key, key), {**known, **present})
                raise self.error(f"没有规则 rules.{key}{hint.zh}", f"there is no rule rules.{key}{hint.en}")
        changes = {k: v for k, v in table.items() if k not in _RULE_KEYS}
        if isinstance(rule, LimitRule) and rule.unit == "px":
            for side in ("low", "high"):
                limit = changes.get(side)
                if isinstance(limit, int | float) and not isinstance(limit, bool) and factor != 1.0:
                    changes[side] = limit * factor
        return changed(rule, changes, where=f"{self.path}: rules.{key}")

    def provenance(self, key: str, table: Mapping[str, Any]) -> Provenance:
        place = f"rules.{key}."
        certainty = self.string(table, "certainty", place)
        allowed = typing.get_args(Certainty)
        if certainty not in allowed:
            raise self.wrong(place + "certainty", Text("A、B、C 或 inf", "A, B, C or inf"), certainty)
        ours = table.get("ours", False)
        if not isinstance(ours, bool):
            raise self.wrong(place + "ours", Text("true 或 false", "true or false"), ours)
        note = self.text(place + "note", table.get("note", ""))
        return Provenance(typing.cast(Certainty, certainty), self.string(table, "clause", place), ours, note)
