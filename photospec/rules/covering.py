"""COV: what covers the head, the brows, the ears, the face; make-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured, Unseen
from photospec.finding import Action, Level, Mark
from photospec.portrait import Portrait
from photospec.rules._base import DOUBT, LimitRule, Measurement, Say
from photospec.text import Text

__all__ = ["EarsVisible", "FaceOcclusion", "HairOrnament", "HairOverEyes", "HeadCovering", "MakeUp"]


_EAR = {
    "left": Text("画面左侧的", "the ear on the picture's left"),
    "right": Text("画面右侧的", "the ear on the picture's right"),
}
_BOTH, _ONE = Text("两只", "both ears"), Text("有一只", "one ear")


def _box(portrait: Portrait, left: float, top: float, right: float, bottom: float) -> Mark:
    """Mark a rectangle given in eye distances about the middle of the eyes."""
    (x0, y0), (x1, y1) = portrait.pupils.tolist()
    dx, dy = x1 - x0, y1 - y0
    x, y = (
        (x0 + x1 + (left + right) * dx - (top + bottom) * dy) / 2,
        (y0 + y1 + (left + right) * dy + (top + bottom) * dx) / 2,
    )
    across = (abs((right - left) * dx) + abs((bottom - top) * dy)) / 2
    down = (abs((right - left) * dy) + abs((bottom - top) * dx)) / 2
    height, width = portrait.frame.shape[:2]
    return Mark.box(max(x - across, 0), max(y - down, 0), min(x + across, width - 1), min(y + down, height - 1))


@dataclass(frozen=True, kw_only=True)
class HeadCovering(LimitRule):
    """Finds hats, hoods, scarves, bands and ornaments on the head.

    Why
    ---
    The head is to be bare, except for religion, medicine or culture (clause 2.4): such a waiver turns this rule off,
    not the rules on the face.

    How
    ---
    The likelihood that a network gives to something worn on the head, from the brows to above the crown, upright
    and of one size (`Portrait.covering`).

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Few real hats and bands were to be had; thin bands of the
    hair's own colour are missed.
    """

    code: ClassVar[str] = "COV001"
    name: ClassVar[str] = "head-covering"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("头部遮盖", "head covering")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("头上戴有帽子、头巾、发带或头饰", "a hat, scarf, band or ornament is worn on the head"),
                Text(
                    "请摘下帽子、头巾、发带和头饰后重新拍摄；因宗教、医疗或文化需要不能摘除的，请向学校说明",
                    "take off hat, scarf, band or ornament; if religion, medicine or culture forbid it, "
                    "tell the school",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        where = (_box(portrait, -1.3, -2.2, 1.3, -0.6),)
        return Measurement(portrait.covering.head, DOUBT, where)


@dataclass(frozen=True, kw_only=True)
class HairOverEyes(LimitRule):
    """Finds hair that hides a brow or an eye.

    Why
    ---
    Hair must not cover brows or eyes (clause 2.4); faces are later compared by them.

    How
    ---
    The mean of what two networks say of the brows, one looking at each eye and one at the hair
    (`Portrait.covering`). A fringe that ends above the brows passes.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates.
    """

    code: ClassVar[str] = "COV002"
    name: ClassVar[str] = "hair-over-eyes"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("头发遮挡眉眼", "hair over brows or eyes")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("头发遮住了眉毛或眼睛", "hair covers a brow or an eye"),
                Text(
                    "请将刘海和两侧头发梳开或夹起，露出双眉和双眼",
                    "comb or pin the hair back so that both brows and eyes show",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        where = (_box(portrait, -1.0, -0.6, 1.0, 0.15),)
        return Measurement(portrait.covering.brows, DOUBT, where)


@dataclass(frozen=True, kw_only=True)
class EarsVisible(LimitRule):
    """Sees whether both ears show.

    Why
    ---
    Hair must not cover the ears, and both are to be seen evenly (clauses 2.2 and 2.4).

    How
    ---
    A network looks at each ear, upright and of one size, the image's left one mirrored; the value is the likelihood
    that both can be seen (`Portrait.ears`). An ear turned away counts as hidden.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Strands over half an ear are what people, too, see
    differently.
    """

    code: ClassVar[str] = "COV003"
    name: ClassVar[str] = "ears-visible"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("双耳可见", "ears visible")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("{side}耳朵没有露出来", "{side} cannot be seen"),
                Text(
                    "请把头发别到耳后或扎起来，正对镜头，让两只耳朵都露出来",
                    "tuck the hair behind the ears or tie it, and face the camera, so that both ears show",
                ),
            )
        }
    )

    low: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        ears = portrait.ears
        hidden = [ear for ear in ears.sides if ear.hidden > 0.5 - DOUBT]
        side = _EAR[hidden[0].side] if len(hidden) == 1 else _BOTH if hidden else _ONE
        where = tuple(Mark.box(*ear.box) for ear in (hidden or ears.sides))
        return Measurement(1 - ears.hidden, DOUBT, where, named={"side": side})


def _sure_of_a_mask(portrait: Portrait, limit: float) -> bool:
    try:
        return portrait.mask > limit + DOUBT
    except Unseen:
        return False


@dataclass(frozen=True, kw_only=True)
class FaceOcclusion(LimitRule):
    """Finds masks, hands and objects over the face.

    Why
    ---
    Nothing may hide the face (clause 2.4). Beards, glasses and make-up are not meant here.

    How
    ---
    The likelihood that a network gives to a thing over mouth, nose and chin (`Portrait.covering`). Where no face is
    found, one may be hidden: a person must look.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. Hands and phones are learnt from drawn ones only.
    """

    code: ClassVar[str] = "COV006"
    name: ClassVar[str] = "face-occlusion"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("面部遮挡", "face covered")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("面部被口罩、手或其他物品遮挡", "a mask, a hand or an object covers part of the face"),
                Text(
                    "请摘下口罩，移开遮挡面部的手和物品后重新拍摄",
                    "take off the mask, and keep hands and objects away from the face",
                ),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        if not portrait.has_face:
            if _sure_of_a_mask(portrait, self.high or 1.0):
                return Measurement(portrait.mask, DOUBT)
            raise Obscured(Text("未检测到人脸，可能被遮挡", "no face was found, it may be covered"))
        where = (_box(portrait, -0.95, 0.2, 0.95, 1.85),)
        return Measurement(portrait.covering.face, DOUBT, where)


@dataclass(frozen=True, kw_only=True)
class HairOrnament(LimitRule):
    """Finds clips, bows and flowers in the hair.

    Why
    ---
    Ornaments in the hair count as accessories (clause 2.4): what catches the eye is refused, a plain clip is not.

    How
    ---
    A network looks at the hair from the brows to above the crown (`Portrait.covering`).

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. A preview rule: few ornaments were to be had.
    """

    code: ClassVar[str] = "COV008"
    name: ClassVar[str] = "hair-ornament"
    title: ClassVar[Text] = Text("发饰", "hair ornament")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "头发上好像有醒目的发饰（发夹、蝴蝶结、花等）", "a clip, bow or flower in the hair catches the eye"
                ),
                Text("请摘下醒目的发饰，用与头发同色的发夹或皮筋", "take it off; use plain clips of the hair's colour"),
            )
        }
    )

    level: Level = Level.WARNING
    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        return Measurement(portrait.covering.ornament, DOUBT, (_box(portrait, -1.3, -2.0, 1.3, -0.3),))


@dataclass(frozen=True, kw_only=True)
class MakeUp(LimitRule):
    """Judges how heavy the make-up is.

    Why
    ---
    Make-up is not advised (不宜, clause 2.4): faces are later compared with the admission photo.

    How
    ---
    Three excesses over what bare faces show, each at most 2, are added: redness of the lips, of the cheeks, and tint of
    the eyelids, all against the person's own skin (`Portrait.make_up`).

    Limits
    ------
    Ours: 2.4; bare faces have 0 to 1, nine of ten portraits with everyday make-up stay below 1.5, painted faces of the
    evaluation set have 3.7 and more.
    """

    code: ClassVar[str] = "COV007"
    name: ClassVar[str] = "make-up"
    title: ClassVar[Text] = Text("妆容", "make-up")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    preview: ClassVar[bool] = True
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "妆容偏浓（唇色、腮红或眼影明显）", "heavy make-up: lips, cheeks or eyelids are strongly coloured"
                ),
                Text(
                    "请淡妆或素颜拍摄，以免影响人像比对", "wear little or no make-up, so that the face can be compared"
                ),
            )
        }
    )

    level: Level = Level.ADVICE
    high: float | None = 2.4

    def measure(self, portrait: Portrait) -> Measurement:
        seen = portrait.make_up
        excess = ((seen.lips - 12) / 20, (seen.cheeks - 6) / 10, (seen.lids - 8) / 10)
        where = (_box(portrait, -0.45, 0.85, 0.45, 1.35), _box(portrait, -0.9, 0.35, 0.9, 0.85))
        return Measurement(sum(min(max(e, 0.0), 2.0) for e in excess), 0.4, where)
