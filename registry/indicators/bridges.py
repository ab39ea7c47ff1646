"""Bridges and tunnels: 合格率, 良好率 and 完好率 by grade, and the railings that were a hazard."""

from __future__ import annotations

from registry.db.columns import literal, read
from registry.db.fragments import Fragment
from registry.indicators.options import STALENESS, Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, by_basis
from registry.kinds import AssetClass, Label
from registry.standards import bridge
from registry.standards.figure import Standard
from registry.store.counted import TODAY, Condition

_KEYS = ("bridge", "tunnel")
# The two grades of Ⅰ类养护, and as reports write them.
_QUALIFIED, _UNQUALIFIED = (bridge.QUALIFIED, "合格"), (bridge.UNQUALIFIED, "不合格")
_NOTE = ("隧道没有查到公开的评级办法，按单位录入的等级", "no public grading of tunnels is known: by the grades that were entered")
_CLASS_ONE = {"class_one": Label("Ⅰ类养护，只评合格与否", "Class I, which is only qualified or not")}


def _in(values: tuple[str, ...]) -> str:
    return f"a.grade IN ({', '.join(map(literal, values))})"


def _graded(best: int) -> list[Condition]:
    """Good: the first `best` grades; bad: the others of the scale."""
    return [(GOOD, _in(bridge.GRADES[:best])), (BAD, _in((*bridge.GRADES[best:], *_UNQUALIFIED))), ("other_scale", "a.grade IS NOT NULL")]


def _rate(code: str, label: str, best: int, formula: str) -> ShareOfAssets:
    qualified: list[Condition] = [(GOOD, _in(_QUALIFIED))] if best == 3 else []
    apart = best < 3
    note = Label("Ⅰ类合格不能说良好或完好，不入分母；" + _NOTE[0], "a class I bridge that is qualified cannot be called good, and leaves the "
                 "denominator; " + _NOTE[1]) if apart else Label("Ⅰ类合格计为合格；" + _NOTE[0], "a qualified class I counts; " + _NOTE[1])
    return ShareOfAssets(
        code, label, method="graded_share", formula=formula, note=note,
        standard=Standard("CJJ 99-2017", "完好状态等级 A～E；合格率、良好率没有查到全国统一定义", "bridge_cjj99_2017.toml"),
        family=bridge.FAMILY, needs=lambda cls: cls.key in _KEYS, options=STALENESS, weigh=lambda cls, options: by_basis(cls, "count"),
        judged=lambda cls, options: [*qualified, *_graded(best)], reasons=_CLASS_ONE if apart else {},
        left_out=lambda cls, options: [("class_one", _in(_QUALIFIED))] if apart else [],
        needs_data="桥隧的评定等级（检查记录，检查周期以内）|grade of each bridge and tunnel by inspections within the cycle")


RATES = (
    _rate("bridge_qualified_rate", "桥隧合格率|Bridges and tunnels qualified", 3, "（A＋B＋C＋Ⅰ类合格）／已评级|(A + B + C + class I qualified) / graded"),
    _rate("bridge_good_rate", "桥隧良好率|Bridges and tunnels in good condition", 2, "（A＋B）／已评级|(A + B) / graded"),
    _rate("bridge_intact_rate", "桥隧完好率|Bridges and tunnels intact", 1, "A／已评级|A / graded"))


def _risk(cls: AssetClass) -> str:
    return read(cls.by_key["guardrail_risk"])


def _renovated(cls: AssetClass) -> str:
    """The lower the number, the graver; who renovated a railing had a hazard before."""
    on = read(cls.by_key["guardrail_renovated_on"])
    return Fragment(f"CAST({on} AS date) <= {TODAY}").sql


def _hazard(cls: AssetClass, options: Chosen) -> list[Condition]:
    return [(GOOD, _renovated(cls)), (BAD, f"{_risk(cls)} IN ('I', 'II')")]


RAILINGS = ShareOfAssets(
    "railing_hazard_cleared_rate", "护栏隐患改造率|Railing hazards cleared", method="cleared_share",
    formula="护栏已改造的桥梁／（已改造＋仍有Ⅱ类及以上隐患）|bridges whose railing was renovated / (renovated + still of class II or graver)",
    standard=Standard("-", "绍兴规划：护栏Ⅱ类及以上隐患 100% 改造（浙江省导则）"), needs=lambda cls: "guardrail_risk" in cls.by_key,
    judged=_hazard, weigh=lambda cls, options: by_basis(cls, "count"),
    left_out=lambda cls, options: [("no_hazard", f"{_risk(cls)} IN ('no_risk', 'III') AND ({_renovated(cls)}) IS NOT TRUE")],
    reasons={"no_hazard": Label("没有Ⅱ类及以上隐患", "No hazard of class II or graver")},
    needs_data="护栏隐患等级和改造日期（guardrail_risk、guardrail_renovated_on）|class of the hazard of each railing, and when it was renovated")
