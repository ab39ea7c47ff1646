"""What to read of one kind: the query, and its condition, order and keyset as SQL over the row `a`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from registry.cql import Queryable, queryables
from registry.db.columns import discriminator, literal, read
from registry.db.fragments import Fragment
from registry.db.row import beside, of_row
from registry.kinds import FeatureKind
from registry.scope import WHOLE, Sight
from registry.store.filled import ANY, Filled
from registry.store.geojson import PLAIN, Form

THIN = 1e-9  # degrees, a tenth of a millimetre

FEW_STREETS = 5e-4  # square degrees, some 5 km² at 30° north


@dataclass(frozen=True)
class Query:
    """What to read.

    bbox: (west, south, east, north) in lon/lat degrees; west > east spans the antimeridian. Of a box in another CRS the
        place it covers, as WKB in EPSG:4490.
    during: closed interval of dates, None = open: time in service (assets) or validity (zones).
    equals: key of a queryable → accepted values (already parsed by its field); None among them means "no value".
    filter: a compiled filter expression; rows of which it is FALSE or NULL are left out.
    search: part of code or name. sort: (field key or "id", descending).
    after: sort values and id of the last row of the page before.
    most_bytes: size of the features at which a page ends although there are more; one feature is always there.
    where: further predicate of a caller on this floor's upper side, with its own bind values.
    sight: whose eyes, and as of when. form: how what is found is shown.
    """

    kind: FeatureKind
    city: str
    bbox: tuple[float, float, float, float] | bytes | None = None
    during: tuple[dt.date | None, dt.date | None] | None = None
    equals: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    filter: Fragment | None = None
    search: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    after: tuple[Any, ...] | None = None
    limit: int = 100
    most_bytes: int | None = None
    where: tuple[str, dict[str, Any]] | None = None
    sight: Sight = WHOLE
    form: Form = PLAIN

    @property
    def live(self) -> bool:
        """Whether what is seen of a row is what stands in the table now, or nothing."""
        return self.sight.as_of is None and self.sight.on is None

    @cached_property
    def exact(self) -> bool:
        """Whether each place is seen where it stands now."""
        return self.live and self.sight.principal.mask(self.kind.key).places_open

    @property
    def steady(self) -> bool:
        """Whether one plan is right for every value: pages by id of what is seen as it stands in the table now, whole or
        in a box so small that to read all of it costs little. Of anything else the value decides: nothing but the
        planner that knows it keeps a box of the whole city from being read and sorted for its first hundred."""
        simple = not (self.during or self.equals or self.filter or self.search or self.where or self.sort or self._rows.values)
        return simple and (self.bbox is None or _small(self.bbox))

    def but(self, **other: Any) -> Query:
        """The same of the same kind by the same eyes, with these values: what was worked out of those is kept."""
        made, _ = object.__new__(Query), (self.source, self.exact)
        made.__dict__.update(self.__dict__, **other)
        return made

    @property
    def values(self) -> dict[str, Any]:
        """What `source` binds."""
        return dict(self._rows.values)

    @cached_property
    def source(self) -> str:
        """What stands after FROM, as the driver takes it."""
        return self._rows.driver

    @cached_property
    def _rows(self) -> Fragment:
        return self.sight.rows(self.kind)


def condition(query: Query, *, paged: bool = True, known: Filled = ANY) -> tuple[str, dict[str, Any]]:
    """The condition of a query over the row `a` as the driver takes it, and all the values it binds. known: of the layer,
    when the rows are told by it."""
    kind = query.kind
    parts = [of_kind(kind), "a.city = %(city)s"]
    params: dict[str, Any] = {"city": query.city, **query.values}
    if query.bbox:
        parts.append(_bbox(query.bbox, params, known if query.exact else ANY))
    if query.during:
        start, end = times(kind)
        # Closed at both ends; what has no time of its own matches (Features Part 1, fc-time-response C).
        for bound, column, sign in ((query.during[1], start, "<="), (query.during[0], end, ">=")):
            if bound is not None:
                name = f"time{len(params)}"
                parts.append(f"({column} IS NULL OR {column} {sign} %({name})s)")
                params[name] = bound
    for n, (key, values) in enumerate(query.equals.items()):
        parts.append(_equals(queryables(kind)[key], f"is{n}", values, params))
    if query.filter:
        parts.append(f"({query.filter.driver})")
        params |= query.filter.values
    if query.search:
        escaped = query.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(a.code ILIKE %(search)s OR a.name ILIKE %(search)s)")
        params["search"] = f"%{escaped}%"
    if query.where:
        parts.append(f"({query.where[0]})")
        params |= query.where[1]
    if paged and query.after is not None:
        parts.append(_after(query, params))
    return " AND ".join(parts), params


def of_kind(kind: FeatureKind) -> str:
    """The rows `a` of a kind. Its key is no value: a plan that is kept would look through the partitions of all kinds."""
    return f"a.{discriminator(kind)} = {literal(kind.key)}"


def _small(bbox: tuple[float, float, float, float] | bytes) -> bool:
    """Whether a box is a few streets."""
    if isinstance(bbox, bytes):
        return False
    west, south, east, north = bbox
    return east - west >= 0 and (east - west) * (north - south) <= FEW_STREETS


def _bbox(bbox: tuple[float, float, float, float] | bytes, params: dict[str, Any], known: Filled) -> str:
    """Boxes that intersect; features without geometry match as well (fc-bbox-response C)."""
    nowhere = "" if known.placed else "a.geom IS NULL OR "  # to look for none takes half as long as to find some hundred
    if isinstance(bbox, bytes):
        params["box"] = bbox
        return f"({nowhere}ST_Intersects(a.geom, ST_GeomFromWKB(%(box)s, 4490)))"
    west, south, east, north = bbox
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    for n, (left, right) in enumerate(boxes):
        # A box without an area is no polygon, and a point on it would not be found.
        params |= {f"w{n}": left, f"s{n}": south, f"e{n}": max(right, left + THIN), f"n{n}": max(north, south + THIN)}
    return f"({nowhere}{_in_boxes(len(boxes), known.single_points)})"


@cache
def _in_boxes(count: int, points: bool) -> str:
    """The condition of being in one of so many boxes, by what `_bbox` binds. points: each place is one point."""
    tests = []
    for n in range(count):
        numbers = [f"CAST(%({side}{n})s AS float8)" for side in "wsen"]
        place = f"ST_MakeEnvelope({', '.join(numbers)}, 4490)"
        # What the index finds is within a metre or two; of a point its two numbers tell it in a third of the time.
        box = "(SELECT box(point({}, {}), point({}, {})))".format(*numbers)
        tests.append(f"(a.geom && {place} AND CAST(a.geom AS point) <@ {box})" if points else f"ST_Intersects(a.geom, {place})")
    return " OR ".join(tests)


def _equals(asked: Queryable, name: str, values: tuple[Any, ...], params: dict[str, Any]) -> str:
    known = [v.isoformat() if isinstance(v, dt.date) and asked.stored else v for v in values if v is not None]
    expression = (asked.stored or asked.sql).replace("%", "%%")
    tests = [f"{expression} = ANY(CAST(%({name})s AS {asked.array}))"] if known else []
    if known:
        params[name] = known
    if None in values:
        tests.append(f"{expression} IS NULL")
    return f"({' OR '.join(tests)})"


_SORTED = ("text", "code", "integer", "number", "boolean", "date", "timestamp")


def sortable(kind: FeatureKind) -> list[str]:
    """What features are sorted by: id, fields, measures, version and time of the last change."""
    fields = [f.key for f in kind.fields if f.type in _SORTED]
    return ["id", *fields, *(k for k, (f, _) in beside(kind).items() if f.type != "boolean")]


def sort_expression(kind: FeatureKind, key: str) -> str:
    """What a sort key compares, as the driver takes it. Text and codes: by the collation of the database, which is
    that of code points (C) in our own."""
    if key in kind.by_key:
        return read(kind.by_key[key]).replace("%", "%%")
    return of_row(kind)[key][1]


def order(query: Query) -> str:
    """What stands after ORDER BY: the keys, empty values last, and the id as the last word."""
    parts = [f"{sort_expression(query.kind, k)} {'DESC' if down else 'ASC'} NULLS LAST" for k, down in query.sort]
    return ", ".join([*parts, "a.id"])


def _after(query: Query, params: dict[str, Any]) -> str:
    """Rows after the cursor in the order of `order`, where empty values come last either way."""
    *values, last_id = query.after or ()
    params["after_id"] = last_id
    tail = "a.id > %(after_id)s"
    for n, ((key, down), value) in reversed(list(enumerate(zip(query.sort, values, strict=True)))):
        expression = sort_expression(query.kind, key)
        if value is None:
            tail = f"({expression} IS NULL AND {tail})"
            continue
        params[f"after{n}"] = value
        beyond = f"{expression} {'<' if down else '>'} %(after{n})s"
        tail = f"({beyond} OR {expression} IS NULL OR ({expression} = %(after{n})s AND {tail}))"
    return tail


def times(kind: FeatureKind) -> tuple[str, str]:
    """The columns of the first and last day in service or of validity."""
    return ("a.installed_on", "a.retired_on") if kind.table == "asset" else ("a.valid_from", "a.valid_to")
