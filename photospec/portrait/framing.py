"""Where a frame can be cut out of a picture so that a head stands in it as a standard asks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Anchors", "Band", "Framing", "Target", "solve_framing"]

_LARGEST = 0.5
"""Relative margin in the middle of a band."""

_ENOUGH = 0.08
"""Relative margin of the bands that can be met where another cannot: what a measure may be off."""


@dataclass(frozen=True, slots=True)
class Band:
    """What one length in the frame may be.

    Parameters
    ----------
    low, high : float or None
        Limits in pixels of the frame, or degrees; None is no limit.
    unit : float
        What margins are compared in: the width of the band, or a stand-in for it where one side is open. Above 0.
    doubt : float
        What the measure may be off: a value counts as inside where it is by more than that.
    binding : bool
        False where the standard says nothing and the band is only what such pictures usually show.
    """

    low: float | None
    high: float | None
    unit: float
    doubt: float = 0.0
    binding: bool = True

    def margin(self, value: float) -> float:
        """Return the distance of a value to the nearest limit, above 0 inside."""
        below = math.inf if self.low is None else value - self.low
        above = math.inf if self.high is None else self.high - value
        return min(below, above)


@dataclass(frozen=True, slots=True)
class Target:
    """The frame that is wanted.

    Parameters
    ----------
    width, height : int
        Size in pixels.
    crown, eyes : Band
        Row of the top of the hair, and mean row of the pupils.
    face : Band
        Width of the face, cheek to cheek.
    centring : Band
        Column of the middle between the cheeks, from the frame's middle.
    roll : Band
        Tilt of the line of the pupils in degrees.
    """

    width: int
    height: int
    crown: Band
    eyes: Band
    face: Band
    centring: Band
    roll: Band

    @property
    def bands(self) -> dict[str, Band]:
        """The bands that move with scale and shift, by name."""
        return {"crown": self.crown, "eyes": self.eyes, "face": self.face, "centring": self.centring}


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a frame is placed by, in pixels of the picture, (x, y).

    Parameters
    ----------
    left_pupil, right_pupil : (float, float)
        The image's left and right pupil.
    cheeks : (float, float)
        The middle between the cheeks.
    face_width : float
        From cheek to cheek.
    crown : (float, float)
        The top of the hair.
    """

    left_pupil: tuple[float, float]
    right_pupil: tuple[float, float]
    cheeks: tuple[float, float]
    face_width: float
    crown: tuple[float, float]

    @property
    def eyes(self) -> tuple[float, float]:
        """The middle between the pupils."""
        (x0, y0), (x1, y1) = self.left_pupil, self.right_pupil
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def eye_distance(self) -> float:
        """Distance between the pupils, at least a thousandth of a pixel."""
        return max(1e-3, math.dist(self.left_pupil, self.right_pupil))

    @property
    def roll(self) -> float:
        """Tilt of the line of the pupils in degrees, clockwise positive."""
        (x0, y0), (x1, y1) = self.left_pupil, self.right_pupil
        return math.degrees(math.atan2(y1 - y0, x1 - x0))

    def moved(self, matrix: npt.NDArray[np.float64]) -> Anchors:
        """Return the anchors in another picture; `matrix` is the (2, 3) similarity that takes points there."""
        points = np.array([self.left_pupil, self.right_pupil, self.cheeks, self.crown])
        left, right, cheeks, crown = ((float(x), float(y)) for x, y in points @ matrix[:, :2].T + matrix[:, 2])
        scale = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
        return Anchors(left, right, cheeks, self.face_width * scale, crown)


@dataclass(frozen=True)
class Framing:
    """A frame in a picture, and what will be seen in it.

    Parameters
    ----------
    target : Target
        What was wanted.
    scale : float
        Frame pixels per picture pixel.
    roll : float
        Degrees by which the picture is turned anticlockwise to bring the head into the frame.
    shift : (float, float)
        Where the turned and scaled picture's origin comes to lie in the frame.
    crown, eyes, face_width, centring, tilt : float
        Expected rows of the top of the hair and of the pupils, width of the face, column of its middle from the
        frame's, and tilt of the pupils in degrees.
    lacking : mapping of str to float
        Where a band is missed: frame pixels by which the frame that would be best if the picture went on for ever
        reaches beyond its ``top``, ``left``, ``right`` or ``bottom``. None: the head itself fits no frame.
    """

    target: Target
    scale: float
    roll: float
    shift: tuple[float, float]
    crown: float
    eyes: float
    face_width: float
    centring: float
    tilt: float
    lacking: Mapping[str, float] = field(default_factory=dict)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The (2, 3) similarity that takes pixels of the picture to those of the frame."""
        return _similarity(self.scale, self.roll, self.shift)

    def showing(self, anchors: Anchors) -> Framing:
        """Return the same frame, expecting in it what `anchors`, in pixels of the picture, say."""
        seen = anchors.moved(self.matrix)
        return replace(
            self,
            crown=seen.crown[1],
            eyes=seen.eyes[1],
            face_width=seen.face_width,
            centring=seen.cheeks[0] - (self.target.width - 1) / 2,
            tilt=seen.roll,
        )

    @property
    def margins(self) -> dict[str, float]:
        """Distance of each expected value to its nearest limit, by band; below 0 outside. Only binding bands."""
        values = {"crown": self.crown, "eyes": self.eyes, "face": self.face_width, "centring": self.centring}
        bands = {**self.target.bands, "roll": self.target.roll}
        values["roll"] = self.tilt
        return {name: bands[name].margin(value) for name, value in values.items() if bands[name].binding}

    @property
    def worst(self) -> tuple[str, float] | None:
        """The band with the smallest margin relative to its width, and that margin; None where nothing binds."""
        bands = {**self.target.bands, "roll": self.target.roll}
        margins = self.margins
        if not margins:
            return None
        name = min(margins, key=lambda band: margins[band] / bands[band].unit)
        return name, margins[name]

    @property
    def least(self) -> float:
        """The smallest margin relative to the width of its band; infinite where nothing binds."""
        bands = {**self.target.bands, "roll": self.target.roll}
        return min((margin / bands[name].unit for name, margin in self.margins.items()), default=math.inf)

    @property
    def possible(self) -> bool:
        """True where every binding band is met within the picture."""
        worst = self.worst
        return worst is None or worst[1] >= -1e-6


def _similarity(scale: float, roll: float, shift: tuple[float, float]) -> npt.NDArray[np.float64]:
    cos, sin = scale * math.cos(math.radians(roll)), scale * math.sin(math.radians(roll))
    return np.array([[cos, sin, shift[0]], [-sin, cos, shift[1]]], np.float64)


def solve_framing(anchors: Anchors, size: tuple[int, int], target: Target) -> Framing:
    """Find the frame inside a picture in which the smallest margin, relative to its band, is largest.

    Parameters
    ----------
    anchors : Anchors
        The head.
    size : (int, int)
        Width and height of the picture; the frame never reaches beyond it.
    target : Target
        The frame that is wanted.

    Returns
    -------
    Framing
        Always: where no frame meets every band, the one that misses least, and few bands rather than all by a little.

    Notes
    -----
    For a given turn of the picture, the rows of crown and eyes, the width of the face, its place, and that the four
    corners lie inside the picture are all linear in scale and shift: a linear programme of three unknowns, the largest
    smallest margin. Bands that do not bind, and then the sum of all margins, break ties. The head is made upright by
    its pupils, which the margin of the roll asks for too; only where there is no room for an upright frame is the
    turn searched for as well, within the limits of the roll.
    """
    upright = _solve_turned(anchors, size, target, anchors.roll)
    if upright.possible or not upright.lacking or target.roll.low is None or target.roll.high is None:
        return upright
    from scipy.optimize import minimize_scalar

    def miss(tilt: float) -> float:
        found = _solve_turned(anchors, size, target, anchors.roll - tilt).worst
        return math.inf if found is None else -found[1] / {**target.bands, "roll": target.roll}[found[0]].unit

    bounds = (target.roll.low, target.roll.high)
    tilt = float(minimize_scalar(miss, bounds=bounds, method="bounded", options={"xatol": 0.05}).x)
    tilted = _solve_turned(anchors, size, target, anchors.roll - tilt)
    return tilted if tilted.possible else upright


def _solve_turned(anchors: Anchors, size: tuple[int, int], target: Target, roll: float) -> Framing:
    """Solve for scale and shift with the picture turned anticlockwise by `roll` degrees."""
    # coordinates turned about the eyes, in eye distances: numbers near 1 whatever the picture's size
    unit, (x0, y0) = anchors.eye_distance, anchors.eyes
    cos, sin = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    turn = np.array([[cos, sin], [-sin, cos]])

    def placed(x: float, y: float) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = turn @ np.array([x - x0, y - y0]) / unit
        return found

    middle = (target.width - 1) / 2
    # each band's value is row @ (scale, shift x, shift y) + constant
    rows = {
        "crown": (np.array([placed(*anchors.crown)[1], 0.0, 1.0]), 0.0),
        "eyes": (np.array([0.0, 0.0, 1.0]), 0.0),
        "face": (np.array([anchors.face_width / unit, 0.0, 0.0]), 0.0),
        "centring": (np.array([placed(*anchors.cheeks)[0], 1.0, 0.0]), -middle),
    }
    walls = _walls(size, (x0, y0), unit, turn, target)

    def framing(at: npt.NDArray[np.float64]) -> Framing:
        found = {name: float(row @ at + constant) for name, (row, constant) in rows.items()}
        scale = float(at[0]) / unit
        shift = at[1:3] - scale * turn @ np.array([x0, y0])
        return Framing(
            target,
            scale,
            roll,
            (float(shift[0]), float(shift[1])),
            found["crown"],
            found["eyes"],
            found["face"],
            found["centring"],
            anchors.roll - roll,
        )

    best = framing(_programme(rows, walls, target))
    if best.possible:
        return best
    fewest = framing(_programme(rows, walls, target, fewest=True))
    return replace(fewest, lacking=_lacking(_programme(rows, [], target), walls))


_SIDES = ("left", "top", "right", "bottom")


def _walls(
    size: tuple[int, int],
    eyes: tuple[float, float],
    unit: float,
    turn: npt.NDArray[np.float64],
    target: Target,
) -> list[tuple[str, npt.NDArray[np.float64], float]]:
    """Return for each side of the picture and corner of the frame: ``row @ (scale, x, y) <= limit`` inside."""
    width, height = size
    edges = {
        "left": ((-1.0, 0.0), 0.5),
        "top": ((0.0, -1.0), 0.5),
        "right": ((1.0, 0.0), width - 0.5),
        "bottom": ((0.0, 1.0), height - 0.5),
    }
    corners = [np.array([x, y]) for x in (-0.5, target.width - 0.5) for y in (-0.5, target.height - 0.5)]
    walls = []
    for side, (normal, reach) in edges.items():
        # a corner q lies at eyes + unit / scale * turn.T @ (q - shift): inside where normal @ that <= reach
        across = turn @ np.array(normal)
        room = (reach - float(np.dot(normal, eyes))) / unit
        walls += [(side, np.array([-room, -across[0], -across[1]]), -float(across @ corner)) for corner in corners]
    return walls


def _programme(
    rows: Mapping[str, tuple[npt.NDArray[np.float64], float]],
    walls: list[tuple[str, npt.NDArray[np.float64], float]],
    target: Target,
    *,
    fewest: bool = False,
) -> npt.NDArray[np.float64]:
    """Return scale and shift with the largest smallest margin within the walls.

    With `fewest`, where some band must be missed: with the least sum of what is missed, so that one band is missed
    rather than all by a little.
    """
    from scipy.optimize import linprog

    names = list(target.bands)
    # unknowns: scale, shift x, shift y; the least binding and the least other margin; the margin of each band
    count = 5 + len(names)
    matrix, limits = [], []

    def add(row: npt.NDArray[np.float64], least: dict[int, float], limit: float) -> None:
        line = np.zeros(count)
        line[:3] = row
        for column, weight in least.items():
            line[column] = weight
        matrix.append(line)
        limits.append(limit)

    for n, name in enumerate(names):
        (row, constant), band = rows[name], target.bands[name]
        own = 5 + n
        width = max(band.unit - 2 * band.doubt, 0.1 * band.unit)
        if band.low is not None:  # low + doubt + width * margin <= value
            add(-row, {own: width}, constant - band.low - band.doubt)
        if band.high is not None:
            add(row, {own: width}, band.high - band.doubt - constant)
        add(np.zeros(3), {3 if band.binding else 4: 1.0, own: -1.0}, 0.0)
    for _, row, limit in walls:
        add(row, {}, limit)
    each = [-1.0 if fewest and band.binding else -0.001 for band in target.bands.values()]
    gain = np.array([0.0, 0.0, 0.0, 0.0 if fewest else -1.0, -0.1, *each])
    most = [_ENOUGH if fewest and band.binding else _LARGEST for band in target.bands.values()]
    free: tuple[float | None, float | None] = (None, None)
    bounds = [(1e-6, None), free, free, (None, _LARGEST), (None, _LARGEST), *((None, margin) for margin in most)]
    found = linprog(gain, A_ub=np.array(matrix), b_ub=np.array(limits), bounds=bounds, method="highs")
    if found.x is None:  # a small enough frame fits into any picture
        raise ArithmeticError(f"no frame was found: {found.message}")
    solution: npt.NDArray[np.float64] = np.asarray(found.x[:3], np.float64)
    return solution


def _lacking(
    free: npt.NDArray[np.float64], walls: list[tuple[str, npt.NDArray[np.float64], float]]
) -> dict[str, float]:
    """Return by how many frame pixels a frame reaches beyond the picture, by side."""
    beyond = {side: max(float(row @ free) - limit for name, row, limit in walls if name == side) for side in _SIDES}
    return {side: pixels for side, pixels in beyond.items() if pixels > 0.5}
