"""What holds the house together: dependencies are used, rooms look one way, marks are honest, rules are dated."""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import photospec
from photospec import Rule, catalogue, load_spec, spec_names
from photospec.rules import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "photospec").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

IMPORTED_AS = {
    "dlib-bin": "dlib",
    "fpdf2": "fpdf",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "python-multipart": "starlette",  # parses forms with it
}
"""Where a package's import has another name than the package."""


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports or finds by name, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("find_spec", "import_module", "files")):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def names(requirements: list[str]) -> list[str]:
    return [re.match(r"[\w-]+", requirement)[0] for requirement in requirements]  # type: ignore[index]


USED = {module.partition(".")[0] for path in SOURCES for module in imports(path)}
DECLARED = names(PROJECT["dependencies"])
EXTRAS = [
    name
    for extra, wanted in PROJECT["optional-dependencies"].items()
    if extra not in ("all", "dev", "train", "docs")
    for name in names(wanted)
    if name != "photospec"
]


@pytest.mark.parametrize("package", DECLARED + EXTRAS)
def test_every_declared_dependency_is_imported_by_the_package(package: str) -> None:
    assert IMPORTED_AS.get(package, package.replace("-", "_")) in USED


UPWARDS = {
    "photo": ("portrait", "rules", "spec", "specs", "report", "batch", "cli", "serve", "networks"),
    "networks": ("portrait", "rules", "spec", "specs", "report", "batch", "cli", "serve"),
    "portrait": ("rules", "spec", "specs", "report", "batch", "cli", "serve"),
    "rules": ("spec", "specs", "report", "batch", "cli", "serve"),
    "specs": ("report", "batch", "cli", "serve"),
    "report": ("cli", "serve"),
    "batch": ("cli", "serve"),
}


@pytest.mark.parametrize("room", UPWARDS)
def test_no_room_looks_upwards(room: str) -> None:
    for path in sorted((ROOT / "photospec" / room).rglob("*.py")):
        for module in imports(path):
            parts = module.split(".")
            if parts[0] == "photospec" and len(parts) > 1:
                assert parts[1] not in UPWARDS[room], f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("path", sorted((ROOT / "photospec").rglob("*.json")), ids=lambda p: p.name)
def test_no_key_stands_twice_in_a_schema(path: Path) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"repeated: {sorted({k for k in keys if keys.count(k) > 1})}"
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)


@pytest.mark.parametrize("rule", BUILT_IN, ids=lambda rule: rule.name)
def test_a_rule_says_since_when_it_is_stable(rule: type[Rule]) -> None:
    if rule.preview:
        assert rule.since == ""
    else:
        since, now = (tuple(map(int, v.split("."))) for v in (rule.since, photospec.__version__))
        assert since <= now


def limits_are_ours(rule: Rule) -> bool:
    """Return whether a rule's own documentation calls its default limits photospec's."""
    page = inspect.cleandoc(type(rule).__doc__ or "")
    return bool(re.search(r"Limits\n-+\nOurs", page))


@pytest.mark.parametrize("name", spec_names())
def test_limits_of_ours_are_never_called_the_source_s(name: str) -> None:
    spec = load_spec(name)
    defaults = catalogue()
    for rule in spec:
        said = spec.provenance.get(rule.name)
        if said is not None and limits_are_ours(rule) and rule == defaults[rule.name]:
            assert said.ours, f"{name}: {rule.name} has photospec's limits: say ours = true"
