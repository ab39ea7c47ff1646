"""What was: every version of a feature, the last one of what is gone, and the changes since a batch."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.db.columns import discriminator
from registry.db.fragments import for_text
from registry.kinds import FeatureKind
from registry.scope import WHOLE, Sight
from registry.store.geojson import feature_sql

OF_THE_ROW = ("version", "updated_at")  # properties that differ between any two versions


@dataclass(frozen=True)
class Version:
    """One version: the feature as GeoJSON, from when to when it held (None: still), how it ended (U, D or None).

    changed: properties that differ from the version before, `geometry` among them; empty for the first.
    """

    number: int
    feature: dict[str, Any]
    since: dt.datetime
    until: dt.datetime | None
    op: str | None
    batch: int
    kind: str
    actor: str
    reason: str
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One event of the feed: `insert`, `update` or `delete` of a feature, in the order of the batches."""

    op: str
    batch: int
    at: dt.datetime
    id: int
    version: int
    feature: bytes | None


def of(conn: Connection, kind: FeatureKind, city: str, id_: int, sight: Sight = WHOLE) -> list[Version]:
    """The versions of a feature that are seen, the oldest first; with `sight.as_of` those known then."""
    made: list[Version] = []
    before: dict[str, Any] | None = None
    for row in _rows(conn, "versions", kind, sight, city=city, id=id_, as_of=sight.as_of):
        feature = json.loads(bytes(row.feature))
        made.append(Version(row.version, feature, row.sys_from, row.sys_to, row.op, row.batch, row.kind, row.actor,
                            row.reason, _changed(before, feature)))
        before = feature
    return made


def ended(conn: Connection, kind: FeatureKind, city: str, id_: int, sight: Sight = WHOLE) -> int | None:
    """The last version of a feature that was deleted (by `sight.as_of`), else None."""
    return next((v.number for v in reversed(of(conn, kind, city, id_, sight)) if v.op == "D"), None)


def changes(conn: Connection, kind: FeatureKind, city: str, since: tuple[int, int], limit: int,
            sight: Sight = WHOLE) -> list[Change]:
    """At most `limit` events after (batch, id); what leaves the sight is told as deleted, what enters as inserted.

    Batches of a city are committed in the order of their numbers, so that nothing is missed by going on after the
    last event.
    """
    rows = _rows(conn, "changes", kind, sight, city=city, batch=since[0], id=since[1], limit=limit)
    return [Change(r.op, r.batch, r.at, r.id, r.version, bytes(r.feature) if r.feature is not None else None)
            for r in rows]


def batch_at(conn: Connection, city: str, moment: dt.datetime) -> int:
    """The last batch of the city at a moment; 0 before the first."""
    return conn.execute(sql.statement("batch_at"), {"city": city, "at": moment}).scalar() or 0


def _rows(conn: Connection, statement: str, kind: FeatureKind, sight: Sight, **binds: Any) -> Iterator[Any]:
    seen = sight.versions(kind)
    return iter(conn.execute(
        sql.statement(statement, versions=seen.text, feature=for_text(feature_sql(kind)),
                      discriminator=discriminator(kind)),
        {"key": kind.key, **binds, **seen.values}))


def _changed(before: dict[str, Any] | None, now: dict[str, Any]) -> tuple[str, ...]:
    if before is None:
        return ()
    old, new = before["properties"], now["properties"]
    fields = [k for k in new if k not in OF_THE_ROW and old.get(k) != new[k]]
    return (*fields, *(["geometry"] if before["geometry"] != now["geometry"] else []))
