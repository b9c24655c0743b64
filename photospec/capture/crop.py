"""From a camera's frame to the file that a spec asks for."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photospec.batch import check
from photospec.batch.sources import Source
from photospec.capture.camera import read_frame
from photospec.capture.encode import encode_jpeg
from photospec.capture.target import file_target, target_of
from photospec.capture.view import View, look
from photospec.errors import PhotospecError
from photospec.photo import DEFECT_TEXT, Photo
from photospec.photo import PhotoSource as Readable
from photospec.portrait.framing import Framing
from photospec.report import Report
from photospec.report.files import whole_path
from photospec.rules.file import CaptureDate
from photospec.spec import Spec
from photospec.specs import DEFAULT, resolve_spec
from photospec.text import Text

__all__ = ["Crop", "CropError", "crop", "crop_of"]


class CropError(PhotospecError, ValueError):
    """There is nothing in the photo to crop by: no picture, or no face."""


BAND_TEXT = {
    "crown": Text("头顶到上边缘", "top of the hair to the top edge"),
    "eyes": Text("眼睛到上边缘", "eyes to the top edge"),
    "face": Text("脸部宽度", "width of the face"),
    "centring": Text("左右居中", "face in the middle"),
    "roll": Text("双眼水平", "eyes level"),
}
SIDE_TEXT = {
    "top": Text("上方", "above"),
    "left": Text("左侧", "at the left"),
    "right": Text("右侧", "at the right"),
    "bottom": Text("下方", "below"),
}


@dataclass(frozen=True)
class Crop:
    """A crop and what is expected of it.

    Parameters
    ----------
    plan : Framing
        Where it was cut, and where crown, eyes and face are expected in it.
    pixels : (H, W, 3) uint8
        RGB, before it was encoded; read-only.
    jpeg : bytes
        The file.
    quality : int
        Its quality factor, 1 to 100.
    problems : tuple of Text
        What no crop of this photo can meet: the band and by how much, the room that is lacking, the size of the file.
    spec : Spec
        What it was made for.
    name : str
        Name of the photo that it was cut from.
    """

    plan: Framing
    pixels: npt.NDArray[np.uint8] = field(repr=False, compare=False)
    jpeg: bytes = field(repr=False)
    quality: int
    problems: tuple[Text, ...]
    spec: Spec = field(repr=False)
    name: str = ""
    _source: Photo | None = field(default=None, repr=False, compare=False)

    @property
    def possible(self) -> bool:
        """True where nothing stands in the way of a compliant crop."""
        return not self.problems

    def report(self, name: str = "crop.jpg") -> Report:
        """Check the file against the spec that it was made for.

        Parameters
        ----------
        name : str
            What the file will be called.

        Returns
        -------
        Report
            The capture date is that of the original: the crop carries no metadata.
        """
        report = check(Photo.read(self.jpeg, name=name), self.spec)
        if self._source is None or CaptureDate.name not in self.spec:
            return report
        dated = check(self._source, self.spec.select([CaptureDate.name]))[CaptureDate.name]
        findings = tuple(dated if finding.rule == CaptureDate.name else finding for finding in report.findings)
        return dataclasses.replace(report, findings=findings)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Where to; a file of this name is replaced.

        Returns
        -------
        Path

        Raises
        ------
        PhotospecError
            The file cannot be written.
        """
        with whole_path(path) as part:
            part.write_bytes(self.jpeg)
        return Path(path)


def crop(photo: Readable | Source | Photo, spec: Spec | str | os.PathLike[str] = DEFAULT) -> Crop:
    """Crop a camera's frame to what a spec asks for.

    The head is made upright by its pupils and placed so that crown, eye line, width of the face and centring are as far
    inside their limits as they can be. The picture is resampled once; nothing else is done to it: no smoothing, no
    other backdrop, no change of tone.

    Parameters
    ----------
    photo : path, bytes, file object, PIL image, (H, W, 3) uint8 RGB array, Photo or Source
        The frame, up to 80 megapixels. EXIF orientation is obeyed, a colour profile is converted to sRGB.
    spec : Spec, str or path-like
        The spec, or the name of a built-in one or the path of a TOML file. Its rules' limits say what is wanted.

    Returns
    -------
    Crop
        Also where the photo has no room for a compliant one: `Crop.problems` says what is missing.

    Raises
    ------
    CropError
        The photo cannot be read or there is no face in it.
    SpecError
        There is no such spec.
    TypeError
        `photo` is nothing that can be read.

    Examples
    --------
    >>> from photospec import crop
    >>> from photospec.testing import Geometry, portrait
    >>> drawn = portrait(1, size=(1200, 1600), geometry=Geometry(crown_y=180, eye_y=280, face_width=140, roll=3))
    >>> made = crop(drawn.pixels)
    >>> made.pixels.shape, made.report().ok, made.problems
    ((640, 480, 3), True, ())
    """
    rules = resolve_spec(spec)
    frame = read_frame(photo)
    return crop_of(look(frame, target_of(rules)), rules)


def crop_of(seen: object, spec: Spec) -> Crop:
    """Make the crop of a frame that was looked at already; see `crop` and `photospec.capture.view.look`."""
    if not isinstance(seen, View):
        photo = getattr(seen, "photo", None)
        defects = photo.header_defects if isinstance(photo, Photo) else ()
        if defects:
            reason = DEFECT_TEXT[defects[0].kind]
            raise CropError(Text(f"无法裁剪：{reason.zh}", f"cannot crop: {reason.en}"))
        raise CropError(Text("无法裁剪：未检测到人脸", "cannot crop: no face was found"))
    plan, target = seen.framing, seen.framing.target
    pixels = seen.camera.cut(plan.matrix, (target.width, target.height))
    wanted = file_target(spec)
    encoded = encode_jpeg(pixels, wanted)
    problems = [*_misfits(plan)]
    if not seen.crown_seen:
        problems.append(
            Text("看不清头顶轮廓，头顶位置为估计值", "the outline of the hair cannot be seen: its top is a guess")
        )
    if encoded.over:
        problems.append(
            Text(
                f"品质 {encoded.quality} 时文件仍超出 {encoded.over / 1024:.1f} KB",
                f"even at quality {encoded.quality} the file has {encoded.over / 1024:.1f} KB too many",
            )
        )
    if encoded.short:
        problems.append(
            Text(
                f"品质 {encoded.quality} 时文件仍少 {encoded.short / 1024:.1f} KB（不作填充）",
                f"even at quality {encoded.quality} the file lacks {encoded.short / 1024:.1f} KB (nothing is padded)",
            )
        )
    return Crop(plan, pixels, encoded.data, encoded.quality, tuple(problems), spec, seen.photo.name, seen.photo)


def _misfits(plan: Framing) -> list[Text]:
    """Say which bands the plan misses, by how much and why."""
    said = []
    for name, margin in plan.margins.items():
        if margin < -0.05:
            unit = Text(" 度", " degrees") if name == "roll" else Text(" 像素", " px")
            what = Text("{band}超出限值 {by}{unit}", "{band}: {by}{unit} outside its limits")
            said.append(what.format(band=BAND_TEXT[name], by=f"{-margin:.1f}", unit=unit))
    if said and plan.lacking:
        sides = "、".join(f"{SIDE_TEXT[side].zh} {pixels:.0f} 像素" for side, pixels in plan.lacking.items())
        names = ", ".join(f"{pixels:.0f} px {SIDE_TEXT[side].en}" for side, pixels in plan.lacking.items())
        said.append(Text(f"画面缺少空间：{sides}", f"the photo lacks room: {names}"))
    elif said:
        said.append(
            Text("这个头型（含头发）无法同时满足各项限值", "no crop of this head, hair included, meets all limits")
        )
    return said
