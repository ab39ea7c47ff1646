"""Space: geometry literals in the CRS of the filter, and the eight relations of Simple Features."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as shape_of

from registry import geo
from registry.cql.terms import Context, Operator, Term, refused
from registry.errors import BadValue

RELATIONS = {
    "s_intersects": "ST_Intersects({}, {})", "s_disjoint": "NOT ST_Intersects({}, {})", "s_equals": "ST_Equals({}, {})",
    "s_touches": "ST_Touches({}, {})", "s_within": "ST_Within({}, {})", "s_contains": "ST_Contains({}, {})",
    "s_overlaps": "ST_Overlaps({}, {})", "s_crosses": "ST_Crosses({}, {})",
}


def relate(ctx: Context, op: str, args: list[Any]) -> Term:
    """One of the eight; each of PostGIS's functions asks the index of places first, but for S_DISJOINT."""
    terms = [ctx.typed(a, "geometry") for a in args]
    if op not in ("s_intersects", "s_disjoint"):
        for term in terms:
            if term.literal and shapely.from_wkb(term.value).geom_type == "GeometryCollection":
                raise refused(op.upper(), "不同维的图形集合只能用于 S_INTERSECTS 和 S_DISJOINT",
                              "a collection of different dimensions can only be used with S_INTERSECTS and S_DISJOINT")
    return Term("(" + RELATIONS[op].format(*(ctx.sql(t) for t in terms)) + ")", "boolean")


def box(ctx: Context, node: Any) -> Term:
    """BBOX of 4 or 6 numbers, heights not used; west > east spans the antimeridian where the CRS is in degrees."""
    numbers = node["bbox"]
    if not isinstance(numbers, list) or len(numbers) not in (4, 6) or not all(_finite(n) for n in numbers):
        raise refused("BBOX", "应为 4 或 6 个数", "4 or 6 numbers are needed")
    half = len(numbers) // 2
    (west, south), (east, north) = (p[1::-1] if ctx.place.swap else p[:2] for p in (numbers[:half], numbers[half:]))
    x0, y0, x1, y1 = ctx.place.range
    if min(west, east) < x0 or max(west, east) > x1 or south < y0 or north > y1:
        raise _outside("BBOX")
    if south > north or (west > east and not ctx.place.wraps):
        raise refused(f"BBOX{tuple(numbers)}", "下界大于上界", "the lower bound is greater than the upper one")
    place = ctx.place.place((west, south, east, north))
    if isinstance(place, bytes):
        return _term(shapely.from_wkb(place))
    west, south, east, north = place
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return _term(shapely.unary_union([_rectangle(left, south, right, north) for left, right in spans]))


def geometry(ctx: Context, node: Any) -> Term:
    """A GeoJSON geometry, in the CRS and with the axes of the filter; heights are not used."""
    try:
        _closed(node)
        made = shape_of(node)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise refused(str(node.get("type")), "不是可用的图形", "is no geometry that can be used") from None
    made = shapely.force_2d(made)
    if made.is_empty or not np.isfinite(shapely.get_coordinates(made)).all():
        raise refused(made.geom_type, "图形是空的或坐标不是数", "the geometry is empty, or has coordinates that are no numbers")
    if not made.is_valid:
        why = shapely.is_valid_reason(made)
        raise refused(made.geom_type, f"图形无效：{why}", f"the geometry is not valid: {why}")
    made = shapely.transform(made, ctx.place.to_stored)
    xy = np.abs(shapely.get_coordinates(made))
    if not (np.isfinite(xy).all() and (xy <= (180, 90)).all()):
        raise _outside(made.geom_type)
    return _term(made)


def _closed(node: Any) -> None:
    """ValueError for a ring that is not closed, which would be closed in silence."""
    nested = {"Polygon": [node.get("coordinates")], "MultiPolygon": node.get("coordinates")}.get(node["type"], [])
    for ring in (ring for polygon in nested or [] for ring in polygon):
        if len(ring) < 4 or ring[0][:2] != ring[-1][:2]:
            raise ValueError
    for member in node.get("geometries") or []:
        _closed(member)


def _term(made: Any) -> Term:
    """Degrees as a literal, on the grid that places are kept on: else a point copied from an answer would lie beside its line."""
    snapped = shapely.transform(made, geo.snap)
    made = snapped if snapped.is_valid else made  # smaller than the grid, it would be no geometry any more
    if made.geom_type == "GeometryCollection":
        made = shapely.unary_union(made)  # of one dimension it becomes a Multi, which every relation takes
    return Term("ST_GeomFromWKB({}, 4490)", "geometry", shapely.to_wkb(made))


def _outside(what: str) -> BadValue:
    return refused(what, "坐标不在坐标系的有效范围之内（留意轴序）", "coordinates outside the valid range of the CRS (mind the order of its axes)")


def _rectangle(west: float, south: float, east: float, north: float) -> Any:
    """A box, which may have no width or no height."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    return shapely.Point(west, south) if (west, south) == (east, north) else shapely.LineString([(west, south), (east, north)])


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


LITERALS = {"bbox": box, "type": geometry}
OPERATORS = {op: Operator(relate) for op in RELATIONS}
