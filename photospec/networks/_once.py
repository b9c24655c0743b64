"""A loader that runs once a process, however many threads ask at the same time."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["once"]

P = ParamSpec("P")
T = TypeVar("T")


def once(load: Callable[P, T]) -> Callable[P, T]:
    """Decorate a loader: the first thread loads, the others wait for what it gives; errors are not remembered.

    `functools.cache` alone lets every thread that comes before the first has ended load for itself.
    """
    cached = functools.cache(load)
    lock = threading.RLock()

    def unlocked() -> None:
        nonlocal lock
        lock = threading.RLock()  # a thread that held it in the parent is not there in the forked child

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=unlocked)

    @functools.wraps(load)
    def loaded(*args: P.args, **kwargs: P.kwargs) -> T:
        with lock:
            return cached(*args, **kwargs)  # type: ignore[arg-type]

    return loaded
