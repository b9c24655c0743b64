"""JPEG: the structure of the file, its quality, and whether its compressed data is whole.

Decoders paper over damage: they fill what is missing with grey and go on. So the structure is walked here, and every
warning of the decoder counts: a Huffman stream that lost or gained a bit does not end where the file says.

References
----------
ITU-T T.81 (1992) | ISO/IEC 10918-1; JFIF 1.02; CIPA DC-007 (multi-picture format).
"""

from __future__ import annotations

import functools
import operator
import re
import struct
from dataclasses import dataclass, field

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from photospec.photo._facts import Defect, DefectKind, Density, Header, JpegQuality

__all__ = [
    "Jpeg",
    "Scan",
    "decode_whole",
    "estimate_quality",
    "finish_header",
    "plain_stream",
    "quality_of",
    "read_jpeg",
    "shift_defect",
]

MAX_SCANS = 100
MAX_SEGMENTS = 2000

_SIZED_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BETWEEN_SCANS = frozenset({0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xD9, 0xFE, *range(0xE0, 0xF0)})
_MARKER = re.compile(rb"\xff[^\x00]")
_BAD_IN_SCAN = re.compile(rb"\xff[^\x00\xff]")
_BAD_IN_INTERVALS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Component:
    """One colour component of a frame: its identifier, sampling factors and quantisation table."""

    identifier: int
    across: int
    down: int
    table: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: components with their (DC, AC) tables, spectral band, bit positions, and where its data is."""

    components: tuple[tuple[int, int, int], ...]
    first: int
    last: int
    high: int
    low: int
    start: int
    end: int
    interval: int
    restarts: int
    huffman: dict[int, tuple[bytes, bytes]]


@dataclass(slots=True)
class Jpeg:
    """The structure of a JPEG file."""

    header: Header
    frame: int | None = None
    components: tuple[Component, ...] = ()
    quantisation: dict[int, tuple[int, ...]] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)
    huffman: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    interval: int = 0
    adobe: int | None = None
    """The colour transform that an Adobe segment states."""
    kept: list[tuple[int, int]] = field(default_factory=list)
    """Spans of the segments before the first scan that a decoder needs."""
    first_scan: int | None = None


def read_jpeg(data: bytes) -> Jpeg:
    """Walk the segments of a JPEG file.

    Parameters
    ----------
    data : bytes
        The file, which begins with the marker SOI.

    Returns
    -------
    Jpeg
        What was found, up to the first place that makes no sense; `Header.defects` names it.
    """
    jpeg = Jpeg(Header("JPEG"))
    header = jpeg.header
    size = len(data)
    position = 2
    multi_picture: tuple[int, bytes] | None = None
    photoshop: list[bytes] = []
    for _ in range(MAX_SEGMENTS):
        marker_at = data.find(b"\xff", position)
        if marker_at < 0 or marker_at + 1 >= size:
            _broken(header, data, "the end marker is missing")
            break
        if marker_at != position:
            header.damaged(DefectKind.CORRUPT, f"{marker_at - position} stray bytes between segments at {position}")
        marker = data[marker_at + 1]
        if marker == 0xFF:
            position = marker_at + 1
            continue
        if marker == 0xD9:
            header.end = marker_at + 2
            break
        if marker <= 0x01 or 0xD0 <= marker <= 0xD8:
            header.damaged(DefectKind.CORRUPT, f"marker {marker:02X} out of place at byte {marker_at}")
            position = marker_at + 2
            continue
        start = marker_at + 4
        end = marker_at + 2 + (int.from_bytes(data[marker_at + 2 : start], "big"))
        if end < start or end > size:
            _broken(header, data, f"segment {marker:02X} at byte {marker_at} runs past the end of the file")
            break
        body = data[start:end]
        position = end
        if marker >= 0xE0:
            keep = False
            if marker == 0xE1:
                if body[:6] in (b"Exif\0\0", b"Exif\0\xff"):
                    header.exif = header.exif or body[6:]
                elif body[:29] == b"http://ns.adobe.com/xap/1.0/\0":
                    header.xmp = header.xmp or body[29:]
            elif marker == 0xE0:
                keep = body[:5] == b"JFIF\0"
                if keep:
                    header.density = header.density or _jfif_density(body)
                elif body[:6] == b"JFXX\0\x10":
                    header.extra.append(("jfxx", body[6:]))
            elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
                keep = True
                jpeg.adobe = body[11]
            elif marker == 0xE2 and body[:4] == b"MPF\0":
                multi_picture = multi_picture or (start + 4, body[4:])
            elif marker == 0xED and body[:14] == b"Photoshop 3.0\0":
                photoshop.append(body[14:])
            elif marker == 0xEC and body[:5] == b"Ducky":
                header.marks.append("Adobe Photoshop")
            elif marker == 0xFE:
                header.comments.append(body)
            if keep and jpeg.first_scan is None:
                jpeg.kept.append((marker_at, end))
            continue
        if jpeg.first_scan is None and marker != 0xDA:
            jpeg.kept.append((marker_at, end))
        fault = _take_segment(jpeg, marker, body)
        if fault:
            header.damaged(DefectKind.CORRUPT, f"{fault} at byte {marker_at}")
            break
        if marker == 0xDA:
            if jpeg.first_scan is None:
                jpeg.first_scan = marker_at
            scan_end = _take_scan(jpeg, data, body, end)
            if scan_end is None:
                break
            position = scan_end
    else:
        header.damaged(DefectKind.CORRUPT, f"more than {MAX_SEGMENTS} segments")
    if header.end is not None and not jpeg.scans:
        header.damaged(DefectKind.CORRUPT, "there is no picture data")
    if photoshop:
        _take_photoshop(header, b"".join(photoshop))
    if header.end is not None:
        _take_followers(header, data, multi_picture)
    return jpeg


def _broken(header: Header, data: bytes, detail: str) -> None:
    """Note a walk that ran off the end: damage in the middle where the file still ends as it should."""
    whole = data[-64:].rstrip(b"\0").endswith(b"\xff\xd9")
    header.damaged(DefectKind.CORRUPT if whole else DefectKind.TRUNCATED, detail)


def _jfif_density(body: bytes) -> Density | None:
    if len(body) < 12:
        return None
    unit, x, y = struct.unpack_from(">BHH", body, 7)
    factor = {1: 1.0, 2: 2.54}.get(unit)
    return Density(x * factor, y * factor, "JFIF") if factor and x and y else None


def _take_segment(jpeg: Jpeg, marker: int, body: bytes) -> str | None:
    """Read a table or frame segment; return what is wrong with it."""
    header = jpeg.header
    if marker == 0xDB:
        at = 0
        while at < len(body):
            wide, table = divmod(body[at], 16)
            length = 128 if wide else 64
            values = body[at + 1 : at + 1 + length]
            if wide > 1 or table > 3 or len(values) < length:
                return "a broken quantisation table"
            numbers = struct.unpack(">64H", values) if wide else tuple(values)
            if 0 in numbers:
                return "a quantisation table with a zero"
            jpeg.quantisation.setdefault(table, numbers)
            at += 1 + length
    elif marker == 0xC4:
        at = 0
        while at < len(body):
            counts = body[at + 1 : at + 17]
            total = sum(counts)
            symbols = body[at + 17 : at + 17 + total]
            space = sum(map(operator.lshift, counts, range(15, -1, -1)))
            if body[at] & 0xEC or len(counts) < 16 or total > 256 or len(symbols) < total or space > 65536:
                return "a broken Huffman table"
            jpeg.huffman[body[at]] = (counts, symbols)
            at += 17 + total
    elif marker == 0xDD:
        if len(body) != 2:
            return "a broken restart interval"
        jpeg.interval = int.from_bytes(body, "big")
    elif marker in _SIZED_FRAMES:
        if jpeg.frame is not None:
            return "a second frame header"
        if len(body) < 6 or len(body) != 6 + 3 * body[5]:
            return "a broken frame header"
        precision, height, width, count = struct.unpack_from(">BHHB", body)
        components = tuple(
            Component(body[i], body[i + 1] >> 4, body[i + 1] & 15, body[i + 2]) for i in range(6, len(body), 3)
        )
        if not width or not height or not count:
            return "a frame without size"
        if any(not 1 <= c.across <= 4 or not 1 <= c.down <= 4 or c.table > 3 for c in components):
            return "a broken frame header"
        if len({c.identifier for c in components}) != count:
            return "a frame header that names a component twice"
        jpeg.frame, jpeg.components = marker, components
        header.width, header.height, header.components, header.bit_depth = width, height, count, precision
        header.progressive = marker in (0xC2, 0xC6, 0xCA, 0xCE)
    return None


def _take_scan(jpeg: Jpeg, data: bytes, body: bytes, start: int) -> int | None:
    """Read a scan's header and find the end of its data; return where the walk goes on, None where it cannot."""
    header = jpeg.header
    count = body[0] if body else 0
    if jpeg.frame is None or not 1 <= count <= 4 or len(body) != 4 + 2 * count:
        header.damaged(DefectKind.CORRUPT, f"a broken scan header at byte {start}")
        return None
    places = {component.identifier: index for index, component in enumerate(jpeg.components)}
    chosen = [(places.get(body[i]), body[i + 1] >> 4, body[i + 1] & 15) for i in range(1, 1 + 2 * count, 2)]
    components = tuple((place, dc, ac) for place, dc, ac in chosen if place is not None)
    first, last, bits = body[-3:]
    sequential = not header.progressive
    if len({place for place, _, _ in components}) != count or first > last or last > 63:
        header.damaged(DefectKind.CORRUPT, f"a broken scan header at byte {start}")
        return None
    if sequential and {p for p, _, _ in components} & {p for scan in jpeg.scans for p, _, _ in scan.components}:
        header.damaged(DefectKind.CORRUPT, f"a component has a second scan at byte {start}")
        return None
    if len(jpeg.scans) >= MAX_SCANS:
        header.damaged(DefectKind.CORRUPT, f"more than {MAX_SCANS} scans")
        return None
    restarts, position = 0, start
    ended = True
    while True:
        found = _MARKER.search(data, position)
        if found is None:
            position = len(data)
            _broken(header, data, "the picture data has no end marker")
            ended = False
            break
        position = found.start()
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif 0xD0 <= marker <= 0xD7 and jpeg.interval:
            if marker & 7 != restarts & 7:
                header.damaged(DefectKind.CORRUPT, f"restart markers out of order at byte {position}")
            restarts += 1
            position += 2
        else:
            if marker not in _BETWEEN_SCANS:
                header.damaged(DefectKind.CORRUPT, f"marker {marker:02X} inside the picture data at byte {position}")
                ended = False
            break
    scan = Scan(
        components, first, last, bits >> 4, bits & 15, start, position, jpeg.interval, restarts, dict(jpeg.huffman)
    )
    jpeg.scans.append(scan)
    return position if ended else None


def _take_photoshop(header: Header, resources: bytes) -> None:
    """Read Photoshop's image resources: more than IPTC text (which many programs write) is Photoshop's own."""
    position, own = 0, False
    for _ in range(200):
        if resources[position : position + 4] != b"8BIM" or position + 12 > len(resources):
            break
        number = int.from_bytes(resources[position + 4 : position + 6], "big")
        name = resources[position + 6]
        at = position + 6 + (name + 2 & ~1)
        length = int.from_bytes(resources[at : at + 4], "big")
        own = own or number not in (0x0404, 0x0425)
        if number == 0x040C and 28 < length <= len(resources) - at - 4:
            header.extra.append(("photoshop", resources[at + 32 : at + 4 + length]))
        position = at + 4 + length + (length & 1)
    if own:
        header.marks.append("Adobe Photoshop")


def _take_followers(header: Header, data: bytes, multi_picture: tuple[int, bytes] | None) -> None:
    """Find the pictures behind the first, and move `Header.end` behind those that the file declares."""
    end = header.end
    assert end is not None
    if multi_picture is not None:
        for offset, length in _multi_picture_entries(*multi_picture):
            if offset >= end and offset + length <= len(data) and data[offset : offset + 3] == b"\xff\xd8\xff":
                header.extra.append(("mpo", data[offset : offset + length]))
                header.end = max(header.end or 0, offset + length)
        if header.end != end:
            header.format = "MPO"
            header.frames = 1 + sum(kind == "mpo" for kind, _ in header.extra)
    if header.end == end:
        behind = data[end : end + 67]
        skipped = len(behind) - len(behind.lstrip(b"\0"))
        if data[end + skipped : end + skipped + 3] == b"\xff\xd8\xff":
            header.extra.append(("appended", data[end + skipped :]))


def _multi_picture_entries(base: int, body: bytes) -> list[tuple[int, int]]:
    """Return (offset in the file, length) of the further pictures that an MPF segment declares."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(body[:4])
    if order is None or len(body) < 10:
        return []
    start = struct.unpack_from(order + "I", body, 4)[0]
    if start + 2 > len(body):
        return []
    count = min(struct.unpack_from(order + "H", body, start)[0], 16)
    for index in range(count):
        at = start + 2 + 12 * index
        if at + 12 > len(body):
            break
        tag, _, length, offset = struct.unpack_from(order + "HHII", body, at)
        if tag == 0xB002:
            entries = [offset + 16 * i for i in range(1, min(length // 16, 32))]
            pairs = [struct.unpack_from(order + "II", body, e + 4) for e in entries if e + 16 <= len(body)]
            return [(base + place, size) for size, place in pairs]
    return []


def finish_header(jpeg: Jpeg) -> Header:
    """Name the colour mode, which may hang on segments that stand after the frame."""
    header = jpeg.header
    if header.components == 1:
        header.colour_mode = "grey"
    elif header.components == 3:
        header.colour_mode = "RGB"
    elif header.components == 4:
        header.colour_mode = "YCCK" if jpeg.adobe == 2 else "CMYK"
    return header


# -- quality --------------------------------------------------------------------------------------------------------

# ITU-T T.81 tables K.1 and K.2, in zigzag order
_LUMINANCE = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99,
)  # fmt: skip


@functools.cache
def _standard_tables() -> tuple[dict[tuple[int, ...], int], dict[tuple[int, ...], int]]:
    """Return {table: quality} for luminance and chrominance, as libjpeg scales them, 8-bit or not."""
    both: list[dict[tuple[int, ...], int]] = []
    for base in (_LUMINANCE, _CHROMINANCE):
        known: dict[tuple[int, ...], int] = {}
        for quality in range(100, 0, -1):
            scale = 5000 // quality if quality < 50 else 200 - 2 * quality
            for top in (255, 32767):
                known[tuple(min(max((value * scale + 50) // 100, 1), top) for value in base)] = quality
        both.append(known)
    return both[0], both[1]


@functools.cache
def _logarithms() -> NDArray[np.float64]:
    """Return the logarithm of the standard tables, (100, 128): luminance then chrominance, quality 1 first."""
    rows = []
    for quality in range(1, 101):
        scale = 5000 / quality if quality < 50 else 200 - 2 * quality
        rows.append([min(max(v * scale / 100, 1.0), 255.0) for v in _LUMINANCE + _CHROMINANCE])
    return np.log(np.array(rows, np.float64))


def estimate_quality(luminance: tuple[int, ...], chrominance: tuple[int, ...] | None = None) -> JpegQuality:
    """Estimate the quality factor from quantisation tables.

    Parameters
    ----------
    luminance, chrominance : tuple of int
        64 values each in zigzag order, as the file has them.

    Returns
    -------
    JpegQuality
        Exact where the tables are the standard's, scaled as libjpeg does.

    Notes
    -----
    Tables of another make are matched to the factor whose tables are nearest by the mean absolute difference of
    logarithms, weighted by 1/n for the n-th coefficient in zigzag order as the amplitudes of pictures fall: steps of
    equal ratio lose about equally much.

    References
    ----------
    ITU-T T.81 Annex K; ``jpeg_quality_scaling`` of libjpeg.
    """
    luma, chroma = _standard_tables()
    quality = luma.get(luminance)
    if quality is not None and (chrominance is None or chrominance in chroma or chrominance == luminance):
        return JpegQuality(float(quality), standard=True)
    values = luminance if chrominance is None else luminance + chrominance
    logs = np.log(np.array(values, np.float64))
    weights = np.tile(1 / np.arange(1, 65), len(values) // 64)
    distance = np.abs(_logarithms()[:, : len(values)] - logs) @ weights
    return JpegQuality(float(np.argmin(distance)) + 1.0, standard=False)


def quality_of(jpeg: Jpeg) -> JpegQuality | None:
    """Return the quality factor of a file, with no estimate where it has no quantisation table."""
    tables = [jpeg.quantisation.get(c.table) for c in jpeg.components] or list(jpeg.quantisation.values())
    found = [t for t in tables if t is not None]
    if not found:
        return JpegQuality(None, standard=False)
    return estimate_quality(found[0], found[1] if len(found) > 1 else None)


# -- decoding -------------------------------------------------------------------------------------------------------


def plain_stream(jpeg: Jpeg, data: bytes) -> bytes | None:
    """Return the file reduced to what a decoder needs, mended so far that it decodes to its end.

    Metadata never reaches the decoder. Markers that do not belong into the data of a damaged file lose their meaning,
    and a missing end marker is added.
    """
    if jpeg.first_scan is None or not jpeg.scans:
        return None
    prefix = b"\xff\xd8" + b"".join(data[start:end] for start, end in jpeg.kept)
    last = jpeg.scans[-1]
    if jpeg.header.end is not None and not jpeg.header.defects:
        return prefix + data[jpeg.first_scan : last.end] + b"\xff\xd9"
    end = data.rfind(b"\xff\xd9", last.start)
    rest = data[last.start : end if end >= 0 else len(data)]
    pattern = _BAD_IN_INTERVALS if last.interval else _BAD_IN_SCAN
    if len(jpeg.scans) > 1:
        rest = data[last.start : last.end]
    return prefix + data[jpeg.first_scan : last.start] + pattern.sub(b"\xff\x00", rest) + b"\xff\xd9"


def decode_whole(jpeg: Jpeg, data: bytes, factor: int = 1) -> NDArray[np.uint8] | Defect | None:
    """Decode a structurally sound file, and say whether its compressed data ends where it should.

    Parameters
    ----------
    jpeg : Jpeg
        The structure.
    data : bytes
        The file.
    factor : int
        1, 2, 4 or 8: by what the decoder reduces the picture. The compressed data is read whole all the same.

    Returns
    -------
    (ceil(H / factor), ceil(W / factor), 3) uint8, Defect or None
        RGB, read-only; or what is wrong with the data; None for what is neither grey nor of three colours with 8 bits.

    Notes
    -----
    libjpeg-turbo shows whatever it can of damaged data and warns; here every warning is a defect. Found: lost, inserted
    or overwritten bytes, unless the codes fall back into step after exactly the right number of blocks (`shift_defect`
    looks for that). Not found: bits changed within the value of a coefficient, which is another valid picture.
    """
    if not jpeg.scans or jpeg.header.defects or len(jpeg.components) not in (1, 3):
        return None
    if jpeg.header.bit_depth != 8 or jpeg.frame not in (0xC0, 0xC1, 0xC2):
        return None  # arithmetic coding and 12-bit files are rare, and refused by other rules
    stream = plain_stream(jpeg, data)
    if stream is None:
        return None
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(stream, strict=True)
        if (height, width) != (jpeg.header.height, jpeg.header.width):  # what was bounded is what is decoded
            return Defect(DefectKind.CORRUPT, f"a second header says {width} x {height} pixels")
        small = -(-height // factor), -(-width // factor)
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            stream, "RGB", min_height=small[0], min_width=small[1], min_factor=factor, strict=True
        )
        assert pixels.shape[:2] == small
    except ValueError as fault:
        return Defect(DefectKind.CORRUPT, str(fault))
    pixels.flags.writeable = False
    return pixels


def shift_defect(jpeg: Jpeg, pixels: NDArray[np.uint8]) -> Defect | None:
    """Say whether the picture's tone jumps at one block and stays so, as it does behind damaged data.

    Parameters
    ----------
    jpeg : Jpeg
        The structure.
    pixels : ndarray, (H, W, 3) uint8
        The decoded picture.

    Returns
    -------
    Defect or None

    Notes
    -----
    Each block's mean is stored as a difference to the block before. Where codes fall back into step behind an error,
    all later blocks are off by the same amount: the upper edges of as many blocks as a row has, from some column on and
    up to that column in the next row, show the same step. No edge of a scene keeps to the block grid and turns down
    there by one block. Steps below 4 grey levels, and those that begin at the side of the picture as painted frames
    do, are not counted. Of damaged files whose data ends right, three in five show this.
    """
    across = 8 * max((c.across for c in jpeg.components), default=1) if len(jpeg.components) > 1 else 8
    down = 8 * max((c.down for c in jpeg.components), default=1) if len(jpeg.components) > 1 else 8
    rows, columns = pixels.shape[0] // down, pixels.shape[1] // across
    if jpeg.interval or rows < 3 or columns < 12:
        return None
    # the two lines above each edge and the two below it, side by side
    lines = pixels[down - 2 : rows * down - 2, : columns * across].reshape(rows - 1, -1, 3)[:, : 4 * columns * across]
    means = cv2.resize(lines, (4 * columns, rows - 1), interpolation=cv2.INTER_AREA)
    both = cv2.inRange(means[:, columns : 3 * columns], (3, 3, 3), (252, 252, 252))
    sound = cv2.bitwise_and(both[:, :columns], both[:, columns:]).ravel() > 0
    above2, above, below, below2 = means.astype(np.int16).reshape(rows - 1, 4, columns, 3).swapaxes(0, 1)
    jumps = (3 * (below - above) - (below2 - above2)).reshape(-1, 3)
    steps = _TONES @ jumps.T.astype(np.float32)  # brightness, blue and red against green
    free, *agreeing = _windowed(np.concatenate([sound[None], (steps > 2) & sound, (steps < -2) & sound]), columns)
    shares = agreeing / np.where(free >= 0.4 * columns, free, np.inf)
    for kind, start in enumerate(shares.argmax(1).tolist()):
        if shares[kind, start] < 0.93 or not 3 <= start % columns <= columns - 3:
            continue
        values = steps[kind % 3, start : start + columns][sound[start : start + columns]]
        middle = float(np.median(values))
        if abs(middle) >= 4 and float(np.median(np.abs(values - middle))) <= 0.25 * abs(middle):
            return Defect(DefectKind.CORRUPT, f"the tone jumps at row {start // columns + 2} of {rows} rows of blocks")
    return None


_TONES = np.array(((1, 2, 1), (0, -4, 4), (4, -4, 0)), np.float32) / 8  # of twice the jump


def _windowed(flags: NDArray[np.bool_], length: int) -> NDArray[np.int32]:
    """Return how many of `length` flags from each place on are set, along the last axis."""
    total = cv2.boxFilter(flags.view(np.uint8), cv2.CV_32S, (length, 1), anchor=(0, 0), normalize=False)
    return total[:, : flags.shape[1] - length + 1]  # type: ignore[return-value]
