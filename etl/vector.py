"""Containers that keep their own encoding: GeoJSON and GeoPackage; fiona looks in, pyogrio carries the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import fiona
import numpy as np
import pyarrow as pa
import pyogrio

from etl import gdal
from etl.encoding import UNICODE
from etl.layer import BATCH_ROWS, Batch, Cells, Column, Layer
from registry.errors import BadFile

# A text that looks like a date is a text: 2020/1/1 would come back as another.
pyogrio.set_gdal_config_options({"OGR_GEOJSON_DATE_AS_STRING": True})
_NUMERIC = ("int", "float")
_FAMILY = {"point": "point", "linestring": "line", "polygon": "polygon"}
_VIRTUAL = {"int": 'type="Integer64"', "int32": 'type="Integer64"', "int64": 'type="Integer64"', "float": 'type="Real"',
            "bool": 'type="Integer" subtype="Boolean"'}
_TEXT = 'type="String"'
SEQUENCES = (".geojsons", ".geojsonl")
HEAD_BYTES = 65_536


class Vector(Layer):
    """One layer of a container that GDAL reads."""

    encoding = UNICODE

    def __init__(self, path: Path, layer: str, several: bool, weak: bool) -> None:
        self.file, self.layer, self.wkt_weak, self.notes = path, layer, weak, []
        self.name = layer if several else path.stem
        self.source = f"{path.name}:{layer}" if several else path.name
        with gdal.translated(path), fiona.open(path, layer=layer) as opened:
            self.wkt = opened.crs_wkt or None
            schema = opened.schema
            self.rows = len(opened)
        self.dataset = str(path)
        if path.suffix.lower() in SEQUENCES:
            self.dataset = _undated(path, layer, schema["properties"])
        kind = (schema["geometry"] if isinstance(schema["geometry"], str) else "Unknown").lower()
        self.geometry = kind != "none"
        plain = kind.replace("3d ", "").replace("multi", "").replace("measured ", "").strip()
        self.family = _FAMILY.get(plain)
        self.columns = tuple(Column(n, str(t).startswith(_NUMERIC)) for n, t in schema["properties"].items())
        if not self.rows:
            raise BadFile(file=f"{path}:{layer}" if several else str(path), why_zh="没有记录", why_en="has no records")

    def parts(self) -> list[Path]:
        return [self.file]

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        names = [c.name for c in self.columns]
        first = 0
        with gdal.translated(self.file), pyogrio.open_arrow(
                self.dataset, layer=self.layer, read_geometry=geometry and self.geometry, batch_size=BATCH_ROWS,
                use_pyarrow=True) as (meta, reader):
            for rows in reader:
                if not rows.num_rows:
                    continue
                at = {n: rows.schema.get_field_index(n) for n in names}
                shape_at = rows.schema.get_field_index(meta["geometry_name"] or "wkb_geometry")
                yield Batch(np.arange(first + 1, first + rows.num_rows + 1),
                            {n: cells(rows.column(at[n])) for n in wanted},
                            gdal.shapes(rows.column(shape_at)) if geometry and self.geometry else None,
                            partial(row, rows, [at[n] for n in names]))
                first += rows.num_rows


def geojson(path: Path) -> list[Layer]:
    """The one layer of a GeoJSON file. Its CRS is weak: GDAL says WGS 84 wherever the file says nothing."""
    if not looks_like_geojson(path):
        raise BadFile(file=str(path), why_zh="不是 GeoJSON（没有 FeatureCollection）", why_en="is not GeoJSON "
                                                                                        "(no FeatureCollection)")
    with gdal.translated(path):
        layers = fiona.listlayers(path)
    with open(path, "rb") as file:
        said = b'"crs"' in file.read(HEAD_BYTES)
    return [Vector(path, name, len(layers) > 1, not said) for name in layers]


def single(path: Path) -> list[Layer]:
    """The one layer of a file that is written front to back: FlatGeobuf, or GeoJSON text sequences."""
    with gdal.translated(path):
        name, = fiona.listlayers(path)
    return [Vector(path, name, False, path.suffix.lower() != ".fgb")]


def _undated(path: Path, layer: str, properties: Mapping[str, str]) -> str:
    """A sequence whose dates are texts, as a virtual dataset: its driver knows no option for that."""
    if not any(t in ("date", "time", "datetime") for t in properties.values()):
        return str(path)
    fields = "".join(f"<Field name={quoteattr(n)} {_VIRTUAL.get(str(t), _TEXT)}/>" for n, t in properties.items())
    return (f"<OGRVRTDataSource><OGRVRTLayer name={quoteattr(layer)}><SrcDataSource>{escape(str(path.absolute()))}</SrcDataSource>"
            f"{fields}</OGRVRTLayer></OGRVRTDataSource>")


def looks_like_geojson(path: Path) -> bool:
    """Whether the beginning of a JSON file tells of features."""
    with gdal.translated(path), open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    return b'"FeatureCollection"' in head or (b'"Feature"' in head and b'"geometry"' in head)


def geopackage(path: Path) -> list[Layer]:
    """The layers of a GeoPackage that hold rows; tables without geometry are sheets."""
    with open(path, "rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            raise BadFile(file=str(path), why_zh="不是 GeoPackage", why_en="is not a GeoPackage")
    with gdal.translated(path):
        names = [n for n in fiona.listlayers(path) if n != "layer_styles"]
    found: list[Layer] = []
    for name in names:
        try:
            found.append(Vector(path, name, len(names) > 1, False))
        except BadFile:
            if len(names) == 1:
                raise
    if not found:
        raise BadFile(file=str(path), why_zh="没有记录", why_en="has no records")
    return found


def row(rows: pa.RecordBatch, at: Sequence[int], i: int) -> list[Any]:
    """The values of one row in the columns of these indices."""
    return [rows.column(n)[i].as_py() for n in at]


def cells(column: pa.Array) -> Cells:
    """A column of Arrow, each distinct value once."""
    if isinstance(column, pa.ExtensionArray):  # a GeoJSON column of mixed types comes as JSON
        column = column.storage
    made = column.dictionary_encode() if not pa.types.is_nested(column.type) else None
    if made is None:
        return Cells.plain([str(v) if v is not None else None for v in column.to_pylist()])
    values: list[Any] = [*made.dictionary.to_pylist(), None]
    codes = made.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Cells(values, codes)
