"""Every coverage rule as an indicator, so that a plan may name it like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import coverage
from registry.errors import BadValue
from registry.indicators.kinds import Ask, Indicator
from registry.kinds import AssetClass
from registry.standards.figure import Standard
from registry.standards.service import ServiceRule, load
from registry.store.query import Query


@dataclass(frozen=True)
class ServiceRadius(Indicator):
    """The coverage of a rule by its default edition, told by district unless asked otherwise."""

    rule: str = ""

    def applies(self, cls: AssetClass) -> bool:
        return cls.key == load()[self.rule].facility

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        for key in filter(None, (ask.cls, *ask.classes)):
            self.class_named(key)
        if ask.where:
            raise BadValue(name="where", value=", ".join(ask.where)[:40], why_zh="覆盖率不按字段筛选", why_en="coverage takes no filter")
        return coverage.coverage(conn, self.rule, ask.city, by=ask.by or "district", sight=ask.sight)

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind a coverage is land, and land has resources of its own."""
        raise BadValue(name="code", value=self.code, why_zh=f"依据是图形：/coverage/{self.rule}/gaps、/served",
                       why_en=f"its evidence is land: /coverage/{self.rule}/gaps and /served")


def _declare(rule: ServiceRule) -> ServiceRadius:
    edition = rule.edition(None)
    return ServiceRadius(
        rule.indicator, rule.label, method="straight_line_boundary", rule=rule.code,
        formula="被服务的用地面积／应服务的用地面积|land within the service radius / land to be served",
        standard=Standard(edition.standard, edition.clause, f"{rule.table}#{edition.key}"))


RULES = tuple(_declare(rule) for rule in load().values())
