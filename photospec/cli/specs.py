"""``photospec specs`` and ``photospec spec``: which requirements there are together."""

from __future__ import annotations

from typing import Annotated

from photospec.cli._app import Help, Lang, argument, command

__all__ = ["spec", "specs"]


@command("列出内置标准", "List the built-in specs.")
def specs(*, language: Lang, help_: Help = False) -> None:
    """List the built-in specs, a line each."""
    from photospec.specs import load_spec, spec_names

    loaded = [load_spec(name) for name in spec_names()]
    width = max(len(s.name) for s in loaded)
    for s in loaded:
        print(f"{s.name:{width}}  {len(s):2}  {s.title.in_(language)}")


@command("列出一个标准的规则、限值和来源", "List the rules, limits and sources of one spec.")
def spec(
    name: Annotated[str, argument("标准的名称或 TOML 文件", "Name of a spec or a TOML file.")],
    *,
    language: Lang,
    help_: Help = False,
) -> None:
    """List the rules of one spec with their limits and where they come from."""
    from photospec.report.reference import describe_spec
    from photospec.specs import load_spec

    print(describe_spec(load_spec(name), language))
