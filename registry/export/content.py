"""What goes into a file: the rows of a kind in a CRS, with the columns and values that the format takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from sqlalchemy import Connection

from registry import geo, settings
from registry.export.beside import Values
from registry.export.format import Format
from registry.kinds import CodeList, FeatureKind, Field
from registry.store import exported
from registry.store.exported import Survey
from registry.store.query import Query

# Lengths and areas as the registry measured them: told, and left alone by a load as every column with this beginning.
_MEASURED = {"line": ("length_m", Field("_length_m", "长度（量算）|Length, measured", "number", unit="m")),
             "polygon": ("area_m2", Field("_area_m2", "面积（量算）|Area, measured", "number", unit="m²"))}
_MEASURES = {field: column for column, field in _MEASURED.values()}
DEGREE_DIGITS, METRE_DIGITS = geo.DIGITS, 6  # decimals of coordinates as text; 1e-9° is 0.1 mm


@dataclass(frozen=True)
class Column:
    """A column of the file."""

    name: str
    field: Field


@dataclass
class Batch:
    """Rows with their values column by column; wkb: geometries in the CRS of the content. first: number of the first."""

    first: int
    values: list[list[Any]]
    wkb: list[bytes | None]

    @property
    def rows(self) -> int:
        return len(self.wkb)

    @property
    def shapes(self) -> np.ndarray:
        return shapely.from_wkb(np.array(self.wkb, object))


@dataclass(frozen=True)
class Content:
    """The rows that go into one file, in the order of their query. types: of these GeometryTypes only."""

    conn: Connection
    query: Query
    format: Format
    survey: Survey
    columns: list[Column]
    crs: pyproj.CRS
    encoding: str = "utf-8"
    types: tuple[str | None, ...] | None = None
    more: Values | None = None
    progress: Callable[[int], None] = lambda rows: None

    @property
    def kind(self) -> FeatureKind:
        """The kind, as it is seen."""
        return self.query.kind

    def part(self, types: tuple[str | None, ...], **changes: Any) -> Content:
        """The same of some GeometryTypes."""
        return dataclasses.replace(self, types=types, **changes)

    @property
    def present(self) -> list[str]:
        """The GeometryTypes among the rows."""
        return [t for t in self.survey.types if t is not None and (self.types is None or t in self.types)]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(n for t, n in self.survey.types.items() if self.types is None or t in self.types)

    @property
    def key(self) -> Column | None:
        """The column of the business key."""
        code = self.kind.by_column.get("code")
        return next((c for c in self.columns if c.field is code), None)

    def batches(self) -> Iterator[Batch]:
        """The rows, some thousands at a time: nothing more is held."""
        fields = [c.field for c in self.columns if c.field not in _MEASURES]
        measures = [_MEASURES[c.field] for c in self.columns if c.field in _MEASURES]
        way = geo.from_stored(self.crs.to_wkt())
        number = 1
        for rows in exported.stream(self.conn, self.query, fields, measures, self.types):
            *values, wkb = (list(column) for column in zip(*rows, strict=True))
            batch = Batch(number, values, wkb if way is None else _moved(wkb, way))
            self._fit(batch)
            yield batch
            number += batch.rows
            self.progress(batch.rows)

    def features(self) -> Iterator[list[bytes]]:
        """The rows as GeoJSON text made by the database, each with its line end, some at a time."""
        fields = {c.name: c.field for c in self.columns if c.field not in _MEASURES}
        measures = {c.name: _MEASURES[c.field] for c in self.columns if c.field in _MEASURES}
        for lines in exported.features(self.conn, self.query, fields, measures, self.types):
            yield lines
            self.progress(len(lines))

    def keep(self, number: int, column: str, written: Any, value: Any, code: Any) -> None:
        """Put a value that the format does not hold beside the file."""
        if self.more is not None:
            told = value.isoformat() if isinstance(value, dt.date) else value
            self.more.add(number, code if isinstance(code, str) else None, column, written, told)

    # -- inside ----------------------------------------------------------------------------------
    def _fit(self, batch: Batch) -> None:
        """Make of every value what the format takes; what that loses is kept beside."""
        lost: list[tuple[int, str, Any, Any]] = []
        for column, values in zip(self.columns, batch.values, strict=True):
            if all(v is None for v in values):  # most columns of most classes
                continue
            if self.format.words and column.field.codes is not None:
                values[:] = _worded(column.field.codes, values)
            if self.format.fit is not None:
                for i, value in enumerate(values):
                    if value is not None:
                        values[i] = self.format.fit(column.field, value, self.encoding)
                        if values[i] != value and column.field not in _MEASURES:  # a load reads no measures
                            lost.append((i, column.name, values[i], value))
        for i, name, written, value in lost:
            self.keep(batch.first + i, name, written, value, self.code_at(batch, i))

    def code_at(self, batch: Batch, i: int) -> Any:
        """The code of a row as it stands in the file."""
        key = self.key
        return batch.values[self.columns.index(key)][i] if key is not None else None


def measured(kind: FeatureKind) -> list[Field]:
    """The columns of measures that an export of a kind has."""
    return [field for family, (name, field) in _MEASURED.items()
            if family in kind.geometry and (name == "area_m2" or kind.table == "asset")]


def _worded(codes: CodeList, values: list[Any]) -> list[Any]:
    english = settings.lang() == "en"
    titles = {c.value: c.title.en if english else c.title.zh for c in codes.codes}
    return [titles.get(v, v) for v in values]


def _moved(wkb: list[bytes | None], way: pyproj.Transformer) -> list[bytes | None]:
    shapes = shapely.from_wkb(np.array(wkb, object))
    xy = shapely.get_coordinates(shapes)
    moved = np.column_stack(way.transform(xy[:, 0], xy[:, 1])) if len(xy) else xy
    made: list[bytes | None] = shapely.to_wkb(shapely.set_coordinates(shapes, moved), byte_order=1).tolist()
    return made


def text_of(shapes: np.ndarray, crs: pyproj.CRS) -> list[str]:
    """Shapes as WKT; where the CRS is not that of the registry with its EPSG number in front, as PostGIS writes it."""
    digits = DEGREE_DIGITS if crs.is_geographic else METRE_DIGITS
    code = crs.to_epsg()
    front = "" if code in (geo.STORED, geo.WGS84) else f"SRID={code};"
    return [front + t if t is not None else "" for t in shapely.to_wkt(shapes, rounding_precision=digits, output_dimension=2)]
