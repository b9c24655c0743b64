"""Answers to requests that are not carried out: a status, a stable word for programs, and the reason for people."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from photospec.text import Text

__all__ = ["BODY_READ", "Refusal", "answer_exception", "answer_refusal"]

BODY_READ = "photospec.body_read"
"""Key of the scope that is set when the whole body was taken in."""

LINGER_SECONDS = 2.0


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """Why a request is not carried out.

    Parameters
    ----------
    status : int
        The HTTP status.
    error : str
        A stable word for programs, such as ``queue-full``.
    message : Text
        The reason, for people.
    **headers : str
        Further headers; ``_`` stands for ``-``.
    """

    def __init__(self, status: int, error: str, message: Text, **headers: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class _LingeringResponse(JSONResponse):
    """An answer given before the body was read: what the client still sends is dropped for a moment.

    A connection that is closed on bytes that nobody read is reset, and the client never sees why it was refused.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def answer_refusal(request: Request, refusal: Exception) -> Response:
    """Return the answer to a refused request."""
    assert isinstance(refusal, Refusal)
    body = {"error": refusal.error, "message": refusal.message.to_json("both")}
    unread = request.method == "POST" and not request.scope.get(BODY_READ)
    if not unread:
        return JSONResponse(body, refusal.status, refusal.headers)
    headers = {**refusal.headers, "connection": "close"}
    kind = JSONResponse if "expect" in request.headers else _LingeringResponse  # a client that asks first sends nothing
    return kind(body, refusal.status, headers)


def answer_exception(request: Request, error: Exception) -> Response:
    """Return the answer where no route or method fits, in the same form."""
    assert isinstance(error, HTTPException)
    said = {
        404: Text("没有这个地址", "there is nothing at this address"),
        405: Text("此地址不支持这个方法", "this address does not take this method"),
    }.get(error.status_code, Text("请求无效", "the request is not valid"))
    word = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
    refusal = Refusal(error.status_code, word, said)
    refusal.headers |= error.headers or {}
    return answer_refusal(request, refusal)
