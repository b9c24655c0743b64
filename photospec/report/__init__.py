"""What should be said: the findings of a photo, the verdict that follows, and the forms in which it is read."""

from photospec.report._report import Capture, Report, overall_verdict, report_schema

__all__ = ["Capture", "Report", "overall_verdict", "report_schema"]
