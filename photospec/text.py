"""Words for people, in the two languages that photospec speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Language", "Text"]

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in Chinese and in English.

    Parameters
    ----------
    zh, en : str
        The sentence in each language; both may hold ``{named}`` fields for `format`.
    """

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en

    def format(self, **values: object) -> Text:
        """Fill the named fields of both languages.

        A `Text` among the values is inserted in the language of its sentence.
        """

        def fill(language: Language) -> str:
            named = {k: v.in_(language) if isinstance(v, Text) else v for k, v in values.items()}
            return self.in_(language).format(**named)

        return Text(fill("zh"), fill("en"))

    def __add__(self, other: Text) -> Text:
        return Text(self.zh + other.zh, self.en + other.en)
