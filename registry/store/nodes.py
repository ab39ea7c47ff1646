"""The points that pipes end at: manholes and pipe nodes, found by their codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from registry import sql

CLASSES = ("manhole", "pipe_node")
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Node:
    """Where it is (degrees, EPSG:4490) and the elevation of the ground (m), where known."""

    lon: float
    lat: float
    ground: float | None


def find(conn: Connection, city: str, codes: Iterable[str], scheme: str = "bureau") -> dict[str, Node]:
    """Those of the codes that are there. A code that both classes have is the manhole's."""
    found: dict[str, Node] = {}
    wanted = list(dict.fromkeys(codes))
    for first in range(0, len(wanted), _AT_ONCE):
        rows = conn.execute(sql.statement("nodes_by_code"),
                            {"codes": wanted[first:first + _AT_ONCE], "classes": list(CLASSES), "city": city, "scheme": scheme})
        found |= {r.code: Node(r.x, r.y, r.ground) for r in rows}
    return found
