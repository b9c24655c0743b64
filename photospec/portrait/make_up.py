"""Make-up: how far lips, cheeks and eyelids are from the person's own skin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photospec.portrait.chart import CELLS, CHART_UNIT, COLUMNS, EYE_ROW
from photospec.portrait.skin import Skin

__all__ = ["MakeUp", "measure_make_up"]

Lab = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MakeUp:
    """Colour of what is made up, against the skin.

    Parameters
    ----------
    lips : float
        Redness (a*) of the lips above the skin's; bare lips have about 5 to 14.
    cheeks : float
        Redness (a*) of the cheeks' middle above that of the face's edge and chin; the redder cheek.
    lids : float
        Distance in a*, b* of the upper eyelids, between eye and brow, from the skin scaled to their lightness.
    """

    lips: float
    cheeks: float
    lids: float


def measure_make_up(lab: Lab, marks: npt.NDArray[np.float32], skin: Skin) -> MakeUp:
    """Measure the colour of lips, cheeks and eyelids.

    Parameters
    ----------
    lab : (120, 96, 3) float32
        The head's chart at half its size, CIELAB.
    marks : (68, 2) float32
        Landmarks in eye distances about the middle of the eyes.
    skin : Skin
        The person's skin.

    Returns
    -------
    MakeUp
    """
    height, width = lab.shape[:2]
    unit = CHART_UNIT / 2
    middle_x, middle_y = COLUMNS * CELLS / 4, EYE_ROW * CELLS / 2
    points = marks * unit + np.array((middle_x, middle_y), np.float32)
    mask = np.zeros((height, width), np.uint8)

    def inside(polygon: npt.NDArray[np.float32]) -> Lab:
        corners = np.clip(np.rint(polygon), -500, 500).astype(np.int32)
        mask[:] = 0
        cv2.fillPoly(mask, [corners], 1)
        left, top, across, down = cv2.boundingRect(corners)
        box = slice(max(top, 0), max(top + down, 0)), slice(max(left, 0), max(left + across, 0))
        return lab[box][mask[box].view(np.bool_)]

    def patch(x: float, y: float, half: float) -> Lab:
        x0, y0 = middle_x + (x - half) * unit, middle_y + (y - half) * unit
        x1, y1 = middle_x + (x + half) * unit, middle_y + (y + half) * unit
        return lab[max(round(y0), 0) : max(round(y1), 0), max(round(x0), 0) : max(round(x1), 0)].reshape(-1, 3)

    def median(values: npt.NDArray[np.float32]) -> float:
        ordered = np.sort(values)  # on so few a third of the cost of numpy.median
        return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2

    def redness(pixels: Lab) -> float:
        return median(pixels[:, 1]) if len(pixels) else float(skin.colour[1])

    lips = inside(np.concatenate([points[48:55], points[64:59:-1]]))
    lower = inside(np.concatenate([points[54:60], points[48:49], points[60:61], points[67:63:-1]]))
    mouth = np.concatenate([lips, lower])
    edge = redness(np.concatenate([patch(0.0, float(marks[8, 1]) - 0.25, 0.1), patch(0.0, -0.6, 0.15)]))
    spots = ((0.62, 0.55), (0.72, 0.65), (0.6, 0.72))
    cheeks = [max(redness(patch(sign * x, y, 0.1)) for x, y in spots) - edge for sign in (-1.0, 1.0)]
    lids = []
    for brow, eye in ((points[17:22], points[36:40]), (points[22:27], points[42:46])):
        lid = inside(np.concatenate([0.4 * brow + 0.6 * eye.mean(0) + (eye[1:3].mean(0) - eye.mean(0)), eye[::-1]]))
        if len(lid):
            level = np.clip(lid[:, :1] / max(float(skin.colour[0]), 1.0), 0.3, 1.2)
            apart = lid[:, 1:] - skin.colour[1:] * level
            lids.append(math.hypot(median(apart[:, 0]), median(apart[:, 1])))
    return MakeUp(redness(mouth) - float(skin.colour[1]), max(cheeks), max(lids, default=0.0))
