"""What-if of a coverage over HTTP: facilities added and removed in thought, nothing written."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import body, i18n, writing
from api.answers import Answer
from api.coverage import EDITION, RULE, demand_shapes
from api.errors import BadBody
from api.figures import partial
from api.formats import JSON
from api.operations import Asked, Operation, operation
from registry import coverage
from registry.coverage import Added

what_ifs = Blueprint("what_ifs", __name__)


@operation(what_ifs, Operation(
    "what_if", "/coverage/<rule>/what-if", "假如增减设施|Coverage with other facilities", "figures", (JSON,), "WhatIf", (EDITION,), path=RULE,
    method="POST", scratch=True, takes=(JSON.media,), body=writing.form("WhatIfForm"), statuses=(415,),
    description="add：GeoJSON 图形（经度在前）与属性；remove：设施编号。答案与真正改动后全部重算相同，什么也不写入|"
                "`add`: GeoJSON geometries (longitude first) with properties; `remove`: ids of facilities. The answer is that of "
                "a real edit and a full computation; nothing is written"))
def _what_if(asked: Asked, rule: str) -> Answer:
    demand_shapes(asked, rule)
    add, remove = _read(body.read_json())
    found = coverage.what_if(asked.conn, rule, asked.city, add=add, remove=remove, edition=asked.values["edition"],
                             sight=asked.figure_sight)
    title = f"{i18n.label(coverage.find(rule).label)} · {i18n.say('假如', 'What if')}"
    return Answer(partial(asked, found) | {"links": asked.self_links()}, "generic.html", title)


def _read(said: Any) -> tuple[list[Added], list[int]]:
    """BadBody unless it is what the schema says."""
    if not isinstance(said, dict) or said.keys() - {"add", "remove"}:
        raise BadBody(why_zh="应为 JSON 对象，只有 add 和 remove", why_en="a JSON object with add and remove only is expected")
    add, remove = said.get("add", []), said.get("remove", [])
    if not isinstance(add, list) or not isinstance(remove, list):
        raise BadBody(why_zh="add 和 remove 应为数组", why_en="add and remove must be arrays")
    if not (add or remove):
        raise BadBody(why_zh="add 和 remove 都是空的", why_en="both add and remove are empty")
    if any(isinstance(i, bool) or not isinstance(i, int) or abs(i) >= 2**63 for i in remove):
        raise BadBody(why_zh="remove 应为设施编号（整数）", why_en="remove must hold ids (integers)")
    return [_added(n, one) for n, one in enumerate(add, 1)], remove


def _added(number: int, one: Any) -> Added:
    properties = one.get("properties") or {} if isinstance(one, dict) else None
    if not isinstance(one, dict) or "geometry" not in one or one.keys() - {"type", "geometry", "properties"} or not isinstance(properties, dict):
        raise BadBody(why_zh=f"add 的第 {number} 个应有 geometry，可有 properties", why_en=f"number {number} of add needs a geometry, and may have properties")
    return Added(one["geometry"], properties)
