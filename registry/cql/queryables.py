"""What may be asked of a kind: its declared fields and what every row has, each with the SQL that reads it."""

from __future__ import annotations

from dataclasses import dataclass

from registry.db.columns import SQL_TYPES, read
from registry.db.row import of_row
from registry.kinds import FeatureKind, Field

GEOMETRY = "geometry"
# The types of fields as expressions know them.
_TYPES = {"text": "text", "code": "text", "integer": "number", "number": "number", "boolean": "boolean",
          "date": "date", "timestamp": "timestamp", "list": "list"}
# Those that `attrs` keep as text, in the form that comparing texts for equality compares them by.
_AS_TEXT = {"date": "date", "timestamp": "timestamptz"}


@dataclass(frozen=True)
class Queryable:
    """One property of a filter expression.

    type: text, number, boolean, date, timestamp, list or geometry. sql: reads it from the row `a` in that type.
    stored: reads the text that is kept of it, where that is another expression. field: its declaration; None: the geometry.
    """

    key: str
    type: str
    sql: str
    stored: str | None = None
    field: Field | None = None

    @property
    def simple(self) -> bool:
        """Whether it has one plain value, and therefore a query parameter of its own."""
        return self.type not in ("list", GEOMETRY)

    @property
    def array(self) -> str:
        """The SQL type of several values that are compared with what is kept of it."""
        if self.stored is not None or self.field is None:
            return "text[]"
        return ("timestamptz" if self.type == "timestamp" else SQL_TYPES[self.field.type]) + "[]"


def queryables(kind: FeatureKind) -> dict[str, Queryable]:
    """Everything that may be asked of a kind as somebody sees it, by name; the names are those of its schema."""
    kept = vars(kind)  # where its cached properties are too: to hash a declaration takes longer than to compile a filter
    if "_queryables" not in kept:
        kept["_queryables"] = {q.key: q for q in _every(kind)}
    found: dict[str, Queryable] = kept["_queryables"]
    return found


def _every(kind: FeatureKind) -> list[Queryable]:
    own = [Queryable(f.key, _TYPES[f.type], sql, field=f) for f, sql in of_row(kind).values()]
    return [own[0], Queryable(GEOMETRY, GEOMETRY, "a.geom"), *(_declared(f) for f in kind.fields), *own[1:]]


def _declared(field: Field) -> Queryable:
    kept = read(field)
    if field.type in _AS_TEXT and not field.column:
        return Queryable(field.key, _TYPES[field.type], f"CAST({kept} AS {_AS_TEXT[field.type]})", kept, field)
    return Queryable(field.key, _TYPES[field.type], kept, field=field)
