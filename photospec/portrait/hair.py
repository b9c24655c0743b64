"""The hair: its colour, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.skin import Skin

__all__ = ["Hair", "find_hair"]


@dataclass(frozen=True, slots=True)
class Hair:
    """The hair of the head, or what is worn in its place.

    Parameters
    ----------
    mask : (H, W) bool
        True on hair.
    colour : (3,) float32
        Median colour, CIELAB; that of the skin where there is no hair.
    share : float
        Area of the hair as a share of the head's, hair included: about 0 when bald, 0.3 short, above 0.5 long.
    """

    mask: npt.NDArray[np.bool_]
    colour: npt.NDArray[np.float32]
    share: float


def find_hair(
    lab: npt.NDArray[np.float32],
    skin: Skin,
    bare: npt.NDArray[np.bool_],
    silhouette: npt.NDArray[np.bool_],
    landmarks: npt.NDArray[np.float32],
) -> Hair:
    """Find the hair.

    Parameters
    ----------
    lab : (H, W, 3) float32
        Picture in CIELAB.
    skin : Skin
        The person's skin.
    bare, silhouette : (H, W) bool
        True on skin, and on the person.
    landmarks : (68, 2) float32
        In pixels of `lab`.

    Returns
    -------
    Hair

    Notes
    -----
    Hair is what belongs to the person, is not skin, and hangs together with the head above the brows; beside and below
    the face only what has the colour found above it, as far down as one and a half faces, so that clothes do not count.
    """
    height, width = lab.shape[:2]
    brow = landmarks[17:27, 1].min()
    chin = landmarks[8, 1]
    tall = max(float(chin - brow), 4.0)
    left, right = landmarks[0, 0], landmarks[16, 0]
    middle, reach = (left + right) / 2, max(float(right - left), 4.0)
    face = np.zeros((height, width), np.uint8)
    raised = landmarks[17:27] - np.array((0, 0.12 * tall), np.float32)
    hull = cv2.convexHull(np.clip(np.concatenate([landmarks[:17], raised]), -4000, 4000).astype(np.int32))
    cv2.fillConvexPoly(face, hull, 1)
    bottom = min(height, max(1, round(float(chin + 0.5 * tall))))
    part = lab[:bottom]
    # Blond and grey hair, and hair thin on the scalp, are near the skin in colour but rarely in all three.
    near, near_l = np.array((18, 7, 9), np.float32), np.array((25, 999, 999), np.float32)
    like_skin = cv2.inRange(part, skin.colour - near, skin.colour + near)
    as_light = cv2.inRange(part, skin.colour - near_l, skin.colour + near_l)
    loose = silhouette[:bottom] & (like_skin == 0) & ~(bare[:bottom] & (as_light > 0)) & (face[:bottom] == 0)
    top = np.zeros_like(loose)
    rows = slice(max(0, round(float(brow - 2 * tall))), max(0, round(float(brow))))
    columns = slice(max(0, round(float(middle - 0.8 * reach))), max(0, round(float(middle + 0.8 * reach))))
    top[rows, columns] = loose[rows, columns]
    head = int(silhouette[:bottom][rows, columns].sum()) + int(face.sum())
    found = np.zeros((height, width), np.bool_)
    if top.sum() < 0.02 * max(head, 1):
        return Hair(found, skin.colour, 0.0)
    few = part[top]
    few = few[:: max(1, len(few) // 500)]
    colour = np.median(few, 0).astype(np.float32)
    spread = np.maximum(3 * 1.4826 * np.median(np.abs(few - colour), 0), (14, 7, 7)).astype(np.float32)
    alike = (cv2.inRange(part, colour - spread, colour + spread) > 0) & loose
    mask = cv2.morphologyEx((top | alike).view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(mask, connectivity=4)
    held = np.bincount(labels[top], minlength=count) > 0
    held[0] = False
    found[:bottom] = held[labels]
    area = int(found.sum())
    return Hair(found, colour, area / max(area + int(face.sum()), 1))
