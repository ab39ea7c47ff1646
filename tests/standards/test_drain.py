"""Drains by CJJ 181: golden values, merging and its end at 10, both sides of each edge, and monotony in the levels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadValue
from registry.standards import drain
from registry.standards.drain import Defect

defects = st.lists(st.builds(Defect, st.sampled_from(["PL", "CK", "QF", "SL", "BX"]), st.integers(1, 4), st.floats(0, 50)), max_size=8)


def test_the_golden_indices():
    assert drain.repair_index(5, 6, 3, 0) == pytest.approx(4.25) and drain.repair_level(4.25) == "III"
    assert drain.maintenance_index(5, 6, 3) == pytest.approx(5.05) and drain.repair_level(5.05) == "III"
    assert drain.repair_index(10, 10, 6, 8) == pytest.approx(9.50) and drain.repair_level(9.50) == "IV"


def test_defects_within_a_metre_are_one_and_end_at_ten():
    heap = [Defect("PL", 4, 1 + n * 0.5) for n in range(20)]  # demo code without the end gives F = 73.75 for such a heap
    found = drain.assess(heap, 30)
    assert (found.counted, found.worst, found.value, found.level) == (1, 10, 10, "IV")
    assert drain.assess([Defect("CK", 2, 5.0), Defect("CK", 2, 6.0)], 30).worst == 4


def test_neighbours_within_a_metre_and_a_half_count_a_tenth_more():
    assert drain.assess([Defect("CK", 2, 5.0), Defect("CK", 2, 6.5)], 30).mean == pytest.approx(2.2)
    assert drain.assess([Defect("CK", 2, 5.0), Defect("CK", 2, 6.6)], 30).mean == 2


def test_the_worst_defect_decides_where_the_mean_is_milder():
    found = drain.assess([Defect("PL", 3, 1), Defect("PL", 1, 10), Defect("PL", 1, 20)], 30)
    assert (found.mean, found.worst, found.value, found.level) == (2, 5, 5, "III")


def test_the_density_is_of_the_length_and_a_point_is_a_metre():
    assert drain.assess([Defect("PL", 3, 1)], 20).density == pytest.approx(1 / 20)
    assert drain.assess([Defect("FS", 3, 0, 15)], 20).density == pytest.approx(0.75)
    assert [drain.density_class(d) for d in (0.05, 0.1, 0.5, 0.51, None)] == ["local", "partial", "partial", "whole", None]


def test_structure_and_function_are_told_apart_and_scum_is_not_computed():
    both = [Defect("PL", 4, 1), Defect("CJ", 2, 9), Defect("FZ", 1, 12)]
    assert drain.assess(both, 30).value == 10 and drain.assess(both, 30, drain.FUNCTIONAL).value == 2
    assert drain.score(Defect("FZ", 1, 0)) is None and drain.assess([Defect("FZ", 1, 0)], 30, drain.FUNCTIONAL).counted == 0


def test_a_stretch_without_defects_was_inspected_and_is_of_the_first_level():
    found = drain.assess([], 30)
    assert (found.value, found.level, found.density) == (0, "I", None)


@pytest.mark.parametrize(("value", "level"), [(1, "I"), (1.01, "II"), (4, "II"), (4.01, "III"), (7, "III"), (7.01, "IV"), (None, None)])
def test_each_edge_of_the_repair_levels_is_inside_the_milder_one(value, level):
    assert drain.repair_level(value) == level


@pytest.mark.parametrize(("code", "measured", "level"), [("BX", 5, 1), ("BX", 5.01, 2), ("BX", 25.1, 4), ("CK", 0.5, 1), ("CK", 2.1, 4),
                                                         ("AJ", 20, 2), ("AJ", 21, 3), ("PL", 30, None)])
def test_a_bound_that_two_levels_share_belongs_to_the_milder_one(code, measured, level):
    assert drain.level_of(code, measured) == level


@pytest.mark.parametrize(("mm", "points"), [(599, 0), (600, 3), (1000, 3), (1001, 6), (1500, 6), (1501, 10)])
def test_the_size_of_the_pipe(mm, points):
    assert drain.size_points(mm) == points


def test_place_and_size_count_only_for_grave_defects_and_the_soil_always():
    assert drain.repair_index(3.9, 10, 10, 10) == pytest.approx(0.7 * 3.9 + 1.5)
    assert drain.maintenance_index(3.9, 10, 10) == pytest.approx(0.8 * 3.9)
    assert drain.place_points("trunk") == 6 and drain.soil_points("loess_III") == 8


@pytest.mark.parametrize("ask", [
    lambda: drain.assess([Defect("XX", 1, 0)], 30), lambda: drain.assess([Defect("FS", 4, 0)], 30), lambda: drain.assess([], 0),
    lambda: drain.assess([Defect("PL", 1, -1)], 30), lambda: drain.place_points("moon"), lambda: drain.soil_points("clause")])
def test_what_the_standard_does_not_have_is_refused(ask):
    with pytest.raises(BadValue):
        ask()


@given(defects, st.data())
def test_a_graver_defect_never_makes_the_stretch_better(found, data):
    before = drain.assess(found, 60)
    assert 0 <= before.value <= 10
    if found:
        n = data.draw(st.integers(0, len(found) - 1))
        graver = [*found[:n], Defect(found[n].code, min(4, found[n].level + 1), found[n].at_m), *found[n + 1:]]
        assert drain.assess(graver, 60).value >= before.value - 1e-9


@given(defects, st.builds(Defect, st.sampled_from(["PL", "CK"]), st.integers(1, 4), st.floats(0, 50)))
def test_one_more_defect_leaves_the_worst_at_least_as_bad(found, more):
    before, after = drain.assess(found, 60), drain.assess([*found, more], 60)
    assert after.worst >= before.worst and after.value >= before.worst


@given(st.floats(0, 10), st.floats(0, 10), st.sampled_from([0, 3, 6, 10]), st.sampled_from([0, 3, 6, 10]), st.sampled_from([0, 6, 8, 10]))
def test_a_greater_f_never_lowers_the_need_of_repair(a, b, k, e, t):
    low, high = min(a, b), max(a, b)
    assert drain.repair_index(low, k, e, t) <= drain.repair_index(high, k, e, t) + 1e-9
