"""What the database makes of each declaration: partition, geometry check, indexes, typed view."""

from __future__ import annotations

import json

from sqlalchemy import Connection, text

from registry.catalogue import load
from registry.db import editing
from registry.db.columns import discriminator, literal, quote, read
from registry.db.migration import VIEWS, alone, require_migrated
from registry.errors import NotSynced
from registry.kinds import FeatureKind
from registry.kinds.describe import describe, fingerprint

GEOMETRY_TYPES = {"point": ("POINT", "MULTIPOINT"), "line": ("LINESTRING", "MULTILINESTRING"),
                  "polygon": ("POLYGON", "MULTIPOLYGON")}


def sync(conn: Connection) -> list[str]:
    """Make the database fit the declarations, inside the caller's transaction; returns the keys changed.

    Nothing is ever dropped here but views and checks: a class that is no longer declared keeps its rows.
    """
    require_migrated(conn)
    alone(conn)
    known = {r.key: r.hash for r in conn.execute(text("SELECT key, hash FROM catalogue"))}
    views = set(conn.execute(text("SELECT viewname FROM pg_views WHERE schemaname = :s"), {"s": VIEWS}).scalars())
    conn.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {VIEWS}")
    changed = []
    for kind in load().kinds:
        if known.get(kind.key) != fingerprint(kind) or kind.key not in views:
            _sync_kind(conn, kind)
            changed.append(kind.key)
    if changed:
        conn.execute(text("SELECT registry_regrant()"))
    return changed


def require(conn: Connection, kind: FeatureKind) -> None:
    """Raise NotMigrated or NotSynced unless this kind can be read and written."""
    require_migrated(conn)
    found = conn.execute(text("SELECT hash FROM catalogue WHERE key = :k"), {"k": kind.key}).scalar()
    if found != fingerprint(kind):
        raise NotSynced(key=kind.key)


def _sync_kind(conn: Connection, kind: FeatureKind) -> None:
    table = "zone"
    if kind.table == "asset":
        table = _partition(conn, "asset", kind, live=True)
        _partition(conn, "asset_history", kind, live=False)
        _check_geometry(conn, table, kind)
    retired = _retired(conn, kind)
    _check_keys(conn, table, kind, retired)
    _indexes(conn, table, kind)
    _view(conn, kind)
    conn.execute(text(
        "INSERT INTO catalogue (key, table_name, declaration, hash) VALUES (:k, :t, CAST(:d AS jsonb), :h) "
        "ON CONFLICT (key) DO UPDATE SET table_name = :t, declaration = CAST(:d AS jsonb), hash = :h, "
        "synced_at = now()"),
        {"k": kind.key, "t": kind.table, "h": fingerprint(kind),
         "d": json.dumps({**describe(kind), "retired": retired}, ensure_ascii=False, default=str)})


def _partition(conn: Connection, parent: str, kind: FeatureKind, *, live: bool) -> str:
    name = quote(f"{parent}_{kind.key}")
    conn.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {parent} "
                         f"FOR VALUES IN ({literal(kind.key)})")
    conn.execute(text("SELECT registry_guard_partition(CAST(:p AS regclass), :live)"), {"p": name, "live": live})
    return name


def _check_geometry(conn: Connection, table: str, kind: FeatureKind) -> None:
    """A generic geometry column takes a point for a road: the partition checks the type."""
    types = ", ".join(literal(t) for g in kind.geometry for t in GEOMETRY_TYPES[g])
    conn.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS geometry_type")
    conn.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT geometry_type "
                         f"CHECK (geom IS NULL OR GeometryType(geom) IN ({types}))")


def _retired(conn: Connection, kind: FeatureKind) -> list[str]:
    """Keys of `attrs` that were declared once: rows may carry them still, and must go on to be writable."""
    before = conn.execute(text("SELECT declaration FROM catalogue WHERE key = :k"), {"k": kind.key}).scalar() or {}
    known = {f["key"] for f in before.get("fields", ()) if "column" not in f} | set(before.get("retired", ()))
    return sorted(known - set(_stored(kind)))


def _stored(kind: FeatureKind) -> list[str]:
    return [f.key for f in kind.fields if not f.column]


def _check_keys(conn: Connection, table: str, kind: FeatureKind, retired: list[str]) -> None:
    """Attributes that nobody declared are refused. Not validated: what is there already does not block."""
    keys = ", ".join(literal(key) for key in [*_stored(kind), *retired])
    known = f"attrs - ARRAY[{keys}]::text[] = '{{}}'::jsonb"
    name = "declared_keys"
    if kind.table == "zone":  # one table for all kinds, hence one constraint each
        name = quote(f"declared_keys_{kind.key}"[:63])
        known = f"kind <> {literal(kind.key)} OR {known}"
    conn.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    conn.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({known}) NOT VALID".replace("%", "%%"), ())


def _indexes(conn: Connection, table: str, kind: FeatureKind) -> None:
    """Expression indexes, only on the fields declared `filter=True` that have no column of their own.

    Only of rows that say something: most classes have fields that no file of the bureau's fills.
    """
    for field in kind.fields:
        if field.filter and not field.column:
            name = quote(f"{kind.table}_{kind.key}_{field.key}_x"[:63])
            value = f"({read(field, table, default=False).replace(table + '.', '')})"
            where = f"kind = {literal(kind.key)} AND " if kind.table == "zone" else ""
            conn.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON {table} (city, {value}) WHERE {where}{value} IS NOT NULL")


def _view(conn: Connection, kind: FeatureKind) -> None:
    """Real column names for QGIS and psql; security_invoker, or row security would be passed by.

    The geometry goes without its SRID, so that the trigger may take others than EPSG:4490.
    """
    fields = [f"{read(f)}{'::date' if f.type == 'date' else ''} AS {quote(f.key)}" for f in editing.fields(kind)]
    measures = [f"a.{m}" for m in editing.measures(kind)]
    columns = ", ".join(["a.id", "a.city", *fields, *measures, "a.version", "a.geom::geometry AS geom"])
    name = f"{VIEWS}.{quote(kind.key)}"
    conn.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    conn.exec_driver_sql(f"CREATE VIEW {name} WITH (security_invoker = true) AS SELECT {columns} "
                         f"FROM {kind.table} a WHERE a.{discriminator(kind)} = {literal(kind.key)}")
    conn.exec_driver_sql(f"COMMENT ON VIEW {name} IS {literal(kind.title.zh + ' | ' + kind.title.en)}")
    editing.make_writable(conn, kind)
