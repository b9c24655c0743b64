"""EYE: glasses and contact lenses."""

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

__all__ = ["ColouredContacts", "FrameOverEyes", "LensReflection", "NoGlasses", "TintedLenses"]


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
    A network looks at each eye and what is before it; both together give the likelihood of a tint.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Real tinted lenses were not to be had: pale tints, and brown
    on dark skin, are held or missed.
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
        return Measurement(glasses.tint, DOUBT, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class LensReflection(LimitRule):
    """No reflection on the lenses.

    Why
    ---
    Clause 二.3: glasses must not glare. A reflection hides the eye.

    How
    ---
    A network looks at each eye and what is before it; the value is the likelihood that either lens reflects. A
    glint on the rim is none.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Learnt from painted and a few real reflections. Lenses that
    are wholly white lead the landmarks astray and may be missed.
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
        return Measurement(glasses.glare, DOUBT, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class FrameOverEyes(LimitRule):
    """The frame of the glasses does not cross the eyes.

    Why
    ---
    Clause 二.3: the frame must not cover the eyes.

    How
    ---
    A network looks for a rim between the lids of each eye; the value is the likelihood that either eye is crossed.
    A thick frame that leaves the eyes free passes.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Learnt from painted rims.
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
        return Measurement(glasses.frame, DOUBT, _lens_boxes(portrait, values, self.high))


@dataclass(frozen=True, kw_only=True)
class NoGlasses(LimitRule):
    """No glasses are worn.

    Why
    ---
    Some registrations forbid glasses altogether: 研招网 does for photos of candidates of postgraduate entrance. The
    diploma standard allows clear ones.

    How
    ---
    A network looks at each eye and its surroundings; both together say whether glasses are worn.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. Rimless glasses in soft pictures are held.
    """

    code: ClassVar[str] = "EYE005"
    name: ClassVar[str] = "no-glasses"
    title: ClassVar[Text] = Text("不戴眼镜", "no glasses")
    since: ClassVar[str] = "0.1.0"
    action: ClassVar[Action] = Action.RESHOOT
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("佩戴了眼镜", "glasses are worn"),
                Text(
                    "此类照片不允许戴眼镜，请摘下眼镜后重新拍摄",
                    "this photo must be taken without glasses: take them off",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        worn = portrait.glasses.worn
        return Measurement(worn, DOUBT, _lens_boxes(portrait, (worn, worn), self.high))


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
