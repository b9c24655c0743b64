"""Glasses: worn or not, and of each lens its tint, its reflections and whether a rim crosses the eye."""

from __future__ import annotations

from dataclasses import dataclass

from photospec.networks.shelf import Odds, Shelf
from photospec.odds import either, mean

__all__ = ["Glasses", "Lens", "find_glasses"]


@dataclass(frozen=True, slots=True)
class Lens:
    """What is before one eye; probabilities, 0 to 1.

    Parameters
    ----------
    tint : float
        That a dark or coloured lens is.
    glare : float
        That a reflection is.
    frame : float
        That a rim crosses the open eye.
    """

    tint: float
    glare: float
    frame: float


@dataclass(frozen=True, slots=True)
class Glasses:
    """Glasses, or what could be; probabilities, 0 to 1.

    Parameters
    ----------
    worn : float
        That glasses are worn.
    tint : float
        That their lenses are dark or coloured.
    glare : float
        That one of them reflects light.
    frame : float
        That a rim crosses an eye.
    lenses : (Lens, Lens)
        Before the image's left and right eye.
    """

    worn: float
    tint: float
    glare: float
    frame: float
    lenses: tuple[Lens, Lens]


def find_glasses(said: tuple[Odds, Odds], shelf: Shelf) -> Glasses:
    """Weigh what the network ``eye`` says of the image's left and right eye.

    Parameters
    ----------
    said : (dict, dict)
        Its log odds by question.
    shelf : Shelf
        The network's own.

    Returns
    -------
    Glasses
        Both eyes are behind glasses or neither, and behind the same tint: there the two looks are two witnesses.
    """
    one, other = said
    left, right = (
        Lens(
            shelf.probability("tint", odds["tint"]),
            shelf.probability("glare", odds["glare"]),
            shelf.probability("rim over the eye", odds["rim over the eye"]),
        )
        for odds in said
    )
    return Glasses(
        shelf.probability("glasses", mean(one["glasses"], other["glasses"])),
        shelf.probability("tint", mean(one["tint"], other["tint"])),
        shelf.probability("glare", either(one["glare"], other["glare"])),
        shelf.probability("rim over the eye", either(one["rim over the eye"], other["rim over the eye"])),
        (left, right),
    )
