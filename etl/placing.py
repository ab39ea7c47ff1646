"""Whether coordinates lie where their CRS says: in its own area, in the city; and which CRSs lead to CGCS2000."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from registry import geo
from registry.errors import BadValue, NeedsAnswer

MARGIN_DEG = 3.0   # a city may reach over the edge of its zone
HELP = ("；有当地转换参数的用 --datum 给出（七参数、PROJ 管线或控制点）", "; if you have local parameters, give them with --datum (seven "
                                                    "parameters, a PROJ pipeline or control points)")


def needs_parameters(found: CRS) -> tuple[str, str] | None:
    """Why a CRS cannot be taken to CGCS2000 without parameters that only the city has, or None."""
    old = geo.old_datum(found)
    if old is not None:
        return (f"坐标系是{old[0]}（{found.name}），没有当地转换参数不能换算为 CGCS2000{HELP[0]}，或请测绘部门换算",
                f"its CRS is {old[1]} ({found.name}); without local parameters it cannot be converted to CGCS2000{HELP[1]}, "
                "or have the survey office convert it first")
    if found.is_engineering or found.is_vertical or found.is_geocentric or found.geodetic_crs is None:
        return (f"坐标系 {found.name} 是地方坐标系，没有参数不能换算{HELP[0]}，或先换算为 CGCS2000",
                f"its CRS {found.name} is a local grid and cannot be converted without parameters{HELP[1]}, or convert it to "
                "CGCS2000 first")
    if true_way(found.to_wkt()) is None:
        return (f"坐标系 {found.name} 没有到 CGCS2000 的转换参数{HELP[0]}，或先换算",
                f"there is no known transformation from {found.name} to CGCS2000{HELP[1]}, or convert it first")
    return None


@lru_cache(maxsize=64)
def true_way(wkt: str) -> int | None:
    """CGCS2000 where PROJ has a true way to it, else WGS 84; None where every way loses the datum."""
    found = CRS.from_wkt(wkt)
    if found.equals(CRS.from_epsg(geo.STORED), ignore_axis_order=True):
        return geo.STORED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for target in (geo.STORED, geo.WGS84):
            try:
                if TransformerGroup(found, CRS.from_epsg(target), always_xy=True, allow_ballpark=False).transformers:
                    return target
            except (IndexError, ProjError):  # pyproj finds no operation at all, as for an unknown projection
                continue
    return None


def inside(placed: np.ndarray, owner: np.ndarray, extent: Any) -> float:
    """Share of shapes whose box meets the city: a district may be larger than the city's extent."""
    if not len(owner):
        return 0.0
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    low, high = np.minimum.reduceat(placed, first), np.maximum.reduceat(placed, first)
    sound = (np.isfinite(low) & np.isfinite(high)).all(axis=1)
    boxes = shapely.box(low[sound, 0], low[sound, 1], high[sound, 0], high[sound, 1])
    shapely.prepare(extent)
    return float(shapely.intersects(extent, boxes).sum() / len(first))


def in_area(placed: np.ndarray, code: int | None) -> float:
    """Share of points near the area that a CRS is meant for; EPSG's, not the file's."""
    x, y = placed[:, 0], placed[:, 1]
    west, south, east, north = -180.0, -90.0, 180.0, 90.0
    area = CRS.from_epsg(code).area_of_use if code else None
    if area is not None and area.west <= area.east:
        west, south, east, north = (area.west - MARGIN_DEG, area.south - MARGIN_DEG, area.east + MARGIN_DEG,
                                    area.north + MARGIN_DEG)
    with np.errstate(invalid="ignore"):
        return float(((x >= west) & (x <= east) & (y >= south) & (y <= north)).mean())


def outside_area(file: str, name: str, evidence: tuple[str, str], share: float) -> NeedsAnswer:
    """The error that coordinates are not where their CRS is for."""
    return NeedsAnswer(file=file, why_zh=f"坐标不是 {name}（{evidence[0]}）：{share:.0%} "
                                         "的点换算后不在它的适用范围；请用 --crs 指明",
                       why_en=f"the coordinates are not {name} ({evidence[1]}): {share:.0%} of the points are outside "
                              "the area it is for; tell the CRS with --crs")


def outside_city(file: str, name: str, evidence: tuple[str, str], share: float, placed: np.ndarray) -> NeedsAnswer:
    """The error that shapes are not where the city is."""
    lon, lat = np.nanmedian(np.where(np.isfinite(placed), placed, np.nan), axis=0)
    return NeedsAnswer(file=file, why_zh=f"按 {name}（{evidence[0]}）换算，{share:.0%} 的图形在城市范围之外"
                                         f"（中位 {lon:.3f}, {lat:.3f}）；请核对 --crs 和 --city",
                       why_en=f"as {name} ({evidence[1]}), {share:.0%} of the shapes lie outside the city "
                              f"(median {lon:.3f}, {lat:.3f}); check --crs and --city")


def working_for(placed: np.ndarray) -> int:
    """The working CRS of a city whose data lie here (degrees)."""
    sound = placed[np.isfinite(placed).all(axis=1)]
    if len(sound) == 0:
        raise BadValue(name="--city", value="", why_zh="没有可用的坐标来选定工作坐标系；请先 registry city add",
                       why_en="no usable coordinates to choose a working CRS from; run registry city add first")
    lon, lat = np.median(sound, axis=0)
    return geo.working_srid(float(lon), float(lat))
