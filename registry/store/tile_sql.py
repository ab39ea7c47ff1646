"""The SQL of a tile: what is picked, what a feature carries and where it is drawn, by the level and the declaration.

From SINGLE and DETAIL on every feature is in its tile; before, points are counted by cell and shapes are simplified. What is
drawn lies in Web Mercator or degrees; nothing is ever measured there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from registry import sql
from registry.db.columns import literal, quote, read
from registry.db.fragments import for_driver
from registry.geo import STORED, WEB_MERCATOR
from registry.kinds import FeatureKind, Field, Label
from registry.store import layers
from registry.store.filled import Filled

NAMED = 14  # level from which a feature carries code, name and what it is filtered by; before, what its style needs
DETAIL = 12  # level from which each line and area is drawn as it is
SINGLE = 14  # level from which each point is: lamps stand 7 pixels apart there
EXTENT, MARGIN = 4096, 64  # units of a tile, and of what is drawn beyond its edge
ROUNDED = 2**-15  # degrees: how far at most from a box what the index finds in it lies, each edge being a float of four bytes
CELLS = 64  # of a tile's side: points nearer than 8 pixels become one
POINTS = "point_count"  # as MapLibre's own clusters call it
SOURCE, WHERE = "»source«", "»where«"  # where those of a query are to stand
_BOX = f"ST_MakeEnvelope(«left», «bottom», «right», «top», {STORED})"
_SIZE = "greatest(ST_XMax(a.geom) - ST_XMin(a.geom), ST_YMax(a.geom) - ST_YMin(a.geom))"


@dataclass(frozen=True)
class Drawing:
    """What decides on the statement of a tile, beside the rows it is drawn from.

    straight: degrees can be drawn as they are. in_degrees: the rows of the matrix set are of equal degrees. grouped: points are
    counted by cell. thin: the largest stay of too many. points: each place is one point, and none that the index finds lies beyond
    what is drawn. filled: what rows may have a value of.
    """

    kind: FeatureKind
    level: int
    straight: bool
    in_degrees: bool
    grouped: bool
    thin: bool
    points: bool
    filled: Filled

    @property
    def by_numbers(self) -> bool:
        """Whether a place is drawn by two numbers, in a third of the time, instead of being looked at whether it lies in the tile."""
        return self.points and self.straight and self.level >= SINGLE

    @property
    def carried(self) -> list[Field]:
        """What a feature carries."""
        return fields(self.kind, self.level)

    def reads(self, field: Field) -> str:
        """What reads a field of a row `a`. What none has a value of stays, unread: a tile lists its properties, and must not be
        another since a row elsewhere has one more."""
        return "CAST(NULL AS text)" if self.filled.nothing(field, read(field)) else read(field)


def fields(kind: FeatureKind, level: int) -> list[Field]:
    """What a feature carries at a level: at least what its colour and label need."""
    if level >= NAMED:
        return [f for f in kind.fields if f.filter or f.key in ("code", "name", "state")]
    return [f for f in kind.fields if f is kind.colored_by or (f.key == "name" and kind.table == "zone")]


@lru_cache(maxsize=512)
def statement(drawing: Drawing) -> str:
    """The statement, as the driver takes it, with SOURCE and WHERE. Its row: (tile, features, how many there were, *facts of the layer)."""
    picked = _picked(drawing)
    parts = [_clusters(drawing)] if drawing.grouped else []
    # In the order of their ids, which every process finds: the index tells those beside a write in another than before.
    first = ("SELECT * FROM picked ORDER BY _size DESC, hashint8(id) LIMIT «most»" if drawing.thin
             else f"SELECT * FROM ({picked}) r ORDER BY r.id LIMIT «most»")
    if picked:
        parts.append(_shapes(drawing, first))
    drawn = f"({' UNION ALL '.join(parts)}"
    # What comes to nothing at this scale is left out; OFFSET 0, else each shape is drawn once to look at it, and again.
    drawn += ") t" if drawing.by_numbers else " OFFSET 0) t WHERE t.geom IS NOT NULL"
    return for_driver(sql.script(
        "tile_layer", extent=str(EXTENT), drawn=drawn,
        picked=f"WITH picked AS MATERIALIZED ({picked})" if drawing.thin else "",
        of="(SELECT count(*) FROM picked)" if drawing.thin else "NULL::bigint", facts=layers.FACTS, key=literal(drawing.kind.key)))


@lru_cache(maxsize=512)
def over(drawing: Drawing, source: str, where: str) -> str:
    """The same over the rows of a query."""
    return statement(drawing).replace(SOURCE, source).replace(WHERE, where)


def _picked(drawing: Drawing) -> str:
    """The rows of a tile that are drawn one by one, with their size where it is asked for; empty when all are counted by cell."""
    columns = "".join(f", {drawing.reads(f)} AS {quote(f.key)}" for f in drawing.carried)
    if drawing.grouped and drawing.kind.geometry == ("point",):
        return ""
    shapes = " AND ST_Dimension(a.geom) > 0" if drawing.grouped else ""
    if drawing.level >= DETAIL:
        size = f", {_SIZE} AS _size" if drawing.thin else ""
        return f"SELECT a.id{columns}, a.geom AS geom{size} FROM {SOURCE} a WHERE a.geom && {_BOX}{shapes} AND {WHERE}"
    return sql.script("tile_shapes", columns=columns, size=_SIZE, source=SOURCE, where=WHERE, box=_BOX, shapes=shapes)


def _shapes(drawing: Drawing, picked: str) -> str:
    """The picked rows with what they show and their geometry in units of the tile."""
    names = [quote(f.key) for f in drawing.carried]
    counts = [POINTS, *(name for name, _ in _counts(drawing.kind))] if drawing.grouped else []
    columns = [*(f"CAST(NULL AS bigint) AS {quote(c)}" for c in counts), *(f"p.{n}" for n in names)]
    return f"SELECT {', '.join(['p.id', *columns])}, {_placed(drawing)} AS geom FROM ({picked}) p"


def _clusters(drawing: Drawing) -> str:
    """The points of a tile, counted by cell: how many, how many of each colour, and the commonest of those."""
    kind, carried = drawing.kind, drawing.carried
    colored, counts = kind.colored_by, _counts(kind)
    columns = "".join(f", {drawing.reads(f)} AS {quote(f.key)}" for f in carried if f is colored)
    counted = "".join(f", count(*) FILTER (WHERE p.{quote(colored.key)} = {literal(value)}) AS {quote(name)}"
                      for name, value in counts if colored)
    numbers = "".join(f", nullif(c.{quote(n)}, 0) AS {quote(n)}" for n, _ in counts)
    # A label would be that of one among many.
    titles = "".join(f", {_commonest(counts) if f is colored else 'CAST(NULL AS text)'} AS {quote(f.key)}" for f in carried)
    only = "" if kind.geometry == ("point",) else " AND ST_Dimension(a.geom) = 0"
    return sql.script("tile_clusters", columns=columns, counted=counted, shown=numbers + titles, cells=str(CELLS),
                      extent=str(EXTENT), down=_down(drawing, "m._lat"), down_mean=_down(drawing, "c._lat"), box=_BOX, points=only,
                      source=SOURCE, where=WHERE)


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


def _down(drawing: Drawing, latitude: str) -> str:
    """How many rows of tiles lie above a latitude."""
    if drawing.in_degrees:
        return f"(90 - {latitude}) / 180 * «rows»"
    return f"(0.5 - ln(tan(pi() / 4 + radians({latitude}) / 2)) / (2 * pi())) * «rows»"


def _placed(drawing: Drawing) -> str:
    """The geometry of a row `p` in units of the tile."""
    geom, frame, srid = "p.geom", "«w», «s», «e», «n»", STORED
    if drawing.level < DETAIL:
        geom = f"ST_Simplify({geom}, «grain» / 4, true)"
    if not drawing.straight:
        # The poles have no place in Web Mercator, and what lies beyond the margin none in the tile.
        geom = f"ST_Transform(ST_ClipByBox2D({geom}, {_BOX}), {WEB_MERCATOR})"
        frame, srid = "«west_m», «south_m», «east_m», «north_m»", WEB_MERCATOR
    drawn = f"ST_AsMVTGeom({geom}, ST_MakeEnvelope({frame}, {srid}), {EXTENT}, {MARGIN}, true)"
    if not drawing.by_numbers:
        return drawn
    # In one call. ST_AsMVT cuts off what is behind the point, so half a unit is in the offsets.
    return f"ST_Affine({geom}, «units_x», 0, 0, «units_y», «from_x», «from_y»)"
