"""The colours that a cast is measured against: fitted on natural photos, judged on people left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from photospec.portrait.colour_cast import NEUTRAL, SPREAD
from photospec.testing import Sitter as Drawn
from photospec.testing import portrait, save_portrait
from training.light import Sitter, fit, people_left_out, read_sitters


def people(number: int, *, cast: tuple[float, float], seed: int) -> list[Sitter]:
    random = np.random.default_rng(seed)
    seen = random.multivariate_normal(NEUTRAL, SPREAD, number) + np.tile(cast, 2)
    return [Sitter(f"{seed}-{k}", any(cast), one) for k, one in enumerate(seen)]


def test_the_fit_finds_what_the_people_are_drawn_from() -> None:
    sitters = people(4000, cast=(0, 0), seed=1) + people(200, cast=(30, 0), seed=2)
    sitters += [Sitter(f"shut-{k}", None, s.seen[:2]) for k, s in enumerate(people(4000, cast=(0, 0), seed=3))]
    neutral, spread = fit(sitters)
    assert neutral == pytest.approx(NEUTRAL, abs=0.3)
    assert np.diag(spread) == pytest.approx(np.diag(SPREAD), rel=0.1)
    assert abs(spread[0, 3]) < abs(SPREAD[0, 3]) + 1


def test_casts_are_unusual_to_those_who_have_not_seen_the_person() -> None:
    scores, casts, who = people_left_out(people(400, cast=(0, 0), seed=4) + people(50, cast=(14, 16), seed=5))
    assert len(scores) == len(who) == 450
    assert casts.sum() == 50
    assert np.quantile(scores[~casts], 0.9) < np.quantile(scores[casts], 0.1)


def test_sitters_are_read_from_the_sets(tmp_path: Path) -> None:
    for folder in ("real", "eval"):
        rows = []
        for k, skin in enumerate(("light", "tan", "dark")):
            (tmp_path / folder).mkdir(exist_ok=True)
            save_portrait(tmp_path / folder / f"{k}.jpg", portrait(k, sitter=Drawn(skin=skin)))
            expect = {} if k == 2 else {"natural-colour": "fail" if k else "pass"}
            rows.append({"file": f"{k}.jpg", "base": f"{folder}-{k // 2}", "defect": "compliant", "expect": expect})
        (tmp_path / folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    sitters = read_sitters(tmp_path)
    assert [s.cast for s in sitters] == [False, True, None] * 2
    assert all(len(s.seen) == 4 for s in sitters)
