"""Crops of camera frames made from photos of known people: their file, their place, and the person's findings.

python -m benchmarks.crops ../shared/eval ../shared/real --each 60 [--plain]

Each photo is laid into a larger scene of its own backdrop, turned by up to 8 degrees and saved as a JPEG frame of 12 to
60 megapixels; then `photospec.crop` has to find its way back; with ``--plain`` the photos are cropped as they are. A
photo counts where its crown is seen, the figure reaches the lower edge and no room is missing there. Printed: the share
of crops that pass the rules of file and place, how far crown, eyes and width of the face lie from the plan, the
person's findings that differ from those of the original brought to the same geometry, and the sizes of the files.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import random
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from photospec.batch import check
from photospec.capture.camera import CAMERA_LIMITS, CameraFrame, resample
from photospec.capture.crop import crop
from photospec.capture.target import target_of
from photospec.capture.view import View, look
from photospec.errors import PhotospecError
from photospec.finding import Verdict
from photospec.photo import Photo
from photospec.specs import load_spec

PLACE = ("crown-margin", "eye-line", "face-width", "centring", "head-roll")
FILE = ("file-integrity", "file-format", "pixel-size", "colour-mode", "jpeg-quality", "resolution", "file-size",
        "orientation", "trailing-data")  # fmt: skip
OTHER = ("capture-date", "editing-traces", "duplicate-photo", "roster", "compression-artefacts")


def scene(photo: np.ndarray, megapixels: float, roll: float, share: float, rng: np.random.Generator) -> np.ndarray:
    """Lay a photo into a scene: its outermost columns and top row go on, with grain, all round."""
    height, width = photo.shape[:2]
    tall = round((megapixels * 1e6 / 1.5) ** 0.5)
    wide = round(tall * 1.5)
    scale = share * tall / height
    cos, sin = scale * math.cos(math.radians(roll)), scale * math.sin(math.radians(roll))
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    matrix[:, 2] = np.array([wide * 0.5, tall * 1.02]) - matrix[:, :2] @ np.array([width / 2, height])
    laid = cv2.warpAffine(photo, matrix, (wide, tall), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    grain = cv2.resize(rng.normal(0, 1.5, (tall // 2, wide // 2)).astype(np.float32), (wide, tall))
    return np.clip(laid + grain[:, :, None], 0, 255).astype(np.uint8)


def main(arguments: list[str] | None = None) -> None:
    """Make frames, crop them, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--each", type=int, default=60, help="photos of each folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--least", type=float, default=12, help="megapixels of the smallest frame")
    parser.add_argument("--most", type=float, default=60, help="megapixels of the largest frame")
    parser.add_argument("--plain", action="store_true", help="crop the photos as they are, where they have room")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    spec = load_spec()
    target = target_of(spec)
    rng, chooser = np.random.default_rng(asked.seed), random.Random(asked.seed)
    tried = placed = inside = 0
    off: dict[str, list[float]] = collections.defaultdict(list)
    changed: collections.Counter[str] = collections.Counter()
    judged = 0
    wrong: list[str] = []
    sizes: list[float] = []
    for folder in asked.folders:
        entries = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
        entries = [entry for entry in entries if not entry["file"].startswith("file-")]
        chooser.shuffle(entries)
        done = 0
        for entry in entries:
            if done >= asked.each:
                break
            original = Photo.read(folder / entry["file"])
            before = look(original, target)
            if not isinstance(before, View) or not before.crown_seen or before.framing.crown < 20:
                continue
            if asked.plain and not before.framing.possible:
                continue
            if not asked.plain and ("bottom" in before.framing.lacking or not _reaches_below(before)):
                continue  # a scene can go on above and beside the person, not below
            done += 1
            tried += 1
            data: bytes | Path = folder / entry["file"]
            if not asked.plain:
                size, roll = chooser.uniform(asked.least, asked.most), chooser.uniform(-8, 8)
                pixels = scene(CameraFrame(original).upright(1), size, roll, chooser.uniform(0.6, 0.85), rng)
                data = simplejpeg.encode_jpeg(pixels, quality=93, colorsubsampling="420")
            try:
                made = crop(Photo.read(data, limits=CAMERA_LIMITS), spec)
            except PhotospecError as error:
                wrong.append(f"{entry['file']}: {error}")
                continue
            report = made.report()
            sizes.append(len(made.jpeg) / 1024)
            inside += all(report[rule].verdict is Verdict.PASS for rule in ("file-size",))
            bad = [rule for rule in (*FILE, *PLACE) if report[rule].verdict not in (Verdict.PASS, Verdict.SKIP)]
            placed += not bad
            if bad:
                wrong.append(f"{entry['file']}: {', '.join(bad)} {[text.en for text in made.problems]}")
            for name, rule, planned in (
                ("crown", "crown-margin", made.plan.crown),
                ("eyes", "eye-line", made.plan.eyes),
                ("face", "face-width", made.plan.face_width),
            ):
                value = report[rule].value
                if isinstance(value, int | float):
                    off[name].append(abs(value - planned))
            same = check(resample(CameraFrame(original).upright(1), before.framing.matrix, (480, 640)), spec)
            for finding in report:
                if finding.rule in (*FILE, *PLACE, *OTHER):
                    continue
                judged += 1
                was, now = same[finding.rule].verdict, finding.verdict
                if {was, now} == {Verdict.PASS, Verdict.FAIL}:
                    changed[finding.rule] += 1
    print(f"{tried} frames; pass file and place: {placed} ({100 * placed / max(1, tried):.1f} %)")
    for name, values in off.items():
        middle, nearly, most = np.median(values), np.quantile(values, 0.99), max(values)
        print(f"{name:6} from the plan, px: median {middle:.1f}, 99 % {nearly:.1f}, most {most:.1f}")
    print(f"file size in the band: {inside} of {len(sizes)}; {min(sizes):.1f} to {max(sizes):.1f} KB")
    total = sum(changed.values())
    print(f"person's findings from pass to fail or back: {total} of {judged} ({100 * total / max(1, judged):.2f} %)")
    print("  " + ", ".join(f"{rule} {count}" for rule, count in changed.most_common(12)))
    for line in wrong[:40]:
        print(f"  {line}")


def _reaches_below(view: View) -> bool:
    """Tell whether the figure reaches the lower edge of the photo: a scene cannot go on below it."""
    return bool(view.half_silhouette[-1].any())


if __name__ == "__main__":
    main()
