"""The audit of the history: is every batch as it was sealed, and every row as its hash says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import sql
from registry.db.columns import TABLES, VERSIONED, row_hash
from registry.kinds import Label


@dataclass(frozen=True)
class Sealed:
    """One batch of the chain, and why it does not fit (None: it does)."""

    id: int
    at: dt.datetime
    kind: str
    actor: str
    reason: str
    source: str | None
    source_sha256: str | None
    mapping: dict[str, Any] | None  # how the file was read; the plan it was, what was undone
    code_version: str
    counts: dict[str, Any] | None
    hash: bytes | None
    fault: Label | None
    no_lock: bool  # some change in it named no version
    undoes: int | None
    undone_by: int | None  # the last one that undid it


@dataclass(frozen=True)
class TamperedRow:
    """A version whose content is not what its hash was made of."""

    table: str
    id: int
    version: int
    batch: int


UNSEALED = Label("没有封存", "it was never sealed")
BROKEN_LINK = Label("与上一批次接不上", "it does not follow the batch before it")
CHANGED = Label("内容在封存后变了", "what it wrote is not what was sealed")


def chain(conn: Connection, city: str) -> list[Sealed]:
    """Every batch of the city in order, each checked against its rows and its predecessor."""
    return [Sealed(r.id, r.at, r.kind, r.actor, r.reason, r.source, r.source_sha256, r.mapping, r.code_version, r.counts, _bytes(r.hash), _fault(r), r.no_lock,
                   r.undoes, r.undone_by)
            for r in conn.execute(sql.statement("audit_chain"), {"city": city})]


def newest(conn: Connection, city: str, before: int | None, limit: int) -> list[Any]:
    """Batches of the city, the newest first, as they stand and unchecked; `before`: only those before this one."""
    return list(conn.execute(sql.statement("batches_newest"), {"city": city, "before": before, "limit": limit}))


def tampered(conn: Connection, city: str, limit: int = 100) -> list[TamperedRow]:
    """Versions, live or past, that were changed behind the registry's back, or whose batch is gone; at most `limit`.

    The times are those of the batches, and each version that ended by a change is followed by the next one.
    """
    found: list[TamperedRow] = []
    for table in TABLES:
        own = table in VERSIONED
        version = "a.version" if own else "1 AS version"
        for name in (table, f"{table}_history") if own else (table,):
            wrong = [f"a.row_hash <> {row_hash(table, 'a')}", f"NOT EXISTS ({_batch('a.batch', 'a.sys_from' if own else None)})"]
            if name != table:
                wrong += [f"NOT EXISTS ({_batch('a.end_batch', 'a.sys_to')})", f"a.op = 'U' AND NOT ({_followed(table)})"]
            rows = conn.execute(text(f"SELECT a.id, {version}, a.batch FROM {name} a WHERE a.city = :city "
                                     f"AND ({' OR '.join(wrong)}) ORDER BY 1, 2 LIMIT :n"),
                                {"city": city, "n": limit - len(found)})
            found += [TamperedRow(name, r.id, r.version, r.batch) for r in rows]
    return found


def _batch(number: str, time: str | None) -> str:
    """A query of the batch of a version, at the time that the version names."""
    return f"SELECT FROM batch b WHERE b.id = {number}" + (f" AND b.at = {time}" if time else "")


def _followed(table: str) -> str:
    """Whether the version after `a` was written by the batch that ended it."""
    return " OR ".join(f"EXISTS (SELECT FROM {name} n WHERE n.id = a.id AND n.version = a.version + 1 "
                       "AND n.batch = a.end_batch)" for name in (table, f"{table}_history"))


def _fault(row: Any) -> Label | None:
    if row.hash is None:
        return UNSEALED
    if _bytes(row.prev_hash) != _bytes(row.hash_before):
        return BROKEN_LINK
    return CHANGED if _bytes(row.hash) != _bytes(row.recomputed) else None


def _bytes(value: Any) -> bytes | None:
    return bytes(value) if value is not None else None
