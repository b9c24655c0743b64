"""Jewellery: lobes and neck searched for what does not grow there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.patchnet import PatchShape, cut_patch, load_network, patch_transform

__all__ = ["EAR_PATCH", "NECKLACE_PATCH", "Jewellery", "find_earrings", "find_necklace"]

EAR_PATCH = PatchShape(32, 60, 48.0, (22.0, 22.0))
"""The lobe and what hangs from it, about the jaw's third landmark; outside is left."""

NECKLACE_PATCH = PatchShape(88, 56, 40.0, (44.0, -1.0))
"""Neck and chest below the chin, about the neck's middle at the height of the chin."""

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


def _spot(
    logits: npt.NDArray[np.float32], shape: PatchShape, matrix: npt.NDArray[np.float64]
) -> tuple[float, float, float, float]:
    rows, columns = logits.shape
    row, column = np.unravel_index(int(np.argmax(logits)), logits.shape)
    cell = np.array((shape.width / columns, shape.height / rows))
    corners = (np.array(((column - 0.5, row - 0.5), (column + 1.5, row + 1.5))) * cell).reshape(1, 2, 2)
    back = cv2.transform(corners, cv2.invertAffineTransform(matrix))[0]
    (left, top), (right, bottom) = back.min(0), back.max(0)
    return float(left), float(top), float(right), float(bottom)


def _evidence(logits: npt.NDArray[np.float32]) -> float:
    return float(np.logaddexp.reduce(logits, axis=None))


def find_earrings(half: U8, grey: U8, landmarks: Points, pupils: Points, skin: Points) -> tuple[Jewellery, Jewellery]:
    """Search both lobes, and what hangs below them, for earrings.

    Parameters
    ----------
    half : (H/2, W/2, 3) uint8
        The picture at half size, RGB.
    grey : (H, W) uint8
        Its luma.
    landmarks : (68, 2) float32
        In pixels of `grey`.
    pupils : (2, 2) float32
        Left and right pupil of the image, in pixels of `grey`.
    skin : (3,) float32
        Colour of the person's skin, CIELAB.

    Returns
    -------
    (Jewellery, Jewellery)
        At the image's left and right ear; the right one is mirrored before the same network sees it.
    """
    sides = ((landmarks[2], False), (landmarks[14], True))
    patches = [cut_patch(half, grey, skin, EAR_PATCH, anchor, pupils, mirrored=flip) for anchor, flip in sides]
    logits = load_network("ears").run(np.stack(patches))[..., 0]
    left, right = (
        Jewellery(_evidence(z), _spot(z, EAR_PATCH, patch_transform(EAR_PATCH, anchor, pupils, mirrored=flip)))
        for z, (anchor, flip) in zip(logits, sides, strict=True)
    )
    return left, right


def find_necklace(half: U8, grey: U8, landmarks: Points, pupils: Points, skin: Points) -> Jewellery:
    """Search neck, chest and neckline for a necklace; parameters as for `find_earrings`."""
    anchor = np.array(((landmarks[4, 0] + landmarks[12, 0]) / 2, landmarks[8, 1]), np.float32)
    patch = cut_patch(half, grey, skin, NECKLACE_PATCH, anchor, pupils)
    logits = load_network("necklace").run(patch[None])[0, ..., 0]
    return Jewellery(_evidence(logits), _spot(logits, NECKLACE_PATCH, patch_transform(NECKLACE_PATCH, anchor, pupils)))
