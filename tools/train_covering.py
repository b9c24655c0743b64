"""Train the small network of photospec/networks/covering.npz: hats, hair over the brows, things over the face, ears.

    python tools/train_covering.py EVAL_FOLDER [--samples N] [--steps N] [--folds] [--out FILE]

Needs jax (CPU) besides the package. Photos of the evaluation set are brought to the head's chart, and painted with many
kinds of coverings and of harmless changes (dyed or shining hair, scenery, blur, colour cast, glasses, beards), none of
them the evaluation set's own brush. A convolutional network learns all five questions at once from the chart's cells.
Drawn portraits of `photospec.testing` are added. With ``--folds`` three networks are trained, each with another third
of the people kept aside (CRC32 of the name, modulo 3), and the scores of those kept aside are written as JSON lines:
limits and error rates (tools/train_folds.py) are taken from them. Without it the shipped weights are trained on all
people.
Seeded: the same set, versions and machine give the same weights.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from train_folds import third

from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.chart import chart_transform, describe_cells, frame_to_chart, mirror_cells
from photospec.portrait.skin import skin_colour
from photospec.testing import portrait

UNIT, ACROSS, UP, DOWN = 56, 2.75, 3.25, 3.25  # the canvas: pixels per eye distance, and its reach
SIZE = int(2 * ACROSS * UNIT), int((UP + DOWN) * UNIT)
V, U = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
U = U / UNIT - np.float32(ACROSS)
V = V / UNIT - np.float32(UP)
FOLDERS = [
    "compliant",
    "smiling",
    "official",
    "natural",
    "turned",
    "hat",
    "headband",
    "fringe",
    "hair-over-ears",
    "face-mask",
    "heavy-makeup",
    "clear-glasses",
    "sunglasses",
    "frame-over-eyes",
    "tinted-glasses",
    "side-lit",
    "underexposed",
    "overexposed",
    "face-shadow",
    "warm-cast",
]
RULES = {"hat": "head-covering", "fringe": "hair-over-eyes", "ears": "ears-visible", "mask": "face-occlusion"}
HAND_ON_FACE = ("faker-female-54", "faker-female-56")
UNKNOWN = np.nan


def load(root: Path) -> list[dict]:
    """Read the photos and bring each to the canvas."""
    photos = []
    for line in (root / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        folder = row["file"].split("/")[0]
        if folder not in FOLDERS:
            continue
        seen = Portrait(Photo.read(root / row["file"]))
        if not seen.faces:
            continue
        matrix = chart_transform(seen.pupils) * (UNIT / 48)
        matrix[:, 2] += (ACROSS * UNIT - 96 * UNIT / 48, UP * UNIT - 120 * UNIT / 48)
        canvas = cv2.warpAffine(seen.frame, matrix, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        half = matrix.copy()
        half[:, :2] *= 2
        person = cv2.warpAffine(seen.half_silhouette.astype(np.uint8), half, SIZE, borderMode=cv2.BORDER_REPLICATE)
        marks = frame_to_chart(seen.landmarks, seen.pupils)
        expect = row["expect"]
        truth = {
            name: {"fail": 0.0 if name == "ears" else 1.0, "pass": 1.0 if name == "ears" else 0.0}.get(
                expect.get(rule, ""), UNKNOWN
            )
            for name, rule in RULES.items()
        }
        real = folder in ("compliant", "smiling", "official", "natural", "turned")
        photos.append(
            {
                "file": row["file"],
                "folder": folder,
                "base": row["base"],
                "real": real,
                "group": row["group"],
                "canvas": canvas,
                "person": person.astype(np.float32),
                "marks": marks,
                "backdrop": seen.backdrop.colour,
                "clean": seen.backdrop.support > 0.5 and folder not in ("natural", "turned"),
                "truth": truth,
                "cells": seen.cells,
            }
        )
    by_base: dict[str, dict[str, float]] = {}
    for p in photos:  # a painted photo keeps what its person's unpainted photo shows elsewhere
        if p["folder"] in ("compliant", "official"):
            by_base.setdefault(p["base"], {}).update({k: v for k, v in p["truth"].items() if v == v})
    for p in photos:
        known = p["truth"]
        if not p["real"]:
            for name, value in by_base.get(p["base"], {}).items():
                touched = {
                    "hat": ("hat", "fringe", "ears"),
                    "headband": ("hat", "fringe"),
                    "fringe": ("fringe",),
                    "hair-over-ears": ("ears", "fringe"),
                    "face-mask": ("mask",),
                }.get(p["folder"], ())
                if known[name] != known[name] and name not in touched:
                    known[name] = value
        if known["mask"] != known["mask"] and not any(p["file"].split("/")[1].startswith(h) for h in HAND_ON_FACE):
            known["mask"] = 0.0
        # A photo that fails may hide one ear only: neither side is known by itself.
        p["ears"] = (1.0, 1.0) if known["ears"] == 1 else (UNKNOWN, UNKNOWN)
    return photos


def soft(field: np.ndarray, edge: float = 1.2) -> np.ndarray:
    """Turn a signed field, in eye distances, into an opacity with an edge `edge` px wide."""
    return np.clip(field * (UNIT / edge) + 0.5, 0, 1)


def noise(rng, rows: int, columns: int) -> np.ndarray:
    """Smooth noise, about -1 to 1, of the given number of waves."""
    small = rng.standard_normal((max(2, rows), max(2, columns))).astype(np.float32)
    return cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC)


def colour(rng, skin: np.ndarray) -> np.ndarray:
    """Pick a cloth's colour, RGB 0 to 255: black, white, grey, navy, near the skin, or any."""
    kind = rng.random()
    if kind < 0.2:
        return np.full(3, rng.uniform(8, 55)) + rng.uniform(-6, 6, 3)
    if kind < 0.32:
        return np.full(3, rng.uniform(200, 252)) + rng.uniform(-8, 4, 3)
    if kind < 0.42:
        return np.full(3, rng.uniform(60, 200)) + rng.uniform(-8, 8, 3)
    if kind < 0.5:
        return np.array((20, 30, 70)) * rng.uniform(0.6, 1.6) + rng.uniform(-8, 8, 3)
    if kind < 0.58:
        return skin * rng.uniform(0.45, 1.15) + rng.uniform(-20, 20, 3)
    hsv = np.uint8([[[rng.integers(180), rng.integers(70, 256), rng.integers(50, 250)]]])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float64)


def cloth(rng, skin: np.ndarray, photos: list[dict]) -> np.ndarray:
    """Weave a piece of cloth the size of the canvas, float32 RGB."""
    if rng.random() < 0.2:  # the garment of another photo
        donor = photos[rng.integers(len(photos))]["canvas"]
        patch = donor[int((UP + 2.35) * UNIT) :, int(rng.uniform(0.3, 1.5) * UNIT) : -int(rng.uniform(0.3, 1.5) * UNIT)]
        patch = np.concatenate([patch, patch[::-1]])
        patch = np.concatenate([patch, patch[:, ::-1]], 1)
        patch = np.tile(patch, (6, 3, 1))[: SIZE[1], : SIZE[0]]
        piece = cv2.resize(patch, SIZE).astype(np.float32)
    else:
        piece = np.empty((SIZE[1], SIZE[0], 3), np.float32)
        piece[:] = colour(rng, skin)
        kind = rng.random()
        if kind < 0.45:  # plain, with a weave too fine or too faint to see, or seen
            piece *= (1 + rng.uniform(0, 0.08) * rng.standard_normal(U.shape, dtype=np.float32))[..., None]
        elif kind < 0.62:  # knitted ribs
            turn = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
            wave = np.sin((U * np.cos(turn) + V * np.sin(turn)) * rng.uniform(15, 90))
            piece *= (1 + rng.uniform(0.04, 0.25) * wave)[..., None]
        elif kind < 0.72:  # check or stripes in a second colour
            second, f = colour(rng, skin), rng.uniform(6, 40)
            where = (np.sin(U * f) > rng.uniform(-0.5, 0.5)) | ((np.sin(V * f) > 0.2) & (rng.random() < 0.6))
            piece[where] = 0.5 * piece[where] + 0.5 * second
        elif kind < 0.86:  # print
            spots = noise(rng, int(rng.uniform(10, 70)), int(rng.uniform(10, 70))) > rng.uniform(0, 1)
            piece[spots] = colour(rng, skin)
        else:  # coarse yarn
            piece *= (1 + rng.uniform(0.05, 0.25) * noise(rng, 120, 110))[..., None]
    if rng.random() < 0.7:  # folds
        turn = rng.uniform(0.2, 1.0), rng.uniform(0.2, 1.0)
        piece *= (1 + rng.uniform(0.03, 0.25) * noise(rng, int(20 * turn[0]), int(20 * turn[1])))[..., None]
    if rng.random() < 0.8:  # round: darker to the sides, lighter where the lamp is
        middle, width, depth = rng.uniform(-0.6, 0.6), rng.uniform(1.2, 2.2), rng.uniform(0.05, 0.6)
        piece *= np.maximum(1 - depth * ((U - middle) / width) ** 2 - rng.uniform(-0.15, 0.15) * V, 0.15)[..., None]
    return np.clip(piece, 0, 255)


def hair_colour(rng, photo: dict) -> np.ndarray:
    """Take the person's own hair colour, or one of nature's and the dyer's."""
    canvas = photo["canvas"]
    top = canvas[(V > -1.75) & (V < -1.4) & (np.abs(U) < 0.5) & (photo["person"] > 0.5)]
    if len(top) > 200 and rng.random() < 0.6:
        return np.median(top, 0).astype(np.float64) * rng.uniform(0.7, 1.2)
    natural = (
        (18, 15, 14),
        (38, 28, 22),
        (70, 48, 34),
        (120, 88, 58),
        (190, 160, 115),
        (150, 70, 40),
        (140, 140, 140),
        (215, 212, 205),
    )
    return np.array(natural[rng.integers(len(natural))]) * rng.uniform(0.7, 1.25) + rng.uniform(-8, 8, 3)


def strands(rng, photo: dict, slant: float | None = None) -> np.ndarray:
    """Draw hair that hangs, the size of the canvas, float32 RGB."""
    tint = hair_colour(rng, photo)
    slant = rng.uniform(-0.6, 0.6) if slant is None else slant
    path = U + slant * V + rng.uniform(0, 0.12) * np.sin(V * rng.uniform(1, 5) + rng.uniform(0, 6))
    where = (path + 8) * UNIT * rng.uniform(0.5, 1.3)
    line = rng.standard_normal(2400)
    locks = np.convolve(rng.standard_normal(2400), np.ones(15) / 4, "same")
    amount = rng.uniform(0.02, 0.35)
    texture = np.interp(where, np.arange(2400), amount * line + rng.uniform(0, 0.3) * locks).astype(np.float32)
    texture *= 0.7 + 0.3 * noise(rng, 8, 30)
    shine = rng.uniform(0, 0.9) * np.exp(-(((V - rng.uniform(-1.6, 0.2) - 0.2 * U * U) / rng.uniform(0.08, 0.4)) ** 2))
    light = (1 + texture) * (1 + shine * (0.6 + 0.4 * noise(rng, 4, 90)))
    light = light * (1 - rng.uniform(0, 0.3) * (U / 1.5) ** 2)
    return np.clip(tint.astype(np.float32) * light[..., None] + rng.uniform(0, 20) * shine[..., None], 0, 255)


def scenery(rng, photo: dict, photos: list[dict], canvas: np.ndarray) -> tuple[np.ndarray, dict]:
    """Put a person before the leaves, walls and furniture of another photo; returns the canvas and the photo."""
    third_ = third(photo["base"])  # of nobody kept aside
    pool = [p for p in photos if p["folder"] in ("natural", "turned") and third(p["base"]) == third_]
    donor = pool[rng.integers(len(pool))]["canvas"]
    wide, tall = int(rng.uniform(0.5, 1.0) * UNIT), int(rng.uniform(2.0, 3.2) * UNIT)
    donor = donor[int(1.05 * UNIT) :, int(0.62 * UNIT) : -int(0.62 * UNIT)]  # without the repeated edges
    strip = donor[:tall, :wide] if rng.random() < 0.5 else donor[:tall, -wide:]
    strip = cv2.resize(strip, None, fx=(size := rng.uniform(1, 2.5)), fy=size, interpolation=cv2.INTER_LINEAR)
    piece = np.concatenate([strip, strip[:, ::-1]] * 7, 1)
    piece = np.concatenate([piece, piece[::-1]] * 3, 0)
    down, right = rng.integers(piece.shape[0] - SIZE[1]), rng.integers(piece.shape[1] - SIZE[0])
    piece = piece[down : down + SIZE[1], right : right + SIZE[0]].astype(np.float32)
    if rng.random() < 0.5:
        piece = cv2.GaussianBlur(piece, (0, 0), rng.uniform(0.5, 4))
    piece = np.clip(piece * rng.uniform(0.6, 1.3), 0, 255)
    border = np.median(piece[: int(0.8 * UNIT)].reshape(-1, 3), 0).astype(np.float32)
    backdrop = cv2.cvtColor(border[None, None] / 255, cv2.COLOR_RGB2LAB)[0, 0]
    outside = cv2.GaussianBlur(1 - photo["person"], (0, 0), rng.uniform(0.6, 2))
    return lay(canvas, piece, outside), {**photo, "backdrop": backdrop, "clean": False}


def retint(rng, photo: dict, canvas: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Give what is worn, and all else but the skin, another tint: few people wear a real hat, in few colours."""
    far = np.abs(canvas - skin).max(-1)
    hull = cv2.convexHull(np.rint((photo["marks"] + np.array((ACROSS, UP))) * UNIT).astype(np.int32))
    face = cv2.fillConvexPoly(np.zeros(U.shape, np.uint8), hull, 1).astype(np.float32)
    alpha = np.clip((far - 30) / 40, 0, 1) * (1 - cv2.GaussianBlur(face, (0, 0), 3))
    hls = cv2.cvtColor(np.clip(canvas, 0, 255).astype(np.float32) / 255, cv2.COLOR_RGB2HLS)
    hls[..., 0] = (hls[..., 0] + rng.uniform(30, 330)) % 360
    hls[..., 2] = np.clip(hls[..., 2] * rng.uniform(0.2, 1.6), 0, 1)
    hls[..., 1] = np.clip(hls[..., 1], 0, 1) ** np.exp(rng.normal(0, 0.35))
    return lay(canvas, cv2.cvtColor(hls, cv2.COLOR_HLS2RGB) * 255, cv2.GaussianBlur(alpha, (0, 0), 1))


def lay(canvas: np.ndarray, over: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay one picture over another."""
    return canvas + (over - canvas) * alpha[..., None]


def head_shape(rng, photo: dict, grow: float) -> np.ndarray:
    """Signed field of the head with its hair, in eye distances, enlarged by `grow`."""
    wide, tall = rng.uniform(1.15, 1.4), rng.uniform(1.75, 2.1)
    oval = (1 - np.sqrt((U / (wide + grow)) ** 2 + ((V - 0.1) / (tall + grow)) ** 2)) * wide
    if photo["clean"] and rng.random() < 0.6:
        mask = (photo["person"] > 0.5).astype(np.uint8)
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3)
        return np.maximum(inside / UNIT + grow, oval if rng.random() < 0.5 else -9)
    return oval


def hat(rng, photo: dict, canvas: np.ndarray, photos: list[dict], skin: np.ndarray) -> tuple[np.ndarray, dict]:
    """Paint something on the head; returns the canvas and what it hides."""
    kind = rng.choice(["cap", "hood", "band", "ornament"], p=[0.27, 0.3, 0.3, 0.13])
    effect = {"hat": 1.0}
    piece = cloth(rng, skin, photos)
    sway = rng.normal(0, 0.05)
    tilt = rng.normal(0, 0.06)
    if kind == "cap":
        rim = rng.uniform(-1.35, -0.3)
        bend = rng.uniform(-0.12, 0.3)
        curve = rim + bend * (U - sway) ** 2 + tilt * U
        shape = head_shape(rng, photo, rng.uniform(0.0, 0.3))
        if rng.random() < 0.7:
            wide, tall = rng.uniform(1.2, 1.7), rng.uniform(0.75, 1.5)
            power = rng.uniform(1.8, 3.5)
            dome = (1 - (np.abs(U - sway) / wide) ** power - (np.maximum(rim + 0.15 - V, 0) / tall) ** power) * 0.6
            shape = np.maximum(dome, shape - 0.25) if rng.random() < 0.3 else dome
        cover = np.minimum(shape, curve - V)
        if rng.random() < 0.45:
            canvas = lay(
                canvas,
                canvas * rng.uniform(0.45, 0.85),
                soft(np.minimum(shape, curve + rng.uniform(0.05, 0.35) - V), rng.uniform(2, 20)),
            )
        canvas = lay(canvas, piece, soft(cover, rng.uniform(0.8, 3)))
        if rng.random() < 0.5:  # a turned-up border or a peak
            thick, wide = rng.uniform(0.12, 0.4), rng.uniform(1.0, 2.2)
            brim = (
                np.minimum(curve + 0.05 - V, V - curve + thick)
                if rng.random() < 0.5
                else (1 - np.sqrt(((U - sway) / wide) ** 2 + ((V - rim) / thick) ** 2)) * thick
            )
            other = piece * rng.uniform(0.5, 1.2) if rng.random() < 0.6 else cloth(rng, skin, photos)
            brim = brim if wide > 1.4 else np.minimum(brim, shape + 0.1)
            canvas = lay(canvas, other, soft(brim, 1.5))
            rim += 0.5 * thick
        effect["fringe"] = UNKNOWN if rim > -0.75 else photo["truth"]["fringe"]
        low = rim + bend
        if low > -0.3:
            effect["ears"] = UNKNOWN
    elif kind == "hood":
        wide, top, middle = rng.uniform(0.85, 1.45), rng.uniform(-1.8, -0.6), rng.uniform(0.1, 0.6)
        sway = sway if rng.random() < 0.75 else rng.normal(0, 0.2)
        face = 1 - np.sqrt(
            ((U - sway) / wide) ** 2 + ((V - middle) / np.where(middle > V, middle - top, rng.uniform(1.4, 2.2))) ** 2
        )
        shape = head_shape(rng, photo, rng.uniform(0.1, 0.45))
        ring = rng.uniform(0.15, 0.7)  # a roll of cloth round the face, wherever the head ends
        if rng.random() < 0.5:
            shape = face * wide + ring
        if rng.random() < 0.6:  # the roll is round, and folds run out from the face
            across = np.clip((-face * wide) / ring, 0, 1.5)
            piece *= (1 - rng.uniform(0, 0.5) * (2 * across - rng.uniform(0.5, 1.2)) ** 2)[..., None]
            spread = np.arctan2(U - sway, V - middle)
            piece *= (1 + rng.uniform(0, 0.2) * np.sin(spread * rng.integers(3, 30) + 3 * noise(rng, 5, 5)))[..., None]
            piece = np.clip(piece, 0, 255)
        neck, slope = rng.uniform(0.5, 1.6), rng.uniform(0.1, 0.9)
        below = np.minimum(neck + slope * (V - 0.5) - np.abs(U), V - rng.uniform(0, 1.7))
        outer = np.maximum(shape, below)
        cover = np.minimum(outer, -face * wide)
        if rng.random() < 0.3:  # shows the hair above the forehead
            back = rng.uniform(-1.75, -1.3) + rng.uniform(0.2, 0.6) * U * U
            cover = np.minimum(cover, np.maximum(back - V, V + rng.uniform(0.2, 0.6)))
        canvas = lay(
            canvas, canvas * rng.uniform(0.5, 0.95), soft(np.minimum(outer, -face * wide + rng.uniform(0, 0.2)), 12)
        )
        canvas = lay(canvas, piece, soft(cover, rng.uniform(0.8, 3)))
        effect["ears"] = 0.0 if wide < 1.05 else UNKNOWN
        effect["fringe"] = UNKNOWN if top > -0.75 else photo["truth"]["fringe"]
        if rng.random() < 0.15:
            canvas = lay(
                canvas, cloth(rng, skin, photos), soft(np.minimum(outer, 0.12 - np.abs(V - top + 0.25 - 0.2 * U * U)))
            )
    else:
        at, bend = rng.uniform(-1.75, -0.85), rng.uniform(-0.1, 0.35)
        thick = float(np.exp(rng.uniform(np.log(0.04), np.log(0.28)))) if kind == "band" else rng.uniform(0.05, 0.15)
        if at < -1.3:
            at += rng.uniform(0, 0.2)
            bend = rng.uniform(0.15, 0.65)
        tilt *= rng.choice([1, 2.5])
        curve = at + bend * (U - sway) ** 2 + tilt * U
        shape = head_shape(rng, photo, rng.uniform(-0.02, 0.05))
        if kind == "band":
            near = np.abs(U - sway) / 1.25
            if rng.random() < 0.4:  # black, brown, or as the hair itself
                tint = ((24, 22, 22), (70, 45, 30), hair_colour(rng, photo))[rng.integers(3)]
                piece = np.clip(
                    np.asarray(tint) * rng.uniform(0.6, 1.5) * piece / max(float(piece.mean()), 8.0), 0, 255
                )
                piece = piece.astype(np.float32)
            if rng.random() < 0.5:  # round or of plastic: a line of light along it
                line = np.exp(-(((V - curve) / thick + rng.uniform(-0.5, 0.5)) ** 2) * rng.uniform(1, 12))
                piece = np.clip(piece + rng.uniform(10, 120) * (line * (1 - 0.5 * near))[..., None], 0, 255)
            body = thick * np.clip(1 - rng.uniform(0, 0.7) * near**2, 0.2, 1)
            cover = np.minimum(np.minimum(shape, body - np.abs(V - curve)), rng.uniform(0.85, 1.6) - np.abs(U - sway))
            canvas = lay(
                canvas, canvas * rng.uniform(0.5, 1), soft(np.minimum(shape, thick + 0.06 - np.abs(V - curve)), 5)
            )
            canvas = lay(canvas, piece, soft(cover, rng.uniform(0.8, 2.5)))
            effect["fringe"] = UNKNOWN if at + thick > -0.75 else photo["truth"]["fringe"]
        else:
            base = colour(rng, skin) if rng.random() < 0.5 else np.array((200, 165, 80)) * rng.uniform(0.7, 1.2)
            ring = np.clip(base * (1 + 0.4 * rng.standard_normal(U.shape, dtype=np.float32))[..., None], 0, 255).astype(
                np.float32
            )
            whole = soft(np.minimum(shape + 0.05, thick * rng.uniform(0.3, 1) - np.abs(V - curve)))
            side = rng.random() < 0.35  # flowers, tassels and combs at one temple or both
            places = np.arange(-1.3, 1.3, rng.uniform(0.12, 0.5))
            if side:
                places = rng.choice((-1, 1)) * rng.uniform(0.7, 1.2) + rng.uniform(-0.25, 0.25, rng.integers(3, 9))
                places = np.concatenate([places, -places]) if rng.random() < 0.5 else places
            if not side:
                canvas = lay(canvas, ring, whole)
            for x in places:
                r = rng.uniform(0.1, 0.25) if side else rng.uniform(0.04, 0.2)
                y = at + bend * (x - sway) ** 2 + tilt * x - rng.uniform(0, 0.15)
                spot = r - np.sqrt((U - x) ** 2 + ((V - y) * rng.uniform(0.4, 1.3)) ** 2)
                jewel = colour(rng, skin) if rng.random() < 0.6 else base
                canvas = lay(
                    canvas,
                    np.clip(jewel * (1 + 0.5 * noise(rng, 90, 80))[..., None], 0, 255),
                    soft(np.minimum(spot, shape + 0.25)),
                )
            effect["fringe"] = UNKNOWN if at > -1 else photo["truth"]["fringe"]
    return canvas, effect


def clip(rng, canvas: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Pin one or two small clips into the hair; they are no covering."""
    x, y, turn = rng.uniform(-1.0, 1.0), rng.uniform(-1.6, -0.9), rng.uniform(0, np.pi)
    long, thick = rng.uniform(0.08, 0.22), rng.uniform(0.015, 0.05)
    tint = np.broadcast_to(colour(rng, skin), canvas.shape)
    for k in range(rng.integers(1, 3)):
        along = (U - x) * np.cos(turn) + (V - y - 0.13 * k) * np.sin(turn)
        side = (V - y - 0.13 * k) * np.cos(turn) - (U - x) * np.sin(turn)
        canvas = lay(canvas, tint, soft(np.minimum(long - np.abs(along), thick - np.abs(side))))
    return canvas


def fringe(rng, photo: dict, canvas: np.ndarray) -> tuple[np.ndarray, dict]:
    """Paint hair over the forehead; returns the canvas and whether a brow or an eye is hidden."""
    marks = photo["marks"]
    slant = rng.normal(0, 0.25)
    hair = strands(rng, photo, slant + rng.normal(0, 0.1))
    if rng.random() < 0.35 and photo["clean"]:  # the person's own hair, drawn down
        shift = int(rng.uniform(0.4, 1.0) * UNIT)
        own = np.roll(photo["canvas"], shift, 0).astype(np.float32)
        bald = np.roll(photo["person"], shift, 0) < 0.5
        far = np.abs(own - np.array(canvas_skin(photo))).sum(-1) < 70
        hair = np.where((bald | far)[..., None], hair, own)
    left, right = sorted(rng.uniform(-1.35, 1.35, 2)) if rng.random() < 0.5 else (-1.3, 1.3)
    if right - left < 0.5:
        right = left + 0.5
    end = rng.uniform(-1.0, 0.15)
    tips = np.interp(U[0], np.linspace(-3, 3, 400), rng.standard_normal(400) * rng.uniform(0.01, 0.14))
    fine = rng.standard_normal(SIZE[0]) * rng.uniform(0, 0.06)
    curve = end + rng.uniform(-0.35, 0.35) * (U - rng.uniform(-0.5, 0.5)) ** 2 + slant * U + (tips + fine)[None, :]
    top = rng.uniform(-1.9, -1.3)
    cover = np.minimum(
        np.minimum(U - left - slant * V * 0.5, right - slant * V * 0.5 - U), np.minimum(curve - V, V - top)
    )
    if rng.random() < 0.3:  # thin: skin shows between the strands
        gaps = np.interp((U + slant * V + 3) * 60, np.arange(500), rng.standard_normal(500)).astype(np.float32)
        cover = np.minimum(cover, (gaps + rng.uniform(0.2, 1.2)) * 0.05)
    alpha = soft(cover, rng.uniform(1, 4)) * rng.uniform(0.85, 1)
    canvas = lay(canvas, hair, alpha)
    worst, near = 0.0, 0.0
    for brow in (marks[17:22], marks[22:27]):
        line = np.stack([np.interp(np.linspace(0, 4, 25), np.arange(5), brow[:, i]) for i in (0, 1)], 1)
        for band, is_near in ((0.03, False), (-0.16, True)):
            x = np.clip(np.rint((line[:, 0] + ACROSS) * UNIT), 0, SIZE[0] - 1).astype(int)
            y = np.clip(np.rint((line[:, 1] + band + UP) * UNIT), 0, SIZE[1] - 1).astype(int)
            share = float(alpha[y, x].mean())
            if is_near:
                near = max(near, share)
            else:
                worst = max(worst, share)
    hidden = 1.0 if worst > 0.4 else (photo["truth"]["fringe"] if near < 0.05 else UNKNOWN)
    return canvas, {"fringe": hidden}


def canvas_skin(photo: dict) -> np.ndarray:
    """Median RGB of cheeks and nose."""
    near = (np.abs(U) < 0.6) & (V > 0.25) & (V < 0.7)
    return np.median(photo["canvas"][near], 0)


def locks(rng, photo: dict, canvas: np.ndarray) -> tuple[np.ndarray, dict]:
    """Paint hair over one ear or both."""
    marks = photo["marks"]
    ears = list(photo["ears"])
    which = [(True, True), (True, False), (False, True)][rng.choice(3, p=[0.6, 0.2, 0.2])]
    hair = strands(rng, photo, rng.uniform(-0.2, 0.2))
    # Hair that falls behind the ears hides neither.
    behind = 1 - photo["person"] if photo["clean"] and rng.random() < 0.5 else None
    for side, (want, cheek, sign) in enumerate(zip(which, (marks[1], marks[15]), (-1, 1), strict=True)):
        if not want:
            continue
        inner = abs(float(cheek[0])) + rng.uniform(-0.35, 0.02)
        outer = inner + rng.uniform(0.4, 1.1)
        top, end = rng.uniform(-1.8, -0.9), rng.uniform(-0.1, 3.0)
        x = U * sign
        wave = rng.uniform(0, 0.12) * np.sin(V * rng.uniform(1, 6) + rng.uniform(0, 6))
        ragged = np.interp(V[:, 0], np.linspace(-4, 4, 200), rng.standard_normal(200) * rng.uniform(0, 0.05))[:, None]
        inside = np.minimum(x - inner - wave - ragged, outer + wave + rng.uniform(-0.2, 0.3) * (V - 0.3) - x)
        cover = np.minimum(inside, np.minimum(V - top - 0.4 * np.maximum(x - inner, 0), end - V + ragged))
        if behind is not None:
            canvas = lay(canvas, hair, soft(np.minimum(cover, x - 0.9), 2) * behind)
            continue
        canvas = lay(canvas, hair, soft(cover, rng.uniform(1, 4)))
        whole = inner < abs(float(cheek[0])) - 0.02 and outer > inner + 0.5 and end > 0.75
        ears[side] = 0.0 if whole else (ears[side] if end < -0.05 or ears[side] == 0 else UNKNOWN)
    return canvas, {"ears": tuple(ears)}


def cover_face(rng, photo: dict, canvas: np.ndarray, photos: list[dict], skin: np.ndarray) -> tuple[np.ndarray, dict]:
    """Paint a mask, a scarf, a hand or a thing over the face."""
    marks = photo["marks"]
    kind = rng.choice(["mask", "scarf", "hand", "phone", "thing"], p=[0.27, 0.1, 0.28, 0.2, 0.15])
    effect = {"mask": 1.0}
    chin, nose, mouth = marks[8], marks[30], marks[48:60].mean(0)
    if kind == "mask":
        top = rng.uniform(float(nose[1]) - 0.55, float(marks[33][1]) + 0.1)
        bottom = float(chin[1]) + rng.uniform(-0.35, 0.25)
        wide = rng.uniform(0.75, 1.15) * abs(float(marks[13][0] - marks[3][0])) / 2
        x = U - mouth[0] - rng.normal(0, 0.03)
        power = rng.uniform(2, 6)
        upper = top + rng.uniform(-0.1, 0.3) * (np.abs(x) / wide) ** rng.uniform(1, 2)
        lower = bottom - rng.uniform(0.1, 0.8) * (np.abs(x) / wide) ** power
        cover = np.minimum(np.minimum(V - upper, lower - V), wide - np.abs(x))
        piece = cloth(rng, skin, photos)
        if rng.random() < 0.4:  # a medical one
            tint = np.array(((238, 240, 240), (150, 195, 215), (140, 200, 175), (28, 28, 30))[rng.integers(4)])
            piece = (tint * rng.uniform(0.75, 1.05) * (1 + 0.1 * noise(rng, 12, 12))[..., None]).astype(np.float32)
            piece = np.clip(piece * (1 - rng.uniform(0, 0.3) * U * U)[..., None], 0, 255)
        if rng.random() < 0.5:
            piece = np.clip(piece * (1 + rng.uniform(0, 0.15) * np.sin(V * rng.uniform(10, 50)))[..., None], 0, 255)
        if rng.random() < 0.5:  # loops
            for sign in (-1, 1):
                loop = 0.025 - np.abs(V - (top + 0.1 + rng.uniform(-0.5, 0.2) * (U * sign - wide)))
                canvas = lay(
                    canvas,
                    np.full_like(canvas, 230),
                    soft(np.minimum(loop, np.minimum(U * sign - wide, wide + 0.3 - U * sign))),
                )
    elif kind == "scarf":
        top = rng.uniform(float(nose[1]) - 0.4, float(mouth[1]) - 0.05)
        cover = np.minimum(
            V - top - rng.uniform(-0.2, 0.3) * U * U, rng.uniform(1.05, 1.5) + rng.uniform(0, 0.3) * (V - 1) - np.abs(U)
        )
        piece = cloth(rng, skin, photos)
    elif kind == "hand":
        tone = canvas_skin(photo) * rng.uniform(0.75, 1.15) + rng.uniform(-12, 12, 3)
        piece = np.clip(
            tone.astype(np.float32)
            * (1 + 0.08 * noise(rng, 20, 20) + 0.02 * rng.standard_normal(U.shape, dtype=np.float32))[..., None],
            0,
            255,
        ).astype(np.float32)
        where = mouth + rng.normal(0, 0.35, 2) * rng.choice([1, 1.6]) + (0, rng.uniform(-0.1, 0.2))
        turn, thick = rng.uniform(0, np.pi), rng.uniform(0.09, 0.17)
        along, side = np.array((np.cos(turn), np.sin(turn))), np.array((-np.sin(turn), np.cos(turn)))
        piece, cover = fingers(rng, piece, where, along, thick, rng.uniform(0.3, 0.8), int(rng.integers(1, 5)))
        if rng.random() < 0.7:  # the palm
            away = rng.uniform(0.5, 1.2)
            p = (U - where[0] - along[0] * away) * along[0] + (V - where[1] - along[1] * away) * along[1]
            q = (U - where[0] - along[0] * away) * side[0] + (V - where[1] - along[1] * away) * side[1]
            cover = np.maximum(cover, np.minimum(0.7 - np.abs(p), 3.5 * thick - np.abs(q)))
        if rng.random() < 0.4:  # the arm, bare or in a sleeve
            start = where + along * 0.8
            foot = np.array((start[0] + rng.uniform(-0.6, 0.6), DOWN))
            slope = (foot[0] - start[0]) / max(foot[1] - start[1], 0.3)
            arm = np.minimum(rng.uniform(0.25, 0.5) - np.abs(U - start[0] - slope * (V - start[1])), V - start[1])
            cover = np.maximum(cover, arm)
            if rng.random() < 0.5:
                sleeve = np.minimum(arm, V - start[1] - rng.uniform(0.3, 1.2))
                piece = lay(piece, cloth(rng, skin, photos), soft(sleeve))
    elif kind == "phone":
        sign = rng.choice([-1, 1])
        where = np.array((sign * rng.uniform(0.2, 1.3), rng.uniform(0.1, 1.6)))
        turn = rng.normal(0, 0.25)
        p = (U - where[0]) * np.cos(turn) + (V - where[1]) * np.sin(turn)
        q = (V - where[1]) * np.cos(turn) - (U - where[0]) * np.sin(turn)
        a, b = rng.uniform(0.3, 0.65), rng.uniform(0.55, 1.1)
        corner = rng.uniform(0.02, 0.2)
        cover = corner - np.hypot(np.maximum(np.abs(p) - a + corner, 0), np.maximum(np.abs(q) - b + corner, 0))
        tint = colour(rng, skin)
        if rng.random() < 0.6:
            tint = np.array(((25, 25, 28), (190, 192, 200), (30, 45, 90), (240, 240, 240))[rng.integers(4)]) * 1.0
        piece = np.empty_like(canvas)
        piece[:] = tint
        piece *= (1 + rng.uniform(-0.25, 0.25) * p / a + rng.uniform(-0.25, 0.25) * q / b)[..., None]
        piece = np.clip(piece, 0, 255)
        for _ in range(rng.integers(0, 4)):  # lenses
            x, y = rng.uniform(-0.8, 0.8) * a, -b * rng.uniform(0.55, 0.85)
            piece = lay(
                piece, np.full_like(piece, rng.uniform(5, 60)), soft(rng.uniform(0.04, 0.11) - np.hypot(p - x, q - y))
            )
        if rng.random() < 0.6:  # the fingers that hold it
            tone = (canvas_skin(photo) * rng.uniform(0.7, 1.15) + rng.uniform(-12, 12, 3)).astype(np.float32)
            flesh = np.clip(tone * (1 + 0.08 * noise(rng, 20, 20))[..., None], 0, 255).astype(np.float32)
            held = where + np.array((sign * a, rng.uniform(0.1, 0.7) * b))
            flesh, hold = fingers(
                rng,
                flesh,
                held,
                np.array((np.cos(turn), np.sin(turn))),
                rng.uniform(0.07, 0.13),
                rng.uniform(0.1, 0.3),
                4,
            )
            piece = lay(piece, flesh, soft(hold))
            cover = np.maximum(cover, hold)
    else:
        where = np.array((rng.normal(0, 0.5), rng.uniform(0.2, 1.5)))
        turn = rng.uniform(0, np.pi)
        p = (U - where[0]) * np.cos(turn) + (V - where[1]) * np.sin(turn)
        q = (V - where[1]) * np.cos(turn) - (U - where[0]) * np.sin(turn)
        a, b = rng.uniform(0.35, 0.9), rng.uniform(0.3, 0.7)
        cover = (
            np.minimum(a - np.abs(p), b - np.abs(q))
            if rng.random() < 0.5
            else (1 - np.sqrt((p / a) ** 2 + (q / b) ** 2)) * b
        )
        piece = cloth(rng, skin, photos)
    if rng.random() < 0.6:
        canvas = lay(canvas, canvas * rng.uniform(0.5, 0.95), soft(cover + rng.uniform(0, 0.12), rng.uniform(3, 12)))
    alpha = soft(cover, rng.uniform(0.8, 2.5))
    canvas = lay(canvas, piece, alpha)
    hull = cv2.convexHull(np.rint((marks + np.array((ACROSS, UP))) * UNIT).astype(np.int32))
    face = cv2.fillConvexPoly(np.zeros(U.shape, np.uint8), hull, 1) > 0
    share = float(alpha[face].mean()) if face.any() else 0.0
    if share < 0.06:  # beside the face, or on its very edge
        effect["mask"] = photo["truth"]["mask"] if share < 0.005 else UNKNOWN
    return canvas, effect


def fingers(
    rng, flesh: np.ndarray, where, along, thick: float, reach: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Shade fingers side by side about a point on a picture of skin; returns it and their signed field."""
    side = np.array((-along[1], along[0]))
    cover = np.full_like(U, -9)
    dark, round_, line = rng.uniform(0.4, 0.85), rng.uniform(0, 0.4), rng.uniform(0.01, 0.03)
    for i in range(count):
        middle = where + side * (i - (count - 1) / 2) * thick * 1.85 + along * rng.uniform(-0.1, 0.1)
        p = (U - middle[0]) * along[0] + (V - middle[1]) * along[1]
        q = (U - middle[0]) * side[0] + (V - middle[1]) * side[1]
        finger = thick - np.sqrt(np.maximum(np.abs(p) - reach * rng.uniform(0.8, 1.1), 0) ** 2 + q * q)
        flesh = lay(flesh, flesh * dark, soft(line - np.abs(finger), 3))
        flesh = lay(flesh, flesh * (1 - round_ * np.clip((q / thick) ** 2, 0, 1))[..., None], soft(finger))
        cover = np.maximum(cover, finger)
    return flesh, cover


def beard(rng, photo: dict, canvas: np.ndarray) -> np.ndarray:
    """Paint stubble or a beard; it hides nothing that must be seen."""
    marks = photo["marks"]
    mouth, chin = marks[48:60].mean(0), marks[8]
    wide = abs(float(marks[12][0] - marks[4][0])) / 2
    jaw = (
        1
        - np.sqrt((U / (wide * 1.08)) ** 2 + ((V - mouth[1] + 0.1) / (chin[1] - mouth[1] + rng.uniform(0.1, 0.4))) ** 2)
    ) * wide
    line = (
        V
        - (marks[33][1] + rng.uniform(0.02, 0.25))
        + rng.uniform(0.1, 0.8) * np.maximum(np.abs(U) - 0.45, 0) * rng.choice([1, 1, -1])
    )
    lips = 1 - np.sqrt(((U - mouth[0]) / 0.42) ** 2 + ((V - mouth[1]) / 0.17) ** 2)
    cover = np.minimum(np.minimum(jaw, line), -lips * 0.2)
    grain = np.clip(0.8 + rng.uniform(0.1, 0.5) * rng.standard_normal(U.shape) + 0.3 * noise(rng, 20, 20), 0, 1.3)
    dark = (
        hair_colour(rng, photo).astype(np.float32)
        * (1 + 0.25 * rng.standard_normal(U.shape, dtype=np.float32))[..., None]
    )
    return lay(
        canvas, np.clip(dark, 0, 255), np.clip(soft(cover, rng.uniform(4, 18)) * rng.uniform(0.2, 0.95) * grain, 0, 1)
    )


def glasses(rng, photo: dict, canvas: np.ndarray) -> np.ndarray:
    """Paint a pair of glasses, clear or dark."""
    tint = colour(rng, canvas_skin(photo)) * rng.uniform(0.2, 0.8)
    thick = rng.uniform(0.015, 0.09)
    a, b, power = rng.uniform(0.3, 0.46), rng.uniform(0.2, 0.36), rng.uniform(2, 5)
    for sign in (-1, 1):
        rim = (1 - (np.abs(U - sign * 0.52) / a) ** power - (np.abs(V - 0.05) / b) ** power) * b / power
        if rng.random() < 0.25:
            canvas = lay(canvas, canvas * 0.2, soft(rim) * rng.uniform(0.3, 1))
        canvas = lay(canvas, np.broadcast_to(tint, canvas.shape), soft(thick / 2 - np.abs(rim)))
        canvas = lay(
            canvas,
            np.broadcast_to(tint, canvas.shape),
            soft(np.minimum(thick / 2 - np.abs(V + 0.08), np.minimum(U * sign - 0.52 - a, 1.2 - U * sign))),
        )
    return lay(
        canvas,
        np.broadcast_to(tint, canvas.shape),
        soft(np.minimum(thick / 2 - np.abs(V + 0.05 - 0.3 * U * U), 0.54 - a - np.abs(U))),
    )


def dye(rng, photo: dict, canvas: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Dye, bleach, smooth or polish the person's own hair."""
    far = np.abs(canvas - skin).sum(-1)
    oval = 1 - np.sqrt((U / 1.0) ** 2 + ((V - 0.45) / 1.35) ** 2)
    # Where the silhouette cannot be trusted, an oval stands for it.
    head = photo["person"] > 0.5 if photo["clean"] else (U / 1.3) ** 2 + ((V - 0.1) / 1.9) ** 2 < 1
    hair = head & (oval < 0) & (far > 70) & (V < 0.9)
    alpha = cv2.GaussianBlur(hair.astype(np.float32), (0, 0), 1.5)
    kind = rng.random()
    grey = canvas.mean(-1, keepdims=True)
    if kind < 0.6:
        # Seldom in colours that no hair has: a plain scarf looks much like hair dyed blue.
        tint = colour(rng, skin) if rng.random() < 0.12 else hair_colour(rng, photo)
        level = max(float(np.median(grey[hair])) if hair.any() else 40.0, 8.0)
        over = tint.astype(np.float32) * np.clip((grey / level) ** rng.uniform(0.4, 1), 0.2, 2.2)
    elif kind < 0.8:
        over = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(1, 4))
    else:
        arc = np.exp(-(((V - rng.uniform(-1.7, -1.1) - rng.uniform(0.1, 0.4) * U * U) / rng.uniform(0.05, 0.25)) ** 2))
        over = canvas + rng.uniform(30, 130) * (arc * np.clip(0.6 + 0.5 * noise(rng, 4, 120), 0, 1.5))[..., None]
    return lay(canvas, np.clip(over, 0, 255), alpha)


def sample(rng, photo: dict, photos: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    """Make one painted, jittered chart of a photo: cells and truth."""
    canvas = photo["canvas"].astype(np.float32)
    skin = canvas_skin(photo)
    truth = dict(photo["truth"])
    ears = list(photo["ears"])

    def note(effect: dict) -> None:
        for key in ("hat", "fringe", "mask"):
            if key in effect and not (truth[key] == 1 and effect[key] != 1):
                truth[key] = effect[key]
        if "ears" in effect:
            new = effect["ears"] if isinstance(effect["ears"], tuple) else (effect["ears"],) * 2
            for i in (0, 1):
                ears[i] = new[i] if ears[i] != 0 else 0.0

    if photo["clean"] and rng.random() < 0.3:
        canvas, photo = scenery(rng, photo, photos, canvas)
    if photo["real"] and truth["hat"] == 1 and rng.random() < 0.5:
        canvas = retint(rng, photo, canvas, skin)
    if photo["real"] and truth["hat"] == 0 and rng.random() < 0.35:
        canvas = dye(rng, photo, canvas, skin)
    if rng.random() < 0.12:
        canvas = beard(rng, photo, canvas)
    if rng.random() < 0.12:
        canvas = glasses(rng, photo, canvas)
    if rng.random() < 0.28:
        canvas, effect = fringe(rng, photo, canvas)
        note(effect)
    if rng.random() < 0.25:
        canvas, effect = locks(rng, photo, canvas)
        note(effect)
    if rng.random() < 0.05:
        canvas = clip(rng, canvas, skin)
    if rng.random() < 0.3:
        canvas, effect = cover_face(rng, photo, canvas, photos, skin)
        note(effect)
    if rng.random() < 0.45:
        canvas, effect = hat(rng, photo, canvas, photos, skin)
        note(effect)
    return finish(rng, photo, canvas, truth, ears)


def finish(rng, photo: dict, canvas: np.ndarray, truth: dict, ears: list) -> tuple[np.ndarray, np.ndarray]:
    """Light, blur, jitter and describe a painted canvas: cells, and truth as in `ANSWERS`."""
    gain = (np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.03, 3))).astype(np.float32)
    tone = np.float32(np.exp(rng.normal(0, 0.1)))

    def light(x: np.ndarray) -> np.ndarray:
        return 255 * np.clip(x / 255 * gain, 0, 1) ** tone

    canvas = light(np.clip(canvas, 0, 255))
    if rng.random() < 0.25:
        canvas = canvas * (1 + np.float32(rng.uniform(-0.3, 0.3)) * U / 1.5)[..., None]
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.3, 1.4))
    elif rng.random() < 0.6:
        canvas = canvas + rng.uniform(0.2, 1.0) * (canvas - cv2.GaussianBlur(canvas, (0, 0), 0.8))
    canvas = canvas + np.float32(rng.uniform(0, 3)) * rng.standard_normal(canvas.shape, dtype=np.float32)
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.uniform(40, 95))
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    angle, size = rng.normal(0, 0.03), 48 / UNIT * np.exp(rng.normal(0, 0.035))
    cos, sin = size * np.cos(angle), size * np.sin(angle)
    shift = rng.normal(0, 1.6, 2)
    x, y = ACROSS * UNIT, UP * UNIT
    matrix = np.array([[cos, -sin, 96 + shift[0] - cos * x + sin * y], [sin, cos, 120 + shift[1] - sin * x - cos * y]])
    chart = cv2.warpAffine(picture, matrix, (192, 240), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    marks = (cv2.transform(((photo["marks"] + (ACROSS, UP)) * UNIT)[None], matrix)[0] - (96, 120)) / 48
    marks += rng.normal(0, 0.02, marks.shape)
    small = cv2.resize(chart, (96, 120), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    rgb = cv2.cvtColor(photo["backdrop"][None, None].astype(np.float32), cv2.COLOR_LAB2RGB) * 255
    backdrop = cv2.cvtColor((light(rgb) / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0, 0]
    cells = describe_cells(chart, lab, skin_colour(lab).colour, backdrop, marks.astype(np.float32))
    return cells, truth_row(truth, ears)


ANSWERS = ("hat", "fringe", "mask", "left ear", "right ear", "both ears")
MIRROR = (0, 1, 2, 4, 3, 5)


def truth_row(truth: dict, ears: list | tuple) -> np.ndarray:
    """Write the truth in the order of `ANSWERS`; what is not known is NaN."""
    if 0.0 in ears:
        both = 0.0
    else:
        both = 1.0 if tuple(ears) == (1.0, 1.0) else truth["ears"] if truth["ears"] == 0 else UNKNOWN
    return np.array([truth["hat"], truth["fringe"], truth["mask"], *ears, both], np.float32)


def weight_of(shown: list[dict]) -> float:
    """Say how often to draw a person: the few with a real covering, and the few of dark skin, more often."""
    real = any(p["real"] and 1.0 in (p["truth"]["hat"], p["truth"]["fringe"]) for p in shown)
    dark = any(p["group"].get("skin") in ("dark", "brown") for p in shown)
    return (4.0 if real else 1.0) * (2.5 if dark else 1.0)


def bank(photos: list[dict], count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make the training set: cells, truth, and the index of each one's photo."""
    rng = np.random.default_rng(seed)
    of: dict[str, list[int]] = {}
    for i, p in enumerate(photos):
        of.setdefault(p["base"], []).append(i)
    people = sorted(of)
    share = np.array([weight_of([photos[i] for i in of[b]]) for b in people])
    share /= share.sum()
    rows = []
    for k in range(count):
        choice = of[people[rng.choice(len(people), p=share)]]
        w = np.array([3.0 if photos[i]["real"] else 1.0 for i in choice])
        i = int(rng.choice(choice, p=w / w.sum()))
        rows.append((*sample(rng, photos[i], photos), i))
        if k % 2 == 0:  # as it is, but for light and jitter
            p = photos[i]
            rows.append((*finish(rng, p, p["canvas"].astype(np.float32), p["truth"], p["ears"]), i))
    rows += [(p["cells"], truth_row(p["truth"], p["ears"]), i) for i, p in enumerate(photos) for _ in range(3)]
    return (
        np.stack([r[0] for r in rows]).astype(np.float16),
        np.stack([r[1] for r in rows]),
        np.array([r[2] for r in rows]),
    )


# From which severity on a drawn defect is one, and up to which it is none: (question, none, is).
DRAWN = {
    "hat": (("hat", 0.03, 0.2),),
    "headband": (("hat", 0.03, 0.2),),
    "scarf": (("hat", 0.03, 0.2), ("left", 0.1, 0.8), ("right", 0.1, 0.8)),
    "fringe": (("fringe", 0.35, 0.6),),
    "hair-over-ears": (("left", 0.15, 0.7), ("right", 0.15, 0.7)),
    "left-ear-covered": (("left", 0.15, 0.7),),
    "right-ear-covered": (("right", 0.15, 0.7),),
    "face-mask": (("mask", 0.05, 0.3),),
    "hand-on-face": (("mask", 0.1, 0.5),),
    "tinted-lenses": (),
    "glare": (),
    "heavy-make-up": (),
    "mouth-open": (),
    "smile": (),
    "side-light": (),
    "topknot": (),
}


def drawn_bank(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make charts of drawn portraits, a brush of another hand."""
    rng = np.random.default_rng(seed)
    names, rows = list(DRAWN), []
    share = np.array([5.0 if name in ("hat", "hand-on-face") else 1.0 for name in names])
    share /= share.sum()
    for k in range(count):
        defects = {
            str(n): float(rng.random() ** 0.5) for n in rng.choice(names, rng.integers(0, 3), replace=False, p=share)
        }
        if "scarf" in defects and len(defects) > 1:
            defects = {"scarf": defects["scarf"]}
        drawn = portrait(
            int(seed * 100_000 + k), defects=defects, backdrop=tuple(int(c) for c in rng.integers(90, 256, 3))
        )
        found = Portrait(Photo.read(drawn.pixels))
        if not found.faces:
            continue
        truth = {"hat": 0.0, "fringe": 0.0, "mask": 0.0, "left": 1.0, "right": 1.0, "ears": 1.0}
        for name, severity in defects.items():
            for question, none, full in DRAWN[name]:
                if severity > none:
                    bad = 0.0 if question in ("left", "right") else 1.0
                    truth[question] = bad if severity >= full else UNKNOWN
        if truth["hat"] != 0 and truth["fringe"] == 0:
            truth["fringe"] = UNKNOWN
        rows.append((found.cells, truth_row(truth, (truth["left"], truth["right"]))))
    return np.stack([r[0] for r in rows]).astype(np.float16), np.stack([r[1] for r in rows])


LAYERS = (24, 32, 40)


def fresh(rng) -> dict:
    """Draw the first weights."""
    params, depth = {}, 13
    for k, width in enumerate(LAYERS):
        params[f"w{k}"] = rng.standard_normal((9 * depth, width)) * np.sqrt(2 / (9 * depth))
        params[f"b{k}"] = np.zeros(width)
        depth = width
    params["head"] = rng.standard_normal((5 * 4 * depth, 5)) * 0.02
    params["bias"] = np.zeros(5)
    return {k: v.astype(np.float32) for k, v in params.items()}


def logits(params: dict, x, key=None):
    """Run the network as `photospec.networks.patchnet.Network` does; with a key, parts of it are dropped."""
    for k in range(len(LAYERS)):
        w = params[f"w{k}"].reshape(3, 3, -1, LAYERS[k])
        x = jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.nn.relu(x + params[f"b{k}"])
        if key is not None:
            x = x * jax.random.bernoulli(jax.random.fold_in(key, k), 0.9, (len(x), 1, 1, x.shape[3])) / 0.9
        if k < len(LAYERS) - 1:
            n, h, w_, c = x.shape
            x = x.reshape(n, h // 2, 2, w_ // 2, 2, c).max((2, 4))
    x = x.reshape(len(x), -1)
    if key is not None:
        x = x * jax.random.bernoulli(jax.random.fold_in(key, 9), 0.7, x.shape) / 0.7
    return x @ params["head"] + params["bias"]


def loss(params: dict, x, y, key):
    """Cross entropy over what is known; a photo whose ears do not both show says so of the two together."""
    z = logits(params, x, key)
    both = -jnp.logaddexp(jnp.logaddexp(-z[:, 3], -z[:, 4]), -z[:, 3] - z[:, 4])  # logit of the product
    both = both[:, None]
    z = jnp.concatenate([z, both], 1)
    known = ~jnp.isnan(y)
    y = jnp.where(known, y, 0) * 0.98 + 0.01
    each = (jax.nn.softplus(z) - y * z) * jnp.array([2.0, 1.5, 1.0, 0.7, 0.7, 1.0])
    decay = sum(jnp.sum(v**2) for k, v in params.items() if k[0] in "wh")
    return jnp.sum(each * known) / jnp.sum(known) + 2e-4 * decay


def train(cells: np.ndarray, truth: np.ndarray, steps: int, seed: int) -> dict[str, np.ndarray]:
    """Fit by Adam; the weights are the running mean of the last half."""
    rng = np.random.default_rng(seed)
    params = {k: jnp.asarray(v) for k, v in fresh(rng).items()}
    first = jax.tree.map(jnp.zeros_like, params)
    second = jax.tree.map(jnp.zeros_like, params)

    @jax.jit
    def step(params, first, second, x, y, key, t, rate):
        value, g = jax.value_and_grad(loss)(params, x, y, key)
        first = jax.tree.map(lambda m, d: 0.9 * m + 0.1 * d, first, g)
        second = jax.tree.map(lambda v, d: 0.99 * v + 0.01 * d * d, second, g)
        params = jax.tree.map(
            lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.99**t)) + 1e-8), params, first, second
        )
        return params, first, second, value

    key, mean, running = jax.random.PRNGKey(seed), params, 0.0
    for t in range(1, steps + 1):
        drawn = rng.integers(len(cells), size=96)
        x, y = cells[drawn].astype(np.float32), truth[drawn]
        if t % 2:
            x, y = mirror_cells(x), y[:, MIRROR]
        x += rng.normal(0, 0.05, (len(x), 1, 1, 13)).astype(np.float32)
        x += rng.standard_normal(x.shape, np.float32) * np.float32(0.06)
        key, sub = jax.random.split(key)
        rate = 2e-3 * min(1, t / 50) * (0.5 + 0.5 * np.cos(np.pi * t / steps))
        params, first, second, value = step(params, first, second, x, y, sub, float(t), rate)
        running = 0.98 * running + 0.02 * float(value)
        mean = params if t < steps // 2 else jax.tree.map(lambda a, b: 0.995 * a + 0.005 * b, mean, params)
        if t % 500 == 0:
            print(t, round(running, 4), flush=True)
    return {k: np.asarray(v) for k, v in mean.items()}


def score(params: dict, cells: np.ndarray) -> np.ndarray:
    """Answer for each chart, seen as it is and mirrored, (N, 5)."""
    cells = cells.astype(np.float32)
    return np.asarray(jax.nn.sigmoid((logits(params, cells) + logits(params, mirror_cells(cells))[:, MIRROR[:5]]) / 2))


def main() -> None:
    """Train, and write the weights or the scores of people kept aside."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "photospec/networks/covering.npz")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photos = load(options.root)
    fold = np.array([third(p["base"]) for p in photos])
    cells, truth, source = bank(photos, options.samples, 1)
    drawn, told = drawn_bank(options.samples // 10, 2)
    cells = np.concatenate([cells, *[drawn] * 6])
    truth = np.concatenate([truth, *[told] * 6])
    fold = np.append(fold, -1)  # what is drawn is nobody's, and always learnt from
    source = np.concatenate([source, np.full(6 * len(drawn), len(fold) - 1)])
    if not options.folds:
        keep = np.ones(len(source), bool)
        params = train(cells[keep], truth[keep], options.steps, 0)
        np.savez_compressed(options.out, **{k: v.astype(np.float16) for k, v in params.items()})
        return
    with options.out.open("w", encoding="utf-8") as out:
        for k in range(3):
            keep = fold[source] != k
            params = train(cells[keep], truth[keep], options.steps, k)
            aside = [p for p, f in zip(photos, fold[:-1], strict=True) if f == k]
            for p, answers in zip(aside, score(params, np.stack([p["cells"] for p in aside])), strict=True):
                scores = dict(zip(ANSWERS[:5], answers.tolist(), strict=True))
                out.write(json.dumps({"file": p["file"], "scores": scores}) + "\n")


if __name__ == "__main__":
    main()
