"""The benchmarks' own arithmetic, and a run of the accuracy benchmark on a small set."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from benchmarks import accuracy, compare, service
from benchmarks.standing import MEASURED, Rates, Standing, Tally, disagreements, read_measured, standing
from photospec import catalogue, check_many, load_spec
from photospec.testing import portrait, save_portrait


def write_set(folder: Path) -> None:
    folder.mkdir()
    rows = []
    for seed in range(3):
        for defect, expect in (((), "pass"), (("eyes-closed",), "fail")):
            name = f"photos/{seed}-{expect}.jpg"
            (folder / "photos").mkdir(exist_ok=True)
            save_portrait(folder / name, portrait(seed, defects=defect))
            rows.append(
                {
                    "file": name,
                    "base": f"nobody-{seed}",
                    "defect": "compliant",
                    "group": {"sex": "man" if seed % 2 else "woman"},
                    # the last one is labelled wrongly on purpose, so that there is something to draw
                    "expect": {"pixel-size": "pass" if seed < 2 else "fail", "red-eye": "pass"},
                    "truth": {"crown_y": 80.0},
                }
            )
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


def test_accuracy_on_a_small_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(tmp_path / "set")
    out = {name: tmp_path / name for name in ("page.md", "rates.json", "gate.json", "again.md", "run.jsonl")}
    out["gate.json"].write_text('{"met": ["pixel-size"], "awaiting_people": [], "to_mend": []}')
    words = [
        str(tmp_path / "set"),
        "--jobs",
        "1",
        "--json",
        str(out["rates.json"]),
        "--sheets",
        str(tmp_path / "sheets"),
    ]
    assert accuracy.main([*words, "--markdown", str(out["page.md"]), "--gate", str(out["gate.json"])]) == 1
    assert "pixel-size is short" in capsys.readouterr().err
    page = out["page.md"].read_text(encoding="utf-8")
    assert "| FIL003 | pixel-size | 1 | 2 | 100.0" in page
    assert "| FIL003 | pixel-size | stable | exact: reads the file |" in page
    assert "| LGT005 | red-eye | stable | not certified (made: 29 bad and 26 good people missing) |" in page
    assert "| pixel-size | 0/0 · 0/1 | 1/1 · 0/1 |" in page  # men, women
    made = read_measured(out["rates.json"])["pixel-size"]["made"]
    assert (made.bad, made.good.photos) == (Tally(photos=2, wrong=2, held=0, people=1, people_wrong=1), 4)
    sheet = cv2.imread(str(tmp_path / "sheets" / "FIL003-pixel-size.png"))
    assert sheet.shape == (320, 6 * 240, 3)

    reports = check_many(sorted((tmp_path / "set" / "photos").iterdir()), load_spec("cn-diploma-2017").select(["ALL"]))
    out["run.jsonl"].write_text("\n".join(report.to_json_line() for report in reports), encoding="utf-8")
    words = [str(tmp_path / "set"), "--results", str(out["run.jsonl"]), "--markdown", str(out["again.md"])]
    assert accuracy.main(words) == 0
    assert out["again.md"].read_text(encoding="utf-8") == page


def test_people_are_counted_not_photos_and_doubt_is_no_certificate() -> None:
    def of(people: int, wrong: int) -> Tally:
        return Tally(photos=3 * people, wrong=wrong, held=0, people=people, people_wrong=wrong)

    certain, few, poor = (Rates(of(n, w), of(300, 3)) for n, w in ((29, 0), (16, 0), (40, 16)))
    assert standing("LGT005", {"made": certain}).state == "certified"
    assert standing("LGT005", {"made": few}) == Standing("open", "not certified (made: 13 bad people missing)")
    assert standing("LGT005", {"real": few, "made": certain}).words == "certified on made photos"
    assert standing("LGT005", {"real": poor, "made": certain}).state == "refuted"
    assert standing("LGT005", {"made": Rates(of(29, 0), of(40, 16))}).words.endswith(
        "more than 10% false on made photos"
    )
    assert standing("FIL001", {"made": few}).state == "exact"


def test_the_life_cycle_follows_from_the_standing() -> None:
    states = {"a": "certified", "b": "open", "c": "refuted", "d": "exact"}
    stands = {rule: Standing(state, "") for rule, state in states.items()}  # type: ignore[arg-type]
    right = {"a": False, "b": True, "c": True, "d": False}
    assert disagreements(stands, right) == {}
    assert disagreements(stands, right | {"b": False, "c": False}, awaiting=["b"], to_mend=["c"]) == {}
    assert "not certified" in disagreements(stands, right | {"b": False})["b"]
    assert "refuted" in disagreements(stands, right | {"c": False}, awaiting=["c"])["c"]
    assert "may be stable" in disagreements(stands, right | {"a": True})["a"]
    assert "off the list" in disagreements(stands, right, awaiting=["a"])["a"]
    assert "off the list" in disagreements(stands, right, to_mend=["a"])["a"]


def test_the_flags_are_what_was_measured() -> None:
    codes = {rule.name: rule.code for rule in catalogue().values()}
    preview = {rule.name: rule.preview for rule in catalogue().values()}
    stands = {rule: standing(codes[rule], kinds) for rule, kinds in read_measured().items()}
    lists = json.loads((MEASURED.parent / "gate.json").read_text(encoding="utf-8"))
    found = disagreements(stands, preview, lists["awaiting_people"], lists["to_mend"])
    assert found == {}, "measure again (docs/accuracy.md names the command), then change flag or list, and CHANGELOG"


def test_what_learnt_from_these_people_is_judged_by_what_did_not() -> None:
    kinds = accuracy.left_out()
    assert all(rates.left_out for by_kind in kinds.values() for rates in by_kind.values())
    assert "eyes-open" in kinds


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
