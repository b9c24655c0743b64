"""Train the networks of the eyes (``eye.npz``), the glasses (``lens.npz``) and the mouth (``mouth.npz``).

    python tools/train_eyes.py ../shared/eval [--out FOLDER]
    python tools/train_eyes.py ../shared/eval --folds --out eyes.jsonl

Needs jax (CPU) besides the package. Photos of the evaluation set are brought to the level strip of the eyes and painted
with many kinds of closed lids, glasses, tints, reflections and of harmless changes (make-up, shadow, hair, blur, colour
cast); mouths are real, some of them opened, some given a moustache. The networks are convolutions over the cells that
`photospec.portrait.eyes.describe_cells` makes. With ``--folds`` three of each learn without a third of the people, and
the answers for those left out are written for ``tools/train_folds.py``. The seed is fixed.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from train_folds import third

from photospec.photo import Photo
from photospec.portrait import Portrait
from photospec.portrait.eyes import (
    STRIP_HEIGHT,
    STRIP_WIDTH,
    describe_cells,
    eye_windows,
    from_lab8,
    mirror_cells,
    strip_transform,
)
from photospec.portrait.glasses import halves
from photospec.portrait.mouth import MOUTH_HEIGHT, MOUTH_WIDTH, describe_mouth, mouth_transform
from photospec.testing import portrait


@dataclass(frozen=True)
class Bank:
    """What a network reads, (N, rows, columns, 8) float16, its labels, and to which third each one's person belongs."""

    x: np.ndarray
    y: np.ndarray
    third: np.ndarray

    def without(self, third: int) -> Bank:
        """Return what shows people of the two other thirds."""
        kept = self.third != third
        return Bank(self.x[kept], self.y[kept], self.third[kept])


ROOM = 32  # canvas px about the strip
SIZE = STRIP_WIDTH + 2 * ROOM, STRIP_HEIGHT + 2 * ROOM
Y, X = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
REAL = ("compliant", "smiling", "official", "natural", "turned")
LENS = ("glasses", "tint", "glare", "frame")
RULES = {"tint": "tinted-lenses", "glare": "lens-reflection", "frame": "frame-over-eyes"}
PAINTED = {
    "eyes-closed": None,
    "one-eye-closed": None,
    "sunglasses": "glasses",
    "tinted-glasses": "glasses",
    "glare": "glasses",
    "glare-own-glasses": "glasses",
    "clear-glasses": "glasses",
    "frame-over-eyes": "glasses",
    "gaze-aside": None,
    "coloured-contacts": None,
    "red-eye": None,
}


def load(root: Path) -> list[dict]:
    """Read the photos that show eyes and bring each to the canvas."""
    photos = []
    for line in (root / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        folder = row["file"].split("/")[0]
        if folder not in REAL and folder not in PAINTED:
            continue
        portrait = Portrait(Photo.read(root / row["file"]))
        if not portrait.faces:
            continue
        matrix = strip_transform(portrait.pupils)
        matrix[:, 2] += ROOM
        canvas = cv2.warpAffine(portrait.frame, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        marks = cv2.transform(portrait.landmarks[None], matrix)[0]
        lips = mouth_transform(portrait.pupils, portrait.landmarks)
        lips[:, 2] += ROOM
        size = MOUTH_WIDTH + 2 * ROOM, MOUTH_HEIGHT + 2 * ROOM
        mouth = cv2.warpAffine(portrait.frame, lips, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        expect = row["expect"]
        known = {"fail": 1.0, "pass": 0.0}
        worn = float(PAINTED.get(folder) == "glasses" or bool(row["group"].get("glasses")))
        lens = [worn, *(known.get(expect.get(RULES[k], ""), np.nan) for k in LENS[1:])]
        photos.append(
            {
                "file": row["file"],
                "folder": folder,
                "third": third(row["base"]),
                "real": folder in REAL,
                "canvas": canvas,
                "marks": marks.astype(np.float32),
                "skin": portrait.skin.colour,
                "lens": lens,
                "mouth": mouth,
                "lips": cv2.transform(portrait.landmarks[None, 48:], lips)[0].astype(np.float32),
                "open": [known.get(expect.get("mouth-closed", ""), np.nan), smile_of(row, folder)],
                "closed": known.get(expect.get("eyes-open", ""), np.nan),
            }
        )
    return photos


def smile_of(row: dict, folder: str) -> float:
    """Whether a photo is known to smile: 1, 0, or NaN where nobody said."""
    if folder == "smiling":
        return 1.0
    if folder == "compliant" or (folder == "natural" and row["source"] == "canada"):
        return 0.0
    if folder in ("official", "turned") and row["expect"].get("mouth-closed") == "fail" and row["source"] == "tw_ly":
        return 1.0
    return np.nan


def lay(canvas: np.ndarray, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay a colour over a canvas."""
    rows, columns = (np.flatnonzero(alpha.max(axis) > 1e-3) for axis in (1, 0))
    out = canvas.astype(np.float32)
    if len(rows):
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        ink = np.asarray(colour, np.float32)
        part = out[box]
        part += ((ink[box] if ink.ndim == 3 else ink) - part) * alpha[box].astype(np.float32)[..., None]
    return out


def curve(points: np.ndarray) -> np.ndarray:
    """Height of a lid at each column of the canvas, from its four points."""
    order = np.argsort(points[:, 0])
    fit = np.polyfit(points[order, 0] - points[:, 0].mean(), points[order, 1], 2)
    return np.polyval(fit, X[0] - points[:, 0].mean()).astype(np.float32)


def close(rng, canvas: np.ndarray, eye: np.ndarray, amount: float) -> np.ndarray:
    """Close an eye: draw the skin above it down, or paint it over, and draw the lashes."""
    upper, lower = curve(eye[[0, 1, 2, 3]]), curve(eye[[0, 5, 4, 3]])
    left, right = eye[:, 0].min() - rng.uniform(1, 4), eye[:, 0].max() + rng.uniform(1, 4)
    inside = np.clip(np.minimum(X[0] - left, right - X[0]) / rng.uniform(2, 6), 0, 1)
    upper = upper - rng.uniform(0.5, 3)
    sag = rng.uniform(-1, 2.5)
    edge = upper + (lower + sag - upper) * amount
    edge = edge + rng.uniform(-2, 2) * (1 - ((X[0] - (left + right) / 2) / (right - left) * 2) ** 2) * amount
    kind = rng.random()
    out = canvas
    if kind < 0.45:
        height = rng.uniform(5, 18)
        top = upper - height
        reach = np.maximum(edge - top, 1)
        source = top + (Y - top) * (np.maximum(upper - top, 1) / reach)
        moved = (top < Y) & (edge > Y)
        alpha = cv2.GaussianBlur((moved * inside).astype(np.float32), (0, 0), 0.8)
        lid = cv2.remap(canvas, X, np.where(moved, source, Y).astype(np.float32), cv2.INTER_LINEAR)
        if rng.random() < 0.6:
            lid = cv2.GaussianBlur(lid, (0, 0), rng.uniform(0.8, 3))
        out = canvas + (lid - canvas) * alpha[..., None]
    else:
        covered = ((upper - 1 < Y) & (edge > Y) & (inside > 0.05)).astype(np.uint8)
        if kind < 0.65:
            lid = cv2.inpaint(np.clip(canvas, 0, 255).astype(np.uint8), covered, 3, cv2.INPAINT_TELEA).astype(
                np.float32
            )
        else:
            columns = np.arange(SIZE[0])
            above = canvas[np.clip(upper - rng.uniform(2, 8), 0, SIZE[1] - 1).astype(int), columns]
            below = canvas[np.clip(lower + rng.uniform(3, 8), 0, SIZE[1] - 1).astype(int), columns]
            above, below = (cv2.GaussianBlur(v[None], (0, 0), 4)[0] for v in (above, below))
            t = np.clip((Y - upper) / np.maximum(lower - upper, 1), 0, 1)[..., None]
            lid = above * (1 - t) + below * t
            lid = lid * rng.uniform(0.85, 1.1) + rng.normal(0, rng.uniform(0, 4), SIZE[::-1])[..., None]
        alpha = cv2.GaussianBlur(covered * inside.astype(np.float32), (0, 0), rng.uniform(0.6, 2))
        out = canvas + (lid - canvas) * alpha[..., None]
    lash = rng.uniform(0, 1)
    if lash > 0.12:
        dark = rng.uniform(5, 60) * np.array((1.1, 1, 0.95)) if rng.random() < 0.6 else np.median(out, (0, 1)) * 0.4
        thick = rng.uniform(0.5, 2.6)
        taper = rng.uniform(0.3, 1)
        width = thick * (taper + (1 - taper) * inside)
        line = np.clip(width - np.abs(Y - edge) + 0.5, 0, 1) * inside * rng.uniform(0.45, 1)
        out = lay(out, dark, cv2.GaussianBlur(line.astype(np.float32), (0, 0), rng.uniform(0.3, 0.9)))
        if rng.random() < 0.4:  # single lashes, below the line
            for x in np.arange(left, right, rng.uniform(2, 4)):
                at = int(np.clip(x, 0, SIZE[0] - 1))
                y = float(edge[at])
                end = (x + (x - (left + right) / 2) * 0.2, y + rng.uniform(2, 6))
                mask = np.zeros(SIZE[::-1], np.uint8)
                cv2.line(
                    mask, (round(x * 4), round(y * 4)), (round(end[0] * 4), round(end[1] * 4)), 200, 1, cv2.LINE_AA, 2
                )
                out = lay(out, dark, mask.astype(np.float32) / 255)
    if rng.random() < 0.4:  # a crease above
        rise = rng.uniform(4, 11)
        line = np.clip(1.2 - np.abs(Y - (edge - rise)), 0, 1) * inside * rng.uniform(0.15, 0.5)
        out = lay(out, np.median(out, (0, 1)) * 0.5, cv2.GaussianBlur(line.astype(np.float32), (0, 0), 0.7))
    return out


def any_colour(rng) -> np.ndarray:
    """Pick a saturated or dull colour, RGB 0 to 255."""
    hue = np.array([[[rng.uniform(0, 180), rng.uniform(40, 230), rng.uniform(40, 230)]]], np.uint8)
    return cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def any_light(rng) -> np.ndarray:
    """Pick the colour of a reflection: a lamp's or the sky's, or that of a coating, RGB 0 to 255."""
    if rng.random() < 0.65:
        return np.array(rng.choice([(255, 255, 255), (245, 250, 255), (255, 250, 235), (225, 235, 250)]), np.float32)
    coats = [(120, 140, 255), (150, 255, 170), (180, 130, 255), (110, 220, 255), (255, 160, 220)]
    coat = np.array(rng.choice(coats), np.float32)
    return coat + (rng.uniform(170, 245) - coat) * np.float32(rng.uniform(0, 0.7))


def shine(canvas: np.ndarray, light: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Add a reflection to what shines through the lens."""
    return canvas + (255 - canvas) * (light / 255) * alpha[..., None]


def through_glass(rng, plan: str) -> np.ndarray:
    """Pick what a tinted lens lets pass of red, green and blue, of linear light."""
    if plan == "dark":
        return (rng.uniform(0.01, 0.15) * rng.uniform(0.5, 1, 3)).astype(np.float32)
    if rng.random() < 0.35:  # grey, a little warm or cool
        return (rng.uniform(0.1, 0.7) * rng.uniform(0.88, 1.0, 3)).astype(np.float32)
    clear, deep = rng.uniform(0.35, 0.98), rng.uniform(0.25, 0.9)
    order = np.array([(1, 0.5, 0), (0, 0.5, 1), (0.3, 1, 0.2), (1, 0, 0.2), (1, 0.8, 0), (0.6, 0, 1)])
    hue = order[rng.choice(6, p=[0.35, 0.2, 0.15, 0.12, 0.1, 0.08])] + rng.uniform(-0.2, 0.2, 3)
    return (clear * (1 - deep * (1 - np.clip(hue, 0, 1)))).astype(np.float32)


def glare_spot(rng, lens: np.ndarray, centre: tuple[float, float], a: float, b: float) -> np.ndarray:
    """Opacity of one reflection in a lens: a window, a lamp, a streak, a veil, a ragged patch."""
    kinds = ["window", "lamp", "streak", "veil", "edge", "ragged", "wedge", "bloom", "hoop"]
    kind = rng.choice(kinds, p=[0.2, 0.16, 0.14, 0.08, 0.08, 0.08, 0.1, 0.1, 0.06])
    x = centre[0] + rng.uniform(-0.6, 0.6) * a
    y = centre[1] + rng.uniform(-0.6, 0.6) * b
    angle = rng.uniform(0, np.pi)
    u = (X - x) * np.cos(angle) + (Y - y) * np.sin(angle)
    v = -(X - x) * np.sin(angle) + (Y - y) * np.cos(angle)
    soft = rng.uniform(0.5, 4)
    if kind == "window":
        w, h = rng.uniform(4, 16), rng.uniform(4, 16)
        spot = np.clip((w - np.abs(u + v * rng.uniform(-0.4, 0.4))) / soft, 0, 1) * np.clip(
            (h - np.abs(v)) / soft, 0, 1
        )
        if rng.random() < 0.4:
            spot = spot * np.clip((np.abs(u) - 0.7) * 1.2, 0, 1) * np.clip((np.abs(v) - 0.7) * 1.2, 0, 1)
    elif kind == "lamp":
        w, h = rng.uniform(4, 14), rng.uniform(4, 14)
        spot = np.clip((1 - np.sqrt((u / w) ** 2 + (v / h) ** 2)) * w / soft, 0, 1)
    elif kind == "streak":
        w = rng.uniform(2, 9)
        spot = np.clip((w - np.abs(u)) / soft, 0, 1)
    elif kind == "veil":
        spot = np.clip(0.7 + 0.4 * (u / a) * rng.uniform(0, 1), 0, 1)
    elif kind == "wedge":  # a coating lights up but for a corner
        inner = np.clip((1 - np.maximum(np.abs((X - centre[0]) / a), np.abs((Y - centre[1]) / b))) * 8, 0, 1)
        cut = np.clip((u + rng.uniform(-0.5, 1.2) * min(a, b)) / rng.uniform(0.8, 8), 0, 1)
        spot = inner * cut * np.clip(rng.uniform(0.6, 1) + rng.uniform(-0.5, 0.5) * v / b, 0, 1)
    elif kind == "hoop":
        w, h = rng.uniform(5, 14), rng.uniform(5, 14)
        spot = np.clip(rng.uniform(1.5, 4) - np.abs(np.sqrt((u / w) ** 2 + (v / h) ** 2) - 1) * min(w, h), 0, 1)
    elif kind == "bloom":
        spot = np.exp(-((u / rng.uniform(7, 24)) ** 2) - (v / rng.uniform(7, 20)) ** 2)
    elif kind == "edge":
        inner = ((X - centre[0]) / a) ** 2 + ((Y - centre[1]) / b) ** 2
        spot = np.clip((inner - rng.uniform(0.3, 0.7)) * 4, 0, 1) * np.clip(0.5 + u / (0.5 * a), 0, 1)
    else:
        noise = cv2.resize(rng.standard_normal((7, 9)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
        near = np.exp(-(((X - x) / 18) ** 2) - ((Y - y) / 14) ** 2)
        spot = np.clip((near + 0.3 * noise - 0.45) * 6, 0, 1)
    return (spot * lens).astype(np.float32)


def lens_field(shape: dict, centre: tuple[float, float], side: int) -> np.ndarray:
    """Signed distance-like field of a lens, px: positive inside."""
    a, b, n = shape["a"], shape["b"], shape["n"]
    u = (X - centre[0]) * side
    v = Y - centre[1] + shape["slant"] * u
    a = a * (1 + shape["taper"] * v / b * 0.3)
    r = (np.abs(u / a) ** n + np.abs(v / b) ** n) ** (1 / n)
    return (1 - r) * np.minimum(a, b)


def glasses(rng, canvas: np.ndarray, marks: np.ndarray, plan: str) -> tuple[np.ndarray, np.ndarray]:
    """Put on glasses: `plan` is clear, tint, dark, glare or frame. Returns the canvas and the labels of both halves."""
    eyes = marks[36:42], marks[42:48]
    shape = {
        "a": rng.uniform(26, 43),
        "b": rng.uniform(15, 32),
        "n": rng.choice([2, 2.3, 3, 4, 7]),
        "slant": rng.uniform(-0.12, 0.12),
        "taper": rng.uniform(-0.6, 0.3),
    }
    rim = rng.choice(
        [rng.uniform(0.8, 2.2), rng.uniform(2.2, 4.5), rng.uniform(4.5, 7.5), 0], p=[0.35, 0.35, 0.15, 0.15]
    )
    half_rim = rng.random() < 0.15
    down = rng.uniform(-3, 8)
    if plan == "frame":  # the upper or the lower rim at any height of the eye, sometimes just beside it
        rim = max(rim, rng.uniform(1.5, 7))
        half_rim = False
        shape["b"] = rng.uniform(8, 32)
        upper = rng.random() < 0.6
        height = rng.uniform(-7, 7) if rng.random() < 0.75 else rng.choice([-1, 1]) * rng.uniform(7, 22)
        down = height + (1 if upper else -1) * (shape["b"] + rim / 2)
    apart = rng.uniform(-4, 5)
    ink = (
        any_colour(rng) * 0.7 if rng.random() < 0.35 else np.full(3, rng.choice([10, 25, 40, 70, 150, 190]), np.float32)
    )
    if rng.random() < 0.35:
        inks = [(150, 120, 60), (110, 70, 40), (200, 190, 180), (90, 60, 50), (30, 35, 110), (130, 40, 35)]
        ink = np.array(rng.choice(inks), np.float32) * rng.uniform(0.6, 1.2)
    if rng.random() < 0.3:  # horn, or a rim of two colours
        spots = cv2.resize(rng.standard_normal((24, 42)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
        other = ink * rng.uniform(0.2, 1.8) if rng.random() < 0.7 else any_colour(rng)
        share = np.clip(spots * rng.uniform(0.5, 2) + rng.uniform(-0.5, 0.5) + 0.5, 0, 1)
        ink = ink + (other - ink) * share[..., None]
    solid = rng.uniform(0.65, 1)
    tilt = rng.uniform(-0.05, 0.05) * (2.5 if plan == "frame" and rng.random() < 0.2 else 1)
    centres = []
    for side, eye in zip((-1, 1), eyes, strict=True):
        middle = eye.mean(0)
        centres.append((middle[0] + side * apart, middle[1] + down + tilt * side * 48))
    out = canvas
    labels = np.full((2, 4), 0.0, np.float32)
    labels[:, 0] = 1
    colour = (
        any_colour(rng) * rng.uniform(0.3, 1)
        if rng.random() < 0.6
        else np.array(rng.choice([(30, 30, 30), (60, 40, 25), (90, 90, 100), (20, 30, 40)]), np.float32)
    )
    through = {"tint": rng.uniform(0.25, 0.85), "dark": rng.uniform(0.02, 0.25)}.get(plan, 1.0)
    if plan == "tint" and rng.random() < 0.6:  # a light colour: yellow, amber, pink, as of fashion and driving glasses
        hue = rng.uniform(0, 180) if rng.random() < 0.55 else rng.choice([rng.uniform(4, 34), rng.uniform(150, 184)])
        hsv = np.array([[[hue % 180, rng.uniform(70, 250), rng.uniform(140, 255)]]], np.uint8)
        colour = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)
    filters = rng.random() < 0.5
    passes = through_glass(rng, plan)
    graded = rng.random() < 0.3
    if plan in ("clear", "glare", "frame") and rng.random() < 0.5:
        through, colour = rng.uniform(0.94, 1), rng.choice([np.full(3, 235.0), any_colour(rng)])
    multiplies = rng.random() < 0.5
    haze = rng.uniform(0, 10)
    both = rng.random() < 0.7
    chosen = rng.integers(2)
    strength, light, adds = rng.uniform(0.3, 1), any_light(rng), rng.random() < 0.5
    lines = np.zeros(SIZE[::-1], np.float32)
    for i, (side, centre, eye) in enumerate(zip((-1, 1), centres, eyes, strict=True)):
        field = lens_field(shape, centre, side)
        lens = np.clip(field + 0.5, 0, 1)
        before = out
        alpha = lens * (1 - through)
        if graded:
            alpha = alpha * np.clip(0.5 - (Y - centre[1]) / (2.2 * shape["b"]), 0, 1)
        if plan in ("tint", "dark") and filters:
            share = lens * np.clip(0.6 - (Y - centre[1]) / (2 * shape["b"]), 0, 1) if graded else lens
            linear = (np.clip(out, 0, 255) / 255) ** 2.2 * (1 - share[..., None] * (1 - passes))
            out = 255 * linear ** np.float32(1 / 2.2) + lens[..., None] * haze
        elif plan in ("tint", "dark") and multiplies:
            out = out * (1 - alpha[..., None] * (1 - colour / 255))
        else:
            out = lay(out, colour, alpha)
        if plan in ("tint", "dark"):
            labs = [
                cv2.cvtColor(cv2.GaussianBlur(v, (0, 0), 2) / np.float32(255), cv2.COLOR_RGB2LAB)
                for v in (before.astype(np.float32), out.astype(np.float32))
            ]
            change = (labs[1] - labs[0])[lens > 0.5]
            if len(change):
                labels[i, 1] = 1 if np.linalg.norm(change, axis=1).mean() > 8 else np.nan
                labels[i, 2] = np.nan if change[:, 0].mean() > 4 else 0
        reflects = (plan == "glare" and (both or i == chosen)) or (plan == "dark" and rng.random() < 0.25)
        whole = max(float(lens.sum()), 1.0)
        if reflects:
            spot = glare_spot(rng, lens, centre, shape["a"], shape["b"])
            for _ in range(rng.integers(0, 3)):
                spot = np.maximum(spot, glare_spot(rng, lens, centre, shape["a"], shape["b"]) * rng.uniform(0.5, 1))
            before = out
            out = shine(out, light, spot * strength) if adds else lay(out, light, spot * strength)
            gain = np.abs(out - before).mean(2)
            area = float((gain > 22).sum()) / whole
            total = float(gain.sum()) / whole
            labels[i, 2] = 1 if area > 0.06 and total > 3.5 else np.nan if area > 0.01 else 0
            if plan == "dark":
                labels[i, 2] = np.nan
            elif area > 0.4:
                labels[i, 1] = np.nan
        elif rng.random() < 0.35:  # a glint that does no harm
            x, y = centre[0] + rng.uniform(-1, 1) * shape["a"], centre[1] + rng.uniform(-1, 1) * shape["b"]
            out = lay(
                out, light, np.exp(-((X - x) ** 2 + (Y - y) ** 2) / rng.uniform(0.6, 2.5) ** 2) * rng.uniform(0.3, 0.9)
            )
        edge = np.clip(rim / 2 - np.abs(field + rim / 2) + 0.5, 0, 1) if rim else np.zeros_like(lens)
        if half_rim:
            edge = edge * np.clip((centre[1] - Y) / 3 + 0.5, 0, 1)
        opening = np.zeros(SIZE[::-1], np.uint8)
        cv2.fillConvexPoly(opening, cv2.convexHull(np.round(eye).astype(np.int32)), 1)
        area = max(float(opening.sum()), 1.0)
        wide = cv2.dilate(opening, np.ones((5, 5), np.uint8))
        crossed = float((edge * opening).sum()) / area
        labels[i, 3] = 1 if crossed > 0.12 else 0 if float((edge * wide).sum()) / area < 0.02 else np.nan
        lines = np.maximum(lines, edge)
        x = centre[0] + side * (shape["a"] + rim)
        reach = np.clip(side * (X - x) + 0.5, 0, 1)
        arm = np.clip(
            rng.uniform(0.6, 2.5)
            - np.abs(Y - (centre[1] - shape["b"] * rng.uniform(0, 0.7)) + 0.05 * side * (X - x))
            + 0.5,
            0,
            1,
        )
        lines = np.maximum(lines, arm * reach)
    (x0, y0), (x1, y1) = centres
    inner = np.clip(X - (x0 + shape["a"]), 0, 1) * np.clip((x1 - shape["a"]) - X, 0, 1)
    bridge = np.clip(
        rng.uniform(0.6, 2.5)
        - np.abs(Y - (y0 + y1) / 2 + rng.uniform(0, 0.6) * shape["b"] + 4 * (1 - ((X - (x0 + x1) / 2) / 20) ** 2))
        + 0.5,
        0,
        1,
    )
    lines = np.maximum(lines, inner * bridge)
    if rng.random() < 0.4:  # the shadow that the frame throws
        shade = cv2.GaussianBlur(np.roll(lines, round(rng.uniform(2, 6)), 0), (0, 0), rng.uniform(1, 3))
        out = out * (1 - rng.uniform(0.1, 0.4) * shade[..., None])
    if rng.random() < 0.4:  # light along the rim
        ink = ink + np.clip((np.roll(lines, 1, 0) - lines), 0, 1)[..., None] * rng.uniform(0, 150)
    return lay(out, ink, lines * solid), labels


def own_glare(rng, canvas: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Let real glasses glare; returns the canvas and, for each half, whether they do."""
    glares = np.zeros(2, np.float32)
    both, chosen, strength = rng.random() < 0.7, rng.integers(2), rng.uniform(0.3, 1)
    light, adds = any_light(rng), rng.random() < 0.5
    for i, eye in enumerate((marks[36:42], marks[42:48])):
        if not (both or i == chosen):
            continue
        centre = eye.mean(0) + np.array((rng.uniform(-3, 3), rng.uniform(0, 5)))
        a, b = rng.uniform(22, 28), rng.uniform(13, 18)
        lens = np.clip((1 - ((X - centre[0]) / a) ** 4 - ((Y - centre[1]) / b) ** 4) * 4, 0, 1)
        spot = glare_spot(rng, lens, tuple(centre), a, b)
        after = shine(canvas, light, spot * strength) if adds else lay(canvas, light, spot * strength)
        gain = np.abs(after - canvas).mean(2)
        area, total = float((gain > 22).sum()) / lens.sum(), float(gain.sum()) / lens.sum()
        glares[i] = 1 if area > 0.07 and total > 4 else np.nan if area > 0.01 else 0
        canvas = after
    return canvas, glares


def harmless(rng, canvas: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Change what is allowed: make-up about the eyes, a shadow, shine on the skin, bags, hair in the forehead."""
    if rng.random() < 0.2:
        shade = any_colour(rng) if rng.random() < 0.5 else np.array((70, 45, 40), np.float32)
        for eye in (marks[36:42], marks[42:48]):
            x, y = eye.mean(0) - (0, rng.uniform(3, 9))
            blob = np.exp(-(((X - x) / rng.uniform(16, 26)) ** 2) - ((Y - y) / rng.uniform(5, 10)) ** 2)
            canvas = lay(canvas, shade, blob * rng.uniform(0.1, 0.5))
    if rng.random() < 0.25:
        dark = np.array((40, 30, 30), np.float32)
        for eye in (marks[36:42], marks[42:48]):
            x, y = eye.mean(0)
            blob = np.exp(-(((X - x) / rng.uniform(18, 30)) ** 2) - ((Y - y) / rng.uniform(10, 18)) ** 2)
            canvas = lay(canvas, dark, blob * rng.uniform(0.1, 0.6))
    if rng.random() < 0.2:
        angle = rng.uniform(0, 2 * np.pi)
        ramp = ((X - SIZE[0] / 2) * np.cos(angle) + (Y - SIZE[1] / 2) * np.sin(angle)) / rng.uniform(3, 120)
        canvas = canvas * (1 - rng.uniform(0.15, 0.6) / (1 + np.exp(-np.clip(ramp, -30, 30))))[..., None]
    if rng.random() < 0.25:  # shine on brow, nose or cheek
        for _ in range(rng.integers(1, 3)):
            x, y = (
                SIZE[0] / 2 + rng.uniform(-80, 80),
                SIZE[1] / 2 + rng.choice([rng.uniform(-60, -28), rng.uniform(22, 80)]),
            )
            blob = np.exp(-(((X - x) / rng.uniform(3, 16)) ** 2) - ((Y - y) / rng.uniform(3, 12)) ** 2)
            canvas = lay(canvas, np.full(3, 250.0), blob * rng.uniform(0.2, 0.9))
    if rng.random() < 0.25:  # catch lights
        for eye in (marks[36:42], marks[42:48]):
            x, y = eye.mean(0) + rng.uniform(-3, 3, 2)
            canvas = lay(canvas, np.full(3, 255.0), np.exp(-((X - x) ** 2 + (Y - y) ** 2) / rng.uniform(0.8, 2.8) ** 2))
    return canvas


def tint_irises(rng, canvas: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Give the irises, or their pupils, another colour: a contact lens or a red eye."""
    ink = (
        any_colour(rng)
        if rng.random() < 0.6
        else np.array((rng.uniform(150, 240), rng.uniform(10, 70), rng.uniform(10, 70)))
    )
    radius, solid, bright = rng.uniform(4, 9), rng.uniform(0.4, 0.95), rng.random() < 0.6
    for lids in (marks[36:42], marks[42:48]):
        opening = np.zeros(SIZE[::-1], np.uint8)
        cv2.fillConvexPoly(opening, cv2.convexHull(np.round(lids).astype(np.int32)), 1)
        x, y = lids.mean(0) + rng.normal(0, 1, 2)
        away = np.hypot(X - x, Y - y)
        spot = np.clip(radius - away + 0.5, 0, 1) * cv2.GaussianBlur(opening.astype(np.float32), (0, 0), 0.7)
        canvas = lay(canvas, ink, spot * solid)
        if bright:
            canvas = lay(canvas, np.full(3, 15.0), np.clip(radius * 0.4 - away + 0.5, 0, 1) * spot)
    return canvas


def darker(rng, canvas: np.ndarray) -> np.ndarray:
    """Darken a face as darker skin does: the middle tones, not the whites."""
    return 255 * (np.clip(canvas, 0, 255) / 255) ** np.float32(rng.uniform(1.3, 2.3))


def strands(rng, canvas: np.ndarray) -> np.ndarray:
    """Let hair fall from the top over brows and eyes."""
    ink = np.array(rng.choice([(15, 12, 12), (35, 22, 16), (70, 45, 28), (150, 110, 65), (120, 120, 120)]), np.float32)
    mask = np.zeros(SIZE[::-1], np.uint8)
    middle, spread, reach = rng.uniform(60, 276), rng.uniform(15, 120), rng.uniform(60, 125)
    for _ in range(rng.integers(5, 60)):
        x = rng.normal(middle, spread)
        points = np.array(
            [(x, -5), (x + rng.normal(0, 6), reach * 0.5), (x + rng.normal(0, 14), reach * rng.uniform(0.6, 1.1))]
        )
        cv2.polylines(
            mask, [np.round(points * 8).astype(np.int32)], False, 255, int(rng.integers(1, 5)), cv2.LINE_AA, 3
        )
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), rng.uniform(0.4, 1)) * rng.uniform(0.6, 1)
    return lay(canvas, ink * rng.uniform(0.7, 1.4), alpha)


def camera(rng, canvas: np.ndarray) -> np.ndarray:
    """Blur, exposure, colour cast, noise and JPEG; uint8."""
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.5:
        canvas = canvas * rng.uniform(0.75, 1.2) * rng.uniform(0.93, 1.07, 3)
    if rng.random() < 0.4:
        canvas = 255 * (np.clip(canvas, 0, 255) / 255) ** rng.uniform(0.7, 1.4)
    if rng.random() < 0.4:
        canvas = canvas + rng.normal(0, rng.uniform(1, 6), canvas.shape)
    if rng.random() < 0.12:
        canvas = canvas * rng.choice([rng.uniform(0.35, 0.75), rng.uniform(1.2, 1.6)])
    if rng.random() < 0.07:
        canvas = np.repeat((canvas @ np.array((0.3, 0.59, 0.11)))[..., None], 3, 2)
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))])
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return picture


def cut_strip(canvas: np.ndarray, move: np.ndarray) -> np.ndarray:
    """Cut the strip from a canvas."""
    return cv2.warpAffine(
        canvas, move, (STRIP_WIDTH, STRIP_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def part_lips(rng, canvas: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """Open a closed mouth: move what is below the line of the lips down, and show teeth or the dark between."""
    high, wide = canvas.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    left, right = lips[12, 0], lips[16, 0]
    line = np.interp(
        x[0], lips[[12, 13, 14, 15, 16], 0], (lips[[12, 13, 14, 15, 16], 1] + lips[[12, 19, 18, 17, 16], 1]) / 2
    )
    line = line.astype(np.float32)
    across = np.clip(1 - ((x[0] - (left + right) / 2) / ((right - left) * rng.uniform(0.3, 0.5))) ** 2, 0, 1)
    gap = rng.uniform(4, 16) * across ** rng.uniform(0.5, 1)
    below = np.maximum(y - line, 0)
    far = rng.uniform(25, 60)
    source = np.where(y < line + gap, y, y - gap * np.clip(1 - (below - gap) / far, 0, 1)).astype(np.float32)
    out = cv2.remap(canvas, x, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.clip(np.minimum(y - line, line + gap - y) / 1.2 + 0.3, 0, 1) * (gap > 0.5)
    dark = np.array((rng.uniform(15, 70), rng.uniform(5, 30), rng.uniform(5, 30)), np.float32)
    level = np.clip(np.percentile(canvas, rng.uniform(60, 98)), 60, 235)
    ivory = level * np.array((1.0, rng.uniform(0.88, 0.99), rng.uniform(0.72, 0.95)), np.float32)
    share = rng.choice([0.0, rng.uniform(0.3, 0.8), 1.0], p=[0.3, 0.35, 0.35])
    teeth = (
        np.clip((line + gap * share - y) / 1.0 + 0.5, 0, 1)[..., None]
        if share
        else np.zeros((high, wide, 1), np.float32)
    )
    if rng.random() < 0.6:
        teeth = teeth * (1 - rng.uniform(0, 0.5) * (np.abs(np.sin(x * rng.uniform(0.25, 0.5))) < 0.15))[..., None]
    fill = dark + (ivory - dark) * teeth
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), rng.uniform(0.4, 1.2))
    return out + (fill - out) * alpha[..., None]


def whiskers(rng, canvas: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """Let a moustache grow between nose and lips, over their edge too, sometimes a beard below."""
    high, wide = canvas.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    left, right = lips[0, 0], lips[6, 0]
    out_of_middle = (x - (left + right) / 2) / (right - left)
    order = np.argsort(lips[:7, 0])
    upper = np.interp(x[0], lips[:7, 0][order], lips[:7, 1][order]) + rng.uniform(-3, 2.5)
    lower = np.interp(x[0], lips[[0, 11, 10, 9, 8, 7, 6], 0], lips[[0, 11, 10, 9, 8, 7, 6], 1]) + rng.uniform(1, 6)
    deep, width = rng.uniform(8, 20), rng.uniform(0.5, 0.75)
    area = np.clip((upper - y) / 2, 0, 1) * np.clip((y - upper + deep) / 4, 0, 1)
    area = area * np.clip((width - np.abs(out_of_middle)) * 12, 0, 1)
    if rng.random() < 0.5:
        area = np.maximum(area, np.clip((y - lower) / 3, 0, 1) * np.clip((0.8 - np.abs(out_of_middle)) * 6, 0, 1))
    # hair: noise drawn out downwards and away from the middle
    shear = np.abs(out_of_middle) * rng.uniform(0, 1.2) * 20 * np.sign(out_of_middle)
    fine = cv2.GaussianBlur(rng.standard_normal((high, wide)).astype(np.float32), (0, 0), 0.6, sigmaY=3)
    fine = cv2.remap(fine, x + shear * (y - high / 2) / high, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    hair = np.clip(fine / fine.std() * 0.5 + rng.uniform(-0.2, 0.9), 0, 1)
    inks = [(20, 16, 14), (45, 30, 22), (95, 65, 40), (140, 135, 130), (205, 200, 195)]
    return lay(canvas, np.array(rng.choice(inks), np.float32), area * hair * rng.uniform(0.4, 0.95))


def make_mouths(photos: list[dict], count: int, seed: int) -> Bank:
    """Change real mouths in harmless ways, open some that are closed."""
    rng = np.random.default_rng(seed)
    xs, ys, whose = [], [], []
    known = [p for p in photos if p["open"][0] == p["open"][0]]
    kinds = [[p for p in known if p["open"][0] == k] for k in (0.0, 1.0)]
    for _ in range(count):
        pool = kinds[int(rng.random() < 0.45)]
        photo = pool[rng.integers(len(pool))]
        canvas, label = photo["mouth"].astype(np.float32), list(photo["open"])
        if label[0] == 0 and rng.random() < 0.25:
            canvas, label = part_lips(rng, canvas, photo["lips"]), [1.0, np.nan]
        if rng.random() < 0.2:
            canvas = whiskers(rng, canvas, photo["lips"])
        if rng.random() < 0.15:  # lipstick
            hull = np.zeros(canvas.shape[:2], np.uint8)
            cv2.fillConvexPoly(hull, cv2.convexHull(np.round(photo["lips"]).astype(np.int32)), 1)
            if label[0] == 0:
                red = np.array((rng.uniform(90, 220), rng.uniform(10, 90), rng.uniform(20, 110)), np.float32)
                canvas = lay(canvas, red, cv2.GaussianBlur(hull.astype(np.float32), (0, 0), 2) * rng.uniform(0.1, 0.45))
        picture = camera(rng, canvas)
        skin = skin_after(photo["skin"], photo["mouth"][::3, ::3], picture[::3, ::3])
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
        move = jitter(rng, 1.0)
        move[:, 2] += np.array((MOUTH_WIDTH - STRIP_WIDTH, MOUTH_HEIGHT - 112)) / 2 + move[:, :2] @ np.array(
            ((STRIP_WIDTH - MOUTH_WIDTH) / 2, 56 - MOUTH_HEIGHT / 2)
        )
        crop = cv2.warpAffine(
            picture, move, (MOUTH_WIDTH, MOUTH_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        xs.append(describe_mouth(crop, skin).astype(np.float16))
        ys.append(label)
        whose.append(photo["third"])
    return Bank(np.stack(xs), np.array(ys, np.float32), np.array(whose))


def jitter(rng, size: float = 1.0) -> np.ndarray:
    """Return a small similarity, as of landmarks that are a little off."""
    angle, scale = rng.normal(0, 0.025 * size), np.exp(rng.normal(0, 0.035 * size))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    x, y = STRIP_WIDTH / 2 + rng.normal(0, 2.2 * size), 56 + rng.normal(0, 2.2 * size)
    mx, my = STRIP_WIDTH / 2 + ROOM, 56 + ROOM
    return np.array([[c, -s, x - c * mx + s * my], [s, c, y - s * mx - c * my]])


def skin_after(skin: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return what the camera's changes make of the skin's colour."""
    middles = [from_lab8(np.median(cv2.cvtColor(p, cv2.COLOR_RGB2LAB).reshape(-1, 3), 0)) for p in (before, after)]
    shift = middles[1] - middles[0]
    return (skin + (shift if np.abs(shift).sum() < 60 else 0)).astype(np.float32)


def make_lenses(photos: list[dict], count: int, seed: int) -> Bank:
    """Put glasses on `count` faces with open eyes, or let their own ones glare; of both halves of each."""
    rng = np.random.default_rng(seed)
    wearers = [p for p in photos if p["lens"][0] > 0.5]
    bare = [p for p in photos if p["lens"][0] <= 0.5]
    xs, ys, whose = [], [], []
    for _ in range(count):
        pool = wearers if rng.random() < 0.18 else bare
        photo = pool[rng.integers(len(pool))]
        canvas, marks = photo["canvas"].astype(np.float32), photo["marks"]
        if rng.random() < 0.5:
            canvas = harmless(rng, canvas, marks)
        if rng.random() < 0.15:
            canvas = darker(rng, canvas)
        if rng.random() < 0.12:
            canvas = tint_irises(rng, canvas, marks)
        if pool is bare:
            plan = str(rng.choice(["clear", "tint", "dark", "glare", "frame"], p=[0.24, 0.29, 0.05, 0.17, 0.25]))
            canvas, lens = glasses(rng, canvas, marks, plan)
        else:
            lens = np.tile(np.array(photo["lens"], np.float32), (2, 1))
            if rng.random() < 0.6:
                canvas, glares = own_glare(rng, canvas, marks)
                lens[:, 2] = np.where(lens[:, 2] == 0, glares, lens[:, 2])
        picture = camera(rng, canvas)
        cheeks = slice(100, 160, 3), slice(60, 276, 3)
        skin = skin_after(photo["skin"], photo["canvas"][cheeks], picture[cheeks])
        strip = cut_strip(picture, jitter(rng, rng.uniform(1.5, 4) if rng.random() < 0.25 else 1.0))
        xs.append(halves(describe_cells(strip, skin)).astype(np.float16))
        ys.append(lens)
        whose += [photo["third"]] * 2
    return Bank(np.concatenate(xs), np.concatenate(ys), np.array(whose))


def make(photos: list[dict], count: int, seed: int) -> tuple[Bank, Bank]:
    """Paint `count` pictures; returns those of the eyes, and those of the halves."""
    rng = np.random.default_rng(seed)
    eyes_x, eyes_y, half_x, half_y, eyes_of, half_of = [], [], [], [], [], []
    wearers = [p for p in photos if p["lens"][0] > 0.5]
    dark = [p for p in photos if p["skin"][0] < 45]
    for _ in range(count):
        draw = rng.random()
        pool = wearers if draw < 0.22 else dark if draw < 0.32 and dark else photos
        photo = pool[rng.integers(len(pool))]
        canvas, marks = photo["canvas"].astype(np.float32), photo["marks"]
        if rng.random() < 0.5:
            canvas, marks = np.ascontiguousarray(canvas[:, ::-1]), marks.copy()
            marks[:, 0] = SIZE[0] - 1 - marks[:, 0]
            marks[36:48] = marks[[45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]]
        closed = np.zeros(2, np.float32)
        worn = photo["lens"][0] > 0.5
        lens = np.tile(np.array(photo["lens"], np.float32), (2, 1))
        canvas = harmless(rng, canvas, marks)
        if rng.random() < 0.12:
            canvas = tint_irises(rng, canvas, marks)
        if rng.random() < 0.5:
            amounts = (
                (1.0, 1.0)
                if rng.random() < 0.4
                else (1.0, 0.0)
                if rng.random() < 0.7
                else (rng.uniform(0, 1), rng.uniform(0, 1))
            )
            if rng.random() < 0.5:
                amounts = amounts[::-1]
            for i, amount in enumerate(amounts):
                if amount > 0:
                    canvas = close(rng, canvas, marks[36 + 6 * i : 42 + 6 * i], amount)
                    closed[i] = 1 if amount > 0.88 else 0 if amount < 0.4 else np.nan
        if not worn and rng.random() < 0.72:
            plan = str(rng.choice(["clear", "tint", "dark", "glare", "frame"], p=[0.31, 0.2, 0.08, 0.21, 0.2]))
            canvas, lens = glasses(rng, canvas, marks, plan)
        elif worn and rng.random() < 0.5:
            canvas, glares = own_glare(rng, canvas, marks)
            lens[:, 2] = np.where(lens[:, 2] == 0, glares, lens[:, 2])
        if rng.random() < 0.1:
            canvas = strands(rng, canvas)
            closed = np.full(2, np.nan, np.float32)
        hidden = (lens[:, 1:] != 0).any(1)
        closed = np.where(hidden, np.nan, closed)
        wide = rng.random() < 0.25 and np.isnan(closed).all()  # what is before the eyes leads the landmarks astray
        picture = camera(rng, canvas)
        cheeks = slice(100, 160, 3), slice(60, 276, 3)
        skin = skin_after(photo["skin"], photo["canvas"][cheeks], picture[cheeks])
        strip = cut_strip(picture, jitter(rng, rng.uniform(1.5, 4) if wide else 1.0))
        cells = describe_cells(strip, skin)
        if not np.isnan(closed).all():
            eyes_x.append(eye_windows(cells).astype(np.float16))
            eyes_y.append(closed)
            eyes_of += [photo["third"]] * 2
        half_x.append(halves(cells).astype(np.float16))
        half_y.append(lens)
        half_of += [photo["third"]] * 2
    eyes = Bank(np.concatenate(eyes_x), np.concatenate(eyes_y)[:, None], np.array(eyes_of))
    return eyes, Bank(np.concatenate(half_x), np.concatenate(half_y), np.array(half_of))


def plain(photo: dict, shifted: np.ndarray | None = None) -> np.ndarray:
    """Cells of a photo as it is."""
    move = np.array([[1.0, 0, -ROOM], [0, 1, -ROOM]]) if shifted is None else shifted
    return describe_cells(cut_strip(photo["canvas"], move), photo["skin"])


def as_they_are(photos: list[dict], seed: int) -> tuple[Bank, Bank]:
    """Photos unchanged but for where they are cut, those with paint of the evaluation set too."""
    rng = np.random.default_rng(seed)
    eyes, lenses, closed, worn, whose = [], [], [], [], []
    for photo in photos:
        for turn in range(6 if photo["real"] else 8):
            cells = plain(photo, None if turn == 0 else jitter(rng))
            eyes.append(eye_windows(cells).astype(np.float16))
            lenses.append(halves(cells).astype(np.float16))
            closed += [[np.nan if photo["folder"] == "one-eye-closed" else photo["closed"]]] * 2
            worn += [photo["lens"]] * 2
            whose += [photo["third"]] * 2
    of = np.array(whose)
    return (
        Bank(np.concatenate(eyes), np.array(closed, np.float32), of),
        Bank(np.concatenate(lenses), np.array(worn, np.float32), of),
    )


def drawn_lenses(count: int, seed: int) -> Bank:
    """Glasses of drawn portraits, a brush of another hand; nobody's, so always learnt from."""
    rng = np.random.default_rng(seed)
    ladders = {"tinted-lenses": 0.25, "glare": 0.35, "frame-over-eyes": 0.7}  # from where on each is a defect
    xs, ys = [], []
    for k in range(count):
        defect = str(rng.choice(["none", *ladders]))
        severity = float(rng.uniform(0.1, 1))
        found = Portrait(
            Photo.read(portrait(1000 * seed + k, defects={} if defect == "none" else {defect: severity}).pixels)
        )
        if not found.faces:
            continue
        label = np.array((np.nan, 0, 0, 0), np.float32)
        if defect != "none":
            label[0] = 1
            label[1 + list(ladders).index(defect)] = 1 if severity >= ladders[defect] else np.nan
        xs.append(halves(found.eye_cells).astype(np.float16))
        ys += [label] * 2
    return Bank(np.concatenate(xs), np.array(ys), np.full(len(ys), -1))


def join(*banks: Bank) -> Bank:
    """Put banks together."""
    return Bank(*(np.concatenate(parts) for parts in zip(*((b.x, b.y, b.third) for b in banks), strict=True)))


def make_banks(photos: list[dict], count: int) -> dict[str, Bank]:
    """Make what each network learns from."""
    bases = [p for p in photos if p["real"]]
    eyes, lenses = make(bases, count, 1)
    real_eyes, real_lenses = as_they_are(photos, 2)
    return {
        "eye": join(eyes, real_eyes),
        "lens": join(lenses, make_lenses(bases, count, 3), real_lenses, *[drawn_lenses(count // 50, 4)] * 4),
        "mouth": make_mouths(bases, 2 * count, 5),
    }


def fresh(rng, depth: int, channels: tuple[int, ...], dense: int, outputs: int) -> dict[str, np.ndarray]:
    """Return random weights, named as `photospec.networks.patchnet.load_network` reads them."""
    params = {}
    for k, wide in enumerate(channels):
        params[f"w{k}"] = rng.normal(0, np.sqrt(2 / (9 * depth)), (9 * depth, wide)).astype(np.float32)
        params[f"b{k}"] = np.zeros(wide, np.float32)
        depth = wide
    params["head0"] = rng.normal(0, 1 / np.sqrt(dense), (dense, outputs)).astype(np.float32)
    params["bias0"] = np.zeros(outputs, np.float32)
    return params


def logits(params: dict, x, key=None):
    """Run a network; with a key, some of what it finds is left out."""
    last = sum(name[0] == "w" for name in params) - 1
    if key is not None:
        x = x * jax.random.bernoulli(jax.random.fold_in(key, 7), 0.95, (*x.shape[:3], 1)) / 0.95
    for k in range(last + 1):
        w = params[f"w{k}"].reshape(3, 3, x.shape[3], -1)
        x = jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        if k < last:
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = jax.nn.relu(x + params[f"b{k}"])
        if key is not None:
            x = x * jax.random.bernoulli(jax.random.fold_in(key, k), 0.9, (len(x), 1, 1, x.shape[3])) / 0.9
    x = x.reshape(len(x), -1)
    if key is not None:
        x = x * jax.random.bernoulli(jax.random.fold_in(key, 9), 0.7, x.shape) / 0.7
    return x @ params["head0"] + params["bias0"]


def train(bank: Bank, channels: tuple[int, ...], steps: int, seed: int) -> dict[str, np.ndarray]:
    """Fit a network by Adam; returns the running mean of its weights. Unknown labels (NaN) do not count."""
    rng = np.random.default_rng(seed)
    shrunk = 2 ** (len(channels) - 1)
    dense = (bank.x.shape[1] // shrunk) * (bank.x.shape[2] // shrunk) * channels[-1]
    params = fresh(rng, bank.x.shape[3], channels, dense, bank.y.shape[1])
    first = {k: np.zeros_like(v) for k, v in params.items()}
    second = {k: np.zeros_like(v) for k, v in params.items()}

    def loss(params, x, y, key):
        z = logits(params, x, key)
        known = ~jnp.isnan(y)
        y = jnp.where(known, y, 0) * 0.98 + 0.01
        each = (jax.nn.softplus(z) - y * z) * known
        return each.sum() / len(x) + 3e-5 * sum((v**2).sum() for k, v in params.items() if k[0] in "wh")

    @jax.jit
    def step(params, first, second, x, y, key, t, rate):
        grads = jax.grad(loss)(params, x, y, key)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
        second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, grads)
        params = jax.tree.map(
            lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.99**t)) + 1e-8), params, first, second
        )
        return params, first, second

    key, mean = jax.random.PRNGKey(seed), params
    for t in range(1, steps + 1):
        at = rng.integers(len(bank.x), size=128)
        key, sub = jax.random.split(key)
        rate = 2e-3 * min(1, t / 100) * (0.5 + 0.5 * math.cos(math.pi * t / steps)) + 1e-5
        x, y = bank.x[at].astype(np.float32), bank.y[at].astype(np.float32)
        params, first, second = step(params, first, second, x, y, sub, float(t), rate)
        if t >= steps // 2 and t % 5 == 0:
            mean = params if t < steps // 2 + 5 else jax.tree.map(lambda a, b: 0.98 * a + 0.02 * b, mean, params)
    return {k: np.asarray(v) for k, v in mean.items()}


NETS = {  # channels of each layer, steps of training
    "eye": ((12, 16, 24), 1500),
    "lens": ((16, 24, 32), 3000),
    "mouth": ((16, 24, 24), 2000),
}


def chances(net: dict[str, np.ndarray], x: list[np.ndarray]) -> np.ndarray:
    """Probabilities of a network."""
    return np.asarray(jax.nn.sigmoid(logits(net, np.concatenate(x).astype(np.float32))))


def score(nets: dict[str, dict[str, np.ndarray]], photo: dict) -> dict:
    """Return a photo's answers, as `tools.train_folds` reads them."""
    cells = plain(photo)
    inner = slice(ROOM, -ROOM)
    mouth = describe_mouth(photo["mouth"][inner, inner], photo["skin"])
    return {
        "file": photo["file"],
        "closed": chances(nets["eye"], [eye_windows(cells)])[:, 0].tolist(),
        "lenses": chances(nets["lens"], [halves(cells)]).tolist(),
        "mouth": chances(nets["mouth"], [mouth[None], mirror_cells(mouth)[None]]).mean(0).tolist(),
    }


def main() -> None:
    """Train, and write the weights or the scores of people kept aside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--samples", type=int, default=7500)
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("photospec/networks"), help="a folder, with --folds a file")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photos = load(options.set)
    banks = make_banks(photos, options.samples)
    if not options.folds:
        for name, (channels, steps) in NETS.items():
            net = train(banks[name], channels, steps, 10)
            np.savez_compressed(options.out / f"{name}.npz", **{k: v.astype(np.float16) for k, v in net.items()})
        return
    with options.out.open("w", encoding="utf-8") as out:
        for k in range(3):
            nets = {name: train(banks[name].without(k), *NETS[name], 10) for name in NETS}
            for photo in photos:
                if photo["third"] == k:
                    out.write(json.dumps(score(nets, photo)) + "\n")


if __name__ == "__main__":
    main()
