"""Where photos are checked: one, many on all cores or any executor; where they come from; what only a batch can say."""

from photospec.batch._check import PhotoSource, check, check_together, failed_report
from photospec.batch._many import check_many, usable_cores

__all__ = ["PhotoSource", "check", "check_many", "check_together", "failed_report", "usable_cores"]
