"""What the networks cost: milliseconds each, processor time in other threads, cold start, megabytes.

python -m benchmarks.networks
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from photospec.networks.shelf import SHIPPED
from photospec.portrait.views import VIEWS

RUNS = 60


def main() -> None:
    """Print a line a network and their sum."""
    total = megabytes = 0.0
    for name, view in VIEWS.items():
        start = time.perf_counter()
        network = SHIPPED.network(name)
        loaded = time.perf_counter() - start
        views = np.random.default_rng(0).integers(0, 256, (1 + view.paired, view.height, view.width, 3), np.uint8)
        walls, burnt = [], time.process_time()
        for _ in range(RUNS):
            start = time.perf_counter()
            network.ask(views)
            walls.append(time.perf_counter() - start)
        burnt = time.process_time() - burnt
        size = (Path(SHIPPED.folder) / f"{name}.onnx").stat().st_size / 1e6
        total, megabytes = total + min(walls), megabytes + size
        print(
            f"{name:6} {1e3 * min(walls):5.2f} ms, processor time over wall {burnt / sum(walls):.2f}, "
            f"loaded in {1e3 * loaded:.0f} ms, {size:.2f} MB"
        )
    print(f"all    {1e3 * total:5.2f} ms, {megabytes:.1f} MB")


if __name__ == "__main__":
    main()
