"""What a batch wrote, and which of it moved on since: the table `undo_row` of this transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TextClause, UniqueConstraint, text

from registry import schema, sql
from registry.db.columns import KEYS, TABLES, VERSIONED, VERSIONING, quote
from registry.errors import CannotUndo

LISTED = 1000  # conflicts listed; their count is exact
_OF_ASSETS = tuple(name for name, table in TABLES.items() if "asset_id" in table.columns)
# Records that an asset follows one after the other.
_FOLLOWED = ("inspection", "claim")
_STANDS = {"inspection": "NOT registry_withdrawn(r.id)"}  # a record that was not taken back
# Columns that do not say what the thing is.
_OWN = [*VERSIONING, *(c.name for c in schema.base.ended()), "class", "city", "id"]


@dataclass(frozen=True)
class Conflict:
    """A row that is not undone.

    why: changed, code, records or together; fields: what differs from what the batch left; batch, at, actor: of
    whoever was last there.
    """

    table: str
    kind: str | None
    id: int
    code: str | None
    why: str
    fields: tuple[str, ...]
    batch: int | None
    at: dt.datetime | None
    actor: str | None


def refuse_facts(conn: Connection, number: int) -> None:
    """CannotUndo for a batch with attachments or aliases: they can be neither taken back nor superseded."""
    for table, zh, en in (("attachment", "附件", "attachments"), ("alias", "编码别名", "aliases of codes")):
        found = text(f"SELECT EXISTS (SELECT FROM {table} WHERE batch = :n)")
        if conn.execute(found, {"n": number}).scalar_one():
            raise CannotUndo(batch=number, why_zh=f"它登记了{zh}，{zh}是事实，不能收回",
                             why_en=f"it recorded {en}, which are facts and stay")


def collect(conn: Connection, number: int, city: str) -> None:
    """Make the table of all that the batch wrote."""
    conn.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.undo_row")
    conn.exec_driver_sql("CREATE TEMP TABLE undo_row (of_table text NOT NULL, kind text, id bigint NOT NULL, "
                         "asset_id bigint, doing text NOT NULL, conflict text, by_batch bigint) ON COMMIT DROP")
    params = {"undone": number, "city": city}
    for table in VERSIONED:
        asset = "asset_id" if table in _OF_ASSETS else "id" if table == "asset" else "CAST(NULL AS bigint)"
        conn.execute(statement("undo_rows", table, kind=kind_column(table) or "CAST(NULL AS text)", asset=asset),
                     params | {"table": table})
    conn.execute(sql.statement("undo_facts"), params)
    conn.exec_driver_sql("ANALYZE undo_row")


def find_conflicts(conn: Connection, number: int, city: str, at: dt.datetime) -> None:
    """Mark what moved on since the moment of the batch, and what hangs together with that."""
    params = {"undone": number, "city": city, "at": at}
    found = touched(conn)
    for table in _versioned(found):
        conn.execute(statement("undo_back", table), params | {"table": table})
        conn.execute(statement("undo_restored", table), params | {"table": table})
    for table in _OF_ASSETS if "asset" in found else ():
        conn.execute(sql.statement("undo_records", table=table, stands=_STANDS.get(table, "true")), params)
    for table in _FOLLOWED:
        if table in found:
            conn.execute(sql.statement("undo_followed", table=table, stands=_STANDS.get(table, "true")),
                         params | {"table": table})
    coded = [table for table in _versioned(found) if unique(table) and _codes(conn, table, params)]
    # A row that stays keeps its code, which may be the old one of another that then stays as well.
    while _spread(conn, coded):
        pass


def _codes(conn: Connection, table: str, params: dict[str, Any]) -> int:
    """Make the table of the codes that rows would have again; returns how many."""
    conn.exec_driver_sql(f"DROP TABLE IF EXISTS pg_temp.{codes(table)}")
    columns = ", ".join(f"h.{quote(c)}" for c in unique(table))
    conn.execute(statement("undo_codes", table, unique=columns, held=held(table, "a")), params | {"table": table})
    conn.exec_driver_sql(f"ANALYZE {codes(table)}")
    return conn.execute(text(f"SELECT count(*) FROM {codes(table)}")).scalar_one()


def _spread(conn: Connection, coded: list[str]) -> int:
    """Mark what cannot be undone because of what was marked before; returns how many."""
    return conn.execute(sql.statement("undo_together")).rowcount + sum(
        conn.execute(statement("undo_taken", table, held=held(table, "o")), {"table": table}).rowcount
        for table in coded)


def touched(conn: Connection, *, free: bool = False) -> set[str]:
    """The tables that the batch wrote to; free: of those rows that have no conflict."""
    return set(conn.execute(text("SELECT DISTINCT of_table FROM undo_row WHERE conflict IS NULL OR NOT :free"),
                            {"free": free}).scalars())


def listed(conn: Connection, number: int) -> Iterator[Conflict]:
    """The first conflicts, table by table."""
    left = LISTED
    for table in TABLES:
        params = {"table": table, "undone": number, "limit": left}
        if table in VERSIONED:
            said = "to_jsonb(x) - CAST(:own AS text[])"
            said = f"({said} - 'attrs') || x.attrs" if "attrs" in TABLES[table].columns else said
            rows = conn.execute(statement("undo_conflicts", table, said=said), params | {"own": _OWN}).all()
        else:
            rows = conn.execute(sql.statement("undo_conflicts_facts"), params).all()
        left -= len(rows)
        for r in rows:
            name = r.said and (r.said.get("code") or r.said.get("name"))
            yield Conflict(r.of_table, r.kind, r.id, name, r.conflict,
                           tuple("geometry" if f == "geom" else f for f in r.fields), r.batch, r.at, r.actor)


# -- fragments -----------------------------------------------------------------------------------
def statement(name: str, table: str, **fragments: str) -> TextClause:
    """A statement over a versioned table and its history."""
    return sql.statement(name, table=table, history=f"{table}_history", codes=codes(table), **fragments)


def codes(table: str) -> str:
    """The temporary table of the codes that rows would have again."""
    return f"undo_code_{table}"


def kind_column(table: str) -> str | None:
    """The column that tells the kinds of rows of a table, where it has several."""
    return next((c for c in KEYS[:2] if table in ("asset", "zone") and c in TABLES[table].columns), None)


def unique(table: str) -> list[str]:
    """The columns of a code that no two rows share; empty where there is none."""
    found = [c for c in TABLES[table].constraints if isinstance(c, UniqueConstraint)]
    return [column.name for column in found[0].columns] if found else []


def held(table: str, alias: str) -> str:
    """Whether the row under the alias has the code of the version before, `h`."""
    names = unique(table)
    return f"({', '.join(f'{alias}.{quote(n)}' for n in names)}) = ({', '.join(f'h.{quote(n)}' for n in names)})"


def _versioned(found: set[str]) -> list[str]:
    return [table for table in VERSIONED if table in found]
