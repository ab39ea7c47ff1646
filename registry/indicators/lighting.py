"""亮灯率: how many of the lamps that should be lit are."""

from __future__ import annotations

from registry.db.columns import read
from registry.indicators.shares import BAD, GOOD, ShareOfAssets, Weight
from registry.kinds import AssetClass, Label
from registry.standards.figure import Standard
from registry.store.counted import Condition

LAMPS = Label("盏", "lamps")


def _value(cls: AssetClass, field: str) -> str | None:
    """The SQL of a field, where the class has it."""
    return read(cls.by_key[field]) if field in cls.by_key else None


def _lamps(cls: AssetClass) -> Weight:
    """Lamps, not poles: a row that stands for a pole weighs as many as it carries (绍兴, 河西 count 盏)."""
    kind, number = _value(cls, "count_kind"), _value(cls, "lamp_count")
    if kind is None or number is None:
        return Weight("count", "1", LAMPS)
    return Weight("count", f"CASE WHEN {kind} = 'pole' THEN coalesce({number}, 1) ELSE 1 END", LAMPS)


def _left_out(cls: AssetClass) -> list[Condition]:
    """Landscape lighting is a figure of its own; a half-night lamp or a planned cut is not a fault."""
    kind = _value(cls, "lamp_kind")
    return [*([("landscape", f"{kind} = 'landscape'")] if kind else []),
            ("not_due", f"{_value(cls, 'lit')} = 'not_due' AND a.state IS DISTINCT FROM 'missing'")]


def _by_light(cls: AssetClass) -> list[Condition]:
    """A missing lamp should be lit and is not."""
    lit = _value(cls, "lit")
    return [(BAD, "a.state = 'missing'"), (GOOD, f"{lit} = 'lit'"), (BAD, f"{lit} = 'unlit'")]


LIGHTING_RATE = ShareOfAssets(
    "lighting_rate", "亮灯率|Lighting rate", method="lit_share",
    formula="亮灯盏数／应亮灯盏数，仅功能照明；丢失的计为不亮，不应亮的不计|lit lamps / functional lamps that should be lit; "
            "missing ones count as not lit, those not due are left out",
    # 98/96/95 stand in the plan of 2011, not in CJJ 89, which is a code for construction and acceptance.
    standard=Standard("建城〔2011〕178号", "城市照明：道路照明亮灯率"),
    needs=lambda cls: "lit" in cls.by_key, judged=_by_light, left_out=_left_out, weigh=_lamps,
    reasons={"landscape": Label("景观照明", "Landscape lighting"), "not_due": Label("不应亮", "Not due to be lit")},
    note=Label("单位为盏；以杆登记的按灯头数折算，未填灯头数的按 1 盏；未填照明类型的按功能照明",
               "in lamps: a row that is a pole weighs the lamps on it, 1 where that is not filled in; a lamp of no "
               "stated kind is functional"))
