"""The file of a portrait: encoding within the standard, and defects of the file itself, on bytes."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["FILE_DEFECTS", "FileDefect", "append_bytes", "corrupt", "encode", "truncate", "with_exif"]

U8 = npt.NDArray[np.uint8]


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


def truncate(data: bytes, share: float = 0.5) -> bytes:
    """Cut the end off a file.

    Parameters
    ----------
    data : bytes
        The whole file.
    share : float
        How much of it is lost, above 0 and below 1.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        `share` is out of its range.

    Examples
    --------
    >>> truncate(b"0123456789", 0.4)
    b'012345'
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share!r}")
    return data[: max(1, round(len(data) * (1 - share)))]


def corrupt(data: bytes, *, seed: int = 0, count: int = 40) -> bytes:
    """Overwrite bytes in the middle of a file; a JPEG's header and end stay.

    Parameters
    ----------
    data : bytes
        The whole file, of 64 bytes or more.
    seed : int
        Chooses the bytes.
    count : int
        How many bytes in a row are overwritten, 1 or more.

    Returns
    -------
    bytes
        As long as `data`.

    Raises
    ------
    ValueError
        `data` is too short or `count` is below 1.
    """
    if len(data) < 64:
        raise ValueError(f"data must be 64 bytes or more, got {len(data)}")
    if count < 1:
        raise ValueError(f"count must be 1 or more, got {count!r}")
    rng = np.random.default_rng((seed, 77))
    start = int(rng.integers(len(data) // 2, len(data) * 3 // 4))
    count = min(count, len(data) - start - 8)
    # A marker that no scan may contain, then noise: no decoder can take it for picture data.
    wrong = b"\xff\xc1" + rng.integers(0, 256, count, np.uint8).tobytes()
    return data[:start] + wrong[:count] + data[start + count :]


def append_bytes(data: bytes, extra: bytes = b"PK\x03\x04 not a picture") -> bytes:
    """Put bytes after the end of a file's image.

    Parameters
    ----------
    data : bytes
        The file.
    extra : bytes
        What follows its end.

    Returns
    -------
    bytes
    """
    return data + extra


def with_exif(
    data: bytes, *, orientation: int | None = None, capture_date: str | None = None, software: str | None = None
) -> bytes:
    """Add an EXIF block to a JPEG file without encoding it again.

    Parameters
    ----------
    data : bytes
        A JPEG file.
    orientation : int or None
        1 to 8.
    capture_date : str or None
        ``"YYYY:MM:DD hh:mm:ss"``.
    software : str or None
        The program that wrote the file.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        `data` is no JPEG file, or `orientation` is not 1 to 8.
    """
    if data[:3] != b"\xff\xd8\xff":
        raise ValueError("data must be a JPEG file")
    if orientation is not None and orientation not in range(1, 9):
        raise ValueError(f"orientation must be 1 to 8, got {orientation!r}")
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    if software is not None:
        exif[0x0131] = software
    if capture_date is not None:
        exif[0x0132] = capture_date
        exif[0x8769] = {0x9003: capture_date}
    block = exif.tobytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    # After the JFIF block, which must come first.
    at = 4 + struct.unpack(">H", data[4:6])[0] if data[3] == 0xE0 else 2
    return data[:at] + segment + data[at:]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDefect:
    """Something that can be wrong with the file of a portrait.

    Parameters
    ----------
    name : str
        What it is.
    rules : tuple of str
        Names of the rules that it offends, the one it is meant for first.
    make : callable
        Takes a picture, (H, W, 3) uint8, and gives the file's bytes, to be named .jpg.
    """

    name: str
    rules: tuple[str, ...]
    make: Callable[[U8], bytes] = field(repr=False)


def _grey(pixels: U8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).convert("L").save(out, "JPEG", quality=95, dpi=(300, 300))
    return out.getvalue()


def _cmyk(pixels: U8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).convert("CMYK").save(out, "JPEG", quality=85, dpi=(300, 300))
    return out.getvalue()


def _resized(pixels: U8) -> bytes:
    height, width = pixels.shape[:2]
    return encode(cv2.resize(pixels, (width * 3 // 4, height * 3 // 4), interpolation=cv2.INTER_AREA))  # type: ignore[arg-type]


def _file_defects() -> dict[str, FileDefect]:
    rows: tuple[tuple[str, str, Callable[[U8], bytes]], ...] = (
        ("truncated", "file-integrity", lambda pixels: truncate(encode(pixels), 0.4)),
        ("corrupt", "file-integrity", lambda pixels: corrupt(encode(pixels))),
        ("png-named-jpg", "file-format", lambda pixels: encode(pixels, format="PNG")),
        ("three-quarter-size", "pixel-size", _resized),
        ("grey", "colour-mode", _grey),
        ("cmyk", "colour-mode", _cmyk),
        ("low-quality", "jpeg-quality file-size", lambda pixels: encode(pixels, quality=35)),
        ("no-density", "resolution", lambda pixels: encode(pixels, dpi=None)),
        ("72-dpi", "resolution", lambda pixels: encode(pixels, dpi=(72, 72))),
        ("too-many-bytes", "file-size", lambda pixels: encode(pixels, quality=100)),
        ("exif-rotated", "orientation", lambda pixels: with_exif(encode(pixels), orientation=6)),
        ("trailing-data", "trailing-data", lambda pixels: append_bytes(encode(pixels))),
        ("editor-named", "editing-traces", lambda pixels: with_exif(encode(pixels), software="Adobe Photoshop 25.0")),
    )
    return {name: FileDefect(name=name, rules=tuple(rules.split()), make=make) for name, rules, make in rows}


FILE_DEFECTS: Mapping[str, FileDefect] = MappingProxyType(_file_defects())
"""Every defect of the file by its name."""
