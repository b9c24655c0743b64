"""The list of doubtful labels can be read, and speaks of labels that the sets really have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.doubtful import doubtful, read_doubts

SETS = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.mark.skipif(not (SETS / "real").is_dir(), reason="the evaluation sets are not here")
def test_each_doubt_is_about_a_label_of_the_sets() -> None:
    labels = {}
    for name in ("eval", "real"):
        for line in (SETS / name / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            labels[f"{name}/{row['file']}"] = {**row["expect"], **row.get("seen", {})}
    doubts = read_doubts()
    assert len(doubtful()) == len(doubts)
    for doubt in doubts:
        assert labels[doubt.file].get(doubt.question) == doubt.label, doubt


def test_a_line_that_says_too_little_is_named(tmp_path: Path) -> None:
    path = tmp_path / "doubtful.csv"
    path.write_text("file,question,label,what_you_see\nreal/photos/x.jpg,light,d,too dark? no\n", encoding="utf-8")
    assert doubtful(path) == {("real/photos/x.jpg", "light")}
    path.write_text("file,question,label,what_you_see\nreal/photos/x.jpg,light,d\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_doubts(path)
