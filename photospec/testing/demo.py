"""A small batch of drawn photos, good and bad, to try a program on."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from photospec.testing.files import encode
from photospec.testing.portraits import portrait, save_portrait
from photospec.testing.sitter import Sitter

__all__ = ["DEMO_DEFECTS", "save_demo"]

DEMO_DEFECTS = (
    "crown-too-high",
    "eyes-closed",
    "glare",
    "hair-over-ears",
    "ear-hoops",
    "backdrop-colour",
    "defocus",
    "side-light",
)
"""The defects that the batch shows, one a photo."""


def save_demo(folder: str | os.PathLike[str]) -> list[Path]:
    """Write 16 photos: six good ones, one for each of `DEMO_DEFECTS`, a PNG with the wrong name and a damaged file.

    Parameters
    ----------
    folder : path-like
        Where to write; made where it is missing.

    Returns
    -------
    list of Path
        The files, whose names say what is wrong with them.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for seed in range(6):
        save_portrait(place / f"{seed + 1:02}-good.jpg", portrait(seed))
    for number, defect in enumerate(DEMO_DEFECTS, 7):
        sitter = dataclasses.replace(Sitter.random(number), glasses=False)
        save_portrait(place / f"{number:02}-{defect}.jpg", portrait(number, sitter=sitter, defects=[defect]))
    last = portrait(14).pixels
    (place / "15-png-named-jpg.jpg").write_bytes(encode(last, format="PNG"))
    (place / "16-cut-off.jpg").write_bytes(encode(last)[:-9000])
    return sorted(place.iterdir())
