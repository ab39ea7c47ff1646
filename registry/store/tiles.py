"""Vector tiles of one kind, made in the database from the very rows that the same query pages through.

From SINGLE and DETAIL on every feature is in its tile; before, points are counted by cell and shapes are simplified. What is
drawn lies in Web Mercator or degrees; nothing is ever measured there.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.db.columns import literal, quote, read
from registry.db.fragments import for_driver
from registry.geo import STORED, WEB_MERCATOR
from registry.kinds import FeatureKind, Field, Label
from registry.store import filled, layers
from registry.store.filled import Filled
from registry.store.matrices import HALF_M, Box, MatrixSet
from registry.store.query import Query, condition
from registry.store.rows import fetch

NAMED = 14  # level from which a feature carries code, name and what it is filtered by; before, what its style needs
DETAIL = 12  # level from which each line and area is drawn as it is
SINGLE = 14  # level from which each point is: lamps stand 7 pixels apart there
NEAR = 16  # level up to which what the index rounds, a metre or two, is less than MARGIN
EXTENT, MARGIN = 4096, 64  # units of a tile, and of what is drawn beyond its edge
PIXELS = 512  # of a tile as it is shown
GRAIN = 2  # pixels: of the shapes that are smaller, one stands for all
CELLS = 64  # of a tile's side: points nearer than 8 pixels become one
MOST = 50_000  # features of a tile: more is a grey area on the map
MOST_BYTES = 500_000  # of a tile as it is sent, compressed
POINTS = "point_count"  # as MapLibre's own clusters call it
_LIGHT = 1  # zlib's level while it is only weighed
_BOX = f"ST_MakeEnvelope(«left», «bottom», «right», «top», {STORED})"
_SIZE = "greatest(ST_XMax(a.geom) - ST_XMin(a.geom), ST_YMax(a.geom) - ST_YMin(a.geom))"


@dataclass(frozen=True)
class Place:
    """Which tile: of which matrix set, level, row and column."""

    set: MatrixSet
    level: int
    row: int
    column: int

    @property
    def box(self) -> Box:
        return self.set.box(self.level, self.row, self.column)

    @property
    def straight(self) -> bool:
        """Whether degrees can be drawn as they are: they lie less than half a pixel from where they should."""
        return self.set.bend(self.level, self.row) * PIXELS < 0.5


@dataclass(frozen=True)
class Layer:
    """One layer of a tile: empty bytes where nothing lies. drawn: features in it; of: how many there were, where it was thinned.
    state: of the layer that it is drawn from, at that time."""

    data: bytes
    drawn: int = 0
    of: int | None = None
    state: layers.Layer = layers.Layer()


def fields(kind: FeatureKind, level: int) -> list[Field]:
    """What a feature carries at a level: at least what its colour and label need."""
    if level >= NAMED:
        return [f for f in kind.fields if f.filter or f.key in ("code", "name", "state")]
    return [f for f in kind.fields if f is kind.colored_by or (f.key == "name" and kind.table == "zone")]


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
    carried = [f for f in fields(query.kind, place.level) if f is query.kind.colored_by or not known.nothing(f, read(f))]
    picked, grouped = _picked(query, place, carried, sized=thin), _grouped(query, place)
    parts = [_clusters(query, place, carried)] if grouped else []
    # Of a small place in the order that they are found by the index: to sort them takes a tenth of the time.
    order = "" if place.level >= SINGLE else "ORDER BY r.id"
    first = ("SELECT * FROM picked ORDER BY _size DESC, hashint8(id) LIMIT «most»" if thin
             else f"SELECT * FROM ({picked}) r {order} LIMIT «most»")
    if picked:
        parts.append(_shapes(query, place, carried, first, grouped=grouped, points=known.single_points and query.exact))
    statement = sql.script(
        "tile_layer", extent=str(EXTENT), drawn=" UNION ALL ".join(parts),
        picked=f"WITH picked AS MATERIALIZED ({picked})" if thin else "",
        of="(SELECT count(*) FROM picked)" if thin else "NULL::bigint", facts=layers.FACTS, key=literal(query.kind.key))
    statement = for_driver(statement).replace("»source«", query.source).replace("»where«", where)
    data, drawn, of, *state = _row(conn, statement, {**params, **_bounds(query, place), "layer": query.kind.key, "most": most},
                           keep=place.level >= SINGLE and query.steady and not thin)
    return Layer(bytes(data), drawn, of, layers.Layer() if state[0] is None else layers.Layer(*state))


def _row(conn: Connection, statement: str, params: dict[str, Any], *, keep: bool) -> Any:
    """The one row of a statement. keep: one plan is right for all such tiles; else it is planned each time, as a plan for any
    tile would not know how many rows lie in this one."""
    return fetch(conn, statement, params, keep=keep)[0]


def _grouped(query: Query, place: Place) -> bool:
    """Whether there are points that are counted by cell: by the declaration, or since the principal sees coarse places only."""
    coarse = query.sight.principal.mask(query.kind.key).coarse_degrees
    return place.level < SINGLE and bool(coarse or "point" in query.kind.geometry)


def _picked(query: Query, place: Place, carried: list[Field], *, sized: bool) -> str:
    """The rows of a tile that are drawn one by one, with their size where it is asked for; empty when all are counted by cell."""
    columns = "".join(f", {read(f)} AS {quote(f.key)}" for f in carried)
    grouped = _grouped(query, place)
    if grouped and query.kind.geometry == ("point",):
        return ""
    shapes = " AND ST_Dimension(a.geom) > 0" if grouped else ""
    if place.level >= DETAIL:
        size = f", {_SIZE} AS _size" if sized else ""
        return f"SELECT a.id{columns}, a.geom AS geom{size} FROM »source« a WHERE a.geom && {_BOX}{shapes} AND »where«"
    return sql.script("tile_shapes", columns=columns, size=_SIZE, source="»source«", where="»where«", box=_BOX, shapes=shapes)


def _shapes(query: Query, place: Place, carried: list[Field], picked: str, *, grouped: bool, points: bool) -> str:
    """The picked rows with what they show and their geometry in units of the tile. points: each place is one."""
    names = [quote(f.key) for f in carried]
    counts = [POINTS, *(name for name, _ in _counts(query.kind))] if grouped else []
    columns = [*(f"CAST(NULL AS bigint) AS {quote(c)}" for c in counts), *(f"p.{n}" for n in names)]
    return f"SELECT {', '.join(['p.id', *columns])}, {_placed(place, points=points)} AS geom FROM ({picked}) p"


def _clusters(query: Query, place: Place, carried: list[Field]) -> str:
    """The points of a tile, counted by cell: how many, how many of each colour, and the commonest of those."""
    colored, counts = query.kind.colored_by, _counts(query.kind)
    columns = "".join(f", {read(f)} AS {quote(f.key)}" for f in carried if f is colored)
    counted = "".join(f", count(*) FILTER (WHERE p.{quote(colored.key)} = {literal(value)}) AS {quote(name)}"
                      for name, value in counts if colored)
    numbers = "".join(f", nullif(c.{quote(n)}, 0) AS {quote(n)}" for n, _ in counts)
    # A label would be that of one among many.
    titles = "".join(f", {_commonest(counts) if f is colored else 'CAST(NULL AS text)'} AS {quote(f.key)}" for f in carried)
    only = "" if query.kind.geometry == ("point",) else " AND ST_Dimension(a.geom) = 0"
    return sql.script("tile_clusters", columns=columns, counted=counted, shown=numbers + titles, cells=str(CELLS),
                      extent=str(EXTENT), down=_down(place, "m._lat"), down_mean=_down(place, "c._lat"), box=_BOX, points=only,
                      source="»source«", where="»where«")


def _commonest(counts: list[tuple[str, str]]) -> str:
    """The code that most points of the cell `c` have; none where most have none."""
    names = [f"c.{quote(n)}" for n, _ in counts]
    most = f"greatest({', '.join(names)})"
    cases = " ".join(f"WHEN {name} THEN {literal(value)}" for name, (_, value) in zip(names, counts, strict=True))
    return f"CASE WHEN {most} >= c._n - ({' + '.join(names)}) THEN CASE {most} {cases} END END"


def cluster_counts(kind: FeatureKind) -> list[tuple[str, Label]]:
    """The properties of a group of points with their titles; none for kinds that have no points."""
    if "point" not in kind.geometry:
        return []
    colored = kind.colored_by
    of_codes = {c.value: c.title for c in colored.codes.codes} if colored and colored.codes else {}
    return [(POINTS, Label("个数", "How many")), *((name, of_codes[value]) for name, value in _counts(kind))]


def _counts(kind: FeatureKind) -> list[tuple[str, str]]:
    """Property and code of each colour that the points of a cell are counted by: `state_damaged`."""
    found = kind.colored_by
    return [(f"{found.key}_{c.value}", c.value) for c in found.codes.codes] if found and found.codes else []


def _down(place: Place, latitude: str) -> str:
    """How many rows of tiles lie above a latitude."""
    if place.set.in_degrees:
        return f"(90 - {latitude}) / 180 * «rows»"
    return f"(0.5 - ln(tan(pi() / 4 + radians({latitude}) / 2)) / (2 * pi())) * «rows»"


def _placed(place: Place, *, points: bool) -> str:
    """The geometry of a row `p` in units of the tile."""
    geom, frame, srid = "p.geom", "«w», «s», «e», «n»", STORED
    if place.level < DETAIL:
        geom = f"ST_Simplify({geom}, «grain» / 4, true)"
    if not place.straight:
        # The poles have no place in Web Mercator, and what lies beyond the margin none in the tile.
        geom = f"ST_Transform(ST_ClipByBox2D({geom}, {_BOX}), {WEB_MERCATOR})"
        frame, srid = "«west_m», «south_m», «east_m», «north_m»", WEB_MERCATOR
    drawn = f"ST_AsMVTGeom({geom}, ST_MakeEnvelope({frame}, {srid}), {EXTENT}, {MARGIN}, true)"
    if not points or not place.straight or not SINGLE <= place.level <= NEAR:
        return drawn
    # The same by two numbers, in a third of the time: it lies in the tile, or the index would not have given it.
    x, y = f"(ST_X({geom}) - «w») / («e» - «w»)", f"(«n» - ST_Y({geom})) / («n» - «s»)"
    return f"ST_MakePoint(round({x} * {EXTENT}), round({y} * {EXTENT}))"


def _bounds(query: Query, place: Place) -> dict[str, Any]:
    """All numbers about the tile: its edges in degrees and metres, those with the margin, its level."""
    box, (columns, rows) = place.box, place.set.matrix(place.level)
    wide, high = box.east - box.west, box.north - box.south
    # Points need no margin: a client draws them whole from the tile they lie in.
    share = 1e-9 if query.kind.geometry == ("point",) else 2 * MARGIN / EXTENT
    side, half = 2 * HALF_M / rows, HALF_M
    return {"w": box.west, "s": box.south, "e": box.east, "n": box.north, "grain": GRAIN * wide / PIXELS,
            "left": box.west - share * wide, "right": box.east + share * wide,
            "bottom": max(-90.0, box.south - share * high), "top": min(90.0, box.north + share * high),
            "west_m": place.column * side - half, "east_m": (place.column + 1) * side - half,
            "north_m": half - place.row * side, "south_m": half - (place.row + 1) * side,
            "rows": float(rows), "columns": float(columns), "row": float(place.row), "column": float(place.column)}
