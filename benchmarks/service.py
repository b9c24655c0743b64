"""Measure the HTTP service beside the same checks in this process.

python -m benchmarks.service [--workers 1 2] [--clients 1 8 64] [--seconds 10]

The service runs in processes of its own, the clients in this one, over loopback. One client's median is measured
alternating, a photo here, a photo there, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.photos import make_photos
from photospec import Photo, check, check_many, load_spec
from photospec.batch._check import TOGETHER

__all__ = ["main"]

ALTERNATIONS = 200
START_SECONDS = 120


@contextlib.contextmanager
def service(workers: int, queue: int) -> Iterator[int]:
    """Run a service; yield its port when it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", "--config", "none", "--port", str(port), "--workers", str(workers), "--queue", str(queue)]
    process = subprocess.Popen([sys.executable, "-m", "photospec", *words], stderr=subprocess.DEVNULL)
    try:
        for _ in range(START_SECONDS * 10):
            with contextlib.suppress(URLError), urlopen(f"http://127.0.0.1:{port}/readyz"):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


class Client:
    """A connection that is kept open, and what its requests took."""

    def __init__(self, port: int, photos: Sequence[bytes]) -> None:
        head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"
        self._requests = [head.format(len(photo)).encode() + photo for photo in photos]
        self._port = port
        self.seconds: list[float] = []

    async def connect(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def send(self, number: int) -> None:
        """Send a photo and read its report."""
        started = time.perf_counter()
        self._writer.write(self._requests[number % len(self._requests)])
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").splitlines()
        length = next(int(f.partition(":")[2]) for f in fields if f.lower().startswith("content-length:"))
        await self._reader.readexactly(length)
        if " 200 " not in status:
            raise RuntimeError(f"the service answered {status}")
        self.seconds.append(time.perf_counter() - started)

    async def send_until(self, end: float) -> None:
        """Send one photo after the other."""
        number = id(self) // 64
        while time.perf_counter() < end:
            await self.send(number)
            number += 1

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def here(photos: Sequence[bytes], number: int) -> float:
    """Return the seconds of a check and its line in this process."""
    started = time.perf_counter()
    check(Photo.read(photos[number % len(photos)])).to_json_line().encode()
    return time.perf_counter() - started


async def side_by_side(port: int, photos: Sequence[bytes]) -> tuple[list[float], list[float]]:
    """Return the seconds of the same photos here and by the service, taken in turns."""
    client = Client(port, photos)
    await client.connect()
    inside = []
    for number in range(ALTERNATIONS + 10):
        inside.append(here(photos, number))
        await client.send(number)
    client.close()
    return inside[10:], client.seconds[10:]


async def load(port: int, photos: Sequence[bytes], clients: int, seconds: float) -> tuple[float, list[float]]:
    """Return the photos a second, and the seconds of each, when some clients send without a pause."""
    crowd = [Client(port, photos) for _ in range(clients)]
    for client in crowd:
        await client.connect()
    started = time.perf_counter()
    await asyncio.gather(*(client.send_until(started + seconds) for client in crowd))
    took = time.perf_counter() - started
    taken = [each for client in crowd for each in client.seconds]
    for client in crowd:
        client.close()
    return len(taken) / took, taken


def rate_here(photos: Sequence[bytes], jobs: int, seconds: float) -> float:
    """Return the photos a second of `check_many` with as many processes as the service has workers."""
    spec, end, count = load_spec(), 0.0, -TOGETHER * jobs  # the first groups are for warming up

    def feed() -> Iterator[bytes]:
        number = 0
        while not end or time.perf_counter() < end:
            yield photos[number % len(photos)]
            number += 1

    for _ in check_many(feed(), spec, jobs=jobs):
        count += 1
        if count == 0:
            started = time.perf_counter()
            end = started + seconds
    return count / (time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args(arguments)
    made, paths = make_photos()
    photos = [path.read_bytes() for path in paths]
    made.cleanup()
    print(f"{len(photos)} photos, load average {os.getloadavg()[0]:.1f} before the start")
    with service(1, 128) as port:
        inside, outside = asyncio.run(side_by_side(port, photos))
    medians = [1000 * statistics.median(each) for each in (inside, outside)]
    ratio = statistics.median(b / a for a, b in zip(inside, outside, strict=True))
    print(
        f"one photo, in turns: {medians[0]:.2f} ms here, {medians[1]:.2f} ms by the service, median ratio {ratio:.3f}"
    )
    print("\n| workers | clients | photos/s | p50 ms | p99 ms | check_many photos/s | ratio |\n" + "|---" * 7 + "|")
    for workers in given.workers:
        with service(workers, 128) as port:
            for clients in given.clients:
                alone = rate_here(photos, workers, given.seconds / 2)
                rate, taken = asyncio.run(load(port, photos, clients, given.seconds))
                middle, high = (1000 * statistics.quantiles(taken, n=100)[p] for p in (49, 98))
                print(
                    f"| {workers} | {clients} | {rate:.0f} | {middle:.1f} | {high:.1f} "
                    f"| {alone:.0f} | {rate / alone:.2f} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
