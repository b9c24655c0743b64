"""What is required: the rules, as small frozen objects."""

from __future__ import annotations

from photospec.rules._base import LimitRule, Measurement, Rule, Say, rule
from photospec.rules.background import (
    BackgroundColour,
    BackgroundObjects,
    BackgroundReplaced,
    BackgroundShadow,
    BackgroundUniformity,
    FrameOrText,
)
from photospec.rules.batch import DuplicatePhoto, RosterMatch
from photospec.rules.clothing import ClothingContrast, ClothingHue, ClothingPattern, Collar, Turtleneck
from photospec.rules.composition import (
    AspectDistortion,
    Centring,
    CropRoom,
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
from photospec.rules.covering import EarsVisible, FaceOcclusion, HairOverEyes, HeadCovering, MakeUp
from photospec.rules.expression import EyesOpen, LookingAtCamera, MouthClosed, NeutralExpression, RedEye
from photospec.rules.eyewear import ColouredContacts, FrameOverEyes, LensReflection, TintedLenses
from photospec.rules.file import (
    CaptureDate,
    ColourMode,
    EditingTraces,
    FileFormat,
    FileIntegrity,
    FileName,
    FileSize,
    JpegQualityFactor,
    Orientation,
    PixelSize,
    Resolution,
    TrailingData,
)
from photospec.rules.jewellery import Earrings, Necklace
from photospec.rules.lighting import EvenLighting, Highlights, NaturalColour, Overexposure, Sharpness, Underexposure
from photospec.rules.quality import CompressionArtefacts, NoiseLevel, Retouching

__all__ = ["BUILT_IN", "LimitRule", "Measurement", "Rule", "Say", "rule"]

BUILT_IN: tuple[type[Rule], ...] = (
    FileIntegrity,
    FileFormat,
    PixelSize,
    ColourMode,
    JpegQualityFactor,
    Resolution,
    FileSize,
    Orientation,
    FileName,
    CaptureDate,
    EditingTraces,
    TrailingData,
    BackgroundColour,
    BackgroundUniformity,
    BackgroundShadow,
    BackgroundObjects,
    FrameOrText,
    BackgroundReplaced,
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
    CropRoom,
    EyesOpen,
    LookingAtCamera,
    MouthClosed,
    NeutralExpression,
    TintedLenses,
    LensReflection,
    FrameOverEyes,
    ColouredContacts,
    HeadCovering,
    HairOverEyes,
    EarsVisible,
    Earrings,
    Necklace,
    FaceOcclusion,
    MakeUp,
    ClothingContrast,
    ClothingPattern,
    ClothingHue,
    Collar,
    Turtleneck,
    Overexposure,
    Underexposure,
    EvenLighting,
    Highlights,
    RedEye,
    Sharpness,
    NaturalColour,
    NoiseLevel,
    CompressionArtefacts,
    Retouching,
    DuplicatePhoto,
    RosterMatch,
)
"""Every rule class of the package, in the order of their codes."""
