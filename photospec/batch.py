"""Check many photos: on all cores, on any executor, surviving what a single photo can do to a process."""

from __future__ import annotations

import collections
import functools
import itertools
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, TypeVar

from photospec._check import PhotoSource, check, failed_report
from photospec.report import Report
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

if TYPE_CHECKING:
    from pebble import ProcessPool

__all__ = ["check_many", "usable_cores"]

TIME_LIMIT = 60.0
"""Seconds that one photo may take; a thousand times what it needs."""

AHEAD = 4
"""Tasks in flight for each worker: enough to keep it busy, few enough to bound memory."""

T = TypeVar("T")


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def check_many(
    photos: Iterable[PhotoSource],
    spec: Spec | str | os.PathLike[str] = DEFAULT,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    chunk: int | None = None,
    time_limit: float | None = TIME_LIMIT,
) -> Iterator[Report]:
    """Check photos as they come, and yield their reports in the same order.

    Parameters
    ----------
    photos : iterable
        What `check` takes. May be endless: only a few photos for each worker are taken ahead of the results.
    spec : Spec or str
        The rules, or the name of a built-in spec or a TOML file.
    jobs : int, optional
        Worker processes; by default one for each usable core. 1 works in this process, without `time_limit`. With an
        `executor`, the number of its workers.
    executor : concurrent.futures.Executor, optional
        Where to work instead, for example that of `photospec.cluster.dask_executor`; it is not shut down.
    chunk : int, optional
        Photos sent in one task to `executor`, 16 by default. A task that is lost is sent again photo by photo.
    time_limit : float or None
        Seconds that one photo may take in a worker process before the worker is stopped; None is no limit.

    Yields
    ------
    Report
        One for each photo, in order. A photo whose worker died or did not answer in time has the verdict ``error``
        and a `Report.problem` that says so; the others' reports are not touched.

    Raises
    ------
    ValueError
        `jobs`, `chunk` or `time_limit` is not positive, or `chunk` is given without `executor`.
    """
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise ValueError(f"jobs must be a whole number of at least 1, got {jobs!r}")
    if chunk is not None and (isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1):
        raise ValueError(f"chunk must be a whole number of at least 1, got {chunk!r}")
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit must be above 0 seconds, got {time_limit!r}")
    rules = resolve_spec(spec)
    if executor is not None:
        return _on_executor(photos, rules, executor, chunk or 16, jobs or usable_cores())
    if chunk is not None:
        raise ValueError("chunk goes with executor")
    workers = jobs or usable_cores()
    if workers == 1:
        return (check(photo, rules) for photo in photos)
    return _on_processes(photos, rules, workers, time_limit)


# -- in this machine's processes --------------------------------------------------------------------------------


def _on_processes(
    photos: Iterable[PhotoSource], spec: Spec, workers: int, time_limit: float | None
) -> Iterator[Report]:
    pool = _pool(workers)
    packed = pickle.dumps(spec)
    waiting: collections.deque[tuple[PhotoSource, Future[Report]]] = collections.deque()
    finished = False
    try:
        for photo in photos:
            waiting.append((photo, pool.schedule(_check_packed, args=[packed, photo], timeout=time_limit)))
            if len(waiting) >= AHEAD * workers:
                yield _settled(*waiting.popleft(), spec)
        while waiting:
            yield _settled(*waiting.popleft(), spec)
        finished = True
    finally:
        # an abandoned iterator or Ctrl-C stops the workers at once; what was yielded stays whole
        if finished:
            pool.close()  # type: ignore[no-untyped-call]
        else:
            pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _pool(workers: int) -> ProcessPool:
    """Return a pool whose workers are forked, where possible, from a server that has the models loaded."""
    from pebble import ProcessPool

    context: BaseContext
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["photospec._warm"])
    else:
        context = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=workers, initializer=_start_worker, context=context)


def _start_worker() -> None:
    """Leave Ctrl-C to the main process, and the cores to the other workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import cv2

    cv2.setNumThreads(1)


def _settled(photo: PhotoSource, future: Future[Report], spec: Spec) -> Report:
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        problem = Text("处理超时，已跳过这张照片", "the check did not end in time and this photo was given up")
    except ProcessExpired as death:
        problem = Text("处理进程意外终止（代码 {code}）", "the worker process died (exit code {code})").format(
            code=death.exitcode
        )
    except CancelledError:
        problem = Text("检查被取消", "the check was cancelled")
    except Exception as error:
        problem = Text("无法交给处理进程：{what}", "the worker could not take the photo: {what}").format(
            what=type(error).__name__
        )
    return failed_report(photo, spec, problem)


@functools.lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Spec:
    spec: Spec = pickle.loads(packed)  # noqa: S301 - made by this program a moment ago
    return spec


def _check_packed(packed: bytes, photo: PhotoSource) -> Report:
    return check(photo, _unpacked(packed))


# -- on somebody's executor -------------------------------------------------------------------------------------


def _check_chunk(packed: bytes, photos: tuple[PhotoSource, ...]) -> list[Report]:
    spec = _unpacked(packed)
    return [check(photo, spec) for photo in photos]


def _on_executor(
    photos: Iterable[PhotoSource], spec: Spec, executor: Executor, chunk: int, workers: int
) -> Iterator[Report]:
    packed = pickle.dumps(spec)
    waiting: collections.deque[tuple[tuple[PhotoSource, ...], Future[list[Report]]]] = collections.deque()
    try:
        for group in _grouped(photos, chunk):
            waiting.append((group, executor.submit(_check_chunk, packed, group)))
            if len(waiting) >= AHEAD * workers:
                yield from _settled_chunk(*waiting.popleft(), spec, packed, executor)
        while waiting:
            yield from _settled_chunk(*waiting.popleft(), spec, packed, executor)
    finally:
        for _, future in waiting:
            future.cancel()


def _settled_chunk(
    group: tuple[PhotoSource, ...], future: Future[list[Report]], spec: Spec, packed: bytes, executor: Executor
) -> Iterator[Report]:
    try:
        yield from future.result()
        return
    except BrokenProcessPool:
        raise  # this executor will never take a task again
    except Exception as error:
        if len(group) == 1:
            what = f"{type(error).__name__}"
            problem = Text("处理进程丢失了这张照片：{what}", "the workers lost this photo: {what}").format(what=what)
            yield failed_report(group[0], spec, problem)
            return
    # the loss of a chunk must cost one photo at the most: send its photos one by one
    for photo, alone in [(p, executor.submit(_check_chunk, packed, (p,))) for p in group]:
        yield from _settled_chunk((photo,), alone, spec, packed, executor)


def _grouped(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    take: Callable[[], tuple[T, ...]] = lambda: tuple(itertools.islice(iterator, size))  # noqa: E731
    return iter(take, ())
