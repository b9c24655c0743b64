"""Reports as a flat table: one row a finding, every field in a column of its own, for pandas, DuckDB and Parquet.

The rows are made by plain Python, so that this module needs nothing but the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from photospec.report import Report
from photospec.text import Languages

__all__ = ["columns", "finding_rows"]

Value = str | int | float | None

PHOTO: Mapping[str, type] = {
    "path": str,
    "photo_verdict": str,
    "photo_outcome": str,
    "photo_action": str,
    "spec": str,
    "spec_digest": str,
    "sha256": str,
    "format": str,
    "width": int,
    "height": int,
    "byte_length": int,
    "problem": str,
    "fingerprint_pixels": str,
    "fingerprint_look": str,
    "capture_time": str,
    "backdrop_l": float,
    "backdrop_a": float,
    "backdrop_b": float,
    "light": float,
    "sharpness": float,
    "decision": str,
    "decision_reason": str,
    "decided_by": str,
    "decided_at": str,
}
"""What a photo has, the same in each of its rows."""

FINDING: Mapping[str, type] = {
    "rule": str,
    "code": str,
    "title": str,
    "level": str,
    "verdict": str,
    "action": str,
    "value": float,
    "value_text": str,
    "unit": str,
    "low": float,
    "high": float,
    "margin": float,
    "uncertainty": float,
    "where": str,
    "message": str,
    "remedy": str,
}
"""What a finding has."""

WORDS = ("problem", "title", "message", "remedy")


def columns(language: Languages = "zh") -> dict[str, type]:
    """Return the columns of the table, in order, with ``str``, ``int`` or ``float``; each value may be None.

    Parameters
    ----------
    language : {"zh", "en", "both"}
        With ``both``, the columns ``problem``, ``title``, ``message`` and ``remedy`` are two each: ``title_zh``,
        ``title_en`` and so on.
    """
    names = [(name, kind) for part in (PHOTO, FINDING) for name, kind in part.items()]
    if language != "both":
        return dict(names)
    return {each: kind for name, kind in names for each in (_both(name) if name in WORDS else (name,))}


def finding_rows(
    reports: Iterable[Report], *, language: Languages = "zh", compact: bool = False
) -> Iterator[dict[str, Value]]:
    """Yield the rows of the table, one for each finding.

    Parameters
    ----------
    reports : iterable of Report
        May be endless.
    language : {"zh", "en", "both"}
        Language of the words; see `columns`.
    compact : bool
        Leave out the findings that pass.

    Yields
    ------
    dict
        A value for each of `columns`. Where a measured value is a number it is in ``value``, where it is a word in
        ``value_text``; ``where`` is JSON as in the line. A photo without findings, such as one that could not be read,
        has one row in which ``rule`` and all that a finding has is None, so that no photo is lost.

    Examples
    --------
    >>> from photospec import check
    >>> rows = list(finding_rows([check("gone.jpg")], language="en"))
    >>> rows[0]["photo_verdict"], rows[0]["problem"]
    ('error', 'the file does not exist')
    """
    for report in reports:
        line = report.to_json(language, compact=compact)
        photo = _photo(line)
        for finding in line["findings"] or [None]:
            row = {**photo, **(dict.fromkeys(FINDING) if finding is None else _finding(finding))}
            yield row if language != "both" else _in_both(row)


def _photo(line: Mapping[str, Any]) -> dict[str, Any]:
    fingerprint, capture, decision = line["fingerprint"] or {}, line["capture"], line["decision"] or {}
    lightness, green, blue = capture["backdrop"] or (None, None, None)
    return {
        "path": line["path"],
        "photo_verdict": line["verdict"],
        "photo_outcome": line["outcome"],
        "photo_action": line["action"],
        "spec": line["spec"],
        "spec_digest": line["spec_digest"],
        "sha256": line["sha256"],
        **line["photo"],
        "problem": line["problem"],
        "fingerprint_pixels": fingerprint.get("pixels"),
        "fingerprint_look": fingerprint.get("look"),
        "capture_time": capture["time"],
        "backdrop_l": lightness,
        "backdrop_a": green,
        "backdrop_b": blue,
        "light": capture["light"],
        "sharpness": capture["sharpness"],
        "decision": decision.get("ruling"),
        "decision_reason": decision.get("reason"),
        "decided_by": decision.get("who"),
        "decided_at": decision.get("when"),
    }


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    value = finding["value"]
    low, high = finding["limits"] or (None, None)
    return {
        **{name: finding[name] for name in ("rule", "code", "title", "level", "verdict", "action")},
        "value": None if isinstance(value, str) else value,
        "value_text": value if isinstance(value, str) else None,
        "unit": finding["unit"],
        "low": low,
        "high": high,
        **{name: finding[name] for name in ("margin", "uncertainty")},
        "where": json.dumps(finding["where"]),
        **{name: finding[name] for name in ("message", "remedy")},
    }


def _in_both(row: dict[str, Any]) -> dict[str, Any]:
    """Give the words of each language a column of their own."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if name in WORDS:
            out |= dict(zip(_both(name), (None, None) if value is None else (value["zh"], value["en"]), strict=True))
        else:
            out[name] = value
    return out


def _both(name: str) -> tuple[str, str]:
    return f"{name}_zh", f"{name}_en"
