"""The neck: bare or covered, what hangs round it, and whether the top has a collar."""

from __future__ import annotations

from dataclasses import dataclass

from photospec.networks.shelf import Odds, Shelf

__all__ = ["Neck", "find_neck"]


@dataclass(frozen=True, slots=True)
class Neck:
    """The neck; probabilities, 0 to 1.

    Parameters
    ----------
    necklace : float
        That a necklace, chain or cord hangs there.
    collarless : float
        That the top has no collar.
    covered : float
        That a high neck or a scarf covers the neck.
    garment_unseen : float
        That too little of the top is in the picture to tell.
    hidden : float
        That the neck cannot be seen, and so no necklace either.
    """

    necklace: float
    collarless: float
    covered: float
    garment_unseen: float
    hidden: float


def find_neck(said: Odds, shelf: Shelf) -> Neck:
    """Weigh what the network ``neck`` says; `shelf` is its own."""
    questions = ("necklace", "collarless", "high neck", "garment unseen", "neck hidden")
    return Neck(*(shelf.probability(question, said[question]) for question in questions))
