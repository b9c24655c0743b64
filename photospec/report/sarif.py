"""Reports as SARIF 2.1.0, the exchange format of static analysis, which code hosts and editors show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from photospec import __version__
from photospec.finding import Finding, Level, Verdict
from photospec.report._report import Report
from photospec.report.row import says_something
from photospec.report.writer import LineWriter, ReportOptions, Target

if TYPE_CHECKING:
    from photospec.batch.session import Summary

__all__ = ["SarifWriter"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "note"}


class SarifWriter(LineWriter):
    """One run; a result for each finding that does not pass, a notification for each photo that cannot be checked.

    References
    ----------
    .. [1] OASIS, *Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01*, 2023.
    """

    def __init__(self, target: Target, options: ReportOptions) -> None:
        super().__init__(target, options)
        self._rules: dict[str, dict[str, Any]] = {}
        self._notes: list[dict[str, Any]] = []
        self._first = True
        start = {"$schema": SCHEMA, "version": "2.1.0"}
        # results come first, one a line as they are found; what describes them can only be known at the end
        self.file.write(json.dumps(start)[:-1] + ', "runs": [{"columnKind": "unicodeCodePoints", "results": [\n')

    def add(self, report: Report) -> None:
        if report.problem is not None:
            self._notes.append(
                {
                    "level": "error",
                    "message": {"text": self.options.say(report.problem)},
                    "locations": [self._location(report)],
                }
            )
            return
        for finding in report.findings:
            if says_something(finding):
                self.file.write(("" if self._first else ",\n") + _json(self._result(report, finding)))
                self._first = False

    def _result(self, report: Report, finding: Finding) -> dict[str, Any]:
        number = len(self._rules)
        rule = self._rules.setdefault(finding.code, {"id": finding.code, "name": _pascal(finding.rule)})
        if len(self._rules) > number:
            rule["shortDescription"] = {"text": self.options.say(finding.title) or finding.rule}
            rule["defaultConfiguration"] = {"level": LEVELS[finding.level]}
        said = (self.options.say(words) for words in (finding.message, finding.remedy))
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": list(self._rules).index(finding.code),
            "kind": "fail" if finding.verdict is not Verdict.REVIEW else "review",
            "level": LEVELS[finding.level] if finding.verdict is not Verdict.REVIEW else "none",
            "message": {"text": " → ".join(words for words in said if words)},
            "locations": [self._location(report)],
        }
        facts = {
            "value": finding.value,
            "unit": finding.unit,
            "limits": None if finding.limits is None else list(finding.limits),
            "uncertainty": finding.uncertainty,
            "action": None if finding.action is None else str(finding.action),
        }
        result["properties"] = {name: value for name, value in facts.items() if value not in (None, "")}
        if report.sha256 is not None:
            result["partialFingerprints"] = {"photo/sha256": report.sha256}
        return result

    def _location(self, report: Report) -> dict[str, Any]:
        uri = quote(self.options.privacy.text(report.path).replace("\\", "/"), safe="/*")
        return {"physicalLocation": {"artifactLocation": {"uri": uri}}}

    def finish(self, summary: Summary | None) -> None:
        driver = {
            "name": "photospec",
            "version": __version__,
            "semanticVersion": __version__,
            "language": "zh-CN" if self.options.language == "zh" else "en",
            "rules": list(self._rules.values()),
        }
        invocation: dict[str, Any] = {"executionSuccessful": not self._notes}
        if self._notes:
            invocation["toolExecutionNotifications"] = self._notes
        rest: dict[str, Any] = {"tool": {"driver": driver}, "invocations": [invocation]}
        if summary is not None:
            rest["properties"] = {"verdicts": dict(summary.verdicts), "missing": len(summary.absent)}
        self.file.write("\n], " + _json(rest)[1:-1] + "}]}\n")


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, allow_nan=False)


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
