"""The list of drains to repair or to clean, the worst first."""

from __future__ import annotations

import json

from flask import Blueprint, request

from api import crs, cursor, i18n, record_page
from api.answers import Answer
from api.crs import CRS_PARAM
from api.filters import AS_OF_PARAM, DISTRICT, ON_PARAM, PAGING
from api.formats import CSV, GEOJSON, HTML
from api.operations import Asked, Operation, operation
from api.params import choice
from registry.indicators import repairs as lists
from registry.indicators.lines import STANDARD
from registry.scope import Sight
from registry.standards import drain

repairs = Blueprint("repairs", __name__)
INDEX = choice("by", "按修复指数 RI，还是养护指数 MI|By the repair index RI or the maintenance index MI", tuple(lists.INDICES), "ri")
LEVEL = choice("level", "最轻列到哪一级|The lowest level that is listed", drain.LEVELS, "II")


@operation(repairs, Operation(
    "drain_repairs", "/drains/repairs", "排水管道修复清单|Drains to be repaired", "records", (GEOJSON, HTML, CSV), "FeatureCollection",
    (INDEX, LEVEL, DISTRICT, *PAGING, AS_OF_PARAM, ON_PARAM, CRS_PARAM),
    description="按指数从高到低（CJJ 181-2012）；没有检测的不在清单里，列在 uninspected|By the index, the highest first (CJJ 181-2012); what was not "
                "inspected is not in the list: see uninspected"))
def _repairs(asked: Asked) -> Answer:
    v, shown = asked.values, crs.chosen(asked)
    wanted, sight = lists.Asked(v["by"], v["level"], v["district"]), Sight(asked.principal, v["as_of"], v["datetime"])
    printed = cursor.fingerprint(request.path, asked.city.key, asked.given)
    after = cursor.integers(v["cursor"], printed, 2) if v["cursor"] else None
    rows = lists.page(asked.conn, sight, asked.city.key, wanted, limit=v["limit"] + 1, after=(after[0], after[1]) if after else None)
    links = asked.self_links()
    if len(rows) > v["limit"]:
        rows = rows[:v["limit"]]
        links.append(asked.next_link(cursor=cursor.encode(lists.mark(rows[-1], v["by"]), printed)))
    counts = lists.counts(asked.conn, sight, asked.city.key, wanted)
    listed = [{"type": "Feature", "id": r["id"], "geometry": shown.geojson(json.loads(r["geometry"])) if r["geometry"] else None,
               "properties": {k: x for k, x in r.items() if k not in ("id", "geometry")}} for r in rows]
    heads = [k for k in lists.COLUMNS if k != "geometry"]
    return Answer({"type": "FeatureCollection", "by": v["by"], "numberMatched": counts["listed"], "numberReturned": len(rows), **counts,
                   "standard": STANDARD.as_dict(), "features": listed, **crs.told(shown), "links": links},
                  "records.html", i18n.say("排水管道修复清单", "Drains to be repaired"), more=record_page.rows(asked, rows),
                  table=(heads, [[r[k] for k in heads] for r in rows]), headers=crs.headers(shown))
