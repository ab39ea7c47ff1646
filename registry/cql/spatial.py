"""Space: geometry literals in the CRS of the filter, and the eight relations of Simple Features."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as shape_of

from registry import geo
from registry.cql.terms import Context, Operator, Place, Term, refused

RELATIONS = {
    "s_intersects": "ST_Intersects({}, {})", "s_disjoint": "NOT ST_Intersects({}, {})", "s_equals": "ST_Equals({}, {})",
    "s_touches": "ST_Touches({}, {})", "s_within": "ST_Within({}, {})", "s_contains": "ST_Contains({}, {})",
    "s_overlaps": "ST_Overlaps({}, {})", "s_crosses": "ST_Crosses({}, {})",
}
_EDGE_POINTS = 16  # into which an edge of a box in metres is cut, for it is no straight line in degrees


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
    one, two = numbers[:2], numbers[half:half + 2]
    if ctx.place.swapped:
        one, two = one[::-1], two[::-1]
    (west, south), (east, north) = one, two
    degrees = not geo.is_projected(ctx.place.srid)
    if south > north or (west > east and not degrees):
        raise refused(f"BBOX{tuple(numbers)}", "下界大于上界", "the lower bound is greater than the upper one")
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    made = shapely.unary_union([_rectangle(left, south, right, north) for left, right in spans])
    if not degrees:
        longest = max(east - west, north - south)
        made = shapely.segmentize(made, longest / _EDGE_POINTS) if longest > 0 else made
    return _term(made, Place(ctx.place.srid))


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
    return _term(made, ctx.place)


def _closed(node: Any) -> None:
    """ValueError for a ring that is not closed, which would be closed in silence."""
    nested = {"Polygon": [node.get("coordinates")], "MultiPolygon": node.get("coordinates")}.get(node["type"], [])
    for ring in (ring for polygon in nested or [] for ring in polygon):
        if len(ring) < 4 or ring[0][:2] != ring[-1][:2]:
            raise ValueError
    for member in node.get("geometries") or []:
        _closed(member)


def _term(made: Any, place: Place) -> Term:
    if place.swapped:
        made = shapely.transform(made, lambda xy: xy[:, ::-1])
    if place.srid not in (geo.STORED, geo.WGS84):
        way = geo.transformer(place.srid)
        made = shapely.transform(made, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
        if not np.isfinite(shapely.get_coordinates(made)).all():
            raise refused(made.geom_type, "坐标不在坐标系之内", "has coordinates outside the CRS")
    # To the grid that places are kept on, or a point copied from an answer would lie beside the line that it is of.
    made = shapely.transform(made, geo.snap)
    if made.geom_type == "GeometryCollection":
        made = shapely.unary_union(made)  # of one dimension it becomes a Multi, which every relation takes
    return Term("ST_GeomFromWKB({}, 4490)", "geometry", shapely.to_wkb(made))


def _rectangle(west: float, south: float, east: float, north: float) -> Any:
    """A box, which may have no width or no height."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    return shapely.Point(west, south) if (west, south) == (east, north) else shapely.LineString([(west, south), (east, north)])


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


LITERALS = {"bbox": box, "type": geometry}
OPERATORS = {op: Operator(relate) for op in RELATIONS}
