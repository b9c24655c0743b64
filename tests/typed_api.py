"""The types of the public API, as a program that uses it sees them: mypy checks this file, nothing runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from photospec import (
    BatchRun,
    Finding,
    Photo,
    Report,
    Rule,
    Source,
    Spec,
    Summary,
    Verdict,
    catalogue,
    check,
    check_many,
    find_sources,
    load_spec,
    waive,
)


def uses(path: Path, pixels: NDArray[np.uint8], rule: Rule) -> None:
    """Use what a school's program uses."""
    assert_type(check(path), Report)
    assert_type(check(pixels, "cn-gaokao"), Report)
    assert_type(check_many([path, "a.jpg", b"..."], jobs=2), Iterator[Report])
    assert_type(check(path)["crown-margin"], Finding)
    assert_type(check(path).verdict, Verdict)
    assert_type(Photo.read(path).pixels, NDArray[np.uint8])
    assert_type(load_spec("cn-diploma-2017").replace("crown-margin", low=40) - "shoulders", Spec)
    assert_type(load_spec() | rule, Spec)
    assert_type(waive(load_spec(), "file-size", reason="upload"), Spec)
    assert_type(waive(rule, reason="upload"), Rule)
    assert_type(catalogue(), dict[str, Rule])
    sources = find_sources([path])
    assert_type(sources, Iterator[Source])
    with BatchRun("cn-diploma-2017", results="run.jsonl") as run:
        assert_type(run.check(sources), Iterator[Report])
    assert_type(run.summary(), Summary)
