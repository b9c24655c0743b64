"""Draw the pictures of docs/capture.md: nobody's face, from photospec.testing.

python tools/make_capture_pictures.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from photospec import Photo, load_spec
from photospec.capture.camera import CameraFrame
from photospec.capture.crop import crop_of
from photospec.capture.target import target_of
from photospec.capture.view import View, look
from photospec.testing import Geometry, portrait

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
RED, GREEN = (214, 40, 30), (20, 140, 60)


def planned(pixels: np.ndarray) -> tuple[Image.Image, View]:
    """Return a frame with the outline of its crop, and the look at it."""
    seen = look(Photo.read(pixels), target_of(load_spec()))
    assert isinstance(seen, View)
    target = seen.framing.target
    corners = np.array([[0, 0, 1], [target.width, 0, 1], [target.width, target.height, 1], [0, target.height, 1]])
    back = np.linalg.inv(np.vstack([seen.framing.matrix, (0, 0, 1)]))[:2]
    outline = [(float(x), float(y)) for x, y in corners @ back.T]
    image = Image.fromarray(CameraFrame(seen.photo).upright(1).copy())
    colour = GREEN if seen.framing.possible else RED
    ImageDraw.Draw(image).line([*outline, outline[0]], fill=colour, width=8)
    return image, seen


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    far = Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=470, roll=5)
    near = Geometry(crown_y=12, eye_y=210, face_width=280, centre_x=470)
    roomy, tight = (portrait(1, size=(1800, 1200), geometry=place).pixels for place in (far, near))
    for name, pixels in (("roomy", roomy), ("tight", tight)):
        image, seen = planned(pixels)
        image.resize((900, 600), Image.Resampling.LANCZOS).save(FOLDER / f"capture-{name}.jpg", quality=80)
        if name == "roomy":
            made = crop_of(seen, load_spec())
            image = Image.fromarray(made.pixels.copy())
            pen = ImageDraw.Draw(image)
            for low, high in ((50, 110), (200, 300)):
                pen.rectangle((0, low, 479, high), outline=GREEN, width=2)
            for y in (made.plan.crown, made.plan.eyes):
                pen.line((0, y, 479, y), fill=RED, width=3)
            image.save(FOLDER / "capture-crop.jpg", quality=85)


if __name__ == "__main__":
    main()
