"""Check a photo, or some side by side."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from photospec import photo as photo_room
from photospec.batch.sources import Source, shown_name
from photospec.errors import Unseen
from photospec.finding import Finding
from photospec.photo import DEFECT_TEXT, DefectKind, Photo
from photospec.portrait import Portrait
from photospec.report import Capture, Report
from photospec.rules._base import guarded
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

__all__ = ["TOGETHER", "PhotoSource", "check", "check_together", "failed_report", "judge"]

TOGETHER = 24
"""Photos that are held in memory side by side: more would be little faster, and each takes 5 MB."""

LARGE = 2 * 480 * 640
"""Pixels; larger photos are not held in memory side by side."""

PhotoSource: TypeAlias = Source | Photo | photo_room.PhotoSource
"""What can be checked: a path, bytes, an open file, a picture of Pillow or an RGB array, a `Photo` or a `Source`."""

UNREADABLE = (DefectKind.MISSING, DefectKind.NOT_PERMITTED, DefectKind.NOT_A_FILE, DefectKind.READ_FAILED)
"""What keeps anybody from looking: not the photo's fault, but nothing was checked."""


def check(photo: PhotoSource, spec: Spec | str | os.PathLike[str] = DEFAULT) -> Report:
    """Check one photo against a spec.

    Parameters
    ----------
    photo : path, bytes, file object, PIL image, (H, W, 3) uint8 RGB array, Photo or Source
        The photo.
    spec : Spec, str or path-like
        The rules, or the name of a built-in spec or the path of a TOML file.

    Returns
    -------
    Report
        Never raises for anything in the photo: a file that cannot be read has the verdict ``error`` and a
        `Report.problem`; a damaged one has findings.

    Raises
    ------
    TypeError
        `photo` is none of the above.
    SpecError
        There is no such spec, or its file is not valid.

    Examples
    --------
    >>> from photospec import check
    >>> report = check("no-such.jpg", "cn-diploma-2017")
    >>> report.ok, report.problem.en
    (False, 'the file does not exist')
    """
    rules = resolve_spec(spec)
    return _side_by_side([_portrait(photo, rules)], rules)[0]


def judge(portrait: Portrait, spec: Spec) -> Report:
    """Check a portrait of a photo that was opened already, such as the one that a crop will be made of."""
    return _side_by_side([portrait], spec)[0]


def check_together(photos: Iterable[PhotoSource], spec: Spec) -> Iterator[Report]:
    """Check photos fact by fact instead of one by one: faster, as the code and its tables stay in the caches.

    Parameters
    ----------
    photos : iterable
        What `check` takes; `TOGETHER` are taken at a time.
    spec : Spec
        The rules.

    Yields
    ------
    Report
        For each photo in order, the same as from `check`.

    Raises
    ------
    TypeError
        One of `photos` is nothing that can be checked; it is raised behind the reports of those before it.
    """
    remaining = iter(photos)
    while True:
        opened: list[Portrait | Report] = []
        misuse = None
        try:
            for photo in itertools.islice(remaining, TOGETHER):
                portrait = _portrait(photo, spec)
                large = isinstance(portrait, Portrait) and _pixels(portrait.photo) > LARGE
                opened.append(_side_by_side([portrait], spec)[0] if large else portrait)
        except Exception as error:
            misuse = error
        yield from _side_by_side(opened, spec)
        if misuse is not None:
            raise misuse
        if not opened:
            return


def _pixels(photo: Photo) -> int:
    return (photo.width or 0) * (photo.height or 0)


def _side_by_side(opened: list[Portrait | Report], spec: Spec) -> list[Report]:
    """Judge what was opened; what could not be is a report already."""
    portraits = [portrait for portrait in opened if isinstance(portrait, Portrait)]
    findings: dict[Portrait, list[Finding]] = {}
    if portraits:
        first, *others = portraits
        findings[first] = [first.timed(rule.code, functools.partial(guarded, rule), first) for rule in spec]
        for name in first.in_order():  # what the rules asked of the first, they will ask of the others
            for portrait in others:
                portrait.prepare(name)
        findings |= {portrait: [] for portrait in others}
        for rule in spec:
            for portrait in others:
                findings[portrait].append(portrait.timed(rule.code, functools.partial(guarded, rule), portrait))
    return [one if isinstance(one, Report) else _report(one, findings[one], spec) for one in opened]


def _portrait(photo: PhotoSource, spec: Spec) -> Portrait | Report:
    """Open a photo; where it is not even there, return what is to be said of it."""
    try:
        if spec.crop_to is None:
            return Portrait(photo if isinstance(photo, Photo) else _opened(photo))
        from photospec.capture.camera import read_frame
        from photospec.capture.target import target_of
        from photospec.capture.view import look

        return look(read_frame(photo), target_of(spec.crop_to))
    except Unseen as absent:
        return failed_report(photo, spec, absent.reason)


def _report(portrait: Portrait, findings: list[Finding], rules: Spec) -> Report:
    opened = portrait.photo
    return Report(
        opened.name,
        rules.name,
        tuple(map(portrait.placed, findings)),
        opened.sha256,
        rules.digest,
        {
            "format": opened.format,
            "width": opened.width,
            "height": opened.height,
            "byte_length": opened.byte_length,
        },
        problem=next((DEFECT_TEXT[d.kind] for d in opened.header_defects if d.kind in UNREADABLE), None),
        fingerprint=portrait.known("fingerprint"),
        capture=_capture(portrait),
        timings=portrait.timings,
    )


def _capture(portrait: Portrait) -> Capture:
    """Collect what the rules have asked for; nothing is measured for it."""
    exif, exposure, blur = portrait.photo.exif, portrait.known("exposure"), portrait.known("blur")
    backdrop, colour = portrait.known("backdrop"), None
    if backdrop is not None:
        lightness, green, blue = (round(float(part), 2) for part in backdrop.colour)
        colour = lightness, green, blue
    return Capture(
        None if exif is None else exif.captured,
        colour,
        None if exposure is None else round(exposure.lightness, 2),
        None if blur is None else round(blur, 2),
    )


def _opened(photo: Any) -> Photo:
    return photo.open() if isinstance(photo, Source) else Photo.read(photo)


def failed_report(photo: PhotoSource, spec: Spec, problem: Text) -> Report:
    """Return the report of a photo that could not be checked at all."""
    if isinstance(photo, Source | Photo):
        name = photo.name
    elif isinstance(photo, str | os.PathLike):
        name = shown_name(photo)
    else:
        name = str(getattr(photo, "name", ""))
    return Report(name, spec.name, (), spec_digest=spec.digest, problem=problem)
