"""Check photos as pytest items: ``pytest --photospec photos/``.

Nothing happens without ``--photospec``. Each photo is one test; a photo that fails shows its findings with reason and
remedy, not a traceback. The fixtures `photospec_check` and `assert_photo` serve a school's own tests and need no flag.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from photospec.config import load_config

if TYPE_CHECKING:
    from photospec.batch._check import PhotoSource
    from photospec.report import Report
    from photospec.spec import Spec
    from photospec.text import Language

__all__ = ["PhotoFile", "PhotoItem", "PhotoRejected"]

SETTINGS = {
    "spec": "name of a built-in spec, or a TOML file (default: cn-diploma-2017)",
    "select": "codes, prefixes or names of the rules to check, separated by commas; ALL for every rule",
    "ignore": "codes, prefixes or names of rules to leave out, separated by commas",
    "rules": "Python files with rules of your own, separated by commas",
    "lang": "language of the findings: zh or en (default: zh)",
    "review": "what a photo is that a person must look at: fail, skip or pass (default: fail)",
}
ALLOWED = {"lang": ("zh", "en"), "review": ("fail", "skip", "pass")}
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; each has an ini value of the same name, ``photospec_spec`` and so on.

    What neither says, ``photospec.toml`` or ``[tool.photospec]`` says, from pytest's root folder upwards.
    """
    group = parser.getgroup("photospec", "photo checks")
    group.addoption("--photospec", action="store_true", help="collect photos and check them")
    for name, words in SETTINGS.items():
        group.addoption(
            f"--photospec-{name}", default=None, choices=ALLOWED.get(name), metavar=name.upper(), help=words
        )
        parser.addini(f"photospec_{name}", words, default="")


def setting(config: pytest.Config, name: str) -> str:
    """Return the value of an option, else of the ini file, else nothing."""
    value = config.getoption(f"photospec_{name}") or config.getini(f"photospec_{name}")
    if value and name in ALLOWED and value not in ALLOWED[name]:
        raise pytest.UsageError(f"photospec_{name} must be one of {', '.join(ALLOWED[name])}, got {value!r}")
    return cast(str, value)


def configured_spec(config: pytest.Config) -> Spec:
    """Return the spec of this run."""
    from photospec.errors import PhotospecError

    try:
        settings = load_config(config.rootpath)
        changes = {name: tuple(_listed(config, name)) for name in ("select", "ignore")}
        own = (str(config.rootpath / file) for file in _listed(config, "rules"))
        return settings.with_rules(own).replace(spec=setting(config, "spec"), **changes).load_spec()
    except PhotospecError as error:
        raise pytest.UsageError(str(error)) from error


def _listed(config: pytest.Config, name: str) -> list[str]:
    return [part.strip() for part in setting(config, name).split(",") if part.strip()]


def language(config: pytest.Config) -> Language:
    """Return the language of the findings."""
    return cast("Language", setting(config, "lang") or load_config(config.rootpath).language or "zh")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong spec before anything runs."""
    if config.getoption("photospec"):
        configured_spec(config)
        setting(config, "lang")
        setting(config, "review")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PhotoFile | None:
    """Collect a photo, when asked to."""
    if parent.config.getoption("photospec") and file_path.suffix.lower() in SUFFIXES:
        return PhotoFile.from_parent(parent, path=file_path)
    return None


class PhotoRejected(Exception):  # noqa: N818 - not an error of the program
    """A photo did not pass; carries the report."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.path)
        self.report = report


class PhotoFile(pytest.File):
    """A photo as a test file."""

    def collect(self) -> Iterator[PhotoItem]:
        """Yield the one item of the photo."""
        yield PhotoItem.from_parent(self, name="photospec")


class PhotoItem(pytest.Item):
    """One photo checked against the configured spec."""

    def runtest(self) -> None:
        """Check the photo."""
        from photospec.batch._check import check

        report = check(self.path, _spec_once(self.config))
        self.user_properties.append(("photospec_verdict", str(report.verdict)))
        for finding in report.failures:
            self.user_properties.append((f"photospec_{finding.code}", str(finding.verdict)))
        if report.ok:
            return
        if report.verdict == "review":
            treatment = setting(self.config, "review") or "fail"
            if treatment == "pass":
                return
            if treatment == "skip":
                pytest.skip("a person must look: " + ", ".join(f.rule for f in report.failures))
        raise PhotoRejected(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:  # noqa: ARG002
        """Say what is wrong with the photo, in people's words."""
        if not isinstance(excinfo.value, PhotoRejected):
            return str(super().repr_failure(excinfo))
        from photospec.report.text import describe

        return describe(excinfo.value.report, language(self.config))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the place and the heading of the item."""
        return self.path, None, f"photospec: {self.path.name}"


@functools.lru_cache(maxsize=1)
def _spec_once(config: pytest.Config) -> Spec:
    return configured_spec(config)


@pytest.fixture(scope="session")
def photospec_check(pytestconfig: pytest.Config) -> Callable[[PhotoSource], Report]:
    """Return ``check`` with the spec that the options or the ini file name."""
    from photospec.batch._check import check

    return functools.partial(check, spec=configured_spec(pytestconfig))


@pytest.fixture(scope="session")
def assert_photo(pytestconfig: pytest.Config) -> Callable[[PhotoSource], Report]:
    """Return an assertion that a photo passes; it fails with the findings in words and returns the report."""
    from photospec.testing import assert_photo

    return functools.partial(assert_photo, spec=configured_spec(pytestconfig), language=language(pytestconfig))
