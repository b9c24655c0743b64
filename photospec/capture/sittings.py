"""Who sits before the camera, which shots are theirs, and which of them is the best: told from a journal's events."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from photospec.batch.roster import Roster, normalised
from photospec.finding import Verdict
from photospec.person import Person

__all__ = ["Shot", "Sittings", "Student"]

RANKS = {Verdict.PASS: 3, Verdict.REVIEW: 2, Verdict.FAIL: 1, Verdict.ERROR: 0}
ACCEPTED = 4
"""Rank of a shot that the photographer took as it is."""

GOOD = 2
"""Least rank of a shot whose crop is kept: passed, or for a person to look at."""


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody who is photographed.

    Parameters
    ----------
    key : str
        What the journal calls them. Of somebody on a roster this is a hash, so that the journal names nobody.
    person : Person or None
        Their line of the roster; None without one.
    label : str
        What was scanned or typed, or the frame's name, without a roster.
    """

    key: str
    person: Person | None = None
    label: str = ""


@dataclass
class Shot:
    """One frame of the camera.

    Parameters
    ----------
    number : int
        In order of arrival, from 1.
    file : str
        Its name in the watched folder.
    size, modified : int
        Bytes, and time of the last change in nanoseconds: another file of the same name is another shot.
    who : str
        Key of the student who sat there when it began to arrive; empty where nobody did.
    verdict, final : Verdict or None
        Of the frame, and of its crop; None until they are known.
    accepted : bool
        The photographer took it as it is.
    done : bool
        Nothing is left to do for it.
    rules : tuple of str
        Rules that the frame does not pass.
    measured : mapping
        What it tells of the studio.
    """

    number: int
    file: str
    size: int
    modified: int
    who: str
    verdict: Verdict | None = None
    final: Verdict | None = None
    accepted: bool = False
    done: bool = False
    rules: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """How good it is: the worse of frame and crop."""
        if self.accepted:
            return ACCEPTED
        return min((RANKS[verdict] for verdict in (self.verdict, self.final) if verdict is not None), default=0)


class Sittings:
    """The state of a day of photographs; it changes by events alone, so a journal gives it back.

    Parameters
    ----------
    roster : Roster, optional
        Those who must be photographed, in the order in which they come.
    salt : str
        Makes the keys of this journal differ from those of any other.

    Attributes
    ----------
    students : list of Student
        Those of the roster.
    shots : list of Shot
        In order of arrival.
    current : Student or None
        Who sits there.
    seen : dict of str to str
        Frames that begin to arrive, by file name, and the key of who sat there then.
    """

    def __init__(self, roster: Roster | None = None, salt: str = "") -> None:
        self.roster = roster
        self._salt = salt
        people = roster.people if roster is not None else ()
        self.students = [Student(self._key(person), person) for person in people]
        self._by_key = {student.key: student for student in self.students}
        self.shots: list[Shot] = []
        self.current: Student | None = None
        self._best: dict[str, Shot] = {}
        self._known: dict[tuple[str, int, int], Shot] = {}
        self.seen: dict[str, str] = {}
        self._came_by_itself = False

    def _key(self, person: Person) -> str:
        assert self.roster is not None
        entry = normalised(getattr(person, self.roster.key))
        return hashlib.sha256(f"{self._salt}:{entry}".encode()).hexdigest()[:20]

    # -- asking -------------------------------------------------------------------------------------------------------

    def student(self, key: str) -> Student:
        """Return a student by key; one who is no longer on the roster has only the key."""
        known = self._by_key.get(key)
        if known is not None:
            return known
        return Student(key, None, "" if self.roster is not None else key)

    def find(self, entry: str) -> Student | None:
        """Return who a scanned or typed entry, or a file's name, names; None where it is nobody or several.

        Without a roster everybody can be named.
        """
        entry = entry.strip()
        if self.roster is None:
            label = re.sub(r"[^\w\-.() ]", "_", entry).strip(". ")[:100]
            return Student(label, None, label) if label else None
        found = self.roster.find(entry)
        return self._by_key[self._key(found[0])] if len(found) == 1 else None

    def best(self, student: Student) -> Shot | None:
        """Return the best shot of a student so far, of those with a crop."""
        return self._best.get(student.key)

    def known(self, file: str, size: int, modified: int) -> Shot | None:
        """Return the shot of a file that has arrived already."""
        return self._known.get((file, size, modified))

    @property
    def unfinished(self) -> list[Shot]:
        """Shots that arrived and were not dealt with to the end."""
        return [shot for shot in self.shots if not shot.done]

    @property
    def missing(self) -> list[Student]:
        """Students of the roster without a crop."""
        return [student for student in self.students if student.key not in self._best]

    def following(self, step: int = 1) -> Student | None:
        """Return who comes next in the order of the roster: forwards, the next without a crop."""
        if not self.students:
            return None
        at = self.students.index(self.current) if self.current in self.students else -1
        if step < 0:
            return self.students[max(0, at - 1)]
        after = self.students[at + 1 :] + self.students[: at + 1]
        return next((student for student in after if student.key not in self._best), None)

    def sitter_of(self, file: str, *, soon: bool = False) -> Student | None:
        """Return whose a frame is that begins to arrive: who its name names, else who sits there.

        Parameters
        ----------
        file : str
            Its name.
        soon : bool
            It follows the one before so soon that nobody can have changed seats. Where the next student was seated by
            itself, the frame is then that of the one before: of a series, whose first shot was good.
        """
        stem = PurePath(file).stem
        if self.roster is not None:
            named = self.find(stem)
            if named is not None:
                return named
        if soon and self._came_by_itself and self.shots:
            return self.student(self.shots[-1].who)
        if self.current is not None:
            return self.current
        return self.find(stem) if self.roster is None else None

    # -- events -------------------------------------------------------------------------------------------------------

    def replay(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take the events of a journal, in order."""
        for event in events:
            self.apply(event)

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take one event."""
        kind = event["event"]
        if kind == "sitting":
            self.current = self.student(event["who"]) if event["who"] else None
            self._came_by_itself = event.get("by_itself", False)
        elif kind == "seen":
            self.seen[event["file"]] = event["who"]
        elif kind == "arrived":
            file = event["file"]
            shot = Shot(event["shot"], file, event["size"], event["modified"], self.seen.pop(file))
            self.shots.append(shot)
            self._known[shot.file, shot.size, shot.modified] = shot
        elif kind in ("judged", "cropped", "uncropped", "accepted"):
            self._shot_event(kind, self.shots[event["shot"] - 1], event)

    def _shot_event(self, kind: str, shot: Shot, event: Mapping[str, Any]) -> None:
        if kind == "judged":
            shot.verdict = Verdict(event["verdict"])
            shot.rules = tuple(event["rules"])
            shot.measured = event["measured"]
        elif kind == "accepted":
            shot.accepted, shot.done = True, False
        elif kind == "uncropped":
            shot.done = True
        elif kind == "cropped":
            shot.final, shot.done = Verdict(event["verdict"]), True
            if event["kept"]:
                self._best[shot.who] = shot
