"""Which tables of a database are the registry's, and how they are counted, dropped and told from the bureau's own."""

from __future__ import annotations

from sqlalchemy import Connection, text

from registry import schema, sql
from registry.db.columns import quote
from registry.db.migration import VERSION_TABLE, VIEWS
from registry.errors import DatabaseUnsuitable

SEQUENCES = (schema.feature_id.name,)
LOCK_TIMEOUT_S = 60
# Schema of the differences of plans. They are no part of a backup: a plan is made anew in a minute.
PLANS = "registry_plans"
# What caches are made of, and what tells them whether they are of today; a restore begins it anew.
OF_CACHES = (schema.layer.name, schema.layer_touch.name, schema.coverage_kept.name, schema.tally.name, *(t.name for t in schema.KEPT))


def current_schema(conn: Connection) -> str:
    """The schema in which this connection makes tables: `public`, or the first of a bureau's own search_path."""
    found = conn.exec_driver_sql("SELECT current_schema()").scalar()
    if found is None:
        raise DatabaseUnsuitable(why_zh="search_path 里没有一个存在的模式", why_en="no schema of its search_path exists")
    return str(found)


def postgis_schema(conn: Connection) -> str:
    """The schema that PostGIS lives in; empty when there is none."""
    return str(conn.exec_driver_sql("SELECT extnamespace::regnamespace::text FROM pg_extension "
                                    "WHERE extname = 'postgis'").scalar() or "")


def tables(conn: Connection) -> list[str]:
    """The registry's tables that are there, partitions left out, by name."""
    wanted = sorted([*schema.metadata.tables, VERSION_TABLE])
    return list(conn.execute(sql.statement("ours_tables"), {"names": wanted, "schema": current_schema(conn)}).scalars())


def strangers(conn: Connection) -> list[str]:
    """What else stands in our schema (tables, views, sequences of other owners), by name; a backup leaves it out."""
    return list(conn.execute(sql.statement("ours_strangers"), {
        "schema": current_schema(conn), "names": [*tables(conn), *SEQUENCES]}).scalars())


def rows(conn: Connection) -> dict[str, dict[str, int]]:
    """Table → city → rows; tables that know no city stand under an empty key. What is kept for caches is no content."""
    found: dict[str, dict[str, int]] = {}
    with_city = set(conn.execute(text(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = :s AND column_name = 'city'"),
        {"s": current_schema(conn)}).scalars())
    for table in (t for t in tables(conn) if t not in OF_CACHES):
        key = "coalesce(city, '')" if table in with_city else "''"
        counted = conn.exec_driver_sql(f"SELECT {key}, count(*) FROM {quote(table)} GROUP BY 1 ORDER BY 1")
        found[table] = {r[0]: r[1] for r in counted}
    return found


def last_batches(conn: Connection) -> dict[str, tuple[int, bytes | None]]:
    """City → number and hash of its last batch."""
    found = conn.execute(text("SELECT DISTINCT ON (city) city, id, hash FROM batch ORDER BY city, at DESC, id DESC"))
    return {r.city: (r.id, bytes(r.hash) if r.hash is not None else None) for r in found}


def snapshot(conn: Connection) -> str:
    """Make the fresh transaction of `conn` one moment, and give its name, by which pg_dump sees the same."""
    conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    return str(conn.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())


def drop(conn: Connection) -> None:
    """Drop all that is the registry's, inside the caller's transaction; what others built on it refuses the drop.

    Raises DatabaseUnsuitable (through `db.begin`) when somebody holds a table for longer than a minute.
    """
    conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
    conn.exec_driver_sql(f"DROP SCHEMA IF EXISTS {VIEWS}, {PLANS} CASCADE")
    for view in _views(conn):
        conn.exec_driver_sql(f"DROP VIEW {quote(view)}")
    drop_functions(conn, of_rows=True)
    names = tables(conn)
    if names:
        conn.exec_driver_sql(f"DROP TABLE {', '.join(map(quote, names))}")
    for name in SEQUENCES:
        conn.exec_driver_sql(f"DROP SEQUENCE IF EXISTS {quote(name)}")
    drop_functions(conn)
    conn.exec_driver_sql("SET LOCAL lock_timeout = 0")


def _views(conn: Connection) -> list[str]:
    """Views of the tables' own schema that are the registry's by their name."""
    return list(conn.execute(text("SELECT viewname FROM pg_views WHERE schemaname = :s AND starts_with(viewname, 'registry_')"),
                             {"s": current_schema(conn)}).scalars())


def drop_functions(conn: Connection, *, of_rows: bool = False) -> None:
    """Drop the functions whose names begin with `registry_`, or those of them that take rows of our tables."""
    found = conn.execute(sql.statement("ours_functions"), {"schema": current_schema(conn), "of_rows": of_rows})
    for signature in found.scalars().all():
        conn.exec_driver_sql(f"DROP FUNCTION {signature}")


def renew_layers(conn: Connection) -> None:
    """Let no cache take what it kept of another content for this one."""
    conn.exec_driver_sql("SELECT registry_renew_layers()")


def analyze(conn: Connection) -> None:
    """Let the planner know what the tables hold."""
    for table in tables(conn):
        conn.exec_driver_sql(f"ANALYZE {quote(table)}")
