"""The benchmarks' own arithmetic, and a run of the accuracy benchmark on a small set."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from benchmarks import accuracy, compare, service
from photospec.testing import portrait, save_portrait


def test_equal_error_rate() -> None:
    assert accuracy.equal_error_rate([-3, -2, -1, -0.5], [1, 2, 3, 4]) == 0
    assert accuracy.equal_error_rate([1, 2, 3, 4], [1, 2, 3, 4]) == pytest.approx(50, abs=1)
    assert accuracy.equal_error_rate([1, 2, 3], [4, 5, 6, 7]) is None


def test_wilson_interval_holds_the_share_and_shrinks() -> None:
    few, many = accuracy.Share(1, 10).interval, accuracy.Share(100, 1000).interval
    assert few is not None
    assert many is not None
    assert few[0] < many[0] < 10 < many[1] < few[1]
    assert accuracy.Share(0, 0).interval is None
    assert accuracy.Share(0, 50).interval == (0.0, pytest.approx(7.1, abs=0.1))


def test_accuracy_on_a_small_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = tmp_path / "set"
    photos.mkdir()
    rows = []
    for seed in range(3):
        for defect, expect in (((), "pass"), (("eyes-closed",), "fail")):
            name = f"{seed}-{expect}.jpg"
            save_portrait(photos / name, portrait(seed, defects=defect))
            rows.append(
                {
                    "file": name,
                    "base": f"nobody-{seed}",
                    "defect": "compliant",
                    "group": {"sex": "man" if seed % 2 else "woman"},
                    # the last one is labelled wrongly on purpose, so that there is something to draw
                    "expect": {"pixel-size": "pass" if seed < 2 else "fail", "eyes-open": expect},
                    "truth": {"crown_y": 80.0},
                }
            )
    (photos / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    out = {name: tmp_path / name for name in ("page.md", "rates.json", "gate.json")}
    out["gate.json"].write_text('["pixel-size"]')
    words = [str(photos), "--jobs", "1", "--markdown", str(out["page.md"]), "--json", str(out["rates.json"])]
    code = accuracy.main([*words, "--sheets", str(tmp_path / "sheets"), "--gate", str(out["gate.json"])])
    assert code == 1
    assert "pixel-size" in capsys.readouterr().err
    page = out["page.md"].read_text(encoding="utf-8")
    assert "| FIL003 | pixel-size | 2 | 100.0" in page
    assert "sex: man" in page
    rates = json.loads(out["rates.json"].read_text())["rules"]["pixel-size"]["all"]
    assert (rates["missed"]["count"], rates["false"]["count"], rates["met"]) == (2, 0, False)
    sheet = cv2.imread(str(tmp_path / "sheets" / "FIL003-pixel-size.png"))
    assert sheet.shape == (320, 6 * 240, 3)


def test_changes_are_told_in_ratio_to_the_decode_floor(tmp_path: Path) -> None:
    def run(name: str, floor: float, **times: float) -> dict[str, float]:
        benchmarks = [{"name": n, "stats": {"min": t}} for n, t in {"test_decode_floor": floor, **times}.items()]
        (tmp_path / name).write_text(json.dumps({"benchmarks": benchmarks}))
        return compare.ratios(tmp_path / name)

    before = run("before.json", 0.5, a=1.0, b=1.0, c=0.001)
    twice_as_slow_a_machine = run("after.json", 1.0, a=2.0, b=3.0, c=0.009)
    assert list(compare.changes(before, twice_as_slow_a_machine)) == ["b"]
    (tmp_path / "other.json").write_text('{"benchmarks": []}')
    with pytest.raises(ValueError, match="no benchmark named"):
        compare.ratios(tmp_path / "other.json")


def test_the_service_is_measured_beside_the_library(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ALTERNATIONS", 3)
    assert service.main(["--workers", "1", "--clients", "1", "2", "--seconds", "0.2"]) == 0
    said = capsys.readouterr().out
    assert "one photo, in turns" in said
    assert [line.split("|")[2].strip() for line in said.splitlines() if line.startswith("| 1 |")] == ["1", "2"]
