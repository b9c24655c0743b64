"""Measure peers on the same photos, in the same run, one core each: milliseconds a photo from file to result.

    python -m benchmarks.peers [--photos 60] [--repeat 3] [--environment DIR] [--json FILE]

Each peer runs in a process of its own; those that are not dependencies of photospec in a virtual environment of their
own, which is made when missing. What each does is less than photospec does: the numbers say what its part costs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine_facts
from benchmarks.photos import make_photos

__all__ = ["PEERS", "Peer", "run_peer"]

HARNESS = """
import json, sys, time
{setup}
bytearray(5_000_000)  # from now on the allocator keeps what a picture needs, as in any program that runs for a while
photos, repeat = sys.argv[2:], int(sys.argv[1])
for photo in photos[:3]:
    work(photo)
times = []
for _ in range(repeat):
    for photo in photos:
        start = time.perf_counter()
        work(photo)
        times.append(1000 * (time.perf_counter() - start))
print(json.dumps(times))
"""


@dataclass(frozen=True)
class Peer:
    """A program to compare with.

    Parameters
    ----------
    name, what : str
        Its name, and what it does to a photo.
    setup : str
        Python source that defines ``work(path)``.
    requires : tuple of str
        Packages of its own environment; empty where photospec's serves.
    """

    name: str
    what: str
    setup: str
    requires: tuple[str, ...] = ()


ONE_THREAD = "import cv2; cv2.setNumThreads(1)\n"
WEIGHTS = "from photospec.networks.faces import landmark_weights\n"

PEERS = (
    Peer(
        "photospec, whole standard",
        "every rule of cn-diploma-2017, verdict, reason and remedy",
        ONE_THREAD + "from photospec import check, load_spec\nspec = load_spec('cn-diploma-2017')\n"
        "work = lambda path: check(path, spec)",
    ),
    Peer(
        "photospec, ALL rules",
        "every rule there is, preview and school rules too",
        ONE_THREAD + "from photospec import check, load_spec\nspec = load_spec('cn-diploma-2017').select('ALL')\n"
        "work = lambda path: check(path, spec)",
    ),
    Peer(
        "OpenCV decode (floor)",
        "decode the JPEG, nothing else",
        ONE_THREAD + "work = lambda path: cv2.imread(path)",
    ),
    Peer(
        "dlib as face_recognition uses it",
        "face boxes at full size with one upsampling, 68 landmarks",
        ONE_THREAD + WEIGHTS + "import dlib\nfind = dlib.get_frontal_face_detector()\n"
        "shape = dlib.shape_predictor(str(landmark_weights()))\n"
        "def work(path):\n"
        "    picture = cv2.imread(path)[:, :, ::-1].copy()\n"
        "    return [shape(picture, box) for box in find(picture, 1)]",
    ),
    Peer(
        "dlib, no upsampling",
        "face boxes at full size, 68 landmarks",
        ONE_THREAD + WEIGHTS + "import dlib\nfind = dlib.get_frontal_face_detector()\n"
        "shape = dlib.shape_predictor(str(landmark_weights()))\n"
        "def work(path):\n"
        "    picture = cv2.imread(path)[:, :, ::-1].copy()\n"
        "    return [shape(picture, box) for box in find(picture, 0)]",
    ),
    Peer(
        "mediapipe FaceMesh",
        "face and 478 landmarks with irises, static images",
        "import os; os.environ['GLOG_minloglevel'] = '3'\nimport cv2, mediapipe as mp\ncv2.setNumThreads(1)\n"
        "mesh = mp.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=2, refine_landmarks=True)\n"
        "work = lambda path: mesh.process(cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB))",
        ("mediapipe==0.10.21",),
    ),
)
"""OFIQ's Python ports (ofiqpy, python-ofiq) install from the registry, but download 400 MB of models when first used;
where that download is not to be had they cannot be measured. ofiqpy publishes 2.6 photos a second for its machine."""


def run_peer(peer: Peer, photos: Sequence[Path], repeat: int, environments: Path) -> list[float]:
    """Return the milliseconds that a peer took for each photo.

    Raises
    ------
    subprocess.CalledProcessError
        It does not install or does not run here.
    """
    python = sys.executable
    if peer.requires:
        folder = environments / peer.requires[0].partition("=")[0]
        python = str(folder / "bin" / "python")
        if not Path(python).exists():
            venv.create(folder, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *peer.requires], check=True, capture_output=True)
    command = ["taskset", "-c", "0", python, "-c", HARNESS.format(setup=peer.setup), str(repeat), *map(str, photos)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every peer and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "photospec-peers")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    made, photos = make_photos(given.photos)
    rows = []
    print(f"{'peer':36} {'median ms':>9} {'p95 ms':>8}  what")
    for peer in PEERS:
        try:
            times = run_peer(peer, photos, given.repeat, given.environment)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{peer.name:36} {'–':>9} {'–':>8}  does not run here ({type(error).__name__})")
            rows.append({"name": peer.name, "what": peer.what, "median_ms": None, "p95_ms": None})
            continue
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        rows.append({"name": peer.name, "what": peer.what, "median_ms": median, "p95_ms": p95})
        print(f"{peer.name:36} {median:9.2f} {p95:8.2f}  {peer.what}", flush=True)
    if given.json:
        given.json.write_text(json.dumps({"machine": machine_facts(), "peers": rows}, indent=1))
    made.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
