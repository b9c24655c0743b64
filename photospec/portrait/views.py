"""The pictures that the learnt networks look at: parts of the person, upright and of one size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.upright import upright_transform

__all__ = ["VIEWS", "View", "cut_view"]

BEYOND = 127
"""Grey level of what lies beyond the picture: 0 to the networks."""

FINE = 56.0
"""Pixels per pupil distance from which a view needs the whole frame instead of the one at half size."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of the person.

    Parameters
    ----------
    name : str
        Also that of the network that looks at it.
    width, height : int
        In pixels, multiples of 16.
    unit : int
        Pixels per pupil distance.
    x, y : float
        Its middle in pupil distances from the middle of the pupils, to the image's right and down.
    paired : bool
        There is one at each side; that at the image's left is mirrored.
    """

    name: str
    width: int
    height: int
    unit: int
    x: float
    y: float
    paired: bool = False

    @property
    def fine(self) -> bool:
        """Whether it is cut from the whole frame; others are cut from the frame at half size."""
        return self.unit >= FINE

    def transform(self, pupils: npt.NDArray[np.float32], *, mirrored: bool = False) -> npt.NDArray[np.float64]:
        """Return the similarity, (2, 3) float64, that takes pixels of the picture of `pupils` to those of the view."""
        x, y = self.width / 2 - self.x * self.unit, self.height / 2 - self.y * self.unit
        return upright_transform(pupils, self.unit, x, y, mirrored=mirrored)


VIEWS = {
    view.name: view
    for view in (
        View("ear", 80, 112, 80, 1.14, 0.82, paired=True),
        View("eye", 80, 64, 80, 0.5, 0.0, paired=True),
        View("mouth", 96, 64, 72, 0.0, 1.15),
        View("head", 128, 96, 44, 0.0, -0.85),
        View("neck", 176, 112, 60, 0.0, 2.3),
    )
}
"""By name. A view shows what its questions need and a margin; see docs/models.md for what is asked of each."""


def cut_view(
    view: View, frame: npt.NDArray[np.uint8], half: npt.NDArray[np.uint8], pupils: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Cut a view out of a picture.

    Parameters
    ----------
    view : View
        What to cut.
    frame : (H, W, 3) uint8
        RGB.
    half : (H/2, W/2, 3) uint8
        The same at half size.
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels of `frame`.

    Returns
    -------
    (N, height, width, 3) uint8
        N is 2 for a paired view, the image's left first and mirrored, else 1. Grey beyond the picture.
    """
    picture, at = (frame, pupils) if view.fine else (half, pupils * np.float32(0.5))
    grey = (BEYOND, BEYOND, BEYOND)
    parts = [
        cv2.warpAffine(
            picture,
            view.transform(at, mirrored=mirrored),
            (view.width, view.height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=grey,
        )
        for mirrored in ((True, False) if view.paired else (False,))
    ]
    return np.stack(parts).astype(np.uint8, copy=False)
