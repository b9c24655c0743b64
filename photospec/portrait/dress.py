"""What is worn at ears and neck: small networks look for jewellery, for a collar and for a turtleneck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photospec.networks.patchnet import (
    PatchShape,
    cut_lines,
    cut_patch,
    cut_strips,
    halved,
    load_network,
)
from photospec.portrait.upright import patch_transform

__all__ = [
    "EAR_PATCH",
    "NECKLACE_STRIP",
    "NECK_PATCH",
    "Jewellery",
    "NeckDress",
    "ear_anchors",
    "find_earrings",
    "find_necklace",
    "neck_anchor",
    "read_neck",
]

EAR_PATCH = PatchShape(50, 114, 80.0, (34.0, 32.0))
"""The lobe and what hangs from it, about the jaw's third landmark, nearly at full size; outside is left."""

NECK_PATCH = PatchShape(98, 66, 38.0, (49.0, 7.0))
"""Chin, neck, chest and neckline, about the neck's middle at the height of the chin."""

NECKLACE_STRIP = PatchShape(186, 114, 72.0, (93.0, 12.0))
"""The same, but larger: most chains are one to three pixels thick in the picture."""

Points = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Jewellery:
    """What a search for jewellery found in one place.

    Parameters
    ----------
    evidence : float
        Log odds that there is some, before calibration; any real number.
    box : tuple of float
        The most suspicious spot, (left, top, right, bottom) in pixels of the frame.
    """

    evidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class NeckDress:
    """How the neck is dressed; log odds are before calibration.

    Parameters
    ----------
    collarless : float
        Log odds that the top has no collar.
    turtleneck : float
        Log odds that a turtleneck covers the neck.
    """

    collarless: float
    turtleneck: float


def ear_anchors(landmarks: Points) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the anchors of `EAR_PATCH`, at the image's left and right, in the pixels of the (68, 2) landmarks."""
    (x0, y0), (x1, y1) = landmarks[2:15:12].tolist()
    return (x0, y0), (x1, y1)


def neck_anchor(landmarks: Points) -> tuple[float, float]:
    """Return the anchor of `NECK_PATCH` in the pixels of the (68, 2) landmarks."""
    (left, _), (_, chin), (right, _) = landmarks[4:13:4].tolist()
    return (left + right) / 2, chin


def _judge(cells: Points, shape: PatchShape, matrix: npt.NDArray[np.float64]) -> Jewellery:
    # Evidence adds up over the cells; the place is the strongest cell and half a cell round it.
    size = (shape.height - 2) / len(cells)
    row, column = divmod(int(cells.argmax()), cells.shape[1])
    (a, b, left), (c, d, top) = matrix.tolist()
    area = a * d - b * c or 1.0  # 0 only where the pupils coincide
    corners = [((column + step) * size + 1 - left, (row + step) * size + 1 - top) for step in (-0.5, 1.5)]
    xs = sorted((d * x - b * y) / area for x, y in corners)
    ys = sorted((a * y - c * x) / area for x, y in corners)
    return Jewellery(float(np.logaddexp.reduce(cells, axis=None)), (xs[0], ys[0], xs[1], ys[1]))


def find_earrings(frame: U8, landmarks: Points, pupils: Points, skin: Points) -> tuple[Jewellery, Jewellery]:
    """Search both lobes, and what hangs below them, for earrings.

    Parameters
    ----------
    frame : (H, W, 3) uint8
        The picture, RGB.
    landmarks : (68, 2) float32
        In pixels of the picture.
    pupils : (2, 2) float32
        Left and right pupil of the image, in pixels of the picture.
    skin : (3,) float32
        Colour of the person's skin, CIELAB.

    Returns
    -------
    (Jewellery, Jewellery)
        At the image's left and right ear; the right one is mirrored before the same network sees it.
    """
    left, right = (
        patch_transform(EAR_PATCH, anchor, pupils, mirrored=flip)
        for anchor, flip in zip(ear_anchors(landmarks), (False, True), strict=True)
    )
    patches = cut_strips(frame, EAR_PATCH, (left, right))
    (cells,) = load_network("ears").for_skin(skin).run(patches)
    return _judge(cells[0, ..., 0], EAR_PATCH, left), _judge(cells[1, ..., 0], EAR_PATCH, right)


def find_necklace(half: U8, grey: U8, landmarks: Points, pupils: Points, skin: Points) -> Jewellery:
    """Search neck, chest and neckline for a necklace.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma.
    landmarks, pupils, skin
        As for `find_earrings`, in pixels of `grey`.

    Returns
    -------
    Jewellery
    """
    matrix = patch_transform(NECKLACE_STRIP, neck_anchor(landmarks), pupils)
    strip = cut_lines(half, grey, NECKLACE_STRIP, matrix)
    # A cell sees a piece of chain; whether it lies on skin or is a pattern of cloth, the second network sees round it.
    trunk = load_network("necklace").for_skin(skin)
    features = trunk.find(strip[None])
    (cells,) = trunk.answer(features)
    (context,) = load_network("necklace-context").run(halved(features))
    wide = context.repeat(2, axis=1).repeat(2, axis=2)[:, :, : cells.shape[2]]
    return _judge((cells + wide)[0, ..., 0], NECKLACE_STRIP, matrix)


def read_neck(half: U8, grey: U8, landmarks: Points, pupils: Points, skin: Points) -> NeckDress:
    """Look at chin, neck, chest and neckline for collar and turtleneck; parameters as `find_necklace`."""
    matrix = patch_transform(NECK_PATCH, neck_anchor(landmarks), pupils)
    patch = cut_patch(half, grey, NECK_PATCH, matrix)
    # The last map's cells see detail, but no collar as a whole: for that a second network goes on from the map.
    features = load_network("neck").for_skin(skin).find(patch[None])
    (dress,) = load_network("neckline").run(features)
    collarless, turtleneck = dress[0].tolist()
    return NeckDress(collarless, turtleneck)
