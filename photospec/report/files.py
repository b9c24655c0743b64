"""Files that are written whole or not at all: an aborted run leaves the last good one."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["whole_file", "whole_path"]


@contextlib.contextmanager
def whole_path(path: str | os.PathLike[str], *, durable: bool = True) -> Iterator[Path]:
    """Give a place to write a file to, which gets its name when the block ends well, and vanishes otherwise.

    What is no regular file, such as ``/dev/stdout`` or a pipe, gets the bytes then.

    Parameters
    ----------
    path : path-like
        The file.
    durable : bool
        Wait until the disk has it, so that it survives a loss of power too; not worth it for one picture of many.

    Raises
    ------
    PhotospecError
        The file cannot be written.
    """
    target = Path(path)
    try:
        special = target.exists() and not stat.S_ISREG(target.stat().st_mode)
        if target.is_dir():
            raise IsADirectoryError(21, "is a folder")
        if not special:
            target = target.resolve()
        mode = target.stat().st_mode & 0o777 if target.exists() else None
        folder = None if special else target.parent
        # the file's own name may be as long as names can be, so a part of it must do
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}-", suffix=".part", dir=folder)
        os.close(descriptor)
    except OSError as error:
        raise unwritable(path, error) from error
    part = Path(name)
    try:
        yield part
        if special:
            with part.open("rb") as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            return
        if durable:
            with part.open("rb") as written:
                os.fsync(written.fileno())
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        part.chmod(mode)
        part.replace(target)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, newline: str = "\n") -> Iterator[TextIO]:
    """Open a text file (UTF-8) that appears under its name when the block ends well, and not at all otherwise.

    What is no regular file, such as ``/dev/stdout`` or a pipe, is written directly.

    Raises
    ------
    PhotospecError
        The file cannot be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        try:
            with target.open("w", encoding="utf-8", newline=newline) as direct:
                yield direct
        except OSError as error:
            raise unwritable(path, error) from error
        return
    with whole_path(target) as part, part.open("w", encoding="utf-8", newline=newline) as file:
        yield file


def unwritable(path: str | os.PathLike[str], error: OSError) -> PhotospecError:
    """Return the error for a file that cannot be written."""
    why = error.strerror or type(error).__name__
    return PhotospecError(Text(f"无法写入 {os.fspath(path)}：{why}", f"cannot write {os.fspath(path)}: {why}"))
