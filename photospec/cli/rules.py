"""``photospec rules`` and ``photospec rule``: what can be checked, and how."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

from photospec.cli._app import Help, Lang, OwnRules, Settings, argument, command, option

__all__ = ["rule", "rules"]


class ListFormat(StrEnum):
    """How lists are written."""

    TEXT = "text"
    JSON = "json"


@command("列出全部规则", "List all rules.")
def rules(
    *,
    own_rules: OwnRules = None,
    settings: Settings,
    format_: Annotated[ListFormat, option("--format", zh="text 或 json", en="text or json")] = ListFormat.TEXT,
    language: Lang,
    help_: Help = False,
) -> None:
    """List all rules, a line each."""
    from photospec.report.reference import describe_rules, rule_rows

    own = settings.with_rules(own_rules).own_rules()
    if format_ is ListFormat.JSON:
        print(json.dumps(rule_rows(language, own), ensure_ascii=False, indent=1, default=str))
    else:
        print(describe_rules(language, own))


@command("解释一条规则", "Explain one rule.")
def rule(
    name: Annotated[str, argument("规则名称或代码，如 crown-margin", "Name or code of a rule, such as crown-margin.")],
    *,
    own_rules: OwnRules = None,
    settings: Settings,
    language: Lang,
    help_: Help = False,
) -> None:
    """Say all that is known of a rule."""
    from photospec.report.reference import describe_rule

    own = settings.with_rules(own_rules).own_rules()
    print(describe_rule(name, language, own))
