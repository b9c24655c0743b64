"""Whatever a rule does, it costs its own finding; what is meant for the process reaches the process."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from photospec import Finding, LimitRule, Mark, Measurement, Portrait, Spec, Text, Verdict, any_of, check, check_many

PHOTO = np.full((64, 48, 3), 200, np.uint8)


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class LongError(Exception):
    def __str__(self) -> str:
        return "x" * 10_000_000


def rule_that(act: Callable[[], object]) -> LimitRule:
    @dataclass(frozen=True, kw_only=True)
    class Hostile(LimitRule):
        code: ClassVar[str] = "TST001"
        name: ClassVar[str] = "hostile"
        title: ClassVar[Text] = Text("坏规则", "hostile")

        def measure(self, portrait: Portrait) -> Measurement:  # noqa: ARG002
            found = act()
            return found if isinstance(found, Measurement) else Measurement(0.0)

    return Hostile(high=1.0)


@dataclass(frozen=True, kw_only=True)
class Sound(LimitRule):
    code: ClassVar[str] = "TST002"
    name: ClassVar[str] = "sound"
    title: ClassVar[Text] = Text("好规则", "sound")

    def measure(self, portrait: Portrait) -> Measurement:  # noqa: ARG002
        return Measurement(0.0)


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def endless_recursion() -> object:
    return endless_recursion()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: sys.exit(0), "SystemExit: 0"),
        (lambda: sys.exit("bye"), "SystemExit: bye"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt: "),
        (raising(GeneratorExit()), "GeneratorExit: "),
        (raising(MemoryError()), "MemoryError: "),
        (raising(MuteError()), "MuteError: "),
        (raising(LongError()), "LongError: " + "x" * 300),
        (raising(BaseException("base")), "BaseException: base"),
        (endless_recursion, "RecursionError"),
        (lambda: Measurement(float("nan")), "measured value is nan"),
        (lambda: Measurement(0.5, float("nan")), "uncertainty"),
        (lambda: Measurement(0.5, -1.0), "uncertainty"),
        (lambda: Measurement(2.0, where=(Mark.point(float("inf"), 0),)), "not finite"),
    ],
)
def test_a_rule_costs_itself_only(act: Callable[[], object], words: str) -> None:
    hostile = rule_that(act)
    report = check(PHOTO, Spec("s", (hostile, Sound(high=1.0))))
    assert report.verdict is Verdict.ERROR
    assert report["hostile"].verdict is Verdict.ERROR
    assert words in report["hostile"].message.en
    assert len(report["hostile"].message.en) < 400
    assert report["sound"].verdict is Verdict.PASS
    report.to_json_line()
    both = any_of(hostile, Sound(high=1.0), code="TST003", name="either", title=Text("其一", "either"))
    assert check(PHOTO, Spec("s", (both,)))["either"].verdict is Verdict.ERROR


def test_a_rule_whose_own_check_breaks() -> None:
    class Worse(Sound):
        def check(self, portrait: Portrait) -> Finding:  # noqa: ARG002
            raise SystemExit(0)

        def reported_limits(self, unit_scale: float) -> tuple[float | None, float | None]:  # noqa: ARG002
            raise RuntimeError("here too")

    class Empty(Sound):
        def check(self, portrait: Portrait) -> Finding:  # noqa: ARG002
            return None  # type: ignore[return-value]

    for rule in (Worse(), Empty()):
        finding = check(PHOTO, Spec("s", (rule,)))["sound"]
        assert finding.verdict is Verdict.ERROR
        assert finding.limits in (None, (None, None))


def test_a_batch_goes_on() -> None:
    hostile = rule_that(lambda: sys.exit(0))
    reports = list(check_many([PHOTO] * 3, Spec("s", (hostile, Sound())), jobs=1))
    assert [report.verdict for report in reports] == [Verdict.ERROR] * 3


def test_ctrl_c_ends_the_run() -> None:
    def interrupted() -> object:
        signal.raise_signal(signal.SIGINT)
        return None

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        check(PHOTO, Spec("s", (rule_that(interrupted),)))


def test_what_a_signal_handler_raises_ends_the_run() -> None:
    def stop(number: int, frame: object) -> None:  # noqa: ARG001
        sys.exit(7)

    def told_to_stop() -> object:
        signal.raise_signal(signal.SIGTERM)
        return None

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(SystemExit) as leaving:
            check(PHOTO, Spec("s", (rule_that(told_to_stop),)))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert leaving.value.code == 7
