"""Write the manifest of the weights anew, or compare: ``python -m photospec.networks [--check]``."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from photospec.networks.weights import FOLDER, MANIFEST, landmark_weights

OTHERS = {".py", ".json", ".md"}


def manifest() -> str:
    """Return the manifest of the files that are there now."""
    files = sorted(path for path in FOLDER.iterdir() if path.is_file() and path.suffix not in OTHERS)
    return json.dumps({path.name: _entry(path) for path in (*files, landmark_weights())}, indent=1) + "\n"


def _entry(path: Path) -> dict[str, int | str]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m photospec.networks", description="The manifest of the weights.")
    parser.add_argument("--check", action="store_true", help="only compare; exit code 1 where it is stale")
    if not parser.parse_args().check:
        MANIFEST.write_text(manifest(), "utf-8")
    elif MANIFEST.read_text("utf-8") != manifest():
        sys.exit(f"{MANIFEST} is stale: python -m photospec.networks")


if __name__ == "__main__":
    main()
