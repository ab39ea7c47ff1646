"""Networks of cities, built from the walkable classes and kept in memory for as long as their layers stay the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import Connection

from registry import sql
from registry.catalogue import load
from registry.coverage.network.graph import Network, build
from registry.db.columns import literal, read
from registry.db.fragments import for_text
from registry.geometry import from_wkb
from registry.kinds import AssetClass
from registry.scope import Sight
from registry.scope.eyes import beside, eyes
from registry.standards import walking
from registry.store import counted, layers
from registry.store.cities import City

MOST_EDGES = 1_000_000  # of all networks in memory; one of 500,000 takes about 250 MB
_kept: OrderedDict[Hashable, Network] = OrderedDict()
_lock = Lock()


def walkable() -> list[AssetClass]:
    """The classes whose lines are ways."""
    return [c for c in load().classes.values() if c.walkable is not None]


def ways_in(facility: str) -> list[AssetClass]:
    """The classes whose points are surveyed entrances of the facilities of a class."""
    return [c for c in load().classes.values() if c.entrance_to is not None and c.entrance_to.facility == facility]


def network(conn: Connection, city: City, sight: Sight) -> Network:
    """The network that is seen, in the city's working CRS. Ask before the transaction writes anything, temporary tables
    included: later it is built anew, since what a transaction wrote may never be."""
    key = _key(conn, city, sight)
    with _lock:
        found = _kept.get(key) if key is not None else None
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = _built(conn, city, sight)
    if key is not None:
        _keep(key, made)
    return made


def lines(conn: Connection, city: City, sight: Sight) -> np.ndarray:
    """All lines of the walkable classes that are seen, those that nobody may walk on among them, in the working CRS."""
    return from_wkb(row.line for cls in walkable() for row in _rows(conn, cls, city, sight))


def drop() -> None:
    """Forget all of them."""
    with _lock:
        _kept.clear()


# -- inside --------------------------------------------------------------------------------------
def _key(conn: Connection, city: City, sight: Sight) -> Hashable | None:
    if conn.execute(sql.statement("walking_written")).scalar_one():
        return None
    kinds = walkable()
    states = layers.states(conn, city.key, [k.key for k in kinds] + list(beside(sight)))
    url = conn.engine.url
    return (url.host, url.port, url.database, str(url.query), city.key, city.srid, eyes(sight, kinds), sight.today, walking.load(),
            tuple((key, state.seen(sight.as_of)) for key, state in states.items()))


def _keep(key: Hashable, made: Network) -> None:
    with _lock:
        _kept[key] = made
        while sum(len(n.edges) for n in _kept.values()) > MOST_EDGES and len(_kept) > 1:
            _kept.popitem(last=False)


def _built(conn: Connection, city: City, sight: Sight) -> Network:
    rows = [row for cls in walkable() for row in _rows(conn, cls, city, sight)]
    ways = [row for row in rows if not row.barred]
    return build(from_wkb(row.line for row in ways), np.array([row.level for row in ways], int), grid_m=walking.load().grid_m, barred=len(rows) - len(ways))


def _rows(conn: Connection, cls: AssetClass, city: City, sight: Sight) -> Any:
    said, seen = cls.walkable, sight.rows(cls)
    assert said is not None
    barred = f"{read(cls.by_key[said.field])} IN ({', '.join(literal(v) for v in said.barred)})" if said.field and said.barred else "false"
    level = read(cls.by_key[said.level]) if said.level else "0"
    return conn.execute(sql.statement(
        "walking_lines", assets=seen.text, level=for_text(level), barred=for_text(barred),
        gone=for_text(counted.any_of(counted.not_counting(cls)))),
        {"class": cls.key, "city": city.key, "srid": city.srid, "today": sight.today, **seen.values}).all()
