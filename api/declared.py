"""A declaration as JSON Schema (OGC API – Common Part 3): what the features of a collection look like and are sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api import links
from registry.db.row import of_row
from registry.kinds import CodeList, FeatureKind, Field, Label
from registry.kinds.check import READ_ONLY
from registry.kinds.units import UCUM
from registry.store.query import sortable

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PROFILES = "http://www.opengis.net/def/profile/OGC/0/"
INLINE, BY_REFERENCE = "codelist-inline", "codelist-ref"
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"}, "code": {"type": "string"}, "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"}, "boolean": {"type": "boolean"}, "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"}, "list": {"type": "array", "items": {"type": "string"}},
}
INTERVAL = {"installed_on": "primary-interval-start", "retired_on": "primary-interval-end",
            "valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}


def profile(wanted: Sequence[str]) -> str:
    """The profile for code lists, of those that are wanted by id or URI the first that there is, else the default."""
    ids = [w.removeprefix(PROFILES) for w in wanted]
    return next((i for i in ids if i in (INLINE, BY_REFERENCE)), INLINE)


def schema(kind: FeatureKind, path: str, lang: str, lists: str = INLINE) -> dict[str, Any]:
    """The JSON Schema of one feature's properties, its id and its geometry. lists: the profile for code lists."""
    return _document(kind, path, lang, properties(kind, lang, lists), [f.key for f in kind.fields if f.required])


def sortables(kind: FeatureKind, path: str, lang: str, lists: str = INLINE) -> dict[str, Any]:
    """The JSON Schema of what features are sorted by."""
    known = properties(kind, lang, lists)
    return _document(kind, path, lang, {k: known[k] for k in sortable(kind)})


def properties(kind: FeatureKind, lang: str, lists: str = INLINE) -> dict[str, dict[str, Any]]:
    """Everything that a feature has, each with its schema: the one list that schemas of any use are made of."""
    own = {name: _field(f, lang, lists) | {"readOnly": True} for name, (f, _) in of_row(kind).items()}
    made = {"id": own.pop("id") | {"x-ogc-role": "id"}, "geometry": _geometry(kind, lang)}
    made |= {f.key: _field(f, lang, lists) for f in kind.fields} | own
    return {name: {**one, "x-ogc-propertySeq": place} for place, (name, one) in enumerate(made.items(), 1)}


def receivable(kind: FeatureKind, address: str, lang: str, use: str) -> dict[str, Any]:
    """The JSON Schema of a feature that is sent to `create`, `replace` or `update` one (Features Part 4)."""
    shown = schema(kind, "", lang)
    fields = {f.key: _or_null(shown["properties"][f.key]) for f in kind.fields}
    fields |= {name: {"readOnly": True} for name in sorted(READ_ONLY - set(fields))}  # sent back, they say nothing
    needed = [f.key for f in kind.fields if f.required or (kind.code_required and f.column == "code")]
    for key in needed:
        fields[key] = shown["properties"][key]
    inner: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    place = {**shown["properties"]["geometry"], "type": "object", "required": ["type", "coordinates"]}
    # What is new has a place; null takes away one that is there.
    members = {"type": {"const": "Feature"}, "id": {"readOnly": True}, "geometry": place if use == "create" else _or_null(place)}
    whole = use != "update"
    return {"$schema": DRAFT, "$id": address, "type": "object", "title": shown["title"], "x-titles": shown["x-titles"],
            "properties": {**members, "properties": inner | ({"required": needed} if whole else {})},
            "required": ["type", "geometry", "properties"] if whole else []}


def _document(kind: FeatureKind, path: str, lang: str, shown: dict[str, dict[str, Any]], required: Sequence[str] = ()) -> dict[str, Any]:
    """A schema as a resource; its `$id` has no query (/req/schemas/json-schema B)."""
    made = {"$schema": DRAFT, "$id": links.url(path), "type": "object", "title": kind.title.get(lang),
            "x-titles": kind.title.as_dict(), "properties": shown, "required": list(required), "additionalProperties": False}
    if kind.description:
        made["description"] = Label.of(kind.description).get(lang)
    return made


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    """The same, or null, which says that there is none."""
    made = {**made, "type": [made["type"], "null"]}
    return made | ({"oneOf": [*made["oneOf"], {"type": "null"}]} if "oneOf" in made else {})


def _field(field: Field, lang: str, lists: str) -> dict[str, Any]:
    made = dict(TYPES[field.type])
    made |= {k: v for k, v in (("minimum", field.minimum), ("maximum", field.maximum), ("pattern", field.pattern),
                               ("maxLength", field.max_length), ("default", field.default)) if v is not None}
    made |= _unit(field.unit) | _reference(field)
    if field.column in INTERVAL:
        made["x-ogc-role"] = INTERVAL[field.column]
    if field.codes:
        made |= {"oneOf": codes(field.codes, lang)} if lists == INLINE else {"enum": list(field.codes.values)}
        made |= {"x-ogc-codelistUri": links.url(f"/codelists/{field.codes.key}"), "x-code-list": field.codes.key}
    return _titled(field.title, lang, made)


def _unit(printed: str | None) -> dict[str, str]:
    """The unit as machines know it, where they do, and as it is printed."""
    known = UCUM.get(printed or "")
    return ({"x-ogc-unit": known} if known else {}) | ({"x-unit": printed} if printed else {})


def _reference(field: Field) -> dict[str, str]:
    """Of a code of a zone: the address that finds the zone, whose id in its collection is another thing."""
    if not field.zone:
        return {}
    return {"x-ogc-role": "reference", "x-zone": field.zone,
            "x-ogc-uriTemplate": f"{links.url(f'/collections/{field.zone}/items')}?code={{resourceId}}"}


def codes(listed: CodeList, lang: str) -> list[dict[str, Any]]:
    """The values of a code list, each with its title and colour."""
    return [_titled(c.title, lang, {"const": c.value} | ({"x-color": c.color} if c.color else {}))
            for c in listed.codes]


def _titled(title: Label | str, lang: str, more: dict[str, Any]) -> dict[str, Any]:
    both = Label.of(title)
    return {"title": both.get(lang), "x-titles": both.as_dict(), **more}


def _geometry(kind: FeatureKind, lang: str) -> dict[str, Any]:
    """Spatial properties have a format and no type (/req/schemas/properties B, C)."""
    one = len(kind.geometry) == 1
    names = {"point": "point", "line": "linestring", "polygon": "polygon"}
    shape = f"geometry-{names[kind.geometry[0]]}-or-multi{names[kind.geometry[0]]}" if one else "geometry-any"
    return _titled("图形|Geometry", lang, {"x-ogc-role": "primary-geometry", "format": shape})
