"""The upkeep of a road by damaged areas: what is left of each facility, with K from the record or from the bureau's table."""

from __future__ import annotations

from typing import Any

from registry.errors import BadValue, TableAbsent
from registry.kinds import Code, CodeList, Field
from registry.standards import damage, numbers
from registry.standards.damage import Damage
from registry.standards.sheets.sheet import Findings, Said, Sheet

FACILITY = CodeList("road_facility", "设施|Facility", (
    Code("carriageway", "车行道|Carriageway", aliases=("路面", "机动车道")), Code("sidewalk", "人行道|Sidewalk"),
    Code("subgrade_drainage", "路基与排水|Subgrade and drainage", aliases=("路基", "路基与排水设施", "排水")),
    Code("other", "其他|Other", aliases=("其他设施", "附属设施"))))
# The asset's own area, where the sheet does not say how much was inspected.
OWN = {"carriageway": "carriageway_area_m2", "sidewalk": "sidewalk_area_m2"}
AMOUNTS = tuple(Field(f"{c.value}_amount", f"{c.title.zh}检查数量|{c.title.en} inspected", "number", minimum=0,
                      aliases=(f"{c.title.zh}面积（m²）", f"{c.title.zh}面积")) for c in FACILITY.codes)
ROWS = (Field("facility", "设施类别|Facility", "code", codes=FACILITY, aliases=("设施",)),
        Field("damage", "损坏类型|Damage", max_length=50, aliases=("病害类型", "破损类型")),
        Field("amount", "损坏数量|Damaged", "number", minimum=0, aliases=("损坏面积", "损坏面积（m²）", "破损面积（m²）")),
        Field("factor", "换算系数|Factor K", "number", minimum=0, aliases=("K", "换算系数K")))


def judge(said: Said, asset: Said, edition: str | None) -> Findings:
    """(F − Σ Fᵢ·Kᵢ) / F of each facility with an amount, in percent, and all of them by the table's weights."""
    found = Findings("(F − Σ Fᵢ·Kᵢ) / F × 100 %")
    if numbers.editions("damage_factors"):
        found.tables.append(numbers.table("damage_factors", edition))
    shares: dict[str, float | None] = {}
    for facility in damage.FACILITIES:
        rows = [Damage(r["damage"], r["amount"], r.get("factor")) for r in said.get("damages") or () if r["facility"] == facility]
        amount = said.get(f"{facility}_amount")
        if amount is None and rows:  # one that the sheet does not name was not looked at, however large it is on the books
            amount = asset.get(OWN.get(facility, ""))
        if amount is None and not rows:
            continue
        if not amount:
            found.doubt(f"{facility}：没有检查数量，完好率未知", f"{facility}: unknown without the amount inspected")
            continue
        try:
            shares[facility] = damage.intact_percent(facility, amount, rows)
            found.put(f"intact_{facility}", shares[facility])
        except TableAbsent as error:
            found.absent(error)
    try:
        found.put("intact", damage.composite_percent(shares))
    except TableAbsent as error:
        found.absent(error)
    return found


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """A damage says of what and how much."""
    for key, zh in (("facility", "设施类别"), ("damage", "损坏类型"), ("amount", "损坏数量")):
        if row.get(key) is None:
            raise BadValue(name=key, value="", why_zh=f"应有{zh}", why_en="it is needed")
    return row


ROAD_DAMAGE = Sheet("road_damage", "道路养护状况检查表|Upkeep of roads by damaged areas", "regular", ("road",), AMOUNTS, ROWS, "damages",
                    ("facility", "damage", "amount"), facts=("carriageway_area_m2", "sidewalk_area_m2"), rates=False,
                    family="damage_factors", judge=judge, settle=settle, names=("道路养护状况", "道路养护状况检查"))
