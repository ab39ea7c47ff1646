"""Collections: every class and zone kind as the standard describes a collection of features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from api import crs, declared, extents, i18n, params, session, styles, tiles
from api.answers import Answer
from api.conformance import COMMON_3, PART_8
from api.extents import Extent
from api.filters import AS_OF_PARAM
from api.formats import DOWNLOADS, HTML, JSON, MAPBOX, SCHEMA
from api.items import FEATURE_FORMATS
from api.links import Link, header, link
from api.operations import Asked, Operation, operation
from api.params import Param
from registry import served_crs
from registry.geo import CRS84
from registry.kinds import AssetClass, FeatureKind, Label

collections = Blueprint("collections", __name__)
CONFORMS_TO = (*(COMMON_3 + name for name in ("schemas", "advanced-property-roles", "references", "returnables-and-receivables",
                                              "sortables", "profile-parameter", "profile-codelists")),
               *(PART_8 + name for name in ("sortables", "sorting", "features-sorting")))
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


PROFILE_PARAM = Param("profile", "代码表的写法：codelist-inline 或 codelist-ref（编号或 URI）；别的不理会|How code lists are told: "
                      "codelist-inline or codelist-ref, by id or URI; others are ignored",
                      {"type": "array", "items": {"type": "string"}}, lambda raw: tuple(p.strip() for p in raw.split(",")), ())
SCHEMA_TYPE = params.choice("type", "要素在新增、替换、修改时的样子（Part 4）；不给则是读到的样子|"
                            "A feature as it is sent to create, replace or update one (Part 4); else as it is read",
                            ("create", "replace", "update"))


@operation(collections, Operation("collections", "/collections", "数据集|Collections", "data", (JSON, HTML),
                                  "Collections", (AS_OF_PARAM,), made_of=lambda asked: session.kinds(asked.conn, asked.sight).values()))
def _collections(asked: Asked) -> Answer:
    kinds = session.kinds(asked.conn, asked.sight).values()
    found = extents.of(asked, kinds)
    data = {"links": asked.self_links(), "collections": [document(asked, k, found[k.key]) for k in kinds],
            "crs": [c.uri for c in crs.of_city(asked.city)], "numberMatched": len(kinds), "numberReturned": len(kinds)}
    return Answer(data, "collections.html", i18n.say("数据集", "Collections"),
                  more={"kinds": {k.key: k for k in kinds}})


@operation(collections, Operation("collection", "/collections/<collection>", "一个数据集|One collection", "data",
                                  (JSON, HTML), "Collection", (AS_OF_PARAM,), made_of=lambda asked: [asked.kind] if asked.kind else ()))
def _collection(asked: Asked) -> Answer:
    assert asked.kind is not None
    data = document(asked, asked.kind, extents.of(asked, [asked.kind])[asked.kind.key])
    # The links of the list entry, all of them and unchanged, and this document's own (/req/core/sfc-md-success).
    own = [ln for ln in asked.self_links() if ln["rel"] != "self"]
    data["links"] = data["links"] + own
    return Answer(data, "collection.html", data["title"], more={"kind": asked.kind})


@operation(collections, Operation("schema", "/collections/<collection>/schema", "字段|Schema", "data", (SCHEMA, HTML),
                                  "JsonSchema", (SCHEMA_TYPE, PROFILE_PARAM)))
def _schema(asked: Asked) -> Answer:
    kind = asked.kind
    assert kind is not None
    use, path = asked.values["type"], f"/collections/{kind.key}/schema"
    if use is None:
        return shown(asked, declared.schema, "schema", i18n.say("：字段", ": fields"))
    data = declared.receivable(kind, asked.url(path, type=use), i18n.current(), use)
    return Answer(data, "schema.html", i18n.label(kind.label) + i18n.say("：字段", ": fields"), more={"kind": kind})


@operation(collections, Operation("sortables", "/collections/<collection>/sortables", "排序字段|Sortables", "data", (SCHEMA, HTML),
                                  "JsonSchema", (PROFILE_PARAM,)))
def _sortables(asked: Asked) -> Answer:
    return shown(asked, declared.sortables, "sortables", i18n.say("：排序字段", ": sortables"))


def shown(asked: Asked, made: Callable[..., dict[str, Any]], name: str, title: str) -> Answer:
    """A schema of the collection in the profile that is asked for, which the Link header names."""
    kind = asked.kind
    assert kind is not None
    profile = declared.profile(asked.values["profile"])
    data = made(kind, f"/collections/{kind.key}/{name}", i18n.current(), profile)
    chosen = {"rel": "profile", "href": declared.PROFILES + profile}
    return Answer(data, "schema.html", i18n.label(kind.label) + title, headers={"Link": header([chosen])},
                  more={"kind": kind, "profile": chosen["href"]})


def document(asked: Asked, kind: FeatureKind, found: Extent) -> dict[str, Any]:
    """The collection object, the same in the list and alone."""
    lang = i18n.current()
    described = Label.of(kind.description) if kind.description else kind.title
    made: dict[str, Any] = {
        "id": kind.key, "title": kind.title.get(lang), "description": described.get(lang),
        "titles": kind.title.as_dict(), "descriptions": described.as_dict(), "links": links(asked, kind)}
    made |= {"extent": _extent(found), "itemType": "feature", "crs": [c.uri for c in crs.of_city(asked.city)], "storageCrs": served_crs.storage(),
             "derivedCrs": [served_crs.notice(c) for c in served_crs.derived(asked.city.srid)], "featureKind": kind.table,
             "geometryTypes": list(kind.geometry), "color": kind.color, "defaultSortOrder": ["id"]}
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
    made += [link("enclosure", asked.url(f"{path}/download", f=f.key), f.media, f"{title} ({f.title})") for f in DOWNLOADS]
    made.append(link("http://www.opengis.net/def/rel/ogc/1.0/changes", asked.url(f"{path}/changes"), JSON.media,
                     i18n.say("变更", "Changes")))
    made += [link(rel, asked.url(f"{path}/schema"), SCHEMA.media, i18n.say("字段", "Schema"))
             for rel in ("describedby", "http://www.opengis.net/def/rel/ogc/1.0/schema")]
    made.append(link("http://www.opengis.net/def/rel/ogc/1.0/sortables", asked.url(f"{path}/sortables"), SCHEMA.media,
                     i18n.say("排序字段", "Sortables")))
    made.append(link("http://www.opengis.net/def/rel/ogc/1.0/queryables", asked.url(f"{path}/queryables"), SCHEMA.media,
                     i18n.say("可过滤的字段", "Queryables")))
    made += [link(tiles.TILESETS, asked.url(f"{path}/tiles"), JSON.media, i18n.say("矢量瓦片", "Vector tiles")),
             tiles.template_link(asked, "related", kind),
             link(styles.STYLES, asked.url("/styles"), JSON.media, i18n.say("样式", "Styles")),
             link("stylesheet", asked.url(f"/styles/{kind.key}", f=MAPBOX.key), MAPBOX.media, i18n.say("样式", "Style"))]
    return made


def _extent(found: Extent) -> dict[str, Any]:
    """Over all features (/req/core/fc-md-extent); no spatial part where nothing has a place."""
    interval = [f"{d}T00:00:00Z" if d else None for d in found.days or (None, None)]
    made: dict[str, Any] = {"temporal": {"interval": [interval], "trs": GREGORIAN}}
    return ({"spatial": {"bbox": [found.box], "crs": CRS84}} if found.box else {}) | made
