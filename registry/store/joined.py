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

BETWEEN = b",\n"  # features: within one stands no end of a line


@dataclass(frozen=True)
class Joined:
    """The same as a `Page`; its features as one text, BETWEEN them. layer: as it was when they were read, or before, where it was
    asked for."""

    text: bytes
    returned: int
    next: tuple[Any, ...] | None
    layer: Layer | None
    matched: int | None = None

    @property
    def features(self) -> list[bytes]:
        """Each for itself."""
        return self.text.split(BETWEEN) if self.text else []


def page(conn: Connection, query: Query, *, layered: bool = False) -> Joined:
    """One page, whatever is asked. layered: the state of its layer is wanted, which is a question of its own where rows are read."""
    if query.limit <= FEW_POINTS and query.steady and query.kind.geometry == ("point",) and query.form.crs.shift is None:
        text, returned, last, of, more, *layer = _row(conn, query)
        if not query.most_bytes or returned < 2 or len(text) <= query.most_bytes:
            return Joined(text or b"", returned, (last,) if more else None, layers.of_facts(layer), of if query.after is None else None)
    before = layers.states(conn, query.city, [query.kind.key])[query.kind.key] if layered else None
    found = features.page(conn, query)
    return Joined(BETWEEN.join(found.features), len(found.features), found.next, before)


def _row(conn: Connection, query: Query) -> Any:
    """The row of the statement."""
    def ask(known: Filled) -> tuple[Any, int]:
        row = fetch(conn, *_statement(query, known))[0]
        return row, row[-1] or 0

    return filled.told_by(conn, query.city, query.kind.key, ask)


def _statement(query: Query, known: Filled) -> tuple[str, dict[str, Any]]:
    """Its row: (text, how many, the last id, how many match, whether there are more, *facts of the layer).

    All of a small box is read to find its first by id: to count it there costs next to nothing.
    """
    where, params = condition(query, known=known)
    made = _sql(query.kind, query.form, known, query.source, where, query.limit, query.bbox is not None)
    return made, {**params, **query.form.values}


@lru_cache(maxsize=512)
def _sql(kind: FeatureKind, form: Form, known: Filled, source: str, where: str, limit: int, boxed: bool) -> str:
    """The statement of all pages of one form: put together once, as it is of some kilobytes."""
    text = f"SELECT {_text(kind, form, known)} AS text, a.id FROM {source} a WHERE"
    if boxed:
        # Of all in the box no more than the ids is read, counted and sorted; then the rows of the first of them.
        first = (f"WITH box AS MATERIALIZED (SELECT array_agg(a.id ORDER BY a.id) AS ids FROM {source} a WHERE {where}), "
                 f"page AS MATERIALIZED (SELECT coalesce(cardinality(ids), 0) AS matching, ids[1:{limit}] AS ids FROM box) ")
        rows = f"{text} {of_kind(kind)} AND a.city = %(city)s AND a.id = ANY(CAST((SELECT ids FROM page) AS bigint[])) ORDER BY a.id"
        of, more = "(SELECT matching FROM page)", "(SELECT matching FROM page) > count(*)"
    else:
        first, rows = "", f"{text} {where} ORDER BY a.id LIMIT {limit}"
        of, more = "CAST(NULL AS bigint)", f"EXISTS (SELECT FROM {source} a WHERE {where} AND a.id > max(f.id))"
    return (f"{first}SELECT found.*, {layers.FACTS} FROM ("
            f"SELECT string_agg(f.text, CAST(E',\\n' AS bytea)), count(*), max(f.id), {of}, {more} FROM ({rows}) f) found "
            f"LEFT JOIN layer l ON l.city = %(city)s AND l.key = {literal(kind.key)}")


@lru_cache(maxsize=512)
def _text(kind: FeatureKind, form: Form, known: Filled) -> str:
    """A feature of a row `a`, as the driver takes it."""
    return for_driver(geojson.feature_sql(kind, form, known))
