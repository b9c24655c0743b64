"""Rules that do to their process what a photo must never be able to do to a batch; importable by worker processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from photospec import Portrait, rule


@rule(code="TST001", name="deadly", high=0.5)
def deadly(portrait: Portrait) -> float:
    """Kill the process on a photo that is named so, as the kernel does when memory runs out."""
    if "deadly" in Path(portrait.photo.name).name:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.0


@rule(code="TST002", name="endless", high=0.5)
def endless(portrait: Portrait) -> float:
    """Hang on a photo that is named so."""
    if "endless" in Path(portrait.photo.name).name:
        time.sleep(600)
    return 0.0


@rule(code="TST003", name="broken", high=0.5)
def broken(portrait: Portrait) -> float:
    """Raise on a photo that is named so."""
    if "broken" in Path(portrait.photo.name).name:
        raise RuntimeError("this rule is broken")
    return 0.0


@rule(code="TST004", name="slow", high=0.5)
def slow(portrait: Portrait) -> float:
    """Take a second for a photo that is named so."""
    if "slow" in Path(portrait.photo.name).name:
        time.sleep(1)
    return 0.0
