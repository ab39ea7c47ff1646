"""How features are shown: `properties` (Part 6, draft 24-019), `zoom-level` (Part 7, draft 24-020) and `skipGeometry`."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from flask import request

from api import crs
from api.conformance import PART_6, PART_7
from api.formats import GEOJSON
from api.links import url
from api.operations import Asked
from api.params import Param, Wrong, one_of
from registry.kinds import FeatureKind
from registry.store import geojson
from registry.store.geojson import PLAIN, Form

CONFORMS_TO = (*(PART_6 + c for c in ("properties", "properties-features")),
               *(PART_7 + c for c in ("zoom-level", "zoom-level-features")))
OF_EVERY = ("id", "geometry")  # members of every feature by RFC 7946; the schema lists them as properties
FINEST_ZOOM = 30  # half a pixel is a few 1e-7° there
TILE_PIXELS = 256


def properties(kind: FeatureKind, raw: str) -> tuple[str, ...]:
    """The names of `properties=a,b`, in the order of the declaration; what is not known is refused."""
    named, known = {p.strip() for p in raw.split(",")}, geojson.properties(kind)
    if unknown := sorted(named - {*known, *OF_EVERY}):
        shown, listed = unknown[0][:40], ", ".join(known)
        raise Wrong(f"没有字段 {shown!r}；可用：{listed}", f"no field {shown!r}; known: {listed}")
    return tuple(name for name in known if name in named)


def tolerance(raw: str) -> float:
    """Half a pixel of the WebMercatorQuad level, in degrees of longitude."""
    try:
        level = float(raw)
    except ValueError:
        level = math.nan
    if not level >= 0 or math.isinf(level):
        raise Wrong("应为 0 以上的数，例如 12.5", "a number of at least 0 is needed, for example 12.5")
    return 360 / TILE_PIXELS / 2 ** min(level, FINEST_ZOOM) / 2


ZOOM_PARAM = Param("zoom-level", "按此 WebMercatorQuad 级别简化图形，可为小数（第 7 部分，草案）|Geometries simplified for this level of "
                   "WebMercatorQuad, decimals allowed (Part 7, a draft)", {"type": "number", "minimum": 0}, tolerance, shared=True)
SKIP_PARAM = Param("skipGeometry", "不给图形（geometry 为 null）|Leave geometries out (they are null)",
                   {"type": "boolean", "default": False}, lambda raw: one_of(("true", "false"))(raw) == "true", False, shared=True)


def properties_param(kind: FeatureKind) -> Param:
    """`properties` of a collection; tiles take it as well."""
    known = [*OF_EVERY, *geojson.properties(kind)]
    return Param("properties", "只要这些字段，以逗号分隔；不给则全部（第 6 部分，草案）|Only these properties, separated by commas; else all "
                 "of them (Part 6, a draft)", {"type": "array", "minItems": 1, "items": {"type": "string", "enum": known}},
                 partial(properties, kind))


def params(kind: FeatureKind) -> tuple[Param, ...]:
    """The parameters that say how the features of a collection are shown."""
    return crs.CRS_PARAM, properties_param(kind), ZOOM_PARAM, SKIP_PARAM


def of(asked: Asked) -> Form:
    """How this request wants features to be shown."""
    v = asked.values
    one = crs.chosen(asked)
    if one is crs.DEFAULT and v.get("properties") is None and v.get("zoom-level") is None and not v.get("skipGeometry"):
        return PLAIN
    return Form(one, v.get("properties"), not v.get("skipGeometry"), v.get("zoom-level"))


def versioned(shown: Form) -> Form:
    """The same with the version of the row, which the answer's ETag is."""
    return shown if shown.shows("version") else replace(shown, properties=(*(shown.properties or ()), "version"))


def drawn(asked: Asked) -> str:
    """The address of what a page's map draws: the same features with their geometries, in degrees."""
    own = (crs.CRS_PARAM.name, SKIP_PARAM.name)
    return url(request.path, {**{k: v for k, v in asked.given.items() if k not in own}, "f": GEOJSON.key})
