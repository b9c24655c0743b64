"""Small pictures for pages and spreadsheets: pixels encoded anew, so that nothing of the file comes along."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from photospec.errors import Unseen
from photospec.photo import Photo
from photospec.report._report import Report
from photospec.report.writer import ReportOptions

__all__ = ["pixels_of", "thumbnail"]


def pixels_of(report: Report, options: ReportOptions) -> npt.NDArray[np.uint8] | None:
    """Return the pixels of a report's photo, uint8 RGB, or None where they cannot be had or are no longer the same."""
    photo: Photo | None = options.photos(report)
    if photo is None or (report.sha256 is not None and photo.sha256 != report.sha256):
        return None
    try:
        return photo.pixels
    except Unseen:
        return None


def thumbnail(pixels: npt.NDArray[np.uint8], size: tuple[int, int], quality: int = 70) -> bytes:
    """Return pixels as a JPEG that fits into a size, never enlarged.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        RGB.
    size : (int, int)
        Largest width and height.
    quality : int
        Quality of the JPEG, 1 to 100.
    """
    height, width = pixels.shape[:2]
    factor = min(1.0, size[0] / width, size[1] / height)
    if factor < 1:
        small = (max(1, round(width * factor)), max(1, round(height * factor)))
        pixels = np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8)
    done, data = cv2.imencode(
        ".jpg",
        cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1],
    )
    assert done
    return data.tobytes()
