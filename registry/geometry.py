"""Shapes on their way in, from files and from the web: the right type, in EPSG:4490, valid, inside the city."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from registry import doubts, geo
from registry.repair import FAMILIES, MULTI, flat, repair

TITLES = {"point": "点 point", "line": "线 line", "polygon": "面 polygon", "collection": "集合 collection",
          "mixed": "混合 mixed"}
_COLLECTION = 7
_LINES = (1, 5)
_FAR = 1e9  # coordinates beyond any projection: unset doubles and no-data values
# Coordinates (n × 2) to EPSG:4490, x = longitude, not yet snapped; what has no place there becomes inf.
ToStored = Callable[[np.ndarray], np.ndarray]
_HUGE = 1e300  # a whole number beyond it would not fit a double
# How many lists lie around a position.
_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


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
    """Shapes of a batch as they will be stored; None where a fault refuses the row.

    doubted: code of a warning → which shapes it is of.
    """

    shapes: np.ndarray
    faults: list[Fault] = field(default_factory=list)
    repaired: list[Fault] = field(default_factory=list)
    had_z: np.ndarray | None = None  # which had elevations, or None where none had
    doubted: dict[str, np.ndarray] = field(default_factory=dict)

    def wkb(self) -> list[bytes | None]:
        """WKB, little-endian, 2D."""
        return shapely.to_wkb(self.shapes, output_dimension=2, byte_order=1).tolist()

    def lengths(self) -> list[float | None]:
        """Metres of the lines; None for others."""
        made, lines = np.full(len(self.shapes), None, object), np.isin(shapely.get_type_id(self.shapes), _LINES)
        made[lines] = geo.lengths(self.shapes[lines])
        return made.tolist()


def as_stored(xy: np.ndarray) -> np.ndarray:
    """Degrees of CGCS2000 or WGS 84, x = longitude, as they are: the two differ by decimetres at most."""
    return np.ascontiguousarray(xy)


def from_wkb(rows: Iterable[Any]) -> np.ndarray:
    """Shapely geometries of the WKB that the database gave."""
    return np.asarray(shapely.from_wkb(np.array([bytes(row) for row in rows], object)))


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
        measured = shapely.has_m(made.shapes)
        _doubt(made, "dropped_m", measured)
        if high.any() or measured.any():
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
        if accepted != ("point",):
            sound = np.ones(len(here), bool)
            sound[[fault.at for fault in made.repaired]] = False  # of these it is told that they were repaired
            _doubt(made, "self_crossing", doubts.crossing(made.shapes) & sound)
            _doubt(made, "spike", doubts.spiked(made.shapes) & sound)
    return made


def _doubt(made: Shapes, code: str, which: np.ndarray | None) -> None:
    if which is not None and which.any():
        made.doubted[code] = which


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
    parts = [p for p in flat(shape) if not p.is_empty]
    families = {FAMILIES.get(shapely.get_type_id(p), "collection") for p in parts}
    if len(families) != 1:
        return "mixed", shape
    family = families.pop()
    return family, parts[0] if len(parts) == 1 else MULTI[family](parts)


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
    only_points = len(xy) == len(subset) and (shapely.get_type_id(subset) == 0).all()
    if only_points and (round_ := doubts.rounded(xy)) is not None:
        _doubt(made, "rounded", np.isin(np.arange(len(here)), index[round_]))
    placed = geo.snap(to_stored(xy))  # a border drawn along the 180° line may pass it by a rounding of its last digit
    lost = ~(np.isfinite(placed).all(axis=1) & (np.abs(placed[:, 0]) <= 180) & (np.abs(placed[:, 1]) <= 90)) \
        if len(placed) else np.zeros(0, bool)
    bad = np.zeros(len(here), bool)
    bad[index[owner[lost]]] = True
    placed[lost] = 0
    made.shapes[index] = shapely.points(placed) if only_points else shapely.set_coordinates(subset, placed)
    _refuse(made, bad, "bad_coordinates")
    return here & ~bad


def _valid(made: Shapes, here: np.ndarray) -> np.ndarray:
    """Repair invalid lines and polygons, saying why; what would change its type is refused."""
    index = np.flatnonzero(here)
    for i in index[~shapely.is_valid(made.shapes[index])].tolist():
        done = repair(made.shapes[i])
        made.shapes[i] = done.shape
        if done.shape is None:
            made.faults.append(Fault(i, "invalid_geometry", done.facts))
            here[i] = False
        else:
            made.repaired.append(Fault(i, "repaired_geometry", done.facts))
    return here
