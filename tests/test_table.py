"""The flat table: one row a finding, every field of the JSON line."""

import dataclasses
import json

import pandas as pd
import pytest

from photospec import Report, check, load_spec
from photospec.report.table import columns, finding_rows
from photospec.testing import encode, portrait
from photospec.text import Languages


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    spec = load_spec("cn-diploma-2017").select("ALL")
    return [check(encode(portrait(2, defects=["crown-too-high"]).pixels), spec), check("gone.jpg", spec)]


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_rows_have_the_columns_in_order_and_of_their_types(reports: list[Report], language: Languages) -> None:
    named = columns(language)
    for row in finding_rows(reports, language=language):
        assert list(row) == list(named)
        for name, value in row.items():
            kind = (int, float) if named[name] is float else named[name]
            assert value is None or isinstance(value, kind), name


def test_no_field_of_the_line_is_lost(reports: list[Report]) -> None:
    report = reports[0]
    rows = list(finding_rows([report], language="both"))
    assert len(rows) == len(report.findings)
    for finding, row in zip(report.to_json("both")["findings"], rows, strict=True):
        for name, value in finding.items():
            if name == "value":
                assert value == (row["value"] if row["value_text"] is None else row["value_text"])
            elif name == "limits":
                assert (value or [None, None]) == [row["low"], row["high"]]
            elif name == "where":
                assert json.loads(str(row["where"])) == value
            elif isinstance(value, dict):
                assert value == {tongue: row[f"{name}_{tongue}"] for tongue in ("zh", "en")}
            else:
                assert value == row[name]


def test_a_photo_without_findings_has_a_row(reports: list[Report]) -> None:
    passed = check(encode(portrait(2).pixels), load_spec("cn-diploma-2017").select(["FIL003"]))
    lost = dataclasses.replace(reports[1], findings=())
    rows = list(finding_rows([lost, passed], compact=True))
    assert [(row["photo_verdict"], row["rule"]) for row in rows] == [("error", None), ("pass", None)]


def test_pandas_counts_what_is_to_be_done(reports: list[Report]) -> None:
    table = pd.DataFrame(finding_rows(reports), columns=list(columns()))
    failed = table[table.verdict == "fail"]
    assert "crown-margin" in set(failed.rule)
    assert table.groupby("path").photo_verdict.first()["gone.jpg"] == "error"
    assert table.value.dtype == table.margin.dtype == "float64"
