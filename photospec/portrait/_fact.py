"""A lazy attribute that is computed once, remembers that there was nothing to see, and is timed."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from time import perf_counter
from typing import Any, Generic, TypeVar, overload

__all__ = ["Facts", "fact"]

T = TypeVar("T")


class Facts:
    """Base of an object with `fact` attributes.

    Attributes
    ----------
    timings : dict of str to float
        Seconds that each fact took, without the facts that it asked for.
    """

    def __init__(self) -> None:
        self._computed: list[str] = []
        self._failures: dict[str, Exception] = {}
        self._inner = 0.0  # seconds of what the running fact has asked for
        self._ahead: dict[str, Any] = {}  # what was prepared and nobody has asked for yet
        self._needs: dict[str, list[str]] = {}  # of what was prepared: the facts that it asked for
        self._asking: list[str] | None = None  # the list of the fact that is being prepared
        self.timings: dict[str, float] = {}

    def known(self, name: str) -> Any:
        """Return a fact that somebody has asked for already, or None; nothing is computed.

        What was prepared but not asked for counts as unknown, so that the answer is the same for a photo alone.
        """
        return self.__dict__.get(name)

    def in_order(self) -> tuple[str, ...]:
        """Return the names of the facts computed so far, each after those it needs."""
        return tuple(self._computed)

    def prepare(self, name: str) -> None:
        """Compute a fact ahead of the rules; what cannot be seen is remembered, for whoever asks."""
        self._asking = []
        with contextlib.suppress(Exception):
            getattr(self, name)
        self._asking = None

    def _hand_out(self, name: str) -> None:
        """Make what was prepared known, and what it was made of: somebody has asked for it."""
        if name in self._ahead:
            self.__dict__[name] = self._ahead.pop(name)
        for need in self._needs.pop(name, ()):
            self._hand_out(need)

    def timed(self, name: str, compute: Callable[[Any], T], given: Any) -> T:
        """Return ``compute(given)`` and book its own time, without that of the facts it asks for, under `name`."""
        outer, self._inner = self._inner, 0.0
        start = perf_counter()
        try:
            return compute(given)
        finally:
            whole = perf_counter() - start
            self.timings[name] = self.timings.get(name, 0.0) + whole - self._inner
            self._inner = outer + whole


def _apart(error: Exception) -> Exception:
    """Return an exception without its trace, which would hold the portrait's pictures as long as it is remembered."""
    try:
        apart = copy.copy(error)
    except Exception:  # somebody's exception that cannot be made of its arguments
        return error
    # A copy has none of these, but where tblib is loaded, as by Dask.
    apart.__traceback__ = apart.__context__ = apart.__cause__ = None
    return apart


class fact(Generic[T]):  # noqa: N801 - reads like property
    """Decorate a method of a `Facts` object to make it a lazy, cached, timed attribute.

    An exception is remembered too and raised again: what cannot be seen is not looked for twice.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> fact[T]: ...
    @overload
    def __get__(self, instance: Facts, owner: type) -> T: ...
    def __get__(self, instance: Facts | None, owner: type) -> T | fact[T]:
        if instance is None:
            return self
        name, asking = self.name, instance._asking
        if asking is None:
            instance._hand_out(name)
            if name in instance.__dict__:
                return instance.__dict__[name]  # type: ignore[no-any-return]
        else:
            asking.append(name)
            if name in instance._ahead:
                return instance._ahead[name]  # type: ignore[no-any-return]
            instance._asking = instance._needs.setdefault(name, [])
        try:
            if name in instance._failures:
                raise _apart(instance._failures[name])
            outcome = instance.timed(name, self.compute, instance)
        except Exception as error:
            instance._failures.setdefault(name, _apart(error))
            raise
        finally:
            instance._asking = asking
        # Python looks into the first by itself, and will not ask here again.
        (instance.__dict__ if asking is None else instance._ahead)[name] = outcome
        instance._computed.append(name)
        return outcome
