"""The state of the ledger itself: ownership, contracts, completeness of records and inspections in time."""

from __future__ import annotations

from registry.db.columns import literal, read
from registry.indicators import staleness
from registry.indicators.options import Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards import interval, sheets
from registry.standards.figure import Standard
from registry.store.counted import TODAY, Condition

# Mandatory (M) in GB/T 47678.5 表2, by the fields that keep them.
REQUIRED = ("code", "name", "supervisor", "grid", "state", "installed_on")

# Words in the place of a maintenance section for what the office keeps with its own hands.
_OWN_HANDS = ", ".join(map(literal, ("自管", "自养", "自行养护", "无", "none", "own")))


def _count(cls: AssetClass, options: Chosen) -> Weight:
    return by_basis(cls, "count")


def _complete(cls: AssetClass, options: Chosen) -> list[Condition]:
    filled = " AND ".join(f"nullif(({read(cls.by_key[key])})::text, '') IS NOT NULL" for key in REQUIRED if key in cls.by_key)
    return [(GOOD, f"{filled} AND a.state <> 'unknown'"), (BAD, "true")]


def _in_time(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Due: the cycle after the last inspection of the whole, else after the asset was installed."""
    forms = ", ".join(map(literal, sheets.serving(interval.SERVES[staleness.FORM])))
    last = staleness.last(f"i.form IN ({forms})")
    cases = []
    for each in interval.of(cls.key, staleness.FORM):
        fits = "true" if each.field is None else f"{read(cls.by_key[each.field])} IN ({', '.join(map(literal, each.values))})"
        cases.append(f"WHEN {fits} THEN coalesce({last}, a.installed_on) + make_interval(months => {each.months}, days => {each.days})")
    due = f"(CASE {' '.join(cases)} END)"
    return [(BAD, f"{due} < {TODAY}"), (GOOD, f"{due} IS NOT NULL")]


CONTRACTED = ShareOfAssets(
    "contracted_share", "市场化养护占比|Share kept under contract", method="filled_share", formula="养护标段写明的／（写明的＋写明自行养护的）|assets that name a "
    "maintenance section / those and the ones said to be kept by the office itself", standard=Standard("-", "各市规划的口径"), needs=lambda cls: cls.rating is not None and "contract_section" in cls.by_key,
    judged=lambda cls, options: [(BAD, f"{read(cls.by_key['contract_section'])} IN ({_OWN_HANDS})"),
                                 (GOOD, f"nullif({read(cls.by_key['contract_section'])}, '') IS NOT NULL")],
    needs_data="养护标段（contract_section）；自行养护的写“自管”|maintenance section of each asset; 自管 where the office keeps it itself",
    note=Label("没有填标段的未评：不知道有没有市场化；写“自管”“自养”“无”的算作没有", "what names no section is unrated: nobody can say; 自管, 自养 or 无 "
               "says that it is not contracted"))
OWNERSHIP = ShareOfAssets(
    "ownership_settled_rate", "确权率|Share of settled ownership", method="status_share",
    formula="已确权／确权状态已知|confirmed / ownership status known", standard=Standard("-", "河西规划：全区路灯照明设施确权"), weigh=_count,
    needs=lambda cls: "ownership_status" in cls.by_key, needs_data="确权状态（ownership_status）|ownership status of each asset",
    judged=lambda cls, options: [(GOOD, "a.ownership_status = 'confirmed'"), (BAD, "a.ownership_status IS NOT NULL")])
COMPLETENESS = ShareOfAssets(
    "record_completeness", "档案完整率|Completeness of records", method="filled_share", weigh=_count, judged=_complete,
    formula="必填属性（编码、名称、主管部门、单元网格、状态、日期）都已填的设施／全部设施|assets with all mandatory attributes (code, name, supervisor, grid, "
            "state, date) / all assets", standard=Standard("GB/T 47678.5-2026", "表2 约束条件为 M 的属性"), needs_data="设施|assets",
    note=Label("只说明已登记的设施；没有登记的不在分母里", "of assets that are recorded: what is not recorded is not in the denominator"))
GRID = ShareOfAssets(
    "grid_completeness", "单元网格完整率|Share with a unit grid", method="filled_share", weigh=_count, needs=lambda cls: "grid" in cls.by_key,
    formula="有单元网格标识码的设施／全部设施|assets that have a unit grid / all assets", standard=Standard("GB/T 47678.5-2026", "表2 所在单元网格标识码"),
    judged=lambda cls, options: [(GOOD, "nullif(a.grid, '') IS NOT NULL"), (BAD, "true")], needs_data="设施|assets")
OVERDUE = ShareOfAssets(
    "overdue_share", "超期未检占比|Share overdue for inspection", method="due_share", weigh=_count, judged=_in_time, numerator=BAD,
    formula="超过检查周期没有常规定期检测的设施／周期已知的设施|assets whose regular inspection is overdue / assets of a known cycle",
    standard=Standard("CJJ 36-2016、CJJ 99-2017", "常规定期检测", interval.TABLE.name), needs=lambda cls: bool(interval.of(cls.key, staleness.FORM)),
    needs_data="检查记录或建成日期|inspections, or when each asset was installed")
