"""What a rule says of a photo."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from photospec.text import Languages, Text

__all__ = ["Action", "Finding", "Level", "Mark", "MarkKind", "Verdict"]


NOTHING = Text("", "")


class Level(StrEnum):
    """How binding a rule is."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Verdict(StrEnum):
    """What a rule, or a whole report, decides.

    ``REVIEW``: the value lies within its uncertainty of the limit, or the evidence is hidden: a person must look.
    ``SKIP``: the rule does not apply. ``ERROR``: the rule itself broke, or the photo could not be read.
    """

    PASS = "pass"  # noqa: S105 - a verdict
    REVIEW = "review"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class Action(StrEnum):
    """Who must do something about a finding, and what kind of thing; the dearest first.

    ``RESHOOT``: the student must come again. ``RECROP``: the operator cuts the picture anew from the camera's own.
    ``RE_EXPORT``: the operator saves or names the file anew. ``LOOK``: a person must decide.
    """

    RESHOOT = "reshoot"
    RECROP = "recrop"
    RE_EXPORT = "re-export"
    LOOK = "look"

    @classmethod
    def dearest(cls, actions: Iterable[Action | None]) -> Action | None:
        """Return the first of the members above that is among some actions; None where there is none."""
        wanted = set(actions)
        return next((action for action in cls if action in wanted), None)


class MarkKind(StrEnum):
    """The shape of a `Mark`."""

    POINT = "point"
    LINE = "line"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the picture that a finding speaks of.

    Parameters
    ----------
    kind : MarkKind
        ``POINT`` has one point, ``LINE`` two or more, ``BOX`` two opposite corners.
    points : tuple of (float, float)
        (x, y) in pixels of the photo, origin at the top left.
    """

    kind: MarkKind
    points: tuple[tuple[float, float], ...]

    @classmethod
    def point(cls, x: float, y: float) -> Mark:
        """Mark one spot."""
        return cls(MarkKind.POINT, ((float(x), float(y)),))

    @classmethod
    def line(cls, *points: tuple[float, float]) -> Mark:
        """Mark a line through two or more points."""
        return cls(MarkKind.LINE, tuple((float(x), float(y)) for x, y in points))

    @classmethod
    def box(cls, left: float, top: float, right: float, bottom: float) -> Mark:
        """Mark an upright rectangle."""
        return cls(MarkKind.BOX, ((float(left), float(top)), (float(right), float(bottom))))

    def __reduce__(self) -> tuple[Any, ...]:  # half the time of what `dataclass` does, and a batch pickles millions
        return Mark, (self.kind, self.points)

    def scaled(self, factor: float) -> Mark:
        """Return the mark with every coordinate multiplied by `factor`."""
        if not math.isfinite(sum(map(sum, self.points))):
            raise ValueError(f"a {self.kind} has a coordinate that is not finite: {self.points}")
        if factor == 1.0:
            return self
        return Mark(self.kind, tuple([(x * factor, y * factor) for x, y in self.points]))

    def to_json(self) -> dict[str, Any]:
        """Return the mark as JSON-ready values, to a tenth of a pixel."""
        return {"kind": str(self.kind), "points": [[round(x, 1), round(y, 1)] for x, y in self.points]}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one photo.

    Parameters
    ----------
    rule, code : str
        Stable name and code of the rule.
    level : Level
        How binding the rule is.
    verdict : Verdict
        What was decided.
    message, remedy : Text
        What was found, and what to do about it (empty when nothing is to be done).
    value : float, str or None
        What was measured, in `unit`.
    unit : str
        Unit of `value`, `limits`, `margin` and `uncertainty`; empty for a plain number.
    limits : (float or None, float or None) or None
        Lowest and highest allowed value; None where there is no limit on that side.
    margin : float or None
        Signed distance of the value to the nearest limit, > 0 compliant.
    uncertainty : float or None
        Half width of the band around a limit in which a person must look.
    where : tuple of Mark
        The places in the picture, in pixels of the photo.
    title : Text
        What the rule is called.
    action : Action or None
        What kind of thing `remedy` is; None where nothing is to be done: ``pass`` and ``skip``.
    """

    rule: str
    code: str
    level: Level
    verdict: Verdict
    message: Text
    remedy: Text = NOTHING
    value: float | str | None = None
    unit: str = ""
    limits: tuple[float | None, float | None] | None = None
    margin: float | None = None
    uncertainty: float | None = None
    where: tuple[Mark, ...] = ()
    title: Text = NOTHING
    action: Action | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Finding, (
            self.rule, self.code, self.level, self.verdict, self.message, self.remedy,
            self.value, self.unit, self.limits, self.margin, self.uncertainty, self.where, self.title, self.action,
        )  # fmt: skip

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """Return the finding of a JSON object; words that stand in one language serve both.

        Lines of photospec before version 1.1 of the schema have neither title nor action.
        """
        limits, action = values["limits"], values.get("action")
        return cls(
            rule=values["rule"],
            code=values["code"],
            level=Level(values["level"]),
            verdict=Verdict(values["verdict"]),
            message=Text.from_json(values["message"]),
            remedy=Text.from_json(values["remedy"]),
            value=values["value"],
            unit=values["unit"],
            limits=None if limits is None else (limits[0], limits[1]),
            margin=values["margin"],
            uncertainty=values["uncertainty"],
            where=tuple(Mark(MarkKind(m["kind"]), tuple((x, y) for x, y in m["points"])) for m in values["where"]),
            title=Text.from_json(values.get("title", "")),
            action=None if action is None else Action(action),
        )

    def to_json(self, language: Languages = "zh") -> dict[str, Any]:
        """Return the finding as the JSON object of the public contract."""
        return {
            "rule": self.rule,
            "code": self.code,
            "title": self.title.to_json(language),
            "level": str(self.level),
            "verdict": str(self.verdict),
            "value": self.value,
            "unit": self.unit,
            "limits": None if self.limits is None else list(self.limits),
            "margin": self.margin,
            "uncertainty": self.uncertainty,
            "where": [mark.to_json() for mark in self.where],
            "message": self.message.to_json(language),
            "remedy": self.remedy.to_json(language),
            "action": None if self.action is None else str(self.action),
        }
