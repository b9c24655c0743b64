"""Everything that the README and the docs show works as shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "readme", type(sys)("readme"))
    for code in blocks(ROOT / "README.md", "python"):
        names: dict[str, object] = {"__name__": "readme"}
        exec(compile(code, "README.md", "exec"), names)
        if "even_sides" in names:
            assert "even-sides" in names["spec"]  # type: ignore[operator]
    assert "zhang.jpg" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_of_the_docs_compiles_and_imports(page: Path) -> None:
    for code in blocks(page, "python"):
        compile(code, page.name, "exec")
        for line in code.splitlines():
            if line.startswith(("import ", "from ")):
                exec(line, {})


def shown_commands() -> list[str]:
    """Return the lines of the README's shell blocks that call photospec."""
    lines = "".join(blocks(ROOT / "README.md", "sh")).splitlines()
    commands = [line.partition("  #")[0].strip() for line in lines if line.startswith("photospec ")]
    return [command for command in commands if command != "photospec ui"]  # it runs until Ctrl-C; see test_desk_browser


@pytest.mark.parametrize("command", shown_commands())
def test_commands_of_the_readme_run(command: str, tmp_path: Path) -> None:
    import zipfile

    from openpyxl import Workbook

    from photospec.testing import portrait, save_portrait

    photos = tmp_path / "photos"
    photos.mkdir()
    save_portrait(photos / "1001.jpg", portrait(1))
    with zipfile.ZipFile(tmp_path / "class1.zip", "w") as archive:
        archive.write(photos / "1001.jpg", "1001.jpg")
    roster = Workbook()
    for row in (["学号"], ["1001"]):
        roster.active.append(row)
    roster.save(tmp_path / "roster.xlsx")
    (tmp_path / "school_rules.py").write_text(blocks(ROOT / "README.md", "python")[1], encoding="utf-8")
    words = [sys.executable, "-m", *shlex.split(command)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def test_the_two_commands_are_marked_for_ci() -> None:
    assert len(re.findall(r"# demo$", TEXT, flags=re.MULTILINE)) == 1
    assert len(re.findall(r"# tests$", TEXT, flags=re.MULTILINE)) == 1


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


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
