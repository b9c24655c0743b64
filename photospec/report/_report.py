"""What should be said of a photo: the findings and the verdict that follows from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photospec.finding import Action, Finding, Level, Verdict
from photospec.person import Person, Privacy
from photospec.report.decision import Decision, Ruling
from photospec.text import Language, Languages, Text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from photospec.photo._photo import PhotoSource
    from photospec.portrait.fingerprint import Fingerprint

__all__ = ["SCHEMA_VERSION", "Capture", "Report", "overall_action", "overall_verdict", "report_schema"]

SCHEMA_VERSION = "1.1"
"""Of the JSON object: the second number grows with each new field, the first when a field changes or goes."""

_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON allows unescaped but a terminal, a line reader or a UTF-8 encoder does not take well."""


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


def _hinders(finding: Finding) -> bool:
    """Return whether a finding keeps its photo from passing."""
    if finding.level is Level.ERROR:
        return finding.verdict in (Verdict.FAIL, Verdict.REVIEW, Verdict.ERROR)
    warned = finding.level is Level.WARNING and finding.verdict is Verdict.FAIL
    return warned or finding.verdict is Verdict.ERROR


def overall_action(findings: tuple[Finding, ...]) -> Action | None:
    """Return what must be done about a photo: the dearest action among the findings that keep it from passing.

    Advice counts for nothing, nor do warnings that cannot tell. A warning alone calls nobody back: where its remedy is
    another shot, a person decides (``look``).
    """
    asked: list[Action | None] = []
    for finding in findings:
        binding = finding.level is Level.ERROR and finding.verdict in (Verdict.FAIL, Verdict.REVIEW)
        if binding or finding.verdict is Verdict.ERROR:
            asked.append(finding.action)
        elif finding.level is Level.WARNING and finding.verdict is Verdict.FAIL:
            asked.append(Action.LOOK if finding.action is Action.RESHOOT else finding.action)
    return Action.dearest(asked)


@dataclass(frozen=True, slots=True)
class Capture:
    """What a photo tells of the studio; None where no rule asked for it.

    Parameters
    ----------
    time : datetime or None
        When it was taken, as the camera wrote it.
    backdrop : (float, float, float) or None
        Median colour of the backdrop, CIELAB.
    light : float or None
        Lightness L* of the face, 0 to 100.
    sharpness : float or None
        Blur at the face, in pixels of a photo 640 px high; see `Portrait.blur`.
    """

    time: datetime | None = None
    backdrop: tuple[float, float, float] | None = None
    light: float | None = None
    sharpness: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready values; the time in ISO 8601."""
        return {
            "time": None if self.time is None else self.time.isoformat(),
            "backdrop": None if self.backdrop is None else list(self.backdrop),
            "light": self.light,
            "sharpness": self.sharpness,
        }


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
    photo : mapping
        ``format``, ``width``, ``height`` and ``byte_length`` of the file, None where unknown.
    problem : Text or None
        Why the photo could not be checked at all; its verdict is then ``error``.
    fingerprint : Fingerprint or None
        What tells the picture from others, where the spec looks for repeated photos.
    capture : Capture
        What the photo tells of the studio.
    decision : Decision or None
        What a person decided of it (`photospec.batch.decisions.Decisions.apply`).
    person : Person or None
        Whose photo it is by the roster that a `Session` was given; never in JSON.
    timings : mapping of str to float
        Seconds that each fact and rule took.
    """

    path: str
    spec: str
    findings: tuple[Finding, ...]
    sha256: str | None = None
    spec_digest: str = ""
    photo: Mapping[str, str | int | None] = field(default_factory=dict)
    problem: Text | None = None
    fingerprint: Fingerprint | None = None
    capture: Capture = Capture()
    decision: Decision | None = None
    person: Person | None = None
    timings: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The machine's verdict, whatever a person decided."""
        return Verdict.ERROR if self.problem is not None else overall_verdict(self.findings)

    @property
    def outcome(self) -> Verdict:
        """What counts: the person's decision (``pass`` or ``fail``) where there is one, else the machine's verdict."""
        if self.decision is None:
            return self.verdict
        return Verdict.PASS if self.decision.ruling is Ruling.ACCEPT else Verdict.FAIL

    @property
    def action(self) -> Action | None:
        """What must be done about the photo, None where its outcome is ``pass``.

        That of the findings (`overall_action`), ``look`` with a `problem`. A photo that a person refused need not be
        looked at again: where the findings ask for nothing else it is ``reshoot``.
        """
        if self.outcome is Verdict.PASS:
            return None
        action = Action.LOOK if self.problem is not None else overall_action(self.findings)
        return Action.RESHOOT if self.decision is not None and action in (None, Action.LOOK) else action

    @property
    def ok(self) -> bool:
        """True where the outcome is ``pass``."""
        return self.outcome is Verdict.PASS

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that keep the photo from passing; none where its verdict is ``pass``."""
        return tuple(f for f in self.findings if _hinders(f))

    def draw(
        self, photo: PhotoSource | None = None, *, language: Language = "zh", privacy: Privacy = Privacy.MASKED
    ) -> npt.NDArray[np.uint8]:
        """Draw the report on its photo: bands that are allowed, what was measured, and what is wrong in words.

        Parameters
        ----------
        photo : what `photospec.Photo.read` takes, or a Photo, optional
            The photo; by default the file that the report names. One that cannot be read leaves its place grey.
        language : {"zh", "en"}
            Language of every word.
        privacy : Privacy
            What to show of identity numbers.

        Returns
        -------
        (960, W, 3) uint8 array
            RGB, the photo with a panel of words beside it.

        Raises
        ------
        PhotospecError
            No font with Chinese signs was found; the extra ``print`` brings one.

        Examples
        --------
        >>> from photospec import check
        >>> check("gone.jpg").draw().shape
        (960, 1240, 3)
        """
        from photospec.errors import Unseen
        from photospec.photo import Photo
        from photospec.report.drawing import draw

        source = self.path if photo is None else photo
        try:
            pixels = (source if isinstance(source, Photo) else Photo.read(source)).pixels
        except Unseen:
            pixels = None
        return draw(self, pixels, language=language, privacy=privacy)

    def __getitem__(self, rule: str) -> Finding:
        """Return the finding of a rule, by its name or code."""
        for finding in self.findings:
            if rule in (finding.rule, finding.code):
                return finding
        raise KeyError(f"no rule {rule!r} in this report")

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Report:
        """Return the report of a JSON object as `to_json` makes it.

        One made with ``language="both"`` gives the same report again, but for places in the picture, which JSON has to
        a tenth of a pixel. Words that stand in one language serve both.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is no such object; validate it with `report_schema` first where it may be somebody else's.
        """
        from photospec.portrait.fingerprint import Fingerprint

        capture, mark, problem = values["capture"], values["fingerprint"], values["problem"]
        decided = values.get("decision")
        time, backdrop = capture["time"], capture["backdrop"]
        return cls(
            path=values["path"],
            spec=values["spec"],
            findings=tuple(Finding.from_json(finding) for finding in values["findings"]),
            sha256=values["sha256"],
            spec_digest=values["spec_digest"],
            photo=values["photo"],
            problem=None if problem is None else Text.from_json(problem),
            fingerprint=None if mark is None else Fingerprint(**mark),
            capture=Capture(
                time=None if time is None else datetime.fromisoformat(time),
                backdrop=None if backdrop is None else (backdrop[0], backdrop[1], backdrop[2]),
                light=capture["light"],
                sharpness=capture["sharpness"],
            ),
            decision=None if decided is None else Decision.from_json(decided),
            timings={name: ms / 1000 for name, ms in values.get("timings", {}).items()},
        )

    def to_json(self, language: Languages = "zh", *, compact: bool = False, timings: bool = False) -> dict[str, Any]:
        """Return the report as the JSON object of the public contract (`report_schema`).

        Parameters
        ----------
        language : {"zh", "en", "both"}
            Language of titles, messages, remedies and `problem`; with ``both`` each is an object ``{"zh", "en"}``.
        compact : bool
            Leave out the findings that pass; the verdict and all else stays.
        timings : bool
            Add ``timings``: milliseconds that each fact and rule took.
        """
        line: dict[str, Any] = {
            "path": self.path,
            "verdict": str(self.verdict),
            "outcome": str(self.outcome),
            "action": None if self.action is None else str(self.action),
            "version": SCHEMA_VERSION,
            "spec": self.spec,
            "spec_digest": self.spec_digest,
            "sha256": self.sha256,
            "photo": {key: self.photo.get(key) for key in ("format", "width", "height", "byte_length")},
            "problem": None if self.problem is None else self.problem.to_json(language),
            "fingerprint": None if self.fingerprint is None else asdict(self.fingerprint),
            "capture": self.capture.to_json(),
            "decision": None if self.decision is None else self.decision.to_json(),
            "findings": [
                finding.to_json(language)
                for finding in self.findings
                if not (compact and finding.verdict is Verdict.PASS)
            ],
        }
        if timings:
            line["timings"] = {name: round(1000 * seconds, 3) for name, seconds in self.timings.items()}
        return line

    def to_json_line(self, language: Languages = "zh", *, compact: bool = False, timings: bool = False) -> str:
        """Return `to_json` as one line of JSON, without its line feed.

        The line is valid UTF-8 and safe to show: control characters, marks of writing direction, line separators and
        lone surrogates are escaped. Equal reports give equal lines, but for timings.
        """
        line = json.dumps(self.to_json(language, compact=compact, timings=timings), ensure_ascii=False, allow_nan=False)
        return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `Report.to_json`."""
    schema: dict[str, Any] = json.loads(Path(__file__).with_name("report.schema.json").read_text("utf-8"))
    return schema
