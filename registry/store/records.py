"""What all records of assets share: the asset they belong to, as it is seen, and how a row of them is written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from registry import catalogue, history, schema, sql
from registry.db.columns import TABLES, VERSIONED, content_columns, literal, quote, row_hash
from registry.db.fragments import Fragment
from registry.errors import BadValue, NotFound, Stale, UnknownClass
from registry.history import Batch
from registry.kinds import AssetClass
from registry.scope import WHOLE, Right, Sight
from registry.store import divisions
from registry.store.conflict import Versions, other_version, unlocked

COLUMNS = tuple(c.name for c in schema.asset.columns)


@dataclass(frozen=True)
class Writer:
    """Who writes and why: what the batch says, and whose sight decides which assets there are.

    unlocked: no version was named though one might have been; the batch says so. unless: versions at which no record is changed.
    """

    actor: str
    reason: str
    kind: str = "edit"
    sight: Sight = WHOLE
    unlocked: bool = False
    unless: Versions | None = None

    def open(self, conn: Connection, city: str, source: str | None = None) -> Batch:
        """Open the batch, under the city's writer lock: what is read afterwards stays as it is."""
        return history.open_batch(conn, city=city, kind=self.kind, actor=self.actor, reason=self.reason, source=source,
                                  mapping={"no_lock": True} if self.unlocked else None)


def classes(sight: Sight, key: str | None = None, tells: Iterable[str] = ()) -> list[AssetClass]:
    """The classes seen, or the one of this key; those of which a field in `tells` is kept back are left out.

    What a record says must not tell of the asset what the asset itself does not. UnknownClass when no class has the key.
    """
    known = catalogue.load().classes
    if key is not None and key not in known:
        raise UnknownClass(key=key, known=", ".join(known))
    wanted = [known[key]] if key is not None else list(known.values())
    hidden = {c.key for c in wanted if any(t in c.by_key and t not in sight.seen(c).by_key for t in tells)}
    return [c for c in wanted if sight.sees(c) and c.key not in hidden]


def assets(sight: Sight, wanted: Sequence[AssetClass], *, deleted: bool = False) -> Fragment:
    """What stands after FROM for assets of several classes; deleted: those that are gone too, for who may see history."""
    live = sight.assets(wanted)
    if not (deleted and sight.principal.may(Right.HISTORY)) or not wanted:
        return live
    names = ", ".join(quote(c) for c in COLUMNS)
    parts, values = [f"SELECT {names} FROM {live.sql} l"], dict(live.values)
    for kind in wanted:
        past = sight.versions(kind)
        values |= past.values
        parts.append(f"SELECT {names} FROM {past.sql} v WHERE v.class = {literal(kind.key)} AND v.op = 'D' "
                     "AND NOT EXISTS (SELECT FROM asset x WHERE x.id = v.id) "
                     "AND NOT EXISTS (SELECT FROM asset_history x WHERE x.id = v.id AND x.version > v.version)")
    return Fragment(f"({' UNION ALL '.join(parts)})", values)


def district(conn: Connection, sight: Sight, city: str, said: str | None) -> str | None:
    """The code of a district that is asked for by code or name; BadValue when the city has districts and none is it.

    A district that nobody can be in would be answered with nothing, as if nothing were amiss there.
    """
    if said is None:
        return None
    known = divisions.zones("district", Sight(as_of=sight.as_of))
    row = conn.execute(text(f"SELECT z.code, z.code = :said OR z.name = :said AS is_it FROM {known.text} z "
                            "WHERE z.kind = 'district' AND z.city = :city AND z.code IS NOT NULL "
                            "ORDER BY z.code = :said DESC, 2 DESC NULLS LAST, z.code LIMIT 1"),
                       {"said": said, "city": city, **known.values}).first()
    if row is None:
        return said
    if not row.is_it:
        raise BadValue(name="district", value=said[:64], why_zh="本市没有这个区（编码或名称）",
                       why_en="no district of the city has this code or name")
    return str(row.code)


def asset(conn: Connection, sight: Sight, kind: AssetClass, city: str, id_: int, *, deleted: bool = False,
          tells: Iterable[str] = ()) -> Row[Any]:
    """The asset of a class as it is seen; NotFound where it is not there for who asks."""
    wanted = classes(sight, kind.key, tells)
    seen = assets(sight, wanted, deleted=deleted)
    row = conn.execute(text(f"SELECT a.* FROM {seen.text} a WHERE a.class = :class AND a.city = :city AND a.id = :id"),
                       {"class": kind.key, "city": city, "id": id_, **seen.values}).first() if wanted else None
    if row is None:
        raise NotFound(what=f"{kind.key}/{id_}")
    return row


def holder(conn: Connection, sight: Sight, city: str, id_: int, *, deleted: bool = False,
           tells: Iterable[str] = ()) -> Row[Any] | None:
    """The asset of any class that a record names, if it is seen."""
    key = conn.execute(text("SELECT class FROM asset WHERE id = :id UNION ALL "
                            "(SELECT class FROM asset_history WHERE id = :id ORDER BY sys_to DESC LIMIT 1) LIMIT 1"),
                       {"id": id_}).scalar()
    if key is None or key not in catalogue.load().classes:
        return None
    try:
        return asset(conn, sight, catalogue.load().classes[key], city, id_, deleted=deleted, tells=tells)
    except NotFound:
        return None


def take_ids(conn: Connection, count: int) -> list[int]:
    """Fresh ids, of the one sequence of all ids."""
    return list(conn.execute(text("SELECT nextval('feature_id_seq') FROM generate_series(1, :n)"), {"n": count}).scalars())


def insert(conn: Connection, table: str, batch: Batch, row: Mapping[str, Any]) -> int:
    """Write one record and return its id. Keys are columns; dates are dates; objects become jsonb."""
    return insert_many(conn, table, batch, [row])[0]


def insert_many(conn: Connection, table: str, batch: Batch, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write records and return their ids, in the order of the rows."""
    ids = take_ids(conn, len(rows))
    own = table in VERSIONED
    columns = content_columns(table)
    conn.execute(sql.statement(
        "record_insert", table=table, columns=", ".join(map(quote, columns)), hash=row_hash(table, "d"),
        values=", ".join(f"d.{quote(c)}" for c in columns), own=", version, sys_from" if own else "",
        own_values=", 1, :at" if own else ""),
        {"city": batch.city, "batch": batch.id, "rows": as_json([{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)])}
        | ({"at": batch.at} if own else {}))
    return ids


def update(conn: Connection, table: str, batch: Batch, id_: int, version: int, said: Mapping[str, Any]) -> None:
    """Change some columns of a versioned record; Stale when its version is another by now."""
    columns = content_columns(table)
    done = conn.execute(sql.statement(
        "record_update", table=table, columns=", ".join(map(quote, columns)), hash=row_hash(table, "d"),
        values=", ".join(f"d.{quote(c)}" for c in columns)),
        {"city": batch.city, "batch": batch.id, "at": batch.at, "id": id_, "version": version, "said": as_json(said)})
    if done.rowcount != 1:
        raise Stale(what=f"{table}/{id_}", given=version, found="?")


def change_asset(conn: Connection, batch: Batch, kind: str, id_: int, said: Mapping[str, Any]) -> bool:
    """Change some columns of an asset; False when it says all that already."""
    done = conn.execute(sql.statement("asset_change", **of_asset()),
                        {"class": kind, "city": batch.city, "id": id_, "batch": batch.id, "at": batch.at, "said": as_json(said)})
    return done.rowcount == 1


def of_asset() -> dict[str, str]:
    """Fragments that write an asset anew from a row `d`."""
    columns = content_columns("asset")
    return {"columns": ", ".join(map(quote, columns)), "values": ", ".join(f"d.{quote(c)}" for c in columns),
            "hash": row_hash("asset", "d")}


def same_version(what: str, now: Mapping[str, Any], expected: Versions | None, said: Any, writer: Writer) -> None:
    """Refuse to change a record that moved on since it was read: Stale with what it is now, and what differs.

    expected: the versions it may be of (None: any); of those that the writer rules out it may not be (VersionExcluded).
    """
    other_version(f"{what}/{now['id']}", now, now["version"], writer.unless)
    if unlocked(expected):
        return
    assert expected is not None
    if str(now["version"]) in expected:
        return
    error = Stale(what=f"{what}/{now['id']}", given=", ".join(sorted(expected)), found=now["version"])
    given = said if isinstance(said, Mapping) else {}
    error.more = {"current": dict(now), "differs": [{"field": k, "yours": v, "current": now[k]} for k, v in given.items()
                                                    if k in now and str(now[k]) != str(v)]}
    raise error


def held(table: str, as_of: dt.datetime | None) -> Fragment:
    """What stands after FROM for the records of a versioned table, as the registry held them at a moment."""
    if as_of is None:
        return Fragment(table)
    names = ", ".join(quote(c.name) for c in TABLES[table].columns)
    then = "sys_from <= CAST(«as_of» AS timestamptz)"
    return Fragment(f"(SELECT {names} FROM {table} WHERE {then} UNION ALL SELECT {names} FROM {table}_history "
                    f"WHERE {then} AND sys_to > CAST(«as_of» AS timestamptz))", {"as_of": as_of})


def withdrawn(table: str, as_of: dt.datetime | None) -> Fragment:
    """What stands after FROM for the records of a versioned table that were taken back, each as it was last.

    One that came back since, by the undo of that, was not.
    """
    names = ", ".join(f"w.{quote(c.name)}" for c in TABLES[table].columns)
    then, known = ("", "") if as_of is None else (" AND w.sys_to <= CAST(«as_of» AS timestamptz)",
                                                  " AND n.sys_from <= CAST(«as_of» AS timestamptz)")
    back = "".join(f" AND NOT EXISTS (SELECT FROM {name} n WHERE n.id = w.id AND n.version > w.version{known})"
                   for name in (table, f"{table}_history"))
    return Fragment(f"(SELECT {names}, w.sys_to, w.end_batch FROM {table}_history w WHERE w.op = 'D'{then}{back})",
                    {} if as_of is None else {"as_of": as_of})


def as_json(value: Any) -> str:
    """Rows as a statement takes them."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
