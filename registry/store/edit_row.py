"""The statements of one edit: the row it makes, and how that row is written."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.dialects import postgresql

from registry import sql
from registry.db.columns import SQL_TYPES, TABLES, content_columns, discriminator, literal, quote, row_hash
from registry.history import Batch
from registry.kinds import FeatureKind, Field
from registry.store.target import Told, name

SCHEME = "bureau"  # of codes that are given by hand
# Columns of an unusual type: how they are told, and how they are made again.
_OUT = {"geom": "ST_AsBinary(t.geom, 'NDR')", "attrs": "t.attrs::text", "scores": "t.scores::text"}
_IN = {"geom": "ST_GeomFromWKB(CAST(:geom AS bytea), 4490)"}


def becomes(conn: Connection, told: Told, city: str, id_: int | None, values: dict[str, Any], wkb: bytes | None,
            editions: str) -> Any:
    """The row as it would be: content columns, `differs`, the code of the
    claimed district (`claim`), and whether the city has districts (`zoned`)."""
    params: dict[str, Any] = {f"v{n}": _bound(f, values[f.key]) for n, f in enumerate(told.fields)}
    params |= {"geom": wkb} if told.geometry else {}
    params |= {"editions": editions} if told.places else {}
    params |= {"scheme": SCHEME} if told.kind.table == "asset" else {}
    return conn.execute(_target(told), {"city": city, "id": id_, **params}).one()


def insert(conn: Connection, kind: FeatureKind, row: Any, batch: Batch) -> Any:
    """Write a new row; returns its id and version."""
    return conn.execute(sql.statement("edit_insert", **_written(kind)), _values(kind, row, batch)).one()


def update(conn: Connection, kind: FeatureKind, row: Any, batch: Batch, id_: int, version: int) -> Any:
    """Write a row over that version of the live one; None when it is another by now."""
    here = {"table": kind.table, "discriminator": discriminator(kind), "key": literal(kind.key)}
    conn.execute(sql.statement("edit_told", **here), {"city": batch.city, "id": id_})
    return conn.execute(sql.statement("edit_update", **_written(kind)),
                        _values(kind, row, batch) | {"id": id_, "version": version}).one_or_none()


def delete(conn: Connection, kind: FeatureKind, city: str, id_: int, version: int) -> bool:
    """Delete that version of the live row; whether it was there."""
    return bool(conn.execute(text(f"DELETE FROM {kind.table} WHERE {discriminator(kind)} = :key AND city = :city "
                                  "AND id = :id AND version = :version"),
                             {"key": kind.key, "city": city, "id": id_, "version": version}).rowcount)


def holder(conn: Connection, kind: FeatureKind, city: str, row: Any, id_: int | None) -> int | None:
    """The id of the other row that has the code of this one already."""
    scope = "code_scheme" if kind.table == "asset" else "edition"
    if row.code is None:
        return None
    return conn.execute(text(f"SELECT id FROM {kind.table} WHERE {discriminator(kind)} = :key AND city = :city "
                             f"AND {scope} = :scope AND code = :code AND id IS DISTINCT FROM CAST(:id AS bigint)"),
                        {"key": kind.key, "city": city, "scope": getattr(row, scope), "code": row.code, "id": id_}).scalar()


# -- fragments -----------------------------------------------------------------------------------
def _target(told: Told) -> TextClause:
    table = told.kind.table
    columns = content_columns(table)
    values = [f"CAST(:v{n} AS {SQL_TYPES[f.type]}) AS {name(f)}" for n, f in enumerate(told.fields)]
    values += ["ST_GeomFromWKB(CAST(:geom AS bytea), 4490) AS geom"] if told.geometry else []
    return sql.statement(
        "edit_target", table=table, discriminator=discriminator(told.kind), key=literal(told.kind.key),
        told=", ".join(values) or "1", zones=_zones(told) if told.places else "",
        placing=told.placing if told.places else "",
        claim=", claim.code AS claim, place.zoned" if told.places else ", NULL AS claim, false AS zoned",
        shown=", ".join(f"{_OUT.get(c, f't.{quote(c)}')} AS {quote(c)}" for c in columns),
        target=", ".join(f"{expression} AS {quote(c)}" for c, expression in told.columns().items()),
        new=", ".join(f"t.{quote(c)}" for c in columns), old=", ".join(f"a.{quote(c)}" for c in columns))


def _bound(field: Field, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if field.type == "list" and value is not None else value


def _zones(told: Told) -> str:
    """The divisions near the row, under the names that stage_placing.sql knows."""
    near = f"z.geom && (SELECT {told.geom} FROM s LEFT JOIN a ON true)"
    pieces = sql.statement("zone_pieces", pieces="ST_MakeValid(z.geom)", near=near)
    names = sql.statement("zone_names", said="said.word IS NOT NULL AND z.kind = 'district'")
    return f", zone_piece AS MATERIALIZED ({pieces.text}), zone_name AS MATERIALIZED ({names.text})"


def _written(kind: FeatureKind) -> dict[str, str]:
    columns = content_columns(kind.table)
    row = ", ".join(f"{_IN.get(c) or f'CAST(:{c} AS {_type(kind.table, c)})'} AS {quote(c)}" for c in columns)
    return {"table": kind.table, "discriminator": discriminator(kind), "key": literal(kind.key), "row": row,
            "columns": ", ".join(quote(c) for c in columns), "values": ", ".join(f"d.{quote(c)}" for c in columns),
            "hash": row_hash(kind.table, "d")}


def _type(table: str, column: str) -> str:
    return str(TABLES[table].columns[column].type.compile(dialect=postgresql.dialect()))


def _values(kind: FeatureKind, row: Any, batch: Batch) -> dict[str, Any]:
    return {**{c: getattr(row, c) for c in content_columns(kind.table)}, "city": batch.city, "batch": batch.id, "at": batch.at}
