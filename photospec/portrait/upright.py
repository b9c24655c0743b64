"""Parts of the picture brought to one size and upright by the pupils."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from photospec.networks.patchnet import PatchShape

__all__ = ["cut_upright", "patch_transform", "upright_transform"]


_LEAST = 16.0  # squared distance of pupils: nearer ones tell no scale


def upright_transform(
    pupils: npt.NDArray[np.float32],
    unit: float,
    x: float,
    y: float,
    anchor: tuple[float, float] | None = None,
    *,
    mirrored: bool = False,
) -> npt.NDArray[np.float64]:
    """Return the similarity that brings the pupils level and a point to a fixed place.

    Parameters
    ----------
    pupils : (2, 2) float32
        Left and right pupil of the image, (x, y) in pixels of the picture.
    unit : float
        Their distance in the cut-out, pixels.
    x, y : float
        Where the anchor goes.
    anchor : (float, float) or None
        (x, y) in pixels of the picture; None is the middle between the pupils.
    mirrored : bool
        Left and right change places.

    Returns
    -------
    (2, 3) float64
        Matrix for `cut_upright` and `cv2.warpAffine`: rotation, scale and shift.
    """
    (x0, y0), (x1, y1) = pupils.tolist()
    dx, dy = x1 - x0, y1 - y0
    gain = unit / max(dx * dx + dy * dy, _LEAST)
    cos, sin = gain * dx, gain * dy
    ax, ay = ((x0 + x1) / 2, (y0 + y1) / 2) if anchor is None else anchor
    flip = -1.0 if mirrored else 1.0
    return np.array(
        (
            (flip * cos, flip * sin, x - flip * (cos * ax + sin * ay)),
            (-sin, cos, y - (cos * ay - sin * ax)),
        ),
        np.float64,
    )


def patch_transform(
    shape: PatchShape, anchor: tuple[float, float], pupils: npt.NDArray[np.float32], *, mirrored: bool = False
) -> npt.NDArray[np.float64]:
    """Return the similarity, (2, 3) float64, that takes picture pixels to those of a patch about an anchor."""
    return upright_transform(pupils, shape.scale, *shape.origin, anchor, mirrored=mirrored)


def cut_upright(
    picture: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64], size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Cut a part out of a picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        RGB.
    matrix : (2, 3) float64
        Similarity that takes its pixels to those of the cut-out.
    size : (int, int)
        Width and height of the cut-out.

    Returns
    -------
    (height, width, 4) uint8
        RGB and one channel more: four are warped in half the time of three. Beyond the picture its edge is repeated.
    """
    (cos, sin, x), (_, _, y) = matrix.tolist()
    width, height = size[0] / 2, size[1] / 2
    square = max(cos * cos + sin * sin, 1e-12)
    xm, ym = (cos * (width - x) - sin * (height - y)) / square, (sin * (width - x) + cos * (height - y)) / square
    across = (abs(cos) * width + abs(sin) * height) / square + 3
    down = (abs(sin) * width + abs(cos) * height) / square + 3
    left, right = max(0, min(int(xm - across), picture.shape[1] - 1)), max(1, int(xm + across))
    top, bottom = max(0, min(int(ym - down), picture.shape[0] - 1)), max(1, int(ym + down))
    part = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_RGB2RGBA)
    moved = matrix.copy()
    moved[:, 2] = x + cos * left + sin * top, y - sin * left + cos * top
    return cv2.warpAffine(part, moved, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]
