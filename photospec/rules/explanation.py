"""What a rule is for, how it measures, and whose its limits are, in both languages."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import inspect
import tomllib
from typing import Any

from photospec.rules._base import Rule
from photospec.text import Text

__all__ = ["explain"]

HEADINGS = {"why": "为什么", "how": "怎样检查", "limits": "限值"}


def explain(rule: Rule) -> Text:
    """Explain a rule.

    Parameters
    ----------
    rule : Rule
        The rule, with the limits that the Chinese explanation is to name.

    Returns
    -------
    Text
        In English the docstring of its class; in Chinese why it matters, how it measures and what its limits are, one
        paragraph each. A rule that has no Chinese explanation has the English one in both.

    Examples
    --------
    >>> from photospec import catalogue, explain
    >>> print(explain(catalogue()["eye-line"]).zh.splitlines()[-1])
    限值：标准规定：200 至 300 px。
    """
    english = inspect.cleandoc(type(rule).__doc__ or "")
    paragraphs = _chinese().get(rule.name)
    if paragraphs is None:
        return Text(english, english)
    values = {field.name: _shown(getattr(rule, field.name)) for field in dataclasses.fields(rule)}
    values |= {"unit": rule.unit, "clause": rule.clause}
    return Text(
        "\n".join(f"{HEADINGS[part]}：{words.format_map(values)}" for part, words in paragraphs.items()), english
    )


@functools.cache
def _chinese() -> dict[str, dict[str, str]]:
    """Return the paragraphs of each rule's Chinese explanation, with fields to fill, by the rule's name."""
    file = importlib.resources.files("photospec.rules").joinpath("explanations.zh.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _shown(value: Any) -> str:
    if value is None:
        return "不限"
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
