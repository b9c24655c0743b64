"""``photospec rules`` and ``photospec rule``: what can be checked, and how."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

from photospec.cli._app import Help, Lang, argument, command, option

__all__ = ["rule", "rules"]


class ListFormat(StrEnum):
    """How lists are written."""

    TEXT = "text"
    JSON = "json"


@command("列出全部规则", "List all rules.")
def rules(
    *,
    format_: Annotated[ListFormat, option("--format", zh="text 或 json", en="text or json")] = ListFormat.TEXT,
    language: Lang,
    help_: Help,
) -> None:
    """List all rules, a line each."""
    from photospec.report.reference import describe_rules, rule_rows

    if format_ is ListFormat.JSON:
        print(json.dumps(rule_rows(language), ensure_ascii=False, indent=1, default=str))
    else:
        print(describe_rules(language))


@command("解释一条规则", "Explain one rule.")
def rule(
    name: Annotated[str, argument("规则名称或代码，如 crown-margin", "Name or code of a rule, such as crown-margin.")],
    *,
    language: Lang,
    help_: Help,
) -> None:
    """Say all that is known of a rule."""
    from photospec.report.reference import describe_rule

    print(describe_rule(name, language))
