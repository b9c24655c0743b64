"""What a camera's frame costs: verdict, crop and file, beside the bare decode of the same frame.

python -m benchmarks.capture [--megapixels 24] [--rounds 8]

One core, in this process, alternating: decode, verdict, crop, decode, ... Milliseconds of processor time of this
thread, so that what else the machine does disturbs them less, and of the clock. A drawn person in a scene with the
noise of a sensor, JPEG quality 92.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core, as `photospec watch` does; read once, when NumPy is imported

import cv2
import numpy as np
import simplejpeg

from benchmarks.machine import machine_facts
from photospec.testing import Geometry, portrait

FIRST = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from photospec.capture.watch import Watch
with Watch(sys.argv[1] + "/in", sys.argv[1] + "/out") as watch:
    watch.warm()
    ready = time.perf_counter()
    (path,) = watch.new_files()
    watch.deal(*watch.arrive(path))
print(round(1000 * (ready - start)), round(1000 * (time.perf_counter() - ready)))
"""


def frame(megapixels: float) -> bytes:
    """Return a JPEG file of a landscape camera frame with a drawn person in it."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5 / 8) * 8
    width = height * 3 // 2
    place = Geometry(crown_y=190, eye_y=295, face_width=150, centre_x=470, roll=3)
    drawn = portrait(2, geometry=place, size=(1536, 1024)).pixels
    scene = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    grain = cv2.resize(rng.normal(0, 3, (height // 2, width // 2, 3)).astype(np.float32), (width, height))
    noisy = np.clip(scene + grain, 0, 255).astype(np.uint8)
    return simplejpeg.encode_jpeg(noisy, quality=92, colorsubsampling="420")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)

    from photospec.batch._check import judge
    from photospec.capture.camera import CAMERA_LIMITS
    from photospec.capture.crop import crop_of
    from photospec.capture.target import target_of
    from photospec.capture.view import look
    from photospec.photo import Photo
    from photospec.specs import load_spec

    data = frame(asked.megapixels)
    intake, spec = load_spec("intake"), load_spec()
    target = target_of(spec)

    def decode() -> object:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    def verdict() -> object:
        view = look(Photo.read(data, limits=CAMERA_LIMITS), target)
        judge(view, intake)
        return view

    def crop(view: object) -> object:
        return crop_of(view, spec).report()

    spent: dict[str, list[tuple[float, float]]] = {"cv2.imdecode": [], "verdict": [], "crop, file and its check": []}

    def timed(name: str, work: Callable[[], object]) -> object:
        clock, processor = time.perf_counter(), time.thread_time()
        done = work()
        spent[name].append((time.thread_time() - processor, time.perf_counter() - clock))
        return done

    crop(verdict())
    for _ in range(asked.rounds):
        timed("cv2.imdecode", decode)
        view = timed("verdict", verdict)
        timed("crop, file and its check", lambda: crop(view))  # noqa: B023 - called at once
    print(", ".join(f"{name} {value}" for name, value in machine_facts().items()))
    print(f"{asked.megapixels:g} megapixels, {len(data) / 1e6:.1f} MB; median of {asked.rounds} rounds, ms")
    print(f"{'':26} processor  clock")
    for name, times in spent.items():
        processor, clock = (1000 * statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:26} {processor:9.0f} {clock:6.0f}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in").mkdir()
        (Path(folder) / "in" / "DSC1.JPG").write_bytes(data)
        ready, first = subprocess.run(
            [sys.executable, "-c", FIRST, folder], capture_output=True, text=True, check=True
        ).stdout.split()
    print(
        f"from the start until it is ready {ready} ms (clock); the first frame then, with crop and journal, {first} ms"
    )


if __name__ == "__main__":
    main()
