"""What a rule is, how it is judged, and how a rule of one's own is made."""

from __future__ import annotations

import dataclasses
import dis
import functools
import importlib
import math
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, cast

from photospec.errors import Obscured, SpecError, Unseen
from photospec.finding import NOTHING, Action, Finding, Level, Mark, Verdict
from photospec.portrait import Portrait
from photospec.rules._telling import Told, doubt, numbers_in_words
from photospec.text import Text

__all__ = ["LimitRule", "Measurement", "Rule", "Say", "rule", "sides_over"]


@dataclass(frozen=True, slots=True)
class Say:
    """A message and its remedy; templates over the finding's named numbers.

    The names are ``value``, ``low``, ``high``, ``margin``, ``unit``, those of `numbers_in_words`, and what
    `Measurement.named` adds.
    """

    message: Text
    remedy: Text = NOTHING
    action: Action | None = None
    """What kind of thing the remedy is, where it is not the rule's `Rule.action`."""


OK = Text("{title}：合格", "{title}: ok")
NOT_OK = Say(Text("{title}不合格：{value} {unit}", "{title} out of limits: {value} {unit}"))


@functools.lru_cache(maxsize=1024)
def _rounded_limits(
    low: float | None, high: float | None, factor: float, digits: int
) -> tuple[float | None, float | None]:
    return None if low is None else round(low * factor, digits), None if high is None else round(high * factor, digits)


def _told(value: float | str | None) -> object:
    return "-" if value is None else value if isinstance(value, str) else Told(value)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a rule measured, before it is judged.

    Parameters
    ----------
    value : float, str or None
        The measured value. Lengths in pixels are in the portrait's frame (see `Portrait.frame`).
    uncertainty : float
        Half width of the band around a limit in which a person must look, in the value's unit.
    where : tuple of Mark
        Places in the portrait's frame.
    case : str
        Key of the rule's `Rule.says` to use instead of the default (``low``, ``high`` or ``fail``).
    named : mapping
        Further values for the message templates.
    verdict : Verdict or None
        The decision, for a rule that has no numeric limits.
    """

    value: float | str | None
    uncertainty: float = 0.0
    where: tuple[Mark, ...] = ()
    case: str = ""
    named: Mapping[str, object] = field(default_factory=dict)
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """One requirement: it reads a portrait's facts and says whether they meet it.

    A subclass sets the class attributes, adds its limits as fields, and defines `measure`. Rules are frozen, so a
    changed limit is a new rule (`dataclasses.replace`).

    Parameters
    ----------
    level : Level
        How binding the rule is.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[Text]
    since: ClassVar[str] = ""
    """The version since which code, name and fields are stable; empty for a preview and for rules of one's own."""
    action: ClassVar[Action] = Action.LOOK
    """What kind of thing mends a photo that fails."""
    clause: ClassVar[str] = "-"
    unit: ClassVar[str] = ""
    digits: ClassVar[int] = 3
    """Decimal places of the value, margin and uncertainty in the finding."""
    preview: ClassVar[bool] = False
    """True while the rule's error rates are not good enough to decide; see the rule's page."""
    source_digest: ClassVar[str] = ""
    """SHA-256 of the file of one's own rules that this one stands in; a changed file is a changed spec."""
    likelihood: ClassVar[bool] = True
    """Whether a value without a unit, up to one, is a likelihood; False for a share or a ratio."""
    says: ClassVar[Mapping[str, Say]] = MappingProxyType({})
    """What to say, by case; ``low``, ``high`` and ``fail`` are the defaults, ``pass`` may be overridden."""

    level: Level = Level.ERROR

    @abstractmethod
    def measure(self, portrait: Portrait) -> Measurement:
        """Read what this rule is about from a portrait.

        Raises
        ------
        Unseen
            The rule does not apply to this photo: the finding says ``skip``.
        Obscured
            The evidence is hidden: the finding says ``review``.
        """

    def judge(self, measured: Measurement, scale: float, unit_scale: float) -> Finding:
        """Turn a measurement into a finding.

        Parameters
        ----------
        measured : Measurement
            What `measure` returned.
        scale : float
            Photo pixels per frame pixel.
        unit_scale : float
            Photo height divided by the 640 px for which pixel limits are stated.
        """
        if measured.verdict is None:
            raise TypeError(f"{type(self).__name__}.measure() must decide a verdict: the rule has no limits")
        value = measured.value
        if value is not None and not isinstance(value, str):
            if not math.isfinite(value):
                raise ValueError(f"measured value is {value}")
            value = round(float(value), self.digits)
        limits = self.reported_limits(unit_scale)
        return self._finding(measured, measured.verdict, scale, value=value, limits=limits)

    def check(self, portrait: Portrait) -> Finding:
        """Check one portrait; never raises for anything in the photo.

        A rule that breaks gives the verdict ``error`` with the exception's words.
        """
        try:
            measured = self.measure(portrait)
            return self.judge(measured, *portrait.scales_if_known)
        except Obscured as hidden:
            return self.hidden(hidden.reason)
        except Unseen as absent:
            return self.skipped(absent.reason)
        except BaseException as broken:  # a broken rule must not lose the other rules' results
            if meant_for_the_process(broken):
                raise
            return self.broken(broken)

    @functools.cached_property
    def _passed(self) -> Text:
        """What most findings say."""
        return OK.format(title=self.title)

    def hidden(self, reason: Text) -> Finding:
        """Return the ``review`` finding for evidence that is hidden."""
        message = Text("{title}：{reason}，需人工确认", "{title}: {reason}; a person must look")
        return self._plain(Verdict.REVIEW, message.format(title=self.title, reason=reason))

    def skipped(self, reason: Text) -> Finding:
        """Return the ``skip`` finding for a rule that does not apply."""
        message = Text("{title}：未检查（{reason}）", "{title}: not checked ({reason})")
        return self._plain(Verdict.SKIP, message.format(title=self.title, reason=reason))

    def broken(self, error: BaseException) -> Finding:
        """Return the ``error`` finding for a rule that broke."""
        message = Text("{title}：检查程序出错（{what}）", "{title}: the check itself broke ({what})")
        what = f"{type(error).__name__}: {words_of(error)}"
        return self._plain(Verdict.ERROR, message.format(title=self.title, what=what))

    def _plain(self, verdict: Verdict, message: Text) -> Finding:
        action = None if verdict is Verdict.SKIP else Action.LOOK
        try:
            limits = self.reported_limits(1.0)
        except Exception:  # a rule of somebody's that is broken here too
            limits = None
        return Finding(
            self.name, self.code, self.level, verdict, message,
            unit=self.unit, limits=limits, title=self.title, action=action,
        )  # fmt: skip

    def reported_limits(self, unit_scale: float) -> tuple[float | None, float | None] | None:  # noqa: ARG002
        """Return the lowest and highest allowed value as findings report them."""
        return None

    def _finding(
        self,
        measured: Measurement,
        verdict: Verdict,
        scale: float,
        *,
        value: float | str | None,
        limits: tuple[float | None, float | None] | None = None,
        margin: float | None = None,
        uncertainty: float | None = None,
        side: str = "fail",
    ) -> Finding:
        remedy, action = NOTHING, None
        if verdict is Verdict.PASS and "pass" not in self.says:
            message = self._passed
        else:
            numbers: dict[str, object] = {
                "title": self.title,
                "value": _told(value),
                "unit": self.unit,
                "margin": _told(None if margin is None else abs(margin)),
                "low": _told(None if limits is None else limits[0]),
                "high": _told(None if limits is None else limits[1]),
                **({} if value is None or isinstance(value, str) else numbers_in_words(value, limits)),
                **measured.named,
            }
            if verdict is Verdict.PASS:
                message = self.says["pass"].message.format(**numbers)
            else:
                say = self.says.get(measured.case) or self.says.get(side) or self.says.get("fail", NOT_OK)
                message, remedy = say.message.format(**numbers), say.remedy.format(**numbers)
                if verdict is not Verdict.SKIP:
                    action = (say.action or self.action) if verdict is Verdict.FAIL else Action.LOOK
            if verdict is Verdict.REVIEW:
                if uncertainty and limits is not None and isinstance(value, float):
                    message = doubt(
                        message, self.title, self.unit, value, limits, uncertainty, likelihood=self.likelihood
                    )
                else:
                    message = Text("需人工确认：", "a person must look: ") + message
        if uncertainty is not None and not 0 <= uncertainty < math.inf:
            raise ValueError(f"the uncertainty of the measured value is {uncertainty}")
        where = tuple([mark.scaled(scale) for mark in measured.where]) if measured.where else ()
        return Finding(
            self.name, self.code, self.level, verdict, message, remedy,
            value, self.unit, limits, margin, uncertainty, where, self.title, action,
        )  # fmt: skip


def guarded(rule: Rule, portrait: Portrait) -> Finding:
    """Check one portrait by a rule whose own `Rule.check` may be broken too."""
    try:
        finding = rule.check(portrait)
        if not isinstance(finding, Finding):
            raise TypeError(f"{type(rule).__name__}.check() must give a Finding, got {type(finding).__name__}")
        return finding
    except BaseException as broken:
        if meant_for_the_process(broken):
            raise
        return rule.broken(broken)


def words_of(error: BaseException) -> str:
    """Return what an exception says, of which at most 300 characters; nothing where it cannot say it."""
    try:
        return str(error)[:300]
    except Exception:
        return ""


def meant_for_the_process(error: BaseException) -> bool:
    """Tell Ctrl-C and what a signal handler raises, which must end the process, from what a rule raises by itself.

    A rule that calls ``sys.exit()`` is broken; a server that is told to stop while it checks a photo is not.
    """
    if isinstance(error, Exception):
        return False
    innermost, place = None, -1
    handlers = _signal_handlers()
    trace = error.__traceback__
    while trace is not None:
        innermost, place = trace.tb_frame.f_code, trace.tb_lasti
        if innermost in handlers:
            return True
        trace = trace.tb_next
    if isinstance(error, SystemExit | GeneratorExit):
        return False
    # Python's own handler raises from nowhere: whatever stood there, it was no ``raise``
    return innermost is None or innermost.co_code[place] not in _RAISING


_RAISING = frozenset(dis.opmap[name] for name in ("RAISE_VARARGS", "RERAISE"))


def _signal_handlers() -> set[object]:
    """Return the code of the functions that handle signals in this process."""
    functions = (signal.getsignal(number) for number in signal.valid_signals())
    codes = {getattr(getattr(function, "__func__", function), "__code__", None) for function in functions}
    return codes - {None}


@dataclass(frozen=True, kw_only=True)
class LimitRule(Rule):
    """A rule whose value must lie between limits.

    Parameters
    ----------
    low, high : float or None
        Lowest and highest allowed value; None is no limit. Where `unit` is ``px`` they are stated for a photo
        640 px high and scale with the photo's height.
    """

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for side in ("low", "high"):
            limit = getattr(self, side)
            if limit is None:
                continue
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
                raise SpecError(
                    Text(
                        f"{self.name}：{side} 应为有限的数，得到 {limit!r}",
                        f"{self.name}: {side} must be a finite number, got {limit!r}",
                    )
                )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise SpecError(
                Text(
                    f"{self.name}：low = {self.low} 大于 high = {self.high}，没有照片能合格",
                    f"{self.name}: low = {self.low} is above high = {self.high}: nothing could pass",
                )
            )

    def reported_limits(self, unit_scale: float) -> tuple[float | None, float | None]:
        return _rounded_limits(self.low, self.high, unit_scale if self.unit == "px" else 1.0, self.digits)

    def judge(self, measured: Measurement, scale: float, unit_scale: float) -> Finding:
        if measured.verdict is not None:
            return super().judge(measured, scale, unit_scale)
        if isinstance(measured.value, str) or measured.value is None:
            raise TypeError(f"{type(self).__name__}.measure() must give a number, got {measured.value!r}")
        to_photo = scale if self.unit == "px" else 1.0
        value = float(measured.value) * to_photo
        uncertainty = float(measured.uncertainty) * to_photo
        if not math.isfinite(value):
            raise ValueError(f"measured value is {value}")
        limits = low, high = self.reported_limits(unit_scale)
        below = math.inf if low is None else value - low
        above = math.inf if high is None else high - value
        margin = min(below, above)
        side = "low" if below < above else "high"
        if margin > uncertainty or (margin >= 0 and uncertainty == 0):
            verdict = Verdict.PASS
        elif margin < -uncertainty:
            verdict = Verdict.FAIL
        else:
            verdict = Verdict.REVIEW
        return self._finding(
            measured,
            verdict,
            scale,
            value=round(value, self.digits),
            limits=limits,
            margin=None if math.isinf(margin) else round(margin, self.digits),
            uncertainty=round(uncertainty, self.digits),
            side=side,
        )


@dataclass(frozen=True, kw_only=True)
class FunctionRule(LimitRule):
    """A rule made by `rule` from a function; it pickles by the name that the decorated function has."""

    function: ClassVar[Callable[[Portrait], float | Measurement]]

    def measure(self, portrait: Portrait) -> Measurement:
        measured = type(self).function(portrait)
        return measured if isinstance(measured, Measurement) else Measurement(float(measured))

    def __reduce__(self) -> tuple[Callable[..., Rule], tuple[object, ...]]:
        changes = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return _named_rule, (type(self).function.__module__, type(self).function.__qualname__, changes)


def _named_rule(module: str, qualname: str, changes: Mapping[str, object]) -> Rule:
    found: object = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    if not isinstance(found, Rule):
        raise TypeError(f"{module}.{qualname} is not a rule any more")
    return dataclasses.replace(found, **changes)  # type: ignore[arg-type]


def rule(
    *,
    code: str,
    name: str,
    title: Text | str | None = None,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    level: Level = Level.ERROR,
    message: Text | str | None = None,
    remedy: Text | str = "",
    action: Action = Action.LOOK,
    clause: str = "-",
) -> Callable[[Callable[[Portrait], float | Measurement]], LimitRule]:
    """Make a rule of one's own from a function that measures.

    Parameters
    ----------
    code, name : str
        Stable code and name, unlike any other rule's.
    title, message, remedy : Text or str
        What is checked, what to say when it fails, what to do then. A plain string serves both languages.
    low, high : float or None
        Lowest and highest allowed value.
    unit, level, action, clause
        As on `Rule`.

    Returns
    -------
    callable
        A decorator: it takes ``measure(portrait) -> float | Measurement`` and gives a `LimitRule` to put in a `Spec`.

    Examples
    --------
    >>> from photospec import rule
    >>> @rule(code="SCH001", name="sides-even", high=1.2, message="one side is {value} times as bright")
    ... def sides_even(portrait):
    ...     left, right = portrait.grey[:, :240].mean(), portrait.grey[:, 240:].mean()
    ...     return max(left, right) / max(min(left, right), 1)
    >>> sides_even.name
    'sides-even'
    """

    def both(words: Text | str) -> Text:
        return words if isinstance(words, Text) else Text(words, words)

    heading = both(title) if title is not None else both(name)
    said = both(message) if message is not None else Text("{title}：{value} {unit}", "{title}: {value} {unit}")
    identity = {"code": code, "name": name, "title": heading, "action": action, "clause": clause, "unit": unit}

    def decorate(measure: Callable[[Portrait], float | Measurement]) -> LimitRule:
        namespace = {
            **identity,
            "__doc__": measure.__doc__,
            "__module__": measure.__module__,
            "says": MappingProxyType({"fail": Say(said, both(remedy))}),
            "function": staticmethod(measure),
        }
        made = type(measure.__name__, (FunctionRule,), namespace)
        return cast(LimitRule, made(low=low, high=high, level=level))

    return decorate


def sides_over(values: tuple[float, float], limit: float | None) -> tuple[int, ...]:
    """Return which of left (0) and right (1) are over a limit, or else the worse one."""
    over = tuple(side for side in (0, 1) if limit is not None and values[side] > limit)
    return over or (int(values[1] > values[0]),)
