"""Check one photo."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

from photospec import photo as photo_room
from photospec.errors import Unseen
from photospec.finding import Finding
from photospec.photo import DEFECT_TEXT, DefectKind, Photo
from photospec.portrait import Portrait
from photospec.report import Capture, Report
from photospec.sources import Source, shown_name
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

__all__ = ["PhotoSource", "check", "failed_report"]

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
    try:
        opened = photo if isinstance(photo, Photo) else _opened(photo)
    except Unseen as absent:
        return failed_report(photo, rules, absent.reason)
    portrait = Portrait(opened)
    findings = tuple(portrait.timed(rule.code, lambda rule=rule: rule.check(portrait)) for rule in rules)  # type: ignore[misc]
    return Report(
        opened.name,
        rules.name,
        findings,
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
        capture=_capture(portrait, findings),
        timings=portrait.timings,
    )


def _capture(portrait: Portrait, findings: tuple[Finding, ...]) -> Capture:
    """Collect what the rules had to look at anyway; nothing is measured for it."""
    exif, backdrop, skin = portrait.photo.exif, portrait.known("backdrop"), portrait.known("skin")
    focus = next((f.value for f in findings if f.rule == "sharpness"), None)
    return Capture(
        time=None if exif is None else exif.captured,
        backdrop=None if backdrop is None else (*(round(float(v), 2) for v in backdrop.colour),),  # type: ignore[arg-type]
        light=None if skin is None else round(float(skin.colour[0]), 2),
        sharpness=focus if isinstance(focus, float) else None,
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
