"""How the studio changes while a session goes on: backdrop, light, its balance, and focus."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Mapping
from typing import Any

from photospec.batch.session import NOTABLE, SLICE_SECONDS, Drift, Slice, find_drifts
from photospec.errors import Unseen
from photospec.portrait import Portrait
from photospec.text import Text

__all__ = ["Studio", "drift_in_words", "measure_studio"]

MEASURES = {**NOTABLE, "balance": (0.35, "stops")}
"""Smallest change that a photographer sees when two photos lie side by side, and its unit."""


def measure_studio(portrait: Portrait) -> dict[str, Any]:
    """Read from a portrait what it tells of the studio, JSON-ready; measures that cannot be seen are left out.

    Returns
    -------
    dict
        ``backdrop`` (CIELAB), ``light`` (L* of the face), ``sharpness`` (blur in pixels) and ``balance`` (stops by
        which the image's right half of the face is darker).
    """
    measured: dict[str, Any] = {}
    for name, read in (
        ("backdrop", lambda: [round(float(part), 2) for part in portrait.backdrop.colour]),
        ("light", lambda: round(float(portrait.exposure.lightness), 2)),
        ("sharpness", lambda: round(float(portrait.blur), 2)),
        ("balance", lambda: round(float(portrait.light_balance.side), 3)),
    ):
        try:
            measured[name] = read()
        except Unseen:
            continue
    return measured


class Studio:
    """Follows what the photos of one session tell of the studio, in slices of ten minutes."""

    def __init__(self) -> None:
        self._slices: dict[int, Slice] = collections.defaultdict(Slice)

    def add(self, when: dt.datetime, measured: Mapping[str, Any]) -> None:
        """Take the measures of a photo, as from `measure_studio`; `when` is local time without a zone."""
        part = self._slices[int(when.replace(tzinfo=dt.UTC).timestamp()) // SLICE_SECONDS]
        for name in MEASURES:
            value = measured.get(name)
            if value is not None:
                part.add(name, value if isinstance(value, list) else (value,))

    def drifts(self) -> tuple[Drift, ...]:
        """Return where the studio changed so that it can be seen; three slices of five photos must be there."""
        return tuple(find_drifts("", self._slices, MEASURES))


def drift_in_words(drift: Drift) -> Text:
    """Say what changed, since when, and where to look."""
    since = drift.since.split(" ")[-1]
    change = drift.after - drift.before
    by = f"{abs(change):.2g}"
    if drift.measure == "balance":
        side = Text("右", "right") if change > 0 else Text("左", "left")
        said = Text(
            "{since} 起画面{side}侧的灯变暗（约 {by} 档），请检查灯位和亮度",
            "the lamp at the picture's {side} has weakened since {since} (by about {by} stops): look at the lamps",
        )
        return said.format(since=since, side=side, by=by)
    if drift.measure == "light":
        way = Text("变亮", "brighter") if change > 0 else Text("变暗", "darker")
        said = Text(
            "{since} 起面部{way}（L* {by}），请检查灯光", "faces are {way} since {since} (L* {by}): look at the lamps"
        )
        return said.format(since=since, way=way, by=by)
    if drift.measure == "sharpness":
        way = Text("模糊", "softer") if change > 0 else Text("更锐", "sharper")
        said = Text("{since} 起照片变得{way}，请检查对焦", "pictures are {way} since {since}: look at the focus")
        return said.format(since=since, way=way)
    said = Text(
        "{since} 起背景颜色有变化（色差 {by}），请检查背景布和背景灯",
        "the backdrop's colour has changed since {since} (Delta E {by}): look at the backdrop and its lamp",
    )
    return said.format(since=since, by=by)
