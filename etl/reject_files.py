"""Refused rows in the format of their source: shapefiles byte by byte, sheets as text, all else as what GDAL writes."""

from __future__ import annotations

import csv
import datetime as dt
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyogrio

from etl import reject_shapefile
from etl.again import HEADS, NAMES
from etl.crs import Crs
from etl.delimited import Csv
from etl.layer import Layer
from etl.shapefile import Shapefile
from etl.workbook import Xlsx
from registry import geo
from registry.export import beside
from registry.kinds.cells import defused

if TYPE_CHECKING:
    from etl.reject import Entries, Entry

BATCH = 10_000
_ARROW = {frozenset({int}): pa.int64(), frozenset({float}): pa.float64(), frozenset({int, float}): pa.float64(),
          frozenset({bool}): pa.bool_(), frozenset({dt.date}): pa.date32()}


def write(layer: Layer, stem: Path, entries: Entries, place: Crs | None) -> Path | None:
    """Write the file `<stem>.<suffix>`; None where the form is that file already."""
    opened = layer.opened
    if isinstance(opened, Xlsx):
        return None
    if isinstance(opened, Csv):
        return _csv(opened, stem.with_name(stem.name + ".csv"), entries)
    if isinstance(opened, Shapefile) and reject_shapefile.fits(opened):
        return reject_shapefile.write(opened, stem, entries, place)
    return _container(layer, stem, entries, place)


def columns(layer: Layer) -> list[tuple[int, str]]:
    """Index and name of the source's own columns: a reject file that is refused again does not tell twice."""
    return [(n, name) for n, name in enumerate(layer.heads) if name not in NAMES]


def told(layer: Layer, entry: Entry) -> list[Any]:
    """What the columns of a reject file say of a row, its file first."""
    return [layer.source, *entry.told]


def _csv(layer: Csv, path: Path, entries: Entries) -> Path:
    codec = layer.encoding.codec
    own = columns(layer)
    with open(path, "w", encoding="utf-8-sig" if codec == "utf-8" else codec, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=layer.separator, quotechar=layer.quote)
        writer.writerow([*HEADS, *(name for _, name in own)])
        for entry in entries():
            writer.writerow([*(defused(t) for t in told(layer, entry)), *(defused(_text(entry.values[n])) for n, _ in own)])
    if codec != "utf-8":
        beside.encoding_of(path).write_text(codec, encoding="ascii")
    return path


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _container(layer: Layer, stem: Path, entries: Entries, place: Crs | None) -> Path:
    """GeoJSON stays GeoJSON; GeoPackage, FileGDB, DXF and the others become a GeoPackage."""
    own = columns(layer)
    types = _types(entries, own)
    made = pa.schema([*(pa.field(h, pa.string()) for h in HEADS), *(pa.field(n, t) for (_, n), t in zip(own, types, strict=True)),
                      *([pa.field("geom_", pa.binary())] if layer.rejects_shape else [])])

    def batches() -> Iterator[pa.RecordBatch]:
        held: list[list[Any]] = []
        for entry in entries():
            values = [_as(entry.values[n], t) for (n, _), t in zip(own, types, strict=True)]
            held.append([*told(layer, entry), *values, *([entry.wkb] if layer.rejects_shape else [])])
            if len(held) == BATCH:
                yield _batch(held, made)
                held = []
        if held:
            yield _batch(held, made)

    json = layer.file.suffix.lower() in (".geojson", ".json") and layer.rejects_shape
    path = stem.with_name(stem.name + (".geojson" if json else ".gpkg"))
    more: dict[str, Any] = {"layer_options": {"COORDINATE_PRECISION": "15"}} if json else {"layer_options": {"FID": "fid_"}}
    if layer.rejects_shape:
        more |= {"geometry_name": "geom_", "geometry_type": "Unknown", "crs": _crs(layer, place)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a file without a CRS is made into one without
        pyogrio.write_arrow(pa.RecordBatchReader.from_batches(made, batches()), path, driver="GeoJSON" if json else "GPKG",
                            layer=stem.name, **more)
    return path


def _crs(layer: Layer, place: Crs | None) -> str | None:
    """That of the file, unless a person or a mapping said otherwise; none where nobody did (GeoJSON), or where no CRS
    says how the file is converted (GCJ-02, local parameters)."""
    if place is not None and place.way is not None and layer.wkt is None:
        return None
    if place is not None and (place.source in ("user", "mapping") or layer.wkt is None) and not place.swap:
        return geo.crs(place.text).to_wkt()
    return None if layer.wkt_weak else layer.wkt


def _batch(held: list[list[Any]], made: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch([pa.array(v, t) for v, t in zip(zip(*held, strict=True), made.types, strict=True)], schema=made)


def _types(entries: Entries, own: list[tuple[int, str]]) -> list[pa.DataType]:
    """The narrowest type of each column that takes all of its values."""
    seen: list[set[type]] = [set() for _ in own]
    for entry in entries():
        for found, (n, _) in zip(seen, own, strict=True):
            if entry.values[n] is not None:
                found.add(type(entry.values[n]))
    return [_ARROW.get(frozenset(found), pa.string()) for found in seen]


def _as(value: Any, kind: pa.DataType) -> Any:
    if value is None or not pa.types.is_string(kind):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)
