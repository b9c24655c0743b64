"""What should be said of a photo: the findings and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from photospec.finding import Finding, Level, Verdict
from photospec.text import Language

__all__ = ["Report", "overall_verdict"]


def overall_verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict of a photo from those of its findings.

    ``error`` if any finding is; ``fail`` if an error-level rule fails; ``review`` if an error-level rule says review
    or a warning-level rule fails; else ``pass``.
    """
    if any(f.verdict is Verdict.ERROR for f in findings):
        return Verdict.ERROR
    if any(f.verdict is Verdict.FAIL and f.level is Level.ERROR for f in findings):
        return Verdict.FAIL
    if any(
        (f.verdict is Verdict.REVIEW and f.level is Level.ERROR)
        or (f.verdict is Verdict.FAIL and f.level is Level.WARNING)
        for f in findings
    ):
        return Verdict.REVIEW
    return Verdict.PASS


@dataclass(frozen=True)
class Report:
    """What one spec says of one photo.

    Parameters
    ----------
    path : str
        The photo's name or path, as it was given.
    spec : str
        Name of the spec.
    findings : tuple of Finding
        One for each rule, in the spec's order.
    sha256 : str or None
        Hash of the file's bytes, where it was a file.
    spec_digest : str
        Hash of the spec's rules and limits.
    timings : mapping of str to float
        Seconds that each fact and rule took.
    """

    path: str
    spec: str
    findings: tuple[Finding, ...]
    sha256: str | None = None
    spec_digest: str = ""
    timings: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The photo's verdict."""
        return overall_verdict(self.findings)

    @property
    def ok(self) -> bool:
        """True where the verdict is ``pass``."""
        return self.verdict is Verdict.PASS

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that need somebody to act: every verdict but ``pass`` and ``skip``."""
        return tuple(f for f in self.findings if f.verdict not in (Verdict.PASS, Verdict.SKIP))

    def __getitem__(self, rule: str) -> Finding:
        """Return the finding of a rule, by its name or code."""
        for finding in self.findings:
            if rule in (finding.rule, finding.code):
                return finding
        raise KeyError(f"no rule {rule!r} in this report")

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def to_json(self, language: Language = "zh") -> dict[str, Any]:
        """Return the report as the JSON object of the public contract (``photospec/report.schema.json``)."""
        return {
            "path": self.path,
            "verdict": str(self.verdict),
            "spec": self.spec,
            "spec_digest": self.spec_digest,
            "sha256": self.sha256,
            "findings": [finding.to_json(language) for finding in self.findings],
        }
