"""Files as offices have them, written byte by byte."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS

from registry import geo

HERE = (120.50, 29.95, 120.70, 30.10)  # the pretend city


def dbf(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]], *, encoding: str = "gbk", ldid: int = 0,
        width: int | Sequence[int] = 30, kinds: str | None = None, deleted: Sequence[int] = ()) -> Path:
    """A dBASE III table; names and texts too long are cut by bytes, as old tools do."""
    kinds = kinds or "C" * len(names)
    widths = [width] * len(names) if isinstance(width, int) else list(width)
    head = struct.pack("<4BIHH17xB2x", 3, 125, 1, 1, len(rows), 33 + 32 * len(names), 1 + sum(widths), ldid)
    for name, kind, w in zip(names, kinds, widths, strict=True):
        raw = name if isinstance(name, bytes) else name.encode(encoding)
        head += struct.pack("<11sc4xBB14x", raw[:10], kind.encode(), w, 0)
    body = b""
    for n, row in enumerate(rows):
        body += b"*" if n in deleted else b" "
        for value, kind, w in zip(row, kinds, widths, strict=True):
            raw = b"" if value is None else value if isinstance(value, bytes) else str(value).encode(encoding)
            body += raw[:w].rjust(w) if kind in "NF" else raw[:w].ljust(w)
    path.write_bytes(head + b"\r" + body + b"\x1a")
    return path


def rejected(path: Path) -> list[dict[str, Any]]:
    """The rows of a reject file of any format, as a load reads them; blank cells are None."""
    from etl import source

    layer, = source.layers(path)
    return [{h: None if v == "" else v for h, v in zip(layer.heads, batch.source_row(i), strict=True)}
            for batch in layer.batches((), False) for i in range(len(batch.rows))]


def shp(path: Path, shapes: Sequence[Any], kind: str | None = None, epsg: int | None = None) -> Path:
    """The .shp and .shx of some shapes."""
    kind = kind or next(g.geom_type for g in shapes if g is not None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no CRS is given is the point
        pyogrio.write_arrow(_table(shapes), path, geometry_type=kind, geometry_name="g", driver="ESRI Shapefile")
    for suffix in (".dbf", ".cpg", ".prj"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    if epsg is not None:
        path.with_suffix(".prj").write_text(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    return path


def _table(shapes: Sequence[Any]) -> Any:
    wkb = [None if g is None else shapely.to_wkb(g) for g in shapes]
    return pa.table({"g": pa.array(wkb, pa.binary())})


def lonlat(count: int = 40, seed: int = 1) -> np.ndarray:
    """Places in the pretend city."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(HERE[0], HERE[2], count), rng.uniform(HERE[1], HERE[3], count)])


def projected(epsg: int, xy: np.ndarray | None = None) -> np.ndarray:
    """Places of the pretend city in a CRS."""
    xy = lonlat() if xy is None else xy
    return np.column_stack(geo.transformer(geo.STORED, epsg).transform(xy[:, 0], xy[:, 1]))
