"""The registrar's tutorial: six actions at the page (its path is walked in test_desk_browser), and its commands."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import openpyxl
import pytest

from photospec.cli import main
from photospec.serve.words import WORDS
from photospec.testing import encode, portrait

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {"zh": DOCS / "tutorial-registrar.zh.md", "en": DOCS / "tutorial-registrar.md"}


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    return [line for line in blocks[-1].splitlines() if line]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_six_actions_in_the_words_of_the_page(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    assert re.findall(r"^## (\d)\.", text, flags=re.MULTILINE) == list("123456")
    for name in ("who", "export", "xlsx", "slips", "session"):
        assert WORDS[name].in_(language) in text, name  # type: ignore[arg-type]


def test_from_zip_and_roster_to_sheet_and_slips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    held, bad = encode(portrait(2).pixels, quality=97), encode(portrait(3, defects=["eyes-closed"]).pixels)
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.writestr("一班/20220002.jpg", held)
        archive.writestr("二班/20220003.jpg", bad)
    book = openpyxl.Workbook()
    for row in (
        ["学号", "姓名", "班级"],
        ["20220002", "李明", "一班"],
        ["20220003", "张伟", "二班"],
        ["20220004", "刘洋", "二班"],
    ):
        book.active.append(row)
    book.save("roster.xlsx")
    Path("photospec.toml").write_text('decisions = "decisions.jsonl"\nlanguage = "zh"\n')

    assert commands(PAGES["zh"]) == commands(PAGES["en"]) and len(commands(PAGES["zh"])) == 3
    for line in commands(PAGES["zh"]):
        with pytest.raises(SystemExit) as stop:
            main(shlex.split(line)[1:])
        assert stop.value.code in (0, 1), capsys.readouterr().err
        if "report" in line:
            sheet = openpyxl.load_workbook("list.xlsx").worksheets[0]
            rows = [" ".join(str(cell.value or "") for cell in row) for row in sheet.iter_rows()]
            of = {name: next(row for row in rows if name in row) for name in ("李明", "张伟")}
            assert "合格" in of["李明"] and "不合格" not in of["李明"].replace("机器：", "") and "一班" in of["李明"]
            assert "学生重新拍摄" in of["张伟"]
            slips = Path("slips.html").read_text("utf-8")
            assert "张伟" in slips and "刘洋" in slips and "李明" not in slips
