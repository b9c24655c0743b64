"""Take in what a client sends: within bounds of size, time and memory, and never to disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import python_multipart  # noqa: F401 - starlette parses forms with it and would miss it at the first form only
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from photospec.serve.refusal import BODY_READ, Refusal
from photospec.serve.settings import Settings
from photospec.text import Text

__all__ = ["Memory", "read_body", "read_upload"]

FORM_BYTES = 16_384
"""What a form may add to the bytes of its file."""


class Memory:
    """Counts the bytes of all bodies that are held."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    @contextlib.contextmanager
    def share(self) -> Iterator[Share]:
        """Give a request its share, which is returned when the block ends."""
        share = Share(self)
        try:
            yield share
        finally:
            self.held -= share.held


class Share:
    """What one request holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.held = 0

    def grow(self, size: int) -> None:
        """Hold `size` more bytes.

        Raises
        ------
        Refusal
            All requests together would hold too many.
        """
        if self._memory.held + size > self._memory.most:
            said = Text("同时上传的数据过多，请稍后重试", "too much is being sent at the moment; try again later")
            raise Refusal(503, "out-of-memory", said, retry_after="1")
        self._memory.held += size
        self.held += size


async def read_body(request: Request, most: int, share: Share, settings: Settings) -> bytes:
    """Return the body of a request.

    Parameters
    ----------
    request : Request
        Its body has not been read.
    most : int
        Largest size in bytes.
    share : Share
        Where the bytes are counted.
    settings : Settings
        How long a client may take.

    Raises
    ------
    Refusal
        It is too large, which is known from its header or as soon as too many bytes came; or it comes too slowly.
    ClientDisconnect
        The client went away.
    """
    return b"".join([chunk async for chunk in _chunks(request, most, share, settings)])


async def read_upload(request: Request, most: int, share: Share, settings: Settings) -> tuple[bytes, str]:
    """Return the one file of a multipart form, and its name; raises what `read_body` raises."""
    chunks = _chunks(request, most + FORM_BYTES, share, settings)
    try:
        form = await _InMemoryParser(request.headers, chunks, max_files=1, max_fields=0).parse()
    except (MultiPartException, UnicodeDecodeError, ValueError) as error:
        said = Text("表单应只含一个照片文件", "the form must hold one file, the photo, and nothing else")
        raise Refusal(422, "bad-form", said) from error
    files = [file for _, file in form.multi_items() if not isinstance(file, str)]
    if not files:
        raise Refusal(422, "bad-form", Text("表单中没有文件", "the form holds no file"))
    data = await files[0].read()
    await form.close()
    if len(data) > most:
        raise _too_large(most)
    return data, files[0].filename or ""


class _InMemoryParser(MultiPartParser):
    spool_max_size = 0
    """Never: files of a form stay in memory, which `Memory` bounds."""


async def _chunks(request: Request, most: int, share: Share, settings: Settings) -> AsyncGenerator[bytes, None]:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    received = 0
    async for chunk in _in_time(request, settings):
        received += len(chunk)
        if received > most:
            raise _too_large(most)
        share.grow(len(chunk))
        yield chunk
    request.scope[BODY_READ] = True


async def _in_time(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    deadline = now() + settings.patience
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                message = await request.receive()
        except TimeoutError:
            said = Text("数据传送过慢", "the body comes too slowly")
            raise Refusal(408, "too-slow", said) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        deadline += len(chunk) / settings.slowest
        yield chunk
        if not message.get("more_body"):
            return


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too-large", Text(f"超过 {most} 字节", f"larger than {most} bytes"))
