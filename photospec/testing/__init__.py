"""Portraits of nobody, drawn, with known geometry and known defects: test photos that are no person's face.

The default portrait meets the diploma-photo standard. Faces are drawn about the mean face, so that dlib's face
detector and 68 landmarks work on them and agree with what was drawn.

>>> from photospec.testing import Geometry, Sitter, portrait
>>> drawn = portrait(1, sitter=Sitter(sex="man", glasses=True), geometry=Geometry(roll=4.0))
>>> drawn.pixels.shape, drawn.pixels.dtype.name
((640, 480, 3), 'uint8')
>>> drawn.truth.crown_y, round(drawn.truth.roll, 1)
(80.0, 4.0)
"""

from photospec.testing.assertion import assert_photo
from photospec.testing.defects import DEFECTS, Defect, apply, defects_of
from photospec.testing.demo import DEMO_DEFECTS, save_demo
from photospec.testing.files import FILE_DEFECTS, FileDefect, append_bytes, corrupt, encode, truncate, with_exif
from photospec.testing.portraits import BatchPhoto, DrawnPortrait, ladder, make_batch, portrait, save_portrait
from photospec.testing.sitter import Geometry, Sitter, Truth

__all__ = [
    "DEFECTS",
    "DEMO_DEFECTS",
    "FILE_DEFECTS",
    "BatchPhoto",
    "Defect",
    "DrawnPortrait",
    "FileDefect",
    "Geometry",
    "Sitter",
    "Truth",
    "append_bytes",
    "apply",
    "assert_photo",
    "corrupt",
    "defects_of",
    "encode",
    "ladder",
    "make_batch",
    "portrait",
    "save_demo",
    "save_portrait",
    "truncate",
    "with_exif",
]
