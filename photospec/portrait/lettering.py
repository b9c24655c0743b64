"""Lettering that was added to the picture: dates, numbers, stamps, seals."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Lettering", "find_column", "find_lettering", "find_seal", "lettering_traits"]

Bytes = npt.NDArray[np.uint8]
_LIFT = np.rint(255 * np.sqrt(np.arange(256) / 255)).astype(np.uint8)
_SCALE = 32
_PAD = 8
_NEAR = np.ones((3, 3), np.uint8)
_UPRIGHT = np.ones((3, 1), np.uint8)
_WINDOW = np.ones((7, 7), np.uint8)
_FEWEST = 40


class _Band(NamedTuple):
    """A height of letters, in pixels at quarter size."""

    stroke: tuple[int, int]
    """Over what a stroke is averaged, width and height."""
    length: int
    """Of the line of letters, at the least."""
    quiet: int
    """Height of the quiet above and below."""
    offset: int
    """From the middle of the line to that of the quiet."""


_BANDS = (_Band((3, 4), 14, 2, 5), _Band((5, 5), 20, 3, 7))


@dataclass(frozen=True, slots=True)
class Lettering:
    """What looks most like a line of letters.

    Parameters
    ----------
    strength : float
        Upright strokes along a line, against what lies above and below it: 0 to 8, letters above 2.
    characters : int
        Separate marks of one height on one line, counted where the strength alone does not decide; else 0.
    box : (float, float, float, float)
        Left, top, right, bottom of its middle, in pixels.
    evidence : float
        Log odds that it is lettering, from strength, characters and ink; minus infinity where nothing is like it.
    """

    strength: float
    characters: int
    box: tuple[float, float, float, float]
    evidence: float = -math.inf

    def scaled(self, factor: float) -> Lettering:
        """Return the lettering in a picture that is `factor` times as large."""
        left, top, right, bottom = self.box
        return replace(self, box=(left * factor, top * factor, right * factor, bottom * factor))


def find_lettering(picture: Bytes, grey: Bytes, head: npt.NDArray[np.bool_] | None) -> Lettering:
    """Find the place in a picture that looks most like a line of letters.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture, at half size.
    grey : (H, W) uint8
        Its luma.
    head : (R, W) bool or None
        True on the head and its hair, in the picture's first R rows: nothing is looked for there.

    Returns
    -------
    Lettering

    Notes
    -----
    Letters are strokes in a narrow band, all along it, with quiet above and below; the folds, stripes and checks of
    clothes go on upwards and downwards. Grey levels are lifted by a square root first, since black letters on a
    dark suit are as plain to the eye as red ones on white. Strokes are found at half size, lines at a quarter. A weak
    case is decided by counting marks of the same height on the same line. White letters on nearly white clothes are too
    weak for either: for them the marks are strokes of pure white, which cloth shows in no such row.

    What is drawn on a picture has one ink: all its strokes differ from what is beneath in the same direction of colour,
    where folds, hair and weave are lighter here and darker there; and no stroke of that ink is above or below. The
    evidence is a logistic regression on four numbers, fitted by ``tools/train_lettering.py`` on drawn texts, Latin and
    of strokes like Chinese, and on places in photos without text that look like a line: on people that it had not seen
    it ranks 94.5 % of the pairs rightly, the strength alone 81.5 %.
    """
    height, width = picture.shape[:2]
    if height < 40 or width < 60:
        return Lettering(0.0, 0, (0, 0, 0, 0))
    lifted = cv2.LUT(picture[1::2], _LIFT)  # upright strokes are in every second row too
    red, green, blue = cv2.split(cv2.absdiff(lifted[:, 1:], lifted[:, :-1]))
    edges = cv2.max(red, cv2.max(green, blue))
    cv2.threshold(edges, 80, 0, cv2.THRESH_TRUNC, edges)
    across, up = (width - 1) // 2, height // 2
    edges = cv2.resize(edges[:, : 2 * across], (across, up), interpolation=cv2.INTER_LINEAR)  # mean of two
    edges = cv2.copyMakeBorder(edges, _PAD, _PAD, 0, 0, cv2.BORDER_CONSTANT)
    if head is not None and len(head) > 1:
        grown = cv2.dilate(np.ascontiguousarray(head[1::2, 1 : 2 * across : 2]).view(np.uint8), _NEAR)
        covered = edges[_PAD : _PAD + len(grown)]
        np.bitwise_and(covered, grown - np.uint8(1), out=covered)
    best = 0.0
    box = (0.0, 0.0, 0.0, 0.0)
    for band in _BANDS:
        reach = band.length // 2
        inside = _least_along(cv2.blur(edges, band.stroke), band.length)[:, :-1]  # type: ignore[arg-type]  # begins with the line's middle
        outside = cv2.blur(edges, (band.length, band.quiet))[:, reach:-reach]
        away = band.offset
        around = cv2.add(cv2.max(outside[: -2 * away], outside[2 * away :]), 5.0)  # type: ignore[call-overload]
        score = cv2.divide(inside[away:-away], around, scale=_SCALE)
        _, most, _, (x, y) = cv2.minMaxLoc(score)
        if most > best * _SCALE:
            best = most / _SCALE
            x, y, across, up = 2 * (x + reach), 2 * (y + away - _PAD), 2 * band.length, 2 * band.stroke[1]
            box = (max(0, x - across), max(0, y - up), min(width, x + across), min(height, y + up))
    characters = _characters(picture, head) if _DOUBTFUL[0] < best < _DOUBTFUL[1] else 0
    if best < _DOUBTFUL[1] and characters < 5:
        characters = max(characters, _white_characters(grey, head))
    found = Lettering(best, characters, box)
    if best > _LIKE_TEXT:
        evidence = sum(map(operator.mul, _WEIGHTS, lettering_traits(picture, found))) + _BIAS
        found = replace(found, evidence=evidence)
    return found


def lettering_traits(picture: Bytes, found: Lettering) -> tuple[float, float, float, float]:
    """Return what tells letters from other marks.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture, at half size.
    found : Lettering
        What `find_lettering` found in it.

    Returns
    -------
    (float, float, float, float)
        Strength, marks up to 6, how much all have one ink (0 to 1), and minus the logarithm of how much of that ink is
        just above and below. ``tools/train_lettering.py`` weighs them.
    """
    one_ink, around = _ink(picture, found.box)
    return found.strength, min(found.characters, 6), one_ink, -math.log(around + 0.01)


def _ink(picture: Bytes, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """Measure the ink of the marks in a box.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture, at half size.
    box : (float, float, float, float)
        Left, top, right, bottom, in its pixels.

    Returns
    -------
    (float, float)
        How much all marks differ from the ground in one direction of colour, 0 to 1; and the share of pixels just
        above or below the line that differ as much, the larger.
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    inset = 0.05 * (right - left)
    x0, x1 = int(max(0, left + inset)), int(min(width, right - inset))
    y0, y1 = int(max(0, top)), int(min(height, bottom))
    if x1 - x0 < 8 or y1 - y0 < 4:
        return 0.0, 1.0
    above, before = min(8, y0), min(8, x0)
    part = np.ascontiguousarray(picture[y0 - above : y1 + 8, x0 - before : x1 + 8])
    both = np.stack([part, cv2.medianBlur(part, 11)]).astype(np.float32) * np.float32(1 / 255)
    lab, ground = (cv2.cvtColor(half, cv2.COLOR_RGB2LAB) for half in both)
    away = (lab - ground)[:, before : before + x1 - x0]
    size = np.sqrt(np.einsum("ijk,ijk->ij", away, away))
    line = slice(above, above + y1 - y0)
    most = np.sort(size[line], axis=None)[int(0.97 * size[line].size)]
    marked = size > max(6.0, 0.5 * float(most))
    marks = away[line][marked[line]]
    if len(marks) < 8:
        return 0.0, 1.0
    one_ink = float(np.linalg.norm((marks / size[line][marked[line]][:, None]).mean(0)))
    beside = marked[max(0, above - 5) : max(0, above - 1)], marked[line.stop + 1 : line.stop + 5]
    return one_ink, max(float(side.mean()) if side.size else 0.0 for side in beside)


def _least_along(plane: Bytes, length: int) -> Bytes:
    """Return the least of each `length` neighbours in a row, one column for each run."""
    run = 1
    while run < length:
        step = min(run, length - run)
        plane = cv2.min(plane[:, :-step], plane[:, step:])  # type: ignore[assignment]
        run += step
    return plane


_LIKE_TEXT = 0.9
_WEIGHTS, _BIAS = (1.84, 0.39, 2.6, 1.22), -8.65  # of strength, marks, one ink, quiet around
_DOUBTFUL = (1.2, 2.6)
_WHITE, _ABOVE = 249, 6  # luma of pure white in a JPEG, and by how much it exceeds what is round the stroke
_TALLEST = 30


def _characters(picture: Bytes, head: npt.NDArray[np.bool_] | None) -> int:
    """Count the longest row of separate marks of one height on one line, light on dark or dark on light."""
    longest = 0
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strokes = cv2.morphologyEx(picture, operation, _WINDOW)
        marks = cv2.bitwise_not(cv2.inRange(strokes, (0, 0, 0), (26, 26, 26)))
        if head is not None:
            marks[: len(head)][head] = 0
        longest = max(longest, _longest_row(marks, 4, 1))  # type: ignore[arg-type]
    return longest


def _white_characters(grey: Bytes, head: npt.NDArray[np.bool_] | None) -> int:
    """Count the longest row of marks of pure white on something nearly white, with quiet above and below."""
    white = cv2.inRange(grey, _WHITE, 255)
    if cv2.countNonZero(white) < _FEWEST:
        return 0
    marks = cv2.bitwise_and(white, cv2.inRange(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, _WINDOW), _ABOVE, 255))
    if cv2.countNonZero(marks) < _FEWEST:
        return 0
    if head is not None and len(head) > 0:
        marks[: len(head)][cv2.dilate(head.view(np.uint8), _NEAR) > 0] = 0
    return _longest_row(cv2.dilate(marks, _UPRIGHT), 6, 2, 0.2)  # type: ignore[arg-type]


def _longest_row(marks: Bytes, shortest: int, slack: int, noise: float = math.inf) -> int:
    """Count the longest row of pieces of one height on one line.

    Parameters
    ----------
    marks : (H, W) uint8
        255 on the pieces, else 0.
    shortest : int
        Height that counts, at the least.
    slack : int
        By how many pixels their tops and their bottoms may differ.
    noise : float
        How much of as many marks as in the row may be above and below it.
    """
    starts = cv2.compare(marks[:, 1:], marks[:, :-1], cv2.CMP_GT)
    crossed = cv2.reduce(starts, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S) >= 4 * 255
    bands = np.flatnonzero(cv2.erode(crossed.view(np.uint8), np.ones((shortest - 1, 1), np.uint8)))
    if not len(bands):
        return 0
    marks = marks[max(0, bands[0] - _TALLEST) : bands[-1] + _TALLEST]
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    stats = stats[1:]
    tall, broad = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    stats = stats[(tall >= shortest) & (tall <= _TALLEST) & (broad <= 1.7 * tall) & (stats[:, cv2.CC_STAT_AREA] >= 4)]
    if not 4 <= len(stats) <= 400:
        return 0
    longest = 0
    left, top, broad, tall, _ = stats[np.argsort(2 * stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH])].T
    level = (np.abs(top[:, None] - top) <= slack) & (np.abs((top + tall)[:, None] - top - tall) <= slack)
    for line, above, size in zip(level, top.tolist(), tall.tolist(), strict=True):
        if np.count_nonzero(line) <= longest:
            continue
        start, end = left[line], (left + broad)[line]
        gaps = np.diff(start + end) / 2
        broken = np.flatnonzero((gaps >= 2.2 * size) | (gaps <= 0.25 * size))
        edges = np.concatenate([[-1], broken, [len(gaps)]])
        runs = np.diff(edges)
        at = int(runs.argmax())
        if runs[at] > longest and _is_quiet(
            marks[:, start[edges[at] + 1] : end[edges[at + 1]]], above, above + size, noise
        ):
            longest = int(runs[at])
    return longest


def _is_quiet(columns: Bytes, top: int, bottom: int, noise: float) -> bool:
    """Tell whether there are fewer marks above and below some rows than in them, by a factor of `noise`."""
    reach = max(3, int(0.6 * (bottom - top)))
    most = noise * cv2.countNonZero(columns[top:bottom]) / (bottom - top) * reach
    around = columns[max(0, top - 3 - reach) : max(0, top - 3)], columns[bottom + 3 : bottom + 3 + reach]
    return max(int(np.count_nonzero(side)) for side in around) <= most


def find_seal(picture: Bytes, landmarks: npt.NDArray[np.floating] | None = None) -> tuple[int, int, int, int] | None:
    """Find a red seal: a closed round or square line.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture, at half size.
    landmarks : (68, 2) float or None
        The face, in pixels of `picture`: what has its middle there is the rim of glasses.

    Returns
    -------
    (int, int, int, int) or None
        Left, top, right, bottom, in pixels.

    Notes
    -----
    Thin red lines are looked at; a line is a seal's if it is about as wide as high, 28 px to 160 px, lies on a circle
    or a square, and goes all the way round.
    """
    red, green, _ = cv2.split(picture)
    thin = cv2.morphologyEx(cv2.subtract(red, green), cv2.MORPH_TOPHAT, _WINDOW)
    _, marks = cv2.threshold(thin, 23, 255, cv2.THRESH_BINARY)
    if cv2.countNonZero(marks) < 60:
        return None
    marks = np.ascontiguousarray(cv2.dilate(marks, np.ones((3, 3), np.uint8))[::2, ::2])
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    stats[0] = 0
    size = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    square = (size.min(1) >= 14) & (size.max(1) <= 80) & (size.max(1) <= 1.25 * size.min(1))
    for label in np.flatnonzero(square)[:8].tolist():
        left, top, wide, tall = stats[label, :4].tolist()
        if landmarks is not None:
            middle = np.array((2 * left + wide, 2 * top + tall))
            if (middle > landmarks.min(0)).all() and (middle < landmarks.max(0)).all():
                continue
        rows, columns = np.nonzero(pieces[top : top + tall, left : left + wide] == label)
        across, up = (2 * columns + 1) / wide - 1, (2 * rows + 1) / tall - 1
        sector = ((np.arctan2(up, across) / np.pi + 1) * 12).astype(np.intp) % 24
        for distance in (np.hypot(across, up), np.maximum(np.abs(across), np.abs(up))):
            outer = distance > 0.78
            closed = np.count_nonzero(np.bincount(sector[outer], minlength=24)) >= 22
            if closed and float(outer.mean()) > 0.45:
                return 2 * left, 2 * top, 2 * (left + wide), 2 * (top + tall)
    return None


def find_column(marks: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Find a column of letters among what stands apart on the backdrop.

    Parameters
    ----------
    marks : (H, W) bool
        True on what stands apart from the person.

    Returns
    -------
    (int, int, int, int) or None
        Left, top, right, bottom, in pixels.

    Notes
    -----
    Four or more separate marks of about one size, one below the other, in a column at least three times as high as
    wide; a plant or a pole is one piece.
    """
    if not marks.any():
        return None
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks.view(np.uint8), connectivity=8)
    stats = stats[1:]
    wide, tall = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    stats = stats[(wide <= 40) & (tall <= 40) & (stats[:, cv2.CC_STAT_AREA] >= 6)]
    if not 4 <= len(stats) <= 100:
        return None
    left = stats[:, cv2.CC_STAT_LEFT]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    for widest in np.argsort(left - right)[:3]:
        x0, x1 = int(left[widest]), int(right[widest])
        inside = (left + right > 2 * x0) & (left + right < 2 * x1)
        x0, x1 = int(left[inside].min()), int(right[inside].max())
        filled = np.concatenate([[False], marks[:, x0:x1].any(1), [False]])
        starts, ends = np.flatnonzero(np.diff(filled.astype(np.int8))).reshape(-1, 2).T
        height = ends - starts
        if x1 - x0 < 8:  # a chain of beads
            continue
        one_size = (height >= 0.3 * (x1 - x0)) & (height <= 1.7 * (x1 - x0))
        if np.count_nonzero(one_size) >= 4 and len(height) <= 1.5 * np.count_nonzero(one_size):
            top, bottom = int(starts[one_size].min()), int(ends[one_size].max())
            if bottom - top >= 3 * (x1 - x0):
                return x0, top, x1, bottom
    return None
