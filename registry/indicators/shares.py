"""Rates of assets by verdict: each row is good, bad, unrated or left out with a reason, weighed by a basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select

from registry import sql
from registry.catalogue import load
from registry.db.fragments import for_driver, for_text
from registry.errors import BadValue
from registry.indicators import grouping
from registry.indicators.grouping import Grouping
from registry.indicators.kinds import SETS, Ask, Indicator
from registry.kinds import AssetClass, Label
from registry.standards.figure import MEASURE_UNITS, Figure, Share
from registry.store import counted
from registry.store.counted import Condition
from registry.store.query import Query

GOOD, BAD, UNRATED = "good", "bad", "unrated"
_OF_SET = {"counted": (GOOD, BAD), "failing": (BAD,), "unrated": (UNRATED,)}
_MILLIONTHS = 1_000_000
PER_CLASS = Label("各类设施的计算基础（数量、长度、面积）不同，不合成一个数，逐类列出",
                  "classes differ in basis (count, length, area) and are never mixed into one figure: one row each")


@dataclass(frozen=True)
class Weight:
    """How a row weighs: basis (count, length, area), SQL of the measure, and the unit it stands in."""

    basis: str
    expression: str
    unit: Label


@dataclass
class Tally:
    """Counts of rows and sums of measures (in whole millionths) by verdict."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measures: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, verdict: str, count: int, measure: int) -> None:
        self.counts[verdict] += count
        self.measures[verdict] += measure

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        total = cls()
        for tally in tallies:
            for verdict, count in tally.counts.items():
                total.add(verdict, count, tally.measures[verdict])
        return total

    def share(self, basis: str) -> Share:
        good, bad = self.measures[GOOD], self.measures[BAD]
        return Share(_amount(good, basis), _amount(good + bad, basis), self.counts[UNRATED],
                     _amount(self.measures[UNRATED], basis))

    def evidence_counts(self) -> dict[str, int]:
        return {which: sum(self.counts[v] for v in _OF_SET[which]) for which in SETS}


def _amount(millionths: int, basis: str) -> float:
    """Whole numbers for counts, metres or square metres otherwise."""
    return millionths // _MILLIONTHS if basis == "count" else millionths / _MILLIONTHS


def by_rating(cls: AssetClass) -> Weight:
    """The weight that the class declares for state-based rates."""
    assert cls.rating is not None
    if cls.rating.basis == "count":
        return Weight("count", "1", Label.of(cls.unit))
    return Weight(cls.rating.basis, "a.length_m" if cls.rating.basis == "length" else "a.area_m2",
                  MEASURE_UNITS[cls.rating.basis])


@dataclass(frozen=True)
class ShareOfAssets(Indicator):
    """The share of a class's assets that are good.

    needs: whether a class can be judged. judged: class → conditions of `good` and `bad`, in order, of what is left;
    what meets none is unrated. left_out: class → further reasons to leave assets out, after the common ones.
    weigh: class → Weight. clause: class → the clause where it differs by class.
    """

    needs: Callable[[AssetClass], bool] = lambda cls: True
    judged: Callable[[AssetClass], list[Condition]] = lambda cls: []
    left_out: Callable[[AssetClass], list[Condition]] = lambda cls: []
    weigh: Callable[[AssetClass], Weight] = by_rating
    clause: Callable[[AssetClass], str] | None = None
    reasons: Mapping[str, Label] = field(default_factory=dict)
    note: Label | None = None

    def applies(self, cls: AssetClass) -> bool:
        return self.needs(cls)

    def verdict(self, cls: AssetClass) -> str:
        """SQL of a row's verdict: `good`, `bad`, `unrated` or the reason why it is left out; never null."""
        weight = self.weigh(cls)
        measured = [] if weight.basis == "count" else [("no_measure", f"{weight.expression} IS NULL")]
        return counted.first_of([*counted.not_counting(cls), *self.left_out(cls), *measured, *self.judged(cls)],
                                f"'{UNRATED}'")

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        if ask.cls is not None:
            chosen = [self.class_named(ask.cls)]
        else:
            chosen = [c for c in self.classes() if ask.sight.sees(c)]
        by = None if ask.by == "class" else ask.by
        if by is not None and not any(grouping.allows(c, by) for c in chosen):
            known = dict.fromkeys(["class", *(n for c in chosen for n in grouping.names(c))])
            raise grouping.refuse(by, chosen[0] if len(chosen) == 1 else None, list(known))
        figures = [self._of_class(conn, replace(ask, cls=c.key, by=by), c) for c in chosen
                   if by is None or grouping.allows(c, by)]
        if len(chosen) == 1 and ask.by != "class":
            return figures[0].as_dict()
        return self._of_classes(conn, ask, chosen, figures).as_dict()

    def evidence(self, ask: Ask, which: str) -> Query:
        if which not in SETS:
            known_sets = ", ".join(SETS)
            raise BadValue(name="set", value=which, why_zh=f"可用：{known_sets}", why_en=f"known: {known_sets}")
        known = self.classes()
        if ask.cls is None and len(known) != 1:
            raise BadValue(name="class", value=None, why_zh="须给出类别", why_en="a class is needed")
        cls = self.class_named(ask.cls) if ask.cls is not None else known[0]
        predicate = f"({for_driver(self.verdict(cls))}) = ANY(%(verdicts)s)"
        return Query(cls, ask.city.key, sight=ask.sight,
                     where=(predicate, {"verdicts": list(_OF_SET[which]), "today": ask.today}))

    # -- inside ----------------------------------------------------------------------------------
    def _of_class(self, conn: Connection, ask: Ask, cls: AssetClass) -> Figure:
        weight = self.weigh(cls)
        group = grouping.of(conn, cls, ask.by, ask) if ask.by else None
        tallies = self._tallies(conn, ask, cls, weight, group)
        total = Tally.sum(tallies.values())
        links = {which: f"/indicators/{self.code}/evidence?" + urlencode(
            {"class": cls.key, "set": which, "city": ask.city.key, **ask.sight.carried}) for which in SETS}
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), unit=self.unit,
            standard=replace(self.standard, clause=self.clause(cls)) if self.clause else self.standard,
            share=total.share(weight.basis), as_of=_as_of(conn, ask), cls=cls.key, basis=weight.basis,
            measure_unit=weight.unit, excluded=self._excluded(total, weight), note=self.note,
            scope={"city": ask.city.key, "class": cls.key, "by": ask.by},
            zone_edition=group.edition if group else None, by=_rows(tallies, group, weight), evidence=links,
            more={"counts": total.evidence_counts()})

    def _tallies(self, conn: Connection, ask: Ask, cls: AssetClass, weight: Weight,
                 group: Grouping | None) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {key: Tally() for key in (group.titles or {} if group else {})}
        seen = ask.sight.rows(cls)
        rows = conn.execute(sql.statement(
            "indicator_share", assets=seen.text, key=for_text(group.expression) if group else "''",
            verdict=for_text(self.verdict(cls)), measure=for_text(weight.expression)),
            {"class": cls.key, "city": ask.city.key, "today": ask.today, **seen.values})
        for key, verdict, count, measure in rows:
            tallies.setdefault(key, Tally()).add(verdict, count, int(measure))
        return tallies

    def _excluded(self, tally: Tally, weight: Weight) -> list[dict[str, Any]]:
        """What left the rate, by reason; a measure is as the basis has it."""
        titles = {**counted.REASONS, **self.reasons}
        return [{"reason": reason, "count": tally.counts[reason], "title": titles[reason].as_dict(),
                 "measure": _amount(tally.measures[reason], weight.basis)}
                for reason in titles if tally.counts.get(reason)]

    def _of_classes(self, conn: Connection, ask: Ask, chosen: list[AssetClass], figures: list[Figure]) -> Figure:
        """One row each; `not_grouped` names the classes that the grouping does not fit."""
        rows = []
        for figure in figures:
            told = figure.as_dict()
            rows.append({"key": told["class"], "title": load().kind(told["class"]).title.as_dict(), **{
                name: told[name] for name in ("basis", "measure_unit", "value", "numerator", "denominator", "unrated",
                                              "excluded", "bounds", "standard", "evidence", "counts")},
                **({"by": told["by"]} if told["scope"]["by"] else {})})
        editions = [f.zone_edition for f in figures if f.zone_edition]
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), unit=self.unit,
            standard=self.standard, share=None, as_of=figures[0].as_of if figures else _as_of(conn, ask), by=rows,
            scope={"city": ask.city.key, "class": ask.cls, "by": ask.by or "class"}, note=PER_CLASS,
            zone_edition=editions[0] if editions else None,
            more={"not_grouped": [c.key for c in chosen if c.key not in {f.cls for f in figures}]})


def _as_of(conn: Connection, ask: Ask) -> str:
    """The moment the figure speaks of: the one asked for, else the start of the transaction that read it."""
    return ask.sight.as_of.isoformat() if ask.sight.as_of else conn.execute(select(func.now())).scalar_one().isoformat()


def _rows(tallies: dict[str, Tally], group: Grouping | None, weight: Weight) -> list[dict[str, Any]]:
    if group is None:
        return []
    return [{"key": key, "title": group.title(key).as_dict(), **tallies[key].share(weight.basis).as_dict()}
            for key in sorted(tallies, key=group.order)]
