"""The command line: one module a command; how it starts, what it says of errors, and its exit codes.

A command is a function in a module of its own, named in `COMMANDS`; `photospec.cli._app` has what commands share. What
takes time to import (OpenCV, dlib, the rules) is imported by the command's function when it runs.
"""

from __future__ import annotations

import importlib
import itertools
import locale
import os
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from photospec.errors import PhotospecError
from photospec.text import Language, Text, safe

__all__ = ["COMMANDS", "language_of", "main"]

COMMANDS = (
    "check",
    "ui",
    "report",
    "decide",
    "rules",
    "specs",
    "crop",
    "watch",
    "demo",
    "serve",
)
"""The modules that add commands, in the order of the help."""

UNDONE = 2
"""Exit code where the job could not be done."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 the job could not be done."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = language_of(words, os.environ, settled=_settled_language(words))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(_run(words, language))


def language_of(
    arguments: Sequence[str], environment: Mapping[str, str], *, settled: Language | None = None
) -> Language:
    """Return the language to speak: that of ``--lang``, else of the settings, else of the environment or the system.

    Parameters
    ----------
    arguments : sequence of str
        The command line; its ``--lang`` is needed before it can be parsed, for the words of the parser.
    environment : mapping
        The environment variables, of which LC_ALL, LC_MESSAGES and LANG count in this order.
    settled : {"zh", "en"}, optional
        What the settings say.
    """
    asked = _value_of("--lang", arguments)
    if asked == "zh" or (not asked and settled == "zh"):
        return "zh"
    if asked == "en" or (not asked and settled == "en"):
        return "en"
    system = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(k))), None)
    if system is None:
        system = locale.getlocale()[0] or ""
    return "zh" if system.lower().startswith(("zh", "chinese")) else "en"


def _value_of(option: str, arguments: Sequence[str]) -> str:
    """Return the last value of an option, before anything is parsed."""
    value = ""
    for this, after in itertools.pairwise([*arguments, ""]):
        if this == option:
            value = after
        elif this.startswith(f"{option}="):
            value = this.removeprefix(f"{option}=")
    return value


def _settled_language(arguments: Sequence[str]) -> Language | None:
    """Return the language of the settings; what is wrong with them is for the command to say."""
    from photospec.config import load_config, read_config

    file = _value_of("--config", arguments)
    try:
        return None if file == "none" else (read_config(file) if file else load_config()).language
    except PhotospecError:
        return None


def _run(words: list[str], language: Language) -> int:
    """Run one command and return its exit code; whatever goes wrong is said in a line."""
    import typer

    from photospec.cli._app import command_tree

    for module in COMMANDS:
        importlib.import_module(f"photospec.cli.{module}")

    def complain(message: Text) -> int:
        lines = (safe(line) for line in message.in_(language).splitlines())
        print("photospec: " + "\n".join(lines), file=sys.stderr)
        return UNDONE

    def show(message: Warning | str, *_: object, **__: object) -> None:
        complain(Text(str(message), str(message)))

    # typer carries its own copy of click in new versions: take the class from where it is
    parser_error: Any = typer.BadParameter.__mro__[2]
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = show
        try:
            code = int(command_tree(language)(words, prog_name="photospec", obj=language, standalone_mode=False) or 0)
            sys.stdout.flush()
            if code == INTERRUPTED:  # typer takes Ctrl-C itself
                complain(Text("已中断", "interrupted"))
            return code
        except PhotospecError as error:
            return complain(error.text)
        except (KeyboardInterrupt, typer.Abort):
            complain(Text("已中断", "interrupted"))
            return INTERRUPTED
        except BrokenPipeError:
            # the reader, such as `head`, has seen enough; keep Python from complaining of it at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return UNDONE
        except parser_error as error:
            return complain(_usage(error))
        except OSError as error:
            why = f"{error.strerror or type(error).__name__}" + (f": {error.filename}" if error.filename else "")
            return complain(Text(f"系统错误：{why}", f"system error: {why}"))
        except Exception as error:
            if os.environ.get("PHOTOSPEC_DEBUG"):
                raise
            what = f"{type(error).__name__}: {error}"
            return complain(
                Text(
                    f"程序内部错误：{what}（设 PHOTOSPEC_DEBUG=1 可查看详情）",
                    f"internal error: {what} (PHOTOSPEC_DEBUG=1 shows more)",
                )
            )


def _usage(error: Any) -> Text:
    """Return a parser's complaint in both languages."""
    said = error.format_message()
    kind = type(error).__name__
    hint = "\n" + "photospec --help"
    if kind in ("NoSuchOption", "NoSuchCommand"):
        name = getattr(error, "option_name", None) or getattr(error, "command_name", "")
        near = ", ".join(error.possibilities or ())
        zh = f"没有选项或命令 {name}" + (f"（是否想写 {near}？）" if near else "")
    elif kind == "MissingParameter":
        zh = f"缺少参数：{getattr(error.param, 'human_readable_name', '') or error.param_hint or ''}"
    elif kind == "NoArgsIsHelpError":
        return Text(said, said)
    else:
        zh = f"用法错误：{_in_chinese(said)}"
    return Text(zh + hint, said + hint)


_CHINESE = (
    (r"Invalid value for (.+?): (.+)", r"选项 \1 的值无效：\2"),
    (r"(.+) is not in the range (.+)\.", r"\1 不在范围 \2 内"),
    (r"(.+) is not a valid (?:integer|float)(?: range)?\.", r"\1 不是数字"),
    (r"(.+) is not one of (.+)\.", r"\1 不在 \2 之中"),
    (r"Input should be greater than or equal to (.+)", r"应不小于 \1"),
    (r"Input should be less than or equal to (.+)", r"应不大于 \1"),
    (r"Input should be a valid (?:integer|number).*", "应为数字"),
    (r"Input should be (.+)", r"应为 \1"),
    (r"Value error, (.+)", r"\1"),
    (r"(.+) is not a valid (\w+)\.", r"\1 无效"),
    (r"Option (.+) requires an argument\.", r"选项 \1 后面要有值"),
    (r"Option (.+) does not take a value\.", r"选项 \1 不带值"),
    (r"Got unexpected extra arguments? \((.+)\)", r"多余的参数：\1"),
)
"""What the parser says, one pattern within another, and how it is said in Chinese."""


def _in_chinese(said: str) -> str:
    """Return what the parser says in Chinese, as far as its words are known."""
    for pattern, words in _CHINESE:
        found = re.fullmatch(pattern, said)
        if found is not None:
            chinese = found.expand(words)
            last = found[found.re.groups] if found.re.groups else ""
            return chinese.replace(last, _in_chinese(last), 1) if last else chinese
    return said
