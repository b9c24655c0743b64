"""Photo: one photo file, its facts and its pixels."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import io
import os
import re
import stat
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photospec.errors import Unseen
from photospec.photo import formats, jpeg
from photospec.photo._facts import DEFECT_TEXT, Defect, DefectKind, Density, Header, JpegQuality, SecondPicture
from photospec.photo.exif import ExifFacts, read_exif
from photospec.photo.traces import editors_named, xmp_programs

__all__ = ["REDUCTIONS", "Photo", "PhotoSource", "ReadLimits"]

PhotoSource = (
    str | os.PathLike[str] | os.PathLike[bytes] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any]
)
"""What `Photo.read` takes."""

REDUCTIONS = (1, 2, 4, 8)
"""What a JPEG decoder can reduce a picture by while it decodes."""

GLANCE_SIDE = 1280
"""Least side in pixels at which a large frame is looked at first: twice the height of an ID photo."""

PILLOW_MAX_PIXELS = 89_478_485
SAME_PICTURE = 0.95
"""Correlation of two pictures, reduced to a few hundred pixels, from which on they show the same."""

_BY_PILLOW = {"PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000", "PSD"}
_PILLOW_MODES = {
    "RGB": ("RGB", 3),
    "L": ("grey", 1),
    "1": ("grey", 1),
    "P": ("palette", 1),
    "RGBA": ("RGBA", 4),
    "LA": ("grey+alpha", 2),
    "CMYK": ("CMYK", 4),
    "YCbCr": ("RGB", 3),
    "I;16": ("grey", 1),
}
_FAULTS = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError,
           Image.DecompressionBombError, RuntimeError, AttributeError, ZeroDivisionError, Warning)  # fmt: skip
"""What Pillow has been seen to raise for hostile files; warnings where the process makes them errors."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much a photo may ask of memory; checked before it is read or decoded.

    Parameters
    ----------
    max_bytes : int
        Largest file, 30 MB by default.
    max_pixels : int
        Largest width x height, 50 million by default and at most 89,478,485 (Pillow's own limit).
    max_side : int
        Largest width or height, 20,000 by default.

    Raises
    ------
    ValueError
        A limit is not a whole number in its range.
    """

    max_bytes: int = 30_000_000
    max_pixels: int = 50_000_000
    max_side: int = 20_000

    def __post_init__(self) -> None:
        for name, top in (("max_bytes", 1 << 31), ("max_pixels", PILLOW_MAX_PIXELS), ("max_side", 1 << 20)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= top:
                raise ValueError(f"{name} must be a whole number from 1 to {top}, got {value!r}")


class Photo:
    r"""One photo: what its file says, and its pixels, decoded once when first asked for.

    Made by `Photo.read`. A file that is missing, unreadable or no picture is a `Photo` too: `defects` says why.
    Facts are None where the source is no file or the file does not say.

    Attributes
    ----------
    name : str
        The name or path as given, fit to print: bytes that are no text show as ``\xNN``.
    path : str or None
        The path, where the source was one; it opens the file even where `name` does not.
    byte_length : int or None
        Length of the file in bytes.
    format : str or None
        ``JPEG``, ``MPO``, ``PNG``, ``GIF``, ``BMP``, ``WEBP``, ``TIFF``, ``HEIF``, ``AVIF``, ``JPEG2000``, ``JXL`` or
        ``PSD`` by the content, whatever the name says; None where it is no picture.
    width, height : int or None
        Size in pixels as stored: EXIF orientation is not applied, here or in `pixels`.
    components, bit_depth : int or None
        Colour components, and bits of each.
    colour_mode : str or None
        ``RGB``, ``grey``, ``CMYK``, ``YCCK``, ``palette``, ``RGBA``, ``grey+alpha`` or ``Lab``.
    progressive : bool or None
        Progressive JPEG or interlaced PNG.
    frames : int or None
        Pictures in an animation, in the pages of a TIFF or in an MPO file; 1 for a plain photo.
    trailing_bytes : int or None
        Bytes behind the end of the picture, and of the further pictures that the file declares.
    header_defects : tuple of Defect
        What is wrong as far as can be told without decoding.
    limits : ReadLimits
        The limits it was read with.
    """

    def __init__(
        self,
        name: str,
        *,
        limits: ReadLimits,
        path: str | None = None,
        data: bytes | None = None,
        array: NDArray[np.uint8] | None = None,
        byte_length: int | None = None,
        defect: Defect | None = None,
        header: Header | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.limits = limits
        self.byte_length = len(data) if data is not None else byte_length
        self._data = data
        self._array = array
        self._read_defect = defect
        self._given_header = header
        self._jpeg: jpeg.Jpeg | None = None
        self._reduced: tuple[int, NDArray[np.uint8] | Defect | None] | None = None
        if header is None and data:
            header = self._parse(data)
        self._header = header
        self.format = header.format or None if header else None
        self.width = header.width if header else None
        self.height = header.height if header else None
        self.components = header.components if header else None
        self.bit_depth = header.bit_depth if header else None
        self.colour_mode = header.colour_mode if header else None
        self.progressive = header.progressive if header else None
        self.frames = header.frames if header and data is not None else None
        whole = header is not None and header.end is not None and data is not None
        self.trailing_bytes = max(0, len(data or b"") - (header.end or 0)) if whole and header else None
        self.header_defects = tuple(self._early_defects())

    # -- reading ------------------------------------------------------------------------------------------------------

    @classmethod
    def read(cls, source: PhotoSource, *, name: str | None = None, limits: ReadLimits | None = None) -> Self:
        """Read a photo's bytes and parse its header.

        Parameters
        ----------
        source : str, os.PathLike, bytes, bytearray, memoryview, binary file object, PIL.Image.Image or numpy.ndarray
            A path (never a device or pipe), the file's content, an open file, a picture, or pixels as uint8 RGB HxWx3.
        name : str, optional
            What to call the photo; by default the path, the file object's name, or nothing.
        limits : ReadLimits, optional
            Bounds on bytes and pixels.

        Returns
        -------
        Photo
            Also where the file cannot be read or is no picture.

        Raises
        ------
        TypeError
            `source`, `name` or `limits` is of a type that cannot be taken.
        ValueError
            `source` is an array that is not HxWx3 with at least one pixel.

        Notes
        -----
        Measured for a 480x640 JPEG of 30 KB: 0.1 ms to read and parse, 0.7 ms to decode and to check its data, and
        0.1 ms to look for jumps of tone when `defects` are asked for.
        """
        limits = ReadLimits() if limits is None else limits
        if not isinstance(limits, ReadLimits):
            raise TypeError(f"limits must be a ReadLimits, got {type(limits).__name__}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name must be a string, got {type(name).__name__}")
        if isinstance(source, str | os.PathLike):
            path = os.fsdecode(source)
            data, length, defect = _read_path(path, limits)
            return cls(_printable(name or path), limits=limits, path=path, data=data, byte_length=length, defect=defect)
        shown = _printable(name or "")
        if isinstance(source, bytes | bytearray | memoryview):
            length = source.nbytes if isinstance(source, memoryview) else len(source)
            if length > limits.max_bytes:
                return cls(shown, limits=limits, byte_length=length, defect=_too_many_bytes(length, limits))
            return cls(shown, limits=limits, data=bytes(source))
        if isinstance(source, np.ndarray):
            return cls._of_array(source, shown, limits)
        if isinstance(source, Image.Image):
            return cls._of_picture(source, shown, limits)
        if callable(getattr(source, "read", None)):
            own = getattr(source, "name", None)
            if name is None and isinstance(own, str | bytes):
                shown = _printable(os.fsdecode(own))
            data, defect = _read_object(source, limits)
            length = None if data is not None or defect is None else limits.max_bytes + 1
            if defect is not None and defect.kind is DefectKind.READ_FAILED:
                length = None
            return cls(shown, limits=limits, data=data, byte_length=length, defect=defect)
        raise TypeError(
            "source must be a path, bytes, a binary file object, a PIL image or a uint8 RGB array, "
            f"got {type(source).__name__}"
        )

    @classmethod
    def _of_array(cls, array: NDArray[Any], name: str, limits: ReadLimits) -> Self:
        if array.dtype != np.uint8:
            raise TypeError(f"source must be an array of dtype uint8, got {array.dtype}")
        if array.ndim != 3 or array.shape[2] != 3 or not array.size:
            raise ValueError(f"source must be an array of shape (height, width, 3), got {array.shape}")
        header = Header("", array.shape[1], array.shape[0], 3, 8, "RGB")
        if _oversize(header, limits) is not None:
            return cls(name, limits=limits, header=header)
        pixels = np.array(array, order="C")
        pixels.flags.writeable = False
        return cls(name, limits=limits, array=pixels, header=header)

    @classmethod
    def _of_picture(cls, image: Image.Image, name: str, limits: ReadLimits) -> Self:
        mode, components = _PILLOW_MODES.get(image.mode, (None, None))
        header = Header("", image.width, image.height, components, 16 if "16" in image.mode else 8, mode)
        if _oversize(header, limits) is not None or not image.width or not image.height:
            return cls(name, limits=limits, header=header)
        try:
            exif = image.getexif()
            header.exif = exif.tobytes().removeprefix(b"Exif\0\0") if exif else None
            pixels = _rgb(image)
        except _FAULTS as reason:
            return cls(name, limits=limits, header=header, defect=_undecodable(reason))
        return cls(name, limits=limits, array=pixels, header=header)

    def _parse(self, data: bytes) -> Header | None:
        kind = formats.sniff(data)
        if kind == "JPEG":
            self._jpeg = jpeg.read_jpeg(data)
            return jpeg.finish_header(self._jpeg)
        if kind is None:
            return None
        header = formats.read_header(data, kind)
        if header.width is None and kind in _BY_PILLOW and not header.defects:
            try:
                with Image.open(io.BytesIO(data), formats=(kind,)) as image:
                    header.width, header.height = image.size
                    header.colour_mode, header.components = _PILLOW_MODES.get(image.mode, (None, None))
                    header.bit_depth = 16 if "16" in image.mode else 8
            except _FAULTS as reason:
                header.damaged(DefectKind.UNDECODABLE, type(reason).__name__)
        return header

    def _early_defects(self) -> list[Defect]:
        if self._read_defect is not None:
            return [self._read_defect]
        if self._data is not None and not self._data:
            return [Defect(DefectKind.EMPTY)]
        if self._header is None:
            return [Defect(DefectKind.NOT_AN_IMAGE, "no known picture format begins so")]
        found = list(self._header.defects)
        oversize = _oversize(self._header, self.limits)
        if oversize is not None:
            found.insert(0, oversize)
        if self._data is not None and self.format not in _BY_PILLOW and self.format not in ("JPEG", "MPO"):
            found.append(Defect(DefectKind.UNDECODABLE, f"no decoder for {self.format}"))
        return found

    # -- facts --------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def sha256(self) -> str | None:
        """Hash of the file's bytes in hexadecimal digits."""
        return None if self._data is None else hashlib.sha256(self._data).hexdigest()

    @functools.cached_property
    def exif(self) -> ExifFacts | None:
        """What EXIF says; None where there is none."""
        return None if self._header is None or self._header.exif is None else read_exif(self._header.exif)

    @functools.cached_property
    def density(self) -> Density | None:
        """The print resolution: the format's own tag, else EXIF. A JFIF density without a unit is none."""
        if self._header is None or self._header.density is not None:
            return self._header.density if self._header is not None else None
        stated = self.exif.density if self.exif is not None and self._data is not None else None
        return None if stated is None else Density(*stated, "EXIF")

    @functools.cached_property
    def jpeg_quality(self) -> JpegQuality | None:
        """The JPEG quality factor; None where the file is no JPEG."""
        return None if self._jpeg is None else jpeg.quality_of(self._jpeg)

    @functools.cached_property
    def editing_traces(self) -> tuple[str, ...]:
        """Names of editors and beautifiers that EXIF, XMP, comments or application segments mention."""
        header = self._header
        if header is None or not (header.exif or header.xmp or header.comments or header.marks):
            return ()
        texts = formats.comment_texts(header)
        if self.exif is not None:
            texts += [text for text in (self.exif.software, *self.exif.comments) if text]
        if header.xmp is not None:
            texts += xmp_programs(header.xmp)
        named = editors_named(texts)
        return named + tuple(dict.fromkeys(mark for mark in header.marks if mark not in named))

    @functools.cached_property
    def second_picture(self) -> SecondPicture | None:
        """Another picture in the file: one that shows something else where there is one, else the first."""
        header = self._header
        if header is None or self._data is None:
            return None
        exif = self.exif
        thumbnail = [("thumbnail", exif.thumbnail)] if exif is not None and exif.thumbnail else []
        pictures = [self._compared(kind, data) for kind, data in (*thumbnail, *header.extra)]
        return next((p for p in pictures if p.differs), pictures[0] if pictures else None)

    @functools.cached_property
    def defects(self) -> tuple[Defect, ...]:
        """Everything that makes the file unreadable or damaged; it is decoded, if large then reduced, to find out."""
        found = list(self.header_defects)
        if self.glance > 1 and isinstance(self._at(self.glance), np.ndarray):
            return tuple(found)
        if not any(d.kind in _HOPELESS for d in found):
            found += [defect for defect in (self._whole, self._decoded) if isinstance(defect, Defect)]
            if self._jpeg is not None and not found:
                shift = jpeg.shift_defect(self._jpeg, self.pixels)
                found += [shift] if shift is not None else []
        return tuple(dict.fromkeys(found))

    @functools.cached_property
    def _whole(self) -> NDArray[np.uint8] | Defect | None:
        """The pixels of a sound JPEG, or what is wrong with its data; None for any other file."""
        if self._jpeg is None or self._data is None or self.header_defects:
            return None
        return jpeg.decode_whole(self._jpeg, self._data)

    # -- pixels -------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _decoded(self) -> NDArray[np.uint8] | Defect:
        if self._array is not None:
            return self._array
        if isinstance(self._whole, np.ndarray):
            return self._whole
        hopeless = next((d for d in self.header_defects if d.kind in _HOPELESS), None)
        if hopeless is not None:
            return hopeless
        assert self._data is not None
        if self._jpeg is not None:
            stream, kind = jpeg.plain_stream(self._jpeg, self._data), "JPEG"
        else:
            kind = self.format or ""
            stream = formats.plain_png(self._data) if kind == "PNG" else self._data
        if stream is None:
            return next(iter(self.header_defects), Defect(DefectKind.UNDECODABLE, "there is no picture data"))
        try:
            # of what is decoded here only TIFF makes Pillow warn, and the filter is shared by all threads
            with (
                warnings.catch_warnings(action="ignore") if kind == "TIFF" else contextlib.nullcontext(),
                Image.open(io.BytesIO(stream), formats=(kind,)) as image,
            ):
                actual = _oversize(Header(kind, image.width, image.height), self.limits)
                return actual if actual is not None else _rgb(image)
        except _FAULTS as reason:
            return _undecodable(reason)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture as read-only uint8 RGB, HxWx3, as stored: EXIF orientation is not applied.

        Grey, palette, CMYK and 16-bit pictures are converted; transparency is laid on white; of an animation this is
        the first frame. A damaged JPEG is shown as far as it decodes, the rest grey.

        Raises
        ------
        Unseen
            The file cannot be decoded or is larger than the limits.
        """
        decoded = self._decoded
        if isinstance(decoded, Defect):
            raise Unseen(DEFECT_TEXT[decoded.kind])
        return decoded

    @property
    def glance(self) -> int:
        """The reduction, 1, 2, 4 or 8, at which a camera's frame has all that an ID photo shows; 1 for small photos."""
        if self._jpeg is None or self.width is None or self.height is None:
            return 1
        side = min(self.width, self.height)
        return max(factor for factor in REDUCTIONS if factor == 1 or side >= GLANCE_SIDE * factor)

    def reduced(self, factor: int) -> NDArray[np.uint8]:
        """Return the picture at a fraction of its size, for which a JPEG file is not decoded whole.

        Parameters
        ----------
        factor : int
            1, 2, 4 or 8. Only a sound JPEG file in RGB or grey is reduced, by the decoder itself; of any other photo,
            and for 1, this is `pixels`.

        Returns
        -------
        (ceil(H / factor), ceil(W / factor), 3) uint8
            RGB, read-only, as stored; kept until another size is asked for.

        Raises
        ------
        ValueError
            `factor` is none of these.
        Unseen
            As for `pixels`.
        """
        if factor not in REDUCTIONS:
            raise ValueError(f"factor must be 1, 2, 4 or 8, got {factor!r}")
        smaller = self._at(factor) if factor > 1 else None
        return smaller if isinstance(smaller, np.ndarray) else self.pixels

    def _at(self, factor: int) -> NDArray[np.uint8] | Defect | None:
        """Return the pixels of a sound JPEG at a fraction of its size; or what `_whole` would be."""
        if self._jpeg is None or self._data is None or self.header_defects:
            return None
        if self._reduced is None or self._reduced[0] != factor:
            self._reduced = factor, jpeg.decode_whole(self._jpeg, self._data, factor)
        return self._reduced[1]

    @functools.cached_property
    def colour_profile(self) -> bytes | None:
        """The ICC profile that the file carries; None where it has none or cannot be read."""
        if self._data is None or self._header is None or any(d.kind in _HOPELESS for d in self.header_defects):
            return None
        kind = "JPEG" if self._jpeg is not None else self.format or ""
        try:
            with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(self._data), formats=(kind,)) as image:
                profile = image.info.get("icc_profile")
        except _FAULTS:
            return None
        return profile if isinstance(profile, bytes) and profile else None

    def _compared(self, kind: str, data: bytes) -> SecondPicture:
        other = jpeg.read_jpeg(data) if data[:3] == b"\xff\xd8\xff" else None
        width = other.header.width if other else None
        height = other.header.height if other else None
        if other is None or width is None or height is None or _oversize(other.header, self.limits) is not None:
            return SecondPicture(kind, width, height, None)
        if kind == "mpo" and (b"hdrgm" in (other.header.xmp or b"") or b"iso:ts:21496" in data[:65536]):
            return SecondPicture("gain-map", width, height, None)
        stream = jpeg.plain_stream(other, data)
        if stream is None:
            return SecondPicture(kind, width, height, None)
        try:
            with Image.open(io.BytesIO(stream), formats=("JPEG",)) as image:
                image.draft("L", (96, 96))
                grey: NDArray[np.uint8] = np.asarray(image.convert("L"))
            pixels = self.pixels
        except (*_FAULTS, Unseen):
            return SecondPicture(kind, width, height, None)
        turned = self.exif is not None and self.exif.orientation not in (None, 1)
        likeness = _likeness(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8), grey, turned=turned)
        return SecondPicture(kind, width, height, None if likeness is None else likeness < SAME_PICTURE)

    # -- as an object -------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}" if self.width is not None else "no size"
        return f"<Photo {self.format or 'pixels' if self._header else 'unreadable'} {size}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.name, self.limits, self.path, self._data, self._array,
                          self.byte_length, self._read_defect, self._given_header)  # fmt: skip


_HOPELESS = frozenset(DefectKind) - {DefectKind.TRUNCATED, DefectKind.CORRUPT}


def _restore(kind: type[Photo], name: str, limits: ReadLimits, path: str | None, data: bytes | None,
             array: NDArray[np.uint8] | None, byte_length: int | None, defect: Defect | None,
             header: Header | None) -> Photo:  # fmt: skip
    if array is not None:
        array.flags.writeable = False
    return kind(
        name, limits=limits, path=path, data=data, array=array, byte_length=byte_length, defect=defect, header=header
    )


def _printable(name: str) -> str:
    r"""Return a name that encodes to UTF-8: bytes that were no text show as ``\xNN``."""
    name = re.sub("[\udc80-\udcff]", lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", name)
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _too_many_bytes(length: int, limits: ReadLimits) -> Defect:
    return Defect(DefectKind.TOO_MANY_BYTES, f"{length} bytes, at most {limits.max_bytes} are read")


def _undecodable(reason: Exception) -> Defect:
    return Defect(DefectKind.UNDECODABLE, type(reason).__name__)


def _oversize(header: Header, limits: ReadLimits) -> Defect | None:
    width, height = header.width or 0, header.height or 0
    if width * height <= limits.max_pixels and max(width, height) <= limits.max_side:
        return None
    return Defect(DefectKind.TOO_MANY_PIXELS, f"{width} x {height} pixels")


def _read_path(path: str, limits: ReadLimits) -> tuple[bytes | None, int | None, Defect | None]:
    """Return a regular file's content, or its length and why it was not read."""
    try:
        # without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as reason:
        return None, None, _read_defect(reason, path)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            return None, None, Defect(DefectKind.NOT_A_FILE)
        if state.st_size > limits.max_bytes:
            return None, state.st_size, _too_many_bytes(state.st_size, limits)
        parts, left = [], limits.max_bytes + 1
        while left:
            part = os.read(descriptor, min(left, max(state.st_size + 1, 1 << 16)))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        if not left:
            return None, limits.max_bytes + 1, _too_many_bytes(limits.max_bytes + 1, limits)
        return b"".join(parts), None, None
    except OSError as reason:
        return None, None, _read_defect(reason, path)
    finally:
        os.close(descriptor)


def _read_defect(reason: OSError | ValueError, path: str) -> Defect:
    number = getattr(reason, "errno", None)
    if number in (errno.ENXIO, errno.EISDIR) or (number == errno.EACCES and os.path.isdir(path)):  # noqa: PTH112
        return Defect(DefectKind.NOT_A_FILE)
    if isinstance(reason, FileNotFoundError | NotADirectoryError) or not isinstance(reason, OSError):
        return Defect(DefectKind.MISSING)
    if isinstance(reason, PermissionError):
        return Defect(DefectKind.NOT_PERMITTED)
    return Defect(DefectKind.READ_FAILED, errno.errorcode.get(number or 0, type(reason).__name__))


def _read_object(source: Any, limits: ReadLimits) -> tuple[bytes | None, Defect | None]:
    parts: list[bytes] = []
    left = limits.max_bytes + 1
    while left > 0:
        try:
            part = source.read(min(left, 1 << 20))
        except (OSError, ValueError, EOFError, RuntimeError) as reason:
            return None, Defect(DefectKind.READ_FAILED, type(reason).__name__)
        if part is None:
            return None, Defect(DefectKind.READ_FAILED, "the file object has no data yet")
        if not isinstance(part, bytes | bytearray | memoryview):
            raise TypeError(
                f"source must be a file object opened in binary mode, its read() gave {type(part).__name__}"
            )
        if not part:
            return b"".join(parts), None
        parts.append(bytes(part))
        left -= len(parts[-1])
    return None, _too_many_bytes(limits.max_bytes + 1, limits)


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Return a Pillow picture as read-only uint8 RGB."""
    image.load()
    mode = image.mode
    if mode in ("P", "RGBA", "LA", "PA", "RGBa", "La") and (mode != "P" or "transparency" in image.info):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    elif mode.startswith("I"):
        values = np.clip(np.asarray(image).astype(np.int64), 0, 65535) >> 8
        image = Image.fromarray(values.astype(np.uint8)).convert("RGB")
    elif mode == "F":
        values = np.nan_to_num(np.asarray(image, np.float32))
        scaled = np.clip(values * (255.0 if values.max(initial=0.0) <= 1.0 else 1.0), 0, 255)
        image = Image.fromarray(scaled.astype(np.uint8)).convert("RGB")
    elif mode != "RGB":
        image = image.convert("RGB")
    pixels: NDArray[np.uint8] = np.asarray(image)
    if pixels.flags.writeable:
        pixels.flags.writeable = False
    return pixels


def _likeness(photo: NDArray[np.uint8], other: NDArray[np.uint8], *, turned: bool) -> float | None:
    """Return the best correlation, -1 to 1, of two grey pictures: the other whole, without bars, or turned.

    None where either is all one tone.
    """
    best: float | None = None
    for turns in range(4 if turned else 1):
        candidate = np.rot90(other, turns)
        height, width = candidate.shape
        wanted = photo.shape[1] / photo.shape[0]
        across = min(width, max(1, round(height * wanted)))
        down = min(height, max(1, round(width / wanted)))
        left, top = (width - across) // 2, (height - down) // 2
        for part in (candidate, candidate[top : top + down, left : left + across]):
            small = [
                cv2.resize(np.ascontiguousarray(p), (24, 24), interpolation=cv2.INTER_AREA).astype(np.float64)
                for p in (photo, part)
            ]
            first, second = (s - s.mean() for s in small)
            norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
            if norm > 24:
                value = float((first * second).sum()) / norm
                best = value if best is None else max(best, value)
    return best
