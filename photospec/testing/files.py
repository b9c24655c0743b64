"""The file of a portrait: encoding within the standard, and defects of the file itself, on bytes."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["encode"]


def encode(
    pixels: npt.NDArray[np.uint8],
    *,
    quality: int | None = None,
    dpi: tuple[int, int] | None = (300, 300),
    size: tuple[int, int] = (20_480, 40_000),
    format: Literal["JPEG", "PNG", "BMP", "WEBP", "TIFF"] = "JPEG",  # noqa: A002
) -> bytes:
    """Encode a picture as a file.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB.
    quality : int or None
        JPEG or WebP quality, 1 to 100. None takes the highest from 60 to 95 for which the file is within `size`.
    dpi : (int, int) or None
        Density to note in the file; None notes none.
    size : (int, int)
        Fewest and most bytes when `quality` is None. A picture that reaches neither end keeps the nearest quality.
    format : {'JPEG', 'PNG', 'BMP', 'WEBP', 'TIFF'}
        What the bytes are, whatever the file will be called.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        An argument is not as described.

    Examples
    --------
    >>> from photospec.testing import portrait
    >>> 20_480 <= len(encode(portrait(0).pixels)) <= 40_000
    True
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("pixels must be an (H, W, 3) array of uint8")
    if quality is not None and (isinstance(quality, bool) or not isinstance(quality, int) or not 1 <= quality <= 100):
        raise ValueError(f"quality must be an integer from 1 to 100 or None, got {quality!r}")
    if dpi is not None and (len(dpi) != 2 or min(dpi) < 1):
        raise ValueError(f"dpi must be two positive integers or None, got {dpi!r}")
    if len(size) != 2 or not 0 < size[0] <= size[1]:
        raise ValueError(f"size must be the fewest and the most bytes, got {size!r}")
    if format not in ("JPEG", "PNG", "BMP", "WEBP", "TIFF"):
        raise ValueError(f"format must be JPEG, PNG, BMP, WEBP or TIFF, got {format!r}")
    picture = Image.fromarray(pixels)
    if quality is not None or format != "JPEG":
        return _save(picture, format, 92 if quality is None else quality, dpi)
    low, high = 60, 95
    best = _save(picture, format, 92, dpi)
    if size[0] <= len(best) <= size[1]:
        low = 93
    elif len(best) > size[1]:
        best, high = _save(picture, format, low, dpi), 91
        low = 61
    while low <= high:
        middle = (low + high + 1) // 2
        data = _save(picture, format, middle, dpi)
        if len(data) <= size[1]:
            best, low = data, middle + 1
        else:
            high = middle - 1
    return best


def _save(picture: Image.Image, kind: str, quality: int, dpi: tuple[int, int] | None) -> bytes:
    out = io.BytesIO()
    options = {"quality": quality} if kind in ("JPEG", "WEBP") else {}
    if dpi is not None:
        picture.save(out, kind, dpi=dpi, **options)
    else:
        picture.save(out, kind, **options)
    return out.getvalue()
