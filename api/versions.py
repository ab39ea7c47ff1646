"""What was: versions of a feature, and the feed of changes of a collection."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from flask import Blueprint

from api import crs, form, i18n, ids
from api.answers import Answer, as_json
from api.filters import AS_OF_PARAM, LIMIT, LIMIT_PARAM
from api.formats import GEOJSON, HTML, JSON
from api.links import Link, link
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong
from registry import moment
from registry.errors import BadValue, Gone, NotFound
from registry.kinds import FeatureKind
from registry.scope import Right
from registry.store import versions as past
from registry.store.versions import Change, Version

versions = Blueprint("versions", __name__)
_MARK = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)
_PATH = {"feature_id": ("编号|Id", {"type": "integer", "format": "int64"})}
_NUMBER = {"version": ("版本|Version", {"type": "integer", "minimum": 1})}
HISTORY = "http://www.opengis.net/def/rel/ogc/1.0/version-history"


def since(raw: str) -> tuple[int, int] | dt.datetime:
    """Where to go on: what an answer of the feed gave, the number of a batch (after it), or a moment."""
    if found := _MARK.fullmatch(raw):
        return int(found[1]), int(found[2]) if found[2] else 2**63 - 1
    try:
        return moment.as_of(raw)
    except BadValue:
        raise Wrong("应为上一次回答中的 resume、批次号或时间", "the resume of an earlier answer, the number of a batch or a time is needed") from None


SINCE = Param("since", "从何处起：上次回答的 resume、批次号、时间；不给则从头|Where to go on: resume of an earlier answer, number of a "
              "batch, or a time; else from the start", {"type": "string", "maxLength": 40}, since, (0, 0))


@operation(versions, Operation(
    "versions", "/collections/<collection>/items/<feature_id>/versions", "要素的各个版本|Versions of a feature", "data",
    (JSON, HTML), "Versions", (AS_OF_PARAM,), path=_PATH))
def _versions(asked: Asked, feature_id: str) -> Answer:
    kind, id_ = _named(asked, feature_id)
    found = past.of(asked.conn, kind, asked.city.key, id_, asked.sight)
    if not found:
        raise NotFound(what=f"{kind.key}/{feature_id[:40]}")
    told = [_told(asked, kind, id_, v) for v in reversed(found)]
    links = [*asked.self_links(),
             link("original", asked.url(f"/collections/{kind.key}/items/{id_}"), GEOJSON.media)]
    return Answer({"collection": kind.key, "id": id_, "versions": told, "links": links}, "versions.html",
                  i18n.say(f"{kind.title.zh} {id_}：历史", f"{kind.title.en} {id_}: history"), more={"kind": kind})


@operation(versions, Operation(
    "version", "/collections/<collection>/items/<feature_id>/versions/<version>", "要素的一个版本|One version of a feature",
    "data", (GEOJSON, HTML), "Feature", (crs.CRS_PARAM,), path=_PATH | _NUMBER))
def _version(asked: Asked, feature_id: str, version: str) -> Answer:
    kind, id_ = _named(asked, feature_id)
    every = past.of(asked.conn, kind, asked.city.key, id_, asked.sight)
    found = next((v for v in every if str(v.number) == version), None)
    if found is None:
        raise NotFound(what=f"{kind.key}/{feature_id[:40]} {i18n.say('版本', 'version')} {version[:20]}")
    told = _told(asked, kind, id_, found)
    links = [*asked.self_links(), *_around(asked, kind, id_, every, found)]
    shown = crs.chosen(asked)
    derived = crs.told(shown)
    feature = found.feature | {"geometry": shown.geojson(found.feature["geometry"]), **derived,
                               "time": {"interval": [told["since"], told["until"] or ".."]}, "links": links}
    return Answer({"links": links, "feature": feature, **derived}, "item.html", f"{kind.key} {id_} · {found.number}",
                  body=as_json(feature), more={"kind": kind, "feature": feature, "source": form.drawn(asked)},
                  headers={**crs.headers(shown), "Memento-Datetime": _http_date(found.since)})


@operation(versions, Operation(
    "changes", "/collections/<collection>/changes", "变更|Changes", "data", (JSON, HTML), "Changes", (SINCE, LIMIT_PARAM),
    description="新增、修改、删除，按批次先后；记住 resume，下次从那里继续|Inserts, updates and deletions in the order of the batches; "
                "keep resume and go on from there"))
def _changes(asked: Asked) -> Answer:
    kind = asked.kind
    assert kind is not None
    start = asked.values["since"]
    if isinstance(start, dt.datetime):
        start = past.batch_at(asked.conn, asked.city.key, start), 2**63 - 1
    limit = asked.values["limit"] or LIMIT
    found = past.changes(asked.conn, kind, asked.city.key, start, limit + 1, asked.sight)
    page = found[:limit]
    resume = f"{page[-1].batch}.{page[-1].id}" if page else f"{start[0]}.{start[1]}"
    links = asked.self_links()
    if len(found) > limit:
        links.append(asked.next_link(since=resume))
    facts = {"collection": kind.key, "resume": resume, "more": len(found) > limit, "numberReturned": len(page), "links": links}
    body = b'{"changes":[' + b",".join(_event(c) for c in page) + b"]," + as_json(facts)[1:]
    shown = json.loads(body) if asked.format is HTML else facts
    return Answer(shown, title=i18n.label(kind.label) + i18n.say("：变更", ": changes"), body=body)


def gone(asked: Asked, kind: FeatureKind, id_: int) -> Gone | None:
    """The error of a feature that was deleted, with the way to its last version; None when it never was."""
    last = past.ended(asked.conn, kind, asked.city.key, id_, asked.sight)
    if last is None:
        return None
    error = Gone(what=f"{kind.key}/{id_}")
    path = f"/collections/{kind.key}/items/{id_}/versions"
    error.more = {"links": [link("latest-version", asked.url(f"{path}/{last}"), GEOJSON.media),
                            link(HISTORY, asked.url(path), JSON.media)]}
    return error


def _named(asked: Asked, feature_id: str) -> tuple[FeatureKind, int]:
    assert asked.kind is not None
    return asked.kind, ids.number(asked.kind.key, feature_id)


def _told(asked: Asked, kind: FeatureKind, id_: int, v: Version) -> dict[str, Any]:
    """A version in the list; who and why is for those who may see the history."""
    href = asked.url(f"/collections/{kind.key}/items/{id_}/versions/{v.number}")
    told: dict[str, Any] = {
        "version": v.number, "since": v.since.isoformat(), "until": v.until.isoformat() if v.until else None,
        "deleted": v.op == "D", "changed": list(v.changed),
        "links": [link("memento", href, GEOJSON.media)]}
    if asked.principal.may(Right.HISTORY):
        told["batch"] = {"id": v.batch, "kind": v.kind, "actor": v.actor, "reason": v.reason}
    return told


def _around(asked: Asked, kind: FeatureKind, id_: int, every: list[Version], found: Version) -> list[Link]:
    path = f"/collections/{kind.key}/items/{id_}"
    at = every.index(found)
    made = [link("original", asked.url(path), GEOJSON.media), link(HISTORY, asked.url(f"{path}/versions"), JSON.media)]
    for rel, n in (("predecessor-version", at - 1), ("successor-version", at + 1)):
        if 0 <= n < len(every):
            made.append(link(rel, asked.url(f"{path}/versions/{every[n].number}"), GEOJSON.media))
    return made


def _event(c: Change) -> bytes:
    head = as_json({"op": c.op, "id": c.id, "version": c.version, "batch": c.batch, "at": c.at})
    return head[:-1] + b',"feature":' + (c.feature if c.feature is not None else b"null") + b"}"


def _http_date(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
