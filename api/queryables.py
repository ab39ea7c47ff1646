"""Filtering: what each collection may be asked by, and the functions that a filter may call (Features Part 3, CQL2)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import collections, declared, i18n
from api.answers import Answer
from api.conformance import CQL2, PART_3
from api.formats import HTML, JSON, SCHEMA
from api.operations import Asked, Operation, operation
from registry import cql
from registry.kinds import FeatureKind

queryables = Blueprint("queryables", __name__)
CONFORMS_TO = (
    *(PART_3 + name for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(CQL2 + name for name in (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
        "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
        "temporal-functions", "array-functions", "property-property", "functions", "arithmetic")))


@operation(queryables, Operation("queryables", "/collections/<collection>/queryables", "可过滤的字段|Queryables", "data",
                                 (SCHEMA, HTML), "JsonSchema", (collections.PROFILE_PARAM,)))
def _queryables(asked: Asked) -> Answer:
    return collections.shown(asked, schema, "queryables", i18n.say("：可过滤的字段", ": queryables"))


def schema(kind: FeatureKind, path: str, lang: str, lists: str) -> dict[str, Any]:
    """The schema of a filter's properties (/req/queryables/get-queryables-response): any other one is an error."""
    whole = declared.schema(kind, path, lang, lists)
    properties = {key: {k: v for k, v in whole["properties"][key].items() if k not in ("readOnly", "default")}
                  for key in cql.queryables(kind)}
    return {**{k: whole[k] for k in ("$schema", "$id", "type", "title", "x-titles")}, "properties": properties,
            "additionalProperties": False}


@operation(queryables, Operation("functions", "/functions", "过滤函数|Functions of filters", "data", (JSON, HTML), "Functions"))
def _functions(asked: Asked) -> Answer:
    lang = i18n.current()
    told = [{"name": f.name, "description": f.description.get(lang), "descriptions": f.description.as_dict(),
             "arguments": [{"title": a.title.get(lang), "type": list(a.types)} for a in f.arguments],
             "returns": list(f.returns)} for f in cql.FUNCTIONS]
    return Answer({"functions": told, "links": asked.self_links()}, title=i18n.say("过滤函数", "Functions of filters"))
