"""A page as one text: of quick questions the database puts the features together, which costs a tenth of handing them over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from registry.db.columns import literal
from registry.db.fragments import for_driver
from registry.kinds import FeatureKind
from registry.store import features, filled, geojson, layers
from registry.store.filled import Filled
from registry.store.geojson import Form
from registry.store.layers import Layer
from registry.store.query import Query, condition, of_kind
from registry.store.rows import FEW_POINTS, fetch

LINE = b"\n"  # within a feature stands no end of a line
BETWEEN = b"," + LINE  # features


@dataclass(frozen=True)
class Joined:
    """The same as a `Page`; its features as one text, BETWEEN them, in pieces. layer: as it was when they were read, or before, where
    it was asked for."""

    pieces: tuple[bytes, ...]
    returned: int
    next: tuple[Any, ...] | None
    layer: Layer | None
    matched: int | None = None

    @property
    def text(self) -> bytes:
        """It in one piece, which takes a copy of it."""
        return b"".join(self.pieces)

    @property
    def features(self) -> list[bytes]:
        """Each for itself."""
        return self.text.split(BETWEEN) if self.pieces else []


def page(conn: Connection, query: Query, *, layered: bool = False) -> Joined:
    """One page, whatever is asked. layered: the state of its layer is wanted, which is a question of its own where rows are read."""
    if query.limit <= FEW_POINTS and query.steady and query.kind.geometry == ("point",) and query.form.crs.shift is None:
        (text, returned, last, of, more, *layer), end = _row(conn, query)
        pieces = (text.replace(LINE, end + BETWEEN), end) if returned else ()
        if not query.most_bytes or returned < 2 or sum(map(len, pieces)) <= query.most_bytes:
            return Joined(pieces, returned, (last,) if more else None, layers.of_facts(layer), of if query.after is None else None)
    before = layers.states(conn, query.city, [query.kind.key])[query.kind.key] if layered else None
    found = features.page(conn, query)
    return Joined((BETWEEN.join(found.features),) if found.features else (), len(found.features), found.next, before)


def _row(conn: Connection, query: Query) -> tuple[Any, bytes]:
    """The row of the statement, and the end of each feature in it."""
    def ask(known: Filled) -> tuple[tuple[Any, bytes], int]:
        made, params, end = _statement(query, known)
        row = fetch(conn, made, params)[0]
        return (row, end), row[-1] or 0

    return filled.told_by(conn, query.city, query.kind.key, ask)


def _statement(query: Query, known: Filled) -> tuple[str, dict[str, Any], bytes]:
    """Its row: (features without their end, LINE between them, how many, the last id, how many match, whether there are more, *facts
    of the layer); and that end.

    All of a small box is read to find its first by id: to count it there costs next to nothing.
    """
    where, params = condition(query, known=known)
    made, end = _sql(query.kind, query.form, known, query.source, where, query.limit, query.bbox is not None)
    return made, {**params, **query.form.values}, end


@lru_cache(maxsize=512)
def _sql(kind: FeatureKind, form: Form, known: Filled, source: str, where: str, limit: int, boxed: bool) -> tuple[str, bytes]:
    """The statement of all pages of one form, put together once, as it is of some kilobytes; and the end of each feature."""
    differs, end = geojson.parted_sql(kind, form, known)
    text = f"SELECT {for_driver(differs)} AS text, a.id FROM {source} a WHERE"
    if boxed:
        # Of all in the box no more than the ids is read, counted and sorted; then the rows of the first of them.
        first = (f"WITH box AS MATERIALIZED (SELECT array_agg(a.id ORDER BY a.id) AS ids FROM {source} a WHERE {where}), "
                 f"page AS MATERIALIZED (SELECT coalesce(cardinality(ids), 0) AS matching, ids[1:{limit}] AS ids FROM box) ")
        rows = f"{text} {of_kind(kind)} AND a.city = %(city)s AND a.id = ANY(CAST((SELECT ids FROM page) AS bigint[])) ORDER BY a.id"
        of, more = "(SELECT matching FROM page)", "(SELECT matching FROM page) > count(*)"
    else:
        first, rows = "", f"{text} {where} ORDER BY a.id LIMIT {limit}"
        of, more = "CAST(NULL AS bigint)", f"EXISTS (SELECT FROM {source} a WHERE {where} AND a.id > max(f.id))"
    made = (f"{first}SELECT found.*, {layers.FACTS} FROM ("
            f"SELECT string_agg(f.text, CAST(E'\\n' AS bytea)), count(*), max(f.id), {of}, {more} FROM ({rows}) f) found "
            f"LEFT JOIN layer l ON l.city = %(city)s AND l.key = {literal(kind.key)}")
    return made, end.encode()
