"""Arcs come in as lines that leave them by next to nothing, and the report says so."""

from __future__ import annotations

import math
import struct

import pyarrow as pa
import pyogrio
import pytest
import shapely

from etl import curves, gdal, source


def arc(*points, code=8):
    size = len(points[0])
    return struct.pack(f"<BII{len(points) * size}d", 1, code, len(points), *(v for p in points for v in p))


def nested(code, *parts):
    return struct.pack("<BII", 1, code, len(parts)) + b"".join(parts)


CIRCLE = arc((0, 0), (2, 0), (0, 0))


def test_half_a_circle_keeps_its_ends_and_its_side():
    made = curves.read(arc((0, 0), (1, 1), (2, 0)))
    assert made.length == pytest.approx(math.pi, rel=1e-3)
    assert (made.coords[0], made.coords[-1], made.bounds[3]) == ((0, 0), (2, 0), pytest.approx(1))
    assert curves.read(arc((0, 0), (1, -1), (2, 0))).bounds[1] == pytest.approx(-1)


def test_three_points_in_a_line_stay_a_line():
    assert curves.read(arc((0, 0), (1, 0), (2, 0))).length == 2


@pytest.mark.parametrize("code", [8, 1008, 8 | 0x80000000])
def test_elevations_in_either_form_of_wkb_are_passed_over(code):
    points = ((0, 0), (2, 0), (0, 0)) if code == 8 else ((0, 0, 9), (2, 0, 9), (0, 0, 9))
    assert curves.read(nested(10, arc(*points, code=code))).area == pytest.approx(math.pi, rel=2e-3)


def test_compound_curves_and_collections_of_curves_are_read():
    both = nested(9, arc((0, 0), (1, 1), (2, 0)), arc((2, 0), (0, 0), code=2))
    assert curves.read(nested(10, both)).area == pytest.approx(math.pi / 2, rel=2e-3)
    assert curves.read(nested(11, both, arc((0, 5), (1, 5), code=2))).geom_type == "MultiLineString"
    plain = shapely.to_wkb(shapely.box(5, 5, 6, 6), byte_order=1)
    assert curves.read(nested(12, nested(10, CIRCLE), plain)).area == pytest.approx(math.pi + 1, rel=2e-3)


@pytest.mark.parametrize("broken", [CIRCLE[:20], nested(10), nested(10, nested(1)), nested(9, CIRCLE)[:-3]])
def test_a_broken_curve_is_no_geometry(broken):
    assert curves.read(broken) is None


def test_one_curve_in_a_column_costs_the_others_nothing():
    point = shapely.to_wkb(shapely.Point(1, 2))
    notes = []
    made = gdal.shapes(pa.array([point, CIRCLE, None, CIRCLE[:20]], pa.binary()), notes)
    assert made[0] == shapely.Point(1, 2) and made[1].length == pytest.approx(2 * math.pi, rel=1e-3)
    assert made[2] is None and made[3] is gdal.UNREADABLE and notes == [gdal.STRAIGHTENED]


def test_a_geopackage_with_arcs_is_read_and_says_what_became_of_them(tmp_path):
    path = tmp_path / "公园.gpkg"
    table = pa.table({"编号": ["P1"], "g": pa.array([nested(10, arc((120.55, 30.0), (120.56, 30.0), (120.55, 30.0)))], pa.binary())})
    pyogrio.write_arrow(table, path, geometry_type="Unknown", geometry_name="g", driver="GPKG", crs="EPSG:4490")
    layer, = source.layers(path)
    batch, = layer.batches([], True)
    assert batch.shapes[0].area == pytest.approx(math.pi * 0.005 ** 2, rel=2e-3) and gdal.STRAIGHTENED in layer.notes
