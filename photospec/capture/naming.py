"""What a crop is called: by the roster, by what was scanned, or by its frame."""

from __future__ import annotations

import re
from dataclasses import dataclass

from photospec.batch.roster import Roster
from photospec.errors import PhotospecError
from photospec.person import Person
from photospec.text import Text

__all__ = ["Naming"]

FIELDS = ("id_number", "student_number", "name", "class_name", "line", "label")
"""What a pattern may hold in braces; `label` is what was scanned, or the frame's own name."""

LONGEST = 120
"""Most characters of a name, its ending left out."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How crops are named.

    Parameters
    ----------
    pattern : str
        Such as ``{student_number}-{name}``, without the ending.

    Raises
    ------
    PhotospecError
        The pattern names a field that there is not.

    Examples
    --------
    >>> Naming("{class_name}_{student_number}").stem(Person("", "2021/7", "", 2, "A"), "DSC1")
    'A_2021_7'
    """

    pattern: str

    def __post_init__(self) -> None:
        try:
            self.pattern.format_map(dict.fromkeys(FIELDS, ""))
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            fields = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise PhotospecError(
                Text(
                    f"命名 {self.pattern!r} 有误；可用：{fields}",
                    f"the pattern {self.pattern!r} cannot be used; fields: {fields}",
                )
            ) from None

    @classmethod
    def usual(cls, roster: Roster | None) -> Naming:
        """Return the naming where none is asked for: the roster's key, or the frame's name."""
        return cls("{label}" if roster is None else f"{{{roster.key}}}")

    def stem(self, person: Person | None, label: str) -> str:
        """Return a crop's name without its ending, fit for every file system; `label` where the pattern gives none."""
        values: dict[str, object] = {name: getattr(person, name, "") for name in FIELDS} | {"label": label}
        return _fit(self.pattern.format_map(values)) or _fit(label) or "photo"


def _fit(name: str) -> str:
    return re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name).strip(". ")[:LONGEST]
