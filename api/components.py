"""The shapes of answers as OpenAPI 3.0 component schemas; they follow the schemas of Features Part 1."""

from __future__ import annotations

from typing import Any

from api.declared import TYPES
from registry.db.row import measures
from registry.kinds import FeatureKind
from registry.kinds.check import READ_ONLY
from registry.kinds.fields import Field

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def obj(required: str = "", **properties: Any) -> Schema:
    """An object schema; `required` is a list separated by blanks."""
    made: Schema = {"type": "object", "properties": properties}
    return made | ({"required": required.split()} if required else {})


def array(items: Schema) -> Schema:
    """An array schema."""
    return {"type": "array", "items": items}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MAYBE: Schema = {"type": "number", "nullable": True}
TITLES = ref("Titles")
LINKS = array(ref("Link"))
FREE: Schema = {"type": "object", "additionalProperties": True}
MOST_EDITS = 2_000  # of one transaction, which keeps the other writers of the city waiting

SCHEMAS: dict[str, Schema] = {
    "Titles": obj("zh en", zh=TEXT, en=TEXT),
    "Link": obj("href rel type", href=TEXT, rel=TEXT, type=TEXT, hreflang=TEXT, title=TEXT, templated={"type": "boolean"}),
    "LandingPage": obj("title description links", title=TEXT, description=TEXT, titles=TITLES, links=LINKS,
                       city=FREE, cities=array(FREE)),
    "Conformance": obj("conformsTo", conformsTo=array(TEXT), links=LINKS),
    "Extent": obj(spatial=obj(bbox=array({"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 6}), crs=TEXT),
                  temporal=obj(interval=array({"type": "array", "minItems": 2, "maxItems": 2, "items": {
                      "type": "string", "format": "date-time", "nullable": True}}), trs=TEXT)),
    "Collection": obj("id title description links itemType crs", id=TEXT, title=TEXT, description=TEXT, titles=TITLES,
                      descriptions=TITLES, links=LINKS, extent=ref("Extent"), itemType=TEXT, crs=array(TEXT),
                      storageCrs=TEXT, derivedCrs=array(FREE), featureKind={"type": "string", "enum": ["asset", "zone"]},
                      geometryTypes=array(TEXT), color=TEXT, trade=TITLES, defaultSortOrder=array(TEXT)),
    "Collections": obj("links collections", links=LINKS, collections=array(ref("Collection")), crs=array(TEXT),
                       numberMatched=COUNT, numberReturned=COUNT),
    "CodeList": obj("id title titles", id=TEXT, title=TEXT, titles=TITLES, source=TEXT, collections=array(TEXT), links=LINKS,
                    codes=array(obj("value title titles", value=TEXT, title=TEXT, titles=TITLES, color=TEXT))),
    "CodeLists": obj("codelists links", codelists=array(ref("CodeList")), links=LINKS),
    "Functions": obj("functions links", links=LINKS, functions=array(obj(
        "name returns", name=TEXT, description=TEXT, descriptions=TITLES, returns=array(TEXT),
        arguments=array(obj("type", title=TEXT, type=array(TEXT)))))),
    "JsonSchema": {**FREE, "description": "JSON Schema 2020-12"},
    "Geometry": {"type": "object", "nullable": True, "required": ["type", "coordinates"], "properties": {
        "type": {"type": "string", "enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon",
                                            "MultiPolygon"]},
        "coordinates": {"type": "array", "items": {}}}},
    "Feature": obj("type id geometry properties", type={"type": "string", "enum": ["Feature"]},
                   id={"type": "integer", "format": "int64"}, geometry=ref("Geometry"), properties=FREE, links=LINKS),
    "FeatureCollection": obj("type features links", type={"type": "string", "enum": ["FeatureCollection"]},
                             features=array(ref("Feature")), links=LINKS, numberMatched=COUNT, numberReturned=COUNT,
                             numberEstimated=COUNT | {"description": "about how many match, where they are too many to be counted"},
                             timeStamp={"type": "string", "format": "date-time"}),
    "Areas": obj("type features links", type={"type": "string", "enum": ["FeatureCollection"]}, features=array(FREE),
                 links=LINKS, numberReturned=COUNT),
    "Versions": obj("collection id versions links", collection=TEXT, id={"type": "integer", "format": "int64"}, links=LINKS,
                    versions=array(obj("version since deleted links", version=COUNT, since=TEXT, links=LINKS,
                                       until={"type": "string", "nullable": True}, deleted={"type": "boolean"},
                                       changed=array(TEXT), batch=FREE))),
    "Batches": obj("batches links", links=LINKS, batches=array(obj("id at kind actor reason", id=COUNT, at=TEXT, kind=TEXT,
                                                                    actor=TEXT, reason=TEXT, counts=FREE | {"nullable": True}, mapping=FREE | {"nullable": True}, no_lock={
                                                                        "type": "boolean", "description": "some change in it named no version"},
                                                                    undoes=COUNT | {"nullable": True}, undone_by=COUNT | {"nullable": True}))),
    "Changes": obj("changes resume more links", collection=TEXT, resume=TEXT, more={"type": "boolean"}, links=LINKS,
                   numberReturned=COUNT, changes=array(obj(
                       "op id version batch at", op={"type": "string", "enum": ["insert", "update", "delete"]},
                       id={"type": "integer", "format": "int64"}, version=COUNT, batch=COUNT, at=TEXT,
                       feature={"allOf": [ref("Feature")], "nullable": True}))),
    "TileSets": obj("tilesets links", tilesets=array(ref("TileSet")), links=LINKS),
    "TileSet": obj("dataType crs links", title=TEXT, description=TEXT, dataType={"type": "string", "enum": ["vector"]}, crs=TEXT,
                   tileMatrixSetURI=TEXT, links=LINKS, layers=array(FREE), boundingBox=FREE, mediaTypes=array(TEXT),
                   tileMatrixSetLimits=array(obj("tileMatrix minTileRow maxTileRow minTileCol maxTileCol", tileMatrix=TEXT,
                                                 minTileRow=COUNT, maxTileRow=COUNT, minTileCol=COUNT, maxTileCol=COUNT))),
    "TileJson": obj("tilejson tiles vector_layers", tilejson=TEXT, tiles=array(TEXT), vector_layers=array(FREE)) | {
        "additionalProperties": True},
    "TileMatrixSets": obj("tileMatrixSets links", tileMatrixSets=array(FREE), links=LINKS),
    "TileMatrixSet": obj("id crs tileMatrices", id=TEXT, title=TEXT, uri=TEXT, crs=TEXT, orderedAxes=array(TEXT),
                         wellKnownScaleSet=TEXT, tileMatrices=array(FREE)),
    "Styles": obj("styles links", styles=array(FREE), default=TEXT, links=LINKS),
    "MapStyle": obj("version sources layers", version=COUNT, sources=FREE, layers=array(FREE)) | {"additionalProperties": True},
    "Legend": obj("id title layers links", id=TEXT, title=TEXT, layers=array(FREE), links=LINKS),
    "Health": obj("status", status=TEXT, database=TEXT),
    "Figures": obj("links", links=LINKS),
    "Figure": {**obj("code title links", partial={"type": "boolean"}, code=TEXT, title=TITLES, method=TEXT, basis=TEXT, unit=TEXT, value=MAYBE,
                     numerator=MAYBE, denominator=MAYBE, unrated=FREE, excluded=array(FREE), bounds=FREE, as_of=TEXT,
                     scope=FREE, standard={}, zone_edition={}, by=array(FREE), target={}, evidence=FREE, links=LINKS),
               "additionalProperties": True},
    "Comparison": {**obj("rule from to difference by facilities links", partial={"type": "boolean"}, rule=TEXT, title=TITLES, difference=FREE, by=array(FREE),
                         facilities=FREE, links=LINKS, **{"from": FREE, "to": FREE}), "additionalProperties": True},
    "WhatIf": obj("rule before after by links", rule=TEXT, title=TITLES, edition=FREE, basis=TEXT, gain_m=NUMBER, added=COUNT, removed=array(FREE), before=FREE,
                  after=FREE, gain_m2=NUMBER, gain_people=MAYBE, facilities=FREE, by=array(FREE), links=LINKS),
    "WhatIfForm": obj(
        "", add=array(obj("geometry", geometry=FREE, properties=FREE)), remove=array({"type": "integer", "format": "int64"})) | {
            "example": {"add": [{"geometry": {"type": "Point", "coordinates": [120.1, 30.2]}}], "remove": []}},
    "Walking": {**obj("rule title method audited walking straight_line difference_points by entrances network datum links", rule=TEXT,
                      title=TITLES, method={"type": "string", "enum": ["walking_network"]}, audited={"type": "boolean"}, formula=TITLES,
                      walking=FREE, straight_line=FREE, difference_points=MAYBE, people=FREE, by=array(FREE), parcels=FREE,
                      entrances=FREE, network=FREE, joining=FREE, datum=FREE, evidence=FREE, links=LINKS),
                "additionalProperties": True},
    "Plans": obj("plans links", plans=array(FREE), links=LINKS),
    "Plan": obj("plan targets stocks contradictions links", plan=FREE, targets=array(FREE), stocks=array(FREE), contradictions=array(FREE),
                links=LINKS),
    "Scorecard": obj("plan city as_of on summary targets rows stocks contradictions links", plan=FREE, city=FREE, as_of=TEXT, on=TEXT,
                     summary=FREE, targets=array(obj("id name verdict", id=TEXT, name=TEXT, verdict=TEXT)), rows=array(FREE),
                     stocks=array(FREE), contradictions=array(FREE), links=LINKS),
    "Dashboard": obj("city as_of on by plan rows untold elsewhere links", city=FREE, as_of=TEXT, on=TEXT, by={}, plan={}, rows=array(FREE),
                     untold=array(FREE), elsewhere=array(FREE), links=LINKS),
    "MapConfig": obj("layers links", layers=array(FREE), links=LINKS),
    "Transaction": obj(
        "transaction", semantic={"type": "string", "enum": ["atomic"], "default": "atomic"},
        transaction={"type": "array", "maxItems": MOST_EDITS, "items": obj(
            "action collection", action={"type": "string", "enum": ["insert", "replace", "update", "delete"]},
            collection=TEXT, id={"oneOf": [TEXT, {"type": "integer", "format": "int64"}]},
            ifMatch={"type": "string", "description": "the version it was read at, as in If-Match"},
            feature=FREE, items=array(FREE), properties=FREE)}) | {"example": {"semantic": "atomic", "transaction": [
                {"action": "insert", "collection": "toilet", "items": [
                    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [120.58, 30.01]},
                     "properties": {"code": "GC-017", "name": "城东公厕"}}]},
                {"action": "update", "collection": "road", "id": 17, "ifMatch": "3",
                 "feature": {"properties": {"state": "damaged", "note": None}}},
                {"action": "delete", "collection": "streetlight", "id": 99, "ifMatch": "1"}]}},
    "Transacted": obj(
        "semantic summary", semantic=TEXT, summary=obj(
            totalInserted=COUNT, totalUpdated=COUNT, totalReplaced=COUNT, totalDeleted=COUNT, totalUnchanged=COUNT),
        batch={"type": "integer", "format": "int64", "nullable": True}, dryRun={"type": "boolean"},
        insertResults=array(TEXT), updateResults=array(TEXT), replaceResults=array(TEXT), deleteResults=array(TEXT),
        results=array(obj("index action collection id changed", index=COUNT, action=TEXT, collection=TEXT, item=COUNT,
                          id={"type": "integer", "format": "int64"}, changed={"type": "boolean"}, notes=array(FREE),
                          version={"type": "integer", "nullable": True}))),
    "Undoing": obj(
        "undone counts conflicts listed", undone=COUNT, batch=COUNT | {"nullable": True}, conflicts=COUNT, dryRun={"type": "boolean"},
        undone_by=COUNT | {"nullable": True}, counts=obj(new=COUNT, changed=COUNT, deleted=COUNT, inspections=COUNT),
        listed=array(obj("table id why fields", table=TEXT, kind=TEXT | {"nullable": True}, id={"type": "integer", "format": "int64"},
                         code=TEXT | {"nullable": True}, why=FREE, fields=array(TEXT), batch=COUNT | {"nullable": True},
                         at=TEXT | {"nullable": True}, actor=TEXT | {"nullable": True}))),
    "Problem": obj("type title status detail code zh en", type=TEXT, title=TEXT,
                   status={"type": "integer", "minimum": 400, "maximum": 599}, detail=TEXT, instance=TEXT, code=TEXT,
                   zh=TEXT, en=TEXT, request_id=TEXT, current=FREE, other=FREE, differs=array(FREE), errors=array(obj(
                       "code zh en", parameter=TEXT, field={"type": "string", "nullable": True}, value={}, index=COUNT, row=COUNT,
                       action=TEXT, collection=TEXT, code=TEXT, zh=TEXT, en=TEXT))),
}


def whole_body(kind: FeatureKind | None) -> Schema:
    """The body that creates or replaces a feature."""
    assert kind is not None
    return ref(f"edit_{kind.key}")


def patch_body(kind: FeatureKind | None) -> Schema:
    """The body that changes a feature."""
    assert kind is not None
    return ref(f"patch_{kind.key}")


def transaction_body(kind: FeatureKind | None = None) -> Schema:
    """The body of a transaction."""
    return ref("Transaction")


def of_kind(kind: FeatureKind, lang: str) -> dict[str, Schema]:
    """The schemas of one collection's features, with the properties that its declaration gives them."""
    properties: Schema = {f.key: of_field(f, lang) for f in kind.fields}
    properties |= dict.fromkeys(measures(kind), MAYBE)
    feature = {"allOf": [ref("Feature"), obj(properties=obj(**properties))]}
    pages = {"allOf": [ref("FeatureCollection"), obj(features=array(ref(f"feature_{kind.key}")))]}
    sent: Schema = {f.key: of_field(f, lang) for f in kind.fields}
    sent |= {name: {"readOnly": True} for name in sorted(READ_ONLY - set(sent))}
    members: dict[str, Any] = {"type": {"type": "string", "enum": ["Feature"]}, "id": {}, "geometry": ref("Geometry")}
    closed = {"additionalProperties": False}
    whole = obj("type geometry properties", **members, properties=obj(_required(kind), **sent) | closed)
    patch = obj(**members, properties=obj(**sent) | closed)
    return {f"feature_{kind.key}": feature, f"features_{kind.key}": pages, f"edit_{kind.key}": whole,
            f"patch_{kind.key}": patch}


def _required(kind: FeatureKind) -> str:
    """Keys of the fields without which there is no such thing."""
    return " ".join(f.key for f in kind.fields if f.required or (kind.code_required and f.column == "code"))


def of_field(field: Field, lang: str) -> Schema:
    """The schema of a declared field; null is nothing."""
    made: Schema = {**TYPES[field.type], "nullable": True, "title": field.title.get(lang)}
    if field.codes:
        made["enum"] = [*field.codes.values, None]
    return made
