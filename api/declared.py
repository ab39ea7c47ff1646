"""A declaration as JSON Schema: what the features of a collection look like, with titles in both languages."""

from __future__ import annotations

from typing import Any

from registry.kinds import CodeList, FeatureKind, Field, Label
from registry.kinds.check import READ_ONLY
from registry.store import geojson

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"}, "code": {"type": "string"}, "integer": {"type": "integer"},
    "number": {"type": "number"}, "boolean": {"type": "boolean"}, "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"}, "list": {"type": "array", "items": {"type": "string"}},
}
MEASURES = {"length_m": ("长度|Length", "m"), "area_m2": ("面积|Area", "m²")}
OF_THE_ROW: dict[str, tuple[str, dict[str, Any]]] = {
    "length_surveyed": ("长度为实测|Length was surveyed", {"type": "boolean"}),
    "area_surveyed": ("面积为实测|Area was surveyed", {"type": "boolean"}),
    "version": ("版本|Version", {"type": "integer"}),
    "updated_at": ("更新时间|Updated at", {"type": "string", "format": "date-time"}),
}
# The roles of Features Part 5.
ROLES = {"code": "reference", "installed_on": "primary-interval-start", "retired_on": "primary-interval-end",
         "valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}


def schema(kind: FeatureKind, address: str, lang: str) -> dict[str, Any]:
    """The JSON Schema of one feature's properties, its id and its geometry."""
    properties: dict[str, Any] = {
        "id": {"title": "id", "type": "integer", "x-ogc-role": "id", "readOnly": True},
        "geometry": _geometry(kind, lang)}
    properties |= {f.key: _field(f, lang) for f in kind.fields}
    for name in geojson.measures(kind):
        title, unit = MEASURES[name]
        properties[name] = _titled(title, lang, {"type": "number", "x-ogc-unit": unit, "readOnly": True})
    for name, (title, of_type) in OF_THE_ROW.items():
        if kind.table == "asset" or not name.endswith("_surveyed"):
            properties[name] = _titled(title, lang, {**of_type, "readOnly": True})
    made = {"$schema": DRAFT, "$id": address, "type": "object", "title": kind.title.get(lang),
            "x-titles": kind.title.as_dict(), "properties": properties,
            "required": [f.key for f in kind.fields if f.required], "additionalProperties": False}
    if kind.description:
        made["description"] = Label.of(kind.description).get(lang)
    return made


def receivable(kind: FeatureKind, address: str, lang: str, use: str) -> dict[str, Any]:
    """The JSON Schema of a feature that is sent to `create`, `replace` or `update` one (Features Part 4)."""
    shown = schema(kind, address, lang)
    fields = {f.key: _or_null(shown["properties"][f.key]) for f in kind.fields}
    fields |= {name: {"readOnly": True} for name in sorted(READ_ONLY - set(fields))}  # sent back, they say nothing
    needed = [f.key for f in kind.fields if f.required or (kind.code_required and f.column == "code")]
    for key in needed:
        fields[key] = shown["properties"][key]
    properties: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    members = {"type": {"const": "Feature"}, "id": {"readOnly": True}, "geometry": _or_null(
        {**shown["properties"]["geometry"], "type": "object", "required": ["type", "coordinates"]})}
    whole = use != "update"
    return {"$schema": DRAFT, "$id": address, "type": "object", "title": shown["title"], "x-titles": shown["x-titles"],
            "properties": {**members, "properties": properties | ({"required": needed} if whole else {})},
            "required": ["type", "geometry", "properties"] if whole else []}


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """The same, or null, which says that there is none."""
    made = {**made, "type": [made["type"], "null"]}
    return made | ({"oneOf": [*made["oneOf"], {"type": "null"}]} if "oneOf" in made else {})


def _field(field: Field, lang: str) -> dict[str, Any]:
    made = dict(TYPES[field.type])
    made |= {k: v for k, v in (("minimum", field.minimum), ("maximum", field.maximum), ("pattern", field.pattern),
                               ("maxLength", field.max_length), ("default", field.default),
                               ("x-ogc-unit", field.unit), ("x-zone", field.zone)) if v is not None}
    if field.column in ROLES:
        made["x-ogc-role"] = ROLES[field.column]
    if field.codes:
        made["oneOf"] = codes(field.codes, lang)
        made["x-code-list"] = field.codes.key
    return _titled(field.title, lang, made)


def codes(listed: CodeList, lang: str) -> list[dict[str, Any]]:
    """The values of a code list, each with its title and colour."""
    return [_titled(c.title, lang, {"const": c.value} | ({"x-color": c.color} if c.color else {}))
            for c in listed.codes]


def _titled(title: Label | str, lang: str, more: dict[str, Any]) -> dict[str, Any]:
    both = Label.of(title)
    return {"title": both.get(lang), "x-titles": both.as_dict(), **more}


def _geometry(kind: FeatureKind, lang: str) -> dict[str, Any]:
    """Spatial properties have a format and no type (/req/queryables/get-queryables-response D)."""
    one = len(kind.geometry) == 1
    names = {"point": "point", "line": "linestring", "polygon": "polygon"}
    shape = f"geometry-{names[kind.geometry[0]]}-or-multi{names[kind.geometry[0]]}" if one else "geometry-any"
    return _titled("图形|Geometry", lang, {"x-ogc-role": "primary-geometry", "format": shape})
