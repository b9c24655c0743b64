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
    apart = np.abs(lab - skin.colour)
    # Blond and grey hair, and hair thin on the scalp, are near the skin in colour but rarely in all three.
    far = (apart[..., 0] > 18) | (apart[..., 1] > 7) | (apart[..., 2] > 9)
    loose = silhouette & far & (~bare | (apart[..., 0] > 25)) & (face == 0)
    top = np.zeros_like(loose)
    rows = slice(max(0, round(brow - 2 * tall)), max(0, round(brow)))
    columns = slice(max(0, round(middle - 0.8 * reach)), max(0, round(middle + 0.8 * reach)))
    top[rows, columns] = loose[rows, columns]
    head = silhouette[rows, columns].sum() + face.sum()
    if top.sum() < 0.02 * max(head, 1):
        return Hair(np.zeros((height, width), np.bool_), skin.colour, 0.0)
    colour = np.median(lab[top], 0).astype(np.float32)
    spread = np.maximum(3 * 1.4826 * np.median(np.abs(lab[top] - colour), 0), (14, 7, 7)).astype(np.float32)
    alike = (np.abs(lab - colour) < spread).all(2) & loose
    alike[max(0, round(chin + 0.5 * tall)) :] = False
    mask = cv2.morphologyEx((top | alike).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(mask, connectivity=4)
    held = np.bincount(labels[top], minlength=count) > 0
    held[0] = False
    found = held[labels]
    area = int(found.sum())
    return Hair(found, colour, area / max(area + int(face.sum()), 1))
