"""GeoParquet: tables whose metadata tells the column of geometry and its CRS, read in row groups by pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

from etl import gdal
from etl.badfile import bad
from etl.encoding import UNICODE
from etl.layer import BATCH_ROWS, Batch, Column, Layer
from etl.vector import NO_ROWS, cells, row


class GeoParquet(Layer):
    """One table; without the metadata of GeoParquet a sheet without geometry."""

    encoding = UNICODE

    def __init__(self, path: Path) -> None:
        self.file, self.name, self.source, self.notes, self.family = path, path.stem, path.name, [], None
        with gdal.translated(path), pq.ParquetFile(path) as file:
            schema, self.rows = file.schema_arrow, file.metadata.num_rows
            told = json.loads((schema.metadata or {}).get(b"geo", b"null"))
            self.place: str | None = told["primary_column"] if told else None
            column = told["columns"][self.place] if told else {}
            written = column.get("encoding", "WKB")
        if written != "WKB":
            raise bad(path, f"图形的编码是 {written}，只认 WKB", f"its geometry is encoded as {written}; only WKB is read")
        if not self.rows:
            raise bad(path, *NO_ROWS)
        self.geometry = self.place is not None
        # Without a word it is OGC:CRS84 by the specification; nobody chose it.
        self.wkt_weak = "crs" not in column
        said: Any = column.get("crs", "OGC:CRS84")
        with gdal.translated(path):
            self.wkt = CRS.from_user_input(said).to_wkt() if self.geometry and said is not None else None
        self.columns = tuple(Column(f.name, pa.types.is_integer(f.type) or pa.types.is_floating(f.type)) for f in schema
                             if f.name != self.place)

    def parts(self) -> list[Path]:
        return [self.file]

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        names = [c.name for c in self.columns]
        drawn = geometry and self.geometry
        first = 0
        with gdal.translated(self.file), pq.ParquetFile(self.file) as file:
            for rows in file.iter_batches(BATCH_ROWS, columns=[*names, *([self.place] if drawn else [])]):
                at = {n: rows.schema.get_field_index(n) for n in rows.schema.names}
                yield Batch(np.arange(first + 1, first + rows.num_rows + 1), {n: cells(rows.column(at[n])) for n in wanted},
                            gdal.shapes(rows.column(at[self.place])) if drawn else None,
                            partial(row, rows, [at[n] for n in names]))
                first += rows.num_rows
