"""The drawing: a shaded head, neck and shoulders, from the shape of the mean face."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photospec.testing.sitter import FACE_BREADTH, Colour, Geometry, Sitter, Truth

__all__ = ["draw"]

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

# The mean of 68 landmarks over neutral faces, in eye distances from the middle between the pupils, made symmetric:
# the points of the image's right half and of the middle. Geometry of nobody in particular.
_JAW = [(0, 1.82), (0.297, 1.78), (0.558, 1.649), (0.774, 1.461), (0.927, 1.227), (1.011, 0.95), (1.062, 0.659), (1.11, 0.369), (1.137, 0.071)]
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

_GRID = 64  # shading cells per eye distance
_LEFT, _TOP, _RIGHT, _BOTTOM = -1.6, -2.6, 1.6, 2.6  # its extent


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
    across = np.exp(-(((u - x) / width) ** 2))
    if x:
        across = across + np.exp(-(((u + x) / width) ** 2))
    return (height * np.exp(-(((v - y) / tall) ** 2))[:, None] * across[None, :]).astype(np.float32)


@functools.lru_cache(maxsize=4)
def _relief(man: bool) -> tuple[F32, F32]:
    """Return the unit normals (H, W, 3) of the face and its height (H, W) on the shading grid."""
    u = np.arange(_LEFT, _RIGHT, 1 / _GRID, dtype=np.float32)
    v = np.arange(_TOP, _BOTTOM, 1 / _GRID, dtype=np.float32)
    body = 1 - (np.abs(u / 1.33) ** 2.6)[None, :] - (np.abs((v - 0.1) / 2.25) ** 2.8)[:, None]
    z = 0.85 * np.sqrt(np.maximum(body, 0.03)).astype(np.float32)
    z = cv2.GaussianBlur(z, (0, 0), 3)
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
    z = cv2.GaussianBlur(z, (0, 0), 1.5)
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

    def cover(self, points: F32, soft: float = 0.0) -> tuple[tuple[slice, slice], F32] | None:
        """Return the box of a polygon in pixels and how far it covers each pixel of it, or None if outside."""
        pad = math.ceil(3 * soft) + 2
        left, top = np.floor(points.min(0)).astype(int) - pad
        right, bottom = np.ceil(points.max(0)).astype(int) + pad + 1
        left, top = max(left, -40), max(top, -40)
        right, bottom = min(right, self.width + 40), min(bottom, self.height + 40)
        if right <= max(left, 0) or bottom <= max(top, 0) or left >= self.width or top >= self.height:
            return None
        mask = np.zeros((bottom - top, right - left), np.uint8)
        fixed = np.round((points - (left, top)) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 4)
        return self._seen(mask, left, top, soft)

    def stroke(self, curves: list[F32], thick: float, soft: float = 0.0) -> tuple[tuple[slice, slice], F32] | None:
        """Return the box and cover of lines in pixels."""
        every = np.concatenate(curves)
        pad = math.ceil(3 * soft + thick) + 2
        left, top = np.maximum(np.floor(every.min(0)).astype(int) - pad, -40)
        right, bottom = np.minimum(np.ceil(every.max(0)).astype(int) + pad + 1, (self.width + 40, self.height + 40))
        if right <= max(left, 0) or bottom <= max(top, 0) or left >= self.width or top >= self.height:
            return None
        mask = np.zeros((bottom - top, right - left), np.uint8)
        fixed = [np.round((c - (left, top)) * 16).astype(np.int32) for c in curves]
        whole = max(1, round(thick))
        cv2.polylines(mask, fixed, False, round(255 * min(1.0, thick / whole)), whole, cv2.LINE_AA, 4)
        return self._seen(mask, left, top, soft)

    def _seen(self, mask: U8, left: int, top: int, soft: float) -> tuple[tuple[slice, slice], F32]:
        if soft > 0.2:
            cv2.GaussianBlur(mask, (0, 0), soft, mask)
        x, y = max(-left, 0), max(-top, 0)
        seen = mask[y : self.height - top, x : self.width - left]
        box = slice(top + y, top + y + seen.shape[0]), slice(left + x, left + x + seen.shape[1])
        return box, seen.astype(np.float32) * np.float32(1 / 255)

    def lay(self, cover: tuple[tuple[slice, slice], F32] | None, colour: Any, opacity: float = 1.0, clip: F32 | None = None) -> None:
        """Lay a colour, or a picture of the canvas's size, where `cover` says."""
        if cover is None:
            return
        box, alpha = cover
        if clip is not None:
            alpha = alpha * clip[box]
        alpha = (alpha * np.float32(opacity))[..., None]
        under = self.pixels[box]
        ink = colour[box] if isinstance(colour, np.ndarray) and colour.ndim == 3 else np.asarray(colour, np.float32)
        under += alpha * (ink - under)

    def dim(self, cover: tuple[tuple[slice, slice], F32] | None, factor: Any, opacity: float = 1.0, clip: F32 | None = None) -> None:
        """Multiply the picture by a factor (or three) where `cover` says; the texture stays."""
        if cover is None:
            return
        box, alpha = cover
        if clip is not None:
            alpha = alpha * clip[box]
        self.pixels[box] *= 1 + (alpha * np.float32(opacity))[..., None] * (np.asarray(factor, np.float32) - 1)

    def whole(self, cover: tuple[tuple[slice, slice], F32] | None) -> F32:
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
        arc = np.column_stack([side * np.maximum(np.cos(angles), 0) ** power, -0.12 - (c - 0.12) * np.sin(angles) ** power])
        return mirror(np.concatenate([arc, [(side - 0.02, 0.02), (side - 0.07, low)]]))[:-1]

    return outline


def _hairline(sitter: Sitter, c: float) -> F32:
    """Return the face's edge of the hair, right half, from the middle down to the ear."""
    top = 0.42 + 0.50 * (c - 0.42)
    recede = 0.06 if sitter.sex == "man" else 0.0
    low = 0.14 if sitter.sex == "man" else 0.02
    return np.array(
        [(0, -top), (0.35, -top + 0.005 - recede), (0.66, -top + 0.10 - recede), (0.90, -0.72 * top + 0.03), (1.01, -0.48 * top),
         (1.04, -0.12), (1.085, low)],
        np.float32,
    )  # fmt: skip


def draw(
    seed: int, sitter: Sitter, geometry: Geometry, backdrop: Colour, size: tuple[int, int], how: Mapping[str, float]
) -> tuple[U8, Truth]:
    """Draw a portrait; `how` gives the severity of each drawn defect, above 0."""
    return _Painter(seed, sitter, geometry, backdrop, size, how).paint()


class _Painter:
    """The layers of one portrait, from the backdrop to the glasses."""

    def __init__(
        self, seed: int, sitter: Sitter, geometry: Geometry, backdrop: Colour, size: tuple[int, int], how: Mapping[str, float]
    ) -> None:
        self.seed, self.sitter, self.how, self.backdrop = seed, sitter, how, backdrop
        width, height = size
        self.unit_px = height / 640
        self.canvas = _Canvas(width, height, backdrop)
        self.man = sitter.sex == "man"
        # The frame's pixels are counted from the centre of the first; scaling keeps its edge, not that centre.
        k = self.unit_px
        self.scale = geometry.face_width * k / FACE_BREADTH
        self.origin = np.array(((geometry.centre_x + 0.5) * k - 0.5, (geometry.eye_y + 0.5) * k - 0.5), np.float32)
        if width * 640 != height * 480:
            self.origin[0] += (width - height * 480 / 640) / 2
        self.crown_px = (geometry.crown_y + 0.5) * k - 0.5
        angle = math.radians(geometry.roll)
        self.roll = geometry.roll
        self.turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], np.float32)
        self.outline = _cap(sitter)
        self.c = _crown_height(self.outline, (self.origin[1] - self.crown_px) / self.scale, geometry.roll)
        self.face = _mean_face(self.man, how.get("mouth-open", 0.0), how.get("smile", 0.0))
        self.skin = np.array(_SKIN[sitter.skin], np.float32)
        self.hair = np.array(_HAIR[sitter.hair_colour], np.float32)
        self.rng = stream(seed, "sitter")
        grain = stream(seed, "grain").standard_normal((height, width), np.float32)
        self.grain = grain
        fine = cv2.GaussianBlur(grain, (0, 0), 0.9)
        coarse = cv2.resize(stream(seed, "mottle").standard_normal((height // 8 + 1, width // 8 + 1), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        self.texture = 0.022 * fine + 0.010 * coarse
        self.soft = coarse

    # -- places -----------------------------------------------------------------------------------------------

    def head(self, points: npt.ArrayLike) -> F32:
        """Take eye distances on the head to pixels."""
        p = np.asarray(points, np.float32)
        return (self.origin + self.scale * (p @ self.turn.T)).astype(np.float32)

    def body(self, points: npt.ArrayLike) -> F32:
        """Take eye distances on the body, which stays upright, to pixels."""
        p = np.asarray(points, np.float32)
        return (self.origin + self.scale * p).astype(np.float32)

    def shape(self, points: npt.ArrayLike, soft: float = 0.0, *, closed: bool = True) -> tuple[tuple[slice, slice], F32] | None:
        """Return the cover of a smooth closed shape on the head; `soft` in eye distances."""
        curve = smooth(points) if closed else np.asarray(points, np.float32)
        return self.canvas.cover(self.head(curve), soft * self.scale)

    def line(self, curves: list[Any], thick: float, soft: float = 0.0) -> tuple[tuple[slice, slice], F32] | None:
        """Return the cover of smooth lines on the head; `thick` and `soft` in eye distances."""
        return self.canvas.stroke([self.head(smooth(c, closed=False)) for c in curves], thick * self.scale, soft * self.scale)

    # -- the layers -------------------------------------------------------------------------------------------

    def paint(self) -> tuple[U8, Truth]:
        """Paint all layers."""
        self.light_the_face()
        if self.sitter.hair == "long":
            self.back_hair()
        self.neck()
        self.garment()
        self.ears()
        self.skull()
        self.eyes()
        self.nose()
        self.mouth()
        self.brows()
        if self.sitter.hair != "bald":
            self.front_hair()
        if self.sitter.glasses:
            self.glasses()
        return self.finish()

    def light_the_face(self) -> None:
        """Spread the skin, lit, over the whole canvas: shapes cut their part from it."""
        normals, _ = _relief(self.man)
        lit = _light(normals, (0.0, -0.30, 1.0), 0.42)
        gloss = np.maximum(normals @ np.array((0.0, -0.24, 0.97), np.float32), 0) ** 40
        matrix = np.column_stack([self.turn * (self.scale / _GRID), self.head((_LEFT, _TOP))])
        size = self.canvas.width, self.canvas.height
        lit = cv2.warpAffine(lit, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        gloss = cv2.warpAffine(gloss, matrix, size)
        tone = lit + self.texture
        # Skin in shade is redder than skin in light.
        self.flesh = self.skin * tone[..., None] ** np.array((0.88, 1.05, 1.1), np.float32)
        self.flesh += (9.0 * gloss)[..., None]

    def neck(self) -> None:
        """Draw the neck with the shadow of the chin."""
        wide = 0.80 if self.man else 0.70
        points = mirror([(0, 0.6), (wide + 0.02, 0.9), (wide, 1.5), (wide, 1.95), (wide + 0.14, 2.2), (wide + 0.55, 2.42), (0.9, 3.2)])
        cover = self.canvas.cover(self.body(smooth(points)), 0.4)
        x = (np.arange(self.canvas.width, dtype=np.float32) - self.origin[0]) / (self.scale * (wide + 0.1))
        round_ = 1 - 0.34 * np.minimum(np.abs(x), 1.2) ** 2.4
        skin = self.skin * ((0.93 * round_)[None, :] + self.texture)[..., None] ** np.array((0.9, 1.05, 1.1), np.float32)
        self.canvas.lay(cover, skin)
        mask = self.canvas.whole(cover)
        shadow = self.face[2:15] * np.array((0.95, 1.0), np.float32) + np.array((0, 0.16), np.float32)
        self.canvas.dim(self.canvas.cover(self.head(np.concatenate([smooth(shadow, closed=False), [(0.9, 0), (-0.9, 0)]])), 0.09 * self.scale), (0.66, 0.58, 0.55), 1.0, mask)
        for side in (-1, 1):
            tendon = self.body(smooth([(side * 0.42, 1.9), (side * 0.26, 2.25), (side * 0.12, 2.45)], closed=False))
            self.canvas.dim(self.canvas.stroke([tendon], 0.05 * self.scale, 0.05 * self.scale), 0.88, 0.8, mask)

    def shoulders(self) -> F32:
        """Return the outline of the garment, in eye distances."""
        neck = 0.80 if self.man else 0.72
        wide = 2.62 if self.man else 2.42
        high = 2.08
        right = [(neck - 0.06, high), (neck + 0.18, high + 0.10), (1.45, 2.36), (wide - 0.45, 2.58), (wide - 0.08, 2.86), (wide + 0.1, 3.4), (wide + 0.2, 6.0)]
        left = [(-x, y) for x, y in reversed(right)]
        return np.concatenate([smooth(right, closed=False), smooth(left, closed=False)])

    def garment(self) -> None:
        """Draw the collared shirt."""
        canvas, k = self.canvas, self.scale
        cloth = np.array(self.sitter.garment, np.float32)
        x = (np.arange(canvas.width, dtype=np.float32) - self.origin[0]) / k
        y = (np.arange(canvas.height, dtype=np.float32) - self.origin[1]) / k
        lit = 1.02 - 0.10 * (np.abs(x) / 2.3)[None, :] ** 2 - 0.05 * (y[:, None] - 2.5)
        lit = lit + 0.035 * self.soft + 0.03 * self.grain
        picture = cloth * lit[..., None]
        outline = self.shoulders()
        # The neckline is cut out in a V between the collar's wings.
        neck = 0.74 if self.man else 0.66
        right = outline[: len(outline) // 2]
        left = outline[len(outline) // 2 :]
        vee = np.array([(-neck * 0.55, 2.42), (0, 2.86), (neck * 0.55, 2.42)], np.float32)
        self.cloth_mask = canvas.cover(self.body(np.concatenate([right, left, vee])), 0.35)
        canvas.lay(self.cloth_mask, picture)
        mask = canvas.whole(self.cloth_mask)
        for side in (-1, 1):
            fold = self.body(smooth([(side * 1.55, 2.6), (side * 1.35, 3.0), (side * 1.3, 3.6)], closed=False))
            canvas.dim(canvas.stroke([fold], 0.10 * k, 0.09 * k), 0.72, 0.8, mask)
            seam = self.body(smooth([(side * 1.0, 2.26), (side * 1.5, 2.52), (side * 2.2, 2.72)], closed=False))
            canvas.dim(canvas.stroke([seam], 0.02 * k, 0.01 * k), 0.7, 0.7, mask)
        placket = self.body([(0.02, 2.86), (0.05, 4.5)])
        canvas.dim(canvas.stroke([placket], 0.025 * k, 0.008 * k), 0.62, 0.9, mask)
        for row in (3.12, 3.55):
            button = self.body(np.array((-0.04, row), np.float32) + 0.04 * _circle())
            canvas.lay(canvas.cover(button, 0.4), cloth * 0.55 + 46)
        for side in (-1, 1):
            wing = [(side * (neck + 0.06), 1.90), (side * (neck + 0.20), 2.16), (side * 0.80, 2.66), (side * 0.52, 2.86), (side * 0.02, 2.66), (side * 0.30, 2.42), (side * neck * 0.92, 2.12)]
            px = self.body(wing)
            canvas.dim(canvas.cover(px + np.array((0, 0.05 * k), np.float32), 0.05 * k), 0.62, 0.8, mask)
            canvas.lay(canvas.cover(px, 0.4), picture * np.float32(1.13))
            canvas.dim(canvas.stroke([self.body([wing[2], wing[3], wing[4]]) - np.array((side * 0.035 * k, 0.035 * k), np.float32)], 1.0, 0.4), 0.8, 0.8)

    def ears(self) -> None:
        """Draw both ears."""
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            rim = np.array([(1.06, -0.02), (1.17, -0.17), (1.30, -0.15), (1.365, 0.03), (1.32, 0.27), (1.245, 0.45), (1.185, 0.585), (1.10, 0.56)], np.float32)
            cover = self.shape(rim * flip, 0.004)
            skin = self.skin * ((0.90 + self.texture)[..., None] ** np.array((0.85, 1.1, 1.12), np.float32))
            self.canvas.lay(cover, skin)
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
            self.canvas.dim(self.canvas.cover(self.head(cheek), 0.13 * self.scale), (1.0, 0.925, 0.92), 0.8 if not self.man else 0.5, self.mask)
        if self.man:
            beard = np.concatenate([face[3:14] * np.array((0.97, 0.985), np.float32), [(0.72, 0.86), (0.36, 0.80), (0, 0.84), (-0.36, 0.80), (-0.72, 0.86)]])
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
        high = smooth(np.array([inner, a + (0, -0.006), b + (0, -0.006), outer], np.float32), closed=False)
        high = (shut * (1 - opening) + high * opening).astype(np.float32)
        # the socket's shade and the lid's crease
        lid = np.concatenate([high, [(0.70, -0.07), (0.60, -0.15), (0.42, -0.15), (0.30, -0.07)]])
        canvas.dim(self.canvas.cover(self.head(lid * flip), 0.035 * k), (0.86, 0.80, 0.79), 0.9, self.mask)
        crease = np.array([(0.28, -0.03), (0.40, -0.13), (0.57, -0.142), (0.715, -0.05)], np.float32)
        canvas.dim(self.line([crease * flip], 0.016, 0.012), (0.66, 0.55, 0.52), 0.9, self.mask)
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
            tail = np.array([outer + (-0.05, -0.035), outer + (0.035, -0.035)], np.float32)
            canvas.lay(self.line([tail * flip], 0.022, 0.006), dark, 0.8)
        corner = np.array(inner + (0.012, 0.004), np.float32) + 0.018 * _circle()
        canvas.lay(self.canvas.cover(self.head(corner * flip), 0.8), self.skin * np.array((0.9, 0.68, 0.66), np.float32), 0.8 * opening)

    def eyeball(self, side: int, mask: F32, cover: Any) -> None:
        """Draw what the lids leave free of the eyeball."""
        canvas, k = self.canvas, self.scale
        canvas.lay(cover, np.array((226, 220, 214), np.float32) * (0.86 + 0.14 * self.skin[0] / 238))
        centre = np.array((side * 0.5, 0.0), np.float32)
        top = self.head(np.array((side * 0.5, -0.075), np.float32) + _circle() * np.array((0.24, 0.05), np.float32))
        iris = np.array(self.sitter.iris, np.float32)
        disc = canvas.cover(self.head(centre + 0.096 * _circle()), 0.5)
        canvas.lay(disc, iris * 0.52, 1.0, mask)
        canvas.lay(canvas.cover(self.head(centre + 0.080 * _circle()), 1.0), iris, 1.0, mask)
        canvas.lay(canvas.cover(self.head(centre + (0, 0.04) + 0.035 * _circle()), 1.6), iris * 1.25, 0.6, mask)
        canvas.lay(canvas.cover(self.head(centre + 0.038 * _circle()), 0.5), (14, 11, 10), 1.0, mask)
        canvas.dim(canvas.cover(top, 0.025 * k), 0.62, 0.9, mask)
        canvas.lay(canvas.cover(self.head(centre + (-0.026, -0.030) + 0.015 * _circle()), 0.5), (246, 246, 246), 0.95, mask)

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
        self.canvas.dim(self.canvas.cover(self.head(np.concatenate([under, [(0, 0.755)]])), 0.02 * self.scale), (0.74, 0.64, 0.62), 0.7, self.mask)

    def mouth(self) -> None:
        """Draw the lips, and what shows between them."""
        canvas, f = self.canvas, self.face
        outer, inner = f[48:60], f[60:68]
        rose = self.skin * (np.array((0.86, 0.62, 0.62), np.float32) if not self.man else np.array((0.86, 0.70, 0.68), np.float32))
        lit = (self.flesh / self.skin) * rose
        top = np.concatenate([smooth(outer[:7], closed=False), smooth(inner[4::-1], closed=False)])
        low = np.concatenate([smooth(np.concatenate([outer[6:], outer[:1]]), closed=False), smooth(np.concatenate([inner[:1], inner[:3:-1]]), closed=False)])
        canvas.lay(canvas.cover(self.head(top), 0.012 * self.scale), lit * 0.86, 0.9, self.mask)
        canvas.lay(canvas.cover(self.head(low), 0.014 * self.scale), lit, 0.9, self.mask)
        glow = np.array((0, float(f[66, 1] + f[57, 1]) / 2), np.float32) + _circle() * np.array((0.14, 0.03), np.float32)
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
            teeth = np.concatenate([middle * np.array((0.86, 1), np.float32), (middle * np.array((0.80, 1), np.float32) + np.array((0, tall), np.float32))[::-1]])
            canvas.lay(canvas.cover(self.head(teeth), 0.7), (228, 222, 208), 1.0, inside)
            gaps = [np.array([(x, f[62, 1]), (x, f[62, 1] + tall)], np.float32) for x in (-0.19, -0.10, 0.0, 0.10, 0.19)]
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
            mid = smooth(np.array(_BROW, np.float32) + np.array((0, 0.03 if self.man else 0.0), np.float32), closed=False)
            t = np.linspace(0, 1, len(mid), dtype=np.float32)
            half = thick * (0.75 + 0.45 * np.sin(np.pi * np.minimum(t * 1.1, 1))) * (1 - 0.72 * t**2)
            up = mid - np.column_stack([0 * half, half])
            down = mid + np.column_stack([0 * half, half])
            self.canvas.lay(self.canvas.cover(self.head(np.concatenate([up, down[::-1]]) * flip), 0.018 * self.scale), ink, 0.62, self.mask)
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
            cv2.polylines(layer, fixed[n :: len(levels)], False, level, 1 + n % 2, cv2.LINE_AA, 4)
        box = cover[0]
        shade = 1 + strength * (cv2.GaussianBlur(layer[box], (0, 0), 0.7).astype(np.float32) - 112) / 128 + 0.02 * self.grain[box]
        picture = np.zeros_like(self.canvas.pixels)
        picture[box] = (colour + 14) * shade[..., None]
        self.canvas.lay(cover, picture)

    def front_hair(self) -> None:
        """Draw the hair above the face."""
        rng = stream(self.seed, "hair")
        style = self.sitter.hair
        cap = self.outline(self.c)
        n = len(cap) // 2 + 1
        outer = smooth(cap[:n], closed=False)  # right half from the crown down
        outer_left = smooth(cap[:1].tolist() + cap[:n - 1 : -1].tolist(), closed=False)
        line = _hairline(self.sitter, self.c)
        inner = smooth(line, closed=False)
        inner_left = inner * np.array((-1, 1), np.float32)
        ring = np.concatenate([outer_left[::-1], outer[1:], inner[::-1], inner_left[1:]])
        cover = self.canvas.cover(self.head(ring), 0.7)
        curves: list[F32] = []
        count = 420 if style != "cropped" else 300
        ts = rng.random((count, 4)).astype(np.float32)
        parting = 0.42 if style in ("short", "long") and not self.man else 0.0
        for a, b, jitter, bend in ts:
            half_out, half_in, side = (outer, inner, 1) if a < 0.5 else (outer_left, inner_left, -1)
            s = (a * 2) % 1
            i = half_in[int(s * (len(half_in) - 1))]
            o = half_out[int(min(1.0, s * 0.96 + 0.06 * jitter) * (len(half_out) - 1))]
            if style == "cropped":
                p = i + (o - i) * b
                q = p + (o - i) * 0.06 + (jitter - 0.5) * 0.05
                curves.append(self.head(np.array([p, q])))
                continue
            start, stop = i + (o - i) * (b * 0.75 - 0.05), i + (o - i) * (b * 0.75 + 0.3)
            mid = (start + stop) / 2 + np.array((side * 0.04 * (bend + 0.3), -0.03), np.float32)
            if style in ("tied", "long") or not self.man:
                # combed from the parting over the head
                root = np.array((parting * (1 if side > 0 else -0.2), -self.c * 0.985 + 0.42 * b * (self.c - 1.0)), np.float32)
                start, stop = root + (o - root) * np.float32(0.1 * jitter), i + (o - i) * b
                mid = (start + stop) / 2 + np.array((side * 0.16, -0.10), np.float32)
            curves.append(self.head(smooth(np.array([start, mid, stop]), closed=False, steps=4)))
        colour = self.hair
        self.canvas.dim(self.canvas.stroke([self.head(inner), self.head(inner_left)], 0.07 * self.scale, 0.05 * self.scale), (0.80, 0.74, 0.72), 0.8, self.mask)
        soft = self.canvas.cover(self.head(ring), (0.9 if style != "cropped" else 2.2) * self.unit_px)
        self.strands(curves, "strands", soft, colour, 0.55 if style != "cropped" else 0.3)
        mask = self.canvas.whole(cover)
        sheen = np.array((0, -0.80 * self.c), np.float32) + _circle() * np.array((0.75, 0.13), np.float32)
        self.canvas.dim(self.canvas.cover(self.head(sheen), 0.12 * self.scale), 1.38, 0.75, mask)
        for edge in (outer, outer_left):
            self.canvas.dim(self.canvas.stroke([self.head(edge)], 0.10 * self.scale, 0.08 * self.scale), 0.78, 0.9, mask)

    def back_hair(self) -> None:
        """Draw long hair that falls behind ears and shoulders."""
        rng = stream(self.seed, "back hair")
        right = smooth([(0.9, -0.9), (1.27, -0.3), (1.33, 0.35), (1.27, 1.1), (1.30, 1.8), (1.22, 2.5), (0.9, 2.9)], closed=False)
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
        """Draw clear glasses."""
        canvas, k = self.canvas, self.scale
        ink = np.array((38, 34, 34), np.float32)
        thick = 0.034
        rims = []
        for side in (-1, 1):
            flip = np.array((side, 1), np.float32)
            rim = _rounded(0.0, 0.0, 0.37, 0.255) + np.array((0.5, 0.055), np.float32)
            rims.append(self.head(np.concatenate([rim, rim[:1]]) * flip))
            temple = np.array([(0.86, -0.05), (1.0, -0.06), (1.16, -0.04)], np.float32)
            rims.append(self.head(temple * flip))
            canvas.dim(canvas.cover(self.head(rim * flip), 0.5), (0.975, 0.985, 0.985))
        bridge = smooth([(-0.14, -0.02), (0, -0.065), (0.14, -0.02)], closed=False)
        rims.append(self.head(bridge))
        shadow = canvas.stroke([r + np.array((0, 0.03 * k), np.float32) for r in rims], thick * k, 0.02 * k)
        canvas.dim(shadow, 0.75, 0.6, self.mask)
        canvas.lay(canvas.stroke(rims, thick * k, 0.3), ink, 0.95)
        canvas.lay(canvas.stroke([r - np.array((0, 0.006 * k), np.float32) for r in rims], 0.008 * k, 0.3), ink + 90, 0.5)

    def finish(self) -> tuple[U8, Truth]:
        """Add the sensor's grain and say what was drawn."""
        picture = self.canvas.pixels
        picture += (0.9 * self.grain)[..., None]
        landmarks = self.head(self.face)
        pupils = self.head([(-0.5, 0.0), (0.5, 0.0)])
        truth = Truth(
            crown_y=float(self.crown_px),
            top_y=float(self.crown_px),
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


def _rounded(x: float, y: float, wide: float, tall: float, power: float = 3.2) -> F32:
    """Return a superellipse about (x, y) with the given half axes."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    return np.column_stack([x + wide * np.sign(c) * np.abs(c) ** (2 / power), y + tall * np.sign(s) * np.abs(s) ** (2 / power)]).astype(np.float32)
