"""The file of JSON lines that a run writes as it goes, and that a later run can take up again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from photospec.errors import PhotospecError
from photospec.report import Report
from photospec.text import Text

__all__ = ["ResultFile", "read_results"]


class ResultFile:
    """Appends lines to ``NAME.part``, each flushed, and gives the file its name when the run is complete.

    A run that is killed leaves the part file with every line that it finished. With `resume`, the lines of the part
    file, or of a complete one, are kept.

    Parameters
    ----------
    path : path-like
        Name of the complete file.
    resume : bool
        Keep what an earlier run wrote; otherwise start anew.

    Raises
    ------
    PhotospecError
        The file cannot be written, or holds something other than photospec's lines.
    """

    def __init__(self, path: str | os.PathLike[str], *, resume: bool = False) -> None:
        self.path = Path(path)
        self.part = self.path.with_name(self.path.name + ".part")
        self._again: set[str] = set()
        self._known: dict[str, tuple[str | None, str]] = {}
        try:
            if self.path.is_dir():
                raise IsADirectoryError(21, "is a folder")
            if resume:
                self._take_up()
            self._file: IO[bytes] = self.part.open("ab" if resume else "wb", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error

    def _take_up(self) -> None:
        if not self.part.exists() and self.path.exists():
            # a complete file may grow: work on a copy, so that it stays whole until the new one is
            self.part.write_bytes(self.path.read_bytes())
        if not self.part.exists():
            return
        good = 0
        with self.part.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break  # the run died while it wrote this line
                try:
                    values = json.loads(line)
                    entry = values["path"], (values["sha256"], values["spec_digest"])
                except (ValueError, TypeError, KeyError) as error:
                    what = Text(
                        f"无法继续：{self.part.name} 第 {number} 行不是 photospec 的结果",
                        f"cannot resume: line {number} of {self.part.name} is not a result of photospec",
                    )
                    raise PhotospecError(what) from error
                self._known[entry[0]] = entry[1]
                good += len(line)
        with self.part.open("r+b") as file:
            file.truncate(good)

    def knows(self, path: str, spec_digest: str) -> bool:
        """Return whether a photo of this path was checked against this spec, so that only its content can differ."""
        return path in self._known and self._known[path][1] == spec_digest

    def has(self, path: str, sha256: str | None, spec_digest: str) -> bool:
        """Return whether a photo was checked already: same path, same content, same spec.

        A line of the same path with another content or spec is noted, to be dropped when the run is complete.
        """
        known = self._known.get(path)
        if known is None:
            return False
        if sha256 is not None and known == (sha256, spec_digest):
            return True
        self._again.add(path)
        return False

    def forget(self, path: str) -> None:
        """Take an earlier line for stale: the photo of this path is to be checked again."""
        if self._known.pop(path, None) is not None:
            self._again.add(path)

    def revise(self, path: str, line: str) -> None:
        """Put a line in the place of an earlier one of the same path; call it when `earlier` is read to its end."""
        self._again.add(path)
        self.add(line)

    def earlier(self) -> Iterator[dict[str, Any]]:
        """Yield the kept lines, parsed; those of photos that are being checked again are left out."""
        if self._known:
            with self.part.open("rb") as file:
                for line in file:
                    values = json.loads(line)
                    if self._known.get(values["path"]) == (values["sha256"], values["spec_digest"]):
                        yield values

    def add(self, line: str) -> None:
        """Append one line; when this returns, it survives the death of the process."""
        try:
            rest = line.encode() + b"\n"
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def finish(self) -> None:
        """Give the complete file its name."""
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            if self._again:
                self._drop_stale()
            self.part.replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Close the file and leave the part as it is, for a later run to take up."""
        self._file.close()

    def _drop_stale(self) -> None:
        last: dict[str, int] = {}
        with self.part.open("rb") as file:
            for number, line in enumerate(file):
                path = json.loads(line)["path"]
                if path in self._again:
                    last[path] = number
        fresh = self.part.with_name(self.part.name + ".new")
        with self.part.open("rb") as old, fresh.open("wb") as new:
            for number, line in enumerate(old):
                if last.get(json.loads(line)["path"], number) == number:
                    new.write(line)
            new.flush()
            os.fsync(new.fileno())
        fresh.replace(self.part)

    def _unwritable(self, error: OSError) -> PhotospecError:
        why = error.strerror or type(error).__name__
        return PhotospecError(
            Text(
                f"无法写入 {self.path}：{why}（已完成的结果保留在 {self.part.name}，可用 --resume 继续）",
                f"cannot write {self.path}: {why} (what was done is in {self.part.name}; --resume goes on from there)",
            )
        )


def read_results(path: str | os.PathLike[str]) -> Iterator[Report]:
    """Yield the reports of a file of JSON lines, complete or not.

    Raises
    ------
    PhotospecError
        The file cannot be read, or a line of it is no report.
    """
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return  # the run died while it wrote this line
                try:
                    yield Report.from_json(json.loads(line))
                except (ValueError, TypeError, KeyError) as error:
                    what = Text(
                        f"{name} 第 {number} 行不是 photospec 的结果",
                        f"line {number} of {name} is not a result of photospec",
                    )
                    raise PhotospecError(what) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise PhotospecError(Text(f"无法读取 {name}：{why}", f"cannot read {name}: {why}")) from error
