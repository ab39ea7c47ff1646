"""Shapefiles: the parts on disk, the geometry through GDAL, the attributes from the DBF itself."""

from __future__ import annotations

import mmap
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from etl import gdal
from etl.badfile import bad as _bad
from etl.dbf import Dbf
from etl.layer import BATCH_ROWS, Batch, Cells, Layer

MAGIC = 9994
SAMPLE_ROWS = 4_096  # a look at the first of many lines is not to cost 0.3 s
TYPES = {0: None, 1: "point", 11: "point", 21: "point", 8: "point", 18: "point", 28: "point", 3: "line", 13: "line",
         23: "line", 5: "polygon", 15: "polygon", 25: "polygon", 31: "polygon"}


class Shapefile(Layer):
    """A .shp with its .dbf; the .shx may be missing or wrong. A .dbf alone is a table without geometry."""

    def __init__(self, path: Path, user_encoding: str | None = None) -> None:
        self.file, self.name, self.source = path, path.stem, path.name
        self.notes = []
        shp = path if path.suffix.lower() == ".shp" else part(path, ".shp")
        table = path if path.suffix.lower() == ".dbf" else part(path, ".dbf")
        if shp is not None:
            self.family, self.index = _scan(shp)
        if table is None:
            raise _bad(path, "缺少同名的 .dbf（属性表）", "its .dbf (the attributes) is missing")
        self.dbf = Dbf(table)
        self.shp = shp
        self.geometry = shp is not None
        if shp is None:
            self.family, self.index = None, np.zeros((0, 2), ">i4")
        self.rows = max(len(self.index), self.dbf.records)
        if not self.rows:
            raise _bad(path, "只有表头，没有记录", "has a header and no records")
        if shp is not None and len(self.index) != self.dbf.records:
            self.notes.append((f".shp 有 {len(self.index)} 个图形，.dbf 有 {self.dbf.records} 条记录：按序号相配，缺的按空处理",
                               f".shp has {len(self.index)} shapes, .dbf {self.dbf.records} records: "
                               "joined by number, "
                               "what is missing counts as empty"))
        cpg = part(path, ".cpg")
        mark = "".join(c for c in cpg.read_bytes()[:64].decode("latin-1") if c.isprintable()).strip() if cpg else None
        self.encoding = self.dbf.encoding(user_encoding, mark or None)
        self.columns = self.dbf.names(self.encoding)
        prj = part(path, ".prj")
        self.wkt = prj.read_bytes().decode("utf-8", "replace").strip("\ufeff\0 \r\n") or None if prj else None
        self.wkt_weak = False

    def parts(self) -> list[Path]:
        found = [part(self.file, e) for e in (".shp", ".shx", ".dbf", ".prj", ".cpg")]
        return [p for p in found if p is not None]

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        places = {c.name: p for c, p in zip(self.columns, self.dbf.places, strict=True)}
        shapes = self._shapes(BATCH_ROWS) if geometry and self.geometry else None
        deleted = 0
        for first, block in self._blocks():
            count = max(len(block), min(BATCH_ROWS, len(self.index) - first))
            drawn = next(shapes, None) if shapes is not None else None
            if shapes is not None:
                drawn = _padded(drawn, count)
            live = np.ones(count, bool)
            live[:len(block)] = self.dbf.live(block)
            keep = np.flatnonzero(live)
            deleted += count - len(keep)
            rows, shown = block[keep[keep < len(block)]], {}
            for name in wanted:
                cells = self.dbf.cells(rows, places[name], self.encoding)
                shown[name] = _longer(cells, len(keep))
            yield Batch(first + keep + 1, shown, drawn[keep] if drawn is not None else None,
                        partial(self._row, rows))
        if deleted and not any("删除" in zh for zh, _ in self.notes):
            self.notes.append((f"{deleted} 条标为已删除的记录不算在内", f"{deleted} records marked as deleted are left out"))

    def _row(self, rows: np.ndarray, i: int) -> list[Any]:
        return [self.dbf.value(rows[i], p, self.encoding) if i < len(rows) else None for p in self.dbf.places]

    def _blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        yield from self.dbf.blocks()
        empty = np.zeros((0, self.dbf.size), np.uint8)
        done = -(-self.dbf.records // BATCH_ROWS) * BATCH_ROWS  # shapes beyond the last block of attributes
        for first in range(done, len(self.index), BATCH_ROWS):
            yield first, empty

    def some_shapes(self) -> Iterator[np.ndarray]:
        return self._shapes(SAMPLE_ROWS)

    def _shapes(self, at_a_time: int) -> Iterator[np.ndarray]:
        """Shapes in the order of the records; GDAL sees nothing but .shp and a sound .shx."""
        count = 0
        assert self.shp is not None
        with _bare(self.shp, self.index) as bare, gdal.translated(self.file), \
                pyogrio.open_arrow(bare, columns=[], batch_size=at_a_time, use_pyarrow=True) as (_, reader):
            for part_ in reader:
                if part_.num_rows:
                    count += part_.num_rows
                    yield gdal.shapes(part_.column(part_.num_columns - 1))
        if count != len(self.index):
            raise _bad(self.file, f"图形读到第 {count} 个就断了，应有 {len(self.index)} 个",
                       f"shapes end after {count} of {len(self.index)}")


def part(path: Path, suffix: str) -> Path | None:
    """The file of the same name with another suffix, in whatever case that is written."""
    plain = path.with_suffix(suffix)
    if plain.is_file():
        return plain
    for other in path.parent.glob(f"{_glob(path.stem)}.*"):
        if other.suffix.lower() == suffix and other.stem == path.stem and other.is_file():
            return other
    return None


def _glob(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def _scan(shp: Path) -> tuple[str | None, np.ndarray]:
    """(family, the .shx as (offset, length) in 16-bit words), read from .shx or made anew from the records."""
    size = shp.stat().st_size
    with open(shp, "rb") as file:
        head = file.read(100)
    if len(head) < 100 or struct.unpack(">i", head[:4])[0] != MAGIC:
        raise _bad(shp, "不是 Shapefile（文件头不对）", "is not a shapefile (wrong file header)")
    words, = struct.unpack(">i", head[24:28])
    kind, = struct.unpack("<i", head[32:36])
    if kind not in TYPES:
        raise _bad(shp, f"图形类型 {kind} 不是 Shapefile 的类型", f"shape type {kind} is none of a shapefile")
    index = _index(part(shp, ".shx"), size)
    if index is None:
        index = _rebuilt(shp, size)
        if size < words * 2:
            raise _bad(shp, f"被截断：文件头说有 {words * 2} 字节，实有 {size} 字节",
                       f"truncated: the header says {words * 2} bytes, there are {size}")
    return TYPES[kind], index


def _index(shx: Path | None, size: int) -> np.ndarray | None:
    """The .shx, when all its records lie within the .shp, in order."""
    if shx is None:
        return None
    raw = shx.read_bytes()
    if len(raw) < 100 or struct.unpack(">i", raw[:4])[0] != MAGIC:
        return None
    index = np.frombuffer(raw[100:100 + (len(raw) - 100) // 8 * 8], ">i4").reshape(-1, 2)
    ends = index.astype(np.int64).sum(axis=1) * 2 + 8
    if len(index) and (index[:, 0].min() < 50 or index[:, 1].min() < 2 or ends.max() > size):
        return None
    return index


def _rebuilt(shp: Path, size: int) -> np.ndarray:
    """An index from the record headers of the .shp itself."""
    found: list[tuple[int, int]] = []
    at = 100
    with open(shp, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while at + 12 <= size:
            number, length = struct.unpack_from(">ii", data, at)
            end = at + 8 + 2 * length
            if length < 2 or end > size or number < 1:
                raise _bad(shp, f"第 {len(found) + 1} 条记录（字节 {at}）不完整，文件被截断或已损坏",
                           f"record {len(found) + 1} (byte {at}) is not whole: truncated or damaged")
            found.append((at // 2, length))
            at = end
    return np.array(found, ">i4").reshape(-1, 2)


@contextmanager
def _bare(shp: Path, index: np.ndarray) -> Iterator[Path]:
    """A folder of ours with a link to the .shp and an .shx made from the index: nothing is written beside the
    user's file, and no .dbf is there to be decoded wrongly."""
    with tempfile.TemporaryDirectory(prefix="registry-shp-") as folder:
        link = Path(folder) / "layer.shp"
        link.symlink_to(shp.resolve())
        with open(shp, "rb") as file:
            head = bytearray(file.read(100))
        head[24:28] = struct.pack(">i", 50 + 4 * len(index))
        link.with_suffix(".shx").write_bytes(bytes(head) + np.ascontiguousarray(index, ">i4").tobytes())
        yield link


def _padded(shapes: np.ndarray | None, count: int) -> np.ndarray:
    """Shapes for every row of a batch; rows beyond the last shape have none."""
    if shapes is not None and len(shapes) == count:
        return shapes
    full = np.full(count, None, object)
    if shapes is not None:
        full[:len(shapes)] = shapes
    return full


def _longer(cells: Cells, count: int) -> Cells:
    """Cells for every row of a batch; rows beyond the last record have none."""
    missing = count - len(cells.codes)
    if not missing:
        return cells
    return Cells([*cells.values, None], np.append(cells.codes, np.full(missing, len(cells.values))), cells.cut)
