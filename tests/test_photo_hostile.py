"""Mutated files: nothing may raise but Unseen, and Unseen never without a defect."""

import io
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photospec.errors import Unseen
from photospec.photo import Photo, ReadLimits

SEEDS = ["JPEG", "JPEG progressive", "JPEG CMYK", "MPO", "PNG", "PNG 16", "GIF", "WEBP", "BMP", "TIFF", "TIFF lzw"]


def seed_file(kind: str) -> bytes:
    rng = np.random.default_rng(0)
    slope = np.add.outer(np.arange(64) * 2, np.arange(48) * 2)[..., None]
    picture = Image.fromarray(np.clip(slope + rng.integers(0, 40, (64, 48, 3)), 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x0131] = 6, "Adobe Photoshop"
    exif[0x8769] = {0x9003: "2024:05:06 07:08:09"}
    out = io.BytesIO()
    match kind.split():
        case ["JPEG", "progressive"]:
            picture.save(out, "JPEG", progressive=True)
        case ["JPEG", "CMYK"]:
            picture.convert("CMYK").save(out, "JPEG")
        case ["MPO"]:
            picture.save(out, "MPO", save_all=True, append_images=[picture])
        case ["PNG", "16"]:
            Image.fromarray(np.asarray(picture)[..., 0].astype(np.uint16) * 256).save(out, "PNG")
        case ["TIFF", "lzw"]:
            picture.save(out, "TIFF", compression="tiff_lzw")
        case [plain] if plain in ("JPEG", "PNG", "WEBP"):
            picture.save(out, plain, exif=exif)
        case [plain]:
            picture.save(out, plain)
    return out.getvalue()


def ask_everything(data: bytes) -> None:
    photo = Photo.read(data, limits=ReadLimits(max_pixels=1_000_000))
    for fact in (
        "exif",
        "density",
        "jpeg_quality",
        "editing_traces",
        "second_picture",
        "sha256",
        "defects",
    ):
        getattr(photo, fact)
    assert photo.trailing_bytes is None or photo.trailing_bytes >= 0
    try:
        pixels = photo.pixels
    except Unseen:
        assert photo.defects
    else:
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3


@pytest.mark.parametrize("kind", SEEDS)
def test_mutated_files_never_raise(kind: str) -> None:
    whole = seed_file(kind)
    chance = random.Random(kind)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            at = chance.randrange(len(data)) if chance.random() < 0.4 else chance.randrange(min(len(data), 400))
            match chance.randrange(6):
                case 0:
                    data[at] ^= 1 << chance.randrange(8)
                case 1:
                    data[at] = chance.choice((0, 1, 127, 128, 255))
                case 2:
                    data[at : at + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xff\xd9"))
                case 3:
                    del data[at : at + chance.randrange(1, 40)]
                case 4:
                    data[at:at] = chance.randbytes(chance.randrange(20))
                case _:
                    del data[at + 1 :]
            if not data:
                break
        ask_everything(bytes(data))


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF____WEBP", b"II*\0", b"MM\0*"]),
    st.binary(),
)
def test_any_bytes_behind_a_signature_never_raise(signature: bytes, rest: bytes) -> None:
    ask_everything(signature + rest)
