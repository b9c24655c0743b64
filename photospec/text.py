"""Words for people, in the two languages that photospec speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Language", "Languages", "Text", "safe"]

Language = Literal["zh", "en"]
Languages = Literal["zh", "en", "both"]


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

    def __reduce__(self) -> tuple[type[Text], tuple[str, str]]:
        return Text, (self.zh, self.en)

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en

    def to_json(self, language: Languages) -> str | dict[str, str]:
        """Return the sentence in one language, or an object with both."""
        return {"zh": self.zh, "en": self.en} if language == "both" else self.in_(language)

    @classmethod
    def from_json(cls, words: str | Mapping[str, str]) -> Text:
        """Return what `to_json` made a value of; a sentence in one language serves both."""
        return cls(words, words) if isinstance(words, str) else cls(words["zh"], words["en"])

    def format(self, **values: object) -> Text:
        """Fill the named fields of both languages.

        A `Text` among the values is inserted in the language of its sentence.
        """
        return Text(self.zh.format_map(_Spoken(values, "zh")), self.en.format_map(_Spoken(values, "en")))

    def __add__(self, other: Text) -> Text:
        return Text(self.zh + other.zh, self.en + other.en)


class _Spoken:
    """The values that a sentence asks for, in its language."""

    def __init__(self, values: Mapping[str, object], language: Language) -> None:
        self.values = values
        self.language = language

    def __getitem__(self, name: str) -> object:
        value = self.values[name]
        return value.in_(self.language) if isinstance(value, Text) else value


_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def safe(text: str) -> str:
    r"""Escape what could command a terminal or mislead a reader: controls, marks of direction, invisible characters.

    What it returns can stand in XML, a spreadsheet or a terminal, once that format's own signs are escaped.

    Examples
    --------
    >>> print(safe("a\x1b[2Jb\n"))
    a\x1b[2Jb\x0a
    """

    def escaped(found: re.Match[str]) -> str:
        code = ord(found[0])
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"

    return _UNSAFE.sub(escaped, text)
