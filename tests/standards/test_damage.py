"""The damage-area family of 完好率: golden values, monotony, and that no factor is made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadValue, TableAbsent
from registry.standards.damage import Damage, composite_percent, intact_percent

amounts = st.floats(0, 1e6)


def test_what_is_left_when_the_damages_are_taken_off():
    assert intact_percent("carriageway", 1000, [Damage("坑槽", 10, 3.0), Damage("线裂", 20, 0.5)]) == pytest.approx(96)
    assert intact_percent("carriageway", 1000, []) == 100 and intact_percent("sidewalk", 100, [Damage("松动", 90, 2.0)]) == 0


def test_nothing_to_rate_has_no_rate():
    assert intact_percent("carriageway", 0, []) is None


def test_a_factor_that_nobody_gave_is_not_made_up():
    with pytest.raises(TableAbsent, match="CJJ 36-2016"):
        intact_percent("carriageway", 1000, [Damage("坑槽", 10)])
    with pytest.raises(TableAbsent):
        composite_percent({"carriageway": 98.0})


def test_with_the_bureaus_table_factors_and_weights_come_from_it(tmp_path, monkeypatch):
    (tmp_path / "k.toml").write_text(
        'table = "damage_factors"\nedition = "2016"\nlabel = "系数|Factors"\nstandard = "CJJ 36-2016"\nsource = "made up for this test"\n'
        'confidence = "low"\n[carriageway.factors]\n"坑槽" = 3.0\n[weights]\ncarriageway = 0.6\nsidewalk = 0.4\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    assert intact_percent("carriageway", 1000, [Damage("坑槽", 10)]) == pytest.approx(97)
    assert composite_percent({"carriageway": 97.0, "sidewalk": 92.0}) == pytest.approx(95)
    assert composite_percent({"carriageway": 97.0, "sidewalk": None}) is None
    with pytest.raises(BadValue, match="网裂"):
        intact_percent("carriageway", 1000, [Damage("网裂", 10)])


@given(st.floats(1, 1e6), st.lists(st.tuples(amounts, st.floats(0, 10)), max_size=5), amounts, st.floats(0, 10))
def test_more_damage_never_raises_the_rate(whole, damages, amount, factor):
    found = [Damage("x", a, k) for a, k in damages]
    before, after = (intact_percent("other", whole, d) for d in (found, [*found, Damage("x", amount, factor)]))
    assert 0 <= after <= before <= 100


@pytest.mark.parametrize(("facility", "amount", "damages"), [
    ("canal", 10, []), ("other", -1, []), ("other", 10, [Damage("x", -1, 1.0)]), ("other", float("nan"), [])])
def test_what_cannot_be_is_refused(facility, amount, damages):
    with pytest.raises(BadValue):
        intact_percent(facility, amount, damages)
