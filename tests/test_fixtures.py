"""The files of tests/fixtures say today what they said when their golden reports were made."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "fixtures"
_spec = importlib.util.spec_from_file_location("fixtures_make", HERE / "make.py")
assert _spec is not None
assert _spec.loader is not None
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)


@pytest.mark.parametrize("name", make.FILES)
def test_the_report_of_a_fixture_is_its_golden_one(name: str) -> None:
    golden = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert make.golden(HERE / name) == golden


def test_every_fixture_is_small_and_made_by_the_script() -> None:
    there = {path.name for path in HERE.iterdir() if path.is_file() and path.suffix not in (".json", ".py")}
    assert there == set(make.FILES)
    assert all((HERE / name).stat().st_size < 50_000 for name in there)
