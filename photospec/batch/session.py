"""What only the whole batch can say: repeated photos, the roster, counts, and a session's drift."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from photospec.batch.decisions import Decisions
from photospec.batch.roster import Roster
from photospec.batch.waivers import Waivers
from photospec.finding import Finding, Verdict
from photospec.person import Person
from photospec.portrait.fingerprint import LOOK_BITS, Fingerprint
from photospec.report import Capture, Report
from photospec.rules.batch import DuplicatePhoto, RosterMatch
from photospec.spec import Spec
from photospec.text import Text

__all__ = ["Drift", "DuplicateIndex", "FolderCount", "Session", "Slice", "Summary", "find_drifts"]

BANDS = 16
BAND_BITS = LOOK_BITS // BANDS


class DuplicateIndex:
    """Finds pictures that look the same, in time that does not grow with the batch.

    The 256-bit hash is cut into 16 bands of 16 bits; two hashes that differ in at most 15 bits agree in one band at
    least, so only photos that share a band are compared. A photo costs about 110 bytes.
    """

    def __init__(self) -> None:
        self._heads = np.full((BANDS, 1 << BAND_BITS), -1, np.int32)
        self._looks = np.zeros((1024, LOOK_BITS // 64), np.uint64)
        self._previous = np.zeros((1024, BANDS), np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, look: str, most_bits: int) -> tuple[int, int] | None:
        """Add a hash and return the nearest earlier one.

        Parameters
        ----------
        look : str
            `Fingerprint.look`.
        most_bits : int
            Largest distance to report, 0 to 15.

        Returns
        -------
        (int, int) or None
            Position of the earlier hash in the order of adding, and its distance in bits.
        """
        packed = np.frombuffer(bytes.fromhex(look), np.uint8)
        words = packed.view(np.uint64)
        bands = packed.view(np.uint16)
        if self._count == len(self._looks):
            self._looks = np.concatenate([self._looks, np.zeros_like(self._looks)])
            self._previous = np.concatenate([self._previous, np.zeros_like(self._previous)])
        found = self._nearest(words, bands, most_bits)
        rows = np.arange(BANDS)
        self._looks[self._count] = words
        self._previous[self._count] = self._heads[rows, bands]
        self._heads[rows, bands] = self._count
        self._count += 1
        return found

    def _nearest(
        self, words: npt.NDArray[np.uint64], bands: npt.NDArray[np.uint16], most_bits: int
    ) -> tuple[int, int] | None:
        candidates: set[int] = set()
        for band in range(BANDS):
            at = int(self._heads[band, bands[band]])
            while at >= 0:
                candidates.add(at)
                at = int(self._previous[at, band])
        if not candidates:
            return None
        positions = np.fromiter(sorted(candidates), np.int64)
        distances = np.bitwise_count(self._looks[positions] ^ words).sum(axis=1)
        best = int(np.argmin(distances))
        if distances[best] > most_bits:
            return None
        return int(positions[best]), int(distances[best])


@dataclass(frozen=True)
class FolderCount:
    """Outcomes of the photos of one folder (often a class)."""

    folder: str
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class Drift:
    """A change of the studio along a session.

    Parameters
    ----------
    folder, measure : str
        Where, and what changed: ``backdrop`` (Delta E), ``light`` (L* of the face), ``sharpness``.
    since : str
        Capture time, or position in the batch where photos carry none, of the first slice that differs.
    before, after : float
        The session's median, and the mean of that slice.
    unit : str
        Unit of both.
    """

    folder: str
    measure: str
    since: str
    before: float
    after: float
    unit: str


@dataclass(frozen=True)
class Summary:
    """What a batch comes to.

    Parameters
    ----------
    photos : int
        Number of reports.
    verdicts : mapping of str to int
        Photos by outcome: the machine's verdict, or a person's decision where there is one.
    decisions : mapping of str to int
        Photos that a person decided, ``accept`` or ``refuse``.
    lapsed : int
        Photos whose earlier decision counts no longer, since the spec or the findings are others.
    rules : mapping of str to mapping of str to int
        For each rule that did not pass somewhere, the photos by verdict (``fail``, ``review``, ``error``).
    folders : tuple of FolderCount
        The same by folder, sorted by name.
    duplicates : tuple of (str, str)
        Pairs of paths, the later photo first.
    missing : tuple of str
        Entries of the roster without a photo, or None without a roster.
    drifts : tuple of Drift
        Where the studio changed.
    absent : tuple of Person
        Those of `missing`, with name and class.
    """

    photos: int
    verdicts: Mapping[str, int]
    decisions: Mapping[str, int]
    lapsed: int
    rules: Mapping[str, Mapping[str, int]]
    folders: tuple[FolderCount, ...]
    duplicates: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] | None
    drifts: tuple[Drift, ...]
    absent: tuple[Person, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON-ready values."""
        return dataclasses.asdict(self)


@dataclass
class Slice:
    """Running means of a few minutes of a session."""

    count: dict[str, int] = field(default_factory=lambda: collections.defaultdict(int))
    total: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)

    def add(self, measure: str, value: Iterable[float]) -> None:
        vector = np.atleast_1d(np.array(value, np.float64))
        self.total[measure] = self.total.get(measure, 0.0) + vector
        self.count[measure] += 1

    def mean(self, measure: str) -> npt.NDArray[np.float64]:
        return self.total[measure] / self.count[measure]


SLICE_SECONDS = 600
SLICE_PHOTOS = 25
LEAST_PHOTOS = 5
"""A slice of fewer photos says nothing of the studio."""

# Delta E, L* and a ratio: what a photographer sees at a glance when two photos lie side by side
NOTABLE = {"backdrop": (4.0, "Delta E"), "light": (6.0, "L*"), "sharpness": (0.25, "of the median")}


class Session:
    """Follows a batch: give it each report in order, and send on what it returns.

    Parameters
    ----------
    spec : Spec, optional
        What the photos are checked against; its rule duplicate-photo has the limit.
    roster : Roster, optional
        Those who must be photographed.
    waivers : Waivers, optional
        Rules that do not bind some of them.
    decisions : Decisions, optional
        What people decided of some photos.

    Examples
    --------
    >>> from photospec import Session, check_many, load_spec
    >>> session = Session(load_spec("cn-diploma-2017"))
    >>> reports = [session.add(report) for report in check_many([], jobs=1)]
    >>> session.summary().photos
    0
    """

    def __init__(
        self,
        spec: Spec | None = None,
        *,
        roster: Roster | None = None,
        waivers: Waivers | None = None,
        decisions: Decisions | None = None,
    ) -> None:
        rules = () if spec is None else spec.rules
        self._rule = next((rule for rule in rules if isinstance(rule, DuplicatePhoto)), DuplicatePhoto())
        self._roster = roster
        self._waivers = waivers
        self._decisions = decisions
        self._decided: collections.Counter[str] = collections.Counter()
        self._lapsed = 0
        self._served: dict[int, str] = {}
        self._index = DuplicateIndex()
        self._seen: list[tuple[str, str | None, str]] = []
        self._duplicates: list[tuple[str, str]] = []
        self._photos = 0
        self._verdicts: collections.Counter[str] = collections.Counter()
        self._rules: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self._folders: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self._slices: dict[str, dict[int, Slice]] = collections.defaultdict(dict)

    def add(self, report: Report) -> Report:
        """Take the next report of the batch.

        Parameters
        ----------
        report : Report
            Next in order.

        Returns
        -------
        Report
            The same with the batch rules' findings (where its spec has those rules), waivers and decision.
        """
        replaced = []
        for finding in report.findings:
            if finding.rule == DuplicatePhoto.name and report.fingerprint is not None:
                finding = self._duplicate(report, report.fingerprint)  # noqa: PLW2901
            elif finding.rule == RosterMatch.name and self._roster is not None:
                finding = self._on_roster(report, self._roster, RosterMatch(level=finding.level))  # noqa: PLW2901
            replaced.append(finding)
        report = dataclasses.replace(report, findings=tuple(replaced), person=self._person(report))
        if self._waivers is not None:
            report = self._waivers.apply(report)
        return self._settled(report)

    def _settled(self, report: Report) -> Report:
        if self._decisions is not None:
            report = self._decisions.apply(report)
            self._lapsed += self._decisions.lapsed(report)
        self._count(report)
        return report

    def recall(self, report: Report) -> Report:
        """Take a report of an earlier run, so that later photos are compared with it.

        Returns
        -------
        Report
            The same with the person of the roster, whom no file of reports names, and as decided by now.
        """
        if report.fingerprint is not None:
            self._duplicate(report, report.fingerprint)
        if self._roster is not None:
            self._on_roster(report, self._roster, RosterMatch())
        return self._settled(dataclasses.replace(report, person=self._person(report)))

    def _person(self, report: Report) -> Person | None:
        found = () if self._roster is None else self._roster.find(PurePath(report.path).stem)
        return found[0] if len(found) == 1 else None

    def _duplicate(self, report: Report, mark: Fingerprint) -> Finding:
        rule = self._rule
        found = self._index.add(mark.look, rule.most_bits)
        self._seen.append((report.path, report.sha256, mark.pixels))
        path, sha256, pixels = ("", None, "") if found is None else self._seen[found[0]]
        if found is None or path == report.path:  # a photo that is checked again does not repeat itself
            return rule.unique()
        self._duplicates.append((report.path, path))
        if sha256 is not None and sha256 == report.sha256:
            how = Text("是同一个文件", "the same file")
        elif pixels == mark.pixels:
            how = Text("像素完全相同", "the same pixels")
        else:
            how = Text("是同一张照片（另存或缩放）", "the same picture, saved again or resized,")
        return rule.repeats(PurePath(path).name, how)

    def _on_roster(self, report: Report, roster: Roster, rule: RosterMatch) -> Finding:
        found = roster.find(PurePath(report.path).stem)
        if len(found) != 1:
            return rule.unmatched("several" if found else "")
        line = found[0].line
        other = self._served.get(line)
        if other is not None and other != report.path:
            return rule.unmatched("twice", PurePath(other).name)
        self._served[line] = report.path
        return rule.matched()

    def _count(self, report: Report) -> None:
        self._photos += 1
        verdict = str(report.outcome)
        if report.decision is not None:
            self._decided[str(report.decision.ruling)] += 1
        folder = str(PurePath(report.path).parent)
        self._verdicts[verdict] += 1
        self._folders[folder][verdict] += 1
        for finding in report.findings:
            if finding.verdict not in (Verdict.PASS, Verdict.SKIP):
                self._rules[finding.rule][str(finding.verdict)] += 1
        self._slice(folder, report.capture)

    def _slice(self, folder: str, capture: Capture) -> None:
        # photos without a capture time are sliced in the order given, in negative numbers to keep them apart
        if capture.time is None:
            place = -1 - (self._photos - 1) // SLICE_PHOTOS
        else:
            place = int(capture.time.replace(tzinfo=dt.UTC).timestamp()) // SLICE_SECONDS  # the camera's own clock
        part = self._slices[folder].setdefault(place, Slice())
        if capture.backdrop is not None:
            part.add("backdrop", capture.backdrop)
        if capture.light is not None:
            part.add("light", (capture.light,))
        if capture.sharpness is not None:
            part.add("sharpness", (capture.sharpness,))

    def summary(self) -> Summary:
        """Return what the batch comes to so far."""
        missing: tuple[str, ...] | None = None
        absent: tuple[Person, ...] = ()
        if self._roster is not None:
            key = self._roster.key
            absent = tuple(person for person in self._roster.people if person.line not in self._served)
            missing = tuple(getattr(person, key) for person in absent)
        return Summary(
            photos=self._photos,
            verdicts=dict(sorted(self._verdicts.items())),
            decisions=dict(sorted(self._decided.items())),
            lapsed=self._lapsed,
            rules={
                rule: dict(counts) for rule, counts in sorted(self._rules.items(), key=lambda item: -item[1].total())
            },
            folders=tuple(FolderCount(name, dict(counts)) for name, counts in sorted(self._folders.items())),
            duplicates=tuple(self._duplicates),
            missing=missing,
            drifts=tuple(d for folder in sorted(self._slices) for d in find_drifts(folder, self._slices[folder])),
            absent=absent,
        )


def find_drifts(
    folder: str, slices: Mapping[int, Slice], notables: Mapping[str, tuple[float, str]] = MappingProxyType(NOTABLE)
) -> Iterable[Drift]:
    """Find the first slice of each measure that differs notably from the session's median.

    Parameters
    ----------
    folder : str
        What the drifts are said of.
    slices : mapping of int to Slice
        By ``SLICE_SECONDS`` of time, or in negative numbers by position.
    notables : mapping of str to (float, str)
        Smallest notable difference of each measure, and its unit.
    """
    for measure, (notable, unit) in notables.items():
        for timed in (True, False):
            order = sorted((p for p in slices if (p >= 0) is timed), key=abs)
            places = [p for p in order if slices[p].count.get(measure, 0) >= LEAST_PHOTOS]
            if len(places) < 3:
                continue
            means = np.array([slices[p].mean(measure) for p in places])
            middle = np.median(means, axis=0)
            distance = np.linalg.norm(means - middle, axis=1)
            if measure == "sharpness":
                distance = distance / max(float(middle[0]), 1e-6)
            beyond = np.flatnonzero(distance > notable)
            if not len(beyond):
                continue
            first = int(beyond[0])
            after = float(distance[first]) if measure == "backdrop" else float(means[first, 0])
            before = 0.0 if measure == "backdrop" else float(middle[0])
            yield Drift(folder, measure, _when(places[first]), round(before, 2), round(after, 2), unit)


def _when(place: int) -> str:
    if place < 0:
        return f"#{(-1 - place) * SLICE_PHOTOS + 1}"
    minutes, _ = divmod(place * SLICE_SECONDS, 60)
    day, minute = divmod(minutes, 24 * 60)
    date = np.datetime64(int(day), "D")
    return f"{date} {math.floor(minute / 60):02d}:{minute % 60:02d}"
