"""What a request may ask for, in words of its query string; anything else is refused rather than ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.requests import Request

from photospec.serve.refusal import Refusal
from photospec.spec import nearest
from photospec.text import Languages, Text

__all__ = ["CHECK", "LANGUAGE", "Choice", "chosen", "read_query"]

LONGEST = 2000

_RULES = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 200},
    "maxItems": 50,
}
LANGUAGE: Mapping[str, tuple[Mapping[str, Any], str]] = MappingProxyType(
    {
        "language": (
            {"type": "string", "enum": ["zh", "en", "both"], "default": "zh"},
            "Language of the words; with `both` each is an object `{zh, en}`.",
        ),
    }
)
"""Name, JSON Schema and description of the parameters of the lists."""

CHECK: Mapping[str, tuple[Mapping[str, Any], str]] = MappingProxyType(
    {
        "spec": ({"type": "string"}, "Name of a spec, see `/v1/specs`."),
        "select": (_RULES, "Check only these rules: codes, prefixes, names or ALL; separated by commas, repeatable."),
        "ignore": (_RULES, "Leave these rules out; as `select`."),
        **LANGUAGE,
        "compact": ({"type": "boolean", "default": False}, "Leave out the findings that pass."),
    }
)
"""The same of the checks."""


@dataclass(frozen=True)
class Choice:
    """What a request asks for."""

    spec: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    language: Languages = "zh"
    compact: bool = False


def read_query(request: Request, known: Mapping[str, tuple[Mapping[str, Any], str]] = CHECK) -> Choice:
    """Return what the query string of a request asks for.

    Parameters
    ----------
    request : Request
        The request.
    known : mapping
        The parameters that it may have: `CHECK` or `LANGUAGE`.

    Raises
    ------
    Refusal
        An unknown parameter, one given twice that can only be given once, or a value that is none of those allowed.
    """
    asked: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        chosen(name, known, Text("参数", "parameter"))
        kind = known[name][0]["type"]
        if len(value) > LONGEST:
            raise _bad(Text(f"参数 {name} 过长", f"parameter {name!r} is too long"))
        if kind == "array":
            asked[name] = (*asked.get(name, ()), value)
        elif name in asked:
            raise _bad(Text(f"参数 {name} 只能给出一次", f"parameter {name!r} is given twice"))
        elif kind == "boolean":
            asked[name] = chosen(value, ("true", "false"), Text("值", "value")) == "true"
        else:
            asked[name] = chosen(value, known[name][0].get("enum", (value,)), Text("值", "value"))
    return Choice(**asked)


def chosen(value: str, known: Iterable[str], what: Text) -> str:
    """Return a value that is one of those known.

    Raises
    ------
    Refusal
        It is not; the reason names the nearest.
    """
    if value not in known:
        hint = nearest(value[:100], known)
        raise _bad(Text(f"没有{what.zh} {value[:100]!r}{hint.zh}", f"no {what.en} {value[:100]!r}{hint.en}"))
    return value


def _bad(message: Text) -> Refusal:
    return Refusal(422, "bad-parameter", message)
