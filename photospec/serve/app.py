"""The application: its routes, and what happens to a request on its way to a worker and back."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import io
import json
import pickle
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from photospec.batch.sources import Source, archive_sources, packed_bytes
from photospec.errors import PhotospecError, SpecError, Unseen
from photospec.report.reference import find_rule, rule_row, rule_rows, spec_rows
from photospec.rules.explanation import explain
from photospec.serve.body import Memory, read_body, read_upload
from photospec.serve.guard import Guard, TokenGuard
from photospec.serve.metrics import Metrics
from photospec.serve.openapi import openapi
from photospec.serve.query import LANGUAGE, Choice, chosen, read_query
from photospec.serve.refusal import Refusal, answer_exception, answer_refusal
from photospec.serve.settings import Settings
from photospec.serve.work import Answer, Task, answer_without_check
from photospec.serve.workers import QueueFull, Workers
from photospec.spec import Spec, catalogue
from photospec.specs import choose_spec, resolve_spec, spec_names
from photospec.text import Text

__all__ = ["Service", "create_app"]

T = TypeVar("T")

SEND_SECONDS = 30.0
"""How long a client may take to accept a line of an archive's reports."""


def create_app(settings: Settings | None = None, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the service as an ASGI application.

    Parameters
    ----------
    settings : Settings, optional
        Its bounds and choices.
    routes : sequence of BaseRoute
        Further routes and static pages, in front of those of the service. They are open to everyone who reaches the
        port: guard with ``middleware=[Middleware(TokenGuard, settings.token)]`` what must not be.

    Returns
    -------
    Starlette
        ``app.state.service`` is its `Service`. Worker processes start and stop with its lifespan.

    Raises
    ------
    SpecError
        There is no such spec, or its file is not valid.
    """
    service = Service(settings or Settings())
    guarded = [Middleware(TokenGuard, service.settings.token)]
    own = [
        Route("/v1/check", service.check, methods=["POST"], middleware=guarded),
        Route("/v1/archive", service.archive, methods=["POST"], middleware=guarded),
        Route("/v1/specs", service.specs, methods=["GET"], middleware=guarded),
        Route("/v1/rules", service.rules, methods=["GET"], middleware=guarded),
        Route("/v1/rules/{rule}", service.rule, methods=["GET"], middleware=guarded),
        Route("/openapi.json", service.openapi, methods=["GET"], middleware=guarded),
        Route("/metrics", service.show_metrics, methods=["GET"], middleware=guarded),
        Route("/healthz", service.healthz, methods=["GET"]),
        Route("/readyz", service.readyz, methods=["GET"]),
    ]
    app = Starlette(
        routes=[*routes, *own],
        middleware=[Middleware(Guard, metrics=service.metrics, routes=[*routes, *own])],
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_exception},
        lifespan=service.lifespan,
    )
    app.state.service = service
    return app


class Service:
    """What the routes share: the settings, the workers, the counters and the memory of bodies.

    Parameters
    ----------
    settings : Settings
        Its bounds and choices.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.spec = resolve_spec(settings.spec)
        self._own = [rule for rule in self.spec if rule.name not in catalogue()]
        self.metrics = Metrics()
        self.memory = Memory(settings.memory_bytes)
        self.workers = self._new_workers()
        self._archives = 0
        self._rules = functools.lru_cache(maxsize=256)(self._rules_for)

    def _new_workers(self) -> Workers:
        settings = self.settings
        return Workers(
            settings.workers,
            settings.queue,
            settings.time_limit,
            lambda why: self.metrics.workers_lost.labels(why).inc(),
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Start the workers, and stop them."""
        self.workers = self._new_workers()
        self.metrics.watch(self.workers)
        try:
            await self.workers.start()
            yield
        finally:
            await self.workers.stop()

    # -- checks ---------------------------------------------------------------------------------------------------

    async def check(self, request: Request) -> Response:
        """Check one photo."""
        choice = read_query(request)
        _, packed = self._spec(choice)
        self._admit()
        with self.memory.share() as share:
            most = self.settings.photo_bytes
            if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
                data, name = await read_upload(request, most, share, self.settings)
            else:
                data, name = await read_body(request, most, share, self.settings), ""
            name = unquote(request.headers.get("x-photo-name", "")) or name
            task = Task(data, name, packed, choice.language, choice.compact)
            try:
                answer = await _unless_gone(request, self.workers.run(task))
            except QueueFull:
                raise self._queue_full() from None
        self.metrics.count(answer)
        return Response(answer.line, media_type="application/json")

    async def archive(self, request: Request) -> Response:
        """Check the photos of a zip archive and send each report as soon as it is there."""
        choice = read_query(request)
        _, packed = self._spec(choice)
        self._admit()
        if self._archives >= self.settings.archives:
            raise self._queue_full()
        self._archives += 1
        with contextlib.ExitStack() as stack:
            stack.callback(self._archive_done)
            share = stack.enter_context(self.memory.share())
            data = await read_body(request, self.settings.archive_bytes, share, self.settings)
            file = io.BytesIO(data)
            try:
                found = await asyncio.to_thread(archive_sources, file)
                photos = list(await asyncio.to_thread(self._bounded, found))
            except Unseen as refused:
                raise Refusal(422, "bad-archive", refused.reason) from None
            tasks = (_archive_task(file, photo, packed, choice) for photo in photos)
            return _Lines(self._answers(tasks), stack.pop_all())

    def _bounded(self, photos: Iterator[Source]) -> Iterator[Source]:
        most = self.settings.archive_photos
        for number, photo in enumerate(photos, 1):
            if number > most:
                raise Unseen(Text(f"压缩包中的照片超过 {most} 张", f"the archive holds more than {most} photos"))
            yield photo

    def _archive_done(self) -> None:
        self._archives -= 1

    async def _answers(self, tasks: Iterator[Task | tuple[Task, Text]]) -> AsyncIterator[Answer]:
        """Check a stream of photos, no more than one for each worker at a time, and yield the answers in order."""
        under_way: collections.deque[asyncio.Task[Answer]] = collections.deque()
        try:
            for task in tasks:
                under_way.append(asyncio.create_task(self._patiently(task)))
                if len(under_way) >= self.workers.count:
                    yield await under_way.popleft()
            while under_way:
                yield await under_way.popleft()
        finally:
            for job in under_way:
                job.cancel()

    async def _patiently(self, task: Task | tuple[Task, Text]) -> Answer:
        if isinstance(task, tuple):
            answer = answer_without_check(*task)
        else:
            while True:
                try:
                    answer = await self.workers.run(task)
                    break
                except QueueFull:
                    await asyncio.sleep(self.workers.mean_seconds)
        self.metrics.count(answer)
        return answer

    def _admit(self) -> None:
        if self.workers.full:
            raise self._queue_full()

    def _queue_full(self) -> Refusal:
        said = Text("等待检查的照片已满，请稍后重试", "too many photos wait already; try again later")
        return Refusal(503, "queue-full", said, retry_after=str(1 + int(self.workers.wait_seconds)))

    def _spec(self, choice: Choice) -> tuple[Spec, bytes]:
        try:
            return self._rules(choice.spec, choice.select, choice.ignore)
        except SpecError as error:
            raise Refusal(422, "bad-spec", error.text) from None

    def _rules_for(self, name: str | None, select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Spec, bytes]:
        base: Spec | str = self.spec
        if name is not None and name != self.spec.name:
            known = spec_names()  # a name that is a path must not be opened
            base = chosen(name, known, Text("标准", "spec"))
        spec = choose_spec(base, select, ignore)
        return spec, pickle.dumps(spec)

    # -- what there is --------------------------------------------------------------------------------------------

    async def specs(self, request: Request) -> Response:
        """List the specs to choose from."""
        language = read_query(request, LANGUAGE).language
        return JSONResponse({"default": self.spec.name, "specs": spec_rows(self.spec, language=language)})

    async def rules(self, request: Request) -> Response:
        """List all rules."""
        return _json(rule_rows(read_query(request, LANGUAGE).language, self._own))

    async def rule(self, request: Request) -> Response:
        """Explain one rule."""
        language = read_query(request, LANGUAGE).language
        try:
            rule = find_rule(request.path_params["rule"], self._own)
        except PhotospecError as error:
            raise Refusal(404, "no-such-rule", error.text) from None
        return _json({**rule_row(rule, language), "explanation": explain(rule).to_json(language)})

    async def openapi(self, _: Request) -> Response:
        """Describe the service."""
        return JSONResponse(openapi(self.settings, (self.spec.name, *spec_names())))

    # -- how it stands --------------------------------------------------------------------------------------------

    async def show_metrics(self, _: Request) -> Response:
        """Return the counters."""
        return PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def healthz(self, _: Request) -> Response:
        """Say that the process lives."""
        return PlainTextResponse("ok\n")

    async def readyz(self, _: Request) -> Response:
        """Say whether photos are taken."""
        if not self.workers.ready:
            raise Refusal(503, "not-ready", Text("尚未就绪", "not ready"), retry_after="1")
        return PlainTextResponse("ready\n")


class _Lines(Response):
    """Reports as JSON lines, each sent when it is there; gives up what it holds when it ends, however it ends."""

    def __init__(self, answers: AsyncIterator[Answer], held: contextlib.ExitStack) -> None:
        super().__init__(media_type="application/x-ndjson")
        del self.headers["content-length"]
        self._answers = answers
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await _unless_gone(Request(scope, receive), self._send(send))

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with contextlib.aclosing(self._answers) as answers:  # type: ignore[type-var]
            async for answer in answers:
                try:
                    async with asyncio.timeout(SEND_SECONDS):
                        await send({"type": "http.response.body", "body": answer.line + b"\n", "more_body": True})
                except TimeoutError:
                    raise ClientDisconnect from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do some work for a client; where it goes away before, the work is dropped and `ClientDisconnect` raised."""
    job = asyncio.create_task(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((job, gone), return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientDisconnect
        return await job
    finally:
        gone.cancel()
        job.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _archive_task(file: io.BytesIO, photo: Source, spec: bytes, choice: Choice) -> Task | tuple[Task, Text]:
    if photo.member is not None:
        try:
            packed = packed_bytes(file, photo.member)
            return Task(packed, photo.name, spec, choice.language, choice.compact, photo.member)
        except Unseen as damaged:
            problem = damaged.reason
    else:
        assert photo.problem is not None
        problem = photo.problem
    return Task(b"", photo.name, spec, choice.language, choice.compact), problem


def _json(values: object) -> Response:
    """Return values as JSON; a date among a rule's fields stands in ISO 8601."""
    return Response(json.dumps(values, ensure_ascii=False, default=str), media_type="application/json")
