"""What a picture must show so that a verdict is understood: lines measured, bands allowed, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from photospec.finding import Finding, Mark, MarkKind, Verdict
from photospec.report._report import Report
from photospec.report.row import told
from photospec.text import Text

__all__ = ["Band", "Evidence", "Shape", "evidence_of"]

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
    rule : str
        The rule that asks for it.
    """

    upright: bool
    low: float
    high: float
    rule: str


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
    CROWN: Text("头顶", "crown"),
    EYES: Text("眼睛", "eyes"),
    FACE: Text("脸宽", "face width"),
    CENTRE: Text("中线", "middle"),
}


def evidence_of(report: Report) -> Evidence | None:
    """Return the evidence of a report, or None where the photo's size is not known."""
    width, height = report.photo.get("width"), report.photo.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        return None
    measured = {f.rule: f for f in report.findings if f.rule in LABELS and f.where and f.limits is not None}
    bands = [band for finding in measured.values() for band in _bands(finding, width)]
    shapes = [Shape(f.where[0], f.verdict, f.rule, LABELS[f.rule]) for f in measured.values()]
    for finding in told(report):
        if finding.rule not in measured:
            shapes += [Shape(mark, finding.verdict, finding.rule, finding.title) for mark in finding.where]
    return Evidence((width, height), tuple(bands), tuple(shapes))


def _bands(finding: Finding, width: int) -> list[Band]:
    assert finding.limits is not None
    low, high = finding.limits
    if low is None or high is None:
        return []
    if finding.rule in (CROWN, EYES):
        return [Band(False, low, high, finding.rule)]
    if finding.rule == CENTRE:
        return [Band(True, width / 2 + low, width / 2 + high, finding.rule)]
    (left, _), (right, _) = finding.where[0].points[0], finding.where[0].points[-1]
    middle = (left + right) / 2
    # each cheek by itself, as if the face grew about its own middle
    return [
        Band(True, middle - high / 2, middle - low / 2, finding.rule),
        Band(True, middle + low / 2, middle + high / 2, finding.rule),
    ]


def corners(mark: Mark) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of a box, None for any other mark."""
    if mark.kind is not MarkKind.BOX:
        return None
    (ax, ay), (bx, by) = mark.points
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
