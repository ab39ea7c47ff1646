"""Tile matrix sets: the definitions by which clients know where a tile lies (OGC 17-083r4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from api import i18n
from api.answers import Answer
from api.conformance import OGC
from api.formats import HTML, JSON
from api.links import Link, link
from api.operations import Asked, Operation, operation
from registry.errors import NotFound
from registry.store.matrices import MATRIX_SETS, MatrixSet

matrix_sets = Blueprint("matrix_sets", __name__)

CONFORMS_TO = tuple(f"{OGC}tms/2.0/conf/{c}" for c in (
    "tilematrixset", "tilematrixsetlimits", "tilesetmetadata", "json-tilematrixset", "json-tilematrixsetlimits",
    "json-tilesetmetadata"))
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
SCHEMES = f"{SCHEME}s"
PATH: dict[str, tuple[str, dict[str, Any]]] = {
    "tile_matrix_set_id": ("瓦片矩阵集|Tile matrix set", {"type": "string", "enum": list(MATRIX_SETS)})}


def find(key: str) -> MatrixSet:
    """The tile matrix set of this id; NotFound for others."""
    if key not in MATRIX_SETS:
        raise NotFound(what=f"tileMatrixSets/{key[:40]}")
    return MATRIX_SETS[key]


def scheme_link(asked: Asked, found: MatrixSet) -> Link:
    """The link from a tileset to its tile matrix set."""
    return link(SCHEME, asked.url(f"/tileMatrixSets/{found.id}"), JSON.media, found.title)


@operation(matrix_sets, Operation("tile_matrix_sets", "/tileMatrixSets", "瓦片矩阵集|Tile matrix sets", "tiles", (JSON, HTML),
                                  "TileMatrixSets", ending=".getTileMatrixSetsList"))
def _list(asked: Asked) -> Answer:
    listed = [{"id": s.id, "title": s.title, "uri": s.uri, "crs": s.crs,
               "links": [link("self", asked.url(f"/tileMatrixSets/{s.id}"), JSON.media, s.title)]} for s in MATRIX_SETS.values()]
    return Answer({"tileMatrixSets": listed, "links": asked.self_links()}, title=i18n.say("瓦片矩阵集", "Tile matrix sets"))


@operation(matrix_sets, Operation("tile_matrix_set", "/tileMatrixSets/<tile_matrix_set_id>", "一个瓦片矩阵集|One tile matrix set",
                                  "tiles", (JSON, HTML), "TileMatrixSet", path=PATH, ending=".getTileMatrixSet"))
def _one(asked: Asked, tile_matrix_set_id: str) -> Answer:
    found = find(tile_matrix_set_id)
    return Answer(found.document(), title=found.title)
