"""Train the network that looks for necklaces at nearly full size; see photospec/portrait/dress.py.

    python tools/train_necklace.py EVAL_FOLDER [--folds] [--bank N] [--out FOLDER]

Needs torch (CPU) and, for what it shares with tools/train_dress.py, jax besides the package. Seeded. The shipped
weights are trained on all people; ``--folds`` trains three times instead, each with a third of the people kept aside,
and writes the log odds of those (JSON lines) for tools/train_folds.py.

Real necklaces are few, so their pixels were marked by hand: tools/necklaces.json has their lines, in pupil distances
from the neck's anchor, and the photos that two reviewers (language models, blind to the labels) both saw otherwise,
which teach nothing. The marked jewellery is also laid on other people of the same third, and more is painted: mostly
hair-thin to finger-thick chains with links, shine and shadow, in part under hair and garment. Garments get the cloth of
other photos, for a pattern is what looks most like beads. A teacher of twice the size learns of each cell whether it
shows jewellery, and of all cells together whether there is any; the network learns what that makes of each strip.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from train_dress import (
    METALS,
    REAL,
    STONES,
    Crop,
    deform,
    load,
    paint_folds,
    paint_necklace,
    pick,
    redye,
    turned,
    wear,
)

from photospec.networks.patchnet import CHANNELS, PatchShape, cut_lines
from photospec.portrait.dress import NECKLACE_STRIP, neck_anchor
from photospec.portrait.upright import patch_transform

cv2.setNumThreads(1)
torch.set_num_threads(1)
MARKED = Path(__file__).with_name("necklaces.json")
SPARE = 6  # px round a strip in the bank, for random shifts
WIDTHS, TEACHER, CONTEXT = (8, 16, 40, 40), (12, 24, 48, 48), 32
ROWS, COLUMNS = 14, 23
NONE, MARKED_REAL, REAL_ONLY, PAINTED = range(4)
THIN = 0.05  # pupil distances; thinner jewellery is laid on as a difference, thicker covers
CHAINS = (
    (212, 175, 95),
    (235, 205, 140),
    (190, 150, 80),
    (225, 190, 160),
    (200, 200, 205),
    (235, 235, 238),
    (150, 150, 155),
    (95, 90, 90),
    (170, 120, 90),
    (60, 55, 50),
)


# -- marked jewellery ---------------------------------------------------------------------------------------------


def marked_pixels(sample, lines):
    """Return where a sample's frame shows the marked jewellery, 0 to 255."""
    height, width = sample.frame.shape[:2]
    mask = np.zeros((2 * height, 2 * width), np.uint8)
    units = PatchShape(1, 1, 1.0, (0.0, 0.0))
    back = cv2.invertAffineTransform(patch_transform(units, neck_anchor(sample.landmarks), sample.pupils))
    for line in lines:
        points = np.array(line["line"]) @ back[:, :2].T + back[:, 2]
        thick = max(3, int(2 * line["width"] * sample.unit))
        cv2.polylines(mask, [(2 * points).astype(np.int32)], False, 255, thick)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)


class Donor:
    """A real necklace with the skin under it filled in, to be laid on other people."""

    shape = PatchShape(360, 250, 112.0, (180.0, 45.0))

    def __init__(self, sample, lines):
        shape = self.shape
        self.third = sample.third
        matrix = patch_transform(shape, neck_anchor(sample.landmarks), sample.pupils)
        size = shape.width, shape.height
        self.worn = cv2.warpAffine(sample.frame, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        thin, thick = (np.zeros((shape.height, shape.width), np.uint8) for _ in range(2))
        for line in lines:
            points = (np.array(line["line"]) * shape.scale + shape.origin).astype(np.int32)
            wide = max(3, round(line["width"] * shape.scale * 1.15) + 1)
            cv2.polylines(thin if line["width"] <= THIN else thick, [points], False, 255, wide)
        both = cv2.dilate(thin | thick, np.ones((3, 3), np.uint8))
        self.bare = cv2.inpaint(self.worn, both, 4, cv2.INPAINT_TELEA)
        self.thin, self.thick = (cv2.GaussianBlur(m.astype(np.float32) / 255, (0, 0), 0.8) for m in (thin, thick))


def lay_on(rng, crop, donor):
    """Lay a real necklace on a crop: thin parts as their difference from the skin, thick ones over it."""
    size, turn = crop.unit / donor.shape.scale * math.exp(rng.normal(0, 0.07)), rng.normal(0, 0.06)
    flip = -1 if rng.random() < 0.5 else 1
    lm = crop.landmarks
    place = np.array(
        ((lm[4, 0] + lm[12, 0]) / 2 + rng.normal(0, 0.08) * crop.unit, lm[8, 1] + rng.normal(0.02, 0.08) * crop.unit)
    )
    cos, sin = size * math.cos(turn), size * math.sin(turn)
    linear = np.array([[flip * cos, -sin], [flip * sin, cos]])
    matrix = np.hstack((linear, (place - linear @ np.array(donor.shape.origin))[:, None]))
    worn, bare, thin, thick = (
        cv2.warpAffine(part, matrix, crop.shape[::-1]).astype(np.float32)
        for part in (donor.worn, donor.bare, donor.thin, donor.thick)
    )
    gain = rng.uniform(0.6, 1.4)
    here = cv2.GaussianBlur(crop.picture, (0, 0), 6).mean(2)
    light = np.clip(here / np.maximum(bare.mean(2), 20), 0.35, 1.8)
    thin = thin * (crop.skin_mask if rng.random() < 0.7 else crop.body_mask)
    thick = thick * crop.body_mask * np.clip((np.abs(worn - bare).max(2) - 4) / 18, 0, 1)
    thick = cv2.GaussianBlur(thick, (0, 0), 0.7)
    if rng.random() < 0.3:  # one side only
        side = (np.arange(crop.shape[1]) > place[0]) == (rng.random() < 0.5)
        thin, thick = thin * side[None], thick * side[None]
    crop.picture += thin[..., None] * (worn - bare) * (gain * light)[..., None]
    crop.picture += thick[..., None] * (worn * np.clip(light, 0.6, 1.2)[..., None] - crop.picture)
    np.clip(crop.picture, 0, 255, out=crop.picture)
    return True


# -- paint --------------------------------------------------------------------------------------------------------


def paint_chain(rng, crop):
    """Paint a chain with links, shine and shadow; thin and close to the skin's colour, or a rope; at times beads."""
    u, lm = crop.unit, crop.landmarks
    chin = lm[8, 1]
    if crop.shape[0] - chin < 0.35 * u:
        return False
    cx = (lm[4, 0] + lm[12, 0]) / 2 + rng.normal(0, 0.08) * u
    left, right = np.clip(rng.uniform(0.6, 1.12) + rng.normal(0, 0.06, 2), 0.5, 1.2) * u
    top, depth = chin + rng.uniform(-0.15, 0.3) * u, rng.uniform(0.35, 1.7) * u
    t = np.linspace(-1, 1, 241)
    away = np.abs(t)
    form = (
        1 - away ** rng.uniform(1.5, 3.2),
        np.sqrt(np.maximum(0, 1 - away ** rng.uniform(1.6, 3))),
        (1 - away) ** rng.uniform(0.75, 1.05),
        (np.cosh(2.2) - np.cosh(2.2 * t)) / (np.cosh(2.2) - 1),
    )[rng.integers(4)]
    if rng.random() < 0.5:
        form = np.clip(form, 0, 1) ** rng.uniform(0.6, 0.95)
    px = cx + rng.normal(0, 0.12) * u * (1 - away) + np.where(t < 0, t * left, t * right)
    py = top + depth * form + rng.normal(0, 0.06) * u * t
    py += rng.normal(0, 0.006) * u * np.sin(9 * t + rng.uniform(0, 6))
    walked = np.concatenate([[0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
    steps = int(walked[-1] * 1.2)
    along = np.linspace(0, walked[-1], steps)
    qx, qy = np.interp(along, walked, px), np.interp(along, walked, py)
    fat = rng.random() < 0.22
    thick = np.exp(rng.uniform(*np.log((0.04, 0.14) if fat else (0.009, 0.045)))) * u
    colour = np.asarray(CHAINS[rng.integers(len(CHAINS))], np.float32) * rng.uniform(0.55, 1.1)
    rows, columns = (np.clip(v.astype(int), 0, n - 1) for v, n in ((qy, crop.shape[0]), (qx, crop.shape[1])))
    skin = cv2.GaussianBlur(crop.picture, (0, 0), 3)[rows, columns]
    likeness = rng.uniform(0, 0.65) ** 1.3 * (0.3 if fat else 1)
    light = np.clip(skin.mean(1, keepdims=True) / 150, 0.3, 1.15)
    tints = colour * light * (1 - likeness) + skin * likeness * rng.uniform(0.7, 1.3)
    pitch = max(1.6, rng.uniform(0.012, 0.06) * u)
    links = 1 + rng.uniform(0, 0.55) * np.sin(2 * np.pi * along / pitch + rng.uniform(0, 6))
    knots = max(4, int(walked[-1] / (rng.uniform(0.05, 0.3) * u)))
    at = np.linspace(0, walked[-1], knots)
    links *= np.interp(along, at, np.exp(rng.normal(0, rng.uniform(0.05, 0.4), knots)))
    tints = np.clip(tints * links[:, None], 0, 255)
    if rng.random() < 0.5:
        sparks = rng.random(steps) < rng.uniform(0.005, 0.06)
        tints[sparks] = np.clip(tints[sparks] * 1.5 + 60, 0, 255)
    fade = np.interp(along, at, np.clip(rng.uniform(rng.uniform(0.1, 1), 1.15, knots), 0, 1))
    strength = rng.uniform(0.45, 1)
    x0, y0 = max(0, int(qx.min()) - 8), max(0, int(qy.min()) - 8)
    x1, y1 = min(crop.shape[1], int(qx.max()) + 9), min(crop.shape[0], int(qy.max()) + 9)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return False
    s = 4
    layer = np.zeros(((y1 - y0) * s, (x1 - x0) * s, 4), np.uint8)
    points = np.stack([(qx - x0) * s, (qy - y0) * s], 1).astype(np.int32).tolist()
    width = max(1, round(thick * s))

    def ink(rgb, cover=255.0):
        return (*np.clip(rgb, 0, 255).tolist(), float(cover))

    dotted, gap = rng.random() < 0.25, rng.uniform(0.3, 0.6)
    phase = (along / pitch / rng.uniform(1, 2)) % 1
    for i in range(steps - 1):
        wide = max(1, width // 3) if dotted and phase[i] < gap else width
        cv2.line(layer, points[i], points[i + 1], ink(tints[i], 255 * fade[i]), wide)
    if fat and rng.random() < 0.7:  # lit along its upper edge
        for part, gain in ((0.55, 1.15), (0.25, 1.4)):
            up = int(width * rng.uniform(0, 0.2))
            for i in range(steps - 1):
                ends = [(x, y - up) for x, y in points[i : i + 2]]
                cv2.line(layer, *ends, ink(tints[i] * gain + 10, 255 * fade[i]), max(1, int(width * part)))
    if rng.random() < 0.15:  # beads
        radius = rng.uniform(0.015, 0.07) * u
        apart = radius * 2 * rng.uniform(0.95, 3)
        stock = METALS if rng.random() < 0.5 else STONES
        bead = np.asarray(stock[rng.integers(len(stock))], np.float32)
        for d in np.arange(rng.uniform(0, apart), walked[-1], apart):
            i = min(steps - 1, int(d / walked[-1] * steps))
            r, tint, (x, y) = radius * rng.uniform(0.8, 1.2) * s, bead * rng.uniform(0.6, 1.1) * light[i], points[i]
            cv2.circle(layer, (x, y), max(2, int(r)), ink(tint), -1)
            cv2.circle(layer, (int(x - 0.2 * r), int(y - 0.3 * r)), max(1, int(r / 2)), ink(tint * 1.3 + 20), -1)
            cv2.circle(layer, (int(x - 0.25 * r), int(y - 0.4 * r)), max(1, int(r / 5)), ink(tint * 1.5 + 90), -1)
    if rng.random() < 0.35:
        i = int(np.argmax(qy))
        hang(rng, layer, points[i], rng.uniform(0.02, 0.09) * u * s, light[i], ink)
    float_layer = layer.astype(np.float32)
    float_layer[..., :3] *= float_layer[..., 3:] / 255
    small = cv2.resize(float_layer, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    if (blur := rng.uniform(0, 0.8)) > 0.25:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    alpha = small[..., 3] / 255
    tint = small[..., :3] / np.maximum(alpha[..., None], 1e-3)
    picture = crop.picture[y0:y1, x0:x1]
    bare, body = (m[y0:y1, x0:x1].astype(np.float32) for m in (crop.skin_mask, crop.body_mask))
    keep = bare if (alpha * bare).sum() > 0.2 * alpha.sum() and rng.random() < 0.8 else body
    if rng.random() < 0.3:  # only the flanks are seen, or one of them
        xs = np.arange(x0, x1)
        flank = np.abs(xs - cx) > rng.uniform(0, 0.6) * u
        if rng.random() < 0.5:
            flank &= (xs > cx) == (rng.random() < 0.5)
        keep = keep * flank[None]
    if rng.random() < 0.2:  # under the top from some height on
        keep = keep * (np.arange(y0, y1) < chin + rng.uniform(0.3, 1.1) * u)[:, None]
    alpha = alpha * keep
    if rng.random() < 0.6:
        shadow = np.roll(alpha, (int(rng.integers(1, 4)), int(rng.integers(-2, 3))), (0, 1))
        shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.5, 1.8)) * body * rng.uniform(0.08, 0.5)
        picture *= 1 - shadow[..., None] * np.array((0.7, 0.9, 1), np.float32)
    picture += (alpha * strength)[..., None] * (tint - picture)
    np.clip(picture, 0, 255, out=picture)
    return True


def hang(rng, layer, point, r, light, ink):
    """Draw a pendant of radius `r` below a point of the layer: a jewel, a cross or a ring."""
    stock = METALS + STONES
    colour = np.asarray(stock[rng.integers(len(stock))], np.float32) * rng.uniform(0.6, 1.1) * light
    x, y = point[0], int(point[1] + r)
    axes = max(2, int(r * rng.uniform(0.4, 1))), max(2, int(r))
    kind = rng.random()
    if kind < 0.6:
        cv2.ellipse(layer, (x, y), axes, 0, 0, 360, ink(colour * 0.8), -1)
        for _ in range(rng.integers(2, 9)):
            dx, dy = rng.normal(0, 0.35, 2) * axes
            facet = ink(colour * rng.uniform(0.4, 1.7) + rng.uniform(0, 60))
            cv2.circle(layer, (int(x + dx), int(y + dy)), max(1, int(r * rng.uniform(0.1, 0.35))), facet, -1)
    elif kind < 0.8:
        bar = max(1, int(r * 0.3))
        cv2.line(layer, (x, int(y - r)), (x, int(y + 1.3 * r)), ink(colour), bar)
        cv2.line(layer, (int(x - 0.7 * r), y), (int(x + 0.7 * r), y), ink(colour), bar)
    else:
        cv2.ellipse(layer, (x, y), axes, 0, 0, 360, ink(colour), max(1, int(r * 0.3)))


def change_cloth(rng, crop, other, kept):
    """Make the garment of another photo's cloth, but for the kept pixels."""
    width = other.frame.shape[1]
    below = int(other.landmarks[8, 1] + 0.5 * other.unit)
    if other.frame.shape[0] - below < 24:
        return
    left = rng.random() < 0.5
    share = int(rng.uniform(0.25, 0.5) * width)
    piece = (other.frame[below:, :share] if left else other.frame[below:, -share:]).astype(np.float32)
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    column = np.vstack((piece, piece[::-1]))
    tile = np.hstack((column, column[:, ::-1]))
    height, width = crop.shape
    cloth = np.tile(tile, (height // tile.shape[0] + 1, width // tile.shape[1] + 1, 1))[:height, :width]
    worn = ((crop.body_mask > 0) & (crop.skin_mask == 0)).astype(np.float32)
    worn = np.clip((cv2.GaussianBlur(worn, (0, 0), 2.5) - 0.5) * 3 + 0.5, 0, 1)
    low = np.arange(height) > crop.landmarks[8, 1] + 0.1 * crop.unit
    worn = cv2.GaussianBlur(worn * low[:, None].astype(np.float32), (0, 0), 0.7)
    if kept is not None:
        worn *= 1 - cv2.dilate(kept, np.ones((5, 5), np.uint8)).astype(np.float32) / 255
    grey, inside = crop.picture.mean(2), worn > 0.5
    middle = float(np.median(grey[inside])) if inside.any() else 100.0
    shade = np.clip(cv2.GaussianBlur(grey, (0, 0), 2.5) / max(15.0, middle), 0.5, 1.4)
    if rng.random() < 0.5:
        shade = np.sqrt(shade)
    crop.picture += worn[..., None] * (cloth * shade[..., None] - crop.picture)
    np.clip(crop.picture, 0, 255, out=crop.picture)


# -- strips -------------------------------------------------------------------------------------------------------


def cut(picture, shape, matrix):
    """Cut a strip as `find_necklace` does."""
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    picture = picture[:height, :width]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cut_lines(half, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), shape, matrix)


def draw(rng, pools, seed, donors, masks):
    """Return a strip, its jewellery's pixels, what is known of it and its sample, or None."""
    real = rng.random() < 0.16
    sample = pick(rng, pools, "necklace", "fail" if real else "pass")
    u, (ax, ay) = sample.unit, neck_anchor(sample.landmarks)
    crop = Crop(sample, (ax - 1.65 * u, ay - 0.5 * u, ax + 1.65 * u, ay + 2 * u))
    x0, y0 = crop.origin.astype(int)
    height, width = crop.shape
    mask = None
    if real and (mask := masks.get(sample.row["file"])) is not None:
        mask = crop.person = mask[y0 : y0 + height, x0 : x0 + width]  # bent with the rest
    if rng.random() < 0.12:
        redye(rng, crop)
    elif rng.random() < 0.3:
        third = pools.setdefault(
            ("third", sample.third), [s for s in pools["all"] if s.third == sample.third and s.folder in REAL]
        )
        change_cloth(rng, crop, third[rng.integers(len(third))], mask)
    if (not real or mask is not None) and rng.random() < 0.3:
        deform(rng, crop)
        mask = None if mask is None else crop.person
    if not real and rng.random() < 0.12:
        paint_folds(rng, crop)
    before, kind = None, NONE
    if real:
        kind = REAL_ONLY if mask is None else MARKED_REAL
    elif rng.random() < 0.5:
        before, kind, roll = crop.picture.copy(), PAINTED, rng.random()
        near = [d for d in donors if d.third == sample.third]
        if roll < 0.32 and near:
            done = lay_on(rng, crop, near[rng.integers(len(near))])
        else:
            done = paint_chain(rng, crop) if roll < 0.9 else paint_necklace(rng, crop)
        if not done:
            return None
    pupils = turned(rng, crop.pupils, 0.08)
    (left, top), shape = NECKLACE_STRIP.origin, NECKLACE_STRIP
    wider = PatchShape(shape.width + 2 * SPARE, shape.height + 2 * SPARE, shape.scale, (left + SPARE, top + SPARE))
    matrix = patch_transform(wider, (ax - float(x0), ay - float(y0)), pupils)
    strip = cut(wear(np.random.default_rng(seed), crop.picture.copy()), wider, matrix)
    shown = np.zeros(strip.shape[:2], np.bool_)
    if before is not None:
        step = cv2.warpAffine(np.abs(crop.picture - before).max(2), matrix, (wider.width, wider.height))
        shown = step > 12
        if (step[SPARE:-SPARE, SPARE:-SPARE] > 28).sum() < 40:
            return None  # what cannot be seen teaches nothing
    elif mask is not None:
        shown = cv2.warpAffine(mask, matrix, (wider.width, wider.height)) > 90
    return strip, shown, kind, sample


def make_bank(samples, marked, size, seed):
    """Draw and paint the training strips once."""
    by_file = {s.row["file"]: s for s in samples}
    known = {file: lines for file, lines in marked["chains"].items() if file in by_file}
    masks = {file: marked_pixels(by_file[file], lines) for file, lines in known.items()}
    donors = [Donor(by_file[file], lines) for file, lines in known.items()]
    counts: dict[str, int] = {}
    for s in samples:
        counts[s.base] = counts.get(s.base, 0) + 1
    pools = {"all": samples, "count": counts}
    rng = np.random.default_rng(seed)
    drawn, number = [], 0
    while len(drawn) < size:
        number += 1
        if (found := draw(rng, pools, seed * 1_000_000 + number, donors, masks)) is not None:
            drawn.append(found)
    strips, shown, kinds, people = zip(*drawn, strict=True)
    return {
        "strips": np.array(strips),
        "shown": np.array(shown),
        "kind": np.array(kinds),
        "skin": torch.from_numpy(np.array([s.skin for s in people], np.float32)),
        "fold": np.array([s.third for s in people]),
    }


# -- the network --------------------------------------------------------------------------------------------------


def relative(strips, skin):
    """Return strips (N, H, W, 5) as the network reads them, channels first; as `patchnet.relative_to_skin`."""
    x = torch.from_numpy(strips).permute(0, 3, 1, 2).float()
    levels = torch.cat(
        (skin * torch.tensor([2.55, 1, 1]) + torch.tensor([0, 128, 128.0]), torch.zeros(len(skin), 2)), 1
    )
    units = torch.tensor([25 * 2.55, 15, 15, 16, 16]).view(1, CHANNELS, 1, 1)
    return ((x - levels[:, :, None, None]) / units).contiguous(memory_format=torch.channels_last)


class Strip(nn.Module):
    """Cells of eight pixels, and round each what lies within a pupil distance, from a map of half the size."""

    def __init__(self, widths, drop):
        super().__init__()
        self.drop = drop
        depths = CHANNELS, *widths, CONTEXT, CONTEXT
        pairs = list(pairwise(depths))
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3 if k else 4, 1 if k else 2, 1 if k else 0, bias=False) for k, (a, b) in enumerate(pairs)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.head = nn.Conv2d(widths[-1], 1, 1, bias=False)
        nn.init.normal_(self.head.weight, 0, math.sqrt(1 / widths[-1]))
        self.wider = nn.Conv2d(CONTEXT, 1, 1, bias=False)
        nn.init.zeros_(self.wider.weight)
        self.bias = nn.Parameter(torch.full((1, 1, ROWS, COLUMNS), -7.0))

    def forward(self, x):
        """Return the log odds of the cells."""
        for k, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = functional.relu_(norm(layer(x)))
            if k < 2:
                x = functional.max_pool2d(x, 2)
            elif k == 3:
                x = cells = functional.dropout2d(x, self.drop, self.training)
                x = functional.max_pool2d(functional.pad(x, (0, 1)), 2)
        x = self.wider(functional.dropout2d(x, 1.5 * self.drop, self.training))
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., :COLUMNS]
        return (self.head(cells) + x + self.bias)[:, 0].float()


def batch_of(rng, bank, chosen):
    """Return strips as the network reads them, shifted and varied, and how many pixels of each cell are jewellery."""
    n, height, width = len(chosen), NECKLACE_STRIP.height, NECKLACE_STRIP.width
    strips = np.empty((n, height, width, CHANNELS), np.uint8)
    shown = np.empty((n, height - 2, width - 2), np.bool_)
    for i, k in enumerate(chosen):
        dy, dx = rng.integers(0, 2 * SPARE + 1, 2)
        way = -1 if rng.random() < 0.5 else 1
        strips[i] = bank["strips"][k, dy : dy + height, dx : dx + width][:, ::way]
        shown[i] = bank["shown"][k, dy + 1 : dy + height - 1, dx + 1 : dx + width - 1][:, ::way]
    skin = bank["skin"][chosen] + torch.from_numpy(rng.normal(0, (5, 2, 2), (n, 3)).astype(np.float32))
    x = relative(strips, skin).mul_(0.85 + 0.3 * torch.rand(n, 1, 1, 1))
    x.add_(0.06 * torch.randn(n, CHANNELS, 1, 1) + 0.04 * torch.randn(1, CHANNELS, height, width))
    return x, torch.from_numpy(shown.reshape(n, ROWS, 8, COLUMNS, 8).sum((2, 4))).float()


def fit(net, steps, rate, misfit, memory=0.99):
    """Minimise `misfit` by Adam; returns the network with the running mean of the second half's weights."""
    adam, average, running, began = torch.optim.Adam(net.parameters(), betas=(0.9, 0.99)), {}, 0.0, time.monotonic()
    for t in range(1, steps + 1):
        for group in adam.param_groups:
            group["lr"] = rate * min(1, t / 50) * (0.5 + 0.5 * math.cos(math.pi * t / steps))
        loss = misfit(net, t)
        loss = loss + 1e-4 * sum((p**2).sum() for name, p in net.named_parameters() if "weight" in name)
        adam.zero_grad()
        loss.backward()
        adam.step()
        running = 0.97 * running + 0.03 * float(loss.detach())
        if t >= steps // 2:
            for name, value in net.state_dict().items():
                if name not in average or not value.dtype.is_floating_point:
                    average[name] = value.detach().clone()
                else:
                    average[name].mul_(memory).add_(value, alpha=1 - memory)
        if t % 500 == 0:
            print(t, round(running, 3), round(time.monotonic() - began), "s", flush=True)
    net.load_state_dict(average)
    return net.eval()


def choose(rng, hardness, size, hard):
    """Draw the numbers of a batch, some of them from what is hard."""
    chosen = rng.integers(len(hardness), size=size - hard)
    if hard:
        some = rng.integers(len(hardness), size=6 * hard)
        weights = hardness[some] ** 0.7
        chosen = np.concatenate((chosen, rng.choice(some, hard, p=weights / weights.sum())))
    return chosen


def unlike_told(cells, told, jewellery, share, few):
    """Return how far log odds are from a teacher's, cell by cell (over `few`), and as a whole from it and the label."""
    whole = torch.logsumexp(cells.flatten(1), 1)
    label = torch.from_numpy(jewellery * 0.96 + 0.02).float()
    truth = share * torch.sigmoid(torch.logsumexp(told.flatten(1), 1)) + (1 - share) * label
    where = (functional.softplus(cells) - torch.sigmoid(told) * cells).sum((1, 2)) / few
    return (functional.softplus(whole) - truth * whole + where).mean()


def train(bank, used, steps, seed, size=32):
    """Fit a teacher to labels and marks, with the hardest strips more often."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    hardness = np.ones(len(used))

    def misfit(net, t):
        chosen = choose(rng, hardness, size, int(0.35 * size) if t > steps // 6 else 0)
        x, pixels = batch_of(rng, bank, used[chosen])
        kind = bank["kind"][used[chosen]]
        here = (pixels >= 3).float()
        beside = functional.max_pool2d((pixels >= 1).float()[:, None], 3, 1, 1)[:, 0]
        weights = torch.where(here > 0, 3.0, 1 - beside)  # next to jewellery nothing is said
        weights[kind == REAL_ONLY] = 0
        weights[kind == MARKED_REAL] *= 0.5 + 0.5 * here[kind == MARKED_REAL]  # the marks may be incomplete
        truth = torch.from_numpy((kind > NONE) * 0.96 + 0.02).float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            cells = net(x)
        where = ((functional.softplus(cells) - here * cells) * weights).sum((1, 2)) / 60
        whole = torch.logsumexp(cells.flatten(1), 1)
        wrong = functional.softplus(whole) - truth * whole
        # Paint that is nearly invisible stays hard and teaches little.
        hardness[chosen] = np.clip(wrong.detach().numpy(), 0.02, np.where(kind == PAINTED, 0.5, 3))
        return (where + wrong).mean()

    return fit(Strip(TEACHER, 0.1).to(memory_format=torch.channels_last), steps, 3e-3, misfit)


def teach(teacher, bank, used, steps, seed, share=0.7, size=32):
    """Fit the network to what a teacher makes of each batch as it is varied, and a little to the labels."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)

    def misfit(net, _):
        chosen = used[rng.integers(len(used), size=size)]
        x, _ = batch_of(rng, bank, chosen)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                told = teacher(x)
            cells = net(x)
        return unlike_told(cells, told, bank["kind"][chosen] > NONE, share, 20)

    return fit(Strip(WIDTHS, 0.0).to(memory_format=torch.channels_last), steps, 3e-3, misfit)


def train_all(bank, fold):
    """Train a teacher and then the network, without the people of a fold (None: with everybody)."""
    used = np.flatnonzero(bank["fold"] != (-1 if fold is None else fold))
    seed = 7 if fold is None else fold
    return teach(train(bank, used, 3000, seed), bank, used, 2600, seed)


def score(net, samples):
    """Return the log odds of untouched photos."""
    out = []
    with torch.no_grad():
        for s in samples:
            matrix = patch_transform(NECKLACE_STRIP, neck_anchor(s.landmarks), s.pupils)
            x = relative(cut(s.frame, NECKLACE_STRIP, matrix)[None], torch.from_numpy(s.skin[None]))
            out.append(float(torch.logsumexp(net(x).flatten(), 0)))
    return out


def folded(net):
    """Yield the weights and the bias of each layer, its normalisation in them."""
    for layer, norm in zip(net.layers, net.norms, strict=True):
        gain = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
        weights = (layer.weight.detach() * gain[:, None, None, None]).permute(2, 3, 1, 0).reshape(-1, len(gain))
        bias = (norm.bias - norm.running_mean * gain).detach()
        yield weights.numpy().astype(np.float16), bias.numpy().astype(np.float16)


def save(net, folder):
    """Write the trunk with its cells, and apart what reads its map more widely."""
    layers = list(folded(net))
    trunk, context = {"pools": np.array((0, 1))}, {"pools": np.array((), np.int64)}
    for parts, own in ((trunk, layers[:4]), (context, layers[4:])):
        for k, pair in enumerate(own):
            parts[f"w{k}"], parts[f"b{k}"] = pair
    trunk["head0"] = net.head.weight.detach().reshape(-1, 1).numpy().astype(np.float16)
    trunk["bias0"] = net.bias.detach().reshape(ROWS, COLUMNS, 1).numpy().astype(np.float16)
    context["head0"] = net.wider.weight.detach().reshape(-1, 1).numpy().astype(np.float16)
    context["bias0"] = np.zeros((ROWS // 2, (COLUMNS + 1) // 2, 1), np.float16)
    np.savez_compressed(folder / "necklace.npz", **trunk)
    np.savez_compressed(folder / "necklace-context.npz", **context)


def write_folds(path, samples, train_without, score_of, key):
    """Train without each third of the people in turn, and write what that network says of them, line by line."""
    with path.open("w") as out:
        for fold in range(3):
            net = train_without(fold)
            aside = [s for s in samples if s.third == fold]
            for s, answer in zip(aside, score_of(net, aside), strict=True):
                out.write(json.dumps({"file": s.row["file"], "fold": fold, key: answer}) + "\n")
            out.flush()


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--bank", type=int, default=14000, help="how many strips to draw")
    parser.add_argument("--out", default=str(Path(__file__).resolve().parent.parent / "photospec" / "networks"))
    options = parser.parse_args()
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    marked = json.loads(MARKED.read_text())
    samples = [s for s in load(options.folder, ("necklace",)) if "necklace" in s.expect]
    teaching = [s for s in samples if s.row["file"] not in marked["doubtful"]]
    bank = make_bank(teaching, marked, options.bank, 4)
    print(len(samples), "photos", len(bank["fold"]), "drawn", flush=True)
    if not options.folds:
        save(train_all(bank, None), folder)
        return
    write_folds(folder / "necklace-folds.jsonl", samples, lambda fold: train_all(bank, fold), score, "logit")


if __name__ == "__main__":
    main()
