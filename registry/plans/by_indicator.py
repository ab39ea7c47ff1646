"""Targets that an indicator answers: the figure as everybody else gets it, and what is missing where there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from registry import indicators
from registry.catalogue import load
from registry.errors import BadValue, TableAbsent, UnknownClass, UnknownIndicator
from registry.kinds.label import Label
from registry.kinds.quantities import convert
from registry.plans import missing
from registry.plans.by_observation import least
from registry.plans.document import Plan, Target
from registry.plans.told import Question, Told
from registry.plans.verdict import Found
from registry.scope import Sight
from registry.store import features
from registry.store.cities import City
from registry.store.query import Query

_NOT_OPTIONS = {"indicator", "class", "classes", "where"}
_SHOWN = ("code", "title", "method", "formula", "basis", "measure_unit", "denominator_unit", "value", "numerator", "denominator",
          "unrated", "excluded", "bounds", "unit", "standard", "zone_edition", "as_of", "scope", "note", "counts", "entered")


def questions(target: Target) -> list[Question]:
    """One for each class that the target names, by each indicator that its words may mean."""
    said = target.asks["indicator"]
    codes = [said] if isinstance(said, str) else list(said)
    pairs = [(code, cls) for code in codes for cls in _classes(target.asks, code)]
    alone = len({cls for _, cls in pairs}) == 1
    return [Question(target, code, cls, alone, len(codes)) for code, cls in pairs]


def _classes(asks: Mapping[str, Any], code: str) -> list[str | None]:
    if "classes" in asks or "class" in asks:
        return list(asks.get("classes") or [asks["class"]])
    known = indicators.load().get(code)
    # One that takes its classes together has one figure, and any other a figure for each.
    several = [c.key for c in known.classes()] if known and not getattr(known, "together", False) else []
    return [*several] if len(several) > 1 else [None]


def tell(conn: Connection, question: Question, plan: Plan, city: City, sight: Sight) -> Told:
    """The figure of an indicator for the question; where there can be none, what is missing."""
    target, cls = question.target, question.cls
    assert question.code is not None
    if question.code not in indicators.load():
        return Told(missing=(missing.indicator(question.code),))
    if cls is not None and cls not in load().classes:
        return Told(missing=(missing.asset_class(cls),))
    if cls is not None and (not sight.sees(load().classes[cls]) or sight.principal.mask(cls).fields & question.where.keys()):
        return Told(missing=(missing.closed(cls),))
    try:
        figure = measure(conn, question, city, sight)
    except (BadValue, UnknownClass, UnknownIndicator, TableAbsent) as error:
        return Told(missing=(missing.refused(error, cls),))
    if too_old := _too_old(figure, least(target, plan, sight.today)):
        return Told(answer=_shown(figure), missing=too_old, evidence=figure["evidence"])
    if cls is not None and figure["value"] == 0 and not _any(conn, cls, city, sight):
        # A sum over a class of which nothing was ever entered: nobody knows that there is none.
        return Told(answer=_shown(figure), missing=(missing.assets(cls, question.where, (), _needs(figure)),), evidence=figure["evidence"])
    factor = convert(1, figure["unit"], target.unit)
    lacking = _lacking(question, figure)
    if factor is None:
        return Told(answer=_shown(figure), missing=(missing.unit([figure["unit"]], target.unit), *lacking), evidence=figure["evidence"])
    return Told(Found.of(figure).times(factor), None, _shown(figure), lacking, figure["evidence"], basis=figure["basis"],
                measure_unit=figure["measure_unit"])


def _too_old(figure: Mapping[str, Any], year: int) -> tuple[missing.Missing, ...]:
    """Entered figures behind a figure that are from before the year: they tell nothing of the target, as no entered figure does."""
    return tuple(missing.observation(e["code"], e["unit"], year, int(e["of"][:4])) for e in figure.get("entered", ()) if int(e["of"][:4]) < year)


def _any(conn: Connection, cls: str, city: City, sight: Sight) -> bool:
    """Whether the city has any row of a class."""
    return features.count(conn, Query(load().classes[cls], city.key, sight=sight), limit=0) is None


def _needs(figure: Mapping[str, Any]) -> Label | None:
    said = indicators.find(figure["code"]).needs_data
    return Label.of(said) if said else None


def measure(conn: Connection, question: Question, city: City, sight: Sight) -> dict[str, Any]:
    """The figure itself, asked for as anybody would."""
    asks = question.target.asks
    options = {name: value for name, value in asks.items() if name not in _NOT_OPTIONS}
    principal = sight.principal.for_figures(fine=question.fine)
    return indicators.measure(conn, question.code or "", city, cls=question.cls, where=question.where,
                              sight=dataclasses.replace(sight, principal=principal), **options)


def _lacking(question: Question, figure: Mapping[str, Any]) -> tuple[missing.Missing, ...]:
    """What the figure itself says that it does not know."""
    cls, unrated = question.cls or figure.get("class"), figure.get("unrated") or {}
    needs = _needs(figure)
    found = [missing.observation(code, "", None, None) for code in figure.get("missing", ())]
    if unrated.get("count"):
        found.append(missing.judgements(cls, unrated["count"], unrated.get("measure"), figure["evidence"].get("unrated"), needs))
    land = (figure.get("denominator_definition") or {}).get("zone")
    if figure["value"] is None and land:
        found.append(missing.zone(land))
    elif figure["value"] is None and (cls is None or figure.get("denominator_unit")) and figure.get("reason") and not figure.get("missing"):
        found.append(missing.reason(figure["reason"], needs))
    elif figure["value"] is None and not found:
        found.append(missing.assets(cls, question.where, figure.get("excluded", ()), needs))
    return tuple(found)


def _shown(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "indicator", **{name: figure[name] for name in _SHOWN if name in figure}}
