"""Overdue inspections: which assets were not inspected in time, and of which that cannot be said."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.db.columns import literal, read
from registry.db.fragments import Fragment
from registry.kinds import AssetClass
from registry.scope import Sight
from registry.standards import interval, sheets
from registry.store import records
from registry.store.counted import any_of, not_counting
from registry.store.geojson import wound_sql

# overdue: the day has passed; unknown: nobody can say, as no interval or no first day is known.
STATUS = ("overdue", "unknown")
TELLS = ("state",)


@dataclass(frozen=True)
class Asked:
    """Which assets: of a class (None: of all that have an interval), a district; for which form, on which day."""

    on: dt.date
    form: str = "regular"
    kind: str | None = None
    district: str | None = None
    status: str | None = None


def page(conn: Connection, sight: Sight, city: str, asked: Asked, *, limit: int, after: int | None = None) -> list[dict[str, Any]]:
    """Assets by id with the place (`geometry`: GeoJSON text), the last inspection, when it was due and by which clause.

    One that was never inspected is due from the day it was installed; where that is not known, or no interval is
    known for it, its status is `unknown`: it is never left out.
    """
    found, values = _found(conn, sight, city, asked)
    rows = conn.execute(sql.statement("overdue", found=found), {**values, "limit": limit, "after": after}).mappings()
    table = interval.intervals()
    return [{**{k: v for k, v in r.items() if k != "entry"},
             "interval": table[r["entry"]].as_dict() if r["entry"] is not None else None} for r in rows]


def counts(conn: Connection, sight: Sight, city: str, asked: Asked) -> dict[str, int]:
    """How many of each status, exactly."""
    found, values = _found(conn, sight, city, asked)
    many = {r.status: r.n for r in conn.execute(sql.statement("overdue_counts", found=found), values)}
    return {s: many.get(s, 0) for s in STATUS if asked.status in (None, s)}


def without_interval(sight: Sight, asked: Asked) -> list[str]:
    """Classes for which no interval of this form is known, so that nothing is said of them."""
    return [c.key for c in records.classes(sight, asked.kind, TELLS) if not interval.of(c.key, asked.form)]


def _found(conn: Connection, sight: Sight, city: str, asked: Asked) -> tuple[str, dict[str, Any]]:
    kinds = [c for c in records.classes(sight, asked.kind, TELLS) if interval.of(c.key, asked.form)]
    seen = sight.assets(kinds)
    values = {**seen.values, "city": city, "today": asked.on, "forms": sheets.serving(interval.SERVES[asked.form]),
              "as_of": sight.as_of, "district": records.district(conn, sight, city, asked.district), "status": asked.status,
              "rules": json.dumps([{"entry": n, "months": i.months, "days": i.days}
                                   for n, i in enumerate(interval.intervals())])}
    found = sql.statement("overdue_found", assets=seen.text, shape=wound_sql(), entry=_by_class(kinds, _entry, asked.form).text,
                          counting=_by_class(kinds, _counting, asked.form).text)
    return found.text, values


def _by_class(kinds: list[AssetClass], expression: Any, form: str) -> Fragment:
    cases = " ".join(f"WHEN {literal(c.key)} THEN {expression(c, form)}" for c in kinds)
    return Fragment(f"CASE a.class {cases} END" if kinds else "NULL")


def _entry(kind: AssetClass, form: str) -> str:
    """The number of the entry of the table that fits the row `a`, or null."""
    cases = []
    for n, entry in enumerate(interval.intervals()):
        if (entry.kind, entry.form) == (kind.key, form):
            fits = "true"
            if entry.field is not None:
                fits = f"{read(kind.by_key[entry.field])} IN ({', '.join(map(literal, entry.values))})"
            cases.append(f"WHEN {fits} THEN {n}")
    return f"CASE {' '.join(cases)} END"


def _counting(kind: AssetClass, form: str) -> str:
    return f"NOT {any_of(not_counting(kind))}"
