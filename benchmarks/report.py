"""Run the whole benchmark suite and write docs/benchmarks.md.

python -m benchmarks.report [--markdown docs/benchmarks.md] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_facts
from benchmarks.photos import make_photos

__all__ = ["cold_starts", "page"]

IMPORTS = {
    "import photospec": "import photospec",
    "photospec.check": "from photospec import check",
    "with the face models": "import photospec.batch._warm",
}


def run_json(module: str, *arguments: str) -> dict[str, Any]:
    """Run one benchmark module and return its JSON."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        subprocess.run([sys.executable, "-m", module, *arguments, "--json", str(out)], check=True)
        found: dict[str, Any] = json.loads(out.read_text())
        return found


def seconds(command: Sequence[str], runs: int) -> float:
    """Return the median wall time of a command."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
        assert done.returncode in (0, 1), done.stderr.decode()
    return statistics.median(times)


def cold_starts(runs: int) -> dict[str, float]:
    """Return the seconds of a bare interpreter, of imports, and of a first verdict from the command line."""
    made, photos = make_photos(4)
    found = {"python": seconds([sys.executable, "-c", "pass"], runs)}
    found |= {name: seconds([sys.executable, "-c", code], runs) for name, code in IMPORTS.items()}
    command = [sys.executable, "-m", "photospec", "check", str(photos[0])]
    found["photospec check one.jpg"] = seconds(command, runs)
    made.cleanup()
    return found


def speed_table(runs: dict[str, Any]) -> list[str]:
    """Return the table of facts, rules and specs from a pytest-benchmark run."""
    rows = sorted(runs["benchmarks"], key=lambda b: -b["stats"]["median"])
    floor = next(b["stats"]["median"] for b in rows if b["name"] == "test_decode_floor")
    lines = ["| what | median ms | decodes |", "|---|--:|--:|"]
    for row in rows:
        median = row["stats"]["median"]
        if median >= 2e-5:
            lines.append(f"| {row['name'].removeprefix('test_')} | {1000 * median:.3f} | {median / floor:.2f} |")
    return lines


def page(counts: Sequence[int], quick: bool) -> str:
    """Run everything and return the page."""
    cold = cold_starts(1 if quick else 5)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "speed.json"
        command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-only", "-q", f"--benchmark-json={out}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        speed = json.loads(out.read_text())
    peers = run_json("benchmarks.peers", "--photos", "20" if quick else "60")
    scale = [("the standard", n, run_json("benchmarks.throughput", "--photos", str(n))) for n in counts]
    scale += [("ALL", n, run_json("benchmarks.throughput", "--photos", str(n), "--select", "ALL")) for n in counts[:1]]
    lines = ["# Benchmarks", "", "Written by `python -m benchmarks.report`; do not edit. Photos: made by", ""]
    lines[-2] += " `photospec.testing`, 480x640, 20-40 KB. One thread each."
    lines += ["| machine | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine_facts().items()]
    lines += [
        "",
        "## Throughput",
        "",
        "`python -m benchmarks.throughput --photos N`: the standard, cn-diploma-2017; ALL with",
        "",
    ]
    lines[-2] += " `--select ALL`, preview and school rules too. Median ms: facts and rules of one photo."
    lines += [
        "| rules | photos | workers | photos/s | median ms | photos/h | times the capture rate of 150/h | speed-up "
    ]
    lines[-1] += "| first report s | main process MiB | each worker MiB (unique set size, peak) |"
    lines += ["|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"]
    for rules, count, found in scale:
        base = found["runs"][0]
        for run in found["runs"]:
            rate = run["photos"] / run["seconds"]
            speed_up = rate / (base["photos"] / base["seconds"])
            memory = ", ".join(f"{m:.0f}" for m in run["worker_memory"]) or "–"
            speed = (
                f"{rate:.0f} | {run['median_ms']:.2f} | {3600 * rate:.0f} | {3600 * rate / 150:.0f} | {speed_up:.2f}"
            )
            rest = f"{run['start_seconds']:.2f} | {run['main_memory']:.0f} | {memory}"
            lines.append(f"| {rules} | {count} | {run['jobs']} | {speed} | {rest} |")
    lines += ["", "## Peers, side by side", "", "`python -m benchmarks.peers`: one core, from file to result.", ""]
    lines += ["| | median ms | 95th percentile ms | what it does |", "|---|--:|--:|---|"]
    for peer in peers["peers"]:
        numbers = [f"{peer[key]:.2f}" if peer[key] is not None else "did not run" for key in ("median_ms", "p95_ms")]
        lines.append(f"| {peer['name']} | {numbers[0]} | {numbers[1]} | {peer['what']} |")
    lines += [
        "",
        "OFIQ's Python ports download 400 MB of models at first use and could not be run here; ofiqpy publishes",
    ]
    lines += ["2.6 photos a second (one worker) for its own machine.", "", "## Cold start", ""]
    lines += ["| command | s |", "|---|--:|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in cold.items()]
    lines += [
        "",
        "## Each fact, rule and spec",
        "",
        "`python -m pytest benchmarks --benchmark-only`; a fact without those",
    ]
    lines += ["that it asks for, a rule with its facts at hand, a spec with everything. Under 0.02 ms left out.", ""]
    return "\n".join([*lines, *speed_table(speed), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--markdown", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument("--photos", type=int, nargs="+", default=[1000, 10_000], help="sizes of the batches")
    parser.add_argument("--quick", action="store_true", help="few repetitions, for trying it out")
    given = parser.parse_args(arguments)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of all that is measured: one worker is one core
    given.markdown.write_text(page(given.photos, given.quick), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
