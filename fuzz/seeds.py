"""The seed corpus, made anew each time: small valid files of each kind, and known attacks on each reader."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from photospec.testing import append_bytes, corrupt, encode, portrait, truncate, with_exif

__all__ = ["seeds"]


def seeds(target: str) -> list[bytes]:
    """Return the seeds of a target of `fuzz.targets.TARGETS`."""
    makers = {"spec": _specs, "roster": _rosters, "archive": _archives, "exif": _exif}
    return list(makers.get(target, _photos)())


def _photos() -> Iterator[bytes]:
    pixels = cv2.resize(portrait(1).pixels, (96, 128), interpolation=cv2.INTER_AREA)
    image = Image.fromarray(pixels)
    for kind in ("JPEG", "PNG", "BMP", "WEBP", "TIFF"):
        yield encode(pixels, format=kind, quality=None if kind in ("PNG", "BMP", "TIFF") else 60)
    for kind, options in (
        ("JPEG", {"progressive": True}),
        ("JPEG", {"restart_marker_blocks": 4}),
        ("JPEG", {"comment": b"Meitu"}),
        ("GIF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_deflate"}),
        ("JPEG2000", {}),
        ("WEBP", {"lossless": True}),
        ("MPO", {"save_all": True, "append_images": [image]}),
    ):
        yield _saved(image, kind, **options)
    for mode in ("L", "CMYK"):
        yield _saved(image.convert(mode), "JPEG")
    for mode in ("P", "1", "LA", "I;16"):
        yield _saved(image.convert("L").convert(mode) if mode == "I;16" else image.convert(mode), "PNG")
    yield _saved(image.convert("F"), "TIFF")
    plain = encode(pixels, quality=60)
    yield with_exif(plain, orientation=6, software="Adobe Photoshop 25.1")
    yield append_bytes(plain)
    yield truncate(plain)
    yield corrupt(plain)
    yield plain[:2] + b"\xff\xe0\x00\x10JFXX\0\x10" + plain[2:60] + plain[2:]
    yield plain[:2] + b"\xff\xe1\x00\x40http://ns.adobe.com/xap/1.0/\0<x xmp:CreatorTool='Meitu'/>     " + plain[2:]
    yield _png_bomb()


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _png_bomb() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 400, 400, 8, 0, 0, 0, 0)
    text = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, body)
        for name, body in (
            (b"IHDR", head),
            (b"iTXt", text),
            (b"IDAT", zlib.compress(bytes(401 * 400))),
            (b"IEND", b""),
        )
    )


def _exif() -> Iterator[bytes]:
    exif = Image.Exif()
    for tag, value in ((0x0112, 6), (0x0131, "Meitu"), (0x011A, 300.0), (0x0128, 2), (0x0132, "2024:05:01 10:00:00")):
        exif[tag] = value
    yield exif.tobytes().removeprefix(b"Exif\0\0")
    details = exif.get_ifd(0x8769)
    details[0x9003] = "2024:05:01 10:00:00"
    details[0x9286] = b"ASCII\0\0\0beauty"
    yield exif.tobytes().removeprefix(b"Exif\0\0")
    yield b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    yield b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\x08\0\0\0"  # a directory that follows itself


def _specs() -> Iterator[bytes]:
    folder = Path(__file__).resolve().parent.parent / "photospec" / "specs"
    yield (folder / "cn-diploma-2017.toml").read_bytes()
    yield b'extends = "cn-diploma-2017"\n[rules.crown-margin]\nlow = 40\nhigh = "none"\nlevel = "warning"\n'
    yield b'name = "a"\ntitle = {zh = "b", en = "c"}\nselect = ["FIL", "ALL"]\nframe = [240, 320]\n'
    yield b'extends = "input.toml"\n'
    yield b'[rules.file-name]\npattern = "(a+)+$"\n'
    yield b"a" + b".a" * 300 + b" = 1\n"
    yield b"a = " + b"[" * 200 + b"]" * 200


def _rosters() -> Iterator[bytes]:
    yield "学号,姓名,班级\n2021001,王芳,1\n2021002,李娜,2\n".encode()
    yield "姓名;身份证号\n王芳;440524188001010014\n".encode("gb18030")
    yield "\ufeffstudent id\tname\n1\tA\n".encode()
    yield "name\nA\n".encode("utf-16")
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("学号", "姓名"), ("2021001", "王芳"), (2021002, "李娜")):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    yield buffer.getvalue()


def _archives() -> Iterator[bytes]:
    photo = encode(np.full((16, 12, 3), 200, np.uint8), quality=50)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as book:
            book.writestr("a/王芳.jpg", photo)
            book.writestr("../b.jpg", photo)
            book.writestr("c.zip", b"PK\5\6" + bytes(18))
            book.comment = b"class 1"
        yield buffer.getvalue()
    yield b"PK\5\6" + bytes(18)
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("bomb.jpg", bytes(1 << 20))
    yield buffer.getvalue()
