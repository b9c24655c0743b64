"""Pictures of half and quarter size: the one place where their pixels are turned into the frame's and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EIGHTH", "HALF", "QUARTER", "Box", "Size", "thinned"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a picture that was made smaller than the frame.

    Parameters
    ----------
    step : int
        Frame pixels per pixel.

    Examples
    --------
    >>> HALF.length(30), QUARTER.frame_box((1, 2, 3, 4))
    (15.0, (4.0, 8.0, 12.0, 16.0))
    """

    step: int

    def points(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return points of the frame, (N, 2), in pixels of the smaller picture."""
        return points * np.float32(1 / self.step)

    def length(self, length: float) -> float:
        """Return a length or a coordinate of the frame in pixels of the smaller picture."""
        return length / self.step

    def frame_points(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return points of the smaller picture, (N, 2), in frame pixels."""
        return points * np.float32(self.step)

    def frame_length(self, length: float) -> float:
        """Return a length or a coordinate of the smaller picture in frame pixels."""
        return float(length * self.step)

    def frame_box(self, box: Box) -> Box:
        """Return a box of the smaller picture in frame pixels."""
        left, top, right, bottom = box
        step = float(self.step)
        return left * step, top * step, right * step, bottom * step


HALF = Size(2)
"""Of the half-size frame."""

QUARTER = Size(4)
"""Of the frame at a quarter of its size."""

EIGHTH = Size(8)
"""Of the frame at an eighth of its size."""


def thinned(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return every second pixel, both ways, of a mask: the same at half its size."""
    return mask[::2, ::2]
