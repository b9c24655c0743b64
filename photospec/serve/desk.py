"""A batch while somebody works on it: checked in the background, looked at, decided, exported, taken up tomorrow."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from photospec.batch.decisions import Decisions
from photospec.batch.roster import Roster
from photospec.batch.run import BatchRun
from photospec.batch.session import Session
from photospec.batch.sources import Source, find_sources
from photospec.config import Config
from photospec.errors import PhotospecError, Unseen
from photospec.finding import Verdict
from photospec.person import Person
from photospec.photo import Photo
from photospec.report import Report
from photospec.report.evidence import bands_of, evidence_of, shapes_of
from photospec.report.files import whole_file
from photospec.report.row import told
from photospec.report.slips import open_slips
from photospec.report.thumbnail import thumbnail
from photospec.report.words import decided
from photospec.report.writer import ReportOptions, open_report
from photospec.text import Language, Text

__all__ = ["Desk", "Picture"]

SESSION, RESULTS, DECISIONS = "session.json", "results.jsonl", "decisions.jsonl"
ROSTERS = (".xlsx", ".xlsm", ".csv")
SIZES = {"small": ((96, 128), 70), "large": ((1200, 1600), 90)}
GONE = Text("照片已不在原处，或内容已改变", "the photo is gone from its place, or is another one now")


class Picture(bytes):
    """A JPEG made of a photo's pixels; nothing else of the file is in it."""


@dataclass(slots=True)
class _Item:
    """One photo on the desk."""

    report: Report
    revision: int


class Desk:
    """What is on the desk, in a plain folder of the user's choice.

    The folder holds ``session.json`` (where the photos are, who decides), ``results.jsonl`` (reports), the roster, and
    ``decisions.jsonl``. Photos stay where they are; those dropped into a browser, which does not tell where they are,
    go to a private temporary folder that is named to the user.

    Parameters
    ----------
    folder : path-like
        The folder; it is made if need be, and taken up if it holds a session.
    config : Config
        Spec, rules, waivers, roster and privacy.
    language : {"zh", "en"}
        Language in which exports are written unless the user asks for another.
    jobs : int, optional
        Worker processes.

    Raises
    ------
    PhotospecError
        The folder cannot be used, or its session cannot be read.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        config: Config | None = None,
        *,
        language: Language = "zh",
        jobs: int | None = None,
    ) -> None:
        self.folder = Path(folder).resolve()
        self.config = config or Config()
        self.language: Language = language
        self._jobs = jobs
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._again = False
        self._stop = False
        self._items: dict[str, _Item] = {}
        self._paths: list[str] = []
        self._sources: dict[str, Source] = {}
        self._revision = 0
        self._total = self._done = 0
        self._running = False
        self._problem: Text | None = None
        self._roots: tuple[str, ...] = ()
        self._missing: tuple[Person, ...] = ()
        self._roster: Roster | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._session = self._read_session()
        except (OSError, ValueError, TypeError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise PhotospecError(
                Text(f"无法使用文件夹 {self.folder}：{why}", f"cannot use the folder {self.folder}: {why}")
            ) from error
        self.spec = self.config.load_spec()
        self.decisions = Decisions(self.config.decisions or self.folder / DECISIONS)

    # -- the session ------------------------------------------------------------------------------------------------

    def _read_session(self) -> dict[str, Any]:
        blank: dict[str, Any] = {"sources": [], "dropped": "", "who": "", "roster": ""}
        file = self.folder / SESSION
        if not file.exists():
            return blank
        found = json.loads(file.read_text("utf-8"))
        if not isinstance(found, dict) or not all(type(found.get(key)) is type(value) for key, value in blank.items()):
            raise ValueError(f"{SESSION} is no session of photospec")
        return {key: found[key] for key in blank}

    def _save(self) -> None:
        with whole_file(self.folder / SESSION) as file:
            json.dump(self._session, file, ensure_ascii=False, indent=1)

    @property
    def who(self) -> str:
        """Who decides."""
        return str(self._session["who"])

    @property
    def dropped(self) -> str:
        """Where dropped photos are; empty before the first."""
        return str(self._session["dropped"])

    @property
    def roster(self) -> str:
        """The file of the roster; empty without one."""
        return str(self._session["roster"] or self.config.roster)

    def add_sources(self, paths: list[str]) -> None:
        """Put photos of this machine on the desk: files, folders, zip archives.

        Raises
        ------
        PhotospecError
            One of the paths is not there.
        """
        for path in paths:
            if not Path(path).expanduser().exists():
                raise PhotospecError(Text(f"没有这个文件或文件夹：{path}", f"there is no such file or folder: {path}"))
        with self._lock:
            known = self._session["sources"]
            wanted = [str(Path(path).expanduser().resolve()) for path in paths]
            self._session["sources"] = list(dict.fromkeys([*known, *wanted]))
            self._save()

    def place_for(self, name: str) -> Path:
        """Return where a dropped file goes: a roster into the session's folder, anything else beside the others.

        Parameters
        ----------
        name : str
            Its path below what was dropped, as the browser gives it; never trusted.
        """
        parts = [_fit(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not parts:
            raise PhotospecError(Text("文件没有名称", "the file has no name"))
        if PurePath(parts[-1]).suffix.lower() in ROSTERS:
            return self.folder / f"roster{PurePath(parts[-1]).suffix.lower()}"
        with self._lock:
            if not self.dropped or not Path(self.dropped).is_dir():
                self._session["dropped"] = tempfile.mkdtemp(prefix="photospec-")
            if self.dropped not in self._session["sources"]:
                self._session["sources"].append(self.dropped)
            self._save()
        place = Path(self.dropped, *parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def arrived(self, place: Path) -> None:
        """Take note of a dropped file that is complete."""
        if place.parent == self.folder:
            with self._lock:
                self._session["roster"] = str(place)
                self._save()

    def forget_dropped(self) -> None:
        """Delete the dropped photos; reports and decisions stay."""
        place = self.dropped
        found = Path(place)
        # a session file is no reason to delete what it names: it must be what `place_for` has made
        if place and found.name.startswith("photospec-") and found.is_dir() and _private(found):
            shutil.rmtree(found, ignore_errors=True)
        with self._lock:
            self._session["dropped"] = ""
            self._session["sources"] = [path for path in self._session["sources"] if path != place]
            self._save()
            if place:
                self._sources = {n: s for n, s in self._sources.items() if not PurePath(n).is_relative_to(place)}

    # -- checking ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Check what is on the desk and not checked yet, in the background."""
        with self._lock:
            self._again = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="photospec-desk", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop checking; what is done is kept."""
        self._stop = True
        if self._thread is not None:
            self._thread.join()

    def wait(self) -> None:
        """Wait until all is checked."""
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._again or self._stop:
                    self._running = False
                    return
                self._again, self._running, self._problem = False, True, None
            try:
                self._pass()
            except PhotospecError as error:
                self._problem = error.text
            except Exception as error:  # the page must say so; the next start begins anew
                what = type(error).__name__
                self._problem = Text(f"程序内部错误：{what}", f"internal error: {what}")

    def _pass(self) -> None:
        roster = replace(self.config, roster=self.roster).load_roster()
        sources = list(find_sources([path for path in self._session["sources"] if Path(path).exists()]))
        results = self.folder / RESULTS
        resume = results.exists() or results.with_name(results.name + ".part").exists()
        with self._lock:
            self._roster = roster
            self._total, self._done = len(sources), 0
            self._sources = {source.name: source for source in sources}
            # an archive that was dropped is a folder of classes, as the dropped folder itself is
            self._roots = (*self._dropped_archives(), *self._session["sources"])
        with BatchRun(
            self.spec,
            roster=roster,
            waivers=self.config.load_waivers(roster),
            decisions=self.decisions,
            results=results,
            resume=resume,
            language="both",
        ) as run:
            for report in run.recalled():
                self._put(report)
            for report in run.check(sources, jobs=self._jobs):
                self._put(report)
                if self._stop:
                    return
            with self._lock:
                self._missing = run.summary().absent
                self._revision += 1

    def _dropped_archives(self) -> list[str]:
        return sorted(map(str, Path(self.dropped).rglob("*.zip"))) if self.dropped else []

    def _put(self, report: Report) -> None:
        # what passed has nothing to show but the lines that were measured
        findings = tuple(f for f in report.findings if f.verdict is not Verdict.PASS or f.where)
        with self._lock:
            self._revision += 1
            if report.path not in self._items:
                self._paths.append(report.path)
            self._items[report.path] = _Item(replace(report, findings=findings), self._revision)
            self._done += report.path in self._sources

    # -- what is shown ----------------------------------------------------------------------------------------------

    def options(self, language: Language | None = None) -> ReportOptions:
        """Return how reports of this session are written."""
        return ReportOptions(
            language=language or self.language,
            privacy=self.config.privacy,
            roots=self._roots,
            photos=self._photo,
        )

    def state(self, since: int = 0) -> dict[str, Any]:
        """Return what has changed since a revision, JSON-ready, with the revision that it leads to."""
        options = self.options()
        privacy = options.privacy
        with self._lock:
            photos = [
                self._row(number, self._items[path].report, options)
                for number, path in enumerate(self._paths)
                if self._items[path].revision > since
            ]
            return {
                "revision": self._revision,
                "running": self._running,
                "done": self._done,
                "total": self._total,
                "problem": None if self._problem is None else self._problem.to_json("both"),
                "photos": photos,
                "missing": [
                    [privacy.text(p.class_name), privacy.text(p.name), privacy.text(p.student_number)]
                    for p in self._missing
                ],
                "session": {
                    "folder": str(self.folder),
                    "dropped": self.dropped,
                    "sources": [path for path in self._session["sources"] if path != self.dropped],
                    "roster": PurePath(self.roster).name,
                    "who": self.who,
                    "spec": self.spec.title.to_json("both"),
                },
            }

    def _row(self, number: int, report: Report, options: ReportOptions) -> dict[str, Any]:
        person, privacy = report.person, options.privacy
        return {
            "id": number,
            "file": privacy.text(self._below(report.path)),
            "class": options.class_of(report),
            "name": "" if person is None else privacy.text(person.name),
            "number": "" if person is None else privacy.text(person.student_number) or privacy.number(person.id_number),
            "verdict": str(report.verdict),
            "outcome": str(report.outcome),
            "action": None if report.action is None else str(report.action),
            "rules": [[finding.code, str(finding.verdict)] for finding in told(report)],
            "problem": None if report.problem is None else self._both(report.problem),
            "decision": None if report.decision is None else self._both(decided(report)),
            "ruling": None if report.decision is None else str(report.decision.ruling),
            "lapsed": self.decisions.lapsed(report),
            "picture": (report.sha256 or "")[:16] if report.path in self._sources else "",
        }

    def _below(self, path: str) -> str:
        for root in self._session["sources"]:
            if PurePath(path).is_relative_to(root):
                return str(PurePath(path).relative_to(PurePath(root).parent if root != self.dropped else root))
        return path

    def _both(self, text: Text) -> dict[str, str]:
        privacy = self.config.privacy
        return {"zh": privacy.text(text.zh), "en": privacy.text(text.en)}

    def titles(self) -> dict[str, Any]:
        """Return the titles of all rules that may be found, by code."""
        rules = {rule.code: rule.title.to_json("both") for rule in self.spec}
        for item in self._items.values():
            rules |= {f.code: f.title.to_json("both") for f in item.report.findings if f.code not in rules}
        return rules

    def photo(self, number: int) -> dict[str, Any]:
        """Return all that is to be said of one photo, JSON-ready: findings, evidence in its pixels.

        Raises
        ------
        KeyError
            There is no such photo.
        """
        report = self._report(number)
        wrong = replace(report, findings=tuple(told(report)))
        evidence = {name: evidence_of(shown) for name, shown in (("wrong", wrong), ("all", report))}
        whole = evidence["all"]
        return {
            **self._row(number, report, self.options()),
            "size": None if whole is None else list(whole.size),
            "evidence": {
                name: {"bands": bands_of(found), "shapes": shapes_of(found, self._both)}
                for name, found in evidence.items()
                if found is not None
            },
            "findings": [
                {
                    "code": finding.code,
                    "title": self._both(finding.title),
                    "verdict": str(finding.verdict),
                    "level": str(finding.level),
                    "message": self._both(finding.message),
                    "remedy": self._both(finding.remedy),
                }
                for finding in told(report)
            ],
        }

    def _report(self, number: int) -> Report:
        with self._lock:
            if not 0 <= number < len(self._paths):
                raise KeyError(number)
            return self._items[self._paths[number]].report

    def _photo(self, report: Report) -> Photo | None:
        source = self._sources.get(report.path)
        try:
            return None if source is None else source.open()
        except Unseen:
            return None

    def picture(self, number: int, size: str) -> Picture:
        """Return a photo, ``small`` or ``large``, drawn anew from its pixels.

        Raises
        ------
        KeyError
            There is no such photo or size.
        PhotospecError
            The photo is gone, has changed since it was checked, or does not decode.
        """
        box, quality = SIZES[size]
        report = self._report(number)
        photo = self._photo(report)
        if photo is None or photo.sha256 != report.sha256:
            raise PhotospecError(GONE)
        return Picture(thumbnail(photo.pixels, box, quality))

    # -- deciding and exporting ---------------------------------------------------------------------------------------

    def decide(self, number: int, ruling: str, *, reason: str = "", who: str) -> dict[str, Any]:
        """Write down a decision and return the photo's row.

        Raises
        ------
        KeyError
            There is no such photo.
        PhotospecError
            As `Decisions.decide`.
        """
        with self._lock:
            report = self.decisions.decide(self._report(number), ruling, reason=reason, who=who)
            self._revision += 1
            self._items[report.path] = _Item(report, self._revision)
            if who != self.who:
                self._session["who"] = who
                self._save()
            return self._row(number, report, self.options())

    def reports(self) -> Iterator[Report]:
        """Yield the reports on the desk, in order, as decided by now."""
        with self._lock:
            reports = [self._items[path].report for path in self._paths]
        yield from reports

    def export(self, file: str | os.PathLike[str], *, slips: bool, language: Language) -> None:
        """Write all reports to a file, in the form that its ending says.

        Parameters
        ----------
        file : path-like
            The file.
        slips : bool
            Write slips for those who must come to the camera, ``.html`` or ``.pdf``, instead of the reports.
        language : {"zh", "en"}
            Language of every word.
        """
        session = Session(self.spec, roster=self._roster)
        options = self.options(language)
        with open_slips(str(file), options) if slips else open_report(file, options) as writer:
            for report in self.reports():
                session.recall(report)
                writer.add(report)
            writer.close(session.summary())


def _fit(part: str) -> str:
    """Return a part of a name that the file system takes: no controls, no reserved signs, at most 200 bytes."""
    unfit = '<>:"|?*\x7f' if os.name == "nt" else "\x7f"
    clean = "".join("_" if ord(sign) < 32 or sign in unfit else sign for sign in part).rstrip(" .") or "_"
    clean = clean.encode("utf-8", "replace").decode()
    stem, dot, ending = clean.rpartition(".")
    ending = dot + ending if stem and len(ending) <= 8 else ""
    stem = clean.removesuffix(ending)
    while len((stem + ending).encode()) > 200:
        stem = stem[:-1]
    return stem + ending


def _private(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (os.name == "nt" or stat.S_IMODE(found.st_mode) == 0o700)
