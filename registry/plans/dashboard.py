"""The dashboard: every indicator that can be told of a city, each as everybody else gets it, beside what a plan promised."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select

from registry import indicators
from registry.catalogue import load
from registry.errors import BadValue, TableAbsent
from registry.indicators.kinds import Indicator
from registry.kinds import Label
from registry.plans.document import Plan
from registry.plans.scorecard import of_indicators
from registry.scope import WHOLE, Right, Sight
from registry.store import once, tallies
from registry.store.cities import City

BY = ("district",)
# Verdicts of grades that are past their time, or of which nobody can say whether they are.
_STALE = ("stale", "undated")
_OF_FIGURE = ("code", "title", "unit", "basis", "measure_unit", "denominator_unit", "value", "numerator", "denominator", "unrated", "bounds",
              "zone_edition")
_OF_TARGET = ("key", "name", "text", "comparator", "wanted", "unit", "value", "verdict", "verdict_title", "gap", "timing")
_NOTHING = Label("没有数值", "There is no value")


def dashboard(conn: Connection, city: City, *, by: str | None = None, plan: Plan | None = None, sight: Sight = WHOLE) -> dict[str, Any]:
    """A row for each indicator and class that has a value, and `untold` with the reason for each that has none.

    by: `district` or None; a class of which that is kept from the principal is told as a whole. plan: its targets stand in the rows that they are about; those about anything else under
    `elsewhere`. Values, bounds and units are those of `indicators.measure`. partial: of what may be seen, not of the
    whole. stale: what was rated too long ago to count. BadValue (by).
    """
    if by not in (None, *BY):
        raise BadValue(name="by", value=by, why_zh=f"可用：{', '.join(BY)}", why_en=f"known: {', '.join(BY)}")
    with once.held():
        tallies.ahead(conn, city.key, sight.today)
        return _dashboard(conn, city, by, plan, sight)


# -- inside --------------------------------------------------------------------------------------
def _dashboard(conn: Connection, city: City, by: str | None, plan: Plan | None, sight: Sight) -> dict[str, Any]:
    seen = dataclasses.replace(sight, principal=sight.principal.for_figures())
    told: list[dict[str, Any]] = []
    untold: list[dict[str, Any]] = []
    for indicator in indicators.every():
        for cls in _classes(indicator, seen):
            kept_back = by is not None and cls is not None and by in sight.principal.mask(cls).fields
            row = _row(conn, indicator, cls, city, None if kept_back else by, seen)
            (untold if row.get("value") is None else told).append(row)
    targets = of_indicators(conn, plan, city, sight) if plan is not None else []
    about: dict[tuple[str | None, str | None], list[dict[str, Any]]] = defaultdict(list)
    for target in targets:
        about[_about(target)].append(_target(target))
    rows = [row | {"targets": about.pop((row["code"], row["class"]), [])} for row in told]
    as_of = sight.as_of or conn.execute(select(func.now())).scalar_one()
    return {"city": {"key": city.key, "title": city.title.as_dict()}, "as_of": as_of.isoformat(), "on": sight.today.isoformat(), "by": by,
            "plan": plan.as_dict() if plan is not None else None, "rows": rows, "untold": untold,
            "elsewhere": [t for several in about.values() for t in several]}


def _classes(indicator: Indicator, sight: Sight) -> Iterator[str | None]:
    """Those that it applies to and that are seen; None for one that is of no class."""
    known = indicator.classes()
    return (c.key for c in known if sight.sees(c)) if known else iter((None,))


def _row(conn: Connection, indicator: Indicator, cls: str | None, city: City, by: str | None, sight: Sight) -> dict[str, Any]:
    about = {"class": cls, "class_title": load().classes[cls].title.as_dict() if cls else None, "href": _href(indicator, cls, city, by, sight),
             "partial": not sight.principal.may(Right.FIGURES) or bool(cls and sight.principal.mask(cls).values)}
    try:
        figure = _figure(conn, indicator, cls, city, by, sight)
    except (BadValue, TableAbsent) as error:
        return {"code": indicator.code, "title": indicator.title.as_dict(), **about, "reason": {"zh": error.message("zh"), "en": error.message("en")}}
    if figure["value"] is None:
        return {"code": indicator.code, "title": figure["title"], **about, "reason": figure.get("reason") or figure["note"] or _NOTHING.as_dict(),
                "unrated": figure["unrated"], "stale": _stale(figure)}
    return {**{name: figure[name] for name in _OF_FIGURE}, **about, "stale": _stale(figure), "by": figure["by"] if by else []}


def _figure(conn: Connection, indicator: Indicator, cls: str | None, city: City, by: str | None, sight: Sight) -> dict[str, Any]:
    """By the grouping where the indicator has it, else without."""
    try:
        return indicators.measure(conn, indicator.code, city, cls=cls, by=by, sight=sight, brief=True)
    except BadValue as error:
        if by is None or error.facts.get("name") != "by":
            raise
        return indicators.measure(conn, indicator.code, city, cls=cls, sight=sight, brief=True)


def _stale(figure: Mapping[str, Any]) -> dict[str, float]:
    found = [r for r in figure.get("unrated_reasons", ()) if r["reason"] in _STALE]
    return {name: sum(r[name] for r in found) for name in ("count", "measure")}


def _href(indicator: Indicator, cls: str | None, city: City, by: str | None, sight: Sight) -> str:
    said = {"class": cls, "by": by, "city": city.key, **sight.carried}
    return f"/indicators/{indicator.code}?" + urlencode({k: v for k, v in said.items() if v is not None})


def _about(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Indicator and class that a row of the scorecard is about."""
    return row["answer"].get("code"), row["class"] or (row["answer"].get("scope") or {}).get("class")


def _target(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the scorecard says of it, in short; where: of which of the assets it is."""
    return {name: row[name] for name in _OF_TARGET} | {"where": (row["answer"].get("scope") or {}).get("where")}
