"""Shapes are typed, placed, repaired or refused, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from offices import projected
from shapely import LineString, MultiPolygon, Point, Polygon

from etl.crs import Crs
from registry import geo
from registry.geometry import prepare

DEGREES = Crs(geo.STORED, "", "", "", "")
ALL = ("point", "line", "polygon")


def one(shape, accepted=ALL, crs=DEGREES, extent=None):
    return prepare(np.array([shape], object), accepted, crs.to_stored, extent)


def code(shape, **more):
    made = one(shape, **more)
    assert made.shapes[0] is None and len(made.faults) == 1
    return made.faults[0].code


@pytest.mark.parametrize("shape", [None, Point(), Polygon(), shapely.from_wkt("GEOMETRYCOLLECTION EMPTY")])
def test_no_shape_is_an_empty_geometry(shape):
    assert code(shape) == "empty_geometry"


@pytest.mark.parametrize("shape", [Point(np.nan, 1), Point(np.inf, 1), Point(1e20, 30), Point(0, 0), Point(200, 30),
                                   LineString([(120, 30), (1e20, 30)])])
def test_coordinates_that_are_no_place_are_refused(shape):
    assert code(shape) == "bad_coordinates"


def test_a_wrong_type_is_refused_with_both_types_named():
    made = one(Point(120, 30), accepted=("line",))
    assert made.faults[0].code == "geometry_type"
    assert made.faults[0].facts == {"found": "点 point", "expected": "线 line"}


def test_multi_forms_are_accepted():
    for wkt in ("MULTIPOINT((120 30))", "MULTILINESTRING((120 30,121 30))", "MULTIPOLYGON(((120 30,121 30,121 31,120 30)))"):
        assert one(shapely.from_wkt(wkt)).shapes[0] is not None


def test_a_collection_of_one_type_is_that_type_and_a_mixed_one_is_refused():
    made = one(shapely.from_wkt("GEOMETRYCOLLECTION(LINESTRING(120 30,121 30),LINESTRING(120 31,121 31))"), accepted=("line",))
    assert made.shapes[0].geom_type == "MultiLineString"
    assert code(shapely.from_wkt("GEOMETRYCOLLECTION(POINT(120 30),LINESTRING(120 30,121 30))")) == "geometry_type"


def test_a_bow_tie_is_repaired_stays_a_polygon_and_says_why():
    made = one(Polygon([(120, 30), (121, 31), (121, 30), (120, 31)]), accepted=("polygon",))
    assert isinstance(made.shapes[0], MultiPolygon) and made.shapes[0].is_valid
    assert made.shapes[0].area == pytest.approx(0.5)
    assert made.repaired[0].facts["reason"].startswith("Self-intersection [120.5")


@pytest.mark.parametrize("shape", [Polygon([(120, 30), (121, 30), (120, 30)]), LineString([(120, 30), (120, 30)])])
def test_what_repair_would_turn_into_something_else_is_refused(shape):
    assert code(shape) == "invalid_geometry"


def test_elevation_is_dropped_and_counted():
    made = prepare(np.array([Point(120, 30, 5), Point(120, 31)], object), ALL, DEGREES.to_stored)
    assert made.had_z.tolist() == [True, False] and not shapely.has_z(made.shapes).any()
    assert all(len(w) == 21 for w in made.wkb())


def test_outside_the_city_is_judged_by_the_extent_only():
    box = shapely.box(120, 30, 121, 31)
    assert code(Point(122, 30), extent=box) == "outside_city"
    assert one(LineString([(119, 30.5), (122, 30.5)]), extent=box).shapes[0] is not None
    assert one(Point(122, 30)).shapes[0] is not None


def test_stored_coordinates_are_snapped_and_survive_the_way_through_metres():
    """standards: raw coordinates change in 165,730 of 200,000 points on 4490→4549→4490, snapped ones in none."""
    rng = np.random.default_rng(0)
    lonlat = geo.snap(np.column_stack([rng.uniform(119, 121, 20_000), rng.uniform(29, 31, 20_000)]))
    made = prepare(shapely.points(projected(4549, lonlat)), ALL, Crs(4549, "", "", "", "").to_stored)
    assert (shapely.get_coordinates(made.shapes) == lonlat).all()


def test_swapped_axes_are_turned():
    xy = projected(4549, np.array([[120.5, 30.0]]))
    made = one(Point(xy[0, 1], xy[0, 0]), crs=Crs(4549, "", "", "", "", swap=True))
    assert (made.shapes[0].x, made.shapes[0].y) == (pytest.approx(120.5), pytest.approx(30.0))
