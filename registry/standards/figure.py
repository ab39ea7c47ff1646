"""The form of a figure: what every indicator and coverage rule answers, whoever computed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.kinds.label import Label

UNKNOWN = "unknown"  # key of the row of what lies in no group
UNKNOWN_TITLE = Label("未知", "Unknown")
MEASURE_UNITS = {"length": Label("米", "m"), "area": Label("平方米", "m²"), "population": Label("人", "people")}


@dataclass(frozen=True)
class Standard:
    """Where a figure's rule stands: the standard, the clause, and the table file its numbers come from."""

    code: str
    clause: str = ""
    table: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "clause": self.clause or None, "table": self.table}


@dataclass(frozen=True)
class Share:
    """A numerator out of a denominator, with what could not be judged beside it.

    numerator, denominator, unrated_measure: in the unit of the basis (count, m, m²).
    """

    numerator: float | None
    denominator: float | None
    unrated_count: int = 0
    unrated_measure: float = 0

    @property
    def value(self) -> float | None:
        """Percent 0–100, unrounded; an empty denominator gives None, never 0 or 100."""
        return percent(self.numerator or 0, self.denominator or 0)

    @property
    def bounds(self) -> dict[str, float | None]:
        """What the value would be if everything unrated were bad (low) or good (high), in percent."""
        whole, part = (self.denominator or 0) + self.unrated_measure, self.numerator or 0
        return {"low": percent(part, whole), "high": percent(part + self.unrated_measure, whole)}

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "numerator": self.numerator, "denominator": self.denominator,
                "unrated": {"count": self.unrated_count, "measure": self.unrated_measure}}


@dataclass(frozen=True)
class Ratio(Share):
    """A measure per another one: km/km², m² per person. factor: of the value over numerator by denominator as they stand.

    What has no measure could add any amount: there is no highest value then. sure: that the denominator is whole; else
    there is no lowest value.
    """

    factor: float = 1.0
    sure: bool = True

    @property
    def value(self) -> float | None:
        """In the unit of the figure; None where there is nothing to divide by."""
        return None if self.numerator is None or not self.denominator else self.factor * self.numerator / self.denominator

    @property
    def bounds(self) -> dict[str, float | None]:
        return {"low": self.value if self.sure else None, "high": None if self.unrated_count else self.value}


@dataclass(frozen=True)
class Total(Ratio):
    """A sum that is divided by nothing: length, capacity, number."""

    @property
    def value(self) -> float | None:
        """In the unit of the figure."""
        return None if self.numerator is None else self.factor * self.numerator


NO_SHARE = {"value": None, "numerator": None, "denominator": None, "unrated": None}


@dataclass(frozen=True)
class Figure:
    """One answer. `unit` is that of the value, `measure_unit` that of numerator and denominator, unless
    the latter has a `denominator_unit` of its own.

    method: stable name of the way of computing; formula: the same in words.
    share: None where several bases may not be mixed into one figure; `note` then says so.
    scope: city, class and grouping asked for. zone_edition: kind of zone → edition used.
    by: rows that add up to the figure. more: what one kind of figure says beyond the common form.
    """

    code: str
    title: Label
    method: str
    formula: Label
    standard: Standard
    share: Share | None
    as_of: str
    scope: dict[str, Any]
    cls: str | None = None
    basis: str | None = None
    unit: str = "%"
    measure_unit: Label | None = None
    denominator_unit: Label | None = None
    excluded: Sequence[dict[str, Any]] = ()
    zone_edition: dict[str, str] | None = None
    by: Sequence[dict[str, Any]] = ()
    evidence: Mapping[str, str | None] = field(default_factory=dict)
    note: Label | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The answer as the command line, the web and files carry it."""
        share = self.share.as_dict() if self.share else NO_SHARE
        return {
            "code": self.code, "title": self.title.as_dict(), "class": self.cls, "method": self.method,
            "formula": self.formula.as_dict(), "basis": self.basis, "unit": self.unit,
            "measure_unit": self.measure_unit.as_dict() if self.measure_unit else None,
            "denominator_unit": self.denominator_unit.as_dict() if self.denominator_unit else None, **share,
            "excluded": list(self.excluded), "bounds": self.share.bounds if self.share else None,
            "as_of": self.as_of, "scope": self.scope, "standard": self.standard.as_dict(),
            "zone_edition": self.zone_edition, "by": list(self.by), "target": None,
            "evidence": {which: self.evidence.get(which) for which in ("counted", "failing", "unrated")},
            "note": self.note.as_dict() if self.note else None, **self.more}


def percent(part: float, whole: float) -> float | None:
    """Percent, or None where there is nothing to divide by; a part of the whole is never above 100 by the rounding of floats."""
    if not whole:
        return None
    value = 100 * part / whole
    return min(value, 100.0) if part <= whole else value
