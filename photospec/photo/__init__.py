"""What is in the file: header facts first, then pixels, decoded once."""

from photospec.photo._facts import DEFECT_TEXT, Defect, DefectKind, Density, JpegQuality, SecondPicture
from photospec.photo._photo import REDUCTIONS, Photo, PhotoSource, ReadLimits
from photospec.photo.exif import ExifFacts

__all__ = [
    "DEFECT_TEXT",
    "REDUCTIONS",
    "Defect",
    "DefectKind",
    "Density",
    "ExifFacts",
    "JpegQuality",
    "Photo",
    "PhotoSource",
    "ReadLimits",
    "SecondPicture",
]
