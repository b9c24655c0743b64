"""Train the small network for collar and turtleneck; see photospec/portrait/patchnet.py.

    python tools/train_dress.py EVAL_FOLDER [--folds] [--steps N] [--bank N] [--out FOLDER]

Needs jax (CPU) besides the package. Seeded: the same set, versions and machine give the same weights. The shipped
weights are trained on all people; ``--folds`` trains three times instead, each with a third of the people kept aside,
and writes the log odds of those (JSON lines), from which tools/train_folds.py takes the error rates on people that the
network has not seen. From them come the levels and spreads in the rules, too.

Necklaces and turtlenecks are rare, so more are painted on photos without them: chains, beads, cords, chokers and
pendants; rolled collars, of many sizes, colours and materials, half of them half hidden. So are things that look alike
and are none: strands of hair, ties, necklines, folds of skin. Light, tint, sharpness and compression vary. Real things
weigh most.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from train_folds import third

from photospec.networks.patchnet import CHANNELS, PatchShape, cut_patch, relative_to_skin
from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.dress import NECK_PATCH, neck_anchor
from photospec.portrait.upright import patch_transform

cv2.setNumThreads(1)
REAL = ("official", "natural", "turned")
SPARE = 3  # px round a patch in the bank, for random shifts
METALS = (
    (212, 175, 55),
    (240, 215, 120),
    (200, 200, 205),
    (245, 245, 245),
    (235, 195, 170),
    (120, 120, 125),
    (190, 120, 90),
)
STONES = (
    (20, 20, 25),
    (200, 30, 40),
    (30, 60, 200),
    (30, 150, 90),
    (238, 232, 222),
    (120, 50, 150),
    (60, 180, 200),
    (230, 120, 30),
    (235, 160, 180),
)


class Sample:
    """One photo with its labels and what alignment needs."""

    def __init__(self, row, portrait):
        self.row, self.base, self.folder, self.expect = row, row["base"], row["defect"], row["expect"]
        self.third = third(row["base"])
        self.frame = np.array(portrait.frame)
        self.landmarks = portrait.landmarks.copy()
        self.pupils = portrait.pupils.copy()
        self.unit = float(portrait.eye_distance)
        self.skin = portrait.skin.colour.copy()
        self.lobes = [ear.lobe for ear in portrait.ears]
        person = portrait.half_silhouette.astype(np.uint8)
        self.person = cv2.resize(person, self.frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        garment = portrait.garment
        height, width = self.frame.shape[:2]
        self.skin_mask, self.body_mask = (np.zeros((height, width), np.uint8) for _ in range(2))
        for small, mask in ((garment.skin, self.skin_mask), (garment.unlike, self.body_mask)):
            big = cv2.resize(small.astype(np.uint8), None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
            part = mask[4 * garment.top :]
            part[:] = cv2.copyMakeBorder(big, 0, 8, 0, 8, cv2.BORDER_REPLICATE)[: part.shape[0], :width]

    def known(self, rule):
        """1 where the photo fails a rule, 0 where it passes, NaN where nobody has looked."""
        return float(self.expect[rule] == "fail") if rule in self.expect else math.nan


class Crop:
    """A part of a sample's frame to paint on: float32 picture, and landmarks and masks in its pixels."""

    def __init__(self, sample, box):
        height, width = sample.frame.shape[:2]
        x0, y0 = (2 * max(0, int(v) // 2) for v in box[:2])
        x0, y0 = min(x0, width - 8), min(y0, height - 8)
        x1, y1 = min(width, max(int(box[2]), x0 + 8)), min(height, max(int(box[3]), y0 + 8))
        self.picture = sample.frame[y0:y1, x0:x1].astype(np.float32)
        self.skin_mask = sample.skin_mask[y0:y1, x0:x1]
        self.body_mask = sample.body_mask[y0:y1, x0:x1]
        self.person = sample.person[y0:y1, x0:x1]
        self.origin = np.array((x0, y0), np.float32)
        self.landmarks = sample.landmarks - self.origin
        self.pupils = sample.pupils - self.origin
        self.unit = sample.unit
        self.shape = self.picture.shape[:2]


def load(folder, rules):
    """Read the photos that have a label for any of the rules."""
    rows = [json.loads(line) for line in (Path(folder) / "manifest.jsonl").read_text().splitlines()]
    samples = []
    for row in rows:
        dyed = "collar" in rules and row["defect"].startswith("top-")
        if not dyed and not any(rule in row["expect"] for rule in rules):
            continue
        try:
            sample = Sample(row, Portrait(Photo.read(Path(folder) / row["file"])))
        except Exception as error:
            print("skipped", row["file"], error)
            continue
        if dyed:  # the same T-shirts in another colour
            sample.expect = {"collar": "fail"}
        samples.append(sample)
    return samples


# -- paint --------------------------------------------------------------------------------------------------------


def blend(picture, alpha, colour):
    """Lay `colour` ((3,) or picture-shaped) on the picture, in place, where alpha (0 to 1) says."""
    picture += alpha[..., None] * (np.asarray(colour, np.float32) - picture)
    np.clip(picture, 0, 255, out=picture)


def cover(shape, draw, blur=0.0):
    """Return the (0 to 1) cover of what `draw(layer, scale)` draws white on a layer of `scale` times the shape."""
    layer = np.zeros((shape[0] * 4, shape[1] * 4), np.uint8)
    draw(layer, 4)
    alpha = cv2.resize(layer, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(alpha, (0, 0), blur) if blur > 0.2 else alpha


def drop_shadow(rng, crop, alpha, chance):
    """Darken beside what is about to be laid on the picture."""
    if rng.random() < chance:
        shift = (int(rng.uniform(0.01, 0.05) * crop.unit), int(rng.normal(0, 0.02) * crop.unit))
        shade = cv2.GaussianBlur(np.roll(alpha, shift, (0, 1)), (0, 0), rng.uniform(0.012, 0.04) * crop.unit)
        blend(crop.picture, shade * rng.uniform(0.15, 0.5), (35, 22, 18))


def sheen(rng, shape, colour, unit):
    """Colour of a metal or stone with lights and darks over it."""
    grain = max(1.5, unit * rng.uniform(0.02, 0.08))
    low = rng.uniform(0.3, 0.9)
    coarse = rng.uniform(low, 2 - low + 0.1, (max(2, int(shape[0] / grain)), max(2, int(shape[1] / grain))))
    gain = cv2.resize(coarse.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.asarray(colour, np.float32) * gain[..., None], 0, 255)


def material(rng, light):
    """Draw the colour of a metal (seven of ten) or a stone under the light."""
    colours = METALS if rng.random() < 0.7 else STONES
    return np.asarray(colours[rng.integers(len(colours))], np.float32) * light


def paint_strands(rng, crop, x, y):
    """Let strands of hair cross a place."""
    unit = crop.unit
    colour = np.asarray(((25, 18, 15), (60, 40, 28), (110, 80, 50), (150, 140, 130))[rng.integers(4)], np.float32)
    for _ in range(rng.integers(1, 7)):
        t = np.linspace(-1, 1, 24)
        bend, lean = rng.normal(0, 0.15), rng.normal(0, 0.25)
        px = x + (rng.normal(0, 0.2) + lean * t + bend * t * t) * unit
        py = y + (rng.normal(0, 0.2) + t * rng.uniform(0.3, 1.2)) * unit
        line = (np.stack([px, py], 1) * 4).astype(np.int32)
        thick = max(1, int(rng.uniform(0.006, 0.03) * unit * 4))
        alpha = cover(
            crop.shape,
            lambda layer, _, line=line, thick=thick: cv2.polylines(layer, [line], False, 255, thick),
            rng.uniform(0, 0.8),
        )
        blend(crop.picture, alpha * rng.uniform(0.3, 0.95), colour * rng.uniform(0.6, 1.5))


def paint_cloth(rng, crop, other, behind=0.75):
    """Put a piece of another photo behind the person, or in front of all but the face, as a scarf or curls would be."""
    height, width = crop.shape
    rows, columns = other.frame.shape[:2]
    size = rng.uniform(0.4, 1.3)
    h, w = min(rows, int(height * size)), min(columns, int(width * size))
    top = rng.integers(rows - h + 1)
    left = rng.integers(columns - w + 1)
    piece = cv2.resize(other.frame[top : top + h, left : left + w], (width, height), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        piece = cv2.GaussianBlur(piece, (0, 0), rng.uniform(0.5, 4))
    if rng.random() < behind:
        mask = 1 - crop.person.astype(np.float32)
    else:
        layer = np.zeros(crop.shape, np.uint8)
        cv2.fillPoly(layer, [crop.landmarks[:27].astype(np.int32)[[*range(17), *range(26, 16, -1)]]], 255)
        mask = 1 - layer.astype(np.float32) / 255
    blend(crop.picture, cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 1.5)), piece * rng.uniform(0.6, 1.2))


def paint_necklace(rng, crop):
    """Lay a chain, beads, a cord or a choker with or without a pendant round the neck."""
    unit, lm = crop.unit, crop.landmarks
    chin = lm[8, 1]
    if crop.shape[0] - chin < 0.35 * unit:
        return False
    cx = (lm[4, 0] + lm[12, 0]) / 2 + rng.normal(0, 0.05) * unit
    kind = rng.choice(["chain", "chain", "chain", "chain", "beads", "cord", "choker"])
    half = rng.uniform(0.4, 0.8) * unit
    y0 = chin + rng.uniform(0.0, 0.5) * unit
    depth = rng.uniform(0.1, 1.1) * unit
    if kind == "choker":
        half, y0, depth = (
            rng.uniform(0.5, 0.7) * unit,
            chin + rng.uniform(0.15, 0.5) * unit,
            rng.uniform(0.03, 0.25) * unit,
        )
    t = np.linspace(-1, 1, 200)
    steep = rng.uniform(0.5, 3)
    shapes = (
        (np.cosh(steep) - np.cosh(steep * t)) / (np.cosh(steep) - 1),
        np.sqrt(np.maximum(0, 1 - np.abs(t) ** rng.uniform(1.3, 2.5))),
        (1 - np.abs(t)) ** rng.uniform(0.7, 1.1),
        1 - np.abs(t) ** rng.uniform(1.4, 2.6),
    )
    form = shapes[rng.integers(4)]
    px = cx + t * half + rng.normal(0, 0.01) * unit * np.sin(3 * t)
    py = y0 + depth * form + rng.normal(0, 0.04) * unit * t
    line = np.stack([px, py], 1)
    walked = np.concatenate([[0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
    light = rng.uniform(0.55, 1.1)
    colour = material(rng, light)
    if kind == "cord":
        colour = rng.uniform(10, 90, 3) if rng.random() < 0.7 else rng.uniform(20, 230, 3)
    thick = {
        "chain": rng.uniform(0.008, 0.04),
        "beads": rng.uniform(0.02, 0.07),
        "cord": rng.uniform(0.01, 0.035),
        "choker": rng.uniform(0.05, 0.18),
    }[kind] * unit
    pitch = thick * rng.uniform(0.95, 1.4) * 2
    links = kind == "chain" and rng.random() < 0.6

    def draw(layer, s):
        if kind == "beads":
            for d in np.arange(0, walked[-1], pitch):
                centre = int(np.interp(d, walked, px) * s), int(np.interp(d, walked, py) * s)
                cv2.circle(layer, centre, max(2, int(thick * s)), 255, -1)
        else:
            cv2.polylines(layer, [(line * s).astype(np.int32)], False, 255, max(1, int(thick * s)))

    def pendant(layer, s):
        size = rng.uniform(0.03, 0.14) * unit
        middle = (int(px[100] * s), int((py[100] + size) * s))
        r = int(size * s)
        shape = rng.random()
        if shape < 0.5:
            cv2.ellipse(layer, middle, (max(2, int(r * rng.uniform(0.5, 1))), max(2, r)), 0, 0, 360, 255, -1)
        elif shape < 0.7:
            cv2.line(layer, (middle[0], middle[1] - r), (middle[0], middle[1] + int(r * 1.3)), 255, max(1, r // 3))
            cv2.line(
                layer, (middle[0] - int(r * 0.7), middle[1]), (middle[0] + int(r * 0.7), middle[1]), 255, max(1, r // 3)
            )
        elif shape < 0.85:
            cv2.circle(layer, middle, max(2, r), 255, max(1, r // 4))
        else:
            cv2.line(layer, (middle[0] - r, middle[1] - r), (middle[0] + r, middle[1] - r), 255, max(1, r // 3))

    alpha = cover(crop.shape, draw, rng.uniform(0, 0.8))
    if links:  # bright and dark links along the chain
        at = np.argmin(np.abs(np.arange(crop.shape[1])[:, None] - px[None, ::4]), axis=1) * 4
        along = walked[at][None] + np.arange(crop.shape[0])[:, None] * rng.uniform(0.2, 1)
        gain = 1 + rng.uniform(0.2, 0.6) * np.sin(along * (2 * np.pi / max(1.8, rng.uniform(0.02, 0.06) * unit)))
    else:
        gain = np.ones(crop.shape)
    if kind != "choker" and rng.random() < 0.5:
        alpha = np.maximum(alpha, cover(crop.shape, pendant, rng.uniform(0, 0.8)))
    if kind != "choker" and rng.random() < 0.15:
        alpha = np.maximum(alpha, np.roll(alpha, int(rng.uniform(0.06, 0.25) * unit), 0))
    mask = crop.skin_mask.astype(np.float32)
    visible = (alpha * mask).sum() > 0.25 * alpha.sum()
    if kind == "choker":
        alpha = alpha * crop.body_mask
    elif visible and rng.random() < 0.75:
        alpha = alpha * mask  # the rest is under the top
    if rng.random() < 0.2:  # only the flanks are seen, or one of them
        keep = np.abs(np.arange(crop.shape[1]) - cx) > rng.uniform(0, 0.3) * unit
        if rng.random() < 0.4:
            keep &= (np.arange(crop.shape[1]) > cx) == (rng.random() < 0.5)
        alpha = alpha * keep[None]
    alpha = alpha * rng.uniform(0.55, 1)
    drop_shadow(rng, crop, alpha, 0.6)
    blend(crop.picture, alpha, np.clip(sheen(rng, crop.shape, colour, unit) * gain[..., None], 0, 255))
    if kind == "beads" and rng.random() < 0.7:

        def glints(layer, s):
            for d in np.arange(0, walked[-1], pitch):
                centre = (
                    int((np.interp(d, walked, px) - 0.25 * thick) * s),
                    int((np.interp(d, walked, py) - 0.3 * thick) * s),
                )
                cv2.circle(layer, centre, max(1, int(0.3 * thick * s)), 255, -1)

        blend(crop.picture, cover(crop.shape, glints, 0.4) * (alpha > 0.4) * 0.8, (255, 253, 248))
    return True


def paint_folds(rng, crop):
    """Draw what crosses a neck and is no necklace: folds, hair, a tie, a lanyard, the edge of another garment."""
    unit, lm = crop.unit, crop.landmarks
    cx, chin = (lm[4, 0] + lm[12, 0]) / 2, lm[8, 1]
    kind = rng.choice(["fold", "strands", "neckline", "neckline", "tie", "lanyard"])
    if kind == "strands":
        paint_strands(
            rng, crop, cx + rng.choice((-1, 1)) * rng.uniform(0.2, 0.8) * unit, chin + rng.uniform(0.2, 0.9) * unit
        )
    elif kind == "fold":
        for _ in range(rng.integers(1, 4)):
            t = np.linspace(-1, 1, 60)
            px = cx + t * rng.uniform(0.3, 0.65) * unit
            py = chin + (rng.uniform(0.1, 0.7) + rng.uniform(-0.05, 0.2) * (1 - t * t)) * unit
            line = (np.stack([px, py], 1) * 4).astype(np.int32)
            thick = max(1, int(rng.uniform(0.008, 0.03) * unit * 4))
            alpha = cover(
                crop.shape,
                lambda layer, _, line=line, thick=thick: cv2.polylines(layer, [line], False, 255, thick),
                rng.uniform(0.7, 2),
            )
            crop.picture *= 1 - (alpha * crop.skin_mask * rng.uniform(0.15, 0.45))[..., None]
    elif kind == "lanyard":  # a flat band of cloth
        high, low, near, far = (
            rng.uniform(0, 0.4),
            rng.uniform(1.2, 2.5),
            rng.uniform(0.0, 0.25),
            rng.uniform(0.4, 0.75),
        )
        thick = max(1, int(rng.uniform(0.06, 0.15) * unit * 4))
        ends = [[(cx + side * x * unit, chin + y * unit) for x, y in ((far, high), (near, low))] for side in (-1, 1)]
        bands = (np.array(ends) * 4).astype(np.int32)
        alpha = cover(
            crop.shape, lambda layer, _: cv2.polylines(layer, list(bands), False, 255, thick), rng.uniform(0.3, 0.8)
        )
        band = rng.uniform(10, 220, 3) + rng.normal(0, rng.uniform(0, 25), (*crop.shape, 1))
        drop_shadow(rng, crop, alpha, 0.6)
        blend(crop.picture, alpha * crop.body_mask, np.clip(band, 0, 255))
    elif kind == "tie":
        width, top = rng.uniform(0.08, 0.2) * unit, chin + rng.uniform(0.35, 0.8) * unit
        outline = np.array(
            [
                (cx - width * 0.7, top),
                (cx + width * 0.7, top),
                (cx + width * 0.45, top + 0.22 * unit),
                (cx + width * 1.3, top + 2 * unit),
                (cx - width * 1.3, top + 2 * unit),
                (cx - width * 0.45, top + 0.22 * unit),
            ]
        )
        alpha = cover(
            crop.shape, lambda layer, s: cv2.fillPoly(layer, [(outline * s).astype(np.int32)], 255), rng.uniform(0, 0.8)
        )
        y, x = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]].astype(np.float32)
        stripes = np.sin((x + y) * rng.uniform(0.1, 0.8)) > rng.uniform(0, 1.6)
        cloth = rng.uniform(10, 200, 3) + stripes[..., None] * rng.uniform(-60, 60, 3)
        drop_shadow(rng, crop, alpha, 0.7)
        blend(crop.picture, alpha, np.clip(cloth, 0, 255))
    else:
        t = np.linspace(-1, 1, 80)
        form = (1 - np.abs(t) ** rng.uniform(1.0, 3)) * rng.uniform(0.1, 0.7)
        py = chin + (rng.uniform(0.25, 0.75) + form) * unit
        px = cx + t * rng.uniform(0.55, 0.9) * unit
        bottom, slope = crop.shape[0] + 4, rng.uniform(0.2, 0.6) * unit
        outline = np.concatenate(
            [
                np.stack([px, py], 1),
                [
                    (px[-1] + unit, py[-1] + slope),
                    (px[-1] + unit, bottom),
                    (px[0] - unit, bottom),
                    (px[0] - unit, py[0] + slope),
                ],
            ]
        )
        alpha = cover(
            crop.shape,
            lambda layer, s: cv2.fillPoly(layer, [(outline * s).astype(np.int32)], 255),
            rng.uniform(0.3, 0.9),
        )
        alpha *= crop.body_mask
        dye = rng.uniform(10, 245, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(10, 250))
        weave = (side_cloth(rng, crop) - side_colour(rng, crop, 4)) * rng.uniform(0, 1.2)
        drop_shadow(rng, crop, alpha, 0.7)
        blend(crop.picture, alpha, np.clip(dye + weave, 0, 255))
        if rng.random() < 0.6:  # a seam or trimming along the edge, wider than a chain or of the cloth's colour
            line = (np.stack([px, py + rng.uniform(0.03, 0.1) * unit], 1) * 4).astype(np.int32)
            wide = rng.random() < 0.5
            thick = max(1, int((rng.uniform(0.07, 0.14) if wide else rng.uniform(0.006, 0.02)) * unit * 4))
            rim = cover(
                crop.shape, lambda layer, _: cv2.polylines(layer, [line], False, 255, thick), rng.uniform(0.3, 0.9)
            )
            blend(crop.picture, rim * alpha, rng.uniform(10, 250, 3) if wide else dye * rng.uniform(0.6, 1.3))
        return True
    return False


def paint_turtleneck(rng, crop):
    """Cover the neck with a collar of cloth that keeps the neck's shading."""
    unit, lm = crop.unit, crop.landmarks
    if crop.shape[0] - lm[8, 1] < 0.3 * unit:
        return False
    jaw = lm[2:15].copy()
    jaw[:, 1] += rng.uniform(0.0, 0.3) * unit * np.interp(np.arange(13), (0, 6, 12), (1.6, 1, 1.6))
    jaw[0, 1] = jaw[12, 1] = max(jaw[0, 1], jaw[12, 1], lm[8, 1] - rng.uniform(0.0, 0.5) * unit)
    left, right = jaw[0, 0] - 0.2 * unit, jaw[-1, 0] + 0.2 * unit
    bottom = min(crop.shape[0], lm[8, 1] + rng.uniform(0.7, 1.6) * unit)
    curve = [(left, jaw[0, 1]), *[(x, y) for x, y in jaw[1:-1]], (right, jaw[-1, 1]), (right, bottom), (left, bottom)]
    layer, face = np.zeros(crop.shape, np.uint8), np.zeros(crop.shape, np.uint8)
    cv2.fillPoly(layer, [np.array(curve, np.int32)], 255)
    cv2.fillPoly(face, [lm[:17].astype(np.int32)], 255)
    alpha = cv2.GaussianBlur(
        ((layer > 0) & (face == 0) & (crop.body_mask > 0)).astype(np.float32), (0, 0), 0.012 * unit
    )
    grey = cv2.GaussianBlur(crop.picture.mean(2), (0, 0), 0.03 * unit)
    shade = grey / max(20.0, float(np.median(grey[layer > 0])))
    if rng.random() < 0.5:
        dye = side_colour(rng, crop, 5)
    else:
        dye = rng.uniform(10, 245, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(10, 245))
    ribs = 1 + rng.uniform(0, 0.08) * np.sin(np.arange(crop.shape[1]) * rng.uniform(0.6, 1.4))[None]
    cloth = np.clip(dye * np.clip(shade * ribs, 0.3, 1.6)[..., None], 0, 255)
    if rng.random() < 0.6:
        fold = lm[8, 1] + rng.uniform(0.35, 0.75) * unit
        rows = np.abs(np.arange(crop.shape[0]) - fold - 0.05 * unit) / (0.03 * unit)
        cloth *= (1 - rng.uniform(0, 0.35) * np.exp(-(rows**2)))[:, None, None]
    blend(crop.picture, alpha, cloth)
    return True


def side_colour(rng, crop, share):
    """Return the garment's colour at the crop's lower left or right."""
    strip = crop.picture[-max(4, int(0.1 * crop.unit)) :]
    width = max(1, strip.shape[1] // share)
    side = strip[:, :width] if rng.random() < 0.5 else strip[:, -width:]
    return np.median(side.reshape(-1, 3), 0)


def side_cloth(rng, crop):
    """Return a picture full of the cloth at the crop's lower left or right, with its weave and pattern."""
    height, width = crop.shape
    size = int(rng.uniform(0.3, 0.5) * crop.unit)
    piece = crop.picture[-size:, :size] if rng.random() < 0.5 else crop.picture[-size:, -size:]
    tile = np.hstack((np.vstack((piece, piece[::-1])), np.vstack((piece, piece[::-1]))[:, ::-1]))
    return np.tile(tile, (height // tile.shape[0] + 1, width // tile.shape[1] + 1, 1))[:height, :width]


def paint_collar(rng, crop):
    """Fold a collar over the neckline: shirt, polo or lapels."""
    unit, lm = crop.unit, crop.landmarks
    if crop.shape[0] - lm[8, 1] < 0.6 * unit:
        return False
    cx, chin = (lm[4, 0] + lm[12, 0]) / 2, lm[8, 1]
    near = rng.uniform(0.5, 0.75)  # half width of the neck
    high, deep = rng.uniform(0.0, 0.35), rng.uniform(0.45, 1.1)
    tip, wide = deep + rng.uniform(0.1, 0.5), rng.uniform(0.25, 0.6)
    apart = rng.uniform(0, 0.12)
    lapel = rng.random() < 0.3
    own = side_colour(rng, crop, 4)
    weave = side_cloth(rng, crop) - own
    if rng.random() < 0.6:
        dye = own * rng.uniform(0.75, 1.25)
    else:
        dye = rng.uniform(15, 250, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(15, 250))
        weave *= rng.uniform(0, 0.6)
    before = crop.picture.copy()
    if rng.random() < 0.7:  # a placket closes the garment under the opening
        half = [(near, high), (2, 0.9), (2, 9)]
        outline = [(-x, y) for x, y in reversed(half)] + [(0, deep)] + half
        layer = np.zeros(crop.shape, np.uint8)
        cv2.fillPoly(layer, [np.array([(cx + x * unit, chin + y * unit) for x, y in outline], np.int32)], 255)
        closed = cv2.GaussianBlur(((layer > 0) & (crop.body_mask > 0)).astype(np.float32), (0, 0), 0.8)
        blend(crop.picture, closed, np.clip(own * rng.uniform(0.8, 1.1) + weave, 0, 255))
    for sign in (-1, 1):
        jitter = rng.normal(0, 0.03, (5, 2))
        points = [
            (near, high - 0.05),
            (near + rng.uniform(0.08, 0.25), high + 0.12),
            (wide + 0.1, tip + (0.5 if lapel else 0.0)),
            (wide * 0.4 + apart, tip + (0.25 if lapel else -0.05)),
            (apart, deep),
        ]
        flap = np.array(
            [(cx + sign * (x + u) * unit, chin + (y + v) * unit) for (x, y), (u, v) in zip(points, jitter, strict=True)]
        )
        layer = np.zeros(crop.shape, np.uint8)
        cv2.fillPoly(layer, [flap.astype(np.int32)], 255, cv2.LINE_AA)
        alpha = cv2.GaussianBlur(layer.astype(np.float32) / 255, (0, 0), rng.uniform(0.5, 1.2))
        shade = cv2.GaussianBlur(np.roll(alpha, int(0.05 * unit), 0), (0, 0), 0.035 * unit)
        blend(crop.picture, shade * rng.uniform(0.2, 0.6), (12, 10, 10))
        slope = np.linspace(rng.uniform(0.8, 1.1), rng.uniform(0.8, 1.15), crop.shape[1])[None, :, None]
        blend(crop.picture, alpha, np.clip(dye * slope + weave + rng.normal(0, 3, (*crop.shape, 1)), 0, 255))
        if rng.random() < 0.7:
            rim = np.zeros(crop.shape, np.uint8)
            cv2.polylines(rim, [flap[1:].astype(np.int32)], False, 255, max(1, int(0.012 * unit)), cv2.LINE_AA)
            seam = cv2.GaussianBlur(rim.astype(np.float32) / 255, (0, 0), 0.7)
            blend(crop.picture, seam * rng.uniform(0.2, 0.7), dye * rng.uniform(0.4, 0.8))
    face = np.zeros(crop.shape, np.uint8)
    cv2.fillPoly(face, [lm[:17].astype(np.int32)], 255)
    crop.picture[face > 0] = before[face > 0]
    return True


def redye(rng, crop):
    """Give the garment another lightness and tint: what matters is its shape."""
    cloth = ((crop.body_mask > 0) & (crop.skin_mask == 0)).astype(np.float32)
    below = (np.arange(crop.shape[0], dtype=np.float32) - crop.landmarks[8, 1]) / (0.4 * crop.unit)
    cloth = cv2.GaussianBlur(cloth, (0, 0), 1) * np.clip(below, 0, 1)[:, None]  # no edge where nothing ends
    lab = cv2.cvtColor(crop.picture.astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.float32)
    gain = rng.uniform(0.4, 1.2) * (-1 if rng.random() < 0.25 else 1)
    middle = float(np.median(lab[..., 0][cloth > 0.5])) if (cloth > 0.5).any() else 128.0
    lab[..., 0] += cloth * ((lab[..., 0] - middle) * (gain - 1) + rng.uniform(30, 225) - middle)
    lab[..., 1:] += cloth[..., None] * rng.normal(0, 12, 2)
    crop.picture[:] = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def deform(rng, crop):
    """Give neck and garment another cut: deeper or shallower, wider or narrower, a little crooked; the head stays."""
    unit, (ax, ay) = crop.unit, (float((crop.landmarks[4, 0] + crop.landmarks[12, 0]) / 2), float(crop.landmarks[8, 1]))
    height, width = crop.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    share = np.clip((y - ay) / unit * 2.5 + 0.1, 0, 1)  # none at the chin, all from 0.4 pupil distances below it
    wide, deep = np.exp(rng.normal(0, (0.1, 0.1)))
    lean, drop = rng.normal(0, 0.06), rng.normal(0, 0.1)
    from_x = (x - ax) * (wide - 1) + lean * (y - ay)
    from_y = (y - ay) * (deep - 1) + drop * unit + rng.normal(0, 0.06) * (x - ax)
    waves = cv2.resize(rng.normal(0, 0.035 * unit, (5, 6, 2)), (width, height), interpolation=cv2.INTER_CUBIC)
    from_x = (x + share * (from_x + waves[..., 0])).astype(np.float32)
    from_y = np.minimum(y + share * (from_y + waves[..., 1]), height - 1).astype(np.float32)
    crop.picture = cv2.remap(crop.picture, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    for name in ("skin_mask", "body_mask", "person"):
        mask = cv2.remap(getattr(crop, name), from_x, from_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        setattr(crop, name, mask)


# -- patches ------------------------------------------------------------------------------------------------------


def wear(rng, picture):
    """Return the picture as another camera would have taken it: light, tint, sharpness, noise, compression."""
    if rng.random() < 0.5:
        picture = 255 * (picture / 255) ** math.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.03, 3))
    kind = rng.random()
    if kind < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3))
    elif kind < 0.35:
        share = rng.uniform(0.5, 0.9)
        small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    elif kind < 0.5:
        picture = picture + rng.uniform(0.2, 0.8) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    if rng.random() < 0.2:
        picture = picture + rng.normal(0, rng.uniform(1, 4), picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(50, 95))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture[..., ::-1], quality)[1], cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(picture)


def turned(rng, pupils, growth, degrees=3):
    """Return pupils as of a head that is tilted by about some degrees and larger or smaller by about `growth`."""
    angle, grow = math.radians(rng.normal(0, degrees)), math.exp(rng.normal(0, growth))
    centre = pupils.mean(0)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (pupils - centre) @ turn.T * grow + centre


def cut(seed, crop, picture, shape, anchor):
    """Cut a patch, with a margin, a little turned and of a little other size."""
    rng = np.random.default_rng(seed)
    pupils = turned(rng, crop.pupils, 0.07)
    picture = wear(rng, picture)
    half = cv2.resize(
        picture, (max(1, picture.shape[1] // 2), max(1, picture.shape[0] // 2)), interpolation=cv2.INTER_AREA
    )
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    x, y = shape.origin
    wider = PatchShape(shape.width + 2 * SPARE, shape.height + 2 * SPARE, shape.scale, (x + SPARE, y + SPARE))
    return cut_patch(half, grey, wider, patch_transform(wider, anchor, pupils))


def before_and_after(seed, crop, before, shape, anchor):
    """Cut the patch of a crop, and say which of its pixels the paint has changed (NaN: nobody knows)."""
    patch = cut(seed, crop, crop.picture, shape, anchor)
    if before is None:
        return patch, np.zeros(patch.shape[:2], np.bool_)
    clean = cut(seed, crop, before, shape, anchor)
    step = np.abs(patch[..., :3].astype(np.int16) - clean[..., :3]).max(2)
    return patch, step > 20


class Neck:
    """Collar and turtleneck, and necklace: one patch of chin, neck, chest and neckline.

    Necklaces are learnt along, but read by the network of tools/train_necklace.py, which sees them larger.
    """

    name, rules, shape = "neck", ("necklace", "collar", "turtleneck"), NECK_PATCH
    widths, branch = (12, 16, 32, 48), (32, 64)
    dense, decay, rate, batch, steps, bank = 2, 1e-4, 3e-3, 48, 2400, 20000
    varied = False

    @classmethod
    def draw(cls, rng, samples, seed):
        """Return a patch, painted pixels, necklace or not; then all labels: necklace, no collar, turtleneck."""
        roll = rng.random()
        if roll < 0.2:
            sample = pick(rng, samples, "necklace", "fail")
        elif roll < 0.26:
            sample = pick(rng, samples, "turtleneck", "fail")
        elif roll < 0.5:
            sample = pick(rng, samples, "collar", "fail")
        elif roll < 0.85:
            sample = pick(rng, samples, "collar", "pass")
        else:
            sample = pick(rng, samples, "necklace", "pass")
        labels = list(cls.truth(sample))
        u, (ax, ay) = sample.unit, neck_anchor(sample.landmarks)
        crop = Crop(sample, (ax - 1.65 * u, ay - 0.5 * u, ax + 1.65 * u, ay + 2 * u))
        if cls.varied and rng.random() < 0.25:
            other = sample
            while other is sample or other.third != sample.third:  # of nobody kept aside
                other = pick(rng, samples, "turtleneck", "pass")
            paint_cloth(rng, crop, other, 1)
        if cls.varied and rng.random() < 0.7:
            deform(rng, crop)
        if rng.random() < 0.35:
            redye(rng, crop)
        if labels[1] == 1 and labels[2] != 1 and rng.random() < 0.25:
            if paint_collar(rng, crop):
                labels[1] = 0.0
                labels[0] = math.nan if labels[0] == 1 else labels[0]
        elif rng.random() < 0.12:
            if paint_turtleneck(rng, crop):
                labels = [math.nan if labels[0] == 1 else labels[0], math.nan, 1.0]
        elif rng.random() < 0.25 and labels[0] == 0 and paint_folds(rng, crop):
            labels[1] = math.nan
        before = None
        if labels[0] == 0 and rng.random() < 0.45:
            before = crop.picture.copy()
            if not paint_necklace(rng, crop):
                return None
            labels[0] = 1.0
        if cls.varied and rng.random() < 0.25:  # the frame ends higher up
            end = int(crop.landmarks[8, 1] + rng.uniform(0.7, 1.5) * u)
            crop.picture = crop.picture[:end]
            before = None if before is None else before[:end]
        anchor = tuple((np.array((ax, ay)) - crop.origin).tolist())
        patch, spot = before_and_after((seed, 0), crop, before, NECK_PATCH, anchor)
        if cls.varied:  # the necklace may be cut off or bent out of shape
            labels[0] = math.nan
        elif before is not None and spot[4:-4, 4:-4].sum() < 8:
            return None
        known = labels[0] if before is not None or labels[0] == 0 else math.nan
        return sample, patch, spot, known, tuple(labels)

    @staticmethod
    def truth(sample):
        return tuple(sample.known(rule) for rule in Neck.rules)

    @staticmethod
    def patch(sample, half, grey):
        matrix = patch_transform(NECK_PATCH, neck_anchor(sample.landmarks), sample.pupils)
        return cut_patch(half, grey, NECK_PATCH, matrix)


class VariedNeck(Neck):
    """Other garments, frames and backdrops, for collar and turtleneck only.

    Of necklaces it says nothing: bent and cut off with the rest they were found less well than with the others alone.
    """

    varied = True


BANKS = Neck, Neck, Neck, VariedNeck, VariedNeck


def pick(rng, samples, rule, answer):
    """Draw a sample with a given label; real photos and rare people more often."""
    pool = samples.setdefault((rule, answer), None)
    if pool is None:
        chosen = [s for s in samples["all"] if s.expect.get(rule) == answer]
        weights = np.array([(3.0 if s.folder in REAL else 1.0) / math.sqrt(samples["count"][s.base]) for s in chosen])
        pool = samples[rule, answer] = (chosen, weights / weights.sum())
    return pool[0][rng.choice(len(pool[0]), p=pool[1])]


def make_bank(task, samples, size, seed):
    """Draw and paint the training patches once.

    Returns the patches, painted pixels, whether the cells show a necklace, all labels (NaN is unknown), the skin's
    colours and each one's person's fold.
    """
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    for s in samples:
        counts[s.base] = counts.get(s.base, 0) + 1
    pools = {"all": samples, "count": counts}
    drawn = []
    number = 0
    while len(drawn) < size:
        number += 1
        found = task.draw(rng, pools, seed * 1_000_000 + number)
        if found is not None:
            drawn.append(found)
    people, patches, spots, cells, labels = zip(*drawn, strict=True)
    return {
        "patches": np.array(patches, np.uint8),
        "spots": np.array(spots, np.bool_),
        "cells": np.array(cells, np.float32),
        "labels": np.array(labels, np.float32),
        "skin": np.array([s.skin for s in people], np.float32),
        "fold": np.array([s.third for s in people]),
        "noise": rng.standard_normal(8_000_000, np.float32) * np.float32(0.04),
    }


def join_banks(banks):
    """Return several banks as one."""
    parts = {key: np.concatenate([bank[key] for bank in banks]) for key in banks[0] if key != "noise"}
    return parts | {"noise": banks[0]["noise"]}


# -- the network --------------------------------------------------------------------------------------------------


def fresh(rng, task):
    """Return random weights."""
    depth, params = CHANNELS, {}
    rows, columns = (task.shape.height - 2) // 2, (task.shape.width - 2) // 2
    for k, width in enumerate(task.widths):
        taps = 9 if k else 16
        params[f"w{k}"] = rng.normal(0, math.sqrt(2 / (taps * depth)), (taps * depth, width)).astype(np.float32)
        params[f"b{k}"] = np.zeros(width, np.float32)
        depth = width
        if 0 < k < len(task.widths) - 1:
            rows, columns = rows // 2, columns // 2
    params["head0"] = rng.normal(0, math.sqrt(1 / depth), (depth, 1)).astype(np.float32)
    params["bias0"] = np.full((rows, columns, 1), -6, np.float32)
    for k, width in enumerate(task.branch, len(task.widths)):
        params[f"w{k}"] = rng.normal(0, math.sqrt(2 / (9 * depth)), (9 * depth, width)).astype(np.float32)
        params[f"b{k}"] = np.zeros(width, np.float32)
        depth = width
    size = (rows >> len(task.branch) - 1) * (columns >> len(task.branch) - 1) * depth
    params["head1"] = rng.normal(0, math.sqrt(1 / size), (size, task.dense)).astype(np.float32)
    params["bias1"] = np.zeros(task.dense, np.float32)
    return params


def convolve(params, k, x, side=3, stride=1):
    """Run a layer: convolution and rectifier."""
    weights = params[f"w{k}"]
    kernel = weights.reshape(side, side, x.shape[-1], weights.shape[1])
    padding = "SAME" if side == 3 else "VALID"
    x = jax.lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.nn.relu(x + params[f"b{k}"])


def halve(x):
    """Return the 2 x 2 maximum."""
    n, rows, columns, depth = x.shape
    return x.reshape(n, rows // 2, 2, columns // 2, 2, depth).max((2, 4))


def logits_of(params, x, task, key=None):
    """Run the network, as `photospec.networks.patchnet.Network`; with a key, with dropout."""
    last = len(task.widths) - 1
    x = convolve(params, 0, x, 4, 2)
    for k in range(1, last + 1):
        x = convolve(params, k, x)
        x = halve(x) if k < last else x
    flat = x
    for k in range(last + 1, last + 1 + len(task.branch)):
        flat = convolve(params, k, flat)
        flat = halve(flat) if k < last + len(task.branch) else flat
    if key is not None:
        one, two = jax.random.split(key)
        flat = flat * jax.random.bernoulli(two, 0.6, flat.shape) / 0.6
        x = x * jax.random.bernoulli(one, 0.9, (x.shape[0], 1, 1, x.shape[3])) / 0.9
    cells = (x @ params["head0"] + params["bias0"])[..., 0]
    return cells, flat.reshape(len(x), -1) @ params["head1"] + params["bias1"]


def batch_of(rng, task, bank, chosen):
    """Return patches as the network reads them, shifted and varied, with the painted cells."""
    height, width = task.shape.height, task.shape.width
    x = np.empty((len(chosen), height, width, CHANNELS), np.float32)
    spots = np.empty((len(chosen), height - 2, width - 2), np.bool_)
    mirrored = rng.random(len(chosen)) < 0.5
    for i, k in enumerate(chosen):
        skin = bank["skin"][k] + rng.normal(0, (5, 2, 2))
        dy, dx = rng.integers(0, 2 * SPARE + 1, 2)
        way = -1 if mirrored[i] else 1
        part = bank["patches"][k, dy : dy + height, dx : dx + width][:, ::way]
        x[i] = relative_to_skin(np.ascontiguousarray(part)[None], skin.astype(np.float32))[0]
        spots[i] = bank["spots"][k, dy + 1 : dy + height - 1, dx + 1 : dx + width - 1][:, ::way]
    x *= rng.uniform(0.85, 1.15, (len(x), 1, 1, 1)).astype(np.float32)
    x += rng.normal(0, 0.06, (len(x), 1, 1, CHANNELS)).astype(np.float32)
    at = rng.integers(len(bank["noise"]) - x.size)
    x += bank["noise"][at : at + x.size].reshape(x.shape)
    shrink = 2 ** (len(task.widths) - 1)
    n, rows, columns = spots.shape
    cells = spots.reshape(n, rows // shrink, shrink, columns // shrink, shrink).sum((2, 4)) >= 2
    return x, cells.astype(np.float32)


def train(task, bank, used, steps, seed):
    """Fit a network by Adam; returns the running mean of its weights over the second half."""
    rng = np.random.default_rng(seed)
    params = {k: jnp.asarray(v) for k, v in fresh(rng, task).items()}
    moments = jax.tree.map(lambda v: (jnp.zeros_like(v), jnp.zeros_like(v)), params)

    def misfit(z, y):
        known = ~jnp.isnan(y)
        y = jnp.where(known, y, 0) * 0.96 + 0.02
        return jnp.sum((jax.nn.softplus(z) - y * z) * known) / jnp.maximum(1, jnp.sum(known))

    def loss(params, x, shown, labels, spots, key):
        cells, dense = logits_of(params, x, task, key)
        known = ~jnp.isnan(shown)[:, None, None]
        where = (jax.nn.softplus(cells) - spots * cells) * (1 + 2 * spots) * known
        whole = jax.nn.logsumexp(cells.reshape(len(x), -1), axis=1)
        total = where.sum() / len(x) / 48 + misfit(whole, labels[:, 0])
        total += misfit(dense[:, 0], labels[:, 1]) + misfit(dense[:, 1], labels[:, 2])
        total += 20 * task.decay * jnp.sum(params["head1"] ** 2)
        return total + task.decay * sum(jnp.sum(v**2) for k, v in params.items() if k[0] in "wh")

    @jax.jit
    def step(params, moments, x, shown, labels, spots, key, t, rate):
        value, grads = jax.value_and_grad(loss)(params, x, shown, labels, spots, key)
        new_p, new_m = {}, {}
        for k in params:
            m, v = moments[k]
            m, v = 0.9 * m + 0.1 * grads[k], 0.99 * v + 0.01 * grads[k] ** 2
            new_p[k] = params[k] - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.99**t)) + 1e-8)
            new_m[k] = (m, v)
        return new_p, new_m, value

    key = jax.random.PRNGKey(seed)
    average, running = params, 0.0
    for t in range(1, steps + 1):
        chosen = used[rng.integers(len(used), size=task.batch)]
        x, spots = batch_of(rng, task, bank, chosen)
        key, sub = jax.random.split(key)
        rate = task.rate * min(1, t / 50) * (0.5 + 0.5 * math.cos(math.pi * t / steps))
        params, moments, value = step(
            params, moments, x, bank["cells"][chosen], bank["labels"][chosen], spots, sub, float(t), rate
        )
        running = 0.95 * running + 0.05 * float(value)
        average = params if t < steps // 2 else jax.tree.map(lambda a, b: 0.99 * a + 0.01 * b, average, params)
        if t % 100 == 0:
            print(t, round(running, 3), flush=True)
    return average


def score(task, params, samples):
    """Return the log odds of untouched photos: of the cells together, then those of the dense head."""
    run = jax.jit(lambda x: logits_of(params, x, task))
    out = []
    for s in samples:
        half = cv2.resize(s.frame, (s.frame.shape[1] // 2, s.frame.shape[0] // 2), interpolation=cv2.INTER_AREA)
        patch = task.patch(s, half, cv2.cvtColor(s.frame, cv2.COLOR_RGB2GRAY))
        cells, dense = run(relative_to_skin(patch[None], s.skin))
        out.append([float(np.logaddexp.reduce(np.asarray(cells), axis=None)), *np.asarray(dense)[0].tolist()])
    return out


def save(task, weights, folder):
    """Write the trunk without its cells, and apart what branches off its map."""
    trunk, branch = len(task.widths), {}
    for k in range(len(task.branch)):
        for letter in "wb":
            branch[f"{letter}{k}"] = weights.pop(f"{letter}{trunk + k}")
    branch |= {"head0": weights.pop("head1"), "bias0": weights.pop("bias1")}
    del weights["head0"], weights["bias0"]
    np.savez_compressed(folder / f"{task.name}line.npz", **branch)
    np.savez_compressed(folder / f"{task.name}.npz", **weights)


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--steps", type=int, default=Neck.steps)
    parser.add_argument("--bank", type=int, default=Neck.bank, help="how many patches to draw")
    parser.add_argument("--out", default=str(Path(__file__).resolve().parent.parent / "photospec" / "networks"))
    options = parser.parse_args()
    Path(options.out).mkdir(parents=True, exist_ok=True)  # now, not when hours of work are to be written
    samples = load(options.folder, Neck.rules)
    size = options.bank // len(BANKS)
    bank = join_banks([make_bank(kind, samples, size, 3 + k) for k, kind in enumerate(BANKS)])
    print(len(samples), "photos", len(bank["fold"]), "drawn", flush=True)
    if not options.folds:
        params = train(Neck, bank, np.arange(len(bank["fold"])), options.steps, 7)
        save(Neck, {k: np.asarray(v, np.float16) for k, v in params.items()}, Path(options.out))
        return
    with (Path(options.out) / "neck-folds.jsonl").open("w") as out:
        for fold in range(3):
            params = train(Neck, bank, np.flatnonzero(bank["fold"] != fold), options.steps, fold)
            aside = [s for s in samples if s.third == fold]
            out.writelines(
                json.dumps({"file": s.row["file"], "fold": fold, "truth": Neck.truth(s), "logits": z}) + "\n"
                for s, z in zip(aside, score(Neck, params, aside), strict=True)
            )
            out.flush()


if __name__ == "__main__":
    main()
