"""A day of photographs, simulated at four times its speed, with crashes: verdicts in time, nothing lost or mixed up.

python -m benchmarks.session [--students 60] [--crashes 6] [--pace 6]

150 students an hour leave 24 s for each, at four times the speed 6 s. Each is called by number; some blink, are taken
again. The program, ``photospec watch`` as it is installed, is killed (SIGKILL) at random moments, started again
and told once more who sits there. In the end each crop must be, byte for byte, the crop of that student's best frame.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from photospec import crop
from photospec.capture.watch import JOURNAL
from photospec.testing import Geometry, portrait

__all__ = ["SessionResult", "simulate"]


@dataclass
class SessionResult:
    """What came of a simulated session."""

    frames: int = 0
    crashes: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds from a complete frame to its verdict, crashes and restarts between them included."""
    lost: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)


def _frame(seed: int, size: tuple[int, int], *, blinks: bool) -> bytes:
    place = Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=320 * size[0] / size[1], roll=seed % 5 - 2)
    pixels = portrait(seed, size=size, geometry=place, defects=["eyes-closed"] if blinks else []).pixels
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue()


class _Program:
    """``photospec watch``, started and killed."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "photospec", "watch", "in", "-o", "out", "--roster", "roster.csv"]
        self._process = subprocess.Popen(
            [*command, "--no-page", "--quiet", "--lang", "en"],
            cwd=self._place,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def enter(self, line: str) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _events(place: Path) -> list[dict[str, object]]:
    with contextlib.suppress(FileNotFoundError):
        lines = (place / "out" / JOURNAL).read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]
    return []


def simulate(
    place: Path, *, students: int, crashes: int, pace: float, size: tuple[int, int] = (1080, 1440), seed: int = 0
) -> SessionResult:
    """Run a session in a folder.

    Parameters
    ----------
    place : Path
        An empty folder.
    students, crashes : int
        How many come, and how often the program is killed.
    pace : float
        Seconds from one frame to the next; where the program was killed it is waited for.
    size : (int, int)
        Pixels of a frame.
    seed : int
        Chooses who blinks and when the program is killed.
    """
    chooser = random.Random(seed)
    (place / "in").mkdir()
    numbers = [str(1001 + n) for n in range(students)]
    (place / "roster.csv").write_text("学号\n" + "\n".join(numbers) + "\n", encoding="utf-8")
    shots = [(n, blinks) for n in range(students) for blinks in ([True, False] if chooser.random() < 0.25 else [False])]
    killed = set(chooser.sample(range(len(shots)), min(crashes, len(shots))))
    frames = {shot: _frame(*shot[:1], size, blinks=shot[1]) for shot in shots}
    result = SessionResult()
    program = _Program(place)
    program.start()
    written: dict[str, float] = {}
    try:
        for at, shot in enumerate(shots):
            due = time.monotonic() + pace
            number = numbers[shot[0]]
            _seat(program, place, number)
            name = f"DSC{at:04}.JPG"
            path = place / "in" / name
            data = frames[shot]
            with path.open("wb") as file:  # as it comes over a cable
                for part in np.array_split(np.frombuffer(data, np.uint8), 5):
                    file.write(part.tobytes())
                    file.flush()
            written[name] = time.time()
            result.frames += 1
            if at in killed:
                time.sleep(chooser.uniform(0, 1.5))
                program.kill()
                result.crashes += 1
                program.start()
            time.sleep(max(0.0, due - time.monotonic()))
        _wait(lambda: sum(event["event"] in ("cropped", "uncropped") for event in _events(place)) >= len(shots))
    finally:
        program.kill()
    events = _events(place)
    names = {event["shot"]: str(event["file"]) for event in events if event["event"] == "arrived"}
    for event in events:
        if event["event"] == "judged" and (name := names[event["shot"]]) in written:
            result.waits.append(dt.datetime.fromisoformat(str(event["at"])).timestamp() - written.pop(name))
    result.lost += list(written)
    for n, number in enumerate(numbers):
        path = place / "out" / f"{number}.jpg"
        if not path.exists():
            result.lost.append(path.name)
        elif path.read_bytes() != crop(frames[n, False]).jpeg:
            result.mixed.append(path.name)
    return result


def _seat(program: _Program, place: Path, number: str) -> None:
    """Call a student, as the photographer does: until the screen says that they sit there."""
    before = sum(event["event"] == "sitting" for event in _events(place))
    program.enter(number)
    _wait(lambda: sum(event["event"] == "sitting" for event in _events(place)) > before)


def _wait(ready: object, patience: float = 180.0) -> None:
    end = time.monotonic() + patience
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError("the program did not get there")
        time.sleep(0.02)


def main(arguments: list[str] | None = None) -> None:
    """Simulate a session and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--crashes", type=int, default=6)
    parser.add_argument("--pace", type=float, default=6.0)
    parser.add_argument("--width", type=int, default=2400)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        size = asked.width, asked.width * 4 // 3
        result = simulate(Path(folder), students=asked.students, crashes=asked.crashes, pace=asked.pace, size=size)
    late = [wait for wait in result.waits if wait > asked.pace]
    print(f"{result.frames} frames of {size[0]}x{size[1]}, {result.crashes} crashes, one frame every {asked.pace:g} s")
    print(
        f"verdict after {np.median(result.waits):.2f} s (median), {max(result.waits):.2f} s (most); late: {len(late)}"
    )
    print(f"lost: {len(result.lost)} {result.lost}; bound to the wrong student: {len(result.mixed)} {result.mixed}")


if __name__ == "__main__":
    main()
