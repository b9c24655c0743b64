"""The command line on batches: resume after any death, roster, summary, Dask, and what file systems do."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from photospec.batch.sources import Source
from photospec.cli import main
from photospec.testing import encode, portrait

RULES = ["--select", "FIL,duplicate-photo", "--lang", "en"]


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    return [encode(portrait(seed).pixels) for seed in range(4)]


@pytest.fixture
def folder(tmp_path: Path, jpegs: list[bytes]) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    for i, data in enumerate(jpegs):
        (photos / f"100{i}.jpg").write_bytes(data)
    return photos


def photospec(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photospec", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload, no-any-return]


def check_lines(folder: Path, out: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return photospec("check", folder, *RULES, "--format", "jsonl", "--output", out, *words)


def test_resume_after_kill_9_gives_the_file_of_an_uninterrupted_run(tmp_path: Path, jpegs: list[bytes]) -> None:
    photos = tmp_path / "many"
    photos.mkdir()
    for i in range(160):
        (photos / f"{i:03}.jpg").write_bytes(jpegs[i % 4] + bytes(i))
    whole, part = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    rules = ["--select", "FIL,CMP,duplicate-photo", "--lang", "en", "--format", "jsonl"]
    assert photospec("check", photos, *rules, "--output", whole, "--jobs", 2).returncode == 1
    command = [sys.executable, "-m", "photospec", "check", str(photos), *rules, "--output", str(part), "--jobs", "2"]
    process = subprocess.Popen(command, start_new_session=True)
    progress = tmp_path / "killed.jsonl.part"
    end = time.monotonic() + 120
    while not progress.exists() or progress.stat().st_size < 100_000:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not part.exists()
    done = progress.read_bytes().count(b"\n")
    assert 0 < done < 160
    again = photospec("check", photos, *rules, "--output", part, "--resume", "--jobs", 2)
    assert again.returncode == 1, again.stderr
    assert part.read_bytes() == whole.read_bytes()


def test_ctrl_c_stops_at_once_and_leaves_valid_lines(tmp_path: Path, jpegs: list[bytes]) -> None:
    photos = tmp_path / "many"
    photos.mkdir()
    for i in range(600):
        (photos / f"{i:03}.jpg").write_bytes(jpegs[i % 4])
    out = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "photospec", "check", str(photos), "--format", "jsonl", "--output", str(out)]
    process = subprocess.Popen([*command, "--jobs", "2"], stderr=subprocess.PIPE, text=True)
    progress = tmp_path / "run.jsonl.part"
    while not progress.exists() or progress.stat().st_size < 50_000:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    lines = progress.read_text(encoding="utf-8").splitlines()
    assert 0 < len(lines) < 600
    assert all(json.loads(line)["path"] for line in lines)


def test_resume_checks_changed_photos_and_changed_specs_again(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "run.jsonl"
    check_lines(folder, out)
    (folder / "1001.jpg").write_bytes(encode(portrait(9).pixels))
    (folder / "1009.jpg").write_bytes(encode(portrait(10).pixels))
    before = {v["path"]: v for v in map(json.loads, out.read_text().splitlines())}
    assert check_lines(folder, out, "--resume").returncode in (0, 1)
    after = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(Path(v["path"]).name for v in after) == ["1000.jpg", "1001.jpg", "1002.jpg", "1003.jpg", "1009.jpg"]
    changed = {Path(v["path"]).name for v in after if v != before.get(v["path"])}
    assert changed == {"1001.jpg", "1009.jpg"}
    check_lines(folder, out, "--resume", "--ignore", "FIL007")
    digests = {json.loads(line)["spec_digest"] for line in out.read_text().splitlines()}
    assert len(digests) == 1
    assert digests != {after[0]["spec_digest"]}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("jobs", [1, 2])
def test_resume_reads_each_photo_once(
    tmp_path: Path, folder: Path, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch, packed: bool, jobs: int
) -> None:
    def lay_out(*photos: bytes) -> Path:
        if not packed:
            for i, data in enumerate(photos):
                (folder / f"100{i}.jpg").write_bytes(data)
            return folder
        with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
            for i, data in enumerate(photos):
                archive.writestr(f"100{i}.jpg", data)
        return tmp_path / "class.zip"

    here: list[str] = []
    read = Source.open
    monkeypatch.setattr(Source, "open", lambda source: (here.append(source.name[-8:]), read(source))[1])
    words = ["--select", "FIL001", "--format", "jsonl", "--output", str(tmp_path / "run.jsonl"), "--jobs", str(jobs)]
    for more, photos in (([], jpegs), (["--resume"], [*jpegs[:3], jpegs[3] + b"\0", jpegs[0]])):
        here.clear()
        with pytest.raises(SystemExit):
            main(["check", str(lay_out(*photos)), *words, *more])
    known, new = [f"100{i}.jpg" for i in range(4)], ["1004.jpg"]
    assert sorted(here) == (known + new if jobs == 1 else known)  # a worker reads what is new
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    hashes = {v["path"][-8:]: v["sha256"] for v in lines}
    assert hashes == {f"100{i}.jpg": hashlib.sha256(data).hexdigest() for i, data in enumerate(photos)}


def test_a_duplicate_of_a_photo_checked_before_the_resume_is_found(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "run.jsonl"
    check_lines(folder, out)
    (folder / "2000.jpg").write_bytes((folder / "1002.jpg").read_bytes())
    assert check_lines(folder, out, "--resume").returncode == 1
    last = json.loads(out.read_text().splitlines()[-1])
    found = next(f for f in last["findings"] if f["code"] == "BAT001")
    assert found["verdict"] == "fail"
    assert "1002.jpg" in found["message"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resume"], "--resume goes with --output FILE.jsonl"),
        (["--compact"], "--bilingual and --compact go with jsonl"),
        (["--roster-column", "x"], "--roster-column goes with --roster"),
        (["--roster", "none.csv"], "none.csv"),
        (["--dask", "tcp://127.0.0.1:9"], "no Dask scheduler at tcp://127.0.0.1:9"),
        (["--time-limit", "0"], "--time-limit"),
        (["--output", "/none/run.jsonl", "--format", "jsonl"], "cannot write /none/run.jsonl"),
    ],
)
def test_wrong_options_are_said_in_words(folder: Path, words: list[str], message: str) -> None:
    done = photospec("check", folder, *RULES, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_roster_and_summary(tmp_path: Path, folder: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("学号,姓名\n1000,甲\n1001,乙\n1002,丙\n1077,丁\n", encoding="gb18030")
    out, summary = tmp_path / "run.jsonl", tmp_path / "summary.json"
    done = check_lines(folder, out, "--roster", roster, "--summary", summary)
    assert done.returncode == 1
    assert "1077" in done.stderr
    values = json.loads(summary.read_text(encoding="utf-8"))
    assert values["photos"] == 4
    assert values["missing"] == ["1077"]
    assert values["rules"]["roster"] == {"fail": 1}
    by_name = {Path(v["path"]).name: v for v in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    verdicts = {n: f["verdict"] for n, v in by_name.items() for f in v["findings"] if f["rule"] == "roster"}
    assert verdicts == {"1000.jpg": "pass", "1001.jpg": "pass", "1002.jpg": "pass", "1003.jpg": "fail"}


def test_dask_gives_the_same_file(tmp_path: Path, folder: Path) -> None:
    pytest.importorskip("distributed")
    alone, cluster = tmp_path / "alone.jsonl", tmp_path / "cluster.jsonl"
    check_lines(folder, alone, "--jobs", 1)
    done = check_lines(folder, cluster, "--dask", "local", "--jobs", 2)
    assert done.returncode in (0, 1), done.stderr
    assert cluster.read_bytes() == alone.read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_in_words_and_keeps_the_part(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "run.jsonl.part").symlink_to("/dev/full")
    done = check_lines(folder, tmp_path / "run.jsonl")
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_photo_replaced_while_the_batch_runs_is_one_or_the_other(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "run.jsonl"
    old, new = (folder / "1000.jpg").read_bytes(), encode(portrait(30).pixels)
    command = [sys.executable, "-m", "photospec", "check", str(folder), *RULES, "--format", "jsonl", "-o", str(out)]
    process = subprocess.Popen(command)
    for data in [new, old] * 200:
        if process.poll() is not None:
            break
        spare = folder.parent / "spare"
        spare.write_bytes(data)
        spare.replace(folder / "1000.jpg")
        time.sleep(0.005)
    assert process.wait(timeout=60) in (0, 1)
    first = json.loads(out.read_text().splitlines()[0])
    assert next(f for f in first["findings"] if f["code"] == "FIL001")["verdict"] == "pass"


def test_many_files_in_one_folder_are_streamed(tmp_path: Path) -> None:
    photos = tmp_path / "many"
    photos.mkdir()
    for i in range(50_000):
        (photos / f"{i:05}.jpg").touch()
    out = tmp_path / "run.jsonl"
    done = photospec("check", photos, "--select", "FIL001", "--format", "jsonl", "--output", out, "--jobs", 1)
    assert done.returncode == 1
    with out.open() as file:
        assert sum(1 for _ in file) == 50_000
