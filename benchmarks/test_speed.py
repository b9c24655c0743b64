"""Timings for pytest-benchmark: the decode floor, the header, each fact, each rule, whole specs.

    python -m pytest benchmarks --benchmark-only --benchmark-json run.json

A timing never fails a test; `python -m benchmarks.compare` reports what changed against an earlier run.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from photospec import Photo, Portrait, Rule, catalogue, check, load_spec, spec_names
from photospec.errors import Unseen
from photospec.portrait._fact import fact
from photospec.testing import encode, portrait

FACTS = sorted(name for name, value in vars(Portrait).items() if isinstance(value, fact))


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of one good photo."""
    cv2.setNumThreads(1)
    path = tmp_path_factory.mktemp("speed") / "photo.jpg"
    path.write_bytes(encode(portrait(seed=1).pixels))
    return path


def ready(path: Path, *names: str) -> Portrait:
    """Return a portrait that has computed some facts."""
    made = Portrait(Photo.read(path))
    for name in names:
        with contextlib.suppress(Unseen):
            getattr(made, name)
    return made


def test_decode_floor(benchmark: Any, photo: Path) -> None:
    data = np.frombuffer(photo.read_bytes(), np.uint8)
    benchmark(cv2.imdecode, data, cv2.IMREAD_COLOR)


def test_header(benchmark: Any, photo: Path) -> None:
    benchmark(lambda: Photo.read(photo).jpeg_quality)


def test_pixels(benchmark: Any, photo: Path) -> None:
    benchmark(lambda: Photo.read(photo).pixels)


@pytest.mark.parametrize("name", FACTS)
def test_fact(benchmark: Any, photo: Path, name: str) -> None:
    whole = ready(photo, *FACTS)

    def forget() -> tuple[tuple[Portrait], dict[str, Any]]:
        vars(whole).pop(name, None)
        whole._failures.pop(name, None)
        return (whole,), {}

    def look(made: Portrait) -> None:
        with contextlib.suppress(Unseen):
            getattr(made, name)

    benchmark.pedantic(look, setup=forget, rounds=20)


@pytest.mark.parametrize("rule", sorted(catalogue().values(), key=lambda r: r.code), ids=lambda r: r.code)
def test_rule(benchmark: Any, photo: Path, rule: Rule) -> None:
    benchmark.pedantic(rule.check, (ready(photo, *FACTS),), rounds=20, warmup_rounds=1)


@pytest.mark.parametrize("name", [*spec_names(), "ALL"])
def test_spec(benchmark: Any, photo: Path, name: str) -> None:
    spec = load_spec("cn-diploma-2017").select("ALL") if name == "ALL" else load_spec(name)
    benchmark.pedantic(check, (photo, spec), rounds=20, warmup_rounds=2)
