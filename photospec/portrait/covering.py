"""What covers head, brows and face."""

from __future__ import annotations

from dataclasses import dataclass

from photospec.networks.shelf import Odds, Shelf
from photospec.odds import mean

__all__ = ["Covering", "find_covering"]


@dataclass(frozen=True, slots=True)
class Covering:
    """Probabilities, 0 to 1.

    Parameters
    ----------
    head : float
        Something is worn on the head: hat, hood, scarf, band, ornament.
    ornament : float
        A clip, a bow, a flower is in the hair.
    brows : float
        Hair hides a brow or an eye.
    face : float
        A mask, a hand or an object hides part of the face.
    """

    head: float
    ornament: float
    brows: float
    face: float


def find_covering(head: Odds, eyes: tuple[Odds, Odds], mouth: Odds, shelf: Shelf) -> Covering:
    """Weigh what the networks ``head``, ``eye`` (left and right) and ``mouth`` say; `shelf` is their own."""
    brows = mean(*(odds["brows covered"] for odds in eyes))
    return Covering(
        shelf.probability("worn on the head", head["worn on the head"]),
        shelf.probability("hair ornament", head["hair ornament"]),
        shelf.probability("brows covered", mean(brows, head["brows covered"])),
        shelf.probability("face covered", mouth["face covered"]),
    )
