"""The drawn portraits: the real face models agree with what was drawn, and every defect shows."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from photospec.portrait.face import find_faces, find_landmarks
from photospec.testing import (
    DEFECTS,
    FILE_DEFECTS,
    Geometry,
    Sitter,
    append_bytes,
    apply,
    corrupt,
    defects_of,
    encode,
    ladder,
    make_batch,
    portrait,
    save_portrait,
    truncate,
    with_exif,
)

SITTERS = [
    Sitter(),
    Sitter(skin="very-light", hair="tied", hair_colour="blond", iris=(92, 116, 138)),
    Sitter(skin="dark", hair="long"),
    Sitter(skin="brown", hair="tied", glasses=True),
    Sitter(skin="tan", hair="long", hair_colour="dark-brown"),
    Sitter(sex="man", skin="dark", hair="cropped"),
    Sitter(sex="man", skin="brown", hair="bald"),
    Sitter(sex="man", skin="intermediate", glasses=True),
    Sitter(sex="man", skin="very-light", hair="bald", glasses=True),
    Sitter(sex="man", hair_colour="grey"),
    Sitter(sex="man", skin="dark", hair="short", glasses=True),
]


def see(pixels):
    """Return the faces that dlib finds at half size, and the landmarks of the first."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    faces = find_faces(grey, half)
    return faces, find_landmarks(grey, faces[0]) if faces else None


def eyes(landmarks):
    return np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0)])


@pytest.mark.parametrize("sitter", SITTERS, ids=lambda s: f"{s.sex}-{s.skin}-{s.hair}-{s.glasses}")
def test_detector_finds_one_face_and_landmarks_agree(sitter):
    drawn = portrait(3, sitter=sitter)
    faces, landmarks = see(drawn.pixels)
    assert len(faces) == 1
    assert faces[0].score > 0.6
    across = eyes(landmarks)[1] - eyes(landmarks)[0]
    assert eyes(landmarks).mean(0) == pytest.approx(drawn.truth.pupils.mean(0), abs=3)
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(0, abs=2)
    assert np.linalg.norm(landmarks[15] - landmarks[1]) == pytest.approx(drawn.truth.face_width, abs=13)
    off = np.linalg.norm(landmarks - drawn.truth.landmarks, axis=1)
    assert np.median(off[:17]) < 9
    assert np.median(off[36:48]) < 5
    assert np.median(off[48:]) < 6


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(eye_y=270.0, crown_y=95.0),
        Geometry(roll=9.0),
        Geometry(roll=-6.0, centre_x=220.0),
        Geometry(face_width=200.0, crown_y=110.0),
        Geometry(face_width=280.0, crown_y=60.0, eye_y=260.0),
        Geometry(centre_x=280.0),
    ],
    ids=repr,
)
def test_landmarks_follow_the_geometry(geometry):
    drawn = portrait(1, sitter=SITTERS[0], geometry=geometry)
    truth = drawn.truth
    assert (truth.crown_y, truth.eye_y, truth.centre_x, truth.roll) == pytest.approx(
        (geometry.crown_y, geometry.eye_y, geometry.centre_x, geometry.roll), abs=1e-3
    )
    assert truth.face_width == pytest.approx(geometry.face_width, abs=0.1)
    _, landmarks = see(drawn.pixels)
    across = eyes(landmarks)[1] - eyes(landmarks)[0]
    assert eyes(landmarks).mean(0) == pytest.approx(truth.pupils.mean(0), abs=4)
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(geometry.roll, abs=2)
    assert np.linalg.norm(landmarks[15] - landmarks[1]) == pytest.approx(truth.face_width, abs=14)


@pytest.mark.parametrize("roll", [0.0, 12.0, -15.0])
@pytest.mark.parametrize("hair", ["short", "cropped", "bald", "tied", "long"])
def test_crown_is_the_first_row_of_the_head(hair, roll):
    backdrop = (255, 255, 255)
    drawn = portrait(0, sitter=Sitter(sex="man", hair=hair), geometry=Geometry(roll=roll), backdrop=backdrop)
    rows = np.nonzero((np.abs(drawn.pixels.astype(int) - 255).max(2) > 60).any(1))[0]
    assert rows[0] == pytest.approx(drawn.truth.crown_y, abs=2.5)


def test_same_seed_same_picture_and_other_seed_another():
    assert np.array_equal(portrait(4).pixels, portrait(4).pixels)
    assert not np.array_equal(portrait(4).pixels, portrait(5).pixels)
    assert {Sitter.random(n).skin for n in range(60)} == {
        "very-light", "light", "intermediate", "tan", "brown", "dark"
    }  # fmt: skip


def test_mirrored_is_the_mirror_image():
    geometry = Geometry(roll=5.0, centre_x=225.0)
    how = {"left-eye-closed": 1.0, "side-light": 0.5}
    plain = portrait(2, geometry=geometry, defects=how)
    other = portrait(2, geometry=geometry, defects=how, mirrored=True)
    assert np.array_equal(other.pixels, plain.pixels[:, ::-1])
    assert other.defects == {"right-eye-closed": 1.0, "side-light": 0.5}
    assert other.truth.roll == pytest.approx(-plain.truth.roll, abs=1e-4)
    assert other.truth.centre_x == pytest.approx(479 - plain.truth.centre_x)
    assert other.truth.crown_y == plain.truth.crown_y
    assert other.truth.landmarks[36] == pytest.approx((479, 0) + plain.truth.landmarks[45] * (-1, 1))
    _, landmarks = see(other.pixels)
    assert np.linalg.norm(landmarks - other.truth.landmarks, axis=1)[36:42].mean() < 6


def test_pictures_of_other_sizes_scale():
    drawn = portrait(1, size=(960, 1280))
    assert drawn.pixels.shape == (1280, 960, 3)
    assert drawn.truth.crown_y == pytest.approx(160.5)
    assert drawn.truth.centre_x == pytest.approx(479.5)
    wide = portrait(1, size=(640, 640))
    assert wide.truth.centre_x == pytest.approx(319.5)
    assert np.array_equal(portrait(1, size=(480, 640)).pixels, portrait(1).pixels)


def test_backdrop_has_the_given_colour():
    for backdrop in ((100, 197, 255), (240, 240, 240)):
        corner = portrait(0, backdrop=backdrop).pixels[:60, :60]
        assert corner.reshape(-1, 3).mean(0) == pytest.approx(backdrop, abs=1.0)
        assert corner.reshape(-1, 3).std(0).max() < 2


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_grows_from_nothing(name):
    sitter = SITTERS[4]
    pictures = list(ladder(name, steps=5, seed=8, sitter=sitter))
    clean = portrait(8, sitter=sitter)
    assert np.array_equal(pictures[0].pixels, clean.pixels)
    assert pictures[0].defects == {}
    assert pictures[-1].defects == {name: 1.0}
    # What moves across the picture is measured where it should not be.
    x, y = np.round(clean.truth.pupils[0]).astype(int)
    region = {
        "frame-over-eyes": np.s_[y - 4 : y + 5, x - 20 : x + 21],
        "hand-on-face": np.s_[y + 30 : y + 160, x : x + 100],
    }.get(name, np.s_[:])
    change = [np.abs(p.pixels.astype(int) - clean.pixels)[region].sum() for p in pictures]
    assert np.abs(pictures[1].pixels.astype(int) - clean.pixels).sum() > 0
    assert change[-1] > change[1]
    assert DEFECTS[name].rules


def test_defects_of_geometry_move_the_truth():
    clean = portrait(0).truth
    assert portrait(0, defects=("crown-too-high",)).truth.crown_y < 10
    assert portrait(0, defects={"tilted": 0.5}).truth.roll == pytest.approx(10)
    assert portrait(0, defects=("off-centre",)).truth.centre_x == pytest.approx(clean.centre_x + 90)
    assert portrait(0, defects=("face-too-small",)).truth.face_width == pytest.approx(135, abs=0.1)
    stretched = portrait(0, defects=("stretched",)).truth
    assert stretched.face_width == pytest.approx(1.35 * clean.face_width, rel=1e-3)
    assert stretched.eye_y == pytest.approx(clean.eye_y)
    knot = portrait(0, sitter=SITTERS[0], defects=("topknot",)).truth
    assert knot.crown_y == clean.crown_y
    assert knot.top_y == pytest.approx(clean.crown_y - 65, abs=3)


def test_a_turned_head_turns_to_the_side_that_it_should():
    left = portrait(1, sitter=SITTERS[0])
    turned = portrait(1, sitter=SITTERS[0], defects={"head-turned": 0.8})
    _, straight = see(left.pixels)
    _, aside = see(turned.pixels)

    def lead(landmarks):
        return landmarks[30, 0] - eyes(landmarks)[:, 0].mean()

    assert lead(aside) > lead(straight) + 4
    assert lead(turned.truth.landmarks) > lead(left.truth.landmarks) + 8


def test_landmarks_see_lids_fall_and_lips_part():
    def opening(drawn):
        _, points = see(drawn.pixels)
        return [np.linalg.norm(points[a] - points[b]) for a, b in ((37, 41), (44, 46), (62, 66))]

    closing = np.array([opening(p) for p in ladder("eyes-closed", steps=4, sitter=SITTERS[0], highest=0.75)])
    assert (np.diff(closing[:, :2].sum(1)) < 0).all()
    parting = np.array([opening(p) for p in ladder("mouth-open", steps=4, sitter=SITTERS[0])])
    assert (np.diff(parting[:, 2]) > 3).all()


@pytest.mark.parametrize("name", ["left-eye-closed", "left-ear-covered"])
def test_a_defect_on_the_left_leaves_the_right_alone(name):
    clean, spoilt = (portrait(0, sitter=SITTERS[0], defects=how).pixels for how in ((), (name,)))
    changed = np.nonzero((clean != spoilt).any((0, 2)))[0]
    assert changed.size
    assert changed.max() < 235


def test_a_second_person_is_found_as_a_second_face():
    assert len(see(portrait(1, sitter=SITTERS[0], defects=("second-person",)).pixels)[0]) == 2


def test_rule_names_stand_for_their_first_defect():
    assert portrait(1, defects=("eyes-open",)).defects == {"eyes-closed": 1.0}
    assert [d.name for d in defects_of("tinted-lenses")] == ["tinted-lenses"]
    assert defects_of("no-such-rule") == ()


@pytest.mark.parametrize("name", [d.name for d in DEFECTS.values() if d.stage == "pixels"])
def test_apply_works_on_any_picture(name):
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (90, 70, 3), np.uint8), (0, 0), 2)
    before = picture.copy()
    spoilt = apply(picture, name, 0.9, seed=1)
    assert spoilt.shape == picture.shape
    assert spoilt.dtype == np.uint8
    assert np.array_equal(picture, before)
    assert not np.array_equal(spoilt, picture)
    assert np.array_equal(spoilt, apply(picture, name, 0.9, seed=1))
    assert np.array_equal(apply(picture, name, 0.0), picture)


def test_files_meet_the_standard(tmp_path):
    for seed in range(8):
        data = encode(portrait(seed).pixels)
        assert 20_480 <= len(data) <= 40_000
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (480, 640))
            assert picture.info["dpi"] == (300, 300)
    path = save_portrait(tmp_path / "照片.jpg", portrait(0))
    assert path.read_bytes() == encode(portrait(0).pixels)
    assert [p.name for p in tmp_path.iterdir()] == ["照片.jpg"]


def test_encode_keeps_the_nearest_quality_when_no_size_fits():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (640, 480, 3), np.uint8)
    assert encode(noise) == encode(noise, quality=60)
    flat = np.full((64, 48, 3), 128, np.uint8)
    assert encode(flat) == encode(flat, quality=95)


def test_file_defects():
    data = encode(portrait(0).pixels)
    assert truncate(data, 0.25) == data[: len(truncate(data, 0.25))]
    assert len(truncate(data, 0.25)) == pytest.approx(0.75 * len(data), abs=1)
    spoilt = corrupt(data, seed=3)
    assert len(spoilt) == len(data)
    assert (spoilt[:200], spoilt[-2:]) == (data[:200], data[-2:])
    assert spoilt != data
    assert spoilt == corrupt(data, seed=3)
    assert append_bytes(data, b"x") == data + b"x"
    tagged = with_exif(data, orientation=6, capture_date="2017:06:13 10:00:00", software="GIMP")
    with Image.open(io.BytesIO(tagged)) as picture, Image.open(io.BytesIO(data)) as plain:
        exif = picture.getexif()
        assert (exif[0x0112], exif[0x0131]) == (6, "GIMP")
        assert exif.get_ifd(0x8769)[0x9003] == "2017:06:13 10:00:00"
        assert picture.info["dpi"] == (300, 300)
        assert np.array_equal(np.asarray(picture), np.asarray(plain))


@pytest.mark.parametrize("name", FILE_DEFECTS)
def test_each_file_defect_changes_the_file(name):
    pixels = portrait(0).pixels
    data = FILE_DEFECTS[name].make(pixels)
    assert data != encode(pixels)
    assert data == FILE_DEFECTS[name].make(pixels)


def test_batches(tmp_path):
    batch = make_batch(tmp_path / "new", 10, seed=2, share_bad=0.5)
    assert [p.path.name for p in batch] == sorted(p.name for p in (tmp_path / "new").iterdir())
    bad = [p for p in batch if p.defects]
    assert len(bad) == 5
    assert len({p.defects for p in bad}) == 5
    assert all(bool(p.rules) == bool(p.defects) for p in batch)
    again = make_batch(tmp_path / "again", 10, seed=2, share_bad=0.5)
    assert [p.path.read_bytes() for p in batch] == [p.path.read_bytes() for p in again]
    assert not any(p.defects for p in make_batch(tmp_path / "good", 2, share_bad=0))


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: Sitter(sex="other"), "sex"),
        (lambda: Sitter(skin="green"), "skin"),
        (lambda: Sitter(hair="mohawk"), "hair"),
        (lambda: Sitter(hair_colour="pink"), "hair_colour"),
        (lambda: Sitter(iris=(1, 2)), "iris"),
        (lambda: Sitter(garment=(1, 2, 256)), "garment"),
        (lambda: Sitter(glasses=1), "glasses"),
        (lambda: Geometry(crown_y=float("nan")), "crown_y"),
        (lambda: Geometry(crown_y=240.0), "crown_y"),
        (lambda: Geometry(eye_y=1000.0), "eye_y"),
        (lambda: Geometry(face_width="wide"), "face_width"),
        (lambda: Geometry(centre_x=5000), "centre_x"),
        (lambda: Geometry(roll=90), "roll"),
        (lambda: portrait(-1), "seed"),
        (lambda: portrait(1.5), "seed"),
        (lambda: portrait(sitter="me"), "sitter"),
        (lambda: portrait(geometry=5), "geometry"),
        (lambda: portrait(backdrop="blue"), "backdrop"),
        (lambda: portrait(size=(480, 10)), "size"),
        (lambda: portrait(defects={"eyes-closed": 1.5}), "defects"),
        (lambda: portrait(defects={"eyes-shut": 1}), "defects"),
        (lambda: portrait(defects="eyes-closed"), "defects"),
        (lambda: apply(np.zeros((4, 4), np.uint8), "noise", 1), "pixels"),
        (lambda: apply(np.zeros((4, 4, 3), np.uint8), "noise", 2), "severity"),
        (lambda: apply(np.zeros((4, 4, 3), np.uint8), "hat", 1), "name"),
        (lambda: ladder("noise", steps=1), "steps"),
        (lambda: ladder("noise", highest=0), "highest"),
        (lambda: encode(np.zeros((4, 4, 3))), "pixels"),
        (lambda: encode(np.zeros((4, 4, 3), np.uint8), quality=0), "quality"),
        (lambda: encode(np.zeros((4, 4, 3), np.uint8), dpi=(0, 0)), "dpi"),
        (lambda: encode(np.zeros((4, 4, 3), np.uint8), size=(5, 2)), "size"),
        (lambda: encode(np.zeros((4, 4, 3), np.uint8), format="GIF"), "format"),
        (lambda: truncate(b"", 1.0), "share"),
        (lambda: corrupt(b"short"), "data"),
        (lambda: corrupt(bytes(100), count=0), "count"),
        (lambda: with_exif(b"PNG"), "data"),
        (lambda: with_exif(b"\xff\xd8\xff\xd9", orientation=9), "orientation"),
        (lambda: make_batch("x", 0), "count"),
        (lambda: make_batch("x", seed=-1), "seed"),
        (lambda: make_batch("x", share_bad=2), "share_bad"),
    ],
)
def test_wrong_arguments_are_named(call, argument):
    with pytest.raises(ValueError, match=rf"\b{argument}\b"):
        call()
