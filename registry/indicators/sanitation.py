"""Sanitation: density of toilets, and what transfer stations are and can take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from registry.db.columns import read
from registry.indicators.kinds import Ask
from registry.indicators.measured import WITHIN, RatioInZone, TotalOfAssets, of_ratio
from registry.indicators.options import Chosen, Option
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, Tally, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards import numbers
from registry.standards.figure import Figure, Share, Standard
from registry.store.counted import Condition

_TONNES = Label("吨/日", "t/d")


def _kind(cls: AssetClass) -> str:
    return read(cls.by_key["integrated"])


def _station(cls: AssetClass) -> bool:
    return "integrated" in cls.by_key


def _integrated(cls: AssetClass, options: Chosen) -> list[Condition]:
    return [(GOOD, f"{_kind(cls)} = 'comprehensive'"), (BAD, f"{_kind(cls)} = 'single'")]


def _takes_over(cls: AssetClass) -> bool:
    """Whether waste is taken over there: a collection point has a capacity too, but passes on what it got."""
    return {"capacity_t_per_d", "integrated"} <= cls.by_key.keys()


def _capacity(cls: AssetClass, options: Chosen) -> Weight:
    return Weight("capacity", read(cls.by_key["capacity_t_per_d"]), _TONNES)


TOILETS = RatioInZone(
    "toilet_density", "公厕密度|Density of public toilets", method="count_in_zone", unit="座/km²",
    formula="区内公厕座数／区域面积|toilets inside / area of the zone", factor=1e6, needs=lambda cls: cls.key == "toilet",
    standard=Standard("GB/T 50337-2018", "公厕设置密度（居住用地 3～5 座/km²）"),
    needs_data="公厕和建成区（某一版），或居住用地|toilets and an edition of the built-up area, or residential land",
    note=Label("各类用地及其标准范围见 toilet_density_by_land_use", "each land use with its band: toilet_density_by_land_use"),
    **of_ratio(lambda cls, options: by_basis(cls, "count")))
INTEGRATED = ShareOfAssets(
    "integrated_station_share", "综合性转运站占比|Share of comprehensive transfer stations", method="kind_share",
    formula="综合性／（综合性＋单一性）|comprehensive / (comprehensive + single purpose)", standard=Standard("-", "绍兴规划的口径"), needs=_station,
    judged=_integrated, needs_data="功能类型（integrated）|kind of each station")
CONVERTED = ShareOfAssets(
    "transfer_station_converted_share", "单一性转运站改造率|Single-purpose stations converted", method="converted_share",
    formula="改造成综合性的／（改造成综合性的＋仍为单一性的）|made comprehensive / (made comprehensive + still single purpose)",
    standard=Standard("-", "绍兴规划：单一性中转站 50% 改造"), needs=_station, judged=_integrated,
    left_out=lambda cls, options: [("built_so", f"{_kind(cls)} = 'comprehensive' AND {read(cls.by_key['renovated_on'])} IS NULL")],
    reasons={"built_so": Label("一开始就是综合性的（没有改造日期）", "Comprehensive from the start (no date of renovation)")},
    needs_data="功能类型和改造日期（integrated、renovated_on）|kind of each station and when it was renovated")
CAPACITY = TotalOfAssets(
    "transfer_capacity", "转运能力|Transfer capacity", method="sum", unit="t/d", formula="各转运站转运能力之和|sum of the capacities of the stations",
    standard=Standard("CJJ/T 47-2016", "规模"), needs=_takes_over, weigh=_capacity,
    needs_data="转运能力（capacity_t_per_d）|capacity of each station")
KG = Option("kg_per_person_day", "每人每日产生多少千克垃圾：没有公开的统一数值，由单位给出，或放在本单位的表 waste_generation 中|Kilograms of waste a person makes a day: "
            "no common figure is public; the bureau says it here or in its own table waste_generation", least=0.01)
PEAK = Option("peak_factor", "季节波动系数，不给时按本单位的表，没有则按 1|Factor of the peak season; else by the bureau's table, else 1", least=0.1)


@dataclass(frozen=True)
class CapacityMet(RatioInZone):
    """What the stations inside can take, over what the people of the zones make a day."""

    def figure(self, conn: Connection, ask: Ask, share: Share | None, rows: list[dict[str, Any]]) -> Figure:
        return replace(super().figure(conn, ask, share, rows), denominator_unit=_TONNES)

    def more(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        kg, peak = _generation(ask.options)
        return super().more(conn, ask, cls, total) | {"need": {"kg_per_person_day": kg, "peak_factor": peak}}

    def why_none(self, ask: Ask, cls: AssetClass, total: Tally) -> Label:
        if _generation(ask.options)[0] is None:
            return Label("没有人均日产生量（kg_per_person_day，或本单位的表 waste_generation）",
                         "nobody says how much waste a person makes (kg_per_person_day, or the bureau's table waste_generation)")
        return super().why_none(ask, cls, total)

    def _denominators(self, conn: Connection, ask: Ask, by: str | None) -> tuple[dict[str, float | None], bool]:
        """Key → tonnes a day."""
        kg, peak = _generation(ask.options)
        if kg is None:
            return {}, True
        people, sure = super()._denominators(conn, ask, by)
        return {key: None if many is None else many * kg * peak / 1000 for key, many in people.items()}, sure


def _generation(options: Chosen) -> tuple[float | None, float]:
    """Kilograms a day and the factor of the peak: as asked, else of the bureau's own table."""
    own = numbers.table("waste_generation").data if numbers.editions("waste_generation") else {}
    kg, peak = options["kg_per_person_day"], options["peak_factor"]
    return (own.get("kg_per_person_day") if kg is None else kg), (own.get("peak_factor", 1.0) if peak is None else peak)


_INSIDE = of_ratio(_capacity)
CAPACITY_MET = CapacityMet(
    "transfer_capacity_met", "转运能力满足率|Transfer capacity against need", method="capacity_over_need", over="people", factor=100,
    formula="区内转运站能力之和／（区内人口×人均日产生量×季节波动系数）|capacity of the stations inside / (people inside × waste a person a day × factor of the "
            "peak season)", standard=Standard("CJJ/T 47-2016", "转运量按服务区人口和人均产量推算；人均产量由各市给出"), family="waste_generation",
    needs=_takes_over, options=(*WITHIN, KG, PEAK), needs_data="转运能力、区域人口和人均日产生量|capacity of each station, "
    "people of the zones and waste that a person makes a day", note=Label("100% 为刚好够用；人口见 people_from", "100 % is just enough; whose people: "
    "people_from"), **_INSIDE)
