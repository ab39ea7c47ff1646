"""Shares of a zone that a layer of areas covers: 海绵城市, 智慧城管, 排水 and 绿化覆盖率."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, text

from registry.catalogue import load
from registry.db.columns import literal, read
from registry.db.fragments import Fragment
from registry.errors import BadValue
from registry.indicators import grouping
from registry.indicators.kinds import Ask, Indicator
from registry.indicators.measured import EDITION, ZONE, zones
from registry.indicators.options import Option
from registry.indicators.shares import as_of
from registry.indicators.tally import SQUARE_METRES
from registry.kinds import AssetClass, Label
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, Figure, Share, Standard
from registry.store import divisions
from registry.store.query import Query

AREAS = "thematic_area"
DIVISIONS = ("district", "street")


def _themes() -> tuple[str, ...]:
    codes = load().zones[AREAS].by_key["theme"].codes
    assert codes is not None
    return codes.values


LAYER = Option("layer", "专题范围的专题|Theme of the areas", _themes())


@dataclass(frozen=True)
class ShareOfZone(Indicator):
    """The share of a zone's area that the areas of a theme cover. theme: the one that it is of; None: as asked."""

    theme: str | None = None

    def applies(self, cls: AssetClass) -> bool:
        return False

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        self._check(ask)
        kind, theme = ask.options["zone"], self.theme or ask.options["layer"]
        edition = ask.options["edition"] or divisions.edition(conn, ask.city.key, kind, ask.sight)
        whole = zones(conn, ask, kind, edition, None, layer=self._layer(ask, theme))
        there = self._there(conn, ask, theme)
        share, reason = None, None
        if theme is None:
            reason = Label("须给出 layer：" + "、".join(_themes()), "layer is needed: " + ", ".join(_themes()))
        elif not whole or not whole[0].zones:
            reason = Label(f"没有{load().kind(kind).title.zh}，或没有这一版", f"there is no {kind}, or not this edition")
        elif not there:
            reason = Label("没有这个专题的范围图层；没有图层时可录入观测值", "there is no area of this theme; without a layer an observation may be entered")
        else:
            share = Share(float(whole[0].covered), float(whole[0].area))
        rows = self._rows(conn, ask, kind, edition, theme, share) if share is not None and ask.by else []
        made = Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), standard=self.standard, share=share,
            as_of=as_of(conn, ask), basis="area", measure_unit=SQUARE_METRES, by=rows, note=self.note,
            scope={"city": ask.city.key, "class": None, "by": ask.by, "options": {"zone": kind, "layer": theme}},
            zone_edition={kind: edition} if edition is not None else None,
            evidence=self._links(ask, theme) if there else {},
            more={"areas": bool(there), "counts": {"counted": there, "failing": 0, "unrated": 0}, **({"reason": reason.as_dict()} if reason else {})})
        return made.as_dict()

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """BadValue: what stands behind it is land."""
        raise BadValue(name="code", value=self.code, why_zh=f"依据是图形：/collections/{AREAS}/items",
                       why_en=f"its evidence is land: /collections/{AREAS}/items")

    # -- inside ----------------------------------------------------------------------------------
    def _check(self, ask: Ask) -> None:
        for key in filter(None, (ask.cls, *ask.classes)):
            self.class_named(key)
        if ask.where:
            raise BadValue(name="where", value=", ".join(ask.where)[:40], why_zh="面积占比不按字段筛选", why_en="a share of land takes no filter")
        if ask.by not in (None, *DIVISIONS):
            raise grouping.refuse(ask.by or "", None, list(DIVISIONS))

    def _layer(self, ask: Ask, theme: str | None, what: str = "ST_Union(t.geom) AS geom") -> Fragment:
        seen = divisions.zones(AREAS, ask.sight)
        said = read(load().zones[AREAS].by_key["theme"], "t")
        return Fragment(f"SELECT {what} FROM " + seen.sql + f" t WHERE t.kind = '{AREAS}' AND t.city = «in_city» "
                        f"AND {said} = {literal(theme or '')} AND (t.valid_from IS NULL OR t.valid_from <= CAST(«today» AS date)) "
                        "AND (t.valid_to IS NULL OR t.valid_to > CAST(«today» AS date))", {"in_city": ask.city.key, **seen.values})

    def _links(self, ask: Ask, theme: str | None) -> dict[str, str | None]:
        """The very areas, as they are served."""
        return {"counted": f"/collections/{AREAS}/items?" + urlencode({"theme": theme, "city": ask.city.key, **ask.sight.carried})}

    def _there(self, conn: Connection, ask: Ask, theme: str | None) -> int:
        """How many areas of the theme there are."""
        layer = self._layer(ask, theme, "count(*)")
        return int(conn.execute(text(layer.text), {**layer.values, "today": ask.today}).scalar_one())

    def _rows(self, conn: Connection, ask: Ask, kind: str, edition: str | None, theme: str | None, total: Share) -> list[dict[str, Any]]:
        assert ask.by is not None
        titles = divisions.titles(conn, ask.city.key, ask.by, ask.sight)
        found = {r.key: Share(float(r.covered), float(r.area)) for r in zones(conn, ask, kind, edition, ask.by, layer=self._layer(ask, theme))}
        rest = Share((total.numerator or 0) - sum(s.numerator or 0 for s in found.values()),
                     (total.denominator or 0) - sum(s.denominator or 0 for s in found.values()))
        rows = [{"key": k, "title": titles.get(k, Label(k, k)).as_dict(), **found.get(k, Share(0, 0)).as_dict()}
                for k in dict.fromkeys((*titles, *found))]
        if (rest.denominator or 0) > 1e-9 * (total.denominator or 0):
            rows.append({"key": UNKNOWN, "title": UNKNOWN_TITLE.as_dict(), **rest.as_dict()})
        return rows


LAYER_SHARE = ShareOfZone(
    "zone_layer_share", "专题覆盖占比|Share of a zone that is covered", method="area_covered",
    formula="专题范围与区域相交的面积／区域面积|area of the zone that the areas of a theme cover / area of the zone", standard=Standard("-", "各市规划的口径"),
    options=(ZONE, EDITION, LAYER), needs_data="建成区（某一版）和专题范围（thematic_area）|an edition of the built-up area and thematic areas")
GREENING = ShareOfZone(
    "greening_coverage", "绿化覆盖率|Greening coverage", method="area_covered", theme="green_cover",
    formula="建成区内植被垂直投影面积／建成区面积|area under plants in the built-up area / its area", standard=Standard("建城〔2022〕2号", "建成区绿化覆盖率"),
    options=(ZONE, EDITION), needs_data="建成区（某一版）和绿化覆盖图层（thematic_area，theme=green_cover），或录入的观测值|an edition of the built-up area and "
    "a layer of what is under plants (thematic_area, theme=green_cover), or an observation")
