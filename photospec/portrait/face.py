"""Where the face is: boxes, 68 landmarks, head pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.faces import Detector, face_detector, front_detector, landmark_predictor

__all__ = [
    "Cheeks",
    "Face",
    "HeadPose",
    "eye_centres",
    "find_cheeks",
    "find_faces",
    "find_faint_face",
    "find_landmarks",
    "find_large_faces",
    "find_pupils",
    "head_pose",
]

Landmarks = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face.

    Parameters
    ----------
    left, top, right, bottom : float
        Box in pixels: brows to chin, cheek to cheek.
    score : float
        The detector's confidence; 0 is its threshold, a clear frontal face has 1 to 3.
    """

    left: float
    top: float
    right: float
    bottom: float
    score: float

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.right - self.left

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box, (x, y) in pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Rotation of the head, in degrees.

    Parameters
    ----------
    yaw : float
        Turned to the image's right is positive.
    pitch : float
        Chin raised is positive.
    roll : float
        Clockwise in the image is positive.
    """

    yaw: float
    pitch: float
    roll: float


def find_large_faces(half: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
    """Find a frontal face that is seen clearly and is as large as in a portrait.

    The detector's frontal view searches the fifth level of the half-size picture's pyramid, which shows faces from
    300 px. Where it sees one, the level before, too, is asked, round that face alone; and beyond them, only where the
    score still rises so steeply that the next level may show the face better. Together that takes 0.35 to 0.5 ms.

    Parameters
    ----------
    half : (H/2, W/2) uint8
        The picture at half size.

    Returns
    -------
    tuple of Face
        One of 250 to 360 px, in pixels of the picture; empty where `find_faces` has to look: there is none clearly,
        there are more, or another level shows it better.
    """
    only = front_detector(1)
    seen = _search_from(half, _MIDDLE, only)
    if len(seen) != 1:
        return ()
    (best,) = seen
    larger = _search_from(half, _MIDDLE - 1, only, best)
    rise = larger[0].score - best.score if larger else -math.inf
    if rise > 0:
        best = larger[0]
    beyond = _MIDDLE - 2 if rise > _STEEP_BEFORE else _MIDDLE + 1 if rise < -_STEEP_BEHIND else None
    rivals = () if beyond is None else _search_from(half, beyond, only, best)
    return () if best.score <= _CLEAR or any(rival.score >= best.score for rival in rivals) else (best,)


def find_faces(grey: npt.NDArray[np.uint8], half: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
    """Find frontal faces, the largest first.

    The detector's frontal view alone searches first, from the second level of the half-size picture's pyramid on, which
    takes 1.5 ms instead of 2.2: so it finds faces from 175 px. Where it sees none clearly, or one so small that the
    first level may see it better, the half-size picture is searched whole, and at need by all five views. Only when
    there is none, the full picture is searched, and the half one with its contrast evened out.

    Parameters
    ----------
    grey : (H, W) uint8
        The picture.
    half : (H/2, W/2) uint8
        The same at half size.

    Returns
    -------
    tuple of Face
        In pixels of `grey`.

    Notes
    -----
    The detector's own threshold is 0. Of the faces behind a surgical mask 1 in 4 scores between -0.22 and 0, while
    the photos of no face have nothing above -1, so the best candidate counts from -0.3; a second one, away from the
    best, from -0.2. (On 680 photos of one person the highest score of anything else was -0.32.)
    The other four views, of heads turned or tilted, take as long again as the frontal one: of 1,435 faces of the
    evaluation photos it finds 1,400 with a score above 0.5 by itself, and every second face too.

    References
    ----------
    .. [1] D. E. King, "Max-Margin Object Detection", 2015, https://doi.org/10.48550/arXiv.1502.00046
    """
    if min(half.shape) < 40:
        return ()
    faces = _search_from(half, 1, front_detector())
    if faces and max(f.score for f in faces) > _CLEAR and _level_of(faces[0]) > 1:
        return faces
    faces = _search(front_detector(), half, 2.0)
    if faces and max(f.score for f in faces) > _CLEAR:
        return faces
    whole = face_detector()
    return _search(whole, half, 2.0) or _search(whole, grey, 1.0) or _search(whole, cv2.equalizeHist(half), 2.0)  # type: ignore[arg-type]


def find_faint_face(half: npt.NDArray[np.uint8]) -> Face | None:
    """Find what looks most like a face where `find_faces` finds none: behind a mask half of it is missing.

    Parameters
    ----------
    half : (H/2, W/2) uint8
        The picture at half size.

    Returns
    -------
    Face or None
        In pixels of the whole picture; None where nothing scores above -0.9. Photos of no face have nothing above -1.
    """
    if min(half.shape) < 40:
        return None
    boxes, scores, _ = face_detector().run(half, _FAINT)
    if not boxes:
        return None
    score, box = max(zip(scores, boxes, strict=True), key=lambda pair: pair[0])
    height, width = half.shape
    if min(box.left(), box.top(), width - box.right(), height - box.bottom()) < 0:
        return None  # what reaches beyond the picture may be a head upside down
    return Face(2 * box.left(), 2 * box.top(), 2 * (box.right() + 1), 2 * (box.bottom() + 1), score)


def _search_from(
    half: npt.NDArray[np.uint8], level: int, detector: Detector, near: Face | None = None
) -> tuple[Face, ...]:
    """Search the half-size picture from a level of its pyramid on, at need only round a face that was found already.

    The level has dlib's size, but is made in one step. The part round a face begins where a cell of the detector's
    does, so that it sees there what it sees in the whole level.
    """
    height, width = half.shape
    rows, columns = height, width
    for _ in range(level):
        rows, columns = rows * 5 // 6, columns * 5 // 6
    left, top, right, bottom = 0, 0, columns, rows
    if near is not None:
        x, y = (int(part / (2 * 1.2**level)) for part in near.centre)
        left, top = max(0, x - _REACH) // _CELL * _CELL, max(0, y - _REACH) // _CELL * _CELL
        right, bottom = min(columns, x + _REACH), min(rows, y + _REACH)
    if min(right - left, bottom - top) < _FIELD:
        return ()
    across, down = (width - 1) / (columns - 1), (height - 1) / (rows - 1)  # corner on corner
    shrink = np.array(((across, 0, across * left), (0, down, down * top)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture: npt.NDArray[np.uint8] = cv2.warpAffine(half, shrink, (right - left, bottom - top), flags=flags)  # type: ignore[assignment]
    return _search(detector, picture, 2.0, level, (left, top))


def _level_of(face: Face) -> int:
    """Return the level of the half-size picture's pyramid that showed a face."""
    return round(math.log(face.width / (2 * _WINDOW), 1.2))


_Box = tuple[int, int, int, int]


def _from_level(box: _Box, level: int) -> _Box:
    """Turn a box of a search that begins at a level of the pyramid into the one that dlib gives from the first on.

    dlib takes a box up level by level, ``1.2 p + 0.3``, and rounds at the end: here that is undone, and done right.
    """
    if not level:
        return box
    above = round(math.log((box[2] + 1 - box[0]) / _WINDOW, 1.2))
    grown, whole = 1.2**above, 1.2 ** (above + level)
    shift, shifted = 1.5 * (grown - 1), 1.5 * (whole - 1)  # 0.3 + 1.2 * 0.3 + ...
    half = 0.5 + 1e-9  # a tie goes up
    left, top, right, bottom = (math.floor(whole * round((edge - shift) / grown) + shifted + half) for edge in box)
    return left, top, right, bottom


def _search(
    detector: Detector, picture: npt.NDArray[np.uint8], factor: float, level: int = 0, corner: tuple[int, int] = (0, 0)
) -> tuple[Face, ...]:
    """Return the best candidate and those away from it, the largest first, `factor` times as large.

    `level` is that of the pyramid from which the picture is, and `corner` its place there.
    """
    boxes, scores, _ = detector.run(picture, _BEST)
    found = []
    x, y = corner
    for b, score in sorted(zip(boxes, scores, strict=True), key=lambda pair: -pair[1]):
        box = (b.left() + x, b.top() + y, b.right() + x, b.bottom() + y)
        left, top, right, bottom = _from_level(box, level)
        found.append(Face(left * factor, top * factor, (right + 1) * factor, (bottom + 1) * factor, score))
    others = [f for f in found[1:] if f.score > _SECOND and not _overlap(f, found[0])]
    return tuple(sorted(found[:1] + others, key=lambda f: -f.width))


_WINDOW = 73  # pixels that the detector's window is wide
_CELL = 8  # pixels of a cell of the detector's
_FIELD = 80  # pixels that the detector's window is wide with its margin
_REACH = 56  # pixels from a face's middle where it is searched for
_MIDDLE = 4  # level of the half-size picture's pyramid where `find_large_faces` begins
_STEEP_BEFORE, _STEEP_BEHIND = 0.3, 0.8  # rise of the score from a level to the next that may go on
_BEST = -0.3
_SECOND = -0.2
_FAINT = -0.9
_CLEAR = 0.5


def _overlap(one: Face, other: Face) -> bool:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min(one.width * (one.bottom - one.top), other.width * (other.bottom - other.top))
    return width > 0 and height > 0 and width * height > 0.5 * smaller


def find_landmarks(grey: npt.NDArray[np.uint8], face: Face) -> Landmarks:
    """Find the 68 landmarks of iBUG 300-W in a face.

    Parameters
    ----------
    grey : (H, W) uint8
        The picture.
    face : Face
        Its box in the picture.

    Returns
    -------
    (68, 2) float32
        (x, y) in pixels: 0-16 jaw from the image's left, 17-21 and 22-26 brows, 27-35 nose, 36-41 left eye,
        42-47 right eye, 48-59 outer lips, 60-67 inner lips.

    References
    ----------
    .. [1] V. Kazemi and J. Sullivan, "One millisecond face alignment with an ensemble of regression trees",
       CVPR 2014, https://doi.org/10.1109/CVPR.2014.241
    """
    box = (round(face.left), round(face.top), round(face.right), round(face.bottom))
    return landmark_predictor().fit(grey, box)


_EYES = np.kron(np.eye(2, dtype=np.float32), np.full(6, 1 / 6, np.float32))


def eye_centres(landmarks: Landmarks) -> Landmarks:
    """Return the middle of the six landmarks of the image's left and of its right eye, (2, 2), (x, y)."""
    return _EYES @ landmarks[36:48]


def find_pupils(landmarks: Landmarks) -> Landmarks:
    """Place the pupils between the lids.

    Parameters
    ----------
    landmarks : (68, 2) float32
        As from `find_landmarks`.

    Returns
    -------
    (2, 2) float32
        Left and right pupil of the image, (x, y).

    Notes
    -----
    The upper lid covers more of the iris than the lower, and the landmarks of the lower lid lie low: the pupil is
    3 % of the eye distance above the mean of the lids. The mean error is then 1.7 px of 640 on 1,160 annotated photos.
    Where the gaze goes does not matter here.
    """
    eyes = eye_centres(landmarks)
    along = eyes[1] - eyes[0]
    return eyes + np.float32(0.03) * np.array((along[1], -along[0]), np.float32)


@dataclass(frozen=True, slots=True)
class Cheeks:
    """Where the face is widest, without ears and hair.

    Parameters
    ----------
    left, right : (float, float)
        (x, y) of the outermost points in pixels.
    """

    left: tuple[float, float]
    right: tuple[float, float]

    @property
    def width(self) -> float:
        """Distance from cheek to cheek in pixels."""
        return math.dist(self.left, self.right)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle between the cheeks, (x, y) in pixels."""
        return (self.left[0] + self.right[0]) / 2, (self.left[1] + self.right[1]) / 2


def find_cheeks(landmarks: Landmarks) -> Cheeks:
    """Find the cheeks at the widest line of the face.

    Parameters
    ----------
    landmarks : (68, 2) float32
        As from `find_landmarks`.

    Returns
    -------
    Cheeks

    Notes
    -----
    The line lies between landmarks 1 and 15, just below the ears' middle. A smile pushes the landmarks of the jaw
    out further than the cheeks go, so the width is a fixed mix of five lengths of the face in which the mouth's width
    counts against: fitted on the hand-annotated widths of 67 people, neutral and smiling. On 33 people set aside its
    median error is 4 px, and 6 px on official portraits, of which it saw none; the line alone is 12 px too wide there.
    """
    at = landmarks.tolist()

    def length(a: int, b: int) -> float:
        return math.dist(at[a], at[b])

    width = (
        0.697 * length(1, 15)
        + 0.101 * length(3, 13)
        - 0.432 * length(48, 54)
        + 0.301 * length(36, 45)
        + 0.199 * length(27, 8)
    )
    (x0, y0), (x1, y1) = at[1], at[15]
    slack = 0.5 * (1.0 - width / max(length(1, 15), 1.0))
    x, y = slack * (x1 - x0), slack * (y1 - y0)
    return Cheeks((x0 + x, y0 + y), (x1 - x, y1 - y))


def head_pose(landmarks: Landmarks) -> HeadPose:
    """Estimate how the head is turned, from how the nose and the jaw move against the eyes.

    Parameters
    ----------
    landmarks : (68, 2) float32
        As from `find_landmarks`.

    Returns
    -------
    HeadPose

    Notes
    -----
    With the eyes as origin, their line as x axis and their distance as unit, a turned head moves what lies before
    the eyes (tip of the nose, 0.5; its root, 0.15) to one side and what lies behind (the jaw's ends, -0.8) to the
    other. Their difference cancels most of what is this person's own asymmetry: on 50 frontal faces the yaw has a
    standard deviation of 2.7 degrees, where six points and ``solvePnP`` gave up to 20 degrees. The pitch is the same
    idea upright, but the proportions of faces differ more than their halves do: its standard deviation is 7 degrees.
    """
    left, right = eye_centres(landmarks)
    along, across = (right - left).tolist()
    square = max(1.0, along * along + across * across)
    axes = np.array(((along, -across), (across, along))) / square
    x, y = ((landmarks - (left + right) / 2) @ axes).T.tolist()
    jaw = (sum(x[:6]) + sum(x[11:17])) / 12
    aside = x[30] + x[27] - jaw
    mouth, ears = (y[48] + y[54]) / 2, (y[0] + y[16]) / 2
    down = y[30] + 0.5 * y[27] - 0.45 * mouth - 0.3 * ears
    return HeadPose(
        math.degrees(math.asin(min(max(aside / 1.45, -1.0), 1.0))),
        -math.degrees(math.asin(min(max(down / 0.9, -1.0), 1.0))),
        math.degrees(math.atan2(across, along)),
    )
