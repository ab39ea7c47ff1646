"""The rows of an export as Arrow batches, and GDAL's writers behind them: a stream, never a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from registry.errors import BadFile
from registry.export.content import Column, Content
from registry.kinds.codes import fold

TYPES = {"text": pa.string(), "code": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
          "date": pa.date32(), "timestamp": pa.string(), "list": pa.string()}
# What GDAL calls the GeometryTypes of PostGIS.
_NAMES = {"POINT": "Point", "MULTIPOINT": "MultiPoint", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString",
          "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon"}
_USUAL = {"point": "POINT", "line": "LINESTRING", "polygon": "POLYGON"}


def types(content: Content) -> list[str]:
    """The types of geometry as GeoJSON and GDAL call them; the usual one of the class where there is no row."""
    return [_NAMES.get(t, "Unknown") for t in content.present or [_USUAL[content.kind.geometry[0]]]]


def free(name: str, content: Content) -> str:
    """A name that no column has."""
    taken = {fold(c.name) for c in content.columns}
    while fold(name) in taken:
        name += "_"
    return name


def schema(content: Content, geometry: str, widths: dict[str, int] | None = None) -> pa.Schema:
    """Columns and geometry (WKB). widths: bytes of columns of text."""
    return pa.schema([*(_field(c, (widths or {}).get(c.name)) for c in content.columns), pa.field(geometry, pa.binary())])


def batches(content: Content, made: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows, some thousands at a time."""
    for batch in content.batches():
        columns = [*batch.values, batch.wkb]
        yield pa.record_batch([pa.array(v, t) for v, t in zip(columns, made.types, strict=True)], schema=made)


def write(content: Content, path: Path, driver: str, *, widths: dict[str, int] | None = None, kind: str | None = None,
          **options: Any) -> None:
    """Write through GDAL. kind: the type of geometry of the file; without it that of the rows, if it is but one.

    Raises BadFile for whatever GDAL could not write as it is.
    """
    geometry = free("geom", content)
    made = schema(content, geometry, widths)
    failed: list[BaseException] = []

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches(content, made)
        except BaseException as error:  # on its way through C it would lose its type
            failed.append(error)
            raise

    found = types(content)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            pyogrio.write_arrow(pa.RecordBatchReader.from_batches(made, guarded()), path, driver=driver, geometry_name=geometry,
                                geometry_type=kind or (found[0] if len(found) == 1 else "Unknown"), crs=content.crs.to_wkt(),
                                **options)
    except Exception as error:
        if failed:
            raise failed[0] from None
        raise _bad(path, str(error)) from error
    if said := [str(w.message) for w in told if w.category is RuntimeWarning]:
        raise _bad(path, said[0])


def _field(column: Column, width: int | None) -> pa.Field:
    told = {"GDAL:OGR:alternative_name": column.field.title.zh}
    if width is not None:
        told["GDAL:OGR:width"] = str(width)
    return pa.field(column.name, TYPES[column.field.type], metadata=told)


def _bad(path: Path, what: str) -> BadFile:
    return BadFile(file=path.name, why_zh=f"写不了：{what}", why_en=f"cannot be written: {what}")
