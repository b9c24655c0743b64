"""FIL: what the file must be. These rules read the header; only file-integrity decodes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured, SpecError, Unseen
from photospec.finding import Action, Finding, Level, Verdict
from photospec.photo import DEFECT_TEXT, DefectKind, Photo
from photospec.portrait import Portrait
from photospec.rules._base import LimitRule, Measurement, Rule, Say
from photospec.rules._identity import identity_number_fault
from photospec.text import Text

__all__ = [
    "CaptureDate",
    "ColourMode",
    "EditingTraces",
    "FileFormat",
    "FileIntegrity",
    "FileName",
    "FileSize",
    "JpegQualityFactor",
    "Orientation",
    "PixelSize",
    "Resolution",
    "TrailingData",
]

UNREADABLE = frozenset({DefectKind.MISSING, DefectKind.NOT_PERMITTED, DefectKind.NOT_A_FILE, DefectKind.READ_FAILED})
"""What is not the photo's fault: the verdict is ``error``."""

SHOOT_AGAIN_AS_JPEG = Text(
    "请用相机或采集软件重新导出 JPEG 文件，不要只改扩展名", "export a JPEG again; do not just rename the file"
)


def _image_header(photo: Photo) -> str:
    """Return the format of the picture, or raise what makes header rules inapplicable."""
    if photo.format is None:
        if photo.byte_length is None:
            raise Unseen(Text("不是来自文件", "the photo does not come from a file"))
        raise Unseen(Text("内容不是图片", "the content is not a picture"))
    return photo.format


@dataclass(frozen=True, kw_only=True)
class FileIntegrity(Rule):
    """The whole picture can be read and decoded; nothing is cut off or damaged.

    Why
    ---
    Clause 四.1 asks for a JPEG file of 480 x 640 pixels; half of one is not. A tolerant viewer shows a damaged file as
    if it were whole, with grey or shifted blocks.

    How
    ---
    The file's structure and its compressed data are checked, not only the decoder's word. A file that cannot be read
    at all gives the verdict ``error``: that is not the photo's fault.
    """

    code: ClassVar[str] = "FIL001"
    name: ClassVar[str] = "file-integrity"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("文件完整性", "file integrity")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("文件损坏：{what}", "the file is damaged: {what}"),
                Text("请从相机或原始文件重新导出并重新传送", "export and transfer the file again from the original"),
            )
        }
    )

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        for defect in photo.defects:
            if defect.kind in UNREADABLE:
                continue
            if defect.kind is DefectKind.NOT_AN_IMAGE:
                raise Unseen(DEFECT_TEXT[defect.kind])
            what = DEFECT_TEXT[defect.kind]
            return Measurement(str(defect.kind), named={"what": what}, verdict=Verdict.FAIL)
        if photo.byte_length is None:
            raise Unseen(Text("不是来自文件", "the photo does not come from a file"))
        return Measurement(None, verdict=Verdict.PASS)

    def check(self, portrait: Portrait) -> Finding:
        for defect in portrait.photo.header_defects:
            if defect.kind in UNREADABLE:
                return self._plain(Verdict.ERROR, DEFECT_TEXT[defect.kind])
        return super().check(portrait)


@dataclass(frozen=True, kw_only=True)
class FileFormat(Rule):
    """The file is a JPEG by its content, and is named so.

    Why
    ---
    Clause 四.1: format JPEG, extension JPG. Registration systems read the content, people the name.

    Parameters
    ----------
    formats : tuple of str
        Allowed formats, by content.
    extensions : tuple of str
        Allowed extensions, compared without regard to case; empty allows any.
    """

    code: ClassVar[str] = "FIL002"
    name: ClassVar[str] = "file-format"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("文件格式", "file format")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("文件内容是 {value}，应为 {wanted}", "the file is {value} by its content, expected {wanted}"),
                SHOOT_AGAIN_AS_JPEG,
            ),
            "extension": Say(
                Text("扩展名是 {value}，应为 {wanted}", "the extension is {value}, expected {wanted}"),
                Text("请把扩展名改为 {wanted}", "rename the file to end in {wanted}"),
            ),
        }
    )

    formats: tuple[str, ...] = ("JPEG",)
    extensions: tuple[str, ...] = (".jpg",)

    def __post_init__(self) -> None:
        if not self.formats:
            raise SpecError(
                Text(f"{self.name}：formats 至少要有一种格式", f"{self.name}: formats must name at least one format")
            )

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        if photo.byte_length is None:
            raise Unseen(Text("不是来自文件", "the photo does not come from a file"))
        if photo.format is None:
            if any(d.kind in UNREADABLE or d.kind is DefectKind.EMPTY for d in photo.header_defects):
                raise Unseen(Text("文件没有内容", "the file has no content"))
            named: dict[str, object] = {"value": Text("非图片", "not a picture"), "wanted": "/".join(self.formats)}
            return Measurement("unknown", named=named, verdict=Verdict.FAIL)
        if photo.format not in self.formats:
            return Measurement(photo.format, named={"wanted": "/".join(self.formats)}, verdict=Verdict.FAIL)
        suffix = PurePath(photo.name).suffix
        if photo.name and self.extensions and suffix.lower() not in {e.lower() for e in self.extensions}:
            wanted = "/".join(self.extensions)
            shown = suffix or Text("空", "none")
            return Measurement(suffix, case="extension", named={"value": shown, "wanted": wanted}, verdict=Verdict.FAIL)
        return Measurement(photo.format, verdict=Verdict.PASS)


@dataclass(frozen=True, kw_only=True)
class PixelSize(Rule):
    """Width and height are what the standard states.

    Why
    ---
    Clause 四.1: 480 x 640 pixels. Other sizes are refused, or scaled by the receiver with a loss of sharpness.

    Parameters
    ----------
    min_width, max_width, min_height, max_height : int or None
        Allowed sizes in pixels; None is no limit.
    """

    code: ClassVar[str] = "FIL003"
    name: ClassVar[str] = "pixel-size"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("像素尺寸", "pixel size")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "四.1"
    unit: ClassVar[str] = "px"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("尺寸为 {value}，应为 {wanted}", "the size is {value}, expected {wanted}"),
                Text(
                    "请按 {wanted} 像素重新裁剪导出，不要拉伸",
                    "crop and export again at {wanted} pixels, without stretching",
                ),
            )
        }
    )

    min_width: int | None = 480
    max_width: int | None = 480
    min_height: int | None = 640
    max_height: int | None = 640

    def __post_init__(self) -> None:
        for low, high, side in (
            (self.min_width, self.max_width, "width"),
            (self.min_height, self.max_height, "height"),
        ):
            if any(v is not None and (isinstance(v, bool) or not isinstance(v, int) or v < 1) for v in (low, high)):
                raise SpecError(
                    Text(
                        f"{self.name}：min_{side} 和 max_{side} 应为不小于 1 的整数",
                        f"{self.name}: min_{side} and max_{side} must be whole numbers of at least 1",
                    )
                )
            if low is not None and high is not None and low > high:
                raise SpecError(
                    Text(
                        f"{self.name}：min_{side} = {low} 大于 max_{side} = {high}，没有照片能合格",
                        f"{self.name}: min_{side} = {low} is above max_{side} = {high}: nothing could pass",
                    )
                )

    def wanted(self) -> str:
        """Return the allowed size as ``480x640`` or as ranges."""

        def side(low: int | None, high: int | None) -> str:
            if low == high:
                return "*" if low is None else str(low)
            if high is None:
                return f"≥{low}"
            return f"≤{high}" if low is None else f"{low}-{high}"

        return f"{side(self.min_width, self.max_width)}x{side(self.min_height, self.max_height)}"

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        width, height = photo.width, photo.height
        if width is None or height is None:
            _image_header(photo)
            raise Unseen(Text("文件头中没有尺寸", "the header states no size"))
        good = all(
            (low is None or low <= size) and (high is None or size <= high)
            for size, low, high in (
                (width, self.min_width, self.max_width),
                (height, self.min_height, self.max_height),
            )
        )
        verdict = Verdict.PASS if good else Verdict.FAIL
        return Measurement(f"{width}x{height}", named={"wanted": self.wanted()}, verdict=verdict)


@dataclass(frozen=True, kw_only=True)
class ColourMode(Rule):
    """The picture has three colour components of 8 bits.

    Why
    ---
    Clause 四.1: 24-bit true colour. Grey, CMYK, palette and 16-bit files are refused or shown in wrong colours.
    """

    code: ClassVar[str] = "FIL004"
    name: ClassVar[str] = "colour-mode"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("颜色模式", "colour mode")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("颜色模式为 {value}，应为 24 位真彩色", "the colour mode is {value}, expected 24-bit true colour"),
                Text("请以 RGB、每通道 8 位重新导出 JPEG", "export the JPEG again as RGB with 8 bits a channel"),
            )
        }
    )

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        _image_header(photo)
        if photo.colour_mode is None:
            raise Unseen(Text("文件头中没有颜色模式", "the header states no colour mode"))
        good = photo.colour_mode == "RGB" and photo.components == 3 and photo.bit_depth == 8
        bits = "" if photo.bit_depth in (None, 8) else f" {photo.bit_depth} bit"
        return Measurement(f"{photo.colour_mode}{bits}", verdict=Verdict.PASS if good else Verdict.FAIL)


@dataclass(frozen=True, kw_only=True)
class JpegQualityFactor(LimitRule):
    """The JPEG quality factor is high enough.

    Why
    ---
    Clause 四.1: quality factor of at least 60.

    How
    ---
    Estimated from the quantisation tables, on the scale of the Independent JPEG Group. It is the quality of the last
    saving: an earlier, worse one shows in compression-artefacts. Tables that are nobody's scale of the standard ones
    are matched to the nearest factor, with an uncertainty of 5.
    """

    code: ClassVar[str] = "FIL005"
    name: ClassVar[str] = "jpeg-quality"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("JPEG 压缩品质", "JPEG quality")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "压缩品质因子约 {value}，应不低于 {low}",
                    "the quality factor is about {value}, at least {low} is asked",
                ),
                Text(
                    "请从原图以更高品质重新导出，不要用此文件再次保存",
                    "export again from the original at a higher quality; saving this file again does not help",
                ),
            ),
            "high": Say(
                Text(
                    "压缩品质因子约 {value}，应不高于 {high}",
                    "the quality factor is about {value}, at most {high} is asked",
                ),
                Text("请以较低品质重新导出", "export again at a lower quality"),
            ),
        }
    )

    low: float | None = 60

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        if _image_header(photo) not in ("JPEG", "MPO"):
            raise Unseen(Text("不是 JPEG 文件", "not a JPEG file"))
        quality = photo.jpeg_quality
        if quality is None or quality.estimate is None:
            raise Unseen(Text("文件中没有量化表", "the file has no quantisation table"))
        return Measurement(float(quality.estimate), uncertainty=0.0 if quality.standard else 5.0)


@dataclass(frozen=True, kw_only=True)
class Resolution(LimitRule):
    """The density tag states the resolution.

    Why
    ---
    Clause 四.1: 300 dpi. It changes no pixel, but it is asked for and checked.

    How
    ---
    The JFIF density, else the EXIF resolution; a JFIF density without a unit is none. A difference of half a dot per
    inch is rounding (a density in dots per centimetre is a whole number).
    """

    code: ClassVar[str] = "FIL006"
    name: ClassVar[str] = "resolution"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("分辨率标记", "resolution tag")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    unit: ClassVar[str] = "dpi"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "分辨率标记为 {value} dpi，应为 {wanted} dpi",
                    "the resolution tag is {value} dpi, expected {wanted} dpi",
                ),
                Text("导出时把分辨率设为 {wanted} dpi（像素不变）", "set {wanted} dpi when exporting (pixels stay)"),
            ),
            "missing": Say(
                Text("没有分辨率标记，应为 {wanted} dpi", "there is no resolution tag, {wanted} dpi is asked"),
                Text("导出时把分辨率设为 {wanted} dpi（像素不变）", "set {wanted} dpi when exporting (pixels stay)"),
            ),
        }
    )

    low: float | None = 300
    high: float | None = 300

    def measure(self, portrait: Portrait) -> Measurement:
        _image_header(portrait.photo)
        density = portrait.photo.density
        wanted = str(self.low) if self.low == self.high else f"{self.low or ''}-{self.high or ''}"
        named = {"wanted": wanted.removesuffix(".0")}
        if density is None:
            return Measurement(None, case="missing", named=named, verdict=Verdict.FAIL)
        x, y = (self._snapped(v) for v in (density.x, density.y))
        worst = max((x, y), key=lambda v: abs(v - (self.low or self.high or v)))
        return Measurement(worst, named=named)

    def _snapped(self, dpi: float) -> float:
        for limit in (self.low, self.high):
            if limit is not None and abs(dpi - limit) <= 0.5:
                return float(limit)
        return float(dpi)


@dataclass(frozen=True, kw_only=True)
class FileSize(LimitRule):
    """The file has the size that such a file usually has.

    Why
    ---
    Clause 四.1: usually 20 to 40 KB. The word is 一般 (usually), so this is a warning; upload forms differ.

    How
    ---
    1 KB is 1,024 bytes. Within half a KB of a limit the rounding of the reader's file manager decides, so the rule
    counts that as within.
    """

    code: ClassVar[str] = "FIL007"
    name: ClassVar[str] = "file-size"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("文件大小", "file size")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "四.1"
    unit: ClassVar[str] = "KB"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text("文件为 {value} KB，一般应不小于 {low} KB", "the file has {value} KB, usually at least {low} KB"),
                Text("请从原图以较高品质重新导出", "export again from the original at a higher quality"),
            ),
            "high": Say(
                Text("文件为 {value} KB，一般应不大于 {high} KB", "the file has {value} KB, usually at most {high} KB"),
                Text("请适当降低压缩品质（不低于 60）重新导出", "export again at a lower quality (not below 60)"),
            ),
        }
    )

    level: Level = Level.WARNING
    low: float | None = 20
    high: float | None = 40

    def measure(self, portrait: Portrait) -> Measurement:
        _image_header(portrait.photo)
        length = portrait.photo.byte_length
        if length is None:
            raise Unseen(Text("不是来自文件", "the photo does not come from a file"))
        size = length / 1024
        for limit in (self.low, self.high):
            if limit is not None and abs(size - limit) <= 0.5:
                size = float(limit)
        return Measurement(size)


@dataclass(frozen=True, kw_only=True)
class Orientation(Rule):
    """The file does not ask the viewer to turn or mirror the picture.

    Why
    ---
    Clause 一.2 forbids rotating and mirroring; a system that ignores the EXIF orientation shows such a photo lying.
    """

    code: ClassVar[str] = "FIL008"
    name: ClassVar[str] = "orientation"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("方向标记", "orientation tag")
    action: ClassVar[Action] = Action.RE_EXPORT
    clause: ClassVar[str] = "一.2"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "EXIF 方向标记为 {value}，应为 1（正立）", "the EXIF orientation is {value}, expected 1 (upright)"
                ),
                Text("请在软件中把照片转正后重新导出", "turn the photo upright in software and export it again"),
            )
        }
    )

    def measure(self, portrait: Portrait) -> Measurement:
        _image_header(portrait.photo)
        exif = portrait.photo.exif
        orientation = (exif.orientation if exif is not None else None) or 1
        return Measurement(float(orientation), verdict=Verdict.PASS if orientation == 1 else Verdict.FAIL)


@dataclass(frozen=True, kw_only=True)
class FileName(Rule):
    """The file name matches the school's pattern.

    Why
    ---
    The standard names no pattern; collectors do (identity number, student number). A wrong name files the photo under
    somebody else.

    How
    ---
    The name without its extension is compared. ``id-number`` asks for a valid GB 11643-1999 identity number (date of
    birth and check character, ISO 7064 MOD 11-2). Findings never repeat the number.

    Parameters
    ----------
    pattern : str
        ``id-number``, or a regular expression that must match the whole name; empty turns the rule off.
    """

    code: ClassVar[str] = "FIL009"
    name: ClassVar[str] = "file-name"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("文件命名", "file name")
    action: ClassVar[Action] = Action.RE_EXPORT
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("文件名不符合要求的格式", "the file name does not match the asked pattern"),
                Text("请按学校要求的格式重命名", "rename the file as the school asks"),
            ),
            "id-number": Say(
                Text("文件名不是有效的身份证号：{fault}", "the file name is not a valid identity number: {fault}"),
                Text("请核对身份证号后重命名", "check the identity number and rename the file"),
            ),
        }
    )

    pattern: str = ""

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise SpecError(
                Text(
                    f"{self.name}：pattern 不是正则表达式：{error}",
                    f"{self.name}: pattern is not a regular expression: {error}",
                )
            ) from error

    def measure(self, portrait: Portrait) -> Measurement:
        if not self.pattern:
            raise Unseen(Text("未指定命名格式", "no pattern is given"))
        name = PurePath(portrait.photo.name).name
        if not name:
            raise Unseen(Text("照片没有文件名", "the photo has no file name"))
        stem = PurePath(name).stem
        if self.pattern == "id-number":
            fault = identity_number_fault(stem)
            if fault is None:
                return Measurement(None, verdict=Verdict.PASS)
            return Measurement(None, case="id-number", named={"fault": fault}, verdict=Verdict.FAIL)
        matched = re.fullmatch(self.pattern, stem) is not None
        return Measurement(None, verdict=Verdict.PASS if matched else Verdict.FAIL)


@dataclass(frozen=True, kw_only=True)
class CaptureDate(LimitRule):
    """The photo was taken within a year.

    Why
    ---
    Clause 一.1: normally taken within a year before graduation.

    How
    ---
    The EXIF capture date against `before`. A photo without a date is ``review``: only the collector knows. A date
    after `before` is reported as a wrong clock.

    Parameters
    ----------
    before : datetime.date or None
        The day of graduation; None is today.
    """

    code: ClassVar[str] = "FIL010"
    name: ClassVar[str] = "capture-date"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("拍摄日期", "capture date")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.1"
    unit: ClassVar[str] = "d"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "high": Say(
                Text(
                    "照片拍摄于 {age} 天前，应在 {high:g} 天以内",
                    "the photo is {age} days old, at most {high:g} days are allowed",
                ),
                Text("请重新拍摄近期照片", "take a recent photo"),
            ),
            "low": Say(
                Text(
                    "拍摄日期在未来，相机时钟可能有误",
                    "the capture date lies in the future: the camera's clock may be wrong",
                ),
                Text("请核对相机时间和拍摄日期", "check the camera's clock and the capture date"),
                Action.LOOK,
            ),
        }
    )

    level: Level = Level.WARNING
    low: float | None = -1
    high: float | None = 365
    before: dt.date | None = None

    def measure(self, portrait: Portrait) -> Measurement:
        _image_header(portrait.photo)
        exif = portrait.photo.exif
        captured = exif.captured if exif is not None else None
        if captured is None:
            raise Obscured(Text("照片没有拍摄日期", "the photo carries no capture date"))
        before = self.before or dt.datetime.now(dt.UTC).date()
        age = (before - captured.date()).days
        return Measurement(float(age), named={"age": age})


@dataclass(frozen=True, kw_only=True)
class EditingTraces(Rule):
    """No editor or beautifier left its name in the file.

    Why
    ---
    Clause 一.2 forbids retouching. Cropping in an editor is usual practice, so this is advice: look closer at the skin.
    """

    code: ClassVar[str] = "FIL011"
    name: ClassVar[str] = "editing-traces"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("编辑痕迹", "editing traces")
    action: ClassVar[Action] = Action.LOOK
    clause: ClassVar[str] = "一.2"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("文件中留有编辑软件的痕迹：{value}", "the file names editing software: {value}"),
                Text(
                    "请确认未做美颜或修饰，必要时使用原图",
                    "make sure that nothing was beautified or retouched; use the original if in doubt",
                ),
            )
        }
    )

    level: Level = Level.ADVICE

    def measure(self, portrait: Portrait) -> Measurement:
        _image_header(portrait.photo)
        traces = portrait.photo.editing_traces
        return Measurement(", ".join(traces) or None, verdict=Verdict.FAIL if traces else Verdict.PASS)


@dataclass(frozen=True, kw_only=True)
class TrailingData(Rule):
    """Nothing follows the end of the picture.

    Why
    ---
    Bytes after the end are padding to reach a file size, a second picture, or something hidden; strict readers refuse
    them.
    """

    code: ClassVar[str] = "FIL012"
    name: ClassVar[str] = "trailing-data"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("文件尾部数据", "trailing data")
    action: ClassVar[Action] = Action.RE_EXPORT
    unit: ClassVar[str] = "B"
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("图像结束后还有 {value:.0f} 字节数据", "{value:.0f} bytes follow the end of the picture"),
                Text("请用图像软件重新导出，去掉多余数据", "export the file again to drop what follows"),
            ),
            "second": Say(
                Text(
                    "文件中含有第二幅图像（{kind}），内容与照片不同",
                    "the file holds a second picture ({kind}) that shows something else",
                ),
                Text("请用图像软件重新导出，只保留照片本身", "export the file again with nothing but the photo"),
            ),
        }
    )

    level: Level = Level.WARNING

    def measure(self, portrait: Portrait) -> Measurement:
        photo = portrait.photo
        _image_header(photo)
        second = photo.second_picture
        if second is not None and second.differs:
            return Measurement(None, case="second", named={"kind": second.kind}, verdict=Verdict.FAIL)
        surplus = photo.trailing_bytes or 0
        return Measurement(float(surplus), verdict=Verdict.FAIL if surplus else Verdict.PASS)
