"""Train the network that looks for earrings at nearly full size; see photospec/portrait/dress.py.

    python tools/train_ears.py EVAL_FOLDER [--folds] [--bank N] [--out FOLDER]

Needs torch (CPU) and, for what it shares with tools/train_dress.py, jax besides the package. Seeded. The shipped
weights are trained on all people; ``--folds`` trains three times instead, each with a third of the people kept aside,
and writes the log odds of those (JSON lines) for tools/train_folds.py.

Real earrings are few, so their place was marked: tools/ears.json has ellipses, in pupil distances from the ear's
anchor, and the photos whose label two reviewers (language models, blind to it) both contradicted, which teach nothing.
The marked jewellery is also laid on other people of the same third, and more is painted. Prints, leaves, braids and
curls lie behind and beside the ear without any. Of the earrings painted in the evaluation set itself only that they are
there is learnt, and seldom: they are all alike.

Some of what is painted nobody could see, and some of what is not looks the same. So two networks learn first, one from
photos as they are, one from bent and recoloured ones too, and what they make of a patch together the third one learns.
"""

from __future__ import annotations

import argparse
import json
import math
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
    blend,
    cover,
    drop_shadow,
    load,
    material,
    paint_cloth,
    paint_strands,
    pick,
    sheen,
    turned,
    wear,
)
from train_necklace import CHAINS, choose, fit, folded, relative, unlike_told, write_folds

from photospec.networks.patchnet import CHANNELS, PatchShape, cut_strips
from photospec.portrait.dress import EAR_PATCH, ear_anchors
from photospec.portrait.upright import patch_transform

cv2.setNumThreads(1)
torch.set_num_threads(1)
MARKED = Path(__file__).with_name("ears.json")
SPARE = 6  # px round a patch in the bank, for random shifts
WIDTHS = 8, 24, 32, 64
POOLED = (0, 1, 2)  # layers that a 2 x 2 maximum follows
CELL = 16  # px a side
ROWS, COLUMNS = (EAR_PATCH.height - 2) // CELL, (EAR_PATCH.width - 2) // CELL
NONE, WORN, PAINTED, UNMARKED = range(4)


# -- marked jewellery ---------------------------------------------------------------------------------------------


def draw_marks(mask, marks, place, ring, grow=1.0):
    """Draw ellipses, given in pupil distances, where `place` takes their points; rings `ring` pixels wide."""
    turn = np.linspace(0, 2 * np.pi, 60)
    for kind, x, y, width, height in marks:
        points = np.stack((x + width * grow * np.cos(turn), y + height * grow * np.sin(turn)), 1)
        line = place(points).astype(np.int32)
        if kind == "ring":
            cv2.polylines(mask, [line], True, 255, max(2, round(ring)))
        else:
            cv2.fillPoly(mask, [line], 255)


def marked_pixels(sample, side, marks):
    """Return where a sample's frame shows the marked jewellery, 0 to 255."""
    height, width = sample.frame.shape[:2]
    mask = np.zeros((2 * height, 2 * width), np.uint8)
    units = PatchShape(1, 1, 1.0, (0.0, 0.0))
    there = patch_transform(units, ear_anchors(sample.landmarks)[side], sample.pupils, mirrored=side == 1)
    back = cv2.invertAffineTransform(there)
    draw_marks(mask, marks, lambda points: 2 * (points @ back[:, :2].T + back[:, 2]), 0.07 * sample.unit)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)


class Donor:
    """What lies within marks beside an ear, and that place filled in, to be laid on other people."""

    shape = PatchShape(180, 270, 160.0, (100.0, 100.0))

    def __init__(self, sample, side, marks):
        shape = self.shape
        self.third = sample.third
        matrix = patch_transform(shape, ear_anchors(sample.landmarks)[side], sample.pupils, mirrored=side == 1)
        self.worn = cv2.warpAffine(sample.frame, matrix, (shape.width, shape.height), borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((shape.height, shape.width), np.uint8)
        draw_marks(mask, marks, lambda points: points * shape.scale + shape.origin, 0.05 * shape.scale, 1.15)
        self.bare = cv2.inpaint(self.worn, cv2.dilate(mask, np.ones((3, 3), np.uint8)), 4, cv2.INPAINT_TELEA)
        step = np.abs(self.worn.astype(np.float32) - self.bare).max(2)
        alpha = (mask > 0) * np.clip((step - 8) / 24, 0, 1)
        self.alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8).astype(np.float32)


def lay_on(rng, crop, donor, anchor, outwards):
    """Lay a donor's jewellery beside an ear, a little turned and of a little other size and light."""
    size, turn = crop.unit / donor.shape.scale * math.exp(rng.normal(0, 0.12)), rng.normal(0, 0.12)
    flip = float(-outwards)
    place = anchor + np.array((outwards * rng.normal(0, 0.05), rng.normal(0, 0.07))) * crop.unit
    cos, sin = size * math.cos(turn), size * math.sin(turn)
    linear = np.array([[flip * cos, -flip * sin], [sin, cos]])
    matrix = np.hstack((linear, (place - linear @ np.array(donor.shape.origin))[:, None]))
    worn, bare, alpha = (
        cv2.warpAffine(part, matrix, crop.shape[::-1]).astype(np.float32)
        for part in (donor.worn, donor.bare, donor.alpha)
    )
    if alpha.sum() < 2:
        return False
    here, there = ((alpha[..., None] * p).mean() for p in (cv2.GaussianBlur(crop.picture, (0, 0), 4), bare))
    light = np.clip(here / max(there, 20 * alpha.mean()), 0.5, 1.5) ** rng.uniform(0, 1)
    blend(crop.picture, alpha, np.clip(worn * light * np.exp(rng.normal(0, 0.05, 3)), 0, 255))
    return True


# -- paint --------------------------------------------------------------------------------------------------------


def ball(rng, crop, centre, radius, colour):
    """Lay a shaded ball with a highlight on the picture."""
    y, x = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]].astype(np.float32)
    u, v = (x - centre[0]) / radius, (y - centre[1]) / (radius * rng.uniform(0.85, 1.25))
    square = u * u + v * v
    alpha = np.clip((1.15 - np.sqrt(square)) * radius, 0, 1)
    towards = rng.uniform(-0.6, 0.6), rng.uniform(-0.8, -0.1)
    lit = np.sqrt(np.clip(1 - square, 0, 1)) * 0.45 + 0.62 + 0.25 * (u * towards[0] + v * towards[1])
    drop_shadow(rng, crop, alpha, 0.6)
    blend(crop.picture, alpha, np.clip(np.asarray(colour, np.float32) * lit[..., None], 0, 255))
    if rng.random() < 0.8:
        spot = np.exp(-((u - 0.4 * towards[0]) ** 2 + (v - 0.4 * towards[1]) ** 2) / rng.uniform(0.03, 0.15))
        blend(crop.picture, spot * alpha * rng.uniform(0.4, 1), (255, 253, 248))


def paint_earring(rng, crop, x, y):
    """Hang an earring at a lobe."""
    unit = crop.unit
    kind = rng.choice(["stud", "stud", "pearl", "pearl", "hoop", "hoop", "drop", "drop", "chandelier"])
    light = rng.uniform(0.55, 1.1)
    blur = rng.uniform(0, 0.9)
    colour = material(rng, light)
    alphas = []

    def draw(paint):
        alphas.append(cover(crop.shape, paint, blur))

    def at(px, py, s):
        return int(px * s), int(py * s)

    def filled(px, py, w, h, pointed=False):
        def paint(layer, s):
            if pointed:
                box = np.array([at(px - w, py, s), at(px, py - h, s), at(px + w, py, s), at(px, py + h, s)])
                cv2.fillPoly(layer, [box], 255)
            else:
                cv2.ellipse(layer, at(px, py, s), (max(2, int(w * s)), max(2, int(h * s))), 0, 0, 360, 255, -1)

        return paint

    def ring(px, py, w, h, thick):
        start, turn = (rng.uniform(-90, 60), rng.uniform(200, 340)) if rng.random() < 0.4 else (-90, 360)
        tilt = rng.uniform(-12, 12)
        return lambda layer, s: cv2.ellipse(
            layer,
            at(px, py, s),
            (max(2, int(w * s)), max(2, int(h * s))),
            tilt,
            start,
            start + turn,
            255,
            max(1, int(thick * s)),
        )

    if kind == "pearl":
        shade = rng.uniform(0.75, 1.05)
        colour = np.asarray((240, 235, 228) if rng.random() < 0.6 else METALS[rng.integers(len(METALS))]) * shade
        ball(rng, crop, (x, y), rng.uniform(0.02, 0.085) * unit, colour)
        return
    if kind == "stud":
        radius = rng.uniform(0.016, 0.065) * unit
        draw(filled(x, y, radius * rng.uniform(0.7, 1.1), radius, rng.random() < 0.25))
        if rng.random() < 0.2:
            draw(filled(x + rng.normal(0, 0.03) * unit, y - rng.uniform(0.08, 0.2) * unit, radius * 0.6, radius * 0.6))
    elif kind == "hoop":
        height = rng.uniform(0.05, 0.42) * unit
        width = height * rng.uniform(0.15, 1.0)
        draw(ring(x, y + height * rng.uniform(0.5, 0.95), width, height, rng.uniform(0.01, 0.05) * unit))
    else:
        length = rng.uniform(0.06, 0.6) * unit
        thick = rng.uniform(0.006, 0.03) * unit
        sway = x + rng.normal(0, 0.02) * unit
        draw(lambda layer, s: cv2.line(layer, at(x, y, s), at(sway, y + length, s), 255, max(1, int(thick * s))))
        w, h = rng.uniform(0.02, 0.12) * unit, rng.uniform(0.02, 0.16) * unit
        if rng.random() < 0.7:
            draw(filled(sway, y + length, w, h, rng.random() < 0.3))
        else:
            draw(ring(sway, y + length + h, w, h, rng.uniform(0.01, 0.03) * unit))
        if kind == "chandelier" or rng.random() < 0.3:
            for part in rng.uniform(0, 1, rng.integers(2, 6)):
                size = rng.uniform(0.012, 0.07) * unit
                draw(filled(x + (sway - x) * part + rng.normal(0, 0.05) * unit * part, y + length * part, size, size))
    drop_shadow(rng, crop, np.max(alphas, axis=0), 0.6)
    strength = rng.uniform(0.65, 1)
    for alpha in alphas:
        blend(crop.picture, alpha * strength, sheen(rng, crop.shape, colour, unit))
        if rng.random() < 0.3:
            colour = material(rng, light)
    if rng.random() < 0.6:
        glint = filled(
            x + rng.normal(0, 0.01) * unit, y + rng.normal(0, 0.01) * unit, *[rng.uniform(0.006, 0.02) * unit] * 2
        )
        blend(crop.picture, cover(crop.shape, glint, 0.6) * 0.9, (255, 253, 245))


def paint_distractor(rng, crop, x, y, outwards):
    """Put beside a lobe what is no jewellery: strands, a mole, a bright patch behind the head, a soft shine."""
    unit = crop.unit
    kind = rng.choice(["strands", "strands", "mole", "behind", "shine"])
    if kind == "strands":
        paint_strands(rng, crop, x, y)
        return
    size = {"mole": rng.uniform(0.01, 0.035), "behind": rng.uniform(0.04, 0.25), "shine": rng.uniform(0.05, 0.12)}[
        kind
    ] * unit
    if kind == "mole":
        px, py = x - outwards * rng.uniform(0.05, 0.3) * unit, y + rng.uniform(-0.3, 0.6) * unit
    elif kind == "behind":
        px, py = x + outwards * rng.uniform(0.3, 0.7) * unit, y + rng.uniform(-0.6, 0.9) * unit
    else:
        px, py = x - outwards * rng.uniform(0, 0.2) * unit, y + rng.uniform(-0.3, 0.3) * unit
    grid_y, grid_x = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]].astype(np.float32)
    away = np.hypot(grid_x - px, (grid_y - py) * rng.uniform(0.5, 1.5)) / size
    if kind == "mole":
        blend(crop.picture, np.clip(1.5 - away, 0, 1) * rng.uniform(0.3, 0.8), (70, 35, 28))
    elif kind == "behind":
        blend(crop.picture, np.clip(2 - 2 * away, 0, 1) * rng.uniform(0.3, 0.9), rng.uniform(20, 255, 3))
    else:
        blend(crop.picture, np.exp(-(away**2)) * rng.uniform(0.1, 0.4), (255, 240, 230))


class Jeweller:
    """Draws at six times the crop's size about a lobe, in the light there."""

    times = 6

    def __init__(self, rng, crop, x, y):
        self.rng, u = rng, crop.unit
        self.x0, self.y0 = max(0, int(x) - int(0.45 * u)), max(0, int(y) - int(0.3 * u))
        self.x1, self.y1 = min(crop.shape[1], int(x) + int(0.45 * u)), min(crop.shape[0], int(y) + int(0.95 * u))
        self.layer = np.zeros(
            (max(0, self.y1 - self.y0) * self.times, max(0, self.x1 - self.x0) * self.times, 4), np.uint8
        )
        beside = crop.picture[max(0, int(y) - 6) : int(y) + 7, max(0, int(x) - 6) : int(x) + 7]
        level = float(beside.mean()) if beside.size else 120.0
        self.light = float(np.clip(level / 150, 0.35, 1.2)) * rng.uniform(0.7, 1.2)

    def of(self, colours):
        """Draw one of the colours as the light shows it."""
        colour = np.asarray(colours[self.rng.integers(len(colours))], np.float32)
        return colour * self.light * self.rng.uniform(0.6, 1.15)

    def metal(self):
        return self.of(CHAINS)

    def stone(self):
        return self.of(STONES + ((250, 250, 252),) * 5 + ((245, 240, 230),) * 4)

    def at(self, x, y):
        return int((x - self.x0) * self.times), int((y - self.y0) * self.times)

    def px(self, size, least=1):
        return max(least, int(size * self.times))

    @staticmethod
    def ink(colour):
        return (*np.clip(colour, 0, 255).tolist(), 255.0)

    def disc(self, x, y, r, colour, ratio=1.0, lit=True):
        """Draw a disc, or a ball with a highlight."""
        rng, axes = self.rng, (self.px(r * ratio), self.px(r, 2))
        cv2.ellipse(self.layer, self.at(x, y), axes, 0, 0, 360, self.ink(colour * rng.uniform(0.55, 0.9)), -1)
        if not lit:
            return
        dx, dy = rng.uniform(-0.35, 0.35) * r * ratio, rng.uniform(-0.45, 0.1) * r
        for part, gain in ((0.75, 1.0), (0.5, 1.2)):
            inner = max(1, int(axes[0] * part)), max(1, int(axes[1] * part))
            middle = self.at(x + dx * (1 - part), y + dy * (1 - part))
            cv2.ellipse(self.layer, middle, inner, 0, 0, 360, self.ink(colour * gain + 8), -1)
        if rng.random() < 0.8:
            glint = self.ink(colour * 1.4 + rng.uniform(20, 110))
            cv2.circle(self.layer, self.at(x + dx, y + dy), self.px(r * rng.uniform(0.12, 0.35)), glint, -1)

    def gems(self, x, y, r, ratio=1.0):
        """Draw a cluster or a circle of stones."""
        rng, stone, metal = self.rng, self.stone(), self.metal()
        self.disc(x, y, r, metal, ratio, lit=False)
        count, circle = int(rng.integers(3, 22)), rng.random() < 0.4
        for i in range(count):
            t = 2 * np.pi * i / count
            dx, dy = (0.65 * r * np.cos(t), 0.65 * r * np.sin(t)) if circle else rng.normal(0, 0.42, 2) * r
            colour = (stone if rng.random() < 0.6 else metal) * rng.uniform(0.25, 1.5) + rng.uniform(0, 40)
            cv2.circle(
                self.layer, self.at(x + dx * ratio, y + dy), self.px(r * rng.uniform(0.12, 0.4)), self.ink(colour), -1
            )
        if rng.random() < 0.5:
            self.disc(x, y, r * rng.uniform(0.3, 0.55), stone)

    def ring(self, x, y, width, height, thick, span=(-90, 270)):
        """Draw a hoop or a part of one, with lights and darks along it."""
        rng, colour, count = self.rng, self.metal(), 72
        knots = rng.integers(4, 12)
        swings = np.exp(rng.normal(0, rng.uniform(0.1, 0.6), knots))
        gains = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, knots), swings)
        if rng.random() < 0.2:  # twisted
            gains[::3] *= 1.3
        if rng.random() < 0.5:
            gains[rng.integers(count)] = 2.2
        turn = np.radians(np.linspace(*span, count + 1))
        points = [self.at(x + width * np.cos(t), y + height * np.sin(t)) for t in turn]
        for (start, end), gain in zip(pairwise(points), gains, strict=True):
            cv2.line(self.layer, start, end, self.ink(colour * gain), self.px(thick))

    def line(self, start, end, colour, thick):
        cv2.line(self.layer, self.at(*start), self.at(*end), self.ink(colour), self.px(thick))


def paint_jewel(rng, crop, x, y, outwards):
    """Hang a stud, pearl, hoop or drop at a lobe, in its light and at times half hidden."""
    u, pen = crop.unit, Jeweller(rng, crop, x, y)
    if pen.x1 - pen.x0 < 8 or pen.y1 - pen.y0 < 8:
        return False

    def size(least, most):
        return float(np.exp(rng.uniform(math.log(least), math.log(most)))) * u

    def bead(px, py, r):
        if rng.random() < 0.3:
            pen.gems(px, py, r)
        else:
            pen.disc(px, py, r, pen.stone() if rng.random() < 0.5 else pen.metal(), rng.uniform(0.5, 1.1))

    kind = rng.choice(["pearl", "gem", "ball", "hoop", "hoop", "drop", "drop", "many"])
    if kind == "pearl":
        pen.disc(x, y, size(0.018, 0.07), np.array((245, 240, 232)) * pen.light * rng.uniform(0.85, 1.2))
    elif kind == "gem":
        pen.gems(x, y, size(0.022, 0.08), rng.uniform(0.6, 1.1))
    elif kind == "ball":
        pen.disc(x, y, size(0.015, 0.05), pen.metal(), rng.uniform(0.7, 1.1))
    elif kind == "many":  # along the ear's edge
        for i in range(rng.integers(2, 4)):
            up = i * rng.uniform(0.06, 0.13) * u
            bead(x + outwards * i * rng.uniform(0.03, 0.1) * u, y - up, size(0.015, 0.045))
    elif kind == "hoop":
        height, thick, part = size(0.04, 0.38), size(0.008, 0.05), rng.random()
        width, middle = height * rng.uniform(0.15, 1), y + height * rng.uniform(0.6, 1)
        start, end = (-90, 270) if part < 0.5 else (-60, 200) if part < 0.75 else (60, 280)
        if outwards > 0 and part >= 0.5:
            start, end = 180 - end, 180 - start
        pen.ring(x, middle, width, height, thick, (start, end))
        if rng.random() < 0.2:
            place = x + rng.normal(0, 0.02) * u, middle + height * rng.uniform(-0.15, 0.3)
            pen.ring(*place, width * rng.uniform(0.7, 1.2), height * rng.uniform(0.7, 1.2), thick)
        if rng.random() < 0.2:
            pen.gems(x, middle + height, size(0.02, 0.06))
    else:
        length, lean, metal = size(0.06, 0.6), rng.normal(0, 0.06), pen.metal()
        end = x + lean * length, y + length
        if rng.random() < 0.5:
            pen.disc(x, y, size(0.012, 0.04), metal)
        pen.line((x, y), end, metal, size(0.005, 0.02))
        down = rng.uniform(0.02, 0.1) * u
        while rng.random() < 0.8 and down < length:
            r = size(0.012, 0.05)
            bead(x + lean * down, y + down, r)
            down += r * rng.uniform(1.5, 4)
        last, r = rng.random(), size(0.025, 0.13)
        if last < 0.35:
            pen.gems(*end, r, rng.uniform(0.35, 1))
        elif last < 0.75:
            pen.disc(*end, r, pen.stone() if rng.random() < 0.6 else pen.metal(), rng.uniform(0.35, 1))
        elif last < 0.9:
            pen.ring(end[0], end[1] + r, r * rng.uniform(0.4, 1), r, size(0.008, 0.03))
        else:  # a tassel
            for _ in range(rng.integers(3, 8)):
                top, foot = end[0] + rng.normal(0, 0.02) * u, end[0] + rng.normal(0, 0.06) * u
                pen.line((top, end[1]), (foot, end[1] + r * rng.uniform(1, 3)), pen.stone(), 0.008 * u)
    lay_down(rng, crop, pen, x, y)
    return True


def lay_down(rng, crop, pen, x, y):
    """Put what was drawn on the crop, with a shadow."""
    layer = pen.layer.astype(np.float32)
    layer[..., :3] *= layer[..., 3:] / 255
    layer = cv2.resize(layer, (pen.x1 - pen.x0, pen.y1 - pen.y0), interpolation=cv2.INTER_AREA)
    if (blur := rng.uniform(0, 0.8)) > 0.3:
        layer = cv2.GaussianBlur(layer, (0, 0), blur)
    alpha = layer[..., 3] / 255
    colour = layer[..., :3] / np.maximum(alpha[..., None], 1e-3)
    if rng.random() < 0.12:  # half behind hair or jaw, or under a collar
        columns, rows = np.arange(pen.x0, pen.x1)[None], np.arange(pen.y0, pen.y1)[:, None]
        if rng.random() < 0.67:
            away = (columns - x - rng.normal(0, 0.02) * crop.unit) * (-1 if rng.random() < 0.5 else 1)
        else:
            away = y + abs(rng.normal(0.1, 0.1)) * crop.unit - rows
        alpha = alpha * np.clip(away / 1.5 + 0.5, 0, 1)
    picture = crop.picture[pen.y0 : pen.y1, pen.x0 : pen.x1]
    if rng.random() < 0.6:
        shadow = np.roll(alpha, (int(rng.integers(0, 4)), int(rng.integers(-2, 3))), (0, 1))
        shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.6, 2)) * rng.uniform(0.05, 0.45)
        picture *= 1 - shadow[..., None] * np.array((0.75, 0.9, 1), np.float32)
    blend(picture, alpha * rng.uniform(0.8, 1) * (1 - rng.uniform(0, 0.35) ** 1.3), colour)


def paint_curls(rng, crop, x, y):
    """Let curls of hair lie beside a lobe."""
    u = crop.unit
    hair = ((25, 18, 15), (60, 40, 28), (110, 80, 50), (170, 160, 150), (190, 160, 110))[rng.integers(5)]
    colour = np.asarray(hair, np.float32) * rng.uniform(0.7, 1.3)
    for _ in range(rng.integers(1, 8)):
        r = 4 * math.exp(rng.uniform(math.log(0.04), math.log(0.4))) * u
        middle = int(4 * (x + rng.normal(0, 0.2) * u)), int(4 * (y + rng.normal(0.1, 0.3) * u))
        axes, thick = (max(2, int(r * rng.uniform(0.3, 1))), max(2, int(r))), max(1, int(rng.uniform(0.016, 0.1) * u))
        tilt, start, span = rng.uniform(-40, 40), rng.uniform(0, 360), rng.uniform(60, 260)
        alpha = cover(
            crop.shape,
            lambda layer, _, m=middle, a=axes, k=thick, t=tilt, s=start, e=start + span: cv2.ellipse(
                layer, m, a, t, s, e, 255, k
            ),
            rng.uniform(0, 0.8),
        )
        blend(crop.picture, alpha * rng.uniform(0.4, 1), sheen(rng, crop.shape, colour * rng.uniform(0.7, 1.5), u))


def texture(rng, shape, u):
    """Return a picture of a print, of leaves, of braids or beads in rows, or of strokes."""
    height, width = shape
    colours = rng.uniform(5, 250, (4, 3)).astype(np.float32)
    if rng.random() < 0.5:
        colours = (colours + colours.mean(1, keepdims=True)) / 2
    grain, kind = rng.uniform(0.02, 0.14) * u, rng.integers(4)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = colours[0]
    if kind == 0:
        coarse = rng.normal(0, 1, (max(3, int(height / grain)), max(3, int(width / grain)))).astype(np.float32)
        blobs = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        picture[blobs > rng.uniform(0, 0.8)] = colours[1]
        if rng.random() < 0.4:
            picture[blobs < -0.8] = colours[2]
    elif kind == 1:
        picture[:] = rng.uniform(0, 70, 3)
        green = rng.uniform((20, 80, 0), (120, 190, 90)) if rng.random() < 0.7 else colours[1]
        for _ in range(int(rng.uniform(20, 140))):
            r = math.exp(rng.normal(math.log(0.08), 0.6)) * u
            middle, axes = (int(rng.uniform(0, width)), int(rng.uniform(0, height))), (r, r * rng.uniform(0.15, 0.6))
            leaf = np.clip(green * np.exp(rng.normal(0, 0.5)) + rng.normal(0, 12, 3), 0, 255).tolist()
            sides = max(1, int(axes[0])), max(1, int(axes[1]))
            cv2.ellipse(picture, middle, sides, rng.uniform(0, 180), 0, 360, leaf, -1, cv2.LINE_AA)
    elif kind == 2:
        turn = rng.uniform(-0.5, 0.5)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        across = (x * math.cos(turn) + y * math.sin(turn)) / grain
        along = (y * math.cos(turn) - x * math.sin(turn)) / (grain * rng.uniform(0.4, 3))
        waves = cv2.resize(
            rng.normal(0, 0.6, (5, 4)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        rows = np.sin(2 * np.pi * (across + waves))
        if rng.random() < 0.6:
            rows *= np.abs(np.sin(np.pi * (along + waves)))
        alpha = np.clip(rows * rng.uniform(1, 4) + rng.uniform(-0.3, 0.6), 0, 1)
        if rng.random() < 0.6:
            picture[:] = rng.uniform(5, 60, 3)
        blend(picture, alpha, colours[1] * rng.uniform(0.2, 1))
    else:
        for _ in range(int(rng.uniform(10, 80))):
            start = rng.uniform(0, 1, 2) * (width, height)
            end = start + rng.normal(0, 0.15, 2) * u
            colour = (colours[rng.integers(1, 4)] * rng.uniform(0.6, 1.2)).tolist()
            thick = max(1, int(rng.uniform(0.01, 0.06) * u))
            cv2.line(picture, tuple(map(int, start)), tuple(map(int, end)), colour, thick, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 3)) if rng.random() < 0.5 else picture


def paint_texture(rng, crop):
    """Put a texture behind the person, or over all but the face, as a scarf or braids would be."""
    picture = texture(rng, crop.shape, crop.unit)
    if rng.random() < 0.6:
        mask = 1 - crop.person.astype(np.float32)
    else:
        layer = np.zeros(crop.shape, np.uint8)
        cv2.fillPoly(layer, [crop.landmarks[:27].astype(np.int32)[[*range(17), *range(26, 16, -1)]]], 255)
        mask = 1 - layer.astype(np.float32) / 255
        if rng.random() < 0.5:
            mask[: max(0, int(crop.landmarks[2, 1] + rng.uniform(-0.2, 0.5) * crop.unit))] = 0
    blend(crop.picture, cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 1.5)), np.clip(picture, 0, 255))


def recolour(rng, crop, skin):
    """Give hair, garment and backdrop, which are unlike the skin, another tone."""
    lab = cv2.cvtColor(crop.picture.astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.float32)
    levels = skin * np.array((2.55, 1, 1)) + np.array((0, 128, 128))
    away = np.sqrt((((lab - levels) / np.array((45, 9, 9))) ** 2).sum(2))
    mask = cv2.GaussianBlur(np.clip(2 * away - 2.6, 0, 1).astype(np.float32), (0, 0), 1)
    gain, middle = math.exp(rng.normal(0, 0.3)), rng.uniform(40, 200)
    lab[..., 0] += mask * ((lab[..., 0] - middle) * (gain - 1) + rng.normal(0, 22))
    lab[..., 1:] += mask[..., None] * rng.normal(0, 8, 2)
    crop.picture[:] = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def bend(rng, crop, mask):
    """Give ear, jaw and hair another form; returns the mask bent alike."""
    height, width = crop.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    coarse = rng.normal(0, 0.035 * crop.unit, (6, 5, 2)).astype(np.float32)
    waves = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y = x + waves[..., 0], y + waves[..., 1]
    crop.picture = cv2.remap(crop.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    crop.person = cv2.remap(crop.person, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return None if mask is None else cv2.remap(mask, x, y, cv2.INTER_LINEAR)


# -- patches ------------------------------------------------------------------------------------------------------


class Pools:
    """The samples, with what is marked on them."""

    def __init__(self, samples, marked):
        by_file = {s.row["file"]: s for s in samples}
        counts = {}
        for s in samples:
            counts[s.base] = counts.get(s.base, 0) + 1
        self.picks = {"all": samples, "count": counts}
        self.plain = [s for s in samples if s.expect["earrings"] == "pass"]
        self.worn, self.bare, self.masks, self.donors = [], [], {}, [[], [], []]
        for file, sides in marked["ears"].items():
            for side, marks in enumerate(sides):
                if marks is None or file not in by_file:
                    continue  # nobody could tell
                sample = by_file[file]
                (self.worn if marks else self.bare).append((sample, side))
                if marks:
                    self.masks[file, side] = marked_pixels(sample, side, marks)
                    self.donors[sample.third].append(Donor(sample, side, marks))
        weights = np.array([(1.5 if s.folder in REAL else 1) / math.sqrt(counts[s.base]) for s, _ in self.worn])
        self.weights = weights / weights.sum()
        # The evaluation set's own paint is not marked: it is on both ears.
        self.unmarked = [s for s in samples if s.expect["earrings"] == "fail" and s.row["file"] not in marked["ears"]]


def anywhere(rng):
    """Return marks about nothing in particular."""
    sizes = rng.uniform(math.log(0.025), math.log(0.2), (rng.integers(1, 4), 2))
    return [
        ("ring" if rng.random() < 0.3 else "full", rng.uniform(-0.25, 0.1), rng.uniform(-0.3, 0.4), *np.exp(two))
        for two in sizes
    ]


def draw(rng, pools, seed, varied):
    """Return an ear's patch, its jewellery's pixels, what is known of it and its sample, or None."""
    roll = rng.random()
    worn, unmarked = roll < 0.26, 0.3 <= roll < 0.36
    if worn:
        sample, side = pools.worn[rng.choice(len(pools.worn), p=pools.weights)]
    elif roll < 0.3:
        sample, side = pools.bare[rng.integers(len(pools.bare))]
    elif unmarked:
        sample, side = pools.unmarked[rng.integers(len(pools.unmarked))], int(rng.integers(2))
    else:
        sample, side = pick(rng, pools.picks, "earrings", "pass"), int(rng.integers(2))
    k, outwards = ((2, -1), (14, 1))[side]
    u, anchor = sample.unit, sample.landmarks[k]
    elsewhere = varied and roll >= 0.36 and rng.random() < 0.13  # no ear, and no jewellery either
    if elsewhere:
        anchor = anchor + np.array((rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 1))) * u
    ends = anchor[0] - outwards * 0.9 * u, anchor[0] + outwards * 1.2 * u
    crop = Crop(sample, (min(ends), anchor[1] - 0.9 * u, max(ends), anchor[1] + 1.4 * u))
    x0, y0 = crop.origin.astype(int)
    at, mask = np.asarray(anchor - crop.origin), None
    if worn:
        mask = pools.masks[sample.row["file"], side][y0 : y0 + crop.shape[0], x0 : x0 + crop.shape[1]]
    if varied and rng.random() < 0.5:
        mask = bend(rng, crop, mask)
    if varied and rng.random() < 0.35:
        recolour(rng, crop, sample.skin)
    untouched = crop.picture.copy()
    left, top, right, bottom = (float(v) for v in np.array(sample.lobes[side]) - np.tile(crop.origin, 2))
    lobe = at + np.array((outwards * rng.uniform(-0.04, 0.18), rng.uniform(-0.2, 0.22))) * u
    if rng.random() < 0.4:
        lobe = np.array((rng.uniform(left, right), top + rng.uniform(0, 0.6) * (bottom - top)))
    if not unmarked:
        others = [s for s in pools.plain if s.third == sample.third and s is not sample]
        if rng.random() < (0.25 if worn else 0.33):
            paint_cloth(rng, crop, others[rng.integers(len(others))], 1 if worn else 0.8)
        elif rng.random() < (0.1 if worn else 0.2):
            paint_texture(rng, crop)
        if rng.random() < (0.1 if worn else 0.25):
            paint_distractor(rng, crop, *lobe, outwards)
        if not worn and rng.random() < 0.12:
            paint_curls(rng, crop, *lobe)
        if not worn and rng.random() < 0.04:  # so that edges of what is laid on tell nothing
            other = Donor(others[rng.integers(len(others))], int(rng.integers(2)), anywhere(rng))
            lay_on(rng, crop, other, at, outwards)
        if mask is not None:
            near = cv2.GaussianBlur(cv2.dilate(mask, np.ones((5, 5), np.uint8)), (0, 0), 1).astype(np.float32) / 255
            blend(crop.picture, near, untouched)
    kind, step = WORN if worn else UNMARKED if unmarked else NONE, None
    if kind == NONE and not elsewhere and rng.random() < 0.5:
        before, kind, roll = crop.picture.copy(), PAINTED, rng.random()
        if roll < 0.33:
            donors = pools.donors[sample.third]
            done = lay_on(rng, crop, donors[rng.integers(len(donors))], at, outwards)
        elif roll < 0.8:
            done = paint_jewel(rng, crop, *lobe, outwards)
        else:
            paint_earring(rng, crop, *lobe)
            done = True
        if not done:
            return None
        step = np.abs(crop.picture - before).max(2)
        if rng.random() < 0.06:
            paint_strands(rng, crop, *lobe)
    pupils = turned(rng, crop.pupils, 0.1 if varied else 0.08, 5 if varied else 3)
    if varied:
        at = at + rng.normal(0, 0.035, 2) * u
    (left, top), shape = EAR_PATCH.origin, EAR_PATCH
    wider = PatchShape(shape.width + 2 * SPARE, shape.height + 2 * SPARE, shape.scale, (left + SPARE, top + SPARE))
    matrix = patch_transform(wider, tuple(at.tolist()), pupils, mirrored=side == 1)
    (patch,) = cut_strips(wear(np.random.default_rng(seed), crop.picture.copy()), wider, (matrix,))

    def seen(pixels):
        return cv2.warpAffine(pixels.astype(np.uint8) * 255, matrix, (wider.width, wider.height)) > 90

    shown = np.zeros(patch.shape[:2], np.bool_)
    if step is not None:
        shown = seen(step > 14)
        if seen(step > 40)[SPARE:-SPARE, SPARE:-SPARE].sum() < 18:
            return None  # what cannot be seen teaches nothing
    elif mask is not None:
        shown = seen(mask > 90)
    return patch, shown, kind, sample


def make_bank(samples, marked, size, seed, varied):
    """Draw and paint the training patches once."""
    pools, rng = Pools(samples, marked), np.random.default_rng(seed)
    drawn, number = [], 0
    while len(drawn) < size:
        number += 1
        if (found := draw(rng, pools, seed * 1_000_000 + number, varied)) is not None:
            drawn.append(found)
    patches, shown, kinds, people = zip(*drawn, strict=True)
    return {
        "patches": np.array(patches),
        "shown": np.array(shown),
        "kind": np.array(kinds),
        "skin": np.array([s.skin for s in people], np.float32),
        "fold": np.array([s.third for s in people]),
    }


# -- the network --------------------------------------------------------------------------------------------------


class Cells(nn.Module):
    """Convolutions, and the log odds of each cell of the last map."""

    def __init__(self, drop):
        super().__init__()
        pairs = list(pairwise((CHANNELS, *WIDTHS)))
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3 if k else 4, 1 if k else 2, 1 if k else 0, bias=False) for k, (a, b) in enumerate(pairs)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.head = nn.Conv2d(WIDTHS[-1], 1, 1, bias=False)
        nn.init.normal_(self.head.weight, 0, math.sqrt(1 / WIDTHS[-1]))
        self.bias = nn.Parameter(torch.full((1, 1, ROWS, COLUMNS), -5.0))
        self.drop = drop

    def forward(self, x):
        """Return the log odds of the cells."""
        for k, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = norm(layer(x))
            x = functional.relu_(functional.max_pool2d(x, 2) if k in POOLED else x)
        return (self.head(functional.dropout2d(x, self.drop, self.training)) + self.bias)[:, 0]


def batch_of(rng, bank, chosen):
    """Return patches as the network reads them, shifted and varied, and how many pixels of each cell are jewellery."""
    n, height, width = len(chosen), EAR_PATCH.height, EAR_PATCH.width
    patches = np.empty((n, height, width, CHANNELS), np.uint8)
    shown = np.empty((n, height - 2, width - 2), np.bool_)
    for i, k in enumerate(chosen):
        dy, dx = rng.integers(2 * SPARE + 1, size=2)
        patches[i] = bank["patches"][k, dy : dy + height, dx : dx + width]
        shown[i] = bank["shown"][k, dy + 1 : dy + height - 1, dx + 1 : dx + width - 1]
    skin = torch.from_numpy((bank["skin"][chosen] + rng.normal(0, (5, 2, 2), (n, 3))).astype(np.float32))
    x = relative(patches, skin).mul_(1 + 0.15 * (2 * torch.rand(n, 1, 1, 1) - 1))
    x.add_(0.06 * torch.randn(n, CHANNELS, 1, 1) + 0.04 * torch.randn(1, CHANNELS, height, width))
    return x, torch.from_numpy(shown.reshape(n, ROWS, CELL, COLUMNS, CELL).sum((2, 4))).float()


def train(bank, used, steps, seed, rate, drop, size=48):
    """Fit a network to labels and marks, with the hardest patches more often."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    hardness = np.ones(len(used))

    def misfit(net, t):
        chosen = choose(rng, hardness, size, int(0.2 * size) if t > steps // 6 else 0)
        x, pixels = batch_of(rng, bank, used[chosen])
        kind = bank["kind"][used[chosen]]
        enough = (0.5 * pixels.amax((1, 2), keepdim=True)).clamp(0.5, 0.03 * CELL**2)
        here = (pixels >= enough).float()
        beside = functional.max_pool2d((pixels >= 1).float()[:, None], 3, 1, 1)[:, 0]
        weights = torch.where(here > 0, 3.0, 1 - beside)  # next to jewellery nothing is said
        weights[kind == WORN] *= 0.5 + 0.5 * here[kind == WORN]  # the marks may be incomplete
        weights[kind == UNMARKED] = 0
        # Else it was shifted out of sight.
        known = (here.amax((1, 2)) > 0) | torch.from_numpy((kind == NONE) | (kind == UNMARKED))
        truth = torch.from_numpy((kind > NONE) * 0.96 + 0.02).float()
        cells = net(x)
        where = ((functional.softplus(cells) - here * cells) * weights).sum((1, 2)) / 12
        whole = torch.logsumexp(cells.flatten(1), 1)
        wrong = (functional.softplus(whole) - truth * whole) * known
        # Paint that is nearly invisible stays hard and teaches little.
        hardness[chosen] = np.clip(wrong.detach().numpy(), 0.02, np.where(kind == PAINTED, 0.7, 3))
        return (where + wrong).mean()

    return fit(Cells(drop).to(memory_format=torch.channels_last), steps, rate, misfit, 0.995)


def teach(teachers, bank, used, steps, seed, share, size=48):
    """Fit a network to what the teachers make together of each batch as it is varied, and a little to the labels."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)

    def misfit(net, _):
        chosen = used[rng.integers(len(used), size=size)]
        x, _ = batch_of(rng, bank, chosen)
        with torch.no_grad():
            told = torch.stack([teacher(x) for teacher in teachers]).mean(0)
        return unlike_told(net(x), told, bank["kind"][chosen] > NONE, share, 8)

    return fit(Cells(0.0).to(memory_format=torch.channels_last), steps, 4e-3, misfit, 0.995)


def train_all(plain, both, fold):
    """Train the teachers and then the network, without the people of a fold (None: with everybody)."""
    seed = 7 if fold is None else fold
    few, all_ = (np.flatnonzero(bank["fold"] != (-1 if fold is None else fold)) for bank in (plain, both))
    teachers = train(plain, few, 4000, seed, 3e-3, 0.1), train(both, all_, 4500, seed, 4e-3, 0.15)
    # With everybody there is half as much again to learn.
    return teach(teachers, both, all_, 6000 if fold is None else 4000, seed, 0.6)


def score(net, samples):
    """Return the log odds of untouched photos' ears."""
    out = []
    with torch.no_grad():
        for s in samples:
            places = zip(ear_anchors(s.landmarks), (False, True), strict=True)
            matrices = [patch_transform(EAR_PATCH, anchor, s.pupils, mirrored=flip) for anchor, flip in places]
            patches = cut_strips(s.frame, EAR_PATCH, matrices)
            x = relative(patches, torch.from_numpy(np.stack((s.skin, s.skin))))
            out.append(torch.logsumexp(net(x).flatten(1), 1).tolist())
    return out


def save(net, folder):
    """Write the weights, with the normalisation in them."""
    parts = {"pools": np.array(POOLED)}
    for k, pair in enumerate(folded(net)):
        parts[f"w{k}"], parts[f"b{k}"] = pair
    parts["head0"] = net.head.weight.detach().reshape(-1, 1).numpy().astype(np.float16)
    parts["bias0"] = net.bias.detach().reshape(ROWS, COLUMNS, 1).numpy().astype(np.float16)
    np.savez_compressed(folder / "ears.npz", **parts)


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--bank", type=int, default=32400, help="how many patches to draw")
    parser.add_argument("--out", default=str(Path(__file__).resolve().parent.parent / "photospec" / "networks"))
    options = parser.parse_args()
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    marked = json.loads(MARKED.read_text())
    samples = load(options.folder, ("earrings",))
    teaching = [s for s in samples if s.row["file"] not in marked["doubtful"]]
    plain = make_bank(teaching, marked, options.bank * 4 // 9, 2, varied=False)
    varied = make_bank(teaching, marked, options.bank * 5 // 9, 3, varied=True)
    both = {key: np.concatenate((plain[key], varied[key])) for key in plain}
    print(len(samples), "photos", len(both["fold"]), "drawn", flush=True)
    if not options.folds:
        save(train_all(plain, both, None), folder)
        return
    write_folds(folder / "ears-folds.jsonl", samples, lambda fold: train_all(plain, both, fold), score, "logits")


if __name__ == "__main__":
    main()
