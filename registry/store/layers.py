"""Versions of layers: whether anything of a class in a city has changed, and where, without a look at its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.store.rows import fetch

Box = tuple[float, float, float, float]
MOST = 10_000  # boxes that are looked at; where more was touched, all of it is taken to be
FACTS = "l.version, l.at, l.floor, l.born, l.filled_at"  # of a row of the table, as Layer takes them
_STATES = f"SELECT l.key, {FACTS} FROM layer l WHERE city = %(city)s AND key = ANY(%(keys)s)"
_TOUCHED = ("SELECT version, west, south, east, north FROM layer_touch WHERE city = %(city)s AND key = %(key)s "
            "AND version > %(since)s AND version <= %(until)s ORDER BY version LIMIT %(most)s")


@dataclass(frozen=True)
class Layer:
    """What is known of a layer. Ask before reading its rows: what is read then is of this version or of a later one.

    version: grows with every batch that writes to it; 0 where none did. at: the time of the last batch. floor: of
    the time after this version it is known what was touched. born: the version its past as a whole is of. filled_at:
    another number where a property has a value that none had before.
    """

    version: int = 0
    at: dt.datetime | None = None
    floor: int = 0
    born: int = 0
    filled_at: int = 0

    def seen(self, as_of: dt.datetime | None) -> str:
        """The same for as long as it looks the same as of a moment: a batch is never dated before the last one."""
        return f"past {self.born}" if as_of is not None and self.at is not None and as_of < self.at else str(self.version)


def of_facts(facts: Sequence[Any]) -> Layer:
    """The layer that FACTS of an outer join tell of: one that nobody wrote where there is none."""
    return Layer() if facts[0] is None else Layer(*facts)


def states(conn: Connection, city: str, keys: Iterable[str]) -> dict[str, Layer]:
    """Key → layer, of each of these classes and kinds of zones; one look-up by key."""
    wanted = list(keys)
    found = {key: Layer(*facts) for key, *facts in fetch(conn, _STATES, {"city": city, "keys": wanted})}
    return {key: found.get(key, Layer()) for key in wanted}


def touched(conn: Connection, city: str, key: str, since: int, until: int) -> list[tuple[int, Box]] | None:
    """Versions after `since` up to `until` with the boxes (west, south, east, north in degrees of EPSG:4490) that
    each touched: the envelopes before and after. None where it was more than is worth looking at."""
    found = fetch(conn, _TOUCHED, {"city": city, "key": key, "since": since, "until": until, "most": MOST + 1})
    return None if len(found) > MOST else [(row[0], tuple(row[1:])) for row in found]
