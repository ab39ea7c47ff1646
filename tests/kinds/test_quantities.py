"""Units of quantities: what is the same is added, what is not is never mixed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kinds.quantities import UNITS, canonical, convert

NUMBERS = st.floats(min_value=1e-6, max_value=1e9)


@pytest.mark.parametrize(("quantity", "unit", "to", "made"), [
    (1, "km", "m", 1000), (17.7, "公里", "km", 17.7), (500, "米", "km", 0.5), (3, "万㎡", "m²", 30_000), (1, "公顷", "平方米", 10_000),
    (2.5, "亿元", "万元", 25_000), (7, "座", "座", 7), (4, "万 m²", "m2", 40_000)])
def test_a_quantity_is_told_in_another_unit_of_the_same_measure(quantity, unit, to, made):
    assert convert(quantity, unit, to) == pytest.approx(made, rel=1e-15)


@pytest.mark.parametrize(("unit", "to"), [("座", "个"), ("km", "m²"), ("座", "km"), ("处", "座"), ("%", "座")])
def test_what_does_not_measure_the_same_is_not_converted(unit, to):
    assert convert(1, unit, to) is None


def test_units_have_one_spelling_and_unknown_ones_stay_as_they_are():
    assert [canonical(u) for u in (" 公里 ", "KM", "平方米", "㎡", "座", "株（丛）")] == ["km", "km", "m²", "m²", "座", "株（丛）"]


@given(NUMBERS, st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_there_and_back_is_the_same_quantity(quantity, unit, to):
    made = convert(quantity, unit, to)
    if made is not None:
        assert convert(made, to, unit) == pytest.approx(quantity, rel=1e-12)
    else:
        assert convert(quantity, to, unit) is None
