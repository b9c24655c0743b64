"""An assertion for a school's own tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from photospec.text import Language

if TYPE_CHECKING:
    from photospec.batch._check import PhotoSource
    from photospec.report import Report
    from photospec.spec import Spec

__all__ = ["assert_photo"]


def assert_photo(
    photo: PhotoSource, spec: Spec | str | os.PathLike[str] = "cn-diploma-2017", *, language: Language = "zh"
) -> Report:
    """Assert that a photo passes a spec.

    Parameters
    ----------
    photo
        What `photospec.check` takes.
    spec : Spec, str or path-like
        The rules.
    language : {"zh", "en"}
        Language of the words.

    Returns
    -------
    Report
        Of the photo that passed.

    Raises
    ------
    AssertionError
        The photo did not pass; the message names each finding with its remedy.
    """
    __tracebackhide__ = True
    from photospec.batch._check import check
    from photospec.report.text import describe

    report = check(photo, spec)
    if not report.ok:
        raise AssertionError(describe(report, language))
    return report
