"""Defects (隐患) on the web: reported, taken step by step to their closing, listed and counted."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, Response

from api import body, i18n, ids, records, writing
from api.answers import Answer
from api.crs import CRS_PARAM
from api.filters import AS_OF_PARAM, CLASS, DATETIME_PARAM, DISTRICT, PAGING
from api.formats import GEOJSON, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import Param, choice, text
from registry.kinds.common import RISK_LEVEL
from registry.scope import Right
from registry.store import defects as store
from registry.store.defects import Wanted

defects = Blueprint("defects", __name__)
ID = records.of_id("defect_id", "隐患编号|Id of the defect")
RISK = choice("risk_level", "风险等级|Risk level", RISK_LEVEL.values)
STATUS = choice("status", "环节|Step", store.STEPS)
UNIT = Param("responsible", "责任单位|Responsible unit", {"type": "string", "maxLength": 200}, text(200))
OPEN = choice("open", "只要没有销号的（给了 datetime 时按其末日）|Only those not closed (by the last day of datetime, where it is given)", ("true", "false"))
FILTERS = (CLASS, STATUS, RISK, UNIT, DISTRICT, records.YES, OPEN, DATETIME_PARAM, AS_OF_PARAM)
FOUND = "datetime 是发现的日期|datetime is when it was found"


@operation(defects, Operation(
    "report_defect", "/collections/<collection>/items/<feature_id>/defects", "上报隐患|Report a defect", "records", (JSON,),
    "Defect", path=records.FEATURE, method="POST", right=Right.INSPECT, takes=records.TAKES, body=writing.form("DefectForm"), status=201, headers=writing.REASON, statuses=writing.REFUSED,
    suits=records.suits))
def _report(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    made = store.report(asked.conn, asked.city.key, kind, id_, body.read_json(), writing.writer(asked))
    return records.one(asked, made, f"/defects/{made['id']}", i18n.say("隐患", "Defect"), 201)


@operation(defects, Operation(
    "asset_defects", "/collections/<collection>/items/<feature_id>/defects", "设施的隐患|Defects of an asset", "records",
    (GEOJSON, HTML), "FeatureCollection", (*PAGING, AS_OF_PARAM, CRS_PARAM), path=records.FEATURE, suits=records.suits))
def _of_asset(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    store.holder(asked.conn, asked.sight, asked.city.key, kind, id_)
    return _listed(asked, Wanted(kind.key, asset=id_))


@operation(defects, Operation(
    "defects", "/defects", "隐患|Defects", "records", (GEOJSON, HTML), "FeatureCollection", (*FILTERS, *PAGING, CRS_PARAM),
    description=FOUND))
def _defects(asked: Asked) -> Answer:
    return _listed(asked, _wanted(asked))


@operation(defects, Operation(
    "closing_rate", "/defects/summary", "隐患销号率|Share of defects closed", "records", (JSON, HTML), "ClosingRate",
    (choice("by", "分组|Grouped by", tuple(store.BY), "responsible"), *FILTERS), description=FOUND))
def _summary(asked: Asked) -> Answer:
    told = store.summary(asked.conn, asked.city.key, asked.values["by"], _wanted(asked), sight=asked.sight)
    return Answer({**told, "links": asked.self_links()}, title=i18n.say("隐患销号率", "Share of defects closed"))


@operation(defects, Operation("defect", "/defects/<defect_id>", "一处隐患|One defect", "records", (JSON, HTML), "Defect",
                              (AS_OF_PARAM,), path=ID, statuses=(410,)))
def _defect(asked: Asked, defect_id: str) -> Answer:
    found = store.get(asked.conn, asked.sight, asked.city.key, ids.number("defect", defect_id))
    return records.one(asked, found, f"/defects/{found['id']}", i18n.say("隐患", "Defect"))


@operation(defects, Operation(
    "change_defect", "/defects/<defect_id>", "推进隐患|Take a defect on", "records", (JSON,), "Defect", path=ID, method="PATCH",
    right=Right.INSPECT, takes=records.CHANGES, body=writing.form("DefectChange"),
    headers=writing.LOCKED, statuses=(*writing.STALE, 410, 415),
    description="一次一步：found → assigned → repaired → verified → closed，或带 reason 退回 assigned；要 If-Match|One step at a time, "
                "or back to assigned with a reason; If-Match is needed"))
def _change(asked: Asked, defect_id: str) -> Answer:
    id_ = ids.number("defect", defect_id)
    version = writing.based_on(asked, f"defect/{id_}")
    found = store.change(asked.conn, asked.city.key, id_, version, body.read_json(), writing.writer(asked))
    return records.one(asked, found, f"/defects/{id_}", i18n.say("隐患", "Defect"))


@operation(defects, Operation(
    "withdraw_defect", "/defects/<defect_id>", "撤销误报的隐患|Take back a defect that was none", "records", (JSON,), "Defect",
    path=ID, method="DELETE", right=Right.EDIT, status=204, headers=writing.LOCKED, statuses=(*writing.STALE, 410),
    description="须有 Registry-Reason：撤销的不再计入销号率，另计为 withdrawn|Registry-Reason is needed: it counts no more as found, and "
                "is counted as withdrawn"))
def _withdraw(asked: Asked, defect_id: str) -> Response:
    id_ = ids.number("defect", defect_id)
    version = writing.based_on(asked, f"defect/{id_}")
    writing.demand_reason()
    store.withdraw(asked.conn, asked.city.key, id_, version, writing.writer(asked))
    return Response(status=204)


def _wanted(asked: Asked) -> Wanted:
    v = asked.values
    return Wanted(v["class"], v["status"], v["risk_level"], v["responsible"], v["district"], v["overdue"] == "true",
                  v["open"] == "true", v["datetime"] or (None, None))


def _listed(asked: Asked, wanted: Wanted) -> Answer:
    matched = store.count(asked.conn, asked.sight, asked.city.key, wanted, _day(wanted))
    return records.features(asked, partial(_page, asked, wanted), {"numberMatched": matched}, i18n.say("隐患", "Defects"))


def _page(asked: Asked, wanted: Wanted, limit: int, after: int | None) -> list[dict[str, Any]]:
    return store.page(asked.conn, asked.sight, asked.city.key, wanted, limit=limit, after=after, on=_day(wanted))


def _day(wanted: Wanted) -> dt.date | None:
    """The day by which a list of what is open goes, where one is given."""
    return wanted.found[1] if wanted.open else None
