"""What the size of coordinates tells of their CRS: standards.md §12.3 as code, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from etl.layer import Note
from registry import geo

# Gauss-Kruger by datum (EPSG): first of the 3-degree zones 25–45 with the zone in front, of CM 75–135E without,
# of the 6-degree zones 13–23 with, of CM 75–135E without (standards.md §12.1): CGCS2000, Xi'an 1980, Beijing 1954.
_CGCS2000 = (4513, 4534, 4491, 4502)
_DATUMS = (_CGCS2000, (2349, 2370, 2327, 2338), (2401, 2422, 21413, 21453))
EASTING = (200_000, 800_000)
NORTHING = (1_600_000, 5_900_000)
LON, LAT = (73, 136), (3, 54)
MERCATOR_X, MERCATOR_Y = (7_900_000, 15_200_000), (300_000, 7_000_000)
MILLION = 1_000_000


@dataclass(frozen=True)
class Guess:
    """A CRS that coordinates of this size may be in."""

    srid: int
    swap: bool
    zh: str
    en: str

    def __str__(self) -> str:
        return f"EPSG:{self.srid}" + ("（XY 对调 swapped）" if self.swap else "")


def span(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the bulk of the coordinates lies: a stray point in ten does not count."""
    low, high = np.quantile(xy, (0.1, 0.9), axis=0, method="nearest") if len(xy) else np.zeros((2, 2))
    return low, high


def guesses(xy: np.ndarray, working: int | None, neighbours: bool = False) -> list[Guess]:
    """Every CRS that fits the size; without a zone prefix the zone is that of the city's working CRS.

    neighbours: also the zones beside it (an extent then decides); 6-degree zones share their meridians.
    """
    if not len(xy):
        return []
    (x0, y0), (x1, y1) = span(xy)
    found: list[Guess] = []
    for swap, (a0, a1), (b0, b1) in ((False, (x0, x1), (y0, y1)), (True, (y0, y1), (x0, x1))):
        turned_zh, turned_en = ("，先北后东，已对调", ", north before east, swapped") if swap else ("", "")
        if _in(a0, a1, LON) and _in(b0, b1, LAT):
            found.append(Guess(geo.STORED, swap, f"大小像经纬度{'，先纬后经，已对调' if swap else ''}，按 CGCS2000",
                               f"of the size of degrees{', latitude first, swapped' if swap else ''}; "
                               "taken as CGCS2000"))
        if _in(b0, b1, NORTHING):
            meridian = _cm(working) if working is not None else None
            if _in(a0, a1, EASTING) and working is not None and meridian is not None:
                found.append(Guess(working, swap, f"不带带号的高斯坐标{turned_zh}，带由城市的工作坐标系定",
                                   f"Gauss-Kruger without zone prefix{turned_en}; zone by the city's working CRS"))
                for beside in (meridian - 3, meridian + 3) if neighbours else ():
                    found.append(Guess(_CGCS2000[1] + (beside - 75) // 3, swap,
                                       f"不带带号的高斯坐标{turned_zh}，带（中央经线 {beside}°）由城市范围定",
                                       f"Gauss-Kruger without zone prefix{turned_en}; zone (CM "
                                       f"{beside}°) by the city's extent"))
            zone = int(a0 // MILLION)
            if _in(a0 - zone * MILLION, a1 - zone * MILLION, EASTING):
                srid = _zone(_CGCS2000, zone)
                if srid:
                    width_zh, width_en = ("六度", "6-degree") if zone < 25 else ("三度", "3-degree")
                    found.append(Guess(srid, swap, f"带号 {zone}（{width_zh}带）的高斯坐标{turned_zh}",
                                       f"Gauss-Kruger with zone prefix {zone} ({width_en}){turned_en}"))
        if not swap and _in(a0, a1, MERCATOR_X) and _in(b0, b1, MERCATOR_Y):
            found.append(Guess(geo.WEB_MERCATOR, False, "大小像网络墨卡托", "of the size of Web Mercator"))
    if not found and working is not None and _cm(working) is None and degrees(xy):
        # Abroad the table of China says nothing; degrees are believed where the city's own zone confirms them.
        found.append(Guess(geo.WGS84, False, "大小像经纬度，按 WGS 84", "of the size of degrees; taken as WGS 84"))
    return found


def unprefixed(xy: np.ndarray) -> bool:
    """Whether this is Gauss-Kruger without a zone prefix, so that only the zone is in question."""
    (x0, y0), (x1, y1) = span(xy)
    return bool((_in(x0, x1, EASTING) and _in(y0, y1, NORTHING)) or (_in(y0, y1, EASTING) and _in(x0, x1, NORTHING)))


def degrees(xy: np.ndarray) -> bool:
    """Whether the numbers can be degrees at all."""
    low, high = span(xy)
    return bool(np.abs((low, high)).max(axis=0)[0] <= 180 and np.abs((low, high)).max(axis=0)[1] <= 90)


def turned_degrees(xy: np.ndarray) -> bool:
    """Degrees with latitude first: of China, or anywhere beyond 90."""
    (x0, y0), (x1, y1) = span(xy)
    return bool((_in(x0, x1, LAT) and _in(y0, y1, LON)) or (90 < y1 <= 180 and _in(x0, x1, (-90, 90))))


def sibling(code: int, low: np.ndarray, high: np.ndarray) -> tuple[int, bool, Note] | None:
    """The zone's other form when the coordinates contradict a declared Gauss-Kruger CRS: (EPSG, swapped, why)."""
    grid = _grid(code)
    if grid is None:
        return None
    swap = bool(_in(low[0], high[0], NORTHING) and not _in(low[1], high[1], NORTHING))
    east0, east1 = (low[1], high[1]) if swap else (low[0], high[0])
    prefixed = east0 > 13 * MILLION
    right = code
    if prefixed and not grid.prefixed:
        zone = int(east0 // MILLION)
        inside = _in(east0 - zone * MILLION, east1 - zone * MILLION, (0, MILLION))
        if zone not in (grid.meridian // 3, (grid.meridian + 3) // 6) or not inside:
            return None
        right = _zone(grid.datum, zone) or code
    elif not prefixed and grid.prefixed and _in(east0, east1, EASTING):
        right = grid.datum[1 if grid.step == 3 else 3] + (grid.meridian - 75) // grid.step
    if right == code and not swap:
        return None
    zh, en = [], []
    if right != code:
        zh.append(f"坐标{'带' if prefixed else '不带'}带号，按 EPSG:{right}")
        en.append(f"its coordinates come {'with' if prefixed else 'without'} zone prefix: EPSG:{right}")
    if swap:
        zh.append("先北后东，已对调")
        en.append("north before east, swapped")
    return right, swap, ("，".join(zh), ", ".join(en))


class _Grid(NamedTuple):
    """A Gauss-Kruger CRS: its datum's codes, zone width in degrees, whether the zone stands in front, its meridian."""

    datum: tuple[int, int, int, int]
    step: int
    prefixed: bool
    meridian: int


def _grid(code: int) -> _Grid | None:
    for datum in _DATUMS:
        for first, step, prefixed in zip(datum, (3, 3, 6, 6), (True, False, True, False), strict=True):
            if 0 <= code - first <= 60 // step:
                return _Grid(datum, step, prefixed, 75 + step * (code - first))
    return None


def _zone(datum: tuple[int, int, int, int], number: int) -> int | None:
    """The CRS that a zone number in front of the easting names."""
    if 13 <= number <= 23:
        return datum[2] + number - 13
    return datum[0] + number - 25 if 25 <= number <= 45 else None


def _cm(code: int) -> int | None:
    """Central meridian of a Gauss-Kruger CRS."""
    grid = _grid(code)
    return grid.meridian if grid else None


def _in(low: float, high: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= low and high <= limits[1]
