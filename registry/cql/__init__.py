"""CQL2 (OGC 21-065r2): filters in text or JSON, compiled to SQL over the row `a` with every value bound."""

from __future__ import annotations

from registry.cql import arithmetic, array, comparison, functions, spatial, temporal, text
from registry.cql.functions import FUNCTIONS
from registry.cql.queryables import GEOMETRY, Queryable, queryables
from registry.cql.reading import LANGUAGES, LONGEST, read
from registry.cql.terms import Context, mismatch
from registry.cql.unlisted import unlisted
from registry.db.fragments import Fragment
from registry.kinds import FeatureKind
from registry.served_crs import DEFAULT, Served

_ROOMS = (comparison, text, spatial, temporal, array, arithmetic, functions)
_OPERATORS = {name: operator for room in _ROOMS for name, operator in room.OPERATORS.items()}
_LITERALS = {**temporal.LITERALS, **array.LITERALS, **spatial.LITERALS}


def compile(kind: FeatureKind, said: str, language: str | None = None, place: Served = DEFAULT) -> Fragment:
    """The condition that a filter says over a row `a` of this kind, as somebody sees it: what is hidden is unknown.

    TRUE, FALSE or NULL, as CQL2 has it. Equal shapes of filters give equal texts, whatever their values.
    language: of LANGUAGES; None: by the first sign.
    place: the CRS of its coordinates, and their order of axes. Raises BadValue that says what is wrong, and where.
    """
    context = Context(queryables(kind), _OPERATORS, _LITERALS, place)
    tree = read(said, language)
    found = context.term(tree)
    if found.type != "boolean":
        raise mismatch(tree, found, ("boolean",))
    return Fragment(found.sql, context.values)


__all__ = ["FUNCTIONS", "GEOMETRY", "LANGUAGES", "LONGEST", "Queryable", "compile", "queryables", "unlisted"]
