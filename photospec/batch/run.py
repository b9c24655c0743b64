"""A whole batch from its sources to its summary: what is known already is recalled, the rest is checked and kept."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from types import TracebackType

from photospec.batch._many import TIME_LIMIT, check_many
from photospec.batch.decisions import Decisions
from photospec.batch.results import ResultFile
from photospec.batch.roster import Roster
from photospec.batch.session import Session, Summary
from photospec.batch.sources import Source
from photospec.batch.waivers import Waivers
from photospec.errors import PhotospecError, Unseen
from photospec.photo import Photo
from photospec.report import Report
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Languages, Text

__all__ = ["BatchRun"]

FEW = 24
"""So many photos or fewer are checked in this process: starting others would take longer."""


class BatchRun:
    """One run over a batch of photos; a context manager.

    Parameters
    ----------
    spec : Spec or str
        The rules, or the name of a built-in spec or a TOML file.
    roster : Roster, optional
        Who must have a photo; the rule ``roster`` is then checked whether the spec has it or not.
    waivers : Waivers, optional
        Rules that do not bind some of them.
    decisions : Decisions, optional
        What people decided of some photos.
    results : path-like, optional
        A file of JSON lines to keep, as `ResultFile` does: it has its name when the run is complete; until then, and
        after an error, what was done is in ``NAME.part``.
    resume : bool
        Recall what an earlier run wrote to `results`; what is unchanged is not checked again.
    language : {"zh", "en", "both"}
        Language of the messages in `results`.
    compact : bool
        Leave the findings that pass out of `results`.
    timings : bool
        Add to `results` what each fact and rule took.

    Raises
    ------
    PhotospecError
        `results` cannot be written, holds something else, or is missing though `resume` asks for it.

    Examples
    --------
    >>> import tempfile
    >>> from photospec import BatchRun, find_sources
    >>> from photospec.testing import save_demo
    >>> with tempfile.TemporaryDirectory() as folder, BatchRun() as run:
    ...     _ = save_demo(folder)
    ...     bad = [report.path for report in run.check(find_sources([folder])) if not report.ok]
    >>> run.summary().photos, len(bad)
    (16, 9)
    """

    def __init__(
        self,
        spec: Spec | str | os.PathLike[str] = DEFAULT,
        *,
        roster: Roster | None = None,
        waivers: Waivers | None = None,
        decisions: Decisions | None = None,
        results: str | os.PathLike[str] | None = None,
        resume: bool = False,
        language: Languages = "zh",
        compact: bool = False,
        timings: bool = False,
    ) -> None:
        if resume and results is None:
            raise PhotospecError(Text("resume 需要 results", "resume needs results, the file to go on with"))
        rules = resolve_spec(spec)
        self.spec = rules if roster is None else rules.select([*(r.name for r in rules), "roster"])
        self._session = Session(self.spec, roster=roster, waivers=waivers, decisions=decisions)
        self._results = None if results is None else ResultFile(results, resume=resume)
        self._earlier = self._results.earlier() if self._results is not None and resume else iter(())
        self._waivers = waivers
        self._language: Languages = language
        self._compact = compact
        self._timings = timings
        self._complete = False
        self._open = contextlib.ExitStack()
        if self._results is not None:
            self._open.callback(self._results.close)

    def __enter__(self) -> BatchRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if kind is None and self._complete and self._results is not None:
                self._results.finish()

    def recalled(self) -> Iterator[Report]:
        """Yield, once, the reports of an earlier run that still hold, as decided by now.

        Photos of people with a waiver are checked again: a day may have ended it.
        """
        revised = []
        for values in self._earlier:
            earlier = Report.from_json(values)
            waived = self._waivers is not None and self._waivers.concern(earlier.path)
            if self._results is not None and (waived or earlier.spec_digest != self.spec.digest):
                self._results.forget(earlier.path)
                continue
            report = self._session.recall(earlier)
            if report.decision != earlier.decision:
                revised.append(report)
            yield report
        for report in revised:
            assert self._results is not None
            self._results.revise(report.path, self._line(report))

    def check(
        self,
        photos: Iterable[Source],
        *,
        jobs: int | None = None,
        executor: Executor | None = None,
        time_limit: float | None = TIME_LIMIT,
    ) -> Iterator[Report]:
        """Check what no earlier run has, in the order given; each report is kept before it is yielded.

        Parameters
        ----------
        photos : iterable of Source
            As `find_sources` gives them.
        jobs, executor, time_limit
            As for `check_many`; a batch of a few photos is checked in this process unless `jobs` says otherwise.

        Yields
        ------
        Report
            With what only the batch can say: repeated photos, the roster, waivers and decisions.
        """
        for _ in self.recalled():
            pass
        fresh = self._unchecked(photos)
        if executor is None and jobs is None:
            first = list(itertools.islice(fresh, FEW + 1))
            jobs = 1 if len(first) <= FEW else None
            fresh = itertools.chain(first, fresh)
        reports = check_many(fresh, self.spec, jobs=jobs, executor=executor, time_limit=time_limit)
        # an abandoned iterator or Ctrl-C must stop the workers at once
        self._open.callback(getattr(reports, "close", lambda: None))
        for report in reports:
            report = self._session.add(report)  # noqa: PLW2901 - the same, with what the batch says
            if self._results is not None:
                self._results.add(self._line(report))
            yield report
        self._complete = True

    def _line(self, report: Report) -> str:
        return report.to_json_line(self._language, compact=self._compact, timings=self._timings)

    def summary(self) -> Summary:
        """Return what the batch comes to so far."""
        return self._session.summary()

    def _unchecked(self, sources: Iterable[Source]) -> Iterator[Source | Photo]:
        """Yield what no earlier run has checked; a photo that had to be read to know it goes on as it was read."""
        results = self._results
        if results is None:
            yield from sources
            return
        for source in sources:
            photo = None
            if results.knows(source.name, self.spec.digest):
                with contextlib.suppress(Unseen):
                    photo = source.open()
            if not results.has(source.name, None if photo is None else photo.sha256, self.spec.digest):
                yield source if photo is None else photo
