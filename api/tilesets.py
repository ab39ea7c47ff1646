"""Tilesets: what tiles there are of a collection and of all, their metadata by TMS 2.0 and as TileJSON 3.0."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict

from api import declared, extents, i18n, matrix_sets, negotiate, params, styles, tile_cache, tiles
from api.answers import Answer
from api.extents import Box
from api.formats import HTML, JSON, MAPBOX, MVT, TILEJSON
from api.links import Link, link
from api.operations import Asked, Operation, operation
from registry.geo import CRS84
from registry.kinds import FeatureKind
from registry.store.matrices import DEEPEST, MATRIX_SETS, MatrixSet
from registry.store.tile_sql import NAMED, cluster_counts, fields

tilesets = Blueprint("tilesets", __name__)

DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}
GEODATA = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
LIST, ONE = ("瓦片集|Tilesets", "一个瓦片集|One tileset")
NOTE = "TileJSON 只有 WebMercatorQuad 的：它不知道别的矩阵集|TileJSON of WebMercatorQuad only: it knows no other tile matrix set"


@operation(tilesets, Operation("tile_sets", "/collections/<collection>/tiles", LIST, "tiles", (JSON, HTML), "TileSets",
                               of_kind=tiles.of_kind, ending=".collection.vector.getTileSetsList"))
def _of_collection(asked: Asked) -> Answer:
    return _list(asked)


@operation(tilesets, Operation("dataset_tile_sets", "/tiles", LIST, "tiles", (JSON, HTML), "TileSets", tiles.OF_ALL,
                               ending=".dataset.vector.getTileSetsList"))
def _of_dataset(asked: Asked) -> Answer:
    tiles.chosen(asked)  # an unknown collection is an error here too
    return _list(asked)


@operation(tilesets, Operation("tile_set", "/collections/<collection>/tiles/<tile_matrix_set_id>", ONE, "tiles",
                               (JSON, TILEJSON, HTML), "TileSet", of_kind=tiles.of_kind, path=matrix_sets.PATH,
                               ending=".collection.vector.getTileSet", description=NOTE))
def _one_of_collection(asked: Asked, tile_matrix_set_id: str) -> Answer:
    assert asked.kind is not None
    return _one(asked, [asked.kind], matrix_sets.find(tile_matrix_set_id))


@operation(tilesets, Operation("dataset_tile_set", "/tiles/<tile_matrix_set_id>", ONE, "tiles", (JSON, TILEJSON, HTML), "TileSet",
                               tiles.OF_ALL, path=matrix_sets.PATH, ending=".dataset.vector.getTileSet",
                               description=NOTE))
def _one_of_dataset(asked: Asked, tile_matrix_set_id: str) -> Answer:
    found = matrix_sets.find(tile_matrix_set_id)
    return _one(asked, tiles.chosen(asked), found)


def _list(asked: Asked) -> Answer:
    listed = [_brief(asked, found) for found in MATRIX_SETS.values()]
    return Answer({"tilesets": listed, "links": asked.self_links()}, title=_title(asked) + i18n.say("：瓦片集", ": tilesets"))


def _title(asked: Asked) -> str:
    return i18n.label(asked.kind.label) if asked.kind else i18n.say("全部数据集", "All collections")


def _path(asked: Asked) -> str:
    return f"/collections/{asked.kind.key}" if asked.kind else ""


def _brief(asked: Asked, found: MatrixSet) -> dict[str, Any]:
    """What the list tells of a tileset (/req/tilesets-list/tileset-links)."""
    kept = tiles.address(asked, asked.kind)[1]
    path = f"{_path(asked)}/tiles/{found.id}"
    return {"title": f"{_title(asked)} · {found.id}", "dataType": "vector", "crs": found.crs, "tileMatrixSetURI": found.uri,
            "links": [link("self", asked.url(path, **kept), JSON.media, found.title), *_links(asked, found)]}


def _links(asked: Asked, found: MatrixSet) -> list[Link]:
    """The links from a tileset to what it is made of and by: scheme, tiles, TileJSON, style, data."""
    kept = tiles.address(asked, asked.kind)[1]
    made = [matrix_sets.scheme_link(asked, found), tiles.template_link(asked, "item", asked.kind, found),
            link(GEODATA, asked.url(_path(asked) or "/"), JSON.media, _title(asked))]
    if not found.in_degrees:  # as MapLibre draws them
        made.append(link("describedby", asked.url(f"{_path(asked)}/tiles/{found.id}", **kept, f=TILEJSON.key), TILEJSON.media, "TileJSON"))
        made.append(link("stylesheet", asked.url(f"/styles/{asked.kind.key if asked.kind else styles.CITY}", f=MAPBOX.key),
                         MAPBOX.media, i18n.say("样式", "Style")))
    return made


def _without_tilejson(asked: Asked) -> None:
    """TileJSON 3.0 knows Web Mercator only, and MapLibre would draw other tiles in wrong places: it is no format of those."""
    left = tuple(f for f in asked.operation.formats if f is not TILEJSON)
    asked.operation = dataclasses.replace(asked.operation, formats=left)
    if asked.format is TILEJSON:
        params.read([params.format_param(left)], MultiDict({"f": asked.values["f"]} if asked.values["f"] else {}))
        asked.format = negotiate.by_accept(left, request)


def _one(asked: Asked, kinds: list[FeatureKind], found: MatrixSet) -> Answer:
    if found.in_degrees:
        _without_tilejson(asked)
    reach = extents.of(asked, kinds)
    around = extents.around(reach.values())
    title = f"{_title(asked)} · {found.id}"
    if asked.format is TILEJSON:
        return Answer(_tilejson(asked, kinds, found, around), title=title)
    data = {"title": title, "dataType": "vector", "crs": found.crs, "tileMatrixSetURI": found.uri,
            "links": [*asked.self_links(), *_links(asked, found)], "mediaTypes": [MVT.media],
            "layers": [_layer(k, reach[k.key].box) for k in kinds], "tileMatrixSetLimits": _limits(found)}
    return Answer(data | _bounding(around), title=title)


def _limits(found: MatrixSet) -> list[dict[str, Any]]:
    """The levels that are made, each whole: where nothing lies is an empty tile, and what is loaded tomorrow has its place."""
    made = []
    for level in range(DEEPEST + 1):
        columns, rows = found.matrix(level)
        made.append({"tileMatrix": str(level), "minTileRow": 0, "maxTileRow": rows - 1, "minTileCol": 0, "maxTileCol": columns - 1})
    return made


def _layer(kind: FeatureKind, box: Box | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": kind.key, "title": i18n.label(kind.label), "dataType": "vector", "minTileMatrix": "0", "maxTileMatrix": str(DEEPEST),
        "propertiesSchema": {"type": "object", "properties": _properties(kind)}}
    if len(kind.geometry) == 1:
        made["geometryDimension"] = DIMENSIONS[kind.geometry[0]]
    return made | _bounding(box)


def _properties(kind: FeatureKind) -> dict[str, Any]:
    """What the features of a layer carry from level NAMED on, and what groups of points carry before SINGLE."""
    known = declared.schema(kind, "", i18n.current())["properties"]
    counts = {name: {"type": "integer", "title": i18n.label(title)} for name, title in cluster_counts(kind)}
    return {f.key: known[f.key] for f in fields(kind, NAMED)} | counts


def _bounding(box: Box | None) -> dict[str, Any]:
    return {"boundingBox": {"crs": CRS84, "lowerLeft": box[:2], "upperRight": box[2:]}} if box else {}


def _tilejson(asked: Asked, kinds: list[FeatureKind], found: MatrixSet, box: Box | None) -> dict[str, Any]:
    """TileJSON 3.0.0, which MapLibre reads."""
    version = tile_cache.versioned(asked, kinds)
    made: dict[str, Any] = {
        "tilejson": "3.0.0", "name": _title(asked), "scheme": "xyz", "tiles": [tiles.template_url(asked, asked.kind, found, version)],
        "minzoom": 0, "maxzoom": tiles.LAST, "fillzoom": tiles.LAST, "attribution": i18n.label(asked.city.title),
        "vector_layers": [{"id": k.key, "description": i18n.label(k.label), "minzoom": 0, "maxzoom": tiles.LAST,
                           "fields": {key: p["title"] for key, p in _properties(k).items()}} for k in kinds]}
    if box:
        made |= {"bounds": box, "center": [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 11]}
    return made
