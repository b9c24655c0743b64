"""Judge people by networks that have not learnt from them; updates benchmarks/cross_validation.json.

    python tools/train_folds.py EVAL_FOLDER {covering,ears,necklace,neck,aspect,bystander,eyes} SCORES

SCORES are the JSON lines that ``tools/train_covering.py``, ``train_dress.py``, ``train_ears.py``,
``train_necklace.py``, ``train_aspect.py``, ``train_bystander.py`` and ``train_eyes.py`` write with ``--folds``: each
photo's answers by the one of three networks that was trained without its person. They take the place of the shipped
network's answers, and the package's own rules, with their limits and review bands, give the verdicts. The limits were
chosen on the same photos, so only the networks are blind.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import zlib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from benchmarks.accuracy import Case, rates
from photospec import Photo, catalogue
from photospec.portrait import Portrait
from photospec.portrait.covering import Covering
from photospec.portrait.dress import NeckDress
from photospec.portrait.glasses import judge_lenses
from photospec.portrait.mouth import judge_mouth

RULES = {
    "covering": ("head-covering", "hair-over-eyes", "ears-visible", "face-occlusion"),
    "ears": ("earrings",),
    "necklace": ("necklace",),
    "neck": ("collar", "turtleneck"),
    "aspect": ("aspect-distortion",),
    "bystander": ("single-face",),
    "eyes": ("eyes-open", "mouth-closed", "tinted-lenses", "lens-reflection", "frame-over-eyes"),
}
MADE_BY = {
    "covering": "train_covering.py ../shared/eval --folds --out covering.jsonl",
    "ears": "train_ears.py ../shared/eval --folds --out .",
    "necklace": "train_necklace.py ../shared/eval --folds --out .",
    "neck": "train_dress.py ../shared/eval --folds --out .",
    "aspect": "train_aspect.py ../shared/eval --folds aspect.jsonl",
    "bystander": "train_bystander.py ../shared/eval --folds bystander.jsonl",
    "eyes": "train_eyes.py ../shared/eval --folds --out eyes.jsonl",
}
AS_TAKEN = ("official/", "natural/", "turned/")
RESULT = Path(__file__).resolve().parent.parent / "benchmarks" / "cross_validation.json"

ONE_PERSON = re.compile(r"(facechain-style_image|webmorph_misc-zoom)")
"""Names that the evaluation set gives to several of its `base`, though one person is seen."""


def third(base: str) -> int:
    """Return which third of the people a person belongs to, 0 to 2."""
    found = ONE_PERSON.match(base)
    return zlib.crc32((found[0] if found else base).encode()) % 3


def answered(portrait: Portrait, model: str, line: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that a line of the scores stands for."""
    if model == "covering":
        scores = line["scores"]
        return {"covering": Covering(*(scores[k] for k in ("hat", "fringe", "mask", "left ear", "right ear")))}
    if model == "ears":
        pairs = zip(portrait.earrings, line["logits"], strict=True)
        return {"earrings": tuple(replace(ear, evidence=logit) for ear, logit in pairs)}
    if model == "necklace":
        return {"necklace": replace(portrait.necklace, evidence=line["logit"])}
    if model == "neck":
        _, collarless, turtleneck = line["logits"]
        return {"neck_dress": NeckDress(collarless, turtleneck)}
    if model == "aspect":
        return {"aspect": math.exp(line["logarithm"])}
    if model == "eyes":
        eyes = (replace(eye, closed=closed) for eye, closed in zip(portrait.eyes, line["closed"], strict=True))
        return {
            "eyes": tuple(eyes),
            "glasses": judge_lenses(line["lenses"]),
            "mouth": judge_mouth(*line["mouth"], portrait.landmarks, portrait.eye_distance),
        }
    heights = [height for _, height in portrait.bystanders]
    return {"bystanders": tuple(zip(line["likely"], heights, strict=True))}


def main() -> None:
    """Judge and write the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", choices=list(RULES))
    parser.add_argument("scores", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    lines = {line["file"]: line for line in map(json.loads, options.scores.read_text(encoding="utf-8").splitlines())}
    rules = [rule for rule in catalogue().values() if rule.name in RULES[options.model]]
    cases = defaultdict(list)
    for text in (options.folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        wanted = [rule for rule in rules if rule.name in row["expect"]]
        if not wanted:
            continue
        portrait = Portrait(Photo.read(options.folder / row["file"]))
        if portrait.faces:  # without a face no network is asked
            if row["file"] not in lines:
                print("no score, left out:", row["file"])
                continue
            # What no rule may do: put another network's answers where the shipped one's would come.
            vars(portrait).update(answered(portrait, options.model, lines[row["file"]]))
        for rule in wanted:
            finding = rule.check(portrait)
            case = Case(row["file"], row["base"], row.get("group", {}), row["expect"][rule.name], finding)
            cases[rule.name].append(case)
            if case.kind:
                print(f"{case.kind:6} {case.expect} {rule.name:15} {row['file']} {finding.value}")
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for name in RULES[options.model]:
        found = rates(cases[name])
        result[name] = {
            "bad": found.bad,
            "good": found.good,
            "missed": found.missed.count,
            "false": found.false.count,
            "held_bad": found.held_bad.count,
            "held_good": found.held_good.count,
            "eer": None if found.eer is None else round(found.eer, 1),
            "command": f"python tools/{MADE_BY[options.model]}",
        }
        print(name, {k: v for k, v in result[name].items() if k != "command"})
        taken = rates([case for case in cases[name] if case.file.startswith(AS_TAKEN)])
        if taken.eer is not None:
            print(f"{name}, photos with what people wore by themselves: EER {taken.eer:.1f}")
    order = [name for names in RULES.values() for name in names if name in result]
    RESULT.write_text(json.dumps({name: result[name] for name in order}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
