"""What commands share: how a command and its options are declared in both languages, and the options all have.

Commands are plain functions of typer. A text of the help is written once, Chinese and English beside each other; both
travel through typer as one string, and `command_tree` picks the language that is asked for::

    @command("列出内置标准", "List the built-in specs.")
    def specs(*, names_only: NamesOnly = False, language: Lang, help_: Help = False) -> None:
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, TypeVar

import typer

from photospec import __version__
from photospec.config import Config, load_config, read_config
from photospec.text import Language

__all__ = [
    "Help",
    "IgnoredRules",
    "Lang",
    "OwnRules",
    "SelectedRules",
    "Settings",
    "SpecName",
    "argument",
    "command",
    "command_tree",
    "option",
]

Command = TypeVar("Command", bound=Callable[..., None])

_SEPARATOR = " ␞ "
_TEXTS = ("help", "short_help", "epilog", "rich_help_panel")
_CONTEXT: dict[str, list[str]] = {"help_option_names": []}  # our own --help speaks both languages


def _both(zh: str, en: str) -> str:
    return f"{zh}{_SEPARATOR}{en}"


def command(zh: str, en: str) -> Callable[[Command], Command]:
    """Return a decorator that makes a function a command; its name is the function's.

    Parameters
    ----------
    zh, en : str
        What the command does, for the help.
    """
    return _app.command(help=_both(zh, en), rich_help_panel=_both("命令", "Commands"), context_settings=_CONTEXT)


def option(*names: str, zh: str, en: str, **more: Any) -> Any:
    """Return an option for `typing.Annotated`.

    Parameters
    ----------
    *names : str
        Such as ``--output``, ``-o``.
    zh, en : str
        What it does, for the help.
    **more
        As for `typer.Option`.
    """
    return typer.Option(
        *names, help=_both(zh, en), rich_help_panel=_both("选项", "Options"), show_default=False, **more
    )


def argument(zh: str, en: str, **more: Any) -> Any:
    """Return an argument for `typing.Annotated`; parameters as for `option`."""
    return typer.Argument(help=_both(zh, en), rich_help_panel=_both("参数", "Arguments"), show_default=False, **more)


def command_tree(language: Language) -> Any:
    """Return all commands as click has them, with their help in one language."""
    root = typer.main.get_command(_app)
    for entry in (root, *getattr(root, "commands", {}).values()):
        for described in (entry, *entry.params):
            for name in _TEXTS:
                text = getattr(described, name, None)
                if isinstance(text, str) and _SEPARATOR in text:
                    zh, en = text.split(_SEPARATOR)
                    setattr(described, name, zh if language == "zh" else en)
    return root


# -- the options that all commands have -----------------------------------------------------------------------


def _show_help(context: typer.Context, asked: bool) -> None:
    if asked:
        print(context.get_help())
        raise typer.Exit


def _show_version(asked: bool) -> None:
    if asked:
        print(f"photospec {__version__}")
        raise typer.Exit


def _checked_language(word: str) -> str:
    if word not in ("zh", "en", "auto"):
        raise typer.BadParameter(f"{word!r}: zh, en, auto")
    return word


def _language(context: typer.Context) -> Language:
    spoken: Language = context.obj  # `main` has chosen it, for the parser's own words
    return spoken


def _settings(file: str) -> Config:
    if file == "none":
        return Config()
    return read_config(file) if file else load_config()


Settings: TypeAlias = Annotated[
    Config,
    option(
        "--config",
        zh="配置文件；none 不用配置；默认为此处或上级文件夹的 photospec.toml 或 pyproject.toml",
        en="Settings; none reads none; by default photospec.toml or pyproject.toml here or in a folder above.",
        metavar="FILE|none",
        parser=str,
        callback=_settings,
        default_factory=lambda: "",
    ),
]
"""Gives the command the settings of the school; its own options go before them."""

Help: TypeAlias = Annotated[
    bool,
    option(
        "--help",
        "-h",
        zh="显示此帮助",
        en="Show this help.",
        is_eager=True,
        callback=_show_help,
    ),
]
Lang: TypeAlias = Annotated[
    Language,
    option(
        "--lang",
        zh="语言：zh、en 或 auto（按环境变量 LANG）",
        en="Language: zh, en or auto (from LANG).",
        metavar="zh|en|auto",
        parser=_checked_language,
        callback=_language,
        default_factory=lambda: "auto",
    ),
]
"""Gives the command the language to speak."""

SpecName: TypeAlias = Annotated[
    str | None,
    option(
        "--spec",
        zh="标准的名称或 TOML 文件，默认 cn-diploma-2017",
        en="Name of a spec or a TOML file; default cn-diploma-2017.",
        metavar="NAME|FILE",
    ),
]
OwnRules: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--rules",
        zh="自定义规则的 Python 文件，与标准一并检查；可重复",
        en="A Python file with rules of your own, checked beside the spec's; repeatable.",
        metavar="FILE",
    ),
]
SelectedRules: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--select",
        zh="只检查这些规则：代码、前缀、名称或 ALL，可用逗号分隔、可重复",
        en="Check only these rules: codes, prefixes, names or ALL; separated by commas, repeatable.",
        metavar="RULES",
    ),
]
IgnoredRules: TypeAlias = Annotated[
    list[str] | None,
    option("--ignore", zh="不检查这些规则，写法同 --select", en="Leave these rules out; as --select.", metavar="RULES"),
]

_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, context_settings=_CONTEXT)


@_app.callback(
    invoke_without_command=True,
    help=_both(
        "按证件照标准检查照片，离线给出结论、原因和改法。",
        "Check ID photos against a standard, offline: verdict, reason and remedy.",
    ),
)
def _photospec(
    context: typer.Context,
    version: Annotated[
        bool, option("--version", zh="显示版本", en="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
    *,
    language: Lang,
    help_: Help = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)
