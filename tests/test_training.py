"""Training: whom it learns from, and that a recipe, its file and its judgement run; seconds, on drawn people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from training.people import FOLDS, SOME, fold_of, read_people

pytest.importorskip("training.drawn")


def write_set(folder: Path, rows: list[dict]) -> None:
    folder.mkdir(parents=True)
    lines = [json.dumps({"source": "scut", "defect": "real", "expect": {}, "group": {}, **row}) for row in rows]
    (folder / "manifest.jsonl").write_text("\n".join(lines), "utf-8")


def test_answers_come_from_verdicts_and_from_what_the_eye_saw(tmp_path):
    seen = {"earring": "h", "necklace": "1", "neck": "t", "ears": "1", "head": "o", "glasses": "0", "mouth": "n"}
    write_set(
        tmp_path / "real",
        [
            {"file": "photos/a.jpg", "base": "a", "seen": seen, "expect": {"necklace": "fail", "mouth-closed": "pass"}},
            {"file": "closed/b.jpg", "base": "b", "source": "unknown", "expect": {"eyes-open": "fail"}},
            {"file": "photos/c.jpg", "base": "c", "expect": {"ears-visible": "fail", "collar": "fail"}},
        ],
    )
    first, second, third = read_people(tmp_path, sets=["real"])
    assert first.answers == {
        "necklace": 1,
        "lobes hidden": 1,
        "neck hidden": 0,
        "garment unseen": 0,
        "high neck": 1,
        "worn on the head": 1,
        "hair ornament": 1,
        "glasses": 0,
        "ears hidden": 1,
        "face covered": 0,
    }
    assert second.answers == {"eye closed": 1}
    assert third.answers == {"ears hidden": SOME, "collarless": 1}


def test_permissive_leaves_out_what_binds_or_has_no_terms(tmp_path):
    sources = ["scut", "london_neutral", "somewhere", "canada"]
    write_set(tmp_path / "eval", [{"file": f"{s}.jpg", "base": s, "source": s} for s in sources])
    kept = read_people(tmp_path, "permissive", sets=["eval"])
    assert [person.base for person in kept] == ["london_neutral", "canada"]
    with pytest.raises(ValueError, match="licence must be 'any' or 'permissive', got 'free'"):
        read_people(tmp_path, "free")


def test_a_person_is_in_one_fold_everywhere():
    folds = [fold_of(f"person-{k}") for k in range(600)]
    assert set(folds) == set(range(FOLDS))
    assert min(np.bincount(folds)) > 150
    assert fold_of("scut-AF1000") == fold_of("scut-AF1000")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # the exporter's own
def test_a_recipe_learns_is_written_and_answers(tmp_path):
    pytest.importorskip("torch")
    from photospec.networks.shelf import Shelf
    from photospec.portrait.views import VIEWS
    from training.drawn import draw_people
    from training.export import export_network
    from training.judge import choose_bands
    from training.pictures import Canvases, plain_view
    from training.recipes import RECIPES, answer, learn

    people = Canvases(tmp_path / "canvases", draw_people(tmp_path / "drawn", good=6, each=1))
    recipe = RECIPES["ear"]
    import torch

    net = learn(people, range(len(people)), recipe, steps=2, tell=str)
    again = learn(people, range(len(people)), recipe, steps=2, tell=str)
    said = answer(net, people, range(4), recipe)
    assert said.keys() == {"ears hidden", "earring", "lobes hidden"}
    assert all(np.array_equal(said[q], values) for q, values in answer(again, people, range(4), recipe).items())
    torch.save(net.state_dict(), tmp_path / "ear.pt")
    export_network(tmp_path / "ear.pt", recipe, people, tmp_path / "ear.onnx")
    left, right = Shelf(str(tmp_path)).network("ear").ask(plain_view(people[0], VIEWS["ear"]))
    assert left.keys() == said.keys()
    assert np.isfinite([*left.values(), *right.values()]).all()
    assert callable(choose_bands)
