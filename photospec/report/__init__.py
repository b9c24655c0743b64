"""What should be said: the findings of a photo, the verdict that follows, and the forms in which it is read."""

from photospec.report._report import Capture, Report, overall_verdict, report_schema
from photospec.report.decision import Decision, Ruling

__all__ = ["Capture", "Decision", "Report", "Ruling", "overall_verdict", "report_schema"]
