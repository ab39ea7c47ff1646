"""Shapes of a file that lie on each other are found, whatever batch they came in, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from etl.twins import Twins
from registry import catalogue

METRE = 1 / 111_320


def pairs(*batches, metres=0.05):
    twins, first = Twins(metres), 1
    for shapes in batches:
        made = np.empty(len(shapes), object)
        made[:] = shapes
        twins.add(np.arange(first, first + len(shapes)), made)
        first += len(shapes)
    later, earlier = twins.pairs()
    return list(zip(later.tolist(), earlier.tolist(), strict=True))


def at(east, north):
    """A point so many metres from 120.5°E 30°N."""
    return shapely.Point(120.5 + east * METRE / np.cos(np.radians(30)), 30 + north * METRE)


def test_points_within_the_tolerance_are_pairs_and_those_beyond_are_not():
    assert pairs([at(0, 0), at(0.04, 0), at(10, 0), at(10, 0.04), at(20, 0), at(20.07, 0), at(30, 0), at(30, 0.07)]) == [(2, 1), (4, 3)]


def test_pairs_are_found_across_batches_and_name_the_earlier_row():
    assert pairs([at(0, 0), at(5, 5)], [at(5, 5), at(9, 9)], [at(0, 0)]) == [(3, 2), (5, 1)]


def test_a_place_named_thrice_is_told_of_each_later_row_once():
    assert pairs([at(0, 0), at(0, 0), at(0, 0)]) == [(2, 1), (3, 1)]


def test_points_north_of_each_other_are_no_twins():
    assert pairs([at(0, n) for n in range(60)]) == []


def test_a_line_drawn_the_other_way_round_is_the_same_and_one_with_other_bends_is_not():
    line = shapely.LineString([(120.5, 30), (120.501, 30.0005), (120.502, 30)])
    other = shapely.LineString([(120.5, 30), (120.5005, 30.0005), (120.5015, 30), (120.502, 30)])
    assert pairs([line, shapely.reverse(line), other]) == [(2, 1)]


def test_lines_from_one_corner_are_told_apart_by_their_other_one():
    assert pairs([shapely.LineString([(120.5, 30), (120.501, 30.001)]), shapely.LineString([(120.5, 30), (120.502, 30.001)])]) == []


def test_missing_shapes_and_files_of_one_row_have_no_twins():
    assert pairs([None, None, at(0, 0)]) == [] and pairs() == [] and pairs([]) == []


def test_all_pairs_of_a_large_file_are_found():
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(120, 120.2, 20_000), rng.uniform(30, 30.2, 20_000)])
    chosen = rng.choice(20_000, 300, replace=False)
    found = pairs(list(shapely.points(xy)), list(shapely.points(xy[chosen] + 2e-8)))
    assert [p for p in found if p[0] > 20_000] == [(20_001 + n, int(c) + 1) for n, c in enumerate(chosen)]


@pytest.mark.parametrize(("kind", "metres"), [("manhole", 0.05), ("streetlight", None), ("district", None)])
def test_the_class_says_whether_several_share_a_place(kind, metres):
    twins = Twins.of(catalogue.load().kind(kind))
    assert (twins.metres if twins else None) == metres
