"""Views for training: cut from a canvas of each person, and changed as light, cameras and files change them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photospec import Photo, Portrait
from photospec.errors import PhotospecError
from photospec.portrait.upright import upright_transform
from photospec.portrait.views import BEYOND, View, cut_view
from training.people import Person

__all__ = ["Canvases", "changed_view", "plain_view"]

U8 = npt.NDArray[np.uint8]

UNIT = 88
"""Canvas pixels per pupil distance: as many as the photos of ../shared/real have."""

WIDTH, HEIGHT = 440, 510
EYES = 220, 194
PUPILS = np.array(((EYES[0] - UNIT / 2, EYES[1]), (EYES[0] + UNIT / 2, EYES[1])), np.float32)


class Canvases:
    """Every person upright and of one size, in one file that the memory maps.

    Parameters
    ----------
    folder : Path
        Where the file is kept; it is made when there is none, or one of other people.
    people : sequence of Person
        Whom to show: `everybody`. Those in whose photo no face is found are left out of `people`.
    """

    def __init__(self, folder: Path, people: Sequence[Person]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        names, pixels = folder / "canvases.txt", folder / "canvases.npy"
        wanted = [person.name for person in people]
        if not names.exists() or names.read_text("utf-8").split("\n")[0::2] != wanted:
            _draw_all(people, names, pixels)
        found = names.read_text("utf-8").split("\n")[1::2]
        self.everybody = list(people)
        self.people = [person for person, place in zip(people, found, strict=True) if place]
        self._places = [int(place) for place in found if place]
        self._pixels = np.load(pixels, mmap_mode="r")

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, number: int) -> U8:
        canvas: U8 = self._pixels[self._places[number]]
        return canvas


def _draw_all(people: Sequence[Person], names: Path, pixels: Path) -> None:
    stored = np.lib.format.open_memmap(pixels, "w+", np.uint8, (len(people), HEIGHT, WIDTH, 3))
    lines: list[str] = []
    place = 0
    with ProcessPoolExecutor() as pool:
        for person, canvas in zip(people, pool.map(_draw, people, chunksize=16), strict=True):
            lines += (person.name, "" if canvas is None else str(place))
            if canvas is not None:
                stored[place] = canvas
                place += 1
    stored.flush()
    names.write_text("\n".join(lines), "utf-8")


def _draw(person: Person) -> U8 | None:
    try:
        portrait = Portrait(Photo.read(person.path))
        matrix = upright_transform(portrait.pupils, UNIT, *EYES)
        frame = portrait.frame
    except PhotospecError:  # no face, or no picture
        return None
    grey = (BEYOND, BEYOND, BEYOND)
    return cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_CONSTANT, borderValue=grey)  # type: ignore[return-value]


def plain_view(canvas: U8, view: View) -> U8:
    """Return a view as photospec cuts it, (N, height, width, 3) uint8."""
    half: U8 = cv2.resize(canvas, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return cut_view(view, canvas, half, PUPILS)


def changed_view(canvas: U8, view: View, chance: np.random.Generator, *, ends: bool) -> U8:
    """Return a view of a person as another photographer, camera or file might show it.

    Parameters
    ----------
    canvas : (510, 440, 3) uint8
        The person.
    view : View
        What to cut.
    chance : numpy.random.Generator
        Decides what changes.
    ends : bool
        The picture may end below the chin: right for photos that show much below it.

    Returns
    -------
    (N, height, width, 3) uint8
        Every one of a pair is changed by itself, as no two ears are alike.
    """
    half: U8 = cv2.resize(canvas, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    parts = []
    for side in range(1 + view.paired):
        unit = round(view.unit * math.exp(chance.normal(0, 0.07)))
        moved = replace(view, unit=unit, x=view.x + chance.normal(0, 0.05), y=view.y + chance.normal(0, 0.05))
        turn = math.radians(chance.normal(0, 4)) / 2
        tilt = UNIT * math.sin(turn) * np.array(((0, -1), (0, 1)), np.float32)
        part = cut_view(moved, canvas, half, PUPILS + tilt)[side]
        if not view.paired and chance.random() < 0.5:
            part = np.ascontiguousarray(part[:, ::-1])
        parts.append(_as_filed(_cropped(part, view, chance, ends), chance))
    return np.stack(parts)


def _cropped(part: U8, view: View, chance: np.random.Generator, ends: bool) -> U8:
    part = part.copy()
    if ends and chance.random() < 0.7:
        row = int((chance.uniform(2.45, 3.3) - view.y) * view.unit + view.height / 2)
        part[max(0, row) :] = BEYOND
    if not view.paired and chance.random() < 0.3:
        column = int(chance.uniform(1.35, 2.2) * view.unit + view.width / 2)
        if column < view.width:
            part[:, column:] = part[:, : view.width - column] = BEYOND
    return part


def _as_filed(part: U8, chance: np.random.Generator) -> U8:
    """Lose detail, light and colour as small files, lamps and cameras do."""
    height, width = part.shape[:2]
    lot = chance.random()
    if lot < 0.35:
        lost = chance.uniform(1.15, 2.2)
        small = cv2.resize(part, (int(width / lost), int(height / lost)), interpolation=cv2.INTER_AREA)
        part = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    elif lot < 0.45:
        part = cv2.GaussianBlur(part, (0, 0), chance.uniform(0.4, 1.0))  # type: ignore[assignment]
    if chance.random() < 0.25:
        quality = int(chance.integers(35, 90))
        part = cv2.imdecode(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)  # type: ignore[assignment]
    levels: npt.NDArray[np.floating] = part.astype(np.float32)
    if chance.random() < 0.8:
        gamma, gain = math.exp(chance.normal(0, 0.18)), math.exp(chance.normal(0, 0.1))
        levels = 255 * gain * (levels / 255) ** gamma + chance.normal(0, 8) + chance.normal(0, 5, 3)
        if chance.random() < 0.1:
            levels = np.repeat(levels.mean(2, keepdims=True), 3, 2)
    if chance.random() < 0.3:
        levels = levels + chance.normal(0, chance.uniform(1, 6), levels.shape)
    changed: U8 = np.clip(levels, 0, 255).astype(np.uint8)
    return changed
