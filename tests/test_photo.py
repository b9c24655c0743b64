"""Reading: every source that is accepted, and every bad one."""

import errno
import io
import os
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photospec.errors import Unseen
from photospec.photo import DefectKind, Photo, ReadLimits


def scene(width: int = 480, height: int = 640, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    head = np.exp(-(((x - width / 2) / (width / 5)) ** 2) - ((y - height / 2) / (height / 5)) ** 2)
    base = np.stack([90 + 130 * head, 150 + 20 * head + y / height * 20, 200 - 90 * head], -1)
    return np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)


def encoded(kind: str = "JPEG", picture: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (picture or Image.fromarray(scene())).save(out, kind, **options)
    return out.getvalue()


def kinds(photo: Photo) -> list[DefectKind]:
    return [defect.kind for defect in photo.defects]


@pytest.fixture(scope="module")
def good() -> bytes:
    return encoded(quality=85, dpi=(300, 300))


def test_same_photo_from_every_kind_of_source(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "照片.JPG"
    path.write_bytes(good)
    with path.open("rb") as file:
        photos = [
            Photo.read(s)
            for s in (path, str(path), os.fsencode(path) and path, good, bytearray(good), memoryview(good), file)
        ]
    for photo in photos:
        assert photo.defects == ()
        assert (photo.format, photo.width, photo.height, photo.byte_length) == ("JPEG", 480, 640, len(good))
        assert photo.sha256 == photos[0].sha256
        assert (photo.pixels == photos[0].pixels).all()
    assert photos[0].name == str(path) == photos[0].path
    assert photos[3].name == ""
    assert photos[6].name == str(path)
    assert Photo.read(good, name="a.jpg").name == "a.jpg"


def test_pixels_are_decoded_once_and_read_only(good: bytes) -> None:
    photo = Photo.read(good)
    assert photo.pixels is photo.pixels
    assert (photo.pixels.dtype, photo.pixels.shape) == (np.uint8, (640, 480, 3))
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0] = 0
    reference = np.asarray(Image.open(io.BytesIO(good)).convert("RGB"))
    assert np.abs(photo.pixels.astype(int) - reference).max() <= 2


def test_array_and_picture_have_no_file_facts() -> None:
    array = scene(60, 80)
    for photo in (Photo.read(array), Photo.read(Image.fromarray(array))):
        assert (photo.pixels == array).all()
        assert (photo.format, photo.byte_length, photo.sha256, photo.density, photo.jpeg_quality) == (None,) * 5
        assert (photo.width, photo.height, photo.colour_mode, photo.defects) == (60, 80, "RGB", ())
    photo = Photo.read(array)
    before = photo.pixels.copy()
    array[:] = 0
    assert (photo.pixels == before).all()


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (7, TypeError, "source must be a path"),
        (None, TypeError, "source must be a path"),
        (io.StringIO("text"), TypeError, "binary mode"),
        (np.zeros((4, 4, 3), np.float32), TypeError, "dtype uint8"),
        (np.zeros((4, 4), np.uint8), ValueError, r"\(height, width, 3\)"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, r"\(height, width, 3\)"),
    ],
)
def test_misuse_names_the_argument(source: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Photo.read(source)  # type: ignore[arg-type]


def test_bad_limits_are_refused() -> None:
    for wrong in ({"max_bytes": 0}, {"max_pixels": 10**10}, {"max_side": 1.5}, {"max_bytes": True}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ReadLimits(**wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="limits"):
        Photo.read(b"", limits=3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", DefectKind.EMPTY),
        (b"this is no photo", DefectKind.NOT_AN_IMAGE),
        (b"%PDF-1.7\n" + bytes(100), DefectKind.NOT_AN_IMAGE),
        (b"\xff\xd8\xff", DefectKind.TRUNCATED),
        (b"\xff\xd8\xff\xd9", DefectKind.CORRUPT),
        (b"BM", DefectKind.NOT_AN_IMAGE),
        (b"\x89PNG\r\n\x1a\n", DefectKind.TRUNCATED),
        (b"GIF89a", DefectKind.TRUNCATED),
        (b"RIFF\0\0\0\0WEBP", DefectKind.CORRUPT),
        (b"II*\0", DefectKind.CORRUPT),
        (b"\0\0\0\x18ftypheic" + bytes(40), DefectKind.UNDECODABLE),
    ],
)
def test_hopeless_content_is_a_defect(content: bytes, kind: DefectKind) -> None:
    photo = Photo.read(content, name="photo.jpg")
    assert kind in kinds(photo)
    assert photo.byte_length == len(content)
    with pytest.raises(Unseen):
        _ = photo.pixels


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_format_is_told_by_content_not_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(kind))
    photo = Photo.read(path)
    assert (photo.format, photo.width, photo.height, photo.frames) == (kind, 480, 640, 1)
    assert photo.pixels.shape == (640, 480, 3)
    assert photo.defects == ()
    assert photo.jpeg_quality is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_other_formats_cut_off_are_truncated(kind: str) -> None:
    data = encoded(kind)
    assert DefectKind.TRUNCATED in kinds(Photo.read(data[: len(data) * 2 // 3]))


def test_png_with_a_changed_byte_is_corrupt() -> None:
    data = bytearray(encoded("PNG"))
    data[len(data) // 2] ^= 4
    assert DefectKind.CORRUPT in kinds(Photo.read(bytes(data)))


@pytest.mark.parametrize(
    ("mode", "kind", "colour_mode", "components", "bits"),
    [
        ("RGB", "JPEG", "RGB", 3, 8),
        ("L", "JPEG", "grey", 1, 8),
        ("CMYK", "JPEG", "CMYK", 4, 8),
        ("P", "PNG", "palette", 1, 8),
        ("RGBA", "PNG", "RGBA", 4, 8),
        ("LA", "PNG", "grey+alpha", 2, 8),
        ("I;16", "PNG", "grey", 1, 16),
        ("CMYK", "TIFF", "CMYK", 4, 8),
        ("F", "TIFF", "grey", 1, 32),
    ],
)
def test_colour_modes_are_named_and_become_rgb(
    mode: str, kind: str, colour_mode: str, components: int, bits: int
) -> None:
    grey = scene()[..., 1]
    if mode == "I;16":
        picture = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(np.repeat(grey[..., None], 3, 2)).convert(mode)
    photo = Photo.read(encoded(kind, picture))
    assert (photo.colour_mode, photo.components, photo.bit_depth) == (colour_mode, components, bits)
    assert photo.defects == ()
    assert np.abs(photo.pixels.astype(int) - grey[..., None]).mean() < (20 if mode == "P" else 6)


def test_transparent_pixels_lie_on_white() -> None:
    picture = Image.new("RGBA", (20, 10), (200, 0, 0, 0))
    assert (Photo.read(encoded("PNG", picture)).pixels == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation_shows_its_first_frame(kind: str) -> None:
    frames = [Image.fromarray(scene(60, 80, seed)) for seed in (1, 2, 3)]
    photo = Photo.read(encoded(kind, frames[0], save_all=True, append_images=frames[1:]))
    assert photo.frames == 3
    assert photo.pixels.shape == (80, 60, 3)


def png_of_size(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * width) for _ in range(height)) if width < 100 else b"")
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*c) for c in chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_a_header_of_30000_x_30000_is_not_decoded(good: bytes) -> None:
    big = bytearray(good)
    at = good.index(b"\xff\xc0")
    big[at + 5 : at + 9] = struct.pack(">HH", 30_000, 30_000)
    gif = bytearray(encoded("GIF", Image.new("RGB", (8, 8))))
    gif[6:10] = struct.pack("<HH", 30_000, 30_000)
    for data in (bytes(big), bytes(gif), png_of_size(30_000, 30_000)):
        photo = Photo.read(data)
        assert (photo.width, photo.height) == (30_000, 30_000)
        assert kinds(photo)[0] is DefectKind.TOO_MANY_PIXELS
        with pytest.raises(Unseen, match="too many pixels"):
            _ = photo.pixels


def test_limits_on_pixels_hold_for_arrays_and_pictures() -> None:
    limits = ReadLimits(max_pixels=100)
    for source in (scene(20, 20), Image.new("RGB", (20, 20)), encoded("PNG", Image.new("RGB", (20, 20)))):
        assert kinds(Photo.read(source, limits=limits)) == [DefectKind.TOO_MANY_PIXELS]
    assert kinds(Photo.read(scene(20, 20), limits=ReadLimits(max_side=19))) == [DefectKind.TOO_MANY_PIXELS]


def test_one_pixel() -> None:
    for kind in ("JPEG", "PNG", "GIF", "BMP"):
        photo = Photo.read(encoded(kind, Image.new("RGB", (1, 1), "white")))
        assert photo.defects == ()
        assert photo.pixels.shape == (1, 1, 3)


def test_compressed_text_is_not_unpacked_into_memory() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = png_of_size(4, 4, (b"iTXt", b"Comment\0\1\0\0\0" + bomb), (b"zTXt", b"Comment\0\0" + bomb))
    photo = Photo.read(data)
    assert photo.defects == ()
    assert photo.editing_traces == ()
    assert photo.pixels.shape == (4, 4, 3)


def test_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path / "a\0b.jpg", tmp_path / "none" / "x.jpg"):
        photo = Photo.read(path)
        assert kinds(photo) == [DefectKind.MISSING]
        assert (photo.byte_length, photo.format) == (None, None)
        with pytest.raises(Unseen, match="does not exist"):
            _ = photo.pixels


def test_folder_pipe_and_device_are_not_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path, tmp_path / "pipe.jpg", Path("/dev/zero")):
        assert kinds(Photo.read(path)) == [DefectKind.NOT_A_FILE]


def test_symbolic_link_is_followed(tmp_path: Path, good: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(good)
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert Photo.read(tmp_path / "b.jpg").defects == ()
    assert kinds(Photo.read(tmp_path / "loop.jpg")) == [DefectKind.READ_FAILED]


def test_file_without_permission(tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(good)

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # chmod does not stop root
    assert kinds(Photo.read(path)) == [DefectKind.NOT_PERMITTED]


def test_too_many_bytes_are_not_read(tmp_path: Path, good: bytes) -> None:
    limits = ReadLimits(max_bytes=1000)
    path = tmp_path / "a.jpg"
    with path.open("wb") as file:
        file.truncate(10**12)  # a sparse file
    photo = Photo.read(path)
    assert (kinds(photo), photo.byte_length) == ([DefectKind.TOO_MANY_BYTES], 10**12)
    for source in (good, memoryview(good), io.BytesIO(good)):
        assert kinds(Photo.read(source, limits=limits)) == [DefectKind.TOO_MANY_BYTES]
    assert Photo.read(good, limits=ReadLimits(max_bytes=len(good))).defects == ()
    assert Photo.read(io.BytesIO(good), limits=ReadLimits(max_bytes=len(good))).defects == ()


class Endless:
    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int) -> bytes:
        self.given += min(size, 4096)
        return bytes(min(size, 4096))


class Broken:
    def read(self, _size: int) -> bytes:
        raise OSError(errno.EIO, "bad sector")


def test_file_objects_are_read_within_bounds() -> None:
    endless = Endless()
    assert kinds(Photo.read(endless, limits=ReadLimits(max_bytes=10_000))) == [DefectKind.TOO_MANY_BYTES]  # type: ignore[arg-type]
    assert endless.given <= 10_001
    assert kinds(Photo.read(Broken())) == [DefectKind.READ_FAILED]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("王小明.jpg".encode(), "王小明.jpg"),
        (b"two\nlines.jpg", "two\nlines.jpg"),
        (b"bad\xff\xfename.jpg", "bad\\xff\\xfename.jpg"),
    ],
)
def test_names_of_any_bytes(tmp_path: Path, good: bytes, raw: bytes, shown: str) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)
    Path(path).write_bytes(good)
    photo = Photo.read(path)
    assert photo.defects == ()
    assert photo.name.endswith(shown)
    photo.name.encode("utf-8")
    assert photo.path == path


def test_a_lone_surrogate_in_a_given_name_is_printable() -> None:
    Photo.read(b"", name="\ud800.jpg").name.encode("utf-8")


def test_truncated_picture_object_is_undecodable(good: bytes) -> None:
    photo = Photo.read(Image.open(io.BytesIO(good[:9000])))
    assert kinds(photo) == [DefectKind.UNDECODABLE]


def test_photo_travels_without_its_pixels(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(good)
    photo = Photo.read(path)
    _ = photo.pixels
    packed = pickle.dumps(photo)
    assert len(packed) < len(good) + 2000
    path.unlink()
    again = pickle.loads(packed)
    assert (again.name, again.path, again.sha256, again.density) == (
        photo.name,
        photo.path,
        photo.sha256,
        photo.density,
    )
    assert (again.pixels == photo.pixels).all()
    missing = pickle.loads(pickle.dumps(Photo.read(path)))
    assert kinds(missing) == [DefectKind.MISSING]
    array = pickle.loads(pickle.dumps(Photo.read(scene(9, 9))))
    assert array.pixels.shape == (9, 9, 3)
    assert not array.pixels.flags.writeable


def test_repr_says_nothing_personal(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Wang Xiaoming"
    path = tmp_path / "110105194912310021.jpg"
    path.write_bytes(encoded(exif=exif))
    shown = repr(Photo.read(path))
    assert shown == "<Photo JPEG 480x640>"
