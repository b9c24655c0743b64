"""How long it takes to write reports of many photos, and how much memory: ``python benchmarks/report_forms.py``.

A few drawn photos are checked once; their reports are written again and again under other names.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import resource
import tempfile
import time
from pathlib import Path

from photospec import Photo, Report, ReportOptions, check, open_report
from photospec.testing import save_demo


def main() -> None:
    """Write each form and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="a folder for the files that are written")
    parser.add_argument("forms", nargs="*", default=["xlsx", "html", "csv", "junit", "sarif"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        known = [(check(path), path.read_bytes()) for path in save_demo(folder)]
    pictures: dict[str, bytes] = {}

    def photo(report: Report) -> Photo:
        return Photo.read(pictures[report.path])

    endings = {"junit": "xml"}
    place = asked.keep or Path(tempfile.mkdtemp())
    print("form    seconds  CPU s  photos/s  file MB  memory before and after, MB")
    for form in asked.forms:
        before, start, busy = memory(), time.perf_counter(), time.process_time()
        target = place / f"report.{endings.get(form, form)}"
        with open_report(target, ReportOptions(photos=photo, roots=("photos",))) as writer:
            for number, (report, data) in enumerate(itertools.islice(itertools.cycle(known), asked.photos)):
                name = f"photos/class {number // 40:03}/{number:05}.jpg"
                pictures.clear()
                pictures[name] = data
                writer.add(dataclasses.replace(report, path=name))
        seconds, cpu = time.perf_counter() - start, time.process_time() - busy
        size = target.stat().st_size / 1e6
        rate = asked.photos / seconds
        print(f"{form:7} {seconds:7.1f} {cpu:6.1f} {rate:9.0f} {size:8.1f}  {before:.0f} -> {memory():.0f}")


def memory() -> float:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
