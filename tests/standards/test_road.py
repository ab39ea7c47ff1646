"""Roads by CJJ 36: golden values, both sides of each edge, and that more damage never makes a road better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadValue, TableAbsent
from registry.standards import road

CLASSES = ("expressway", "arterial", "secondary", "branch", "alley")


def test_the_golden_values():
    assert road.rqi(3.0) == pytest.approx(3.96)
    assert road.rqi(road.iri_of_sigma(1.8)) == pytest.approx(4.98 - 0.34 * 3.0)
    assert road.pqi(3.8, 82, "arterial") == pytest.approx(78.4)
    assert road.pqi(3.8, 82, "branch") == pytest.approx(79.6)
    assert road.grade("pqi", 78.4, "arterial") == "B" and road.grade("pqi", 79.6, "branch") == "B"
    assert road.aggregate([10]) == 90 and road.aggregate([10, 10]) == pytest.approx(100 - 20 * 0.75)


@pytest.mark.parametrize(("index", "road_class", "edges"), [
    ("pci", "expressway", {"A": 90, "B": 75, "C": 65}), ("pci", "arterial", {"A": 85, "B": 70, "C": 60}),
    ("pqi", "secondary", {"A": 85, "B": 70, "C": 60}), ("pqi", "branch", {"A": 80, "B": 65, "C": 60}),
    ("rqi", "expressway", {"A": 4.10, "B": 3.60, "C": 2.50}), ("rqi", "arterial", {"A": 3.60, "B": 3.00, "C": 2.40}),
    ("rqi", "branch", {"A": 3.40, "B": 2.80, "C": 2.20})])
def test_each_edge_is_inside_its_grade_and_what_is_just_below_is_not(index, road_class, edges):
    worse = dict(zip("ABC", "BCD", strict=True))
    for grade, edge in edges.items():
        assert road.grade(index, edge, road_class) == grade
        assert road.grade(index, edge - 1e-9, road_class) == worse[grade]


def test_a_score_off_its_scale_or_of_no_class_has_no_grade():
    assert road.grade("pci", None, "arterial") is None and road.grade("pci", 80, None) is None
    assert road.grade("pci", 100.1, "arterial") is None and road.grade("pci", -0.1, "arterial") is None
    assert road.grade("pci", float("nan"), "arterial") is None and road.grade("pci", 80, "canal") is None
    assert road.pqi(None, 82, "arterial") is None and road.pqi(3.8, None, "arterial") is None and road.pqi(3.8, 82, "x") is None


@pytest.mark.parametrize(("said", "road_class", "grade"), [
    ({"bpn": 42}, "expressway", "A"), ({"bpn": 41.9}, "expressway", "B"), ({"bpn": 31}, "arterial", "D"),
    ({"sfc": 0.40}, "arterial", "A"), ({"sfc": 0.34}, "expressway", "C"), ({"bpn": 50}, "secondary", None), ({}, "arterial", None)])
def test_skid_resistance_is_graded_for_expressways_and_arterials_only(said, road_class, grade):
    assert road.skid_grade(road_class, **said) == grade


def test_a_sidewalk_is_graded_by_its_index():
    assert [road.sidewalk_grade(v) for v in (80, 79.9, 65, 50, 49.9, None)] == ["A", "B", "B", "C", "D", None]


@pytest.mark.parametrize("ask", [lambda: road.pci("asphalt", {"坑槽": 1.0}), lambda: road.fci({"松动": 1.0})])
def test_an_index_of_distresses_needs_a_table_that_nobody_has(ask):
    with pytest.raises(TableAbsent):
        ask()


def test_with_the_bureaus_own_table_the_index_is_computed(tmp_path, monkeypatch):
    (tmp_path / "deducts.toml").write_text(
        'table = "road_deducts"\nedition = "2016"\nlabel = "扣分|Points"\nstandard = "CJJ 36-2016"\nsource = "made up for this test"\n'
        'confidence = "low"\n[asphalt."坑槽"]\npoints = [[1, 10], [10, 40]]\n[asphalt."线裂"]\npoints = [[1, 4], [10, 20]]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    assert road.pci("asphalt", {"坑槽": 1.0}) == 90 and road.pci("asphalt", {"坑槽": 0.5}) == 95
    assert road.pci("asphalt", {"坑槽": 5.5}) == 75 and road.pci("asphalt", {"坑槽": 99}) == 60 and road.pci("asphalt", {}) == 100
    with pytest.raises(BadValue, match="剥落"):
        road.pci("asphalt", {"剥落": 1.0})


@given(st.floats(0, 30), st.floats(0, 30), st.sampled_from(CLASSES))
def test_a_rougher_road_never_rides_better(a, b, road_class):
    better, worse = road.rqi(min(a, b)), road.rqi(max(a, b))
    assert 0 <= worse <= better <= 4.98
    grades = [road.grade("rqi", v, road_class) for v in (better, worse)]
    assert road.GRADES.index(grades[0]) <= road.GRADES.index(grades[1])


@given(st.lists(st.floats(0.1, 60), min_size=1, max_size=6), st.floats(1, 3))
def test_damage_that_grows_in_all_its_parts_never_raises_the_index(deductions, more):
    assert road.aggregate([d * more for d in deductions]) <= road.aggregate(deductions) + 1e-9


@given(st.lists(st.tuples(st.floats(0.01, 20), st.floats(0, 30)), min_size=1, max_size=6), st.floats(0, 80), st.floats(0, 80))
def test_a_denser_distress_never_takes_fewer_points(steps, a, b):
    points, density, taken = [], 0.0, 0.0
    for wide, high in steps:  # a table whose points rise, as those of the standard do
        density, taken = density + wide, taken + high
        points.append((density, taken))
    assert road.deduction(points, min(a, b)) <= road.deduction(points, max(a, b)) + 1e-9


def test_the_weighting_as_it_is_recalled_is_no_sum():
    # Told in the docstring: a small second distress takes less than the first took alone. If this ever changes, say so there.
    assert road.aggregate([10, 0.1]) > road.aggregate([10])


@pytest.mark.parametrize("iri", [-1, float("nan")])
def test_a_roughness_that_cannot_be_is_refused(iri):
    with pytest.raises(BadValue):
        road.rqi(iri)
