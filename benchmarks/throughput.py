"""Measure how many photos an hour photospec checks, and how that compares with a photographer's 150.

python -m benchmarks.throughput [--photos 2000] [--jobs 1 2] [--folder DIR] [--spec NAME] [--select ALL] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.machine import machine_facts, unique_memory
from benchmarks.photos import make_photos, repeated
from photospec import Spec, check_many, load_spec
from photospec.batch._check import TOGETHER

__all__ = ["CAPTURE_RATE", "Throughput", "measure"]

CAPTURE_RATE = 150
"""Students that one photographer takes in an hour."""


@dataclass(frozen=True)
class Throughput:
    """What one run came to.

    Parameters
    ----------
    jobs, photos : int
        Workers and photos.
    seconds : float
        Wall time from the first photo to the last report, workers already started.
    start_seconds : float
        Time until the first report, with everything that has to be loaded.
    median_ms : float
        Milliseconds that the facts and rules of one photo took, median; opening it and its report come on top.
    main_memory, worker_memory : float and list of float
        Peak unique set size of the main process and of each worker, in MiB.
    """

    jobs: int
    photos: int
    seconds: float
    start_seconds: float
    median_ms: float
    main_memory: float
    worker_memory: list[float]

    @property
    def per_second(self) -> float:
        """Photos a second."""
        return self.photos / self.seconds


class MemoryWatch(threading.Thread):
    """Samples the memory of this process and of its workers."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.peaks: dict[int, float] = {}

    def run(self) -> None:
        while not self.done.wait(0.5):
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    self.peaks[process.pid] = max(self.peaks.get(process.pid, 0.0), unique_memory(process.pid))
                except (OSError, psutil.Error):
                    continue


def measure(photos: Sequence[Path], count: int, jobs: int, spec: Spec) -> Throughput:
    """Check `count` photos with `jobs` workers."""
    watch = MemoryWatch()
    watch.start()
    begun = time.perf_counter()
    warm_up = TOGETHER * jobs  # when the first report comes, every worker has checked about one group
    reports = check_many(repeated(list(photos), count + warm_up), spec, jobs=jobs)
    next(reports)
    started = time.perf_counter()
    taken = [sum(next(reports).timings.values()) for _ in range(count + warm_up - 1)]
    seconds = time.perf_counter() - started
    watch.done.set()  # before the workers end: the last one's memory is shared with nobody
    watch.join()
    assert next(reports, None) is None
    main = watch.peaks.pop(os.getpid(), 0.0)
    workers = sorted(watch.peaks.values(), reverse=True)[:jobs] if jobs > 1 else []
    return Throughput(jobs, count, seconds, started - begun, 1000 * statistics.median(taken), main, workers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.throughput", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--jobs", type=int, nargs="+", default=sorted({1, len(os.sched_getaffinity(0))}))
    parser.add_argument("--folder", type=Path, help="JPEG photos to use instead of made ones")
    parser.add_argument("--spec", default="cn-diploma-2017")
    parser.add_argument("--select", help="codes, prefixes or names, or ALL; by default the spec's own rules")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    spec = load_spec(given.spec)
    if given.select:
        spec = spec.select(given.select.split(","))
    made = None
    if given.folder:
        photos = sorted(p for p in given.folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        if not photos:
            parser.error(f"no JPEG photos in {given.folder}")
    else:
        made, photos = make_photos()
    results = []
    print(f"{len(spec)} rules, {given.photos} photos ({len(photos)} different)")
    print(
        f"{'jobs':>4} {'photos/s':>9} {'median ms':>9} {'photos/h':>10} {'x capture':>10} {'speed-up':>8} "
        f"{'main MiB':>8} workers MiB"
    )
    for jobs in given.jobs:
        result = measure(photos, given.photos, jobs, spec)
        results.append(result)
        rate = result.per_second
        print(
            f"{jobs:4} {rate:9.1f} {result.median_ms:9.2f} {3600 * rate:10.0f} {3600 * rate / CAPTURE_RATE:10.0f} "
            f"{rate / results[0].per_second:8.2f} {result.main_memory:8.0f} {[round(m) for m in result.worker_memory]}",
            flush=True,
        )
    if given.json:
        given.json.write_text(json.dumps({"machine": machine_facts(), "runs": [asdict(r) for r in results]}, indent=1))
    if made is not None:
        made.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
