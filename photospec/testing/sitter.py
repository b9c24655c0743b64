"""Who is drawn and where: the sitter, the geometry of the head in the frame, and the truth about the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

__all__ = ["EYE_DISTANCES_PER_FACE_WIDTH", "Geometry", "Sitter", "Truth"]

Colour = tuple[int, int, int]
SkinTone = Literal["very-light", "light", "intermediate", "tan", "brown", "dark"]
HairStyle = Literal["short", "cropped", "bald", "tied", "long"]
HairColour = Literal["black", "dark-brown", "brown", "blond", "red", "grey"]

FACE_BREADTH = 2.26
"""Cheek to cheek (landmarks 1 to 15) in eye distances."""

EYE_DISTANCES_PER_FACE_WIDTH = 1 / FACE_BREADTH
"""Distance between the pupils over the face width, in every portrait of an unstretched picture."""


def check_colour(name: str, colour: object) -> None:
    """Raise a ValueError that names the argument unless `colour` is three integers from 0 to 255."""
    right = isinstance(colour, tuple) and len(colour) == 3 and all(isinstance(c, int) and 0 <= c <= 255 for c in colour)
    if not right:
        raise ValueError(f"{name} must be three integers from 0 to 255 (red, green, blue), got {colour!r}")


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise a ValueError that names the argument unless `value` is a number from `low` to `high`."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}")


def _check_choice(name: str, value: object, choices: object) -> None:
    if value not in get_args(choices):
        raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}, got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """The drawn person, who is nobody.

    Parameters
    ----------
    sex : {'woman', 'man'}
        Shape of the jaw, brows and lips.
    skin : {'very-light', 'light', 'intermediate', 'tan', 'brown', 'dark'}
        Skin tone, by the classes of the individual typology angle.
    hair : {'short', 'cropped', 'bald', 'tied', 'long'}
        Style; each leaves brows and ears free. 'long' falls behind the shoulders.
    hair_colour : {'black', 'dark-brown', 'brown', 'blond', 'red', 'grey'}
        Also the brows' colour.
    iris : (int, int, int)
        RGB of the iris.
    glasses : bool
        Clear glasses with a thin dark frame that stands free of the eyes.
    garment : (int, int, int)
        RGB of the lit cloth of the collared shirt.

    Raises
    ------
    ValueError
        An argument is not one of the choices.

    Examples
    --------
    >>> Sitter(sex="man", skin="dark", hair="cropped").hair_colour
    'black'
    >>> Sitter.random(3) == Sitter.random(3)
    True
    """

    sex: Literal["woman", "man"] = "woman"
    skin: SkinTone = "light"
    hair: HairStyle = "short"
    hair_colour: HairColour = "black"
    iris: Colour = (74, 50, 36)
    glasses: bool = False
    garment: Colour = (44, 50, 74)

    def __post_init__(self) -> None:
        """Check every argument."""
        _check_choice("sex", self.sex, Literal["woman", "man"])
        _check_choice("skin", self.skin, SkinTone)
        _check_choice("hair", self.hair, HairStyle)
        _check_choice("hair_colour", self.hair_colour, HairColour)
        check_colour("iris", self.iris)
        check_colour("garment", self.garment)
        if not isinstance(self.glasses, bool):
            raise ValueError(f"glasses must be True or False, got {self.glasses!r}")

    @classmethod
    def random(cls, seed: int) -> Sitter:
        """Return a sitter chosen by a seed, with the same odds for every skin tone.

        Parameters
        ----------
        seed : int
            Not negative; the same seed gives the same sitter.

        Returns
        -------
        Sitter
        """
        rng = np.random.default_rng((seed, 1))
        man = bool(rng.random() < 0.5)
        skin: SkinTone = get_args(SkinTone)[rng.integers(6)]
        styles: tuple[HairStyle, ...] = ("short", "short", "cropped", "bald") if man else ("short", "tied", "long")
        colours: tuple[HairColour, ...] = ("black", "black", "dark-brown")
        irises: tuple[Colour, ...] = ((74, 50, 36), (58, 40, 30), (96, 66, 40))
        if skin in ("very-light", "light"):
            colours += ("brown", "blond", "red", "grey")
            irises += ((98, 112, 92), (92, 116, 138))
        garments: tuple[Colour, ...] = (
            (44, 50, 74),
            (40, 42, 46),
            (78, 34, 42),
            (34, 66, 58),
            (70, 58, 92),
            (72, 70, 78),
        )
        return cls(
            sex="man" if man else "woman",
            skin=skin,
            hair=styles[rng.integers(len(styles))],
            hair_colour=colours[rng.integers(len(colours))],
            iris=irises[rng.integers(len(irises))],
            glasses=bool(rng.random() < 0.25),
            garment=garments[rng.integers(len(garments))],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Where the head is, in pixels of a 480x640 frame; on another frame size the numbers scale with its height.

    Parameters
    ----------
    crown_y : float
        Top of the hair, -200 to 500.
    eye_y : float
        Mean height of the pupils, 20 to 620 and below the crown.
    face_width : float
        Cheek to cheek (landmarks 1 to 15), 60 to 400; the pupils stand 0.44 of it apart.
    centre_x : float
        Middle between the pupils, -100 to 580; the middle of the frame is 239.5, between its two middle columns.
    roll : float
        Head tilt in degrees about the middle between the pupils, clockwise in the image is positive, -40 to 40.

    Raises
    ------
    ValueError
        A number is out of its range, or the crown is not at least half and at most 1.5 face widths above the eyes.

    Examples
    --------
    >>> Geometry(roll=5.0)
    Geometry(crown_y=80.0, eye_y=250.0, face_width=240.0, centre_x=239.5, roll=5.0)
    """

    crown_y: float = 80.0
    eye_y: float = 250.0
    face_width: float = 240.0
    centre_x: float = 239.5
    roll: float = 0.0

    def __post_init__(self) -> None:
        """Check every argument."""
        check_number("crown_y", self.crown_y, -200, 500)
        check_number("eye_y", self.eye_y, 20, 620)
        check_number("face_width", self.face_width, 60, 400)
        check_number("centre_x", self.centre_x, -100, 580)
        check_number("roll", self.roll, -40, 40)
        height = (self.eye_y - self.crown_y) / self.face_width
        if not 0.5 <= height <= 1.5:
            raise ValueError(
                f"crown_y must be 0.5 to 1.5 face widths above eye_y, got {height:.2f} "
                f"(crown_y={self.crown_y:g}, eye_y={self.eye_y:g}, face_width={self.face_width:g})"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What is known of a drawn portrait, in its own pixels; a pixel's centre has integer coordinates.

    Parameters
    ----------
    crown_y : float
        Top of the hair on the head.
    top_y : float
        Highest point of the person: the crown, or the knot or hat above it.
    eye_y : float
        Mean height of the pupils.
    face_width : float
        Distance from landmark 1 to landmark 15.
    centre_x : float
        Middle between the pupils.
    roll : float
        Degrees, clockwise in the image is positive.
    pupils : (2, 2) float32
        Centre of the left and of the right eye of the image, (x, y).
    landmarks : (68, 2) float32
        As drawn, in the order of iBUG 300-W.
    """

    crown_y: float
    top_y: float
    eye_y: float
    face_width: float
    centre_x: float
    roll: float
    pupils: npt.NDArray[np.float32] = field(repr=False)
    landmarks: npt.NDArray[np.float32] = field(repr=False)


_BROWS = list(range(26, 16, -1))
_NOSE = [27, 28, 29, 30, 35, 34, 33, 32, 31]
_EYES = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
_LIPS = [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
MIRROR = [*range(16, -1, -1), *_BROWS, *_NOSE, *_EYES, *_LIPS]
"""Index of each landmark's mirror image."""


def move(truth: Truth, matrix: npt.NDArray[np.float64], *, mirrored: bool = False) -> Truth:
    """Return the truth about a picture whose points were moved by a (2, 3) matrix."""
    linear, shift = matrix[:, :2], matrix[:, 2]
    landmarks = (truth.landmarks @ linear.T + shift).astype(np.float32)
    pupils = (truth.pupils @ linear.T + shift).astype(np.float32)
    if mirrored:
        landmarks, pupils = landmarks[MIRROR], pupils[::-1].copy()
    across = pupils[1] - pupils[0]
    return Truth(
        crown_y=float(truth.crown_y * linear[1, 1] + shift[1]),
        top_y=float(truth.top_y * linear[1, 1] + shift[1]),
        eye_y=float(pupils[:, 1].mean()),
        face_width=float(np.linalg.norm(landmarks[15] - landmarks[1])),
        centre_x=float(pupils[:, 0].mean()),
        roll=math.degrees(math.atan2(float(across[1]), float(across[0]))),
        pupils=pupils,
        landmarks=landmarks,
    )
