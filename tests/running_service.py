"""A service that really listens, on loopback, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn
from starlette.applications import Starlette

from photospec.serve.server import listen, new_server

START_SECONDS = 300


@contextlib.contextmanager
def running(app: Starlette) -> Iterator[tuple[httpx.Client, uvicorn.Server]]:
    """Serve an application from a thread; yield a client of it and its server."""
    server, listening = new_server(app), listen(port=0)
    thread = threading.Thread(target=server.run, args=[[listening]])
    thread.start()
    try:
        for _ in range(START_SECONDS * 20):
            if server.started or not thread.is_alive():
                break
            time.sleep(0.05)
        assert server.started, "the service did not start"
        port = listening.getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            yield client, server
    finally:
        server.should_exit = True
        thread.join()
