"""销号率: how many of the defects that were found are closed, as the room of defects counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.catalogue import load
from registry.errors import BadValue
from registry.indicators import grouping
from registry.indicators.kinds import Ask, Indicator
from registry.indicators.shares import as_of
from registry.kinds import AssetClass, Label
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, Figure, Share, Standard
from registry.store import defects, divisions
from registry.store.query import Query

DEFECTS = Label("项", "defects")


@dataclass(frozen=True)
class ShareOfDefects(Indicator):
    """Closed out of found; those taken back are in neither and told beside."""

    def applies(self, cls: AssetClass) -> bool:
        return True

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        by = ask.by or "class"
        if ask.where or ask.classes:
            name = "where" if ask.where else "classes"
            raise BadValue(name=name, value=name, why_zh="销号率按 class 和 by 说明", why_en="told by class and by only")
        if by not in defects.BY:
            raise grouping.refuse(by, None, list(defects.BY))
        if ask.cls is not None:
            self.class_named(ask.cls)
        told = defects.summary(conn, ask.city.key, by, defects.Wanted(kind=ask.cls), sight=ask.sight, on=ask.today)
        share = Share(told["numerator"], told["denominator"])
        rows = [{"key": r["key"] or UNKNOWN, "title": self._title(conn, ask, by, r["key"]).as_dict(), **Share(r["numerator"], r["denominator"]).as_dict()}
                for r in told["by"]] if ask.by else []
        none = {"reason": Label("没有登记的隐患", "no defect is recorded").as_dict()} if share.value is None else {}
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), standard=self.standard, share=share,
            as_of=as_of(conn, ask), cls=ask.cls, basis="count", measure_unit=DEFECTS, by=rows,
            scope={"city": ask.city.key, "class": ask.cls, "by": ask.by}, note=self.note,
            more={"overdue": told["overdue"], "withdrawn": told["withdrawn"], **none}).as_dict()

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind it are defects, which have a resource of their own."""
        raise BadValue(name="code", value=self.code, why_zh="依据是隐患：/defects", why_en="its evidence are defects: /defects")

    def _title(self, conn: Connection, ask: Ask, by: str, key: str | None) -> Label:
        if key is None:
            return UNKNOWN_TITLE
        if by == "class":
            return load().kind(key).title
        if by == "district":
            return divisions.titles(conn, ask.city.key, by, ask.sight).get(key, Label(key, key))
        return Label(key, key)


CLOSED = ShareOfDefects(
    "defects_closed_rate", "隐患销号率|Defects closed", method="closed_share", formula="已销号／已发现，撤销的不算|closed / found; withdrawn ones left out",
    standard=Standard("-", "隐患清单闭环销号"), needs_data="登记的隐患|defects that were recorded")
