"""An ordered set of rules with a name and a source."""

from __future__ import annotations

from dataclasses import dataclass

from photospec.rules import BUILT_IN, Rule

__all__ = ["Spec"]


@dataclass(frozen=True)
class Spec:
    """An ordered set of rules.

    Parameters
    ----------
    name : str
        Stable name.
    rules : tuple of Rule
        The rules, each name once.
    """

    name: str
    rules: tuple[Rule, ...]


def everything() -> Spec:
    """Return every built-in rule at its default limits."""
    return Spec("everything", tuple(r() for r in BUILT_IN))
