"""The files in deploy/ name things that exist: options of the command, files, and the bounds they promise."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from photospec.cli import serve  # noqa: F401 - it adds the command
from photospec.cli._app import command_tree

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
IMAGE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
SERVICE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["photospec"]


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "photospec.service", encoding="utf-8")
    return parser


def commands() -> dict[str, list[str]]:
    image = re.search(r"^CMD (\[.*\])$", IMAGE, flags=re.MULTILINE)
    assert image is not None
    return {
        "Dockerfile": json.loads(image[1]),
        "compose.yaml": SERVICE["command"],
        "photospec.service": shlex.split(unit()["Service"]["ExecStart"])[1:],
    }


@pytest.mark.parametrize(
    ("file", "words"), commands().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_commands_can_be_parsed(file: str, words: list[str]) -> None:
    name, *options = words
    assert name == "serve", file
    command_tree("en").commands[name].make_context(name, options, obj="en")


def test_the_container_is_not_root_and_its_files_stay_as_they_are() -> None:
    user = re.search(r"^USER (\d+)", IMAGE, flags=re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICE["ports"])
    assert (DEPLOY / SERVICE["build"]["context"] / SERVICE["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def test_both_wait_for_requests_under_way() -> None:
    from photospec.serve.server import GRACE_SECONDS

    assert int(unit()["Service"]["TimeoutStopSec"]) > GRACE_SECONDS
    assert int(SERVICE["stop_grace_period"].rstrip("s")) > GRACE_SECONDS
