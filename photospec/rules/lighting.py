"""LGT: the light on the face, focus and colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from photospec.errors import Obscured
from photospec.finding import Action, Mark
from photospec.portrait import Portrait
from photospec.portrait.light import AlignedFace
from photospec.rules._base import LimitRule, Measurement, Say
from photospec.text import Text

__all__ = ["EvenLighting", "Highlights", "NaturalColour", "Overexposure", "Sharpness", "Underexposure"]


def _marks(face: AlignedFace, *boxes: tuple[float, float, float, float]) -> tuple[Mark, ...]:
    return tuple(Mark.box(*face.box_in_frame(*box)) for box in boxes)


@dataclass(frozen=True, kw_only=True)
class Overexposure(LimitRule):
    """The face is not washed out.

    Why
    ---
    Clause 三.1: the light is even, neither over- nor underexposed. What is clipped has lost its colour and its lines.

    How
    ---
    Share of the skin of cheeks, nose and forehead where two colour channels or more are clipped. A lab that softens the
    brightest tones clips nothing and yet leaves no colour, so typical skin whose lowest channel nears white counts
    too: level 207 of 255 like the share allowed. Dark skin clips last, so where the skin is dark the whites of the eyes
    stand in: they are below luma 160 in good light. Eyes behind a reflection are left out.

    Limits
    ------
    Ours. On the made photos well-lit faces have at most 5 %, and overexposed ones of light skin 50 % or more. The
    lowest channel of well-lit skin is 173 at most on studio portraits and below 200 in 95 % of the real photos called
    even, 203 to 229 in four of the five called washed out. Dark skin lit too brightly is the hard case: the whites of
    its eyes are not always brighter than other people's.
    """

    code: ClassVar[str] = "LGT001"
    name: ClassVar[str] = "overexposure"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("曝光过度", "overexposure")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "三.1"
    unit: ClassVar[str] = "%"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "面部曝光过度：约 {value}% 的肤色过亮失真（至多 {high}%）",
                    "the face is overexposed: about {value} % of the skin is washed out (at most {high} %)",
                ),
                Text("请调低曝光或减弱灯光后重拍", "lower the exposure or the lamps and shoot again"),
            ),
            "whites": Say(
                Text(
                    "曝光过度：眼白亮度达 {level}，细节丢失",
                    "overexposed: the whites of the eyes reach level {level} of 255",
                ),
                Text("请调低曝光或减弱灯光后重拍", "lower the exposure or the lamps and shoot again"),
            ),
            "pale": Say(
                Text(
                    "曝光过度：肤色发白，颜色最浅的通道已达 {pale}",
                    "overexposed: the skin is nearly white, its lowest channel is at level {pale} of 255",
                ),
                Text("请调低曝光或减弱灯光后重拍", "lower the exposure or the lamps and shoot again"),
            ),
        }
    )

    high: float | None = 20.0

    def measure(self, portrait: Portrait) -> Measurement:
        exposure = portrait.exposure
        share, case = 100 * exposure.washed_out, ""
        by_pallor = 20 + 0.7 * (exposure.palest - 207)
        if by_pallor > share:
            share, case = by_pallor, "pale"
        if exposure.skin_level < 162 and 150 < exposure.white_level < 240:
            by_whites = (exposure.white_level - 150) * 4 / 3
            if by_whites > share:
                share, case = by_whites, "whites"
        where = _marks(portrait.aligned_face, (18.0, 18.0, 78.0, 112.0)) if share > 10 else ()
        named = {
            "level": "-" if np.isnan(exposure.white_level) else round(exposure.white_level),
            "pale": round(exposure.palest),
        }
        return Measurement(share, 5.0, where, case, named)


@dataclass(frozen=True, kw_only=True)
class Underexposure(LimitRule):
    """The face has enough light, whatever its skin tone.

    Why
    ---
    Clause 三.1: the light is even, neither over- nor underexposed.

    How
    ---
    Stops by which the light falls short. Bright skin shows that there is light enough, and so do bright whites of the
    eyes: light scales both alike, so the darker the skin is beside its whites, the more these decide. Where no eye is
    seen, the brightest part of the picture may show it.

    Limits
    ------
    Ours. Of the real photos called even 99 % lack less than 0.4 stops, all but three of the dark ones 0.67 or more, the
    median is 1; on the made photos well-lit faces of any skin lack at most 0.5, underexposed ones 2.6 and more.
    """

    code: ClassVar[str] = "LGT002"
    name: ClassVar[str] = "underexposure"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("曝光不足", "underexposure")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "三.1"
    unit: ClassVar[str] = "stops"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "照片过暗：面部亮度约为正常的 {share}%（至少 {least}%）",
                    "the face is too dark: about {share} % of the light it needs (at least {least} %)",
                ),
                Text(
                    "请增加正面光线或提高曝光后重拍", "add light from the front or raise the exposure and shoot again"
                ),
            )
        }
    )

    high: float | None = 0.55

    def measure(self, portrait: Portrait) -> Measurement:
        short = portrait.exposure.stops_under
        where = _marks(portrait.aligned_face, (12.0, 6.0, 84.0, 120.0)) if short > 0.45 else ()
        return Measurement(short, 0.07, where)


@dataclass(frozen=True, kw_only=True)
class EvenLighting(LimitRule):
    """Both halves of the face are lit alike, and no shadow falls across it.

    Why
    ---
    Clause 三.1: even light, no shadow on the face. A half-lit face looks like another person's.

    How
    ---
    The face is aligned and every place of skin below the brows is compared with its mirror image in linear light, so
    beard and nose cancel. The value is the largest of the difference that nine tenths of the places stay below, 1.2
    times the median difference, 0.9 times the steepest step that its mirrored place does not have (the edge of a cast
    shadow), and 0.7 times what the forehead is darker than the cheeks (the shadow of a cap; hair is told by its
    strands). Gloss, which adds white light, is told from shade, which scales all channels; it counts in the median
    only. A stop is a factor of two.

    Limits
    ------
    Ours. Of the real photos called even 88 % stay below 0.5 and 98 % below 0.9; of those called side-lit all have 0.6
    and more. On the made photos studio portraits reach 0.5, lit from one side or shaded they have 1.7 and more. A
    shadow of the same shape on both sides is seen on the forehead only.
    """

    code: ClassVar[str] = "LGT003"
    name: ClassVar[str] = "even-lighting"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("光线均匀", "even lighting")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "三.1"
    unit: ClassVar[str] = "stops"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "面部光线不均：画面{side}侧明显偏暗，亮度约为亮侧的 {share}%（至少 {least}%）",
                    "uneven light: the image's {side} side has {share} % of the other's (at least {least} %)",
                ),
                Text("请使用正面、左右均匀的光线重拍", "shoot again with even light from the front"),
            ),
            "shadow": Say(
                Text(
                    "面部有阴影：暗处亮度约为亮处的 {share}%（至少 {least}%）",
                    "a shadow falls across the face: {share} % of the light beside it (at least {least} %)",
                ),
                Text(
                    "请移开遮挡光线的物体，使用正面均匀光线重拍",
                    "remove what casts the shadow and light the face evenly from the front",
                ),
            ),
        }
    )

    high: float | None = 0.8

    def measure(self, portrait: Portrait) -> Measurement:
        balance = portrait.light_balance
        sides = max(balance.zone, 1.2 * abs(balance.side))
        value = max(sides, 0.9 * balance.edge, 0.7 * balance.top)
        where = _marks(portrait.aligned_face, balance.darker) if value > 0.6 else ()
        side = Text("左", "left") if balance.side < 0 else Text("右", "right")
        return Measurement(value, 0.2, where, "shadow" if value > sides else "", {"side": side})


@dataclass(frozen=True, kw_only=True)
class Highlights(LimitRule):
    """No shine or hot spots on the skin.

    Why
    ---
    Clause 三.1: no highlights, no shine on the face.

    How
    ---
    How much whiter the shiniest 2 % of the skin is than this person's typical skin: light added to the lowest
    channel, in percent of white. Reflected lamp light is white, skin is not, so the lowest channel tells gloss from
    lightness; a skin that is white all over is overexposed, not shiny. A streak on the nose is small but plain: a spot
    below the eyes counts by what it has more than the skin around it, 36 % of white like the limit.

    Limits
    ------
    Ours. Of the real photos called even 91 % stay below 19.7 % and 98 % below 28 %, of those called shiny two thirds
    have 19.7 % and more. Preview: mild shine is a matter of degree, and its labels are few and soft. On the made photos
    studio portraits reach 27.5 %, hot spots have 38 % and more.
    """

    code: ClassVar[str] = "LGT004"
    name: ClassVar[str] = "highlights"
    title: ClassVar[Text] = Text("面部反光", "highlights")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "三.1"
    unit: ClassVar[str] = "%"
    preview: ClassVar[bool] = True
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "面部有高光或油光（亮处比肤色亮 {value}%，至多 {high}%）",
                    "the skin shines: it reflects {value} % of white more than the skin itself (at most {high} %)",
                ),
                Text(
                    "请擦去面部油光，柔化或移开灯光后重拍",
                    "wipe the shine off, soften or move the lamps, and shoot again",
                ),
            ),
            "spot": Say(
                Text(
                    "鼻梁或面颊有明显的反光亮斑（比周围皮肤亮 {light}%）",
                    "there is a bright streak or spot on nose or cheek ({light} % of white brighter than the skin)",
                ),
                Text(
                    "请擦去面部油光，柔化或移开灯光后重拍",
                    "wipe the shine off, soften or move the lamps, and shoot again",
                ),
            ),
        }
    )

    high: float | None = 23.9

    def measure(self, portrait: Portrait) -> Measurement:
        spots = portrait.hot_spots
        shine, small = 100 * spots.shine, 23.9 + 105 * (spots.peak - _SMALL_SPOT)
        case = "spot" if small > shine else ""
        named = {"light": round(100 * spots.peak)}
        return Measurement(max(shine, small, 0.0), 4.2, _marks(portrait.aligned_face, *spots.boxes), case, named)


_SMALL_SPOT = 0.36  # light added to a small spot, as a share of white, that counts like the largest shine allowed


@dataclass(frozen=True, kw_only=True)
class Sharpness(LimitRule):
    """The face is in focus, not blurred by motion, not enlarged from a small picture.

    Why
    ---
    Clause 一.3: the picture is sharp. All three faults take the same thing away, fine edges, and are told apart only by
    the direction and the scale of what is missing.

    How
    ---
    Spread of the edges round the eyes in pixels of a photo 640 px high, in the worst of four directions: the standard
    deviation of the blur that would turn ideal edges into these. Contrast, skin tone, glasses and smooth skin do not
    change it; noise is subtracted. Pixels enlarged to squares count with two thirds of their side. Interpolation keeps
    edges steep and adds nothing finer, so the fall of the power spectrum round the eyes is read as a spread too.

    Limits
    ------
    Ours. On the eval photos studio portraits spread 0.4 to 0.9 px, soft official ones to 1.3 px; blurred, shaken or
    enlarged ones 1.35 px and more. Pictures enlarged from half the size differ little from soft official ones, so many
    of both are held: see the uncertainty.

    References
    ----------
    .. [1] F. Crete et al., "The blur effect", SPIE 6492, 2007, https://doi.org/10.1117/12.702790
    """

    code: ClassVar[str] = "LGT006"
    name: ClassVar[str] = "sharpness"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("清晰度", "sharpness")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.3"
    unit: ClassVar[str] = "px blur"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "面部不清晰：模糊程度约为限值的 {times} 倍，可能失焦或由小图放大",
                    "the face is not sharp: {times} times the blur allowed, out of focus or enlarged",
                ),
                Text(
                    "请对准眼睛对焦后重拍，不要放大小照片",
                    "focus on the eyes and shoot again; do not enlarge a small picture",
                ),
            ),
            "motion": Say(
                Text(
                    "面部有运动模糊：模糊程度约为限值的 {times} 倍",
                    "the face is blurred by motion: {times} times the blur allowed",
                ),
                Text(
                    "请固定相机、保持不动，并增加光线后重拍",
                    "steady the camera, keep still, add light, and shoot again",
                ),
            ),
        }
    )

    high: float | None = 1.24

    def measure(self, portrait: Portrait) -> Measurement:
        focus = portrait.focus
        eyes = portrait.landmarks[17:48]
        (left, top), (right, bottom) = eyes.min(0), eyes.max(0)
        blur = portrait.blur
        where = (Mark.box(left, top, right, bottom),) if blur > 1.1 else ()
        return Measurement(blur, 0.07, where, "motion" if focus.motion is not None else "")


@dataclass(frozen=True, kw_only=True)
class NaturalColour(LimitRule):
    """The colours are true: no cast, not monochrome.

    Why
    ---
    Clause 一.3: true colour.

    How
    ---
    The most likely shift of all colours in a*, b*, given the skin and the whites of the eyes, and how unusual it is
    among people in neutral light, in standard deviations (see `photospec.portrait.colour_cast`). Where skin and whites
    disagree, as behind coated or coloured lenses, the whites are believed less. A monochrome or sepia picture has one
    hue only: lips, skin and whites of the eyes do not differ.

    Limits
    ------
    Ours, chosen on people left out so that, with 95 % confidence, less than 10 % of people with a cast are missed and
    less than 2 % of others fail (`python -m training.light`). A weak cast toward the colour of the skin itself cannot
    be told from a warm complexion.
    """

    code: ClassVar[str] = "LGT007"
    name: ClassVar[str] = "natural-colour"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("色彩自然", "natural colour")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.3"
    unit: ClassVar[str] = "σ"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "照片偏{hue}：色偏约 {shift}，超出人与光源的常见差异",
                    "the colours are shifted toward {hue} by about {shift}, further than people and lamps differ",
                ),
                Text("请校正白平衡，用同一种光源重拍", "set the white balance, use one kind of lamp, and shoot again"),
            ),
            "grey": Say(
                Text("照片为黑白或接近黑白", "the photo is monochrome, or nearly so"),
                Text("请提交彩色照片", "hand in a colour photo"),
            ),
        }
    )

    high: float | None = 2.65

    def measure(self, portrait: Portrait) -> Measurement:
        if portrait.exposure.washed_out > 0.5:
            raise Obscured(Text("面部曝光过度，颜色已丢失", "the face is washed out, its colour is lost"))
        cast = portrait.colour_cast
        missing = 2.65 + 90 * (0.028 - cast.variety)
        if missing > max(cast.unusual, 1.0):
            return Measurement(missing, 0.35, case="grey")
        named = {"hue": _HUES[int((cast.hue + 22.5) // 45) % 8], "shift": f"{cast.strength:.0f} ΔE"}
        return Measurement(cast.unusual, 0.35, named=named)


_HUES = (
    Text("红", "red"),
    Text("橙", "orange"),
    Text("黄", "yellow"),
    Text("黄绿", "yellow-green"),
    Text("绿", "green"),
    Text("青", "cyan"),
    Text("蓝", "blue"),
    Text("品红", "magenta"),
)
