"""An append-only file of what happened, from which everything can be told again after a crash."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["Journal", "JournalError"]


class JournalError(PhotospecError):
    """A journal that cannot be used: another program writes it, or it is none."""


class Journal:
    """One JSON object a line, each on disk before `append` returns; a context manager.

    Parameters
    ----------
    path : path-like
        The file; it is made where it is missing. One process at a time can have it open.

    Attributes
    ----------
    events : list of dict
        What the file held when it was opened, in order.

    Raises
    ------
    JournalError
        Another process has it open, or a line before the last is no event.

    Notes
    -----
    A crash can only tear the last line: what has no line feed is cut off when the file is next opened. It was never
    acknowledged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock = FileLock(f"{self.path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise JournalError(
                Text(f"{self.path} 正由另一个程序使用", f"another program is using {self.path}")
            ) from None
        try:
            self.events = self._recover()
            self._file = self.path.open("ab")
        except BaseException:
            self._lock.release()
            raise

    def _recover(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with self.path.open("rb+") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
        events = []
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if not isinstance(event, dict) or not isinstance(event.get("event"), str):
                raise JournalError(
                    Text(f"{self.path} 第 {number} 行不是日志", f"{self.path}: line {number} is no event of a journal")
                )
            events.append(event)
        return events

    def append(self, event: str, **values: Any) -> dict[str, Any]:
        """Write one event; when this returns it is on disk.

        Parameters
        ----------
        event : str
            What happened.
        **values
            JSON-ready particulars.

        Returns
        -------
        dict
            The event as it was written, with the time ``at``.
        """
        written = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "event": event, **values}
        line = json.dumps(written, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
        return written

    def close(self) -> None:
        """Close the file and let others have it."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
