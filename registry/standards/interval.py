"""Inspection intervals: how long after an inspection the next is due, read from the table; pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.errors import BadDeclaration

TABLE = Path(__file__).parent / "tables" / "inspection_interval.toml"
CONFIDENCE = ("found", "high", "med", "low")
FORMS = ("patrol", "regular", "structural")
# Whoever does the greater inspection has done the lesser one as well.
SERVES = {form: FORMS[n:] for n, form in enumerate(FORMS)}
_ENTRY = {"standard", "clause", "class", "form", "field", "values", "least", "most", "confidence"}


@dataclass(frozen=True)
class Interval:
    """The longest time between two inspections of one form, for assets of a class.

    field, values: only for assets whose field has one of these values (None: for all of the class).
    days or months: the time, the other is 0; least: the shortest, where a range is given.
    """

    kind: str
    form: str
    standard: str
    clause: str
    source: str
    confidence: str
    months: int
    days: int
    field: str | None = None
    values: tuple[str, ...] = ()
    least: Mapping[str, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"months": self.months, "days": self.days, "least": dict(self.least) if self.least else None,
                "standard": self.standard, "clause": self.clause, "source": self.source, "confidence": self.confidence,
                "table": TABLE.name}


def of(kind: str, form: str) -> list[Interval]:
    """The intervals of a class for a form, in the order of the table; empty where none is known."""
    return [i for i in intervals() if (i.kind, i.form) == (kind, form)]


def known(kind: str, form: str, said: Mapping[str, Any]) -> Interval | None:
    """The interval of one asset by the values of its fields; None where none is known."""
    return next((i for i in of(kind, form) if i.field is None or said.get(i.field) in i.values), None)


@lru_cache(maxsize=1)
def intervals() -> tuple[Interval, ...]:
    """The whole table; BadDeclaration names an entry that is wrong."""
    said = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(_interval(n, entry, said["standard"]) for n, entry in enumerate(said["interval"], 1))


def _interval(number: int, said: Mapping[str, Any], standards: Mapping[str, Any]) -> Interval:
    most, standard = said.get("most", {}), standards.get(said.get("standard", ""), {})
    sound = (not said.keys() - _ENTRY and standard and said.get("form") in FORMS and said.get("confidence") in CONFIDENCE
             and ("field" in said) == ("values" in said) and len(most) == 1 and most.keys() <= {"months", "days"}
             and all(isinstance(v, int) and v > 0 for v in most.values()))
    if not sound:
        raise BadDeclaration(where=f"{TABLE.name}, interval {number}", why_zh="不完整或有不认识的键", why_en="incomplete, or unknown keys")
    return Interval(said["class"], said["form"], standard["standard"], said["clause"], standard["source"],
                    said["confidence"], most.get("months", 0), most.get("days", 0), said.get("field"),
                    tuple(said.get("values", ())), said.get("least"))
