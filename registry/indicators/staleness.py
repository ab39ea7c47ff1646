"""Staleness: a grade that is older than the inspection cycle says nothing of today, and never counts in silence."""

from __future__ import annotations

from typing import Any

from registry import sql
from registry.db.columns import literal, read
from registry.indicators.options import Chosen
from registry.kinds import AssetClass
from registry.standards import interval
from registry.store.counted import TODAY, Condition

FORM = "regular"  # the inspection whose cycle a grade is held against


def conditions(cls: AssetClass, options: Chosen) -> list[Condition]:
    """The verdicts of grades that are past their time; none where they are counted all the same."""
    if options.get("stale") == "count":
        return []
    graded = graded_on()
    ends = _ends(cls, graded, options.get("stale_after_years"))
    return [("undated", f"a.grade IS NOT NULL AND {graded} IS NULL"), *([("stale", f"{ends} < {TODAY}")] if ends else [])]


def graded_on() -> str:
    """The SQL of the day of the newest grade of the whole asset: `rated_on` moves with patrols, which say nothing of a grade."""
    return sql.script("indicator_last", said="coalesce(i.override_grade, i.grade) IS NOT NULL").strip()


def told(cls: AssetClass, options: Chosen) -> dict[str, Any]:
    """What an answer says of the rule: counted all the same, so many years, or the cycles of the table."""
    years = options.get("stale_after_years")
    return {"counted": options.get("stale") == "count", "years": years,
            "intervals": [] if years else [i.as_dict() for i in interval.of(cls.key, FORM)]}


def _ends(cls: AssetClass, graded: str, years: float | None) -> str | None:
    """The SQL of the last day of a grade; null where no cycle is known for the asset."""
    if years is not None:
        return f"({graded} + make_interval(months => {round(years * 12)}))"
    cases = []
    for each in interval.of(cls.key, FORM):
        fits = "true"
        if each.field is not None:
            fits = f"{read(cls.by_key[each.field])} IN ({', '.join(map(literal, each.values))})"
        cases.append(f"WHEN {fits} THEN {graded} + make_interval(months => {each.months}, days => {each.days})")
    return f"(CASE {' '.join(cases)} END)" if cases else None
