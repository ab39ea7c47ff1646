"""The second wall: row security for people who come to the database directly, by the same limits as the program's own."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from registry import schema
from registry.db.columns import OF_ASSETS, OF_CITY, VERSIONED
from registry.db.limits import PARTS, limit
from registry.schema.access import WRITERS


def _with_history(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(made for name in names for made in ((name, f"{name}_history") if name in VERSIONED else (name,)))


_OF_ASSETS, _OF_CITY = _with_history(OF_ASSETS), _with_history(OF_CITY)


def raise_wall(conn: Connection) -> None:
    """Policies and the functions they ask; the owner of the tables, which the program is, passes by."""
    inside = f"{_city('a')} AND {_scope('a')}"
    _run(conn, "CREATE OR REPLACE FUNCTION registry_in_scope(a asset) RETURNS boolean LANGUAGE sql STABLE "
               f"AS $body$ SELECT {inside} $body$")
    for table in ("asset", "asset_history"):
        _policy(conn, table, f"{_city(table)} AND {_scope(table)}")
    for table in _OF_CITY:
        named = _named(table) if "asset_id" in schema.metadata.tables[table].columns else ""
        _policy(conn, table, _city(table) + named)
    _policy(conn, "city", "((SELECT registry_scope('city')) IS NULL OR city.key = ANY(" + _values("city") + "))")
    # Who changed what, and why, is for whoever sees the whole city, as on the web.
    limited = " AND ".join(f"(SELECT registry_scope('{part}')) IS NULL" for part in PARTS)
    _policy(conn, "batch", f"{_city('batch')} AND {limited}")
    for table in _OF_ASSETS:
        _policy(conn, table, f"{_city(table)} AND {_asset(table)}")
    for table in schema.metadata.tables:
        if table not in ("asset", "asset_history", *_OF_CITY, *_OF_ASSETS, "city", "batch", "catalogue"):
            _run(conn, f"REVOKE ALL ON {table} FROM PUBLIC")
    _run(conn, "CREATE OR REPLACE FUNCTION registry_writers() RETURNS text[] LANGUAGE sql IMMUTABLE AS "
               f"$body$ SELECT ARRAY[{', '.join(repr(w) for w in WRITERS)}] $body$")


def _scope(alias: str) -> str:
    """Every part of the session's grant holds; one that it does not name does not limit."""
    return " AND ".join(f"((SELECT registry_scope('{part}')) IS NULL OR {limit(part, _values(part), alias)})" for part in PARTS)


def _city(alias: str) -> str:
    return f"((SELECT registry_scope('city')) IS NULL OR {alias}.city = ANY({_values('city')}))"


def _named(table: str) -> str:
    """What names an asset, or a class, tells of it."""
    classes = f"(SELECT registry_scope('classes')) IS NULL OR {limit('classes', _values('classes'), table)}"
    return f" AND ({table}.asset_id IS NULL OR {_asset(table)}) AND ({table}.class IS NULL OR {classes})"


def _asset(table: str) -> str:
    return f"EXISTS (SELECT FROM asset s WHERE s.id = {table}.asset_id)"


def _values(part: str) -> str:
    # A query of its own is asked once for a statement, not once for each row.
    return f"CAST((SELECT registry_scope('{part}')) AS text[])"


def _policy(conn: Connection, table: str, condition: str) -> None:
    _run(conn, f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(conn, f"DROP POLICY IF EXISTS in_scope ON {table}")
    _run(conn, f"CREATE POLICY in_scope ON {table} FOR SELECT USING ({condition})")


def _run(conn: Connection, statement: str) -> None:
    conn.exec_driver_sql(statement.replace("%", "%%"), ())
