"""Train the small networks for collar, turtleneck, earrings and necklace; see photospec/portrait/patchnet.py.

    python tools/train_dress.py EVAL_FOLDER {ears,necklace,collar} [--folds] [--steps N] [--out FOLDER]

Needs jax (CPU) besides the package. Seeded: the same set, versions and machine give the same weights. ``--folds``
trains three times, each with a third of the people kept aside, and writes the scores of those (JSON lines), from
which limits and error rates (tools/train_folds.py) are taken. The shipped weights are trained on all people (collar)
or on two thirds of them (ears, necklace), so that their limits are tested on the others.

Jewellery and turtlenecks are rare, so more are painted on photos without them: studs, hoops and drops, chains, beads
and pendants, rolled collars, of many sizes, colours and materials, half of them half hidden; collars too. Real ones
weigh most.
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from train_folds import third

from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.garment import COLLAR_PATCH
from photospec.portrait.jewellery import EAR_PATCH, NECKLACE_PATCH
from photospec.portrait.patchnet import CHANNELS, cut_patch

cv2.setNumThreads(1)
REAL = ("official", "natural", "turned")
METALS = (
    (212, 175, 55),
    (240, 215, 120),
    (200, 200, 205),
    (245, 245, 245),
    (230, 225, 215),
    (120, 120, 125),
    (190, 120, 90),
)
STONES = (
    (20, 20, 25),
    (200, 30, 40),
    (30, 60, 200),
    (30, 150, 90),
    (235, 230, 220),
    (120, 50, 150),
    (60, 180, 200),
    (230, 120, 30),
)


class Sample:
    """One photo with its labels and what alignment needs."""

    def __init__(self, row, portrait, grouped):
        self.row = row
        # Shipped weights go by the plain hash, as limits are tested; folds keep one person under two names together.
        self.third = third(row["base"]) if grouped else zlib.crc32(row["base"].encode()) % 3
        self.base = row["base"]
        self.folder = row["defect"]
        self.frame = np.array(portrait.frame)
        self.landmarks = portrait.landmarks.copy()
        self.pupils = portrait.pupils.copy()
        self.unit = float(portrait.eye_distance)
        self.skin = portrait.skin.colour.copy()
        garment = portrait.garment
        self.skin_mask = np.zeros((garment.top + garment.skin.shape[0], garment.skin.shape[1]), np.uint8)
        self.skin_mask[garment.top :][garment.skin] = 1
        self.body_mask = np.zeros_like(self.skin_mask)
        self.body_mask[garment.top :][garment.unlike] = 1
        self.expect = row["expect"]


def load(folder, rules, grouped):
    """Read the photos that have a label for any of the rules."""
    rows = [json.loads(line) for line in (Path(folder) / "manifest.jsonl").read_text().splitlines()]
    samples = []
    for row in rows:
        wanted = any(rule in row["expect"] for rule in rules)
        if not wanted and not ("collar" in rules and row["defect"].startswith("top-")):
            continue
        try:
            sample = Sample(row, Portrait(Photo.read(Path(folder) / row["file"])), grouped)
        except Exception as error:
            print("skipped", row["file"], error)
            continue
        if not wanted:  # the dyed tops are the same T-shirts
            sample.expect = {"collar": "fail"}
        samples.append(sample)
    return samples


# -- paint --------------------------------------------------------------------------------------------------------


def _blend(picture, alpha, colour):
    """Lay `colour` ((3,) or picture-shaped) on the picture where alpha (0 to 1) says."""
    picture[:] = np.clip(picture + alpha[..., None] * (np.asarray(colour, np.float32) - picture), 0, 255)


def _stroke(shape, draw, blur):
    layer = np.zeros((shape[0] * 4, shape[1] * 4), np.uint8)
    draw(layer, 4)
    layer = cv2.resize(layer, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(layer, (0, 0), blur) if blur > 0.2 else layer


def _sheen(rng, shape, colour, unit):
    """Colour of a metal or stone with lights and darks along it."""
    coarse = rng.uniform(
        0.35, 1.5, (max(2, shape[0] // max(2, int(unit * 0.05))), max(2, shape[1] // max(2, int(unit * 0.05))))
    )
    gain = cv2.resize(coarse.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.asarray(colour, np.float32) * gain[..., None], 0, 255)


def paint_earring(rng, frame, x, y, unit):
    """Hang an earring at a lobe, in place."""
    reach = int(0.9 * unit)
    x0, y0 = int(x) - reach, int(y) - reach
    left, top = max(0, x0), max(0, y0)
    right, bottom = min(frame.shape[1], x0 + 2 * reach), min(frame.shape[0], y0 + 2 * reach)
    if right - left < 8 or bottom - top < 8:
        return
    crop = frame[top:bottom, left:right].astype(np.float32)
    cx, cy = x - left, y - top
    colour = METALS[rng.integers(len(METALS))] if rng.random() < 0.7 else STONES[rng.integers(len(STONES))]
    kind = rng.choice(["stud", "stud", "hoop", "drop", "drop"])
    light = rng.uniform(0.55, 1.1)
    blur = rng.uniform(0, 1.0)

    def at(px, py, s):
        return int(px * s), int(py * s)

    def draw(layer, s):
        if kind == "stud":
            radius = rng.uniform(0.018, 0.07) * unit
            cv2.ellipse(
                layer,
                at(cx, cy, s),
                (max(2, int(radius * s * rng.uniform(0.6, 1))), max(2, int(radius * s))),
                0,
                0,
                360,
                255,
                -1,
            )
        elif kind == "hoop":
            height = rng.uniform(0.06, 0.4) * unit
            width = height * rng.uniform(0.2, 1.0)
            start = rng.uniform(-90, 60) if rng.random() < 0.4 else -90
            thick = max(1, int(rng.uniform(0.012, 0.05) * unit * s))
            cv2.ellipse(
                layer,
                at(cx, cy + height * rng.uniform(0.5, 0.95), s),
                (max(2, int(width * s)), max(2, int(height * s))),
                rng.uniform(-12, 12),
                start,
                start + rng.uniform(200, 360),
                255,
                thick,
            )
        else:
            length = rng.uniform(0.08, 0.6) * unit
            thick = max(1, int(rng.uniform(0.008, 0.03) * unit * s))
            cv2.line(layer, at(cx, cy, s), at(cx + rng.normal(0, 0.02) * unit, cy + length, s), 255, thick)
            w, h = rng.uniform(0.02, 0.12) * unit, rng.uniform(0.02, 0.16) * unit
            if rng.random() < 0.7:
                cv2.ellipse(
                    layer,
                    at(cx, cy + length, s),
                    (max(2, int(w * s)), max(2, int(h * s))),
                    0,
                    0,
                    360,
                    255,
                    -1 if rng.random() < 0.7 else max(1, int(0.02 * unit * s)),
                )
            else:
                box = np.array(
                    [
                        at(cx - w, cy + length, s),
                        at(cx, cy + length - h, s),
                        at(cx + w, cy + length, s),
                        at(cx, cy + length + h, s),
                    ]
                )
                cv2.fillPoly(layer, [box], 255)

    alpha = _stroke(crop.shape[:2], draw, blur) * rng.uniform(0.65, 1)
    if rng.random() < 0.5:
        shade = cv2.GaussianBlur(np.roll(alpha, (int(0.03 * unit), int(0.02 * unit)), (0, 1)), (0, 0), 0.02 * unit)
        _blend(crop, shade * 0.35, (30, 20, 15))
    _blend(crop, alpha, _sheen(rng, crop.shape[:2], np.asarray(colour) * light, unit))
    if rng.random() < 0.6:
        spot = _stroke(
            crop.shape[:2],
            lambda layer, s: cv2.circle(
                layer,
                at(cx + rng.normal(0, 0.01) * unit, cy + rng.normal(0, 0.01) * unit, s),
                max(2, int(rng.uniform(0.008, 0.02) * unit * s)),
                255,
                -1,
            ),
            0.6,
        )
        _blend(crop, spot * 0.9, (255, 253, 245))
    frame[top:bottom, left:right] = crop.astype(np.uint8)


def paint_necklace(rng, sample, frame):
    """Lay a chain, beads or a cord with or without a pendant round the neck, in place."""
    unit, lm = sample.unit, sample.landmarks
    top = int(max(0, lm[8, 1]))
    crop = frame[top:].astype(np.float32)
    if crop.shape[0] < 0.35 * unit:
        return False
    cx = (lm[4, 0] + lm[12, 0]) / 2 + rng.normal(0, 0.05) * unit
    half = rng.uniform(0.45, 0.85) * unit
    y0 = rng.uniform(0.1, 0.6) * unit
    depth = rng.uniform(0.12, 0.9) * unit
    power = rng.uniform(1.4, 2.6)
    tx = np.linspace(-1, 1, 160)
    px, py = cx + tx * half, y0 + depth * (1 - np.abs(tx) ** power) + rng.normal(0, 0.02) * unit * tx
    colour = METALS[rng.integers(len(METALS))] if rng.random() < 0.7 else STONES[rng.integers(len(STONES))]
    beads = rng.random() < 0.3
    thick = rng.uniform(0.012, 0.05) * unit

    def draw(layer, s):
        line = np.stack([px, py], 1)
        if beads:
            size = rng.uniform(0.02, 0.07) * unit
            walked = np.concatenate([[0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
            for d in np.arange(0, walked[-1], 2 * size * rng.uniform(0.95, 1.4)):
                cv2.circle(
                    layer,
                    (int(np.interp(d, walked, px) * s), int(np.interp(d, walked, py) * s)),
                    max(2, int(size * s)),
                    255,
                    -1,
                )
        else:
            cv2.polylines(layer, [(line * s).astype(np.int32)], False, 255, max(1, int(thick * s)))

    def pendant(layer, s):
        size = rng.uniform(0.03, 0.14) * unit
        centre = (int(cx * s), int((y0 + depth + size) * s))
        if rng.random() < 0.6:
            cv2.ellipse(
                layer, centre, (max(2, int(size * rng.uniform(0.5, 1) * s)), max(2, int(size * s))), 0, 0, 360, 255, -1
            )
        else:
            cv2.line(
                layer,
                (centre[0], centre[1] - int(size * s)),
                (centre[0], centre[1] + int(size * 1.3 * s)),
                255,
                max(1, int(0.03 * unit * s)),
            )
            cv2.line(
                layer,
                (centre[0] - int(size * 0.7 * s), centre[1]),
                (centre[0] + int(size * 0.7 * s), centre[1]),
                255,
                max(1, int(0.03 * unit * s)),
            )

    alpha = _stroke(crop.shape[:2], draw, rng.uniform(0, 0.9))
    if rng.random() < 0.5:
        alpha = np.maximum(alpha, _stroke(crop.shape[:2], pendant, rng.uniform(0, 0.8)))
    mask = cv2.resize(sample.skin_mask, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)[top:].astype(
        np.float32
    )
    if rng.random() < 0.75 and (alpha * mask).sum() > 0.3 * alpha.sum():
        alpha = alpha * mask  # the rest is under the top
    if rng.random() < 0.2:
        alpha = alpha * (np.abs(np.arange(crop.shape[1]) - cx)[None] > rng.uniform(0, 0.3) * unit)
    alpha *= rng.uniform(0.6, 1)
    if rng.random() < 0.5:
        shade = cv2.GaussianBlur(np.roll(alpha, max(1, int(0.025 * unit)), 0), (0, 0), 0.015 * unit)
        _blend(crop, shade * 0.4, (40, 25, 20))
    _blend(crop, alpha, _sheen(rng, crop.shape[:2], np.asarray(colour) * rng.uniform(0.6, 1.1), unit))
    frame[top:] = crop.astype(np.uint8)
    return True


def paint_turtleneck(rng, sample, frame):
    """Cover the neck with a collar of cloth that keeps the neck's shading, in place."""
    unit, lm = sample.unit, sample.landmarks
    if frame.shape[0] - lm[8, 1] < 0.3 * unit:
        return False
    jaw = lm[2:15].copy()
    jaw[:, 1] += rng.uniform(0.0, 0.3) * unit * np.interp(np.arange(13), (0, 6, 12), (1.6, 1, 1.6))
    jaw[0, 1] = jaw[12, 1] = max(jaw[0, 1], jaw[12, 1], lm[8, 1] - rng.uniform(0.0, 0.5) * unit)
    left, right = jaw[0, 0] - 0.2 * unit, jaw[-1, 0] + 0.2 * unit
    bottom = min(frame.shape[0], lm[8, 1] + rng.uniform(0.7, 1.6) * unit)
    curve = [(left, jaw[0, 1]), *[(x, y) for x, y in jaw[1:-1]], (right, jaw[-1, 1]), (right, bottom), (left, bottom)]
    layer = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillPoly(layer, [np.array(curve, np.int32)], 255)
    face = np.zeros_like(layer)
    cv2.fillPoly(face, [lm[:17].astype(np.int32)], 255)
    body = cv2.resize(sample.body_mask, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
    alpha = cv2.GaussianBlur(((layer > 0) & (face == 0) & (body > 0)).astype(np.float32), (0, 0), 0.012 * unit)
    grey = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.03 * unit)
    shade = grey / max(20.0, float(np.median(grey[layer > 0])))
    if rng.random() < 0.5:
        strip = frame[-max(4, int(0.1 * unit)) :]
        side = strip[:, : strip.shape[1] // 5] if rng.random() < 0.5 else strip[:, -strip.shape[1] // 5 :]
        dye = np.median(side.reshape(-1, 3), 0).astype(np.float32)
    else:
        dye = rng.uniform(10, 245, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(10, 245))
    ribs = 1 + rng.uniform(0, 0.08) * np.sin(np.arange(frame.shape[1]) * rng.uniform(0.6, 1.4))[None]
    cloth = np.clip(dye * np.clip(shade * ribs, 0.3, 1.6)[..., None], 0, 255)
    if rng.random() < 0.6:
        fold = lm[8, 1] + rng.uniform(0.35, 0.75) * unit
        rows = np.abs(np.arange(frame.shape[0]) - fold - 0.05 * unit * np.cos(0)) / (0.03 * unit)
        cloth *= (1 - rng.uniform(0, 0.35) * np.exp(-(rows**2)))[:, None, None]
    out = frame.astype(np.float32)
    _blend(out, alpha, cloth)
    frame[:] = out.astype(np.uint8)
    return True


def paint_collar(rng, sample, frame):
    """Fold a collar over the neckline: shirt, polo or lapels, in place."""
    unit, lm = sample.unit, sample.landmarks
    if frame.shape[0] - lm[8, 1] < 0.6 * unit:
        return False
    cx, chin = (lm[4, 0] + lm[12, 0]) / 2, lm[8, 1]
    near = rng.uniform(0.5, 0.75)  # half width of the neck
    high, deep = rng.uniform(0.0, 0.35), rng.uniform(0.45, 1.1)
    tip, wide = deep + rng.uniform(0.1, 0.5), rng.uniform(0.25, 0.6)
    apart = rng.uniform(0, 0.12)
    lapel = rng.random() < 0.3
    strip = frame[-max(4, int(0.1 * unit)) :]
    side = strip[:, : strip.shape[1] // 4] if rng.random() < 0.5 else strip[:, -strip.shape[1] // 4 :]
    own = np.median(side.reshape(-1, 3), 0).astype(np.float32)
    dye = (
        own * rng.uniform(0.75, 1.25)
        if rng.random() < 0.6
        else rng.uniform(15, 250, 3)
        if rng.random() < 0.5
        else np.full(3, rng.uniform(15, 250))
    )
    out = frame.astype(np.float32)
    if rng.random() < 0.7:  # a placket closes the garment under the opening
        layer = np.zeros(frame.shape[:2], np.uint8)
        cv2.fillPoly(
            layer,
            [
                np.array(
                    [
                        (cx - unit * near, chin + high * unit),
                        (cx, chin + deep * unit),
                        (cx + unit * near, chin + high * unit),
                        (cx + 2 * unit, chin + 0.9 * unit),
                        (cx + 2 * unit, frame.shape[0]),
                        (cx - 2 * unit, frame.shape[0]),
                        (cx - 2 * unit, chin + 0.9 * unit),
                    ],
                    np.int32,
                )
            ],
            255,
        )
        body = cv2.resize(sample.body_mask, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
        _blend(
            out,
            cv2.GaussianBlur(((layer > 0) & (body > 0)).astype(np.float32), (0, 0), 0.8),
            own * rng.uniform(0.8, 1.1),
        )
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
            [
                (cx + sign * (x + dx) * unit, chin + (y + dy) * unit)
                for (x, y), (dx, dy) in zip(points, jitter, strict=True)
            ],
            np.float32,
        )
        layer = np.zeros(frame.shape[:2], np.uint8)
        cv2.fillPoly(layer, [flap.astype(np.int32)], 255, cv2.LINE_AA)
        alpha = cv2.GaussianBlur(layer.astype(np.float32) / 255, (0, 0), rng.uniform(0.5, 1.2))
        shade = cv2.GaussianBlur(np.roll(alpha, (int(0.05 * unit), 0), (0, 1)), (0, 0), 0.035 * unit)
        _blend(out, shade * rng.uniform(0.2, 0.6), (12, 10, 10))
        slope = np.linspace(rng.uniform(0.8, 1.1), rng.uniform(0.8, 1.15), frame.shape[1], dtype=np.float32)[
            None, :, None
        ]
        grain = rng.normal(0, 3, (*frame.shape[:2], 1)).astype(np.float32)
        _blend(out, alpha, np.clip(dye * slope + grain, 0, 255))
        if rng.random() < 0.7:
            rim = np.zeros(frame.shape[:2], np.uint8)
            cv2.polylines(rim, [flap[1:].astype(np.int32)], False, 255, max(1, int(0.012 * unit)), cv2.LINE_AA)
            _blend(
                out,
                cv2.GaussianBlur(rim.astype(np.float32) / 255, (0, 0), 0.7) * rng.uniform(0.2, 0.7),
                dye * rng.uniform(0.4, 0.8),
            )
    chin_line = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillPoly(chin_line, [lm[:17].astype(np.int32)], 255)
    face = chin_line > 0
    out[face] = frame[face]
    frame[:] = np.clip(out, 0, 255).astype(np.uint8)
    return True


def redye(rng, sample, frame):
    """Give the garment another lightness and tint, in place: what matters is its shape."""
    unit = sample.unit
    big = (frame.shape[1], frame.shape[0])
    cloth = cv2.resize(
        ((sample.body_mask > 0) & (sample.skin_mask == 0)).astype(np.uint8), big, interpolation=cv2.INTER_LINEAR
    ).astype(np.float32)
    cloth[: int(max(0, sample.landmarks[8, 1] + 0.15 * unit))] = 0
    cloth = cv2.GaussianBlur(cloth, (0, 0), 1)
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB).astype(np.float32)
    gain = rng.uniform(0.4, 1.2) * (-1 if rng.random() < 0.25 else 1)
    middle = float(np.median(lab[..., 0][cloth > 0.5])) if (cloth > 0.5).any() else 128.0
    lab[..., 0] += cloth * ((lab[..., 0] - middle) * (gain - 1) + rng.uniform(30, 225) - middle)
    lab[..., 1:] += cloth[..., None] * rng.normal(0, 12, 2)
    frame[:] = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


# -- patches ------------------------------------------------------------------------------------------------------


def jittered(rng, shape, frame, anchor, sample, mirrored, much=1.0):
    """Cut a patch a little beside the place and of a little other size, light and tint."""
    pupils = sample.pupils
    if rng is not None:
        angle, grow = math.radians(rng.normal(0, 3 * much)), math.exp(rng.normal(0, 0.07 * much))
        centre = pupils.mean(0)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        pupils = ((pupils - centre) @ turn.T * grow + centre).astype(np.float32)
        anchor = anchor + rng.normal(0, 0.04 * much, 2).astype(np.float32) * sample.unit
    skin = sample.skin
    half = cv2.resize(frame, (frame.shape[1] // 2, frame.shape[0] // 2), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    if rng is not None:
        if rng.random() < 0.3:
            blur = rng.uniform(0.3, 0.9)
            half, grey = cv2.GaussianBlur(half, (0, 0), blur), cv2.GaussianBlur(grey, (0, 0), 1.5 * blur)
        skin = skin + rng.normal(0, (5, 2, 2)).astype(np.float32)
    return cut_patch(half, grey, skin, shape, anchor.astype(np.float32), pupils, mirrored=mirrored)


def ear_patches(rng, sample, frame):
    """Cut both lobes."""
    lm = sample.landmarks
    return np.stack(
        [jittered(rng, EAR_PATCH, frame, lm[2], sample, False), jittered(rng, EAR_PATCH, frame, lm[14], sample, True)]
    )


def middle_patch(shape):
    """Return what cuts the patch below the chin."""

    def cut(rng, sample, frame):
        anchor = np.array(((sample.landmarks[4, 0] + sample.landmarks[12, 0]) / 2, sample.landmarks[8, 1]), np.float32)
        return jittered(rng, shape, frame, anchor, sample, rng is not None and rng.random() < 0.5)[None]

    return cut


class Ears:
    """Earrings: both lobes of a photo, either of which may wear one."""

    decay, rate = 2e-5, 3e-3
    rules, shape, cut, widths, cells = ("earrings",), EAR_PATCH, staticmethod(ear_patches), (16, 24, 40), True

    @staticmethod
    def draw(rng, samples):
        roll = rng.random()
        bad = roll < 0.33
        sample = pick(rng, samples, "earrings", "fail" if bad else "pass")
        frame, label = sample.frame, float(bad)
        if roll > 0.66:
            frame, label = frame.copy(), 1.0
            for k, sign in ((2, -1), (14, 1)):
                if rng.random() < 0.8 or k == 2:
                    at = (
                        sample.landmarks[k]
                        + np.array((sign * rng.uniform(-0.08, 0.1), rng.uniform(-0.12, 0.3))) * sample.unit
                    )
                    paint_earring(rng, frame, float(at[0]), float(at[1]), sample.unit)
        return sample, frame, (label,)

    @staticmethod
    def truth(sample):
        return (float(sample.expect["earrings"] == "fail"),)


class Necklace:
    """Necklace: one patch of neck and chest."""

    decay, rate = 2e-5, 3e-3
    rules, shape, cut, widths, cells = (
        ("necklace",),
        NECKLACE_PATCH,
        staticmethod(middle_patch(NECKLACE_PATCH)),
        (8, 16, 24, 32),
        True,
    )

    @staticmethod
    def draw(rng, samples):
        roll = rng.random()
        bad = roll < 0.28
        sample = pick(rng, samples, "necklace", "fail" if bad else "pass")
        frame, label = sample.frame, float(bad)
        if roll > 0.62:
            frame = frame.copy()
            label = float(paint_necklace(rng, sample, frame))
        return sample, frame, (label,)

    @staticmethod
    def truth(sample):
        return (float(sample.expect["necklace"] == "fail"),)


class Collar:
    """Collar and turtleneck: one patch of chin, neck and neckline."""

    decay, rate = 3e-4, 4e-3
    rules, shape, cut, widths, cells = (
        ("collar", "turtleneck"),
        COLLAR_PATCH,
        staticmethod(middle_patch(COLLAR_PATCH)),
        (8, 16, 24, 24),
        False,
    )

    @staticmethod
    def draw(rng, samples):
        """Labels: no collar, turtleneck; NaN is unknown."""
        roll = rng.random()
        if roll < 0.1:
            sample = pick(rng, samples, "turtleneck", "fail")
        elif roll < 0.55:
            sample = pick(rng, samples, "collar", "pass" if roll < 0.45 else "fail")
        else:
            sample = pick(rng, samples, "collar", "fail")
        frame = sample.frame
        labels = list(Collar.truth(sample))
        if rng.random() < 0.4:
            frame = frame.copy()
            redye(rng, sample, frame)
        if labels[0] == 1 and labels[1] != 1 and rng.random() < 0.3:
            frame = frame.copy()
            if paint_collar(rng, sample, frame):
                labels = [0.0, labels[1]]
        elif roll > 0.1 and rng.random() < 0.2:
            frame = frame.copy()
            if paint_turtleneck(rng, sample, frame):
                labels = [math.nan, 1.0]
        return sample, frame, tuple(labels)

    @staticmethod
    def truth(sample):
        return tuple(
            float(sample.expect[r] == "fail") if r in sample.expect else math.nan for r in ("collar", "turtleneck")
        )


def pick(rng, samples, rule, answer):
    """Draw a sample with a given label; real photos and rare people more often."""
    pool = samples.setdefault((rule, answer), None)
    if pool is None:
        chosen = [s for s in samples["all"] if s.expect.get(rule) == answer]
        weights = np.array([(3.0 if s.folder in REAL else 1.0) / math.sqrt(samples["count"][s.base]) for s in chosen])
        pool = samples[rule, answer] = (chosen, weights / weights.sum())
    return pool[0][rng.choice(len(pool[0]), p=pool[1])]


# -- the network --------------------------------------------------------------------------------------------------


def fresh(rng, task):
    """Return random weights."""
    depth, params = CHANNELS, {}
    rows, columns = task.shape.height, task.shape.width
    for k, width in enumerate(task.widths):
        params[f"w{k}"] = rng.normal(0, math.sqrt(2 / (9 * depth)), (9 * depth, width)).astype(np.float32)
        params[f"b{k}"] = np.zeros(width, np.float32)
        depth = width
        if k < len(task.widths) - 1:
            rows, columns = rows // 2, columns // 2
    outputs = len(task.rules)
    size = depth if task.cells else rows * columns * depth
    params["head"] = rng.normal(0, math.sqrt(1 / size), (size, outputs)).astype(np.float32)
    params["bias"] = np.zeros((rows, columns, outputs) if task.cells else outputs, np.float32)
    if task.cells:
        params["bias"] -= 6
    return params


def logits_of(params, x, task, key=None):
    """Run the network; with a key, with dropout."""
    depth = CHANNELS
    for k, width in enumerate(task.widths):
        kernel = params[f"w{k}"].reshape(3, 3, depth, width)
        x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.nn.relu(x + params[f"b{k}"])
        if k < len(task.widths) - 1:
            n, rows, columns, _ = x.shape
            x = x.reshape(n, rows // 2, 2, columns // 2, 2, width).max((2, 4))
        depth = width
    if key is not None:
        keep = (
            jax.random.bernoulli(key, 0.9, (x.shape[0], 1, 1, x.shape[3]))
            if task.cells
            else jax.random.bernoulli(key, 0.6, x.shape)
        )
        x = x * keep / (0.9 if task.cells else 0.6)
    if task.cells:
        return x @ params["head"] + params["bias"]
    return x.reshape(x.shape[0], -1) @ params["head"] + params["bias"]


def make_bank(task, samples, size, seed):
    """Draw and paint the training patches once.

    Returns float16 patches, labels, the cells in which something was painted (NaN where only the label is known), and
    each one's person's fold.
    """
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    for s in samples:
        counts[s.base] = counts.get(s.base, 0) + 1
    pools = {"all": samples, "count": counts}
    patches, labels, cells, folds = [], [], [], []
    shrink = 2 ** (len(task.widths) - 1)
    while len(patches) < size:
        sample, frame, label = task.draw(rng, pools)
        key = (seed, len(patches))
        patch = task.cut(np.random.default_rng(key), sample, frame)
        untouched = patch if frame is sample.frame else task.cut(np.random.default_rng(key), sample, sample.frame)
        change = np.abs(patch - untouched)[..., :4].max(3) > 0.4
        if task.cells and frame is not sample.frame and label[0] and change.sum() < 8:
            continue  # what cannot be seen teaches nothing
        patches.append(patch.astype(np.float16))
        labels.append(label)
        folds.append(sample.third)
        n, rows, columns, _ = patch.shape
        painted = np.full((n, rows // shrink, columns // shrink), np.nan, np.float16)
        if frame is not sample.frame or label[0] == 0:
            painted[:] = change.reshape(n, rows // shrink, shrink, columns // shrink, shrink).any((2, 4))
        cells.append(painted)
    return np.stack(patches), np.array(labels, np.float32), np.stack(cells), np.array(folds)


def train(task, bank, steps, batch, seed):
    """Fit a network by Adam; returns the running mean of its weights over the second half."""
    patches, truths, painted = bank
    rng = np.random.default_rng(seed)
    params = {k: jnp.asarray(v) for k, v in fresh(rng, task).items()}
    moments = jax.tree.map(lambda v: (jnp.zeros_like(v), jnp.zeros_like(v)), params)
    per = 2 if task is Ears else 1

    def loss(params, x, y, spots, key):
        z = logits_of(params, x, task, key)
        where = 0.0
        if task.cells:
            known = ~jnp.isnan(spots)
            spots = jnp.where(known, spots, 0)
            each = (jax.nn.softplus(z[..., 0]) - spots * z[..., 0]) * (1 + 2 * spots) * known
            where = each.sum() / len(x) / 48
            z = jax.nn.logsumexp(z.reshape(len(x), -1, z.shape[-1]), axis=1)
        z = jax.nn.logsumexp(z.reshape(-1, per, z.shape[1]), axis=1)
        known = ~jnp.isnan(y)
        y = jnp.where(known, y, 0) * 0.96 + 0.02
        each = jax.nn.softplus(z) - y * z
        decay = sum(jnp.sum(v**2) for k, v in params.items() if k[0] in "wh")
        return jnp.sum(each * known) / jnp.sum(known) + where + task.decay * decay

    @jax.jit
    def step(params, moments, x, y, spots, key, t, rate):
        value, grads = jax.value_and_grad(loss)(params, x, y, spots, key)
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
        drawn = rng.integers(len(patches), size=batch)
        x = patches[drawn].astype(np.float32).reshape(-1, *patches.shape[2:])
        x *= rng.uniform(0.85, 1.15, (len(x), 1, 1, 1)).astype(np.float32)
        x += rng.normal(0, 0.06, (len(x), 1, 1, CHANNELS)).astype(np.float32)
        x += rng.standard_normal(x.shape, np.float32) * np.float32(0.04)
        spots = painted[drawn].astype(np.float32).reshape(-1, *painted.shape[2:])
        key, sub = jax.random.split(key)
        rate = task.rate * min(1, t / 50) * (0.5 + 0.5 * math.cos(math.pi * t / steps))
        params, moments, value = step(params, moments, x, truths[drawn], spots, sub, float(t), rate)
        running = 0.95 * running + 0.05 * float(value)
        average = params if t < steps // 2 else jax.tree.map(lambda a, b: 0.99 * a + 0.01 * b, average, params)
        if t % 100 == 0:
            print(t, round(running, 3), flush=True)
    return average


def score(task, params, samples):
    """Return the log odds of untouched photos."""
    run = jax.jit(lambda x: logits_of(params, x, task))
    out = []
    for s in samples:
        z = np.asarray(run(task.cut(None, s, s.frame)))
        out.append([float(np.logaddexp.reduce(z[..., k], axis=None)) for k in range(z.shape[-1])])
    return out


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("task", choices=("ears", "necklace", "collar"))
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--steps", type=int, help="3000 for ears, 1300 for collar, 2400 for necklace")
    parser.add_argument("--bank", type=int, default=7000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--out", default=str(Path(__file__).resolve().parent.parent / "photospec" / "models"))
    options = parser.parse_args()
    task = {"ears": Ears, "necklace": Necklace, "collar": Collar}[options.task]
    steps = options.steps or {"ears": 3000, "necklace": 2400, "collar": 1300}[options.task]
    samples = load(options.folder, task.rules, options.folds)
    patches, truths, painted, folds = make_bank(task, samples, options.bank, 3)
    print(len(samples), "photos", len(patches), "patches", flush=True)
    if options.folds:
        with (Path(options.out) / f"{options.task}-folds.jsonl").open("w") as out:
            for fold in range(3):
                params = train(
                    task,
                    (patches[folds != fold], truths[folds != fold], painted[folds != fold]),
                    steps,
                    options.batch,
                    fold,
                )
                aside = [s for s in samples if s.third == fold]
                out.writelines(
                    json.dumps({"file": s.row["file"], "fold": fold, "truth": task.truth(s), "logits": z}) + "\n"
                    for s, z in zip(aside, score(task, params, aside), strict=True)
                )
                out.flush()
    else:
        used = folds >= 0 if task is Collar else folds != 0
        params = train(task, (patches[used], truths[used], painted[used]), steps, options.batch, 7)
        np.savez_compressed(
            Path(options.out) / f"{options.task}.npz", **{k: np.asarray(v, np.float16) for k, v in params.items()}
        )


if __name__ == "__main__":
    main()
