"""What a service is told when it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from photospec.batch import usable_cores
from photospec.errors import PhotospecError
from photospec.photo import ReadLimits
from photospec.spec import Spec
from photospec.specs import DEFAULT
from photospec.text import Text

__all__ = ["TOKEN_VARIABLE", "Settings", "read_token"]

TOKEN_VARIABLE = "PHOTOSPEC_TOKEN"  # noqa: S105 - where it is, not what it is
SHORTEST_TOKEN = 16


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Bounds and choices of a service; every request is held to them.

    Parameters
    ----------
    spec : Spec or str
        What photos are checked against where a request does not say; a name, the path of a TOML file, or a `Spec`.
        Requests choose among this one and the built-in ones, never a file.
    workers : int
        Processes that check; by default one for each usable core.
    queue : int
        Photos that may wait for a worker; more are refused with 503.
    photo_bytes, archive_bytes : int
        Largest photo and zip archive that is accepted.
    archive_photos : int
        Most entries in an archive.
    archives : int
        Archives at a time.
    memory_bytes : int
        Most bytes of all requests' bodies together; nothing is written to disk.
    time_limit : float
        Seconds that one photo may take before its worker is stopped and replaced.
    patience : float
        Seconds that a client may take to send a body, and one more for each `slowest` bytes.
    slowest : int
        Bytes a second below which a client is too slow.
    token : str or None
        What requests must carry as ``Authorization: Bearer``, all but those for ``/healthz`` and ``/readyz``; None asks
        for nothing.

    Raises
    ------
    ValueError
        A number is not positive, or the token is shorter than 16 characters.
    """

    spec: Spec | str | os.PathLike[str] = DEFAULT
    workers: int = field(default_factory=usable_cores)
    queue: int = 64
    photo_bytes: int = ReadLimits().max_bytes
    archive_bytes: int = 200_000_000
    archive_photos: int = 10_000
    archives: int = 2
    memory_bytes: int = 600_000_000
    time_limit: float = 30.0
    patience: float = 10.0
    slowest: int = 10_000
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.type in ("int", "float") and not (isinstance(value, int | float) and value > 0):
                raise ValueError(f"{each.name} must be above 0, got {value!r}")
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise ValueError(f"token must have at least {SHORTEST_TOKEN} characters")


def read_token(environment: Mapping[str, str], file: str | os.PathLike[str] | None = None) -> str | None:
    """Return the token of a file or else of the variable ``PHOTOSPEC_TOKEN``; None where there is neither.

    A command line would show it to every user of the machine, so it is not taken from there.

    Parameters
    ----------
    environment : mapping
        The environment variables.
    file : path-like, optional
        Holds the token and nothing else; white space around it does not count.

    Raises
    ------
    PhotospecError
        The file cannot be read, or the token is too short.
    """
    if file is not None:
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise PhotospecError(Text(f"无法读取令牌文件：{why}", f"cannot read the token file: {why}")) from None
    elif TOKEN_VARIABLE in environment:
        token = environment[TOKEN_VARIABLE].strip()
    else:
        return None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise PhotospecError(
            Text(
                f"令牌至少要有 {SHORTEST_TOKEN} 个 ASCII 字符",
                f"the token must have at least {SHORTEST_TOKEN} ASCII characters",
            )
        )
    return token
