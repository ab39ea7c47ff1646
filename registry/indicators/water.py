"""漏损率: water loss from the volumes that the water company enters."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from registry.errors import BadValue
from registry.indicators.kinds import Ask, Indicator
from registry.kinds import AssetClass, Label
from registry.kinds.quantities import convert
from registry.standards import numbers
from registry.standards.figure import Figure, Share, Standard, percent
from registry.standards.water_loss import BILLED, CORRECTION, FIGURES, SUPPLIED, Volumes, grade, loss_percent
from registry.store import observations
from registry.store.query import Query

M3 = "m³"
Entered = dict[str, Any]


@dataclass(frozen=True)
class WaterLoss(Indicator):
    """A figure of entered figures: no asset stands behind it, but observations with their sources."""

    def applies(self, cls: AssetClass) -> bool:
        return False

    def evidence(self, *asked: Any, **more: Any) -> Query:
        """There are no assets: what was entered is told in the answer."""
        raise BadValue(name="set", value="", why_zh="此指标由填报的水量算出，见 /observations",
                       why_en="this figure is made of entered volumes: see /observations")

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        if ask.cls is not None:
            self.class_named(ask.cls)
        if ask.by is not None:
            raise BadValue(name="by", value=ask.by, why_zh="漏损率没有分组", why_en="water loss has no groupings")
        entered = {code: observations.latest(conn, ask.city.key, code, ask.today, sight=ask.sight) for code in FIGURES}
        volumes, why = _volumes(entered)
        correction = _correction(entered)
        overall = None if volumes is None else percent(volumes.lost, volumes.supplied)
        net = loss_percent(overall, correction)
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), unit=self.unit,
            standard=dataclasses.replace(self.standard, table=numbers.table("water_loss").file), basis="volume",
            share=Share(volumes.lost, volumes.supplied) if volumes else Share(0, 0), measure_unit=Label("立方米", M3),
            as_of=ask.sight.as_of.isoformat() if ask.sight.as_of else conn.execute(select(func.now())).scalar_one().isoformat(),
            scope={"city": ask.city.key, "class": None, "by": None}, note=why,
            more={"loss": {"code": "R_BL", "value": net, "correction": correction, "grade": grade(net)},
                  "missing": [c for c in (SUPPLIED, BILLED) if entered[c] is None],
                  "entered": [_told(e) for e in entered.values() if e is not None]}).as_dict()


def _volumes(entered: dict[str, Entered | None]) -> tuple[Volumes | None, Label | None]:
    """Both volumes of one time in m³, or why there are none."""
    supplied, billed = entered[SUPPLIED], entered[BILLED]
    if supplied is None or billed is None:
        missing = [FIGURES[c] for c in (SUPPLIED, BILLED) if entered[c] is None]
        return None, Label(f"没有填报：{'、'.join(m.zh for m in missing)}", f"nobody entered: {', '.join(m.en for m in missing)}")
    if _when(supplied) != _when(billed):
        return None, Label(f"供水总量是 {_when(supplied)} 的，用户用水量是 {_when(billed)} 的",
                           f"the water supplied is of {_when(supplied)}, that of users of {_when(billed)}")
    amounts = [convert(e["value"], e["unit"], M3) for e in (supplied, billed)]
    if amounts[0] is None or amounts[1] is None:
        return None, Label(f"单位不是水量：{supplied['unit']}、{billed['unit']}", f"the units are no volumes: {supplied['unit']}, {billed['unit']}")
    try:
        return Volumes(amounts[0], amounts[1]), None
    except BadValue as error:
        return None, Label(error.message("zh"), error.message("en"))


def _correction(entered: dict[str, Entered | None]) -> float | None:
    """Rn in percent, where it was entered for the time of the volumes."""
    said, supplied = entered[CORRECTION], entered[SUPPLIED]
    return said["value"] if said and supplied and _when(said) == _when(supplied) and said["unit"] == "%" else None


def _when(entered: Entered) -> str:
    return str(entered["observed_on"] or entered["year"])


def _told(entered: Entered) -> Entered:
    return {k: entered[k] for k in ("id", "code", "value", "unit", "source", "version")} | {"of": _when(entered)}


WATER_LOSS_RATE = WaterLoss(
    "water_loss_rate", "综合漏损率|Overall water loss", method="entered_volumes",
    formula="R_WL =（供水总量 − 注册用户用水量）÷ 供水总量；漏损率 R_BL = R_WL − 总修正值，列在 loss 中|R_WL = (water supplied − water of "
            "registered users) / water supplied; the loss rate R_BL = R_WL − sum of the corrections stands in `loss`",
    standard=Standard("CJJ 92-2016（2018 年局部修订）", "综合漏损率 R_WL、漏损率 R_BL"))
