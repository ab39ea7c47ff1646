"""设施综合完好率: several facilities in one figure, by parts and weights that a bureau's own table states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import indicators
from registry.errors import BadDeclaration, BadValue
from registry.indicators.condition import INTACT_RATE
from registry.indicators.kinds import Ask, Indicator
from registry.indicators.shares import as_of
from registry.kinds import AssetClass, Label
from registry.standards import numbers
from registry.standards.figure import Figure, Share, Standard
from registry.store.query import Query

FAMILY = "intact_weights"
_WEIGHTS = Label("权重", "weight")
_ASKED = ("indicator", "class", "weight", "where")


@dataclass(frozen=True)
class Weighted(Share):
    """Weights times rates out of the weights. low, high: in percent; known: whether every part has a rate."""

    low: float | None = None
    high: float | None = None
    known: bool = True

    @property
    def value(self) -> float | None:
        return super().value if self.known else None

    @property
    def bounds(self) -> dict[str, float | None]:
        return {"low": self.low, "high": self.high}


@dataclass(frozen=True)
class Composite(Indicator):
    """The weighted mean of rates. Without a table each facility is told by itself, and there is no figure over them."""

    def applies(self, cls: AssetClass) -> bool:
        return False

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        for key in filter(None, (ask.cls, *ask.classes)):
            self.class_named(key)
        if ask.where or ask.by not in (None, "part"):
            name = "where" if ask.where else "by"
            raise BadValue(name=name, value=str(ask.by if name == "by" else ", ".join(ask.where))[:40], why_zh="综合完好率按组成说明，不筛选", why_en="told by its parts, without a filter")
        weighted = bool(numbers.editions(FAMILY))
        parts = _stated() if weighted else [{"indicator": INTACT_RATE.code, "class": c.key} for c in INTACT_RATE.classes() if ask.sight.sees(c)]
        rows = [_row(conn, ask, part) for part in parts]
        share = _together(rows) if weighted else None
        none = None if weighted else Label("没有组成和权重的表（intact_weights），不能合成一个数，逐类列出",
                                           "without the table of parts and weights (intact_weights) there is no figure over all: one row each")
        if share is not None and share.value is None:
            lacking = [r["title"] for r in rows if r["rate"] is None]
            none = Label("没有数的组成：" + "、".join(t["zh"] for t in lacking), "parts without a figure: " + ", ".join(t["en"] for t in lacking))
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), standard=self.goes_by(), share=share,
            as_of=as_of(conn, ask), basis="weight" if weighted else None, measure_unit=_WEIGHTS if weighted else None, by=rows, note=self.note,
            scope={"city": ask.city.key, "class": None, "by": "part"},
            more={"table": self.table(), **({"reason": none.as_dict()} if none else {})}).as_dict()

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind it are the figures of its parts, each with its own evidence."""
        raise BadValue(name="code", value=self.code, why_zh="依据在各组成的 evidence 中", why_en="its evidence is that of its parts")


def _stated() -> list[Mapping[str, Any]]:
    """The parts of the bureau's table; BadDeclaration where one lacks its indicator or weight."""
    table = numbers.table(FAMILY)
    parts: list[Mapping[str, Any]] = list(table.data.get("part", ()))
    if not parts or any(p.get("indicator") not in indicators.load() or not isinstance(p.get("weight"), int | float) or p["weight"] <= 0 for p in parts):
        raise BadDeclaration(where=table.file, why_zh="每个 [[part]] 应有 indicator 和大于 0 的 weight",
                             why_en="each [[part]] needs an indicator and a weight above 0")
    return parts


def _row(conn: Connection, ask: Ask, part: Mapping[str, Any]) -> dict[str, Any]:
    """One part by its own figure; with a weight, numerator and denominator are what it adds to the whole."""
    options = {name: value for name, value in part.items() if name not in _ASKED}
    told = indicators.measure(conn, part["indicator"], ask.city, cls=part.get("class"), where=part.get("where"), sight=ask.sight, **options)
    cls = indicators.find(part["indicator"]).class_named(part["class"]).title if part.get("class") else None
    title = Label(*(f"{told['title'][lang]}（{cls.get(lang)}）" if cls else told["title"][lang] for lang in ("zh", "en")))
    weight, rate = part.get("weight"), told["value"]
    own = {k: told[k] for k in ("unit", "basis", "measure_unit", "denominator_unit", "numerator", "denominator", "excluded", "unrated", "bounds", "evidence")}
    added = {"basis": "weight", "measure_unit": _WEIGHTS.as_dict(), "numerator": weight * rate / 100 if rate is not None else None,
             "denominator": weight} if weight else {}
    return {"key": "/".join(filter(None, (part["indicator"], part.get("class"), *map(str, options.values())))), "title": title.as_dict(),
            "value": rate, "rate": rate, "weight": weight, **own, **added}


def _together(rows: list[dict[str, Any]]) -> Weighted:
    whole = sum(r["weight"] for r in rows)
    ends = [sum(r["weight"] * (end if (end := (r["bounds"] or {}).get(name)) is not None else otherwise) for r in rows) / whole
            for name, otherwise in (("low", 0.0), ("high", 100.0))]
    return Weighted(sum(r["numerator"] or 0.0 for r in rows), whole, low=ends[0], high=ends[1], known=all(r["rate"] is not None for r in rows))


COMPOSITE = Composite(
    "composite_intact_rate", "设施综合完好率|Composite intact rate", method="weighted_mean",
    formula="Σ（权重×各类设施的率）／Σ 权重；组成和权重按本单位的表|Σ(weight × rate of each facility) / Σ weights; parts and weights by the bureau's own table",
    standard=Standard("-", "没有查到统一的组成和权重", FAMILY), family=FAMILY,
    needs_data="各类设施的完好率，以及本单位的表 intact_weights|the rates of the facilities, and the bureau's own table intact_weights",
    note=Label("权重不由登记簿给出", "the registry states no weights"))
