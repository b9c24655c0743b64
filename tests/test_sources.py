"""Files, folders, patterns, archives and lists, each with what can be wrong with them."""

import io
import os
import pickle
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photospec import Source, check, find_sources
from photospec.batch import sources as room
from photospec.errors import Unseen


def jpeg(shade: int = 200) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((64, 48, 3), shade, np.uint8)).save(out, "JPEG", dpi=(300, 300))
    return out.getvalue()


PHOTO = jpeg()


def names(*paths: object, listed: bytes | None = None) -> list[str]:
    stream = None if listed is None else io.BytesIO(listed)
    return [s.name for s in find_sources([os.fspath(p) for p in paths], listed=stream)]  # type: ignore[call-overload]


def problems(*paths: object) -> dict[str, str]:
    found = find_sources([os.fspath(p) for p in paths])  # type: ignore[call-overload]
    return {Path(s.name).name: s.problem.en for s in found if s.problem is not None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.jpg",
        "A.JPG",
        "张三.jpeg",
        "notes.md",
        ".hidden.jpg",
        "sub/c.png",
        "sub/deep/d.webp",
        "sub/Thumbs.db",
    ):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PHOTO)
    return tmp_path / "photos"


def test_folder_in_order(folder: Path) -> None:
    assert [Path(n).name for n in names(folder)] == ["A.JPG", "b.jpg", "张三.jpeg", "c.png", "d.webp"]


def test_a_named_file_is_taken_whatever_its_name(folder: Path) -> None:
    assert names(folder / "notes.md", folder / ".hidden.jpg") == [str(folder / "notes.md"), str(folder / ".hidden.jpg")]


def test_missing_and_empty(tmp_path: Path) -> None:
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    assert problems(tmp_path / "empty") == {"empty": "there is no photo in this folder"}
    assert problems(tmp_path / "gone*.jpg") == {"gone*.jpg": "no file matches this pattern"}
    assert check(next(find_sources([tmp_path / "gone.jpg"]))).problem.en == "the file does not exist"  # type: ignore[union-attr]
    assert problems(tmp_path / "gone.zip") == {"gone.zip": "the file does not exist"}
    assert problems("a\0b.jpg") == {"a\ufffdb.jpg": "the path holds a NUL character"}


def test_patterns(folder: Path) -> None:
    assert [Path(n).name for n in names(folder / "*.jp*g")] == ["b.jpg", "张三.jpeg"]
    assert [Path(n).name for n in names(folder / "**" / "*.png")] == ["c.png"]
    assert [Path(n).name for n in names(folder / "su?")] == ["c.png", "d.webp"]
    odd = folder / "odd[1].jpg"
    odd.write_bytes(PHOTO)
    assert names(odd) == [str(odd)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_link_loops_end(folder: Path) -> None:
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "gone.jpg")
    found = [Path(n).name for n in names(folder)]
    assert sorted(found) == sorted(["A.JPG", "b.jpg", "dangling.jpg", "self.jpg", "张三.jpeg", "c.png", "d.webp"])
    assert all(
        check(s).problem is not None for s in find_sources([folder]) if Path(s.name).stem in ("self", "dangling")
    )


@pytest.mark.skipif(sys.platform != "linux", reason="needs file names of any bytes")
@pytest.mark.parametrize("name", [b"a\nb.jpg", b"a\x1b[31m.jpg", b"\xff\xfe.jpg", "a\u202egpj.jpg".encode()])
def test_odd_names(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    Path(os.fsdecode(path)).write_bytes(PHOTO)
    (source,) = find_sources([tmp_path])
    source.name.encode("utf-8")
    report = check(source)
    assert report.problem is None
    assert report.sha256 is not None
    line = report.to_json_line()
    assert "\n" not in line
    assert "\x1b" not in line
    assert "\u202e" not in line


@pytest.mark.parametrize("mark", [b"\n", b"\r\n", b"\0"])
def test_list(folder: Path, mark: bytes) -> None:
    paths = [os.fsencode(folder / "b.jpg"), b"", os.fsencode(folder / "sub"), b"gone.jpg"]
    found = [Path(n).name for n in names("-", listed=mark.join(paths))]
    assert found == ["b.jpg", "c.png", "d.webp", "gone.jpg"]
    assert found == [Path(n).name for n in names("-", listed=mark.join(paths) + mark)]


def test_list_longer_than_a_block(tmp_path: Path) -> None:
    lines = [f"{tmp_path}/{'x' * 60}-{i}.jpg" for i in range(3000)]
    assert names("-", listed="\n".join(lines).encode()) == lines


def test_list_with_line_breaks_in_names() -> None:
    assert names("-", listed=b"a\nb.jpg\0c.jpg\0") == ["a\nb.jpg", "c.jpg"]


# -- archives -------------------------------------------------------------------------------------------------


def pack(path: Path, members: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:  # type: ignore[arg-type]
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_archive_is_read_in_place(tmp_path: Path) -> None:
    members = {"班级/": b"", "班级/b.jpg": PHOTO, "a.JPG": jpeg(90), "readme.txt": b"x", "__MACOSX/._a.JPG": b"x"}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pack(tmp_path / "set.zip", members, compression=method)
        found = list(find_sources([path]))
        assert [s.name for s in found] == [f"{path}/a.JPG", f"{path}/班级/b.jpg"]
        for source, data in zip(found, (jpeg(90), PHOTO), strict=True):
            again = pickle.loads(pickle.dumps(source))
            report = check(again)
            assert (report.path, report.photo["byte_length"]) == (source.name, len(data))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set.zip"]


def test_archives_in_a_folder(tmp_path: Path) -> None:
    pack(tmp_path / "one.zip", {"x.jpg": PHOTO})
    assert names(tmp_path) == [f"{tmp_path}/one.zip/x.jpg"]


def test_what_an_archive_must_not_hold(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {"x.jpg": PHOTO}).read_bytes()
    members = {
        "../out.jpg": PHOTO,
        "/abs.jpg": PHOTO,
        "C:/drive.jpg": PHOTO,
        "a/../../up.jpg": PHOTO,
        "nested.zip": inner,
        "bomb.bmp": b"\0" * (8 << 20),
        "good.jpg": PHOTO,
    }
    path = pack(tmp_path / "set.zip", members, compression=zipfile.ZIP_DEFLATED)
    out = "its name leads out of the archive; not read"
    assert problems(path) == {
        "out.jpg": out,
        "abs.jpg": out,
        "drive.jpg": out,
        "up.jpg": out,
        "nested.zip": "an archive inside an archive; not opened",
        "bomb.bmp": "packed suspiciously well, as in a zip bomb; not read",
    }
    reports = [check(s) for s in find_sources([path])]
    assert len(reports) == 7
    assert sum(r.problem is None for r in reports) == 1


def test_archive_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "set.zip", {f"{i}.jpg": PHOTO for i in range(5)})
    monkeypatch.setattr(room, "MOST_MEMBERS", 4)
    assert problems(path) == {"set.zip": "the archive has more than 4 members"}
    monkeypatch.setattr(room, "MOST_MEMBERS", 5)
    monkeypatch.setattr(room, "MOST_TOTAL_BYTES", 4 * len(PHOTO))
    assert problems(path) == {"set.zip": "the archive unpacks to too many bytes"}
    monkeypatch.setattr(room, "MOST_DIRECTORY_BYTES", 100)
    assert problems(path) == {"set.zip": "the archive's directory is too large"}


def test_member_larger_than_a_photo(tmp_path: Path) -> None:
    path = pack(tmp_path / "set.zip", {"large.jpg": os.urandom(1 << 20) * 31})
    assert problems(path) == {"large.jpg": "too large; not read"}


def test_overlapping_members(tmp_path: Path) -> None:
    path = pack(tmp_path / "set.zip", {"a.jpg": PHOTO, "b.jpg": PHOTO})
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)  # the second entry points at the first one's data
    path.write_bytes(data)
    assert problems(path) == {"set.zip": "members of the archive overlap, as in a zip bomb"}


def test_encrypted_and_unknown_methods(tmp_path: Path) -> None:
    path = pack(tmp_path / "set.zip", {"a.jpg": PHOTO, "b.jpg": PHOTO})
    data = bytearray(path.read_bytes())
    first = data.find(b"PK\x01\x02")
    second = data.rfind(b"PK\x01\x02")
    data[first + 8] |= 1
    struct.pack_into("<H", data, second + 10, 97)
    path.write_bytes(data)
    assert problems(path) == {
        "a.jpg": "encrypted; cannot be read",
        "b.jpg": "packed with a method that is not supported",
    }


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip" * 100, b"PK\x05\x06" + b"\xff" * 18])
def test_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    assert problems(path) == {"set.zip": "not a valid zip archive"}


def test_damaged_members(tmp_path: Path) -> None:
    path = pack(tmp_path / "set.zip", {"a.jpg": PHOTO, "b.jpg": PHOTO}, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[60:80] = b"\xff" * 20
    path.write_bytes(data)
    first, second = find_sources([path])
    assert check(first).problem.en == "its data in the archive is damaged"  # type: ignore[union-attr]
    assert check(second).problem is None
    path.write_bytes(data[:40])
    with pytest.raises(Unseen):
        second.open()


def test_archive_without_photos(tmp_path: Path) -> None:
    assert problems(pack(tmp_path / "set.zip", {"a.txt": b"x"})) == {"set.zip": "there is no photo in this archive"}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_unmarked_chinese_names(tmp_path: Path, encoding: str) -> None:
    path = pack(tmp_path / "set.zip", {"XXXXXXXX.jpg": PHOTO})
    raw = "张三李四".encode(encoding)[:12]
    data = path.read_bytes().replace(
        b"XXXXXXXX", raw.ljust(8, b"_")[:8] if encoding == "gb18030" else "张三".encode() + b"__"
    )
    path.write_bytes(data)
    (name,) = names(path)
    assert Path(name).name.startswith("张三")


def test_directory_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with path.open("wb") as file:  # sparse: the archive is as large as its directory says
        file.seek(100 << 20)
        file.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 100 << 20, 0, 0))
    assert problems(path) == {"set.zip": "the archive's directory is too large"}


def test_source_is_small_and_says_what_it_is() -> None:
    source = Source("a.jpg", "a.jpg")
    assert len(pickle.dumps(source)) < 400
    assert repr(source).startswith("Source(name='a.jpg'")
