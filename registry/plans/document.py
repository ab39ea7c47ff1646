"""The document of a plan: its targets, stocks and contradictions as its text says them, read from one file each."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import BadDeclaration
from registry.kinds.label import Label
from registry.plans.departments import Department, answering

COMPARATORS = (">=", ">", "<=", "=")
KINDS = ("约束性", "预期性", "控制性")
ASKS = ("indicator", "works", "observation")  # how a target is answered: exactly one of them
_TARGET = {"id", "name", "text", "section", "asks", "unit", "verb", "comparator", "base", "target", "kind", "department", "note",
           "masked", "investment_cny", "parts"}
_ROOMS = {"plan", "target", "department", "stock", "contradiction"}
_HEAD = {"key", "title", "place", "issued_by", "issued_on", "number", "years", "base_year", "note"}
_NEEDED = ("id", "name", "text", "section", "asks", "unit", "comparator")


@dataclass(frozen=True)
class Target:
    """One promise.

    name, text: as the document writes them; section: where in it. asks: what answers it (`indicator`, `works` or
    `observation`, with class, filter and the options of the indicator; several codes are readings of the same words). verb: 达到, 力争, 保持 … around the number; comparator: one of COMPARATORS.
    base, target: the figure with its year, or `years` (within them), `each_year`, `by_year`. kind: 约束性, 预期性, 控制性.
    department: whom the text makes answerable, None where it names nobody. masked: what the document hides (x, xx).
    parts: the places that a quantity is made of.
    """

    id: str
    name: str
    text: str
    section: str
    asks: Mapping[str, Any]
    unit: str
    comparator: str
    verb: str = ""
    kind: str | None = None
    department: Department | None = None
    base: Mapping[str, Any] | None = None
    target: Mapping[str, Any] | None = None
    masked: tuple[str, ...] = ()
    investment_cny: float | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    note: Label | None = None

    @property
    def answered_by(self) -> str:
        """One of ASKS."""
        return next(a for a in ASKS if a in self.asks)

    def figure(self, year: int | None = None) -> float | None:
        """The number promised for a year (None: the last); None where the document gives none, or hides it."""
        said = self.target or {}
        if "by_year" in said:
            years = {int(y): v for y, v in said["by_year"].items()}
            return None if not years else years.get(max(years) if year is None else year)
        value = said.get("value")
        return None if value is None else float(value)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "text": self.text, "section": self.section, "asks": dict(self.asks),
                "unit": self.unit, "comparator": self.comparator, "verb": self.verb or None, "kind": self.kind,
                "department": self.department.as_dict() if self.department else None, "base": dict(self.base) if self.base else None,
                "target": dict(self.target) if self.target else None, "masked": list(self.masked),
                "investment_cny": self.investment_cny, "parts": [dict(p) for p in self.parts],
                "note": self.note.as_dict() if self.note else None}


@dataclass(frozen=True)
class Stock:
    """What the document says there was: figures of a class, to be held against the registry.

    only: what part of the class the words are about, where it is not the whole; then the registry's is not beside it.
    """

    id: str
    text: str
    figures: Mapping[str, Any]
    cls: str | None = None
    only: Label | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "text": self.text, "class": self.cls, "figures": dict(self.figures),
                "only": self.only.as_dict() if self.only else None}


@dataclass(frozen=True)
class Contradiction:
    """Figures of the document that do not fit one another, with what shows it (see `registry.plans.contradictions`)."""

    id: str
    label: Label
    text: str
    kind: str
    figures: Mapping[str, Any]
    between: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.label.as_dict(), "text": self.text, "kind": self.kind,
                "figures": dict(self.figures), "between": list(self.between)}


@dataclass(frozen=True)
class Plan:
    """One document. years: the first and the last that it is for."""

    key: str
    label: Label
    place: Label
    issued_by: str
    years: tuple[int, int]
    base_year: int
    file: str
    issued_on: dt.date | None = None
    number: str | None = None
    note: Label | None = None
    departments: tuple[Department, ...] = ()
    targets: tuple[Target, ...] = ()
    stocks: tuple[Stock, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What the plan is; its targets are told by themselves."""
        return {"key": self.key, "title": self.label.as_dict(), "place": self.place.as_dict(), "issued_by": self.issued_by,
                "issued_on": self.issued_on.isoformat() if self.issued_on else None, "number": self.number,
                "years": list(self.years), "base_year": self.base_year, "file": self.file,
                "note": self.note.as_dict() if self.note else None, "targets": len(self.targets),
                "contradictions": len(self.contradictions)}


def read(text: str, file: str) -> Plan:
    """The plan of a document's text; BadDeclaration says what is wrong where in it."""
    try:
        said = tomllib.loads(text)
        head = said["plan"]
        if odd := sorted((said.keys() - _ROOMS) | (head.keys() - _HEAD)):
            raise _wrong(file, f"不认识 {odd}", f"unknown {odd}")
        departments = tuple(Department.of(d) for d in said.get("department", []))
        made = Plan(head["key"], Label.of(head["title"]), Label.of(head["place"]), head["issued_by"],
                    (head["years"][0], head["years"][1]), head["base_year"], file, head.get("issued_on"), head.get("number"),
                    _note(head), departments, tuple(_target(t, departments, file) for t in said.get("target", [])),
                    tuple(Stock(s["id"], s["text"], s["figures"], s.get("class"), Label.of(s["only"]) if "only" in s else None)
                          for s in said.get("stock", [])),
                    tuple(Contradiction(c["id"], Label.of(c["title"]), c["text"], c["kind"], c["figures"],
                                        tuple(c.get("between", ()))) for c in said.get("contradiction", [])))
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"不是 TOML：{error}", f"not TOML: {error}") from None
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise _wrong(file, f"缺少或不对：{error}", f"missing or wrong: {error}") from None
    ids = [t.id for t in made.targets]
    strange = {n for named in (*(c.between for c in made.contradictions), *(d.targets for d in departments)) for n in named} - set(ids)
    if len(set(ids)) < len(ids) or strange:
        twice = sorted({i for i in ids if ids.count(i) > 1} | strange)
        raise _wrong(file, f"目标编号重复或不存在：{twice}", f"ids of targets twice or unknown: {twice}")
    return made


def _target(said: dict[str, Any], departments: tuple[Department, ...], file: str) -> Target:
    where = said.get("id", "?")
    missing = [k for k in _NEEDED if not said.get(k)]
    asks = said.get("asks", {})
    if missing or said.keys() - _TARGET:
        odd = [*missing, *sorted(said.keys() - _TARGET)]
        raise _wrong(file, f"{where}：缺少或不认识 {odd}", f"{where}: missing or unknown {odd}")
    if said["comparator"] not in COMPARATORS or said.get("kind") not in (None, *KINDS) or sum(a in asks for a in ASKS) != 1:
        raise _wrong(file, f"{where}：comparator、kind 或 asks 不对", f"{where}: comparator, kind or asks is wrong")
    plain = {k: v for k, v in said.items() if k not in ("note", "department", "masked", "parts")}
    return Target(**plain, note=_note(said), department=_department(said, departments),
                  masked=tuple(said.get("masked", ())), parts=tuple(said.get("parts", ())))


def _department(said: Mapping[str, Any], departments: tuple[Department, ...]) -> Department | None:
    """One that a target's own words name stands with the target; others name several, or all of the document."""
    if "department" in said:
        return Department(said["department"], said["text"], said["section"], (said["id"],))
    return answering(departments, said["id"])


def _note(said: Mapping[str, Any]) -> Label | None:
    return Label.of(said["note"]) if said.get("note") else None


def _wrong(file: str, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=file, why_zh=zh, why_en=en)
