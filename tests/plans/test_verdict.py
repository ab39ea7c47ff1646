"""Verdicts: an unknown is never good, edges belong where the document puts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plans.verdict import CANNOT_TELL, MET, NO_FIGURE, NOT_MET, Found, gap, judge, reached

percents = st.floats(0, 100)


@pytest.mark.parametrize(("value", "comparator", "verdict"), [
    (98, ">=", MET), (97.999, ">=", NOT_MET), (98, ">", NOT_MET), (98.001, ">", MET), (98, "<=", MET), (98.1, "<=", NOT_MET)])
def test_the_edge_belongs_where_the_document_puts_it(value, comparator, verdict):
    assert judge(Found(value, value, value), comparator, 98) == verdict


def test_what_the_unknown_could_tip_cannot_be_told():
    assert judge(Found(100, 60, 100), ">=", 95) == CANNOT_TELL
    assert judge(Found(97, 96, 99), ">=", 95) == MET and judge(Found(50, 20, 60), ">=", 95) == NOT_MET
    assert judge(Found(None), ">=", 95) == CANNOT_TELL and judge(None, ">=", 95) == CANNOT_TELL


def test_a_document_without_a_figure_has_no_verdict():
    assert judge(Found(97, 97, 97), ">=", None) == NO_FIGURE


def test_the_gap_is_told_in_the_unit_and_in_the_measure():
    assert gap(Found(90, 90, 90, 900, 1000), ">=", 95) == {"value": 5, "measure": pytest.approx(50)}
    assert gap(Found(10, 10, 10, 10, 100), "<=", 8) == {"value": 2, "measure": None}
    assert gap(Found(95, 95, 95, 950, 1000), ">=", 95) is None and gap(None, ">=", 95) is None


def test_what_is_above_a_figure_by_the_rounding_of_floats_alone_does_not_exceed_it():
    assert not reached(90 + 1e-13, ">", 90) and reached(90.001, ">", 90) and reached(90 - 1e-13, ">=", 90)


def test_what_is_missed_by_the_rounding_of_floats_is_reached():
    assert judge(Found(*[0.1 + 0.2] * 3), "<=", 0.3) == MET and judge(Found(*[17.7 - 1e-14] * 3), ">=", 17.7) == MET


@given(percents, percents, percents, percents)
def test_knowing_more_never_turns_a_verdict_round(a, b, c, wanted):
    low, value, high = sorted((a, b, c))
    before, after = judge(Found(value, low, high), ">=", wanted), judge(Found(value, value, value), ">=", wanted)
    assert before in (after, CANNOT_TELL)
