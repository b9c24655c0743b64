"""photospec: checks ID photos against a standard, offline, and says what is wrong and what to do.

>>> from photospec import check
>>> report = check("missing.jpg")
>>> print(report.verdict)
error
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "photospec.batch": ("check", "check_many"),
    "photospec.batch.decisions": ("Decisions",),
    "photospec.batch.waivers": ("Waiver", "Waivers"),
    "photospec.errors": ("PhotospecError", "SpecError"),
    "photospec.finding": ("Action", "Finding", "Level", "Mark", "MarkKind", "Verdict"),
    "photospec.person": ("Person", "Privacy"),
    "photospec.photo": ("Photo", "ReadLimits"),
    "photospec.portrait": ("Portrait",),
    "photospec.report": ("Decision", "Report", "Ruling"),
    "photospec.report.writer": ("ReportOptions", "Writer", "open_report"),
    "photospec.rules": ("LimitRule", "Measurement", "Rule", "Say", "rule"),
    "photospec.rules.explanation": ("explain",),
    "photospec.rules._compose": ("all_of", "any_of", "negate", "when"),
    "photospec.batch.album": ("Album",),
    "photospec.batch.roster": ("Roster", "RosterError", "read_roster"),
    "photospec.batch.run": ("BatchRun",),
    "photospec.batch.session": ("Session", "Summary"),
    "photospec.batch.sources": ("Source", "find_sources"),
    "photospec.capture.crop": ("Crop", "CropError", "crop"),
    "photospec.spec": ("PluginWarning", "Provenance", "Spec", "catalogue", "waive"),
    "photospec.specs": ("load_spec", "spec_names"),
    "photospec.text": ("Text",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Action",
    "Album",
    "BatchRun",
    "Crop",
    "CropError",
    "Decision",
    "Decisions",
    "Finding",
    "Level",
    "LimitRule",
    "Mark",
    "MarkKind",
    "Measurement",
    "Person",
    "Photo",
    "PhotospecError",
    "PluginWarning",
    "Portrait",
    "Privacy",
    "Provenance",
    "ReadLimits",
    "Report",
    "ReportOptions",
    "Roster",
    "RosterError",
    "Rule",
    "Ruling",
    "Say",
    "Session",
    "Source",
    "Spec",
    "SpecError",
    "Summary",
    "Text",
    "Verdict",
    "Waiver",
    "Waivers",
    "Writer",
    "__version__",
    "all_of",
    "any_of",
    "catalogue",
    "check",
    "check_many",
    "crop",
    "explain",
    "find_sources",
    "load_spec",
    "negate",
    "open_report",
    "read_roster",
    "rule",
    "spec_names",
    "waive",
    "when",
]

if TYPE_CHECKING:
    from photospec.batch import check, check_many
    from photospec.batch.album import Album
    from photospec.batch.decisions import Decisions
    from photospec.batch.roster import Roster, RosterError, read_roster
    from photospec.batch.run import BatchRun
    from photospec.batch.session import Session, Summary
    from photospec.batch.sources import Source, find_sources
    from photospec.batch.waivers import Waiver, Waivers
    from photospec.capture.crop import Crop, CropError, crop
    from photospec.errors import PhotospecError, SpecError
    from photospec.finding import Action, Finding, Level, Mark, MarkKind, Verdict
    from photospec.person import Person, Privacy
    from photospec.photo import Photo, ReadLimits
    from photospec.portrait import Portrait
    from photospec.report import Decision, Report, Ruling
    from photospec.report.writer import ReportOptions, Writer, open_report
    from photospec.rules import LimitRule, Measurement, Rule, Say, rule
    from photospec.rules._compose import all_of, any_of, negate, when
    from photospec.rules.explanation import explain
    from photospec.spec import PluginWarning, Provenance, Spec, catalogue, waive
    from photospec.specs import load_spec, spec_names
    from photospec.text import Text


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import photospec`` alone costs nothing."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'photospec' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(home), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
