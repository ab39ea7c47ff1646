"""Density of public toilets by land use, each held against the band of the standard."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from registry.catalogue import load
from registry.db.columns import literal, read
from registry.indicators import grouping
from registry.indicators.kinds import Ask
from registry.indicators.measured import EDITION, RatioInZone, of_ratio
from registry.indicators.options import Chosen, Option
from registry.indicators.tally import Tally, by_basis
from registry.kinds import AssetClass, CodeList, Label
from registry.standards import numbers
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, Standard

LAND, FIELD, FAMILY = "land", "land_use", "toilet_density"


def _uses() -> CodeList:
    codes = load().zones[LAND].by_key[FIELD].codes
    assert codes is not None
    return codes


ZONE = Option("zone", "用地图层|Layer of the land", (LAND,), LAND)
LAND_USE = Option(FIELD, "只算这一类用地|Of this land use only", (*_uses().values, UNKNOWN))


@dataclass(frozen=True)
class ByLandUse(RatioInZone):
    """Toilets per km² of the land of each use; a toilet counts where a point of it lies."""

    def place(self, options: Chosen) -> str:
        return ("CASE WHEN (a.geom && inside.geom) IS NOT TRUE THEN 'out' WHEN ST_Covers(inside.geom, a.geom) THEN 'in' "
                "WHEN ST_Intersects(inside.geom, ST_PointOnSurface(a.geom)) THEN 'across' ELSE 'out' END")

    def only(self, ask: Ask) -> str:
        use = ask.options[FIELD]
        said = read(load().zones[LAND].by_key[FIELD], "z")
        return "true" if use is None else f"{said} IS NULL" if use == UNKNOWN else f"{said} = {literal(use)}"

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        """By `land_use` a row for each use, with its band and how many toilets are short of it."""
        if ask.by != FIELD or ask.options[FIELD] is not None:
            if ask.by == FIELD:
                raise grouping.refuse(FIELD, None, ["district", grouping.STREET])
            return super().answer(conn, ask)
        whole = super().answer(conn, replace(ask, by=None))
        rows = []
        for use in (*_uses().values, UNKNOWN):
            told = super().answer(conn, replace(ask, by=None, options={**ask.options, FIELD: use}))
            if told["denominator"] or told["numerator"]:
                title = UNKNOWN_TITLE if use == UNKNOWN else _uses().title_of(use)
                rows.append({"key": use, "title": title.as_dict(), **{k: told[k] for k in (
                    "value", "numerator", "denominator", "unrated", "band", "evidence")}})
        return whole | {"by": rows, "scope": whole["scope"] | {"by": FIELD}}

    def more(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        use, told = ask.options[FIELD], super().more(conn, ask, cls, total)
        whole, _ = self._denominators(conn, ask, None)
        return told | {"band": _band(use, total.counts["good"], whole.get(""))}


def _band(use: str | None, toilets: int, area_m2: float | None) -> dict[str, Any] | None:
    """The band of a land use in toilets per km², where the density stands to it, and how many toilets are short of its lower end."""
    found = numbers.table(FAMILY).data["band"].get(use)
    if found is None or not area_m2:
        return None
    density, low, high = 1e6 * toilets / area_m2, found["low"], found["high"]
    return {"low": low, "high": high, "confidence": found["confidence"], "stands": "below" if density < low else "above" if density > high else "within",
            "short": max(0, math.ceil(low * area_m2 / 1e6 - 1e-9) - toilets)}


_INSIDE = of_ratio(lambda cls, options: by_basis(cls, "count"))
TOILETS_BY_LAND_USE = ByLandUse(
    "toilet_density_by_land_use", "各类用地公厕密度|Toilets by land use", method="count_in_zone", unit="座/km²", factor=1e6, family=FAMILY,
    formula="某类用地内公厕座数／该类用地面积|toilets on land of a use / area of that land", needs=lambda cls: cls.key == "toilet",
    options=(ZONE, EDITION, LAND_USE), standard=Standard("GB/T 50337-2018", "公共厕所设置密度指标", "toilet_density_gb50337_2018.toml"),
    needs_data="公厕和用地（land，注明用地类别）|toilets and land (`land`, with its use)",
    note=Label("按 by=land_use 逐类列出，band 为标准范围，short 为达到下限还缺的座数", "told by by=land_use: band is that of the standard, short the toilets "
               "that lack to its lower end"), **_INSIDE)
