"""Collections: every class and zone kind as the standard describes a collection of features."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import crs, declared, i18n, params, session
from api.answers import Answer
from api.filters import AS_OF_PARAM
from api.formats import HTML, JSON, MVT, SCHEMA
from api.items import FEATURE_FORMATS
from api.links import Link, link, template
from api.operations import Asked, Operation, operation
from registry import served_crs
from registry.geo import CRS84
from registry.kinds import AssetClass, FeatureKind, Label
from registry.store import features

collections = Blueprint("collections", __name__)
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


SCHEMA_TYPE = params.choice("type", "要素在新增、替换、修改时的样子（Part 4）；不给则是读到的样子|"
                            "A feature as it is sent to create, replace or update one (Part 4); else as it is read",
                            ("create", "replace", "update"))


@operation(collections, Operation("collections", "/collections", "数据集|Collections", "data", (JSON, HTML),
                                  "Collections", (AS_OF_PARAM,), made_of=lambda asked: session.kinds(asked.conn, asked.sight).values()))
def _collections(asked: Asked) -> Answer:
    kinds = session.kinds(asked.conn, asked.sight).values()
    data = {"links": asked.self_links(), "collections": [document(asked, k) for k in kinds],
            "crs": [c.uri for c in crs.of_city(asked.city)], "numberMatched": len(kinds), "numberReturned": len(kinds)}
    return Answer(data, "collections.html", i18n.say("数据集", "Collections"),
                  more={"kinds": {k.key: k for k in kinds}})


@operation(collections, Operation("collection", "/collections/<collection>", "一个数据集|One collection", "data",
                                  (JSON, HTML), "Collection", (AS_OF_PARAM,), made_of=lambda asked: [asked.kind] if asked.kind else ()))
def _collection(asked: Asked) -> Answer:
    assert asked.kind is not None
    data = document(asked, asked.kind)
    # The links of the list entry, all of them and unchanged, and this document's own (/req/core/sfc-md-success).
    own = [ln for ln in asked.self_links() if ln["rel"] != "self"]
    data["links"] = data["links"] + own
    return Answer(data, "collection.html", data["title"], more={"kind": asked.kind})


@operation(collections, Operation("schema", "/collections/<collection>/schema", "字段|Schema", "data", (SCHEMA, HTML),
                                  "JsonSchema", (SCHEMA_TYPE,)))
def _schema(asked: Asked) -> Answer:
    kind = asked.kind
    assert kind is not None
    use, path = asked.values["type"], f"/collections/{kind.key}/schema"
    if use is not None:
        data = declared.receivable(kind, asked.url(path, type=use), i18n.current(), use)
    else:
        data = declared.schema(kind, asked.url(path), i18n.current())
    return Answer(data, "schema.html", i18n.label(kind.label) + i18n.say("：字段", ": fields"), more={"kind": kind})


def document(asked: Asked, kind: FeatureKind) -> dict[str, Any]:
    """The collection object, the same in the list and alone."""
    lang = i18n.current()
    described = Label.of(kind.description) if kind.description else kind.title
    made: dict[str, Any] = {
        "id": kind.key, "title": kind.title.get(lang), "description": described.get(lang),
        "titles": kind.title.as_dict(), "descriptions": described.as_dict(), "links": links(asked, kind)}
    if extent := _extent(asked, kind):
        made["extent"] = extent
    made |= {"itemType": "feature", "crs": [c.uri for c in crs.of_city(asked.city)], "storageCrs": served_crs.storage(),
             "derivedCrs": [served_crs.notice(c) for c in served_crs.derived(asked.city.srid)], "featureKind": kind.table,
             "geometryTypes": list(kind.geometry), "color": kind.color}
    if isinstance(kind, AssetClass):
        made["trade"] = Label.of(kind.trade).as_dict()
    return made


def links(asked: Asked, kind: FeatureKind) -> list[Link]:
    """The links of a collection: itself, its items in each format and as tiles, its changes, its schema."""
    path = f"/collections/{kind.key}"
    title = i18n.label(kind.label)
    made = [link("self", asked.url(path), JSON.media, title)]
    made += [link("items", asked.url(f"{path}/items", f=f.key), f.media, f"{title} ({f.title})")
             for f in FEATURE_FORMATS]
    made.append(link("http://www.opengis.net/def/rel/ogc/1.0/changes", asked.url(f"{path}/changes"), JSON.media,
                     i18n.say("变更", "Changes")))
    made += [link(rel, asked.url(f"{path}/schema"), SCHEMA.media, i18n.say("字段", "Schema"))
             for rel in ("describedby", "http://www.opengis.net/def/rel/ogc/1.0/schema")]
    made.append(template("related", f"{path}/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", asked.kept,
                         MVT.media, i18n.say("矢量瓦片", "Vector tiles")))
    return made


def _extent(asked: Asked, kind: FeatureKind) -> dict[str, Any]:
    """Over all features (/req/core/fc-md-extent); no spatial part where nothing has a place."""
    bbox, days = features.extent(asked.conn, kind, asked.city.key, asked.sight)
    interval = [f"{d}T00:00:00Z" if d else None for d in days or (None, None)]
    made: dict[str, Any] = {"temporal": {"interval": [interval], "trs": GREGORIAN}}
    return ({"spatial": {"bbox": [bbox], "crs": CRS84}} if bbox else {}) | made
