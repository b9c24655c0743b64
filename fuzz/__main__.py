"""Fuzz one target with atheris (libFuzzer) for some seconds.

    pip install atheris
    python -m fuzz header --seconds 600
    python -m fuzz header --input crash-...      # what one input does

Inputs that break something are written into the folder that ``--found`` names; each becomes a test.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from fuzz.seeds import seeds


def main() -> None:
    """Run the command line."""
    import atheris

    with atheris.instrument_imports(
        include=["photospec.photo", "photospec.batch", "photospec.spec", "photospec.specs"]
    ):
        from fuzz.targets import TARGETS
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz one target.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600, help="how long; default 600")
    parser.add_argument("--found", type=Path, default=Path(), help="folder for inputs that break something")
    parser.add_argument("--input", type=Path, help="give this input to the target once, without fuzzing")
    options = parser.parse_args()
    target = TARGETS[options.target]
    if options.input is not None:
        target(options.input.read_bytes())
        return
    options.found.mkdir(parents=True, exist_ok=True)
    corpus = tempfile.mkdtemp(prefix=f"photospec-corpus-{options.target}-")
    for number, seed in enumerate(seeds(options.target)):
        Path(corpus, f"seed-{number:03}").write_bytes(seed)
    limits = ["-timeout=20", "-rss_limit_mb=3000", "-max_len=65536", "-use_value_profile=0", "-print_final_stats=1"]
    limits += [f"-max_total_time={options.seconds}", f"-artifact_prefix={options.found}/{options.target}-"]
    atheris.Setup([sys.argv[0], *limits, corpus], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
