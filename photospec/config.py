"""Settings of a school in a file: ``photospec.toml``, or the table ``[tool.photospec]`` of ``pyproject.toml``."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from photospec.errors import PhotospecError
from photospec.person import Privacy
from photospec.text import Language, Text

if TYPE_CHECKING:
    from photospec.batch.decisions import Decisions
    from photospec.batch.roster import Roster
    from photospec.batch.waivers import Waivers
    from photospec.rules import Rule
    from photospec.spec import Spec

__all__ = ["Config", "ConfigError", "config_schema", "find_config", "load_config", "read_config"]

NAMES = ("photospec.toml", "pyproject.toml")
LONGEST = 4_000_000

_TEXT = Text("文字", "text")
_LIST = Text("文字的列表", "a list of texts")
_WANTED: Mapping[str, Text] = {
    "spec": _TEXT,
    "select": _LIST,
    "ignore": _LIST,
    "rules": _LIST,
    "language": Text("zh 或 en", "zh or en"),
    "privacy": Text("masked 或 shown", "masked or shown"),
    "roster": _TEXT,
    "roster-column": _TEXT,
    "decisions": _TEXT,
    "waivers": Text("文件名，或 [[waivers]] 表", "a file name, or [[waivers]] tables"),
}


class ConfigError(PhotospecError, ValueError):
    """A file of settings that cannot be followed: unknown key, wrong type, not TOML."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a school has settled once for every run.

    Paths are as the file says, from its folder. An option of a command replaces the setting of the same name.

    Parameters
    ----------
    file : Path or None
        Where the settings come from; None where there is no file.
    spec : str
        Name of a built-in spec or path of a TOML file; empty for the default one.
    select, ignore : tuple of str
        As for `Spec.select` and `Spec.ignore`.
    rules : tuple of str
        Python files with rules of one's own, checked beside the spec's.
    language : {"zh", "en"} or None
        Language of every word for people; None as the system says.
    privacy : Privacy
        Whether people see identity numbers.
    roster, roster_column : str
        The list of who must have a photo, and its column that file names are compared with; empty for none.
    decisions : str
        The file of decisions; empty for none.
    waivers : tuple
        Tables of waivers, not yet looked into.
    """

    file: Path | None = None
    spec: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    language: Language | None = None
    privacy: Privacy = Privacy.MASKED
    roster: str = ""
    roster_column: str = ""
    decisions: str = ""
    waivers: tuple[Any, ...] = ()

    def replace(self, **changes: Any) -> Config:
        """Return the settings with some replaced; what is None or empty leaves the file's as it is."""
        return dataclasses.replace(self, **{key: value for key, value in changes.items() if value})

    def with_rules(self, files: Iterable[str] | None) -> Config:
        """Return the settings with further files of rules of one's own."""
        return dataclasses.replace(self, rules=tuple(dict.fromkeys((*self.rules, *(files or ())))))

    def own_rules(self) -> tuple[Rule, ...]:
        """Return the rules of the files in `rules`.

        Raises
        ------
        SpecError
            One of them cannot be had, or two share a name or code.
        """
        from photospec.rules.own import read_rules

        return tuple(rule for file in self.rules for rule in read_rules(file))

    def load_spec(self) -> Spec:
        """Return the spec with the rules of one's own, of which `select` and `ignore` have chosen.

        Raises
        ------
        SpecError
            As `load_spec`; or no rule is left.
        """
        from photospec.specs import DEFAULT, choose_spec

        return choose_spec(self.spec or DEFAULT, self.select, self.ignore, own=self.own_rules())

    def load_roster(self) -> Roster | None:
        """Return the roster, if one is named."""
        from photospec.batch.roster import read_roster

        if self.roster_column and not self.roster:
            raise ConfigError(Text("--roster-column 需要 --roster", "--roster-column goes with --roster"))
        return read_roster(self.roster, column=self.roster_column or None) if self.roster else None

    def load_waivers(self, roster: Roster | None = None) -> Waivers:
        """Return the waivers.

        Raises
        ------
        PhotospecError
            A table has an unknown key or rule, or two people of the roster answer to it.
        """
        from photospec.batch.waivers import Waivers, parsed_waivers
        from photospec.spec import catalogue

        rules = catalogue() | {rule.name: rule for rule in self.own_rules()} if self.waivers else {}
        where = str(self.file or "waivers")
        return Waivers(parsed_waivers(list(self.waivers), rules, where), roster=roster)

    def load_decisions(self) -> Decisions | None:
        """Return the file of decisions, if one is named."""
        from photospec.batch.decisions import Decisions

        return Decisions(self.decisions) if self.decisions else None


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``photospec.toml``, for editors."""
    schema: dict[str, Any] = json.loads(Path(__file__).with_name("config.schema.json").read_text("utf-8"))
    return schema


def find_config(folder: str | os.PathLike[str] = ".") -> Path | None:
    """Return the nearest file of settings, in a folder or in those above it.

    In one folder ``photospec.toml`` goes before ``pyproject.toml``, which counts only where it has a table
    ``[tool.photospec]``. Never the folder of the photos but that of the one who works: photos come from strangers.
    """
    start = Path(folder).resolve()
    for place in (start, *start.parents):
        for name in NAMES:
            file = place / name
            if file.is_file() and (name == NAMES[0] or "photospec" in _tables(file).get("tool", {})):
                return file
    return None


def load_config(folder: str | os.PathLike[str] = ".") -> Config:
    """Return the settings that hold in a folder: those of the nearest file, or none."""
    file = find_config(folder)
    return Config() if file is None else read_config(file)


def read_config(path: str | os.PathLike[str]) -> Config:
    """Return the settings of a file.

    Parameters
    ----------
    path : path-like
        A TOML file; of one that is named ``pyproject.toml``, the table ``[tool.photospec]``.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        The file cannot be read or is not TOML, a key is unknown (the nearest is named) or a value of the wrong type.
    """
    file = Path(path)
    tables = _tables(file)
    if file.name == NAMES[1]:
        tables = tables.get("tool", {}).get("photospec", {})
    return _parsed(file, tables)


def _tables(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise ConfigError(Text(f"{file}：文件过大", f"{file}: the file is too large"))
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(Text(f"无法读取配置 {file}：{why}", f"cannot read the settings {file}: {why}")) from None
    except UnicodeDecodeError:
        raise ConfigError(Text(f"{file}：不是 UTF-8 编码", f"{file}: not UTF-8")) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(Text(f"{file}：不是有效的 TOML：{error}", f"{file}: not valid TOML: {error}")) from None


def _parsed(file: Path, tables: Mapping[str, Any]) -> Config:
    for key in tables:
        if key not in _WANTED:
            near = difflib.get_close_matches(key.replace("_", "-"), _WANTED, 1, 0.5)
            known = ", ".join(_WANTED)
            zh = f"（是否想写 {near[0]}？）" if near else ""
            en = f" (did you mean {near[0]!r}?)" if near else ""
            raise ConfigError(
                Text(f"{file}：未知的键 {key}{zh}；可用：{known}", f"{file}: unknown key {key!r}{en}; known: {known}")
            )
    for key, value in tables.items():
        if not _fits(key, value):
            wanted = _WANTED[key]
            raise ConfigError(
                Text(
                    f"{file}：{key}：应为{wanted.zh}，得到 {value!r}",
                    f"{file}: {key}: expected {wanted.en}, got {value!r}",
                )
            )
    place = file.parent
    named = {key: str(place / tables[key]) for key in ("roster", "decisions") if key in tables}
    spec = tables.get("spec", "")
    waivers = tables.get("waivers", [])
    if isinstance(waivers, str):
        waivers = _waivers_beside(place / waivers)
    return Config(
        file=file,
        spec=str(place / spec) if spec.endswith(".toml") or "/" in spec or os.sep in spec else spec,
        select=tuple(tables.get("select", ())),
        ignore=tuple(tables.get("ignore", ())),
        rules=tuple(str(place / rules) for rules in tables.get("rules", ())),
        language=cast("Language | None", tables.get("language")),
        privacy=Privacy(tables.get("privacy", Privacy.MASKED)),
        roster_column=tables.get("roster-column", ""),
        waivers=tuple(waivers),
        **named,
    )


def _fits(key: str, value: object) -> bool:
    if key in ("select", "ignore", "rules"):
        return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    if key == "waivers":
        return isinstance(value, list) or (isinstance(value, str) and bool(value))
    if key == "language":
        return value in ("zh", "en")
    if key == "privacy":
        return value in tuple(Privacy)
    return isinstance(value, str) and bool(value)


def _waivers_beside(file: Path) -> list[Any]:
    """Return the tables of a file that holds waivers only, as not everybody who reads the settings may see them."""
    tables = _tables(file)
    for key in tables:
        if key != "waivers":
            raise ConfigError(
                Text(f"{file}：未知的键 {key}；可用：waivers", f"{file}: unknown key {key!r}; known: waivers")
            )
    waivers = tables.get("waivers", [])
    if not isinstance(waivers, list):
        raise ConfigError(Text(f"{file}：waivers 应为 [[waivers]] 表", f"{file}: waivers must be [[waivers]] tables"))
    return waivers
