"""GCJ-02 and BD-09: known places, there and back, and nothing shifted abroad."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import shifted

CHINA = st.lists(st.tuples(st.floats(73.5, 135.2), st.floats(3.8, 53.6)), min_size=1, max_size=50)


def metres(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far apart, roughly."""
    return np.hypot((a - b)[:, 0] * np.cos(np.radians(a[:, 1])), (a - b)[:, 1]) * 111_320


@pytest.mark.parametrize(("place", "wanted"), [((118.0, 32.0), (118.00543101383846, 31.997964381055795)),
                                               ((116.404, 39.915), (116.41024449916938, 39.91640428150164))])
def test_published_places_are_shifted_as_published(place, wanted):
    """The first is that of standards.md §12.4."""
    assert shifted.to_gcj02(np.array([place]))[0] == pytest.approx(wanted, abs=1e-11)


def test_baidu_s_shift_of_gcj_is_the_published_one():
    gcj = np.array([[116.404, 39.915]])
    assert shifted.to_bd09(shifted.from_gcj02(gcj))[0] == pytest.approx([116.41036949371029, 39.92133699351021], abs=1e-9)


@pytest.mark.parametrize("way", shifted.SHIFTED, ids=lambda s: s.key)
@settings(deadline=None, max_examples=150)
@given(places=CHINA)
def test_there_and_back_is_the_same_place_all_over_china(way, places):
    xy = np.array(places)
    assert np.abs(way.back(way.shift(xy)) - xy).max() <= 1e-9
    assert np.abs(way.shift(way.back(xy)) - xy).max() <= 1e-9
    assert metres(way.shift(xy), xy).min() > 20 and metres(way.shift(xy), xy).max() < 2500


@pytest.mark.parametrize("way", shifted.SHIFTED, ids=lambda s: s.key)
def test_places_abroad_and_what_is_no_place_stay_as_they_are(way):
    abroad = np.array([[24.94, 60.17], [-74.0, 40.7], [151.2, -33.9], [np.inf, np.nan], [0.0, 0.0]])
    assert np.array_equal(way.shift(abroad), abroad, equal_nan=True) and np.array_equal(way.back(abroad), abroad, equal_nan=True)
    assert way.shift(np.zeros((0, 2))).shape == way.back(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(("text", "key"), [("GCJ-02", "GCJ-02"), ("gcj02", "GCJ-02"), ("火星坐标", "GCJ-02"), ("BD_09", "BD-09"),
                                           ("EPSG:4490", None), ("", None)])
def test_names_are_known_as_people_write_them(text, key):
    found = shifted.find(text)
    assert (found.key if found else None) == key
