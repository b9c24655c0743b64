"""From the camera to the compliant file: the crop, the encoder, the watched folder."""

from __future__ import annotations

from photospec.capture.crop import Crop, CropError, crop

__all__ = ["Crop", "CropError", "crop"]
