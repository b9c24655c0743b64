"""The page to work in: its routes, and the guard that keeps every other page out."""

from __future__ import annotations

import asyncio
import hmac
import importlib.resources
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from photospec.errors import PhotospecError, Unseen
from photospec.finding import Action, Verdict
from photospec.photo import ReadLimits
from photospec.report.reference import LEVELS
from photospec.report.words import ACTIONS, VERDICTS
from photospec.serve.desk import Desk
from photospec.serve.guard import Guard
from photospec.serve.metrics import Metrics
from photospec.serve.refusal import BODY_READ, Refusal, answer_exception, answer_refusal
from photospec.serve.words import REASONS, WORDS
from photospec.text import Language, Text

__all__ = ["PageGuard", "page_app", "page_routes"]

PAGES = {
    "/": ("photospec.serve", "desk.html", "text/html"),
    "/desk.js": ("photospec.serve", "desk.js", "text/javascript"),
    "/desk.css": ("photospec.serve", "desk.css", "text/css"),
    "/evidence.js": ("photospec.report", "evidence.js", "text/javascript"),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
EXPORTS = {
    "xlsx": "photospec.xlsx",
    "slips": "photospec-slips.html",
    "pdf": "photospec-slips.pdf",
    "html": "photospec.html",
    "csv": "photospec.csv",
    "jsonl": "photospec.jsonl",
}
ARCHIVE_BYTES = 8 << 30
NO_PHOTO = Refusal(404, "no-such-photo", Text("没有这张照片", "there is no such photo"))


class PageGuard:
    """Lets only the page itself through, and only under its own name.

    The token in the page's address goes with each request, as ``Authorization: Bearer`` or, where an image or a
    download cannot have headers, as ``key``. There is no cookie, so no other page can make the browser send it. The
    name by which the server is called must be one of this machine's, so a name that is made to point here
    (DNS rebinding) gets nothing.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str
        The token.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refused(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await answer_refusal(Request(scope, receive), refusal)(scope, receive, send)

    def _refused(self, scope: Scope) -> Refusal | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in ("127.0.0.1", "localhost", "::1"):
            return Refusal(421, "not-here", Text("只能用本机地址访问", "only by an address of this machine"))
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return Refusal(403, "other-page", Text("不接受其他网页的请求", "requests of other pages are not taken"))
        if self._token is None:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" and scope["method"] == "GET":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[-1]
        if not hmac.compare_digest(given.strip().encode(), self._token):
            return Refusal(
                401, "no-token", Text("需要有效的令牌，请用启动时显示的地址", "open the address shown at the start")
            )
        return None


def page_app(desk: Desk, token: str) -> Starlette:
    """Return the page as an application of its own, with the service's guard around it.

    Its photos are checked by the desk, so none of the service's workers need start before the page is there.

    Parameters
    ----------
    desk : Desk
        What the page shows.
    token : str
        What each request must carry.
    """
    routes = page_routes(desk, token)
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, metrics=Metrics(), routes=routes)],
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_exception},
    )


def page_routes(desk: Desk, token: str | None) -> list[Route]:
    """Return the routes of the page to work in, for an application of their own or for `photospec.serve.create_app`.

    Parameters
    ----------
    desk : Desk
        What the page shows.
    token : str or None
        What each request must carry; the page's own files, in which nothing is told, are open.
    """
    page = _Page(desk)
    here = [Middleware(PageGuard, token=None)]
    guarded = [Middleware(PageGuard, token=token)]
    own: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("/desk/hello", "GET", page.hello),
        ("/desk/state", "GET", page.state),
        ("/desk/photo/{number:int}", "GET", page.photo),
        ("/desk/picture/{number:int}/{size}", "GET", page.picture),
        ("/desk/export/{form}", "GET", page.export),
        ("/desk/decide", "POST", page.decide),
        ("/desk/start", "POST", page.start),
        ("/desk/forget", "POST", page.forget),
        ("/desk/drop", "PUT", page.drop),
    ]
    return [
        *(Route(path, _static(*entry), methods=["GET"], middleware=here) for path, entry in PAGES.items()),
        *(Route(path, _spoken(act), methods=[method], middleware=guarded) for path, method, act in own),
    ]


def _static(package: str, name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        body = importlib.resources.files(package).joinpath("pages", name).read_bytes()
        return Response(body, media_type=media_type, headers=HEADERS)

    return answer


def _spoken(act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return a route that answers what photospec cannot do with its words."""

    async def answer(request: Request) -> Response:
        try:
            response = await act(request)
        except PhotospecError as error:
            raise Refusal(422, "cannot", error.text) from error
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Refusal(507, "disk", Text(f"无法写入：{why}", f"cannot write: {why}")) from error
        response.headers.update(HEADERS)
        return response

    return answer


class _Page:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def hello(self, _: Request) -> Response:
        """Tell the page its words and what does not change."""
        return JSONResponse(
            {
                "language": self.desk.language,
                "words": {name: text.to_json("both") for name, text in WORDS.items()},
                "reasons": [text.to_json("both") for text in REASONS],
                "verdicts": {str(v): VERDICTS[v].to_json("both") for v in Verdict if v is not Verdict.SKIP},
                "actions": {str(action): ACTIONS[action].to_json("both") for action in Action},
                "levels": {str(level): text.to_json("both") for level, text in LEVELS.items()},
                "rules": self.desk.titles(),
                "exports": list(EXPORTS),
            }
        )

    async def state(self, request: Request) -> Response:
        """Tell what has changed since a revision."""
        since = request.query_params.get("since", "0")
        return JSONResponse(await asyncio.to_thread(self.desk.state, int(since) if since.isdecimal() else 0))

    async def photo(self, request: Request) -> Response:
        """Tell all of one photo."""
        try:
            return JSONResponse(self.desk.photo(request.path_params["number"]))
        except KeyError:
            raise NO_PHOTO from None

    async def picture(self, request: Request) -> Response:
        """Show one photo."""
        number, size = request.path_params["number"], request.path_params["size"]
        try:
            data = await asyncio.to_thread(self.desk.picture, number, size)
        except KeyError:
            raise NO_PHOTO from None
        except Unseen as error:
            raise Refusal(404, "no-picture", error.reason) from None
        return Response(data, media_type="image/jpeg")

    async def decide(self, request: Request) -> Response:
        """Write down a decision."""
        asked = await _json(request)
        try:
            number, ruling, reason, who = (asked[key] for key in ("id", "ruling", "reason", "who"))
            if not (type(number) is int and all(isinstance(text, str) for text in (ruling, reason, who))):
                raise TypeError
        except (KeyError, TypeError):
            raise Refusal(422, "bad-request", Text("请求无效", "the request is not valid")) from None
        try:
            return JSONResponse(await asyncio.to_thread(self.desk.decide, number, ruling, reason=reason, who=who))
        except KeyError:
            raise NO_PHOTO from None

    async def start(self, request: Request) -> Response:
        """Put photos of this machine on the desk, if any are named, and check what is there."""
        asked = await _json(request)
        paths = asked.get("paths", []) if isinstance(asked, dict) else None
        if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
            raise Refusal(422, "bad-request", Text("请求无效", "the request is not valid"))
        if paths:
            await asyncio.to_thread(self.desk.add_sources, paths)
        self.desk.start()
        return JSONResponse({})

    async def forget(self, _: Request) -> Response:
        """Delete the dropped photos."""
        await asyncio.to_thread(self.desk.forget_dropped)
        return JSONResponse({})

    async def drop(self, request: Request) -> Response:
        """Take in one dropped file; it has its name when it is whole."""
        name = request.query_params.get("name", "")
        most = ARCHIVE_BYTES if name.lower().endswith(".zip") else ReadLimits().max_bytes
        place = await asyncio.to_thread(self.desk.place_for, name)
        part = place.with_name(place.name + ".part")
        size = 0
        try:
            with part.open("wb") as file:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > most:
                        raise Refusal(413, "too-large", Text(f"超过 {most} 字节", f"larger than {most} bytes"))
                    file.write(chunk)
            request.scope[BODY_READ] = True
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
        await asyncio.to_thread(self.desk.arrived, place)
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        """Write all reports in one form, for the browser to save."""
        form = request.path_params["form"]
        if form not in EXPORTS:
            raise Refusal(404, "no-such-form", Text("没有这种格式", "there is no such form"))
        language: Language = "en" if request.query_params.get("language") == "en" else "zh"
        folder = tempfile.TemporaryDirectory(prefix="photospec-export-")
        file = Path(folder.name) / EXPORTS[form]
        try:
            await asyncio.to_thread(self.desk.export, file, slips=form in ("slips", "pdf"), language=language)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(file, filename=file.name, background=BackgroundTask(folder.cleanup))


async def _json(request: Request) -> Any:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > 1 << 20:
            raise Refusal(413, "too-large", Text("请求过大", "the request is too large"))
    request.scope[BODY_READ] = True
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise Refusal(422, "bad-request", Text("请求无效", "the request is not valid")) from None
