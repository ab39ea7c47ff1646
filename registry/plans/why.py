"""Why a verdict is what it is: one sentence in both languages, with the numbers that it rests on; pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from registry.kinds.label import Label
from registry.plans import missing
from registry.plans.document import Target
from registry.plans.told import Told
from registry.plans.verdict import CANNOT_TELL, MET, NO_FIGURE, NOT_MET

_DIGITS = (2, 4, 6, 9)
OF_PARTS = {MET: Label("达到", "met"), NOT_MET: Label("未达到", "not met"), CANNOT_TELL: Label("不能判定", "cannot be told"),
            NO_FIGURE: Label("没有数值", "no figure")}


def number(value: float | None, beside: float | None = None) -> str:
    """A number as people read it, with as many digits as tell it from the one beside it; `∞` and `—`."""
    if value is None:
        return "—"
    if math.isinf(value):
        return "∞"
    digits = next((d for d in _DIGITS if beside is None or value == beside or math.isinf(beside)
                   or round(value, d) != round(beside, d)), _DIGITS[-1])
    shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def why(target: Target, told: Told, verdict: str, figure: float | None) -> Label:
    """The reason of a verdict on a figure."""
    if verdict == NO_FIGURE:
        said = missing.figure(target.masked)["title"]
        return Label(said["zh"], said["en"])
    if told.parts:
        return _of_parts(told)
    if told.found is None or told.found.low is None or told.found.value is None:
        return Label("；".join(m["title"]["zh"] for m in told.missing) or "没有可算的数", "; ".join(m["title"]["en"] for m in told.missing)
                     or "there is nothing to compute from")
    found, wanted, unit, op = told.found, number(figure), target.unit, target.comparator
    value, low, high = (number(v, figure) for v in (found.value, found.low, found.high))
    if found.low == found.high:
        return Label(f"{value} {unit}，{'' if verdict == MET else '不'}满足 {op} {wanted}",
                     f"{value} {unit} is {'' if verdict == MET else 'not '}{op} {wanted}")
    if verdict == MET:
        return Label(f"{value} {unit}；最差 {low}、最好 {high}，都满足 {op} {wanted}",
                     f"{value} {unit}; {low} at worst and {high} at best, both {op} {wanted}")
    if verdict == NOT_MET:
        return Label(f"{value} {unit}；最差 {low}、最好 {high}，都不满足 {op} {wanted}",
                     f"{value} {unit}; {low} at worst and {high} at best, neither {op} {wanted}")
    return Label(f"已知的为 {value} {unit}；未知的全差则 {low}、全好则 {high}，{op} {wanted} 不能判定",
                 f"{value} {unit} of what is known; {low} if all that is unknown is bad and {high} if it is good: "
                 f"{op} {wanted} cannot be told")


def _of_parts(told: Told) -> Label:
    judged = [p for p in told.parts if p["judged"]]
    zh, en = (sep.join(f"{p['title'][lang]} {number(p['value'])}/{number(p['wanted'])} {OF_PARTS[p['verdict']].get(lang)}"
                       for p in judged) for lang, sep in (("zh", "；"), ("en", "; ")))
    return Label(zh, en)


def timing(target: Target, today: dt.date) -> dict[str, Any]:
    """The year that a target is for, and whether its end has come; judged is always by the day that was asked about."""
    year = due(target.target or {})
    if year is None:
        return {"year": None, "come": None, "title": {"zh": f"没有年份；按 {today} 判定", "en": f"no year is given; judged as of {today}"}}
    come = today >= dt.date(year, 12, 31)
    zh, en = (("已到" if today.year == year else "已过"), "has come") if come else ("未到", "has not come yet")
    return {"year": year, "come": come, "title": {"zh": f"目标期 {year} 年末{zh}；按 {today} 判定",
                                                 "en": f"the end of {year} {en}; judged as of {today}"}}


def due(said: Mapping[str, Any]) -> int | None:
    """The last year of what is promised."""
    if "by_year" in said:
        return max((int(y) for y in said["by_year"]), default=None)
    span = said.get("years") or said.get("each_year")
    return span[1] if span else said.get("year")
