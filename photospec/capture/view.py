"""A portrait seen through the crop that will be made of it."""

from __future__ import annotations

import dataclasses
import math
from time import perf_counter

import numpy as np
import numpy.typing as npt

from photospec.capture.camera import CameraFrame
from photospec.errors import Unseen
from photospec.finding import Finding, Mark, MarkKind
from photospec.photo import Photo
from photospec.portrait import FRAME_HEIGHT, Portrait
from photospec.portrait._fact import fact
from photospec.portrait.framing import Anchors, Framing, Target, solve_framing
from photospec.portrait.texture import Blocking, measure_blocking

__all__ = ["Overview", "View", "look"]

_ROUNDS = 5
"""How often the crop is looked at and placed anew by what is seen; two are the rule."""

_NEAR = 5.0
"""Pixels of 640 by which the head may be off its best place, a sixth of the way to a limit; its width by twice that."""

_LEVEL = 1.0
"""Degrees by which the pupils may be off level: a second look at the same face differs by as much."""

_GUESSED_CROWN = 2.1
"""Eye distances from the eyes to where the first look expects the top of the hair: higher than most."""

_CUT = 1.0
"""Rows from the top edge within which a crown is taken to go on above it."""


class Overview(Portrait):
    """The whole of a camera's frame, upright and 640 px high."""

    def __init__(self, camera: CameraFrame) -> None:
        super().__init__(camera.photo)
        self.camera = camera

    @fact
    def frame(self) -> npt.NDArray[np.uint8]:
        """The whole picture at frame size."""
        picture = self.camera.overview(FRAME_HEIGHT)
        picture.flags.writeable = False
        return picture

    @fact
    def scale(self) -> float:
        """Photo pixels per frame pixel."""
        return self.camera.size[1] / FRAME_HEIGHT


class View(Portrait):
    """A crop of a camera's frame, 640 px high: values are those of the crop, marks are brought into the photo.

    Parameters
    ----------
    camera : CameraFrame
        The camera's frame.
    framing : Framing
        The crop, in pixels of the upright photo.

    Attributes
    ----------
    crown_seen : bool
        Whether the outline of the hair could be told from the backdrop; else the crown is a guess.
    """

    def __init__(self, camera: CameraFrame, framing: Framing) -> None:
        super().__init__(camera.photo)
        self.camera = camera
        self._framing = framing
        self.crown_seen = False
        self._matrix = _scaled(FRAME_HEIGHT / framing.target.height) @ np.vstack([framing.matrix, (0.0, 0.0, 1.0)])

    @property
    def framing(self) -> Framing:
        """The crop, in pixels of the upright photo, and what is to be seen in it."""
        return self._framing

    def expect(self, seen: Anchors, *, crown_seen: bool) -> None:
        """Note what is to be seen in the crop; `seen` is in pixels of the upright photo."""
        self._framing, self.crown_seen = self._framing.showing(seen), crown_seen

    @property
    def to_photo(self) -> npt.NDArray[np.float64]:
        """The (2, 3) similarity that takes pixels of this portrait to those of the upright photo."""
        inverse: npt.NDArray[np.float64] = np.linalg.inv(np.vstack([self._matrix, (0.0, 0.0, 1.0)]))[:2]
        return inverse

    @fact
    def frame(self) -> npt.NDArray[np.uint8]:
        """The crop at frame size."""
        target = self.framing.target
        size = max(1, round(target.width * FRAME_HEIGHT / target.height)), FRAME_HEIGHT
        return self.camera.cut(self._matrix, size, fine=False)

    @fact
    def scale(self) -> float:
        """1: values are those of the crop, 640 px high."""
        return 1.0

    @fact
    def unit_scale(self) -> float:
        """1: limits are those of a crop 640 px high."""
        return 1.0

    @fact
    def blocking(self) -> Blocking:
        """The grid of compression blocks as the crop has it: the frame's own is finer than that."""
        return measure_blocking(self.grey)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with its marks in pixels of the upright photo."""
        return _with_marks(finding, self.to_photo)

    def unplaced(self, finding: Finding) -> Finding:
        """Return a finding of `placed` with its marks in pixels of this portrait again."""
        return _with_marks(finding, self._matrix)


def _scaled(factor: float) -> npt.NDArray[np.float64]:
    """Return the matrix that scales a picture about its corner; pixels' middles have whole coordinates."""
    return np.array([[factor, 0.0, (factor - 1) / 2], [0.0, factor, (factor - 1) / 2]])


def _anchors(portrait: Portrait, *, look_for_crown: bool = True) -> tuple[Anchors, bool]:
    """Read from a portrait what a crop is placed by.

    Parameters
    ----------
    portrait : Portrait
        The portrait.
    look_for_crown : bool
        False leaves the outline of the hair alone and expects the crown higher than it usually is.

    Returns
    -------
    (Anchors, bool)
        In pixels of the portrait's frame, and whether the crown was seen.

    Raises
    ------
    Unseen
        There is no face.
    """
    left, right = portrait.pupils.tolist()
    cheeks, unit = portrait.cheeks, portrait.eye_distance
    eyes = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    across, down = (right[0] - left[0]) / unit, (right[1] - left[1]) / unit

    def above(distance: float) -> tuple[float, float]:
        return eyes[0] + down * distance * unit, eyes[1] - across * distance * unit

    seen, crown = False, above(_GUESSED_CROWN)
    if look_for_crown:
        try:
            found = portrait.crown
            crown, seen = (found.x, found.y), True
            if found.y <= _CUT and portrait.half_silhouette[0].any():
                crown = found.x, found.y - 0.3 * unit  # what is cut off goes on above
        except Unseen:
            crown = above(0.8 * _GUESSED_CROWN)
    return Anchors((left[0], left[1]), (right[0], right[1]), cheeks.centre, cheeks.width, crown), seen


def look(photo: Photo, target: Target) -> Overview | View:
    """Find the crop that will be made of a camera's frame, and see the person in it.

    Parameters
    ----------
    photo : Photo
        The camera's frame.
    target : Target
        The crop that is wanted.

    Returns
    -------
    View or Overview
        The portrait in the best crop; where there is no face, or no picture, the whole frame.

    Notes
    -----
    The whole frame, 640 px high, shows where the eyes are; the crown is guessed higher than usual. What is seen in the
    crop that follows from that, at its full detail, gives the next, until both agree: mostly the second.
    """
    camera = CameraFrame(photo)
    whole = Overview(camera)
    start = perf_counter()
    try:
        anchors = _anchors(whole, look_for_crown=False)[0].moved(_scaled(whole.scale))
    except Unseen:
        return whole
    view = View(camera, solve_framing(anchors, camera.size, target))
    best: View | None = None
    for _ in range(_ROUNDS):
        try:
            seen, crown_seen = _anchors(view)
        except Unseen:
            break  # nearer by, no face is found: the crop stays where it was last seen, or the whole picture put it
        seen = seen.moved(view.to_photo)
        view.expect(seen, crown_seen=crown_seen)
        if best is None or view.framing.least >= best.framing.least:
            best = view  # the landmarks of some faces move with the crop, to and fro
        better = solve_framing(seen, camera.size, target)
        if _settled(view.framing, better):
            break
        view = View(camera, better)
    view = best if best is not None else view
    view.timings["framing"] = perf_counter() - start - sum(view.timings.values())
    return view


def _settled(now: Framing, better: Framing) -> bool:
    """Tell whether a crop is so near the best one that another look would not improve it."""
    near = _NEAR * now.target.height / FRAME_HEIGHT
    return (
        max(abs(now.crown - better.crown), abs(now.eyes - better.eyes), abs(now.centring - better.centring)) <= near
        and abs(now.face_width - better.face_width) <= 2 * near
        and abs(now.tilt - better.tilt) <= _LEVEL
    )


def _with_marks(finding: Finding, matrix: npt.NDArray[np.float64]) -> Finding:
    return dataclasses.replace(finding, where=tuple(_moved(mark, matrix) for mark in finding.where))


def _moved(mark: Mark, matrix: npt.NDArray[np.float64]) -> Mark:
    """Return a mark in another picture; of a box that is turned there, the upright box round it."""
    points = np.array(mark.points, np.float64)
    if mark.kind is MarkKind.BOX:
        (left, top), (right, bottom) = points
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    if not math.isfinite(float(moved.sum())):
        raise ValueError(f"a {mark.kind} has a coordinate that is not finite: {mark.points}")
    if mark.kind is MarkKind.BOX:
        (x0, y0), (x1, y1) = moved.min(0).tolist(), moved.max(0).tolist()
        return Mark.box(x0, y0, x1, y1)
    return Mark(mark.kind, tuple((float(x), float(y)) for x, y in moved))
