"""Inspections on the web: recorded one by one or in lists, read by asset, and those that are overdue."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, request

from api import body, cursor, i18n, ids, record_page, records, writing
from api.answers import Answer
from api.crs import CRS_PARAM
from api.filters import AS_OF_PARAM, CLASS, DISTRICT, PAGING
from api.formats import GEOJSON, HTML, JSON
from api.operations import Asked, Operation, operation
from api.params import Param, choice
from api.record_schemas import MANY
from registry.errors import BadValue, NotFound
from registry.kinds import Field
from registry.scope import Right
from registry.standards import interval
from registry.store import inspection_stage, overdue
from registry.store import inspections as store

inspections = Blueprint("inspections", __name__)
OF_ASSET = "/collections/<collection>/items/<feature_id>/inspections"
ON = Param("on", "哪一天；不给则为今天|On which day; else today", {"type": "string", "format": "date"},
           lambda raw: Field("on", "日期|Day", "date").parse(raw)[0])
FORM = choice("form", "检查类型|Form of inspection", interval.FORMS, "regular")
STATUS = choice("status", "超期，或说不清|Overdue, or nobody can say", overdue.STATUS)


@operation(inspections, Operation(
    "record_inspection", OF_ASSET, "登记一次检查|Record an inspection", "records", (JSON,), "Inspection", path=records.FEATURE,
    method="POST", right=Right.INSPECT, takes=records.TAKES, body=writing.form("InspectionForm"), status=201, headers=writing.REASON, statuses=writing.REFUSED, suits=records.suits,
    description="检查是不改的事实；更正用 supersedes 另登一次。设施的状态、等级随之改变；已登记过的答 200|A fact that is never changed; a correction is "
                "another one that supersedes it. State and grade of the asset follow; what is recorded already is answered with 200"))
def _record(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    made = store.record(asked.conn, asked.city.key, kind, id_, body.read_json(), writing.writer(asked))
    status = 200 if made.pop("known", False) else 201
    return records.one(asked, made, f"/inspections/{made['id']}", i18n.say("检查", "Inspection"), status)


@operation(inspections, Operation(
    "inspections", OF_ASSET, "设施的检查|Inspections of an asset", "records", (JSON, HTML), "Inspections",
    (*PAGING, AS_OF_PARAM), path=records.FEATURE, suits=records.suits,
    description="最近的在前；更正过的以 superseded_by 标明|Newest first; one that was corrected names its correction"))
def _of_asset(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = records.named(asked, feature_id)
    mark = cursor.fingerprint(request.path, asked.city.key, asked.given)
    after = _after(asked.values["cursor"], mark)
    limit = asked.values["limit"]
    found = store.of_asset(asked.conn, asked.sight, asked.city.key, kind, id_, limit=limit + 1, after=after)
    links = asked.self_links()
    if len(found) > limit:
        last = found[limit - 1]
        mark = cursor.encode((last["inspected_on"].toordinal(), last["id"]), mark)
        links.append(asked.next_link(cursor=mark))
    return Answer({"inspections": found[:limit], "numberReturned": len(found[:limit]), "links": links},
                  records.RECORDS, i18n.say("检查", "Inspections"), more=record_page.rows(asked, found[:limit]))


@operation(inspections, Operation(
    "inspection", "/inspections/<inspection_id>", "一次检查|One inspection", "records", (JSON, HTML), "Inspection",
    (AS_OF_PARAM,), path=records.of_id("inspection_id", "检查编号|Id of the inspection")))
def _one(asked: Asked, inspection_id: str) -> Answer:
    found = store.one(asked.conn, asked.sight, asked.city.key, ids.number("inspection", inspection_id))
    if found is None:
        raise NotFound(what=f"inspection/{inspection_id[:40]}")
    return records.one(asked, found, f"/inspections/{found['id']}", i18n.say("检查", "Inspection"))


@operation(inspections, Operation(
    "record_inspections", "/collections/<collection>/inspections", "登记许多检查|Record many inspections", "records", (JSON,),
    "Recorded", method="POST", right=Right.INSPECT, takes=records.TAKES, body=writing.form("InspectionForms"),
    headers=writing.REASON, statuses=writing.REFUSED, suits=records.suits,
    description=f"以 code 指明设施，至多 {MANY} 条；有一条不对就一条也不登记；已登记过的不再登记|`code` names the asset, at most {MANY}; "
                "all or none; what is recorded already is not recorded again"))
def _record_many(asked: Asked) -> Answer:
    kind, _ = records.named(asked, "1")
    said = body.read_json()
    if not isinstance(said, list) or not 0 < len(said) <= MANY:
        raise BadValue(name="body", value="", why_zh=f"应为 1～{MANY} 条的列表", why_en=f"a list of 1 to {MANY} is needed")
    made: dict[str, Any] = inspection_stage.record_many(asked.conn, asked.city.key, kind, said, writing.writer(asked))
    return Answer({**made, "links": asked.self_links()})


@operation(inspections, Operation(
    "overdue_inspections", "/inspections/overdue", "超期未检的设施|Assets whose inspection is overdue", "records",
    (GEOJSON, HTML), "FeatureCollection", (CLASS, DISTRICT, ON, FORM, STATUS, *PAGING, AS_OF_PARAM, CRS_PARAM),
    description="按类别和养护等级的周期；从未检查的自建成日起算，不知道的列为 unknown；没有周期的类别列在 no_interval|By the intervals of "
                "class and grade; never inspected: since it was installed; what nobody can say is `unknown`; classes without "
                "an interval stand in no_interval"))
def _overdue(asked: Asked) -> Answer:
    v = asked.values
    wanted = overdue.Asked(v["on"] or asked.sight.today, v["form"], v["class"], v["district"], v["status"])
    counts = overdue.counts(asked.conn, asked.sight, asked.city.key, wanted)
    facts = {"numberMatched": sum(counts.values()), "counts": counts, "on": wanted.on, "form": wanted.form,
             "no_interval": overdue.without_interval(asked.sight, wanted)}
    read = partial(_page, asked, wanted)
    return records.features(asked, read, facts, i18n.say("超期未检", "Overdue inspections"))


def _page(asked: Asked, wanted: overdue.Asked, limit: int, after: int | None) -> list[dict[str, Any]]:
    return overdue.page(asked.conn, asked.sight, asked.city.key, wanted, limit=limit, after=after)


def _after(given: str | None, mark: str) -> tuple[dt.date, int] | None:
    if not given:
        return None
    day, id_ = cursor.integers(given, mark, 2)
    try:
        return dt.date.fromordinal(day), id_
    except (ValueError, OverflowError):
        raise BadValue(name="cursor", value=given[:40], why_zh="不是本服务给出的游标", why_en="not a cursor this service gave") from None
