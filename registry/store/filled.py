"""What no row of a layer has a value of: it is nothing in each of them, and need not be read row by row to say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import psycopg
from sqlalchemy import Connection

from registry.db.columns import read
from registry.kinds import Field
from registry.store.rows import fetch

T = TypeVar("T")
NOWHERE = "NONE"
_FILLED = "SELECT filled_at, filled FROM layer WHERE city = %(city)s AND key = %(key)s"


@dataclass(frozen=True)
class Filled:
    """names: columns and keys of attrs that any row has had a value of, and GeometryTypes, NONE where a row had no place; None: not
    known, so it may be any. at: what the database says as long as these are all."""

    at: int = 0
    names: frozenset[str] | None = None

    def __hash__(self) -> int:
        return self.at

    def holds(self, filled_at: int) -> bool:
        """Whether it is true of rows that were read when the database said this; 0: it knows of no such layer."""
        return self.names is None or self.at == filled_at

    @cached_property
    def single_points(self) -> bool:
        """Whether each place is one point."""
        return self.names is not None and {name for name in self.names if name.isupper()} - {NOWHERE} == {"POINT"}

    @property
    def placed(self) -> bool:
        """Whether each row has a place."""
        return self.names is not None and NOWHERE not in self.names

    def lacks(self, field: Field) -> bool:
        """Whether no row says anything of a field."""
        return self.names is not None and (field.column or field.key) not in self.names

    def nothing(self, field: Field, expression: str) -> bool:
        """Whether what reads a field of a row `a` gives nothing whatever the row. A default is something, and not all that is
        read beside the fields is a column of its own."""
        return field.default is None and (field.column is not None or expression == read(field)) and self.lacks(field)


ANY = Filled()
_known: dict[tuple[str, str], Filled] = {}


def told_by(conn: Connection, city: str, key: str, ask: Callable[[Filled], tuple[T, int]]) -> T:
    """What is told of rows that are read by what this process knows of them. ask: it, and `filled_at` of the layer as the same
    statement saw it (0: there is none). Where something came since, it is asked again: a statement for single points even
    fails when it meets several."""
    known = _known.get((city, key)) or now(conn, city, key)
    while True:
        try:
            found, filled_at = ask(known)
        except psycopg.DatabaseError:
            if (fresh := now(conn, city, key)) == known:
                raise
            known = fresh
            continue
        if known.holds(filled_at):
            return found
        known = now(conn, city, key)


def now(conn: Connection, city: str, key: str) -> Filled:
    """As it is, for whoever reads rows in the same moment."""
    found = fetch(conn, _FILLED, {"city": city, "key": key})
    if not found:
        return ANY
    at, names = found[0]
    made = _known[city, key] = Filled(at, None if names is None else frozenset(names))
    return made
