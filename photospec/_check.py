"""Check one photo."""

from __future__ import annotations

from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.report import Report
from photospec.spec import Spec, everything

__all__ = ["check"]


def check(photo: Photo, spec: Spec | None = None) -> Report:
    """Check one photo against a spec.

    Parameters
    ----------
    photo : Photo
        The photo.
    spec : Spec, optional
        The rules; by default the diploma standard.

    Returns
    -------
    Report
    """
    spec = spec if spec is not None else everything()
    portrait = Portrait(photo)
    findings = tuple(portrait.timed(rule.code, lambda rule=rule: rule.check(portrait)) for rule in spec.rules)  # type: ignore[misc]
    return Report(photo.name, spec.name, findings, photo.sha256, timings=portrait.timings)
