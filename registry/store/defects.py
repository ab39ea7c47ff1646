"""Defects (隐患): found, assigned, repaired, verified, closed (销号), each step with its date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import history, moment, schema, sql
from registry.db.columns import quote
from registry.db.fragments import Fragment, every
from registry.errors import Gone, NotFound
from registry.kinds import AssetClass, Label
from registry.kinds.form import Problems, read, title
from registry.kinds.records import DEFECT, DEFECT_CHANGE, DEFECT_STEP
from registry.scope import WHOLE, Right, Sight
from registry.standards.figure import percent
from registry.store import records
from registry.store.conflict import Versions
from registry.store.geojson import wound_sql
from registry.store.records import Writer

STEPS = DEFECT_STEP.values
BACK_TO = "assigned"  # where a repair goes that did not stand up to verification
BY = {"responsible": "d.responsible", "district": "a.district", "class": "a.class", "risk_level": "d.risk_level"}
TELLS = ("state",)


@dataclass(frozen=True)
class Wanted:
    """Which defects: of a class, with these values; open: not closed on the day; overdue: past their date and not closed.

    found: closed interval of days on which they were found, None = open. asset: of this one only.
    """

    kind: str | None = None
    status: str | None = None
    risk_level: str | None = None
    responsible: str | None = None
    district: str | None = None
    overdue: bool = False
    open: bool = False
    found: tuple[dt.date | None, dt.date | None] = (None, None)
    asset: int | None = None


def report(conn: Connection, city: str, kind: AssetClass, asset_id: int, said: Any, writer: Writer) -> dict[str, Any]:
    """A defect was found. Invalid names every field that is wrong; NotFound when the asset is not seen."""
    problems = Problems(Label(f"隐患（{kind.title.zh} {asset_id}）", f"defect of {kind.key}/{asset_id}"))
    values = read(DEFECT, said, problems)
    values["found_on"] = values.get("found_on") or moment.today()
    if values["found_on"] > moment.today():
        problems.add("found_on", "future", value=values["found_on"])
    if values.get("due_on") and values["due_on"] < values["found_on"]:
        problems.add("due_on", "order", value=values["due_on"], other=title(DEFECT, "found_on"))
    problems.refuse()
    batch = writer.open(conn, city)
    records.asset(conn, writer.sight, kind, city, asset_id, tells=TELLS)
    if values.get("inspection") is not None and conn.execute(
            text("SELECT asset_id FROM inspection WHERE id = :i"), {"i": values["inspection"]}).scalar() != asset_id:
        problems.add("inspection", "not_this_asset", value=values["inspection"])
        problems.refuse()
    id_ = records.insert(conn, "defect", batch, {**values, "asset_id": asset_id, "status": "found", "attrs": {}})
    history.seal(conn, batch, {"defects": 1})
    return get(conn, writer.sight, city, id_)


def change(conn: Connection, city: str, id_: int, expected: Versions | None, said: Any, writer: Writer) -> dict[str, Any]:
    """Take a defect one step on, send it back, or say more of it; what changes nothing opens no batch.

    expected: the version it was read at (None: any). Stale when it is another by now.
    """
    problems = Problems(Label(f"隐患 {id_}", f"defect/{id_}"))
    values = read(DEFECT_CHANGE, said, problems)
    problems.refuse()
    history.lock(conn, city)
    now = get(conn, writer.sight, city, id_)
    records.same_version("defect", now, expected, said, writer)
    new = {k: v for k, v in values.items() if k not in ("status", "on", "reason")}
    if values.get("status") not in (None, now["status"]):
        new |= _step(now, values, problems)
    if new.get("due_on") and new["due_on"] < now["found_on"]:
        problems.add("due_on", "order", value=new["due_on"], other=title(DEFECT, "found_on"))
    problems.refuse()
    if all(now[k] == v for k, v in new.items()):
        return now
    batch = writer.open(conn, city)
    records.update(conn, "defect", batch, id_, now["version"], new)
    history.seal(conn, batch, {"defects": 1})
    return get(conn, writer.sight, city, id_)


def withdraw(conn: Connection, city: str, id_: int, expected: Versions | None, writer: Writer) -> None:
    """Take back a defect that was none; it stays in the history and counts no more."""
    history.lock(conn, city)
    now = get(conn, writer.sight, city, id_)
    records.same_version("defect", now, expected, {}, writer)
    batch = writer.open(conn, city)
    conn.execute(text("DELETE FROM defect WHERE id = :id"), {"id": id_})
    history.seal(conn, batch, {"deleted": 1})


def get(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """One defect; NotFound where it, or its asset, is not seen; Gone where it was taken back.

    Who may see history is told with Gone what it was last, and who took it back why.
    """
    held = records.held("defect", sight.as_of)
    row = conn.execute(text(f"SELECT d.* FROM {held.text} d WHERE d.id = :id AND d.city = :city"),
                       {"id": id_, "city": city, **held.values}).mappings().first()
    last = _withdrawn(conn, sight, city, id_) if row is None else None
    found = dict(row) if row else last
    asset = records.holder(conn, sight, city, found["asset_id"], deleted=True, tells=TELLS) if found else None
    if found is None or asset is None:
        raise NotFound(what=f"defect/{id_}")
    if last is not None:
        raise _gone(sight, last)
    shown = _shown(found)
    if not sight.principal.may(Right.HISTORY):
        del shown["note"]
    return shown | {"class": asset._mapping["class"], "overdue": _overdue(shown, moment.today())}


def holder(conn: Connection, sight: Sight, city: str, kind: AssetClass, asset_id: int) -> None:
    """NotFound unless the asset is seen by somebody who may know of its defects."""
    records.asset(conn, sight, kind, city, asset_id, deleted=True, tells=TELLS)


def page(conn: Connection, sight: Sight, city: str, wanted: Wanted, *, limit: int, after: int | None = None,
         on: dt.date | None = None) -> list[dict[str, Any]]:
    """Defects by id with the place of their asset (`geometry`: GeoJSON text); of deleted assets none."""
    where, values = _where(conn, sight, city, wanted, on)
    rows = conn.execute(sql.statement("defects", **where, shape=wound_sql()), {**values, "limit": limit, "after": after}).mappings()
    note = sight.principal.may(Right.HISTORY)
    return [{k: v for k, v in r.items() if note or k != "note"} for r in rows]


def count(conn: Connection, sight: Sight, city: str, wanted: Wanted, on: dt.date | None = None) -> int:
    """How many there are, exactly."""
    where, values = _where(conn, sight, city, wanted, on)
    return conn.execute(sql.statement("defects_count", **where), values).scalar_one()


def summary(conn: Connection, city: str, by: str, wanted: Wanted, *, sight: Sight = WHOLE,
            on: dt.date | None = None) -> dict[str, Any]:
    """销号率: closed ÷ found, with open, overdue and withdrawn counts, in all and by group (a key of BY).

    A defect that was taken back is neither closed nor found, and is counted as that. Nothing found gives null, never
    0 or 100.
    """
    where, values = _where(conn, sight, city, wanted, on)
    columns = ", ".join(quote(c.name) for c in schema.defect.columns)
    rows = conn.execute(sql.statement("defects_summary", by=BY[by], columns=columns,
                                      withdrawn=records.withdrawn("defect", sight.as_of).text, **where), values).all()
    lines = [{"key": r.key, **_counts(r.found, r.closed, r.overdue, r.withdrawn)} for r in rows]
    whole = _counts(*(sum(getattr(r, n) for r in rows) for n in ("found", "closed", "overdue", "withdrawn")))
    return {"code": "closing_rate", "title": {"zh": "隐患销号率", "en": "Share of defects closed"}, "unit": "%",
            "formula": {"zh": "已销号 ÷ 已发现（撤销的不算，另计）", "en": "closed ÷ found (withdrawn ones left out, and counted apart)"},
            "on": values["on"], **whole, "grouped_by": by, "by": lines}


# -- inside --------------------------------------------------------------------------------------
def _withdrawn(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any] | None:
    """The last state of a defect that was taken back, with the batch that did it."""
    gone = records.withdrawn("defect", sight.as_of)
    row = conn.execute(text(f"SELECT d.*, b.actor, b.reason FROM {gone.text} d JOIN batch b ON b.id = d.end_batch "
                            "WHERE d.id = :id AND d.city = :city ORDER BY d.sys_to DESC LIMIT 1"),
                       {"id": id_, "city": city, **gone.values}).mappings().first()
    return dict(row) if row else None


def _gone(sight: Sight, last: Mapping[str, Any]) -> Gone:
    error = Gone(what=Label(f"隐患 {last['id']}", f"defect/{last['id']}"))
    if sight.principal.may(Right.HISTORY):
        how = {"at": last["sys_to"], "by": last["actor"], "reason": last["reason"], "batch": last["end_batch"]}
        kept = {k: v for k, v in _shown(last).items() if k not in ("sys_to", "end_batch", "actor", "reason")}
        error.more = {"withdrawn": how, "last": kept}
    return error


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("city", "source", "source_hash", "row_hash")}


def _step(now: Mapping[str, Any], values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """The columns that a step changes: one forward, or back to `assigned` with a reason."""
    old, new = now["status"], values["status"]
    on = values.get("on") or moment.today()
    if on > moment.today():
        problems.add("on", "future", value=on)
    if old in ("repaired", "verified") and new == BACK_TO:
        if not values.get("reason"):
            problems.add("reason", "needs", other=title(DEFECT_CHANGE, "reason"))
        back = [*now["attrs"].get("sent_back", []), {"on": on.isoformat(), "reason": values.get("reason")}]
        made = {"assigned_on": on, "repaired_on": None, "verified_on": None, "attrs": {**now["attrs"], "sent_back": back}}
    elif STEPS.index(new) == STEPS.index(old) + 1:
        made = {f"{new}_on": on}
    else:
        problems.add("status", "step", value=new, old=DEFECT_STEP.title_of(old), new=DEFECT_STEP.title_of(new))
        return {}
    last = max((s for s in STEPS[:STEPS.index(old) + 1] if now[f"{s}_on"]), key=lambda s: now[f"{s}_on"])
    if on < now[f"{last}_on"]:
        step = DEFECT_STEP.title_of(last)
        problems.add("on", "order", value=on, other=Label(f"“{step.zh}”的日期", f"the day it was {last}"))
    return {**made, "status": new}


def _overdue(row: Mapping[str, Any], on: dt.date) -> bool:
    return row["status"] != "closed" and row["due_on"] is not None and row["due_on"] < on


def _where(conn: Connection, sight: Sight, city: str, wanted: Wanted,
           on: dt.date | None) -> tuple[dict[str, str], dict[str, Any]]:
    kinds = records.classes(sight, wanted.kind, TELLS)
    # A list is of the assets that there are; those of one asset may be read after it is gone.
    seen = records.assets(sight, kinds, deleted=wanted.asset is not None)
    held = records.held("defect", sight.as_of)
    parts = [Fragment("d.city = «city»", {"city": city})]
    for column, value in (("d.status", wanted.status), ("d.risk_level", wanted.risk_level),
                          ("d.responsible", wanted.responsible), ("a.district", records.district(conn, sight, city, wanted.district)),
                          ("d.asset_id", wanted.asset)):
        if value is not None:
            name = column.partition(".")[2]
            parts.append(Fragment(f"{column} = «{name}»", {name: value}))
    if wanted.open or wanted.overdue:
        parts.append(Fragment("d.closed_on IS NULL OR d.closed_on > CAST(«on» AS date)"))
    if wanted.overdue:
        parts.append(Fragment("d.due_on < CAST(«on» AS date)"))
    for bound, sign, name in ((wanted.found[0], ">=", "first"), (wanted.found[1], "<=", "last")):
        if bound is not None:
            parts.append(Fragment(f"d.found_on {sign} CAST(«{name}» AS date)", {name: bound}))
    values = {k: v for p in parts for k, v in p.values.items()} | dict(seen.values) | dict(held.values)
    values["on"] = on or (moment.day(sight.as_of) if sight.as_of else moment.today())
    return {"assets": seen.text, "defects": held.text, "where": every(parts).text}, values


def _counts(found: int, closed: int, overdue: int, withdrawn: int) -> dict[str, Any]:
    return {"value": percent(closed, found), "numerator": closed, "denominator": found, "open": found - closed,
            "overdue": overdue, "withdrawn": withdrawn}
