"""Staleness: a grade that is older than the inspection cycle says nothing of today, and never counts in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry import sql
from registry.db.columns import literal, read
from registry.indicators.options import Chosen
from registry.kinds import AssetClass
from registry.standards import interval
from registry.store.counted import TODAY, Condition
from registry.store.tallies import OF_ANY

FORM = "regular"  # the inspection whose cycle a grade is held against


@dataclass(frozen=True)
class Judgement:
    """SQL of the day on which an asset was judged, and of whether it was at all."""

    day: str
    there: str


def conditions(cls: AssetClass, options: Chosen, judgement: Judgement | None = None) -> list[Condition]:
    """The verdicts of judgements that are past their time, over what `beside` puts beside a row; none where they count all the same."""
    if not _matters(cls, options, judgement):
        return []
    ends = _ends(cls, "judged.day", options.get("stale_after_years"))
    return [("undated", "judged.there AND judged.day IS NULL"), *([("stale", f"{ends} < {TODAY}")] if ends else [])]


def beside(cls: AssetClass, options: Chosen, judgement: Judgement | None = None) -> str:
    """What stands in FROM for that: `judged`, whether a row was judged and on which day, looked up once for each that was."""
    if not _matters(cls, options, judgement):
        return ""
    of = judgement or by_grade()
    return f"CROSS JOIN LATERAL (SELECT {of.there} AS there, CASE WHEN {of.there} THEN {of.day} END AS day OFFSET 0) judged"


def by_grade() -> Judgement:
    """Of the grade of an asset."""
    return Judgement(last("coalesce(i.override_grade, i.grade) IS NOT NULL"), "a.grade IS NOT NULL")


def last(said: str) -> str:
    """The SQL of the day of the newest inspection of the whole asset that says this: `rated_on` moves with patrols, which do not."""
    return sql.script("indicator_last", said=said).strip()


def newest(form: str, what: str, said: str = "true") -> str:
    """The rows, one for each asset, of what its newest inspection `i` of a form says, of those of which `said` holds: `asset_id`,
    `inspected_on`, and `what`."""
    return sql.script("indicator_newest", form=form, what=what, said=said, of=OF_ANY).strip()


def told(cls: AssetClass, options: Chosen) -> dict[str, Any]:
    """What an answer says of the rule: counted all the same, so many years, or the cycles of the table."""
    years = options.get("stale_after_years")
    return {"counted": options.get("stale") == "count", "years": years,
            "intervals": [] if years else [i.as_dict() for i in interval.of(cls.key, FORM)]}


def _matters(cls: AssetClass, options: Chosen, judgement: Judgement | None) -> bool:
    """Of what is no grade nothing can be past its time where no cycle is known and none was given."""
    return options.get("stale", "count") != "count" and (judgement is None or _ends(cls, "judged.day", options.get("stale_after_years")) is not None)


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
