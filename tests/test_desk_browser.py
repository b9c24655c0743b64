"""The page in a browser: drop, filter, decide, export, reload, go on tomorrow; in both languages, and alone."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from photospec import Decisions
from photospec.testing import encode, portrait

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

HOSTILE = "<img src=x onerror=alert(1)>.jpg"


@contextlib.contextmanager
def page_of(session: Path, *more: str) -> Iterator[str]:
    """Run ``photospec ui`` and yield the address that it shows."""
    words = [sys.executable, "-m", "photospec", "ui", "--no-browser", "--session", str(session), "--config", "none"]
    environment = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*words, "--jobs", "1", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = process.stdout.readline().strip()
        assert "请在浏览器中打开" in said and address.startswith("http://127.0.0.1:"), process.stderr
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert str(session) in errors


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to drop: two photos that are held, one bad, one good in a zip of another class, and a roster."""
    folder = tmp_path_factory.mktemp("drop")
    (folder / "一班").mkdir()
    for number in (1001, 1002):
        (folder / "一班" / f"{number}.jpg").write_bytes(encode(portrait(number).pixels, quality=97))
    (folder / "一班" / HOSTILE).write_bytes(encode(portrait(7).pixels[::2, ::2]))
    good = encode(portrait(1).pixels, size=(20_000, 40_000))
    with zipfile.ZipFile(folder / "二班.zip", "w") as archive:
        archive.writestr("二班/1003.jpg", good)
    (folder / "名单.csv").write_text(
        "学号,姓名,班级\n1001,王芳,一班\n1002,李明,一班\n1003,张伟,二班\n1004,刘洋,二班\n", "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as run:
        opened = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def open_page(browser: Any, address: str, **more: Any) -> Any:
    context = browser.new_context(viewport={"width": 1366, "height": 820}, accept_downloads=True, **more)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.wrong = []
    base = address.partition("/#")[0]
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("dialog", lambda dialog: (page.wrong.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda line: page.wrong.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda asked: None if asked.url.startswith((base, "data:")) else page.wrong.append(asked.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


def drop(page: Any, *paths: Path) -> None:
    """Drop files and folders on the page as a file manager does."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 400, "data": data})


def count(page: Any, verdict: str) -> int:
    return int(page.inner_text(f'[data-verdict="{verdict}"] b'))


def until(page: Any, verdict: str, number: int) -> None:
    page.wait_for_function(
        "([v, n]) => document.querySelector(`[data-verdict='${v}'] b`)?.textContent === String(n)",
        arg=[verdict, number],
        timeout=120_000,
    )


def test_a_day_at_the_page(tmp_path: Path, photos: Path, browser: Any) -> None:
    session = tmp_path / "session"
    with page_of(session) as address:
        page = open_page(browser, address)
        assert page.inner_text("h1") == "证件照检查" and page.is_visible("#zone")

        # drop a folder that holds a class, a zip and the roster
        drop(page, photos)
        until(page, "", 4)
        page.wait_for_function("() => document.querySelector('#progress').hidden", timeout=120_000)
        assert {verdict: count(page, verdict) for verdict in ("review", "fail", "error", "pass")} == {
            "review": 2,
            "fail": 1,
            "error": 0,
            "pass": 1,
        }

        # filter by verdict, class, rule, words
        page.click('[data-verdict="fail"]')
        assert page.inner_text(".row b") == HOSTILE
        page.click('[data-verdict="fail"]')
        page.select_option("#class", "二班")
        assert page.locator(".row").count() == 1 and page.inner_text(".row b") == "张伟"
        page.select_option("#class", "")
        page.select_option("#rule", "FIL003")
        assert page.locator(".row").count() == 1
        page.select_option("#rule", "")
        page.fill("#search", "李明")
        assert page.locator(".row").count() == 1
        page.fill("#search", "")
        page.click("#session summary")
        assert "刘洋" in page.inner_text("#missing") and "photospec-" in page.inner_text("#session dl")
        page.click("#session summary")

        # look and decide by keyboard; without a name nothing is decided
        page.click('[data-verdict="review"]')
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(".finding")
        assert page.evaluate("() => document.querySelector('.stage img').decode().then(() => true)")
        page.keyboard.press("m")
        page.wait_for_selector(".stage svg polyline", state="attached")  # a level line has no height
        page.keyboard.press("a")
        assert "请先填写决定人" in page.inner_text("#notice") and count(page, "review") == 2
        page.keyboard.type("王老师")
        page.keyboard.press("Enter")
        page.keyboard.press("a")
        until(page, "review", 1)
        page.keyboard.press("r")
        page.wait_for_selector("#reason")
        page.keyboard.press("2")
        until(page, "fail", 2)
        assert "没有待确认的照片了" in page.inner_text("main")
        page.keyboard.press("u")
        until(page, "review", 1)
        page.keyboard.press("r")
        page.wait_for_selector("#reason")
        page.fill("#reason", "拍摄时晃动")
        page.keyboard.press("Enter")
        until(page, "fail", 2)

        # export
        page.click("#exports summary")
        with page.expect_download() as download:
            page.click('[data-form="xlsx"]')
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
        cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
        assert {"王芳", "李明", "刘洋"} <= cells and any("拍摄时晃动" in cell for cell in cells)

        # reload: everything is where it was
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert (count(page, "review"), count(page, "fail"), count(page, "pass")) == (0, 2, 2)
        assert page.input_value("#who") == "王老师"

        # the other language
        page.click("#language")
        assert page.inner_text("h1") == "ID photo check"
        assert not page.wrong
        dropped = page.inner_text("#session dl", timeout=5000) if page.is_visible("#session dl") else ""
        assert dropped == ""
        page.context.close()

    decisions = Decisions(session / "decisions.jsonl")
    assert len(decisions) == 2 and "拍摄时晃动" in decisions.path.read_text("utf-8")

    # tomorrow: another start, another token, the same desk
    with page_of(session) as later:
        assert later != address
        page = open_page(browser, later)
        until(page, "pass", 2)
        assert (count(page, "review"), count(page, "fail")) == (0, 2)
        page.once("dialog", lambda dialog: dialog.accept())
        page.click("#session summary")
        place = page.inner_text("#session dl")
        page.wrong.clear()
        page.evaluate("() => { window.confirm = () => true; }")
        page.click("#session button")
        page.wait_for_function("() => !document.querySelector('#session button')")
        folder = next(Path(line) for line in place.splitlines() if Path(line).name.startswith("photospec-"))
        assert not folder.exists() and count(page, "pass") == 2
        page.context.close()


def test_photos_of_a_path_stay_where_they_are_on_a_phone_in_the_dark(
    tmp_path: Path, photos: Path, browser: Any
) -> None:
    with page_of(tmp_path / "session", str(photos / "一班")) as address:
        page = open_page(browser, address, color_scheme="dark", has_touch=True, is_mobile=True)
        page.set_viewport_size({"width": 390, "height": 844})
        until(page, "", 3)
        page.fill("#who", "w")
        page.tap('[data-verdict="review"]')
        page.tap(".row")
        page.wait_for_selector(".finding")
        page.tap(".decide .accept")
        until(page, "review", 1)
        page.tap(".decide .refuse")
        page.tap(".choices button:nth-child(3)")
        until(page, "review", 0)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 390, "the page must not scroll sideways"
        assert not page.wrong
        page.context.close()
    assert sorted(p.name for p in (photos / "一班").iterdir()) == sorted(["1001.jpg", "1002.jpg", HOSTILE])


def test_a_stranger_sees_nothing(tmp_path: Path, photos: Path, browser: Any) -> None:
    with page_of(tmp_path / "session", str(photos / "一班")) as address:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(address.partition("#")[0])
        page.wait_for_selector("#notice:not([hidden])")
        assert "Open the full address" in page.inner_text("#notice") and not page.is_visible("#app")
        page.goto(address.partition("#")[0] + "#token=wrong-wrong-wrong-wrong")
        page.reload()
        page.wait_for_selector("#notice:not([hidden])")
        assert not page.is_visible("#app")
        page.close()
