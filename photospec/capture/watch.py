"""A watched folder: each frame is judged while the student still sits there, then cropped, checked and kept."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import queue
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from photospec.batch._check import judge
from photospec.batch.roster import Roster
from photospec.batch.sources import SUFFIXES
from photospec.capture.camera import CAMERA_LIMITS
from photospec.capture.crop import Crop, CropError, crop_of
from photospec.capture.drift import Studio, drift_in_words, measure_studio
from photospec.capture.journal import Journal, JournalError
from photospec.capture.naming import Naming
from photospec.capture.sittings import GOOD, Shot, Sittings, Student
from photospec.capture.target import target_of
from photospec.capture.view import View, look
from photospec.errors import PhotospecError
from photospec.finding import Finding, Level, Verdict
from photospec.person import Privacy
from photospec.photo import DefectKind, Photo
from photospec.report import Report
from photospec.report.files import whole_path
from photospec.report.words import written
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

__all__ = ["Inbox", "Outcome", "Watch", "named", "obey", "sentence"]

JOURNAL = "photospec-journal.jsonl"
REPLACED = "replaced"
"""Folder of the crops that a better shot replaced."""

STILL = 0.1
"""Seconds between two looks at a file that is not complete yet."""

PATIENCE = 5.0
"""Seconds after which a file that does not change any more is taken as it is."""

PAUSE = 1.0
"""Seconds after which the folder is looked through where nothing was heard of it."""

SAME_SITTER = 4.0
"""Seconds in which nobody changes seats: frames that follow each other so soon are of one person."""

UNREADY = {DefectKind.EMPTY, DefectKind.NOT_AN_IMAGE, DefectKind.TRUNCATED, DefectKind.NOT_PERMITTED}
"""What a file looks like while it is still being written."""

FIRST = ("single-face", "crop-room", "face-occlusion", "head-covering")
"""Rules whose remedy comes first: they hide what others say."""


Inbox: TypeAlias = "queue.Queue[Callable[[], object] | Path | None]"
"""What happens, in order: frames, what people ask for, and None for the end."""

NOBODY = Text("未选定学生", "nobody is selected")


@dataclass(frozen=True)
class Outcome:
    """What became of one shot.

    Parameters
    ----------
    shot : Shot
        The shot.
    student : Student
        Whose it is.
    report : Report
        Of the frame.
    say : Text
        The one sentence to say to the student.
    picture : (H, W, 3) uint8 or None
        The person in the crop, RGB; None where there is no picture.
    seen : Report
        The report with its marks in pixels of `picture`.
    crop : Crop or None
        What was made of it.
    final : Report or None
        Of the crop's file.
    path : Path or None
        Where the crop lies; None where it was not kept.
    warnings : tuple of Text
        How the studio has drifted.
    seconds : mapping of str to float
        ``verdict``: from the complete file to the verdict; ``crop``: from there to the checked file.
    done : bool
        False for the verdict, True when nothing more is to come.
    """

    shot: Shot
    student: Student
    report: Report
    say: Text
    picture: npt.NDArray[np.uint8] | None = field(repr=False)
    seen: Report = field(repr=False)
    crop: Crop | None = field(default=None, repr=False)
    final: Report | None = field(default=None, repr=False)
    path: Path | None = None
    warnings: tuple[Text, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    done: bool = False

    @property
    def good(self) -> bool:
        """True where the student may go."""
        return self.shot.rank > GOOD


def sentence(report: Report) -> Text:
    """Return the one sentence to say to the student: what to do about the finding that matters most."""
    if report.problem is not None:
        return Text(f"照片无法读取（{report.problem.zh}），请重拍", f"the photo cannot be read ({report.problem.en})")
    order = {rule: place for place, rule in enumerate(FIRST)}

    def weight(finding: Finding) -> tuple[bool, bool, int]:
        fails = finding.verdict in (Verdict.FAIL, Verdict.ERROR)
        return finding.level is not Level.ERROR, not fails, order.get(finding.rule, len(order))

    asked = [
        finding
        for finding in report.failures
        if finding.level is not Level.ADVICE
        and (finding.level is Level.ERROR or finding.verdict in (Verdict.FAIL, Verdict.ERROR))
    ]
    if not asked:
        return Text("拍好了，谢谢", "Done, thank you")
    worst = min(asked, key=weight)
    if worst.verdict in (Verdict.FAIL, Verdict.ERROR) and worst.remedy.zh:
        return worst.remedy
    return worst.message


def named(student: Student | None, privacy: Privacy = Privacy.MASKED) -> Text:
    """Return what a student is called where others can see it: their identity number is masked."""
    if student is None:
        return NOBODY
    said = privacy.text(student.label) if student.person is None else written(student.person, privacy)
    return Text(said, said) if said else NOBODY


class Watch:
    """A session of photographs in a folder; a context manager.

    Parameters
    ----------
    folder : path-like
        Where the camera's frames arrive.
    destination : path-like
        Where the crops go, and the journal; made where it is missing, and not the watched folder itself.
    spec : Spec or str
        What the crops must meet.
    intake : Spec or str
        What the frames must meet; its `crop_to` is `spec`.
    roster : Roster, optional
        Those who must be photographed, in their order.
    name : str
        Pattern of the crops' names without ``.jpg``, such as ``{student_number}-{name}``; by default the roster's key,
        or what was scanned, or the frame's name.
    advance : bool
        After a good shot, go to the next student of the roster by itself.

    Raises
    ------
    PhotospecError
        A folder cannot be used, the pattern names no field, another program has the journal, or it was begun
        with another pattern or without this roster.
    """

    def __init__(
        self,
        folder: str | Path,
        destination: str | Path,
        *,
        spec: Spec | str = DEFAULT,
        intake: Spec | str = "intake",
        roster: Roster | None = None,
        name: str = "",
        advance: bool = False,
    ) -> None:
        self.folder, self.destination = Path(folder), Path(destination)
        self.spec = resolve_spec(spec)
        self.intake = dataclasses.replace(resolve_spec(intake), crop_to=self.spec)
        self.advance = advance
        self.naming = Naming(name) if name else Naming.usual(roster)
        if not self.folder.is_dir():
            raise PhotospecError(Text(f"没有文件夹 {self.folder}", f"there is no folder {self.folder}"))
        self.destination.mkdir(parents=True, exist_ok=True)
        if self.destination.resolve() == self.folder.resolve():
            raise PhotospecError(Text("裁剪结果不能放进被监视的文件夹", "the crops cannot go into the watched folder"))
        self.journal = Journal(self.destination / JOURNAL)
        try:
            self.sittings = Sittings(roster, self._opened(roster))
            self.sittings.replay(self.journal.events)
        except BaseException:
            self.journal.close()
            raise
        self.studio = Studio()
        for event in self.journal.events:
            if event["event"] == "judged":
                self.studio.add(dt.datetime.fromisoformat(event["time"]), event["measured"])
        self._target = target_of(self.spec)
        self._waiting: dict[Path, tuple[int, float]] = {}
        self._last_seen: float | None = None
        self._inbox: Inbox | None = None
        self._running = False
        if self.sittings.current is None and roster is not None:
            self._seat(self.sittings.following())

    def _opened(self, roster: Roster | None) -> str:
        """Return the journal's salt; a new journal gets one."""
        first = next((event for event in self.journal.events if event["event"] == "opened"), None)
        if first is None:
            first = self.journal.append(
                "opened",
                salt=secrets.token_hex(8),
                name=self.naming.pattern,
                roster=roster is not None,
                spec=self.spec.name,
            )
            self.journal.events.append(first)
        if (first["name"], first["roster"]) != (self.naming.pattern, roster is not None):
            raise JournalError(
                Text(
                    f"{self.journal.path} 以另一种命名（{first['name']}）或名单开始，请另选结果文件夹",
                    f"{self.journal.path} was begun with other names ({first['name']}) or without this roster: "
                    "choose another folder for the crops",
                )
            )
        return str(first["salt"])

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    def warm(self) -> None:
        """Load every model by judging somebody who is drawn: the first student waits no longer than the others."""
        from photospec.testing import portrait

        view = look(Photo.read(portrait(0).pixels), self._target)
        judge(view, self.intake)
        with contextlib.suppress(CropError):
            crop_of(view, self.spec).report()

    # -- who sits there -----------------------------------------------------------------------------------------------

    def _record(self, kind: str, **values: Any) -> None:
        self.sittings.apply(self.journal.append(kind, **values))

    def _seat(self, student: Student | None, *, by_itself: bool = False) -> None:
        self._record("sitting", who="" if student is None else student.key, by_itself=by_itself)

    def call(self, entry: str) -> Student | None:
        """Seat who a scanned or typed entry names; None, and nothing changes, where that is nobody or several."""
        student = self.sittings.find(entry)
        if student is not None:
            self._seat(student)
        return student

    def go(self, step: int) -> Student | None:
        """Seat who comes next on the roster, or with a negative step who came before."""
        student = self.sittings.following(step)
        if student is not None:
            self._seat(student)
        return student

    # -- frames -------------------------------------------------------------------------------------------------------

    def new_files(self) -> list[Path]:
        """Return the frames in the folder that have not arrived yet, the oldest first."""
        found = []
        for path in self.folder.iterdir():
            if is_frame(path):
                with contextlib.suppress(OSError):
                    state = path.stat()
                    if self.sittings.known(path.name, state.st_size, state.st_mtime_ns) is None:
                        found.append((state.st_mtime_ns, path.name, path))
        return [path for *_, path in sorted(found)]

    def notice(self, path: Path) -> None:
        """Note that a frame begins to arrive: from now on it belongs to who sits there now."""
        try:
            state = path.stat()
        except OSError:
            return
        if path in self._waiting or self.sittings.known(path.name, state.st_size, state.st_mtime_ns) is not None:
            return
        self._waiting[path] = -1, time.monotonic()
        if path.name not in self.sittings.seen:
            soon = self._last_seen is not None and time.monotonic() - self._last_seen < SAME_SITTER
            student = self.sittings.sitter_of(path.name, soon=soon)
            self._record("seen", file=path.name, who="" if student is None else student.key)
        self._last_seen = time.monotonic()

    def arrive(self, path: Path, *, patient: bool = True) -> tuple[Shot, Photo] | None:
        """Take a frame that is complete.

        Parameters
        ----------
        path : Path
            The file; if nobody has noticed it before, it belongs to who sits there now.
        patient : bool
            Return None where it looks as if it were still being written; else it is taken as it is.

        Returns
        -------
        (Shot, Photo) or None
            None, too, where it has arrived already, or is gone.
        """
        self.notice(path)
        try:
            state = path.stat()
        except OSError:
            return None
        if self.sittings.known(path.name, state.st_size, state.st_mtime_ns) is not None:
            self._waiting.pop(path, None)
            return None
        photo = Photo.read(path, name=path.name, limits=CAMERA_LIMITS)
        if patient and any(defect.kind in UNREADY for defect in photo.header_defects):
            return None
        if not _unchanged(path, state):
            return None  # it grew while it was read: what was noted of it would make the whole file another shot
        self._waiting.pop(path, None)
        number = len(self.sittings.shots) + 1
        self._record("arrived", shot=number, file=path.name, size=state.st_size, modified=state.st_mtime_ns)
        return self.sittings.shots[-1], photo

    def deal(
        self,
        shot: Shot,
        photo: Photo,
        tell: Callable[[Outcome], None] = lambda _: None,
        *,
        started: float | None = None,
    ) -> Outcome:
        """Judge a shot, say so, crop it, check the crop and keep the better one.

        Parameters
        ----------
        shot : Shot
            As from `arrive`.
        photo : Photo
            Its file.
        tell : callable
            Is given the outcome as soon as the verdict is there, and once more with the crop.
        started : float, optional
            `time.perf_counter` when the file was complete; now by default.
        """
        started = time.perf_counter() if started is None else started
        view = look(photo, self._target, self.spec.networks)
        report = judge(view, self.intake)
        student = self.sittings.student(shot.who)
        when = report.capture.time or dt.datetime.now()  # noqa: DTZ005 - the session's own clock
        measured = measure_studio(view)
        self._record(
            "judged",
            shot=shot.number,
            verdict=str(report.verdict),
            rules=[finding.rule for finding in report.failures if finding.level is not Level.ADVICE],
            time=when.isoformat(timespec="seconds"),
            measured=measured,
        )
        self.studio.add(when, measured)
        outcome = Outcome(
            shot,
            student,
            report,
            sentence(report),
            _picture(view),
            _seen(report, view),
            warnings=self._warnings(shot),
            seconds={"verdict": time.perf_counter() - started},
        )
        self._drain()  # what came before the verdict is heard belongs to who sits there still
        tell(outcome)
        outcome = self._crop(outcome, view)
        tell(outcome)
        self._move_on(outcome)
        return outcome

    def _crop(self, outcome: Outcome, view: object) -> Outcome:
        shot = outcome.shot
        started = time.perf_counter()
        made: Crop | None = None
        if shot.rank >= GOOD and shot.who:
            with contextlib.suppress(CropError):
                made = crop_of(view, self.spec)
        if made is None:
            self._record("uncropped", shot=shot.number)
            return dataclasses.replace(outcome, done=True)
        target = self.path_of(outcome.student, shot)
        final = made.report(target.name)
        shot.final = final.verdict
        best = self.sittings.best(outcome.student)
        kept = shot.rank >= GOOD and (best is None or best is shot or shot.rank >= best.rank)
        if kept:
            self._keep(made, target, best)
        self._record("cropped", shot=shot.number, verdict=str(final.verdict), kept=kept, quality=made.quality,
                     bytes=len(made.jpeg))  # fmt: skip
        return dataclasses.replace(
            outcome,
            crop=made,
            final=final,
            path=target if kept else None,
            done=True,
            seconds={**outcome.seconds, "crop": time.perf_counter() - started},
        )

    def _move_on(self, outcome: Outcome) -> None:
        """Seat the next of the roster after a good shot, where that is wanted."""
        if self.advance and outcome.path is not None and outcome.good:
            self._drain()
            if self.sittings.current == outcome.student:
                self._seat(self.sittings.following(), by_itself=True)

    def _keep(self, made: Crop, target: Path, best: Shot | None) -> None:
        """Put a crop in its place; one that is there already is kept under another name first."""
        if target.exists() and best is not None and target.read_bytes() != made.jpeg:
            old = target.parent / REPLACED / f"{target.stem}.{best.number}{target.suffix}"
            if not old.exists():
                old.parent.mkdir(exist_ok=True)
                with whole_path(old) as part:
                    part.write_bytes(target.read_bytes())
        made.save(target)

    def accept(self, number: int | None = None) -> bool:
        """Take a shot, the last one by default, whatever the verdict says: its crop is made and kept.

        Returns
        -------
        bool
            False where there is no such shot.
        """
        shots = self.sittings.shots
        number = len(shots) if number is None else number
        if not 1 <= number <= len(shots):
            return False
        self._record("accepted", shot=number)
        return True

    def unfinished(self) -> Iterator[tuple[Shot, Photo]]:
        """Yield the shots that were not dealt with to the end, with their files, and those that were accepted since."""
        for shot in self.sittings.unfinished:
            path = self.folder / shot.file
            if path.exists():
                yield shot, Photo.read(path, name=shot.file, limits=CAMERA_LIMITS)

    def path_of(self, student: Student, shot: Shot) -> Path:
        """Return where a student's crop goes."""
        return self.destination / f"{self.naming.stem(student.person, student.label or Path(shot.file).stem)}.jpg"

    def _warnings(self, shot: Shot) -> tuple[Text, ...]:
        said = [drift_in_words(drift) for drift in self.studio.drifts()]
        if not shot.who:
            said.insert(0, Text("没有选定学生，这张照片不归档", "nobody is selected: this shot is nobody's"))
        return tuple(said)

    # -- the loop -----------------------------------------------------------------------------------------------------

    def run(self, tell: Callable[[Outcome], None], inbox: Inbox) -> None:
        """Watch until a None comes through `inbox`; whatever changes the session happens in this thread, in order.

        Parameters
        ----------
        tell : callable
            As for `deal`.
        inbox : queue
            Callables such as ``lambda: watch.go(1)``; the frames that the folder gets are put there too.
        """
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                for place in (event.src_path, getattr(event, "dest_path", "")):
                    path = Path(str(place))
                    if event.event_type in ("created", "modified", "closed", "moved") and is_frame(path):
                        inbox.put(path)

        self._inbox, self._running = inbox, True
        observer = Observer()
        observer.schedule(Handler(), str(self.folder))
        observer.start()
        try:
            self._look_round()
            while self._running:
                try:
                    self._take(inbox.get(timeout=STILL if self._waiting else PAUSE))
                except queue.Empty:
                    self._look_round()
                self._drain()
                for shot, photo in list(self.unfinished()):
                    self.deal(shot, photo, tell)
                for path in list(self._waiting):
                    self._attend(path, tell)
        finally:
            self._inbox = None
            observer.stop()
            observer.join()

    def _look_round(self) -> None:
        """Notice what no event told of: frames from before the start, and those on a share that sends none."""
        for path in self.new_files():
            self.notice(path)

    def _take(self, item: Callable[[], object] | Path | None) -> None:
        if item is None:
            self._running = False
        elif isinstance(item, Path):
            self.notice(item)
        else:
            item()

    def _drain(self) -> None:
        """Take everything that has come so far."""
        while self._inbox is not None:
            try:
                self._take(self._inbox.get_nowait())
            except queue.Empty:
                return

    def _attend(self, path: Path, tell: Callable[[Outcome], None]) -> None:
        """Look at a file that may be complete; forget it when it was dealt with or is gone."""
        started = time.perf_counter()
        size, since = self._waiting[path]
        try:
            now = path.stat().st_size
        except OSError:
            del self._waiting[path]
            return
        if now != size:
            since = time.monotonic()
            self._waiting[path] = now, since
        taken = self.arrive(path, patient=time.monotonic() - since < PATIENCE)
        if taken is not None:
            self.deal(*taken, tell, started=started)


def obey(watch: Watch, entry: str) -> bool:
    """Do what was scanned, typed or pressed; to be called in the session's thread.

    Parameters
    ----------
    watch : Watch
        The session.
    entry : str
        Nothing for the next student of the roster, ``-`` for the one before, ``!`` to take the last shot as it is, else
        who sits there now.

    Returns
    -------
    bool
        False where that was not possible.
    """
    entry = entry.strip()
    if entry in ("", "-"):
        return watch.go(-1 if entry else 1) is not None
    return watch.accept() if entry == "!" else watch.call(entry) is not None


def _unchanged(path: Path, before: os.stat_result) -> bool:
    try:
        now = path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def is_frame(path: Path) -> bool:
    """Tell whether a name is that of a picture that a camera's program has finished naming."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~"))


def _picture(view: object) -> npt.NDArray[np.uint8] | None:
    try:
        frame: npt.NDArray[np.uint8] = view.frame  # type: ignore[attr-defined]
    except PhotospecError:
        return None
    return frame


def _seen(report: Report, view: object) -> Report:
    """Return a report with its marks in pixels of the crop."""
    if not isinstance(view, View):
        return report
    height, width = view.frame.shape[:2]
    findings = tuple(view.unplaced(finding) for finding in report.findings)
    return dataclasses.replace(report, findings=findings, photo={**report.photo, "width": width, "height": height})
