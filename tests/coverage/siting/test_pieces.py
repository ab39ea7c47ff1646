"""Blind spots cut into pieces, and which candidate closes which of them: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from registry.coverage.siting import candidates, curve, demand, exact, facility, grid, reach
from registry.coverage.siting.ask import Ask
from registry.coverage.siting.demand import Demand
from registry.standards import service

PARK = service.load()["park"].edition("2016")


@st.composite
def lands(draw):
    """Turned rectangles, some with a hole, anywhere in two kilometres."""
    def one():
        x, y = draw(st.floats(0, 2000)), draw(st.floats(0, 2000))
        shape = shapely.box(x, y, x + draw(st.floats(5, 900)), y + draw(st.floats(5, 900)))
        if draw(st.booleans()) and min(np.diff(np.reshape(shape.bounds, (2, 2)), axis=0)[0]) > 60:
            shape = shape.difference(shape.centroid.buffer(20))
        return affinity.rotate(shape, draw(st.sampled_from([0, 0, 30, 45])))
    return np.array([one() for _ in range(draw(st.integers(1, 4)))], dtype=object)


def pieces_of(shapes, cell_m=60.0):
    pieces, of = demand.cut(shapes, cell_m)
    return Demand(pieces, np.full(len(pieces), 0.01), of, [(n, str(n), None) for n in range(len(shapes))],
                  (float(shapely.area(shapes).sum()), 0.0, 1.0, 0.0), None, cell_m)


@settings(max_examples=60, deadline=None)
@given(shapes=lands(), cell_m=st.floats(20, 300))
def test_pieces_are_small_and_together_what_was_cut(shapes, cell_m):
    pieces, of = demand.cut(shapes, cell_m)
    for n, shape in enumerate(shapes):
        own = pieces[of == n]
        assert shapely.area(own).sum() == pytest.approx(shape.area, rel=1e-9)
        assert shapely.union_all(own).symmetric_difference(shape).area <= 1e-6 * shape.area
    box = shapely.bounds(pieces)
    assert (box[:, 2:] - box[:, :2]).max() <= 2 * cell_m, "what straddles a line of the grid but fits a cell stays whole"
    assert (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON).all()


@settings(max_examples=40, deadline=None)
@given(shapes=lands(), places=st.lists(st.tuples(st.floats(0, 2500), st.floats(0, 2500), st.floats(50, 700)), min_size=1, max_size=6))
def test_rows_and_what_is_beyond_them_are_all_of_the_blind_spots(shapes, places):
    """Whatever some candidate reaches is a row of exactly those that cover it; the rest is what is left."""
    areas = np.array([shapely.Point(x, y).buffer(r, quad_segs=64) for x, y, r in places], dtype=object)
    found = pieces_of(shapes)
    told = reach.by_whole(found.pieces, areas)
    beyond = shapely.area(shapely.difference(found.pieces, shapely.union_all(areas))).sum()
    total = shapely.area(found.pieces).sum()
    assert shapely.area(told.left).sum() == pytest.approx(beyond, abs=2 + told.slivers)
    assert told.size.sum() + shapely.area(told.left).sum() + told.slivers == pytest.approx(total, rel=1e-9, abs=1e-3)
    for j, area in enumerate(areas):
        rows = told.reach[:, [j]].toarray().ravel() > 0
        assert told.size[rows].sum() <= shapely.area(shapely.intersection(found.pieces, area)).sum() + 1e-3


@settings(max_examples=40, deadline=None)
@given(shapes=lands(), places=st.lists(st.tuples(st.floats(0, 2500), st.floats(0, 2500)), min_size=1, max_size=6),
       first=st.integers(0, 2))
def test_gains_in_their_order_add_up_to_what_all_cover_together(shapes, places, first):
    found = pieces_of(shapes)
    gaps = exact.Gaps(found, "area")
    areas = np.array([shapely.Point(x, y).buffer(300, quad_segs=64) for x, y in places], dtype=object)
    first = min(first, len(areas))
    ranked = exact.ranked(gaps, areas, first)
    together = shapely.area(shapely.intersection(found.pieces, shapely.union_all(areas))).sum()
    assert sum(gain.size for _, gain in ranked) == pytest.approx(together, rel=1e-9, abs=1e-6)
    assert sum(gain.people for _, gain in ranked) == pytest.approx(together * 0.01, rel=1e-9, abs=1e-6)
    assert {n for n, _ in ranked[:first]} == set(range(first)) and sorted(n for n, _ in ranked) == list(range(len(areas)))
    free = [gain.size for _, gain in ranked[first:]]
    assert all(a >= b - 1e-6 for a, b in zip(free, free[1:], strict=False)), "each adds no more than the one before it"


def test_the_grid_is_coarse_where_all_is_to_be_closed_and_still_leaves_nothing_out():
    found = pieces_of(np.array([shapely.box(500_000, 3_320_000, 512_000, 3_332_000)], dtype=object), 240.0)
    made = facility.wanted(PARK, Ask(all=True), None, 4549)
    nodes = grid.generated(found, made, candidates.Ground(), found.size, closing=True)
    assert len(nodes.ids) <= grid.CLOSING and nodes.spacing_m > 100
    assert not len(reach.by_whole(found.pieces, facility.service_areas(nodes.shapes, nodes.radius_m)).left)


def test_far_blind_spots_have_candidates_although_a_near_one_is_larger():
    found = pieces_of(np.array([shapely.box(500_000, 3_320_000, 506_000, 3_326_000), shapely.box(540_000, 3_320_000, 540_050, 3_320_050)],
                               dtype=object))
    made = facility.wanted(PARK, Ask(p=1), None, 4549)
    nodes = grid.generated(found, made, candidates.Ground(), found.size, closing=False)
    assert len(nodes.ids) == grid.SCREENED and max(float(i[1:7]) for i in nodes.ids) > 539_000


@pytest.mark.parametrize(("tier", "radius", "side"), [(None, 300, 2000 ** 0.5), (1, 500, 5000 ** 0.5), (3, 300, 1000 ** 0.5)])
def test_what_is_built_is_the_least_square_of_the_tier(tier, radius, side):
    made = facility.wanted(PARK, Ask(p=1, tier=tier), shapely.box(499_900, 3_319_900, 500_100, 3_320_100), 4549)
    shape = made.at(np.array([500_000.0, 600_000.0]), np.array([3_320_000.0, 3_320_000.0]))
    assert made.radius_m == radius and made.side_m == side
    assert made.radii(shape)[0] == radius, "the rule itself takes it for one of that tier"
    assert list(made.fits(shape)) == [True, tier != 3], "small parks serve in historic districts only"


def test_the_curve_is_a_picture_a_page_and_a_table():
    told = {"title": {"zh": "公园<绿地>", "en": "Parks"}, "curve": [
        {"sites": n, "gain_m2": 100.0 * n, "gain_people": None, "covered_percent": 50 + 3.0 * n} for n in range(4)]}
    picture = curve.made(told, "svg")
    assert picture.startswith("<svg") and picture.count("<circle") == 4 and "59.00 %" in picture
    assert "公园&lt;绿地&gt;" in curve.made(told, "html") and picture in curve.made(told, "html")
    assert curve.made(told, "csv").splitlines()[3] == "2,200.0,,56.0"
    assert curve.svg({"title": told["title"], "curve": [{"sites": 0, "covered_percent": None}]}) == ""
