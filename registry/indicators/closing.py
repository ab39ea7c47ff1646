"""销号率: how many of the defects that were found are closed, as the room of defects counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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
            raise BadValue(name=name, value=", ".join(ask.where or ask.classes)[:40], why_zh="销号率按 class 和 by 说明", why_en="told by class and by only")
        if by not in defects.BY:
            raise grouping.refuse(by, None, list(defects.BY))
        if ask.cls is not None:
            self.class_named(ask.cls)
        told = defects.summary(conn, ask.city.key, by, defects.Wanted(kind=ask.cls, found=(None, ask.today)), sight=ask.sight, on=ask.today)
        share = Share(told["numerator"], told["denominator"])
        rows = [{"key": r["key"] or UNKNOWN, "title": self._title(conn, ask, by, r["key"]).as_dict(), **Share(r["numerator"], r["denominator"]).as_dict()}
                for r in told["by"]] if ask.by else []
        none = {"reason": Label("没有登记的隐患", "no defect is recorded").as_dict()} if share.value is None else {}
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), standard=self.standard, share=share,
            as_of=as_of(conn, ask), cls=ask.cls, basis="count", measure_unit=DEFECTS, by=rows,
            scope={"city": ask.city.key, "class": ask.cls, "by": ask.by}, note=self.note,
            evidence=self._links(ask), more={"counts": {"counted": told["denominator"], "failing": told["open"], "unrated": 0}, "overdue": told["overdue"], "withdrawn": told["withdrawn"], **none}).as_dict()

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind it are defects, which have a resource of their own."""
        raise BadValue(name="code", value=self.code, why_zh="依据是隐患：/defects", why_en="its evidence are defects: /defects")

    def _links(self, ask: Ask) -> dict[str, str | None]:
        """The very defects, as GeoJSON at the place of their assets: all that were found by the day, and those not closed on it."""
        carried = {k: v for k, v in ask.sight.carried.items() if k != "datetime"}
        said = {"class": ask.cls, "city": ask.city.key, **carried, **({"datetime": f"../{ask.sight.on}"} if ask.sight.on else {})}
        link = "/defects?" + urlencode({k: v for k, v in said.items() if v is not None}, safe="/")
        return {"counted": link, "failing": link + "&open=true"}

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
