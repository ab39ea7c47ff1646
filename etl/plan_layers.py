"""The changes of a plan as a GeoPackage: what is new, what is and what would be, what goes, what is in conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from sqlalchemy import Connection

from registry.export.arrow import TYPES
from registry.geo import STORED
from registry.store import plan_rows
from registry.store.plans import Plan

NAME = "changes.gpkg"
_TEXT = ("code", "field", "said", "says", "has", "actor", "at", "reason")


def write(conn: Connection, plan: Plan, conflicts: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the layers insert, update_old, update_new, delete and conflict (EPSG:4490, x = lon); streams."""
    made = plan.differences
    schema = pa.schema([("row", pa.int64()), ("asset", pa.int64()), ("version", pa.int64()), ("changed", pa.string()),
                        *((f.key, TYPES[f.type]) for f in plan_rows.fields(made)), ("geom", pa.binary())])
    for name in plan_rows.LAYERS:
        _layer(path, name, schema, plan_rows.layer(conn, made, name))
    shapes = plan_rows.shapes(conn, made, [c["id"] for c in conflicts])
    told = pa.schema([("row", pa.int64()), ("asset", pa.int64()), *((k, pa.string()) for k in _TEXT), ("geom", pa.binary())])
    rows = [(c["row"], c["id"], *(None if c[k] is None else str(c[k]) for k in _TEXT), shapes.get(c["id"])) for c in conflicts]
    _layer(path, "conflict", told, iter([rows] if rows else []))


def _layer(path: Path, name: str, schema: pa.Schema, chunks: Iterator[Sequence[Sequence[Any]]]) -> None:
    """One layer, chunk by chunk; it is there with its columns even without a row."""
    append = False
    for chunk in _at_least_one(chunks):
        columns = list(zip(*chunk, strict=True)) or [()] * len(schema)
        table = pa.Table.from_arrays([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
        pyogrio.write_arrow(table, path, layer=name, driver="GPKG", geometry_name="geom", geometry_type="Unknown",
                            crs=f"EPSG:{STORED}", append=append)
        append = True


def _at_least_one(chunks: Iterator[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Sequence[Any]]]:
    yield next(chunks, [])
    yield from chunks
