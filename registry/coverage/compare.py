"""Two days beside each other: how the coverage changed, district by district, and which facilities came and went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from registry.coverage import report, rules, straight
from registry.coverage.straight import Run
from registry.errors import BadValue
from registry.scope import WHOLE, Sight
from registry.standards.service import ServiceRule
from registry.store.cities import City

NUMBERS = ("value", "numerator", "denominator", "people", "people_covered")


def compare(conn: Connection, rule: str | ServiceRule, city: City, first: dt.date, last: dt.date, *, edition: str | None = None,
            by: str = rules.DISTRICT, sight: Sight = WHOLE, shown: Sight = WHOLE, without: Iterable[str] = (),
            zone_edition: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The coverage on two days (`from`, `to`), the difference of each number in all and by division, and the facilities that
    serve on one of the days only or with another radius or area.

    The days are those on which things are in service; what the registry knew is as of `sight`. shown: which facilities
    may be named; of others only the number is told. Percent and points, m² (m, people) as in `coverage`.
    BadValue (to before from, edition, by, without, zone_edition), UnknownIndicator.
    """
    if last < first:
        raise BadValue(name="to", value=last.isoformat(), why_zh="早于 from", why_en="it is before from")
    found = rules.find(rule)
    rules.check_grouping(found, by)
    runs = [straight.prepare(conn, found, city, edition=edition, sight=replace(sight, on=day), without=without,
                             zone_edition=zone_edition) for day in (first, last)]
    before, after = (report.told(run, by) for run in runs)
    return {
        "rule": found.code, "title": before["title"], "basis": before["basis"], "unit": before["unit"], "measure_unit": before["measure_unit"],
        "scope": before["scope"], "edition": before["edition"], "from": _side(first, before), "to": _side(last, after),
        "difference": _difference(before, after), "by": _rows(before, after),
        "facilities": _facilities(runs[0], runs[1], shown)}


def _side(day: dt.date, told: dict[str, Any]) -> dict[str, Any]:
    return {"on": day.isoformat(), **{n: told[n] for n in NUMBERS}, "zone_edition": told["zone_edition"],
            "facilities": told["facilities"]["eligible"], "evidence": told["evidence"]}


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float | None]:
    """After less before; None where one of them is not known."""
    return {n: None if before.get(n) is None or after.get(n) is None else after[n] - before[n] for n in NUMBERS}


def _rows(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    old, new = ({r["key"]: r for r in told["by"]} for told in (before, after))
    return [{"key": key, "title": (new.get(key) or old[key])["title"],
             **{f"{n}_from": old.get(key, {}).get(n) for n in NUMBERS}, **{f"{n}_to": new.get(key, {}).get(n) for n in NUMBERS},
             **_difference(old.get(key, {}), new.get(key, {}))} for key in dict.fromkeys((*old, *new))]


def _facilities(first: Run, last: Run, shown: Sight) -> dict[str, Any]:
    cls = rules.facility(first.rule)
    known = shown.rows(cls)
    found = first.run("coverage_changed", fragments={
        "old": first.table("facility"), "new": last.table("facility"), "known": known.text},
        **{"class": cls.key}, city=first.city.key, **known.values).mappings().all()
    told: dict[str, Any] = {what: [dict(r) | {"href": f"/collections/{cls.key}/items/{r['id']}?city={first.city.key}"} for r in found
                                   if r["what"] == what and r["id"] is not None] for what in ("came", "went", "changed")}
    for rows in told.values():
        for row in rows:
            del row["what"]
    return told | {"counts": {what: sum(r["what"] == what for r in found) for what in ("came", "went", "changed")}}
