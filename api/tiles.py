"""Vector tiles of a collection and of all at once, seen through the same eyes as the items (OGC API – Tiles, 20-057)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from api import filters, i18n, matrix_sets, session, short_tiles, tile_cache
from api.answers import Answer
from api.conformance import OGC
from api.formats import MVT
from api.links import Link, template
from api.operations import Asked, Operation, operation
from api.params import Param, Wrong
from registry.errors import BadValue, NotFound
from registry.kinds import FeatureKind
from registry.store import tiles as store
from registry.store.layers import Layer
from registry.store.matrices import WEB, MatrixSet
from registry.store.query import Query

tiles = Blueprint("tiles", __name__)

CONFORMS_TO = tuple(f"{OGC}ogcapi-tiles-1/1.0/conf/{c}" for c in (
    "core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection", "datetime", "mvt",
    "oas30"))
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
PATH: dict[str, tuple[str, dict[str, Any]]] = matrix_sets.PATH | {
    "tile_matrix": ("级别|Zoom level", {"type": "string"}),
    "tile_row": ("行|Row", {"type": "integer", "minimum": 0}), "tile_col": ("列|Column", {"type": "integer", "minimum": 0})}
# Of what items take, that which chooses features; in a tile nothing is paged, sorted or written otherwise.
CHOOSING = ("datetime", "as_of", "q", "filter", "filter-lang", "filter-crs")
LAST = 16  # level of the last tiles that MapLibre asks for: a unit is 15 cm, beyond it draws these larger
_NUMBER = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)
_SUBSET = re.compile(r'datetime\((?:"([^"]*)"|(\*))(?::(?:"([^"]*)"|(\*)))?\)')


def _subset(raw: str) -> Any:
    """`datetime("2020-01-01")`, `datetime("2019-01-01":*)` (/req/datetime) as the parameter datetime reads it."""
    if not (found := _SUBSET.fullmatch(raw)):
        raise Wrong('应为 datetime("2020-01-01") 或 datetime("2019-01-01":"2020-01-01")，开口用 *',
                    'datetime("2020-01-01") or datetime("2019-01-01":"2020-01-01") is needed, * where it is open')
    start, end = found[1] or "..", (found[3] or "..") if found[3] or found[4] else None
    return filters.moment(start if end is None else f"{start}/{end}")


def _collections(raw: str) -> tuple[str, ...]:
    """Ids of collections or their addresses, in order (/req/collections-selection)."""
    return tuple(dict.fromkeys(part.strip().rstrip("/").rpartition("/collections/")[2] for part in raw.split(",")))


SUBSET = Param("subset", '同 datetime：datetime("2020-01-01")|The same as datetime: datetime("2020-01-01")',
               {"type": "string", "pattern": r"^datetime\(.+\)$"}, _subset, shared=True)
COLLECTIONS = Param("collections", "要哪些数据集：标识或网址，按此顺序|Which collections, by id or address, in this order",
                    {"type": "array", "items": {"type": "string"}, "minItems": 1}, _collections)
OF_ALL = (COLLECTIONS, filters.DATETIME_PARAM, filters.AS_OF_PARAM, SUBSET)


def of_kind(kind: FeatureKind) -> tuple[Param, ...]:
    """The filters of items that tiles have as well."""
    properties = {f.key for f in filters.filtering(kind)}
    return (*(p for p in filters.items_params(kind) if p.name in CHOOSING or p.name in properties), SUBSET)


@dataclass(frozen=True)
class Tile:
    """A tile: bytes, and for each layer that is thinned how many features it has of how many."""

    data: bytes
    thinned: tuple[tuple[str, int, int], ...] = ()

    def headers(self, *, one: bool) -> dict[str, str]:
        said = ", ".join(f"{drawn} of {of}" if one else f"{key} {drawn} of {of}" for key, drawn, of in self.thinned)
        return {tile_cache.THINNED.name: said} if said else {}


@operation(tiles, Operation(
    "tile", "/collections/<collection>/tiles/<tile_matrix_set_id>/<tile_matrix>/<tile_row>/<tile_col>", "矢量瓦片|Vector tile",
    "tiles", (MVT,), "Tile", of_kind=lambda kind: (*of_kind(kind), tile_cache.V_PARAM), path=PATH,
    ending=".collection.vector.getTile", sends=(tile_cache.THINNED,)))
def _tile(asked: Asked, tile_matrix_set_id: str, **where: str) -> Answer | Response:
    assert asked.kind is not None
    short_tiles.told(asked, partial(query, asked, asked.kind), one)
    return _served(asked, [asked.kind], place(tile_matrix_set_id, **where))


@operation(tiles, Operation(
    "dataset_tile", "/tiles/<tile_matrix_set_id>/<tile_matrix>/<tile_row>/<tile_col>", "全部数据集的矢量瓦片|Vector tile of all collections",
    "tiles", (MVT,), "Tile", (*OF_ALL, tile_cache.V_PARAM), path=PATH, ending=".dataset.vector.getTile", sends=(tile_cache.THINNED,)))
def _dataset_tile(asked: Asked, tile_matrix_set_id: str, **where: str) -> Answer | Response:
    here = place(tile_matrix_set_id, **where)
    return _served(asked, chosen(asked), here)


def _served(asked: Asked, kinds: Sequence[FeatureKind], where: store.Place) -> Answer | Response:
    """The tile, from the cache where it is still good."""
    def make() -> tuple[bytes, dict[str, str]]:
        made = tile(asked, kinds, where)
        return made.data, made.headers(one=asked.kind is not None)

    box = where.box
    return tile_cache.serve(asked, kinds, (where.set.id, where.level, where.row, where.column),
                            (box.west, box.south, box.east, box.north), make)


def place(tile_matrix_set_id: str, tile_matrix: str, tile_row: str, tile_col: str) -> store.Place:
    """The tile of these variables of a path; NotFound where the tile matrix set has none (/req/core/tc-error)."""
    found, parts = matrix_sets.find(tile_matrix_set_id), (tile_matrix, tile_row, tile_col)
    level, row, column = (int(p) if _NUMBER.fullmatch(p) else -1 for p in parts)
    if not found.has(level, row, column):
        raise NotFound(what=f"{found.id}/{'/'.join(p[:10] for p in parts)}")
    return store.Place(found, level, row, column)


def one(conn: Connection, query: Query, where: store.Place) -> tuple[bytes, dict[str, str], Layer]:
    """The bytes of a tile of one kind, what is told beside them, and the state of what it is drawn from."""
    drawn = store.layer(conn, query, where)
    made = _together({query.kind.key: drawn})
    return made.data, made.headers(one=True), drawn.state


def tile(asked: Asked, kinds: Sequence[FeatureKind], where: store.Place) -> Tile:
    """The bytes of a tile: a layer for each kind in their order, what was asked of each, within the budget of a tile together."""
    budget, made = store.MOST_BYTES, {}
    for kind in kinds:
        made[kind.key] = store.layer(asked.conn, query(asked, kind), where, budget)
    if len(kinds) > 1 and sum(len(layer.data) for layer in made.values()) > budget:
        weights = {key: store.weight(layer.data) for key, layer in made.items()}
        for kind in kinds:
            # A little less, since layers compress otherwise when they are together.
            share = _share(weights, kind.key, budget * 19 // 20)
            if weights[kind.key] > share:
                made[kind.key] = store.layer(asked.conn, query(asked, kind), where, share)
    return _together(made)


def _together(made: Mapping[str, store.Layer]) -> Tile:
    return Tile(b"".join(layer.data for layer in made.values()),
                tuple((key, layer.drawn, layer.of) for key, layer in made.items() if layer.of is not None))


def _share(weights: dict[str, int], key: str, budget: int) -> int:
    """What a layer may weigh: the light ones are left whole, the others share the rest alike."""
    rest = sorted(weights.values())
    for n, weight in enumerate(rest):
        if weight > (fair := budget // (len(rest) - n)):
            return fair
        budget -= weight
    return weights[key]


def query(asked: Asked, kind: FeatureKind) -> Query:
    """What is asked of one kind: the filters of its own tiles, the moment in those of all."""
    time = asked.values["subset"] or asked.values["datetime"]
    if asked.values["subset"] and asked.values["datetime"] not in (None, asked.values["subset"]):
        raise BadValue(name="subset", value="datetime", why_zh="与 datetime 不同", why_en="it differs from datetime")
    values = {p.name: p.default for p in filters.items_params(kind)}
    if asked.kind:
        values |= asked.values | {"filter": filters.filter_of(asked)}
    return filters.query(kind, asked.city_found, values | {"datetime": time}, asked.sight)


def chosen(asked: Asked) -> list[FeatureKind]:
    """The kinds that `collections` names, else all; BadValue for one that is not there."""
    known = session.kinds(asked.conn, asked.sight)
    wanted = asked.values["collections"] or tuple(known)
    for key in wanted:
        if key not in known:
            raise BadValue(name="collections", value=key[:80], why_zh=f"可用：{'、'.join(known)}", why_en=f"known: {', '.join(known)}")
    return [known[key] for key in wanted]


def address(asked: Asked, kind: FeatureKind | None, found: MatrixSet = WEB) -> tuple[str, dict[str, str]]:
    """Path of the tiles, with `{tileMatrix}/{tileRow}/{tileCol}`, and their query: the one place that makes them.

    Filters and moment that were given are carried on; language and format are not of a tile.
    """
    path = f"/collections/{kind.key}/tiles" if kind else "/tiles"
    known = {p.name for p in (of_kind(kind) if kind else OF_ALL)} | {"city"}
    return (f"{path}/{found.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
            {k: v for k, v in asked.given.items() if k in known})


def template_link(asked: Asked, rel: str, kind: FeatureKind | None, found: MatrixSet = WEB) -> Link:
    """The link to the tiles, with variables in braces."""
    return template(rel, *address(asked, kind, found), MVT.media, i18n.say("矢量瓦片", "Vector tiles"))


def template_url(asked: Asked, kind: FeatureKind | None, found: MatrixSet = WEB, version: dict[str, str] | None = None) -> str:
    """The same as MapLibre and TileJSON write it, with {z}, {y}, {x}; of a version its tiles may be kept for good."""
    path, query = address(asked, kind, found)
    href: str = template("item", path, {**query, **(version or {})}, MVT.media, "")["href"]
    return href.replace("{tileMatrix}", "{z}").replace("{tileRow}", "{y}").replace("{tileCol}", "{x}")
