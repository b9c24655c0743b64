"""What the built program starts: a double click opens the page to work in, words behind its name are a command."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from photospec.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    words = sys.argv[1:]
    if not words:
        words = ["ui", "--session", str(Path.home() / "photospec")]
    main(words)
