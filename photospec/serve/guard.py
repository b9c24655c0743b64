"""What stands around every request: the token, the log line, the counters, and that no exception gets out."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import traceback
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photospec.serve.metrics import Metrics
from photospec.serve.refusal import Refusal, answer_refusal
from photospec.text import Text

__all__ = ["LOG", "Guard", "TokenGuard"]

LOG = logging.getLogger("photospec.serve")

GONE = 499
"""What is logged where the client did not wait for the answer."""


class Guard:
    """Counts and logs each request, and answers 500 to what nobody expected.

    The log has the route, status, milliseconds and bytes, and no word that the client chose: no path but those that
    the application knows, no query, no name, no address. Of an exception it has the type and the lines of code, not the
    message, which could hold a name.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._metrics = metrics
        self._known = {path for route in routes if "{" not in (path := getattr(route, "path", "{"))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = GONE, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except (ClientDisconnect, asyncio.CancelledError) as error:
            status = GONE
            if isinstance(error, asyncio.CancelledError):
                raise
        except Exception as error:
            began = status != GONE
            status = 500
            frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            LOG.error("%s in\n%s", type(error).__name__, frames)
            if began:
                # the server cuts the connection: half an answer must not look like a whole one
                raise ConnectionAbortedError from None
            said = Text("程序内部错误", "internal error").to_json("both")
            await JSONResponse({"error": "internal", "message": said}, 500)(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - started
            path = scope["path"] if scope["path"] in self._known else "other"
            if scope["path"].startswith("/v1/rules/"):
                path = "/v1/rules/{rule}"
            self._metrics.requests.labels(path, str(status)).inc()
            self._metrics.request_seconds.labels(path).observe(seconds)
            LOG.info("%s %s %d %.1f ms %d B", _method(scope), path, status, 1000 * seconds, size)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") else "-"


class TokenGuard:
    """Lets only those through who carry the token.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str or None
        None lets everyone through.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._expected = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._expected is not None:
            scheme, _, given = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self._expected):
                said = Text("需要有效的令牌", "a valid token is needed")
                refusal = Refusal(401, "no-token", said, www_authenticate="Bearer")
                await answer_refusal(Request(scope, receive), refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)
