"""What a picture must show so that a verdict is understood: lines measured, bands allowed, what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from photospec.finding import NOTHING, Finding, Mark, MarkKind, Verdict
from photospec.report._report import Report
from photospec.report.row import told
from photospec.text import Text

__all__ = ["Band", "Evidence", "Shape", "bands_of", "evidence_of", "shapes_of"]

CROWN, EYES, FACE, CENTRE = "crown-margin", "eye-line", "face-width", "centring"


@dataclass(frozen=True, slots=True)
class Band:
    """Where a line must lie.

    Parameters
    ----------
    upright : bool
        True for a band between two x, False for one between two y.
    low, high : float
        Its edges, in pixels of the photo.
    start, end : float
        From where to where it runs along the other axis.
    """

    upright: bool
    low: float
    high: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Something found or measured in the picture.

    Parameters
    ----------
    mark : Mark
        Where, in pixels of the photo.
    verdict : Verdict
        What its rule says.
    rule : str
        The rule.
    label : Text
        What to write beside it.
    """

    mark: Mark
    verdict: Verdict
    rule: str
    label: Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one photo.

    Parameters
    ----------
    size : (int, int)
        Width and height of the photo.
    bands : tuple of Band
        Where crown, eyes and cheeks must lie, where the spec asks for it and they were found.
    shapes : tuple of Shape
        The lines of these, then what the findings to act on point at.
    """

    size: tuple[int, int]
    bands: tuple[Band, ...]
    shapes: tuple[Shape, ...]


LABELS: Mapping[str, Text] = {
    CROWN: Text("头顶 {value}（{low}～{high}）", "crown {value} ({low} to {high})"),
    EYES: Text("眼睛 {value}（{low}～{high}）", "eyes {value} ({low} to {high})"),
    FACE: Text("脸宽 {value}（{low}～{high}）", "face {value} ({low} to {high})"),
    CENTRE: Text("中线", "middle"),
}
REACH = 0.05
"""How far the band of a cheek runs above and below it, in heights of the photo."""


def evidence_of(report: Report) -> Evidence | None:
    """Return the evidence of a report, or None where the photo's size is not known.

    Where something fails, what is only held for a person to look at is left out, or nobody could read the picture.
    """
    width, height = report.photo.get("width"), report.photo.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        return None
    measured = {f.rule: f for f in report.findings if f.rule in LABELS and f.where and f.limits is not None}
    bands = [band for finding in measured.values() for band in _bands(finding, width, height)]
    shapes = [Shape(f.where[0], f.verdict, f.rule, _label(f)) for f in measured.values()]
    others = [finding for finding in told(report) if finding.rule not in measured]
    failed = [finding for finding in others if finding.verdict is Verdict.FAIL]
    for finding in failed or others:
        for number, mark in enumerate(finding.where):
            shapes.append(Shape(mark, finding.verdict, finding.rule, NOTHING if number else finding.title))
    return Evidence((width, height), tuple(bands), tuple(shapes))


def _label(finding: Finding) -> Text:
    assert finding.limits is not None
    numbers = dict(zip(("value", "low", "high"), (finding.value, *finding.limits), strict=True))
    return LABELS[finding.rule].format(
        **{name: f"{number:.0f}" if isinstance(number, int | float) else "–" for name, number in numbers.items()}
    )


def _bands(finding: Finding, width: int, height: int) -> list[Band]:
    assert finding.limits is not None
    low, high = finding.limits
    if low is None or high is None:
        return []
    if finding.rule in (CROWN, EYES):
        return [Band(False, low, high, 0, width)]
    reach = REACH * height
    if finding.rule == CENTRE:
        return [Band(True, width / 2 + low, width / 2 + high, height - 1.6 * reach, height)]
    (left, top), (right, bottom) = finding.where[0].points[0], finding.where[0].points[-1]
    middle, level = (left + right) / 2, (top + bottom) / 2
    # each cheek by itself, as if the face grew about its own middle
    return [
        Band(True, middle + sign * near / 2, middle + sign * far / 2, level - reach, level + reach)
        for sign, near, far in ((-1, high, low), (1, low, high))
    ]


def bands_of(evidence: Evidence) -> list[list[float]]:
    """Return the bands as ``pages/evidence.js`` takes them."""
    return [
        [int(band.upright), *(round(edge, 1) for edge in (band.low, band.high, band.start, band.end))]
        for band in evidence.bands
    ]


def shapes_of(evidence: Evidence, say: Callable[[Text], Any]) -> list[list[Any]]:
    """Return the shapes as ``pages/evidence.js`` takes them.

    Parameters
    ----------
    evidence : Evidence
        What to draw.
    say : callable
        Makes of a label what the page keeps.
    """
    return [
        [
            str(shape.mark.kind),
            str(shape.verdict),
            say(shape.label),
            [round(value, 1) for point in shape.mark.points for value in point],
        ]
        for shape in evidence.shapes
    ]


def corners(mark: Mark) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of a box, None for any other mark."""
    if mark.kind is not MarkKind.BOX:
        return None
    (ax, ay), (bx, by) = mark.points
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
