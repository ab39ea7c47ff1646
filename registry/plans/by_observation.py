"""Targets that no asset can answer: the figure that somebody entered, with its source, shown as it is and never computed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from registry.kinds.quantities import convert
from registry.plans import missing
from registry.plans.document import Plan, Target
from registry.plans.told import Question, Told
from registry.plans.verdict import Found, judge, reached, together
from registry.scope import Sight
from registry.store import observations
from registry.store.cities import City


def questions(target: Target) -> list[Question]:
    """One: a figure of the whole city."""
    return [Question(target, code=target.asks["observation"])]


def tell(conn: Connection, question: Question, plan: Plan, city: City, sight: Sight) -> Told:
    """The last figure that was entered; one that is too old for the target tells nothing of it, and is shown.

    A quantity that is promised within years is to be entered as what was reached since the first of them.
    """
    target, code = question.target, question.code or ""
    sight = dataclasses.replace(sight, principal=sight.principal.for_figures())
    unit = target.unit.partition("/")[0]
    latest = observations.latest(conn, city.key, code, sight.today, sight=sight)
    links: dict[str, str | None] = {"counted": "/observations?" + urlencode({"code": code, "city": city.key, **(
        {"as_of": sight.as_of.isoformat()} if sight.as_of else {})})}
    if "by_year" in (target.target or {}) or "each_year" in (target.target or {}):
        return _by_year(conn, question, city, sight, unit, latest, links)
    year = least(target, plan, sight.today)
    if latest is None or _year(latest) < year:
        lacking = missing.observation(code, unit, year if latest else _asked(target), _year(latest) if latest else None)
        return Told(answer=_shown(latest), missing=(lacking,), evidence=links)
    value = convert(latest["value"], latest["unit"], unit)
    if value is None:
        return Told(answer=_shown(latest), missing=(missing.unit([latest["unit"]], unit),), evidence=links)
    return Told(Found(value, value, value, factor=None), None, _shown(latest), evidence=links)


def _by_year(conn: Connection, question: Question, city: City, sight: Sight, unit: str, latest: dict[str, Any] | None,
             links: dict[str, str | None]) -> Told:
    """A row for each year with the figure of that year; the verdict is that of all the years that have come."""
    target, code = question.target, question.code or ""
    said = target.target or {}
    promised = {int(y): float(v) for y, v in said["by_year"].items()} if "by_year" in said else dict.fromkeys(
        range(said["each_year"][0], said["each_year"][1] + 1), said.get("value"))
    parts: list[dict[str, Any]] = []
    lacking: list[missing.Missing] = []
    last: float | None = None
    for year, wanted in sorted(promised.items()):
        found = observations.latest(conn, city.key, code, min(dt.date(year, 12, 31), sight.today), sight=sight)
        value = convert(found["value"], found["unit"], unit) if found and _year(found) == year else None
        judged = year <= max(sight.today.year, min(promised))
        if judged and value is None:
            lacking.append(missing.observation(code, unit, year, _year(found) if found else None))
        last = value if value is not None else last
        short = None if value is None or wanted is None or reached(value, target.comparator, wanted) else abs(wanted - value)
        parts.append({"key": str(year), "title": {"zh": f"{year} 年", "en": str(year)}, "value": value, "wanted": wanted, "gap": short,
                      "verdict": judge(Found(value, value, value), target.comparator, wanted) if judged else None, "judged": judged})
    judged_parts = [p for p in parts if p["judged"]]
    now = Found(last, last, last, factor=None) if last is not None else None
    return Told(now, judged_parts[-1]["wanted"] if judged_parts else None, _shown(latest), tuple(lacking), links, tuple(parts),
                verdict=together(p["verdict"] for p in judged_parts))


def _asked(target: Target) -> int | None:
    said = target.target or {}
    return said["years"][1] if "years" in said else said.get("year")


def least(target: Target, plan: Plan, today: dt.date) -> int:
    """The year that a figure must be of to tell of the target: the promised one once it is over, before that any since the base.

    Of what is promised within years, nothing from before the first of them counts.
    """
    year, said = _asked(target), target.target or {}
    if year is not None and today > dt.date(year, 12, 31):
        return year
    return said["years"][0] if "years" in said else plan.base_year


def _year(row: dict[str, Any]) -> int:
    return int(row["year"] or row["observed_on"].year)


def _shown(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"kind": "observation"}
    return {"kind": "observation", **{k: row.get(k) for k in ("id", "code", "value", "unit", "year", "observed_on", "source", "method",
                                                               "note")}}
