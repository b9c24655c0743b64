"""Judge the networks on people left out: where a rule may decide, and how often it is wrong.

Everybody is judged through photospec itself, with the networks, 8-bit files and all, that have not seen their fold.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photospec import Photo, Portrait, catalogue
from photospec.errors import PhotospecError
from photospec.networks.shelf import Shelf
from training.export import export_network
from training.limits import fail_limit, pass_limit
from training.people import FOLDS, RULES, Person
from training.pictures import Canvases
from training.recipes import RECIPES

__all__ = ["QUESTIONS", "choose_bands", "judge"]

RESULT = Path("benchmarks/cross_validation.json")
NARROW = 0.4
"""Least width of a band in log odds: a probability needs a slope."""

Scores = npt.NDArray[np.float64]
PLAIN = math.log(3)
"""With the band from -log 3 to log 3 a shelf's probability is that of the log odds themselves."""

QUESTIONS: dict[str, Callable[[Portrait], float]] = {
    "ears hidden": lambda p: p.ears.hidden,
    "earring": lambda p: p.ears.earring,
    "lobes hidden": lambda p: p.ears.lobes_hidden,
    "eye closed": lambda p: p.eye_closed,
    "tint": lambda p: p.glasses.tint,
    "glare": lambda p: p.glasses.glare,
    "rim over the eye": lambda p: p.glasses.frame,
    "glasses": lambda p: p.glasses.worn,
    "teeth": lambda p: p.mouth.parted,
    "smile": lambda p: p.mouth.smiling,
    "face covered": lambda p: p.covering.face,
    "worn on the head": lambda p: p.covering.head,
    "hair ornament": lambda p: p.covering.ornament,
    "brows covered": lambda p: p.covering.brows,
    "necklace": lambda p: p.neck.necklace,
    "collarless": lambda p: p.neck.collarless,
    "high neck": lambda p: p.neck.covered,
    "garment unseen": lambda p: p.neck.garment_unseen,
    "neck hidden": lambda p: p.neck.hidden,
}
"""Where a portrait answers each question."""

JUDGED = {**RULES, "ears hidden": "ears-visible", "glasses": "no-glasses", "hair ornament": "hair-ornament"}
"""The rule that each question decides."""

FALSE, MISSED = (0.02, 0.03, 0.05, 0.1), (0.05, 0.1, 0.2, 0.4)
"""Largest shares of good people failed and of bad people passed that are asked; a later one where too few are known."""

HELD = 0.07
"""Largest share of the good photos that people should have to look at; beyond it bad ones may pass."""

SURE = 0.03
"""Of the good photos so many may be held where a network parts good from bad and strangers may be harder."""


def judge(people: Canvases, work: Path) -> None:
    """Export the networks of all folds, choose the bands, and write the rates of the rules and the cards.

    Parameters
    ----------
    people : Canvases
        Everybody who may be learnt from.
    work : Path
        Where the networks are, and where what they say is kept.
    """
    judged = [person for person in people.everybody if not person.name.startswith("drawn/")]
    for fold in range(FOLDS):
        folder = work / f"fold-{fold}"
        folder.mkdir(exist_ok=True)
        for name, recipe in RECIPES.items():
            if not (folder / f"{name}.onnx").exists():
                export_network(work / f"{name}-{fold}.pt", recipe, people, folder / f"{name}.onnx")
        _write_bands(folder, dict.fromkeys(QUESTIONS, (-PLAIN, PLAIN)))
    kept = work / "evidence.json"
    if not kept.exists():
        with ProcessPoolExecutor() as pool:
            said = list(pool.map(_evidence, judged, [_shelf(work, p) for p in judged], chunksize=24))
        kept.write_text(json.dumps(said), "utf-8")
    said = json.loads(kept.read_text("utf-8"))
    bands = choose_bands(judged, said)
    for folder in (work, *(work / f"fold-{fold}" for fold in range(FOLDS))):
        _write_bands(folder, bands)
    with ProcessPoolExecutor() as pool:  # new processes: the bands of a shelf are read once
        verdicts = list(pool.map(_verdicts, judged, [_shelf(work, p) for p in judged], chunksize=24))
    from training.cards import write_cards

    rates = json.loads(RESULT.read_text("utf-8")) | _rates(judged, verdicts)
    RESULT.write_text(json.dumps(rates, indent=1) + "\n", "utf-8")
    write_cards(people.people, rates)


def _shelf(work: Path, person: Person) -> str:
    return str((work / f"fold-{person.fold}").resolve())


def _write_bands(folder: Path, bands: dict[str, tuple[float, float]]) -> None:
    text = json.dumps({q: [round(low, 4), round(high, 4)] for q, (low, high) in sorted(bands.items())}, indent=1)
    (folder / "bands.json").write_text(text + "\n", "utf-8")


def _evidence(person: Person, folder: str) -> dict[str, float]:
    """Return the log odds of every question that can be answered."""
    said = {}
    portrait = Portrait(Photo.read(person.path), Shelf(folder))
    for question, ask in QUESTIONS.items():
        try:
            chance = ask(portrait)
        except PhotospecError:
            continue
        said[question] = math.log(chance / (1 - chance))
    return said


def choose_bands(people: list[Person], said: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Choose for every question the log odds below which a photo passes and above which it fails.

    Parameters
    ----------
    people : list of Person
        Who was judged.
    said : list of dict of str to float
        For each, the log odds by question, from networks that have not seen them.

    Returns
    -------
    dict of str to (float, float)
        The lower is the smaller of the two.

    Notes
    -----
    Failing wrongly comes first, as good photos are many: the upper limit is the certified one. The lower is the
    certified one for passing wrongly, unless that would hold more than `HELD` of the good.
    """
    bands = {}
    for question in QUESTIONS:
        rows = [
            (odds[question], person.answers[question] != 0, person.base)
            for person, odds in zip(people, said, strict=True)
            if question in odds and question in person.answers
        ]
        scores, bad, who = (np.array(column) for column in zip(*rows, strict=True))
        low, high = _band(scores, bad, who)
        good = scores[~bad]
        print(
            f"{question}: pass below {low:.2f}, fail above {high:.2f}; missed {(scores[bad] < low).mean():.1%}, "
            f"held {((scores[bad] >= low) & (scores[bad] <= high)).mean():.1%} of {bad.sum()} bad; "
            f"false {(good > high).mean():.1%}, held {((good >= low) & (good <= high)).mean():.1%} of {len(good)} good",
            flush=True,
        )
        bands[question] = low, high
    return bands


def _band(scores: Scores, bad: npt.NDArray[np.bool_], who: npt.NDArray[np.str_]) -> tuple[float, float]:
    good = scores[~bad]
    high = next((x for level in FALSE if math.isfinite(x := fail_limit(scores, bad, who, level))), float(good.max()))
    low = next((x for level in MISSED if math.isfinite(x := pass_limit(scores, bad, who, level))), float(good.min()))
    low = max(low, float(np.quantile(good, 1 - HELD - (good > high).mean())))
    if low > high:  # anywhere between is certified for both: let a person look there, but not too often
        low, high = high, low
        low = max(low, float(np.quantile(good, 1 - SURE - (good > high).mean())))
    return (low, high) if high - low > NARROW else ((low + high - NARROW) / 2, (low + high + NARROW) / 2)


def _verdicts(person: Person, folder: str) -> dict[str, tuple[str, float | None]]:
    rules = catalogue()
    portrait = Portrait(Photo.read(person.path), Shelf(folder))
    found = {}
    for question in person.answers:
        if question in JUDGED:
            finding = rules[JUDGED[question]].check(portrait)
            found[JUDGED[question]] = str(finding.verdict), finding.margin
    return found


def _rates(people: list[Person], verdicts: list[dict[str, tuple[str, float | None]]]) -> dict[str, Any]:
    """Return by rule and set how many photos are behind its rates, wrong and held, and of how many people."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for person, found in zip(people, verdicts, strict=True):
        for question, rule in JUDGED.items():
            if question in person.answers and rule in found:
                verdict, margin = found[rule]
                bad = person.answers[question] != 0
                rows[rule]["real" if person.real else "made"].append(
                    {"person": person.base, "bad": bad, "verdict": verdict, "margin": margin, **person.group}
                )
    return {rule: {kind: _counted(photos) for kind, photos in sets.items()} for rule, sets in sorted(rows.items())}


def _counted(photos: list[dict[str, Any]]) -> dict[str, Any]:
    counted: dict[str, Any] = {}
    for name, bad, wrong in (("bad", True, ("pass", "skip")), ("good", False, ("fail",))):
        chosen = [photo for photo in photos if photo["bad"] is bad]
        counted[name] = {
            "photos": len(chosen),
            "wrong": sum(photo["verdict"] in wrong for photo in chosen),
            "held": sum(photo["verdict"] == "review" for photo in chosen),
            "people": len({photo["person"] for photo in chosen}),
            "people_wrong": len({photo["person"] for photo in chosen if photo["verdict"] in wrong}),
        }
    return counted
