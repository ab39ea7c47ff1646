"""Containers that keep their own encoding: GeoJSON, GeoPackage, FileGDB; fiona looks in, pyogrio carries the rows."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyogrio

from etl import gdal
from etl.badfile import bad
from etl.encoding import UNICODE
from etl.layer import BATCH_ROWS, Batch, Cells, Column, Layer, Note
from registry.errors import BadFile

# A text that looks like a date is a text: 2020/1/1 would come back as another. The quick way of GDAL 3.12 through a FlatGeobuf
# loses its place, or ends the whole process, at a row that has none.
pyogrio.set_gdal_config_options({"OGR_GEOJSON_DATE_AS_STRING": True, "OGR_FLATGEOBUF_STREAM_BASE_IMPL": True})
SEQUENCES = (".geojsons", ".geojsonl", ".geojsonseq", ".ndjson")
_TEXT = 'type="String"'
_VIRTUAL = {"int": 'type="Integer64"', "int32": 'type="Integer64"', "int64": 'type="Integer64"', "float": 'type="Real"',
            "bool": 'type="Integer" subtype="Boolean"', "List[str]": 'type="StringList"'}
_NUMERIC = ("int", "float")
_FAMILY = {"point": "point", "linestring": "line", "polygon": "polygon"}
_BLANK = b" \t\r\n\x1e"  # the record separator is allowed before a feature
BEGINS = {".fgb": b"fgb", **dict.fromkeys((".json", ".geojson", *SEQUENCES), b"{")}
HEAD_BYTES = 65_536
NO_ROWS: Note = ("没有记录", "has no records")


class Vector(Layer):
    """One layer of a container that GDAL reads."""

    encoding = UNICODE

    def __init__(self, path: Path, layer: str, several: bool, weak: bool) -> None:
        import fiona  # see gdal: few files need it

        self.file, self.layer, self.wkt_weak, self.notes = path, layer, weak, []
        self.name = layer if several else path.stem
        self.source = f"{path.name}:{layer}" if several else path.name
        with gdal.translated(path), gdal.muted(), fiona.open(path, layer=layer) as opened:
            self.wkt = opened.crs_wkt or None
            schema = opened.schema
            try:
                self.rows = len(opened)
            except TypeError:  # a FlatGeobuf that is empty or was streamed says 0, unknown: it is counted
                self.rows = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
        self.dataset = str(path)
        if path.suffix.lower() in SEQUENCES:
            self.dataset = _undated(path, layer, schema["properties"])
        kind = (schema["geometry"] if isinstance(schema["geometry"], str) else "Unknown").lower()
        self.geometry = kind != "none"
        plain = kind.replace("3d ", "").replace("multi", "").replace("measured ", "").strip()
        self.family = _FAMILY.get(plain)
        self.columns = tuple(Column(n, str(t).startswith(_NUMERIC)) for n, t in schema["properties"].items())
        if not self.rows:
            raise bad(Path(f"{path}:{layer}") if several else path, *NO_ROWS)

    def parts(self) -> list[Path]:
        if not self.file.is_dir():
            return [self.file]
        return [p for p in sorted(self.file.iterdir()) if p.is_file() and p.suffix != ".lock"]

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
                if lost := [n for n in names if at[n] < 0]:
                    raise bad(self.file, f"列 {lost[0]} 有两个或读不到",
                              f"the column {lost[0]} is there twice or cannot be read")
                shape_at = rows.schema.get_field_index(meta["geometry_name"] or "wkb_geometry")
                yield Batch(np.arange(first + 1, first + rows.num_rows + 1),
                            {n: cells(rows.column(at[n])) for n in wanted},
                            gdal.shapes(rows.column(shape_at), self.notes) if geometry and self.geometry else None,
                            partial(row, rows, [at[n] for n in names]))
                first += rows.num_rows
        if first != self.rows:
            raise bad(self.file, f"读到第 {first} 条就断了，应有 {self.rows} 条", f"records end after {first} of {self.rows}")


def flatgeobuf(path: Path) -> list[Layer]:
    """The one layer of a FlatGeobuf."""
    return _layers(path, False)


def geojson(path: Path) -> list[Layer]:
    """The one layer of a GeoJSON file. Its CRS is weak: GDAL says WGS 84 wherever the file says nothing."""
    if not looks_like_geojson(path):
        raise bad(path, "不是 GeoJSON（没有 FeatureCollection）", "is not GeoJSON (no FeatureCollection)")
    with open(path, "rb") as file:
        said = b'"crs"' in file.read(HEAD_BYTES)
    _unicode(path)
    return _layers(path, not said)


def geojson_lines(path: Path) -> list[Layer]:
    """The layer of a file with a GeoJSON feature a line (RFC 8142), which is WGS 84. GDAL passes over lines that
    are none; here they are refused."""
    with gdal.translated(path), open(path, "rb") as file:
        if b'"geometry"' not in file.read(HEAD_BYTES):
            raise bad(path, "不是逐行的 GeoJSON", "has no GeoJSON feature a line")
    _unicode(path)
    found = _layers(path, True)
    with open(path, "rb") as file:
        lines = sum(1 for line in file if line.strip(_BLANK))
    if lines != found[0].rows:
        number = _first_wrong(path)
        raise bad(path, f"第 {number} 行不是 GeoJSON 要素", f"line {number} is no GeoJSON feature")
    return found


def _first_wrong(path: Path) -> int:
    """The first line that is no feature; 0 where each for itself is one."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                if line.strip(_BLANK) and json.loads(line.strip(_BLANK)).get("type") != "Feature":
                    return number
            except (ValueError, AttributeError, RecursionError):
                return number
    return 0


def geopackage(path: Path) -> list[Layer]:
    """The layers of a GeoPackage that hold rows; tables without geometry are sheets."""
    with open(path, "rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            raise bad(path, "不是 GeoPackage", "is not a GeoPackage")
    return _layers(path, False)


def geodatabase(path: Path) -> list[Layer]:
    """The layers of a FileGDB, which is a folder; coded values are what the rows hold, not their descriptions."""
    if not path.is_dir():
        raise bad(path, "FileGDB 应是 .gdb 文件夹，或装着它的 .gdb.zip", "a FileGDB is a .gdb folder, or a .gdb.zip of one")
    if not any(p.suffix.lower() == ".gdbtable" for p in path.iterdir()):
        raise bad(path, "文件夹里没有 .gdbtable，不是 FileGDB", "holds no .gdbtable and is no FileGDB")
    return _layers(path, False)


def _undated(path: Path, layer: str, properties: Mapping[str, str]) -> str:
    """A sequence whose dates are texts, as a virtual dataset: its driver knows no option for that."""
    if not any(t in ("date", "time", "datetime") for t in properties.values()):
        return str(path)
    fields = "".join(f"<Field name={quoteattr(n)} {_VIRTUAL.get(str(t), _TEXT)}/>" for n, t in properties.items())
    return (f"<OGRVRTDataSource><OGRVRTLayer name={quoteattr(layer)}><SrcDataSource>{escape(str(path.absolute()))}</SrcDataSource>"
            f"{fields}</OGRVRTLayer></OGRVRTDataSource>")


def _layers(path: Path, weak: bool) -> list[Layer]:
    _itself(path)
    with gdal.translated(path):
        # fiona.listlayers kills the process where a layer of a damaged GeoPackage cannot be opened.
        names = [str(n) for n, _ in pyogrio.list_layers(path) if n != "layer_styles"]
    found: list[Layer] = []
    for name in names:
        try:
            found.append(Vector(path, name, len(names) > 1, weak))
        except BadFile as error:
            if len(names) == 1 or error.facts["why_en"] != NO_ROWS[1]:
                raise
    if not found:
        raise bad(path, *NO_ROWS)
    return found


def _itself(path: Path) -> None:
    """GDAL goes by what a file holds, not by its name: one that is really a virtual dataset would have it read other
    files and call other computers. What each suffix must begin with is refused when it does not."""
    begins = BEGINS.get(path.suffix.lower())
    if begins is None:
        return
    with gdal.translated(path), open(path, "rb") as file:
        head = file.read(HEAD_BYTES).removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)
    if not head.startswith(begins):
        raise bad(path, f"内容不是 {path.suffix} 文件", f"does not hold what a {path.suffix} file does")


def _unicode(path: Path) -> None:
    """GeoJSON is UTF-8 (RFC 8259 §8.1); GDAL hands on whatever bytes there are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open(path, "rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            raise bad(path, "不是 UTF-8 编码；请用编辑器另存为 UTF-8", "is not in UTF-8; save it as UTF-8 in an editor") from None


def looks_like_geojson(path: Path) -> bool:
    """Whether the beginning of a JSON file tells of features."""
    with gdal.translated(path), open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    return b'"FeatureCollection"' in head or (b'"Feature"' in head and b'"geometry"' in head)


def row(rows: pa.RecordBatch, at: Sequence[int], i: int) -> list[Any]:
    """The values of one row in the columns of these indices."""
    return [rows.column(n)[i].as_py() for n in at]


def cells(column: pa.Array) -> Cells:
    """A column of Arrow, each distinct value once."""
    if isinstance(column, pa.ExtensionArray):  # a GeoJSON column of mixed types comes as JSON
        column = column.storage
    made = column.dictionary_encode() if not pa.types.is_nested(column.type) else None
    if made is None:
        return Cells.plain([json.dumps(v, ensure_ascii=False, default=str) if isinstance(v, list) else str(v) if v is not None else None
                            for v in column.to_pylist()])
    values: list[Any] = [*made.dictionary.to_pylist(), None]
    codes = made.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Cells(values, codes)
