"""The file of results: whole or in parts, and taken up again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from photospec.batch.results import ResultFile
from photospec.errors import PhotospecError


def line(path: str, sha: str = "a", digest: str = "d", **more: object) -> str:
    return json.dumps({"path": path, "sha256": sha, "spec_digest": digest, **more})


def test_the_file_appears_when_the_run_is_complete(tmp_path: Path) -> None:
    results = ResultFile(tmp_path / "run.jsonl")
    results.add(line("1"))
    assert not (tmp_path / "run.jsonl").exists()
    assert (tmp_path / "run.jsonl.part").read_text() == line("1") + "\n"
    results.finish()
    assert (tmp_path / "run.jsonl").read_text() == line("1") + "\n"
    assert not (tmp_path / "run.jsonl.part").exists()


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl.part").write_text(line("1") + "\n" + line("2") + "\n" + line("3")[:20])
    results = ResultFile(tmp_path / "run.jsonl", resume=True)
    assert results.has("1", "a", "d")
    assert results.has("2", "a", "d")
    assert not results.has("3", "a", "d")
    assert [v["path"] for v in results.earlier()] == ["1", "2"]
    results.add(line("3"))
    results.finish()
    assert (tmp_path / "run.jsonl").read_text() == "".join(line(p) + "\n" for p in "123")


@pytest.mark.parametrize(("sha", "digest"), [("b", "d"), ("a", "e"), (None, "d")])
def test_a_changed_photo_or_spec_is_checked_again_and_the_old_line_goes(
    tmp_path: Path, sha: str | None, digest: str
) -> None:
    (tmp_path / "run.jsonl").write_text(line("1") + "\n" + line("2") + "\n")
    results = ResultFile(tmp_path / "run.jsonl", resume=True)
    assert not results.has("1", sha, digest)
    assert results.has("2", "a", "d")
    new = line("1", "new", digest)
    results.add(new)
    results.finish()
    assert (tmp_path / "run.jsonl").read_text() == line("2") + "\n" + new + "\n"


def test_without_resume_it_starts_anew_and_keeps_the_old_until_done(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(line("old") + "\n")
    results = ResultFile(tmp_path / "run.jsonl")
    assert not results.has("old", "a", "d")
    assert (tmp_path / "run.jsonl").read_text() == line("old") + "\n"
    results.add(line("new"))
    results.finish()
    assert (tmp_path / "run.jsonl").read_text() == line("new") + "\n"


def test_somebody_elses_file_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("dear diary\n")
    with pytest.raises(PhotospecError, match="line 1"):
        ResultFile(tmp_path / "run.jsonl", resume=True)
    assert (tmp_path / "run.jsonl").read_text() == "dear diary\n"


def test_a_folder_or_no_folder_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(PhotospecError, match="is a folder"):
        ResultFile(tmp_path)
    with pytest.raises(PhotospecError, match="No such file"):
        ResultFile(tmp_path / "none" / "run.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl.part").symlink_to("/dev/full")
    results = ResultFile(tmp_path / "run.jsonl")
    with pytest.raises(PhotospecError, match=r"No space left.*--resume"):
        results.add(line("1"))
    results.close()
