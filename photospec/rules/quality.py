"""LGT: what sensor, encoder and retoucher left in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured
from photospec.finding import Action, Level
from photospec.portrait import Portrait
from photospec.rules._base import LimitRule, Measurement, Say
from photospec.text import Text

__all__ = ["CompressionArtefacts", "NoiseLevel", "Retouching"]


@dataclass(frozen=True, kw_only=True)
class NoiseLevel(LimitRule):
    """The picture is free of strong noise.

    Why
    ---
    Clause 一.3: a clear picture with fine tones.

    How
    ---
    Standard deviation of the noise in the flattest tiles of face and backdrop, in grey levels, and of the colour
    differences on the face; the strongest counts. On the face it is measured at half size too, for coarse grain. Pores,
    hair and clipped white are left out. Single pixels far from their neighbours, on face and backdrop alike, count as
    well: salt and pepper leaves most tiles clean.

    Limits
    ------
    Ours. On the eval photos clean studio ones have at most 1.4 levels, others 2.4, noisy ones 4 and more.
    """

    code: ClassVar[str] = "LGT008"
    name: ClassVar[str] = "noise"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("噪点", "noise")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.3"
    unit: ClassVar[str] = "levels"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text("噪点过多：约为限值的 {times} 倍", "too much noise: {times} times what is allowed"),
                Text("请增加光线、降低 ISO 后重拍", "add light, lower the ISO setting, and shoot again"),
            )
        }
    )

    level: Level = Level.WARNING
    high: float | None = 2.3

    def measure(self, portrait: Portrait) -> Measurement:
        return Measurement(portrait.noise.worst, 0.3)


@dataclass(frozen=True, kw_only=True)
class CompressionArtefacts(LimitRule):
    """No visible blocks of a strong compression, even if the photo was saved again at high quality.

    Why
    ---
    Clause 一.3: a clear picture. A photo that once went through a messenger keeps its blocks for ever.

    How
    ---
    Mean step between neighbouring pixels at the edges of an 8x8 grid over the step elsewhere, both ways, at whichever
    of the grid's positions shows it most, in the photo's own pixels. Only what exceeds 2 grey levels counts.

    Limits
    ------
    Ours, so that JPEG quality 60 or better, which the standard asks for, passes. Of the eval photos those encoded once
    at usual quality have 1.1 to 1.6, at quality 40 about 1.8, at 25 about 2.3, and recompressed ones 2.5 and more. A
    photo that was resized after its compression has lost the grid.
    """

    code: ClassVar[str] = "LGT009"
    name: ClassVar[str] = "compression-artefacts"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("压缩失真", "compression artefacts")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "一.3"
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "有明显的压缩块状失真：约为限值的 {times} 倍",
                    "blocks of a strong compression are visible: {times} times what is allowed",
                ),
                Text(
                    "请使用原始照片重新导出，不要经聊天软件转发",
                    "export again from the original picture; do not pass it through a messenger",
                ),
            )
        }
    )

    level: Level = Level.WARNING
    high: float | None = 1.78

    def measure(self, portrait: Portrait) -> Measurement:
        return Measurement(portrait.blocking.ratio, 0.07)


@dataclass(frozen=True, kw_only=True)
class Retouching(LimitRule):
    """The skin has its texture: no beauty filter smoothed it.

    Why
    ---
    Clause 一.2: a true likeness; nothing is retouched.

    How
    ---
    Strength of the fine texture of cheeks and forehead, in grey levels. An unsharp photo shows no texture in any case,
    so it says ``review``.

    Limits
    ------
    Ours. On the eval photos untouched studio portraits have 0.75 levels and more, smoothed ones at most 0.29, on dark
    skin too. Preview: make-up, noise reduction in the camera and strong compression smooth as well, and added noise
    hides it.
    """

    code: ClassVar[str] = "LGT010"
    name: ClassVar[str] = "retouching"
    title: ClassVar[Text] = Text("皮肤修饰", "retouching")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "一.2"
    unit: ClassVar[str] = "levels"
    preview: ClassVar[bool] = True
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "皮肤纹理过于平滑（只有应有纹理的 {part}%），疑似磨皮美颜",
                    "the skin is too smooth ({part} % of the least texture), as from a beauty filter",
                ),
                Text("请关闭美颜，使用未修饰的原照", "turn the beauty filter off and use the untouched photo"),
            )
        }
    )

    level: Level = Level.WARNING
    low: float | None = 0.40

    def measure(self, portrait: Portrait) -> Measurement:
        texture = portrait.skin_texture
        if portrait.exposure.washed_out > 0.2:
            raise Obscured(Text("面部曝光过度，无法判断皮肤纹理", "the face is washed out, so texture cannot show"))
        if portrait.focus.blur > 1.3:
            raise Obscured(Text("照片不清晰，无法判断皮肤纹理", "the photo is not sharp, so texture cannot show"))
        return Measurement(texture, 0.03)
