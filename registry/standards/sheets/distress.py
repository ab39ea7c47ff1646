"""Distress of pavements and sidewalks by CJJ 36: densities into PCI and FCI, where the bureau has the deductions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import BadValue, TableAbsent
from registry.kinds import Code, CodeList, Field
from registry.standards import numbers, road
from registry.standards.bands import at_most
from registry.standards.sheets.road_test import GRADES
from registry.standards.sheets.sheet import Findings, Said, Sheet

SURFACE = CodeList("pavement", "面层|Pavement", (Code("asphalt", "沥青|Asphalt", aliases=("沥青路面", "沥青混凝土")),
                                               Code("concrete", "水泥|Concrete", aliases=("水泥路面", "水泥混凝土"))))
AREA = Field("surveyed_m2", "调查面积（m²）|Area surveyed", "number", unit="m²", minimum=0, aliases=("调查面积", "总面积（m²）"))
ROWS = (Field("distress", "破损类型|Distress", max_length=50, aliases=("病害类型", "损坏类型")),
        Field("damaged_m2", "破损面积（m²）|Damaged area", "number", unit="m²", minimum=0, aliases=("破损面积", "病害面积（m²）", "损坏面积")),
        Field("density_percent", "破损密度（%）|Density", "number", unit="%", minimum=0, maximum=100, aliases=("破损密度", "密度（%）")))
FCI = Field("fci", "人行道状况指数|FCI", "number", minimum=0, maximum=100, aliases=("FCI",))
GAP = Field("gap_mm", "平整度平均间隙（mm）|Mean gap", "number", unit="mm", minimum=0, maximum=200, aliases=("平均间隙", "间隙度平均值（mm）"))
PCI = Field("pci", "路面状况指数|PCI", "number", minimum=0, maximum=100, aliases=("PCI",))


def judge_sidewalk(said: Said, asset: Said, edition: str | None) -> Findings:
    """FCI of the densities, else the one stated, and its band; a sidewalk does not rate its road."""
    found = Findings("FCI = 100 − Σ DP·ω", tables=[road.table(edition)])
    score = said.get("fci")
    if said.get("distresses"):
        try:
            score = road.fci(_densities(said), edition)
            found.tables.append(numbers.table("sidewalk_deducts"))
        except TableAbsent as error:
            found.absent(error)
    found.put("fci", score)
    found.put("fci_grade", road.sidewalk_grade(score, edition))
    return found


def judge_pavement(said: Said, asset: Said, edition: str | None) -> Findings:
    """PCI of the densities, else the one stated, and its band by the class of the road."""
    found = Findings("PCI = 100 − Σ DP·ω", tables=[road.table(edition)])
    score, surface = said.get("pci"), said.get("pavement") or asset.get("surface")
    if said.get("distresses"):
        try:
            score = road.pci(str(surface), _densities(said), edition)
            found.tables.append(numbers.table("road_deducts"))
        except TableAbsent as error:
            found.absent(error)
    found.put("pci", score)
    found.put("pci_grade", road.grade("pci", score, asset.get("road_class"), edition))
    return found


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """A distress says how much of it there is."""
    if row.get("distress") is None or (row.get("damaged_m2") is None and row.get("density_percent") is None):
        raise BadValue(name="distress", value=row.get("distress"), why_zh="应有破损类型，以及面积或密度",
                       why_en="the kind of distress is needed, and its area or density")
    return row


def _densities(said: Said) -> Mapping[str, float]:
    """Percent by kind; areas are of the area surveyed. BadValue where that is not known."""
    made: dict[str, float] = {}
    for row in said["distresses"]:
        share = row.get("density_percent")
        if share is None:
            whole = said.get("surveyed_m2")
            if not whole:
                raise BadValue(name="surveyed_m2", value=whole, why_zh="有破损面积就要有调查面积", why_en="damaged areas need the area surveyed")
            share = 100 * row["damaged_m2"] / whole
        made[row["distress"]] = made.get(row["distress"], 0.0) + share
        if not at_most(made[row["distress"]], 100.0):
            raise BadValue(name="distresses", value=row["distress"], why_zh="同一种破损的面积超过调查面积",
                           why_en="the areas of one kind of distress exceed the area surveyed")
    return made


SIDEWALK = Sheet("sidewalk", "人行道检测表|Sidewalk test", "regular", ("road",), (AREA, FCI, GAP), ROWS, "distresses",
                 ("distress", "damaged_m2", "density_percent"), grades=GRADES, rates=False, family=road.FAMILY, judge=judge_sidewalk,
                 settle=settle, names=("人行道检测",))
# It gives the PCI alone; the grade of a road is that of its PQI, which a road test gives.
ROAD_DISTRESS = Sheet("road_distress", "路面破损调查表|Survey of distress", "regular", ("road",),
                      (AREA, PCI, Field("pavement", "面层类型|Pavement", "code", codes=SURFACE, aliases=("路面类型",))), ROWS, "distresses",
                      ("distress", "damaged_m2", "density_percent"), facts=("road_class", "surface"), grades=GRADES, rates=False,
                      family=road.FAMILY, judge=judge_pavement, settle=settle, names=("路面破损调查",))
