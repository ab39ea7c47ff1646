"""Rates of assets by verdict: each row is good, bad, unrated or left out with a reason, weighed by a basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from registry.catalogue import load
from registry.db.fragments import Fragment
from registry.errors import BadValue
from registry.indicators import filters, grouping, staleness, summaries
from registry.indicators.grouping import Grouping
from registry.indicators.kinds import SETS, Ask, Indicator
from registry.indicators.options import STALENESS, Chosen
from registry.indicators.tally import (
    BAD,
    GOOD,
    OF_SET,
    UNRATED,
    UNRATED_WHY,
    Tally,
    Weight,
    amount,
    by_rating,
)
from registry.kinds import AssetClass, Label
from registry.standards.figure import Figure, Share
from registry.store import counted, inspections, records
from registry.store.counted import Condition
from registry.store.geojson import Form
from registry.store.opening import opening
from registry.store.query import Query
from registry.store.tallies import Counting

PER_CLASS = Label("各类设施的计算基础（数量、长度、面积）不同，不合成一个数，逐类列出",
                  "classes differ in basis (count, length, area) and are never mixed into one figure: one row each")
_OF_ROW = ("unit", "basis", "measure_unit", "denominator_unit", "value", "numerator", "denominator", "unrated", "excluded", "bounds",
           "standard", "evidence", "note")


@dataclass(frozen=True)
class ShareOfAssets(Indicator):
    """The share of a class's assets that are good.

    needs: whether a class can be judged. judged: class, options → conditions of `good` and `bad`, in order, of what is
    left; what meets none is unrated. left_out: further reasons to leave assets out, after the common ones.
    weigh: class, options → Weight. clause: class → the clause where it differs by class. numerator: the verdict that the
    share is of; `failing` are the bad ones either way. together: all classes are one figure, by one basis.
    judgement: when what it goes by was judged, where that is no grade; for those that have the options of staleness.
    """

    needs: Callable[[AssetClass], bool] = lambda cls: True
    judged: Callable[[AssetClass, Chosen], list[Condition]] = lambda cls, options: []
    left_out: Callable[[AssetClass, Chosen], list[Condition]] = lambda cls, options: []
    weigh: Callable[[AssetClass, Chosen], Weight] = by_rating
    clause: Callable[[AssetClass], str] | None = None
    reasons: Mapping[str, Label] = field(default_factory=dict)
    numerator: str = GOOD
    together: bool = False
    judgement: Callable[[AssetClass, Chosen], staleness.Judgement] | None = None

    def applies(self, cls: AssetClass) -> bool:
        return self.needs(cls)

    def verdict(self, cls: AssetClass, options: Chosen) -> str:
        """SQL of a row's verdict: `good`, `bad`, why it is unrated or the reason why it is left out; never null."""
        weight = self.weigh(cls, options)
        measured = [] if weight.basis == "count" else [("no_measure", f"{weight.expression} IS NULL")]
        return counted.first_of([*counted.not_counting(cls), *self.left_out(cls, options), *measured,
                                 *staleness.conditions(cls, options, self._judgement(cls, options)), *self.judged(cls, options)], f"'{UNRATED}'")

    def share(self, tally: Tally, weight: Weight) -> Share:
        """What the tally comes to: the numerator out of good and bad."""
        good, bad, (many, unrated) = tally.measures[GOOD], tally.measures[BAD], tally.unrated()
        part = tally.parts[GOOD] if self.numerator == GOOD else bad
        return Share(amount(part, weight.basis), amount(good + bad, weight.basis), many, amount(unrated, weight.basis))

    def settled(self, conn: Connection, ask: Ask, cls: AssetClass) -> Ask:
        """`auto` becomes area where every asset that counts has one, else length: over the whole class, whatever is asked."""
        if ask.options.get("basis") != "auto":
            return ask
        out = counted.any_of(counted.not_counting(cls))
        found = summaries.count(conn, Counting(cls.key, ask.city.key, summaries.NO_KEY, f"CASE WHEN {out} THEN 'out' ELSE 'lacking' END",
                                               "1", "1", "", "a.area_m2 IS NULL", {}, ask.today), ask.sight)
        lacking = any(tally.counts.get("lacking") for tally in found.values())
        return replace(ask, options={**ask.options, "basis": "length" if lacking else "area"})

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        chosen = self._chosen(ask)
        by = None if ask.by == "class" else ask.by
        fitting = [c for c in chosen if (by is None or grouping.allows(c, by)) and filters.fits(c, ask.where)]
        self._refuse(ask, chosen, fitting, by)
        figures = [self._of_class(conn, replace(ask, cls=c.key, by=by), c) for c in fitting]
        if len(chosen) == 1 and ask.by != "class":
            return figures[0].figure.as_dict()
        return self._of_classes(conn, ask, chosen, figures).as_dict()

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        if which not in SETS:
            known_sets = ", ".join(SETS)
            raise BadValue(name="set", value=which, why_zh=f"可用：{known_sets}", why_en=f"known: {known_sets}")
        known = self.classes()
        if ask.cls is None and len(known) != 1:
            raise BadValue(name="class", value=None, why_zh="须给出类别", why_en="a class is needed")
        cls = self.class_named(ask.cls) if ask.cls is not None else known[0]
        ask = self.settled(conn, ask, cls)
        limited = filters.condition(cls, filters.parsed(cls, ask.where))
        beside = self.beside(conn, ask, cls)
        # Each is one of the row `a` of the query around it.
        said = {name: Fragment(f"(SELECT {expression} FROM (SELECT) alone {beside.sql})") for name, expression in self.shown(ask, cls).items()}
        predicate = f"{said['figure_verdict'].driver} = ANY(%(verdicts)s) AND {limited.driver}"
        return Query(cls, ask.city.key, sight=ask.sight, form=Form(also=tuple((name, each.sql) for name, each in said.items())), where=(
            predicate, {"verdicts": list(OF_SET[which]), "today": ask.today, "as_of": ask.sight.as_of, **beside.values, **limited.values}))

    def shown(self, ask: Ask, cls: AssetClass) -> dict[str, str]:
        """What each asset of the evidence says of the figure, as SQL: how it counts, and for how much (in the unit of the basis), of
        it what is good; the day of what it was judged by, and its grade where it was judged by that."""
        weight = self.weigh(cls, ask.options)
        said = {"figure_verdict": self.verdict(cls, ask.options), "figure_measure": weight.expression,
                **({"figure_part": weight.part} if weight.part else {})}
        if "stale" not in ask.options or not records.classes(ask.sight, cls.key, inspections.TELLS):
            return said
        judgement = self._judgement(cls, ask.options)
        of_grade = {} if self.judgement else {"figure_grade": "a.grade"}
        return {**said, **of_grade, "figure_judged_on": (judgement or staleness.by_grade()).day}

    def beside(self, conn: Connection, ask: Ask, cls: AssetClass) -> Fragment:
        """What else stands in FROM: what verdict and weight need beside the row, found once for each."""
        return Fragment(staleness.beside(cls, ask.options, self._judgement(cls, ask.options)))

    def more(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        """What the answer of a class says beyond the common form."""
        stale = {"staleness": staleness.told(cls, ask.options)} if set(self.options) >= set(STALENESS) else {}
        return {**stale, **({"table": self.table()} if self.family else {})}

    def editions(self, conn: Connection, ask: Ask, group: Grouping | None) -> dict[str, str] | None:
        """Kind of zone → the edition that the answer went by."""
        return group.edition if group else None

    # -- inside ----------------------------------------------------------------------------------
    def _judgement(self, cls: AssetClass, options: Chosen) -> staleness.Judgement | None:
        return self.judgement(cls, options) if self.judgement else None

    def _chosen(self, ask: Ask) -> list[AssetClass]:
        if ask.classes:
            return [self.class_named(key) for key in dict.fromkeys(ask.classes)]
        return [self.class_named(ask.cls)] if ask.cls is not None else [c for c in self.classes() if ask.sight.sees(c)]

    def _refuse(self, ask: Ask, chosen: list[AssetClass], fitting: list[AssetClass], by: str | None) -> None:
        """BadValue where grouping or filter fit none of the classes, or one that was asked for by name."""
        for cls in chosen:
            if len(chosen) == 1 or ask.classes or filters.fits(cls, ask.where):
                filters.parsed(cls, ask.where)
        if not fitting and chosen:
            if by is not None and not any(grouping.allows(c, by) for c in chosen):
                known = dict.fromkeys(["class", grouping.STREET, *(n for c in chosen for n in grouping.names(c))])
                raise grouping.refuse(by, chosen[0] if len(chosen) == 1 else None, list(known))
            filters.parsed(chosen[0], ask.where)
            raise grouping.refuse(by or "", None, [c.key for c in chosen])

    def _of_class(self, conn: Connection, ask: Ask, cls: AssetClass) -> _OfClass:
        ask = self.settled(conn, replace(ask, where=filters.parsed(cls, ask.where)), cls)
        weight = self.weigh(cls, ask.options)
        group = grouping.of(conn, cls, ask.by, ask) if ask.by else None
        tallies = self._tallies(conn, ask, cls, weight, group)
        total = Tally.sum(tallies.values())
        share, rows = self.told(conn, ask, tallies, group, weight)
        figure = replace(self.figure(conn, ask, share, rows), cls=cls.key, basis=weight.basis, measure_unit=weight.unit, excluded=self._excluded(total, weight),
                       standard=replace(self.goes_by(), clause=self.clause(cls)) if self.clause else self.goes_by(),
                       zone_edition=self.editions(conn, ask, group), evidence=self._links(ask, cls),
                       more={"counts": total.evidence_counts(), "unrated_reasons": _unrated(total, weight),
                             **({"reason": self.why_none(ask, cls, total).as_dict()} if share.value is None else {}),
                             **({} if ask.brief else self.more(conn, ask, cls, total))})
        return _OfClass(figure, tallies, group, weight)

    def figure(self, conn: Connection, ask: Ask, share: Share | None, rows: list[dict[str, Any]]) -> Figure:
        """The common form with what every answer of this indicator says."""
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), unit=self.unit,
            standard=self.goes_by(), share=share, as_of=as_of(conn, ask), by=rows, note=self.note, scope=self._scope(ask))

    def told(self, conn: Connection, ask: Ask, tallies: dict[str, Tally], group: Grouping | None,
             weight: Weight) -> tuple[Share, list[dict[str, Any]]]:
        """The share over all, and one row for each key of the grouping; they add up to it."""
        rows = [{"key": key, "title": group.title(key).as_dict(), **self.share(tallies[key], weight).as_dict()}
                for key in sorted(tallies, key=group.order)] if group else []
        return self.share(Tally.sum(tallies.values()), weight), rows

    def why_none(self, ask: Ask, cls: AssetClass, total: Tally) -> Label:
        """Why there is no value: nothing is there to be counted, or nothing of it was rated."""
        needs = Label.of(self.needs_data or "评定|a rating")
        if total.unrated()[0]:
            return Label(f"没有一个可计入；需要数据：{needs.zh}", f"none can be counted; data needed: {needs.en}")
        return Label(f"没有可计入的{cls.title.zh}", f"there is nothing of {cls.key} to be counted")

    def _scope(self, ask: Ask) -> dict[str, Any]:
        said = {o.name: ask.options[o.name] for o in self.options if ask.options.get(o.name) is not None}
        return {"city": ask.city.key, "class": ask.cls, "by": ask.by, **({"where": {k: list(v) for k, v in ask.where.items()}} if ask.where else {}),
                **({"options": said} if said else {})}

    def _links(self, ask: Ask, cls: AssetClass) -> dict[str, str | None]:
        where = {"where": filters.as_text(ask.where)} if ask.where else {}
        return {which: f"/indicators/{self.code}/evidence?" + urlencode(
            {"class": cls.key, "set": which, "city": ask.city.key, **where, **ask.sight.carried}) + self.carried(ask) for which in SETS}

    def _tallies(self, conn: Connection, ask: Ask, cls: AssetClass, weight: Weight, group: Grouping | None) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {key: Tally() for key in (group.titles or {} if group else {})}
        beside, limited = self.beside(conn, ask, cls), filters.condition(cls, ask.where)
        counting = Counting(cls.key, ask.city.key, group.expression if group else summaries.NO_KEY, self.verdict(cls, ask.options),
                            weight.expression, weight.part or weight.expression, beside.sql, limited.sql,
                            {**(group.values if group else {}), **beside.values, **limited.values}, ask.today)
        return tallies | summaries.count(conn, counting, ask.sight)

    def _excluded(self, tally: Tally, weight: Weight) -> list[dict[str, Any]]:
        """What left the rate, by reason; a measure is as the basis has it."""
        titles = {**counted.REASONS, **self.reasons}
        return [{"reason": reason, "count": tally.counts[reason], "title": titles[reason].as_dict(),
                 "measure": amount(tally.measures[reason], weight.basis)}
                for reason in titles if tally.counts.get(reason)]

    def _of_classes(self, conn: Connection, ask: Ask, chosen: list[AssetClass], found: list[_OfClass]) -> Figure:
        """One row each, and one figure over them where they were asked for together and are counted alike.

        `not_grouped` names the classes that grouping or filter do not fit.
        """
        more: dict[str, Any] = {"not_grouped": [c.key for c in chosen if c.key not in {f.figure.cls for f in found}]}
        editions = [f.figure.zone_edition for f in found if f.figure.zone_edition]
        made = replace(self.figure(conn, replace(ask, by=ask.by or "class"), None, [_class_row(f.figure) for f in found]),
                       zone_edition=editions[0] if editions else None)
        made.scope.update({"classes": list(ask.classes)} if ask.classes else {})
        alike = {f.weight.basis for f in found} == {"count"} and bool(ask.classes)
        if not found or more["not_grouped"] or not (alike or self.together):
            return replace(made, note=PER_CLASS, more=more)
        weight, tallies = found[0].weight, _merged([f.tallies for f in found])
        total = Tally.sum(tallies.values())
        group = found[0].group if self.together and ask.by != "class" else None
        share, rows = self.told(conn, ask, tallies, group, weight)
        reason = {"reason": self.why_none(ask, chosen[0], total).as_dict()} if share.value is None else {}
        return replace(made, share=share, basis=weight.basis, measure_unit=weight.unit, excluded=self._excluded(total, weight),
                       by=rows or made.by, more={"counts": total.evidence_counts(), "unrated_reasons": _unrated(total, weight), **reason,
                                                 **self.more(conn, ask, chosen[0], total), **more})


@dataclass(frozen=True)
class _OfClass:
    """The figure of a class with what it was made of."""

    figure: Figure
    tallies: dict[str, Tally]
    group: Grouping | None
    weight: Weight


def _class_row(figure: Figure) -> dict[str, Any]:
    told = figure.as_dict()
    return {"key": told["class"], "title": load().kind(told["class"]).title.as_dict(), **{name: told[name] for name in _OF_ROW},
            **figure.more, **({"by": told["by"]} if told["scope"]["by"] else {})}


def _merged(several: list[dict[str, Tally]]) -> dict[str, Tally]:
    keys = dict.fromkeys(key for tallies in several for key in tallies)
    return {key: Tally.sum(t[key] for t in several if key in t) for key in keys}


def _unrated(tally: Tally, weight: Weight) -> list[dict[str, Any]]:
    """Why the unrated are unrated, by number and measure."""
    return [{"reason": why, "title": title.as_dict(), "count": tally.counts[why], "measure": amount(tally.measures[why], weight.basis)}
            for why, title in UNRATED_WHY.items() if tally.counts.get(why)]


def as_of(conn: Connection, ask: Ask) -> str:
    """The moment the figure speaks of: the one asked for, else the start of the transaction that read it."""
    at = ask.sight.as_of or opening(conn, ask.city.key, ask.today).at
    return str(at.isoformat())
