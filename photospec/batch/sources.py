"""Where photos come from: files, folders, patterns, zip archives read in place, and lists of paths.

`find_sources` turns what a person names into a stream of `Source` objects, one for each photo or for each thing that
cannot be had, in a stable order and in constant memory but for the names of one folder or archive at a time.
"""

from __future__ import annotations

import glob
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from photospec.errors import Unseen
from photospec.photo import Photo, ReadLimits
from photospec.text import Text

__all__ = ["Member", "Source", "archive_sources", "find_sources", "packed_bytes", "unpacked_bytes"]

SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "jp2", "mpo", "png", "bmp", "dib", "webp"),
        *("gif", "tif", "tiff", "heic", "heif", "avif", "ppm", "pgm"),
    )
)
"""What is taken for a photo in a folder or an archive; a file that is named itself is taken whatever its name."""

MOST_MEMBERS = 200_000
MOST_DIRECTORY_BYTES = 64 << 20
MOST_TOTAL_BYTES = 64 << 30
MOST_RATIO = 200
"""Uncompressed to compressed size of a member over 1 MB; camera files have about 1, a blank bitmap 100."""

NO_PERMISSION = Text("没有读取权限", "no permission to read it")
NO_ARCHIVE = Text("不是有效的 zip 压缩包", "not a valid zip archive")
DAMAGED = Text("压缩包内的数据损坏", "its data in the archive is damaged")


@dataclass(frozen=True, slots=True)
class Member:
    """Where a file lies in a zip archive.

    Parameters
    ----------
    offset : int
        Of its local header, from the start of the archive.
    compressed, size : int
        Bytes in the archive, and bytes when unpacked.
    crc : int
        CRC-32 of the unpacked bytes.
    deflated : bool
        Compressed with deflate; otherwise stored as it is.
    """

    offset: int
    compressed: int
    size: int
    crc: int
    deflated: bool


@dataclass(frozen=True, slots=True)
class Source:
    r"""One photo that can be opened, or the reason why there is none.

    It holds no open file, so it can be sent to another process.

    Parameters
    ----------
    name : str
        Path as shown to people and in reports; valid Unicode, bytes that are not UTF-8 stand as ``\xNN``. A member of
        an archive has the path of the archive before its own.
    path : str
        The file or the archive.
    member : Member or None
        The place in the archive.
    problem : Text or None
        Why there is nothing to open.
    """

    name: str
    path: str
    member: Member | None = None
    problem: Text | None = None

    def open(self) -> Photo:
        """Read the photo.

        Raises
        ------
        Unseen
            There is nothing to open, with the reason.
        """
        if self.problem is not None:
            raise Unseen(self.problem)
        if "://" in self.path:
            return _fetched(self.path, self.name)
        if self.member is None:
            return Photo.read(self.path, name=self.name)
        try:
            with open(self.path, "rb") as file:
                packed = packed_bytes(file, self.member)
        except PermissionError:
            raise Unseen(NO_PERMISSION) from None
        except OSError:
            raise Unseen(DAMAGED) from None
        return Photo.read(unpacked_bytes(packed, self.member), name=self.name)


def shown_name(path: str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    r"""Return a path as valid Unicode, with ``\xNN`` for bytes that are not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _lost(path: str, zh: str, en: str) -> Source:
    return Source(shown_name(path), path, problem=Text(zh, en))


def find_sources(paths: Iterable[str | os.PathLike[str]], *, listed: IO[bytes] | None = None) -> Iterator[Source]:
    """Find the photos that some paths stand for.

    Parameters
    ----------
    paths : iterable of str or path-like
        Files; folders, searched with their sub-folders in the order of the names, hidden files left out; zip
        archives, read in place, also inside folders; patterns such as ``class*/**/*.jpg``; files, folders and patterns
        on other storage, such as ``s3://bucket/class1`` (extra ``remote``, and the package that fsspec names for the
        storage); and ``-`` for a list of such paths, one a line or, where names hold line breaks, with NUL between.
    listed : binary file, optional
        Where ``-`` reads its list from.

    Yields
    ------
    Source
        One for each photo. A path that leads nowhere, a folder without photos, and what an archive holds but must not
        or cannot be read gives a source with a `Source.problem`.

    Notes
    -----
    An archive is refused if it declares too many members or bytes, or if its members overlap. A member is refused if
    it is larger than a photo may be, unpacks to more than 200 times its size, is encrypted, is an archive itself, or
    has a name that leads out of the archive. Names that are not marked as UTF-8 are read as UTF-8 or else as GB 18030.
    """
    for path in paths:
        name = os.fspath(path)
        if name == "-" and listed is not None:
            for line in _lines(listed):
                yield from _expanded(line)
        else:
            yield from _expanded(name)


def _expanded(path: str) -> Iterator[Source]:
    if "\0" in path:
        yield _lost(path.replace("\0", "\ufffd"), "路径中含有空字符", "the path holds a NUL character")
    elif "://" in path:
        yield from _remote(path)
    elif os.path.isdir(path):
        yield from _in_folder(path)
    elif glob.has_magic(path) and not os.path.lexists(path):
        found = sorted(glob.iglob(path, recursive=True), key=os.fsencode)
        for match in found:
            yield from _in_folder(match) if os.path.isdir(match) else _in_file(match)
        if not found:
            yield _lost(path, "没有文件与此模式匹配", "no file matches this pattern")
    else:
        yield from _in_file(path)


def _in_file(path: str) -> Iterator[Source]:
    if path.lower().endswith(".zip"):
        return _in_archive(path)
    return iter([Source(shown_name(path), path)])


def _in_folder(top: str) -> Iterator[Source]:
    waiting = [top]
    seen: set[tuple[int, int]] = set()
    empty = True
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:  # a link to a folder that was searched, or a loop of links
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted((e for e in listing if e.name[0] != "."), key=lambda e: os.fsencode(e.name))
        except PermissionError:
            empty = False
            yield _lost(folder, "没有权限打开此文件夹", "no permission to open this folder")
            continue
        except OSError as error:
            empty = False
            yield _lost(folder, f"无法打开此文件夹：{error.strerror}", f"cannot open this folder: {error.strerror}")
            continue
        folders = []
        for entry in entries:
            suffix = os.path.splitext(entry.name)[1].lower()
            if _is_folder(entry):
                folders.append(entry.path)
            elif (suffix in SUFFIXES or suffix == ".zip") and (entry.is_symlink() or entry.is_file()):
                empty = False
                yield from _in_file(entry.path)
        waiting.extend(reversed(folders))
    if empty:
        yield _lost(top, "文件夹中没有照片", "there is no photo in this folder")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """Yield the paths of a list; NUL separates them if the first block holds one, else line breaks do."""
    rest = stream.read(1 << 16)
    separator = b"\0" if b"\0" in rest else b"\n"
    while True:
        *whole, rest = rest.split(separator)
        for line in whole:
            name = line if separator == b"\0" else line.removesuffix(b"\r")
            if name:
                yield os.fsdecode(name)
        block = stream.read(1 << 16)
        if not block:
            break
        rest += block
    last = rest if separator == b"\0" else rest.removesuffix(b"\r")
    if last:
        yield os.fsdecode(last)


# -- other storage --------------------------------------------------------------------------------------------


def _remote(url: str) -> Iterator[Source]:
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
        if glob.has_magic(path):
            found = iter(sorted(system.glob(path)))
        elif system.isdir(path):
            found = (f"{top}/{name}" for top, _, names in system.walk(path) for name in sorted(names))
        else:
            yield Source(url, url)
            return
        empty = True
        for name in found:
            if PurePosixPath(name).suffix.lower() in SUFFIXES:
                empty = False
                whole = system.unstrip_protocol(name)
                yield Source(whole, whole)
    except ImportError as error:
        yield _lost(
            url, f"需要安装 photospec[remote] 和存储驱动：{error}", f"needs photospec[remote] and a driver: {error}"
        )
    except Exception as error:  # each storage raises its own
        yield _lost(url, f"无法访问：{type(error).__name__}", f"cannot be reached: {type(error).__name__}")
    else:
        if empty:
            yield _lost(url, "没有照片", "there is no photo there")


def _fetched(url: str, name: str) -> Photo:
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            return Photo.read(file, name=name)
    except FileNotFoundError as error:
        raise Unseen(Text("文件不存在", "the file does not exist")) from error
    except Exception as error:
        what = type(error).__name__
        raise Unseen(Text(f"读取失败：{what}", f"reading failed: {what}")) from error


# -- zip archives ---------------------------------------------------------------------------------------------


def _in_archive(path: str) -> Iterator[Source]:
    try:
        with open(path, "rb") as file:
            sources = archive_sources(file, shown_name(path), path)
    except FileNotFoundError:
        yield _lost(path, "文件不存在", "the file does not exist")
    except PermissionError:
        yield Source(shown_name(path), path, problem=NO_PERMISSION)
    except OSError:
        yield Source(shown_name(path), path, problem=NO_ARCHIVE)
    except Unseen as refused:
        yield Source(shown_name(path), path, problem=refused.reason)
    else:
        yield from sources


def archive_sources(file: IO[bytes], name: str = "", path: str = "") -> Iterator[Source]:
    """Find the photos of a zip archive.

    Parameters
    ----------
    file : binary file
        The archive, seekable; it is not needed any more when this returns.
    name : str
        What to put before the members' names.
    path : str
        Where the archive can be opened again, for `Source.open`; without it, use `packed_bytes` and `unpacked_bytes`.

    Returns
    -------
    iterator of Source
        As `find_sources` yields them.

    Raises
    ------
    Unseen
        It is no archive, or one that is refused whole.
    """
    try:
        members = _directory(file)
    except (ValueError, struct.error, zipfile.BadZipFile, NotImplementedError, EOFError, OverflowError):
        raise Unseen(NO_ARCHIVE) from None
    return _photos_among(members, name, path)


def _photos_among(members: Iterable[zipfile.ZipInfo], archive: str, path: str) -> Iterator[Source]:
    empty = True
    for info in members:
        name = _member_name(info)
        parts = PurePosixPath(name.replace("\\", "/")).parts
        suffix = PurePosixPath(name).suffix.lower()
        hidden = any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)
        if info.is_dir() or hidden or (suffix not in SUFFIXES and suffix != ".zip"):
            continue
        empty = False
        shown = name.encode("utf-8", "backslashreplace").decode()
        shown = f"{archive}/{shown}" if archive else shown
        problem = _refusal(info, parts, suffix)
        if problem is not None:
            yield Source(shown, path, problem=problem)
            continue
        deflated = info.compress_type == zipfile.ZIP_DEFLATED
        yield Source(shown, path, Member(info.header_offset, info.compress_size, info.file_size, info.CRC, deflated))
    if empty:
        yield Source(archive, path, problem=Text("压缩包中没有照片", "there is no photo in this archive"))


def _directory(file: IO[bytes]) -> list[zipfile.ZipInfo]:
    """Return the members of an archive, in the order of their names."""
    _bound_directory(file)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Unseen(Text(f"压缩包文件数超过 {MOST_MEMBERS}", f"the archive has more than {MOST_MEMBERS} members"))
    if sum(m.file_size for m in members) > MOST_TOTAL_BYTES:
        raise Unseen(Text("压缩包展开后过大", "the archive unpacks to too many bytes"))
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise Unseen(Text("压缩包成员互相重叠，疑为炸弹", "members of the archive overlap, as in a zip bomb"))
        end = member.header_offset + 30 + member.compress_size
    return sorted(members, key=lambda m: m.filename)


def _bound_directory(file: IO[bytes]) -> None:
    """Refuse an archive whose directory would not fit in memory, before it is read."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 200))
    tail = file.read()
    wide, narrow = tail.rfind(b"PK\x06\x06"), tail.rfind(b"PK\x05\x06")
    length = 0
    if wide >= 0 and len(tail) >= wide + 48:
        (length,) = struct.unpack_from("<Q", tail, wide + 40)
    elif narrow >= 0 and len(tail) >= narrow + 16:
        (length,) = struct.unpack_from("<I", tail, narrow + 12)
    if min(length, size) > MOST_DIRECTORY_BYTES:
        raise Unseen(Text("压缩包目录过大", "the archive's directory is too large"))
    file.seek(0)


def _member_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refusal(info: zipfile.ZipInfo, parts: tuple[str, ...], suffix: str) -> Text | None:
    if ".." in parts or (parts and (parts[0] == "/" or parts[0].endswith(":"))):
        return Text("文件名指向压缩包之外，未读取", "its name leads out of the archive; not read")
    if suffix == ".zip":
        return Text("压缩包中的压缩包，未打开", "an archive inside an archive; not opened")
    if info.flag_bits & 1:
        return Text("已加密，无法读取", "encrypted; cannot be read")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Text("压缩方法不受支持", "packed with a method that is not supported")
    if info.file_size > ReadLimits().max_bytes:
        return Text("文件过大，未读取", "too large; not read")
    if info.file_size > 1 << 20 and info.file_size > MOST_RATIO * max(1, info.compress_size):
        return Text("压缩比异常，疑为炸弹，未读取", "packed suspiciously well, as in a zip bomb; not read")
    return None


def packed_bytes(file: IO[bytes], member: Member) -> bytes:
    """Return the bytes of one member as they lie in its archive.

    Raises
    ------
    Unseen
        There is no member at that place.
    """
    file.seek(member.offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise Unseen(DAMAGED)
    file.seek(sum(struct.unpack_from("<HH", header, 26)), os.SEEK_CUR)
    return file.read(member.compressed)


def unpacked_bytes(packed: bytes, member: Member) -> bytes:
    """Return the bytes of one member unpacked; never more than it declared.

    Raises
    ------
    Unseen
        They are damaged.
    """
    try:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size + 1) if member.deflated else packed
    except zlib.error:
        raise Unseen(DAMAGED) from None
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise Unseen(DAMAGED)
    return data
