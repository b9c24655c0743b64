"""Files of weights are read only where they are those of the release; the message says which is not, and what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from photospec import Verdict, check
from photospec.networks import weights
from photospec.networks.__main__ import manifest
from photospec.networks.cascade import Cascade
from photospec.networks.patchnet import load_network
from photospec.networks.weights import WeightsError, landmark_weights, load_arrays, read_weights


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the weights that can be broken."""
    copy = tmp_path / "networks"
    shutil.copytree(weights.FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(weights, "FOLDER", copy)
    return copy


def test_the_manifest_lists_what_is_there() -> None:
    assert weights.MANIFEST.read_text("utf-8") == manifest(), "stale: python -m photospec.networks"


def test_every_file_is_read() -> None:
    for path in sorted(weights.FOLDER.glob("*.npz")):
        assert load_arrays(path.name)
    assert read_weights("front_view_detector.svm")


def test_missing(folder: Path) -> None:
    (folder / "mouth.npz").unlink()
    with pytest.raises(WeightsError, match=r"cannot read the weights .*mouth\.npz.*pip install .* photospec"):
        read_weights("mouth.npz")


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"\0", lambda _: b""])
def test_wrong_size(folder: Path, damage: object) -> None:
    path = folder / "mouth.npz"
    size = path.stat().st_size
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(WeightsError, match=rf"mouth\.npz are damaged: \d+ bytes instead of {size}") as error:
        load_arrays("mouth.npz")
    assert "已损坏" in error.value.text.zh


def test_one_bit_is_enough(folder: Path) -> None:
    path = folder / "mouth.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"):
        load_network("mouth")


def test_what_is_in_no_manifest_is_not_read(folder: Path) -> None:
    np.savez(folder / "stranger.npz", w1=np.zeros(3))
    with pytest.raises(WeightsError, match="the manifest has no such file"):
        load_arrays("stranger.npz")


def test_damaged_landmarks(tmp_path: Path) -> None:
    copy = tmp_path / landmark_weights().name
    with landmark_weights().open("rb") as file:
        copy.write_bytes(file.read(1_000_000))
    with pytest.raises(WeightsError, match=r"shape_predictor.*1000000 bytes.*face-recognition-models"):
        Cascade.read(copy)


def test_a_rule_says_which_file_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    from photospec.networks import faces

    def damaged(name: str) -> bytes:
        raise WeightsError(f"the weights {name} are damaged")

    with monkeypatch.context() as patch:
        patch.setattr(faces, "read_weights", damaged)
        patch.setattr("photospec.portrait.face.front_detector", faces.front_detector.__wrapped__)  # type: ignore[attr-defined]
        report = check(np.full((640, 480, 3), 200, np.uint8))
    assert report.verdict is Verdict.ERROR
    assert "front_view_detector.svm are damaged" in report["single-face"].message.en
    assert report["file-format"].verdict is not Verdict.ERROR


def test_the_command_compares() -> None:
    done = subprocess.run([sys.executable, "-m", "photospec.networks", "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
