"""What can be wrong with a portrait, each defect in rising severity, and those that can be put on any picture."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import skimage
from PIL import Image

from photospec.testing.sitter import Geometry, Truth, check_number, move

__all__ = ["DEFECTS", "Defect", "apply", "defects_of"]

U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something that can be wrong with a portrait.

    Parameters
    ----------
    name : str
        What it is.
    rules : tuple of str
        Names of the rules that it offends when severe, the one it is meant for first.
    severity : str
        What grows from 0 to 1.
    stage : {'geometry', 'drawing', 'pixels'}
        Whether it moves the head, is drawn with the sitter, or is put on the finished picture; only the last can be
        put on any picture with `apply`.
    """

    name: str
    rules: tuple[str, ...]
    severity: str
    stage: Literal["geometry", "drawing", "pixels"]


def _registry() -> dict[str, Defect]:
    table: dict[str, Defect] = {}
    rows: tuple[tuple[Literal["geometry", "drawing", "pixels"], str, str, str], ...] = (
        ("geometry", "crown-too-high", "crown-margin", "the crown rises by 80 px and the eyes by 40"),
        ("geometry", "crown-too-low", "crown-margin", "the crown sinks by 80 px and the eyes by 45"),
        ("geometry", "eyes-too-high", "eye-line", "the eyes rise by 65 px and the crown by 30"),
        ("geometry", "eyes-too-low", "eye-line", "the eyes sink by 90 px and the crown by 25"),
        ("geometry", "face-too-large", "face-width", "the face widens from 240 to 340 px"),
        ("geometry", "face-too-small", "face-width", "the head shrinks to 135 px of face width"),
        ("geometry", "off-centre", "centring", "the head moves 90 px to the image's right"),
        ("geometry", "tilted", "head-roll", "the head rolls by 20 degrees clockwise in the image"),
        ("drawing", "backdrop-colour", "background-colour", "the backdrop's colour goes to red"),
        (
            "drawing",
            "backdrop-gradient",
            "background-uniformity",
            "the backdrop darkens downwards, to 55 % of its colour",
        ),
        ("drawing", "backdrop-texture", "background-uniformity", "folds of a curtain, to 30 % darker"),
        (
            "drawing",
            "backdrop-shadow",
            "background-shadow background-uniformity",
            "a shadow of the head, to 60 % darker",
        ),
        (
            "drawing",
            "backdrop-object",
            "background-objects background-uniformity",
            "a picture frame and a plant enter from the image's left edge",
        ),
        (
            "drawing",
            "second-person",
            "background-objects single-face",
            "someone comes out from behind the head, on the image's right",
        ),
        ("drawing", "cut-out-halo", "background-replaced", "a white rim of 1 to 4 px about the person, its strength"),
        (
            "drawing",
            "narrow-figure",
            "figure-fills-frame shoulders",
            "the shoulders narrow until the frame's corners are empty",
        ),
        ("drawing", "shoulders-tilted", "shoulders", "the shoulder line falls to the image's right, to 24 degrees"),
        ("drawing", "topknot", "crown-margin", "a bun on the crown, to 65 px high"),
        ("drawing", "head-turned", "head-yaw", "the head turns to the image's right; by its landmarks, to 22 degrees"),
        ("drawing", "head-raised", "head-pitch", "the chin rises; by its landmarks, by some 18 degrees"),
        ("drawing", "eyes-closed", "eyes-open", "both lids fall; 1 is shut"),
        ("drawing", "left-eye-closed", "eyes-open", "the lid of the image's left eye falls; 1 is shut"),
        ("drawing", "right-eye-closed", "eyes-open", "the lid of the image's right eye falls; 1 is shut"),
        ("drawing", "gaze-aside", "gaze", "both irises move to the image's right, by 0.11 eye distances"),
        ("drawing", "mouth-open", "mouth-closed", "the jaw falls and teeth show"),
        (
            "drawing",
            "smile",
            "neutral-expression mouth-closed",
            "the corners of the mouth rise; teeth show from about 0.3",
        ),
        ("drawing", "tinted-lenses", "tinted-lenses", "glasses whose lenses keep back to 92 % of the light"),
        ("drawing", "glare", "lens-reflection", "glasses with white reflections that grow over the lenses"),
        (
            "drawing",
            "frame-over-eyes",
            "frame-over-eyes",
            "glasses that slide down until the upper rim crosses the pupils",
        ),
        ("drawing", "coloured-contacts", "coloured-contacts", "the irises turn violet with a dark ring"),
        ("drawing", "hat", "head-covering", "a knitted hat is pulled down to the brows"),
        ("drawing", "headband", "head-covering", "a red band over the hair, its width"),
        ("drawing", "scarf", "head-covering ears-visible", "a head scarf closes over hair, ears and neck"),
        ("drawing", "fringe", "hair-over-eyes", "a fringe falls, at 0.5 over the brows, at 1 over the eyes"),
        ("drawing", "hair-over-ears", "ears-visible", "hair falls over both ears"),
        ("drawing", "left-ear-covered", "ears-visible", "hair falls over the ear on the image's left"),
        ("drawing", "right-ear-covered", "ears-visible", "hair falls over the ear on the image's right"),
        ("drawing", "ear-studs", "earrings", "a metal stud on each lobe, its size to 0.09 eye distances"),
        ("drawing", "ear-hoops", "earrings", "a metal hoop at each lobe, its size to 0.45 eye distances"),
        ("drawing", "ear-drops", "earrings", "a pendant at each lobe, its length to 0.5 eye distances"),
        ("drawing", "necklace", "necklace", "a chain with a pendant about the neck, its thickness"),
        ("drawing", "face-mask", "face-occlusion mouth-closed", "a mask rises from the chin over mouth and nose"),
        ("drawing", "hand-on-face", "face-occlusion", "a hand comes over the cheek from the image's right"),
        ("drawing", "heavy-make-up", "make-up", "lipstick, eye shadow and rouge, their strength"),
        ("drawing", "garment-like-backdrop", "clothing-contrast", "the garment takes on the backdrop's colour"),
        ("drawing", "stripes", "clothing-pattern", "contrast of wide stripes"),
        ("drawing", "checks", "clothing-pattern", "contrast of checks"),
        ("drawing", "print", "clothing-pattern", "size of a print on the chest"),
        ("drawing", "sky-blue-garment", "clothing-hue clothing-contrast", "the garment turns sky-blue"),
        ("drawing", "yellow-green-garment", "clothing-hue", "the garment turns yellow-green"),
        ("drawing", "round-neck", "collar", "above 0 a top without collar; the neckline deepens"),
        ("drawing", "turtleneck", "turtleneck collar", "the cloth climbs up the neck"),
        ("drawing", "side-light", "even-lighting", "the light goes to the image's left, to 75 degrees"),
        ("drawing", "face-shadow", "even-lighting", "a shadow's edge crosses the face; its depth"),
        ("drawing", "hot-spots", "highlights", "shine on forehead, nose and cheeks"),
        ("drawing", "red-eye", "red-eye", "the pupils glow red and widen"),
        ("pixels", "stretched", "aspect-distortion", "the width grows by 35 % and is cropped"),
        ("pixels", "overexposed", "overexposure", "exposure, to 3 stops more"),
        ("pixels", "underexposed", "underexposure", "exposure, to 3.5 stops less"),
        ("pixels", "warm-cast", "natural-colour", "the light's colour goes to orange"),
        ("pixels", "green-cast", "natural-colour", "the light's colour goes to green"),
        ("pixels", "monochrome", "natural-colour", "the colour is taken away"),
        ("pixels", "smoothed-skin", "retouching", "a beauty filter (bilateral) takes the skin's texture"),
        ("pixels", "defocus", "sharpness", "Gaussian blur, to a standard deviation of 5 px"),
        ("pixels", "motion-blur", "sharpness", "blur along the horizontal, to 25 px"),
        ("pixels", "upscaled", "sharpness", "enlarged, to five times, from a small picture"),
        ("pixels", "noise", "noise", "sensor noise, to a standard deviation of 28 levels"),
        ("pixels", "compression", "compression-artefacts", "saved before as JPEG, to a quality of 5"),
        ("pixels", "border", "frame-or-text", "a black border, to 28 px wide"),
        ("pixels", "text-stamp", "frame-or-text", "two lines of text at the lower right; their strength"),
        ("pixels", "date-stamp", "frame-or-text", "an orange date at the lower right; its strength"),
    )
    for stage, name, rules, severity in rows:
        table[name] = Defect(name=name, rules=tuple(rules.split()), severity=severity, stage=stage)
    return table


DEFECTS: Mapping[str, Defect] = MappingProxyType(_registry())
"""Every defect by its name."""


def defects_of(rule: str) -> tuple[Defect, ...]:
    """Return the defects that are meant for a rule.

    Parameters
    ----------
    rule : str
        A rule's name, for example ``"earrings"``.

    Returns
    -------
    tuple of Defect
        Empty when there is none.

    Examples
    --------
    >>> [defect.name for defect in defects_of("earrings")]
    ['ear-studs', 'ear-hoops', 'ear-drops']
    """
    return tuple(defect for defect in DEFECTS.values() if defect.rules[0] == rule)


def resolve(defects: Mapping[str, float] | Iterable[str]) -> dict[str, float]:
    """Return severities above 0 by the defects' own names, in the order in which they are made."""
    if isinstance(defects, str):
        raise ValueError(f"defects must be a mapping of names to severities or several names, got {defects!r}")
    wanted = defects if isinstance(defects, Mapping) else dict.fromkeys(defects, 1.0)
    found: dict[str, float] = {}
    for name, severity in wanted.items():
        check_number(f"severity of {name!r} in defects", severity, 0, 1)
        found[_defect(name, "defects").name] = float(severity)
    return {name: found[name] for name in DEFECTS if found.get(name)}


def _defect(name: object, argument: str) -> Defect:
    if isinstance(name, str):
        if name in DEFECTS:
            return DEFECTS[name]
        if meant := defects_of(name):
            return meant[0]
    raise ValueError(f"{argument}: no defect or rule with a defect is called {name!r}; see photospec.testing.DEFECTS")


def shift_geometry(geometry: Geometry, how: Mapping[str, float]) -> Geometry:
    """Return a geometry with the defects of position, size and tilt."""
    crown, eye, width = geometry.crown_y, geometry.eye_y, geometry.face_width
    get = how.get
    for name, rise, lift in (
        ("crown-too-high", 80, 40),
        ("crown-too-low", -80, -45),
        ("eyes-too-high", 30, 65),
        ("eyes-too-low", -25, -90),
    ):
        crown -= rise * get(name, 0)
        eye -= lift * get(name, 0)
    width += 100 * get("face-too-large", 0)
    if small := get("face-too-small", 0):
        factor = 1 - (1 - 135 / 240) * small
        width *= factor
        crown = eye - (eye - crown) * factor
    return replace(
        geometry,
        crown_y=crown,
        eye_y=eye,
        face_width=width,
        centre_x=geometry.centre_x + 90 * get("off-centre", 0),
        roll=geometry.roll + 20 * get("tilted", 0),
    )


def move_truth(truth: Truth, name: str, severity: float, size: tuple[int, int]) -> Truth:
    """Return the truth about a picture that a defect of the pixels has changed."""
    return move(truth, _stretch(size, severity)) if name == "stretched" else truth


# -- on any picture -------------------------------------------------------------------------------------------


def apply(pixels: U8, name: str, severity: float, *, seed: int = 0) -> U8:
    """Put a defect on any picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB.
    name : str
        A defect whose stage is 'pixels', or a rule's name for the first such defect that offends it.
    severity : float
        0 to 1; 0 returns the picture unchanged.
    seed : int
        For noise; the same seed gives the same noise.

    Returns
    -------
    (H, W, 3) uint8
        A new picture.

    Raises
    ------
    ValueError
        An argument is not as described, or the defect can only be drawn.

    Examples
    --------
    >>> import numpy as np
    >>> bright = apply(np.full((8, 8, 3), 100, np.uint8), "overexposed", 0.5)
    >>> bool((bright > 100).all())
    True
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("pixels must be an (H, W, 3) array of uint8")
    check_number("severity", severity, 0, 1)
    defect = _defect(name, "name")
    if defect.name not in _ON_PIXELS:
        raise ValueError(f"name: {name!r} can only be drawn; give it to portrait(defects=...)")
    if severity == 0:
        return pixels.copy()
    rng = np.random.default_rng((seed, zlib.crc32(defect.name.encode())))
    return _ON_PIXELS[defect.name](np.ascontiguousarray(pixels), float(severity), rng)


def _stretch(size: tuple[int, int], severity: float) -> npt.NDArray[np.float64]:
    factor = 1 + 0.35 * severity
    middle = (size[0] - 1) / 2
    return np.array([[factor, 0.0, middle * (1 - factor)], [0.0, 1.0, 0.0]])


def _stretched(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    height, width = pixels.shape[:2]
    back = np.linalg.inv(np.vstack([_stretch((width, height), severity), (0, 0, 1)]))
    stretched = skimage.transform.warp(pixels, back, order=3, mode="constant", preserve_range=True)
    return stretched.round().clip(0, 255).astype(np.uint8)  # type: ignore[no-any-return]


_LINEAR = (np.arange(256) / 255.0) ** 2.2


def _exposed(pixels: U8, stops: float) -> U8:
    # A camera's shoulder: what is twice as bright as white is white, not grey.
    table = 255 * np.minimum(_LINEAR * 2.0**stops, 1) ** (1 / 2.2)
    return cv2.LUT(pixels, np.round(table).astype(np.uint8))  # type: ignore[return-value]


def _overexposed(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _exposed(pixels, 3 * severity)


def _underexposed(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _exposed(pixels, -3.5 * severity)


def _cast(pixels: U8, gains: tuple[float, float, float], severity: float) -> U8:
    tables = [255 * np.minimum(_LINEAR * gain**severity, 1) ** (1 / 2.2) for gain in gains]
    return cv2.LUT(pixels, np.round(np.dstack(tables)).astype(np.uint8))  # type: ignore[return-value]


def _warm(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _cast(pixels, (1.35, 0.95, 0.38), severity)


def _green(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _cast(pixels, (0.62, 1.25, 0.60), severity)


def _monochrome(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(pixels, 1 - severity, grey, severity, 0)  # type: ignore[return-value]


def _smoothed(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    flat = cv2.bilateralFilter(pixels, 11, 45, 7)
    return cv2.addWeighted(pixels, 1 - severity, flat, severity, 0)  # type: ignore[return-value]


def _defocus(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return cv2.GaussianBlur(pixels, (0, 0), 5 * severity * pixels.shape[0] / 640)  # type: ignore[return-value]


def _motion(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    length = 1 + 24 * severity * pixels.shape[0] / 640
    half = math.ceil(length / 2)
    kernel = np.clip(length / 2 + 0.5 - np.abs(np.arange(-half, half + 1)), 0, 1)[None]
    return cv2.filter2D(pixels, -1, kernel / kernel.sum())  # type: ignore[return-value]


def _upscaled(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    height, width = pixels.shape[:2]
    factor = 1 + 4 * severity
    small = cv2.resize(
        pixels, (max(1, round(width / factor)), max(1, round(height / factor))), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


def _noise(pixels: U8, severity: float, rng: np.random.Generator) -> U8:
    height, width = pixels.shape[:2]
    # Half of it is common to the channels; the sensor's pattern is a little coarser than a pixel.
    grain = rng.standard_normal((height, width, 3), np.float32) + rng.standard_normal((height, width, 1), np.float32)
    soft = cv2.GaussianBlur(grain, (0, 0), 0.6)
    noisy: U8 = (pixels + soft * (28 * severity / max(float(soft.std()), 1e-6))).clip(0, 255).round().astype(np.uint8)
    return noisy


def _compressed(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=round(60 - 55 * severity))
    with Image.open(out) as picture:
        return np.array(picture.convert("RGB"))


def _border(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    wide = max(1, round(28 * severity * pixels.shape[0] / 640))
    framed = pixels.copy()
    cv2.rectangle(framed, (0, 0), (pixels.shape[1] - 1, pixels.shape[0] - 1), (12, 12, 14), 2 * wide - 1)
    return framed


def _stamp(pixels: U8, lines: tuple[str, ...], colour: tuple[int, int, int], severity: float) -> U8:
    height, width = pixels.shape[:2]
    unit = height / 640
    stamped = pixels.copy()
    for row, line in enumerate(reversed(lines)):
        (wide, _), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, 0.75 * unit, max(1, round(2 * unit)))
        at = round(width - wide - 22 * unit), round(height - (24 + 34 * row) * unit)
        cv2.putText(
            stamped, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.75 * unit, colour, max(1, round(2 * unit)), cv2.LINE_AA
        )
    return cv2.addWeighted(pixels, 1 - severity, stamped, severity, 0)  # type: ignore[return-value]


def _text(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _stamp(pixels, ("STUDIO No. 7", "SAMPLE 20170613"), (250, 250, 250), severity)


def _date(pixels: U8, severity: float, _: np.random.Generator) -> U8:
    return _stamp(pixels, ("2017 06 13",), (255, 140, 30), severity)


_ON_PIXELS: dict[str, Callable[[U8, float, np.random.Generator], U8]] = {
    "stretched": _stretched,
    "overexposed": _overexposed,
    "underexposed": _underexposed,
    "warm-cast": _warm,
    "green-cast": _green,
    "monochrome": _monochrome,
    "smoothed-skin": _smoothed,
    "defocus": _defocus,
    "motion-blur": _motion,
    "upscaled": _upscaled,
    "noise": _noise,
    "compression": _compressed,
    "border": _border,
    "text-stamp": _text,
    "date-stamp": _date,
}
