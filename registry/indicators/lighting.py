"""Street lighting: 亮灯率, and what kind of lamps there are."""

from __future__ import annotations

from collections.abc import Callable

from registry.db.columns import literal, read
from registry.indicators.options import Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, Weight
from registry.kinds import AssetClass, Label
from registry.standards.figure import Standard
from registry.store.counted import Condition

LAMPS = Label("盏", "lamps")


def _value(cls: AssetClass, field: str) -> str | None:
    """The SQL of a field, where the class has it."""
    return read(cls.by_key[field]) if field in cls.by_key else None


def _lamps(cls: AssetClass, options: Chosen) -> Weight:
    """Lamps, not poles: a row that stands for a pole weighs as many as it carries (绍兴, 河西 count 盏)."""
    kind, number = _value(cls, "count_kind"), _value(cls, "lamp_count")
    if kind is None or number is None:
        return Weight("count", "1", LAMPS)
    return Weight("count", f"CASE WHEN {kind} = 'pole' THEN coalesce({number}, 1) ELSE 1 END", LAMPS)


def _left_out(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Landscape lighting is a figure of its own; a half-night lamp or a planned cut is not a fault."""
    kind = _value(cls, "lamp_kind")
    return [*([("landscape", f"{kind} = 'landscape'")] if kind else []),
            ("not_due", f"{_value(cls, 'lit')} = 'not_due' AND a.state IS DISTINCT FROM 'missing'")]


def _by_light(cls: AssetClass, options: Chosen) -> list[Condition]:
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
    needs_data="亮灯检查（lit）|whether each lamp was lit when it was checked",
    note=Label("单位为盏；以杆登记的按灯头数折算，未填灯头数的按 1 盏；未填照明类型的按功能照明",
               "in lamps: a row that is a pole weighs the lamps on it, 1 where that is not filled in; a lamp of no "
               "stated kind is functional"))

_SAVING = ("led", "energy_saving", "induction", "solar")


def _of_source(*sources: str) -> Callable[[AssetClass, Chosen], list[Condition]]:
    """Good: a light source of these; any other that is known is bad."""
    values = ", ".join(map(literal, sources))

    def judged(cls: AssetClass, options: Chosen) -> list[Condition]:
        source = read(cls.by_key["light_source"])
        return [(GOOD, f"{source} IN ({values})"), (BAD, f"{source} IS NOT NULL")]
    return judged


ENERGY_SAVING = ShareOfAssets(
    "energy_saving_lamp_share", "节能光源占比|Share of energy-saving lamps", method="light_source_share",
    formula="LED、节能灯、无极灯、太阳能灯盏数／光源已知的盏数|LED, compact fluorescent, induction and solar lamps / lamps of a known source",
    standard=Standard("-", "各市规划的口径；没有查到哪些光源算节能的条文"), needs=lambda cls: "light_source" in cls.by_key,
    judged=_of_source(*_SAVING), weigh=_lamps, needs_data="光源（light_source）|light source of each lamp",
    note=Label("功能照明、景观照明以 where=lamp_kind 分开", "functional and landscape lighting are told apart by where=lamp_kind"))
LED = ShareOfAssets(
    "led_share", "LED 灯占比|Share of LED lamps", method="light_source_share",
    formula="LED 盏数／光源已知的盏数|LED lamps / lamps of a known source", standard=Standard("-", "各市规划的口径"),
    needs=lambda cls: "light_source" in cls.by_key, judged=_of_source("led"), weigh=_lamps,
    needs_data="光源（light_source）|light source of each lamp")
SINGLE_CONTROL = ShareOfAssets(
    "single_lamp_control_share", "单灯控制占比|Share of lamps controlled one by one", method="flag_share",
    formula="单灯控制的盏数／已知是否单灯控制的盏数|lamps controlled one by one / lamps of which that is known",
    standard=Standard("-", "各市规划的口径"), needs=lambda cls: "single_lamp_control" in cls.by_key, weigh=_lamps,
    judged=lambda cls, options: [(GOOD, read(cls.by_key["single_lamp_control"])),
                                 (BAD, f"NOT {read(cls.by_key['single_lamp_control'])}")],
    needs_data="单灯控制（single_lamp_control）|whether each lamp is controlled by itself")
