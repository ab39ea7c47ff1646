"""Works (实事) and observations (entered figures) on the web."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint

from api.city_records import Resource, whole, year
from api.cursor import INT64
from api.filters import CLASS, DISTRICT
from api.operations import Asked
from api.params import Param, Wrong, choice, text
from registry.kinds.works import WORK_KIND, WORK_STATUS
from registry.store import observations as of_observations
from registry.store import works as of_works

works = Blueprint("works", __name__)
observations = Blueprint("observations", __name__)
CODE = Param("code", "指标代码，例如 waste_harmless_treatment|Code of the figure, for example waste_harmless_treatment",
             {"type": "string", "maxLength": 64}, text(64))
YEAR = year("年度|Year")
MOST_IDS = 1000


def _ids(raw: str) -> tuple[int, ...]:
    """`3,5,8`."""
    said = raw.split(",")
    if len(said) > MOST_IDS or not all(re.fullmatch(r"[0-9]{1,18}", part) for part in said):
        raise Wrong(f"应为以逗号分开的编号，至多 {MOST_IDS} 个", f"ids with commas between them are needed, {MOST_IDS} at most")
    return tuple(map(int, said))


IDS = Param("ids", "只要这些编号的，例如 3,5,8|Only those of these ids, for example 3,5,8", {"type": "string", "maxLength": 20 * MOST_IDS}, _ids,
            example="3,5,8")


def _works(asked: Asked, limit: int, after: int | None) -> list[dict[str, Any]]:
    v = asked.values
    wanted = of_works.Wanted(v["kind"], v["status"], v["class"], v["district"], v["year"], v["asset_id"], v["ids"])
    return of_works.page(asked.conn, asked.city.key, wanted, sight=asked.sight, limit=limit, after=after)


def _observations(asked: Asked, limit: int, after: int | None) -> list[dict[str, Any]]:
    v = asked.values
    wanted = of_observations.Wanted(v["code"], v["year"], v["district"], v["ids"])
    return of_observations.page(asked.conn, asked.city.key, wanted, sight=asked.sight, limit=limit, after=after)


Resource("work", "works", "一项实事|One work", "实事|Works", "Work", of_works,
         (choice("kind", "类型|Kind of work", WORK_KIND.values), choice("status", "状态|Status", WORK_STATUS.values), CLASS, DISTRICT,
          YEAR, whole("asset_id", "这个设施的|Of this asset", INT64 - 1), IDS), _works).serve(works)
Resource("observation", "observations", "一项填报指标|One observation", "填报指标|Observations", "Observation", of_observations,
         (CODE, YEAR, DISTRICT, IDS), _observations).serve(observations)
