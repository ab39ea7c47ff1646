"""Street lighting: 亮灯率, and what kind of lamps there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from registry.db.columns import literal, read
from registry.db.fragments import Fragment
from registry.indicators import staleness
from registry.indicators.kinds import Ask
from registry.indicators.options import STALENESS, Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.staleness import Judgement
from registry.indicators.tally import BAD, GOOD, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards.figure import Standard
from registry.standards.sheets.patrols import LAMP_PATROL
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


# A patrol (sheet lamp_patrol) that is not older than what stands in the lamp's own row tells whether it was lit.
_LIT = "i.measurements ->> 'lit'"
_PATROLS = staleness.newest(LAMP_PATROL.key, f"{_LIT} AS said", f"{_LIT} IS NOT NULL")


def _light(cls: AssetClass) -> tuple[str, str]:
    """SQL of whether a lamp was lit at its last check, and of the day of that."""
    lit, own = read(cls.by_key["lit"]), read(cls.by_key["lit_checked_on"]) if "lit_checked_on" in cls.by_key else "NULL"
    # Of most lamps no patrol is newer: then the row is not read for its own day.
    newer = f"patrol.inspected_on IS NOT NULL AND patrol.inspected_on >= coalesce(CAST({own} AS date), '-infinity')"
    return f"(CASE WHEN {newer} THEN patrol.said ELSE {lit} END)", f"(CASE WHEN {newer} THEN patrol.inspected_on ELSE CAST({own} AS date) END)"


def _left_out(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Landscape lighting is a figure of its own; a half-night lamp or a planned cut is not a fault."""
    kind, (lit, _) = _value(cls, "lamp_kind"), _light(cls)
    return [*([("landscape", f"{kind} = 'landscape'")] if kind else []),
            ("not_due", f"{lit} = 'not_due' AND a.state IS DISTINCT FROM 'missing'")]


def _by_light(cls: AssetClass, options: Chosen) -> list[Condition]:
    """A missing lamp should be lit and is not."""
    lit, _ = _light(cls)
    return [(BAD, "a.state = 'missing'"), (GOOD, f"{lit} = 'lit'"), (BAD, f"{lit} = 'unlit'")]


def _checked(cls: AssetClass, options: Chosen) -> Judgement:
    lit, day = _light(cls)
    return Judgement(day, f"{lit} IN ('lit', 'unlit')")


@dataclass(frozen=True)
class ShareOfLamps(ShareOfAssets):
    """The share of lamps that were lit, by their row or by a later patrol."""

    def beside(self, conn: Connection, ask: Ask, cls: AssetClass) -> Fragment:
        judged = super().beside(conn, ask, cls)
        return Fragment(f"LEFT JOIN {_PATROLS} patrol ON patrol.asset_id = a.id {judged.sql}", judged.values)


LIGHTING_RATE = ShareOfLamps(
    "lighting_rate", "亮灯率|Lighting rate", method="lit_share",
    formula="亮灯盏数／应亮灯盏数，仅功能照明；丢失的计为不亮，不应亮的不计|lit lamps / functional lamps that should be lit; "
            "missing ones count as not lit, those not due are left out",
    # 98/96/95 stand in the plan of 2011, not in CJJ 89, which is a code for construction and acceptance.
    standard=Standard("建城〔2011〕178号", "城市照明：道路照明亮灯率"), options=STALENESS, judgement=_checked,
    needs=lambda cls: "lit" in cls.by_key, judged=_by_light, left_out=_left_out, weigh=_lamps,
    reasons={"landscape": Label("景观照明", "Landscape lighting"), "not_due": Label("不应亮", "Not due to be lit")},
    needs_data="亮灯检查：路灯巡检表（lamp_patrol）或台账的亮灯（lit）|whether each lamp was lit when it was checked: patrols (lamp_patrol) or the row itself",
    note=Label("单位为盏；以杆登记的按灯头数折算，未填灯头数的按 1 盏；未填照明类型的按功能照明；以最近的检查为准",
               "in lamps: a row that is a pole weighs the lamps on it, 1 where that is not filled in; a lamp of no "
               "stated kind is functional; the last check counts"))


def _lamps_on(cls: AssetClass) -> str:
    return read(cls.by_key["lamps_installed"])


LAMPED = ShareOfAssets(
    "lamp_installation_rate", "装灯率|Roads with lamps", method="installed_share",
    formula="已装灯的道路长度／应装灯的道路长度（不需装灯的不计）|length of roads with lamps / length of roads that should have them (those that need none are "
            "left out)", standard=Standard("建城〔2011〕178号", "城市照明：道路装灯率"), weigh=lambda cls, options: by_basis(cls, "length"),
    needs=lambda cls: "lamps_installed" in cls.by_key, needs_data="道路是否装灯（lamps_installed）|whether each road has lamps (lamps_installed)",
    left_out=lambda cls, options: [("no_lamps_needed", f"{_lamps_on(cls)} = 'not_needed'")],
    judged=lambda cls, options: [(GOOD, f"{_lamps_on(cls)} = 'installed'"), (BAD, f"{_lamps_on(cls)} = 'lacking'")],
    reasons={"no_lamps_needed": Label("不需装灯", "Needs no lamps")},
    note=Label("按道路台账所记，不由路灯的位置推算", "by what the row of each road says; it is not guessed from where lamps stand"))

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
