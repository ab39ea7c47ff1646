"""Vector tiles of one kind, made in the database from the very rows that the same query pages through."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Connection

from registry.store import filled, layers, tile_sql
from registry.store.filled import Filled
from registry.store.matrices import HALF_M, Box, MatrixSet
from registry.store.query import Query, condition
from registry.store.rows import fetch
from registry.store.tile_sql import EXTENT, MARGIN, ROUNDED, SINGLE

PIXELS = 512  # of a tile as it is shown
GRAIN = 2  # pixels: of the shapes that are smaller, one stands for all
MOST = 50_000  # features of a tile: more is a grey area on the map
MOST_BYTES = 500_000  # of a tile as it is sent, compressed
_LIGHT = 1  # zlib's level while it is only weighed


@dataclass(frozen=True)
class Place:
    """Which tile: of which matrix set, level, row and column."""

    set: MatrixSet
    level: int
    row: int
    column: int

    @cached_property
    def box(self) -> Box:
        return self.set.box(self.level, self.row, self.column)

    @property
    def straight(self) -> bool:
        """Whether degrees can be drawn as they are: they lie less than half a pixel from where they should."""
        return _straight(self.set, self.level, self.row)

    @property
    def wide(self) -> bool:
        """Whether what is drawn beyond the edge reaches further than what the index finds there: not of the smallest tiles."""
        box = self.box
        return min(box.east - box.west, box.north - box.south) * MARGIN / EXTENT > ROUNDED


@lru_cache(maxsize=4096)
def _straight(found: MatrixSet, level: int, row: int) -> bool:
    return found.bend(level, row) * PIXELS < 0.5


@dataclass(frozen=True)
class Layer:
    """One layer of a tile: empty bytes where nothing lies. drawn: features in it; of: how many there were, where it was thinned.
    state: of the layer that it is drawn from, at that time."""

    data: bytes
    drawn: int = 0
    of: int | None = None
    state: layers.Layer = layers.Layer()


def layer(conn: Connection, query: Query, place: Place, most_bytes: int = MOST_BYTES) -> Layer:
    """One layer of a Mapbox Vector Tile, named as the kind; at most MOST features and `most_bytes` compressed.

    Where there is more, the largest stay, and of those alike the same ones each time. Without geometry is in no tile.
    """
    made = _made(conn, query, place, MOST + 1, thin=False)
    most = min(MOST, made.drawn)
    if made.drawn <= MOST and (weighs := weight(made.data, most_bytes)) > most_bytes:
        most = _fewer(most, most_bytes / weighs)
    elif made.drawn <= MOST:
        return made
    made = _made(conn, query, place, most, thin=True)
    while most and (weighs := weight(made.data, most_bytes)) > most_bytes:
        most = _fewer(most, most_bytes / weighs)
        made = _made(conn, query, place, most, thin=True)
    return made


def _fewer(most: int, share: float) -> int:
    return int(most * min(0.95, 0.95 * share))


def weight(data: bytes, most: int = 0) -> int:
    """Bytes as they are sent; what is no more than `most` uncompressed needs no closer look."""
    return len(data) if len(data) <= most else len(zlib.compress(data, _LIGHT))


def _made(conn: Connection, query: Query, place: Place, most: int, *, thin: bool) -> Layer:
    """The layer with no more features than `most`: any of them, or when it is to be thin the first by size."""
    if not query.live:
        return _drawn(conn, query, place, most, filled.ANY, thin=thin)

    def ask(known: Filled) -> tuple[Layer, int]:
        found = _drawn(conn, query, place, most, known, thin=thin)
        return found, found.state.filled_at

    return filled.told_by(conn, query.city, query.kind.key, ask)


def _drawn(conn: Connection, query: Query, place: Place, most: int, known: Filled, *, thin: bool) -> Layer:
    """The same, without what no row had a value of as far as is known."""
    where, params = condition(query, paged=False)
    points = known.single_points and query.exact and query.kind.geometry == ("point",) and place.wide
    drawing = tile_sql.Drawing(query.kind, place.level, place.straight, place.set.in_degrees, _grouped(query, place), thin, points, known)
    statement = tile_sql.over(drawing, query.source, where)
    # One plan is right for all small tiles; of others each is planned, as a plan for any would not know how many rows lie in it.
    data, drawn, of, *state = fetch(conn, statement, {**params, **_bounds(query, place), "layer": query.kind.key, "most": most},
                                    keep=place.level >= SINGLE and query.steady and not thin)[0]
    return Layer(bytes(data), drawn, of, layers.of_facts(state))


def _grouped(query: Query, place: Place) -> bool:
    """Whether there are points that are counted by cell: by the declaration, or since the principal sees coarse places only."""
    coarse = query.sight.principal.mask(query.kind.key).coarse_degrees
    return place.level < SINGLE and bool(coarse or "point" in query.kind.geometry)


def _bounds(query: Query, place: Place) -> dict[str, Any]:
    """All numbers about the tile: its edges in degrees and metres, those with the margin, its level."""
    box, (columns, rows) = place.box, place.set.matrix(place.level)
    wide, high = box.east - box.west, box.north - box.south
    # Points need no margin: a client draws them whole from the tile they lie in.
    share = 1e-9 if query.kind.geometry == ("point",) else 2 * MARGIN / EXTENT
    side, half = 2 * HALF_M / rows, HALF_M
    units_x, units_y = EXTENT / wide, -EXTENT / high
    return {"units_x": units_x, "units_y": units_y, "from_x": 0.5 - box.west * units_x, "from_y": 0.5 - box.north * units_y,
            "w": box.west, "s": box.south, "e": box.east, "n": box.north, "grain": GRAIN * wide / PIXELS,
            "left": box.west - share * wide, "right": box.east + share * wide,
            "bottom": max(-90.0, box.south - share * high), "top": min(90.0, box.north + share * high),
            "west_m": place.column * side - half, "east_m": (place.column + 1) * side - half,
            "north_m": half - place.row * side, "south_m": half - (place.row + 1) * side,
            "rows": float(rows), "columns": float(columns), "row": float(place.row), "column": float(place.column)}
