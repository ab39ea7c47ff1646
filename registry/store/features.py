"""The read path: pages of features as GeoJSON text made in SQL, by keyset, at any depth the same cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Connection

from registry import catalogue
from registry.db.columns import discriminator, quote, read
from registry.db.fragments import for_driver
from registry.geo import DIGITS
from registry.kinds import FeatureKind, Field
from registry.kinds.describe import fingerprint
from registry.scope import WHOLE, Sight

FEW = 100  # rows that are fetched at once, by a plan that is kept: 0.4 ms less
# More arrive a few at a time; a libpq before 17 knows single rows only.
CHUNK = 50 if psycopg.capabilities.has_stream_chunked() else 1
COUNTED = 10_000  # matches are counted exactly up to here; beyond, no number is given


@dataclass(frozen=True)
class Query:
    """What to read.

    bbox: (west, south, east, north) in lon/lat degrees; west > east spans the antimeridian.
    during: closed interval of dates, None = open: time in service (assets) or validity (zones).
    equals: field key → accepted values (already parsed by the field); None among them means "no value".
    search: part of code or name. sort: (field key or "id", descending).
    after: sort values and id of the last row of the page before.
    most_bytes: size of the features at which a page ends although there are more; one feature is always there.
    where: further predicate of a caller on this floor's upper side, with its own bind values.
    sight: whose eyes, and as of when.
    """

    kind: FeatureKind
    city: str
    bbox: tuple[float, float, float, float] | None = None
    during: tuple[dt.date | None, dt.date | None] | None = None
    equals: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    search: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    after: tuple[Any, ...] | None = None
    limit: int = 100
    most_bytes: int | None = None
    where: tuple[str, dict[str, Any]] | None = None
    sight: Sight = WHOLE


@dataclass(frozen=True)
class Page:
    """Features as GeoJSON text (UTF-8), and the cursor of the next page or None."""

    features: list[bytes]
    next: tuple[Any, ...] | None


def synced(conn: Connection) -> list[FeatureKind]:
    """The declared kinds that the database was made to fit, in the order of the catalogue."""
    known = dict(fetch(conn, "SELECT key, hash FROM catalogue", {}))
    return [k for k in catalogue.load().kinds if known.get(k.key) == fingerprint(k)]


def page(conn: Connection, query: Query) -> Page:
    """One page: at most `query.limit` features; `next` exists exactly when there are more."""
    condition, params = where(query)
    keys = [_sort_expression(query.kind, k) for k, _ in query.sort]
    sort_values = "".join(f", {e}" for e in keys)
    read_rows = fetch if query.limit <= FEW else _stream
    made = read_rows(conn, f"SELECT {for_driver(feature_sql(query.kind))}, a.id{sort_values} FROM {_rows(query)} a "
                     f"{for_driver(properties_sql(query.kind))} WHERE {condition} ORDER BY {_order(query)} LIMIT %(limit)s",
                     {**params, "limit": query.limit + 1})
    rows, more = within(made, query, lambda row: len(row[0]))
    last = rows[-1] if rows and more else None
    return Page([r[0] for r in rows], (*last[2:], last[1]) if last else None)


def within(rows: Iterable[Any], query: Query, size: Callable[[Any], int]) -> tuple[list[Any], bool]:
    """The rows that the page has room for, of up to `query.limit` + 1, and whether there are more.

    The others are read and dropped: to end the statement early would end the transaction.
    """
    found: list[Any] = []
    bytes_, more = 0, False
    for row in rows:
        bytes_ += size(row)
        more = len(found) == query.limit or bool(found and query.most_bytes and bytes_ > query.most_bytes)
        if not more:
            found.append(row)
    return found, more


def one(conn: Connection, kind: FeatureKind, city: str, id_: int, sight: Sight = WHOLE) -> bytes | None:
    """One feature as GeoJSON text, or None."""
    seen = sight.rows(kind)
    rows = fetch(conn, f"SELECT {for_driver(feature_sql(kind))} FROM {seen.driver} a {for_driver(properties_sql(kind))} "
                        f"WHERE a.{discriminator(kind)} = %(key)s AND a.city = %(city)s AND a.id = %(id)s",
                  {"key": kind.key, "city": city, "id": id_, **seen.values})
    return rows[0][0] if rows else None


def count(conn: Connection, query: Query, limit: int | None = COUNTED) -> int | None:
    """How many match, exactly; None when there are more than `limit` (None: no limit)."""
    condition, params = where(query, paged=False)
    capped = "" if limit is None else " LIMIT %(cap)s"
    found = fetch(conn, f"SELECT count(*) FROM (SELECT 1 FROM {_rows(query)} a WHERE {condition}{capped}) x",
                   {**params, "cap": (limit or 0) + 1} if limit is not None else params)[0][0]
    return None if limit is not None and found > limit else found


def rows(conn: Connection, query: Query, columns: list[Field]) -> Iterator[tuple[Any, ...]]:
    """Rows for a table: (id, *fields, length_m?, area_m2, wkt) in the order of the query."""
    condition, params = where(query)
    read_rows = fetch if query.limit <= FEW else _stream
    selected = ", ".join(["a.id", *(read(f) for f in columns), *(f"a.{m}" for m in measures(query.kind)),
                          f"ST_AsText(a.geom, {DIGITS})"]).replace("%", "%%")
    yield from read_rows(conn, f"SELECT {selected} FROM {_rows(query)} a WHERE {condition} ORDER BY {_order(query)} "
                            "LIMIT %(limit)s", {**params, "limit": query.limit})


def extent(conn: Connection, kind: FeatureKind, city: str, sight: Sight = WHOLE) -> tuple[list[float] | None, list[str | None] | None]:
    """(bbox, [first, last day in service]) over all features; None where nothing is known."""
    start, end = _times(kind)
    seen = sight.rows(kind)
    row = fetch(conn, f"SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), first::text, last::text FROM ("
                       f"SELECT ST_Extent(geom)::geometry AS e, min({start}) AS first, max({end}) AS last "
                       f"FROM {seen.driver} a WHERE a.{discriminator(kind)} = %(key)s AND a.city = %(city)s) x",
                 {"key": kind.key, "city": city, **seen.values})[0]
    bbox = [float(v) for v in row[:4]] if row[0] is not None else None
    return bbox, [row[4], None] if row[4] else None


def measures(kind: FeatureKind) -> list[str]:
    """Measure columns that no field of the class shows already."""
    names = ["length_m", "area_m2"] if kind.table == "asset" else ["area_m2"]
    return [n for n in names if n not in kind.by_key]


# -- SQL -----------------------------------------------------------------------------------------
def fetch(conn: Connection, statement: str, params: dict[str, Any]) -> list[Any]:
    """Rows by a binary cursor, so that feature text arrives as bytes and is never decoded."""
    raw: Any = conn.connection.driver_connection
    with raw.cursor(binary=True) as cursor:
        return cursor.execute(statement, params).fetchall()


def _stream(conn: Connection, statement: str, params: dict[str, Any]) -> Iterator[Any]:
    """The same, a few at a time: of a page of great polygons no more is in memory than its budget."""
    raw: Any = conn.connection.driver_connection
    with raw.cursor(binary=True) as cursor:
        yield from cursor.stream(statement, params, size=CHUNK)


def feature_sql(kind: FeatureKind) -> str:
    """A row as GeoJSON text in UTF-8, from the row `a` and its properties `p`."""
    return ("convert_to('{\"type\":\"Feature\",\"id\":' || a.id || ',\"geometry\":' || "
            f"coalesce(ST_AsGeoJSON(a.geom, {DIGITS}, 0), 'null') || ',\"properties\":' || row_to_json(p) || '}}', "
            "'UTF8')")


def properties_sql(kind: FeatureKind) -> str:
    """The join that names the properties `p` of a row `a`, whatever the declaration calls them."""
    columns = [f"{read(f)} AS {quote(f.key)}" for f in kind.fields]
    columns += [f"a.{m}" for m in measures(kind)]
    if kind.table == "asset":
        columns += [f"a.{flag}" for flag in ("length_surveyed", "area_surveyed")]
    columns += ["a.version", "a.sys_from AS updated_at"]
    return f"CROSS JOIN LATERAL (SELECT {', '.join(columns)}) p"


def _rows(query: Query) -> str:
    return query.sight.rows(query.kind).driver


def _times(kind: FeatureKind) -> tuple[str, str]:
    return ("a.installed_on", "a.retired_on") if kind.table == "asset" else ("a.valid_from", "a.valid_to")


def where(query: Query, *, paged: bool = True) -> tuple[str, dict[str, Any]]:
    """The condition of a query over the row `a` as the driver takes it, and all the values it binds."""
    kind = query.kind
    parts = [f"a.{discriminator(kind)} = %(key)s", "a.city = %(city)s"]
    params: dict[str, Any] = {"key": kind.key, "city": query.city, **query.sight.rows(kind).values}
    if query.bbox:
        parts.append(_bbox(query.bbox, params))
    if query.during:
        start, end = _times(kind)
        # Closed at both ends; what has no time of its own matches (Features Part 1, fc-time-response C).
        for bound, column, sign in ((query.during[1], start, "<="), (query.during[0], end, ">=")):
            if bound is not None:
                name = f"time{len(params)}"
                parts.append(f"({column} IS NULL OR {column} {sign} %({name})s)")
                params[name] = bound
    for n, (key, values) in enumerate(query.equals.items()):
        parts.append(_equals(kind.by_key[key], f"is{n}", values, params))
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


def _bbox(bbox: tuple[float, float, float, float], params: dict[str, Any]) -> str:
    """Boxes that intersect; features without geometry match as well (fc-bbox-response C)."""
    west, south, east, north = bbox
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    tests = []
    for n, (left, right) in enumerate(boxes):
        names = {f"w{n}": left, f"s{n}": south, f"e{n}": right, f"n{n}": north}
        params |= names
        tests.append("ST_Intersects(a.geom, ST_MakeEnvelope(" + ", ".join(f"%({k})s" for k in names) + ", 4490))")
    return f"(a.geom IS NULL OR {' OR '.join(tests)})"


def _equals(field_: Field, name: str, values: tuple[Any, ...], params: dict[str, Any]) -> str:
    known = [v.isoformat() if isinstance(v, dt.date) and not field_.column else v for v in values if v is not None]
    expression = read(field_).replace("%", "%%")
    tests = [f"{expression} = ANY(%({name})s)"] if known else []
    if known:
        params[name] = known
    if None in values:
        tests.append(f"{expression} IS NULL")
    return f"({' OR '.join(tests)})"


def _sort_expression(kind: FeatureKind, key: str) -> str:
    return "a.id" if key == "id" else read(kind.by_key[key]).replace("%", "%%")


def _order(query: Query) -> str:
    parts = [f"{_sort_expression(query.kind, k)} {'DESC' if down else 'ASC'} NULLS LAST" for k, down in query.sort]
    return ", ".join([*parts, "a.id"])


def _after(query: Query, params: dict[str, Any]) -> str:
    """Rows after the cursor in the order of `_order`, where empty values come last either way."""
    *values, last_id = query.after or ()
    params["after_id"] = last_id
    tail = "a.id > %(after_id)s"
    for n, ((key, down), value) in reversed(list(enumerate(zip(query.sort, values, strict=True)))):
        expression = _sort_expression(query.kind, key)
        if value is None:
            tail = f"({expression} IS NULL AND {tail})"
            continue
        params[f"after{n}"] = value
        beyond = f"{expression} {'<' if down else '>'} %(after{n})s"
        tail = f"({beyond} OR {expression} IS NULL OR ({expression} = %(after{n})s AND {tail}))"
    return tail
