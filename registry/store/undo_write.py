"""What was undone, written back: versions before as new versions, facts superseded, what the sources had said last."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, text

from registry import sql
from registry.db.columns import VERSIONED, content_columns, quote, row_hash
from registry.history import Batch
from registry.store import shape
from registry.store.target import PLACED
from registry.store.undo_rows import held, kind_column, statement, touched, unique

# What an inspection says that takes back another; every other column is null.
_WITHDRAWAL = {"asset_id": "i.asset_id", "inspected_on": "i.inspected_on", "form": "registry_withdrawal()",
               "measurements": "CAST('{}' AS jsonb)", "note": "CAST(:note AS text)"}
_FROM = ("source", "source_hash", "row_hash")


def write(conn: Connection, number: int, batch: Batch) -> dict[str, int]:
    """Write back every row of `undo_row` without a conflict; returns how many are new, changed, deleted and
    superseded inspections."""
    done = {"new": 0, "changed": 0, "deleted": 0, "inspections": 0}
    params = {"undone": number, "batch": batch.id, "at": batch.at, "city": batch.city}
    found = touched(conn, free=True)
    for table in (t for t in VERSIONED if t in found):
        _write_table(conn, table, params | {"table": table}, done)
    if "inspection" in found:
        done["inspections"] = _supersede(conn, params)
    conn.execute(sql.statement("undo_told"), params)
    return done


def _write_table(conn: Connection, table: str, params: dict[str, Any], done: dict[str, int]) -> None:
    """First what gives up its code, then what gets it back."""
    kind = kind_column(table)
    content = [quote(c) for c in content_columns(table)]
    row = [*([kind] if kind else []), "city", "id", *content, *_FROM]

    def run(name: str, **fragments: str) -> int:
        return conn.execute(statement(name, table, **fragments), params).rowcount

    done["deleted"] += run("undo_delete")
    if unique(table):
        run("undo_park", held=held(table, "a"))
    done["changed"] += run("undo_update", columns=", ".join(content), values=", ".join(f"h.{c}" for c in content),
                           same_kind=f" AND a.{kind} = h.{kind}" if kind else "")
    done["new"] += run("undo_insert", columns=", ".join(row), values=", ".join(f"h.{c}" for c in row))


def _supersede(conn: Connection, params: dict[str, Any]) -> int:
    """A correction is superseded by what it had corrected, anything else by a withdrawal."""
    columns = content_columns("inspection")
    said = {c: f"CASE WHEN p.id IS NULL THEN {_WITHDRAWAL.get(c, 'NULL')} ELSE p.{quote(c)} END" for c in columns}
    said["supersedes"] = "i.id"
    again = ", ".join(f"{expression} AS {quote(c)}" for c, expression in said.items())
    return conn.execute(
        sql.statement("undo_supersede", columns=", ".join(map(quote, columns)),
                      values=", ".join(f"d.{quote(c)}" for c in columns), again=again,
                      hash=row_hash("inspection", "d")),
        params | {"note": f"撤销批次 {params['undone']} · undo of batch {params['undone']}"}).rowcount


def place(conn: Connection, since: dt.datetime, batch: Batch) -> int:
    """After divisions came back: assets that others wrote since move to those they lie in now; returns how many."""
    kinds = conn.execute(text(
        "SELECT DISTINCT u.kind FROM undo_row u JOIN zone z ON z.kind = u.kind AND z.city = :city "
        "WHERE u.of_table = 'zone' AND u.conflict IS NULL"), {"city": batch.city}).scalars()
    return sum(shape.place_assets(conn, kind, batch, since) for kind in sorted(set(kinds) & set(PLACED)))
