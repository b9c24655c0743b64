"""The application run by uvicorn: connections within bounds, a log without names, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from photospec.errors import PhotospecError
from photospec.serve.guard import LOG
from photospec.text import Text

__all__ = ["listen", "new_server", "serve"]

HEAD_SECONDS = 10.0
"""How long a client may take for the head of a request."""

HEAD_BYTES = 16_384
CONNECTIONS = 512
GRACE_SECONDS = 30


def listen(host: str = "127.0.0.1", port: int = 8000) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    host, port
        Where: by default only this machine can reach it. Port 0 takes any that is free.

    Raises
    ------
    PhotospecError
        There is no such address, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise PhotospecError(
            Text(f"无法在 {host} 的端口 {port} 上提供服务：{why}", f"cannot serve at port {port} of {host}: {why}")
        ) from error


def serve(app: ASGIApp, listening: socket.socket) -> int:
    """Run an application until the process is told to stop.

    Parameters
    ----------
    app : ASGI application
        As `create_app` returns it.
    listening : socket
        As `listen` returns it; it is closed at the end.

    Returns
    -------
    int
        0 where it ended as it was told to, 1 where it could not start.

    Notes
    -----
    At SIGTERM and Ctrl-C no more connections are taken; requests under way have 30 seconds to end.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    server = new_server(app)
    with listening, _orderly_end():
        server.run(sockets=[listening])
    return 0 if server.started else 1


def new_server(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 8000) -> uvicorn.Server:
    """Return the server of an application, not yet running; it listens at `host` and `port` unless it gets sockets."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    LOG.setLevel(logging.INFO)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """Take the signals that uvicorn raises again when it has ended as it was told to."""
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


class _PatientProtocol(H11Protocol):
    """HTTP/1.1 whose patience ends: uvicorn waits for the head of a request for ever.

    h11 rather than httptools, because it bounds the size of a head.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # it would show paths and queries wherever the root logger has a handler

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._expect_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        """Start to wait where a head is due and part of it may be here; stop where a request is under way."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._stop_timer()
        elif self._head_timer is None and self.timeout_keep_alive_task is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
