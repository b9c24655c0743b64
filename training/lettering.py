"""The four weights with which `photospec.portrait.lettering` tells letters from other marks; they are printed.

On each photo without text, two lines of text are drawn one after the other: Latin in several fonts, or characters of
strokes as Chinese has them, of many sizes, inks and strengths, on the backdrop or on clothes, saved as JPEG again. What
is found there is lettering; what is found on the untouched photo is none. The logistic regression is fitted without one
fold of the people, which judges it by the share of pairs that it ranks rightly; then on all. It says, too, how many of
the drawn texts, and of the photos without, the rule fails and holds as it stands.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from photospec import Photo, Verdict
from photospec.portrait import Portrait
from photospec.portrait.lettering import Lettering, lettering_traits
from photospec.rules.background import FrameOrText
from training.people import fold_of

Array = npt.NDArray[np.float64]
WORDS = (
    "2024-06-18",
    "2017 06 13",
    "SAMPLE",
    "No. 20170613",
    "STUDIO 7",
    "photo by Lin",
    "10:42:07",
    "ID 3401",
    "proof",
)
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
INKS = ((255, 140, 30), (250, 250, 250), (15, 15, 15), (200, 20, 20), (30, 60, 180), (255, 230, 60), (120, 120, 120))
STROKES = ("level", "level", "level", "upright", "upright", "slant")
HALVES, WHOLE = ((0.0, 0.45), (0.5, 1.0)), ((0.0, 1.0),)  # two radicals side by side, or one
VISIBLE = 40  # grey levels by which a text differs from what is beneath in one channel, at the least


def latin(rng: np.random.Generator, height: int) -> npt.NDArray[np.uint8]:
    """Draw a line of Latin letters or digits, white on black."""
    words = WORDS[rng.integers(len(WORDS))]
    if rng.random() < 0.5:
        letters = ImageFont.load_default(1.4 * height)
        left, top, right, bottom = letters.getbbox(words)
        paper = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(paper).text((2 - left, 2 - top), words, 255, letters)
        return np.asarray(paper)
    font, thick = FONTS[rng.integers(len(FONTS))], int(rng.integers(1, 3))
    scale = cv2.getFontScaleFromHeight(font, height, thick)
    (width, tall), below = cv2.getTextSize(words, font, scale, thick)
    page = np.zeros((tall + below + 4, width + 4), np.uint8)
    cv2.putText(page, words, (2, tall + 2), font, scale, 255, thick, cv2.LINE_AA)
    return page


def chinese(rng: np.random.Generator, height: int) -> npt.NDArray[np.uint8]:
    """Draw a line of square characters of upright, level and slanting strokes, white on black."""
    side, count = 4 * height, int(rng.integers(3, 9))
    step, thick = int(side * rng.uniform(1.05, 1.25)), max(2, int(side * rng.uniform(0.06, 0.13)))
    page = np.zeros((side + 16, count * step + 16), np.uint8)
    for k in range(count):
        corner = np.array((8 + k * step, 8))
        for start, end in HALVES if rng.random() < 0.5 else WHOLE:
            for kind in rng.permutation(STROKES)[: rng.integers(3, 7)]:
                x0, x1 = np.sort(rng.uniform(start, end, 2))
                y0, y1 = np.sort(rng.uniform(0, 1, 2))
                if kind == "level":
                    x0, x1, y1 = start, end, y0
                elif kind == "upright":
                    x1, y0, y1 = x0, y0 / 2, 0.5 + y1 / 2
                (ax, ay), (bx, by) = (
                    (corner + side * np.array(tip)).astype(int).tolist() for tip in ((x0, y0), (x1, y1))
                )
                cv2.line(page, (ax, ay), (bx, by), 255, thick, cv2.LINE_AA)
    size = page.shape[1] // 4, page.shape[0] // 4
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def stamped(rng: np.random.Generator, frame: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], tuple[int, ...]]:
    """Draw a line of text somewhere; return the picture, saved as JPEG and read again, and the text's box."""
    height, width = frame.shape[:2]
    page = (latin if rng.random() < 0.5 else chinese)(rng, int(height * rng.uniform(0.016, 0.045)))
    page = page[:, : width - 16]
    x = int(rng.integers(4, width - page.shape[1] - 3))
    part = (0, 0.15) if rng.random() < 0.3 else (0.75, 0.97)  # above the head, or over shoulders and clothes
    y = int(min(max(height * rng.uniform(*part), 4), height - page.shape[0] - 4))
    picture = frame.copy()
    area = picture[y : y + page.shape[0], x : x + page.shape[1]]
    cover = page[..., None] / 255 * rng.uniform(0.45, 1)
    change = np.zeros(area.shape)
    while np.abs(change[page > 128]).max(1).mean() < VISIBLE:
        ink = np.array(INKS[rng.integers(len(INKS))] if rng.random() < 0.8 else rng.integers(0, 256, 3))
        change = cover * (ink - area)
    area[:] = np.rint(area + change).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))]
    saved = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)[1]
    read = cv2.imdecode(saved, cv2.IMREAD_COLOR)
    assert read is not None
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8), (x, y, x + page.shape[1], y + page.shape[0])


def seen(portrait: Portrait) -> tuple[Lettering, tuple[float, ...]] | None:
    """Return what looks like lettering and its traits; None where nothing does."""
    found = portrait.lettering
    return (found, lettering_traits(portrait.half, found.scaled(0.5))) if np.isfinite(found.evidence) else None


def samples(folder: Path) -> tuple[Array, Array, Array, Counter[Verdict], Counter[Verdict]]:
    """Return the traits, 1 where they are of letters, each person's fold, the verdicts without and with text."""
    rng = np.random.default_rng(7)
    rows: list[dict[str, Any]] = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    drawn: list[tuple[tuple[float, ...], bool, int]] = []
    untouched: Counter[Verdict] = Counter()
    verdicts: Counter[Verdict] = Counter()
    for row in rows:
        if row["defect"].startswith(("text", "border", "file", "no-face")):
            continue
        portrait = Portrait(Photo.read(folder / row["file"]))
        untouched[FrameOrText().check(portrait).verdict] += 1
        clean = seen(portrait)
        if clean is not None:
            drawn.append((clean[1], False, fold_of(row["base"])))
        for _ in range(2):
            picture, (left, top, right, bottom) = stamped(rng, np.asarray(portrait.frame))
            marked = Portrait(Photo.read(picture))
            verdicts[FrameOrText().check(marked).verdict] += 1
            found = seen(marked)
            if found is None:
                continue
            x, y = (found[0].box[0] + found[0].box[2]) / 2, (found[0].box[1] + found[0].box[3]) / 2
            if left <= x <= right and top <= y <= bottom:
                drawn.append((found[1], True, fold_of(row["base"])))
    traits, letters, people = zip(*drawn, strict=True)
    return np.array(traits), np.array(letters, np.float64), np.array(people), untouched, verdicts


def fit(traits: Array, letters: Array) -> Array:
    """Return weights and bias of a logistic regression in which both classes weigh the same, by Newton's method."""
    design = np.column_stack([traits, np.ones(len(traits))])
    share = np.where(letters > 0, 0.5 / letters.sum(), 0.5 / (1 - letters).sum()) * len(letters)
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (share * (letters - chance)) - 0.1 * weights
        bend = (design * (share * chance * (1 - chance))[:, None]).T @ design + 0.1 * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return weights


def ranked(scores: Array, letters: Array) -> float:
    """Return the share of pairs of letters and others in which the letters have more."""
    yes, no = scores[letters > 0], np.sort(scores[letters == 0])
    return float(np.searchsorted(no, yes).mean() / len(no))


def make(shared: Path) -> None:
    """Fit, and print what goes into the source, with how good it is on people left out."""
    traits, letters, people, *verdicts = samples(shared / "eval")
    for name, found in zip(("photos without text", "drawn texts"), verdicts, strict=True):
        print(f"of {found.total()} {name} the rule fails {found[Verdict.FAIL]} and holds {found[Verdict.REVIEW]}")
    print(f"{int(letters.sum())} of the texts and {int((1 - letters).sum())} other places look like a line")
    learnt = people != 2
    weights = fit(traits[learnt], letters[learnt])
    aside = np.column_stack([traits, np.ones(len(traits))])[~learnt]
    print(f"people kept aside: {100 * ranked(aside @ weights, letters[~learnt]):.1f} % of the pairs ranked rightly,")
    print(f"by the strength alone {100 * ranked(traits[~learnt, 0], letters[~learnt]):.1f} %")
    weights = np.round(fit(traits, letters), 2)
    others = np.column_stack([traits, np.ones(len(traits))])[letters == 0] @ weights
    *each, bias = weights.tolist()
    print(f"_WEIGHTS, _BIAS = {tuple(each)}, {bias}")
    print(f"_CERTAIN_TEXT = {np.quantile(others, 59 / 60):.1f}, which 1 in 60 of the other places exceeds")
