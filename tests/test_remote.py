"""Photos on other storage, and results as a Parquet table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from photospec import Verdict, check_many, find_sources, load_spec
from photospec.report.parquet import write_parquet
from photospec.report.table import finding_rows
from photospec.testing import encode, portrait

fsspec = pytest.importorskip("fsspec")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def bucket() -> Iterator[str]:
    system = fsspec.filesystem("memory")
    for name in ("class1/b.jpg", "class1/a.jpg", "class2/c.JPG", "class2/notes.txt"):
        system.pipe(f"/bucket/{name}", encode(portrait(1).pixels))
    yield "memory://bucket"
    system.rm("/bucket", recursive=True)


def test_folders_patterns_and_files_are_found_in_order(bucket: str) -> None:
    names = [s.name.rpartition("bucket/")[2] for s in find_sources([bucket])]
    assert names == ["class1/a.jpg", "class1/b.jpg", "class2/c.JPG"]
    assert len(list(find_sources([f"{bucket}/class1/*.jpg"]))) == 2
    assert len(list(find_sources([f"{bucket}/class1/a.jpg"]))) == 1


def test_photos_are_checked_and_written_as_a_table(bucket: str, tmp_path: Path) -> None:
    spec = load_spec("cn-diploma-2017").select(["FIL"])
    sources = find_sources([bucket, f"{bucket}/none.jpg", "memory://empty-bucket/*.jpg", "nosuch://x/y.jpg"])
    reports = list(check_many(sources, spec, jobs=1))
    assert [r.verdict is Verdict.ERROR for r in reports] == [False] * 3 + [True] * 3
    findings = sum(len(r.findings) or 1 for r in reports)
    assert write_parquet(reports, tmp_path / "run.parquet", language="en") == findings
    rows = pq.read_table(tmp_path / "run.parquet").to_pylist()
    assert rows == list(finding_rows(reports, language="en"))
    assert list(dict.fromkeys(row["path"] for row in rows)) == [r.path for r in reports]
    assert {row["code"]: row["value_text"] for row in rows}["FIL003"] == "480x640"
    assert next(row["problem"] for row in rows if row["rule"] is None) == "the file does not exist"
    assert not (tmp_path / "run.parquet.part").exists()


def test_the_table_can_go_to_the_bucket(bucket: str) -> None:
    reports = check_many(find_sources([bucket]), load_spec("cn-diploma-2017").select(["FIL003"]), jobs=1)
    assert write_parquet(reports, f"{bucket}/run.parquet", compact=True) == 3
    with fsspec.open(f"{bucket}/run.parquet", "rb") as file:
        table = pq.read_table(file)
        assert table.column("rule").null_count == table.num_rows == 3
