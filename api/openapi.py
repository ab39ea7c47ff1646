"""The OpenAPI 3.0.3 document, made of the declared operations: what is not declared is not served, and vice versa."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from api import components, record_schemas, site_schemas, work_schemas
from api.errors import TITLES
from api.formats import HTML, JSON, PROBLEM, Format
from api.operations import OPERATIONS, Operation
from registry import __version__
from registry.kinds import FeatureKind, Label
from registry.scope import EVERYTHING, public

# 405, 406 and the limits are possible everywhere, 401 with a token that does not hold, 403 with one that holds too little; 304
# where the client asks with If-None-Match.
ALWAYS = (400, 401, 403, 404, 405, 406, 413, 414, 429, 431, 500, 503)
TAGS = {"service": "服务|The service", "data": "数据|Data", "figures": "指标|Figures", "map": "地图|Map", "tiles": "瓦片|Tiles",
        "records": "检查、隐患、权属、附件、实事、填报指标|Inspections, defects, ownership, attachments, works, observations"}
# A token as a bearer's or, for what can only do that, as the password of any name (/req/oas30/security).
SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


def document(kinds: Iterable[FeatureKind], base: str, lang: str) -> dict[str, Any]:
    """The whole document, in one language."""
    known = list(kinds)
    paths: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    for op in OPERATIONS.values():
        for kind in known if op.per_collection else [None]:
            rule = op.rule.replace("<collection>", kind.key) if kind else op.rule
            if kind and op.suits and not op.suits(kind, EVERYTHING):
                continue
            path = paths.setdefault(_VARIABLE.sub(lambda m: "{" + _camel(m[1]) + "}", rule), {})
            path[op.method.lower()] = _operation(op, kind, shared, lang)
    return {
        "openapi": "3.0.3",
        "info": {"title": Label.of("市政设施台账|Municipal asset registry").get(lang), "version": __version__,
                 "description": Label.of("设施、区划、完好率、公园绿地覆盖|Assets, zones, intact rates, park coverage").get(lang),
                 "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"}},
        "servers": [{"url": base}],
        "tags": [{"name": key, "description": Label.of(title).get(lang)} for key, title in TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(known, lang), "parameters": shared,
                       "responses": {str(s): _problem(s, lang) for s in _statuses()}, "securitySchemes": SCHEMES},
    }


def _statuses() -> list[int]:
    """Every status of a refusal that some operation answers."""
    return sorted({*ALWAYS, *(s for op in OPERATIONS.values() for s in op.statuses if s >= 400)})


def _camel(name: str) -> str:
    """`feature_id` as the standard writes it: featureId."""
    first, *others = name.split("_")
    return first + "".join(o.capitalize() for o in others)


def _schemas(kinds: list[FeatureKind], lang: str) -> dict[str, Any]:
    made = components.SCHEMAS | record_schemas.schemas(lang) | work_schemas.schemas(lang) | site_schemas.schemas(lang)
    for kind in kinds:
        made |= components.of_kind(kind, lang)
    return made


def _operation(op: Operation, kind: FeatureKind | None, shared: dict[str, Any], lang: str) -> dict[str, Any]:
    title = Label.of(op.title).get(lang)
    made: dict[str, Any] = {
        "operationId": _id(op, kind), "tags": [op.tag],
        "summary": f"{kind.title.get(lang)} · {title}" if kind else title,
        "parameters": _path(op, lang) + _query(op, kind, shared, lang) + _headers(op, lang), "responses": _responses(op, kind, lang)}
    # The empty one: nobody has to sign in for what is open to the public.
    made["security"] = [*([{}] if op.right in public().rights else []), *({name: []} for name in SCHEMES)]
    if op.body:
        made["requestBody"] = {"required": True, "content": {media: {"schema": op.body(kind)} for media in op.takes}}
    if op.description:
        made["description"] = Label.of(op.description).get(lang)
    return made


def _id(op: Operation, kind: FeatureKind | None) -> str:
    if op.ending:
        return f"{kind.key if kind else 'all'}{op.ending}"
    return f"{op.id}_{kind.key}" if kind else op.id


def _path(op: Operation, lang: str) -> list[dict[str, Any]]:
    return [{"name": _camel(name), "in": "path", "required": True, "description": Label.of(title).get(lang), "schema": schema}
            for name, (title, schema) in op.path.items()]


def _query(op: Operation, kind: FeatureKind | None, shared: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    made = []
    for param in op.all_params(kind):
        if param.shared:
            shared[param.name] = param.openapi(lang)
            made.append({"$ref": f"#/components/parameters/{param.name}"})
        else:
            made.append(param.openapi(lang))
    return made


def _headers(op: Operation, lang: str) -> list[dict[str, Any]]:
    return [{"name": h.name, "in": "header", "required": False, "description": Label.of(h.title).get(lang),
             "schema": {"type": "string"}, **({"example": h.example} if h.example else {})} for h in op.headers]


def _responses(op: Operation, kind: FeatureKind | None, lang: str) -> dict[str, Any]:
    schema = op.schema
    if kind and schema in ("Feature", "FeatureCollection"):
        schema = f"feature{'s' if schema == 'FeatureCollection' else ''}_{kind.key}"
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in (
        ("Content-Language", "zh / en"), ("ETag", "RFC 9110"), ("Link", "RFC 8288"))}
    if schema.startswith("feature"):
        headers["Content-Crs"] = {"description": "Features Part 2", "schema": {"type": "string"}}
    headers |= {h.name: {"description": Label.of(h.title).get(lang), "schema": {"type": "string"}} for h in op.sends}
    if op.status == 201:
        headers["Location"] = {"description": "URI", "schema": {"type": "string"}}
    ok: dict[str, Any] = {"description": Label.of(op.title).get(lang), "headers": headers}
    if op.status != 204:
        ok["content"] = {f.media: {"schema": _of_format(f, schema)} for f in op.formats}
    made = {str(op.status): ok}
    if 204 in op.statuses:
        made["204"] = {"description": Label.of("已写入（return=minimal）|Written (return=minimal)").get(lang)}
    if not op.writes:
        made["304"] = {"description": Label.of("没有变化|Not modified").get(lang)}
    refused = sorted({*ALWAYS, *(s for s in op.statuses if s >= 400)})
    return made | {str(s): {"$ref": f"#/components/responses/{s}"} for s in refused}


def _of_format(made: Format, schema: str) -> dict[str, Any]:
    if made.binary:
        return {"type": "string", "format": "binary"}
    if made.schema:
        return components.ref(made.schema)
    return components.TEXT if made.key != JSON.key else components.ref(schema)


def _problem(status: int, lang: str) -> dict[str, Any]:
    made: dict[str, Any] = {"description": TITLES[status][lang == "en"], "content": {
        PROBLEM.media: {"schema": components.ref("Problem")}, HTML.media: {"schema": components.TEXT}}}
    if status in (429, 503):
        made["headers"] = {"Retry-After": {"description": "s", "schema": {"type": "integer"}}}
    if status == 405:
        made["headers"] = {"Allow": {"description": "RFC 9110", "schema": {"type": "string"}}}
    return made
