"""The read path: pages of features as GeoJSON text made in SQL, by keyset, at any depth the same cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from registry import catalogue
from registry.db.columns import discriminator, quote
from registry.db.fragments import for_driver
from registry.kinds import FeatureKind
from registry.kinds.describe import fingerprint
from registry.scope import WHOLE, Sight
from registry.store import geojson
from registry.store.geojson import PLAIN, Form, feature_sql, finished
from registry.store.query import Query, condition, of_kind, order, sort_expression, times
from registry.store.rows import FEW, FEW_POINTS, fetch, stream

COUNTED = 10_000  # matches are counted exactly up to here; beyond, no number is given


@dataclass(frozen=True)
class Page:
    """Features as GeoJSON text (UTF-8), the cursor of the next page or None."""

    features: list[bytes]
    next: tuple[Any, ...] | None


def synced(conn: Connection) -> list[FeatureKind]:
    """The declared kinds that the database was made to fit, in the order of the catalogue."""
    known = dict(fetch(conn, "SELECT key, hash FROM catalogue", {}))
    return [k for k in catalogue.load().kinds if known.get(k.key) == fingerprint(k)]


def page(conn: Connection, query: Query) -> Page:
    """One page: at most `query.limit` features; `next` exists exactly when there are more."""
    statement, params = page_statement(query)
    made = (fetch(conn, statement, params, keep=query.steady) if query.limit <= _at_once(query.kind)
            else stream(conn, statement, params))
    rows, more = within(made, query, lambda row: len(row[0]))
    last = rows[-1] if rows and more else None
    return Page(finished([r[0] for r in rows], query.form), (*last[2:], last[1]) if last else None)


def page_statement(query: Query) -> tuple[str, dict[str, Any]]:
    """The statement of a page, as the driver takes it, and its values. Rows: (feature, id, *sort values).

    The same text for the same question, whatever its values, so that it is prepared once: the limit is no value, since
    a plan made for any limit would read and sort the whole layer.
    """
    where, params = condition(query)
    values = "".join(f", {sort_expression(query.kind, k)}" for k, _ in query.sort)
    return (f"SELECT {shown(query.kind, query.form)}, a.id{values} FROM {query.source} a WHERE {where} "
            f"ORDER BY {order(query)} LIMIT {int(query.limit) + 1}", {**params, **query.form.values})


def _at_once(kind: FeatureKind) -> int:
    """Rows that are fetched whole: none of a kind of points is large."""
    return FEW_POINTS if kind.geometry == ("point",) else FEW


@lru_cache(maxsize=512)
def shown(kind: FeatureKind, form: Form) -> str:
    """A feature of a row `a`, as the driver takes it."""
    return for_driver(feature_sql(kind, form))


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
    rows = fetch(conn, *one_statement(kind, city, id_, sight, form))
    return finished([rows[0][0]], form)[0] if rows else None


def one_statement(kind: FeatureKind, city: str, id_: int, sight: Sight = WHOLE, form: Form = PLAIN) -> tuple[str, dict[str, Any]]:
    """The statement of one feature, as the driver takes it, and its values. Row: (feature, version)."""
    seen = sight.rows(kind)
    return (f"SELECT {shown(kind, form)}, a.version FROM {seen.driver} a WHERE {of_kind(kind)} AND a.city = %(city)s AND a.id = %(id)s",
            {"city": city, "id": id_, **seen.values, **form.values})


def count(conn: Connection, query: Query, limit: int | None = COUNTED) -> int | None:
    """How many match, exactly; None when there are more than `limit` (None: no limit)."""
    where, params = condition(query, paged=False)
    capped = "" if limit is None else f" LIMIT {int(limit) + 1}"
    found = fetch(conn, f"SELECT count(*) FROM (SELECT 1 FROM {query.source} a WHERE {where}{capped}) x", params,
                  keep=query.steady)[0][0]
    return None if limit is not None and found > limit else found


def table(conn: Connection, query: Query, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows for a table in the order of the query: (id, *sort values, *these properties, WKT where its form shows it)."""
    where, params = condition(query)
    read_rows = fetch if query.limit <= FEW else stream
    form, kind = query.form, query.kind
    own = for_driver(", ".join([*(f"p.{quote(name)}" for name in columns), *([geojson.wkt_sql(form)] if form.geometry else [])]))
    selected = ", ".join(["a.id", *(sort_expression(kind, k) for k, _ in query.sort), *([own] if own else [])])
    join = for_driver(geojson.properties_sql(kind)) if columns else ""
    rows = read_rows(conn, f"SELECT {selected} FROM {query.source} a {join} WHERE {where} ORDER BY {order(query)} "
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
