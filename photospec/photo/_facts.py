"""What a photo file can say of itself: the plain values that the readers of each format fill in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from photospec.text import Text

__all__ = ["DEFECT_TEXT", "Defect", "DefectKind", "Density", "Header", "JpegQuality", "SecondPicture"]


class DefectKind(StrEnum):
    """What makes a file unreadable or damaged."""

    MISSING = "missing"
    NOT_PERMITTED = "not-permitted"
    NOT_A_FILE = "not-a-file"
    READ_FAILED = "read-failed"
    EMPTY = "empty"
    NOT_AN_IMAGE = "not-an-image"
    TOO_MANY_BYTES = "too-many-bytes"
    TOO_MANY_PIXELS = "too-many-pixels"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    UNDECODABLE = "undecodable"


DEFECT_TEXT = {
    DefectKind.MISSING: Text("文件不存在", "the file does not exist"),
    DefectKind.NOT_PERMITTED: Text("没有读取权限", "no permission to read the file"),
    DefectKind.NOT_A_FILE: Text("不是普通文件", "not a regular file"),
    DefectKind.READ_FAILED: Text("读取失败", "reading the file failed"),
    DefectKind.EMPTY: Text("文件是空的", "the file is empty"),
    DefectKind.NOT_AN_IMAGE: Text("内容不是图片", "the content is not a picture"),
    DefectKind.TOO_MANY_BYTES: Text("文件过大，已拒绝读取", "the file is too large and was not read"),
    DefectKind.TOO_MANY_PIXELS: Text("像素数过大，已拒绝解码", "the picture has too many pixels and was not decoded"),
    DefectKind.TRUNCATED: Text("文件不完整，末尾被截断", "the file is cut off before its end"),
    DefectKind.CORRUPT: Text("图像数据损坏", "the picture data is damaged"),
    DefectKind.UNDECODABLE: Text("无法解码", "the picture cannot be decoded"),
}
"""What each kind of defect means, for people."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that makes a file unreadable or damaged.

    Parameters
    ----------
    kind : DefectKind
        What it is.
    detail : str
        Where and how, in technical English; names no content of the picture.
    """

    kind: DefectKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Density:
    """The print resolution that a file states.

    Parameters
    ----------
    x, y : float
        Dots per inch, > 0.
    source : str
        Which tag says so: ``JFIF``, ``EXIF``, ``pHYs`` (PNG), ``BMP`` or ``TIFF``.
    """

    x: float
    y: float
    source: str


@dataclass(frozen=True, slots=True)
class JpegQuality:
    """The quality factor of a JPEG file on the scale of the Independent JPEG Group, 1 to 100.

    Parameters
    ----------
    estimate : float or None
        The factor of the luminance table; None where the file has no quantisation table.
    standard : bool
        True where the tables are exactly scaled standard tables (libjpeg, Pillow, OpenCV and most phones). Else
        (Photoshop, some cameras) `estimate` is the factor whose tables are nearest: see `estimate_quality`.
    """

    estimate: float | None
    standard: bool


@dataclass(frozen=True, slots=True)
class SecondPicture:
    """Another picture that the same file holds.

    Parameters
    ----------
    kind : str
        ``thumbnail`` (EXIF), ``jfxx`` or ``photoshop`` (thumbnails), ``mpo`` (multi-picture file) or ``appended``.
    width, height : int or None
        Its size in pixels.
    differs : bool or None
        True where it shows something else than the photo; None where it cannot be told.
    """

    kind: str
    width: int | None
    height: int | None
    differs: bool | None


@dataclass(slots=True)
class Header:
    """Collects what the bytes of a file say before anything is decoded."""

    format: str
    width: int | None = None
    height: int | None = None
    components: int | None = None
    bit_depth: int | None = None
    colour_mode: str | None = None
    progressive: bool | None = None
    density: Density | None = None
    exif: bytes | None = None
    """The TIFF structure that holds the EXIF tags."""
    xmp: bytes | None = None
    comments: list[bytes] = field(default_factory=list)
    """Free text by the writing program."""
    marks: list[str] = field(default_factory=list)
    """Editors recognised by a structure that only they write."""
    frames: int = 1
    end: int | None = None
    """Offset of the first byte after the picture; None where it is unknown."""
    extra: list[tuple[str, bytes]] = field(default_factory=list)
    """Further pictures: kind and bytes."""
    defects: list[Defect] = field(default_factory=list)

    def damaged(self, kind: DefectKind, detail: str) -> None:
        """Note a defect, each kind once: the first place says enough."""
        if all(d.kind is not kind for d in self.defects):
            self.defects.append(Defect(kind, detail))
