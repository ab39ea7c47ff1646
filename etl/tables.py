"""Sheets: CSV and XLSX row by row, with coordinates in columns, as WKT, or not at all."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import shapely

from etl import encoding, gdal, wkt
from etl.again import NAMES, is_again
from etl.dbf import NAME_BYTES
from etl.encoding import UNICODE
from etl.layer import BATCH_ROWS, Batch, Cells, Column, Layer, Undecodable
from registry.errors import BadFile
from registry.export import beside
from registry.geometry import Fault
from registry.kinds.cells import armed
from registry.kinds.codes import fold

# Pairs of heads that carry coordinates, the surest first. Survey sheets put north under X: crs.py sees that.
PAIRS = (("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"), ("经度", "纬度"),
         ("经度坐标", "纬度坐标"), ("x经度", "y纬度"), ("jd", "wd"), ("pointx", "pointy"), ("easting", "northing"),
         ("东坐标", "北坐标"), ("横坐标", "纵坐标"), ("x坐标", "y坐标"), ("坐标x", "坐标y"), ("x_coord", "y_coord"),
         ("x", "y"))
WKT = ("wkt", "geometry", "geom", "the_geom", "wkt_geom", "图形", "几何", "空间坐标")
SNIFFED_BYTES = 4 << 20
HEAD_ROWS = 10  # a title may stand above the column heads of a workbook
NO_ROWS, EMPTY = ("只有表头，没有数据", "has heads and no rows"), ("是空的", "is empty")
_EXACT = 10 ** 15   # a spreadsheet keeps 15 digits of a number, however many its file shows
csv.field_size_limit(1 << 30)  # polygons as WKT


class Sheet(Layer):
    """Rows of cells under one row of heads."""

    family = None
    wkt: str | None = None
    wkt_weak = False
    notes: list[tuple[str, str]]
    xy: tuple[str, str] | None
    wkt_column: str | None

    def lines(self) -> Iterator[list[Any]]:
        """Every row below the heads, blank ones too."""
        raise NotImplementedError

    def parts(self) -> list[Path]:
        return [self.file]

    @property
    def heads(self) -> list[str]:
        return self._heads

    def take(self, heads: Sequence[Any]) -> None:
        """Make columns of the heads; those of the coordinates are set apart."""
        names: list[str] = []
        for n, head in enumerate(heads, 1):
            name = "" if head is None else str(head).replace("\ufeff", "").strip()
            name = name or f"column_{n}"
            names.append(name if name not in names else next(
                f"{name}({k})" for k in range(2, 9999) if f"{name}({k})" not in names))
        self._heads = names
        known = {fold(n): n for n in reversed(names)}
        pairs = [(known[a], known[b]) for a, b in PAIRS if a in known and b in known]
        self.wkt_column = next((known[w] for w in WKT if w in known), None)
        self.xy = pairs[0] if pairs and self.wkt_column is None else None
        self.geometry = bool(self.xy or self.wkt_column)
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


class Csv(Sheet):
    """Text with a separator; UTF-8 with or without a byte order mark, GBK, or what the user says."""

    def __init__(self, path: Path, user_encoding: str | None = None) -> None:
        self.file, self.name, self.source, self.notes, self.rows = path, path.stem, path.name, [], None
        with gdal.translated(path), open(path, "rb") as file:
            raw = file.read(SNIFFED_BYTES)
        if b"\0" in raw[:4096]:
            raise _bad(path, "不是文本文件", "is not a text file")
        bom = raw.startswith(b"\xef\xbb\xbf")
        if len(raw) == SNIFFED_BYTES:
            raw = raw[:raw.rfind(b"\n") + 1]
        # Not at a bar: in GBK and Big5 it is the second byte of characters.
        words = list(dict.fromkeys(re.split(rb"[,;\t\r\n\"]+", raw.removeprefix(b"\xef\xbb\xbf"))))
        mark = beside.encoding_of(path)
        told = mark.read_text("ascii", "replace").strip() if mark.is_file() else None
        self.encoding = encoding.detect(words, user=user_encoding or ("utf-8" if bom else None), cpg=told, file=path.name)
        if bom and not user_encoding:
            self.encoding = encoding.Encoding("UTF-8", "utf-8", "字节序标记（BOM）", "byte order mark", True,
                                              self.encoding.samples)
        first = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode(self.encoding.codec, "replace")
        self.separator = max(",\t;|", key=first.count)
        lines = self._open()
        self.take(next(lines, []))
        if not any(True for line in lines if any(c.strip() for c in line)):
            raise _bad(path, *(NO_ROWS if self._heads else EMPTY))
        self.wkt = self.named_crs()

    def _open(self) -> Iterator[list[str]]:
        codec = "utf-8-sig" if self.encoding.codec == "utf-8" else self.encoding.codec
        done = width = 0
        try:
            with open(self.file, encoding=codec, errors="surrogateescape", newline="") as file:
                reader = csv.reader(file, delimiter=self.separator, strict=True)
                for line in reader:
                    if reader.line_num > done + 1:
                        width = width or len(line)
                        if any(self._swallowed(cell, width) for cell in line if "\n" in cell or "\r" in cell):
                            raise _bad(self.file, f"第 {done + 1} 行起有引号没有配对，后面的行被吞进一格；请补上或去掉那个引号",
                                       f"from line {done + 1} on a quote is not closed and the rows after it are "
                                       "swallowed by one cell; close or remove that quote")
                    width, done = width or len(line), reader.line_num
                    yield line
        except (csv.Error, OSError) as error:
            raise _bad(self.file, f"不是规整的 CSV（第 {done + 1} 行起）：{error}",
                       f"is not a sound CSV (from line {done + 1} on): {error}") from error

    def _swallowed(self, cell: str, width: int) -> bool:
        """Whether a cell of several lines holds rows: its inner lines have the separators of one."""
        if width < 2 or wkt.TEXT.match(cell):
            return False
        rows = [line.count(self.separator) == width - 1 for line in cell.splitlines()[1:]]
        return any(rows) if width > 2 else bool(rows) and all(rows)

    def lines(self) -> Iterator[list[Any]]:
        lines = self._open()
        next(lines, None)
        for line in lines:
            yield [self._readable(c) for c in line]

    def _readable(self, text: str) -> Any:
        """Bytes outside the encoding stand as lone surrogates."""
        if text[:1] == "'":
            text = armed(text)
        if text.isascii() or not any("\udc80" <= c <= "\udcff" for c in text):
            return text
        return Undecodable(text.encode(self.encoding.codec, "surrogateescape").decode(self.encoding.codec, "replace"),
                           self.encoding.name)


class Xlsx(Sheet):
    """One sheet of a workbook, streamed."""

    encoding = UNICODE

    def __init__(self, path: Path, sheet: str, several: bool) -> None:
        self.file, self.sheet, self.notes, self.rows = path, sheet, [], None
        self.name = sheet if several else path.stem
        self.source = f"{path.name}:{sheet}" if several else path.name
        self.head = 0
        heads: list[Any] = []
        for n, line in enumerate(self._open()):
            filled = [c for c in line if c not in (None, "")]
            if len(filled) >= 2 or n >= HEAD_ROWS:
                self.head, heads = n, line
                break
            if filled and not heads:
                self.head, heads = n, line
        while heads and heads[-1] in (None, ""):
            heads.pop()
        self.take(heads)
        self.any = any(any(c not in (None, "") for c in line) for line in self.lines())
        self.wkt = self.named_crs()

    def _open(self) -> Iterator[list[Any]]:
        with workbook(self.file) as book, gdal.translated(self.file):
            for line in book[self.sheet].iter_rows(values_only=True):
                yield list(line)

    def lines(self) -> Iterator[list[Any]]:
        for n, line in enumerate(self._open()):
            if n > self.head:
                yield line

    def believed(self, column: Sequence[Any]) -> Sequence[Any]:
        return [float(v) if type(v) is int and abs(v) >= _EXACT else v for v in column]


class workbook:
    """An open workbook, read as a stream of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        import zipfile

        try:
            with gdal.translated(self.path):
                self.book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, BadFile, openpyxl.utils.exceptions.InvalidFileException, SyntaxError) as error:
            raise _bad(self.path, "不是 XLSX 工作簿（.xls 请先另存为 .xlsx）",
                       "is not an XLSX workbook (save an .xls as .xlsx first)") from error
        return self.book

    def __exit__(self, *_: object) -> None:
        self.book.close()


def sheets(path: Path) -> list[Layer]:
    """The sheets of a workbook that hold rows."""
    with workbook(path) as book:
        names = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    found = [Xlsx(path, name, len(names) > 1) for name in names]
    filled: list[Layer] = [s for s in found if s.any]
    if not filled:
        raise _bad(path, *(NO_ROWS if any(s.heads for s in found) else EMPTY))
    return filled


def points(xs: Sequence[Any], ys: Sequence[Any]) -> np.ndarray:
    """Points of two columns; None where both are blank, unreadable where one is or is no number."""
    x, y = _numbers(xs), _numbers(ys)
    made = np.full(len(xs), None, object)
    sound = np.isfinite(x) & np.isfinite(y)
    made[sound] = shapely.points(x[sound], y[sound])
    for i in np.flatnonzero(~sound).tolist():
        if not (_blank(xs[i]) and _blank(ys[i])):
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
            continue
    return found


def _blank(value: Any) -> bool:
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


def _bad(path: Path, zh: str, en: str) -> BadFile:
    return BadFile(file=str(path), why_zh=zh, why_en=en)
