"""Any number of threads give the same bytes as one, and the process that they run in stays as it was."""

import asyncio
import gc
import locale
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile

from photospec import Spec, check, check_many, load_spec
from photospec.networks._once import once
from photospec.testing import encode, portrait, truncate

THREADS = 8
CHECKS = 1000


def drawn_photos() -> list[bytes]:
    """Few photos whose answers differ: sizes, formats, defects, nobody, a file cut off."""
    first, second = portrait(1).pixels, portrait(2).pixels
    small = cv2.resize(second, (240, 320), interpolation=cv2.INTER_AREA)
    wide = np.ascontiguousarray(np.pad(second, ((0, 0), (80, 80), (0, 0)), mode="edge"))
    return [
        encode(first),
        encode(second, format="PNG"),
        encode(small),
        encode(wide),
        encode(np.ascontiguousarray(first[:, ::-1]), quality=60),
        encode(cv2.resize(first, (600, 800), interpolation=cv2.INTER_CUBIC)),
        encode(np.full((640, 480, 3), 200, np.uint8)),
        truncate(encode(second)),
    ]


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    return drawn_photos()


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec("cn-diploma-2017")


@pytest.fixture(scope="module")
def serial(photos: list[bytes], spec: Spec) -> list[str]:
    lines = [check(photo, spec).to_json_line() for photo in photos]
    assert len(set(lines)) == len(lines)
    return lines


def test_threads_say_what_one_says(photos: list[bytes], spec: Spec, serial: list[str]) -> None:
    def wrong(number: int) -> bool:
        which = (number * 5 + number // len(photos)) % len(photos)  # neighbours in time are different photos
        return check(photos[which], spec).to_json_line() != serial[which]

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(wrong, range(CHECKS))) == 0


def test_every_rule_in_threads(photos: list[bytes]) -> None:
    every = load_spec("cn-diploma-2017").select(["ALL"])
    expected = [check(photo, every).to_json_line() for photo in photos]
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(3):
            found = threads.map(lambda photo: check(photo, every).to_json_line(), photos)
            assert list(found) == expected


def test_check_many_on_a_pool_of_threads(photos: list[bytes], spec: Spec, serial: list[str]) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = [r.to_json_line() for r in check_many(photos * 12, spec, executor=threads, jobs=4, chunk=3)]
    assert found == serial * 12


def test_asyncio(photos: list[bytes], spec: Spec, serial: list[str]) -> None:
    async def all_at_once() -> list[str]:
        waiting = [asyncio.to_thread(lambda p: check(p, spec).to_json_line(), photo) for photo in photos * 5]
        return list(await asyncio.gather(*waiting))

    assert asyncio.run(all_at_once()) == serial * 5


def test_threads_that_come_and_go(photos: list[bytes], spec: Spec, serial: list[str]) -> None:
    found: dict[int, str] = {}

    def one(number: int) -> None:
        found[number] = check(photos[number % len(photos)], spec).to_json_line()

    for start in range(0, 24, 6):
        threads = [threading.Thread(target=one, args=(number,)) for number in range(start, start + 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [found[number] for number in range(24)] == serial * 3


def _state() -> Iterator[object]:
    """What of a process a library must leave alone."""
    yield [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD)]
    yield cv2.getNumThreads(), cv2.useOptimized()
    yield dict(os.environ)
    yield list(warnings.filters), warnings.showwarning
    yield locale.setlocale(locale.LC_ALL)
    yield Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    yield gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
    yield np.geterr(), threading.active_count()


def test_the_process_stays_as_it_was(photos: list[bytes], spec: Spec) -> None:
    before = list(_state())
    during: list[bool] = []

    def one(photo: bytes) -> None:
        check(photo, spec)
        during.append(list(warnings.filters) == before[3][0])  # type: ignore[index]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, photos * 3))
    assert list(_state()) == before
    assert all(during)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_child_forked_after_checks_in_threads(photos: list[bytes], spec: Spec, serial: list[str]) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda photo: check(photo, spec), photos))
        child = os.fork()  # the threads wait; their detectors are the child's now
        if child == 0:
            os._exit(0 if check(photos[1], spec).to_json_line() == serial[1] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_model_is_loaded_once_by_all_threads() -> None:
    begun = threading.Barrier(THREADS)
    loads: list[int] = []

    @once
    def load(number: int) -> object:
        loads.append(number)
        return object()

    def ask(_: int) -> object:
        begun.wait()
        return load(3)

    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(ask, range(THREADS)))
    assert loads == [3]
    assert len(set(map(id, found))) == 1
