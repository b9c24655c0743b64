"""COV004 and COV005: earrings and necklaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Unseen
from photospec.finding import Action, Mark
from photospec.odds import probability
from photospec.portrait import Portrait
from photospec.rules._base import LimitRule, Measurement, Say
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
    A small convolutional network looks at each lobe and half a face below it, aligned by the jaw and the pupils, at 80
    pixels per pupil distance, with the colours taken relative to the person's skin and small things apart; the right
    ear is mirrored. The value is the calibrated likelihood of the more suspicious ear. Where both ears are under hair
    and nothing is found the rule is skipped: it says what it could not see.

    Limits
    ------
    Ours: 0.5, with a doubtful band of 0.22 about it. A preview rule, off unless selected, for its errors: on the eval
    photos, each third of the people judged by a network trained on the others, it missed 4 % of the earrings, falsely
    rejected 3.0 % of the photos without any and left a tenth to a person; its equal error rate is 8 %, also on the
    earrings that people wore by themselves. What it misses: small studs, pale ones on a lit lobe and those half under
    hair. What it takes for jewellery: beads in braids, curls and hair beside the lobe, and a round lobe that shines.
    The shipped network was trained on all of these photos, so its errors on them are lower than on new people.
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
        left, right = portrait.earrings
        values = [probability(ear.evidence, *_EARRING_SCALE) for ear in (left, right)]
        value = max(values)
        band = _EARRING_BAND
        doubtful = (0.5 if self.high is None else self.high) - band
        if value < doubtful and all(ear.seen < 0.3 for ear in portrait.ears):
            raise Unseen(
                Text("两侧耳垂都被遮挡，看不到是否戴耳饰", "both lobes are hidden, so earrings could not be seen")
            )
        suspects = [ear.box for ear, v in zip((left, right), values, strict=True) if v > doubtful]
        sides = [name for name, v in zip((_LEFT, _RIGHT), values, strict=True) if v > doubtful]
        side = _BOTH if len(sides) != 1 else sides[0]
        marks = tuple(Mark.box(*box) for box in suspects)
        return Measurement(value, band, marks, named={"side": side})


@dataclass(frozen=True, kw_only=True)
class Necklace(LimitRule):
    """No necklace: chain, beads, cord or pendant.

    Why
    ---
    Clause 二.4 forbids necklaces.

    How
    ---
    A small convolutional network looks at neck, chest and neckline, aligned by the chin and the pupils, at 72 pixels
    per pupil distance, with the colours taken relative to the person's skin and thin lines apart. It judges cells of
    eight pixels, each together with what lies round it: a pattern that is cloth is no chain. The value is the
    calibrated likelihood of all cells together.

    Limits
    ------
    Ours: 0.5, with a doubtful band of 0.15 about it. A preview rule, off unless selected, for its errors: on the eval
    photos, each third of the people judged by networks trained on the others, it missed 11 % of the necklaces, falsely
    rejected 5.9 % of the photos without one and left an eighth to a person; its equal error rate is 14 %, on the real
    necklaces alone 19 %. Two reviewers who did not know the labels both contradict 20 of these 350: 17 of the photos
    marked as without show a chain to them, 3 of the others none, so against these labels nobody could be much better
    than 6 %. What it misses: faint chains beside a garment or at the edge of the frame, and jewellery that shows only
    at the flanks of the neck. What it takes for jewellery: hems, seams and patterns along the neckline, lanyards,
    strands of hair, creases. The shipped networks were trained on all of these photos, so their errors on them are
    lower than on new people.
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
        found = portrait.necklace
        value = probability(found.evidence, *_NECKLACE_SCALE)
        return Measurement(value, _NECKLACE_BAND, (Mark.box(*found.box),))


_LEFT = Text("画面左侧耳部", "left ear of the picture")
_RIGHT = Text("画面右侧耳部", "right ear of the picture")
_BOTH = Text("双耳", "ears")
_EARRING_SCALE = (2.1, 0.7)  # log odds at which an earring is as likely as none, and their spread
_EARRING_BAND = 0.22
_NECKLACE_SCALE = (2.0, 1.2)
_NECKLACE_BAND = 0.15
