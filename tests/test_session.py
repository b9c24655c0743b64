"""What only a whole batch can say: duplicates, the roster, counts, drift."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import cv2
import numpy as np
import pytest

from photospec.batch.roster import read_roster
from photospec.batch.session import DuplicateIndex, Session
from photospec.finding import Finding, Level, Verdict
from photospec.portrait.fingerprint import Fingerprint, fingerprint
from photospec.report import Capture, Report
from photospec.rules.batch import DuplicatePhoto
from photospec.specs import load_spec
from photospec.text import Text


def picture(seed: int, size: int = 320) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (12, 9)).astype(np.uint8)
    return cv2.resize(small, (size * 3 // 4, size), interpolation=cv2.INTER_CUBIC)


def undecided(rule: str, code: str) -> Finding:
    return Finding(rule, code, Level.ERROR, Verdict.SKIP, Text("", ""))


def report(path: str, mark: Fingerprint | None = None, sha256: str | None = None, **more: object) -> Report:
    findings = (undecided("duplicate-photo", "BAT001"), undecided("roster", "BAT002"))
    return dataclasses.replace(Report(path, "s", findings, sha256, fingerprint=mark), **more)


@pytest.mark.parametrize("quality", [30, 60, 90])
@pytest.mark.parametrize("size", [(480, 640), (240, 320), (960, 1280)])
def test_saving_again_and_resizing_keep_the_look(quality: int, size: tuple[int, int]) -> None:
    grey = picture(1, 640)
    again = cv2.imdecode(cv2.imencode(".jpg", cv2.resize(grey, size), [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
    assert fingerprint(grey).distance(fingerprint(again)) <= 10


def test_other_pictures_look_different() -> None:
    marks = [fingerprint(picture(seed)) for seed in range(30)]
    assert min(a.distance(b) for i, a in enumerate(marks) for b in marks[:i]) > 40


@pytest.mark.parametrize(
    ("sha", "changed", "words"),
    [("a" * 64, 0, "the same file"), ("b" * 64, 0, "the same pixels"), ("b" * 64, 3, "saved again or resized")],
)
def test_a_repeated_photo_fails_and_names_the_first(sha: str, changed: int, words: str) -> None:
    first = fingerprint(picture(1))
    bits = int(first.look, 16) ^ ((1 << changed) - 1)
    second = Fingerprint(first.pixels if not changed else "0" * 32, f"{bits:064x}")
    session = Session()
    assert session.add(report("class1/a.jpg", first, "a" * 64))["BAT001"].verdict is Verdict.PASS
    session.add(report("class1/c.jpg", fingerprint(picture(2)), "c" * 64))
    found = session.add(report("class2/b.jpg", second, sha))["BAT001"]
    assert found.verdict is Verdict.FAIL
    assert words in found.message.en
    assert "a.jpg" in found.message.zh
    assert session.summary().duplicates == (("class2/b.jpg", "class1/a.jpg"),)


def test_an_unreadable_photo_is_no_duplicate() -> None:
    session = Session()
    for name in "ab":
        assert session.add(report(name, None))["BAT001"].verdict is Verdict.SKIP


def test_the_index_finds_every_near_hash_among_thousands() -> None:
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(32).hex() for _ in range(3000)]
    index = DuplicateIndex()
    assert all(index.add(look, 10) is None for look in hashes)
    for position in range(0, 3000, 100):
        flipped = int(hashes[position], 16)
        for bit in rng.choice(256, 10, replace=False):
            flipped ^= 1 << int(bit)
        assert index.add(f"{flipped:064x}", 10) == (position, 10)


def test_roster_missing_unknown_and_twice(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("学号\n1001\n1002\n1003\n", encoding="utf-8")
    session = Session(roster=read_roster(tmp_path / "r.csv"))
    verdicts = {
        name: session.add(report(name))["BAT002"] for name in ("1001.jpg", "x/1001.jpg", "1009.jpg", "1002.jpg")
    }
    assert verdicts["1001.jpg"].verdict is Verdict.PASS
    assert verdicts["x/1001.jpg"].verdict is Verdict.FAIL
    assert "1001.jpg" in verdicts["x/1001.jpg"].message.zh
    assert verdicts["1009.jpg"].verdict is Verdict.FAIL
    assert session.summary().missing == ("1003",)


def test_counts_by_folder_and_rule() -> None:
    session = Session()
    bad = Finding("eye-line", "CMP003", Level.ERROR, Verdict.FAIL, Text("", ""))
    session.add(Report("a/1.jpg", "s", ()))
    session.add(Report("a/2.jpg", "s", (bad,)))
    session.add(Report("b/3.jpg", "s", (bad,)))
    summary = session.summary()
    assert summary.verdicts == {"fail": 2, "pass": 1}
    assert summary.rules == {"eye-line": {"fail": 2}}
    assert {f.folder: dict(f.verdicts) for f in summary.folders} == {"a": {"pass": 1, "fail": 1}, "b": {"fail": 1}}


@pytest.mark.parametrize("timed", [True, False])
def test_a_failing_lamp_shows(timed: bool) -> None:
    session = Session()
    start = dt.datetime(2026, 5, 4, 9, 0)  # noqa: DTZ001 - cameras know no zone
    for i in range(200):
        light = 65.0 if i < 150 else 50.0
        capture = Capture(start + dt.timedelta(minutes=i) if timed else None, (76.0, -11.0, -37.0), light, 1.0)
        session.add(report(f"a/{i}.jpg", capture=capture))
    (drift,) = session.summary().drifts
    assert drift.measure == "light"
    assert (drift.before, drift.after) == (65.0, 50.0)
    assert drift.since == ("2026-05-04 11:30" if timed else "#151")


def test_a_steady_studio_has_no_drift() -> None:
    session = Session()
    rng = np.random.default_rng(0)
    for i in range(300):
        session.add(
            report(f"a/{i}.jpg", capture=Capture(None, (76 + rng.normal(), -11.0, -37.0), 60 + 5 * rng.normal(), 1.0))
        )
    assert session.summary().drifts == ()


def test_a_photo_that_is_checked_again_does_not_repeat_itself() -> None:
    mark = Fingerprint("0" * 32, "1" * 64)
    again = Report("a.jpg", "s", (DuplicatePhoto().unique(),), "0" * 64, fingerprint=mark)
    session = Session(load_spec("cn-diploma-2017"))
    session.recall(again)
    assert session.add(again)["duplicate-photo"].verdict == "pass"
