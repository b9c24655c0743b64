"""What a worker process does: one photo in, the line of its report out."""

from __future__ import annotations

import functools
import pickle
import time
from dataclasses import dataclass

from photospec.batch import check, failed_report
from photospec.batch.sources import Member, Source, unpacked_bytes
from photospec.errors import Unseen
from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.report import Report
from photospec.spec import Spec
from photospec.text import Languages, Text

__all__ = ["Answer", "Task", "answer_without_check", "get_ready", "work"]


@dataclass(frozen=True, slots=True)
class Task:
    """One photo to check.

    Parameters
    ----------
    data : bytes
        The file, or how it lies in an archive.
    name : str
        Its name in the report.
    spec : bytes
        The spec, pickled: requests share a few, so a worker unpacks each once.
    language, compact
        As for `Report.to_json_line`.
    member : Member or None
        How to unpack `data` where it comes from an archive.
    """

    data: bytes
    name: str
    spec: bytes
    language: Languages = "zh"
    compact: bool = False
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A report as it is sent, and what is counted of it."""

    line: bytes
    verdict: str
    found: tuple[tuple[str, str], ...] = ()
    """Code and verdict of each finding that neither passed nor was skipped."""
    seconds: float = 0.0


def work(task: Task) -> Answer:
    """Check one photo; this runs in a worker process."""
    started = time.perf_counter()
    spec = _unpickled(task.spec)
    try:
        data = task.data if task.member is None else unpacked_bytes(task.data, task.member)
        report = check(Photo.read(data, name=task.name), spec)
    except Unseen as absent:
        report = _failed(task, spec, absent.reason)
    except Exception as error:  # whatever broke: the client gets a report, the next photo a worker
        what = type(error).__name__
        report = _failed(task, spec, Text(f"检查程序出错：{what}", f"the check itself broke: {what}"))
    return _answer(report, task, started)


def answer_without_check(task: Task, problem: Text) -> Answer:
    """Return the answer for a photo that no worker could check."""
    return _answer(_failed(task, _unpickled(task.spec), problem), task, time.perf_counter())


def get_ready() -> None:
    """Load what checks need; the fork server has done so where there is one, and this returns at once."""
    import photospec.serve._warm  # noqa: F401


def _failed(task: Task, spec: Spec, problem: Text) -> Report:
    return failed_report(Source(task.name, ""), spec, problem)


def _answer(report: Report, task: Task, started: float) -> Answer:
    line = report.to_json_line(task.language, compact=task.compact).encode()
    found = tuple((f.code, str(f.verdict)) for f in report if f.verdict not in (Verdict.PASS, Verdict.SKIP))
    return Answer(line, str(report.verdict), found, time.perf_counter() - started)


@functools.lru_cache(maxsize=64)
def _unpickled(packed: bytes) -> Spec:
    spec: Spec = pickle.loads(packed)  # noqa: S301 - made by this service a moment ago
    return spec
