"""The coordinate reference systems that features are served and taken in: one table, made from what PROJ knows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely

from registry import geo, shifted
from registry.errors import BadValue
from registry.shifted import Shifted

EPSG_URI = "http://www.opengis.net/def/crs/EPSG/0/"
# Shifted coordinates are of no authority's list; these names are this project's own and stay (docs/crs.md).
SHIFTED_URN = "urn:x-municipal-asset-registry:crs:"
METRE_DIGITS = 4   # 0.1 mm, as fine as the 1e-9° that are stored
STRIP_DEGREES = 6  # beyond its own area a zone is still exact this far, and a map that is zoomed out asks for it
Box = tuple[float, float, float, float]  # least x, least y, greatest x, greatest y
EARTH: Box = (-180.0, -90.0, 180.0, 90.0)
_EDGE_DEGREES, _MOST_PIECES = 0.001, 1000  # an edge cut this often lies within a millimetre of the curve it stands for


@dataclass(frozen=True)
class Served:
    """A CRS of answers and bodies.

    srid: what PostGIS transforms to, with x = east. swap: its axes are north, east. digits: decimals of coordinates.
    area: where it is valid, (west, south, east, north) in degrees. shift: it is no CRS but derived, for maps only.
    """

    uri: str
    srid: int
    swap: bool
    digits: int
    area: Box
    shift: Shifted | None = None

    def __hash__(self) -> int:
        return hash(self.uri)  # statements are found by it: all the rest takes ten times as long

    @cached_property
    def in_degrees(self) -> bool:
        """Whether its coordinates are those that are stored, up to the order of the axes."""
        return self.shift is None and self.srid in (geo.STORED, geo.WGS84)

    @cached_property
    def range(self) -> Box:
        """Where its coordinates are valid, (least x, least y, greatest x, greatest y) in its units, x = east."""
        if self.shift is not None or self.in_degrees:
            return self.area
        x0, y0, x1, y1 = geo.transformer(geo.STORED, self.srid).transform_bounds(*self.area, densify_pts=101)
        return x0, y0, x1, y1

    @property
    def straight(self) -> bool:
        """Whether a box in it is a box in degrees."""
        return self.in_degrees or (self.shift is None and self.srid == geo.WEB_MERCATOR)

    @property
    def wraps(self) -> bool:
        """Whether a box may have its west east of its east, and then spans the 180° line."""
        return self.straight or self.shift is not None

    @cached_property
    def tolerance(self) -> float:
        """How far a box reaches beyond its edges: what an answer's rounding takes from a coordinate."""
        return 0.0 if self.in_degrees else 10.0 ** -self.digits

    def to_stored(self, xy: np.ndarray) -> np.ndarray:
        """Coordinates (n × 2, in its own order of axes) to degrees with x = longitude; inf where they are no place."""
        east = np.ascontiguousarray(xy[:, ::-1] if self.swap else xy)
        return self.unprojected(east)

    def unprojected(self, xy: np.ndarray) -> np.ndarray:
        """The same for coordinates with x = east."""
        if self.in_degrees:
            return xy
        if self.shift is not None:
            return self.shift.back(xy)
        x0, y0, x1, y1 = self.range
        # Beyond its range a projection answers with places that are none, as for a zone that is another's.
        x, y = xy[:, 0], xy[:, 1]
        valid = (x >= x0 - 1) & (x <= x1 + 1) & (y >= y0 - 1) & (y <= y1 + 1)
        found = np.column_stack(geo.transformer(self.srid).transform(x, y))
        found[~valid] = np.inf
        return found

    def from_stored(self, xy: np.ndarray) -> np.ndarray:
        """Stored degrees (n × 2) to its coordinates in its own order of axes, rounded to its digits."""
        if self.shift is not None:
            xy = self.shift.shift(xy)
        elif not self.in_degrees:
            xy = np.column_stack(geo.transformer(geo.STORED, self.srid).transform(xy[:, 0], xy[:, 1]))
        return np.round(xy[:, ::-1] if self.swap else xy, self.digits) + 0.0

    def shapes(self, stored: np.ndarray) -> np.ndarray:
        """Shapes as they are stored (an array of shapely's), in this CRS and its order of axes."""
        return shapely.transform(stored, self.from_stored) if len(stored) else stored

    def geojson(self, geometry: dict[str, Any] | None) -> dict[str, Any] | None:
        """A GeoJSON geometry as it is stored, in this CRS and its order of axes."""
        if geometry is None or self == DEFAULT:
            return geometry
        shown = self.shapes(np.array([shapely.from_geojson(json.dumps(geometry))]))[0]
        return dict(json.loads(shapely.to_geojson(shown)))

    def place(self, box: Box) -> Box | bytes:
        """The place that a box covers (x = east, in its units): a box in degrees, or else its outline as WKB.

        Where the box `wraps` its west may be east of its east.
        """
        if self.in_degrees:
            return box
        x0, y0, x1, y1 = (v + self.tolerance * side for v, side in zip(box, (-1, -1, 1, 1), strict=True))
        if not self.straight:
            return self._outline(x0, y0, x1 + (360 if x0 > x1 else 0), y1)
        x, y = geo.transformer(self.srid).transform((x0, x1), (y0, y1))
        west, east = (min(max(v, -180.0), 180.0) for v in x)
        return west, float(y[0]), east, float(y[1])

    def _outline(self, x0: float, y0: float, x1: float, y1: float) -> bytes:
        """The outline of a box as WKB in EPSG:4490, in two parts over the 180° line."""
        unit = 1.0 if self.shift else geo.METRES_PER_DEGREE
        pieces = [min(_MOST_PIECES, 2 + int(side / unit / _EDGE_DEGREES)) for side in (x1 - x0, y1 - y0)]
        xs, ys = (np.linspace(low, high, n) for low, high, n in zip((x0, y0), (x1, y1), pieces, strict=True))
        ring = np.concatenate([np.column_stack([xs, np.full_like(xs, y0)]), np.column_stack([np.full_like(ys, x1), ys])[1:],
                               np.column_stack([xs[::-1], np.full_like(xs, y1)])[1:],
                               np.column_stack([np.full_like(ys, x0), ys[::-1]])[1:]])
        degrees = self.unprojected(ring)
        degrees[:, 0] = np.unwrap(degrees[:, 0], period=360.0)
        return _on_earth(shapely.Polygon(degrees))


def _on_earth(place: shapely.Polygon) -> bytes:
    """A polygon whose longitudes may run beyond ±180, with what lies beyond brought back."""
    place = shapely.make_valid(place)
    west, _, east, _ = place.bounds
    if west < -180 or east > 180:
        turns = [shapely.affinity.translate(place, turn) for turn in (-360, 0, 360)]
        place = shapely.union_all([t.intersection(shapely.box(*EARTH)) for t in turns])
    return bytes(shapely.to_wkb(place))


DEFAULT = Served(geo.CRS84, geo.STORED, False, geo.DIGITS, EARTH)


@lru_cache(maxsize=64)
def served(zone: int) -> tuple[Served, ...]:
    """What a city with this working CRS is served in: CRS84 first, degrees, its zone in all its forms, Web Mercator."""
    zones = [srid for srid in geo.forms_of_zone(zone) if geo.reachable(srid)]
    return (DEFAULT, *(_of_epsg(srid) for srid in dict.fromkeys((geo.WGS84, geo.STORED, *zones, geo.WEB_MERCATOR))))


@lru_cache(maxsize=64)
def derived(zone: int) -> tuple[Served, ...]:
    """The shifted coordinates in which a city can be shown besides: inside China only."""
    if len(geo.forms_of_zone(zone)) < 2:
        return ()
    return tuple(Served(SHIFTED_URN + s.key, geo.STORED, False, geo.DIGITS, EARTH, s) for s in shifted.SHIFTED)


def storage() -> str:
    """The URI of the CRS that features are stored in (/req/crs/fc-md-storageCrs)."""
    return f"{EPSG_URI}{geo.STORED}"


def find(name: str, text: str, known: Iterable[Served]) -> Served:
    """The one of them that this URI names (of a shifted one its short name as well); BadValue names them all."""
    known = tuple(known)
    short = shifted.find(text)
    for one in known:
        if text == one.uri or (short is not None and short is one.shift):
            return one
    listed = ", ".join(one.uri for one in known)
    raise BadValue(name=name, value=text[:80], why_zh=f"不支持的坐标系；可用：{listed}", why_en=f"not a CRS that is served; known: {listed}")


def notice(one: Served) -> dict[str, object] | None:
    """What an answer says of coordinates that are derived; None of others."""
    if one.shift is None:
        return None
    zh = f"{one.shift.zh}：由台账的 CGCS2000 坐标推算，只供与该底图叠加，不是存储的坐标，误差约 {one.shift.accuracy_m:g} 米，不得照此回灌"
    en = (f"{one.shift.en}: derived from the CGCS2000 coordinates of the registry, to fit that base map only; not what is "
          f"stored, off by about {one.shift.accuracy_m:g} m, and must not be loaded back as it is")
    return {"crs": one.uri, "method": one.shift.key, "from": storage(), "accuracy_m": one.shift.accuracy_m, "zh": zh, "en": en}


def _of_epsg(srid: int) -> Served:
    if srid in (geo.STORED, geo.WGS84):
        return Served(f"{EPSG_URI}{srid}", srid, geo.north_first(srid), geo.DIGITS, EARTH)
    west, south, east, north = geo.area_of_use(srid)
    if srid != geo.WEB_MERCATOR:
        west, south, east, north = west - STRIP_DEGREES, south - STRIP_DEGREES, east + STRIP_DEGREES, north + STRIP_DEGREES
    return Served(f"{EPSG_URI}{srid}", srid, geo.north_first(srid), METRE_DIGITS, (west, max(south, -89.0), east, min(north, 89.0)))
