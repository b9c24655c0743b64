"""Damage inside JPEG files: found even where a tolerant decoder shows a picture."""

import io
import random
import re

import cv2
import numpy as np
import pytest
from PIL import Image

from photospec.errors import Unseen
from photospec.photo import DefectKind, Photo, ReadLimits


def portrait(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:640, :480]
    head = np.exp(-(((x - 240) / 110) ** 2) - ((y - 320) / 140) ** 2)
    base = np.stack([100 + 90 * head, 180 - 60 * head, 230 - 130 * head], -1)
    detail = cv2.GaussianBlur(rng.normal(0, 40, base.shape), (0, 0), 2) * head[..., None]
    return np.clip(base + detail + rng.normal(0, 3, base.shape), 0, 255).astype(np.uint8)


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(portrait()).save(out, "JPEG", **{"quality": 85, **options})
    return out.getvalue()


VARIANTS = {
    "baseline": {},
    "4:4:4": {"subsampling": 0},
    "optimised": {"optimize": True},
    "restarts": {"restart_marker_rows": 2},
    "progressive": {"progressive": True},
    "progressive restarts": {"progressive": True, "restart_marker_blocks": 40},
}


@pytest.fixture(scope="module", params=list(VARIANTS))
def whole(request: pytest.FixtureRequest) -> bytes:
    return jpeg(**VARIANTS[request.param])


def scan_of(data: bytes) -> tuple[int, int]:
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big"), len(data) - 2


def damaged(photo: Photo) -> bool:
    return any(d.kind in (DefectKind.CORRUPT, DefectKind.TRUNCATED) for d in photo.defects)


def test_whole_files_have_no_defect(whole: bytes) -> None:
    assert Photo.read(whole).defects == ()


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (8, 8), (16, 16), (17, 33), (100, 75), (480, 640)])
@pytest.mark.parametrize("variant", list(VARIANTS))
def test_sizes_off_the_block_grid_are_whole(size: tuple[int, int], variant: str) -> None:
    out = io.BytesIO()
    Image.fromarray(portrait()).resize(size).save(out, "JPEG", **VARIANTS[variant])
    assert Photo.read(out.getvalue()).defects == ()


@pytest.mark.parametrize("level", [0, 127, 128, 129, 255])
def test_plain_pictures_are_whole(level: int) -> None:
    for mode in ("RGB", "L"):
        out = io.BytesIO()
        Image.new(mode, (480, 640), (level,) * 3 if mode == "RGB" else level).save(out, "JPEG")
        assert Photo.read(out.getvalue()).defects == ()


def test_files_of_opencv_are_whole() -> None:
    for options in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 7]):
        assert Photo.read(cv2.imencode(".jpg", portrait(), options)[1].tobytes()).defects == ()


def test_cut_files_are_truncated_and_still_shown(whole: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    start, end = scan_of(whole)
    for share in (0.02, 0.3, 0.6, 0.95):
        photo = Photo.read(whole[: int(start + share * (end - start))])
        assert photo.defects[0].kind is DefectKind.TRUNCATED
        assert photo.trailing_bytes is None
        assert photo.pixels.shape == (640, 480, 3)
    for cut in (1, 2):
        assert damaged(Photo.read(whole[:-cut]))
    assert capfd.readouterr() == ("", "")


def test_a_cut_file_that_was_closed_again_is_damaged(whole: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    start, end = scan_of(whole)
    for share in (0.3, 0.6, 0.95):
        cut = whole[: int(start + share * (end - start))].rstrip(b"\xff")
        assert damaged(Photo.read(cut + b"\xff\xd9"))
    assert capfd.readouterr() == ("", "")


def test_a_zeroed_sector_is_found(whole: bytes) -> None:
    start, end = scan_of(whole)
    places = range(start + 100, end - 600, (end - start) // 12)
    found = sum(damaged(Photo.read(whole[:place] + bytes(512) + whole[place + 512 :])) for place in places)
    # the last refinements of a progressive file can fall back into step after changing a few blocks by one step
    assert found >= (0.6 if b"\xff\xc2" in whole else 1) * len(places)


def test_a_lost_sector_is_found(whole: bytes) -> None:
    start, end = scan_of(whole)
    places = range(start + 100, end - 600, (end - start) // 12)
    found = sum(damaged(Photo.read(whole[:place] + whole[place + 512 :])) for place in places)
    # the last refinements of a progressive file can fall back into step after changing a few blocks by one step
    assert found >= (0.6 if b"\xff\xc2" in whole else 1) * len(places)


def test_random_bytes_are_found(whole: bytes) -> None:
    start, end = scan_of(whole)
    chance = random.Random(3)
    found = 0
    for _ in range(20):
        place = chance.randrange(start, end - 500)
        found += damaged(Photo.read(whole[:place] + chance.randbytes(400) + whole[place + 400 :]))
    assert found >= 19


def test_damage_never_raises_and_keeps_quiet(whole: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    start, end = scan_of(whole)
    chance = random.Random(4)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(6):
            data[chance.randrange(start, end)] = chance.randrange(256)
        photo = Photo.read(bytes(data))
        try:
            assert photo.pixels.shape == (640, 480, 3)
        except Unseen:
            assert photo.defects
    assert capfd.readouterr().out == ""


def test_a_shift_of_tone_at_one_block_is_damage() -> None:
    picture = portrait().astype(int)
    picture[16 * 20 :, 16 * 12 :] += 12
    picture[16 * 21 :, : 16 * 12] += 12
    out = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=92)
    assert damaged(Photo.read(out.getvalue()))


@pytest.mark.parametrize("height", [320, 328, 325])
def test_a_band_across_the_picture_is_no_damage(height: int) -> None:
    picture = portrait().astype(int)
    picture[height:] += 12
    out = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=92)
    assert Photo.read(out.getvalue()).defects == ()


def test_markers_out_of_order_are_found() -> None:
    data = jpeg(restart_marker_rows=2)
    places = [m.start() for m in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    swapped = bytearray(data)
    swapped[places[2] + 1], swapped[places[3] + 1] = data[places[3] + 1], data[places[2] + 1]
    assert damaged(Photo.read(bytes(swapped)))
    assert damaged(Photo.read(data[: places[2]] + data[places[3] :]))


@pytest.mark.parametrize("marker", [b"\xff\xdb", b"\xff\xc4", b"\xff\xc0", b"\xff\xda"])
def test_broken_segments_are_found(marker: bytes) -> None:
    data = jpeg()
    place = data.index(marker)
    for wrong in (b"\x00\x00", b"\x00\x03", b"\xff\xff"):
        photo = Photo.read(data[: place + 2] + wrong + data[place + 4 :])
        assert damaged(photo)


def test_a_thousand_scans_are_refused() -> None:
    data = jpeg(progressive=True)
    start, _ = scan_of(data)
    scan = data[data.index(b"\xff\xda") : start] + b"\0"
    photo = Photo.read(data[:-2] + scan * 1000 + data[-2:], limits=ReadLimits())
    assert damaged(photo)
