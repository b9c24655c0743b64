"""The photo of a report, found again for those who show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from photospec.batch.sources import Source, find_sources
from photospec.errors import Unseen
from photospec.photo import Photo

if TYPE_CHECKING:
    from photospec.report import Report

__all__ = ["Album"]

MOST = 20_000
"""Sources remembered until their report comes; more than are ever under way."""


class Album:
    """Opens the photos that reports are about: files, and members of archives.

    Examples
    --------
    >>> from photospec import Album, check_many, find_sources
    >>> album = Album()
    >>> for report in check_many(album.follow(find_sources(["gone.jpg"])), jobs=1):
    ...     print(report.verdict, album.photo(report))
    error None
    """

    def __init__(self) -> None:
        self._coming: dict[str, Source] = {}
        self._archive: tuple[str, dict[str, Source]] = ("", {})
        self._last: tuple[str, Photo | None] | None = None

    def follow(self, sources: Iterable[Source]) -> Iterator[Source]:
        """Yield sources as they are, and remember where each came from until its report asks for it."""
        for source in sources:
            self._coming[source.name] = source
            if len(self._coming) > MOST:
                del self._coming[next(iter(self._coming))]
            yield source

    def photo(self, report: Report) -> Photo | None:
        """Return the photo of a report, or None where there is none.

        It is the file as it is now: compare `Photo.sha256` with the report's. The last one is kept, so that several may
        ask for the same.
        """
        if self._last is None or self._last[0] != report.path:
            self._last = report.path, self._open(report.path)
        return self._last[1]

    def _open(self, name: str) -> Photo | None:
        source = self._coming.pop(name, None) or self._find(name)
        if source is None:
            return None
        try:
            photo = source.open()
        except Unseen:
            return None
        return photo if photo.byte_length is not None else None

    def _find(self, name: str) -> Source | None:
        try:
            if "://" in name or Path(name).is_file():
                return Source(name, name)
            archive = next((parent for parent in PurePath(name).parents if Path(parent).is_file()), None)
        except (OSError, ValueError):  # a name that no file can have
            return None
        if archive is None:
            return None
        if self._archive[0] != str(archive):
            self._archive = str(archive), {source.name: source for source in find_sources([archive])}
        return self._archive[1].get(name)
