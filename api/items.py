"""Items: pages of features and single features, as GeoJSON, page or CSV."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from flask import Blueprint, request

from api import crowded, crs, cursor, filters, form, i18n, ids, short, versions
from api.answers import Answer, time_stamp
from api.conformance import PART_1
from api.formats import CSV, GEOJSON, GEOJSON_SEQ, HTML
from api.links import Link, link
from api.operations import Asked, Operation, operation
from registry import settings
from registry.db.row import beside
from registry.errors import NotFound
from registry.kinds import FeatureKind, Field
from registry.scope import Right
from registry.store import defects, features, inspections, joined, ownership, records
from registry.store.geojson import PLAIN, Form
from registry.store.query import Query

items = Blueprint("items", __name__)
CONFORMS_TO = (PART_1 + "geojson",)
MEGABYTE = 2**20
FEATURE_FORMATS = (GEOJSON, HTML, CSV, GEOJSON_SEQ)


@operation(items, Operation(
    "items", "/collections/<collection>/items", "要素|Features", "data", FEATURE_FORMATS, "FeatureCollection",
    of_kind=filters.items_params, made_of=lambda asked: [asked.kind] if asked.kind else (), kept=True,
    description="按 next 链接翻页，翻到多深都一样快；空值（如 owner=）找没有填的|Follow the next links; any depth costs the same. "
                "An empty value (owner=) finds features without one"))
def _items(asked: Asked) -> Answer:
    assert asked.kind is not None
    return collection(asked, filters.asked_for(asked),
                      [link("collection", asked.url(f"/collections/{asked.kind.key}"), "application/json")])


@operation(items, Operation(
    "item", "/collections/<collection>/items/<feature_id>", "一个要素|One feature", "data", (GEOJSON, HTML), "Feature",
    (filters.AS_OF_PARAM,), of_kind=form.params, statuses=(410, 412), kept=True,
    path={"feature_id": ("编号|Id", {"type": "integer", "format": "int64"})}))
def _item(asked: Asked, feature_id: str) -> Answer:
    kind = asked.kind
    assert kind is not None
    id_ = ids.number(kind.key, feature_id)
    shown = form.of(asked)
    found = features.one(asked.conn, kind, asked.city_found, id_, asked.sight, form.versioned(shown))
    if found is None:
        raise versions.gone(asked, kind, id_) or NotFound(what=f"{kind.key}/{id_}")
    return single(asked, kind, found, asked.self_links(), shown)


def single(asked: Asked, kind: FeatureKind, found: bytes, own: list[dict[str, str]], shown: Form = PLAIN) -> Answer:
    """The answer that is one feature, with the links of its own, to its collection and to its versions.

    Its version is in it, whatever of its properties is shown.
    """
    feature = json.loads(found)
    version = feature["properties"]["version"]
    if not shown.shows("version"):
        del feature["properties"]["version"]
        found = _json(feature)
    path = f"/collections/{kind.key}"
    links = [*own, link("collection", asked.url(path), "application/json", i18n.label(kind.label)),
             link(versions.HISTORY, asked.url(f"{path}/items/{feature['id']}/versions"), "application/json",
                  i18n.say("各个版本", "Versions")), *_records(asked, kind, f"{path}/items/{feature['id']}")]
    told = crs.told(shown.crs)
    body = found[:-1] + b"," + _json({**told, "links": links})[1:]
    short.told(asked, body, len(found) - 1, feature["id"])
    return Answer({"links": links, "feature": feature, **told}, "item.html", _named(feature), body=body, headers=crs.headers(shown.crs),
                  more={"kind": kind, "feature": feature, "source": form.drawn(asked)},
                  # The row's version: what If-Match of an edit names (Features Part 4, optimistic locking).
                  etag=str(version), strong=True)


def _records(asked: Asked, kind: FeatureKind, path: str) -> list[Link]:
    """Links to what is recorded of an asset, as far as this principal may read it."""
    if kind.table != "asset":
        return []
    may = {"inspections": inspections.TELLS, "defects": defects.TELLS, "attachments": (), "ownership": ownership.TELLS}
    told = {"inspections": ("application/json", "检查", "Inspections"), "defects": (GEOJSON.media, "隐患", "Defects"),
            "attachments": ("application/json", "附件", "Attachments"),
            "ownership": ("application/json", "权属的来历与争议", "Ownership and claims")}
    needs = {"attachments": Right.PHOTOS, "ownership": Right.HISTORY}
    return [link("related", asked.url(f"{path}/{name}"), media, i18n.say(zh, en)) for name, (media, zh, en) in told.items()
            if records.classes(asked.sight, kind.key, may[name]) and asked.principal.may(needs.get(name, Right.READ))]


def collection(asked: Asked, query: Query, more_links: list[dict[str, str]], name: str = "") -> Answer:
    """One page of any query over features, with the links that a page of features has."""
    asked.values["cursor"] = asked.values["cursor"] or None
    mark = cursor.fingerprint(request.path, asked.city_found, asked.given)
    if asked.values["cursor"]:
        query = dataclasses.replace(query, after=cursor.decode(asked.values["cursor"], query, mark))
    query = dataclasses.replace(query, most_bytes=settings.integer("REGISTRY_PAGE_MB") * MEGABYTE)
    links = [*asked.self_links(), *more_links]
    if asked.format is CSV:
        return _table(asked, query, links, mark)
    page = joined.page(asked.conn, query)
    matched = crowded.matched(asked.conn, asked.principal.key, query, page, mark)
    _next(asked, links, page.next, mark)
    facts: dict[str, Any] = {"numberReturned": page.returned}
    if matched is not None:
        facts["numberMatched"] = matched
    facts |= crs.told(query.form.crs)
    facts |= {"timeStamp": time_stamp(),
              "links": links}
    tail = b"]," + _json(facts)[1:]
    body = b"".join((b'{"type":"FeatureCollection","features":[', page.text, tail))
    short.told(asked, body, len(body) - len(tail))
    answer = Answer(facts, "items.html", name or i18n.label(query.kind.label), headers=crs.headers(query.form.crs),
                    body=body)
    if asked.format is GEOJSON_SEQ:
        answer.body = b"".join(b"\x1e%b\n" % f for f in page.features)
    if asked.format is HTML:
        found = json.loads(b"[%b]" % page.text)
        answer.more = {"kind": query.kind, "features": found, "asked": asked, "keys": _filled(query.kind, found),
                       "source": form.drawn(asked)}
    elif asked.validator is None:  # of what is in the page, not of the moment it was made at
        shown = hashlib.sha256(memoryview(body)[:-len(tail)])
        shown.update(_json([links, matched]))
        answer.etag = shown.hexdigest()[:32]
    return answer


def _table(asked: Asked, query: Query, links: list[dict[str, str]], mark: str) -> Answer:
    """A page as a table: id, the properties with code and name first, the geometry as WKT last."""
    kind, shown = query.kind, query.form
    names = [k for k in (*(f.key for f in columns(kind)), *beside(kind)) if shown.shows(k)]
    rows = features.table(asked.conn, dataclasses.replace(query, limit=query.limit + 1), names)
    found, more = features.within(rows, query, (lambda row: len(row[-1] or "")) if shown.geometry else len)
    first = 1 + len(query.sort)  # what stands before is the row's place in the order
    if more:
        _next(asked, links, (*found[-1][1:first], found[-1][0]), mark)
    header = ["id", *names, *(["geometry"] if shown.geometry else [])]
    found = [(row[0], *row[first:]) for row in found]
    name = f"{asked.city_found}-{kind.key}.csv"
    return Answer({"links": links}, table=(header, found),
                  headers={**crs.headers(shown.crs), "Content-Disposition": f'inline; filename="{name}"'})


def _next(asked: Asked, links: list[dict[str, str]], after: tuple[Any, ...] | None, mark: str) -> None:
    if after is not None:
        links.append(asked.next_link(cursor=cursor.encode(after, mark)))


def columns(kind: FeatureKind) -> list[Field]:
    """The fields in the order that people read them: code and name, then the others as declared."""
    return sorted(kind.fields, key=lambda f: ("code", "name").index(f.key) if f.key in ("code", "name") else 2)


def _filled(kind: FeatureKind, found: list[dict[str, Any]]) -> list[str]:
    """The properties that any of these features has a value for; code and name first."""
    first = [f.key for f in columns(kind)]
    every = [*first, *(k for k in (found[0]["properties"] if found else ()) if k not in first)]
    return [k for k in every if any(f["properties"].get(k) is not None for f in found)]


def _named(feature: dict[str, Any]) -> str:
    own = feature["properties"]
    return str(own.get("name") or own.get("code") or feature["id"])


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
