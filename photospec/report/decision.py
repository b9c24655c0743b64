"""What a person decided of a photo that the machine held, refused or let pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["RULINGS", "Decision", "DecisionError", "Ruling"]


class Ruling(StrEnum):
    """What a person says of a photo. ``WITHDRAW`` takes back an earlier ruling: the machine's verdict stands again."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


RULINGS = {
    Ruling.ACCEPT: Text("人工接受", "accepted by"),
    Ruling.REFUSE: Text("人工退回", "refused by"),
    Ruling.WITHDRAW: Text("撤回决定", "decision withdrawn by"),
}

_SHA256 = re.compile("[0-9a-f]{64}")
_LONGEST = 1000


class DecisionError(PhotospecError, ValueError):
    """A decision that says too little or too much."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's ruling on one photo, as checked against one spec.

    Parameters
    ----------
    photo : str
        SHA-256 of the file's bytes: another file of the same name is another photo.
    spec : str
        `Spec.digest`: with other rules, limits or another version of photospec the question is another one.
    ruling : Ruling
        What was decided.
    reason : str
        Why, in the person's words; at most 1000 characters.
    who : str
        Who decided.
    when : datetime
        When, with its offset from UTC.
    rules : tuple of str
        Codes of the rules that did not pass when it was decided. An acceptance covers these and no others.
    name : str
        Name of the photo for those who read the file, safe to show, its identity number masked; it decides nothing.

    Raises
    ------
    DecisionError
        `photo` or `spec` is no hash, `who` or the reason of a refusal is empty, a text is too long, or `when` has no
        offset.
    """

    photo: str
    spec: str
    ruling: Ruling
    reason: str
    who: str
    when: datetime
    rules: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        for key in ("photo", "spec"):
            if not _SHA256.fullmatch(getattr(self, key)):
                got = repr(getattr(self, key))
                raise DecisionError(
                    Text(
                        f"{key} 应为 64 位十六进制的 SHA-256，得到 {got}",
                        f"{key} must be a SHA-256 in 64 digits, got {got}",
                    )
                )
        if not self.who.strip():
            raise DecisionError(Text("缺少作出决定的人（who）", "who must name the person who decides"))
        if self.ruling is Ruling.REFUSE and not self.reason.strip():
            raise DecisionError(Text("退回须写明原因（reason）", "reason must say why the photo is refused"))
        for key in ("reason", "who"):
            if len(getattr(self, key)) > _LONGEST:
                raise DecisionError(
                    Text(f"{key} 最多 {_LONGEST} 个字", f"{key} must have at most {_LONGEST} characters")
                )
        if self.when.utcoffset() is None:
            got = self.when.isoformat()
            raise DecisionError(Text(f"when 应带时区，得到 {got}", f"when must have an offset from UTC, got {got}"))

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON-ready values, as a line of the file of decisions holds them."""
        return {
            "photo": self.photo,
            "spec": self.spec,
            "ruling": str(self.ruling),
            "reason": self.reason,
            "who": self.who,
            "when": self.when.isoformat(timespec="milliseconds"),
            "rules": list(self.rules),
            "name": self.name,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Decision:
        """Return the decision of a JSON object as `to_json` makes it.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is no such object.
        """
        known = set(cls.__dataclass_fields__)
        if unknown := set(values) - known:
            raise ValueError(f"unknown key {min(unknown)!r}; known: {', '.join(sorted(known))}")
        texts = {key: values[key] for key in ("photo", "spec", "reason", "who", "name")}
        if not all(isinstance(value, str) for value in texts.values()):
            raise TypeError("photo, spec, reason, who and name must be text")
        rules = values["rules"]
        if not isinstance(rules, list) or not all(isinstance(code, str) for code in rules):
            raise TypeError("rules must be a list of codes")
        return cls(
            **texts, ruling=Ruling(values["ruling"]), when=datetime.fromisoformat(values["when"]), rules=tuple(rules)
        )
