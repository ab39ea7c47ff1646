"""Sheets: rows of cells under heads, with coordinates in columns, as WKT, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl import gdal, wkt
from etl.again import NAMES, is_again
from etl.dbf import NAME_BYTES
from etl.layer import BATCH_ROWS, Batch, Cells, Column, Layer
from registry.geometry import Fault
from registry.kinds.codes import fold
from registry.kinds.script import simplified

# Pairs of heads that carry coordinates, east before north, the surest first; signs and units in brackets do not
# count. Survey sheets put north under X: crs.py sees that by the size of the numbers.
PAIRS = (("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"), ("经度", "纬度"), ("东经", "北纬"),
         ("经度坐标", "纬度坐标"), ("x经度", "y纬度"), ("经度x", "纬度y"), ("gps经度", "gps纬度"), ("中心点经度", "中心点纬度"),
         ("jd", "wd"), ("pointx", "pointy"), ("easting", "northing"), ("东坐标", "北坐标"), ("横坐标", "纵坐标"),
         ("横坐标y", "纵坐标x"), ("x坐标", "y坐标"), ("坐标x", "坐标y"), ("xzb", "yzb"), ("zbx", "zby"),
         ("xcoord", "ycoord"), ("coordx", "coordy"), ("x", "y"))
WKT = ("wkt", "geometry", "geom", "thegeom", "wktgeom", "图形", "几何", "空间坐标")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")  # no place in a name, and some have none in the database
HEAD_ROWS = 10  # so many rows of titles may stand above the heads
NO_ROWS, EMPTY = ("只有表头，没有数据", "has heads and no rows"), ("是空的", "is empty")
_LABEL = re.compile(r"[:：]")                      # 填报单位：路灯所
_NO_HEAD = re.compile(r"[\d\s.,:/%年月日\-]+")     # a number or a date, as text
LONGEST_DEGREES = 100  # signs
_DEGREES = re.compile(r"\s*[EN东東经經北纬緯]{0,2}\s*(?P<d>\d{1,3}(?:\.\d+)?)\s*[°度]\s*(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*[′'’分]\s*)?"
                      r"(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:[″\"”秒]|''|′′)\s*)?[EN]?\s*")


class Sheet(Layer):
    """Rows of cells under one row of heads."""

    family = None
    wkt: str | None = None
    wkt_weak = False
    notes: list[tuple[str, str]]
    xy: tuple[str, str] | None
    wkt_column: str | None
    head: int  # number of the row of heads, from 0

    def lines(self) -> Iterator[list[Any]]:
        """Every row below the heads, blank ones too."""
        raise NotImplementedError

    def parts(self) -> list[Path]:
        return [self.file]

    @property
    def heads(self) -> list[str]:
        return self._heads

    def below_titles(self, top: Sequence[Sequence[Any]]) -> list[Any]:
        """Cells of the row of heads among the first rows, which it notes where rows of several cells are above it."""
        self.head, heads = head_row(top)
        if any(sum(not blank(c) for c in row) >= 2 for row in top[:self.head]):
            self.notes.append((f"表头取第 {self.head + 1} 行，以上各行当作标题",
                               f"the heads are row {self.head + 1}; the rows above it are taken for titles"))
        return heads

    def take(self, heads: Sequence[Any]) -> None:
        """Make columns of the heads; those of the coordinates are set apart."""
        names: list[str] = []
        for n, head in enumerate(heads, 1):
            name = "" if head is None else _CONTROL.sub("", str(head)).strip()
            name = name or f"column_{n}"
            names.append(name if name not in names else next(
                f"{name}({k})" for k in range(2, 9999) if f"{name}({k})" not in names))
        self._heads = names
        known = {_plain(n): n for n in reversed(names)}
        pairs = [(known[a], known[b]) for a, b in PAIRS if a in known and b in known]
        self.wkt_column = next((known[w] for w in WKT if w in known), None)
        self.xy = pairs[0] if pairs and self.wkt_column is None else None
        self.geometry = bool(self.xy or self.wkt_column)
        if self.xy:
            self.notes.append((f"坐标取自列 {self.xy[0]}、{self.xy[1]}",
                               f"coordinates from the columns {', '.join(self.xy)}"))
        apart = {*(self.xy or ()), self.wkt_column}
        again = is_again(names)
        if again:
            apart |= NAMES
        self.columns = tuple(Column(n, cut=again and _may_be_cut(n)) for n in names if n not in apart)

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        numbers, held = [], []
        for number, line in enumerate(self.lines(), 1):
            if all(c is None or c == "" or (isinstance(c, str) and not c.strip()) for c in line):
                continue
            numbers.append(number)
            held.append(line)
            if len(held) == BATCH_ROWS:
                yield self._batch(numbers, held, wanted, geometry)
                numbers, held = [], []
        if held:
            yield self._batch(numbers, held, wanted, geometry)

    def _batch(self, numbers: list[int], held: list[list[Any]], wanted: Sequence[str], geometry: bool) -> Batch:
        width = len(self._heads)
        faults = []
        for i, line in enumerate(held):
            if len(line) > width:
                if any(c not in (None, "") for c in line[width:]):
                    faults.append(Fault(i, "type", {"expected": f"{width} 列 columns"}))
                held[i] = line[:width]
            elif len(line) < width:
                held[i] = [*line, *[None] * (width - len(line))]
        columns = dict(zip(self._heads, zip(*held, strict=True), strict=True))
        shapes = None
        if geometry and self.geometry:
            shapes = wkt.read(columns[self.wkt_column]) if self.wkt_column else \
                points(columns[self.xy[0]], columns[self.xy[1]]) if self.xy else None
        return Batch(np.array(numbers), {n: _cells(self.believed(columns[n])) for n in wanted}, shapes,
                     lambda i: held[i], faults)

    def believed(self, column: Sequence[Any]) -> Sequence[Any]:
        """A column as far as the format can be believed."""
        return column

    def named_crs(self) -> str | None:
        """The CRS that the first geometry names as PostGIS does: `SRID=4549;POINT (…)`."""
        if self.wkt_column is None:
            return None
        at = self._heads.index(self.wkt_column)
        return wkt.crs(line[at] for line in self.lines() if len(line) > at)


def head_row(rows: Sequence[Sequence[Any]]) -> tuple[int, list[Any]]:
    """(number from 0, cells) of the heads among the first rows: the first of at least two cells that is no title,
    else of one."""
    filled = [sum(not blank(c) for c in row) for row in rows]
    several = [n for n, count in enumerate(filled) if count >= 2]
    at = next((n for n in several if not any(_titles(rows[n], rows[m]) for m in several if m > n)),
              next((n for n, count in enumerate(filled) if count), 0))
    heads = list(rows[at]) if rows else []
    while heads and blank(heads[-1]):
        heads.pop()
    return at, heads


def _titles(row: Sequence[Any], below: Sequence[Any]) -> bool:
    """Whether a row is of titles (填报单位：… 填报日期：…) above the heads below: those are different texts under
    every cell of it, and more of them."""
    over, under = ({n: c for n, c in enumerate(line) if not blank(c)} for line in (row, below))
    if len(under) <= len(over) or not over.keys() <= under.keys() or len(set(map(str, under.values()))) < len(under) or \
            any(not isinstance(c, str) or _NO_HEAD.fullmatch(c) for c in under.values()):
        return False
    return 2 * len(over) <= len(under) or any(not isinstance(c, str) or _LABEL.search(c) for c in over.values())


def _plain(name: str) -> str:
    """A head as it is compared with PAIRS: `POINT_X`, `X（m）`, `經度`."""
    return re.sub(r"[_\-.]", "", fold(simplified(re.sub(r"[（(\[【].*?[)）\]】]", "", name))))


def points(xs: Sequence[Any], ys: Sequence[Any]) -> np.ndarray:
    """Points of two columns; None where both are blank, unreadable where one is or is no number."""
    x, y = _numbers(xs), _numbers(ys)
    made = np.full(len(xs), None, object)
    sound = np.isfinite(x) & np.isfinite(y)
    made[sound] = shapely.points(x[sound], y[sound])
    for i in np.flatnonzero(~sound).tolist():
        if not (blank(xs[i]) and blank(ys[i])):
            made[i] = gdal.UNREADABLE
    return made


def _numbers(values: Sequence[Any]) -> np.ndarray:
    try:
        return np.array(values, float)
    except (TypeError, ValueError):
        pass
    found = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        try:
            found[i] = float(value)
        except (TypeError, ValueError):
            found[i] = _sexagesimal(value)
    return found


def _sexagesimal(value: Any) -> float:
    """Degrees of `120°34′58.2″`; NaN for anything else."""
    # Blanks around it are taken off first: a cell of a hundred thousand of them would keep the pattern busy for hours.
    parts = _DEGREES.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= LONGEST_DEGREES else None
    if parts is None:
        return math.nan
    degrees, minutes, seconds = (float(p or 0) for p in parts.group("d", "m", "s"))
    return degrees + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else math.nan


def blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or \
        (isinstance(value, float) and math.isnan(value))


def _cells(column: Sequence[Any]) -> Cells:
    """Equal texts told apart once; what cannot be a key stays as it is."""
    index: dict[Any, int] = {}
    try:
        codes = np.fromiter((index.setdefault((type(v), v), len(index)) for v in column), np.int64, len(column))
    except TypeError:
        return Cells.plain(column)
    return Cells([v for _, v in index], codes)


def _may_be_cut(name: str) -> bool:
    """Whether a head of a reject file fills the place of a name in a DBF, from which it may come."""
    return any(NAME_BYTES - 1 <= len(name.encode(codec, "replace")) <= NAME_BYTES for codec in ("gb18030", "utf-8"))
