"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write a file so that it is there whole or not at all, also when the power goes.

    Raises
    ------
    PhotospecError
        The file cannot be written.
    """
    target = Path(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".photospec-", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
    return target


def _unwritable(path: str | os.PathLike[str], error: OSError) -> PhotospecError:
    why = error.strerror or type(error).__name__
    return PhotospecError(Text(f"无法写入 {os.fspath(path)}：{why}", f"cannot write {os.fspath(path)}: {why}"))
