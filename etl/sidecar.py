"""What stands beside an exported file: which column is which field, and the values that its format could not hold."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl import gdal, nesting
from etl.badfile import bad
from etl.layer import Batch, Cells, Layer, Undecodable
from registry.export import beside

WKT = "WKT"  # the name under which a geometry stands among the values


def joined(layer: Layer) -> Layer:
    """The layer with what stands beside its file; itself where nothing does. Raises BadFile for a broken sidecar."""
    layer.told = _fields(layer.file)
    values = beside.values_of(layer.file)
    return Whole(layer, values) if values.is_file() else layer


def _fields(file: Path) -> dict[str, str]:
    """Column → key of its field, as the sidecar of an export says."""
    path = beside.fields_of(file)
    if not path.is_file():
        return {}
    with gdal.translated(path), open(path, encoding="utf-8-sig", newline="") as said:
        return {row["column"]: row["field"] for row in csv.DictReader(said) if row.get("column") and row.get("field")}


class Whole(Layer):
    """A layer whose cells are made whole while they are read; of the values only their places are kept in memory."""

    def __init__(self, layer: Layer, path: Path) -> None:
        self.layer, self.path = layer, path
        self.file, self.name, self.source, self.columns = layer.file, layer.name, layer.source, layer.columns
        self.geometry, self.family, self.rows, self.wkt = layer.geometry, layer.family, layer.rows, layer.wkt
        self.wkt_weak, self.encoding, self.notes, self.told = layer.wkt_weak, layer.encoding, layer.notes, layer.told
        self.within, self.room, self.hint = layer.within, layer.room, layer.hint
        self.key: str | None = None
        self.places: dict[str, list[int]] = {}  # code or #number of a row → where its lines begin
        with gdal.translated(path), open(path, "rb") as file:
            self._index(file)

    def _index(self, file: Any) -> None:
        place = 0
        for number, line in enumerate(file):
            said = json.loads(line)
            if number == 0:
                self.key = said["key"] if said["key"] in {c.name for c in self.columns} else None
            elif said["column"] == WKT or any(c.name == said["column"] for c in self.columns):
                self.places.setdefault(str(said["at"]), []).append(place)
            place += len(line)

    @property
    def opened(self) -> Layer:
        return self.layer.opened

    @property
    def heads(self) -> list[str]:
        return self.layer.heads

    def parts(self) -> list[Path]:
        return [*self.layer.parts(), self.path]

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        extra = [self.key] if self.key is not None and self.key not in wanted else []
        with open(self.path, "rb") as file:
            for batch in self.layer.batches([*wanted, *extra], geometry):
                self._fill(batch, file)
                yield batch

    def _fill(self, batch: Batch, file: Any) -> None:
        row = batch.source_row
        filled: dict[int, dict[str, Any]] = {}
        for i, at in enumerate(self._rows(batch)):
            for place in self.places.get(at, ()):
                file.seek(place)
                said = json.loads(file.readline())
                cells = dict(zip(self.heads, row(i), strict=False))
                if same(cells.get(said["column"]), said["written"]):
                    filled.setdefault(i, {})[said["column"]] = said["value"]
        for i, values in filled.items():
            for column, value in values.items():
                if column == WKT and batch.shapes is not None:
                    batch.shapes[i] = _shape(value, self.path)
                elif column in batch.cells:
                    batch.cells[column] = _with(batch.cells[column], i, value)
        if filled:
            batch.source_row = lambda i: [filled.get(i, {}).get(h, v) for h, v in zip(self.heads, row(i), strict=False)]

    def _rows(self, batch: Batch) -> Iterator[str]:
        """What each row goes by: its code, else its number."""
        cells = batch.cells.get(self.key) if self.key is not None else None
        for i, number in enumerate(batch.rows.tolist()):
            code = cells.values[cells.codes[i]] if cells is not None else None
            text = "" if code is None or isinstance(code, Undecodable) else str(code).strip()
            yield text or f"#{number}"


def same(cell: Any, written: Any) -> bool:
    """Whether a cell is still what was written: who changed it has the last word."""
    if written is None or cell is None:
        return (cell is None or cell == "") and (written is None or written == "")
    if isinstance(written, str):
        return str(cell).strip() == written.strip()
    try:
        return float(cell) == float(written)
    except (TypeError, ValueError):
        return False


def _with(cells: Cells, i: int, value: Any) -> Cells:
    codes = np.array(cells.codes)
    codes[i] = len(cells.values)
    return Cells([*cells.values, value], codes, cells.cut)


def _shape(text: str, path: Path) -> Any:
    front, _, wkt = text.rpartition(";")
    shape = None if nesting.deep_text(wkt) else shapely.from_wkt(wkt, on_invalid="ignore")
    if shape is None:
        raise bad(path, f"图形不是 WKT：{front}{wkt[:40]}", f"a geometry is no WKT: {front}{wkt[:40]}")
    return shape
