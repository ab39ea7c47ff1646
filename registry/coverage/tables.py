"""Shapes of a run as temporary tables, for the statements that look at them by place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from registry.coverage.land import Cover, Drawn, Land

Columns = dict[str, Iterable[Any]]
_TYPES = {"id": "int8", "code": "text", "name": "text", "population": "int8", "people_per_m2": "float8", "area_m2": "float8",
          "covered_m2": "float8", "repaired": "bool", "geom": "geometry", "gap": "geometry"}


def write(conn: Connection, table: str, columns: Columns) -> None:
    """Make the table, dropped at the end of the transaction. Names of columns are of _TYPES; geometries are WKB with SRID."""
    conn.exec_driver_sql(f"CREATE TEMP TABLE {table} ({', '.join(f'{name} {_TYPES[name]}' for name in columns)}) ON COMMIT DROP")
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        # The binary form of geometry is its WKB; bytea sends the bytes as they are.
        copy.set_types(["bytea" if _TYPES[name] == "geometry" else _TYPES[name] for name in columns])
        for row in zip(*columns.values(), strict=False):
            copy.write_row(row)


def drawn(made: Drawn, srid: int) -> Columns:
    return {"id": made.ids.tolist(), "code": made.codes, "name": made.names, "population": (None if p is None else int(p) for p in known(made.population)),
            "geom": geometries(made.shapes, srid), "area_m2": made.size.tolist(), "repaired": made.repaired.tolist()}


def land(made: Land, srid: int) -> Columns:
    return {"id": made.ids.tolist(), "code": made.codes, "name": made.names, "people_per_m2": known(made.people),
            "geom": geometries(made.shapes, srid), "area_m2": made.size.tolist()}


def cover(made: Land, found: Cover, srid: int) -> Columns:
    return {"id": made.ids.tolist(), "covered_m2": found.size.tolist(), "gap": geometries(found.gaps, srid)}


def tiles(shapes: np.ndarray, srid: int, codes: Iterable[str | None] = repeat(None)) -> Columns:
    return {"code": codes, "geom": geometries(shapes, srid)}


def one(shape: shapely.Geometry | None, srid: int) -> Columns:
    return {"geom": geometries(np.array([shape], dtype=object), srid)}


def geometries(shapes: np.ndarray, srid: int) -> list[bytes | None]:
    found: list[bytes | None] = shapely.to_wkb(shapely.set_srid(shapes, srid), include_srid=True).tolist()
    return found


def known(numbers: np.ndarray) -> list[float | None]:
    """None for what is not a number."""
    return [None if n != n else n for n in numbers.tolist()]
