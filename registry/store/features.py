"""The read path: pages of features as GeoJSON text made in SQL, by keyset, at any depth the same cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import catalogue
from registry.db.columns import discriminator, read
from registry.db.fragments import for_driver
from registry.kinds import FeatureKind, Field
from registry.kinds.describe import fingerprint
from registry.scope import WHOLE, Sight
from registry.store import geojson
from registry.store.geojson import PLAIN, Form, feature_sql, finished, properties_sql
from registry.store.query import Query, condition, order, sort_expression, times
from registry.store.rows import FEW, fetch, stream

COUNTED = 10_000  # matches are counted exactly up to here; beyond, no number is given


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
    where, params = condition(query)
    keys = [sort_expression(query.kind, k) for k, _ in query.sort]
    sort_values = "".join(f", {e}" for e in keys)
    read_rows = fetch if query.limit <= FEW else stream
    made = read_rows(conn, f"SELECT {for_driver(feature_sql(query.kind, query.form))}, a.id{sort_values} FROM {query.source} a "
                     f"{for_driver(properties_sql(query.kind, query.form))} WHERE {where} ORDER BY {order(query)} LIMIT %(limit)s",
                     {**params, **query.form.values, "limit": query.limit + 1})
    rows, more = within(made, query, lambda row: len(row[0]))
    last = rows[-1] if rows and more else None
    return Page(finished([r[0] for r in rows], query.form), (*last[2:], last[1]) if last else None)


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


def one(conn: Connection, kind: FeatureKind, city: str, id_: int, sight: Sight = WHOLE, form: Form = PLAIN) -> bytes | None:
    """One feature as GeoJSON text, or None."""
    seen = sight.rows(kind)
    rows = fetch(conn, f"SELECT {for_driver(feature_sql(kind, form))} FROM {seen.driver} a {for_driver(properties_sql(kind, form))} "
                        f"WHERE a.{discriminator(kind)} = %(key)s AND a.city = %(city)s AND a.id = %(id)s",
                  {"key": kind.key, "city": city, "id": id_, **seen.values, **form.values})
    return finished([rows[0][0]], form)[0] if rows else None


def count(conn: Connection, query: Query, limit: int | None = COUNTED) -> int | None:
    """How many match, exactly; None when there are more than `limit` (None: no limit)."""
    where, params = condition(query, paged=False)
    capped = "" if limit is None else " LIMIT %(cap)s"
    found = fetch(conn, f"SELECT count(*) FROM (SELECT 1 FROM {query.source} a WHERE {where}{capped}) x",
                   {**params, "cap": (limit or 0) + 1} if limit is not None else params)[0][0]
    return None if limit is not None and found > limit else found


def table(conn: Connection, query: Query, columns: list[Field]) -> Iterator[tuple[Any, ...]]:
    """Rows for a table: (id, *fields, length_m?, area_m2, wkt) in the order of the query; of its form what it shows."""
    where, params = condition(query)
    read_rows = fetch if query.limit <= FEW else stream
    form = query.form
    selected = for_driver(", ".join([
        "a.id", *(read(f) for f in columns), *(f"a.{m}" for m in geojson.measures(query.kind) if form.shows(m)),
        *([geojson.wkt_sql(form)] if form.geometry else [])]))
    rows = read_rows(conn, f"SELECT {selected} FROM {query.source} a WHERE {where} ORDER BY {order(query)} "
                     "LIMIT %(limit)s", {**params, **form.values, "limit": query.limit})
    yield from rows if form.crs.shift is None or not form.geometry else ((*r[:-1], geojson.finished_wkt(r[-1], form)) for r in rows)


def extent(conn: Connection, kind: FeatureKind, city: str, sight: Sight = WHOLE) -> tuple[list[float] | None, list[str | None] | None]:
    """(bbox, [first, last day in service]) over all features; None where nothing is known."""
    start, end = times(kind)
    seen = sight.rows(kind)
    row = fetch(conn, f"SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), first::text, last::text FROM ("
                       f"SELECT ST_Extent(geom)::geometry AS e, min({start}) AS first, max({end}) AS last "
                       f"FROM {seen.driver} a WHERE a.{discriminator(kind)} = %(key)s AND a.city = %(city)s) x",
                 {"key": kind.key, "city": city, **seen.values})[0]
    bbox = [float(v) for v in row[:4]] if row[0] is not None else None
    return bbox, [row[4], None] if row[4] else None
