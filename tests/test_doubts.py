"""Shapes that are sound and yet look wrong are told apart from those that only look so."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

from registry import doubts
from registry.geometry import prepare


def array(*shapes):
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made


@pytest.mark.parametrize(("shape", "crosses"), [
    (LineString([(0, 0), (2, 2), (2, 0), (0, 2)]), True), (LineString([(0, 0), (1, 0), (2, 0)]), False),
    (LineString([(0, 0), (1, 1), (0, 2), (1, 3)]), False), (LineString([(0, 0), (1, 0), (1, 1), (0, 0)]), False),
    (LineString([(0, 0), (2, 0), (1, 0)]), True), (MultiLineString([[(0, 0), (2, 2)], [(0, 2), (2, 0)]]), True),
    (Polygon([(0, 0), (1, 0), (1, 1)]), False), (Point(0, 0), False)])
def test_lines_that_cross_themselves_are_found(shape, crosses):
    assert doubts.crossing(array(Point(1, 1), shape)).tolist() == [False, crosses]


@pytest.mark.parametrize(("shape", "spiked"), [
    (LineString([(0, 0), (10, 0), (5, 0.01)]), True), (LineString([(0, 0), (10, 0), (5, 1)]), False),
    (LineString([(0, 0), (10, 0), (10, 0), (5, 0.01)]), True),
    (Polygon([(0, 0), (10, 0), (10, 10), (5, 10), (5, 20), (4.99, 10), (0, 10)]), True),
    (Polygon([(0, 0), (10, 0.01), (0, 0.02), (-5, 0.01)]), True), (shapely.box(0, 0, 1, 1), False),
    (Polygon([(5, 20), (4.99, 10), (0, 10), (0, 0), (10, 0), (10, 10), (5, 10)]), True),
    (MultiPolygon([shapely.box(0, 0, 1, 1), Polygon([(2, 0), (12, 0.01), (2, 0.02), (1.5, 0.01)])]), True),
    (Polygon(shapely.box(0, 0, 30, 30).exterior, [[(1, 1), (20, 1.01), (1, 1.02), (0.5, 1.01)]]), True)])
def test_spikes_are_found_wherever_the_ring_begins(shape, spiked):
    made = doubts.spiked(array(shapely.box(0, 0, 1, 1), shape, LineString([(0, 0), (1, 1)])))
    assert made.tolist() == [False, spiked, False]


def test_lines_beside_each_other_make_no_spike_together():
    assert not doubts.spiked(array(LineString([(0, 0), (1, 0)]), LineString([(1, 0), (0, 0)]))).any()


def test_degrees_of_four_decimals_are_noted_where_most_of_a_batch_has_them():
    fine = np.array([[120.512345, 30.012345], [120.5, 30.0123456]])
    coarse = np.array([[120.5123, 30.0123], [120.5, 30.0]])
    assert doubts.rounded(fine) is None and doubts.rounded(np.zeros((0, 2))) is None
    assert doubts.rounded(coarse).tolist() == [True, True]
    assert doubts.rounded(np.concatenate((fine, coarse))).tolist() == [False, False, True, True]
    assert doubts.rounded(np.concatenate((fine, fine, coarse))) is None
    assert doubts.rounded(np.array([[500_000.0, 3_300_000.0]])) is None


def test_doubts_stand_beside_the_shapes_and_refuse_none():
    made = prepare(array(LineString([(0, 0), (2, 2), (2, 0), (0, 2)]), None, LineString([(1, 1), (2, 1)])), ("line",))
    assert {code: which.tolist() for code, which in made.doubted.items()} == {"self_crossing": [True, False, False]}
    assert [shape is None for shape in made.shapes] == [False, True, False]


def test_measures_are_dropped_and_told():
    made = prepare(array(shapely.from_wkt("POINT M (120.123456 30.123456 7)"), Point(120.123456, 30.2)), ("point",))
    assert made.doubted["dropped_m"].tolist() == [True, False] and not shapely.has_m(made.shapes).any()
    assert [len(w) for w in made.wkb()] == [21, 21]
