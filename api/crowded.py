"""Queries that were found to match more than is counted: for a while they are not counted again."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

from sqlalchemy import Connection

from registry.store import features
from registry.store.joined import Joined
from registry.store.query import Query

WHILE_S = 60
MOST = 2_000


class Crowded:
    """What was crowded lately. A count that is left out because of it is left out, never wrong."""

    def __init__(self) -> None:
        self._until: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def __contains__(self, query: Hashable) -> bool:
        return self._until.get(query, 0.0) > time.monotonic()

    def add(self, query: Hashable) -> None:
        """It is, for the next minute."""
        now = time.monotonic()
        with self._lock:
            if len(self._until) >= MOST:
                self._until = {k: until for k, until in self._until.items() if until > now}
            if len(self._until) < MOST:
                self._until[query] = now + WHILE_S


CROWDED = Crowded()


def matched(conn: Connection, who: str, query: Query, page: Joined, mark: str) -> int | None:
    """How many match, exactly, or None (/req/core/fc-numberMatched): asked of the first page only. mark: names the query, as
    this principal asks it."""
    if query.after is not None:
        return None
    if page.next is None:
        return page.returned
    if page.matched is not None:
        return page.matched
    if (who, mark) in CROWDED:
        return None
    found = features.count(conn, query)
    if found is None:
        CROWDED.add((who, mark))
    return found
