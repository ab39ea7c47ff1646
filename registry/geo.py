"""What everything knows of coordinate reference systems: stored 4490, zones by longitude, x is lon."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from registry.errors import BadValue

STORED = 4490  # CGCS2000 geographic; kept and exchanged as x = longitude, y = latitude
WGS84 = 4326  # counts as one with CGCS2000: they differ by decimetres at most
WEB_MERCATOR = 3857  # for map tiles only; metres never come from it
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
DIGITS = 9  # stored coordinates are snapped to 1e-9°, or 4490→4549→4490 changes nearly every row
CHINA_LON = (73.5, 136.5)
METRES_PER_DEGREE = 111_320.0  # of latitude; for tolerances, never for sizes
_ZONES, _TO_NUMBERED = range(4534, 4555), 21  # 3-degree zones of CGCS2000 by meridian; less that, by number
_ELLIPSOID = Geod(ellps="GRS80")  # that of CGCS2000, to the width of an atom
_SECOND = _ELLIPSOID.es / (1 - _ELLIPSOID.es)  # second eccentricity, squared
NEAR_DEGREES = 0.1
_AT_ONCE = 8192  # lines, whose vertices stay in the processor's cache
_POLAR = 0.001  # squared cosine of a latitude of 88°
# Tens to over 100 m away from CGCS2000; the parameters between them are local and classified (standards.md §12.1).
_OLD_DATUMS = {"xian": ("西安 80", "Xi'an 1980"), "xi'an": ("西安 80", "Xi'an 1980"), "西安": ("西安 80", "Xi'an 1980"),
               "beijing": ("北京 54", "Beijing 1954"), "北京": ("北京 54", "Beijing 1954")}
_TODAY = re.compile("china.?2000|cgcs.?2000|china geodetic|wgs|world geodetic", re.IGNORECASE)


def working_srid(lon: float, lat: float = 30.0) -> int:
    """EPSG code in which metres are measured at this longitude.

    Inside 73.5–136.5°E the CGCS2000 3-degree zone without zone prefix (4534 + (CM−75)/3, EPSG:4534–4554);
    elsewhere a UTM zone on WGS 84, since the formula alone gives a wrong zone abroad.
    """
    low, high = CHINA_LON
    if low <= lon <= high:
        meridian = min(135, max(75, 3 * int(np.floor(lon / 3 + 0.5))))
        return 4534 + (meridian - 75) // 3
    zone = min(60, int((lon + 180) // 6) + 1)
    return (32600 if lat >= 0 else 32700) + zone


@lru_cache(maxsize=64)
def crs(text: str | int) -> CRS:
    """A CRS from an EPSG number, `EPSG:4549` or WKT; BadValue when it is none."""
    try:
        if isinstance(text, int) or str(text).isdigit():
            return CRS.from_epsg(int(text))
        return CRS.from_user_input(text)
    except CRSError:
        raise BadValue(name="crs", value=str(text)[:80], why_zh="不是已知的坐标系，例如 EPSG:4549",
                       why_en="not a known CRS, for example EPSG:4549") from None


@lru_cache(maxsize=64)
def transformer(source: str | int, target: str | int = STORED) -> Transformer:
    """A transformer with x = longitude or easting on both sides, whatever the CRS says."""
    return Transformer.from_crs(crs(source), crs(target), always_xy=True)


def old_datum(found: CRS) -> tuple[str, str] | None:
    """Name of the datum, in Chinese and English, that only local parameters lead from or to; None for others."""
    datum = found.geodetic_crs.datum.name if found.geodetic_crs and found.geodetic_crs.datum else ""
    # A bureau's grid may have the town's name and yet be of today's datum.
    words = datum.casefold() if _TODAY.search(datum) else f"{datum} {found.name}".casefold()
    return next((names for word, names in _OLD_DATUMS.items() if word in words), None)


@lru_cache(maxsize=64)
def from_stored(target: str | int) -> Transformer | None:
    """The way from stored degrees to a CRS, x = longitude or easting; None where they are the same.

    BadValue where PROJ knows no true way, as to the datums of Xi'an 80 and Beijing 54: it would keep the degrees.
    """
    wanted = crs(target)
    if any(wanted.equals(CRS.from_epsg(code), ignore_axis_order=True) for code in (STORED, WGS84)):
        return None
    # The one way that PROJ has to Beijing 54 is for a single oil field.
    for code in () if old_datum(wanted) else (STORED, WGS84):
        try:
            return Transformer.from_crs(CRS.from_epsg(code), wanted, always_xy=True, allow_ballpark=False)
        except ProjError:
            continue
    raise BadValue(name="crs", value=wanted.name, why_zh="没有从 CGCS2000 到它的转换参数", why_en="there is no known transformation from CGCS2000")


def north_first(srid: int) -> bool:
    """Whether the axes of a CRS are north and east, in this order, as its authority has them."""
    return crs(srid).axis_info[0].direction == "north"


def area_of_use(srid: int) -> tuple[float, float, float, float]:
    """Where a CRS is meant for: (west, south, east, north) in degrees; all of the earth where nobody says."""
    found = crs(srid).area_of_use
    return found.bounds if found else (-180.0, -90.0, 180.0, 90.0)


def forms_of_zone(srid: int) -> tuple[int, ...]:
    """The same zone without and with its number before the easting (4534–4554, 4513–4533); of others only itself."""
    if srid in _ZONES:
        return srid, srid - _TO_NUMBERED
    if srid + _TO_NUMBERED in _ZONES:
        return srid + _TO_NUMBERED, srid
    return (srid,)


def reachable(srid: int) -> bool:
    """Whether PROJ knows a true way from what is stored to this CRS."""
    try:
        from_stored(srid)
    except BadValue:
        return False
    return True


def snap(coordinates: np.ndarray) -> np.ndarray:
    """Stored degrees rounded to 1e-9°, so that a round trip through metres changes nothing."""
    return np.round(coordinates, DIGITS) + 0.0


def size(shape: Any) -> float:
    """Geodesic m² of a polygon, m of a line, 0 of a point, in EPSG:4490; of invalid ones as their rings add up."""
    measured = _ELLIPSOID.geometry_area_perimeter(shape) if shape.geom_type.endswith("Polygon") else None
    return abs(measured[0]) if measured else float(_ELLIPSOID.geometry_length(shape))


def lengths(shapes: np.ndarray) -> np.ndarray:
    """Geodesic metres of lines in EPSG:4490, 0 where there is none.

    As ST_Length of a geography to 1e-9 of the length, or to the 15 nanometres a step that PostGIS itself is off.
    """
    if len(shapes) > _AT_ONCE:
        return np.concatenate([lengths(shapes[i:i + _AT_ONCE]) for i in range(0, len(shapes), _AT_ONCE)])
    parts, shape = shapely.get_parts(shapes, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    start = np.flatnonzero(part[1:] == part[:-1])
    steps = _distances(xy[start], xy[start + 1])
    return np.bincount(shape[part[start]], steps, minlength=len(shapes))


def _distances(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Geodesic metres between near places by Gauss's formula of the mean latitude: a tenth of the cost of iterating.

    Within NEAR_DEGREES it is 3 nanometres or 5e-11 of the length off; what is farther apart is iterated.
    """
    lon, lat = np.radians(end - start).T
    middle = np.radians((start[:, 1] + end[:, 1]) / 2)
    sin2 = np.sin(middle) ** 2
    cos2 = 1 - sin2
    eta2, eta2_tan2 = _SECOND * cos2, _SECOND * sin2
    v2, n = 1 + eta2, _ELLIPSOID.a / np.sqrt(1 - _ELLIPSOID.es * sin2)
    lon2, lat2 = lon * lon, lat * lat
    east = n * lon * np.sqrt(cos2) * (1 + lat2 * (1 + eta2 - 9 * eta2_tan2 + eta2 ** 2) / (24 * v2 * v2) - lon2 * sin2 / 24)
    north = n / v2 * lat * (1 - lon2 * (2 * cos2 + 3 * sin2 + 2 * eta2 * cos2) / 24 + lat2 * (eta2 - eta2_tan2) / (8 * v2 * v2))
    found = np.hypot(east, north)
    far = np.flatnonzero((np.abs(end - start) > NEAR_DEGREES).any(axis=1) | (cos2 < _POLAR))
    found[far] = _ELLIPSOID.inv(*start[far].T, *end[far].T)[2]
    return found


def is_projected(srid: int) -> bool:
    """Whether the CRS measures in metres (a working CRS must)."""
    found = crs(srid)
    return found.is_projected and all(a.unit_name in ("metre", "meter") for a in found.axis_info)
