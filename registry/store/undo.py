"""Undo of a batch: what it wrote is written back as a new batch; what moved on since is told and left alone.

A row has a conflict when another batch wrote or ended a version of it since, unless that was undone before (the last
load first, then the one before it), when its old code is another row's by now, or when something was recorded since
of an asset that would go, or on top of what would be taken back. An asset and what the batch recorded of it are undone
together or not at all. Inspections are facts and stay: each is superseded, by what it had corrected or by a withdrawal
that says nothing. The undo of an undo is the redo.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import history
from registry.errors import NotFound, UndoConflicts, WriteRefused
from registry.kinds import Label
from registry.scope import WHOLE, Sight
from registry.store import undo_rows, undo_scope, undo_write
from registry.store.differences import hashing
from registry.store.undo_rows import Conflict

WHYS = {
    "changed": Label("此后又改过", "changed since"),
    "code": Label("原编码已被占用", "its old code is taken"),
    "records": Label("此后又有记录", "something was recorded since"),
    "together": Label("同批的另一行有冲突", "another row of the batch has a conflict"),
}
# What is done to a row, and under which name it is counted.
_COUNTED = {"insert": "new", "update": "changed", "delete": "deleted", "supersede": "inspections"}


@dataclass(frozen=True)
class Undoing:
    """What the undo of a batch does, or has done.

    counts: rows that come back (new), are changed or deleted, and inspections that are superseded. conflicts is exact
    where `listed` is capped. undone_by: a batch that undid it before. batch: the one that was written, None for none.
    """

    undone: int
    city: str
    at: dt.datetime
    counts: dict[str, int]
    conflicts: int
    listed: tuple[Conflict, ...]
    undone_by: int | None
    batch: int | None = None

    @property
    def rows(self) -> int:
        """How many rows and facts are undone."""
        return sum(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        listed = [dataclasses.asdict(c) | {"why": {"code": c.why, **WHYS[c.why].as_dict()}} for c in self.listed]
        return {"undone": self.undone, "batch": self.batch, "counts": self.counts, "conflicts": self.conflicts,
                "listed": listed, "undone_by": self.undone_by}


def examine(conn: Connection, number: int, sight: Sight = WHOLE) -> Undoing:
    """What undoing a batch would do, under the city's writer lock, so that what is told is what `carry_out` does.

    NotFound when there is no such batch; CannotUndo when it wrote facts that cannot be taken back; Forbidden when it
    touched what lies outside the scope of who asks.
    """
    found = conn.execute(text("SELECT city, at FROM batch WHERE id = :n AND hash IS NOT NULL"), {"n": number}).first()
    if found is None or sight.principal.scope.city not in (None, found.city):
        raise NotFound(what=f"batch/{number}")
    history.lock(conn, found.city)
    undo_rows.refuse_facts(conn, number)
    undo_rows.collect(conn, number, found.city)
    undo_scope.demand(conn, sight, number)
    with hashing(conn, _count(conn)):
        undo_rows.find_conflicts(conn, number, found.city, found.at)
    count = {r.doing: r.n for r in conn.execute(text(
        "SELECT CASE WHEN conflict IS NULL THEN doing ELSE 'conflict' END AS doing, count(*) AS n "
        "FROM undo_row GROUP BY 1"))}
    conflicts = count.get("conflict", 0)
    return Undoing(number, found.city, found.at, {name: count.get(doing, 0) for doing, name in _COUNTED.items()},
                   conflicts, tuple(undo_rows.listed(conn, number)) if conflicts else (),
                   _undone_by(conn, found.city, number))


def carry_out(conn: Connection, wanted: Undoing, *, actor: str, reason: str = "", whole: bool = False) -> Undoing:
    """Write back what `examine` told in this transaction, as a batch; none is opened where nothing is to be undone.

    whole: refuse all of it (UndoConflicts) when there is any conflict.
    """
    if whole and wanted.conflicts:
        error = UndoConflicts(batch=wanted.undone, count=wanted.conflicts)
        error.more = wanted.as_dict()
        raise error
    if not wanted.rows:
        return wanted
    batch = history.open_batch(conn, city=wanted.city, kind="undo", actor=actor,
                               reason=reason or f"undo batch {wanted.undone}", mapping={"undoes": wanted.undone})
    with hashing(conn, _count(conn)):
        if undo_write.write(conn, wanted.undone, batch) != wanted.counts:
            raise WriteRefused(why_zh="比对之后数据又变了", why_en="the data moved after the comparison")
    placed = undo_write.place(conn, wanted.at, batch)
    history.seal(conn, batch, wanted.counts | {"placed": placed, "conflicts": wanted.conflicts})
    return dataclasses.replace(wanted, batch=batch.id)


def _undone_by(conn: Connection, city: str, number: int) -> int | None:
    """The last undo of the batch, unless that was undone in turn."""
    by: int | None = conn.execute(text("SELECT max(id) FROM batch WHERE city = :city AND kind = 'undo' "
                                       "AND mapping -> 'undoes' = to_jsonb(CAST(:n AS bigint))"),
                                  {"city": city, "n": number}).scalar()
    return by if by is None or _undone_by(conn, city, by) is None else None


def _count(conn: Connection) -> int:
    """Rows and facts that the batch touched."""
    return conn.execute(text("SELECT count(*) FROM undo_row")).scalar_one()
