"""Shapes within shapes without end are unreadable ones; they do not end the process."""

from __future__ import annotations

import struct

import pyarrow as pa
import pytest
import shapely

from etl import gdal, nesting, wkt

POINT = shapely.to_wkb(shapely.Point(1, 2))


def nested(depth: int, head: bytes) -> bytes:
    return head * depth + POINT


@pytest.mark.parametrize("head", [struct.pack("<BII", 1, 7, 1), struct.pack(">BII", 0, 7, 1), struct.pack("<BII", 1, 4, 1),
                                  struct.pack("<BII", 1, 1007, 1), struct.pack("<BII", 1, 0x80000007, 1)])
def test_a_shape_too_deep_to_read_is_marked_and_the_others_are_read(head):
    made = gdal.shapes(pa.array([POINT, nested(200_000, head), None, POINT], pa.binary()))
    assert made[0] == made[3] == shapely.Point(1, 2) and made[2] is None and made[1] is gdal.UNREADABLE


def test_the_second_of_two_is_looked_into_too():
    inner = struct.pack("<BII", 1, 7, 2) + POINT
    assert nesting.deep(inner * 50_000 + POINT * 50_001)


@pytest.mark.parametrize("shape", [shapely.MultiPolygon([shapely.box(n, 0, n + .5, 1) for n in range(500)]),
                                   shapely.GeometryCollection([shapely.MultiPoint([(n, 1), (n, 2)]) for n in range(500)])])
def test_many_shapes_beside_each_other_are_not_deep(shape):
    assert not nesting.deep(shapely.to_wkb(shape)) and not nesting.deep_text(shape.wkt)
    assert wkt.read([shape.wkt])[0] == shape


def test_a_text_too_deep_to_read_is_marked():
    deep = "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 2)" + ")" * 100_000
    assert wkt.read([deep, "POINT(1 2)", deep[:5_000]]).tolist() == [gdal.UNREADABLE, shapely.Point(1, 2), gdal.UNREADABLE]
