"""The networks: asked by many threads, in the thread that asks; damaged, missing and foreign files; views."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from photospec import Photo, Portrait, check, load_spec
from photospec.networks.shelf import SHIPPED, Shelf
from photospec.networks.weights import WeightsError
from photospec.portrait.views import VIEWS, cut_view
from photospec.testing import portrait

PUPILS = np.array(((190, 260), (290, 260)), np.float32)


def blank(name: str, count: int = 2) -> np.ndarray:
    view = VIEWS[name]
    return np.full((count, view.height, view.width, 3), 127, np.uint8)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A shelf of one's own with the same networks."""
    for path in Path(SHIPPED.folder).glob("*.onnx"):
        shutil.copy(path, tmp_path)
    shutil.copy(Path(SHIPPED.folder, "bands.json"), tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_has_a_network_whose_answers_are_worth_something(name):
    answers = SHIPPED.network(name).ask(blank(name))
    assert len(answers) == 2
    for question, odds in answers[0].items():
        assert 0 <= SHIPPED.probability(question, odds) <= 1
        chances = [SHIPPED.probability(question, x) for x in (-30.0, -1.0, 0.0, 1.0, 30.0)]
        assert chances == sorted(chances)


@pytest.mark.parametrize("name", VIEWS)
def test_many_threads_get_the_answer_of_one(name):
    view = VIEWS[name]
    views = np.random.default_rng(0).integers(0, 256, (1, view.height, view.width, 3), np.uint8)
    alone = SHIPPED.network(name).ask(views)
    with ThreadPoolExecutor(8) as pool:
        assert all(answer == alone for answer in pool.map(SHIPPED.network(name).ask, [views] * 40))


def test_a_pair_of_views_mirrors():
    pixels = np.random.default_rng(1).integers(0, 256, (640, 480, 3), np.uint8)
    half = pixels[::2, ::2].copy()
    left, right = cut_view(VIEWS["ear"], pixels, half, PUPILS)
    flipped = PUPILS[::-1] * (-1, 1) + (479, 0)
    mirrored = cut_view(VIEWS["ear"], pixels[:, ::-1].copy(), half[:, ::-1].copy(), flipped.astype(np.float32))
    assert np.abs(mirrored[0].astype(int) - right).mean() < 2
    assert np.abs(mirrored[1].astype(int) - left).mean() < 2


def test_beyond_the_picture_is_grey():
    white = np.full((640, 480, 3), 255, np.uint8)
    (view,) = cut_view(VIEWS["neck"], white, white[::2, ::2].copy(), PUPILS + np.float32((0, 330)))
    assert (view[-10:] == 127).all()


def test_a_spec_can_bring_its_own_networks(other):
    spec = load_spec().with_networks(other)
    assert spec.digest != load_spec().digest
    assert pickle.loads(pickle.dumps(spec)) == spec
    drawn = portrait(1).pixels
    one, two = (check(drawn, s.select(["COV", "EYE"])).findings for s in (load_spec(), spec))
    assert one == two


def test_a_portrait_can_be_given_other_networks(other):
    assert Portrait(Photo.read(portrait(1).pixels), Shelf(str(other))).ears.hidden < 0.5


def test_missing_and_damaged_networks_say_so(other):
    (other / "ear.onnx").write_bytes(b"not a network")
    with pytest.raises(WeightsError, match=r"ear\.onnx are damaged, or made for something else"):
        load_spec().with_networks(other)
    (other / "ear.onnx").unlink()
    with pytest.raises(WeightsError, match=r"cannot read the weights .*ear\.onnx: No such file"):
        Shelf(str(other)).network("ear")
    (other / "bands.json").write_text("[1]")
    with pytest.raises(WeightsError, match=r"bands\.json are damaged"):
        Shelf(str(other)).probability("earring", 0.0)
