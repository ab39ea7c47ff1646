"""The second wall: row security for people who come to the database directly, by the same limits as the program's own."""

from __future__ import annotations

from sqlalchemy import Connection

from registry import schema
from registry.db.limits import PARTS, limit
from registry.schema.access import WRITERS

# Tables whose rows belong to an asset and are seen with it.
OF_ASSETS = ("inspection", "defect", "defect_history", "claim", "claim_history", "attachment")
OF_CITY = ("zone", "zone_history", "organisation", "organisation_history")


def raise_wall(conn: Connection) -> None:
    """Policies and the functions they ask; the owner of the tables, which the program is, passes by."""
    inside = f"{_city('a')} AND {_scope('a')}"
    _run(conn, "CREATE OR REPLACE FUNCTION registry_in_scope(a asset) RETURNS boolean LANGUAGE sql STABLE "
               f"AS $body$ SELECT {inside} $body$")
    for table in ("asset", "asset_history"):
        _policy(conn, table, f"{_city(table)} AND {_scope(table)}")
    for table in OF_CITY:
        _policy(conn, table, _city(table))
    _policy(conn, "city", "((SELECT registry_scope('city')) IS NULL OR city.key = ANY(" + _values("city") + "))")
    # Who changed what, and why, is for whoever sees the whole city, as on the web.
    limited = " AND ".join(f"(SELECT registry_scope('{part}')) IS NULL" for part in PARTS)
    _policy(conn, "batch", f"{_city('batch')} AND {limited}")
    for table in OF_ASSETS:
        _policy(conn, table, f"{_city(table)} AND EXISTS (SELECT FROM asset s WHERE s.id = {table}.asset_id)")
    for table in schema.metadata.tables:
        if table not in ("asset", "asset_history", *OF_CITY, *OF_ASSETS, "city", "batch", "catalogue"):
            _run(conn, f"REVOKE ALL ON {table} FROM PUBLIC")
    _run(conn, "CREATE OR REPLACE FUNCTION registry_writers() RETURNS text[] LANGUAGE sql IMMUTABLE AS "
               f"$body$ SELECT ARRAY[{', '.join(repr(w) for w in WRITERS)}] $body$")


def _scope(alias: str) -> str:
    """Every part of the session's grant holds; one that it does not name does not limit."""
    return " AND ".join(f"((SELECT registry_scope('{part}')) IS NULL OR {limit(part, _values(part), alias)})" for part in PARTS)


def _city(alias: str) -> str:
    return f"((SELECT registry_scope('city')) IS NULL OR {alias}.city = ANY({_values('city')}))"


def _values(part: str) -> str:
    # A query of its own is asked once for a statement, not once for each row.
    return f"CAST((SELECT registry_scope('{part}')) AS text[])"


def _policy(conn: Connection, table: str, condition: str) -> None:
    _run(conn, f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(conn, f"DROP POLICY IF EXISTS in_scope ON {table}")
    _run(conn, f"CREATE POLICY in_scope ON {table} FOR SELECT USING ({condition})")


def _run(conn: Connection, statement: str) -> None:
    conn.exec_driver_sql(statement.replace("%", "%%"), ())
