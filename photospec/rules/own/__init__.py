"""Rules of one's own, from Python files that are named to photospec.

A rule pickles by the name of its module, and a worker process must find that module again. The modules of such files
are therefore submodules of this package, and their names hold the path: any process that imports one comes here first.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from photospec.errors import PhotospecError, SpecError
from photospec.rules import BUILT_IN, Rule
from photospec.text import Text

__all__ = ["read_rules"]

_PREFIX = f"{__name__}.file_"
LONGEST = 1_000_000


class _FileLoader(SourceLoader):
    """Runs one file as it is now; no bytecode is kept beside it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        data = Path(os.fsdecode(path)).read_bytes()
        if len(data) > LONGEST:
            raise ValueError("over 1 MB")
        return data

    def exec_module(self, module: ModuleType) -> None:
        digest = hashlib.sha256(self.get_data(self.path)).hexdigest()
        module.__dict__["__digest__"] = digest
        super().exec_module(module)
        for value in vars(module).values():
            kind = type(value) if isinstance(value, Rule) else value
            if _defines(module, kind):
                kind.source_digest = digest


class _FileFinder(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if not fullname.startswith(_PREFIX):
            return None
        file = os.fsdecode(bytes.fromhex(fullname.removeprefix(_PREFIX)))
        return importlib.util.spec_from_loader(fullname, _FileLoader(file))


sys.meta_path.append(_FileFinder())


def read_rules(path: str | os.PathLike[str]) -> tuple[Rule, ...]:
    """Return the rules that a Python file defines, in its order.

    Parameters
    ----------
    path : path-like
        The file. It is run, so it must be as trusted as any program.

    Returns
    -------
    tuple of Rule
        Every `Rule` at its top level, such as `photospec.rule` makes, and one of every subclass of `Rule` that it
        defines; the fields of these must have defaults.

    Raises
    ------
    SpecError
        The file is missing or raises an error, no rule is in it, or the name or code of one is taken.
    """
    file = Path(path).resolve()
    name = _PREFIX + os.fsencode(file).hex()
    try:
        known = sys.modules.get(name)
        if known is not None and known.__dict__["__digest__"] != hashlib.sha256(file.read_bytes()).hexdigest():
            del sys.modules[name]
        module = importlib.import_module(name)
        rules = _rules_of(module)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _faulty(path, Text(f"无法读取：{why}", f"cannot be read: {why}")) from None
    except PhotospecError as error:
        raise _faulty(path, error.text) from error
    except (Exception, SystemExit) as error:
        raise _faulty(path, _told(error, str(file))) from error
    if not rules:
        raise _faulty(path, Text("其中没有规则", "there is no rule in it"))
    taken = {key for built_in in BUILT_IN for key in (built_in.name, built_in.code)}
    for rule in rules:
        for key in (rule.name, rule.code):
            if key in taken:
                raise _faulty(path, Text(f"名称或代码 {key} 已被占用", f"the name or code {key!r} is taken"))
            taken.add(key)
    return rules


def _defines(module: ModuleType, value: Any) -> bool:
    """Return whether a value is a class of rules that the module has made itself."""
    return isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__


def _rules_of(module: ModuleType) -> tuple[Rule, ...]:
    found: dict[int, Rule] = {}
    for value in vars(module).values():
        if isinstance(value, Rule):
            found.setdefault(id(value), value)
        elif _defines(module, value) and not inspect.isabstract(value):
            found[id(value)] = value()
    return tuple(found.values())


def _told(error: BaseException, file: str) -> Text:
    """Say what the file raised, and in which of its lines."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    what = f"{type(error).__name__}: {error}"
    if line is None:
        return Text(f"运行出错：{what}", f"it raises {what}")
    return Text(f"第 {line} 行出错：{what}", f"line {line} raises {what}")


def _faulty(path: str | os.PathLike[str], why: Text) -> SpecError:
    name = os.fspath(path)
    return SpecError(Text(f"规则文件 {name}：{why.zh}", f"rules {name}: {why.en}"))
