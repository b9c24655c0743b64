"""The page for a second screen or a phone: what `watch` says, as it says it."""

from __future__ import annotations

import hmac
import importlib.resources
import io
import secrets
import socket
import threading
from typing import Any

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from photospec.capture.watch import Inbox, Outcome, Watch, named, obey
from photospec.errors import PhotospecError
from photospec.finding import Level, Verdict
from photospec.person import Privacy
from photospec.report.words import VERDICTS
from photospec.text import Text

__all__ = ["Page"]

POLICY = (
    "default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
LONGEST = 200
"""Most characters of what is scanned or typed."""


class Page:
    """What the page shows, and its routes.

    Parameters
    ----------
    watch : Watch
        The session.
    inbox : queue
        That of `Watch.run`: what is pressed on the page is done in its thread.
    privacy : Privacy
        What to show of identity numbers.

    Attributes
    ----------
    token : str
        What every request must carry, as ``?token=``: pictures of students are not for everybody on the network.
    """

    def __init__(
        self,
        watch: Watch,
        inbox: Inbox,
        privacy: Privacy = Privacy.MASKED,
    ) -> None:
        self.token = secrets.token_urlsafe(12)
        self._watch = watch
        self._inbox = inbox
        self._privacy = privacy
        self._lock = threading.Lock()
        self._picture: tuple[int, bytes] = (0, b"")
        self._shown: dict[str, Any] = {}
        self._changes = 0
        self.refresh()

    # -- from the session ---------------------------------------------------------------------------------------------

    def show(self, outcome: Outcome) -> None:
        """Show what became of a shot; called in the session's thread."""
        shown = {
            "shot": outcome.shot.number,
            "verdict": str(outcome.report.verdict),
            "word": _both(VERDICTS[outcome.report.verdict]),
            "good": outcome.report.verdict is Verdict.PASS,
            "say": _both(outcome.say),
            "who": _both(named(outcome.student, self._privacy)),
            "warnings": [_both(text) for text in outcome.warnings],
            "problems": [] if outcome.crop is None else [_both(text) for text in outcome.crop.problems],
            "saved": outcome.path is not None,
            "milliseconds": round(1000 * outcome.seconds["verdict"]),
            "size": [outcome.seen.photo.get("width"), outcome.seen.photo.get("height")],
            "marks": [
                {"kind": str(mark.kind), "points": [list(point) for point in mark.points]}
                for finding in outcome.seen.failures
                if finding.level is not Level.ADVICE
                for mark in finding.where
            ],
        }
        with self._lock:
            if outcome.picture is not None and self._picture[0] != outcome.shot.number:
                file = io.BytesIO()
                Image.fromarray(outcome.picture).save(file, "JPEG", quality=85)
                self._picture = outcome.shot.number, file.getvalue()
            self._shown = shown
        self.refresh()

    def refresh(self) -> None:
        """Show who sits there now."""
        sittings = self._watch.sittings
        with self._lock:
            self._changes += 1
            self._shown = {
                **self._shown,
                "change": self._changes,
                "sitting": _both(named(sittings.current, self._privacy)),
                "next": _both(named(sittings.following(), self._privacy)) if sittings.students else None,
                "missing": len(sittings.missing) if sittings.students else None,
                "shots": len(sittings.shots),
            }

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve the page from a thread until the program ends.

        Parameters
        ----------
        host : str
            Where to listen: by default only this machine can reach it.
        port : int
            0 takes any that is free.

        Returns
        -------
        str
            The address, with the token.

        Raises
        ------
        PhotospecError
            The port cannot be had.
        """
        try:
            listening = socket.create_server((host, port))
        except OSError as error:
            why = error.strerror or str(error)
            raise PhotospecError(Text(f"端口 {port} 无法使用：{why}", f"port {port} cannot be used: {why}")) from None
        config = uvicorn.Config(self.app(), log_level="error", access_log=False, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
        return f"http://{_address(host)}:{listening.getsockname()[1]}/?token={self.token}"

    # -- to the browser -----------------------------------------------------------------------------------------------

    def app(self) -> Starlette:
        """Return the page as an ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/state", self._state),
                Route("/picture", self._show_picture),
                Route("/do", self._do, methods=["POST"]),
            ]
        )

    def _allowed(self, request: Request) -> bool:
        return hmac.compare_digest(request.query_params.get("token", "").encode(), self.token.encode())

    async def _page(self, request: Request) -> Response:
        if not self._allowed(request):
            return _refused()
        page = importlib.resources.files("photospec.capture").joinpath("page.html").read_text(encoding="utf-8")
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})

    async def _state(self, request: Request) -> Response:
        if not self._allowed(request):
            return _refused()
        with self._lock:
            return JSONResponse(self._shown, headers={"Cache-Control": "no-store"})

    async def _show_picture(self, request: Request) -> Response:
        if not self._allowed(request):
            return _refused()
        with self._lock:
            _, data = self._picture
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def _do(self, request: Request) -> Response:
        """Pass on what was pressed, scanned or typed."""
        if not self._allowed(request):
            return _refused()
        entry = request.query_params.get("entry", "")[:LONGEST]

        def follow() -> None:  # in the session's thread, in its turn
            obey(self._watch, entry)
            self.refresh()

        self._inbox.put(follow)
        return JSONResponse({"taken": True})


def _address(host: str) -> str:
    """Return an address that others can open for one that stands for all of this machine's."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent: it only chooses the interface
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _refused() -> Response:
    return JSONResponse({"error": "token"}, 403)
