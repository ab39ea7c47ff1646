"""The upkeep of roads beside their grade: what damages leave of each facility, and the sidewalks by their own index."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from registry.db.columns import literal, read
from registry.db.fragments import Fragment
from registry.indicators import staleness
from registry.indicators.kinds import Ask
from registry.indicators.options import STALENESS, Chosen, Option
from registry.indicators.roads import GRADES
from registry.indicators.shares import ShareOfAssets
from registry.indicators.staleness import Judgement
from registry.indicators.tally import BAD, GOOD, SQUARE_METRES, Weight
from registry.kinds import AssetClass, Label
from registry.standards import damage, numbers, road
from registry.standards.figure import Standard
from registry.standards.sheets import distress, road_damage
from registry.store.counted import Condition

FACILITY = Option("facility", "哪种设施|Kind of facility", damage.FACILITIES, damage.FACILITIES[0])
_WHOLE = "i.from_m IS NULL AND i.to_m IS NULL AND i.area_m2 IS NULL"


def _is_road(cls: AssetClass) -> bool:
    return cls.key == "road"


# -- the damage-area family ----------------------------------------------------------------------
# How much of a facility was inspected: what the sheet says, else the asset's own figure. A facility that the sheet does not
# name was not looked at, and neither was the whole of an asset of which a part was inspected.
_AMOUNT = ("coalesce(CAST(i.measurements ->> '{facility}_amount' AS double precision), CASE WHEN " + _WHOLE +
           " AND i.measurements @> '{{\"damages\": [{{\"facility\": \"{facility}\"}}]}}' "
           "THEN CAST(i.measurements -> 'asset' ->> '{own}' AS double precision) END)")
_TAKEN = ("(SELECT CASE WHEN count(*) FILTER (WHERE d.k IS NULL) = 0 THEN coalesce(sum(d.amount * d.k), 0) END FROM ("
          "SELECT CAST(e ->> 'amount' AS double precision) AS amount, coalesce(CAST(e ->> 'factor' AS double precision), "
          "CAST(CAST({factors} AS jsonb) ->> (e ->> 'damage') AS double precision)) AS k "
          "FROM jsonb_array_elements(i.measurements -> 'damages') e WHERE e ->> 'facility' = '{facility}') d)")


def _factors(facility: str) -> str:
    """K by kind of damage of the bureau's own table, as JSON; empty where it has none, and then the sheets must say K."""
    found = list(numbers.editions("damage_factors"))
    said = numbers.table("damage_factors").data.get(facility, {}).get("factors", {}) if found else {}
    return json.dumps(said, ensure_ascii=False)


def _damaged_area(cls: AssetClass, options: Chosen) -> Weight:
    return Weight("area", "coalesce(sheet.amount, 0)", SQUARE_METRES, "CASE WHEN sheet.taken IS NOT NULL THEN greatest(0, sheet.amount - sheet.taken) END")


def _by_damage(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Every area that was inspected and whose factors are known counts, by the part of it that is left."""
    return [("unrated", "sheet.amount IS NULL"), ("no_factor", "sheet.taken IS NULL"), (GOOD, "true")]


@dataclass(frozen=True)
class ShareOfSheets(ShareOfAssets):
    """A share of what the newest sheet of a form says, `sheet` beside the row. said: options → SQL of its columns, over the inspection `i`,
    and of whether it says any of it."""

    form: str = ""
    said: Callable[[Chosen], tuple[str, str]] = lambda options: ("", "true")

    def beside(self, conn: Connection, ask: Ask, cls: AssetClass) -> Fragment:
        judged, (columns, said) = super().beside(conn, ask, cls), self.said(ask.options)
        return Fragment(f"LEFT JOIN {staleness.newest(self.form, columns, said)} sheet ON sheet.asset_id = a.id {judged.sql}", judged.values)


def _of_damage(options: Chosen) -> tuple[str, str]:
    """Of the sheets that tell how much of the facility was inspected."""
    facility = options["facility"]
    amount = _AMOUNT.format(facility=facility, own=road_damage.OWN.get(facility, ""))
    taken = _TAKEN.format(facility=facility, factors=literal(_factors(facility)))
    return f"{amount} AS amount, {taken} AS taken", f"{amount} > 0"


_BY_SHEET = Judgement("sheet.inspected_on", "sheet.inspected_on IS NOT NULL")
DAMAGE = ShareOfSheets(
    "road_damage_rate", "道路完好率（破损面积法）|Roads in good condition (damage area)", method="damage_area",
    formula="（F − ΣFᵢ·Kᵢ）／F，F 为检查面积，Fᵢ 为各类破损面积，Kᵢ 为换算系数|(F − ΣFᵢ·Kᵢ) / F: F the area inspected, Fᵢ the damaged areas, "
            "Kᵢ their factors",
    standard=Standard("CJJ 36-2016", "养护状况评定：车行道、人行道、路基与排水、其他设施分别计算", "damage_factors"), needs=_is_road,
    family="damage_factors", options=(FACILITY, *STALENESS), judged=_by_damage, weigh=_damaged_area,
    judgement=lambda cls, options: _BY_SHEET, form=road_damage.ROAD_DAMAGE.key, said=_of_damage,
    needs_data="道路养护状况检查表（road_damage）：各设施的检查数量 F，每处损坏的类型、数量 Fᵢ 和换算系数 K；K 也可来自本单位的表 damage_factors|sheets "
               "of damages (road_damage): the amount F of each facility that was inspected, kind, amount Fᵢ and factor K of each damage, or K "
               "from the bureau's own table damage_factors",
    note=Label("换算系数 K 没有公开来源：记录和本单位的表都没有 K 的不计入；不是等级占比法（road_graded_rate）",
               "the factors K stand in no public source: what has none in record or table is not counted; this is not the graded share "
               "(road_graded_rate)"))

# -- sidewalks -----------------------------------------------------------------------------------
def _sidewalk(cls: AssetClass, options: Chosen) -> list[Condition]:
    good = ", ".join(map(literal, options["grades"]))
    return [(GOOD, f"sheet.grade IN ({good})"), (BAD, "sheet.grade IS NOT NULL")]


SIDEWALKS = ShareOfSheets(
    "sidewalk_graded_rate", "人行道完好率（等级占比法）|Sidewalks in good condition (graded share)", method="graded_share",
    formula="FCI 等级为 A、B（grades=ABC 时含 C）的人行道面积／已评级的人行道面积|area of sidewalks whose FCI is of grade A or B (with grades=ABC also C) "
            "/ area of sidewalks that is graded",
    standard=Standard("CJJ 36-2016", "人行道状况指数 FCI 等级", "road_cjj36_2016.toml"), family=road.FAMILY, options=(GRADES, *STALENESS),
    needs=lambda cls: "sidewalk_area_m2" in cls.by_key, judged=_sidewalk,
    weigh=lambda cls, options: Weight("area", read(cls.by_key["sidewalk_area_m2"]), SQUARE_METRES),
    judgement=lambda cls, options: _BY_SHEET, form=distress.SIDEWALK.key,
    said=lambda options: ("i.scores ->> 'fci_grade' AS grade", f"i.scores ->> 'fci_grade' IS NOT NULL AND {_WHOLE}"),
    needs_data="人行道面积（sidewalk_area_m2）和人行道检测表（sidewalk）的 FCI；由破损算 FCI 的扣分表 sidewalk_deducts 没有公开来源|area of the sidewalks, and "
               "their FCI by sheets `sidewalk`; the deductions that give it of distresses (sidewalk_deducts) stand in no public source",
    note=Label("按破损面积法的人行道完好率：road_damage_rate，facility=sidewalk", "by damaged areas: road_damage_rate with facility=sidewalk"))
