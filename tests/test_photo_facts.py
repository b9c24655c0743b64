"""What the header says: quality, density, EXIF, editors, further pictures."""

import datetime as dt
import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from photospec.photo import Density, Photo
from photospec.photo.exif import read_exif
from photospec.photo.traces import editors_named

PICTURE = Image.fromarray(
    cv2.resize(np.random.default_rng(0).integers(0, 255, (8, 6, 3), np.uint8), (96, 128), interpolation=cv2.INTER_CUBIC)
)


def jpeg(picture: Image.Image = PICTURE, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize("quality", range(1, 101))
def test_quality_of_pillow_and_opencv_is_exact(quality: int) -> None:
    by_opencv = cv2.imencode(".jpg", np.asarray(PICTURE), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    for data in (jpeg(quality=quality), jpeg(PICTURE.convert("L"), quality=quality), by_opencv):
        found = Photo.read(data).jpeg_quality
        assert found is not None
        assert (found.estimate, found.standard) == (quality, True)


@pytest.mark.parametrize(
    "preset_names",
    [("low", "medium", "high", "maximum"), ("web_low", "web_medium", "web_high", "web_very_high", "web_maximum")],
)
def test_quality_of_other_tables_is_the_nearest(preset_names: tuple[str, ...]) -> None:
    estimates = []
    for preset in preset_names:  # Photoshop's
        found = Photo.read(jpeg(quality=preset)).jpeg_quality
        assert found is not None
        assert found.estimate is not None
        assert not found.standard
        estimates.append(found.estimate)
    assert estimates == sorted(estimates)
    assert 1 <= estimates[0] < 60 < estimates[-1] <= 100


def test_quality_of_flat_tables() -> None:
    out = Photo.read(jpeg(qtables=[[3] * 64, [3] * 64])).jpeg_quality
    assert out is not None
    assert out.estimate is not None
    assert 90 <= out.estimate <= 99


def test_density_is_jfif_then_exif() -> None:
    exif = Image.Exif()
    exif[0x011A], exif[0x011B], exif[0x0128] = 118.11, 118.11, 3
    assert Photo.read(jpeg(dpi=(300, 200))).density == Density(300, 200, "JFIF")
    density = Photo.read(jpeg(exif=exif)).density
    assert density is not None
    assert density.source == "EXIF"
    assert density.x == pytest.approx(300, abs=0.01)
    assert Photo.read(jpeg(dpi=(72, 72), exif=exif)).density == Density(72, 72, "JFIF")
    assert Photo.read(jpeg()).density is None
    centimetres = bytearray(jpeg(dpi=(118, 118)))
    centimetres[13] = 2
    density = Photo.read(bytes(centimetres)).density
    assert density is not None
    assert density.x == pytest.approx(299.72)


def test_exif_facts() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110], exif[0x0131] = 6, "Canon", "EOS R6", "Firmware 1.8"
    exif[0x0132] = "2025:01:02 03:04:05"
    exif[0x8769] = {0x9003: "2024:06:07 08:09:10"}
    photo = Photo.read(jpeg(exif=exif))
    facts = photo.exif
    assert facts is not None
    assert (facts.orientation, facts.make, facts.model, facts.software) == (6, "Canon", "EOS R6", "Firmware 1.8")
    assert facts.captured == dt.datetime.fromisoformat("2024-06-07T08:09:10")
    assert not facts.malformed
    assert photo.pixels.shape == (128, 96, 3)  # noted, not applied
    assert photo.editing_traces == ()
    assert Photo.read(jpeg()).exif is None
    turned = PICTURE.copy()
    turned.getexif()[0x0112] = 8
    of_picture = Photo.read(turned).exif
    assert of_picture is not None
    assert of_picture.orientation == 8


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "2024:13:40 99:00:00", "yesterday", ""])
def test_impossible_dates_are_none(text: str) -> None:
    exif = Image.Exif()
    exif[0x8769] = {0x9003: text}
    facts = Photo.read(jpeg(exif=exif)).exif
    assert facts is not None
    assert facts.captured is None


def test_broken_exif_is_a_fact() -> None:
    for data in (b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + bytes(30), b"junk" * 9):
        assert read_exif(data) is not None
    loop = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    assert read_exif(loop).captured is None
    assert read_exif(b"MM\0*\0\0\0\x08\xff\xff" + bytes(30)).malformed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Adobe Photoshop CC 2019 (Windows)", "Adobe Photoshop"),
        ("Adobe Photoshop Lightroom Classic 12.0", "Adobe Lightroom"),
        ("GIMP 2.10.36", "GIMP"),
        ("Snapseed 2.0", "Snapseed"),
        ("PicsArt", "PicsArt"),
        ("VSCO", "VSCO"),
        ("美图秀秀", "美图秀秀 Meitu"),
        ("MeituXiuxiu 9.8", "美图秀秀 Meitu"),
        ("BeautyCam", "BeautyCam 美颜相机"),
        ("Camera360", "Camera360 相机360"),
        ("醒图", "醒图 Hypic"),
        ("轻颜相机", "轻颜 Ulike"),
        ("B612", "B612"),
        ("Faceu", "Faceu 激萌"),
        ("SNOW 11.2", "SNOW"),
    ],
)
def test_editors_are_named(text: str, name: str) -> None:
    assert editors_named([text]) == (name,)
    exif = Image.Exif()
    exif[0x0131] = text.encode()
    assert Photo.read(jpeg(exif=exif)).editing_traces == (name,)


@pytest.mark.parametrize(
    "text",
    [
        *("iOS 17.1.2", "HDR+ 1.0.345618096zd", "Ver.1.03", "G998BXXU5CVDD", "MIUI V14", "HarmonyOS 4.0", "snowy"),
        *("Canon EOS R6 Firmware Version 1.8.1", "Digital Camera FinePix X100 Ver1.01", "ILCE-7M3 v3.01"),
    ],
)
def test_firmware_is_no_editor(text: str) -> None:
    assert editors_named([text]) == ()


def test_editors_are_found_in_every_place() -> None:
    plain = jpeg()
    xmp = (
        b'http://ns.adobe.com/xap/1.0/\0<x xmp:CreatorTool="GIMP 2.10">'
        b"<stEvt:softwareAgent>Adobe Photoshop 25</stEvt:softwareAgent></x>"
    )
    irb = b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x10" + bytes(16)
    iptc_only = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x04" + bytes(4)
    assert Photo.read(with_segment(plain, 0xE1, xmp)).editing_traces == ("Adobe Photoshop", "GIMP")
    assert Photo.read(with_segment(plain, 0xED, irb)).editing_traces == ("Adobe Photoshop",)
    assert Photo.read(with_segment(plain, 0xED, iptc_only)).editing_traces == ()
    assert Photo.read(with_segment(plain, 0xEC, b"Ducky\0\1\0\4\0\0\0\x3c")).editing_traces == ("Adobe Photoshop",)
    assert Photo.read(with_segment(plain, 0xFE, b"Created with GIMP")).editing_traces == ("GIMP",)
    out = io.BytesIO()
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Software", "Snapseed", zip=True)
    PICTURE.save(out, "PNG", pnginfo=info)
    assert Photo.read(out.getvalue()).editing_traces == ("Snapseed",)


def test_trailing_bytes_are_counted() -> None:
    data = jpeg()
    assert Photo.read(data).trailing_bytes == 0
    photo = Photo.read(data + bytes(100))
    assert (photo.trailing_bytes, photo.second_picture, photo.defects) == (100, None, ())
    out = io.BytesIO()
    PICTURE.save(out, "PNG")
    assert Photo.read(out.getvalue() + b"PK\3\4").trailing_bytes == 4


def other_picture() -> Image.Image:
    return PICTURE.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def test_a_second_file_behind_the_first_is_seen() -> None:
    same = Photo.read(jpeg() + jpeg())
    other = Photo.read(jpeg() + jpeg(other_picture()))
    for photo, differs in ((same, False), (other, True)):
        second = photo.second_picture
        assert second is not None
        assert (second.kind, second.width, second.height, second.differs) == ("appended", 96, 128, differs)
        assert photo.trailing_bytes


def test_multi_picture_file() -> None:
    out = io.BytesIO()
    PICTURE.save(out, "MPO", save_all=True, append_images=[other_picture()])
    photo = Photo.read(out.getvalue())
    assert (photo.format, photo.frames, photo.trailing_bytes, photo.defects) == ("MPO", 2, 0, ())
    assert photo.second_picture is not None
    assert (photo.second_picture.kind, photo.second_picture.differs) == ("mpo", True)
    assert Photo.read(out.getvalue() + b"more").trailing_bytes == 4


def exif_with_thumbnail(thumbnail: bytes) -> bytes:
    main = struct.pack("<HHHII", 1, 0x0112, 3, 1, 1) + struct.pack("<I", 26)
    preview = (
        struct.pack("<H", 2)
        + struct.pack("<HHII", 0x0201, 4, 1, 56)
        + struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    )
    return b"Exif\0\0II*\0\x08\0\0\0" + main + preview + bytes(4) + thumbnail


@pytest.mark.parametrize("bars", [False, True])
def test_thumbnail_is_compared_with_the_photo(bars: bool) -> None:
    for picture, differs in ((PICTURE, False), (other_picture(), True)):
        small = picture.resize((120, 160) if not bars else (90, 120))
        if bars:
            framed = Image.new("RGB", (160, 120))
            framed.paste(small, (35, 0))
            small = framed
        photo = Photo.read(with_segment(jpeg(), 0xE1, exif_with_thumbnail(jpeg(small, quality=40))))
        second = photo.second_picture
        assert second is not None
        assert (second.kind, second.differs) == ("thumbnail", differs)


def test_a_thumbnail_that_is_no_picture_is_not_compared() -> None:
    photo = Photo.read(with_segment(jpeg(), 0xE1, exif_with_thumbnail(b"nothing" * 9)))
    assert photo.second_picture is not None
    assert photo.second_picture.differs is None
