"""Everything that the README and the docs show works as shown."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
import sys
import textwrap
import tomllib
import types
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from photospec import Photo, Portrait, Rule, check
from photospec.cli import main
from photospec.testing import Geometry, assert_photo, portrait, save_portrait

ROOT = Path(__file__).resolve().parent.parent
NAMED = ("README.md", "README.zh.md", "CONTRIBUTING.md")
PAGES = [*(ROOT / name for name in NAMED), *sorted((ROOT / "docs").glob("*.md"))]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of one language; what is marked ``no-run`` is part of something else."""
    found = re.findall(
        rf"^( *)```{language}\n(.*?)^ *```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(code) for _, code in found]


def test_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "readme", type(sys)("readme"))
    for code in blocks(ROOT / "README.md", "python"):
        names: dict[str, object] = {"__name__": "readme"}
        exec(compile(code, "README.md", "exec", dont_inherit=True), names)
        if "even_sides" in names:
            assert "even-sides" in names["spec"]  # type: ignore[operator]
    assert "zhang.jpg" in capsys.readouterr().out


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the pages talk of."""
    folder = tmp_path_factory.mktemp("desk")
    photo = folder / "1001.jpg"
    save_portrait(photo, portrait(1))
    around = Geometry(crown_y=150, eye_y=256, face_width=150)  # room to crop
    save_portrait(folder / "DSC_0001.JPG", portrait(1, geometry=around, size=(1080, 1440)))
    for place in ("photos/1001.jpg", "photos/1002.jpg", "photos/1003.jpg", "upload/2021001.jpg", "upload/2021002.jpg"):
        (folder / place).parent.mkdir(exist_ok=True)
        shutil.copy(photo, folder / place)
    for archive_name in ("class1.zip", "photos.zip"):
        with zipfile.ZipFile(folder / archive_name, "w") as archive:
            archive.write(photo, photo.name)
            archive.write(photo, "20220002.jpg")
    (folder / "school_rules.py").write_text(blocks(ROOT / "README.md", "python")[1], encoding="utf-8")
    roster = Workbook()
    for row in (["学号"], ["1001"]):
        roster.active.append(row)
    roster.save(folder / "roster.xlsx")
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda p: p.name)
def test_python_of_the_docs_runs(page: Path, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "shown", types.ModuleType("shown"))
    for code in blocks(page, "python"):
        names: dict[str, Any] = {"__name__": "shown"}
        exec(compile(code, page.name, "exec", dont_inherit=True), names)
        given = {"assert_photo": assert_photo, "photospec_check": check}
        for name, made in names.items():
            if name.startswith("test_"):
                made(**{argument: given[argument] for argument in inspect.signature(made).parameters})
            elif isinstance(made, type) and issubclass(made, Rule) and made.__module__ == "shown":
                assert made().check(Portrait(Photo.read(desk / "1001.jpg"))).verdict == "pass"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=lambda p: p.name)
def test_toml_of_the_docs_parses(page: Path) -> None:
    for text in blocks(page, "toml"):
        tomllib.loads(text)


RUN_ON = ("serve", "ui", "watch")
"""Commands that run until they are stopped; each has tests of its own."""


def shown_commands(page: Path) -> list[str]:
    """Return the lines of a page's shell blocks that call photospec, but for patterns, clusters and what runs on."""
    lines = "".join(blocks(page, "sh")).splitlines()
    commands = [re.split(r"\s#", line)[0].strip() for line in lines if line.lstrip().startswith("photospec ")]
    commands = [c for c in commands if c.split()[1] not in RUN_ON]
    return [c for c in commands if "--dask" not in c and "..." not in c and "[" not in c and "RUN" not in c]


@pytest.mark.parametrize("page", [page for page in PAGES if shown_commands(page)], ids=lambda p: p.name)
def test_commands_of_the_docs_run(
    page: Path, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for command in shown_commands(page):
        words = shlex.split(command)
        if "--config" in words:  # the settings are those of the page
            Path(words[words.index("--config") + 1]).write_text("".join(blocks(page, "toml")), encoding="utf-8")
        with pytest.raises(SystemExit) as stop:
            main(words[1:])
        assert stop.value.code in (0, 1), f"{command}: {capsys.readouterr().err}"


def test_the_two_commands_are_marked_for_ci() -> None:
    assert len(re.findall(r"# demo$", TEXT, flags=re.MULTILINE)) == 1
    assert len(re.findall(r"# tests$", TEXT, flags=re.MULTILINE)) == 1


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            built = target.endswith("/")  # a page as the site has it
            assert built or (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_chinese_readme_shows_the_same() -> None:
    chinese = ROOT / "README.zh.md"

    def commands(page: Path) -> list[str]:
        lines = "".join(blocks(page, "sh")).splitlines()
        return [line.partition("  #")[0].strip() for line in lines]

    assert blocks(chinese, "python") == blocks(ROOT / "README.md", "python")
    assert commands(chinese) == [
        line.removesuffix("# demo").removesuffix("# tests").strip() for line in commands(ROOT / "README.md")
    ]
    titles = [
        len(re.findall(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
        for page in (chinese, ROOT / "README.md")
    ]
    assert titles[0] == titles[1]
