"""A camera's frame: upright, at the detail that is asked for, and cut out in one resampling."""

from __future__ import annotations

import functools
import io
import math

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from photospec.batch.sources import Source
from photospec.photo import REDUCTIONS, Photo, ReadLimits
from photospec.photo import PhotoSource as Readable

__all__ = ["CAMERA_LIMITS", "CameraFrame", "read_frame", "resample"]

CAMERA_LIMITS = ReadLimits(max_bytes=120_000_000, max_pixels=80_000_000)
"""What a camera's file may ask of memory: frames of 60 megapixels and some more."""


def read_frame(source: Readable | Source | Photo) -> Photo:
    """Read a camera's frame, up to 80 megapixels and 120 MB; a `Photo` is taken as it is."""
    if isinstance(source, Photo):
        return source
    if not isinstance(source, Source):
        return Photo.read(source, limits=CAMERA_LIMITS)
    if source.problem is None and source.member is None and "://" not in source.path:
        return Photo.read(source.path, name=source.name, limits=CAMERA_LIMITS)
    return source.open()


_SPARE = 1.5
"""Pixels per pixel of the crop that the decoder's own reduction must leave."""

_TURNED = {5, 6, 7, 8}


class CameraFrame:
    """The upright picture of a photo, decoded no finer than needed.

    Parameters
    ----------
    photo : Photo
        The camera's file. EXIF orientation is obeyed, a colour profile is converted to sRGB.
    """

    def __init__(self, photo: Photo) -> None:
        self.photo = photo
        orientation = (photo.exif.orientation if photo.exif is not None else None) or 1
        self._orientation = orientation if 1 <= orientation <= 8 else 1

    @functools.cached_property
    def size(self) -> tuple[int, int]:
        """Upright width and height in pixels, at full detail."""
        width, height = self.photo.width, self.photo.height
        if width is None or height is None:
            height, width = self.photo.pixels.shape[:2]
        return (height, width) if self._orientation in _TURNED else (width, height)

    @functools.cached_property
    def _to_srgb(self) -> ImageCms.ImageCmsTransform | None:
        """What takes the file's colours to sRGB; None where they are sRGB or nothing says what they are."""
        profile = self.photo.colour_profile
        if profile is None:
            return None
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() != "RGB" or "sRGB" in (source.profile.profile_description or ""):
                return None
            return ImageCms.buildTransform(
                source,
                ImageCms.createProfile("sRGB"),
                "RGB",
                "RGB",
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            return None  # a profile that cannot be read says nothing

    def in_srgb(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return pixels of this frame in sRGB."""
        if self._to_srgb is None:
            return pixels
        converted: npt.NDArray[np.uint8] = np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), self._to_srgb))
        return converted

    def upright(self, factor: int) -> npt.NDArray[np.uint8]:
        """Return the picture reduced by 1, 2, 4 or 8 and upright, (H, W, 3) uint8, in the file's own colours."""
        stored = self.photo.reduced(factor)
        return _upright(stored, self._orientation)

    def overview(self, height: int) -> npt.NDArray[np.uint8]:
        """Return the whole picture at a height, in sRGB."""
        picture = self.upright(self.photo.glance)
        if picture.shape[0] >= 2 * height:  # halves are averaged much faster than odd parts
            rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
            even = np.ascontiguousarray(picture[: 2 * rows, : 2 * columns])
            picture = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        factor = height / picture.shape[0]
        size = max(1, round(picture.shape[1] * factor)), height
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
        return self.in_srgb(small)  # type: ignore[arg-type]

    def cut(
        self, matrix: npt.NDArray[np.float64], size: tuple[int, int], *, fine: bool = True
    ) -> npt.NDArray[np.uint8]:
        """Cut a part out, in sRGB; read-only.

        Parameters
        ----------
        matrix : (2, 3) float64
            Similarity from upright pixels at full detail to those of the part.
        size : (int, int)
            Width and height of the part.
        fine : bool
            For the file: with so much detail that the decoder's own reduction does not show, and see `resample`.
        """
        factor = self.photo.glance
        if fine:
            per_pixel = 1.0 / math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
            factor = max(k for k in REDUCTIONS if k <= factor and (k == 1 or per_pixel >= _SPARE * k))
        # a pixel of the reduced picture covers factor x factor pixels: their middles differ by half of the rest
        to_full = np.array([[factor, 0.0, (factor - 1) / 2], [0.0, factor, (factor - 1) / 2], [0.0, 0.0, 1.0]])
        part = self.in_srgb(resample(self.upright(factor), matrix @ to_full, size, fine=fine))
        part.flags.writeable = False
        return part


def _upright(pixels: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Return a view of stored pixels as EXIF orientation 1 to 8 says they are to be seen (EXIF 2.32, tag 0x0112)."""
    if orientation in _TURNED:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


_LOBES = 3
"""Zeros of the low-pass filter's kernel on each side, as in Pillow's Lanczos."""


@functools.lru_cache(maxsize=16)
def _low_pass(factor: float) -> npt.NDArray[np.float32]:
    """Return the Lanczos kernel that leaves what a picture `factor` times as coarse can show, (2n + 1,) float32."""
    reach = math.ceil(_LOBES * factor) - 1
    x = np.arange(-reach, reach + 1) / factor
    kernel = np.sinc(x) * np.sinc(x / _LOBES)
    return (kernel / kernel.sum()).astype(np.float32)  # type: ignore[no-any-return]


def resample(
    picture: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64], size: tuple[int, int], *, fine: bool = True
) -> npt.NDArray[np.uint8]:
    """Cut a turned and scaled part out of a picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8
        The picture.
    matrix : (2, 3) float64
        Similarity that takes its pixels to those of the part.
    size : (int, int)
        Width and height of the part.
    fine : bool
        Interpolate by Lanczos instead of by cubes: half a grey level nearer, in three times the time.

    Returns
    -------
    (height, width, 3) uint8
        Beyond the picture its edge is repeated.

    Notes
    -----
    What the part is too coarse to show is taken away first by a Lanczos filter, then each pixel is read once from
    between the picture's own.
    """
    per_pixel = 1.0 / math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    kernel = _low_pass(round(per_pixel, 2)) if per_pixel > 1.0 else None
    reach = 5 + (0 if kernel is None else len(kernel) // 2)
    inverse = np.linalg.inv(np.vstack([matrix, (0.0, 0.0, 1.0)]))[:2]
    width, height = size
    # only what is needed is touched, also of a picture that is a turned view
    corners = np.array([[x, y, 1.0] for x in (0.0, width) for y in (0.0, height)]) @ inverse.T
    (left, top), (right, bottom) = np.floor(corners.min(0)) - reach, np.ceil(corners.max(0)) + reach
    left, top = int(np.clip(left, 0, picture.shape[1] - 1)), int(np.clip(top, 0, picture.shape[0] - 1))
    right, bottom = int(np.clip(right, left + 1, picture.shape[1])), int(np.clip(bottom, top + 1, picture.shape[0]))
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    if kernel is not None:
        part = cv2.sepFilter2D(part, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    inverse[:, 2] -= left, top
    flags = (cv2.INTER_LANCZOS4 if fine else cv2.INTER_CUBIC) | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, inverse, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]
