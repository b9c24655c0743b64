"""A report drawn on its photo: what was measured, where it must lie, and in words beside it what is wrong."""

from __future__ import annotations

import functools
import re
from os import PathLike
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from photospec.finding import MarkKind, Verdict
from photospec.person import Privacy
from photospec.report._report import Report
from photospec.report.evidence import Band, Evidence, Shape, corners, evidence_of
from photospec.report.files import unwritable, whole_path
from photospec.report.fonts import chinese_font
from photospec.report.row import told
from photospec.report.thumbnail import pixels_of, thumbnail
from photospec.report.words import ACTIONS, VERDICTS, broken, decided, written
from photospec.report.writer import ReportOptions, Writer
from photospec.text import Language, Text

__all__ = ["PictureFolder", "draw"]

_UNFIT = re.compile(r'[<>:"/\\|?*]')

U8 = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

HEIGHT = 960
"""Of the drawing, in pixels: half as much again as a diploma photo, so that signs of 18 pixels do not cover a face."""
PANEL = 520
MARGIN = 28

INK, SOFT, PAPER, RULE = (26, 34, 48), (86, 96, 114), (255, 255, 255), (220, 223, 229)
ALLOWED = (46, 160, 80)
LINES: dict[Verdict, Colour] = {
    Verdict.PASS: (10, 132, 255),
    Verdict.REVIEW: (232, 148, 0),
    Verdict.FAIL: (229, 53, 43),
    Verdict.ERROR: (110, 110, 122),
    Verdict.SKIP: (110, 110, 122),
}
WORDS: dict[Verdict, Colour] = {
    Verdict.PASS: (23, 112, 47),
    Verdict.REVIEW: (138, 83, 0),
    Verdict.FAIL: (179, 38, 30),
    Verdict.ERROR: (74, 74, 88),
    Verdict.SKIP: (74, 74, 88),
}


@functools.lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = chinese_font()
    return ImageFont.truetype(font.path, size, index=font.index)


def draw(report: Report, pixels: U8 | None, *, language: Language = "zh", privacy: Privacy = Privacy.MASKED) -> U8:
    """Draw a report on its photo, as `Report.draw` does.

    Parameters
    ----------
    report : Report
        The report.
    pixels : (H, W, 3) uint8 array or None
        The photo, RGB; None leaves its place grey.
    language : {"zh", "en"}
        Language of every word.
    privacy : Privacy
        What to show of identity numbers.

    Returns
    -------
    (960, W, 3) uint8 array
        RGB: the photo, enlarged or reduced, and a panel of words beside it.

    Raises
    ------
    PhotospecError
        No font with Chinese signs was found.
    """
    evidence = evidence_of(report)
    height, width = (HEIGHT, HEIGHT * 3 // 4) if pixels is None else pixels.shape[:2]
    factor = min(HEIGHT / height, 2 * HEIGHT / width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if pixels is None:
        photo = Image.new("RGB", size, RULE)
    else:
        photo = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
        if evidence is not None:
            photo = _marked(photo, evidence, size[0] / evidence.size[0], language)
    page = Image.new("RGB", (size[0] + PANEL, HEIGHT), PAPER)
    page.paste(photo, (0, (HEIGHT - size[1]) // 2))
    _panel(page, size[0], report, language, privacy)
    drawn: U8 = np.asarray(page)
    return drawn


# -- on the photo ----------------------------------------------------------------------------------------------------


def _marked(photo: Image.Image, evidence: Evidence, factor: float, language: Language) -> Image.Image:
    layer = Image.new("RGBA", photo.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for band in evidence.bands:
        _band(pen, band, factor)
    photo = Image.alpha_composite(photo.convert("RGBA"), layer).convert("RGB")
    pen = ImageDraw.Draw(photo)
    for shape in evidence.shapes:
        _shape(pen, shape, factor)
    taken: list[tuple[float, float, float, float]] = []
    for shape in evidence.shapes:
        _label(pen, shape, factor, photo.size, language, taken)
    return photo


def _band(pen: ImageDraw.ImageDraw, band: Band, factor: float) -> None:
    low, high, start, end = (value * factor for value in (band.low, band.high, band.start, band.end))
    pen.rectangle((low, start, high, end) if band.upright else (start, low, end, high), fill=(*ALLOWED, 40))
    for edge in (low, high):
        for place in range(round(start), round(end), 14):
            until = min(place + 8, end)
            dash = (edge, place, edge, until) if band.upright else (place, edge, until, edge)
            pen.line(dash, fill=(*ALLOWED, 230), width=2)


def _shape(pen: ImageDraw.ImageDraw, shape: Shape, factor: float) -> None:
    colour = LINES[shape.verdict]
    thick = 2 if shape.verdict is Verdict.PASS else 4
    points = [(x * factor, y * factor) for x, y in shape.mark.points]
    if (box := corners(shape.mark)) is not None:
        scaled = [value * factor for value in box]
        pen.rounded_rectangle(scaled, radius=5, outline=colour, width=thick)
    elif shape.mark.kind is MarkKind.LINE:
        pen.line(points, fill=colour, width=thick, joint="curve")
    else:
        (x, y) = points[0]
        pen.ellipse((x - 6, y - 6, x + 6, y + 6), fill=colour, outline=PAPER, width=2)


def _label(
    pen: ImageDraw.ImageDraw,
    shape: Shape,
    factor: float,
    size: tuple[int, int],
    language: Language,
    taken: list[tuple[float, float, float, float]],
) -> None:
    """Write a shape's label above its left end, lower where another label is already."""
    text = shape.label.in_(language)
    if not text:
        return
    font = _font(21)
    x, y = shape.mark.points[0]
    if (box := corners(shape.mark)) is not None:
        x, y = box[:2]
    elif shape.mark.kind is MarkKind.LINE and abs(shape.mark.points[-1][0] - x) < 2:
        y = size[1] / factor - 4  # an upright line is named at its foot
    length = font.getlength(text)
    left = min(max(x * factor + 4, 6), size[0] - length - 6)
    top = min(max(y * factor - 32, 4), size[1] - 34)
    while any(left < r and left + length > l and top < b and top + 28 > t for l, t, r, b in taken):  # noqa: E741
        top += 30
    taken.append((left, top, left + length, top + 28))
    pen.text((left, top), text, font=font, fill=LINES[shape.verdict], stroke_width=3, stroke_fill=PAPER)


# -- beside it -------------------------------------------------------------------------------------------------------


def _panel(page: Image.Image, left: int, report: Report, language: Language, privacy: Privacy) -> None:
    pen = ImageDraw.Draw(page)
    x, y, width = left + MARGIN, MARGIN, PANEL - 2 * MARGIN
    verdict = report.outcome

    def say(text: Text) -> str:
        return privacy.text(text.in_(language))

    def put(text: str, size: int, colour: Colour, after: int = 6) -> bool:
        """Write a paragraph; False where the panel is full."""
        nonlocal y
        for line in broken(text, width, _font(size).getlength):
            if y + size * 2 > HEIGHT - MARGIN:
                pen.text((x, y), "…", font=_font(size), fill=colour)
                return False
            pen.text((x, y), line, font=_font(size), fill=colour)
            y += round(size * 1.45)
        y += after
        return True

    put(say(VERDICTS[verdict]), 38, WORDS[verdict], 0)
    if report.action is not None:
        put(say(ACTIONS[report.action]), 24, INK)
    name = written(report.person, privacy) if report.person is not None else ""
    put(name or privacy.text(PurePath(report.path).name), 22, SOFT, 14)
    for words in (decided(report), report.problem):
        if words is not None and words.zh:
            put(say(words), 22, INK)
    for finding in told(report) if report.problem is None else ():
        pen.line((x, y, x + width, y), fill=RULE, width=2)
        y += 12
        if not put(f"{finding.code} {say(finding.title)}", 18, WORDS[finding.verdict], 2):
            break
        if not put(say(finding.message), 22, INK, 4):
            break
        if finding.remedy.zh and not put("→ " + say(finding.remedy), 22, WORDS[Verdict.PASS], 4):
            break
        y += 8


# -- folders of them -------------------------------------------------------------------------------------------------


class PictureFolder(Writer):
    """Draws each photo that does not pass into a folder; with `ReportOptions.verbose` every photo.

    A picture has the name of its photo, identity numbers masked, with a number where two would be the same, and each
    appears whole.

    Parameters
    ----------
    target : path-like
        The folder; made where it is missing.
    options : ReportOptions
        Language and privacy.
    """

    def __init__(self, target: str | PathLike[str], options: ReportOptions) -> None:
        super().__init__(target, options)
        self.folder = Path(target)
        self._names: set[str] = set()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(target, error) from error

    def add(self, report: Report) -> None:
        if report.ok and not self.options.verbose:
            return
        pixels = pixels_of(report, self.options)
        picture = draw(report, pixels, language=self.options.language, privacy=self.options.privacy)
        with whole_path(self.folder / self._name(report), durable=False) as part:
            part.write_bytes(thumbnail(picture, picture.shape[1::-1], 88))

    def _name(self, report: Report) -> str:
        """Return a name that every file system takes and that no other picture has."""
        stem = self.options.privacy.text(PurePath(report.path).stem).replace("*", "x")
        stem = _UNFIT.sub("_", stem).strip(" .").encode()[:180].decode("utf-8", "ignore") or "photo"
        name, number = f"{stem}.jpg", 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem}-{number}.jpg"
        self._names.add(name.casefold())
        return name
