"""Vector tiles: `{tileMatrix}/{tileRow}/{tileCol}` of WebMercatorQuad, seen through the same eyes as the items."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint

from api import filters, form
from api.answers import Answer
from api.formats import MVT
from api.operations import Asked, Operation, operation
from registry.errors import NotFound
from registry.kinds import FeatureKind
from registry.store import tiles as store

tiles = Blueprint("tiles", __name__)
_NUMBER = re.compile(r"[0-9]{1,7}", re.ASCII)
_PATH: dict[str, tuple[str, dict[str, Any]]] = {"tile_matrix": ("级别|Zoom level", {"type": "string"}),
         "tile_row": ("行|Row", {"type": "integer", "minimum": 0}), "tile_col": ("列|Column", {"type": "integer", "minimum": 0})}


def _params(kind: FeatureKind) -> tuple[filters.Param, ...]:
    """The filters of items; what pages and sorts has no meaning in a tile."""
    shown = {p.name for p in form.params(kind)}
    return tuple(p for p in filters.items_params(kind) if p.name not in ("limit", "cursor", "sortby", "bbox", "bbox-crs", *shown))


@operation(tiles, Operation(
    "tile", "/collections/<collection>/tiles/WebMercatorQuad/<tile_matrix>/<tile_row>/<tile_col>", "矢量瓦片|Vector tile",
    "data", (MVT,), "Tile", of_kind=_params, path=_PATH))
def _tile(asked: Asked, tile_matrix: str, tile_row: str, tile_col: str) -> Answer:
    assert asked.kind is not None
    parts = (tile_matrix, tile_row, tile_col)
    matrix, row, column = (int(p) if _NUMBER.fullmatch(p) else -1 for p in parts)
    if not (0 <= matrix <= store.DEEPEST and 0 <= row < 2**matrix and 0 <= column < 2**matrix):
        raise NotFound(what=f"{asked.kind.key}/tiles/{'/'.join(p[:10] for p in parts)}")
    query = filters.query(asked.kind, asked.city_found, asked.values | {
        "bbox": None, "sortby": (), "limit": 1, "filter": filters.filter_of(asked)}, asked.sight)
    return Answer(body=store.tile(asked.conn, query, matrix, row, column))
