"""What is required: the rules, as small frozen objects."""

from __future__ import annotations

from photospec.rules._base import LimitRule, Measurement, Rule, Say, rule
from photospec.rules.clothing import ClothingContrast, ClothingHue, ClothingPattern
from photospec.rules.composition import (
    AspectDistortion,
    Centring,
    CrownMargin,
    EyeLine,
    FaceWidth,
    FigureFillsFrame,
    HeadPitch,
    HeadRoll,
    HeadYaw,
    ShouldersLevel,
    SingleFace,
)

__all__ = ["BUILT_IN", "LimitRule", "Measurement", "Rule", "Say", "rule"]

BUILT_IN: tuple[type[Rule], ...] = (
    SingleFace,
    CrownMargin,
    EyeLine,
    FaceWidth,
    Centring,
    HeadRoll,
    HeadYaw,
    HeadPitch,
    ShouldersLevel,
    AspectDistortion,
    FigureFillsFrame,
    ClothingContrast,
    ClothingPattern,
    ClothingHue,
)
"""Every rule class of the package, in the order of their codes."""
