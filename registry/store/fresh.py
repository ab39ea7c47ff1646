"""A class that holds no row yet is filled out of readers' sight, then indexed, then put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from registry.db.columns import quote
from registry.db.migration import VIEWS
from registry.store import shape

if TYPE_CHECKING:
    from registry.store.staging import Stage

# Fewer rows are written as quickly in the ordinary way, which holds nobody up.
WORTH_ROWS = 20_000
# How often the place is asked for, 0.3 s each time: a reader who does not let go must not cost the load.
TRIES = 10


def insert(stage: Stage, params: dict[str, Any]) -> None:
    """Write the rows that are new. Upkeep of a dozen indexes costs 34 of 42 s for a million rows, building them 10.

    Other cities' rows in the class, readers who do not let go, or something of the bureau's own that hangs on the
    partition: then the rows go through the parent, one by one, as any other write.
    """
    made = _begin(stage)
    if made is None:
        stage.conn.execute(shape.insert_statement(stage), params)
        return
    conn, places = stage.conn, {"fresh": made, "partition": _partition(stage)}
    conn.execute(shape.insert_statement(stage, into=made), params)
    conn.execute(text("SELECT registry_fresh_index(CAST(:fresh AS regclass), CAST(:partition AS regclass))"), places)
    if not conn.execute(text("SELECT registry_fresh_end(CAST(:fresh AS regclass), CAST(:partition AS regclass), :tries)"),
                        places | {"tries": TRIES}).scalar_one():
        conn.exec_driver_sql(f"INSERT INTO {stage.kind.table} SELECT * FROM {made} ORDER BY id")
        conn.exec_driver_sql(f"DROP TABLE {made}")


def _begin(stage: Stage) -> str | None:
    """The name of the table to fill; None where the ordinary way is to be gone."""
    if stage.kind.table != "asset":
        return None
    new = stage.conn.execute(text(f"SELECT count(*) FROM (SELECT FROM {stage.diff} WHERE verdict = 'new' "
                                  f"LIMIT {WORTH_ROWS}) AS first")).scalar_one()
    if new < WORTH_ROWS:
        return None
    found = stage.conn.execute(text("SELECT CAST(registry_fresh_begin(CAST(:partition AS regclass), :apart) AS text)"),
                               {"partition": _partition(stage), "apart": VIEWS}).scalar_one()
    return str(found) if found is not None else None


def _partition(stage: Stage) -> str:
    return quote(f"{stage.kind.table}_{stage.kind.key}")
