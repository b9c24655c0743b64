"""The processes that check: each with a time limit, replaced when it dies, behind a queue that has an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pebble import ProcessExpired, ProcessPool

from photospec.batch._many import loss_in_words, worker_pool
from photospec.serve.work import Answer, Task, answer_without_check, get_ready, work

__all__ = ["QueueFull", "Workers"]

READY_SECONDS = 120.0
LOOK_SECONDS = 1.0
"""How often a worker that takes long is looked after."""


class QueueFull(Exception):  # noqa: N818 - news, not an error
    """As many photos wait as may."""


class _Worker:
    """One process, in a pool of its own: a process that dies can hold no lock that others wait for."""

    def __init__(self) -> None:
        self._pool = _new_pool()

    @property
    def active(self) -> bool:
        """False when the process died while it had nothing to do: pebble gives such a pool up."""
        return bool(self._pool.active)

    def submit(self, time_limit: float, function: Callable[..., Any], *args: Any) -> Future[Any]:
        return self._pool.schedule(function, args=args, timeout=time_limit)

    def replace(self) -> None:
        self.stop()
        self._pool = _new_pool()

    def stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _new_pool() -> ProcessPool:
    return worker_pool(1, preload="photospec.serve._warm")


class Workers:
    """Hands photos to processes, first come, first served.

    Parameters
    ----------
    count : int
        Processes.
    queue : int
        Photos that may wait.
    time_limit : float
        Seconds that one may take.
    on_loss : callable
        Is told ``"died"`` or ``"time"`` when a process is replaced.
    """

    def __init__(self, count: int, queue: int, time_limit: float, on_loss: Callable[[str], None]) -> None:
        self.count = count
        self.waiting = 0
        self.ready = False
        self.mean_seconds = 0.02
        self._queue = queue
        self._time_limit = time_limit
        self._on_loss = on_loss
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: list[_Worker] = []
        self._jobs: set[asyncio.Task[Answer]] = set()

    @property
    def busy(self) -> int:
        """Processes at work."""
        return len(self._jobs)

    @property
    def full(self) -> bool:
        """Whether one more photo would be refused."""
        return self.waiting >= self._queue + self._idle.qsize()

    @property
    def wait_seconds(self) -> float:
        """How long the queue takes from now."""
        return self.waiting * self.mean_seconds / self.count

    async def start(self) -> None:
        """Start the processes; they are ready when this returns."""
        self._all = [_Worker() for _ in range(self.count)]
        await asyncio.gather(*(asyncio.wrap_future(w.submit(READY_SECONDS, get_ready)) for w in self._all))
        for worker in self._all:
            self._idle.put_nowait(worker)
        self.ready = True

    async def stop(self) -> None:
        """Stop the processes, whatever they do."""
        self.ready = False
        await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in self._all))

    async def run(self, task: Task) -> Answer:
        """Check a photo when its turn comes; it leaves the queue when the caller is cancelled.

        Raises
        ------
        QueueFull
            Too many wait already.
        """
        if self.full:
            raise QueueFull
        self.waiting += 1
        try:
            worker = await self._idle.get()
        finally:
            self.waiting -= 1
        # from here on the photo is checked whether the client stays or goes: stopping a process costs more
        job = asyncio.create_task(self._carry_out(worker, task))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return await asyncio.shield(job)

    async def _carry_out(self, worker: _Worker, task: Task) -> Answer:
        try:
            try:
                answer = await self._once(worker, task)
            except RuntimeError:  # its pool broke before it took the photo, which therefore is not to blame
                self._on_loss("died")
                answer = await self._once(worker, task)
        except (TimeoutError, ProcessExpired, RuntimeError) as error:
            self._on_loss("time" if isinstance(error, TimeoutError) else "died")
            return answer_without_check(task, loss_in_words(error))
        finally:
            self._idle.put_nowait(worker)
        self.mean_seconds += 0.1 * (answer.seconds - self.mean_seconds)
        return answer

    async def _once(self, worker: _Worker, task: Task) -> Answer:
        if not self.ready:
            raise BrokenProcessPool("the service is being stopped")
        if not worker.active:
            await asyncio.to_thread(worker.replace)
        future = asyncio.wrap_future(worker.submit(self._time_limit, work, task))
        while not future.done():
            await asyncio.wait([future], timeout=LOOK_SECONDS)
            if not worker.active and not future.done():  # pebble forgets what was handed over while its pool broke
                raise BrokenProcessPool
        return future.result()  # type: ignore[no-any-return]
