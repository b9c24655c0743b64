"""Who is on a photo by the roster, and what of an identity number people may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from photospec.text import safe

__all__ = ["Person", "Privacy"]

_NUMBER = re.compile(r"(?<![0-9０-９])[0-9０-９]{14,}[0-9０-９XxＸｘ](?![0-9０-９])")
"""Identity numbers of 18 characters, the old ones of 15 digits, and what is as long: a mistyped one is private too."""

SHOWN = 4
"""Characters left at either end: the province and city, and what tells two neighbours in a list apart."""


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a roster.

    Parameters
    ----------
    id_number, student_number, name : str
        What the line states; empty where it has no such column.
    line : int
        Line of the file, the header being 1.
    class_name : str
        The class, empty where the roster has no such column.
    """

    id_number: str
    student_number: str
    name: str
    line: int
    class_name: str = ""

    def __repr__(self) -> str:
        return f"Person(line={self.line})"  # identity numbers and names stay out of logs


class Privacy(StrEnum):
    """What people see of identity numbers, in every output that is made for people.

    ``MASKED`` hides their middle wherever they stand: in columns, file names, messages and pictures. ``SHOWN`` hides
    nothing. What programs read (JSON lines, Parquet, the summary) has the names as they are, or it could not be joined
    with anything.
    """

    MASKED = "masked"
    SHOWN = "shown"

    def text(self, text: str) -> str:
        """Return a text that is safe to show, its identity numbers masked unless they are to be shown.

        Examples
        --------
        >>> Privacy.MASKED.text("2021-王芳-440524188001010014.jpg")
        '2021-王芳-4405**********0014.jpg'
        """
        return safe(text) if self is Privacy.SHOWN else safe(_NUMBER.sub(lambda found: _hidden(found[0]), text))

    def number(self, number: str) -> str:
        """Return what is known to be an identity number, of whatever kind, such as a passport's, safe to show.

        Examples
        --------
        >>> Privacy.MASKED.number("H12345678"), Privacy.SHOWN.number("H12345678")
        ('H1*****78', 'H12345678')
        """
        return safe(number if self is Privacy.SHOWN else _hidden(number))


def _hidden(number: str) -> str:
    ends = min(SHOWN, len(number) // 4)
    return number[:ends] + "*" * (len(number) - 2 * ends) + number[len(number) - ends :]
