"""COV004 and COV005: earrings and necklaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Unseen
from photospec.finding import Action, Mark
from photospec.portrait import Portrait
from photospec.rules._base import DOUBT, LimitRule, Measurement, Say
from photospec.text import Text

__all__ = ["Earrings", "Necklace"]


@dataclass(frozen=True, kw_only=True)
class Earrings(LimitRule):
    """No earrings: studs, hoops or drops.

    Why
    ---
    Clause 二.4 forbids earrings. They catch the light, hide the lobe, and an ear is a feature by which people are told
    apart.

    How
    ---
    A network looks at each ear and what hangs below it, at 80 pixels a pupil distance; the value is the likelihood
    that either wears something. Where both lobes are under hair and nothing is found the rule is skipped: it says
    what it could not see.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. A preview rule, off unless selected, until its errors are
    certified. What it misses: small studs in soft pictures, and those half under hair.
    """

    code: ClassVar[str] = "COV004"
    name: ClassVar[str] = "earrings"
    title: ClassVar[Text] = Text("耳饰", "earrings")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "{side}好像戴着耳饰",
                    "there seems to be an earring at the {side}",
                ),
                Text("拍照时请摘下耳钉、耳环等耳饰", "take off studs, hoops and other earrings for the photo"),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        ears = portrait.ears
        doubtful = (0.5 if self.high is None else self.high) - DOUBT
        if ears.earring < doubtful and ears.lobes_hidden > 0.5:
            raise Unseen(
                Text("两侧耳垂都被遮挡，看不到是否戴耳饰", "both lobes are hidden, so earrings could not be seen")
            )
        suspects = [ear for ear in ears.sides if ear.earring > doubtful]
        side = _SIDES[suspects[0].side] if len(suspects) == 1 else _BOTH
        marks = tuple(Mark.box(*ear.lobe) for ear in suspects)
        return Measurement(ears.earring, DOUBT, marks, named={"side": side})


@dataclass(frozen=True, kw_only=True)
class Necklace(LimitRule):
    """No necklace: chain, beads, cord or pendant.

    Why
    ---
    Clause 二.4 forbids necklaces.

    How
    ---
    A network looks at neck, chest and neckline, at 60 pixels a pupil distance. Where the neck is hidden and nothing
    is found the rule is skipped.

    Limits
    ------
    Ours: likelihood 0.5, and a person looks from 0.25 to 0.75. What these are worth was chosen on people whom the
    network had not seen; docs/models.md has the rates. A preview rule, off unless selected, for its errors. What it
    misses: chains a pixel wide, cords beside a garment. What it takes for one: hems, creases, strands of hair.
    """

    code: ClassVar[str] = "COV005"
    name: ClassVar[str] = "necklace"
    title: ClassVar[Text] = Text("项链", "necklace")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.4"
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("颈部好像戴着项链", "there seems to be a necklace"),
                Text("拍照时请摘下项链、吊坠", "take off necklace and pendant for the photo"),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        neck = portrait.neck
        if neck.necklace < 0.5 - DOUBT and neck.hidden > 0.5:
            raise Unseen(Text("颈部被遮挡，看不到是否戴项链", "the neck is hidden, so a necklace could not be seen"))
        return Measurement(neck.necklace, DOUBT, (Mark.box(*portrait.neck_box),))


_SIDES = {
    "left": Text("画面左侧耳部", "left ear of the picture"),
    "right": Text("画面右侧耳部", "right ear of the picture"),
}
_BOTH = Text("双耳", "ears")
