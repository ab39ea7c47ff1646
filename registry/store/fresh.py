"""A class that holds no row yet is filled out of readers' sight, then indexed, then put in its place."""

from __future__ import annotations

from collections.abc import Callable
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
           params: dict[str, Any]) -> None:
    """Write the rows that are new. statement: that of writing them, into a table of this name or the kind's own.

    Upkeep of a dozen indexes costs 34 of 42 s for a million rows, building them 15.

    Other rows in the class, readers who do not let go, or something of the bureau's own that hangs on the partition:
    then the rows go through the parent, as any other write.
    """
    partition = quote(f"{kind.table}_{kind.key}")
    apart = _begin(conn, partition) if kind.table == "asset" and count >= WORTH_ROWS else None
    conn.execute(statement(apart), params)
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
