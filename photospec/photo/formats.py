"""PNG, GIF, BMP, WebP and TIFF: what their headers say, and whether the file is whole."""

from __future__ import annotations

import struct
import zlib

from photospec.photo._facts import DefectKind, Density, Header
from photospec.photo.exif import TiffDirectory, decoded, tiff_density

__all__ = ["comment_texts", "plain_png", "read_header", "sniff"]

MAX_CHUNKS = 100_000
MAX_INFLATED = 1 << 16
MAX_PAGES = 256

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
    (b"8BPS\0\x01", "PSD"),
)
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "HEIF"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_PNG_MODES = {0: ("grey", 1), 2: ("RGB", 3), 3: ("palette", 1), 4: ("grey+alpha", 2), 6: ("RGBA", 4)}


def sniff(data: bytes) -> str | None:
    """Return the format that the first bytes of a file show, None where it is no picture that is known.

    Parameters
    ----------
    data : bytes
        At least the first 32 bytes of the file, where it has as many.

    Returns
    -------
    str or None
        ``JPEG``, ``PNG``, ``GIF``, ``BMP``, ``WEBP``, ``TIFF``, ``HEIF``, ``AVIF``, ``JPEG2000``, ``JXL`` or ``PSD``.
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    info = int.from_bytes(data[14:18], "little")
    return "BMP" if data[:2] == b"BM" and len(data) >= 26 and info in (12, 40, 52, 56, 64, 108, 124) else None


def read_header(data: bytes, kind: str) -> Header:
    """Read the header of a file that is no JPEG.

    Parameters
    ----------
    data : bytes
        The whole file.
    kind : str
        What `sniff` said.

    Returns
    -------
    Header
        With `Header.defects` where the file is cut off or damaged.
    """
    header = Header(kind)
    reader = {"PNG": _png, "GIF": _gif, "BMP": _bmp, "WEBP": _webp, "TIFF": _tiff}.get(kind)
    if reader is None:
        return header
    try:
        reader(header, data)
    except (struct.error, IndexError):
        header.damaged(DefectKind.TRUNCATED, "the header is cut off")
    if header.width == 0 or header.height == 0:
        header.damaged(DefectKind.CORRUPT, "a picture without size")
    return header


def _png(header: Header, data: bytes) -> None:
    position, size = 8, len(data)
    pixels_seen = False
    for _ in range(MAX_CHUNKS):
        if position + 12 > size:
            header.damaged(DefectKind.TRUNCATED, "the end chunk is missing")
            return
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > size:
            header.damaged(DefectKind.TRUNCATED, f"a chunk at byte {position} runs past the end of the file")
            return
        body = memoryview(data)[position + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(name)) != int.from_bytes(data[end - 4 : end], "big"):
            header.damaged(DefectKind.CORRUPT, f"a chunk at byte {position} has a wrong checksum")
        if name == b"IHDR" and header.width is None:
            header.width, header.height, header.bit_depth, colour = struct.unpack_from(">IIBB", body)
            header.colour_mode, header.components = _PNG_MODES.get(colour, (None, None))
            header.progressive = len(body) > 12 and body[12] == 1
        elif name == b"IDAT":
            pixels_seen = True
        elif name == b"pHYs" and length == 9:
            x, y, unit = struct.unpack(">IIB", body)
            if unit == 1 and x and y:
                header.density = Density(x * 0.0254, y * 0.0254, "pHYs")
        elif name == b"acTL" and length == 8:
            header.frames = max(1, struct.unpack_from(">I", body)[0])
        elif name == b"eXIf":
            header.exif = header.exif or bytes(body)
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            _png_text(header, name, bytes(body[: 1 << 20]))
        elif name == b"IEND":
            header.end = end
            if not pixels_seen:
                header.damaged(DefectKind.CORRUPT, "there is no picture data")
            return
        position = end
    header.damaged(DefectKind.CORRUPT, f"more than {MAX_CHUNKS} chunks")


def _png_text(header: Header, name: bytes, body: bytes) -> None:
    keyword, _, text = body.partition(b"\0")
    packed = name == b"zTXt"
    if packed:
        text = text[1:]
    elif name == b"iTXt":
        packed = text[:1] == b"\1"
        text = text[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            text = zlib.decompressobj().decompress(text, MAX_INFLATED)
        except zlib.error:
            return
    if keyword == b"XML:com.adobe.xmp":
        header.xmp = header.xmp or text
    elif len(header.comments) < 100:
        header.comments.append(keyword + b"\0" + text[:4096])


def _gif(header: Header, data: bytes) -> None:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    header.width, header.height, header.bit_depth, header.components = width, height, 8, 1
    header.colour_mode = "palette"
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    while True:
        introducer = data[position : position + 1]
        if introducer == b";":
            header.end = position + 1
            break
        if introducer == b",":
            frames += 1
            flags = data[position + 9]
            position += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        elif introducer == b"!":
            if data[position + 1] == 0xFE and len(header.comments) < 100:
                header.comments.append(data[position + 3 : position + 3 + data[position + 2]])
            position += 2
        elif introducer:
            header.damaged(DefectKind.CORRUPT, f"an unknown block at byte {position}")
            break
        else:
            header.damaged(DefectKind.TRUNCATED, "the end mark is missing")
            break
        while data[position]:
            position += data[position] + 1
        position += 1
    header.frames = max(1, frames)
    if not frames and not header.defects:
        header.damaged(DefectKind.CORRUPT, "there is no picture data")


def _bmp(header: Header, data: bytes) -> None:
    pixels_at, info = struct.unpack_from("<II", data, 10)
    if info == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        if len(data) >= 46:
            x, y = struct.unpack_from("<ii", data, 38)
            header.density = Density(x * 0.0254, y * 0.0254, "BMP") if x > 0 and y > 0 else None
    if width < 0:
        header.damaged(DefectKind.CORRUPT, "a negative width")
    header.width, header.height = abs(width), abs(height)
    if bits <= 8:
        header.colour_mode, header.components, header.bit_depth = "palette", 1, 8 if bits == 8 else bits
    elif bits == 32:
        header.colour_mode, header.components, header.bit_depth = "RGBA", 4, 8
    else:
        header.colour_mode, header.components, header.bit_depth = "RGB", 3, 8 if bits == 24 else 5
    if compression in (0, 3, 6):
        header.end = pixels_at + (header.width * bits + 31) // 32 * 4 * header.height
        if header.end > len(data):
            header.damaged(DefectKind.TRUNCATED, f"{header.end - len(data)} bytes of picture data are missing")


def _webp(header: Header, data: bytes) -> None:
    size = len(data)
    end = 8 + int.from_bytes(data[4:8], "little")
    end += end & 1
    header.end = min(end, size)
    if end > size:
        header.damaged(DefectKind.TRUNCATED, f"{end - size} bytes are missing")
    position, frames = 12, 0
    header.bit_depth, header.components, header.colour_mode = 8, 3, "RGB"
    extended = False
    pixels_seen = False
    for _ in range(MAX_CHUNKS):
        if position + 8 > header.end:
            break
        name, length = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if name == b"VP8X":
            extended = True
            flags = data[body]
            header.width = 1 + int.from_bytes(data[body + 4 : body + 7], "little")
            header.height = 1 + int.from_bytes(data[body + 7 : body + 10], "little")
            if flags & 0x10:
                header.components, header.colour_mode = 4, "RGBA"
        elif name in (b"VP8 ", b"VP8L"):
            pixels_seen = True
            if name == b"VP8 " and not extended:
                header.width, header.height = (v & 0x3FFF for v in struct.unpack_from("<HH", data, body + 6))
            elif not extended:
                word = struct.unpack_from("<I", data, body + 1)[0]
                header.width, header.height = (word & 0x3FFF) + 1, (word >> 14 & 0x3FFF) + 1
                if word >> 28 & 1:
                    header.components, header.colour_mode = 4, "RGBA"
        elif name == b"ANMF":
            pixels_seen = True
            frames += 1
        elif name == b"EXIF":
            header.exif = header.exif or data[body : body + length].removeprefix(b"Exif\0\0")
        elif name == b"XMP ":
            header.xmp = header.xmp or data[body : body + length]
        position = body + length + (length & 1)
    if position != header.end and not header.defects:
        header.damaged(DefectKind.CORRUPT, f"a chunk does not end where the file does, at byte {min(position, size)}")
    if not pixels_seen:
        header.damaged(DefectKind.CORRUPT, "there is no picture data")
    header.frames = max(1, frames)


def _tiff(header: Header, data: bytes) -> None:
    tiff = TiffDirectory(data)
    header.exif = data
    entries, following = tiff.entries(tiff.first())
    header.width, header.height = tiff.number(entries.get(0x0100)), tiff.number(entries.get(0x0101))
    header.bit_depth = tiff.number(entries.get(0x0102)) or 1
    header.components = tiff.number(entries.get(0x0115)) or 1
    names = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "RGB", 8: "Lab"}
    kind = tiff.number(entries.get(0x0106))
    header.colour_mode = names.get(kind) if kind is not None else None
    if header.colour_mode == "RGB" and header.components == 4:
        header.colour_mode = "RGBA"
    density = tiff_density(tiff, entries)
    header.density = Density(*density, "TIFF") if density else None
    if header.width is None or header.height is None:
        header.damaged(DefectKind.CORRUPT, "the header states no size")
    seen = {tiff.first()}
    while following and following not in seen and len(seen) < MAX_PAGES:
        seen.add(following)
        page, following = tiff.entries(following)
        header.frames += bool(page)
    if tiff.malformed:
        header.damaged(DefectKind.CORRUPT, "a directory points outside the file")
    _tiff_reach(header, tiff, entries, len(data))


def _tiff_reach(header: Header, tiff: TiffDirectory, entries: dict[int, tuple[int, int, int]], size: int) -> None:
    """Note a picture whose strips or tiles lie outside the file."""
    for places, lengths in ((0x0111, 0x0117), (0x0144, 0x0145)):
        place, length = entries.get(places), entries.get(lengths)
        for index in range(min(place[1], 100_000) if place and length else 0):
            if (tiff.number(place, index) or 0) + (tiff.number(length, index) or 0) > size:
                header.damaged(DefectKind.TRUNCATED, "the picture data reaches past the end of the file")
                return


def comment_texts(header: Header) -> list[str]:
    """Return the free text of a file, each piece cut to a bounded length."""
    return [decoded(comment[:4096]) for comment in header.comments]


def plain_png(data: bytes) -> bytes:
    """Return a PNG file without its metadata, whose compressed text a decoder would unpack."""
    kept = [data[:8]]
    position = 8
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(data[position:end])
        position = end
    return b"".join(kept)
