"""Vector tiles: `{tileMatrix}/{tileRow}/{tileCol}` of WebMercatorQuad, seen through the same eyes as the items."""

from __future__ import annotations

import math
import re
from typing import Any

from flask import Blueprint, Response

from api import filters, form, tile_cache
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
    unwanted = ("limit", "cursor", "sortby", "bbox", "bbox-crs", *shown)
    return (*(p for p in filters.items_params(kind) if p.name not in unwanted), tile_cache.V_PARAM)


@operation(tiles, Operation(
    "tile", "/collections/<collection>/tiles/WebMercatorQuad/<tile_matrix>/<tile_row>/<tile_col>", "矢量瓦片|Vector tile",
    "data", (MVT,), "Tile", of_kind=_params, path=_PATH))
def _tile(asked: Asked, tile_matrix: str, tile_row: str, tile_col: str) -> Answer | Response:
    assert asked.kind is not None
    parts = (tile_matrix, tile_row, tile_col)
    matrix, row, column = (int(p) if _NUMBER.fullmatch(p) else -1 for p in parts)
    if not (0 <= matrix <= store.DEEPEST and 0 <= row < 2**matrix and 0 <= column < 2**matrix):
        raise NotFound(what=f"{asked.kind.key}/tiles/{'/'.join(p[:10] for p in parts)}")
    kind = asked.kind

    def make() -> tuple[bytes, dict[str, str]]:
        query = filters.query(kind, asked.city.key, asked.values | {
            "bbox": None, "sortby": (), "limit": 1, "filter": filters.filter_of(asked)}, asked.sight)
        return store.tile(asked.conn, query, matrix, row, column), {}

    return tile_cache.serve(asked, [kind], ("WebMercatorQuad", matrix, row, column), _box(matrix, row, column), make)


def _box(matrix: int, row: int, column: int) -> tuple[float, float, float, float]:
    """Where a tile of WebMercatorQuad lies, in degrees."""
    across = 2**matrix
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * r / across)))) for r in (row, row + 1))
    return 360 * column / across - 180, south, 360 * (column + 1) / across - 180, north
