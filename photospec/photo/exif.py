"""EXIF: the few tags that bear on an ID photo, read with every length and offset distrusted."""

from __future__ import annotations

import datetime as dt
import re
import struct
from dataclasses import dataclass, field

__all__ = ["ExifFacts", "TiffDirectory", "read_exif"]

MAX_ENTRIES = 512
MAX_TEXT = 4096

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
_DATE = re.compile(r"\s*(\d{4})[:/-](\d{1,2})[:/-](\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What EXIF says of a photo. No place, owner or serial number is read.

    Parameters
    ----------
    orientation : int or None
        1 to 8 (EXIF 2.32, tag 0x0112); 1 is upright. Other values are as good as none.
    captured : datetime.datetime or None
        When the picture was taken, in the camera's local time: DateTimeOriginal, else DateTimeDigitized.
    software, make, model : str or None
        The writing program or firmware, the camera's maker and model.
    density : tuple of float or None
        (x, y) in dots per inch.
    malformed : bool
        True where a part of the structure could not be read.
    comments : tuple of str
        Free text in which editors leave their name.
    thumbnail : bytes or None
        The embedded preview, a JPEG stream.

    References
    ----------
    CIPA DC-008-2019 (EXIF 2.32).
    """

    orientation: int | None = None
    captured: dt.datetime | None = None
    software: str | None = None
    make: str | None = None
    model: str | None = None
    density: tuple[float, float] | None = None
    malformed: bool = False
    comments: tuple[str, ...] = field(default=(), repr=False)
    thumbnail: bytes | None = field(default=None, repr=False)


class TiffDirectory:
    """Reads tags out of the image file directories of a TIFF structure.

    Parameters
    ----------
    data : bytes
        The structure, from its byte-order mark on.

    Raises
    ------
    ValueError
        `data` does not begin as TIFF does.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] == b"II*\0":
            self.order = "<"
        elif data[:4] == b"MM\0*":
            self.order = ">"
        else:
            raise ValueError("data must begin with a TIFF byte-order mark")
        self.data = data
        self.malformed = False

    def first(self) -> int:
        """Return the offset of the first directory, 0 for none."""
        return self._unpack("I", 4) if len(self.data) >= 8 else 0

    def entries(self, offset: int) -> tuple[dict[int, tuple[int, int, int]], int]:
        """Return a directory's tags as {tag: (type, count, position of the value)}, and the next directory's offset."""
        found: dict[int, tuple[int, int, int]] = {}
        size = len(self.data)
        if offset < 8 or offset + 2 > size:
            self.malformed = self.malformed or offset != 0
            return found, 0
        count = self._unpack("H", offset)
        if count > MAX_ENTRIES or offset + 2 + 12 * count > size:
            self.malformed = True
            count = min(count, MAX_ENTRIES, (size - offset - 2) // 12)
        table = self.data[offset + 2 : offset + 2 + 12 * count]
        for index, (tag, kind, number, value) in enumerate(struct.iter_unpack(self.order + "HHII", table)):
            length = _SIZES.get(kind, 1) * number
            if length <= 4:
                found[tag] = (kind, number, offset + 10 + 12 * index)
            elif value + length <= size:
                found[tag] = (kind, number, value)
            else:
                self.malformed = True
        after = offset + 2 + 12 * count
        return found, self._unpack("I", after) if after + 4 <= size else 0

    def number(self, entry: tuple[int, int, int] | None, index: int = 0) -> int | None:
        """Return one whole number of a tag."""
        if entry is None or entry[0] not in _CODES or index >= entry[1]:
            return None
        return self._unpack(_CODES[entry[0]], entry[2] + index * _SIZES[entry[0]])

    def ratio(self, entry: tuple[int, int, int] | None) -> float | None:
        """Return a rational tag, or a whole number written in its place."""
        if entry is None or entry[1] < 1:
            return None
        if entry[0] != 5:
            number = self.number(entry)
            return None if number is None else float(number)
        over, under = struct.unpack_from(self.order + "II", self.data, entry[2])
        return over / under if under else None

    def raw(self, entry: tuple[int, int, int] | None) -> bytes:
        """Return a tag's bytes, at most `MAX_TEXT` of them."""
        if entry is None:
            return b""
        length = min(_SIZES.get(entry[0], 1) * entry[1], MAX_TEXT)
        return self.data[entry[2] : entry[2] + length]

    def text(self, entry: tuple[int, int, int] | None) -> str | None:
        """Return a tag as text, None where it is empty."""
        return decoded(self.raw(entry).split(b"\0", 1)[0]) or None

    def _unpack(self, code: str, offset: int) -> int:
        value: int = struct.unpack_from(self.order + code, self.data, offset)[0]
        return value


def decoded(raw: bytes) -> str:
    """Return text of unknown encoding: UTF-8, else GB 18030 as Chinese programs write, else Latin-1."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).strip(" \0")
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1").strip(" \0")


def read_exif(data: bytes) -> ExifFacts:
    """Read the tags that bear on an ID photo.

    Parameters
    ----------
    data : bytes
        The TIFF structure of an EXIF segment.

    Returns
    -------
    ExifFacts
        Always: what cannot be read is None, and `ExifFacts.malformed` says so.
    """
    try:
        tiff = TiffDirectory(data)
    except ValueError:
        return ExifFacts(malformed=True)
    main, following = tiff.entries(tiff.first())
    pointer = tiff.number(main.get(0x8769))
    sub = tiff.entries(pointer)[0] if pointer else {}
    orientation = tiff.number(main.get(0x0112))
    comments = [tiff.text(main.get(tag)) for tag in (0x000B, 0x010E)]
    comments += [_user_comment(tiff, sub.get(0x9286)), _utf16(tiff.raw(main.get(0x9C9C)), big_endian=False)]
    thumbnail = None
    if following:
        preview = tiff.entries(following)[0]
        start, length = tiff.number(preview.get(0x0201)), tiff.number(preview.get(0x0202))
        if start and length:
            if start + length <= len(data):
                thumbnail = data[start : start + length]
            else:
                tiff.malformed = True
    return ExifFacts(
        orientation=orientation if orientation is not None and 1 <= orientation <= 8 else None,
        captured=_date(tiff.text(sub.get(0x9003))) or _date(tiff.text(sub.get(0x9004))),
        software=tiff.text(main.get(0x0131)),
        make=tiff.text(main.get(0x010F)),
        model=tiff.text(main.get(0x0110)),
        density=tiff_density(tiff, main),
        malformed=tiff.malformed,
        comments=tuple(c for c in comments if c),
        thumbnail=thumbnail,
    )


def tiff_density(tiff: TiffDirectory, entries: dict[int, tuple[int, int, int]]) -> tuple[float, float] | None:
    """Return (x, y) in dots per inch from the resolution tags; None without a unit or a positive value."""
    per_inch = {2: 1.0, 3: 2.54, None: 1.0}.get(tiff.number(entries.get(0x0128)))
    x = tiff.ratio(entries.get(0x011A))
    y = tiff.ratio(entries.get(0x011B)) or x
    return (x * per_inch, y * per_inch) if per_inch and x and y else None


def _date(text: str | None) -> dt.datetime | None:
    match = _DATE.match(text or "")
    if match is None:
        return None
    try:
        return dt.datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - EXIF states the camera's local time
    except ValueError:
        return None


def _user_comment(tiff: TiffDirectory, entry: tuple[int, int, int] | None) -> str | None:
    raw = tiff.raw(entry)
    if raw[:8] == b"UNICODE\0":
        return _utf16(raw[8:], big_endian=tiff.order == ">")
    return decoded(raw[8:] if raw[:8] in (b"ASCII\0\0\0", b"\0" * 8) else raw) or None


def _utf16(raw: bytes, *, big_endian: bool) -> str | None:
    return raw.decode("utf-16-be" if big_endian else "utf-16-le", "replace").strip(" \0") or None
