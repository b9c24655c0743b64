"""The landmark predictor against dlib's own."""

from __future__ import annotations

import dlib
import numpy as np
import pytest

from photospec import PhotospecError
from photospec.networks.cascade import Cascade
from photospec.networks.faces import face_detector, front_detector, landmark_predictor, landmark_weights
from photospec.portrait.face import find_faces
from photospec.testing import portrait


def grey(seed: int) -> np.ndarray:
    return np.ascontiguousarray(portrait(seed).pixels[..., 1])


@pytest.fixture(scope="module")
def reference():
    return dlib.shape_predictor(str(landmark_weights()))


@pytest.mark.parametrize(
    "box", [(120, 200, 360, 440), (100, 230, 330, 455), (-60, -40, 190, 210), (300, 450, 520, 690)]
)
@pytest.mark.parametrize("seed", [1, 4])
def test_landmarks_are_those_of_dlib(reference, seed, box):
    picture = grey(seed)
    expected = [(p.x, p.y) for p in reference(picture, dlib.rectangle(*box)).parts()]
    np.testing.assert_array_equal(landmark_predictor().fit(picture, box), expected)


@pytest.mark.parametrize("content", [b"", b"\x01\x01", b"no weights at all" * 100, bytes(5000)])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "weights.dat"
    path.write_bytes(content)
    with pytest.raises(PhotospecError, match=r"weights\.dat: the manifest has no such file"):
        Cascade.read(path)


def test_cut_off_weights_are_refused(tmp_path):
    path = tmp_path / "weights.dat"
    with landmark_weights().open("rb") as whole:
        path.write_bytes(whole.read(3_000_000))
    with pytest.raises(PhotospecError):
        Cascade.read(path)


def test_the_frontal_view_answers_as_it_does_among_all_five():
    half = np.ascontiguousarray(grey(1)[::2, ::2])
    boxes, scores, views = face_detector().run(half, -0.3)
    assert views == [0]
    alone = front_detector().run(half, -0.3)
    assert (list(alone[0]), alone[1]) == (list(boxes), scores)


def test_a_head_that_the_frontal_view_misses_is_found():
    picture = grey(1)
    found = 0
    for turn in range(10, 46, 5):
        angle = np.radians(turn)
        y, x = np.mgrid[:640, :480]
        back_x = np.cos(angle) * (x - 240) + np.sin(angle) * (y - 320) + 240
        back_y = -np.sin(angle) * (x - 240) + np.cos(angle) * (y - 320) + 320
        tilted = picture[np.clip(back_y, 0, 639).astype(int), np.clip(back_x, 0, 479).astype(int)]
        half = np.ascontiguousarray(tilted[::2, ::2])
        frontal = front_detector().run(half, -0.3)[1]
        if face_detector().run(half, -0.3)[1] and not frontal:
            assert find_faces(tilted, half)
            found += 1
    assert found
