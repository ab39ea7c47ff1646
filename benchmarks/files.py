"""Shapefiles as offices have them, made of nothing: GBK, EPSG:4549, fields as wide as their values need."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pyogrio
import shapely

CHANGED_SHARE = 100  # every hundredth row


def lamps(folder: Path, rows: int, *, changed: bool = False) -> Path:
    """Points with eleven attributes, 186 bytes a row; `changed`: one name in a hundred is another."""
    rng = np.random.default_rng(7)
    n = np.arange(rows)
    number = np.char.zfill(n.astype("S8"), 8)
    names = np.char.add("路灯".encode("gbk"), number)
    if changed:
        names[::CHANGED_SHARE] = np.char.add("新灯".encode("gbk"), number[::CHANGED_SHARE])
    pick = lambda *words: np.array([w.encode("gbk") for w in words])[rng.integers(0, len(words), rows)]  # noqa: E731
    columns = (("编码", 20, np.char.add(b"33069901180", number)), ("名称", 20, names), ("状态", 8, pick("完好", "破损", "丢失")),
               ("权属单位", 30, pick("示范市路灯管理所", "示范区城管局")), ("养护单位", 30, pick("一标段", "二标段")),
               ("建成日期", 8, pick("20150101", "20200630")), ("道路等级", 10, pick("主干路", "次干路", "支路")),
               ("光源类型", 12, pick("LED", "高压钠灯")), ("功率", 10, rng.integers(50, 250, rows).astype("S3")),
               ("亮灯", 10, pick("亮", "不亮")), ("备注", 27, pick("普查", "补录")))
    places = np.column_stack([500_000 + rng.random(rows) * 40_000, 3_300_000 + rng.random(rows) * 40_000])
    return _write(folder / "路灯.shp", shapely.points(places), columns)


def roads(folder: Path, rows: int, vertices: int = 12) -> Path:
    """Lines with three attributes."""
    rng = np.random.default_rng(8)
    number = np.char.zfill(np.arange(rows).astype("S8"), 8)
    starts = np.column_stack([500_000 + rng.random(rows) * 40_000, 3_300_000 + rng.random(rows) * 40_000])
    steps = np.cumsum(rng.random((rows, vertices, 2)) * 10, axis=1) + starts[:, None, :]
    columns = (("编码", 20, np.char.add(b"DL", number)), ("名称", 20, np.char.add("道路".encode("gbk"), number)),
               ("备注", 20, np.full(rows, "普查".encode("gbk"))))
    return _write(folder / "道路.shp", shapely.linestrings(steps), columns)


def _write(file: Path, shapes: np.ndarray, columns: tuple[tuple[str, int, np.ndarray], ...]) -> Path:
    """GDAL writes the shapes; the table by hand, as it makes every text 80 bytes wide."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.raw.write(file, shapely.to_wkb(shapes), [], [], geometry_type=shapes[0].geom_type, crs="EPSG:4549")
    size = 1 + sum(width for _, width, _ in columns)
    head = struct.pack("<4BIHH20x", 3, 126, 1, 1, len(shapes), 32 + 32 * len(columns) + 1, size)
    records = np.full((len(shapes), size), ord(" "), np.uint8)
    at = 1
    for name, width, values in columns:
        head += struct.pack("<11sc4xBB14x", name.encode("gbk"), b"N" if name == "功率" else b"C", width, 0)
        cells = (np.char.rjust if name == "功率" else np.char.ljust)(values, width).astype(f"S{width}")
        records[:, at:at + width] = cells.view(np.uint8).reshape(len(shapes), width)
        at += width
    with open(file.with_suffix(".dbf"), "wb") as table:
        table.write(head + b"\r")
        records.tofile(table)
    file.with_suffix(".cpg").write_text("GBK", encoding="ascii")
    return file
