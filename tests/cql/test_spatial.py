"""Space: relations against shapely, all kinds of literals, boxes over the 180° line, and distances on the ellipsoid."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from things import THING, asked

from registry import cql, geo, served_crs
from registry.errors import BadValue

SQUARE = "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))"
SHAPES = ("POINT(2 2)", "POINT(0 0)", "POINT(9 9)", "LINESTRING(-1 2, 5 2)", "LINESTRING(0 0, 4 0)", "LINESTRING(1 1, 2 2)",
          "MULTIPOINT((1 1), (9 9))", "MULTILINESTRING((1 1, 2 2), (8 8, 9 9))", SQUARE, "POLYGON((1 1, 2 1, 2 2, 1 2, 1 1))",
          "POLYGON((2 2, 6 2, 6 6, 2 6, 2 2))", "POLYGON((4 0, 8 0, 8 4, 4 4, 4 0))", "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 4, 0 0)))",
          "GEOMETRYCOLLECTION(POINT(1 1), POINT(9 9))")
RELATIONS = ("intersects", "disjoint", "equals", "touches", "within", "contains", "overlaps", "crosses")


@pytest.mark.requirement("cql2/1.0/req/spatial-functions/spatial-functions", "cql2/1.0/req/basic-spatial-functions-plus/spatial-data-types")
@pytest.mark.parametrize("relation", RELATIONS)
def test_each_relation_holds_between_the_shapes_between_which_it_holds(conn, relation):
    seen = set()
    for one in (s for s in SHAPES if not s.startswith("GEOMETRYCOLL")):
        for other in SHAPES:
            expected = bool(getattr(shapely.from_wkt(one), relation)(shapely.unary_union(shapely.from_wkt(other))))
            assert asked(conn, f"S_{relation.upper()}(geometry, {other})", wkt=one) is expected, (one, other)
            seen.add(expected)
    assert seen == {True, False}


def test_without_a_geometry_nothing_is_known(conn):
    for relation in RELATIONS:
        assert asked(conn, f"S_{relation.upper()}(geometry, {SQUARE})") is None
        assert asked(conn, f"NOT S_{relation.upper()}(geometry, {SQUARE})") is None


def test_literals_may_stand_on_either_side_and_on_both(conn):
    assert asked(conn, f"S_CONTAINS({SQUARE}, geometry)", wkt="POINT(1 1)") is True
    assert asked(conn, "S_INTERSECTS(geometry, geometry)", wkt="POINT(1 1)") is True
    assert asked(conn, f"S_WITHIN(POINT(1 1), {SQUARE})") is True


@pytest.mark.requirement("cql2/1.0/req/cql2-text/basic-spatial-functions-plus")
@pytest.mark.parametrize("literal", ["POINT Z (1 1 5)", "POINTZ(1 1 5)", "POINT(1 1 5)",
                                     "MULTIPOINT Z ((1 1 5), (2 2 6))", "BBOX(0,0,-9,4,4,9)",
                                     "BBOX(0,0,4,4)", "LINESTRING Z (0 1 5, 4 1 5)"])
def test_heights_are_read_and_not_used(conn, literal):
    assert asked(conn, f"S_INTERSECTS(geometry, {literal})", wkt=SQUARE) is True


@pytest.mark.parametrize(("literal", "wkt", "expected"), [
    ("BBOX(170,-20,-170,20)", "POINT(179 0)", True), ("BBOX(170,-20,-170,20)", "POINT(-179 0)", True),
    ("BBOX(170,-20,-170,20)", "POINT(0 0)", False), ("BBOX(1,1,1,1)", "POINT(1 1)", True), ("BBOX(1,0,1,2)", "POINT(1 1)", True)])
def test_boxes_may_span_the_180_line_or_have_no_width(conn, literal, wkt, expected):
    assert asked(conn, f"S_INTERSECTS(geometry, {literal})", wkt=wkt) is expected


@pytest.mark.requirement("ogcapi-features-3/1.0/req/filter/filter-crs-param")
def test_coordinates_are_in_the_crs_of_the_filter_and_its_order_of_axes(conn):
    known = {c.uri.rpartition("/")[2]: c for c in served_crs.served(4549)}
    x, y = geo.transformer(4490, 4549).transform(120.5, 30.0)
    for key, literal in (("4490", "POINT(30 120.5)"), ("4326", "POINT(30 120.5)"), ("4549", f"BBOX({y - 1},{x - 1},{y + 1},{x + 1})"),
                         ("CRS84", "POINT(120.5 30)")):
        assert asked(conn, f"S_INTERSECTS(geometry, {literal})", wkt="POINT(120.5 30)", place=known[key]) is True, key
    with pytest.raises(BadValue):
        cql.compile(THING, "S_INTERSECTS(geometry, POINT(30 120.5))")  # latitude of 120.5: the axes are mixed up


@pytest.mark.parametrize("said", [
    "S_INTERSECTS(geometry, POINT EMPTY)", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 0)))",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1)))",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "S_INTERSECTS(geometry, LINESTRING(0 0))",
    "S_INTERSECTS(geometry, BBOX(0,5,1,1))",
    "S_INTERSECTS(geometry, BBOX(1,2,3))", "S_INTERSECTS(geometry, BBOX(1,2,3,1e400))", "S_INTERSECTS(geometry, POINT(500 0))",
    "S_INTERSECTS(geometry)",
    "S_INTERSECTS(geometry, name)", "S_INTERSECTS(geometry, 'POINT(1 1)')",
    "S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(9 9), POLYGON((0 0,1 0,1 1,0 0))))",
    "geometry = POINT(1 1)", "dwithin(geometry, POINT(1 1))", "dwithin(geometry, POINT(1 1), -5)", "dwithin(geometry, POINT(1 1), 1e9)",
    "dwithin(geometry, POINT(1 1), n)", "dwithin(name, POINT(1 1), 5)", "nearby(geometry, POINT(1 1), 5)",
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":["a",1,2,3]}]}'])
def test_what_is_no_geometry_is_refused(said):
    with pytest.raises(BadValue) as told:
        cql.compile(THING, said)
    assert told.value.facts["why_zh"] and told.value.facts["why_en"]


@pytest.mark.requirement("cql2/1.0/req/functions/functions")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lon=st.floats(-180, 180), lat=st.floats(-89, 89), azimuth=st.floats(0, 360), metres=st.floats(1, 200_000))
def test_dwithin_is_exact_on_the_ellipsoid_everywhere(conn, lon, lat, azimuth, metres):
    """GRS 80, the ellipsoid of CGCS2000; over the 180° line and near the poles too."""
    far_lon, far_lat, _ = Geod(ellps="GRS80").fwd(lon, lat, azimuth, metres)
    wkt = f"POINT({far_lon!r} {far_lat!r})"
    point = f"POINT({lon:.12f} {lat:.12f})"
    assert asked(conn, f"dwithin(geometry, {point}, {metres * 1.000001 + 0.01:.6f})", wkt=wkt) is True
    assert asked(conn, f"dwithin({point}, geometry, {max(0, metres * 0.999999 - 0.01):.6f})", wkt=wkt) is False


@pytest.mark.parametrize("tiny", ["LINESTRING(1 1, 1.000000000001 1)", "POLYGON((1 1, 1.00000000001 1, 1.00000000002 1.00000000001, 1 1))",
                                  "BBOX(1, 1, 1.0000000000001, 1.0000000000001)"])
def test_a_literal_finer_than_the_grid_of_places_is_where_it_is(conn, tiny):
    assert asked(conn, f"dwithin(geometry, {tiny}, 1)", wkt="POINT(1 1)") is True
    assert asked(conn, f"dwithin(geometry, {tiny}, 1)", wkt="POINT(1 1.1)") is False
    assert asked(conn, f"S_INTERSECTS(geometry, {tiny})", wkt=SQUARE) is True


def test_dwithin_of_no_geometry_is_unknown(conn):
    assert asked(conn, "dwithin(geometry, POINT(1 1), 50)") is None
    assert asked(conn, "dwithin(geometry, geometry, 0)", wkt="POINT(1 1)") is True
