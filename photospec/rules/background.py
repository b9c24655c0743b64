"""BKG: the backdrop, and what was added to the picture."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import cv2

from photospec.errors import Obscured, SpecError
from photospec.finding import Action, Level, Mark
from photospec.odds import probability
from photospec.portrait import Portrait
from photospec.portrait.evenness import colour_difference
from photospec.rules._base import LimitRule, Measurement, Say
from photospec.text import Text

__all__ = [
    "FAMILIES",
    "BackgroundColour",
    "BackgroundObjects",
    "BackgroundReplaced",
    "BackgroundShadow",
    "BackgroundUniformity",
    "FrameOrText",
]

FAMILIES: Mapping[str, tuple[Text, tuple[float, float, float]]] = MappingProxyType(
    {
        "light-blue": (Text("浅蓝色", "light blue"), (76.0, -11.8, -37.1)),
        "upload-blue": (Text("天蓝色", "sky blue"), (62.5, -13.2, -45.3)),
        "white": (Text("白色", "white"), (100.0, 0.0, 0.0)),
        "light-grey": (Text("浅灰色", "light grey"), (94.8, 0.0, 0.0)),
    }
)
"""Allowed colours of the backdrop: name and CIELAB reference, of RGB (100,197,255), (0,163,230), white, (240,240,240).

``upload-blue`` is the colour that one collector's upload site names; the standard does not.
"""


def _see_backdrop(portrait: Portrait) -> None:
    """Raise `Obscured` where there is no plain backdrop to look at."""
    if not portrait.has_plain_backdrop:
        raise Obscured(Text("背景不是单色背景", "the background is no plain backdrop"))


@dataclass(frozen=True, kw_only=True)
class BackgroundColour(LimitRule):
    """Measure how far the backdrop's colour is from an allowed one.

    Why
    ---
    Clause 二.1: light blue, white or light grey; the reference values are RGB (100,197,255), (255,255,255) and
    (240,240,240).

    How
    ---
    CIEDE2000 between the median colour of the top and the sides, hair and clothes left out, and the nearest
    reference of the allowed `families`.

    Limits
    ------
    6, ours: a difference that is plain side by side, so that a cast of the light or a darker grey passes and cream,
    mid-grey (below about 213), turquoise, royal blue and pale blue do not.

    Parameters
    ----------
    families : tuple of str
        Names from `FAMILIES`.
    """

    code: ClassVar[str] = "BKG001"
    name: ClassVar[str] = "background-colour"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("背景颜色", "background colour")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.1"
    unit: ClassVar[str] = "ΔE00"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "背景颜色 RGB{colour} 与允许的颜色不符（最接近{family}，色差 {value}，允许 {high}）",
                    "the background is RGB{colour}, not allowed (nearest: {family}, {value} away, {high} allowed)",
                ),
                Text("请使用{allowed}背景重新拍摄", "shoot again before a backdrop of {allowed}"),
            )
        }
    )

    high: float | None = 6.0
    families: tuple[str, ...] = ("light-blue", "white", "light-grey")

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = [name for name in self.families if name not in FAMILIES]
        if unknown or not self.families:
            known = ", ".join(FAMILIES)
            raise SpecError(
                Text(
                    f"{self.name}：families 只能是 {known} 中的名称，得到 {list(self.families)!r}",
                    f"{self.name}: families must be names out of {known}, got {list(self.families)!r}",
                )
            )

    def measure(self, portrait: Portrait) -> Measurement:
        colour = portrait.backdrop.colour
        value, nearest = min((colour_difference(colour, FAMILIES[name][1]), name) for name in self.families)
        rgb = cv2.cvtColor(colour.reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0]
        named = {
            "colour": tuple(round(255 * part) for part in rgb.tolist()),
            "family": FAMILIES[nearest][0],
            "allowed": self._allowed,
        }
        return Measurement(value, 1.0, named=named)

    @functools.cached_property
    def _allowed(self) -> Text:
        names = [FAMILIES[name][0] for name in self.families]
        return Text("、".join(name.zh for name in names), " or ".join(name.en for name in names))


@dataclass(frozen=True, kw_only=True)
class BackgroundUniformity(LimitRule):
    """Measure how much the backdrop's colour varies.

    Why
    ---
    Clause 二.1: even, without gradient or texture. A room, a landscape and a curtain are not.

    How
    ---
    Delta E from the backdrop's median colour that 5 % of it exceeds, at an eighth of the size and off the outline.
    Where more than 30 % of the top and the upper sides follow no common surface, hair left out, the scene is no
    backdrop, and the value grows with that share.

    Limits
    ------
    3.2, ours: even backdrops, saved as JPEG, stay below 2; gradients that people called visible begin at 4.4.
    """

    code: ClassVar[str] = "BKG002"
    name: ClassVar[str] = "background-uniformity"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("背景均匀", "even background")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.1"
    unit: ClassVar[str] = "ΔE"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "背景颜色不均匀，有渐变或纹理（变化约为限值的 {times} 倍）",
                    "the background is uneven ({times} times what is allowed)",
                ),
                Text("请使用平整的单色背景，光线打均匀", "use a flat backdrop of one colour, evenly lit"),
            ),
            "scene": Say(
                Text("背景不是单色背景（有房间、风景或杂物）", "the background is a scene, not a plain backdrop"),
                Text("请在平整的单色背景前重新拍摄", "shoot again before a flat backdrop of one colour"),
            ),
        }
    )

    high: float | None = 3.2

    def measure(self, portrait: Portrait) -> Measurement:
        scene = 30.0 * max(0.0, 0.7 - portrait.backdrop.support)
        try:
            spread = portrait.evenness.spread
        except Obscured:
            if scene < 2 * (self.high or 0):
                raise
            spread = 0.0
        return Measurement(max(spread, scene), 0.5, case="scene" if scene > spread else "")


@dataclass(frozen=True, kw_only=True)
class BackgroundShadow(LimitRule):
    """Measure the person's shadow on the backdrop.

    Why
    ---
    Clause 二.1: no shadow on the background.

    How
    ---
    How much darker, in L*, than the backdrop's fitted surface its darkest 3 % are, where the hue stays the
    backdrop's. A gradient is followed by the surface and is `BackgroundUniformity`'s. A shadow with a hard edge beside
    the head is known by its flatness and the backdrop's hue, from 8 px of width.

    Limits
    ------
    3, ours: even backdrops stay below 1, drop shadows begin at 8. Of 149 drawn shadows with a hard edge 6 are missed,
    of 220 soft ones none, and 1 in 20 of these is held.
    """

    code: ClassVar[str] = "BKG003"
    name: ClassVar[str] = "background-shadow"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("背景阴影", "shadow on the background")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.1"
    unit: ClassVar[str] = "L*"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "背景上有阴影（比背景暗 {value}%，允许 {high}%）",
                    "there is a shadow on the background ({value} % darker, {high} % allowed)",
                ),
                Text(
                    "请离背景远一些（1 米以上），两侧打光均匀",
                    "stand a metre or more from the backdrop, lit from both sides",
                ),
            )
        }
    )

    high: float | None = 3.0

    def measure(self, portrait: Portrait) -> Measurement:
        _see_backdrop(portrait)
        found = portrait.evenness
        where = () if found.shadow_box is None else (Mark.box(*found.shadow_box),)
        value = found.shadow
        if value < (self.high or 0) and portrait.has_face:
            hard = portrait.hard_shadow
            value = max(value, hard.depth) if hard.share > 0.0015 else value
        return Measurement(value, 0.8, where)


@dataclass(frozen=True, kw_only=True)
class BackgroundObjects(LimitRule):
    """Measure the largest thing that stands beside the person.

    Why
    ---
    Clause 二.1: no other person or object.

    How
    ---
    What differs from the backdrop and does not touch the person; or makes the person's upper outline rise again on its
    way from the head outwards (see `photospec.portrait.silhouette.rises_beside`); or lies against the head and is of
    none of its colours (see `photospec.portrait.silhouette.foreign_beside`). The largest piece, in thousandths of the
    picture.

    Limits
    ------
    0.6, ours, about 200 px; of the area of a loose lock, small, beside the head and of its colours, a quarter counts.
    Noise and locks stay below 0.3 in 99 of 100 photos. Of 32 photos with a drawn thing 1 is missed, of 198 without one
    none fails. A thing against the head that does not rise and is of the colour of skin or hair is missed, and so is
    the back of a chair that shows on both sides at the height of the shoulders.
    """

    code: ClassVar[str] = "BKG004"
    name: ClassVar[str] = "background-objects"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("背景中的杂物", "objects in the background")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.1"
    unit: ClassVar[str] = "‰"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("背景中有其他人或物体", "there is somebody or something else in the background"),
                Text("请清空背景后重新拍摄", "clear the background and shoot again"),
            )
        }
    )

    high: float | None = 0.6

    def measure(self, portrait: Portrait) -> Measurement:
        _ = portrait.face  # without a face nothing says which figure is the person
        counted = [(thing.share * (_LOOSE_HAIR if thing.loose_hair else 1), thing.box) for thing in portrait.things]
        counted.sort(key=lambda thing: -thing[0])
        where = tuple(Mark.box(*box) for share, box in counted[:8] if share > 0.0003)
        return Measurement(1000.0 * counted[0][0] if counted else 0.0, 0.3, where)


_CERTAIN_TEXT = 1.5  # log odds that are the limit; 1 in 60 places that look like a line and are none has more
_LOOSE_HAIR = 0.25  # of the area of a loose lock counts


@dataclass(frozen=True, kw_only=True)
class FrameOrText(LimitRule):
    """Look for a frame, a date, a number or a stamp that was added.

    Why
    ---
    Clause 一.4: the head portrait only; no border, text or pattern.

    How
    ---
    A frame is an even band along a side that ends in a step along the whole side, of up to four rows. Letters are
    upright strokes of one ink along a line, marks of one height, with quiet above and below (see
    `photospec.portrait.lettering.find_lettering`); or separate marks one below the other on the backdrop. A seal is a
    thin red line that closes to a circle or a square. The value is 0 to 1: below 0.5 nothing was found.

    Limits
    ------
    0.5, ours. Of 1,356 photos without frame or text, in plain or patterned dress, in rooms and streets, 3 fail, two on
    straight dark bands along an edge, and 1 in 100 is held. Of 715 drawn frames, from 1 px wide, with square or round
    corners, none is missed. Of the 2,712 lines that ``tools/train_lettering.py`` draws, down to 10 px high and half
    transparent, on backdrop, skin, hair and clothes, 43 % fail and 13 % are held; most of those missed are short words,
    pale letters, or lie on hair or patterns. A watermark across the face and a column of letters on clothes are missed.
    """

    code: ClassVar[str] = "BKG005"
    name: ClassVar[str] = "frame-or-text"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("边框与文字", "frame or text")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "一.4"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("照片上有文字、日期或印章", "there are letters, a date or a stamp on the photo"),
                Text("请提交没有添加文字的原照片", "submit the photo without added text"),
            ),
            "frame": Say(
                Text("照片四周有边框", "there is a frame round the photo"),
                Text("请裁去边框", "crop the frame off"),
                Action.RECROP,
            ),
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        inset = portrait.border
        height, width = portrait.frame.shape[:2]
        if any(inset):
            box = Mark.box(inset.left, inset.top, width - inset.right, height - inset.bottom)
            return Measurement(1.0, 0.08, (box,), "frame")
        found = portrait.lettering
        value = probability(found.evidence, _CERTAIN_TEXT, 3.5)
        if found.evidence == -math.inf and found.characters >= 5:  # white on white
            value = 0.58
        left, top, right, bottom = found.box
        if value < (self.high or 0) + 0.05:
            added = portrait.seal
            if added is None and portrait.has_face and portrait.has_plain_backdrop:
                added = portrait.column_of_letters
            if added is not None:
                value, (left, top, right, bottom) = max(value, 0.9), added
        where = (Mark.box(left, top, right, bottom),) if value > 0.4 else ()
        return Measurement(value, 0.05, where)


@dataclass(frozen=True, kw_only=True)
class BackgroundReplaced(LimitRule):
    """Look for the rim of a careless cut-out round the head.

    Why
    ---
    Clause 一.2 forbids retouching; many collectors replace the background themselves, and what people refuse is a halo
    or a ragged edge. Hence advice only.

    How
    ---
    Share of the head's outline beside which the backdrop takes a colour that is no mixture of the backdrop's and the
    head's.

    Limits
    ------
    0.2, ours. Of 210 photos without a halo, cut out cleanly or not at all, 1 in 100 lies above; a drawn white rim of
    1 to 4 px lies above from half its strength. Preview: real careless cut-outs were not at hand to measure what is
    missed, a clean cut-out cannot be told from a photograph, and a lamp behind the head looks like a halo.
    """

    code: ClassVar[str] = "BKG006"
    name: ClassVar[str] = "background-replaced"
    title: ClassVar[Text] = Text("背景替换痕迹", "replaced background")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.2"
    digits: ClassVar[int] = 2
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("头部轮廓有抠图痕迹", "the outline of the head looks cut out"),
                Text("请直接在纯色背景前拍摄", "shoot before a plain backdrop instead of replacing it"),
            )
        }
    )

    level: Level = Level.ADVICE
    high: float | None = 0.2

    def measure(self, portrait: Portrait) -> Measurement:
        _see_backdrop(portrait)
        return Measurement(portrait.cut_out_rim, 0.04)
