"""Sanitation: density of toilets, and what transfer stations are and can take."""

from __future__ import annotations

from registry.db.columns import read
from registry.indicators.measured import RatioInZone, TotalOfAssets, of_ratio
from registry.indicators.options import Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards.figure import Standard
from registry.store.counted import Condition


def _kind(cls: AssetClass) -> str:
    return read(cls.by_key["integrated"])


def _station(cls: AssetClass) -> bool:
    return "integrated" in cls.by_key


def _integrated(cls: AssetClass, options: Chosen) -> list[Condition]:
    return [(GOOD, f"{_kind(cls)} = 'comprehensive'"), (BAD, f"{_kind(cls)} = 'single'")]


def _capacity(cls: AssetClass, options: Chosen) -> Weight:
    return Weight("capacity", read(cls.by_key["capacity_t_per_d"]), Label("吨/日", "t/d"))


TOILETS = RatioInZone(
    "toilet_density", "公厕密度|Density of public toilets", method="count_in_zone", unit="座/km²",
    formula="区内公厕座数／区域面积|toilets inside / area of the zone", factor=1e6, needs=lambda cls: cls.key == "toilet",
    standard=Standard("GB/T 50337-2018", "公厕设置密度（居住用地 3～5 座/km²）"),
    needs_data="公厕和建成区（某一版），或居住用地|toilets and an edition of the built-up area, or residential land",
    note=Label("按用地：zone=residential；其他用地没有图层，不能计算", "by land use: zone=residential; of other land use there is no layer"),
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
    standard=Standard("CJJ/T 47-2016", "规模"), needs=lambda cls: "capacity_t_per_d" in cls.by_key, weigh=_capacity,
    needs_data="转运能力（capacity_t_per_d）|capacity of each station")
