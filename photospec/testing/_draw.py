"""The drawing: a shaded head, neck and shoulders, from the shape of the mean face."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import skimage

from photospec.testing.sitter import FACE_BREADTH, Colour, Geometry, Sitter, Truth

__all__ = ["draw"]

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
Cover = tuple[tuple[slice, slice], F32]

# The mean of 68 landmarks over neutral faces, in eye distances from the middle between the pupils, made symmetric:
# the points of the image's right half and of the middle. Geometry of nobody in particular.
_JAW = [
    (0, 1.82),
    (0.297, 1.78),
    (0.558, 1.649),
    (0.774, 1.461),
    (0.927, 1.227),
    (1.011, 0.95),
    (1.062, 0.659),
    (1.11, 0.369),
    (1.137, 0.071),
]
_BROW = [(0.184, -0.299), (0.391, -0.375), (0.603, -0.4), (0.812, -0.343), (0.948, -0.188)]
_RIDGE = [(0, -0.063), (0, 0.117), (0, 0.294), (0, 0.479)]
_NOSTRILS = [(0, 0.708), (0.104, 0.682), (0.201, 0.651)]
_EYE = [(0.291, 0.023), (0.422, -0.078), (0.576, -0.079), (0.696, 0.008), (0.584, 0.066), (0.43, 0.06)]
_LIP_TOP = [(0, 0.954), (0.106, 0.925), (0.25, 0.98), (0.405, 1.077)]
_LIP_LOW = [(0, 1.21), (0.113, 1.201), (0.253, 1.166)]
_GAP_TOP = [(0, 1.051), (0.108, 1.044), (0.33, 1.075)]
_GAP_LOW = [(0, 1.06), (0.107, 1.048)]

_SKIN: dict[str, Colour] = {
    "very-light": (238, 205, 188),
    "light": (224, 184, 162),
    "intermediate": (205, 162, 134),
    "tan": (178, 132, 104),
    "brown": (134, 92, 70),
    "dark": (92, 62, 48),
}
_HAIR: dict[str, Colour] = {
    "black": (34, 30, 30),
    "dark-brown": (58, 42, 34),
    "brown": (96, 68, 48),
    "blond": (176, 140, 92),
    "red": (134, 70, 38),
    "grey": (134, 132, 130),
}

_GOLD = np.array((206, 172, 92), np.float32)
_GLINT = np.array((255, 250, 232), np.float32)
_NEEDS_HAIR = frozenset(("topknot", "fringe", "hair-over-ears", "left-ear-covered", "right-ear-covered", "headband"))
_NEEDS_GLASSES = frozenset(("tinted-lenses", "glare", "frame-over-eyes"))
_HEAD_SHADOW = (
    (0, -1.6),
    (0.9, -1.2),
    (1.25, -0.2),
    (1.15, 0.8),
    (0.7, 1.7),
    (-0.7, 1.7),
    (-1.15, 0.8),
    (-1.25, -0.2),
    (-0.9, -1.2),
)

_GRID = 48  # shading cells per eye distance
_LEFT, _TOP, _RIGHT, _BOTTOM = -2.4, -2.6, 2.4, 2.6  # its extent


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random numbers of one thing in one picture, so that adding a thing changes no other."""
    return np.random.default_rng((seed, zlib.crc32(name.encode())))


def _mean_face(man: bool, open_: float, smile: float) -> F32:
    """Return the 68 landmarks in eye distances; `open_` parts the lips and `smile` draws their corners."""
    jaw = np.array(_JAW, np.float32)
    jaw[:, 0] *= FACE_BREADTH / (2 * 1.11)
    square = 0.03 if man else -0.02
    jaw[1:5, 0] *= 1 + square * np.array([0.6, 1.0, 1.0, 0.5], np.float32)
    brow = np.array(_BROW, np.float32)
    brow[:, 1] += 0.03 if man else 0.0
    top, low = np.array(_LIP_TOP, np.float32), np.array(_LIP_LOW, np.float32)
    gap_top, gap_low = np.array(_GAP_TOP, np.float32), np.array(_GAP_LOW, np.float32)
    full = 0.7 if man else 1.0
    top[:, 1] = 1.05 + (top[:, 1] - 1.05) * full
    low[:, 1] = 1.05 + (low[:, 1] - 1.05) * (0.9 if man else 1.0)
    for lip in (top, low, gap_top, gap_low):
        reach = np.abs(lip[:, 0]) / 0.405
        lip[:, 0] *= 1 + 0.22 * smile - 0.06 * open_
        lip[:, 1] -= smile * (0.11 * reach**2 - 0.02)
    fall = 0.30 * open_ + 0.07 * smile
    low[:, 1] += fall * np.array([1.0, 0.95, 0.75], np.float32)
    gap_low[:, 1] += fall * np.array([1.0, 0.93], np.float32)
    gap_top[:, 1] -= 0.02 * open_ + 0.015 * smile
    jaw[:5, 1] += 0.16 * open_ * np.array([1.0, 1.0, 0.8, 0.45, 0.15], np.float32)

    flip = np.array((-1, 1), np.float32)
    eye = np.array(_EYE, np.float32)
    nose = np.array(_NOSTRILS, np.float32)
    eye_left = eye[[3, 2, 1, 0, 5, 4]] * flip
    parts = [
        jaw[:0:-1] * flip, jaw, brow[::-1] * flip, brow, np.array(_RIDGE, np.float32),
        nose[:0:-1] * flip, nose, eye_left, eye,
        top[:0:-1] * flip, top, low[:0:-1], low[:1], low[1:] * flip,
        gap_top[:0:-1] * flip, gap_top, gap_low[:0:-1], gap_low[:1], gap_low[1:] * flip,
    ]  # fmt: skip
    return np.concatenate(parts)


def smooth(points: npt.ArrayLike, *, closed: bool = True, steps: int = 8) -> F32:
    """Return a Catmull-Rom curve through points."""
    p = np.asarray(points, np.float32)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    t = (np.arange(steps, dtype=np.float32) / steps)[None, :, None]
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-2:-1]])


def mirror(points: npt.ArrayLike) -> F32:
    """Return points of the right half followed by their mirror images, from the middle out on the left."""
    p = np.asarray(points, np.float32)
    return np.concatenate([p, p[::-1] * np.array((-1, 1), np.float32)])


def _bump(u: F32, v: F32, height: float, x: float, y: float, width: float, tall: float) -> F32:
    """Return a smooth hill at (x, y), and its mirror image when it is off the middle."""
    across = np.exp(-(((u - x) / width) ** 2))
    if x:
        across = across + np.exp(-(((u + x) / width) ** 2))
    hill: F32 = (height * np.exp(-(((v - y) / tall) ** 2))[:, None] * across[None, :]).astype(np.float32)
    return hill


@functools.lru_cache(maxsize=4)
def _relief(man: bool) -> tuple[F32, F32]:
    """Return the unit normals (H, W, 3) of the face and its height (H, W) on the shading grid."""
    u = np.arange(_LEFT, _RIGHT, 1 / _GRID, dtype=np.float32)
    v = np.arange(_TOP, _BOTTOM, 1 / _GRID, dtype=np.float32)
    body = 1 - (np.abs(u / 1.33) ** 2.6)[None, :] - (np.abs((v - 0.1) / 2.25) ** 2.8)[:, None]
    z = 0.85 * np.sqrt(np.maximum(body, 0.03)).astype(np.float32)
    z = cv2.GaussianBlur(z, (0, 0), 0.045 * _GRID)
    strength = 1.0 if man else 0.85
    for bump in (
        (0.10, 0, 0.20, 0.085, 0.30),  # ridge of the nose
        (0.17, 0, 0.52, 0.13, 0.13),  # its tip
        (0.075, 0.155, 0.58, 0.075, 0.085),  # its wings
        (-0.07, 0.36, 0.03, 0.17, 0.13),  # sockets
        (-0.03, 0.55, 0.06, 0.2, 0.12),
        (0.05 * strength, 0.45, -0.30, 0.32, 0.11),  # brow ridge
        (0.045, 0.66, 0.42, 0.26, 0.2),  # cheekbones
        (-0.03, 0.80, 0.92, 0.2, 0.25),
        (0.06, 0, 1.03, 0.36, 0.22),  # around the teeth
        (-0.014, 0.0, 0.83, 0.04, 0.07),  # philtrum
        (-0.05, 0, 1.33, 0.2, 0.06),  # above the chin
        (0.07 * strength, 0, 1.58, 0.24, 0.14),  # chin
        (-0.022, 0.36, 0.82, 0.07, 0.16),  # folds beside the mouth
    ):
        z += _bump(u, v, *bump)
    z = cv2.GaussianBlur(z, (0, 0), 0.022 * _GRID)
    dx = cv2.Sobel(z, cv2.CV_32F, 1, 0, scale=_GRID / 8)
    dy = cv2.Sobel(z, cv2.CV_32F, 0, 1, scale=_GRID / 8)
    length = np.sqrt(dx * dx + dy * dy + 1)
    return np.dstack([-dx / length, -dy / length, 1 / length]), z


def _light(normals: F32, direction: tuple[float, float, float], ambient: float) -> F32:
    """Return how brightly a relief is lit, 1 where it faces the light, with a little gloss."""
    x, y, z = direction
    norm = math.sqrt(x * x + y * y + z * z)
    facing = normals @ np.array([x / norm, y / norm, z / norm], np.float32)
    facing = np.maximum(facing, 0)
    lit: F32 = ambient + (1 - ambient) * facing
    return lit


class _Canvas:
    """A picture under the brush; points are in eye distances unless they are said to be pixels."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width, self.height = width, height
        self.pixels = np.empty((height, width, 3), np.float32)
        self.pixels[:] = colour

    def cover(self, points: F32, soft: float = 0.0) -> Cover | None:
        """Return the box of a polygon in pixels and how far it covers each pixel of it, or None if outside."""
        return self._cover([points], soft, 0.0)

    def stroke(self, curves: list[F32], thick: float, soft: float = 0.0) -> Cover | None:
        """Return the box and cover of lines in pixels."""
        return self._cover(curves, soft, max(thick, 0.1))

    def _cover(self, curves: list[F32], soft: float, thick: float) -> Cover | None:
        every = np.concatenate(curves) if len(curves) > 1 else curves[0]
        # What is soft is drawn small: a blurred edge needs no fine grid.
        step = 4 if soft >= 6 else 2 if soft >= 3 else 1
        pad = math.ceil(3 * soft + thick) + 2
        left, top = np.maximum(np.floor(every.min(0)).astype(int) - pad, -40)
        right, bottom = np.minimum(np.ceil(every.max(0)).astype(int) + pad + 1, (self.width + 40, self.height + 40))
        if right <= max(left, 0) or bottom <= max(top, 0) or left >= self.width or top >= self.height:
            return None
        wide, tall = -(-(right - left) // step), -(-(bottom - top) // step)
        mask = np.zeros((tall, wide), np.uint8)
        shift = np.array((left, top), np.float32) + np.float32((step - 1) / 2)
        fixed = [np.round((c - shift) * (16 / step)).astype(np.int32) for c in curves]
        if thick:
            whole = max(1, round(thick / step))
            cv2.polylines(mask, fixed, False, round(255 * min(1.0, thick / step / whole)), whole, cv2.LINE_AA, 4)
        else:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, 4)
        if soft > 0.2:
            cv2.GaussianBlur(mask, (0, 0), soft / step, mask)
        if step > 1:
            mask = cv2.resize(mask, (wide * step, tall * step), interpolation=cv2.INTER_LINEAR)
        x, y = max(-left, 0), max(-top, 0)
        seen = mask[y : min(self.height, bottom) - top, x : min(self.width, right) - left]
        box = slice(top + y, top + y + seen.shape[0]), slice(left + x, left + x + seen.shape[1])
        return box, seen.astype(np.float32) * np.float32(1 / 255)

    def lay(self, cover: Cover | None, colour: Any, opacity: float = 1.0, clip: F32 | None = None) -> None:
        """Lay a colour, or a picture of the canvas's or the box's size, where `cover` says."""
        if cover is None:
            return
        box, alpha = cover
        if clip is not None:
            alpha = alpha * clip[box]
        alpha = (alpha * np.float32(opacity))[..., None]
        under = self.pixels[box]
        ink = np.asarray(colour, np.float32)
        if ink.shape == self.pixels.shape:
            ink = ink[box]
        under += alpha * (ink - under)

    def dim(self, cover: Cover | None, factor: Any, opacity: float = 1.0, clip: F32 | None = None) -> None:
        """Multiply the picture by a factor (or three) where `cover` says; the texture stays."""
        if cover is None:
            return
        box, alpha = cover
        if clip is not None:
            alpha = alpha * clip[box]
        self.pixels[box] *= 1 + (alpha * np.float32(opacity))[..., None] * (np.asarray(factor, np.float32) - 1)

    def whole(self, cover: Cover | None) -> F32:
        """Return a cover as a mask of the canvas's size."""
        mask = np.zeros((self.height, self.width), np.float32)
        if cover is not None:
            mask[cover[0]] = cover[1]
        return mask


def _crown_height(outline: Any, target: float, roll: float) -> float:
    """Return the height of the skull for which the rotated outline reaches `target` eye distances above the eyes."""
    sin, cos = math.sin(math.radians(roll)), math.cos(math.radians(roll))
    c = target
    for _ in range(12):
        points = smooth(outline(c))
        c += target - float((-(points @ np.array((sin, cos), np.float32))).max())
    return c


def _cap(sitter: Sitter) -> Any:
    """Return the outline of the hair (or bald head) above the ears for a height of the crown."""
    side = {"short": 1.225, "cropped": 1.175, "bald": 1.14, "tied": 1.18, "long": 1.25}[sitter.hair]
    low = {"short": 0.10, "cropped": 0.0, "bald": 0.0, "tied": 0.05, "long": 0.3}[sitter.hair]
    angles = np.radians(np.array((90, 76, 62, 48, 34, 20, 6), np.float32))
    power = 0.83

    def outline(c: float) -> F32:
        arc = np.column_stack(
            [side * np.maximum(np.cos(angles), 0) ** power, -0.12 - (c - 0.12) * np.sin(angles) ** power]
        )
        return mirror(np.concatenate([arc, [(side - 0.02, 0.02), (side - 0.07, low)]]))[:-1]

    return outline


def _hairline(sitter: Sitter, c: float) -> F32:
    """Return the face's edge of the hair, right half, from the middle down to the ear."""
    top = 0.42 + 0.50 * (c - 0.42)
    recede = 0.06 if sitter.sex == "man" else 0.0
    low = 0.14 if sitter.sex == "man" else 0.02
    return np.array(
        [
            (0, -top), (0.35, -top + 0.005 - recede), (0.66, -top + 0.10 - recede), (0.90, -0.72 * top + 0.03),
            (1.01, -0.48 * top), (1.04, -0.12), (1.085, low),
        ],
        np.float32,
    )  # fmt: skip


def draw(
    seed: int, sitter: Sitter, geometry: Geometry, backdrop: Colour, size: tuple[int, int], how: Mapping[str, float]
) -> tuple[U8, Truth]:
    """Draw a portrait; `how` gives the severity of each drawn defect, above 0."""
    canvas = _Canvas(*size, backdrop)
    painter = _Painter(seed, sitter, geometry, canvas, backdrop, how)
    painter.background()
    if apart := how.get("second-person", 0.0):
        wide = geometry.face_width * 0.8
        beside = replace(
            geometry,
            face_width=max(60.0, wide),
            centre_x=min(580.0, geometry.centre_x + geometry.face_width * (0.15 + 0.75 * apart)),
            crown_y=geometry.eye_y + 15 - 0.75 * wide,
            eye_y=geometry.eye_y + 15,
            roll=0.0,
        )
        _Painter(seed + 1, replace(Sitter.random(seed + 1), glasses=False), beside, canvas, backdrop, {}).figure()
    empty = canvas.pixels.copy() if "cut-out-halo" in how else None
    painter.figure()
    if empty is not None:
        painter.halo(empty)
    return painter.finish()


class _Painter:
    """The layers of one portrait, from the backdrop to the glasses."""

    def __init__(
        self, seed: int, sitter: Sitter, geometry: Geometry, canvas: _Canvas, backdrop: Colour, how: Mapping[str, float]
    ) -> None:
        if sitter.hair in ("bald", "cropped") and not how.keys().isdisjoint(_NEEDS_HAIR):
            sitter = replace(sitter, hair="short")
        if not how.keys().isdisjoint(_NEEDS_GLASSES):
            sitter = replace(sitter, glasses=True)
        self.seed, self.sitter, self.how, self.backdrop, self.canvas = seed, sitter, how, backdrop, canvas
        width, height = canvas.width, canvas.height
        self.man = sitter.sex == "man"
        # The frame's pixels are counted from the centre of the first; scaling keeps its edge, not that centre.
        k = self.unit_px = height / 640
        self.scale = geometry.face_width * k / FACE_BREADTH
        self.origin = np.array(((geometry.centre_x + 0.5) * k - 0.5, (geometry.eye_y + 0.5) * k - 0.5), np.float32)
        self.origin[0] += (width - height * 480 / 640) / 2
        self.crown_px = self.top_px = (geometry.crown_y + 0.5) * k - 0.5
        angle = math.radians(geometry.roll)
        self.roll = geometry.roll
        self.turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], np.float32)
        self.outline = _cap(sitter)
        self.c = _crown_height(self.outline, (self.origin[1] - self.crown_px) / self.scale, geometry.roll)
        self.face = _mean_face(self.man, how.get("mouth-open", 0.0), how.get("smile", 0.0))
        self.pupils = np.array([(-0.5, 0.0), (0.5, 0.0)], np.float32)
        self.skin = np.array(_SKIN[sitter.skin], np.float32)
        self.hair = np.array(_HAIR[sitter.hair_colour], np.float32)
        self.grain = stream(seed, "grain").standard_normal((height, width), np.float32)
        mottle = stream(seed, "mottle").standard_normal((height // 8 + 1, width // 8 + 1), np.float32)
        self.mottle = cv2.resize(mottle, (width, height), interpolation=cv2.INTER_LINEAR)
        self.texture = 0.022 * cv2.GaussianBlur(self.grain, (3, 3), 0.9) + 0.010 * self.mottle

    # -- places -----------------------------------------------------------------------------------------------

    def head(self, points: npt.ArrayLike) -> F32:
        """Take eye distances on the head to pixels."""
        p = np.asarray(points, np.float32)
        return (self.origin + self.scale * (p @ self.turn.T)).astype(np.float32)

    def body(self, points: npt.ArrayLike) -> F32:
        """Take eye distances on the body, which stays upright, to pixels."""
        p = np.asarray(points, np.float32)
        return (self.origin + self.scale * p).astype(np.float32)

    def shape(self, points: npt.ArrayLike, soft: float = 0.0, *, closed: bool = True) -> Cover | None:
        """Return the cover of a smooth closed shape on the head; `soft` in eye distances."""
        curve = smooth(points) if closed else np.asarray(points, np.float32)
        return self.canvas.cover(self.head(curve), soft * self.scale)

    def line(self, curves: list[Any], thick: float, soft: float = 0.0) -> Cover | None:
        """Return the cover of smooth lines on the head; `thick` and `soft` in eye distances."""
        return self.canvas.stroke(
            [self.head(smooth(c, closed=False)) for c in curves], thick * self.scale, soft * self.scale
        )

    # -- the layers -------------------------------------------------------------------------------------------

    def figure(self) -> None:
        """Paint the person, from the back to the front."""
        how = self.how
        self.light_the_face()
        if self.sitter.hair == "long":
            self.back_hair()
        if "topknot" in how:
            self.topknot(how["topknot"])
        self.neck()
        if "necklace" in how:
            self.necklace(how["necklace"])
        self.garment()
        self.ears()
        self.skull()
        self.eyes()
        self.nose()
        self.mouth()
        self.brows()
        if "heavy-make-up" in how:
            self.make_up(how["heavy-make-up"])
        if "hot-spots" in how:
            self.hot_spots(how["hot-spots"])
        if "face-shadow" in how:
            self.face_shadow(how["face-shadow"])
        self.ear_rings()
        if self.sitter.hair != "bald":
            self.front_hair()
        self.locks()
        if "face-mask" in how:
            self.face_mask(how["face-mask"])
        if self.sitter.glasses:
            self.glasses()
        if "headband" in how:
            self.headband(how["headband"])
        if "hat" in how:
            self.hat(how["hat"])
        if "scarf" in how:
            self.scarf(how["scarf"])
        if "hand-on-face" in how:
            self.hand(how["hand-on-face"])
        self.turn_head()

    def background(self) -> None:
        """Paint what is behind the person."""
        canvas, how = self.canvas, self.how
        pixels, width, height = canvas.pixels, canvas.width, canvas.height
        if shift := how.get("backdrop-colour"):
            pixels += shift * (np.array((190, 52, 52), np.float32) - pixels)
        if fall := how.get("backdrop-gradient"):
            pixels *= np.linspace(1, 1 - 0.45 * fall, height, dtype=np.float32)[:, None, None]
        if fold := how.get("backdrop-texture"):
            x = np.arange(width, dtype=np.float32) / (height / 640)
            wave = 0.5 + 0.3 * np.sin(x / 9.0) + 0.2 * np.sin(x / 23.0 + 1.0)
            pixels *= (1 - 0.30 * fold * wave).astype(np.float32)[None, :, None]
        if dark := how.get("backdrop-shadow"):
            aside = self.head(smooth(_HEAD_SHADOW)) + np.array((0.42, 0.12), np.float32) * self.scale
            canvas.dim(canvas.cover(aside, 0.09 * self.scale), 1 - 0.6 * dark)
        if entered := how.get("backdrop-object"):
            unit = height / 640
            edge = 10 + 110 * entered
            frame = np.array([(-60, 150), (edge, 142), (edge, 330), (-60, 338)], np.float32) * unit
            canvas.lay(canvas.cover(frame, 0.4), (92, 62, 40))
            canvas.lay(canvas.cover(frame + np.array((-14, 0), np.float32) * unit, 0.4), (222, 214, 196))
            rng = stream(self.seed, "plant")
            for angle in rng.uniform(-1.4, 0.5, 9):
                tip = np.array((edge * 0.9 * math.cos(angle), 470 + 110 * math.sin(angle)), np.float32)
                root = np.array((-25, 520), np.float32)
                across = np.array((root[1] - tip[1], tip[0] - root[0]), np.float32) * 0.11
                leaf = smooth([root, (root + tip) / 2 + across, tip, (root + tip) / 2 - across]) * np.float32(unit)
                canvas.lay(canvas.cover(leaf, 0.4), (38 + rng.uniform(0, 25), 96 + rng.uniform(0, 35), 44))

    def halo(self, empty: F32) -> None:
        """Leave the rim that a bad cut-out leaves about the person."""
        strength = self.how["cut-out-halo"]
        person = (np.abs(self.canvas.pixels - empty).max(2) > 5).astype(np.uint8) * 255
        person = cv2.morphologyEx(person, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        reach = round((1 + 3 * strength) * self.unit_px)
        wide = cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
        rim = cv2.GaussianBlur(cv2.subtract(wide, person), (3, 3), 0).astype(np.float32) * np.float32(1 / 255)
        everything = slice(0, self.canvas.height), slice(0, self.canvas.width)
        self.canvas.lay((everything, rim), (252, 252, 252), 0.4 + 0.6 * strength)

    def tinted(self, tone: Any) -> F32:
        """Return skin under light of a given strength; skin in shade is redder than skin in light."""
        steps = np.arange(256, dtype=np.float32)[:, None] / 160
        table = self.skin * steps ** np.array((0.88, 1.05, 1.1), np.float32)
        index = cv2.convertScaleAbs(np.maximum(tone, 0), alpha=160)
        return cv2.LUT(cv2.merge([index, index, index]), table[None])  # type: ignore[return-value]

    def light_the_face(self) -> None:
        """Spread the skin, lit, over the whole canvas: shapes cut their part from it."""
        normals, _ = _relief(self.man)
        side = self.how.get("side-light", 0.0)
        angle = math.radians(75 * side)
        lit = _light(normals, (-math.sin(angle), -0.30 * math.cos(angle), math.cos(angle)), 0.42 - 0.2 * side)
        shine = np.array((-0.5 * side, -0.24, 0.97), np.float32)
        gloss = np.maximum(normals @ (shine / np.linalg.norm(shine)), 0) ** 40
        matrix = np.column_stack([self.turn * (self.scale / _GRID), self.head((_LEFT, _TOP))])
        size = self.canvas.width, self.canvas.height
        both = cv2.warpAffine(cv2.merge([lit, gloss]), matrix, size, borderMode=cv2.BORDER_REPLICATE)
        reach = 2.4 * self.scale
        (x, y), (right, bottom) = np.clip((self.origin - reach, self.origin + reach), 0, size).astype(int)
        self.flesh = np.zeros_like(self.canvas.pixels)
        head = slice(y, bottom), slice(x, right)
        self.flesh[head] = self.tinted(both[head][..., 0] + self.texture[head]) + (9.0 * both[head][..., 1])[..., None]

    def from_side(self) -> F32:
        """Return how the light from the side falls off across the canvas, 1 for even light."""
        x = (np.arange(self.canvas.width, dtype=np.float32) - self.origin[0]) / self.scale
        light: F32 = 1 - np.float32(self.how.get("side-light", 0.0)) * np.clip(0.38 + 0.36 * x, 0, 0.8)
        return light

    def neck(self) -> None:
        """Draw the neck with the shadow of the chin."""
        wide = 0.80 if self.man else 0.70
        right = [
            (0, 0.6),
            (wide + 0.02, 0.9),
            (wide, 1.5),
            (wide, 1.95),
            (wide + 0.05, 2.15),
            (wide - 0.05, 2.5),
            (0.4, 3.0),
        ]
        cover = self.canvas.cover(self.body(smooth(mirror(right))), 0.4)
        x = (np.arange(self.canvas.width, dtype=np.float32) - self.origin[0]) / (self.scale * (wide + 0.1))
        fall = (0.93 - 0.32 * np.minimum(np.abs(x), 1.2) ** 2.4) * self.from_side()
        if cover is not None:
            rows, columns = cover[0]
            self.canvas.lay(cover, self.tinted(fall[columns] + self.texture[rows, columns]))
        self.neck_mask = mask = self.canvas.whole(cover)
        shadow = self.face[2:15] * np.array((0.95, 1.0), np.float32) + np.array((0, 0.16), np.float32)
        shadow = np.concatenate([smooth(shadow, closed=False), [(0.9, 0), (-0.9, 0)]])
        self.canvas.dim(self.canvas.cover(self.head(shadow), 0.09 * self.scale), (0.66, 0.58, 0.55), 1.0, mask)
        for side in (-1, 1):
            tendon = self.body(smooth([(side * 0.42, 1.9), (side * 0.26, 2.25), (side * 0.12, 2.45)], closed=False))
            self.canvas.dim(self.canvas.stroke([tendon], 0.05 * self.scale, 0.05 * self.scale), 0.88, 0.8, mask)

    def necklace(self, severity: float) -> None:
        """Draw a chain with a pendant."""
        chain = self.body(smooth([(-0.66, 1.98), (-0.36, 2.30), (0, 2.46), (0.36, 2.30), (0.66, 1.98)], closed=False))
        thick = (0.012 + 0.05 * severity) * self.scale
        self.canvas.dim(
            self.canvas.stroke([chain + np.array((0, 0.5 * thick), np.float32)], thick, 0.02 * self.scale), 0.7, 0.8
        )
        self.canvas.lay(self.canvas.stroke([chain], thick, 0.3), _GOLD, 0.95)
        self.canvas.lay(
            self.canvas.stroke([chain - np.array((0, 0.2 * thick), np.float32)], 0.3 * thick, 0.3), _GLINT, 0.8
        )
        self.jewel((0.0, 2.50 + 0.06 * severity), 0.03 + 0.07 * severity, self.body)

    def jewel(self, place: tuple[float, float], radius: float, to_pixels: Any) -> None:
        """Draw a metal ball."""
        centre = np.array(place, np.float32)
        self.canvas.lay(self.canvas.cover(to_pixels(centre + radius * _circle()), 0.4), _GOLD * 0.8)
        self.canvas.lay(
            self.canvas.cover(to_pixels(centre + (0, -0.1 * radius) + 0.7 * radius * _circle()), 0.5), _GOLD
        )
        glint = centre + np.array((-0.3, -0.35), np.float32) * radius + 0.3 * radius * _circle()
        self.canvas.lay(self.canvas.cover(to_pixels(glint), 0.4), _GLINT)

    def ear_rings(self) -> None:
        """Draw what hangs at the ears."""
        canvas, k = self.canvas, self.scale
        for side in (-1, 1):
            x, y = side * 1.165, 0.50
            if size := self.how.get("ear-studs"):
                self.jewel((x, y), 0.012 + 0.078 * size, self.head)
            if size := self.how.get("ear-hoops"):
                radius = 0.04 + 0.185 * size
                ring = self.head(
                    np.array((x, y + radius), np.float32) + radius * np.concatenate([_circle(), _circle()[:1]])
                )
                canvas.lay(canvas.stroke([ring], (0.02 + 0.025 * size) * k, 0.3), _GOLD)
                canvas.lay(canvas.stroke([ring[6:20] - 0.006 * k], 0.012 * k, 0.3), _GLINT, 0.8)
            if size := self.how.get("ear-drops"):
                end = y + 0.06 + 0.44 * size
                canvas.lay(canvas.stroke([self.head([(x, y), (x, end)])], 0.018 * k, 0.3), _GOLD)
                self.jewel((x, end), 0.02 + 0.06 * size, self.head)

    def shoulders(self) -> F32:
        """Return the outline of the garment, in eye distances, from the neck on the right to the neck on the left."""
        neck = 0.80 if self.man else 0.72
        wide = 2.62 if self.man else 2.42
        wide -= (wide - 1.25) * self.how.get("narrow-figure", 0.0)
        near = min(1.45, wide * 0.6)
        right = [
            (neck - 0.06, 2.08), (neck + 0.18, 2.18), (near, 2.36), (wide - 0.45, 2.58), (wide - 0.08, 2.86),
            (wide + 0.1, 3.4), (wide + 0.1, 3.6),
        ]  # fmt: skip
        edge = np.concatenate([smooth(right, closed=False), [(wide + 0.1, 14.0)]]).astype(np.float32)
        outline = np.concatenate([edge, edge[::-1] * np.array((-1, 1), np.float32)])
        slope = math.tan(math.radians(24 * self.how.get("shoulders-tilted", 0.0)))
        outline[:, 1] += slope * np.sign(outline[:, 0]) * np.maximum(np.abs(outline[:, 0]) - neck, 0)
        return outline

    def garment(self) -> None:
        """Draw the top, a collared shirt unless a defect says otherwise."""
        canvas, k, how = self.canvas, self.scale, self.how
        cloth = self.cloth()
        neck = 0.74 if self.man else 0.66
        turtle, deep = how.get("turtleneck"), how.get("round-neck")
        line: Any = [(-neck * 0.55, 2.42), (0, 2.86), (neck * 0.55, 2.42)]
        if turtle or deep:
            low = 2.34 + 0.5 * (deep or 0.0)
            line = smooth(
                [
                    (-neck - 0.02, 2.12),
                    (-neck * 0.62, low - 0.09),
                    (0, low),
                    (neck * 0.62, low - 0.09),
                    (neck + 0.02, 2.12),
                ],
                closed=False,
            )
        outline = np.concatenate([self.shoulders(), line])
        cover = canvas.cover(self.body(outline), 0.35)
        canvas.lay(cover, cloth)
        mask = canvas.whole(cover)
        for side in (-1, 1):
            fold = self.body(smooth([(side * 1.55, 2.6), (side * 1.35, 3.0), (side * 1.3, 3.6)], closed=False))
            canvas.dim(canvas.stroke([fold], 0.10 * k, 0.09 * k), 0.72, 0.8, mask)
            seam = self.body(smooth([(side * 1.0, 2.26), (side * 1.5, 2.52), (side * 2.2, 2.72)], closed=False))
            canvas.dim(canvas.stroke([seam], 0.02 * k, 0.01 * k), 0.7, 0.7, mask)
        if turtle:
            high = 2.30 - 0.62 * turtle
            ends = [(neck + 0.10, 2.24), (neck + 0.09, high)]
            tube = mirror([(0.0, 2.5), *ends])
            middle = smooth([(neck + 0.09, high), (0, high + 0.13), (-neck - 0.09, high)], closed=False)
            tube = np.concatenate([tube[:3], middle, tube[3:]])
            canvas.lay(canvas.cover(self.body(tube), 0.4), cloth * np.float32(1.08))
            canvas.dim(
                canvas.stroke([self.body(middle + np.array((0, 0.17 * turtle), np.float32))], 0.02 * k, 0.02 * k),
                0.7,
                0.8,
            )
        elif deep:
            canvas.dim(
                canvas.stroke([self.body(line + np.array((0, 0.06), np.float32))], 0.02 * k, 0.01 * k), 0.7, 0.8, mask
            )
        else:
            self.collar(cloth, mask, neck)

    def cloth(self) -> F32:
        """Return the garment's lit cloth over the whole canvas."""
        canvas, how = self.canvas, self.how
        colour = np.array(self.sitter.garment, np.float32)
        targets = (
            ("garment-like-backdrop", self.backdrop),
            ("sky-blue-garment", (118, 186, 236)),
            ("yellow-green-garment", (164, 196, 52)),
        )
        for name, target in targets:
            colour += how.get(name, 0.0) * (np.array(target, np.float32) - colour)
        x = (np.arange(canvas.width, dtype=np.float32) - self.origin[0]) / self.scale
        y = ((np.arange(canvas.height, dtype=np.float32) - self.origin[1]) / self.scale)[:, None]
        lit = (1.02 - 0.10 * (np.abs(x) / 2.3)[None, :] ** 2 - 0.05 * (y - 2.5)) * self.from_side()
        if how.get("garment-like-backdrop"):
            lit = 1 + (lit - 1) * (1 - 0.8 * how["garment-like-backdrop"])
        picture = colour * (lit + 0.025 * self.mottle + 0.02 * self.grain).astype(np.float32)[..., None]
        light = np.array((236, 234, 226), np.float32)
        if contrast := how.get("stripes"):
            band = (np.sin(x * 2 * np.pi / 0.30) > 0).astype(np.float32)
            picture += (0.85 * contrast * band)[None, :, None] * (light - picture)
        if contrast := how.get("checks"):
            across = (np.sin(x * 2 * np.pi / 0.36) > 0)[None, :].astype(np.float32)
            board = 0.5 * (across + (np.sin(y * 2 * np.pi / 0.36) > 0))
            picture += (0.85 * contrast * board)[..., None] * (light - picture)
        if size := how.get("print"):
            rng = stream(self.seed, "print")
            inks = ((232, 72, 60), (246, 206, 70), (70, 150, 230), (238, 238, 232))
            printed = np.array(picture)
            for n in range(26):
                at = self.body((rng.uniform(-1.9, 1.9), rng.uniform(2.55, 3.7)))
                blot = at + _circle() * np.array((0.19, 0.12), np.float32) * np.float32(size * self.scale)
                inside = skimage.draw.polygon(blot[:, 1], blot[:, 0], (canvas.height, canvas.width))
                printed[inside] = inks[n % 4] * lit[inside][:, None]
            picture = printed
        return np.asarray(picture, np.float32)

    def collar(self, cloth: F32, mask: F32, neck: float) -> None:
        """Draw the collar's wings, placket and buttons."""
        canvas, k = self.canvas, self.scale
        canvas.dim(canvas.stroke([self.body([(0.02, 2.86), (0.05, 4.5)])], 0.025 * k, 0.008 * k), 0.62, 0.9, mask)
        for row in (3.12, 3.55):
            button = self.body(np.array((-0.04, row), np.float32) + 0.04 * _circle())
            canvas.lay(canvas.cover(button, 0.4), np.array(self.sitter.garment, np.float32) * 0.55 + 46)
        for side in (-1, 1):
            wing = np.array(
                [
                    (neck + 0.06, 1.90),
                    (neck + 0.20, 2.16),
                    (0.80, 2.66),
                    (0.52, 2.86),
                    (0.02, 2.66),
                    (0.30, 2.42),
                    (neck * 0.92, 2.12),
                ],
                np.float32,
            ) * np.array((side, 1), np.float32)
            px = self.body(wing)
            canvas.dim(canvas.cover(px + np.array((0, 0.05 * k), np.float32), 0.05 * k), 0.62, 0.8, mask)
            cover = canvas.cover(px, 0.4)
            if cover is not None:
                canvas.lay(cover, cloth[cover[0]] * np.float32(1.13))
            hem = self.body(wing[2:5]) - np.array((side * 0.035 * k, 0.035 * k), np.float32)
            canvas.dim(canvas.stroke([hem], 1.0, 0.4), 0.8, 0.8)

    def ears(self) -> None:
        """Draw both ears."""
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            rim = np.array(
                [
                    (1.06, -0.02),
                    (1.17, -0.17),
                    (1.30, -0.15),
                    (1.365, 0.03),
                    (1.32, 0.27),
                    (1.245, 0.45),
                    (1.185, 0.585),
                    (1.10, 0.56),
                ],
                np.float32,
            )
            cover = self.shape(rim * flip, 0.004)
            if cover is not None:
                rows, columns = cover[0]
                self.canvas.lay(cover, self.tinted(0.90 * self.from_side()[columns] + self.texture[rows, columns]))
            mask = self.canvas.whole(cover)
            bowl = np.array([(1.12, 0.02), (1.22, -0.02), (1.26, 0.12), (1.20, 0.30), (1.13, 0.38)], np.float32)
            self.canvas.dim(self.shape(bowl * flip, 0.035), (0.66, 0.55, 0.5), 0.9, mask)
            fold = np.array([(1.15, -0.08), (1.27, -0.06), (1.30, 0.06), (1.255, 0.27)], np.float32)
            self.canvas.dim(self.line([fold * flip], 0.022, 0.014), (0.72, 0.6, 0.56), 0.9, mask)
            self.canvas.dim(self.line([rim[1:6] * flip], 0.03, 0.02), (0.86, 0.8, 0.78), 0.8, mask)

    def skull(self) -> None:
        """Draw the face's skin from the chin to the crown."""
        face = self.face
        cap = self.outline(self.c) * (1.0 if self.sitter.hair == "bald" else 0.965)
        above = cap[(cap[:, 1] < -0.2)]
        order = above[np.argsort(np.arctan2(above[:, 1] + 0.2, above[:, 0]))][::-1]
        edge = np.concatenate([face[:17], order])
        self.skin_cover = self.canvas.cover(self.head(smooth(edge)), 0.5)
        self.canvas.lay(self.skin_cover, self.flesh)
        self.mask = self.canvas.whole(self.skin_cover)
        for side in (-1, 1):
            cheek = np.array((side * 0.66, 0.52), np.float32) + _circle() * np.array((0.26, 0.2), np.float32)
            self.canvas.dim(
                self.canvas.cover(self.head(cheek), 0.13 * self.scale),
                (1.0, 0.925, 0.92),
                0.8 if not self.man else 0.5,
                self.mask,
            )
        if self.man:
            beard = np.concatenate(
                [
                    face[3:14] * np.array((0.97, 0.985), np.float32),
                    [(0.72, 0.86), (0.36, 0.80), (0, 0.84), (-0.36, 0.80), (-0.72, 0.86)],
                ]
            )
            self.canvas.dim(self.shape(beard, 0.1), (0.925, 0.935, 0.96), 0.8, self.mask)

    def eyes(self) -> None:
        """Draw both eyes."""
        for side, name in ((-1, "left"), (1, "right")):
            shut = max(self.how.get("eyes-closed", 0.0), self.how.get(f"{name}-eye-closed", 0.0))
            self.eye(side, 1 - shut)

    def eye(self, side: int, opening: float) -> None:
        """Draw one eye; an opening of 1 is wide open, 0 shut."""
        canvas, k = self.canvas, self.scale
        flip = np.array((side, 1), np.float32)
        eye = np.array(_EYE, np.float32)
        inner, a, b, outer, d, e = eye
        low = np.array([inner, e, d, outer], np.float32)
        shut = smooth(low, closed=False)
        high = smooth(
            np.array([inner, a, b, outer], np.float32) - np.array([[0, 0], [0, 0.006], [0, 0.006], [0, 0]], np.float32),
            closed=False,
        )
        high = (shut * (1 - opening) + high * opening).astype(np.float32)
        # the socket's shade and the lid's crease
        lid = np.concatenate([high, [(0.70, -0.07), (0.60, -0.15), (0.42, -0.15), (0.30, -0.07)]])
        canvas.dim(
            self.canvas.cover(self.head(lid * flip), 0.035 * k), (0.86, 0.80, 0.79), 0.35 + 0.55 * opening, self.mask
        )
        crease = np.array([(0.28, -0.03), (0.40, -0.13), (0.57, -0.142), (0.715, -0.05)], np.float32)
        canvas.dim(self.line([crease * flip], 0.016, 0.012), (0.66, 0.55, 0.52), 0.25 + 0.65 * opening, self.mask)
        bag = np.array([(0.30, 0.09), (0.42, 0.145), (0.58, 0.145), (0.70, 0.08)], np.float32)
        canvas.dim(self.line([bag * flip], 0.04, 0.025), (0.90, 0.85, 0.85), 0.8, self.mask)
        almond = np.concatenate([high, shut[::-1]])
        cover = canvas.cover(self.head(almond * flip), 0.4)
        if opening > 0.02:
            self.eyeball(side, canvas.whole(cover), cover)
        dark = self.skin * 0.16 + 8
        lash = [self.head(high * flip)]
        canvas.lay(canvas.stroke(lash, (0.030 if self.man else 0.038) * k, 0.006 * k), dark, 0.92)
        canvas.dim(canvas.stroke([self.head(shut[3:-2] * flip)], 0.016 * k, 0.008 * k), (0.62, 0.5, 0.48), 0.8)
        if not self.man:
            tail = outer + np.array([(-0.05, -0.035), (0.035, -0.035)], np.float32)
            canvas.lay(self.line([tail * flip], 0.022, 0.006), dark, 0.8)
        corner = inner + np.array((0.012, 0.004), np.float32) + 0.018 * _circle()
        canvas.lay(
            self.canvas.cover(self.head(corner * flip), 0.8),
            self.skin * np.array((0.9, 0.68, 0.66), np.float32),
            0.8 * opening,
        )

    def eyeball(self, side: int, mask: F32, cover: Any) -> None:
        """Draw what the lids leave free of the eyeball."""
        canvas, k = self.canvas, self.scale
        canvas.lay(cover, np.array((188, 179, 173), np.float32) * (0.80 + 0.20 * self.skin[0] / 238))
        centre = np.array((side * 0.5 + 0.11 * self.how.get("gaze-aside", 0.0), 0.0), np.float32)
        top = self.head(np.array((side * 0.5, -0.075), np.float32) + _circle() * np.array((0.24, 0.05), np.float32))
        iris = np.array(self.sitter.iris, np.float32)
        lens = self.how.get("coloured-contacts", 0.0)
        iris += lens * (np.array((142, 82, 196), np.float32) - iris)
        disc = canvas.cover(self.head(centre + 0.096 * _circle()), 0.5)
        canvas.lay(disc, iris * (0.52 - 0.2 * lens), 1.0, mask)
        canvas.lay(canvas.cover(self.head(centre + 0.080 * _circle()), 1.0), iris, 1.0, mask)
        canvas.lay(canvas.cover(self.head(centre + (0, 0.04) + 0.035 * _circle()), 1.6), iris * 1.25, 0.6, mask)
        red = self.how.get("red-eye", 0.0)
        pupil = np.array((14, 11, 10), np.float32) + red * np.array((206, 24, 30), np.float32)
        canvas.lay(canvas.cover(self.head(centre + (0.038 + 0.026 * red) * _circle()), 0.5), pupil, 1.0, mask)
        canvas.dim(canvas.cover(top, 0.025 * k), 0.62, 0.9, mask)
        canvas.lay(
            canvas.cover(self.head(centre + (-0.026, -0.030) + 0.015 * _circle()), 0.5), (246, 246, 246), 0.95, mask
        )

    def nose(self) -> None:
        """Draw nostrils and the edges of the nose; its form comes from the relief."""
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            hole = np.array([(0.045, 0.672), (0.085, 0.645), (0.14, 0.650), (0.145, 0.675), (0.09, 0.690)], np.float32)
            self.canvas.dim(self.shape(hole * flip, 0.010), (0.36, 0.26, 0.25), 0.9, self.mask)
            wing = np.array([(0.175, 0.50), (0.222, 0.56), (0.226, 0.63), (0.185, 0.675)], np.float32)
            self.canvas.dim(self.line([wing * flip], 0.024, 0.016), (0.70, 0.60, 0.58), 0.8, self.mask)
            flank = np.array([(0.13, 0.02), (0.115, 0.2), (0.13, 0.4)], np.float32)
            self.canvas.dim(self.line([flank * flip], 0.06, 0.045), (0.90, 0.86, 0.85), 0.8, self.mask)
        under = mirror([(0, 0.715), (0.08, 0.70), (0.17, 0.685)])
        self.canvas.dim(
            self.canvas.cover(self.head(np.concatenate([under, [(0, 0.755)]])), 0.02 * self.scale),
            (0.74, 0.64, 0.62),
            0.7,
            self.mask,
        )

    def mouth(self) -> None:
        """Draw the lips, and what shows between them."""
        canvas, f = self.canvas, self.face
        outer, inner = f[48:60], f[60:68]
        rose = self.skin * (
            np.array((0.86, 0.62, 0.62), np.float32) if not self.man else np.array((0.86, 0.70, 0.68), np.float32)
        )
        tint = rose / self.skin
        top = np.concatenate([smooth(outer[:7], closed=False), smooth(inner[4::-1], closed=False)])
        low = np.concatenate(
            [
                smooth(np.concatenate([outer[6:], outer[:1]]), closed=False),
                smooth(np.concatenate([inner[:1], inner[:3:-1]]), closed=False),
            ]
        )
        for lip, edge, gain in ((top, 0.012, 0.86), (low, 0.014, 1.0)):
            cover = canvas.cover(self.head(lip), edge * self.scale)
            if cover is not None:
                canvas.lay(cover, self.flesh[cover[0]] * (tint * np.float32(gain)), 0.9, self.mask)
        glow = np.array((0, float(f[66, 1] + f[57, 1]) / 2), np.float32) + _circle() * np.array(
            (0.14, 0.03), np.float32
        )
        canvas.dim(canvas.cover(self.head(glow), 0.02 * self.scale), 1.12, 0.8, self.mask)
        below = np.array((0, f[57, 1] + 0.05), np.float32) + _circle() * np.array((0.2, 0.03), np.float32)
        canvas.dim(canvas.cover(self.head(below), 0.03 * self.scale), (0.84, 0.78, 0.77), 0.8, self.mask)
        gape = float(f[66, 1] - f[62, 1])
        middle = smooth(f[60:65], closed=False)
        if gape > 0.02:
            hole = np.concatenate([middle, smooth(np.concatenate([f[64:68], f[60:61]]), closed=False)])
            cover = canvas.cover(self.head(hole), 0.5)
            inside = canvas.whole(cover)
            canvas.lay(cover, (58, 22, 22))
            tall = min(0.12, gape * 0.75)
            teeth = np.concatenate(
                [
                    middle * np.array((0.86, 1), np.float32),
                    (middle * np.array((0.80, 1), np.float32) + np.array((0, tall), np.float32))[::-1],
                ]
            )
            canvas.lay(canvas.cover(self.head(teeth), 0.7), (228, 222, 208), 1.0, inside)
            gaps = [
                np.array([(x, f[62, 1]), (x, f[62, 1] + tall)], np.float32) for x in (-0.19, -0.10, 0.0, 0.10, 0.19)
            ]
            canvas.dim(canvas.stroke([self.head(g) for g in gaps], 1.0, 0.5), 0.8, 0.8, inside)
        canvas.dim(canvas.stroke([self.head(middle)], 0.020 * self.scale, 0.006 * self.scale), (0.42, 0.30, 0.30), 0.95)
        for side in (-1, 1):
            corner = np.asarray(f[54 if side > 0 else 48]) + 0.03 * _circle()
            canvas.dim(canvas.cover(self.head(corner), 0.02 * self.scale), (0.78, 0.70, 0.70), 0.7, self.mask)

    def brows(self) -> None:
        """Draw the brows hair by hair."""
        rng = stream(self.seed, "brows")
        ink = np.minimum(self.hair, self.skin * 0.62) * 0.9
        thick = 0.062 if self.man else 0.045
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            mid = smooth(
                np.array(_BROW, np.float32) + np.array((0, 0.03 if self.man else 0.0), np.float32), closed=False
            )
            t = np.linspace(0, 1, len(mid), dtype=np.float32)
            half = thick * (0.75 + 0.45 * np.sin(np.pi * np.minimum(t * 1.1, 1))) * (1 - 0.72 * t**2)
            up = mid  # the landmarks run along the upper edge
            down = mid + np.column_stack([0 * half, 2 * half])
            self.canvas.lay(
                self.canvas.cover(self.head(np.concatenate([up, down[::-1]]) * flip), 0.018 * self.scale),
                ink,
                0.62,
                self.mask,
            )
            hairs: list[F32] = []
            for _ in range(46):
                i = int(rng.integers(0, len(mid) - 6))
                start = down[i] + (up[i] - down[i]) * np.float32(rng.uniform(-0.05, 0.8))
                along = mid[min(i + 5, len(mid) - 1)] - mid[i]
                end = start + along * 1.1 - np.array((0, half[i] * (0.8 - t[i])), np.float32)
                hairs.append(self.head(np.array([start, end]) * flip))
            self.canvas.lay(self.canvas.stroke(hairs, 1.0, 0.0), ink * 0.8, 0.55, self.mask)

    def strands(self, pairs: list[F32], name: str, cover: Any, colour: F32, strength: float = 0.5) -> None:
        """Fill a shape with hair of a colour that runs along the given curves, in pixels."""
        if cover is None:
            return
        layer = np.full((self.canvas.height, self.canvas.width), 112, np.uint8)
        rng = stream(self.seed, name)
        levels = (40, 176, 84, 152, 60, 210, 100, 136)
        order = rng.permutation(len(pairs))
        fixed = [np.round(pairs[i] * 16).astype(np.int32) for i in order]
        for n, level in enumerate(levels):
            cv2.polylines(layer, fixed[n :: len(levels)], False, level, 1, cv2.LINE_AA, 4)
        box = cover[0]
        shade = (
            1
            + strength * (cv2.GaussianBlur(layer[box], (3, 3), 0.6).astype(np.float32) - 112) / 128
            + 0.02 * self.grain[box]
        )
        self.canvas.lay(cover, (colour + 14) * shade[..., None])

    def front_hair(self) -> None:
        """Draw the hair above the face."""
        rng = stream(self.seed, "hair")
        style = self.sitter.hair
        cap = self.outline(self.c)
        n = len(cap) // 2 + 1
        outer = smooth(cap[:n], closed=False)  # right half from the crown down
        outer_left = smooth(cap[:1].tolist() + cap[: n - 1 : -1].tolist(), closed=False)
        line = _hairline(self.sitter, self.c)
        inner = smooth(line, closed=False)
        inner_left = inner * np.array((-1, 1), np.float32)
        ring = np.concatenate([outer_left[::-1], outer[1:], inner[::-1], inner_left[1:]])
        cover = self.canvas.cover(self.head(ring), 0.7)
        count = 900 if style != "cropped" else 700
        a, b, jitter, bend = rng.random((4, count, 1)).astype(np.float32)
        right = a < 0.5
        part = (2 * a) % 1
        row = (part[:, 0] * (len(inner) - 1)).astype(int)
        near = np.where(right, inner[row], inner_left[row])
        row = (np.minimum(1.0, part * 0.96 + 0.06 * jitter)[:, 0] * (len(outer) - 1)).astype(int)
        far = np.where(right, outer[row], outer_left[np.minimum(row, len(outer_left) - 1)])
        side = np.where(right, np.float32(1), np.float32(-1))
        start = near + (far - near) * b
        stop = start + (far - near) * 0.06 + (jitter - 0.5) * 0.05
        bow = np.zeros_like(start)
        if style == "short" and self.man:
            start, stop = near + (far - near) * (b * 0.8 - 0.05), near + (far - near) * (b * 0.8 + 0.25)
            bow = np.column_stack([side * 0.04 * (bend + 0.3), np.full_like(side, -0.03)])
        if style == "cropped" or (style == "short" and self.man):
            t = np.linspace(0, 1, 7, dtype=np.float32)[:, None]
            bent = start[:, None] * (1 - t) + stop[:, None] * t + bow[:, None] * (4 * t * (1 - t))
        else:  # combed from the parting down both sides, between the hairline and the head's outline
            grid = np.linspace(0, 1, 24)
            lines = []
            for edge in (inner, outer, inner_left, outer_left):
                at = np.linspace(0, len(edge) - 1, 24)
                lines.append(np.column_stack([np.interp(at, np.arange(len(edge)), edge[:, i]) for i in (0, 1)]))
            family = np.where(right[..., None], lines[0], lines[2]) * (1 - b[..., None])
            family = family + np.where(right[..., None], lines[1], lines[3]) * b[..., None]
            offset = 0.34 if style in ("short", "long") else 0.0
            family[..., 0] += offset * (1 - grid) ** 2 * (1.0 - 0.4 * b)
            first = (part[:, 0] * 17).astype(int)[:, None] + np.arange(7)
            bent = np.take_along_axis(family, first[..., None], axis=1).astype(np.float32)
            bent[..., 1] -= 0.02 * (jitter - 0.5)
        curves = list(self.head(bent))
        colour = self.hair
        self.canvas.dim(
            self.canvas.stroke([self.head(inner), self.head(inner_left)], 0.07 * self.scale, 0.05 * self.scale),
            (0.80, 0.74, 0.72),
            0.8,
            self.mask,
        )
        soft = self.canvas.cover(self.head(ring), (0.9 if style != "cropped" else 2.2) * self.unit_px)
        self.strands(curves, "strands", soft, colour, 0.55 if style != "cropped" else 0.3)
        mask = self.canvas.whole(cover)
        sheen = np.array((0, -0.80 * self.c), np.float32) + _circle() * np.array((0.75, 0.13), np.float32)
        self.canvas.dim(self.canvas.cover(self.head(sheen), 0.12 * self.scale), 1.38, 0.75, mask)
        for edge in (outer, outer_left):
            self.canvas.dim(
                self.canvas.stroke([self.head(edge)], 0.10 * self.scale, 0.08 * self.scale), 0.78, 0.9, mask
            )

    def back_hair(self) -> None:
        """Draw long hair that falls behind ears and shoulders."""
        rng = stream(self.seed, "back hair")
        right = smooth(
            [(0.9, -0.9), (1.27, -0.3), (1.33, 0.35), (1.27, 1.1), (1.30, 1.8), (1.22, 2.5), (0.9, 2.9)], closed=False
        )
        left = right * np.array((-1, 1), np.float32)
        cover = self.canvas.cover(self.head(np.concatenate([right, left[::-1]])), 0.7)
        curves = []
        for a, b in rng.random((260, 2)).astype(np.float32):
            edge = right if a < 0.5 else left
            inset = np.array(((-1 if a < 0.5 else 1) * 0.75 * b**1.5, 0.0), np.float32)
            first = int(rng.integers(0, len(edge) // 2))
            curves.append(self.head(edge[first : first + len(edge) // 2] + inset))
        self.strands(curves, "back strands", cover, self.hair * 0.8, 0.5)
        mask = self.canvas.whole(cover)
        inside = np.array((0, 1.5), np.float32) + _circle() * np.array((0.95, 1.2), np.float32)
        self.canvas.dim(self.canvas.cover(self.head(inside), 0.12 * self.scale), 0.5, 0.8, mask)

    def glasses(self) -> None:
        """Draw glasses; their lenses are clear unless a defect says otherwise."""
        canvas, k, how = self.canvas, self.scale, self.how
        ink = np.array((38, 34, 34), np.float32)
        thick = 0.034
        slip = np.array((0, 0.205 * how.get("frame-over-eyes", 0.0)), np.float32)
        rims = []
        clear = 1 - 0.92 * how.get("tinted-lenses", 0.0)
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            rim = (_rounded(0.37, 0.255) + np.array((0.5, 0.055), np.float32) + slip) * flip
            rims.append(self.head(np.concatenate([rim, rim[:1]])))
            temple = np.array([(0.86, -0.05), (1.0, -0.06), (1.16, -0.04)], np.float32)
            temple[:2] += slip
            rims.append(self.head(temple * flip))
            lens = canvas.cover(self.head(rim), 0.5)
            canvas.dim(lens, np.array((0.975, 0.985, 0.985), np.float32) * clear)
            if glare := how.get("glare"):
                inside = canvas.whole(lens)
                for at, size in (((0.50, 0.02), (0.30, 0.17)), ((0.66, 0.14), (0.16, 0.06))):
                    spot = (np.array(at, np.float32) + slip) * flip + _circle() * np.array(size, np.float32) * glare
                    canvas.lay(canvas.cover(self.head(spot), 0.02 * k), (247, 250, 252), 0.55 + 0.42 * glare, inside)
        rims.append(self.head(smooth([(-0.14, -0.02), (0, -0.065), (0.14, -0.02)], closed=False) + slip))
        shadow = canvas.stroke([r + np.array((0, 0.03 * k), np.float32) for r in rims], thick * k, 0.02 * k)
        canvas.dim(shadow, 0.75, 0.6, self.mask)
        canvas.lay(canvas.stroke(rims, thick * k, 0.3), ink, 0.95)
        canvas.lay(
            canvas.stroke([r - np.array((0, 0.006 * k), np.float32) for r in rims], 0.008 * k, 0.3), ink + 90, 0.5
        )

    def make_up(self, severity: float) -> None:
        """Draw lipstick, eye shadow and rouge."""
        canvas, k, f = self.canvas, self.scale, self.face
        lips = np.concatenate(
            [smooth(f[48:55], closed=False), smooth(np.concatenate([f[54:60], f[48:49]]), closed=False)]
        )
        canvas.lay(canvas.cover(self.head(lips), 0.008 * k), (158, 18, 48), 0.8 * severity, self.mask)
        canvas.dim(canvas.stroke([self.head(smooth(f[60:65], closed=False))], 0.018 * k, 0.006 * k), 0.5, severity)
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            lid = smooth(
                [
                    (0.27, -0.01),
                    (0.36, -0.19),
                    (0.56, -0.235),
                    (0.80, -0.17),
                    (0.73, -0.02),
                    (0.58, -0.085),
                    (0.42, -0.085),
                ]
            )
            canvas.lay(canvas.cover(self.head(lid * flip), 0.025 * k), (74, 48, 118), 0.75 * severity, self.mask)
            liner = np.array([(0.28, 0.02), (0.42, -0.085), (0.575, -0.09), (0.78, -0.05)], np.float32)
            canvas.lay(self.line([liner * flip], 0.045, 0.006), (14, 10, 14), severity, self.mask)
            rouge = (np.array((0.72, 0.56), np.float32) + _circle() * np.array((0.24, 0.16), np.float32)) * flip
            canvas.dim(canvas.cover(self.head(rouge), 0.09 * k), (1.0, 0.62, 0.66), 0.85 * severity, self.mask)

    def hot_spots(self, severity: float) -> None:
        """Draw shine on the skin."""
        spots = (
            (0.0, -0.62, 0.40, 0.16),
            (0.0, 0.44, 0.07, 0.10),
            (0.62, 0.40, 0.20, 0.12),
            (-0.62, 0.40, 0.20, 0.12),
            (0.0, 1.58, 0.14, 0.07),
        )
        grow = 0.55 + 0.45 * severity
        for x, y, wide, tall in spots:
            spot = np.array((x, y), np.float32) + _circle() * np.array((wide, tall), np.float32) * np.float32(grow)
            self.canvas.lay(self.canvas.cover(self.head(spot), 0.04 * self.scale), (255, 253, 248), severity, self.mask)

    def face_shadow(self, severity: float) -> None:
        """Draw the shadow of something that stands in the light."""
        half = [(0.10, -2.6), (0.34, -0.6), (0.16, 0.7), (0.38, 2.6), (2.5, 2.6), (2.5, -2.6)]
        cover = self.canvas.cover(self.head(half), 0.02 * self.scale)
        skin = np.maximum(self.mask, self.neck_mask)
        self.canvas.dim(cover, np.array((0.40, 0.36, 0.36), np.float32), severity, skin)

    def topknot(self, severity: float) -> None:
        """Draw a bun on the crown."""
        rise = 65 * self.unit_px / self.scale * severity
        wide = 0.24 + 0.2 * severity
        middle = np.array((0, -self.c - rise / 2 + 0.10), np.float32)
        axes = np.array((wide, rise / 2 + 0.10), np.float32)
        px = self.head(middle + _circle() * axes)
        self.top_px = min(self.top_px, float(px[:, 1].min()))
        arcs = [_circle()[2:14], _circle()[16:]]
        curves = [
            self.head(middle + arc * axes * t) for t in np.linspace(0.25, 1, 24, dtype=np.float32) for arc in arcs
        ]
        self.strands(curves, "bun", self.canvas.cover(px, 0.7), self.hair, 0.55)

    def locks(self) -> None:
        """Draw hair that falls where it should not: over the brows and eyes, over the ears."""
        if fall := self.how.get("fringe"):
            rng = stream(self.seed, "fringe")
            inner = smooth(_hairline(self.sitter, self.c)[:5], closed=False)
            top = np.concatenate([inner[::-1] * np.array((-1, 1), np.float32), inner[1:]])
            top = top[:: max(1, len(top) // 24)]
            tip = np.maximum(
                top[:, 1] + 0.04, -0.92 + 1.08 * fall + rng.uniform(-0.05, 0.05, len(top)).astype(np.float32)
            )
            low = np.column_stack([top[:, 0] * 0.93, tip])
            above = top - np.array((0, 0.14), np.float32)
            cover = self.canvas.cover(self.head(np.concatenate([above, low[::-1]])), 0.8)
            curves = []
            for t in rng.uniform(0, len(top) - 1.001, 260):
                i, part = int(t), np.float32(t % 1)
                a = above[i] + (above[i + 1] - above[i]) * part
                b = low[i] + (low[i + 1] - low[i]) * part
                curves.append(
                    self.head(smooth([a, (a + b) / 2 + np.array((0.03, 0), np.float32), b], closed=False, steps=4))
                )
            shade = self.canvas.cover(
                self.head(np.concatenate([above, low[::-1] + np.array((0, 0.07), np.float32)])), 0.05 * self.scale
            )
            self.canvas.dim(shade, 0.75, 0.8, self.mask)
            self.strands(curves, "fringe strands", cover, self.hair, 0.55)
        for side, name in ((-1, "left"), (1, "right")):
            fall = max(self.how.get("hair-over-ears", 0.0), self.how.get(f"{name}-ear-covered", 0.0))
            if not fall:
                continue
            flip = np.array((side, 1), np.float32)
            end = -0.25 + 1.35 * fall
            outer = [
                (0.98, -1.05),
                (1.25, -0.68),
                (1.36, -0.25),
                (1.42, max(-0.2, 0.5 * end)),
                (1.36, max(-0.1, end - 0.1)),
            ]
            within = [(0.78, -0.95), (0.95, -0.62), (1.00, -0.30), (1.01, max(-0.22, 0.5 * end)), (1.04, end - 0.02)]
            rim = smooth(np.array([*outer, (1.20, end)], np.float32) * flip, closed=False)
            inside = smooth(np.array([*within, (1.12, end)], np.float32) * flip, closed=False)
            cover = self.canvas.cover(self.head(np.concatenate([rim, inside[::-1]])), 0.7)
            rng = stream(self.seed, f"{name} lock")
            curves = [self.head(inside + (rim - inside) * np.float32(t)) for t in rng.random(110)]
            self.strands(curves, f"{name} lock strands", cover, self.hair, 0.5)

    def face_mask(self, severity: float) -> None:
        """Draw a mask that has been pulled up this far."""
        top = 1.62 - 1.30 * severity
        jaw = smooth(self.face[:17], closed=False) * np.array((1.01, 1.015), np.float32)
        lower = jaw[jaw[:, 1] > top + 0.06]
        edge = smooth(
            [lower[-1], (0.5, top + 0.03), (0, top - 0.06 * severity), (-0.5, top + 0.03), lower[0]], closed=False
        )
        cover = self.canvas.cover(self.head(np.concatenate([lower, edge])), 0.5)
        ink = (
            np.array((176, 206, 220), np.float32)
            * (0.94 + 0.5 * self.texture[..., None])
            * self.from_side()[None, :, None]
        )
        for end, side in ((lower[-1], 1), (lower[0], -1)):
            strap = self.head([end, (side * 1.16, -0.02)])
            self.canvas.lay(self.canvas.stroke([strap], 0.025 * self.scale, 0.3), (236, 238, 240), 0.95)
        self.canvas.lay(cover, ink.astype(np.float32))
        mask = self.canvas.whole(cover)
        for row in np.linspace(top + 0.15, 1.75, 5):
            pleat = self.head(smooth([(-1.1, row), (0, row - 0.05), (1.1, row)], closed=False))
            self.canvas.dim(self.canvas.stroke([pleat], 0.02 * self.scale, 0.015 * self.scale), 0.82, 0.9, mask)

    def headband(self, severity: float) -> None:
        """Draw a band over the hair."""
        top = 0.42 + 0.50 * (self.c - 0.42)
        half = 0.02 + 0.15 * severity
        arc = smooth(
            [
                (-1.35, -0.1),
                (-1.16, -0.62),
                (-0.7, -top - 0.12),
                (0, -top - 0.24),
                (0.7, -top - 0.12),
                (1.16, -0.62),
                (1.35, -0.1),
            ],
            closed=False,
        )
        cap = self.canvas.whole(
            self.canvas.cover(self.head(smooth(self.outline(self.c)) * np.array((1.02, 1.0), np.float32)), 0.5)
        )
        cover = self.canvas.stroke([self.head(arc)], 2 * half * self.scale, 0.4)
        self.canvas.lay(cover, (168, 28, 46), 1.0, cap)
        self.canvas.dim(
            self.canvas.stroke(
                [self.head(arc + np.array((0, 0.6 * half), np.float32))], 0.5 * half * self.scale, 0.03 * self.scale
            ),
            0.75,
            0.8,
            cap,
        )

    def hat(self, severity: float) -> None:
        """Draw a knitted hat, pulled down this far."""
        low = -self.c * 0.80 + (self.c * 0.80 - 0.46) * severity
        cap = smooth(self.outline(self.c + 0.10)) * np.array((1.06, 1.0), np.float32)
        above = cap[cap[:, 1] < low]
        above = above[np.argsort(-np.arctan2(-(above[:, 1] - low) + 1e-3, above[:, 0]))]
        brim = smooth(
            [above[-1], (0.5 * above[-1, 0], low + 0.10), (0.5 * above[0, 0], low + 0.10), above[0]], closed=False
        )
        px = self.head(np.concatenate([above, brim]))
        self.top_px = min(self.top_px, float(px[:, 1].min()))
        ink = np.array((158, 60, 66), np.float32)
        wool = ink * (1.0 + 0.09 * self.grain + 0.06 * self.mottle)[..., None]
        self.canvas.dim(
            self.canvas.stroke([self.head(brim)], 0.08 * self.scale, 0.06 * self.scale), 0.7, 0.8, self.mask
        )
        cover = self.canvas.cover(px, 0.6)
        self.canvas.lay(cover, wool)
        mask = self.canvas.whole(cover)
        ribs = [
            self.head(smooth([(x, low + 0.1), (0.9 * x, (low - self.c) / 2), (0.3 * x, -self.c - 0.1)], closed=False))
            for x in np.linspace(-1.25, 1.25, 27)
        ]
        self.canvas.dim(self.canvas.stroke(ribs, 0.03 * self.scale, 0.012 * self.scale), 0.72, 0.8, mask)
        roll = brim - np.array((0, 0.14), np.float32)
        self.canvas.dim(self.canvas.stroke([self.head(roll)], 0.04 * self.scale, 0.03 * self.scale), 0.6, 0.8, mask)

    def scarf(self, severity: float) -> None:
        """Draw a head scarf, closed this far."""
        top = self.c * 0.97 - (self.c * 0.97 - 0.92) * severity
        wide = 1.36 - 0.36 * severity
        c = self.c + 0.05
        outer = smooth(
            mirror(
                [
                    (0, -c),
                    (0.62, -0.93 * c),
                    (1.12, -0.66 * c),
                    (1.42, -0.2),
                    (1.46, 0.5),
                    (1.30, 1.3),
                    (1.12, 2.0),
                    (1.35, 2.6),
                    (0.5, 3.0),
                ]
            )
        )
        hole = smooth(
            mirror(
                [
                    (0, -top),
                    (0.55 * wide, -0.93 * top),
                    (0.9 * wide, -0.55 * top),
                    (wide, 0.05),
                    (0.97 * wide, 0.8),
                    (0.70 * wide, 1.50),
                    (0, 1.93 - 0.1 * severity),
                ]
            )
        )
        px, gap = self.head(outer), self.head(hole)
        self.top_px = min(self.top_px, float(px[:, 1].min()))
        start = int(np.argmin(np.linalg.norm(gap - px[0], axis=1)))
        gap = np.roll(gap, -start, axis=0)
        cover = self.canvas.cover(np.concatenate([px, px[:1], gap[:1], gap[::-1]]), 0.5)
        inside = self.canvas.stroke([np.concatenate([gap, gap[:1]])], 0.10 * self.scale, 0.07 * self.scale)
        self.canvas.dim(inside, 0.7, 0.8)
        ink = np.array((70, 62, 104), np.float32) * (1.0 + 0.05 * self.mottle + 0.02 * self.grain)[..., None]
        self.canvas.lay(cover, ink.astype(np.float32))
        mask = self.canvas.whole(cover)
        for t in (0.25, 0.5, 0.75):
            for side in (-1, 1):
                fold = np.array(
                    [
                        (0.3, -c + 0.1 + 0.2 * t),
                        (wide + t * (1.42 - wide), -0.2),
                        (wide + t * (1.4 - wide), 0.7),
                        (0.75 + 0.3 * t, 1.8),
                    ],
                    np.float32,
                )
                self.canvas.dim(self.line([fold * np.array((side, 1), np.float32)], 0.04, 0.03), 0.75, 0.8, mask)

    def hand(self, severity: float) -> None:
        """Draw a hand that has come this far over the cheek."""
        shift = np.array((1.62 - 1.55 * severity, 0.0), np.float32)
        palm = smooth(
            np.array(
                [(0.30, 0.62), (0.75, 0.60), (1.05, 1.0), (1.1, 1.6), (1.5, 2.4), (0.7, 2.6), (0.35, 1.7), (0.18, 1.2)],
                np.float32,
            )
            + shift
        )
        fingers = [
            np.array(
                [(0.55, 0.75 + 0.21 * n), (0.12 + 0.03 * n, 0.62 + 0.22 * n), (-0.28 + 0.06 * n, 0.56 + 0.23 * n)],
                np.float32,
            )
            + shift
            for n in range(4)
        ]
        skin = self.tinted(np.float32(0.95) + self.texture)
        canvas, k = self.canvas, self.scale
        canvas.dim(canvas.cover(self.head(palm - np.array((0.06, 0), np.float32)), 0.06 * k), 0.7, 0.8)
        canvas.lay(canvas.cover(self.head(palm), 0.5), skin)
        for finger in fingers:
            canvas.dim(self.line([finger + np.array((-0.03, 0.03), np.float32)], 0.22, 0.03), 0.62, 0.9)
            canvas.lay(self.line([finger], 0.19, 0.01), skin)
            nail = finger[-1] + np.array((0.02, -0.01), np.float32) + _circle() * np.array((0.06, 0.045), np.float32)
            canvas.lay(canvas.cover(self.head(nail), 0.5), self.skin * 0.6 + 96, 0.6)

    def turn_head(self) -> None:
        """Turn and raise the head: each point moves by its depth, as far as one picture can show it."""
        yaw = math.radians(35 * self.how.get("head-turned", 0.0))
        pitch = math.radians(33 * self.how.get("head-raised", 0.0))
        if not yaw and not pitch:
            return
        _, depth = _relief(self.man)
        depth = cv2.GaussianBlur(depth, (0, 0), 0.18 * _GRID) - 0.38
        u = np.arange(_LEFT, _RIGHT, 1 / _GRID, dtype=np.float32)[None, :]
        v = np.arange(_TOP, _BOTTOM, 1 / _GRID, dtype=np.float32)[:, None]
        # The blur that keeps the cheeks' edges from folding over has flattened the nose.
        depth += 0.26 * np.exp(-((u / 0.34) ** 2) - ((v - 0.48) / 0.40) ** 2)
        fade = np.clip((2.3 - np.abs(u)) / 0.8, 0, 1) * np.clip((2.2 - np.abs(v - 0.15)) / 0.4, 0, 1)
        dx = ((u * (math.cos(yaw) - 1) + depth * math.sin(yaw)) * fade).astype(np.float32)
        dy = (((v - 0.3) * (math.cos(pitch) - 1) - depth * math.sin(pitch)) * fade).astype(np.float32)

        def at(layer: F32, x: Any, y: Any) -> F32:
            column, row = (x - _LEFT) * _GRID, (y - _TOP) * _GRID
            return cv2.remap(
                layer,
                column.astype(np.float32),
                row.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
            )  # type: ignore[return-value]

        uu, vv = np.broadcast_arrays(u, v)
        x, y = uu, vv
        for _ in range(8):  # the point that comes to (u, v)
            x, y = uu - at(dx, x, y), vv - at(dy, x, y)
        back = np.linalg.inv(
            np.vstack([np.column_stack([self.turn * (self.scale / _GRID), self.head((_LEFT, _TOP))]), (0, 0, 1)])
        )[:2]
        size = self.canvas.width, self.canvas.height
        shift = np.dstack([x - uu, y - vv]) @ (self.turn.T * self.scale)
        shift = cv2.warpAffine(shift.astype(np.float32), back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        columns, rows = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
        self.canvas.pixels = np.asarray(
            cv2.remap(
                self.canvas.pixels,
                columns + shift[..., 0],
                rows + shift[..., 1],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )
        px, py = self.face[:, :1], self.face[:, 1:]
        self.face = self.face + np.column_stack([at(dx, px, py), at(dy, px, py)])
        ex, ey = self.pupils[:, :1], self.pupils[:, 1:]
        self.pupils = self.pupils + np.column_stack([at(dx, ex, ey), at(dy, ex, ey)])

    def finish(self) -> tuple[U8, Truth]:
        """Add the sensor's grain and say what was drawn."""
        picture = self.canvas.pixels
        picture += (0.9 * self.grain)[..., None]
        landmarks = self.head(self.face)
        pupils = self.head(self.pupils)
        truth = Truth(
            crown_y=float(self.crown_px),
            top_y=float(self.top_px),
            eye_y=float(pupils[:, 1].mean()),
            face_width=float(np.linalg.norm(landmarks[15] - landmarks[1])),
            centre_x=float(pupils[:, 0].mean()),
            roll=self.roll,
            pupils=pupils,
            landmarks=landmarks,
        )
        return cv2.convertScaleAbs(np.maximum(picture, 0)), truth  # type: ignore[return-value]


@functools.cache
def _circle() -> F32:
    """Return a unit circle of 28 points."""
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    circle = np.column_stack([np.cos(t), np.sin(t)]).astype(np.float32)
    circle.flags.writeable = False
    return circle


def _rounded(wide: float, tall: float, power: float = 3.2) -> F32:
    """Return a superellipse about the origin with the given half axes."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    return np.column_stack(
        [wide * np.sign(c) * np.abs(c) ** (2 / power), tall * np.sign(s) * np.abs(s) ** (2 / power)]
    ).astype(np.float32)
