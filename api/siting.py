"""Siting over HTTP: where the next facilities cover most of the blind spots, or the fewest that close them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint
from markupsafe import Markup

from api import crs, i18n
from api.answers import Answer, time_stamp
from api.coverage import EDITION, RULE, demand_shapes
from api.errors import Busy
from api.figures import KEY, WHEN, WHERE, absolute, day, partial
from api.filters import DISTRICT
from api.formats import GEOJSON, HTML, JSON
from api.links import link
from api.operations import Asked, Operation, operation
from api.params import DIGITS, Param, Wrong, choice, one_of, text
from registry import coverage
from registry.coverage import siting
from registry.coverage.siting import Ask, curve
from registry.errors import NotSignedIn
from registry.served_crs import Served

sitings = Blueprint("sitings", __name__)

LONGEST_S = 20.0  # for the proof: the connection of the request is held meanwhile
WAIT_S = 2.0
IDS = 4000  # characters of a list of ids
# One at a time in a process: a proof takes a whole core, and the others are for whoever asks something small.
_TURN = threading.BoundedSemaphore(1)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
TITLES = {"rank": "次序|Rank", "gain_m2": "新增覆盖（m²）|Gain (m²)", "gain_m": "新增覆盖（m）|Gain (m)", "gain_people": "新增人口|People gained",
          "covered_percent": "建后覆盖率（%）|Covered then (%)", "candidate_id": "备选点|Candidate", "radius_m": "服务半径（m）|Radius (m)",
          "area_m2": "面积（m²）|Area (m²)", "fixed": "必选|Fixed", "cost": "费用|Cost", "candidate_name": "名称|Name", "candidate": "链接|Link"}


def _number(least: float, most: float) -> Callable[[str], float]:
    """A parser of a decimal number within bounds."""
    def parse(raw: str) -> float:
        if not _NUMBER.fullmatch(raw) or not least <= float(raw) <= most:
            raise Wrong(f"应为 {least:g}～{most:g} 的数", f"a number from {least:g} to {most:g} is needed")
        return float(raw)
    return parse


def _whole(most: int) -> Callable[[str], int]:
    """A parser of a whole number from 1."""
    def parse(raw: str) -> int:
        if not DIGITS.fullmatch(raw) or len(raw) > 9 or not 1 <= int(raw) <= most:
            raise Wrong(f"应为 1～{most} 的整数", f"a whole number from 1 to {most} is needed")
        return int(raw)
    return parse


def _decimal(name: str, title: str, least: float, most: float, default: float | None = None) -> Param:
    schema: dict[str, Any] = {"type": "number", "minimum": least, "maximum": most}
    return Param(name, title, schema | ({"default": default} if default is not None else {}), _number(least, most), default)


def _ids(raw: str) -> tuple[str, ...]:
    if len(raw) > IDS:
        raise Wrong(f"超过 {IDS} 个字", f"longer than {IDS} characters")
    return tuple(filter(None, (v.strip() for v in raw.split(","))))


PARAMS = (
    Param("p", "再建几处；不给 all、budget 时为 1|How many sites; 1 where neither all nor budget is given",
          {"type": "integer", "minimum": 1, "maximum": siting.MOST}, _whole(siting.MOST)),
    Param("all", "最少几处消除全部盲区|The fewest that close every blind spot", {"type": "boolean", "default": False},
          lambda raw: one_of(("true", "false"))(raw) == "true", False),
    choice("weight", "按面积、人口或线路长度计；不给则按规则|Counted by area, people or length of lines; else as the rule has it", siting.WEIGHTS),
    _decimal("time_limit_s", "求证至多几秒；贪心的答案先有|Seconds for the proof; the greedy answer is there before", 0, LONGEST_S,
             siting.TIME_LIMIT_S),
    Param("candidates", "备选点的类别或区域类型；不给则在盲区周围生成|Class or zone kind of the candidates; else they are generated around "
          "the blind spots", KEY, text(64)),
    WHERE,
    Param("fixed", "必选的备选点编号|Ids of candidates that must be chosen", {"type": "string", "maxLength": IDS}, _ids, ()),
    Param("forbidden", "不可选的备选点编号|Ids of candidates that must not be", {"type": "string", "maxLength": IDS}, _ids, ()),
    Param("avoid", "其中不可建的区域类型|Zone kind within which nothing may stand", KEY, text(64)),
    Param("cost", "备选点的费用字段|Number field of the candidates: their cost", KEY, text(64)),
    _decimal("budget", "费用之和不超过|Most of the costs' sum", 0, 999_999_999),
    _decimal("spacing_m", "两处至少相距（米）|Least distance between two sites in metres", 0, 50_000),
    _decimal("radius_m", "服务半径（米），不按规则|Service radius in metres, instead of the rule's", 1, 50_000),
    Param("tier", "新建设施属规则的第几档，从 1 数；不给则为最小的一档|Tier of what is built, from 1; else the smallest",
          {"type": "integer", "minimum": 1, "maximum": 99}, _whole(99)),
)


@operation(sitings, Operation("sites", "/coverage/<rule>/sites", "选址|Siting", "figures", (GEOJSON, HTML), "Sites",
                            (EDITION, DISTRICT, *PARAMS, *WHEN, crs.CRS_PARAM), path=RULE, scratch=True, description=(
                                "再建 p 处最多覆盖多少盲区（MCLP），或最少几处消除全部（LSCP）；每处的新增按真实面积|Where p more cover most of the "
                                "blind spots (MCLP), or the fewest that close them (LSCP); what each adds is told by exact areas")))
def _sites(asked: Asked, rule: str) -> Answer:
    demand_shapes(asked, rule)
    _demand_whole(asked)
    shown = crs.chosen(asked)
    values = {p.name: asked.values[p.name] for p in PARAMS}
    if values["p"] is None and not values["all"] and values["budget"] is None:
        values["p"] = 1
    ask = Ask(district=asked.values["district"], **values | {"where": values["where"] or {}})
    with _turn():
        told = siting.sites(asked.conn, rule, asked.city, ask, edition=asked.values["edition"], sight=asked.figure_sight, shown=asked.sight)
    data = absolute(asked, partial(asked, told)) | _around(asked, rule, told) | crs.told(shown)
    data["features"] = [_in(f, shown) for f in data["features"]]
    title = f"{i18n.label(coverage.find(rule).label)} · {i18n.say('选址', 'Siting')}"
    more = {"titles": TITLES, "curve": Markup(curve.svg(told, i18n.current())), "drawn": told["features"],
            "gaps": asked.url(f"/coverage/{rule}/gaps", f="json", **_same(asked))} if asked.format is HTML else {}
    return Answer(data, "sites.html", title, more=more, headers=crs.headers(shown))


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURN.acquire(timeout=WAIT_S):
        raise Busy(why_zh="正在为别人求解选址", why_en="sites are being chosen for somebody else")
    try:
        yield
    finally:
        _TURN.release()


def _demand_whole(asked: Asked) -> None:
    """What sites keep away from, or stand on, can be told from where they are: only of what is seen whole."""
    for key in filter(None, (asked.values["candidates"], asked.values["avoid"])):
        if not asked.principal.mask(key).places_open:
            raise NotSignedIn(why_zh="其中有不公开的位置", why_en="it would tell places that are not public")


def _same(asked: Asked) -> dict[str, str]:
    return day(asked) | {k: asked.given[k] for k in ("edition", "district") if k in asked.given}


def _around(asked: Asked, rule: str, told: dict[str, Any]) -> dict[str, Any]:
    count = len(told["features"])
    return {"numberReturned": count, "numberMatched": count,
            "timeStamp": time_stamp(),
            "links": [*asked.self_links(),
                      link("collection", asked.url(f"/coverage/{rule}", **day(asked)), JSON.media),
                      link("related", asked.url(f"/coverage/{rule}/gaps", **_same(asked)), GEOJSON.media, i18n.say("盲区", "Blind spots"))]}


def _in(feature: dict[str, Any], shown: Served) -> dict[str, Any]:
    return feature | {"geometry": shown.geojson(feature["geometry"])}
