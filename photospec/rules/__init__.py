"""What is required: the rules, as small frozen objects."""

from __future__ import annotations

from photospec.rules._base import LimitRule, Measurement, Rule, Say, rule
from photospec.rules.clothing import ClothingContrast, ClothingHue, ClothingPattern

__all__ = ["BUILT_IN", "LimitRule", "Measurement", "Rule", "Say", "rule"]

BUILT_IN: tuple[type[Rule], ...] = (
    ClothingContrast,
    ClothingPattern,
    ClothingHue,
)
"""Every rule class of the package, in the order of their codes."""
