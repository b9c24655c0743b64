"""The facts of light, focus, noise and colour, on arrays whose truth is known."""

import cv2
import numpy as np
import pytest

from photospec.portrait.colour_cast import NEUTRAL, SPREAD, find_colour_cast, shift_of
from photospec.portrait.focus import measure_focus
from photospec.portrait.light import (
    AlignedFace,
    align_face,
    eye_whites,
    find_hot_spots,
    light_balance,
    measure_exposure,
)
from photospec.portrait.texture import measure_blocking, measure_noise, skin_texture

SKIN = np.array((200, 160, 140), np.float32)
WHITES = np.array([(190, 178, 172)], np.float32)
IDENTITY = np.array(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
NO_EYES = np.zeros((0, 3), np.float32)


def face(light=1.0, colour=SKIN):
    pixels = (
        np.broadcast_to(colour, (128, 96, 3)) * np.broadcast_to(np.asarray(light, np.float32), (128, 96))[..., None]
    )
    return AlignedFace(np.clip(pixels, 0, 255).astype(np.uint8), IDENTITY)


def landmarks(scale=1.0, shift=(0.0, 0.0)):
    """Landmarks of a schematic face with pupils 100 px apart about (240, 280)."""
    points = np.zeros((68, 2), np.float32)
    jaw = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([240 + 115 * np.cos(jaw), 290 + 150 * np.sin(jaw)], 1)
    points[17:22] = [(160 + 14 * k, 255 - 4 * k + k * k) for k in range(5)]
    points[22:27] = [(264 + 14 * k, 255) for k in range(5)]
    points[27:36] = [(240, 280 + 15 * k) for k in range(4)] + [(220 + 10 * k, 335) for k in range(5)]
    for first, x in ((36, 190), (42, 290)):
        points[first : first + 6] = [
            (x - 18, 280),
            (x - 7, 273),
            (x + 7, 273),
            (x + 18, 280),
            (x + 7, 286),
            (x - 7, 286),
        ]
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    points[48:68] = np.stack([240 + 38 * np.cos(angles), 378 + 14 * np.sin(angles)], 1)
    points[8] = (240, 450)
    return points * np.float32(scale) + np.array(shift, np.float32)


def eyes_picture(seed=0):
    """A grey picture with the sharp edges of eyes and brows at the landmarks."""
    picture = np.full((640, 480), 170, np.uint8)
    marks = landmarks()
    for first in (36, 42):
        cv2.polylines(picture, [np.round(marks[first : first + 6] * 16).astype(np.int32)], True, 40, 2, cv2.LINE_AA, 4)
        x, y = marks[first : first + 6].mean(0)
        cv2.circle(picture, (round(x * 16), round(y * 16)), 6 * 16, 30, -1, cv2.LINE_AA, 4)
    for brow in (marks[17:22], marks[22:27]):
        cv2.polylines(picture, [np.round(brow * 16).astype(np.int32)], False, 60, 4, cv2.LINE_AA, 4)
    noise = np.random.default_rng(seed).normal(0, 0.5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


class TestAlignedFace:
    def test_landmarks_land_on_their_anchors(self):
        half = np.zeros((320, 240, 3), np.uint8)
        marks = landmarks()
        cv2.circle(half, (95, 140), 4, (255, 0, 0), -1)
        aligned = align_face(half, marks)
        y, x = np.unravel_index(np.argmax(aligned.pixels[..., 0]), (128, 96))
        assert abs(x - 30) < 5
        assert abs(y - 48) < 5
        left, top, right, bottom = aligned.box_in_frame(28, 46, 32, 50)
        assert left < 190 < right
        assert top - 8 < 280 < bottom + 8


class TestExposure:
    grey = np.full((320, 240), 255, np.uint8)

    @pytest.mark.parametrize("colour", [(220, 180, 165), (170, 125, 100), (90, 62, 48), (60, 42, 34)])
    def test_every_skin_is_right_in_good_light(self, colour):
        exposure = measure_exposure(face(colour=np.array(colour, np.float32)), self.grey, WHITES * 0.75)
        assert exposure.washed_out == 0
        assert exposure.stops_under < 0.5

    def test_the_whites_tell_dark_skin_from_little_light(self):
        dark, light = np.array((90, 62, 48), np.float32), np.array((190, 150, 130), np.float32)
        well_lit = measure_exposure(face(colour=dark), self.grey, WHITES * 0.55)
        dim = measure_exposure(face(0.55, light), self.grey, WHITES * 0.33)
        assert well_lit.skin_level < dim.skin_level
        assert well_lit.stops_under < 0.3
        assert dim.stops_under > 1

    def test_skin_that_is_nearly_white_has_lost_its_colour(self):
        pale = [measure_exposure(face(colour=SKIN + lift), self.grey, WHITES).palest for lift in (0, 40, 80)]
        assert pale == [140, 180, 220]

    def test_more_light_washes_out_more(self):
        ramp = np.linspace(0.8, 1.2, 96)[None]
        shares = [measure_exposure(face(gain * ramp), self.grey, WHITES).washed_out for gain in (1.0, 1.4, 1.7, 2.4)]
        assert shares[0] == 0
        assert shares == sorted(shares)
        assert shares[-1] > 0.8

    def test_a_stop_less_is_a_stop_less(self):
        half = 0.5 ** (1 / 2.2)
        stops = [
            measure_exposure(face(gain), (self.grey * gain).astype(np.uint8), WHITES * gain).stops_under
            for gain in (half**2, half**3, half**4)
        ]
        assert np.diff(stops) == pytest.approx([1, 1], abs=0.1)

    def test_without_eyes_the_brightest_part_decides(self):
        dark = face(0.3)
        assert measure_exposure(dark, self.grey, NO_EYES).stops_under < 0.5
        assert measure_exposure(dark, self.grey // 4, NO_EYES).stops_under > 2


class TestEyeWhites:
    def test_the_white_is_found_beside_the_iris(self):
        frame = np.full((640, 480, 3), (200, 160, 140), np.uint8)
        marks = landmarks()
        for first in (36, 42):
            cv2.fillConvexPoly(frame, np.round(marks[first : first + 6]).astype(np.int32), (190, 178, 172))
            x, y = marks[first : first + 6].mean(0)
            cv2.circle(frame, (round(x), round(y)), 6, (40, 30, 25), -1)
        whites = eye_whites(frame, marks)
        assert whites.shape == (2, 3)
        assert whites == pytest.approx(np.tile((190, 178, 172), (2, 1)), abs=8)

    def test_an_eye_behind_a_reflection_is_left_out(self):
        frame = np.full((640, 480, 3), (150, 110, 90), np.uint8)
        cv2.ellipse(frame, (190, 280), (40, 28), 0, 0, 360, (235, 235, 240), -1)
        assert len(eye_whites(frame, landmarks())) == 1

    def test_eyes_outside_the_picture_give_nothing(self):
        assert len(eye_whites(np.zeros((20, 20, 3), np.uint8), landmarks(shift=(500, 500)))) == 0


class TestLightBalance:
    def test_an_even_face_is_balanced(self):
        balance = light_balance(face())
        assert balance.zone < 0.05
        assert balance.edge < 0.05
        assert balance.top < 0.05

    @pytest.mark.parametrize("depth", [0.3, 0.6])
    def test_mirrored_light_mirrors_the_answer(self, depth):
        ramp = np.linspace(1, 1 - depth, 96)[None]
        one, other = light_balance(face(ramp)), light_balance(face(ramp[:, ::-1]))
        assert one.zone == pytest.approx(other.zone, abs=0.02)
        assert one.edge == pytest.approx(other.edge, abs=0.02)
        assert one.side == pytest.approx(-other.side, abs=0.02)
        assert one.darker[0] > other.darker[0]

    def test_a_deeper_shadow_is_a_higher_edge(self):
        edges = []
        for depth in (0.0, 0.2, 0.4, 0.6):
            light = np.ones((128, 96))
            light[:, 62:] -= depth
            edges.append(light_balance(face(light)).edge)
        assert edges == sorted(edges)
        assert edges[-1] > 1.5

    def test_gloss_is_not_shade(self):
        dark = np.array((70, 48, 38), np.float32)
        added = (
            0.06 * np.exp(-(((np.arange(96) - 28) / 12) ** 2))[None, :, None]
        )  # gloss adds to light, not to code values
        pixels = 255 * ((face(colour=dark).pixels / 255) ** 2.2 + added) ** (1 / 2.2)
        glossy = light_balance(AlignedFace(pixels.astype(np.uint8), IDENTITY))
        shade = np.ones((128, 96))
        shade[:, 48:] = 0.6
        assert glossy.zone < light_balance(face(shade, dark)).zone / 2

    def test_a_shadow_on_the_forehead_is_seen_and_hair_is_not(self):
        light = np.ones((128, 96))
        light[:36] = 0.5
        assert light_balance(face(light)).top == pytest.approx(2.2, abs=0.35)
        hair = face().pixels.copy()
        hair[:36] = (30, 26, 24)
        assert light_balance(AlignedFace(hair, IDENTITY)).top == 0

    def test_too_little_skin_is_no_answer(self):
        pixels = face().pixels.copy()
        pixels[:, :48] = (20, 120, 220)
        assert light_balance(AlignedFace(pixels, IDENTITY)) is None

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_a_plain_picture_has_a_sane_answer(self, level):
        balance = light_balance(AlignedFace(np.full((128, 96, 3), level, np.uint8), IDENTITY))
        assert balance.zone == 0


class TestHotSpots:
    @staticmethod
    def spot(strength, x=28, y=66):
        yy, xx = np.mgrid[:128, :96]
        added = strength * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / 60)[..., None]
        pixels = face().pixels
        return find_hot_spots(AlignedFace((pixels + (255 - pixels) * added).astype(np.uint8), IDENTITY))

    def test_a_stronger_spot_shines_more(self):
        shines = [self.spot(s).shine for s in (0.0, 0.3, 0.6, 1.0)]
        assert shines[0] == 0
        assert shines == sorted(set(shines))
        assert shines[-1] > 0.3

    def test_it_is_found_where_it_is_and_mirrors(self):
        (left, top, right, bottom), *_ = self.spot(1.0).boxes
        assert left < 28 < right
        assert top <= 66 < bottom
        assert self.spot(1.0, x=67).shine == pytest.approx(self.spot(1.0).shine, rel=0.1)

    def test_white_all_over_is_not_shine(self):
        assert find_hot_spots(face(3.0)).shine == 0
        assert find_hot_spots(face(3.0)).peak == pytest.approx(0, abs=0.01)

    def test_shade_is_no_shine_and_hair_does_not_make_skin_shine(self):
        shaded = np.linspace(0.75, 1, 96)[None]
        assert find_hot_spots(face(shaded)).shine < 0.13
        pixels = face().pixels.copy()
        pixels[:40] = (30, 26, 24)
        assert find_hot_spots(AlignedFace(pixels, IDENTITY)).shine == 0

    def test_too_little_skin_does_not_shine(self):
        pixels = np.random.default_rng(1).integers(0, 2, (128, 96, 1)).astype(np.uint8) * np.uint8(200)
        assert find_hot_spots(AlignedFace(np.repeat(pixels, 3, 2), IDENTITY)).shine == 0

    def test_a_thin_streak_on_the_nose_has_a_high_peak(self):
        peaks = []
        for light in (0, 60, 115):
            pixels = face(0.7).pixels.copy()
            pixels[56:76, 47:50] += np.uint8(light)
            peaks.append(find_hot_spots(AlignedFace(pixels, IDENTITY)).peak)
        assert peaks == sorted(peaks)
        assert peaks[0] < 0.05
        assert peaks[2] > 0.15


class TestFocus:
    def test_more_blur_more_spread_and_the_value_is_the_blur(self):
        sharp = eyes_picture()
        blurs = [
            measure_focus(cv2.GaussianBlur(sharp, (0, 0), s) if s else sharp, landmarks()).blur for s in (0, 1, 2, 3)
        ]
        assert blurs == sorted(blurs)
        assert blurs[0] < 0.9
        assert blurs[2] == pytest.approx(2, abs=0.7)

    def test_contrast_does_not_matter(self):
        picture = cv2.GaussianBlur(eyes_picture(), (0, 0), 1.5)
        faint = (110 + 0.5 * (picture.astype(np.float32) - 110)).astype(np.uint8)
        assert measure_focus(faint, landmarks()).blur == pytest.approx(
            measure_focus(picture, landmarks()).blur, rel=0.1
        )

    def test_noise_does_not_hide_blur(self):
        picture = cv2.GaussianBlur(eyes_picture(), (0, 0), 3)
        noisy = np.clip(picture + np.random.default_rng(1).normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
        assert measure_focus(noisy, landmarks()).blur > 1.24

    @pytest.mark.parametrize(("kernel", "direction"), [((15, 1), 0.0), ((1, 15), 90.0)])
    def test_motion_has_a_direction(self, kernel, direction):
        assert measure_focus(cv2.blur(eyes_picture(), kernel), landmarks()).motion == direction

    def test_defocus_has_none(self):
        assert measure_focus(cv2.GaussianBlur(eyes_picture(), (0, 0), 2.5), landmarks()).motion is None

    @pytest.mark.parametrize("method", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
    def test_enlarging_loses_the_finest_detail(self, method):
        sharp = np.clip(eyes_picture() * 0.7 + detailed(1.0) * 0.3, 0, 255).astype(np.uint8)
        lost = [measure_focus(sharp, landmarks()).lost]
        for width in (240, 200, 160):
            small = cv2.resize(sharp, (width, width * 4 // 3), interpolation=cv2.INTER_AREA)
            lost.append(measure_focus(cv2.resize(small, (480, 640), interpolation=method), landmarks()).lost)
        assert lost[0] == min(lost)
        assert min(lost[1:]) > lost[0] + 0.2

    def test_tiny_or_cut_eyes_give_nothing(self):
        assert measure_focus(eyes_picture(), landmarks(0.2)) is None
        assert measure_focus(eyes_picture(), landmarks(shift=(600, 0))) is None

    def test_a_plain_picture_has_a_finite_answer(self):
        assert np.isfinite(measure_focus(np.full((640, 480), 90, np.uint8), landmarks()).blur)


class TestNoise:
    @staticmethod
    def measure(sigma, coarse=0.0, level=150):
        rng = np.random.default_rng(3)
        frame = np.full((640, 480, 3), level, np.float32) + rng.normal(0, sigma, (640, 480, 1))
        if coarse:
            blotches = rng.normal(0, coarse, (160, 120, 3)).astype(np.float32)
            blotches -= blotches.mean(2, keepdims=True)
            frame += cv2.resize(blotches, (480, 640))
        frame = np.clip(frame, 0, 255).astype(np.uint8)
        half = cv2.resize(frame, (240, 320), interpolation=cv2.INTER_AREA)
        return measure_noise(half, cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), landmarks())

    @pytest.mark.parametrize("sigma", [2, 5, 12])
    def test_the_deviation_is_measured(self, sigma):
        noise = self.measure(sigma)
        assert noise.skin == pytest.approx(sigma, rel=0.25)
        assert noise.backdrop == pytest.approx(sigma, rel=0.25)

    @pytest.mark.parametrize("sigma", [8, 14])
    def test_coarse_grain_counts_though_the_finest_is_gone(self, sigma):
        grain = cv2.GaussianBlur(np.random.default_rng(6).normal(0, 1, (640, 480)).astype(np.float32), (0, 0), 0.8)
        grey = np.clip(150 + sigma * grain / grain.std(), 0, 255).astype(np.uint8)
        half = cv2.cvtColor(cv2.resize(grey, (240, 320), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)
        noise = measure_noise(half, grey, landmarks())
        assert noise.skin < 0.3 * sigma < noise.worst < sigma

    def test_blotches_of_colour_are_seen_though_luma_is_clean(self):
        noise = self.measure(0, coarse=20)
        assert noise.chroma > 2.5
        assert noise.skin < 1

    @pytest.mark.parametrize("share", [0.01, 0.03])
    def test_salt_and_pepper_counts(self, share):
        clean = np.full((640, 480, 3), 150, np.uint8)
        rng = np.random.default_rng(7)
        speckled = clean.copy()
        speckled[rng.random((640, 480)) < share / 2] = 255
        speckled[rng.random((640, 480)) < share / 2] = 0
        grey = cv2.cvtColor(speckled, cv2.COLOR_RGB2GRAY)
        assert measure_noise(speckled[::2, ::2], grey, landmarks()).worst > 6
        grey[:300] = 150
        assert measure_noise(speckled[::2, ::2], grey, landmarks()).impulses == 0

    def test_clipped_white_tells_nothing(self):
        assert self.measure(0, level=255).worst == 0

    def test_leaves_behind_a_clean_face_are_no_noise(self):
        frame = np.full((640, 480, 3), 150, np.uint8)
        frame[:213] = np.random.default_rng(4).integers(60, 200, (213, 480, 1), dtype=np.uint8)
        noise = measure_noise(frame[::2, ::2], frame[..., 0].copy(), landmarks())
        assert noise.backdrop > 10
        assert noise.worst < 1


def detailed(grain=2.5):
    rng = np.random.default_rng(5)
    picture = cv2.GaussianBlur(rng.normal(128, 120, (640, 480)).astype(np.float32), (0, 0), grain)
    return np.clip(picture, 0, 255).astype(np.uint8)


def jpeg(picture, quality):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


class TestBlocking:
    def test_a_stronger_compression_leaves_stronger_blocks(self):
        ratios = [measure_blocking(jpeg(detailed(), q)).ratio for q in (90, 30, 10, 4)]
        assert ratios == sorted(ratios)

    def test_blocks_survive_a_second_save_at_high_quality(self):
        assert measure_blocking(jpeg(jpeg(detailed(), 5), 95)).ratio > 1.78
        assert measure_blocking(jpeg(detailed(), 95)).ratio < 1.2

    def test_the_grid_may_lie_anywhere(self):
        bad = jpeg(detailed(), 5)
        assert measure_blocking(bad[3:, 5:]).ratio == pytest.approx(measure_blocking(bad).ratio, rel=0.05)

    @pytest.mark.parametrize("side", [2, 3, 4, 5])
    def test_enlarged_pixels_are_counted(self, side):
        enlarged = np.kron(detailed()[: 640 // side, : 480 // side], np.ones((side, side), np.uint8))
        assert measure_blocking(enlarged).pixel == pytest.approx(side)
        assert measure_blocking(detailed()).pixel == 1

    @pytest.mark.parametrize("factor", [2.2, 2.5, 3.3, 4.6])
    def test_by_whatever_factor_they_were_enlarged(self, factor):
        small = cv2.resize(detailed(), None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        enlarged = cv2.resize(small, (480, 640), interpolation=cv2.INTER_NEAREST)
        assert measure_blocking(jpeg(enlarged, 90)).pixel == pytest.approx(factor, rel=0.1)
        smooth = cv2.resize(small, (480, 640), interpolation=cv2.INTER_CUBIC)
        assert measure_blocking(jpeg(smooth, 90)).pixel == 1

    @pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (30, 30)])
    def test_small_pictures_have_no_grid(self, shape):
        assert measure_blocking(np.zeros(shape, np.uint8)).ratio == 1


class TestSkinTexture:
    def test_smoothing_takes_texture_away(self):
        rng = np.random.default_rng(6)
        rough = cv2.GaussianBlur(rng.normal(160, 8, (640, 480)).astype(np.float32), (0, 0), 1.0)
        found = [
            skin_texture((rough if s == 0 else cv2.GaussianBlur(rough, (0, 0), s)).astype(np.uint8), landmarks())
            for s in (0, 1, 2, 4)
        ]
        assert found == sorted(found, reverse=True)

    def test_a_tiny_face_gives_nothing(self):
        assert skin_texture(np.zeros((640, 480), np.uint8), landmarks(0.1)) is None


class TestColourCast:
    @staticmethod
    def cast(*gains, skin=(188, 142, 118), whites=WHITES):
        """A cast is a gain of each channel of light, on code values to the power of 2.2."""
        gains = np.array(gains, np.float32)
        skin = np.array(skin, np.float32)
        pixels = face(colour=np.clip(skin * gains, 0, 255)).pixels.copy()
        pixels[76:100, 26:70] = np.clip(np.array((185, 110, 108)) * gains, 0, 255)
        return find_colour_cast(pixels, skin * gains, whites * gains)

    @pytest.mark.parametrize("skin", [(225, 186, 166), (188, 142, 118), (110, 78, 62), (80, 58, 48)])
    def test_people_in_neutral_light_have_none(self, skin):
        assert self.cast(1, 1, 1, skin=skin).unusual < 2

    @pytest.mark.parametrize(
        ("gains", "hue"),
        [((1.1, 1, 0.6), 85), ((0.8, 1.1, 0.8), 150), ((0.65, 0.9, 1.2), 275), ((1.1, 0.75, 1.1), 330)],
    )
    def test_the_direction_is_told(self, gains, hue):
        cast = self.cast(*gains)
        assert cast.unusual > 2.6
        assert cast.strength > 12
        assert abs((cast.hue - hue + 180) % 360 - 180) < 40

    def test_a_stronger_cast_is_more_unusual(self):
        found = [self.cast(1, 1, b).unusual for b in (0.95, 0.85, 0.7, 0.55)]
        assert found == sorted(found)

    def test_blue_lenses_are_no_cast_where_the_skin_is_natural(self):
        lenses = self.cast(1, 1, 1, whites=np.array([(120, 140, 200)], np.float32))
        assert lenses.unusual < 1.5
        everything = self.cast(0.65, 0.85, 1.15)
        assert everything.unusual > 2.6

    def test_the_shift_is_recovered_where_all_witnesses_share_it(self):
        shift = np.array((6.0, -11.0))
        a, b, unusual = shift_of(NEUTRAL + np.tile(shift, 2), NEUTRAL, SPREAD)
        assert (a, b) == pytest.approx(tuple(shift))
        alone = shift_of(NEUTRAL[:2] + shift, NEUTRAL, SPREAD)
        assert alone[:2] == pytest.approx(tuple(shift))
        assert alone[2] < unusual  # two witnesses are surer than one

    def test_closed_eyes_and_black_are_no_trouble(self):
        black = find_colour_cast(np.zeros((20, 20, 3), np.uint8), np.zeros(3, np.float32), NO_EYES)
        assert black.variety == 0
        assert np.isfinite(black.unusual)

    def test_sepia_has_one_hue_only(self):
        grey = np.random.default_rng(7).integers(80, 220, (108, 72, 1)).astype(np.float32)
        sepia = (grey * np.array((1, 0.88, 0.7), np.float32)).astype(np.uint8)
        assert find_colour_cast(sepia, SKIN, WHITES).variety < 0.022
        assert self.cast(1, 1, 1).variety > 0.035
