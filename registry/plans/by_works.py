"""Targets that works answer: what was delivered against what was promised, by year or by district where it is promised so."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from registry.catalogue import load
from registry.errors import BadValue
from registry.plans import missing
from registry.plans.document import Plan, Target
from registry.plans.told import Question, Told
from registry.plans.verdict import Found, judge, reached, together
from registry.scope import Sight
from registry.store import divisions, works
from registry.store.cities import City

MOST_NAMED = 300  # works by id in a link
_NONE = {"done": 0.0, "planned": 0.0, "under_way": 0.0, "rows": []}


def questions(target: Target) -> list[Question]:
    """One: works are of one class, or of none."""
    return [Question(target, cls=target.asks.get("class"))]


def tell(conn: Connection, question: Question, plan: Plan, city: City, sight: Sight) -> Told:
    """What was done, is under way and is planned in the years of the target, in its unit."""
    target, cls = question.target, question.cls
    if cls is not None and cls not in load().classes:
        return Told(missing=(missing.asset_class(cls),))
    if cls is not None and (not sight.sees(load().classes[cls]) or sight.principal.mask(cls).fields & question.where.keys()):
        return Told(missing=(missing.closed(cls),))
    sight = dataclasses.replace(sight, principal=sight.principal.for_figures(fine=question.fine))
    kinds, unit, years = [target.asks["works"], *target.asks.get("also", ())], target.unit.partition("/")[0], _years(target, plan)
    by = "year" if _by_year(target) else "district" if target.asks.get("by") == "district" else None
    try:
        told = works.delivered(conn, city.key, kinds=kinds, unit=unit, cls=cls, where=question.where or None, years=years, by=by,
                               sight=sight)
    except BadValue as error:
        return Told(missing=(missing.refused(error, cls),))
    others = [o["unit"] for o in told["other_units"]]
    lacking = [missing.unit(others, unit)] if others else []
    answer = {"kind": "works", "kinds": kinds, "years": list(years), **{k: told[k] for k in (
        "unit", "done", "under_way", "planned", "investment_cny", "other_units")}, "works": len(told["rows"])}
    links: dict[str, str | None] = {"counted": _link(kinds, cls, city, sight, told)}
    if not told["rows"] and not others:
        hidden = cls is not None and sight.principal.mask(cls).values
        return Told(answer=answer, evidence=links, missing=(
            missing.closed(cls) if cls is not None and hidden else missing.works(kinds, cls, unit, years),))
    # What is told in another unit can only add to it.
    found = Found(told["done"], told["done"], math.inf if others else told["done"], factor=None)
    if by is None:
        return Told(found, None, answer, tuple(lacking), links)
    rows, known = {r["key"]: r for r in told["by"]}, not others
    parts = _of_years(target, rows, sight, known) if by == "year" else _of_districts(conn, target, rows, city, sight, known)
    if not parts:
        return Told(found, None, answer, (*lacking, missing.zone("district")), links, verdict=together([]))
    judged = [p for p in parts if p["judged"]]
    value, wanted = (math.fsum(p[k] or 0.0 for p in judged) for k in ("value", "wanted"))
    total = dataclasses.replace(found, value=value, low=value, high=value if known else math.inf)
    return Told(total, wanted if target.figure() is not None else None, answer, tuple(lacking), links, tuple(parts),
                verdict=together(p["verdict"] for p in judged))


def _link(kinds: list[str], cls: str | None, city: City, sight: Sight, told: Mapping[str, Any]) -> str:
    """Where the very works are read, told in another unit or not; where there are none (or too many to name), all of the class."""
    ids = sorted({id_ for part in (told, *told["other_units"]) for id_ in part["rows"]})
    named = {"ids": ",".join(map(str, ids))} if 0 < len(ids) <= MOST_NAMED else {"kind": kinds[0] if len(kinds) == 1 else None, "class": cls}
    said = {**named, "city": city.key, **sight.carried}
    said.pop("datetime", None)
    return "/works?" + urlencode({k: v for k, v in said.items() if v is not None}, safe=",")


def _by_year(target: Target) -> bool:
    return any(k in (target.target or {}) for k in ("each_year", "by_year"))


def _wanted(target: Target) -> dict[int, float]:
    """Year → what it promises, where a target promises by year."""
    said = target.target or {}
    if "by_year" in said:
        return {int(y): float(v) for y, v in said["by_year"].items()}
    first, last = said["each_year"]
    return dict.fromkeys(range(first, last + 1), float(said["value"])) if "value" in said else {}


def _years(target: Target, plan: Plan) -> tuple[int, int]:
    said = target.target or {}
    if _by_year(target):
        years = [int(y) for y in said.get("by_year", said.get("each_year", ()))]
        return min(years), max(years)
    first, last = said.get("years", (plan.years[0], max(said.get("year", plan.years[1]), plan.years[0])))
    return first, last


def _of_years(target: Target, rows: dict[Any, Any], sight: Sight, known: bool) -> list[dict[str, Any]]:
    """A row for each year; years to come are shown and not judged, unless none has come."""
    promised = _wanted(target)
    first = min(promised, default=0)
    return [_part(str(y), {"zh": f"{y} 年", "en": str(y)}, rows.get(y, _NONE), wanted, target.comparator, known,
                  judged=y <= max(sight.today.year, first)) for y, wanted in sorted(promised.items())]


def _of_districts(conn: Connection, target: Target, rows: dict[Any, Any], city: City, sight: Sight, known: bool) -> list[dict[str, Any]]:
    titles = divisions.titles(conn, city.key, "district", sight)
    return [_part(code, title.as_dict(), rows.get(code, _NONE), target.figure(), target.comparator, known)
            for code, title in titles.items()]


def _part(key: str, title: dict[str, str], row: Any, wanted: float | None, comparator: str, known: bool, *,
          judged: bool = True) -> dict[str, Any]:
    done = row["done"]
    short = None if wanted is None or reached(done, comparator, wanted) else abs(wanted - done)
    return {"key": key, "title": title, "value": done, "under_way": row["under_way"], "planned": row["planned"], "wanted": wanted,
            "verdict": judge(Found(done, done, done if known else math.inf), comparator, wanted) if judged else None, "gap": short,
            "judged": judged}
