"""A crop as the bytes of a JPEG file: baseline, no metadata, of the size that a spec asks for."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from photospec.capture.target import FileTarget

__all__ = ["Encoded", "encode_jpeg"]

_HALVED, _WHOLE = 2, 0
"""Pillow's names for colours at half the detail (4:2:0) and at all of it (4:4:4)."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JPEG file and how it was made.

    Parameters
    ----------
    data : bytes
        The file.
    quality : int
        Quality factor, 1 to 100.
    short, over : int
        Bytes that are missing to the least and too many for the most that was asked; 0 where the file is within.
    """

    data: bytes
    quality: int
    short: int = 0
    over: int = 0


def encode_jpeg(pixels: npt.NDArray[np.uint8], target: FileTarget) -> Encoded:
    """Encode a picture at the highest quality that the wanted size allows.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB.
    target : FileTarget
        Density, lowest quality and size.

    Returns
    -------
    Encoded
        The same bytes for the same picture. Where even the lowest quality gives too many bytes, that quality, and
        `Encoded.over`; where even the highest gives too few, that one, and `Encoded.short`: nothing is padded.

    Notes
    -----
    The size grows with the quality, so the quality is found by bisection. Colours have half the detail, as in nearly
    all JPEG files, which leaves more quality for the lightness; a picture so plain that this is too small even at
    quality 100 keeps all of their detail.
    """
    image = Image.fromarray(pixels)

    def encode(quality: int, colours: int = _HALVED) -> bytes:
        file = io.BytesIO()
        options = {} if target.dpi is None else {"dpi": (target.dpi, target.dpi)}
        image.save(file, "JPEG", quality=quality, subsampling=colours, optimize=True, progressive=False, **options)
        return file.getvalue()

    def fits(data: bytes) -> bool:
        return target.high is None or len(data) <= target.high

    best, data = target.quality, encode(target.quality)
    if not fits(data):
        return Encoded(data, best, over=len(data) - int(target.high or 0))
    low, high = target.quality, 100
    while low < high:
        middle = (low + high + 1) // 2
        tried = encode(middle)
        if fits(tried):
            low, best, data = middle, middle, tried
        else:
            high = middle - 1
    if target.low is not None and len(data) < target.low:
        for quality in range(100, best - 1, -1):
            finer = encode(quality, _WHOLE)
            if fits(finer):
                best, data = quality, finer
                break
    return Encoded(data, best, short=max(0, int((target.low or 0) - len(data))))
