"""The scorecard of a plan: where a city stands against every target, with what is missing where it cannot be told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from registry.catalogue import load
from registry.plans import by_indicator, by_observation, by_works, missing
from registry.plans.contradictions import computed
from registry.plans.document import Plan, Target
from registry.plans.stocks import stocks
from registry.plans.told import Question, Told
from registry.plans.verdict import NO_FIGURE, VERDICTS, Found, either, gap, judge, together, whole
from registry.plans.why import timing, why
from registry.scope import Right, Sight
from registry.store.cities import City

# Units of things that are counted: a gap in them is one of whole assets.
_COUNTED = frozenset("座处个盏条辆台栋户家株")


def scorecard(conn: Connection, plan: Plan, city: City, sight: Sight, on: dt.date | None = None) -> dict[str, Any]:
    """Where a city stands against a plan.

    sight: whose eyes, as of when and on which day; `on` is that day where it is given. A row for each target, class and
    reading; numbers are in the unit of the target, gaps in it, in the unit of the basis (count, m, m²) and in assets.
    A target is judged as of the day, whether or not its year has come, and says which. Nothing is written.
    """
    sight = dataclasses.replace(sight, on=on) if on is not None else sight
    rows = [row for target in plan.targets for row in _rows(conn, plan, target, city, sight)]
    targets = [{"id": t.id, "name": t.name, "verdict": _overall([r for r in rows if r["id"] == t.id])} for t in plan.targets]
    as_of = sight.as_of or conn.execute(select(func.now())).scalar_one()
    return {"plan": plan.as_dict(), "city": {"key": city.key, "title": city.title.as_dict()}, "as_of": as_of.isoformat(),
            "on": sight.today.isoformat(), "summary": {"targets": _counts(t["verdict"] for t in targets),
                                                       "rows": _counts(r["verdict"] for r in rows)},
            "targets": targets, "rows": rows, "stocks": stocks(conn, plan, city, sight),
            "contradictions": [c.as_dict() | {"computed": computed(c)} for c in plan.contradictions]}


def of_indicators(conn: Connection, plan: Plan, city: City, sight: Sight) -> list[dict[str, Any]]:
    """The rows of the targets that indicators answer, as they stand in the scorecard."""
    return [row for target in plan.targets if target.answered_by == "indicator" for row in _rows(conn, plan, target, city, sight)]


def _rows(conn: Connection, plan: Plan, target: Target, city: City, sight: Sight) -> list[dict[str, Any]]:
    kind = target.answered_by
    if kind == "indicator":
        return [_row(q, _computed(conn, plan, q, city, sight), sight) for q in by_indicator.questions(target)]
    room = by_works if kind == "works" else by_observation
    return [_row(q, room.tell(conn, q, plan, city, sight), sight) for q in room.questions(target)]


def _computed(conn: Connection, plan: Plan, question: Question, city: City, sight: Sight) -> Told:
    """The figure; of the whole city, where none can be computed, the one that somebody entered under its code."""
    told = by_indicator.tell(conn, question, plan, city, sight)
    if question.target.asks.keys() == {"indicator"} and (told.found is None or told.found.value is None):
        entered = by_observation.tell(conn, question, plan, city, sight)
        if entered.found is not None:
            return dataclasses.replace(entered, missing=told.missing)
    return told


def _row(question: Question, told: Told, sight: Sight) -> dict[str, Any]:
    target, found = question.target, told.found
    promised = target.figure() is not None
    wanted = told.wanted if told.wanted is not None else target.figure()
    verdict = NO_FIGURE if not promised else told.verdict or judge(found, target.comparator, wanted)
    lacking = ([] if promised else [missing.figure(target.masked)]) + list(told.missing)
    reason = why(target, told, verdict, wanted)
    cls = load().classes.get(question.cls or "")
    return target.as_dict() | {
        "key": question.key, "answered_by": target.answered_by, "class": question.cls,
        # What is promised by year or by district is told as the sum of its parts.
        "unit": target.unit.partition("/")[0] if told.parts and target.answered_by == "works" else target.unit,
        "class_title": cls.title.as_dict() if cls else None, "reading": question.code if question.readings > 1 else None,
        "wanted": wanted if promised else None, "timing": timing(target, sight.today),
        "value": found.value if found else None, "bounds": _bounds(found), "answer": dict(told.answer), "by": list(told.parts),
        "verdict": verdict, "verdict_title": title(verdict), "why": reason.as_dict(), "missing": lacking,
        "gap": _gap(target, told, wanted) if promised else None, "evidence": dict(told.evidence), "partial": _partial(question, sight)}


def title(verdict: str) -> dict[str, str]:
    """A verdict in words."""
    return dict(zip(("zh", "en"), VERDICTS[verdict], strict=True))


def _bounds(found: Found | None) -> dict[str, float | None] | None:
    """Worst and best; a best that nothing bounds is None."""
    if found is None or found.low is None:
        return None
    return {"low": found.low, "high": None if found.high is None or math.isinf(found.high) else found.high}


def _gap(target: Target, told: Told, wanted: float | None) -> dict[str, Any] | None:
    """What is missing to the figure, of what is known; of parts the shortfalls, since more in one makes up for no other."""
    if told.parts:
        short = math.fsum(p["gap"] for p in told.parts if p["judged"] and p["gap"] is not None)
        found: dict[str, float | None] | None = {"value": short, "measure": None} if short else None
    else:
        found = gap(told.found, target.comparator, wanted)
    if found is None:
        return None
    counted = found["measure"] if told.basis == "count" else found["value"] if target.unit[:1] in _COUNTED else None
    return {**found, "unit": target.unit, "measure_unit": told.measure_unit, "assets": whole(counted, target.comparator)}


def _partial(question: Question, sight: Sight) -> bool:
    """Whether the answer is of what whoever asks may see, and not of the whole."""
    principal = sight.principal.for_figures(fine=question.fine)
    return not principal.may(Right.FIGURES) or bool(principal.mask(question.cls or "").values)


def _overall(rows: list[dict[str, Any]]) -> str:
    """The verdict on a target: every class must reach the figure, and every reading of the words must say the same."""
    readings = dict.fromkeys(r["reading"] for r in rows)
    return either(together(r["verdict"] for r in rows if r["reading"] == reading) for reading in readings)


def _counts(verdicts: Iterable[str]) -> dict[str, int]:
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in VERDICTS} | {"all": counted.total()}
