"""Reports as workflow commands of GitHub Actions, which shows them beside the files of a change."""

from __future__ import annotations

from photospec.finding import Verdict
from photospec.report._report import Report
from photospec.report.row import says_something
from photospec.report.writer import LineWriter

__all__ = ["GitHubWriter"]

_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = _MESSAGE | {":": "%3A", ",": "%2C"}


class GitHubWriter(LineWriter):
    """One command a finding: ``::error`` where the photo must not pass, ``::warning`` where a person must look.

    References
    ----------
    .. [1] GitHub Docs, *Workflow commands for GitHub Actions*; escapes as in ``actions/toolkit``, command.ts.
    """

    def add(self, report: Report) -> None:
        if report.problem is not None:
            self._command("error", report.path, "photospec", self.options.say(report.problem))
            return
        for finding in report.findings:
            if says_something(finding):
                binding = finding.verdict is Verdict.ERROR or report.verdict is finding.verdict is Verdict.FAIL
                kind = "error" if binding and finding.level == "error" else "warning"
                said = (self.options.say(words) for words in (finding.message, finding.remedy))
                title = f"{finding.code} {finding.rule}"
                self._command(kind, report.path, title, " → ".join(words for words in said if words))

    def _command(self, kind: str, path: str, title: str, message: str) -> None:
        shown = _escaped(self.options.privacy.text(path), _PROPERTY)
        self.file.write(f"::{kind} file={shown},title={_escaped(title, _PROPERTY)}::{_escaped(message, _MESSAGE)}\n")


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
