"""Rosters from CSV and Excel, and whom a file name belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from photospec.batch.roster import Roster, RosterError, read_roster

ROWS = [
    ["学号", "姓名", "身份证号"],
    ["2021001", "王芳", "440524188001010014"],
    ["2021002", "李 娜", "11010519491231002X"],
]


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(",".join(row) for row in rows).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headers_in_every_encoding_that_excel_writes(tmp_path: Path, encoding: str) -> None:
    roster = read_roster(write_csv(tmp_path / "r.csv", ROWS, encoding))
    assert roster.key == "id_number"
    assert [p.name for p in roster.people] == ["王芳", "李 娜"]


def test_excel_and_csv_agree(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [["毕业生名单"], *ROWS]:
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    from_excel = read_roster(tmp_path / "r.xlsx")
    from_csv = read_roster(write_csv(tmp_path / "r.csv", ROWS))
    assert [p.id_number for p in from_excel.people] == [p.id_number for p in from_csv.people]
    assert [p.line for p in from_excel.people] == [3, 4]


def test_a_number_that_excel_rounded_is_refused(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [["身份证号"], [440524188001010014]]:
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    with pytest.raises(RosterError, match=r"row 2.*rounded by Excel"):
        read_roster(tmp_path / "r.xlsx")


@pytest.mark.parametrize(
    ("stem", "line"),
    [
        ("440524188001010014", 2),
        ("2021-王芳-440524188001010014-13800000000", 2),
        ("11010519491231002x", 3),
        ("１１０１０５１９４９１２３１００２Ｘ", 3),
        ("李娜", None),
    ],
)
def test_find_by_identity_number(tmp_path: Path, stem: str, line: int | None) -> None:
    found = read_roster(write_csv(tmp_path / "r.csv", ROWS)).find(stem)
    assert [p.line for p in found] == ([] if line is None else [line])


def test_the_column_can_be_chosen(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "r.csv", ROWS)
    assert read_roster(path, column="姓名").find("李娜")[0].line == 3
    assert read_roster(path, column="学号").find("2021001")[0].line == 2
    with pytest.raises(RosterError, match="报名号"):
        read_roster(path, column="报名号")


def test_two_of_one_name_are_both_found(tmp_path: Path) -> None:
    roster = read_roster(write_csv(tmp_path / "r.csv", [["姓名"], ["王芳"], ["王芳"]]))
    assert len(roster.find("王芳")) == 2


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("none.csv", None, "No such file"),
        ("empty.csv", b"", "no column named"),
        ("strange.csv", b"a,b\n1,2\n", "no column named"),
        ("header.csv", "学号,姓名\n".encode(), "nobody is in it"),
        ("binary.csv", b"\xff\xfe\x00\xd8\x80", "neither UTF-8 nor GB 18030|no column named"),
        ("fake.xlsx", b"not a zip", "not an Excel file"),
    ],
)
def test_bad_rosters_say_what_is_wrong(tmp_path: Path, name: str, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(RosterError, match=message) as raised:
        read_roster(tmp_path / name)
    assert name in str(raised.value)


def test_a_persons_repr_tells_no_name_and_no_number(tmp_path: Path) -> None:
    roster: Roster = read_roster(write_csv(tmp_path / "r.csv", ROWS))
    assert "王芳" not in repr(roster.people[0])
    assert "4405" not in repr(roster.people[0])
