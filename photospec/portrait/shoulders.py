"""The shoulders, and how the figure fills the lower edge."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.portrait.face import eye_centres

__all__ = ["Shoulders", "find_shoulders", "lower_edge_gaps"]

Mask = npt.NDArray[np.bool_]

_OUT = np.arange(1.2, 2.6, 0.05)  # where the outline is compared, in eye distances from the neck's middle


@dataclass(frozen=True, slots=True)
class Shoulders:
    """The shoulder line.

    Parameters
    ----------
    left, right : (float, float)
        A point of each shoulder's outline, as far left as right of the neck, (x, y).
    """

    left: tuple[float, float]
    right: tuple[float, float]

    def scaled(self, factor: float) -> Shoulders:
        """Return the shoulders in a picture that is `factor` times as large."""
        (x0, y0), (x1, y1) = self.left, self.right
        return Shoulders((x0 * factor, y0 * factor), (x1 * factor, y1 * factor))

    @property
    def tilt(self) -> float:
        """Slope of the line between the shoulders in degrees; clockwise in the image is positive."""
        return math.degrees(math.atan2(self.right[1] - self.left[1], self.right[0] - self.left[0]))


def find_shoulders(silhouette: Mask, landmarks: npt.NDArray[np.float32]) -> Shoulders | None:
    """Find the shoulder line beside the neck.

    Parameters
    ----------
    silhouette : (H, W) bool
        True on the person.
    landmarks : (68, 2) float32
        The face, in pixels of the silhouette.

    Returns
    -------
    Shoulders or None
        None where hair lies on the shoulders, the picture ends above them, or a side is cut off.

    Notes
    -----
    The outline is compared at equal distances left and right of the neck's middle, 1.2 to 2.6 eye distances out, as
    far as the picture goes; the median of the differences is the slope, so that a collar or a strand on one side does
    not decide. Of each column the lowest stretch counts: hair that hangs beside the neck and ends above the shoulder
    does not hide it.
    """
    height, width = silhouette.shape
    left_eye, right_eye = eye_centres(landmarks)
    unit = max(4.0, math.dist(left_eye, right_eye))
    mouth = float(landmarks[57, 1])
    start = int(min(max(0.0, landmarks[30, 1]), height))
    body = silhouette[start:]
    if not len(body):
        return None
    neck = 0.5 * float(landmarks[8, 0] + landmarks[27, 0])
    out = _OUT * unit
    left, right = np.rint(neck - out).astype(int), np.rint(neck + out).astype(int)
    inside = (left >= 0) & (right < width)
    if np.count_nonzero(inside) < 4:
        return None
    free = ~body.T[np.array([left, right])[:, inside], ::-1]
    top_left, top_right = np.where(free.any(2), height - free.argmax(2), start)
    seen = (np.minimum(top_left, top_right) > mouth) & (np.maximum(top_left, top_right) < height - 1)
    if np.count_nonzero(seen) < 4:
        return None
    difference = statistics.median((top_right - top_left)[seen].tolist())
    reach = statistics.median(out[inside][seen].tolist())
    middle = statistics.median((top_right + top_left)[seen].tolist()) / 2
    return Shoulders((neck - reach, middle - difference / 2), (neck + reach, middle + difference / 2))


def lower_edge_gaps(silhouette: Mask) -> tuple[float, float]:
    """Measure how much of the lower edge the figure leaves free on each side.

    Parameters
    ----------
    silhouette : (H, W) bool
        True on the person.

    Returns
    -------
    (float, float)
        Free length at the left and at the right, as shares of the width; (1, 1) where the figure ends above the edge.
    """
    rows = silhouette[-max(1, silhouette.shape[0] // 40) :]
    filled = np.flatnonzero(2 * np.count_nonzero(rows, 0) > len(rows))
    width = silhouette.shape[1]
    if not len(filled):
        return 1.0, 1.0
    return float(filled[0]) / width, float(width - 1 - filled[-1]) / width
