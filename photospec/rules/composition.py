"""CMP: the face in the frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from photospec.errors import Obscured, Unseen
from photospec.finding import Action, Level, Mark, Verdict
from photospec.portrait import Portrait
from photospec.rules._base import LimitRule, Measurement, Rule, Say
from photospec.rules.background import BackgroundUniformity
from photospec.text import Text

__all__ = [
    "AspectDistortion",
    "Centring",
    "CropRoom",
    "CrownMargin",
    "EyeLine",
    "FaceWidth",
    "FigureFillsFrame",
    "HeadPitch",
    "HeadRoll",
    "HeadYaw",
    "ShouldersLevel",
    "SingleFace",
]


def _across(portrait: Portrait, y: float) -> Mark:
    return Mark.line((0, y), (portrait.frame.shape[1] - 1, y))


def _eye_marks(portrait: Portrait) -> tuple[Mark, ...]:
    return tuple(Mark.point(x, y) for x, y in portrait.pupils.tolist())


@dataclass(frozen=True, kw_only=True)
class SingleFace(Rule):
    """Check that there is exactly one face.

    Why
    ---
    Clause 一.1: a recent, frontal, bare-headed image of the graduate, so of one person.

    How
    ---
    Faces are counted by dlib's detector at half size; beside a large one, those below 210 px only where there is more
    than a head and its hair, or no plain backdrop. A face that is half behind the person or half outside the frame is
    none for the detector; a small network looks for those beside the head, and before a plain backdrop what enters from
    the picture's edge at the height of the head is looked at too: is it of the colour of skin? (See
    `photospec.portrait.bystander`.)

    Limits
    ------
    1, the standard's. The network's are ours; by itself it never fails a photo: somebody who is seen shows skin. With
    networks that had not seen the people, none of 20 photos with two people or none was missed, and of 661 others
    none failed and 1 in 20 was held, mostly in rooms and landscapes.

    Parameters
    ----------
    review, fail : float
        Probability of a half-hidden person from which a person must look, and from which it counts.
    """

    code: ClassVar[str] = "CMP001"
    name: ClassVar[str] = "single-face"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("人脸数量", "number of faces")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "一.1"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text("照片中没有检测到人脸", "no face was found in the photo"),
                Text("请提交本人正面免冠头像照片", "submit a frontal photo of yourself, bare-headed"),
            ),
            "high": Say(
                Text("照片中不止一个人", "more than one person is in the photo"),
                Text("请确保画面中只有本人", "make sure that nobody else is in the picture"),
            ),
            "beside": Say(
                Text("头部旁边可能有其他人", "somebody else may be beside the head"),
                Text("请确保画面中只有本人", "make sure that nobody else is in the picture"),
            ),
        }
    )

    review: float = 0.6
    fail: float = 0.97

    def measure(self, portrait: Portrait) -> Measurement:
        count = len(portrait.faces)
        marks = tuple(Mark.box(f.left, f.top, f.right, f.bottom) for f in portrait.faces)
        if count != 1:
            return Measurement(float(count), where=marks, case="high" if count else "low", verdict=Verdict.FAIL)
        plain = portrait.has_plain_backdrop
        found = tuple(self._beside(portrait, side, *seen, plain=plain) for side, seen in enumerate(portrait.bystanders))
        if not any(found):
            return Measurement(1.0, where=marks, verdict=Verdict.PASS)
        x, y = (float(part) for part in portrait.landmarks[27])
        unit, width = portrait.eye_distance, portrait.frame.shape[1] - 1.0
        sides = ((0.0, max(0.0, x - unit)), (min(width, x + unit), width))
        marks += tuple(
            Mark.box(left, max(0.0, y - 2 * unit), right, y + 1.5 * unit)
            for (left, right), verdict in zip(sides, found, strict=True)
            if verdict
        )
        verdict = Verdict.FAIL if Verdict.FAIL in found else Verdict.REVIEW
        case = "high" if verdict is Verdict.FAIL else "beside"
        return Measurement(2.0, where=marks, case=case, verdict=verdict)

    def _beside(self, portrait: Portrait, side: int, likely: float, height: float, *, plain: bool) -> Verdict | None:
        """Judge one side: before a plain backdrop, what enters from the edge beside the head is rarely hair."""
        enters = plain and height > 1
        sure = plain and likely >= self.fail
        skin = portrait.skin_beside[side] if enters or sure else 0.0
        if skin > 0.2 or (skin > 0.05 and (sure or likely >= 0.1)):
            return Verdict.FAIL
        return Verdict.REVIEW if likely >= self.review or enters else None


@dataclass(frozen=True, kw_only=True)
class CrownMargin(LimitRule):
    """Measure how far the top of the hair is from the top edge.

    Why
    ---
    Clause 四.2: the crown, hair included, lies 50 to 110 px below the top edge.

    How
    ---
    The highest row of the silhouette above the face that is a fifth of the eye distance wide; single strands above
    it do not count. Where a bun or a tuft is what sticks out, the message says so.

    Limits
    ------
    The standard's. The uncertainty grows with the roughness of the hair's outline.
    """

    code: ClassVar[str] = "CMP002"
    name: ClassVar[str] = "crown-margin"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("头顶到上边缘的距离", "top of the hair to the top edge")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "四.2"
    unit: ClassVar[str] = "px"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "头顶距上边缘 {value} 像素，太近，应为 {low}～{high} 像素",
                    "the top of the hair is {value} px from the top edge, too close: {low} to {high} px",
                ),
                Text("请在头顶上方多留一些空间后重拍或重新裁剪", "leave more room above the head"),
            ),
            "bun": Say(
                Text(
                    "发髻或翘起的头发距上边缘 {value} 像素，太近，应为 {low}～{high} 像素",
                    "a bun or a tuft is {value} px from the top edge, too close: {low} to {high} px",
                ),
                Text("请放下发髻、压平头发后重拍", "let the bun down, flatten the hair, and shoot again"),
                Action.RESHOOT,
            ),
            "high": Say(
                Text(
                    "头顶距上边缘 {value} 像素，太远，应为 {low}～{high} 像素",
                    "the top of the hair is {value} px from the top edge, too far: {low} to {high} px",
                ),
                Text("请减少头顶上方的空间后重新裁剪", "crop off some of the room above the head"),
            ),
        }
    )

    low: float | None = 50
    high: float | None = 110

    def measure(self, portrait: Portrait) -> Measurement:
        crown = portrait.crown
        plain = portrait.has_plain_backdrop
        if crown.y < 4 and not plain and not _is_even(portrait):
            raise Obscured(Text("背景杂乱，看不清头顶轮廓", "the background hides the outline of the head"))
        unit = portrait.eye_distance
        doubt = 2.0 + min(4.0, 0.3 * crown.strands) + (0.0 if plain else 4.0)
        where = (Mark.line((crown.x - unit, crown.y), (crown.x + unit, crown.y)),)
        high = self.high if self.high is not None else float("inf")
        case = "bun" if crown.bun > 0.1 * unit and crown.y < high else ""
        return Measurement(crown.y, doubt, where, case)


def _is_even(portrait: Portrait) -> bool:
    """Tell whether the upper corners are backdrop, and it is even: then the head alone hides the rest of the top."""
    if not portrait.has_clear_corners:
        return False
    try:
        return portrait.evenness.spread < (BackgroundUniformity.high or 0)
    except Obscured:
        return False


@dataclass(frozen=True, kw_only=True)
class EyeLine(LimitRule):
    """Measure the height of the eyes in the frame.

    Why
    ---
    Clause 四.2: the eyes lie 200 to 300 px below the top edge.

    How
    ---
    The mean height of both pupils (see `photospec.portrait.face.find_pupils`).

    Limits
    ------
    The standard's. On 1,160 annotated photos the mean error is 1.7 px.
    """

    code: ClassVar[str] = "CMP003"
    name: ClassVar[str] = "eye-line"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("眼睛到上边缘的距离", "eyes to the top edge")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "四.2"
    unit: ClassVar[str] = "px"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "眼睛距上边缘 {value} 像素，位置偏高，应为 {low}～{high} 像素",
                    "the eyes are {value} px from the top edge, too high: {low} to {high} px",
                ),
                Text("请将人像下移后重新裁剪", "move the person down in the frame"),
            ),
            "high": Say(
                Text(
                    "眼睛距上边缘 {value} 像素，位置偏低，应为 {low}～{high} 像素",
                    "the eyes are {value} px from the top edge, too low: {low} to {high} px",
                ),
                Text("请将人像上移后重新裁剪", "move the person up in the frame"),
            ),
        }
    )

    low: float | None = 200
    high: float | None = 300

    def measure(self, portrait: Portrait) -> Measurement:
        y = sum(portrait.pupils[:, 1].tolist()) / 2
        return Measurement(y, 3.0, (_across(portrait, y), *_eye_marks(portrait)))


@dataclass(frozen=True, kw_only=True)
class FaceWidth(LimitRule):
    """Measure the face from cheek to cheek.

    Why
    ---
    Clause 四.2: 180 to 300 px between the cheeks, without ears and hair.

    How
    ---
    The distance between the jaw's landmarks at the widest line of the face (see
    `photospec.portrait.face.find_cheeks`).

    Limits
    ------
    The standard's. On 1,160 annotated photos the median error is 4.8 px; the uncertainty is 3 % of the width.
    """

    code: ClassVar[str] = "CMP004"
    name: ClassVar[str] = "face-width"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("脸部宽度", "width of the face")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "四.2"
    unit: ClassVar[str] = "px"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "两脸颊之间宽 {value} 像素，人像太小，应为 {low}～{high} 像素",
                    "the face is {value} px wide, too small: {low} to {high} px",
                ),
                Text("请靠近拍摄或放大裁剪", "shoot from nearer or crop closer"),
            ),
            "high": Say(
                Text(
                    "两脸颊之间宽 {value} 像素，人像太大，应为 {low}～{high} 像素",
                    "the face is {value} px wide, too large: {low} to {high} px",
                ),
                Text("请退后拍摄或在四周多留空间", "shoot from further away or crop less"),
            ),
        }
    )

    low: float | None = 180
    high: float | None = 300

    def measure(self, portrait: Portrait) -> Measurement:
        cheeks = portrait.cheeks
        return Measurement(cheeks.width, 0.03 * cheeks.width, (Mark.line(cheeks.left, cheeks.right),))


@dataclass(frozen=True, kw_only=True)
class Centring(LimitRule):
    """Measure how far the face is from the middle of the frame.

    Why
    ---
    Clause 四.2: horizontally centred, left and right symmetric; the standard names no tolerance.

    How
    ---
    Middle between the cheeks, minus the middle of the frame; to the right is positive.

    Limits
    ------
    25 px, 5 % of the width, ours: compliant photos lie within 15 px, and 30 px is seen at a glance.
    """

    code: ClassVar[str] = "CMP005"
    name: ClassVar[str] = "centring"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("人像左右居中", "face in the middle")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "四.2"
    unit: ClassVar[str] = "px"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "脸部中线偏左 {away} 像素，允许 {high} 像素",
                    "the face is {away} px left of the middle, {high} allowed",
                ),
                Text("请左右居中后重新裁剪", "centre the person and crop again"),
            ),
            "high": Say(
                Text(
                    "脸部中线偏右 {away} 像素，允许 {high} 像素",
                    "the face is {away} px right of the middle, {high} allowed",
                ),
                Text("请左右居中后重新裁剪", "centre the person and crop again"),
            ),
        }
    )

    low: float | None = -25
    high: float | None = 25

    def measure(self, portrait: Portrait) -> Measurement:
        x, y = portrait.cheeks.centre
        middle = (portrait.frame.shape[1] - 1) / 2
        away = round(abs(x - middle) * portrait.scale)
        height = portrait.frame.shape[0] - 1
        where = (Mark.line((x, 0), (x, height)), Mark.point(x, y))
        return Measurement(x - middle, 5.0, where, named={"away": away})


@dataclass(frozen=True, kw_only=True)
class HeadRoll(LimitRule):
    """Measure how far the line of the pupils is from level.

    Why
    ---
    Clause 二.2: upright, the eyes level; the standard names no angle.

    How
    ---
    Angle of the line between the pupils; clockwise in the image is positive. On 132 photos of known tilt it is right
    within 1.1 degrees in 95 of 100, the axis from the eyes to the chin within 2.5, and their mean is no better. In a
    head that is turned too, a raised or lowered chin tilts that line by sin(yaw) times its angle, of which 7 degrees
    cannot be told from the person's own face: that is the uncertainty, and at least 1 degree.

    Limits
    ------
    5 degrees, ours, as strict as ISO/IEC 19794-5 for yaw and pitch: people who hold the head straight lie within 3,
    a tilt that is seen at once begins at 7.
    """

    code: ClassVar[str] = "CMP006"
    name: ClassVar[str] = "head-roll"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("双眼水平", "eyes level")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    unit: ClassVar[str] = "°"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("头部倾斜 {size} 度，允许 ±{high} 度", "the head is tilted by {size} degrees, {high} allowed"),
                Text("请将头摆正，使双眼保持水平", "hold the head upright, the eyes level"),
            )
        }
    )

    low: float | None = -5
    high: float | None = 5

    def measure(self, portrait: Portrait) -> Measurement:
        left, right = portrait.pupils
        turned = 7.0 * abs(math.sin(math.radians(portrait.pose.yaw)))
        return Measurement(portrait.pose.roll, max(1.0, turned), (Mark.line(tuple(left), tuple(right)),))


@dataclass(frozen=True, kw_only=True)
class HeadYaw(LimitRule):
    """Measure how far the head is turned to a side.

    Why
    ---
    Clause 二.2 asks for a frontal pose, with both ears alike; it names no angle.

    How
    ---
    From the shift of nose and jaw against the eyes (see `photospec.portrait.face.head_pose`); to the image's right
    is positive.

    Limits
    ------
    10 degrees, that of the neighbouring 研招网 profile. Frontal people lie within 8.
    """

    code: ClassVar[str] = "CMP007"
    name: ClassVar[str] = "head-yaw"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("头部左右转动", "head turned to a side")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    unit: ClassVar[str] = "°"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "头部左右转动约 {size} 度，允许 ±{high} 度",
                    "the head is turned to a side by about {size} degrees, {high} allowed",
                ),
                Text("请正对镜头，两耳露出一致", "face the camera, both ears alike"),
            )
        }
    )

    level: Level = Level.WARNING
    low: float | None = -10
    high: float | None = 10

    def measure(self, portrait: Portrait) -> Measurement:
        marks = portrait.landmarks
        return Measurement(portrait.pose.yaw, 1.5, (Mark.line(tuple(marks[27]), tuple(marks[30])),))


@dataclass(frozen=True, kw_only=True)
class HeadPitch(LimitRule):
    """Measure how far the head is lowered or raised.

    Why
    ---
    Clause 二.2 asks for an upright pose; it names no angle.

    How
    ---
    From the shift of nose and ears against the eyes (see `photospec.portrait.face.head_pose`); a raised chin is
    positive.

    Limits
    ------
    -15.5 and 24 degrees, ours. The proportions of a face differ so much between people that a single photo does not
    tell less; people who look straight ahead measure -13 to 22.
    """

    code: ClassVar[str] = "CMP008"
    name: ClassVar[str] = "head-pitch"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("头部俯仰", "head lowered or raised")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    unit: ClassVar[str] = "°"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text("低头约 {size} 度", "the head is lowered: about {size} degrees"),
                Text("请抬起下巴，平视镜头", "raise the chin and look straight into the camera"),
            ),
            "high": Say(
                Text("仰头约 {value} 度", "the head is raised: about {value} degrees"),
                Text("请收下巴，平视镜头", "lower the chin and look straight into the camera"),
            ),
        }
    )

    level: Level = Level.WARNING
    low: float | None = -15.5
    high: float | None = 24

    def measure(self, portrait: Portrait) -> Measurement:
        marks = portrait.landmarks
        return Measurement(portrait.pose.pitch, 1.5, (Mark.line(tuple(marks[27]), tuple(marks[8])),))


@dataclass(frozen=True, kw_only=True)
class ShouldersLevel(LimitRule):
    """Measure the slope of the shoulder line.

    Why
    ---
    Clause 二.2: shoulders balanced. Collectors refuse visibly tilted shoulders.

    How
    ---
    The silhouette's outline at equal distances left and right of the neck. Long hair that lies on the shoulders, or a
    picture that ends above them, hides it: a person must look.

    Limits
    ------
    10 degrees, ours.
    """

    code: ClassVar[str] = "CMP009"
    name: ClassVar[str] = "shoulders"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("双肩水平", "shoulders level")
    action: ClassVar[Action] = Action.RESHOOT
    clause: ClassVar[str] = "二.2"
    unit: ClassVar[str] = "°"
    digits: ClassVar[int] = 1
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text("双肩倾斜 {size} 度，允许 ±{high} 度", "the shoulders slope by {size} degrees, {high} allowed"),
                Text("请坐正，双肩放平，正对镜头", "sit straight with the shoulders level, facing the camera"),
            )
        }
    )

    level: Level = Level.WARNING
    low: float | None = -10
    high: float | None = 10

    def measure(self, portrait: Portrait) -> Measurement:
        shoulders = portrait.shoulders
        return Measurement(shoulders.tilt, 2.0, (Mark.line(shoulders.left, shoulders.right),))


@dataclass(frozen=True, kw_only=True)
class AspectDistortion(LimitRule):
    """Estimate by how much the picture was stretched in height against its width.

    Why
    ---
    Clause 一.3: no visible distortion. Photos of another shape are often pulled to 480x640.

    How
    ---
    A linear estimate from the shape of the 68 landmarks, trained on photos that were stretched by known factors
    (`training/aspect.py`): 1 is a natural face. It is learnt from landmarks found in the stretched pictures, because
    they follow a stretch by half only. On other people who were not stretched its standard error is 4 %.

    Limits
    ------
    0.905 to 1.105, ours, and 0.02 either way a person must look. With an estimate that had not seen the people, none of
    50 compliant photos fails or is held, of 61 official ones 1 in 20 fails and 1 in 12 is held; all of 16 stretched
    ones fail. Of stretches by 15 to 22 % some 83 % fail and 12 % are held; one by 8 to 15 % cannot always be told from
    an unusual face: a third each fails, is held, and passes.
    """

    code: ClassVar[str] = "CMP010"
    name: ClassVar[str] = "aspect-distortion"
    since: ClassVar[str] = "0.1.0"
    likelihood: ClassVar[bool] = False
    title: ClassVar[Text] = Text("人像变形", "stretched picture")
    action: ClassVar[Action] = Action.RECROP
    clause: ClassVar[str] = "一.3"
    digits: ClassVar[int] = 3
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "low": Say(
                Text(
                    "人像被横向拉宽或压扁（约 {off}%）",
                    "the face is pulled wide (by about {off} %)",
                ),
                Text("请等比例缩放和裁剪，不要改变宽高比", "crop and scale without changing the proportions"),
            ),
            "high": Say(
                Text("人像被纵向拉长（约 {off}%）", "the face is pulled long (by about {off} %)"),
                Text("请等比例缩放和裁剪，不要改变宽高比", "crop and scale without changing the proportions"),
            ),
        }
    )

    level: Level = Level.WARNING
    low: float | None = 0.905
    high: float | None = 1.105

    def measure(self, portrait: Portrait) -> Measurement:
        if abs(portrait.pose.yaw) > 15:
            raise Obscured(Text("头部转动过大", "the head is turned too far"))
        return Measurement(portrait.aspect, 0.02)


@dataclass(frozen=True, kw_only=True)
class FigureFillsFrame(LimitRule):
    """Measure how much of the lower edge the bust leaves free.

    Why
    ---
    Not in the standard: collectors' programs reject a figure that does not fill the lower corners (黑边检测, the
    black-edge check), as when it is too small or its clothes have the colour of the backdrop.

    How
    ---
    The longer free stretch of the lower edge, left or right of the silhouette, as a share of the width.

    Limits
    ------
    0.15, ours: the checkers' own is not public.
    """

    code: ClassVar[str] = "CMP011"
    name: ClassVar[str] = "figure-fills-frame"
    since: ClassVar[str] = "0.1.0"
    likelihood: ClassVar[bool] = False
    title: ClassVar[Text] = Text("人像充满画面下缘", "figure fills the lower edge")
    action: ClassVar[Action] = Action.RESHOOT
    digits: ClassVar[int] = 2
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "人像未充满画面下缘，一侧空出 {percent}%",
                    "the figure leaves {percent} % of the lower edge free on a side",
                ),
                Text(
                    "请露出完整双肩，靠近一些拍摄，衣服与背景区分开",
                    "show both shoulders, come nearer, and wear clothes that differ from the backdrop",
                ),
            )
        }
    )

    level: Level = Level.WARNING
    high: float | None = 0.15

    def measure(self, portrait: Portrait) -> Measurement:
        _ = portrait.face  # without a face there is no figure to speak of
        left, right = portrait.lower_edge_gaps
        height, width = portrait.frame.shape[:2]
        where = []
        if left > 0:
            where.append(Mark.line((0, height - 1), (left * width, height - 1)))
        if right > 0:
            where.append(Mark.line(((1 - right) * width, height - 1), (width - 1, height - 1)))
        return Measurement(max(left, right), 0.04, tuple(where))


@dataclass(frozen=True, kw_only=True)
class CropRoom(LimitRule):
    """Measure whether a camera's frame has room for the crop that the standard asks for.

    Why
    ---
    Not in the standard: what is cut off above the hair or beside the shoulders cannot be put back, and an invented
    backdrop is forbidden (clause 一.2). While the person still sits there, the remedy is one step back.

    How
    ---
    The best crop inside the frame is solved for (see `photospec.portrait.framing.solve_framing`): the value is by how
    many pixels of the crop, 640 px high, its worst placed measure is inside its limits; negative outside.

    Limits
    ------
    0: the crop meets every limit. The uncertainty is that of the measures. Only a spec that is used before the crop
    (`Spec.crop_to`) has such a frame.
    """

    code: ClassVar[str] = "CMP012"
    name: ClassVar[str] = "crop-room"
    since: ClassVar[str] = "0.1.0"
    title: ClassVar[Text] = Text("裁剪余地", "room for the crop")
    action: ClassVar[Action] = Action.RESHOOT
    unit: ClassVar[str] = "px"
    digits: ClassVar[int] = 0
    says: ClassVar[Mapping[str, Say]] = MappingProxyType(
        {
            "fail": Say(
                Text(
                    "头型（含头发）超出标准允许的范围 {away} 像素",
                    "the head and its hair miss the limits by {away} px",
                ),
                Text("请压平或放下头发后重拍", "flatten the hair or let it down, and shoot again"),
            ),
            "top": Say(
                Text(
                    "头顶上方空间不足，差 {away} 像素",
                    "too little room above the head: {away} px short",
                ),
                Text("请把镜头抬高一点或退后一步，头顶多留空间", "aim higher or step back: more room above the head"),
            ),
            "bottom": Say(
                Text("下方空间不足，差 {away} 像素", "too little room below: {away} px short"),
                Text(
                    "请把镜头放低一点或退后一步，拍到胸部", "aim lower or step back: the chest must be in the picture"
                ),
            ),
            "side": Say(
                Text(
                    "两侧空间不足，差 {away} 像素",
                    "too little room beside the shoulders: {away} px short",
                ),
                Text("请让人坐到画面中间或退后一步", "seat the person in the middle of the picture or step back"),
            ),
        }
    )

    low: float | None = 0

    def measure(self, portrait: Portrait) -> Measurement:
        framing = portrait.framing
        margins = [margin for name, margin in framing.margins.items() if name != "roll"]  # the crop levels the eyes
        if not margins:
            raise Unseen(Text("该标准没有位置要求", "the spec says nothing of places"))
        margin = min(margins) * 640 / framing.target.height
        side = max(framing.lacking, key=lambda name: framing.lacking[name]) if framing.lacking else ""
        case = "side" if side in ("left", "right") else side
        return Measurement(margin, 3.0, (), case, {"away": max(0, round(-margin))})
