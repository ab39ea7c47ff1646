"""漏损率: water loss from the volumes that the water companies enter, of the city or of its districts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select

from registry.errors import BadValue
from registry.indicators.kinds import Ask, Indicator
from registry.kinds import AssetClass, Label
from registry.kinds.quantities import convert
from registry.standards import numbers
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, Figure, Share, Standard
from registry.standards.water_loss import BILLED, CORRECTION, FIGURES, SUPPLIED, Volumes, grade, loss_percent
from registry.store import divisions, observations
from registry.store.query import Query

M3 = "m³"
DISTRICT = "district"
NOTHING = Share(0, 0)
Entered = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What was entered of the city or of a district: by code, and the share that is lost, or why there is none."""

    entered: Mapping[str, Entered | None]
    share: Share | None
    why: Label | None

    @property
    def begun(self) -> bool:
        """Whether anybody entered a volume."""
        return self.entered[SUPPLIED] is not None or self.entered[BILLED] is not None

    @property
    def said(self) -> list[Entered]:
        return [e for e in self.entered.values() if e is not None]

    @property
    def when(self) -> str | None:
        """The year or the day that the water supplied is of."""
        supplied = self.entered[SUPPLIED]
        return _when(supplied) if supplied else None


@dataclass(frozen=True)
class WaterLoss(Indicator):
    """A figure of entered figures: no asset stands behind it, but observations with their sources.

    Of the city as it was entered; where nobody entered the whole, the districts together, each by what it supplied.
    net: less the corrections, thus R_BL.
    """

    net: bool = False

    def applies(self, cls: AssetClass) -> bool:
        return False

    def evidence(self, *asked: Any, **more: Any) -> Query:
        """BadValue: there are no assets; what was entered is linked in the answer."""
        raise BadValue(name="set", value="", why_zh="此指标由填报的水量算出，依据是 /observations",
                       why_en="this figure is made of entered volumes: its evidence is at /observations")

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        self._check(ask)
        whole = self._told(conn, ask)
        titles = divisions.titles(conn, ask.city.key, DISTRICT, ask.sight) if ask.by or not whole.begun else {}
        parts = {key: self._told(conn, ask, key, whole.when) for key in titles}
        share, why, behind = _total(whole, parts, titles)
        needed = [c for c in FIGURES if c != CORRECTION or self.net]
        return Figure(
            code=self.code, title=self.title, method=self.method, formula=Label.of(self.formula), unit=self.unit,
            standard=dataclasses.replace(self.standard, table=numbers.table("water_loss").file), basis="volume",
            share=share, measure_unit=Label("立方米", M3), by=_rows(ask, share, parts, titles) if ask.by else [],
            as_of=ask.sight.as_of.isoformat() if ask.sight.as_of else conn.execute(select(func.now())).scalar_one().isoformat(),
            scope={"city": ask.city.key, "class": None, "by": ask.by}, note=why, evidence=_links(ask, behind),
            more={**({"reason": why.as_dict()} if why and share.value is None else {}), "loss": self._loss(share, whole),
                  "missing": [] if share.value is not None else [c for c in needed if whole.entered[c] is None],
                  "counts": {"counted": len(behind), "failing": 0, "unrated": 0}, "entered": [_shown(e) for e in behind]}).as_dict()

    # -- inside ----------------------------------------------------------------------------------
    def _check(self, ask: Ask) -> None:
        for key in filter(None, (ask.cls, *ask.classes)):
            self.class_named(key)
        if ask.where:
            raise BadValue(name="where", value=", ".join(ask.where)[:40], why_zh="漏损率不按字段筛选", why_en="water loss takes no filter")
        if ask.by not in (None, DISTRICT):
            raise BadValue(name="by", value=(ask.by or "")[:40], why_zh="漏损率只按区分组：district", why_en="water loss is grouped by district only")

    def _told(self, conn: Connection, ask: Ask, district: str | None = None, when: str | None = None) -> Told:
        """The last figures that were entered; when: those of this time only."""
        def last(code: str) -> Entered | None:
            found = observations.series(conn, ask.city.key, code, on=ask.today, district=district, sight=ask.sight)
            return next((e for e in reversed(found) if when in (None, _when(e))), None)

        entered = {code: last(code) for code in FIGURES}
        volumes, why = _volumes(entered)
        if volumes is None:
            return Told(entered, None, why)
        correction = _correction(entered) if self.net else 0
        if correction is None:
            return Told(entered, None, Label(f"没有填报同期的{FIGURES[CORRECTION].zh}（%）", f"nobody entered for that time: {FIGURES[CORRECTION].en} (%)"))
        return Told(entered, Share(volumes.lost - correction / 100 * volumes.supplied, volumes.supplied), None)

    def _loss(self, share: Share, whole: Told) -> dict[str, Any]:
        """R_BL with its grade, beside R_WL or as the figure itself."""
        correction = _correction(whole.entered)
        net = share.value if self.net else loss_percent(share.value, correction)
        return {"code": "R_BL", "value": net, "correction": correction, "grade": grade(net)}


# -- inside --------------------------------------------------------------------------------------
def _total(whole: Told, parts: Mapping[str, Told], titles: Mapping[str, Label]) -> tuple[Share, Label | None, list[Entered]]:
    """The figure, what there is to say of it, and what was entered for it."""
    if whole.begun or not any(p.begun for p in parts.values()):
        return whole.share or NOTHING, whole.why, whole.said
    behind = [e for p in parts.values() for e in p.said]
    lacking = [titles[key] for key, part in parts.items() if part.share is None]
    times = sorted({p.when for p in parts.values() if p.when})
    if lacking:
        return NOTHING, Label(f"全市没有填报；各区中没有填全的：{'、'.join(t.zh for t in lacking)}",
                              f"of the city nobody entered it; districts without it: {', '.join(t.en for t in lacking)}"), behind
    if len(times) > 1:
        return NOTHING, Label(f"各区填报的时间不同：{'、'.join(times)}", f"the districts entered it for different times: {', '.join(times)}"), behind
    return _sum(parts), Label("各区之和，按供水总量加权", "the districts together, each by what it supplied"), behind


def _sum(parts: Mapping[str, Told]) -> Share:
    found = [p.share for p in parts.values() if p.share is not None]
    return Share(math.fsum(s.numerator or 0 for s in found), math.fsum(s.denominator or 0 for s in found))


def _rows(ask: Ask, total: Share, parts: Mapping[str, Told], titles: Mapping[str, Label]) -> list[dict[str, Any]]:
    """A row for each district, and one for what the city has beyond them."""
    rows = [{"key": key, "title": titles[key].as_dict(), **(part.share or NOTHING).as_dict(), "evidence": _links(ask, part.said),
             **({"reason": part.why.as_dict()} if part.why else {})} for key, part in parts.items()]
    known = _sum(parts)
    rest = Share((total.numerator or 0) - (known.numerator or 0), (total.denominator or 0) - (known.denominator or 0))
    if total.value is None or abs(rest.denominator or 0) <= 1e-9 * (total.denominator or 0):
        return rows
    beyond = Label("各区填报之和多于全市", "the districts together have more than the city")
    odd = {"value": None, "reason": beyond.as_dict()} if (rest.denominator or 0) < 0 else {}
    return [*rows, {"key": UNKNOWN, "title": UNKNOWN_TITLE.as_dict(), **rest.as_dict(), **odd}]


def _volumes(entered: Mapping[str, Entered | None]) -> tuple[Volumes | None, Label | None]:
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


def _correction(entered: Mapping[str, Entered | None]) -> float | None:
    """Rn in percent, where it was entered for the time of the volumes."""
    said, supplied = entered[CORRECTION], entered[SUPPLIED]
    return said["value"] if said and supplied and _when(said) == _when(supplied) and said["unit"] == "%" else None


def _when(entered: Entered) -> str:
    return str(entered["observed_on"] or entered["year"])


def _links(ask: Ask, behind: Iterable[Entered]) -> dict[str, str | None]:
    """The very observations, as they are served."""
    ids = ",".join(str(e["id"]) for e in behind)
    as_of = {"as_of": ask.sight.as_of.isoformat()} if ask.sight.as_of else {}
    return {"counted": "/observations?" + urlencode({"ids": ids, "city": ask.city.key, **as_of}) if ids else None}


def _shown(entered: Entered) -> Entered:
    return {k: entered[k] for k in ("id", "code", "value", "unit", "district", "source", "version")} | {"of": _when(entered)}


_STANDARD = Standard("CJJ 92-2016（2018 年局部修订）", "综合漏损率 R_WL、漏损率 R_BL")
INDICATORS = (
    WaterLoss(
        "water_loss_rate", "综合漏损率|Overall water loss", method="entered_volumes",
        formula="R_WL =（供水总量 − 注册用户用水量）÷ 供水总量；没有全市的填报时为各区之和；修正后的 R_BL 列在 loss 中|R_WL = (water supplied − water "
                "of registered users) / water supplied; where nobody entered the city, of its districts together; R_BL stands in `loss`",
        standard=_STANDARD, family="water_loss",
        needs_data="填报的供水总量和注册用户用水量|entered volumes of water supplied and of registered users"),
    WaterLoss(
        "water_loss_net_rate", "漏损率（修正后）|Water loss, corrected", method="entered_volumes", net=True,
        formula="R_BL = R_WL − 总修正值（户表、管长、压力、冻土）；规划写“漏损率”时按哪一个，要看其口径|R_BL = R_WL − the sum of the corrections (meters, "
                "length of pipes, pressure, frost); which of the two a plan means by 漏损率 its own words must say",
        standard=_STANDARD, family="water_loss",
        needs_data="填报的供水总量、注册用户用水量和漏损率总修正值（%）|entered volumes of water supplied and of registered users, and the sum of the "
                   "corrections (%)"))
