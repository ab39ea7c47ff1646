"""A class that holds no row yet is filled out of readers' sight, then indexed, then put in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, TextClause, text

from registry.db.columns import quote
from registry.db.migration import VIEWS
from registry.kinds import FeatureKind

# Fewer rows are written as quickly in the ordinary way, which holds nobody up.
WORTH_ROWS = 20_000
# How often the place is asked for, 0.3 s each time: a reader who does not let go must not cost the load.
TRIES = 10


def insert(conn: Connection, kind: FeatureKind, count: int, statement: Callable[[str | None], TextClause],
           params: dict[str, Any], table: Callable[[str, Mapping[str, str]], TextClause] | None = None) -> None:
    """Write the rows that are new. statement: that of writing them, into a table of this name or the kind's own.

    table: that of making them a table of this name with columns of these types, where there is such a way: several processes
    work such rows out, which they never do for an INSERT. Upkeep of a dozen indexes costs 34 of 42 s for a million rows,
    building them 15.

    Other rows in the class, readers who do not let go, or something of the bureau's own that hangs on the partition:
    then the rows go through the parent, as any other write.
    """
    partition = quote(f"{kind.table}_{kind.key}")
    apart = _begin(conn, partition) if kind.table == "asset" and count >= WORTH_ROWS else None
    if apart is None or table is None:
        conn.execute(statement(apart), params)
    else:
        _fill(conn, apart, table, params)
    if apart is None:
        return
    places = {"fresh": apart, "partition": partition, "tries": TRIES}
    conn.execute(text("SELECT registry_fresh_index(CAST(:fresh AS regclass), CAST(:partition AS regclass))"), places)
    if not conn.execute(text("SELECT registry_fresh_end(CAST(:fresh AS regclass), CAST(:partition AS regclass), :tries)"),
                        places).scalar_one():
        conn.exec_driver_sql(f"INSERT INTO {kind.table} SELECT * FROM {apart} ORDER BY id")
        conn.exec_driver_sql(f"DROP TABLE {apart}")


def _begin(conn: Connection, partition: str) -> str | None:
    """The name of the table to fill; None where the ordinary way is to be gone."""
    return conn.execute(text("SELECT CAST(registry_fresh_begin(CAST(:partition AS regclass), :apart) AS text)"),
                        {"partition": partition, "apart": VIEWS}).scalar_one()


def _fill(conn: Connection, apart: str, table: Callable[[str, Mapping[str, str]], TextClause], params: dict[str, Any]) -> None:
    """Put the rows, made as a table of their own, in the place of the empty one."""
    found = conn.execute(text("SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
                              "WHERE attrelid = CAST(:apart AS regclass) AND attnum > 0 ORDER BY attnum"), {"apart": apart})
    types = {column.attname: column.type for column in found}
    rows = f"{VIEWS}.fresh_{conn.exec_driver_sql('SELECT pg_backend_pid()').scalar_one()}"
    # The planner does not know that a hash or a measure costs more than to hand a row over.
    conn.exec_driver_sql("SET LOCAL parallel_tuple_cost = 0; SET LOCAL parallel_setup_cost = 0")
    conn.execute(table(rows, types), params)
    conn.exec_driver_sql("SET LOCAL parallel_tuple_cost TO DEFAULT; SET LOCAL parallel_setup_cost TO DEFAULT")
    conn.execute(text("SELECT registry_fresh_fill(CAST(:rows AS regclass), CAST(:apart AS regclass))"), {"rows": rows, "apart": apart})
