"""The form of a figure: percent, bounds and what an empty denominator gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.standards.figure import Share, percent

amounts = st.floats(0, 1e9)


def test_an_empty_denominator_gives_no_value():
    assert Share(0, 0).value is None
    assert Share(0, 0).bounds == {"low": None, "high": None}
    assert percent(0, 0) is None


def test_what_is_unrated_widens_the_bounds_and_leaves_the_value():
    assert Share(3, 4).value == 75
    share = Share(3, 4, unrated_count=4, unrated_measure=4)
    assert share.value == 75 and share.bounds == {"low": 37.5, "high": 87.5}


def test_where_nothing_is_rated_anything_is_possible():
    share = Share(0, 0, unrated_count=1, unrated_measure=12.5)
    assert share.value is None and share.bounds == {"low": 0, "high": 100}


@given(good=amounts, bad=amounts, unrated=amounts)
def test_the_value_lies_within_its_bounds(good, bad, unrated):
    share = Share(good, good + bad, 1, unrated)
    if share.value is not None:
        assert share.bounds["low"] - 1e-9 <= share.value <= share.bounds["high"] + 1e-9
