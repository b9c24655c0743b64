"""The exceptions of photospec.

Misuse raises a `PhotospecError`; a bad photo never does. `Unseen` and `Obscured` carry, from a fact to the
rule that asked for it, the news that there is nothing to measure; `Rule.check` turns them into findings.
"""

from __future__ import annotations

from photospec.text import Text

__all__ = ["Obscured", "PhotospecError", "SpecError", "Unseen"]


class PhotospecError(Exception):
    """Base class of the errors that photospec raises for misuse.

    Parameters
    ----------
    message : str or Text
        What is wrong and what was expected; ``str()`` of the error is the English.
    """

    def __init__(self, message: str | Text) -> None:
        super().__init__(message)
        self.text = message if isinstance(message, Text) else Text(message, message)

    def __str__(self) -> str:
        return self.text.en


class SpecError(PhotospecError, ValueError):
    """A specification that cannot be held to: unknown rule, unknown key, impossible limit."""


class Unseen(PhotospecError):  # noqa: N818 - news, not an error
    """What a fact needs is not in this photo, so the fact does not exist.

    Parameters
    ----------
    reason : Text
        What is missing, for people.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


class Obscured(Unseen):
    """What a fact needs is in the photo but hidden or unclear: a person must look."""
