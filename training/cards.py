"""``docs/models.md``: a card for every file of weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.judge import JUDGED
from training.limits import upper_bound
from training.people import Person
from training.recipes import RECIPES, Recipe

__all__ = ["write_cards"]

PAGE = Path("docs/models.md")

SIGHTS = {
    "ear": "each ear, its lobe and what hangs below it; that at the image's left is mirrored",
    "eye": "each eye with its brow and the lens before it; that at the image's left is mirrored",
    "mouth": "lips, nostrils and chin",
    "head": "from the brows to above the crown",
    "neck": "from the lips to the chest, shoulder to shoulder",
}

HEAD = """\
<!-- Written by `python -m training judge ../shared`; do not edit. -->

# What photospec learnt

Each network sees one part of the person, upright and of one size, and answers several questions. All have one design:
the first eleven blocks of EfficientNet-Lite0 as ImageNet taught them (Apache-2.0), of which all but the first five have
learnt on, the mean and the maximum of what they find, and one linear output a question. A question that nobody has
answered for a photo costs nothing in training. The files are ONNX with numbers of 8 bits, 0.9 MB each.

`python -m training all ../shared` makes every file again, seeded. `bands.json` says, for each question, below which log
odds a photo may pass and above which it may fail; both were chosen on people left out (`training/limits.py`).

**Who is bound by what.** The weights have learnt from SCUT-FBP5500, which its publishers give "only for non-commercial
research purpose", and from closed eyes, masks and street faces whose terms nobody stated. Whoever uses photospec
commercially should look at these terms, or train with `--licence permissive`, which leaves all of that out, and give
the result to `Spec.with_networks`. The rates below are with everything.

Rates are of people whom a network has not seen (three folds by person), through photospec's own rules and these 8-bit
files; *bound*: what the share of such people stays under with 95 % certainty. *real*: nobody painted on the photo.
"""

SMALL = """\
## aspect.npz, bystander.npz

A ridge regression on the 68 landmarks (how far the picture was stretched), and a perceptron that looks beside the head
for somebody half hidden. Made by `python -m training small ../shared` from the made set alone, which prints their
errors on people left out.

## frontal_face_detector.svm, front_view_detector.svm

dlib's own frontal face detector (Boost licence), saved by `tools/make_face_detector.py` so that it loads faster, and
the first of its five views. The 68-landmark weights come with the package `face-recognition-models`; they were
trained on iBUG 300-W, which is licensed for research.
"""


def write_cards(people: Sequence[Person], rates: dict[str, Any]) -> None:
    """Write the page.

    Parameters
    ----------
    people : sequence of Person
        Who was learnt from.
    rates : dict
        What ``benchmarks/cross_validation.json`` holds.
    """
    PAGE.write_text("\n".join([HEAD, *(_card(r, people, rates) for r in RECIPES.values()), SMALL]), "utf-8")


def _card(recipe: Recipe, people: Sequence[Person], rates: dict[str, Any]) -> str:
    view, names = recipe.shown, [q.name for q in recipe.questions]
    told = [person for person in people if any(name in person.answers for name in names)]
    terms = Counter(person.licence for person in told)
    lines = [
        f"## {recipe.view}.onnx",
        "",
        f"Sees {SIGHTS[recipe.view]}: {view.width} x {view.height} px, {view.unit} px a pupil distance.",
        "",
        f"Learnt from {len(told)} photos of {len({p.base for p in told})} people, drawn ones among them, by terms: "
        + ", ".join(f"{count} {term}" for term, count in terms.most_common())
        + ".",
        "",
        "| question | rule | set | bad people | missed | bound | held | good people | false | bound | held |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in names:
        rule = JUDGED.get(name)
        for kind, counted in rates.get(rule or "", {}).items():
            cells = [cell for side in ("bad", "good") for cell in _shares(counted[side])]
            lines.append(f"| {name} | {rule} | {kind} | " + " | ".join(cells) + " |")
        if rule is None:
            lines.append(f"| {name} | decides nothing alone | | | | | | | | | |")
    return "\n".join([*lines, ""])


def _shares(counted: dict[str, int]) -> list[str]:
    photos = counted["photos"]
    if not photos:
        return ["0", "–", "–", "–"]
    bound = upper_bound(counted["people_wrong"], counted["people"])
    return [
        str(counted["people"]),
        f"{100 * counted['wrong'] / photos:.1f}",
        f"{100 * bound:.1f}",
        f"{100 * counted['held'] / photos:.1f}",
    ]
