"""Water loss: the golden value, the laws of both rates, and that no correction is made up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadValue, TableAbsent
from registry.standards.water_loss import (
    Volumes,
    corrections,
    edges,
    grade,
    loss_percent,
    overall_percent,
    regional_percent,
)

amounts = st.floats(0, 1e9)
pairs = st.tuples(amounts, amounts).map(lambda p: Volumes(max(p), min(p)))


def test_the_golden_value():
    assert overall_percent(Volumes(12_000, 10_620)) == 11.5
    assert loss_percent(11.5, 1.2) == pytest.approx(10.3) and loss_percent(11.5, None) is None and loss_percent(None, 1) is None


def test_nothing_supplied_has_no_rate():
    assert overall_percent(Volumes(0, 0)) is None and regional_percent([]) is None


@pytest.mark.parametrize(("loss", "told"), [(10, "一级"), (10.01, "二级"), (12, "二级"), (12.01, None), (0, "一级"), (None, None),
                                            (math.nan, None), (-1, "一级")])
def test_the_edges_of_the_grades_are_inside(loss, told):
    assert grade(loss) == told
    assert edges() == [("一级", 10), ("二级", 12)]


def test_no_correction_is_made_up():
    with pytest.raises(TableAbsent, match="CJJ 92-2016"):
        corrections()


@pytest.mark.parametrize(("supplied", "billed"), [(100, 101), (-1, 0), (math.nan, 1), (math.inf, 1), (1, -1)])
def test_volumes_that_cannot_be_are_refused(supplied, billed):
    with pytest.raises(BadValue):
        Volumes(supplied, billed)


@given(pairs)
def test_a_rate_lies_between_0_and_100(volumes):
    rate = overall_percent(volumes)
    assert rate is None or 0 <= rate <= 100


@given(st.floats(1, 1e9), st.floats(0, 1), st.floats(0, 1))
def test_more_water_that_is_paid_for_never_means_more_loss(supplied, one, other):
    less, more = sorted((supplied * one, supplied * other))
    assert overall_percent(Volumes(supplied, more)) <= overall_percent(Volumes(supplied, less))


@given(st.floats(1, 1e9), st.floats(0, 1), st.sampled_from([10_000.0, 0.5]))
def test_the_unit_of_the_volumes_does_not_matter(supplied, share, factor):
    assert overall_percent(Volumes(supplied * factor, supplied * share * factor)) == pytest.approx(
        overall_percent(Volumes(supplied, supplied * share)), abs=1e-9)


@given(st.lists(pairs, min_size=1, max_size=6))
def test_the_rate_of_a_region_weighs_by_what_was_supplied(several):
    told, supplied = regional_percent(several), math.fsum(v.supplied for v in several)
    if supplied < 1e-3:
        return
    weighed = math.fsum((overall_percent(v) or 0) * v.supplied for v in several) / supplied
    assert told == pytest.approx(weighed, abs=1e-6)


@given(st.floats(0, 100), st.floats(0, 20), st.floats(0, 20))
def test_a_higher_correction_never_raises_the_loss_rate(overall, one, other):
    low, high = sorted((one, other))
    assert loss_percent(overall, high) <= loss_percent(overall, low) <= overall
