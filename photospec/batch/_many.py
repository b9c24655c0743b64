"""Check many photos: on all cores, on any executor, surviving what a single photo can do to a process."""

from __future__ import annotations

import collections
import functools
import gc
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, TypeAlias

from photospec.batch._check import TOGETHER, PhotoSource, check_together, failed_report
from photospec.batch.sources import Source
from photospec.photo import Photo
from photospec.report import Report
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

if TYPE_CHECKING:
    from pebble import ProcessPool

__all__ = ["check_many", "loss_in_words", "usable_cores", "worker_pool"]

TIME_LIMIT = 60.0
"""Seconds that one photo may take; a thousand times what it needs."""

AHEAD = 3
"""Tasks in flight for each worker: enough to keep it busy, few enough to bound memory."""

Group: TypeAlias = tuple[PhotoSource, ...]
Send: TypeAlias = Callable[[Group], "Future[list[Report]]"]


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
        What `check` takes. May be endless: only a few chunks for each worker are taken ahead of the results.
    spec : Spec or str
        The rules, or the name of a built-in spec or a TOML file.
    jobs : int, optional
        Worker processes; by default one for each usable core. 1 works in this process, without `time_limit`. With an
        `executor`, the number of its workers.
    executor : concurrent.futures.Executor, optional
        Where to work instead, for example that of `photospec.batch.cluster.dask_executor`; it is not shut down.
    chunk : int, optional
        Photos in one task; by default 24, less where there are few, and 48 with an `executor`. A task that is lost with
        its worker is sent again photo by photo. With 1 each report comes as soon as its photo is there, as a camera's
        photos want it, but a batch takes up to a quarter longer: up to 24 photos of a task are checked together.
    time_limit : float or None
        Seconds that one task may take in a worker process before the worker is stopped and its photos are sent again
        one by one, each with the same limit; None is no limit.

    Yields
    ------
    Report
        One for each photo, in order. A photo whose worker died or did not answer in time has the verdict ``error``
        and a `Report.problem` that says so; the others' reports are not touched.

    Raises
    ------
    ValueError
        `jobs`, `chunk` or `time_limit` is not positive.
    TypeError
        One of `photos` is nothing that can be checked. This, and whatever else taking a photo from the iterable raises,
        comes behind the reports of the photos before it.
    """
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise ValueError(f"jobs must be a whole number of at least 1, got {jobs!r}")
    if chunk is not None and (isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1):
        raise ValueError(f"chunk must be a whole number of at least 1, got {chunk!r}")
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit must be above 0 seconds, got {time_limit!r}")
    rules = resolve_spec(spec)
    if executor is not None:
        groups = _grouped(map(_portable, photos), chunk or 2 * TOGETHER)
        return _on_executor(groups, rules, executor, jobs or usable_cores())
    workers = jobs or usable_cores()
    if workers == 1:
        return (report for group in _grouped(photos, chunk or TOGETHER) for report in check_together(group, rules))
    if chunk is None:  # a short list is shared out among all workers
        chunk = min(TOGETHER, -(-len(photos) // workers) or 1) if isinstance(photos, Sized) else TOGETHER
    return _on_processes(_grouped(map(_portable, photos), chunk), rules, workers, time_limit)


def _portable(photo: PhotoSource) -> Source | Photo | str | bytes:
    """Return what can be sent to another process in place of a photo: an open file or a view of memory cannot."""
    if isinstance(photo, Source | Photo | str | bytes):
        return photo
    return os.fsdecode(photo) if isinstance(photo, os.PathLike) else Photo.read(photo)


def _in_order(groups: Iterator[Group], spec: Spec, send: Send, ahead: int) -> Iterator[Report]:
    """Send groups of photos away, a few ahead of the results, and yield their reports in order.

    What taking a group raises is raised behind the reports of the groups before it.
    """
    waiting: collections.deque[tuple[Group, Future[list[Report]]]] = collections.deque()
    trouble = None
    try:
        while True:
            try:
                group = next(groups, None)
            except Exception as error:
                trouble = error
                break
            if group is None:
                break
            waiting.append((group, send(group)))
            if len(waiting) >= ahead:
                yield from _settled(*waiting.popleft(), spec, send)
        while waiting:
            yield from _settled(*waiting.popleft(), spec, send)
        if trouble is not None:
            raise trouble
    finally:
        for _, future in waiting:
            future.cancel()


def _settled(group: Group, future: Future[list[Report]], spec: Spec, send: Send) -> Iterator[Report]:
    """Yield a group's reports; where they are lost, those of its photos one by one: that may cost one at the most."""
    try:
        yield from future.result()
        return
    except BrokenProcessPool:
        raise  # this executor will never take a task again
    except Exception as error:
        if len(group) == 1:
            yield failed_report(group[0], spec, loss_in_words(error))
            return
    for photo, alone in [((photo,), send((photo,))) for photo in group]:
        yield from _settled(photo, alone, spec, send)


def loss_in_words(error: BaseException) -> Text:
    """Say what became of a photo whose worker gave no report."""
    from pebble import ProcessExpired

    if isinstance(error, TimeoutError):
        return Text("处理超时，已跳过这张照片", "the check did not end in time and this photo was given up")
    if isinstance(error, ProcessExpired):
        return Text("处理进程意外终止（代码 {code}）", "the worker process died (exit code {code})").format(
            code=error.exitcode
        )
    if isinstance(error, CancelledError):
        return Text("检查被取消", "the check was cancelled")
    return Text("处理进程丢失了这张照片：{what}", "the workers lost this photo: {what}").format(
        what=type(error).__name__
    )


def _check_group(packed: bytes, photos: Group) -> list[Report]:
    return list(check_together(photos, _unpacked(packed)))


@functools.lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Spec:
    spec: Spec = pickle.loads(packed)  # noqa: S301 - made by this program a moment ago
    return spec


def _grouped(items: Iterable[PhotoSource], size: int) -> Iterator[Group]:
    """Take photos a group at a time; where taking one fails, those before it are a group still."""
    group: list[PhotoSource] = []
    try:
        for item in items:
            group.append(item)
            if len(group) == size:
                yield tuple(group)
                group = []
    except Exception:
        if group:
            yield tuple(group)
        raise
    if group:
        yield tuple(group)


def _on_executor(groups: Iterator[Group], spec: Spec, executor: Executor, workers: int) -> Iterator[Report]:
    packed = pickle.dumps(spec)
    return _in_order(groups, spec, lambda group: executor.submit(_check_group, packed, group), AHEAD * workers)


# -- in this machine's processes --------------------------------------------------------------------------------


def _on_processes(groups: Iterator[Group], spec: Spec, workers: int, time_limit: float | None) -> Iterator[Report]:
    pool = worker_pool(workers)
    packed = pickle.dumps(spec)

    def send(group: Group) -> Future[list[Report]]:
        return pool.schedule(_check_group, args=[packed, group], timeout=time_limit)

    finished = False
    try:
        yield from _in_order(groups, spec, send, AHEAD * workers)
        finished = True
    finally:
        # an abandoned iterator or Ctrl-C stops the workers at once; what was yielded stays whole
        if finished:
            pool.close()  # type: ignore[no-untyped-call]
        else:
            pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def worker_pool(workers: int, *, preload: str = "photospec.batch._warm") -> ProcessPool:
    """Return a pool whose workers are forked, where possible, from a server that has imported a module.

    Parameters
    ----------
    workers : int
        Processes.
    preload : str
        The module, by default one that loads the models; the first pool of a process decides.
    """
    from pebble import ProcessPool

    context: BaseContext
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([preload])
    else:
        context = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=workers, initializer=_start_worker, context=context)


def _start_worker() -> None:
    """Leave Ctrl-C to the main process, and the cores to the other workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what was loaded before stays: the collector need not walk through it, nor unshare its memory
    import cv2

    cv2.setNumThreads(1)
