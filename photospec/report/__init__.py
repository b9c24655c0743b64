"""What should be said: the findings of a photo, the verdict that follows, and the forms in which it is read."""

from photospec.report._report import (
    SCHEMA_VERSION,
    Capture,
    Report,
    overall_action,
    overall_verdict,
    report_schema,
)
from photospec.report.decision import Decision, Ruling

__all__ = [
    "SCHEMA_VERSION",
    "Capture",
    "Decision",
    "Report",
    "Ruling",
    "overall_action",
    "overall_verdict",
    "report_schema",
]
