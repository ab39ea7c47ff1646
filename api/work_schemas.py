"""The shapes of works and observations in OpenAPI, made of the same fields that files and requests are checked by."""

from __future__ import annotations

import dataclasses

from api.components import COUNT, FREE, LINKS, Schema, array, obj, ref
from api.record_schemas import ID, form, shown
from registry.store import observations, works


def schemas(lang: str) -> dict[str, Schema]:
    """All of them, in one language."""
    made: dict[str, Schema] = {}
    for name, many, fields, more, needed in (
            ("Work", "works", works.fields(), {"attrs": FREE}, "kind title quantity unit year status"),
            ("Observation", "observations", observations.fields(), {}, "code value unit source")):
        loose = [dataclasses.replace(f, required=False) for f in fields]
        told = [f for f in fields if f.column is not None]
        made[f"{name}Form"], made[f"{name}Change"] = form(fields, lang, **more), form(loose, lang, **more)
        made[name] = shown(f"id version {needed}", told, lang, id=ID, version=COUNT, batch=ID, **more)
        made[f"{name}s"] = obj(f"{many} links", numberReturned=COUNT, links=LINKS, **{many: array(ref(name))})
    return made
