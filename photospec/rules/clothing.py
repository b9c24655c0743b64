"""CLO: what the person wears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Unseen
from photospec.finding import Action, Level, Mark
from photospec.odds import probability
from photospec.portrait import Portrait
from photospec.portrait.garment import Garment, GarmentColour, distance_to_hue
from photospec.rules._base import LimitRule, Measurement, Say
from photospec.text import Text

__all__ = ["ClothingContrast", "ClothingHue", "ClothingPattern", "Collar", "Turtleneck"]

TOO_LITTLE = Text("画面中看不到足够的上衣", "too little of the top is in the frame")
COLOUR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "black": "黑色",
        "grey": "灰色",
        "white": "白色",
        "pink": "粉色",
        "red": "红色",
        "orange": "橙色",
        "brown": "棕色",
        "yellow": "黄色",
        "yellow-green": "黄绿色",
        "green": "绿色",
        "light blue": "浅蓝色",
        "blue": "蓝色",
        "purple": "紫色",
    }
)


def _box(garment: Garment) -> tuple[Mark, ...]:
    if garment.box is None:
        return ()
    left, top, right, bottom = garment.box
    return (Mark.box(left, top, right - 1, bottom - 1),)


def _colour_words(colours: tuple[GarmentColour, ...]) -> Text:
    names = dict.fromkeys(c.name for c in colours)
    return Text("、".join(COLOUR_NAMES[n] for n in names) or "未知", ", ".join(names) or "unknown")


@dataclass(frozen=True, kw_only=True)
class ClothingContrast(LimitRule):
    """The top differs from the backdrop of this photo along the shoulders.

    Why
    ---
    Clause 二.5: clothes must be clearly different from the background. A white top before white melts into it. Lists
    of forbidden colours contradict each other from school to school, so only this photo's backdrop counts.

    How
    ---
    CIE94 colour difference between the top just inside the shoulder line and the backdrop just outside it, the 40th
    percentile over columns 1 to 1.9 pupil distances beside the neck. CIE94 discounts differences of chroma between
    saturated colours, as the eye does. Where nothing stands out down to the bottom edge although a shoulder must be
    there, the colour at the bottom is compared with the backdrop. Bare skin is left out.

    Limits
    ------
    Ours. On the eval photos white on white and sky blue on light blue give 0.5 to 11, every other top 12.5 or more.

    References
    ----------
    .. [1] CIE 116-1995, Industrial colour-difference evaluation.
    """

    code: ClassVar[str] = "CLO001"
    name: ClassVar[str] = "clothing-contrast"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("上衣与背景的差别", "clothing contrast")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.5"
    unit: ClassVar[str] = "ΔE94"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "上衣颜色与背景太接近：肩部色差 {value}，至少 {low}",
                    "the top is too much like the backdrop: colour difference {value} at the shoulders, at least {low}",
                ),
                Text(
                    "请换一件与背景颜色明显不同的上衣（如深色）",
                    "wear a top that differs clearly from the backdrop, such as a dark one",
                ),
            )
        }
    )

    low: float | None = 11.7

    def measure(self, portrait: Portrait) -> Measurement:
        contrast = portrait.shoulder_contrast
        points, middle = contrast.points.tolist(), portrait.garment.middle
        sides = ([p for p in points if p[0] < middle], [p for p in points if p[0] >= middle])
        marks = tuple(Mark.line(*side) for side in sides if len(side) > 1)
        return Measurement(contrast.difference, 0.6, marks)


@dataclass(frozen=True, kw_only=True)
class ClothingPattern(LimitRule):
    """The top has no stripes, checks or busy print.

    Why
    ---
    Clause 二.5: complex patterns and stripes are to be avoided; they draw the eye from the face and shimmer in print.

    How
    ---
    Root mean square deviation of the colour from its surroundings, over tiles of the garment a third of the pupil
    distance wide; the median of the tiles. Garment is what the outline of the shoulders encloses but for neck and
    chest: stripes that have the colour of the backdrop or of skin count. The middle, where collar, tie and buttons are,
    is left out; a fold, a seam, a lapel or a lock of hair fills few tiles.

    Limits
    ------
    Ours. On the eval photos plain tops give at most 7.5, stripes, checks and prints 18.9 and more, but for one of which
    only slivers show (9.9). The less of the top is seen, the wider is the doubtful band. Tone on tone, or motifs larger
    than half the pupil distance, are missed.
    """

    code: ClassVar[str] = "CLO002"
    name: ClassVar[str] = "clothing-pattern"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("上衣图案", "clothing pattern")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.5"
    unit: ClassVar[str] = "ΔE"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "上衣有条纹、格子或复杂图案（图案强度约为限值的 {times} 倍；主要颜色：{colours}）",
                    "the top is striped, checked or busily printed ({times} times the pattern allowed; {colours})",
                ),
                Text("请换一件没有条纹和图案的单色上衣", "wear a plain top of one colour"),
            )
        }
    )

    level: Level = Level.WARNING
    high: float | None = 9.2

    def measure(self, portrait: Portrait) -> Measurement:
        pattern = portrait.garment_pattern
        colours = _colour_words(portrait.garment_colours)
        scarce = max(0.0, 1 - pattern.area / 0.5)  # a scrap of cloth tells little
        return Measurement(pattern.energy, 0.8 + 2 * scarce, _box(portrait.garment), named={"colours": colours})


@dataclass(frozen=True, kw_only=True)
class ClothingHue(LimitRule):
    """The top is neither yellow-green nor sky blue.

    Why
    ---
    The school's notice rules out yellow-green, which colours the skin, and sky blue, which the collector's light-blue
    backdrop swallows.

    How
    ---
    Each main colour of the garment (a share of 12 % or more) is judged by its lit colour, the median of the brighter
    half of its pixels, in CIELAB. Yellow-green is a hue angle of 106 to 130 degrees with C* from 25 and L* from 55;
    sky blue is 212 to 265 degrees with C* from 13 and L* from 58. So lemon yellow (103), olive (L* 52), lime green
    (136), turquoise (186), navy and teal (L* 48 and less), cornflower (278) and neutral tops are neither. The value
    is the
    distance of the nearest main colour to the nearer range, Delta E, below 0 inside.

    Where a face too large for the frame leaves only scraps of cloth, nothing is told.

    Limits
    ------
    The hues are the school's, their ranges ours. On the eval photos the forbidden tops lie 5 to 15 inside, all
    others 7 or more outside; very pale blue shirts lie on the border and are left to a person.
    """

    code: ClassVar[str] = "CLO003"
    name: ClassVar[str] = "clothing-hue"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("上衣颜色", "clothing hue")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "学校通知"
    unit: ClassVar[str] = "ΔE"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "上衣是{hue}，学校要求不穿黄绿色和天蓝色",
                    "the top is {hue}; the school allows neither yellow-green nor sky blue",
                ),
                Text(
                    "请换一件其他颜色的上衣（如白色或深色）",
                    "wear a top of another colour, such as white or a dark one",
                ),
            )
        }
    )

    low: float | None = 0.0

    def measure(self, portrait: Portrait) -> Measurement:
        if portrait.garment.area < _SCRAP:
            raise Unseen(TOO_LITTLE)
        yellow_green = Text("黄绿色", "yellow-green")
        sky_blue = Text("天蓝色", "sky blue")
        nearest = min(
            (
                (distance_to_hue(colour.lab, hue, chroma, lightness), name)
                for colour in portrait.garment_colours
                for hue, chroma, lightness, name in (
                    ((106.0, 130.0), 25.0, 55.0, yellow_green),
                    ((212.0, 265.0), 13.0, 58.0, sky_blue),
                )
            ),
            key=lambda pair: pair[0],
            default=None,
        )
        if nearest is None:
            raise Unseen(TOO_LITTLE)
        distance, name = nearest
        return Measurement(distance, 1.5, _box(portrait.garment), named={"hue": name})


_SCRAP = 0.3  # squared pupil distances: of a face too large for the frame, strands and slivers of skin


def _neckline(portrait: Portrait) -> tuple[Mark, ...]:
    x, y = (float(v) for v in portrait.landmarks[8])
    unit = portrait.eye_distance
    return (Mark.box(x - unit, y, x + unit, min(float(portrait.frame.shape[0]), y + 1.2 * unit)),)


@dataclass(frozen=True, kw_only=True)
class Collar(LimitRule):
    """The top has a collar: a shirt's, a jacket's, a polo shirt's.

    Why
    ---
    The school's notice asks for a collared top; a round or wide neckline looks informal and leaves little garment in
    the frame.

    How
    ---
    A small convolutional network looks at neck and neckline, aligned by the chin and the pupils, at 38 pixels per pupil
    distance, with the colours taken relative to the person's skin; a second one looks at the whole of what the first
    has found. In training garments were dyed, bent and cut off at random, so that the shape decides.
    The value is the calibrated likelihood that there is a collar.

    Limits
    ------
    Ours: 0.5, with a doubtful band of 0.23 about it. A preview rule, off unless selected, for its errors: on the eval
    photos, each third of the people judged by a network trained on the others, it missed 6.3 % of the tops without a
    collar, falsely rejected 7.2 % of those with one and left a seventh to a person; its equal error rate is 14 %. What
    is wrong: V-necks that look like lapels, cardigans, head scarves; polo and stand collars, a jacket over a T-shirt.
    The shipped network was trained on all of these photos, so its errors on them are lower than on new people.
    """

    code: ClassVar[str] = "CLO004"
    name: ClassVar[str] = "collar"
    title: ClassVar[Text] = Text("衣领", "collar")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "学校通知"
    preview: ClassVar[bool] = True
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "上衣好像没有衣领",
                    "the top seems to have no collar",
                ),
                Text("请穿有领的上衣，如衬衫或西装", "wear a top with a collar, such as a shirt or a jacket"),
            )
        }
    )

    low: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        value = 1 - probability(portrait.neck_dress.collarless, *_COLLARLESS_SCALE)
        return Measurement(value, _COLLAR_BAND, _neckline(portrait))


@dataclass(frozen=True, kw_only=True)
class Turtleneck(LimitRule):
    """The neck is not covered by a turtleneck.

    Why
    ---
    The school's notice forbids high-necked tops: they hide the neck and with it the line of the jaw.

    How
    ---
    Another output of the network of `Collar`: the calibrated likelihood that cloth covers the neck up to the jaw.
    Beards, shirt collars, short necks and head scarves were among the examples without one.

    Limits
    ------
    Ours: 0.5, with a doubtful band of 0.2 about it. On the eval photos, each third of the people judged by a network
    trained on the others, it missed none of 16, falsely rejected 0.6 % and left 0.6 % to a person; its equal error rate
    is 0.6 %. Only painted turtlenecks were to be had, and the shipped network was trained on all of these photos.
    """

    code: ClassVar[str] = "CLO005"
    name: ClassVar[str] = "turtleneck"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("高领", "turtleneck")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "学校通知"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "颈部好像被高领遮住",
                    "a turtleneck seems to cover the neck",
                ),
                Text("请不要穿高领衣服，露出颈部", "wear no turtleneck; leave the neck free"),
            )
        }
    )

    high: float | None = 0.5

    def measure(self, portrait: Portrait) -> Measurement:
        value = probability(portrait.neck_dress.turtleneck, *_TURTLENECK_SCALE)
        return Measurement(value, _TURTLENECK_BAND, _neckline(portrait))


_COLLARLESS_SCALE = (0.0, 1.0)  # log odds at which no collar is as likely as one, and their spread
_COLLAR_BAND = 0.23
_TURTLENECK_SCALE = (-0.25, 0.6)
_TURTLENECK_BAND = 0.2
