"""The list of those who must be photographed, from a CSV or Excel file."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from photospec.errors import PhotospecError
from photospec.person import Person
from photospec.text import Text

__all__ = ["Person", "Roster", "RosterError", "read_roster"]

HEADERS = {
    "id_number": (
        "身份证号",
        "身份证号码",
        "证件号码",
        "证件号",
        "身份证",
        "公民身份号码",
        "id number",
        "id_number",
        "idnumber",
    ),
    "student_number": (
        "学号",
        "学生学号",
        "考生号",
        "准考证号",
        "student number",
        "student_number",
        "student id",
        "student_id",
    ),
    "name": ("姓名", "学生姓名", "名字", "name", "full name"),
    "class_name": ("班级", "班级名称", "行政班", "行政班级", "所在班级", "班", "class", "class name", "class_name"),
}
"""Headers understood for each column, compared without case, blanks and full width."""

KEYS = ("id_number", "student_number", "name")
"""What file names are compared with, the first column that is there: never a class."""

MOST_BYTES = 50_000_000
MOST_ROWS = 1_000_000


class RosterError(PhotospecError, ValueError):
    """A roster that cannot be read: no such file, no known header, an empty list."""


@dataclass(frozen=True)
class Roster:
    """Those who must be photographed.

    Parameters
    ----------
    people : tuple of Person
        In the order of the file.
    key : str
        The column that file names are compared with: ``id_number``, ``student_number`` or ``name``.
    """

    people: tuple[Person, ...]
    key: str

    def __post_init__(self) -> None:
        index: dict[str, list[Person]] = {}
        for person in self.people:
            index.setdefault(normalised(getattr(person, self.key)), []).append(person)
        object.__setattr__(self, "_index", index)

    def find(self, stem: str) -> tuple[Person, ...]:
        """Return the people whose entry a file name (without extension) is or holds as one of its parts.

        Parts are what stands between ``-``, ``_``, blanks and brackets, so ``2021-王芳-440524188001010014`` is found
        by name and by number.
        """
        index: dict[str, list[Person]] = self.__dict__["_index"]
        whole = normalised(stem)
        if whole in index:
            return tuple(index[whole])
        parts = dict.fromkeys(
            p for p in re.split(r"[-_+.,，、\s()（）\[\]【】]+", unicodedata.normalize("NFKC", stem)) if p
        )
        found = [person for part in parts for person in index.get(normalised(part), ())]
        return tuple(dict.fromkeys(found))


_REASONS: dict[type, str] = {
    FileNotFoundError: "文件不存在",
    PermissionError: "没有读取权限",
    IsADirectoryError: "是文件夹",
}


def _wrong(name: str, zh: str, en: str) -> RosterError:
    return RosterError(Text(f"名单 {name}：{zh}", f"roster {name}: {en}"))


def normalised(text: str) -> str:
    """Return text without what people and spreadsheets vary: width, case, blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def read_roster(path: str | Path, *, column: str | None = None) -> Roster:
    """Read a roster.

    Parameters
    ----------
    path : str or Path
        A ``.csv`` (UTF-8 or GB 18030) or ``.xlsx`` file; the first row with a known header is the header.
    column : str, optional
        Header of the column that file names are compared with; by default the identity number, else the student
        number, else the name, whichever column is there.

    Returns
    -------
    Roster

    Raises
    ------
    RosterError
        The file cannot be read, has no such column, or nobody is in it.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _wrong(
                path.name, f"文件有 {size} 字节，名单不会这么大", f"{size} bytes is more than a list of names has"
            )
        rows = (
            _excel_rows(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv_rows(path.read_bytes(), path.name)
        )
    except OSError as error:
        why = error.strerror or str(error)
        raise _wrong(path.name, _REASONS.get(type(error), f"无法读取（{why}）"), why) from error
    return _roster(rows, path.name, column)


def _csv_rows(data: bytes, name: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _wrong(name, "不是 UTF-8 或 GB 18030 编码的文本", "neither UTF-8 nor GB 18030 text")
    sample = text[:4096]
    delimiter = max(",;\t", key=sample.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise _wrong(name, f"不是表格（{error}）", f"not a table: {error}") from error


def _excel_rows(path: Path) -> list[list[str]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = []
        for count, row in enumerate(book.worksheets[0].iter_rows(values_only=True)):
            if count > MOST_ROWS:
                raise _wrong(path.name, f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows")
            rows.append(["" if cell is None else _cell(cell, path.name, count + 1) for cell in row])
        book.close()
    except RosterError:
        raise
    except Exception as error:  # openpyxl raises whatever the damaged archive makes of it
        raise _wrong(
            path.name, f"不是 Excel 文件（{type(error).__name__}）", f"not an Excel file ({type(error).__name__})"
        ) from error
    return rows


def _cell(value: object, name: str, row: int) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= 1e15:  # Excel keeps 15 digits of a number and makes the rest zeros
            raise _wrong(
                name,
                f"第 {row} 行的号码超过 15 位，已被 Excel 四舍五入：请把该列设为文本格式后重新填写",
                f"row {row}: a number of more than 15 digits was rounded by Excel: format the column as text",
            )
        return str(int(value)) if value == int(value) else str(value)
    return str(value).strip()


def _roster(rows: Sequence[Sequence[str]], name: str, column: str | None) -> Roster:
    header = 0
    for header, row in enumerate(rows[:20]):  # noqa: B007 - the header, once found
        columns = _columns(row)
        if column is not None and (at := _position(row, (column,))) is not None:
            columns = {**columns, "wanted": at}
        if columns.keys() & ({*KEYS} if column is None else {"wanted"}):
            break
    else:
        wanted = column or "、".join(HEADERS[key][0] for key in KEYS)
        raise _wrong(name, f"前 20 行中没有名为“{wanted}”的列", f"no column named {wanted!r} in its first 20 rows")
    if column is not None:
        fields = [f for f, at in columns.items() if at == columns["wanted"] and f != "wanted"]
        key = fields[0] if fields else "student_number"
        columns[key] = columns.pop("wanted")
    else:
        key = next(field for field in KEYS if field in columns)
    people = []
    for line, row in enumerate(rows[header + 1 :], header + 2):
        cells = {field: row[at].strip() if at < len(row) else "" for field, at in columns.items()}
        if cells[key]:
            people.append(Person(line=line, **dict.fromkeys((*KEYS, "class_name"), "") | cells))
    if not people:
        raise _wrong(name, "名单中没有人", "nobody is in it")
    return Roster(tuple(people), key)


def _columns(row: Sequence[str]) -> dict[str, int]:
    found = {field: _position(row, names) for field, names in HEADERS.items()}
    return {field: at for field, at in found.items() if at is not None}


def _position(row: Sequence[str], names: Iterable[str]) -> int | None:
    wanted = {normalised(n) for n in names}
    return next((i for i, cell in enumerate(row) if normalised(str(cell)) in wanted), None)
