"""Vector tiles of one kind, made in the database from the very rows that the same query pages through."""

from __future__ import annotations

from sqlalchemy import Connection

from registry.db.columns import quote, read
from registry.db.fragments import for_driver
from registry.geo import STORED, WEB_MERCATOR
from registry.store.query import Query, condition
from registry.store.rows import fetch

DEEPEST = 22
EXTENT, MARGIN = 4096, 64  # units of a tile, and of what is drawn beyond its edge
MOST = 50_000  # features of a tile: more is a grey area on the map and megabytes on the way


def tile(conn: Connection, query: Query, matrix: int, row: int, column: int) -> bytes:
    """One Mapbox Vector Tile of WebMercatorQuad, with one layer named as the kind; empty bytes where nothing lies.

    Properties: code, name, state and the fields with a filter. Features without geometry are in no tile.
    """
    kind = query.kind
    where, params = condition(query, paged=False)
    shown = [f for f in kind.fields if f.filter or f.key in ("code", "name", "state")]
    columns = "".join(f", {read(f)} AS {quote(f.key)}" for f in shown)
    statement = (
        f"SELECT ST_AsMVT(t, «layer», {EXTENT}, 'geom', 'id') FROM (SELECT a.id{columns}, "
        f"ST_AsMVTGeom(ST_Transform(a.geom, {WEB_MERCATOR}), ST_TileEnvelope(«z», «x», «y»), {EXTENT}, {MARGIN}, true) AS geom "
        f"FROM {query.sight.rows(kind).sql} a WHERE a.geom && ST_Transform(ST_TileEnvelope(«z», «x», «y», "
        f"margin => {MARGIN / EXTENT}), {STORED}) AND »where« ORDER BY a.id LIMIT {MOST}) t WHERE t.geom IS NOT NULL")
    found = fetch(conn, for_driver(statement).replace("»where«", where),
                           {**params, "layer": kind.key, "z": matrix, "x": column, "y": row})
    return bytes(found[0][0])
