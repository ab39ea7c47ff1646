"""CRS on the web (OGC API – Features Part 2): of answers, of boxes, of bodies; derived coordinates say that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from api.conformance import PART_2
from api.operations import Asked
from api.params import SHOWN, Param
from registry import served_crs
from registry.errors import BadValue
from registry.geo import CRS84
from registry.served_crs import DEFAULT, Served
from registry.store.cities import City

CONFORMS_TO = (PART_2 + "crs",)
HEADER, DERIVED = "Content-Crs", "Registry-Derived"
# What clients and GeoJSON of before 2016 call the default by.
DEFAULT_NAMES = frozenset({CRS84, "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84"})
LONGEST = 200  # characters of a URI


def _param(name: str, title: str) -> Param:
    return Param(name, title, {"type": "string", "format": "uri", "maxLength": LONGEST, "default": CRS84}, default=CRS84, shared=True)


CRS_PARAM = _param("crs", "回答的坐标系，见数据集的 crs 和 derivedCrs；坐标按其轴序|CRS of the answer: one of crs or derivedCrs of the "
                   "collection; coordinates in its order of axes")
BBOX_CRS_PARAM = _param("bbox-crs", "bbox 的坐标系和轴序|CRS of bbox, and its order of axes")
FILTER_CRS_PARAM: Param = _param("filter-crs", "filter 中坐标的坐标系和轴序|CRS of coordinates in filter, and their order of axes")


def of_city(city: City) -> tuple[Served, ...]:
    """What the features of a city are served in, the default first (/req/crs/fc-md-crs-list)."""
    return served_crs.served(city.srid)


def chosen(asked: Asked, name: str = "crs") -> Served:
    """The CRS that a parameter names: `crs`, `bbox-crs` or `filter-crs`.

    BadValue, which names those there are, for any other (/req/crs/fc-crs-valid-value, /req/crs/fc-bbox-crs-valid-value).
    Derived coordinates are for answers and boxes; the geometries of a filter are of a CRS.
    """
    said = asked.values.get(name)
    if said is None or said == CRS84:
        return DEFAULT
    city = asked.city
    known = of_city(city) if name == FILTER_CRS_PARAM.name else (*of_city(city), *served_crs.derived(city.srid))
    return served_crs.find(name, said, known)


def of_body(asked: Asked) -> Served:
    """The CRS of the coordinates in a body, by its header Content-Crs; derived ones are never taken.

    BadValue for what is not served (/req/features/content-crs-header of Part 4, /req/crs/ogc-crs-header).
    """
    said = (request.headers.get(HEADER) or CRS84).strip().removeprefix("<").removesuffix(">")
    return DEFAULT if said in DEFAULT_NAMES else served_crs.find(HEADER, said, of_city(asked.city))


def headers(one: Served) -> dict[str, str]:
    """What an answer says of its coordinates (/req/crs/ogc-crs-header-value), for the default as well."""
    return {HEADER: f"<{one.uri}>"} | ({DERIVED: one.shift.key} if one.shift else {})


def told(one: Served) -> dict[str, Any]:
    """The foreign member of an answer whose coordinates are derived; nothing for others."""
    said = served_crs.notice(one)
    return {"derived": said} if said else {}


def box(asked: Asked) -> tuple[float, float, float, float] | bytes | None:
    """`bbox` in `bbox-crs` as the place it covers (/req/crs/fc-bbox-crs-action), as Query takes it.

    BadValue where it leaves the valid range of its CRS or runs backwards.
    """
    one, numbers = chosen(asked, BBOX_CRS_PARAM.name), asked.values.get("bbox")
    return None if numbers is None else box_of(numbers, one, asked.given.get("bbox", ""))


def box_of(numbers: Sequence[float], one: Served = DEFAULT, said: str = "") -> tuple[float, float, float, float] | bytes:
    """The place that four or six numbers cover in a CRS, as Query takes it; said: how they were given, for the error."""
    half = len(numbers) // 2
    (x0, y0), (x1, y1) = (p[1::-1] if one.swap else p[:2] for p in (numbers[:half], numbers[half:]))
    _check_range(said, one, (x0, x1), (y0, y1))
    if y0 > y1:
        raise _wrong(said, "南界大于北界", "south is greater than north")
    if half == 3 and numbers[2] > numbers[5]:
        raise _wrong(said, "最低高程大于最高", "the lower height is greater than the upper one")
    if x0 > x1 and not one.wraps:
        raise _wrong(said, "西界大于东界", "west is greater than east")
    return one.place((x0, y0, x1, y1))


def _check_range(said: str, one: Served, xs: tuple[float, float], ys: tuple[float, float]) -> None:
    west, south, east, north = one.range
    degrees = one.in_degrees or one.shift is not None
    slack = 0.0 if degrees else 1e-3
    if west - slack <= min(xs) and max(xs) <= east + slack and south - slack <= min(ys) and max(ys) <= north + slack:
        return
    if degrees:
        raise _wrong(said, "经度应在 ±180、纬度在 ±90 之内", "longitudes must lie within ±180, latitudes within ±90")
    raise _wrong(said, f"超出 {one.uri} 的有效范围：东 {west:.0f}～{east:.0f} 米，北 {south:.0f}～{north:.0f} 米",
                 f"outside the valid range of {one.uri}: east {west:.0f} to {east:.0f} m, north {south:.0f} to {north:.0f} m")


def _wrong(said: str, zh: str, en: str) -> BadValue:
    return BadValue(name="bbox", value=said[:SHOWN], why_zh=zh, why_en=en)
