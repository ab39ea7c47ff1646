"""Lengths on the ellipsoid: the quick formula and PostGIS agree to the width of an atom, wherever a line lies."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import text

from registry import geo

ELLIPSOID = Geod(ellps="GRS80")
STEP_M = 15e-9  # that PROJ is off
POWERS = st.sampled_from([1e-9, 1e-6, 1e-4, 0.01, 0.0999, 0.1, 0.1001, 1.0, 30.0])


@st.composite
def lines(draw):
    """Lines of a few vertices with steps of one size, anywhere on earth."""
    size, step = draw(POWERS), st.floats(-1, 1)
    lon, lat = draw(st.floats(-180, 180)), draw(st.floats(-90, 90))
    made = [(lon, lat)]
    for _ in range(draw(st.integers(1, 5))):
        lon = min(180.0, max(-180.0, lon + size * draw(step)))
        lat = min(90.0, max(-90.0, lat + size * draw(step)))
        made.append((lon, lat))
    return shapely.LineString(made)


@given(lines())
@example(shapely.LineString([(179.99, 10), (-179.99, 10)]))     # across the date line
@example(shapely.LineString([(0, 89.99), (180, 89.99)]))        # across the pole
@example(shapely.LineString([(120, 30), (120, 30), (120.0001, 30)]))
def test_a_length_is_that_of_the_geodesic(line):
    expected = ELLIPSOID.geometry_length(line)
    made, = geo.lengths(np.array([line], object))
    assert abs(made - expected) <= 1e-9 * expected + STEP_M * len(line.coords)


def test_parts_are_not_joined_and_what_is_no_line_takes_nobodys_length():
    one = shapely.LineString([(120, 30), (120.001, 30)])
    shapes = np.array([None, one, shapely.MultiLineString([one, shapely.LineString([(121, 30), (121.001, 30)])]), shapely.LineString(),
                       one], object)
    nothing, first, twice, empty, last = geo.lengths(shapes)
    assert (nothing, empty, last) == (0, 0, first) and twice == pytest.approx(2 * first, rel=1e-12)
    assert geo.lengths(np.array([], object)).tolist() == []


def test_more_lines_than_are_measured_at_once_keep_their_order():
    steps = np.arange(1, 20_001) * 1e-6
    made = geo.lengths(shapely.linestrings([[(120, 30), (120 + step, 30)] for step in steps]))
    assert len(made) == len(steps) and (np.diff(made) > 0).all()


def test_postgis_measures_the_same(conn):
    rng = np.random.default_rng(4)
    starts = np.column_stack((rng.uniform(73, 136, 500), rng.uniform(3, 54, 500)))
    shapes = shapely.linestrings(geo.snap(starts[:, None, :] + np.cumsum(rng.uniform(-1e-3, 1e-3, (500, 8, 2)), axis=1)))
    theirs = conn.execute(text("SELECT registry_length_m(ST_GeomFromWKB(w, 4490)) FROM unnest(CAST(:wkb AS bytea[])) w"),
                          {"wkb": shapely.to_wkb(shapes).tolist()}).scalars().all()
    assert np.allclose(geo.lengths(shapes), theirs, rtol=1e-9, atol=0)
