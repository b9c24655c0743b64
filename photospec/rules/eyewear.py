"""EYE: glasses and contact lenses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured
from photospec.finding import Action, Level, Mark
from photospec.portrait import Portrait
from photospec.rules._base import LimitRule, Measurement, Say, sides_over
from photospec.text import Text

__all__ = ["ColouredContacts", "FrameOverEyes", "LensReflection", "TintedLenses"]


def _lens_boxes(portrait: Portrait, values: tuple[float, float], limit: float | None) -> tuple[Mark, ...]:
    """Mark the lenses whose value is over a limit, or else the worse one."""
    reach = portrait.eye_distance
    marks = []
    for side in sides_over(values, limit):
        x, y = portrait.pupils[side]
        marks.append(Mark.box(x - 0.32 * reach, y - 0.22 * reach, x + 0.32 * reach, y + 0.28 * reach))
    return tuple(marks)


@dataclass(frozen=True, kw_only=True)
class TintedLenses(LimitRule):
    """No sunglasses and no coloured lenses.

    Why
    ---
    Clause 二.3: glasses must not be tinted; the eyes and their colour must be seen.

    How
    ---
    A network compares the colour before each eye with the person's own skin, and looks for the edge of a lens; the
    value is the larger probability of a tint.

    Limits
    ------
    Ours. It learnt tints of all hues that change the skin behind the lens by 8 Delta E and more. On people left out of
    its training: 32 of 33 tints were caught and 1 was held; of 382 without any, none failed and 2 were held. Pale
    tints, and brown on dark skin, are held or missed.
    """

    code: ClassVar[str] = "EYE001"
    name: ClassVar[str] = "tinted-lenses"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("有色镜片", "tinted lenses")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.3"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("佩戴了墨镜或有色镜片", "sunglasses or tinted lenses"),
                Text("请摘下墨镜或有色眼镜，改戴无色透明镜片或不戴眼镜", "take them off; wear clear lenses or none"),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        glasses = portrait.glasses
        values = glasses.lenses[0].tint, glasses.lenses[1].tint
        return Measurement(glasses.tint, 0.25, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class LensReflection(LimitRule):
    """No reflection on the lenses.

    Why
    ---
    Clause 二.3: glasses must not glare. A reflection hides the eye.

    How
    ---
    A network looks for bright, pale or coating-coloured patches before each eye; the value is the larger probability. A
    glint of less than a hundredth of the lens, or on the rim, is none.

    Limits
    ------
    Ours. It learnt reflections that cover 6 % of the lens or more. On people left out of its training: 32 of 34
    were caught and 2 held; of 347 without any, 2 failed and 6 were held. Small lamps in one lens may be missed. Lenses
    that are wholly white lead the landmarks astray and may be missed.
    """

    code: ClassVar[str] = "EYE002"
    name: ClassVar[str] = "lens-reflection"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("镜片反光", "lens reflection")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.3"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("镜片反光", "the lenses reflect light"),
                Text(
                    "请调整灯光或略微低头，避免镜片反光，也可以摘下眼镜",
                    "move the lights, tip the glasses slightly down, or take them off",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        glasses = portrait.glasses
        values = glasses.lenses[0].glare, glasses.lenses[1].glare
        return Measurement(glasses.glare, 0.2, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class FrameOverEyes(LimitRule):
    """The frame of the glasses does not cross the eyes.

    Why
    ---
    Clause 二.3: the frame must not cover the eyes.

    How
    ---
    A network looks for a rim between the lids of each eye; the value is the larger probability. A thick frame that
    leaves the eyes free passes.

    Limits
    ------
    Ours. It learnt rims that cover an eighth of the open eye or more. On people left out of its training: 15 of 16
    were caught and 1 held; of 324 without any, none failed and 4 were held. Thin rims along a lid are held. Strong
    noise is taken for a rim: such photos are held.
    """

    code: ClassVar[str] = "EYE003"
    name: ClassVar[str] = "frame-over-eyes"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("镜框遮挡眼睛", "frame over the eyes")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.3"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("镜框挡住了眼睛", "the frame is before the eyes"),
                Text(
                    "请把眼镜戴正、推高，或换一副镜框，不要遮挡眼睛",
                    "push the glasses up, or wear others: the frame must not cover the eyes",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        glasses = portrait.glasses
        values = glasses.lenses[0].frame, glasses.lenses[1].frame
        return Measurement(glasses.frame, 0.2, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class ColouredContacts(LimitRule):
    """The irises have a natural colour.

    Why
    ---
    Clause 二.3: no coloured contact lenses.

    How
    ---
    Chroma of the iris beyond the highest that natural irises of its hue have: brown may be saturated, hazel less, green
    and blue are pale, violet does not occur. Part of the cast of the light, as the skin shows it, is taken off first.
    The eye with the larger excess counts.

    Limits
    ------
    Ours, preview: a coloured lens of a natural hue and chroma cannot be told from an iris. Natural irises stay below -2
    but for blue reflections on spectacles, saturated lenses have 10 and more; of paler ones one in ten passes.
    """

    code: ClassVar[str] = "EYE004"
    name: ClassVar[str] = "coloured-contacts"
    title: ClassVar[Text] = Text("彩色隐形眼镜", "coloured contact lenses")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.3"
    unit: ClassVar[str] = "ΔC*"
    digits: ClassVar[int] = 1
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "虹膜颜色不自然，可能佩戴了彩色隐形眼镜（美瞳）",
                    "the irises have an unnatural colour: coloured contact lenses?",
                ),
                Text("请摘下美瞳", "take coloured contact lenses out"),
            )
        }
    )

    high: float | None = 0.5
    level: Level = Level.WARNING

    def measure(self, portrait: Portrait) -> Measurement:
        glasses = portrait.glasses
        if max(glasses.tint, glasses.glare) > 0.5:
            raise Obscured(Text("镜片有颜色或反光，看不清虹膜", "tinted or reflecting lenses hide the irises"))
        colours = portrait.iris_colours
        values = colours[0].unnatural, colours[1].unnatural
        return Measurement(max(values), 2.0, _lens_boxes(portrait, values, self.high))
