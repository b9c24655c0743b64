"""From a camera's frame to the compliant file: the plan, the resampling, the bytes."""

from __future__ import annotations

import functools
import io
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from photospec import CropError, Photo, check, crop, load_spec, spec_names, waive
from photospec.capture.camera import CameraFrame, resample
from photospec.capture.encode import encode_jpeg
from photospec.capture.target import FileTarget, file_target, target_of
from photospec.capture.view import View, look
from photospec.cli import main
from photospec.portrait.framing import Anchors, Band, solve_framing
from photospec.testing import Geometry, portrait, with_exif


@functools.lru_cache(maxsize=4)
def drawn(
    seed: int, size: tuple[int, int], place: Geometry, backdrop: tuple[int, int, int], defects: tuple[str, ...]
) -> np.ndarray:
    return portrait(seed, geometry=place, size=size, backdrop=backdrop, defects=defects).pixels


def scene(
    seed: int = 0,
    *,
    roll: float = 0.0,
    size: tuple[int, int] = (1080, 1440),
    place: Geometry | None = None,
    backdrop: tuple[int, int, int] = (100, 197, 255),
    defects: tuple[str, ...] = (),
) -> np.ndarray:
    """Return a drawn camera frame with room all round."""
    usual = Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=250, roll=roll)
    return drawn(seed, size, place or usual, backdrop, defects)


def jpeg(pixels: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92, **options)
    return file.getvalue()


# -- the plan ---------------------------------------------------------------------------------------------------------


def head(x: float = 1500, y: float = 1200, unit: float = 200, roll: float = 0.0, crown: float = 1.6) -> Anchors:
    along = np.array([math.cos(math.radians(roll)), math.sin(math.radians(roll))])
    down = np.array([-along[1], along[0]])
    middle = np.array([x, y])

    def at(point: np.ndarray) -> tuple[float, float]:
        return float(point[0]), float(point[1])

    return Anchors(
        at(middle - along * unit / 2),
        at(middle + along * unit / 2),
        at(middle + down * 0.4 * unit),
        2.2 * unit,
        at(middle - down * crown * unit),
    )


@pytest.mark.parametrize("roll", [-20.0, -3.0, 0.0, 7.0, 30.0])
def test_a_head_with_room_is_upright_and_in_the_middle_of_its_bands(roll: float) -> None:
    anchors = head(roll=roll)
    plan = solve_framing(anchors, (3000, 4000), target_of(load_spec()))
    placed = anchors.moved(plan.matrix)
    assert plan.possible and not plan.lacking
    assert abs(placed.roll) < 1e-6
    assert (placed.crown[1], placed.eyes[1], placed.face_width) == pytest.approx(
        (plan.crown, plan.eyes, plan.face_width)
    )
    assert abs(plan.centring) < 0.1
    # no other frame has a larger smallest margin: brute force over scale and height
    bands = {"crown": (50, 110, 4), "eyes": (200, 300, 3), "face": (180, 300, 7), "centring": (-25, 25, 5)}

    def least(values: dict[str, float]) -> float:
        return min(
            (min(value - bands[name][0], bands[name][1] - value) - bands[name][2])
            / (bands[name][1] - bands[name][0] - 2 * bands[name][2])
            for name, value in values.items()
        )

    best = least({"crown": plan.crown, "eyes": plan.eyes, "face": plan.face_width, "centring": plan.centring})
    for width in np.linspace(180, 300, 60):
        for eyes in np.linspace(200, 300, 60):
            assert least({"crown": eyes - width / 2.2 * 1.6, "eyes": eyes, "face": width}) <= best + 1e-6


def test_moving_and_scaling_the_picture_moves_and_scales_the_plan() -> None:
    target = target_of(load_spec())
    plan = solve_framing(head(), (3000, 4000), target)
    twice = solve_framing(head(3000, 2400, 400), (6000, 8000), target)
    assert twice.scale == pytest.approx(plan.scale / 2)
    aside = solve_framing(head(1600, 1150), (3000, 4000), target)
    assert np.subtract(plan.shift, aside.shift) == pytest.approx(np.array((100, -50)) * plan.scale, abs=1e-3)


def test_the_frame_never_reaches_beyond_the_picture() -> None:
    target = target_of(load_spec())
    for x in (500, 620, 1500):
        for y in (380, 600, 3000, 3800):
            for roll in (0.0, 9.0):
                plan = solve_framing(head(x, y, roll=roll), (3000, 4000), target)
                corners = np.array([[a, b, 1] for a in (-0.5, 479.5) for b in (-0.5, 639.5)])
                back = corners @ np.linalg.inv(np.vstack([plan.matrix, (0, 0, 1)]))[:2].T
                assert (back >= -0.5 - 1e-4).all() and (back <= np.array([3000, 4000]) - 0.5 + 1e-4).all()


def test_room_that_is_missing_is_named_with_its_side_and_its_band() -> None:
    plan = solve_framing(head(y=340), (3000, 4000), target_of(load_spec()))
    assert not plan.possible
    assert list(plan.lacking) == ["top"]
    name, margin = plan.worst or ("", 0.0)
    assert name == "crown" and margin < 0
    assert all(other > 0 for band, other in plan.margins.items() if band != "crown")


def test_a_head_that_fits_no_frame_is_said_to_be_so_whatever_the_room() -> None:
    plan = solve_framing(head(crown=4.5), (9000, 9000), target_of(load_spec()))
    assert not plan.possible and not plan.lacking


def test_a_turn_within_the_limits_is_used_where_only_that_makes_room() -> None:
    target = target_of(load_spec())
    anchors, size = head(356, 410, roll=4.0), (730, 960)
    narrow = solve_framing(anchors, size, target)
    assert narrow.possible and 0 < narrow.tilt <= 5
    assert solve_framing(head(756, 760, roll=4.0), (1500, 1500), target).tilt == pytest.approx(0, abs=1e-6)
    assert not solve_framing(head(356, 410, roll=25.0), size, target).possible


def test_what_a_spec_does_not_ask_for_never_makes_a_crop_impossible() -> None:
    target = target_of(load_spec("cn-cet"))
    assert not any(band.binding for band in target.bands.values())
    assert solve_framing(head(y=250, crown=1.2), (3000, 4000), target).possible


def test_limits_come_from_the_rules_of_the_spec() -> None:
    spec = load_spec()
    assert target_of(spec).crown == Band(50, 110, 60, 4)
    assert target_of(spec.replace("crown-margin", low=70, high=90)).crown == Band(70, 90, 20, 4)
    assert not target_of(waive(spec, "crown-margin", reason="a turban")).crown.binding
    card = target_of(load_spec("cn-resident-id"))
    assert (card.width, card.height) == (358, 441)
    assert card.crown.low == pytest.approx(7) and card.eyes.high == pytest.approx(234)
    assert file_target(load_spec("cn-resident-id")) == FileTarget(350, 70, 14 * 1024, 20_000)
    assert file_target(spec) == FileTarget(300, 60, 20 * 1024, 40_000)


# -- the resampling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_pixel", [0.8, 1.0, 1.6, 2.4, 3.7])
@pytest.mark.parametrize("roll", [0.0, 4.0])
def test_resampling_agrees_with_the_scene_itself(per_pixel: float, roll: float) -> None:
    """A sum of waves is known everywhere: those that the part can show must stay, finer ones must vanish."""
    width, height = 120, 160
    cos, sin = math.cos(math.radians(roll)) / per_pixel, math.sin(math.radians(roll)) / per_pixel
    size = np.array([int(width * per_pixel * 1.4) + 60, int(height * per_pixel * 1.3) + 60])
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    matrix[:, 2] = np.array([width / 2, height / 2]) - matrix[:, :2] @ (size / 2)
    inverse = np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2]
    rng = np.random.default_rng(0)

    def waves(lowest: float, highest: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the scene as the camera sees it and as the part should show it; cycles for each pixel of the part."""
        y, x = np.mgrid[0 : size[1], 0 : size[0]]
        v, u = np.mgrid[0:height, 0:width]
        there = (
            inverse[0, 0] * u + inverse[0, 1] * v + inverse[0, 2],
            inverse[1, 0] * u + inverse[1, 1] * v + inverse[1, 2],
        )
        seen, wanted = np.full(x.shape, 128.0), np.full(u.shape, 128.0)
        for _ in range(6):
            rate, angle, phase = rng.uniform(lowest, highest) / per_pixel, rng.uniform(0, 6), rng.uniform(0, 6)
            across, down = 2 * math.pi * rate * math.cos(angle), 2 * math.pi * rate * math.sin(angle)
            seen += 12 * np.cos(across * x + down * y + phase)
            wanted += 12 * np.cos(across * there[0] + down * there[1] + phase)
        return np.rint(seen).astype(np.uint8), wanted

    inner = (slice(12, -12), slice(12, -12))
    seen, wanted = waves(0.02, min(0.3, 0.35 * per_pixel))
    part = resample(np.repeat(seen[:, :, None], 3, 2), matrix, (width, height))[:, :, 0]
    assert np.sqrt(np.square(part - wanted)[inner].mean()) < 0.7  # rounding alone is 0.29 for each of two steps
    if per_pixel >= 1.6:
        seen, _ = waves(0.8, min(1.2, 0.5 * per_pixel))
        part = resample(np.repeat(seen[:, :, None], 3, 2), matrix, (width, height))[:, :, 0]
        plain = cv2.warpAffine(seen, matrix, (width, height), flags=cv2.INTER_LINEAR)
        assert part[inner].std() < 2.0 < 6.0 < plain[inner].std()


def test_the_decoders_own_reduction_changes_a_crop_by_less_than_a_grey_level_or_two() -> None:
    pixels = scene(3, size=(2160, 2880))
    whole, reduced = CameraFrame(Photo.read(pixels)), CameraFrame(Photo.read(jpeg(pixels, subsampling=0)))
    assert whole.size == reduced.size
    matrix = np.array([[0.2, 0.004, -30.0], [-0.004, 0.2, -60.0]])
    difference = whole.cut(matrix, (300, 400)).astype(float) - reduced.cut(matrix, (300, 400))
    assert reduced.photo.reduced(2).shape == (1440, 1080, 3)
    assert np.sqrt(np.square(difference).mean()) < 1.5


def test_a_reduced_photo_is_the_photo_averaged() -> None:
    pixels = scene(5)
    photo = Photo.read(jpeg(pixels, subsampling=0))
    for factor in (1, 2, 4, 8):
        small = photo.reduced(factor)
        wanted = cv2.resize(pixels, (1080 // factor, 1440 // factor), interpolation=cv2.INTER_AREA)
        assert small.shape == wanted.shape and not small.flags.writeable
        assert np.abs(small.astype(float) - wanted).mean() < 1.5
    with pytest.raises(ValueError, match="factor must be 1, 2, 4 or 8"):
        photo.reduced(3)
    assert Photo.read(pixels).reduced(4).shape == pixels.shape  # no JPEG file: as it is


# -- the crop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roll", [0.0, -5.0, 4.0])
def test_the_crop_is_where_the_plan_says_and_passes(roll: float) -> None:
    made = crop(scene(1, roll=roll))
    assert made.problems == () and made.pixels.shape == (640, 480, 3)
    report = made.report()
    assert report.ok, [f.message.en for f in report.failures]
    plan = made.plan
    assert report["crown-margin"].value == pytest.approx(plan.crown, abs=3)
    assert report["eye-line"].value == pytest.approx(plan.eyes, abs=3)
    assert report["face-width"].value == pytest.approx(plan.face_width, abs=8)
    assert report["centring"].value == pytest.approx(plan.centring, abs=4)
    assert abs(report["head-roll"].value) < 1.5


@pytest.mark.parametrize("name", spec_names())
def test_every_spec_gets_its_size_density_and_bytes(name: str) -> None:
    spec = load_spec(name).crop_to or load_spec(name)
    made = crop(scene(2, backdrop=(255, 255, 255)), spec)
    report = made.report()
    of_file_and_place = [
        finding
        for finding in report
        if finding.code.startswith("FIL") or finding.rule in ("crown-margin", "eye-line", "face-width", "centring")
        if finding.rule not in ("file-name", "capture-date")
    ]
    wrong = [f.message.en for f in of_file_and_place if f.verdict not in ("pass", "skip")]
    assert not wrong and not made.problems


def test_the_same_photo_gives_the_same_bytes_without_metadata() -> None:
    pixels = scene(4)
    data = with_exif(jpeg(pixels), software="Camera", capture_date="2026:11:02 10:00:00")
    made = crop(data)
    assert made.jpeg == crop(data).jpeg
    photo = Photo.read(made.jpeg)
    assert photo.exif is None and photo.progressive is False and photo.density is not None
    assert (photo.density.x, photo.density.y, photo.components) == (300, 300, 3)
    assert b"Exif" not in made.jpeg and b"ICC_PROFILE" not in made.jpeg and b"Camera" not in made.jpeg


def test_the_capture_date_of_the_original_is_judged() -> None:
    dated = with_exif(jpeg(scene(4)), capture_date="2019:11:02 10:00:00")
    spec = load_spec()
    assert crop(dated, spec).report()["capture-date"] == check(dated, spec)["capture-date"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(orientation: int) -> None:
    upright = scene(1)
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    data = with_exif(jpeg(np.ascontiguousarray(turned)), orientation=orientation)
    seen, plain = CameraFrame(Photo.read(data)), CameraFrame(Photo.read(jpeg(upright)))
    assert seen.size == plain.size == (1080, 1440)
    assert np.abs(seen.overview(640).astype(float) - plain.overview(640)).mean() < 1
    matrix = np.array([[0.5, 0.02, -30.0], [-0.02, 0.5, -60.0]])
    assert np.abs(seen.cut(matrix, (300, 400)).astype(float) - plain.cut(matrix, (300, 400))).mean() < 1
    assert crop(data).report().ok


def test_a_colour_profile_is_converted_to_srgb() -> None:
    """The same numbers mean other colours under another profile."""
    pixels = scene(1)
    plain = crop(jpeg(pixels))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(crop(jpeg(pixels, icc_profile=srgb)).pixels, plain.pixels)
    swapped = _swapped_primaries(srgb)
    other = crop(jpeg(pixels, icc_profile=swapped)).pixels
    expected = plain.pixels[:, :, [2, 1, 0]]
    assert 5 * np.abs(other.astype(float) - expected).mean() < np.abs(other.astype(float) - plain.pixels).mean()


def _swapped_primaries(profile: bytes) -> bytes:
    """Return an RGB profile whose red is blue and whose blue is red, and that does not call itself sRGB."""
    at = {}
    for n in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * n
        at[profile[entry : entry + 4]] = entry
    swapped = bytearray(profile)
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(swapped).replace("sRGB".encode("utf-16-be"), "wild".encode("utf-16-be"))


def test_no_room_is_said_and_no_backdrop_is_invented() -> None:
    tight = portrait(1, size=(960, 1280), geometry=Geometry(crown_y=8, eye_y=190, face_width=250)).pixels
    made = crop(tight)
    assert not made.possible
    said = " ".join(text.en for text in made.problems)
    assert "outside its limits" in said and "above" in said
    assert made.report().verdict == "fail"


def test_nothing_to_crop_by_is_an_error_that_says_why() -> None:
    with pytest.raises(CropError, match="no face was found"):
        crop(np.full((800, 600, 3), 200, np.uint8))
    with pytest.raises(CropError, match="not a picture"):
        crop(b"hello")
    with pytest.raises(CropError, match="does not exist"):
        crop("no-such.jpg")


def test_only_the_geometry_is_changed() -> None:
    """A crop of a frame that already is one, to the pixel, gives its pixels back."""
    drawn = portrait(1).pixels
    shown = CameraFrame(Photo.read(drawn)).cut(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), (480, 640))
    assert np.array_equal(shown, drawn)


# -- the bytes --------------------------------------------------------------------------------------------------------


def test_the_quality_is_the_highest_that_fits() -> None:
    pixels = portrait(3).pixels
    encoded = encode_jpeg(pixels, FileTarget(300, 60, 20_480, 40_000))
    assert 20_480 <= len(encoded.data) <= 40_000 and not encoded.short and not encoded.over
    quality = Photo.read(encoded.data).jpeg_quality
    assert quality is not None and quality.estimate == pytest.approx(encoded.quality, abs=0.5)
    if encoded.quality < 100:
        more = io.BytesIO()
        Image.fromarray(pixels).save(more, "JPEG", quality=encoded.quality + 1, subsampling=2, optimize=True)
        assert len(more.getvalue()) > 40_000


def test_a_picture_that_fits_no_size_says_by_how_much_and_is_not_padded() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (640, 480, 3)).astype(np.uint8)
    over = encode_jpeg(noise, FileTarget(300, 60, 20_480, 40_000))
    assert over.quality == 60 and over.over == len(over.data) - 40_000 > 0
    plain = encode_jpeg(np.full((640, 480, 3), 128, np.uint8), FileTarget(300, 60, 20_480, 40_000))
    assert plain.quality == 100 and plain.short == 20_480 - len(plain.data) > 0
    assert Photo.read(plain.data).trailing_bytes == 0


# -- a spec for the frame before its crop -----------------------------------------------------------------------------


def test_intake_judges_the_person_in_the_crop_and_marks_the_frame() -> None:
    pixels = scene(1, roll=6.0)
    report = check(jpeg(pixels), "intake")
    assert report.ok, [f.message.en for f in report.failures]
    assert report["crop-room"].value > 10
    (box,) = report["single-face"].where
    (left, top), (right, bottom) = box.points
    place = Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=250, roll=6.0)
    truth = portrait(1, geometry=place, size=(1080, 1440)).truth
    assert left < truth.pupils[0, 0] < truth.pupils[1, 0] < right
    assert top < truth.eye_y < bottom


def test_what_is_outside_the_crop_does_not_matter() -> None:
    pixels = scene(1, size=(1920, 1440), place=Geometry(crown_y=150, eye_y=256, face_width=150, centre_x=426)).copy()
    pixels[:, 1800:] = (30, 20, 20)  # a door post
    assert check(jpeg(pixels), "intake").ok
    assert not check(jpeg(pixels), load_spec().select("BKG")).ok


def test_intake_asks_for_room() -> None:
    tight = portrait(1, size=(960, 1280), geometry=Geometry(crown_y=8, eye_y=190, face_width=250)).pixels
    finding = check(tight, "intake")["crop-room"]
    assert finding.verdict == "fail" and "above the head" in finding.message.en
    assert "step back" in finding.remedy.en


@pytest.mark.parametrize("defect", ["eyes-closed", "mouth-open", "tinted-lenses"])
def test_intake_finds_what_cannot_be_mended(defect: str) -> None:
    found = check(scene(1, defects=(defect,)), "intake")
    assert found.verdict == "fail", [f.message.en for f in found.failures]


def test_a_frame_without_a_face_or_a_picture_is_a_finding() -> None:
    assert check(np.full((800, 600, 3), 200, np.uint8), "intake")["single-face"].verdict == "fail"
    assert check("no-such.jpg", "intake").problem is not None
    assert check(b"\xff\xd8\xff\xe0nothing", "intake").verdict == "fail"
    assert check(b"nothing", "intake")["file-format"].verdict == "fail"


def test_a_frame_that_is_cut_off_is_a_finding() -> None:
    data = jpeg(scene(1))
    assert check(data[: len(data) // 2], "intake")["file-integrity"].verdict == "fail"


def test_other_specs_have_no_crop() -> None:
    spec = load_spec().select(["crop-room", "single-face"])
    assert check(scene(1), spec)["crop-room"].verdict == "skip"


def test_the_plan_of_a_look_is_what_is_measured_there() -> None:
    seen = look(Photo.read(scene(2)), target_of(load_spec()))
    assert isinstance(seen, View) and seen.crown_seen
    assert seen.crown.y == pytest.approx(seen.framing.crown, abs=0.5)
    assert seen.cheeks.width == pytest.approx(seen.framing.face_width, abs=0.5)


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_crops_and_says_what_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1001.JPG").write_bytes(jpeg(scene(1)))
    (tmp_path / "roster.csv").write_text("学号,姓名\n1001,甲\n", encoding="utf-8")
    arguments = [str(tmp_path / "1001.JPG"), str(tmp_path / "out"), "--roster", str(tmp_path / "roster.csv")]
    for code in (0, 2):  # what is there already is not replaced
        with pytest.raises(SystemExit) as left:
            main(["crop", *arguments, "--name", "{name}", "--lang", "en"])
        assert left.value.code == code
    assert "is there already" in capsys.readouterr().err
    assert check(tmp_path / "out" / "甲.jpg").ok
