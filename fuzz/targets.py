"""What is fuzzed: each target takes bytes and must end without an exception, whatever they are.

Misuse raises `PhotospecError` and nothing else; a bad photo raises nothing at all.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from photospec import PhotospecError, check, load_spec
from photospec.batch.roster import read_roster
from photospec.batch.sources import archive_sources, packed_bytes, unpacked_bytes
from photospec.errors import Unseen
from photospec.photo import Photo
from photospec.photo.exif import read_exif
from photospec.report import Report, report_schema

__all__ = ["TARGETS"]

SPEC = load_spec("cn-diploma-2017").select(["FIL", "LGT", "CMP"])
FIELDS = set(report_schema()["properties"])


def header(data: bytes) -> None:
    """Read the header of a file of any format and what its metadata says; nothing is decoded."""
    photo = Photo.read(data)
    assert photo.byte_length == len(data)
    for fact in ("exif", "density", "jpeg_quality", "editing_traces", "animated", "header_defects"):
        getattr(photo, fact)


def picture(data: bytes) -> None:
    """Decode a file of any format, with its second pictures."""
    photo = Photo.read(data)
    defects = photo.defects
    assert photo.second_picture is None or photo.second_picture.kind
    try:
        pixels = photo.pixels
    except Unseen:
        assert defects
    else:
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert not pixels.flags.writeable


def exif(data: bytes) -> None:
    """Read a TIFF structure with EXIF tags."""
    facts = read_exif(data)
    assert facts.orientation is None or 1 <= facts.orientation <= 8


def whole_check(data: bytes) -> None:
    """Check a file; its report survives the way through JSON."""
    report = check(data, SPEC)
    line = report.to_json_line()
    values = json.loads(line)
    assert set(values) <= FIELDS
    assert Report.from_json(values).verdict == report.verdict
    assert not [finding.message.en for finding in report if finding.verdict == "error"]


def spec(data: bytes) -> None:
    """Load a spec from a file."""
    path = _file(".toml", data)
    try:
        loaded = load_spec(path)
    except PhotospecError:
        return
    assert len(loaded.digest) == 64


def roster(data: bytes) -> None:
    """Read a roster; the first byte says of which kind."""
    path = _file(".xlsx" if data[:1] == b"P" else ".csv", data)
    try:
        people = read_roster(path)
    except PhotospecError:
        return
    assert people.people
    people.find("2021-nobody")


def archive(data: bytes) -> None:
    """List a zip archive and unpack its members."""
    file = io.BytesIO(data)
    try:
        sources = list(archive_sources(file, "fuzz.zip"))
    except Unseen:
        return
    for source in sources[:20]:
        if source.member is None:
            assert source.problem is not None
            continue
        try:
            photo = unpacked_bytes(packed_bytes(file, source.member), source.member)
        except Unseen:
            continue
        assert len(photo) == source.member.size


TARGETS: dict[str, Callable[[bytes], None]] = {
    "header": header,
    "picture": picture,
    "exif": exif,
    "check": whole_check,
    "spec": spec,
    "roster": roster,
    "archive": archive,
}
"""By the name that the command line takes."""

_folder = tempfile.TemporaryDirectory(prefix="photospec-fuzz-")


def _file(suffix: str, data: bytes) -> Path:
    path = Path(_folder.name, f"input{suffix}")
    path.write_bytes(data)
    return path
