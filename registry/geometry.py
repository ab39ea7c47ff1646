"""Shapes on their way in, from files and from the web: the right type, in EPSG:4490, valid, inside the city."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from registry import geo

FAMILIES = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 3: "polygon", 6: "polygon"}  # shapely type ids
TITLES = {"point": "点 point", "line": "线 line", "polygon": "面 polygon", "collection": "集合 collection",
          "mixed": "混合 mixed"}
_MULTI = {"point": shapely.multipoints, "line": shapely.multilinestrings, "polygon": shapely.multipolygons}
_COLLECTION = 7
_FAR = 1e9  # coordinates beyond any projection: unset doubles and no-data values
# Coordinates (n × 2) to EPSG:4490, x = longitude, not yet snapped; what has no place there becomes inf.
ToStored = Callable[[np.ndarray], np.ndarray]
_HUGE = 1e300  # a whole number beyond it would not fit a double
# How many lists lie around a position.
_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_TRIES = 3  # snapping what was made valid may make it invalid again


@dataclass(frozen=True)
class Fault:
    """Something wrong with a shape or a whole row: its index among those looked at, a code of PROBLEMS, facts.

    field, value: what of the row it is about, where that can be told.
    """

    at: int
    code: str
    facts: dict[str, Any]
    field: str | None = None
    value: str | None = None


@dataclass
class Shapes:
    """Shapes of a batch as they will be stored; None where a fault refuses the row."""

    shapes: np.ndarray
    faults: list[Fault] = field(default_factory=list)
    repaired: list[Fault] = field(default_factory=list)
    had_z: np.ndarray | None = None  # which had elevations, or None where none had

    def wkb(self) -> list[bytes | None]:
        """WKB, little-endian, 2D."""
        return shapely.to_wkb(self.shapes, output_dimension=2, byte_order=1).tolist()


def as_stored(xy: np.ndarray) -> np.ndarray:
    """Degrees of CGCS2000 or WGS 84, x = longitude, as they are: the two differ by decimetres at most."""
    return np.ascontiguousarray(xy)


def from_geojson(value: Any) -> tuple[Any, bool]:
    """A shape in two dimensions from a GeoJSON geometry (RFC 7946), and whether it had more; ValueError for others."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    name = value.get("type")
    if name == "GeometryCollection" and isinstance(value.get("geometries"), list):
        parts = [from_geojson(g) for g in value["geometries"]]
        return shapely.GeometryCollection([p for p, _ in parts]), any(high for _, high in parts)
    if not isinstance(name, str) or name not in _LEVELS:
        raise ValueError("unknown type")
    coordinates = value.get("coordinates")
    flat = _plane(coordinates, _LEVELS[name])
    try:
        return shapely.geometry.shape({"type": name, "coordinates": flat}), flat != coordinates
    except (TypeError, IndexError, shapely.errors.ShapelyError) as error:
        raise ValueError(str(error)) from error


def _plane(coordinates: Any, level: int) -> list[Any]:
    """The same coordinates without what stands behind longitude and latitude."""
    if not isinstance(coordinates, list):
        raise ValueError("coordinates are no list")
    if level:
        return [_plane(c, level - 1) for c in coordinates]
    for number in coordinates:
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= _HUGE:
            raise ValueError("a position holds numbers")
    if len(coordinates) == 1:
        raise ValueError("a position has two numbers")
    return coordinates[:2]


def prepare(shapes: np.ndarray, accepted: tuple[str, ...], to_stored: ToStored = as_stored, extent: Any = None) -> Shapes:
    """Everything that is done to shapes before they are written. `extent` None: no place is outside."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numpy and GEOS warn of NaN, which is told as a fault
        made = Shapes(shapes.copy())
        empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        _refuse(made, empty, "empty_geometry")
        here = ~empty
        high = shapely.has_z(made.shapes)
        made.had_z = high if high.any() else None
        if high.any() or _any_m(made.shapes[here]):
            made.shapes[here] = shapely.force_2d(made.shapes[here])
        here = _typed(made, here, accepted)
        here = _finite(made, here)
        here = _placed(made, here, to_stored)
        here = _valid(made, here)
        if extent is not None:
            shapely.prepare(extent)
            index = np.flatnonzero(here)
            outside = np.zeros(len(here), bool)
            outside[index] = shapely.disjoint(extent, made.shapes[index])
            _refuse(made, outside, "outside_city")
    return made


def _any_m(shapes: np.ndarray) -> bool:
    """Whether any has measures; GEOS before 3.12 cannot tell and reads none."""
    return bool(shapely.has_m(shapes).any()) if hasattr(shapely, "has_m") else False


def _refuse(made: Shapes, which: np.ndarray, code: str, facts: Callable[[int], dict[str, Any]] | None = None) -> None:
    for i in np.flatnonzero(which).tolist():
        made.faults.append(Fault(i, code, facts(i) if facts else {}))
    made.shapes[which] = None


def _typed(made: Shapes, here: np.ndarray, accepted: tuple[str, ...]) -> np.ndarray:
    """Keep shapes of the accepted types; a collection counts when all it holds is of one of them."""
    kinds = shapely.get_type_id(made.shapes)
    found = np.full(len(kinds), "", object)
    for type_id, family in FAMILIES.items():
        found[kinds == type_id] = family
    for i in np.flatnonzero(here & (kinds == _COLLECTION)).tolist():
        found[i], made.shapes[i] = _of_collection(made.shapes[i])
    wrong = here & ~np.isin(found, accepted)
    expected = "、".join(TITLES[a] for a in accepted)
    _refuse(made, wrong, "geometry_type",
            lambda i: {"found": TITLES.get(found[i], found[i] or "未知 unknown"), "expected": expected})
    return here & ~wrong


def _of_collection(shape: Any) -> tuple[str, Any]:
    parts = [p for p in _flat(shape) if not p.is_empty]
    families = {FAMILIES.get(shapely.get_type_id(p), "collection") for p in parts}
    if len(families) != 1:
        return "mixed", shape
    family = families.pop()
    return family, parts[0] if len(parts) == 1 else _MULTI[family](parts)


def _flat(shape: Any) -> list[Any]:
    """Parts without parts."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [p for part in shape.geoms for p in _flat(part)]


def _finite(made: Shapes, here: np.ndarray) -> np.ndarray:
    """Refuse coordinates that are no numbers, no place on earth, or 0, 0 as empty cells become."""
    xy, owner = shapely.get_coordinates(made.shapes, return_index=True)
    broken = ~(np.abs(xy) < _FAR).all(axis=1)
    bad = np.zeros(len(here), bool)
    bad[owner[broken]] = True
    zero = (xy == 0).all(axis=1)
    if zero.any():
        points = np.isin(shapely.get_type_id(made.shapes), (0,))
        bad[owner[zero & points[owner]]] = True
    bad &= here
    _refuse(made, bad, "bad_coordinates")
    return here & ~bad


def _placed(made: Shapes, here: np.ndarray, to_stored: ToStored) -> np.ndarray:
    """To EPSG:4490, snapped; shapes that have no place there are refused."""
    index = np.flatnonzero(here)
    subset = made.shapes[index]
    xy, owner = shapely.get_coordinates(subset, return_index=True)
    placed = to_stored(xy)
    lost = ~(np.isfinite(placed).all(axis=1) & (np.abs(placed[:, 0]) <= 180) & (np.abs(placed[:, 1]) <= 90)) \
        if len(placed) else np.zeros(0, bool)
    bad = np.zeros(len(here), bool)
    bad[index[owner[lost]]] = True
    placed[lost] = 0
    placed = geo.snap(placed)
    only_points = len(placed) == len(subset) and (shapely.get_type_id(subset) == 0).all()
    made.shapes[index] = shapely.points(placed) if only_points else shapely.set_coordinates(subset, placed)
    _refuse(made, bad, "bad_coordinates")
    return here & ~bad


def _valid(made: Shapes, here: np.ndarray) -> np.ndarray:
    """Repair invalid lines and polygons, saying why; what would change its type is refused."""
    index = np.flatnonzero(here)
    for i in index[~shapely.is_valid(made.shapes[index])].tolist():
        shape = made.shapes[i]
        reason = _reason(shape)
        repaired = _repaired(shape)
        made.shapes[i] = repaired
        if repaired is None:
            made.faults.append(Fault(i, "invalid_geometry", {"reason": reason}))
            here[i] = False
        else:
            made.repaired.append(Fault(i, "repaired_geometry", {"reason": reason}))
    return here


def _reason(shape: Any) -> str:
    """GEOS's reason with its place rounded: `Self-intersection [120.58 30.01]`."""
    text = shapely.is_valid_reason(shape)
    name, bracket, place = text.partition("[")
    try:
        x, y = (float(v) for v in place.rstrip("]").split()[:2])
    except ValueError:
        return text
    return f"{name.strip()} [{x:.6f} {y:.6f}]"


def _repaired(shape: Any) -> Any:
    family = FAMILIES.get(shapely.get_type_id(shape))
    for _ in range(_TRIES):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        parts = [p for p in _flat(shape) if not p.is_empty and FAMILIES.get(shapely.get_type_id(p)) == family]
        if not parts or family is None:
            return None
        shape = parts[0] if len(parts) == 1 else _MULTI[family](parts)
        shape = shapely.transform(shape, geo.snap)
        if shapely.is_valid(shape):
            return shape
    return None
