"""Every coverage rule as an indicator, so that a plan may name it like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import coverage
from registry.errors import BadValue
from registry.indicators import summaries
from registry.indicators.kinds import Ask, Indicator
from registry.indicators.shares import as_of
from registry.kinds import AssetClass
from registry.standards.figure import Standard
from registry.standards.service import ServiceRule
from registry.store.query import Query
from registry.store.tallies import Whole

_FORMULAS = {
    "area": "被服务的用地面积／应服务的用地面积|land within the service radius / land to be served",
    "length": "被服务的线路长度／应服务的线路长度|length within the service radius / length to be served",
    "population": "被服务的人口／应服务的人口，按面积分摊|people within the service radius / people to be served, by areal share"}


@dataclass(frozen=True)
class ServiceRadius(Indicator):
    """The coverage of a rule by its default edition, told by district unless asked otherwise. What is told in brief is kept."""

    rule: str = ""
    facility: str = ""

    def applies(self, cls: AssetClass) -> bool:
        return cls.key == self.facility

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        for key in filter(None, (ask.cls, *ask.classes)):
            self.class_named(key)
        if ask.where:
            raise BadValue(name="where", value=", ".join(ask.where)[:40], why_zh="覆盖率不按字段筛选", why_en="coverage takes no filter")
        by = ask.by or "district"
        if not ask.brief:
            return coverage.coverage(conn, self.rule, ask.city, by=by, sight=ask.sight)
        name = coverage.name(conn, self.rule, ask.city, by, ask.sight)
        wanted = Whole(self.facility, ask.city.key, ask.today, name) if name is not None else None
        told: dict[str, Any] = summaries.whole(conn, wanted, lambda: coverage.coverage(conn, self.rule, ask.city, by=by, sight=ask.sight, brief=True))
        return told | {"as_of": as_of(conn, ask)}

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind a coverage is land, and land has resources of its own."""
        raise BadValue(name="code", value=self.code, why_zh=f"依据是图形：/coverage/{self.rule}/gaps、/served",
                       why_en=f"its evidence is land: /coverage/{self.rule}/gaps and /served")


def _declare(rule: ServiceRule) -> ServiceRadius:
    edition, cls, what = rule.edition(None), coverage.facility(rule).title, coverage.to_be_served(rule).title
    return ServiceRadius(
        rule.indicator, rule.label, method="straight_line_boundary", rule=rule.code, facility=rule.facility,
        formula=_FORMULAS[rule.basis], note=rule.note,
        needs_data=f"{cls.zh}和{what.zh}|{cls.en} and {what.en.lower()}",
        standard=Standard(edition.standard, edition.clause, f"{rule.table}#{edition.key}"))


def found() -> tuple[ServiceRadius, ...]:
    """An indicator for each rule, a bureau's own among them."""
    return tuple(_declare(rule) for rule in coverage.rules().values())
