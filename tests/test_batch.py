"""Batches: order, the same answer anywhere, and what one photo can do to a process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import hostile_rules
import numpy as np
import pytest
from PIL import Image

from photospec import Spec, Verdict, check, check_many, load_spec
from photospec.batch._check import TOGETHER, check_together
from photospec.testing import encode, portrait

FAST = "FIL"


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    return encode(portrait(seed=1).pixels)


@pytest.fixture
def photos(tmp_path: Path, jpeg: bytes) -> list[Path]:
    names = ["a", "b", "c", "d", "e", "f"]
    for name in names:
        (tmp_path / f"{name}.jpg").write_bytes(jpeg)
    return [tmp_path / f"{name}.jpg" for name in names]


def spec(*more: object) -> Spec:
    chosen = load_spec("cn-diploma-2017").select([FAST])
    for extra in more:
        chosen = chosen | extra  # type: ignore[operator]
    return chosen


def lines(reports: Iterator[object]) -> list[str]:
    return [report.to_json_line() for report in reports]  # type: ignore[attr-defined]


def test_every_way_gives_the_same_lines_in_the_same_order(photos: list[Path]) -> None:
    rules = load_spec("cn-diploma-2017").select("ALL")
    alone = lines(check_many(photos, rules, jobs=1))
    assert [str(p) in line for p, line in zip(photos, alone, strict=True)] == [True] * len(photos)
    assert lines(check_many(photos, rules, jobs=2)) == alone
    with ThreadPoolExecutor(2) as threads:
        assert lines(check_many(photos, rules, executor=threads, chunk=2)) == alone


def test_photos_checked_together_get_the_reports_they_get_alone(tmp_path: Path, jpeg: bytes) -> None:
    """Whatever comes first: it decides which facts are computed ahead."""
    rules = load_spec("cn-diploma-2017").select("ALL")
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(encode(np.full((640, 480, 3), 240, np.uint8)))
    good, other, torn, large = (tmp_path / f"{name}.jpg" for name in ("good", "other", "torn", "large"))
    good.write_bytes(jpeg)
    other.write_bytes(encode(portrait(seed=5).pixels))
    torn.write_bytes(jpeg[:9000])
    large.write_bytes(encode(np.full((1600, 1300, 3), 200, np.uint8)))
    photos = [plain, good, tmp_path / "missing.jpg", torn, other, large]
    alone = [check(photo, rules).to_json_line() for photo in photos]
    for order in ([0, 1, 2, 3, 4, 5], [4, 5, 3, 2, 1, 0], [2, 3, 0, 1, 5, 4]):
        together = check_together([photos[i] for i in order], rules)
        assert [report.to_json_line() for report in together] == [alone[i] for i in order]


@pytest.mark.parametrize("jobs", [1, 2])
def test_misuse_is_raised_behind_the_reports_before_it(photos: list[Path], jobs: int) -> None:
    reports = check_many([*photos[:3], 42, *photos[3:]], spec(), jobs=jobs)  # type: ignore[list-item]
    assert [next(reports).path for _ in range(3)] == [str(path) for path in photos[:3]]
    with pytest.raises(TypeError, match="source must be"):
        next(reports)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_feed_that_breaks_loses_no_photo_before_that(photos: list[Path], jobs: int) -> None:
    def feed() -> Iterator[Path]:
        yield from photos
        raise OSError("the camera is gone")

    reports = check_many(feed(), spec(), jobs=jobs, chunk=2)
    assert [next(reports).path for _ in photos] == [str(path) for path in photos]
    with pytest.raises(OSError, match="the camera is gone"):
        next(reports)


def test_what_cannot_travel_is_checked_in_workers_too(photos: list[Path], jpeg: bytes) -> None:
    with photos[0].open("rb") as opened, Image.open(photos[1]) as picture:
        given = [opened, memoryview(jpeg), bytearray(jpeg), picture, np.asarray(picture)]
        reports = list(check_many(given, spec(), jobs=2))  # type: ignore[arg-type]
    assert [report.problem for report in reports] == [None] * 5
    assert reports[0].path == str(photos[0])


def test_a_live_feed_is_answered_photo_by_photo(photos: list[Path]) -> None:
    taken = []
    feed = (taken.append(photo) or photo for photo in photos)
    for count, report in enumerate(check_many(feed, spec(), jobs=1, chunk=1), 1):
        assert report.path == str(taken[-1])
        assert len(taken) == count


def test_a_photo_that_kills_its_worker_costs_itself_only(tmp_path: Path, photos: list[Path]) -> None:
    deadly = photos[2].rename(tmp_path / "deadly.jpg")
    photos[2] = deadly
    reports = list(check_many(photos, spec(hostile_rules.deadly), jobs=2))
    assert [r.path for r in reports] == [str(p) for p in photos]
    assert reports[2].verdict is Verdict.ERROR
    assert reports[2].problem is not None
    assert "died" in reports[2].problem.en
    assert all(r.verdict is not Verdict.ERROR for i, r in enumerate(reports) if i != 2)


def test_a_photo_that_hangs_costs_itself_only(tmp_path: Path, photos: list[Path]) -> None:
    photos[0] = photos[0].rename(tmp_path / "endless.jpg")
    reports = list(check_many(photos, spec(hostile_rules.endless), jobs=2, time_limit=3))
    assert reports[0].verdict is Verdict.ERROR
    assert reports[0].problem is not None
    assert "in time" in reports[0].problem.en
    assert all(r.verdict is not Verdict.ERROR for r in reports[1:])


def test_a_broken_rule_is_an_error_and_the_others_go_on(tmp_path: Path, photos: list[Path]) -> None:
    photos[1] = photos[1].rename(tmp_path / "broken.jpg")
    reports = list(check_many(photos, spec(hostile_rules.broken), jobs=1))
    assert reports[1].verdict is Verdict.ERROR
    assert "this rule is broken" in reports[1]["broken"].message.en
    assert reports[1]["pixel-size"].verdict is Verdict.PASS
    assert reports[2].verdict is not Verdict.ERROR


def test_a_lost_chunk_is_sent_again_photo_by_photo(tmp_path: Path, photos: list[Path]) -> None:
    """An executor that loses tasks, as a cluster does when it gives up on one, costs the bad photo only."""

    class Losing(ThreadPoolExecutor):
        def submit(self, work, packed, group):  # type: ignore[no-untyped-def, override]
            def run():  # type: ignore[no-untyped-def]
                if any("poison" in str(p) for p in group):
                    raise MemoryError
                return work(packed, group)

            return super().submit(run)

    photos[3] = photos[3].rename(tmp_path / "poison.jpg")
    with Losing(2) as executor:
        reports = list(check_many(photos, spec(), executor=executor, chunk=4))
    assert [r.path for r in reports] == [str(p) for p in photos]
    assert [r.verdict is Verdict.ERROR for r in reports] == [i == 3 for i in range(6)]


def test_any_process_executor_works(photos: list[Path]) -> None:
    import multiprocessing

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        assert lines(check_many(photos, spec(), executor=executor)) == lines(check_many(photos, spec(), jobs=1))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_endless_iterator_is_taken_little_by_little(photos: list[Path], jobs: int) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        for path in itertools.cycle(photos):
            taken += 1
            yield path

    reports = check_many(endless(), spec(), jobs=jobs)
    for _ in range(20):
        next(reports)
    assert taken <= 20 + (3 * jobs + 1) * TOGETHER
    reports.close()  # type: ignore[attr-defined]


def test_all_sorts_of_sources_and_bad_ones(tmp_path: Path, jpeg: bytes) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    sources = [tmp_path / "missing.jpg", tmp_path / "empty.jpg", jpeg, portrait(seed=1).pixels]
    for jobs in (1, 2):
        verdicts = [r.verdict for r in check_many(sources, spec(), jobs=jobs)]
        assert verdicts[0] is Verdict.ERROR
        assert verdicts[1] is Verdict.FAIL
        assert verdicts[2] is not Verdict.ERROR
        assert verdicts[3] is not Verdict.ERROR


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"jobs": 0}, "jobs must be"),
        ({"jobs": True}, "jobs must be"),
        ({"chunk": 0}, "chunk must be"),
        ({"time_limit": 0}, "time_limit must be"),
    ],
)
def test_misuse_is_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_many([], spec(), **arguments)  # type: ignore[arg-type]


def test_a_report_comes_back_whole_from_a_worker(photos: list[Path]) -> None:
    (there,) = check_many(photos[:1], spec(), jobs=2)
    assert there == check(photos[0], spec())
