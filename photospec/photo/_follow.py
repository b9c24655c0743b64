"""Follow Huffman-coded data code by code, without decoding the picture."""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from photospec.photo.jpeg import Jpeg, Scan

__all__ = ["follow"]

END_OF_BLOCK = 128
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


@functools.lru_cache(maxsize=32)
def _lookup(counts: bytes, symbols: bytes, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every 16 bits, the bits that a code and its value take (0: no such code) and what it means."""
    bits = np.zeros(65536, np.uint8)
    meaning = np.zeros(65536, np.uint8)
    code, index = 0, 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            low = code << (16 - length)
            high = (code + 1) << (16 - length)
            run, size = divmod(symbols[index], 16)
            if kind == "dc":
                taken, value = (length + symbols[index], symbols[index]) if symbols[index] <= 11 else (0, 0)
            elif kind == "ac":
                taken, value = (length + size, run + 1) if size <= 10 else (0, 0)
                if size == 0:
                    value = 16 if run == 15 else END_OF_BLOCK
            else:  # progressive: the symbol itself, the code's length
                taken, value = length, symbols[index]
            bits[low:high] = taken
            meaning[low:high] = value
            index += 1
            code += 1
        code <<= 1
    return bits, meaning


def _windows(data: bytes) -> np.ndarray:
    """Return the 16 bits that start at each bit of `data`; past its end follow zeros."""
    octets = np.frombuffer(data + b"\0\0", np.uint8).astype(np.uint32)
    triples = octets[:-2] << 16 | octets[1:-1] << 8 | octets[2:]
    return ((triples[:, None] >> np.arange(8, 0, -1, dtype=np.uint32)) & 0xFFFF).astype(np.uint16).ravel()


def follow(jpeg: Jpeg, data: bytes) -> str | None:
    """Return the first place where the compressed data does not fit the frame, None where all of it does."""
    history: dict[int, list[int]] = {}
    for number, scan in enumerate(jpeg.scans):
        fault = _follow_scan(jpeg, scan, data, history)
        if fault is not None:
            where = f" of scan {number + 1}" if len(jpeg.scans) > 1 else ""
            return fault + where
    covered = {place for scan in jpeg.scans for place, _, _ in scan.components}
    if len(covered) < len(jpeg.components):
        return "a colour component has no data"
    return None


def _follow_scan(jpeg: Jpeg, scan: Scan, data: bytes, history: dict[int, list[int]]) -> str | None:
    assert jpeg.header.width is not None and jpeg.header.height is not None
    across = max(c.across for c in jpeg.components)
    down = max(c.down for c in jpeg.components)
    single = len(scan.components) == 1
    if single:
        component = jpeg.components[scan.components[0][0]]
        columns = math.ceil(math.ceil(jpeg.header.width * component.across / across) / 8)
        rows = math.ceil(math.ceil(jpeg.header.height * component.down / down) / 8)
    else:
        columns = -(-jpeg.header.width // (8 * across))
        rows = -(-jpeg.header.height // (8 * down))
    units = columns * rows
    body = data[scan.start : scan.end]
    parts = _RESTART.split(body) if scan.interval else [body]
    if scan.interval and len(parts) != -(-units // scan.interval):
        return f"{len(parts)} restart intervals instead of {-(-units // scan.interval)}"
    progressive = bool(jpeg.header.progressive)
    done = 0
    for part in parts:
        wanted = min(scan.interval or units, units - done)
        # a byte FF of data is followed by 00; without one it is filling before the next marker
        plain = part.rstrip(b"\xff").replace(b"\xff\x00", b"\xff")
        try:
            if not progressive:
                end, reached = _sequential(jpeg, scan, plain, wanted)
            elif scan.first == 0:
                end, reached = _first_band(jpeg, scan, plain, wanted)
            else:
                blocks = history.setdefault(scan.components[0][0], [0] * units)
                if len(blocks) != units:
                    return "scans of different sizes"
                end, reached = _band(scan, plain, blocks, done, done + wanted)
        except KeyError:
            return "a Huffman table is missing"
        except IndexError:
            return "the picture data ends too early"
        if reached < wanted:
            return f"impossible code in row {(done + reached) // columns + 1} of {rows} rows of blocks"
        left = 8 * len(plain) - end
        if left < 0:
            return "the picture data ends too early"
        if left >= 8:
            return f"{left // 8} bytes of picture data are left over"
        done += wanted
    return None


def _sequential(jpeg: Jpeg, scan: Scan, plain: bytes, units: int) -> tuple[int, int]:
    """Follow baseline blocks; return the bit reached and the number of whole units."""
    windows = _windows(plain)
    tables: dict[tuple[str, int], tuple[bytes, bytes]] = {}

    def table(kind: str, number: int) -> tuple[bytes, bytes]:
        if (kind, number) not in tables:
            bits, meaning = _lookup(*scan.huffman[number + (16 if kind == "ac" else 0)], kind)
            tables[kind, number] = bits[windows].tobytes(), meaning[windows].tobytes()
        return tables[kind, number]

    plan: list[tuple[bytes, bytes, bytes]] = []
    for place, dc, ac in scan.components:
        component = jpeg.components[place]
        blocks = component.across * component.down if len(scan.components) > 1 else 1
        plan += [(table("dc", dc)[0], *table("ac", ac))] * blocks
    position = 0
    for unit in range(units):
        for dc_bits, ac_bits, runs in plan:
            taken = dc_bits[position]
            if not taken:
                return position, unit
            position += taken
            k = 1
            while k < 64:
                taken = ac_bits[position]
                if not taken:
                    return position, unit
                k += runs[position]
                position += taken
            if 64 < k < END_OF_BLOCK:
                return position, unit
    return position, units


def _first_band(jpeg: Jpeg, scan: Scan, plain: bytes, units: int) -> tuple[int, int]:
    """Follow a progressive scan of DC coefficients."""
    blocks = [
        dc
        for place, dc, _ in scan.components
        for _ in range(jpeg.components[place].across * jpeg.components[place].down if len(scan.components) > 1 else 1)
    ]
    if scan.high:
        return units * len(blocks), units
    windows = _windows(plain)
    plan = [_lookup(*scan.huffman[dc], "dc")[0][windows].tobytes() for dc in blocks]
    position = 0
    for unit in range(units):
        for bits in plan:
            taken = bits[position]
            if not taken:
                return position, unit
            position += taken
    return position, units


def _band(scan: Scan, plain: bytes, blocks: list[int], start: int, stop: int) -> tuple[int, int]:
    """Follow a progressive scan of AC coefficients; `blocks` remembers as bits which are not zero."""
    windows = _windows(plain)
    bits, symbols = (t[windows].tobytes() for t in _lookup(*scan.huffman[scan.components[0][2] + 16], "symbol"))
    first, last = scan.first, scan.last
    band = (2 << last) - (1 << first)
    position = 0
    run_of_blocks = 0
    block = start
    while block < stop:
        old = blocks[block] & band
        if run_of_blocks:
            if not scan.high:
                skipped = min(run_of_blocks, stop - block)
                block += skipped
                run_of_blocks -= skipped
                continue
            run_of_blocks -= 1
            position += old.bit_count()
            block += 1
            continue
        k = first
        new = 0
        while k <= last:
            taken = bits[position]
            if not taken:
                return position, block - start
            run, size = divmod(symbols[position], 16)
            position += taken
            if size == 0 and run < 15:
                run_of_blocks = (1 << run) - 1
                if run:
                    run_of_blocks += int(windows[position]) >> (16 - run)
                    position += run
                if scan.high:
                    position += (old >> k << k).bit_count()
                break
            if scan.high:
                if size > 1:
                    return position, block - start
                position += size
                while k <= last:
                    if old >> k & 1:
                        position += 1
                    elif run == 0:
                        break
                    else:
                        run -= 1
                    k += 1
            else:
                if size > 10:
                    return position, block - start
                position += size
                k += run
            if k > last:
                if size:
                    return position, block - start
                break
            if size:
                new |= 1 << k
            k += 1
        blocks[block] |= new
        block += 1
    # a run of empty blocks cannot reach beyond the scan
    return position, stop - start - (run_of_blocks > 0)
