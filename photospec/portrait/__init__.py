"""What is to be seen in a photo: the lazy facts of a portrait.

Each fact is a pure function of arrays in one of this package's modules, and one lazy attribute of `Portrait`. A
portrait knows no rule and no limit.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from photospec.errors import Obscured, Unseen
from photospec.finding import Finding
from photospec.photo import Photo
from photospec.portrait._fact import Facts, fact
from photospec.portrait.aspect import estimate_aspect
from photospec.portrait.backdrop import Backdrop, Inset, find_border, fit_backdrop
from photospec.portrait.bystander import area_beside, bystander_probability, height_at_the_sides, skin_at_the_sides
from photospec.portrait.chart import chart_lab, describe_cells, draw_chart, frame_to_chart
from photospec.portrait.colour import rgb2lab
from photospec.portrait.colour_cast import ColourCast, find_colour_cast
from photospec.portrait.covering import Covering, read_covering
from photospec.portrait.crown import Crown, find_crown
from photospec.portrait.dress import Jewellery, NeckDress, find_earrings, find_necklace, read_neck
from photospec.portrait.ears import Ear, find_ears
from photospec.portrait.evenness import Evenness, HardShadow, cut_out_rim, find_hard_shadow, measure_evenness
from photospec.portrait.eyes import (
    Eye,
    Gaze,
    Iris,
    IrisColour,
    draw_strip,
    find_eyes,
    find_irises,
    gaze_angle,
    measure_iris,
    strip_transform,
)
from photospec.portrait.eyes import (
    describe_cells as describe_eyes,
)
from photospec.portrait.face import (
    Cheeks,
    Face,
    HeadPose,
    find_cheeks,
    find_faces,
    find_landmarks,
    find_large_faces,
    find_pupils,
    head_pose,
)
from photospec.portrait.fingerprint import Fingerprint, fingerprint
from photospec.portrait.focus import Focus, measure_focus
from photospec.portrait.framing import Framing
from photospec.portrait.garment import (
    Garment,
    GarmentColour,
    GarmentPattern,
    ShoulderContrast,
    find_garment,
    garment_colours,
    garment_pattern,
    shoulder_contrast,
)
from photospec.portrait.glasses import Glasses, find_glasses
from photospec.portrait.lettering import Lettering, find_column, find_lettering, find_seal
from photospec.portrait.light import (
    AlignedFace,
    Exposure,
    HotSpots,
    LightBalance,
    align_face,
    eye_whites,
    find_hot_spots,
    light_balance,
    measure_exposure,
)
from photospec.portrait.make_up import MakeUp, measure_make_up
from photospec.portrait.mouth import Mouth, draw_mouth, find_mouth
from photospec.portrait.shoulders import Shoulders, find_shoulders, lower_edge_gaps
from photospec.portrait.silhouette import Figures, Thing, find_figures, find_things
from photospec.portrait.sizes import HALF, QUARTER, Box, thinned
from photospec.portrait.skin import Skin, skin_colour
from photospec.portrait.texture import Blocking, Noise, measure_blocking, measure_noise, skin_texture
from photospec.text import Text

__all__ = ["FRAME_HEIGHT", "Portrait"]

FRAME_HEIGHT = 640
"""Height in pixels of the frame in which facts are measured, and for which pixel limits are stated."""

FRAME_WIDTH_MOST = 1280

_PLAIN = 0.6  # support of a backdrop that tells the person from what is behind
_AS_SQUARES = 0.68  # of the side of enlarged pixels: those from half the size are plain to the eye
_AS_SPREAD = 1.14  # of the spread that edges show, for the same loss of detail
_NOBODY = 0.5  # square eye distances beside a head: half of what a face that can be found shows


class Portrait(Facts):
    """The lazy facts of one photo.

    Facts are computed when first asked for, once, in the portrait's *frame*: the photo brought to a height of
    640 px. A photo of 480x640 is its own frame. Points, lengths and boxes are in frame pixels; pictures and masks of
    half and quarter size say so.

    Parameters
    ----------
    photo : Photo
        The photo; its pixels are decoded when a fact needs them.

    Raises
    ------
    Unseen
        From any attribute whose evidence is not in the photo, for example `landmarks` where there is no face.
    """

    def __init__(self, photo: Photo) -> None:
        if not isinstance(photo, Photo):
            raise TypeError(f"photo must be a Photo (use Photo.read), got {type(photo).__name__}")
        super().__init__()
        self.photo = photo

    # -- the picture ------------------------------------------------------------------------------------------

    @fact
    def frame(self) -> npt.NDArray[np.uint8]:
        """The photo at frame size, RGB, (640, W, 3) uint8, read-only."""
        pixels = self.photo.reduced(self.photo.glance)
        height, width = pixels.shape[:2]
        factor = min(FRAME_HEIGHT / height, FRAME_WIDTH_MOST / width)
        if factor == 1.0:
            return pixels
        size = max(1, round(width * factor)), max(1, round(height * factor))
        frame = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
        frame.flags.writeable = False
        return frame  # type: ignore[return-value]

    @fact
    def scale(self) -> float:
        """Photo pixels per frame pixel."""
        return self._height / float(self.frame.shape[0])

    @fact
    def unit_scale(self) -> float:
        """Photo height over 640 px, the factor of limits in pixels."""
        return self._height / FRAME_HEIGHT

    @property
    def _height(self) -> float:
        """The photo's height in pixels, also where only a reduced picture of it was decoded."""
        return float(self.photo.height or self.photo.pixels.shape[0])

    @property
    def scales_if_known(self) -> tuple[float, float]:
        """`scale` and `unit_scale`, both 1 while no fact has needed the pixels."""
        return (self.scale, self.unit_scale) if "frame" in self.__dict__ else (1.0, 1.0)

    @fact
    def grey(self) -> npt.NDArray[np.uint8]:
        """Luma of the frame, (640, W) uint8."""
        return cv2.cvtColor(self.frame, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]

    @fact
    def half(self) -> npt.NDArray[np.uint8]:
        """The frame at half size, RGB, (320, W/2, 3) uint8."""
        height, width = self.frame.shape[:2]
        size = max(1, width // 2), max(1, height // 2)
        return cv2.resize(self.frame, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    @fact
    def half_grey(self) -> npt.NDArray[np.uint8]:
        """Luma of the half-size frame, (320, W/2) uint8."""
        return cv2.cvtColor(self.half, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]

    @fact
    def half_lab(self) -> npt.NDArray[np.float32]:
        """CIELAB of the half-size frame (L* 0 to 100, a*, b*), (320, W/2, 3) float32."""
        return rgb2lab(self.half)

    @fact
    def quarter_lab(self) -> npt.NDArray[np.float32]:
        """`half_lab` averaged over 2x2 pixels, (160, W/4, 3) float32."""
        height, width = self.half_lab.shape[:2]
        return cv2.resize(self.half_lab, ((width + 1) // 2, (height + 1) // 2))  # type: ignore[return-value]

    @fact
    def fingerprint(self) -> Fingerprint:
        """What tells this picture from others, whatever its size and compression."""
        return fingerprint(self.half_grey)

    @property
    def framing(self) -> Framing:
        """The crop in which a camera's frame is seen; other photos have none, see `photospec.capture.view.View`."""
        raise Unseen(Text("不是裁剪前的相机原片", "not a camera's frame that will be cropped"))

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with its marks in pixels of the photo; those of a camera's crop are brought there."""
        return finding

    # -- the face ---------------------------------------------------------------------------------------------

    @fact
    def large_faces(self) -> tuple[Face, ...]:
        """Faces as large as in a portrait, the largest first; empty where only a longer search can tell."""
        return find_large_faces(self.half_grey)

    @fact
    def faces(self) -> tuple[Face, ...]:
        """All faces found, the largest first; may be empty.

        Beside a large face, smaller ones are looked for only where there is more than a head and its hair, or a
        backdrop that cannot be told from people. A face that can be found shows at least a square eye distance there.
        """
        if self.large_faces and self.has_plain_backdrop:
            beside = area_beside(thinned(self.figures.solid), QUARTER.points(self.landmarks))
            if max(beside) < _NOBODY:
                return self.large_faces
        return find_faces(self.grey, self.half_grey)

    @fact
    def has_face(self) -> bool:
        """True where a face was found."""
        return bool(self.large_faces or self.faces)

    @fact
    def face(self) -> Face:
        """The largest face."""
        if not self.has_face:
            raise Unseen(Text("未检测到人脸", "no face was found"))
        return (self.large_faces or self.faces)[0]

    @fact
    def landmarks(self) -> npt.NDArray[np.float32]:
        """The 68 landmarks of the face, (68, 2) float32, in frame pixels."""
        return find_landmarks(self.grey, self.face)

    @fact
    def pupils(self) -> npt.NDArray[np.float32]:
        """Left and right pupil of the image, (2, 2) float32, in frame pixels."""
        return find_pupils(self.landmarks)

    @fact
    def eye_distance(self) -> float:
        """Distance between the pupils, in frame pixels: the person's own unit of length."""
        return max(1.0, math.dist(*self.pupils.tolist()))

    @fact
    def pose(self) -> HeadPose:
        """How the head is turned."""
        return head_pose(self.landmarks)

    @fact
    def cheeks(self) -> Cheeks:
        """The cheeks at the widest line of the face, in frame pixels."""
        return find_cheeks(self.landmarks)

    @fact
    def aspect(self) -> float:
        """By how much the picture was stretched in height against its width; 1 is natural."""
        return estimate_aspect(self.landmarks)

    @fact
    def crown(self) -> Crown:
        """The top of the hair, in frame pixels."""
        found = find_crown(self.half_silhouette, HALF.points(self.landmarks))
        if found is None:
            raise Obscured(Text("看不清头顶轮廓", "the top of the head cannot be told from the backdrop"))
        return found.scaled(HALF.step)

    @fact
    def shoulders(self) -> Shoulders:
        """The shoulder line, in frame pixels."""
        found = find_shoulders(self.half_silhouette, HALF.points(self.landmarks))
        if found is None:
            raise Obscured(Text("看不清肩线", "the shoulder line cannot be seen"))
        return found.scaled(HALF.step)

    @fact
    def lower_edge_gaps(self) -> tuple[float, float]:
        """How much of the lower edge the person leaves free at the image's left and right, as shares of the width."""
        return lower_edge_gaps(self.half_silhouette)

    # -- the backdrop -----------------------------------------------------------------------------------------

    @fact
    def border(self) -> Inset:
        """The frame drawn round the picture, in frame pixels."""
        return find_border(self.half).scaled(HALF.step)

    @fact
    def backdrop(self) -> Backdrop:
        """The backdrop's colour model, at half size."""
        head = None
        if self.has_face:
            (x, y), unit = HALF.points(self.landmarks[27]), HALF.length(self.eye_distance)
            head = (x - 1.3 * unit, y - 1.8 * unit, x + 1.3 * unit, y + 2 * unit)
        return fit_backdrop(self.half_lab, self.border.scaled(1 / HALF.step), head)

    @fact
    def has_plain_backdrop(self) -> bool:
        """True before a backdrop that is plain enough to tell the person from; False in rooms and landscapes."""
        return self.backdrop.support > _PLAIN

    @fact
    def figures(self) -> Figures:
        """The person and what else stands before the backdrop, at half size."""
        landmarks = HALF.points(self.landmarks) if self.has_face else None
        return find_figures(self.half_lab, self.backdrop, landmarks)

    @fact
    def things(self) -> tuple[Thing, ...]:
        """What stands beside the person, the largest first."""
        landmarks = HALF.points(self.landmarks)
        return find_things(self.quarter_lab, self.backdrop, self.figures, landmarks, self.backdrop.inset)

    @fact
    def evenness(self) -> Evenness:
        """How even the backdrop is where it is seen."""
        found = measure_evenness(self.quarter_lab, self.backdrop, self.figures)
        if found is None:
            raise Obscured(Text("可见的背景太少", "too little of the backdrop is seen"))
        return found

    @fact
    def hard_shadow(self) -> HardShadow:
        """A shadow with a hard edge beside the head."""
        return find_hard_shadow(self.half_lab, self.backdrop, self.figures, HALF.points(self.landmarks))

    @fact
    def cut_out_rim(self) -> float:
        """Share of the head's outline, 0 to 1, that has a rim as a careless cut-out leaves it."""
        chin = HALF.length(float(self.landmarks[8, 1]))
        return cut_out_rim(self.half_lab, self.quarter_lab, self.backdrop, self.figures, chin)

    @fact
    def lettering(self) -> Lettering:
        """What looks most like a line of letters, in frame pixels."""
        head = None
        if self.has_face:
            head = self.half_silhouette[: max(0, int(HALF.length(float(self.landmarks[8, 1]))) - 2)]
        return find_lettering(self.half, self.half_grey, head).scaled(HALF.step)

    @fact
    def seal(self) -> Box | None:
        """A red seal, in frame pixels; None where there is none."""
        found = find_seal(self.half, HALF.points(self.landmarks) if self.has_face else None)
        return None if found is None else HALF.frame_box(found)

    @fact
    def column_of_letters(self) -> Box | None:
        """Letters one below the other on the backdrop, in frame pixels; None where there are none."""
        found = find_column(self.figures.others)
        return None if found is None else HALF.frame_box(found)

    @fact
    def bystanders(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of the image's left and right: probability of somebody else, height of what enters in eye distances."""
        solid = self.figures.solid
        likely = bystander_probability(self.quarter_lab, thinned(solid), QUARTER.points(self.landmarks))
        height = height_at_the_sides(solid, HALF.points(self.landmarks), self.backdrop.inset)
        return (likely[0], height[0]), (likely[1], height[1])

    @fact
    def skin_beside(self) -> tuple[float, float]:
        """How much of what stands at the image's left and right of the head has the colour of the person's skin."""
        solid, landmarks = thinned(self.figures.solid), QUARTER.points(self.landmarks)
        return skin_at_the_sides(self.quarter_lab, solid, landmarks, self.skin.colour)

    @fact
    def half_silhouette(self) -> npt.NDArray[np.bool_]:
        """True on the person, (320, W/2) bool, at half size."""
        return self.figures.person

    @fact
    def has_clear_corners(self) -> bool:
        """True where neither upper corner of the picture is the person's."""
        top = self.half_silhouette[:4]
        return not (top[:, :4].any() or top[:, -4:].any())

    # -- skin, coverings, ears --------------------------------------------------------------------------------

    @fact
    def chart(self) -> npt.NDArray[np.uint8]:
        """The head at a fixed size and upright, (240, 192, 4) uint8; see `photospec.portrait.chart.draw_chart`."""
        return draw_chart(self.half, HALF.points(self.pupils))

    @fact
    def chart_lab(self) -> npt.NDArray[np.float32]:
        """CIELAB of the chart at half its size, (120, 96, 3) float32."""
        return chart_lab(self.chart)

    @fact
    def chart_marks(self) -> npt.NDArray[np.float32]:
        """The landmarks in eye distances about the middle of the eyes, (68, 2) float32."""
        return frame_to_chart(self.landmarks, self.pupils)

    @fact
    def skin(self) -> Skin:
        """The colour of the person's own skin."""
        return skin_colour(self.chart_lab)

    @fact
    def make_up(self) -> MakeUp:
        """How far lips, cheeks and eyelids are from the person's skin in colour."""
        return measure_make_up(self.chart_lab, self.chart_marks, self.skin)

    @fact
    def cells(self) -> npt.NDArray[np.float32]:
        """Colour and texture of each cell of the chart, (20, 16, 13) float32; see `describe_cells`."""
        return describe_cells(self.chart, self.chart_lab, self.skin.colour, self.backdrop.colour, self.chart_marks)

    @fact
    def covering(self) -> Covering:
        """What covers the head, the brows, the face and the ears, as probabilities."""
        return read_covering(self.cells)

    @fact
    def ears(self) -> tuple[Ear, Ear]:
        """The image's left and right ear: seen or not, and where their lobes are."""
        return find_ears(self.landmarks, self.pupils, (self.covering.left_ear, self.covering.right_ear))

    # -- eyes, glasses, mouth ---------------------------------------------------------------------------------

    @fact
    def eye_strip(self) -> npt.NDArray[np.uint8]:
        """The eyes level and at a fixed size, (128, 272, 4) uint8; see `photospec.portrait.eyes.draw_strip`."""
        return draw_strip(self.frame, self.pupils)

    @fact
    def eye_cells(self) -> npt.NDArray[np.float32]:
        """Colour and edges of each cell of the strip of the eyes, (32, 68, 8) float32."""
        return describe_eyes(self.eye_strip, self.skin.colour)

    @fact
    def eyes(self) -> tuple[Eye, Eye]:
        """The image's left and right eye: open or closed."""
        return find_eyes(self.eye_cells, self.landmarks, self.eye_distance)

    @fact
    def eye_marks(self) -> npt.NDArray[np.float32]:
        """The 12 landmarks of the eyes in pixels of their strip, (12, 2) float32."""
        marks = cv2.transform(self.landmarks[None, 36:48], strip_transform(self.pupils))
        return marks[0]  # type: ignore[no-any-return]

    @fact
    def irises(self) -> tuple[Iris, Iris]:
        """The image's left and right iris, in pixels of the strip of the eyes."""
        return find_irises(self.eye_strip, self.eye_marks)

    @fact
    def gaze(self) -> Gaze:
        """Where the person looks, left to right."""
        return gaze_angle(self.irises, self.pose.yaw)

    @fact
    def iris_colours(self) -> tuple[IrisColour, IrisColour]:
        """The colour of the image's left and right iris."""
        return measure_iris(self.eye_strip, self.eye_marks, self.skin.colour)

    @fact
    def glasses(self) -> Glasses:
        """Glasses: worn or not, tint, reflections and rims before each eye."""
        return find_glasses(self.eye_cells)

    @fact
    def mouth(self) -> Mouth:
        """The mouth: lips together or apart, a smile."""
        crop = draw_mouth(self.frame, self.pupils, self.landmarks)
        return find_mouth(crop, self.skin.colour, self.landmarks, self.eye_distance)

    # -- the garment ------------------------------------------------------------------------------------------

    @fact
    def garment(self) -> Garment:
        """The bust below the chin: garment, skin and shoulder line; its masks are of quarter size."""
        marks = QUARTER.points(self.landmarks)
        unit = QUARTER.length(self.eye_distance)
        backdrop = self.backdrop
        return find_garment(self.quarter_lab, backdrop.quarter, backdrop.noise, marks, unit, self.skin.colour)

    @fact
    def shoulder_contrast(self) -> ShoulderContrast:
        """How the garment parts from the backdrop along the shoulders."""
        contrast = shoulder_contrast(self.garment)
        if contrast is None:
            raise Unseen(Text("画面中看不到足够的肩部", "too little of the shoulders is in the frame"))
        return contrast

    @fact
    def garment_colours(self) -> tuple[GarmentColour, ...]:
        """The garment's main colours, the largest share first; may be empty."""
        return garment_colours(self.garment)

    @fact
    def garment_pattern(self) -> GarmentPattern:
        """How patterned the garment is."""
        pattern = garment_pattern(self.garment, self.half_lab)
        if pattern is None:
            raise Unseen(Text("画面中看不到足够的上衣", "too little of the top is in the frame"))
        return pattern

    # -- light, focus, noise ----------------------------------------------------------------------------------

    @fact
    def aligned_face(self) -> AlignedFace:
        """The face at a fixed place and size, for comparing its halves."""
        if self.eye_distance < 36:
            raise Obscured(Text("人脸太小，无法判断光线", "the face is too small to judge the light"))
        return align_face(self.half, self.landmarks)

    @fact
    def eye_whites(self) -> npt.NDArray[np.float32]:
        """Colour of the white of each open eye, (N, 3) float32 RGB, N at most 2."""
        return eye_whites(self.frame, self.landmarks)

    @fact
    def exposure(self) -> Exposure:
        """How bright the face is."""
        return measure_exposure(self.aligned_face, self.half_grey, self.eye_whites)

    @fact
    def light_balance(self) -> LightBalance:
        """How evenly the face is lit."""
        if abs(self.pose.yaw) > 35:
            raise Obscured(Text("头部转动过大，无法比较左右光线", "the head is turned too far to compare its sides"))
        balance = light_balance(self.aligned_face)
        if balance is None:
            raise Obscured(Text("露出的皮肤太少，无法比较左右光线", "too little skin shows to compare the sides"))
        return balance

    @fact
    def hot_spots(self) -> HotSpots:
        """Shine and hot spots on the skin."""
        return find_hot_spots(self.aligned_face)

    @fact
    def focus(self) -> Focus:
        """How far the edges round the eyes spread."""
        focus = measure_focus(self.grey, self.landmarks)
        if focus is None:
            raise Obscured(
                Text("眼部太小或不完整，无法判断清晰度", "the eyes are too small or cut off to judge the focus")
            )
        return focus

    @fact
    def blur(self) -> float:
        """Blur at the face, in frame pixels: what the edges show, the lost detail or enlarged pixels tell, if more."""
        pixel = self.blocking.pixel
        pixelated = _AS_SQUARES * pixel / self.scale if pixel > 1 else 0.0
        return max(self.focus.blur, _AS_SPREAD * self.focus.lost, pixelated)

    @fact
    def noise(self) -> Noise:
        """Noise of face and backdrop, in grey levels."""
        return measure_noise(self.half, self.grey, self.landmarks)

    @fact
    def blocking(self) -> Blocking:
        """The grid of compression blocks, in the photo's own pixels."""
        pixels = self.photo.pixels
        if pixels is self.frame:
            return measure_blocking(self.grey)
        height, width = pixels.shape[:2]
        top, left = max(0, height // 2 - 320), max(0, width // 2 - 320)
        middle = cv2.cvtColor(pixels[top : top + 640, left : left + 640], cv2.COLOR_RGB2GRAY)
        return measure_blocking(middle)  # type: ignore[arg-type]

    @fact
    def skin_texture(self) -> float:
        """Fine texture of cheeks and forehead, percent contrast."""
        texture = skin_texture(self.grey, self.landmarks)
        if texture is None:
            raise Obscured(Text("面部太小，无法判断皮肤纹理", "the face is too small to judge the skin's texture"))
        return texture

    @fact
    def colour_cast(self) -> ColourCast:
        """Shift of all colours, judged from skin and whites of the eyes."""
        return find_colour_cast(self.aligned_face.half[6:60, 6:42], self.exposure.skin, self.eye_whites)

    # -- ears and neck ----------------------------------------------------------------------------------------

    @fact
    def earrings(self) -> tuple[Jewellery, Jewellery]:
        """The search for earrings at the image's left and right ear."""
        return find_earrings(self.frame, self.landmarks, self.pupils, self.skin.colour)

    @fact
    def necklace(self) -> Jewellery:
        """The search for a necklace, as log odds."""
        self._see_neck()
        return find_necklace(self.half, self.grey, self.landmarks, self.pupils, self.skin.colour)

    @fact
    def neck_dress(self) -> NeckDress:
        """Collar and turtleneck, as log odds."""
        self._see_neck()
        return read_neck(self.half, self.grey, self.landmarks, self.pupils, self.skin.colour)

    def _see_neck(self) -> None:
        """Raise `Unseen` where the picture ends at the chin."""
        if self.frame.shape[0] - self.landmarks[8, 1] < 0.25 * self.eye_distance:
            raise Unseen(Text("画面中看不到颈部", "the neck is not in the frame"))
