"""EXP: eyes, gaze, mouth, expression. And red eyes, LGT005, which are read from the same irises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured
from photospec.finding import Action, Level, Mark
from photospec.portrait import Portrait
from photospec.rules._base import DOUBT, LimitRule, Measurement, Say, sides_over
from photospec.text import Text

__all__ = ["EyesOpen", "LookingAtCamera", "MouthClosed", "NeutralExpression", "RedEye"]

_HIDDEN = 0.5
SIDES = (Text("画面左侧的眼睛", "the eye on the image's left"), Text("画面右侧的眼睛", "the eye on the image's right"))
BOTH = Text("双眼", "both eyes")


def _see_eyes(portrait: Portrait) -> None:
    """Raise `Obscured` where lenses or rims hide the eyes."""
    glasses = portrait.glasses
    if glasses.glare > _HIDDEN:
        raise Obscured(Text("镜片反光，看不清眼睛", "reflections on the lenses hide the eyes"))
    if glasses.tint > _HIDDEN:
        raise Obscured(Text("镜片颜色深，看不清眼睛", "dark lenses hide the eyes"))
    if glasses.frame > _HIDDEN:
        raise Obscured(Text("镜框挡住了眼睛", "the frame is before the eyes"))


def _see_mouth(portrait: Portrait) -> None:
    """Raise `Obscured` where something covers the lower face."""
    if portrait.covering.face > _HIDDEN:
        raise Obscured(Text("口鼻被遮挡，看不清嘴巴", "something covers the mouth"))


def _box_round(portrait: Portrait, first: int, end: int) -> Mark:
    """Mark what the landmarks from `first` to before `end` enclose."""
    xs, ys = portrait.landmarks[first:end].T.tolist()
    pad = 0.06 * portrait.eye_distance
    return Mark.box(min(xs) - pad, min(ys) - pad, max(xs) + pad, max(ys) + pad)


def _eye_boxes(portrait: Portrait, which: tuple[int, ...] = (0, 1)) -> tuple[Mark, ...]:
    return tuple(_box_round(portrait, 36 + 6 * side, 42 + 6 * side) for side in which)


@dataclass(frozen=True, kw_only=True)
class EyesOpen(LimitRule):
    """Both eyes are open.

    Why
    ---
    Clause 二.2: both eyes open naturally. A blink makes the photo useless for recognition.

    How
    ---
    A network looks at each eye, upright and of one size; the value is the likelihood that both are open. Lid
    landmarks are not used: those of a closed eye still stand open, and narrow eyes would fail. Behind reflections
    or dark lenses the rule says ``review``.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. About 0.5 is an eye three quarters closed.
    """

    code: ClassVar[str] = "EXP001"
    name: ClassVar[str] = "eyes-open"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("双眼睁开", "eyes open")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text("{which}没有睁开", "{which}: not open"),
                Text(
                    "请双眼自然睁开，看着镜头再拍一张",
                    "open both eyes naturally, look into the camera and take another photo",
                ),
            )
        }
    )

    low: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        if portrait.eye_closed <= 0.5 + DOUBT:  # an eye that is surely shut is no question of what is before it
            _see_eyes(portrait)
        closed = portrait.eyes[0].closed, portrait.eyes[1].closed
        which = sides_over(closed, None if self.low is None else 1 - self.low)
        name = BOTH if len(which) == 2 else SIDES[which[0]]
        return Measurement(1 - portrait.eye_closed, DOUBT, _eye_boxes(portrait, which), named={"which": name})


@dataclass(frozen=True, kw_only=True)
class LookingAtCamera(LimitRule):
    """The person looks into the camera.

    Why
    ---
    Clause 二.2: the person looks straight ahead into the lens.

    How
    ---
    Both irises are found as dark discs of an iris's size; how far their centres lie beside the middle of the eyes'
    corners gives the angle of the look, for an eyeball of 0.19 pupil distances, less what the head's turn explains.
    Only the angle to the left and right is measured.

    Limits
    ------
    Ours. Neutral portraits give less than 4 degrees, looks aside 10 and more: of 16, 15 caught and 1 held, of 50
    straight looks none. In hard sun and behind narrow lids the irises are faint: a quarter of such photos is held.
    """

    code: ClassVar[str] = "EXP002"
    name: ClassVar[str] = "gaze"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("视线", "gaze")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    unit: ClassVar[str] = "°"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "视线偏离镜头约 {value}°，不得超过 {high}°",
                    "the look is {value}° beside the camera, at most {high}°",
                ),
                Text("请眼睛正视镜头", "look straight into the camera"),
            )
        }
    )

    high: float | None = 7.0
    level: Level = Level.WARNING

    def measure(self, portrait: Portrait) -> Measurement:
        _see_eyes(portrait)
        if portrait.eye_closed > _HIDDEN:
            raise Obscured(Text("眼睛闭合", "an eye is closed"))
        gaze = portrait.gaze
        return Measurement(abs(gaze.angle), gaze.uncertainty, _eye_boxes(portrait))


@dataclass(frozen=True, kw_only=True)
class MouthClosed(LimitRule):
    """The lips are together and no teeth show.

    Why
    ---
    Clause 二.2: mouth closed, no teeth.

    How
    ---
    The likelihood that a network gives to parted lips or teeth. A smile with closed lips passes.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates.
    """

    code: ClassVar[str] = "EXP003"
    name: ClassVar[str] = "mouth-closed"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("嘴巴闭合", "mouth closed")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("嘴巴没有闭合或露出牙齿", "the lips are apart or teeth show"),
                Text("请自然闭合嘴唇，不露牙齿", "close the lips naturally, show no teeth"),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        _see_mouth(portrait)
        mouth = portrait.mouth
        return Measurement(mouth.parted, DOUBT, (_box_round(portrait, 48, 68),))


@dataclass(frozen=True, kw_only=True)
class NeutralExpression(LimitRule):
    """The expression is natural: no broad smile.

    Why
    ---
    Clause 二.2: a natural expression. A laugh changes the shape of the face that recognition relies on.

    How
    ---
    The network of `MouthClosed` also gives the probability of a smile, learnt from the same people photographed neutral
    and smiling. A frown is not measured.

    Limits
    ------
    Ours, preview: many official portraits smile a little, and where natural ends nobody has laid down.
    """

    code: ClassVar[str] = "EXP004"
    name: ClassVar[str] = "neutral-expression"
    title: ClassVar[Text] = Text("表情自然", "neutral expression")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("笑容较明显", "a clear smile"),
                Text("请保持表情自然、放松，不要大笑", "keep a natural, relaxed expression, do not laugh"),
            )
        }
    )

    high: float | None = 0.5
    level: Level = Level.WARNING

    def measure(self, portrait: Portrait) -> Measurement:
        _see_mouth(portrait)
        mouth = portrait.mouth
        (left, right) = mouth.corners
        return Measurement(mouth.smiling, DOUBT, (Mark.line((left[0], left[1]), (right[0], right[1])),))


@dataclass(frozen=True, kw_only=True)
class RedEye(LimitRule):
    """No eye is red from the flash.

    Why
    ---
    Clause 三.1: no red eyes.

    How
    ---
    CIELAB a* of the reddest spot of a pupil's size in the middle of either eye, less half of the skin's, so that a
    warm light or a reddish print counts less.

    Limits
    ------
    Ours. Of 335 people nearly all have 25 or less in the middle of an eye, in reddish prints up to 30; pupils painted
    wholly red 47 and more. A faint glow of 20 to 30 may be held or pass.
    """

    code: ClassVar[str] = "LGT005"
    name: ClassVar[str] = "red-eye"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("红眼", "red eye")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "三.1"
    unit: ClassVar[str] = "Δa*"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "{which}有红眼：瞳孔偏红 {value}，不得超过 {high}",
                    "{which}: red from the flash, by {value}, at most {high}",
                ),
                Text(
                    "请不要用机身闪光灯直射，调整灯光后重拍",
                    "do not flash straight into the eyes; change the light and take another photo",
                ),
            )
        }
    )

    high: float | None = 28.0

    def measure(self, portrait: Portrait) -> Measurement:
        if portrait.glasses.tint > _HIDDEN:
            raise Obscured(Text("镜片颜色深，看不清眼睛", "dark lenses hide the eyes"))
        red = portrait.iris_colours[0].red, portrait.iris_colours[1].red
        high = 28.0 if self.high is None else self.high
        which = sides_over(red, high)
        name = BOTH if len(which) == 2 else SIDES[which[0]]
        return Measurement(max(red), 3.0, _eye_boxes(portrait, which), named={"which": name})
