"""Shapes in GeoJSON: rings by the right-hand rule of RFC 7946 §3.1.6 whichever way they are stored, lines and points as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from registry import geo, served_crs
from registry.catalogue import load
from registry.kinds import FeatureKind
from registry.served_crs import DEFAULT, Served
from registry.store import exported, features, versions
from registry.store.geojson import Form, feature_sql, wound_sql
from registry.store.query import Query
from registry.store.staging import put_many

ZONE = 4549
CRS = (*served_crs.served(ZONE), *served_crs.derived(ZONE))
AREAS = [k.key for k in load().kinds if "polygon" in k.geometry]
OTHERS = [k for k in load().kinds if "polygon" not in k.geometry]
PART = st.builds(lambda west, wide, hole, turned: polygon(120.1 + west / 1000, wide / 1000, hole, turned),
                 st.integers(0, 1), st.integers(2, 9), st.booleans(), st.tuples(st.booleans(), st.booleans()))
BRIDGE = load().kind("bridge")
LINE = shapely.LineString([(120.5, 30), (120.51, 30.02), (120.52, 30)])


def polygon(west: float, wide: float, hole: bool, turned: tuple[bool, bool]) -> shapely.Polygon:
    """A square north of 30°, whose rings are turned round or not."""
    outer = shapely.box(west, 30, west + wide, 30 + wide, ccw=not turned[0])
    inner = shapely.box(west + wide / 4, 30 + wide / 4, west + wide / 2, 30 + wide / 2, ccw=turned[1])
    return shapely.Polygon(outer.exterior, [inner.exterior] if hole else None)


def by_the_right_hand(geometry: dict[str, Any], swap: bool = False) -> bool:
    """Whether all outer rings run counterclockwise and all holes clockwise, seen with x = east."""
    many = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    rings = [(n > 0, shapely.LinearRing([p[::-1] for p in ring] if swap else ring)) for one in many for n, ring in enumerate(one)]
    return all(ring.is_ccw != hole for hole, ring in rings)


@contextmanager
def put(conn: Connection, city: Any, kind: FeatureKind, shape: Any) -> Iterator[int]:
    """An asset or a zone of this shape, by its id; it is there no more afterwards."""
    with conn.begin_nested() as tried:
        told = put_many(conn, kind, city, [{"code": "A1", "name": "甲", "geom": shape}], actor="t", reason="t")
        assert told.new == 1, told
        yield conn.execute(text(f"SELECT id FROM {kind.table} WHERE code = 'A1'")).scalar_one()
        tried.rollback()


def as_answered(conn: Connection, kind: FeatureKind, id_: int, form: Form) -> dict[str, Any]:
    """The geometry of the feature alone, which a page has as well."""
    alone = json.loads(features.one(conn, kind, "demo", id_, form=form) or "")
    paged, = features.page(conn, Query(kind, "demo", form=form)).features
    assert json.loads(paged) == alone
    return dict(alone["geometry"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(AREAS), n=st.integers(0, len(CRS) - 1), tolerance=st.sampled_from([None, 1e-6, 1e-3]),
       parts=st.lists(PART, min_size=1, max_size=2))
@example("bridge", len(CRS) - 1, 1e-6, [polygon(120.1, 0.01, True, (True, True))])
def test_each_polygon_runs_counterclockwise_in_every_crs_simplified_or_not(conn, city, key, n, tolerance, parts):
    kind, one = load().kind(key), CRS[n]
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon([parts[0], shapely.transform(parts[1], lambda xy: xy + [0.1, 0])])
    with put(conn, city, kind, shape) as id_:
        shown = as_answered(conn, kind, id_, Form(one, tolerance=tolerance))
        assert by_the_right_hand(shown, one.swap)
        if one == DEFAULT and tolerance is None:
            assert shapely.from_geojson(json.dumps(shown)).equals(shapely.transform(shape, geo.snap))
        version, = versions.of(conn, kind, "demo", id_)
        assert by_the_right_hand(version.feature["geometry"])
        (line,), = exported.features(conn, Query(kind, "demo"), {}, {})
        assert by_the_right_hand(json.loads(line)["geometry"])


@pytest.mark.parametrize("one", CRS, ids=lambda one: one.uri.rpartition("/")[2])
@pytest.mark.parametrize("shape", [LINE, LINE.reverse(), shapely.Point(120.5, 30), shapely.MultiPoint([(120.6, 30), (120.5, 30)])], ids=str)
def test_lines_and_points_beside_polygons_keep_their_direction(conn, city, shape, one: Served):
    expected = one.shapes([shape])[0]
    with put(conn, city, BRIDGE, shape) as id_:
        shown = shapely.from_geojson(json.dumps(as_answered(conn, BRIDGE, id_, Form(one))))
        assert shown.equals_exact(expected, 1e-3 if one.srid != 4490 and one.srid != 4326 else 1e-9)
        (line,), = exported.features(conn, Query(BRIDGE, "demo"), {}, {})
        assert shapely.from_geojson(json.dumps(json.loads(line)["geometry"])).equals_exact(shape)


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.key)
def test_of_a_kind_without_polygons_nothing_is_asked_of_its_rings(kind):
    assert wound_sql(kind) == "a.geom"
    for one in CRS:
        for tolerance in (None, 1e-6):
            assert "CCW" not in feature_sql(kind, Form(one, tolerance=tolerance))
