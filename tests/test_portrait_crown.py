"""The top of the hair, single strands above it, and the shoulder line."""

from __future__ import annotations

import numpy as np
import pytest

from photospec.portrait.crown import find_crown
from photospec.portrait.shoulders import find_shoulders, lower_edge_gaps

YY, XX = np.mgrid[0:320, 0:240]


def marks(y: float = 125) -> np.ndarray:
    found = np.full((68, 2), (120.0, y + 20), np.float32)
    found[36:42], found[42:48] = (95, y), (145, y)
    found[17:27] = (120, y - 12)
    found[27] = (120, y)
    found[30], found[57] = (120, y + 25), (120, y + 48)
    found[8] = (120, y + 85)
    return found


def figure(top: int = 40) -> np.ndarray:
    head = ((XX - 120) / 60) ** 2 + ((YY - (top + 80)) / 80) ** 2 < 1
    body = (YY > 235) & (np.abs(XX - 120) < 105)
    neck = (YY > 180) & (np.abs(XX - 120) < 25)
    return head | body | neck


@pytest.mark.parametrize("top", [20, 40, 55])
def test_the_crown_is_where_the_head_begins(top):
    found = find_crown(figure(top), marks(top + 85))
    assert found is not None
    assert found.y == pytest.approx(top, abs=2)
    assert found.x == pytest.approx(120, abs=3)
    assert found.bun == 0


def test_single_strands_are_no_crown():
    person = figure()
    person[20:40, 118:120] = True
    found = find_crown(person, marks())
    assert found is not None
    assert found.y == pytest.approx(40, abs=2)
    assert found.strands == pytest.approx(20, abs=3)


def test_a_bun_is_the_crown_and_is_told_apart():
    person = figure() | (((XX - 120) / 20) ** 2 + ((YY - 30) / 20) ** 2 < 1)
    found = find_crown(person, marks())
    assert found is not None
    assert found.y == pytest.approx(10, abs=2)
    assert found.bun > 15


def test_a_lost_outline_gives_no_crown():
    assert find_crown(np.zeros((320, 240), np.bool_), marks()) is None
    low = np.zeros((320, 240), np.bool_)
    low[90:] = True
    assert find_crown(low, marks()) is None


def test_faces_at_the_edges_are_survived():
    for shift in ((-200, 0), (200, 0), (0, -300), (0, 300)):
        moved = marks() + np.array(shift, np.float32)
        find_crown(figure(), moved)
        find_shoulders(figure(), moved)


@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.1, 0.3])
def test_the_shoulder_line_has_its_slope(slope):
    person = ((240 + slope * (XX - 120) < YY) & (np.abs(XX - 120) < 118)) | ((np.abs(XX - 120) < 25) & (YY > 150))
    found = find_shoulders(person, marks())
    assert found is not None
    assert found.tilt == pytest.approx(np.degrees(np.arctan(slope)), abs=1.5)


def test_hair_on_a_shoulder_hides_the_line():
    person = figure()
    person[100:, 20:70] = True
    assert find_shoulders(person, marks()) is None


def test_gaps_at_the_lower_edge():
    person = np.zeros((320, 240), np.bool_)
    assert lower_edge_gaps(person) == pytest.approx((1.0, 1.0))
    person[200:, 24:216] = True
    assert lower_edge_gaps(person) == pytest.approx((0.1, 0.1), abs=0.01)
