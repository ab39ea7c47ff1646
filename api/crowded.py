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
    """What was crowded lately, and about how many match. A count that is left out because of it is left out, never wrong."""

    def __init__(self) -> None:
        self._until: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def get(self, query: Hashable) -> int | None:
        """About how many match; None where it is not known to be crowded."""
        until, about = self._until.get(query, (0.0, 0))
        return about if until > time.monotonic() else None

    def add(self, query: Hashable, about: int) -> None:
        """It is, for the next minute."""
        now = time.monotonic()
        with self._lock:
            if len(self._until) >= MOST:
                self._until = {k: v for k, v in self._until.items() if v[0] > now}
            if len(self._until) < MOST:
                self._until[query] = now + WHILE_S, about


CROWDED = Crowded()


def told(conn: Connection, who: Hashable, query: Query, page: Joined, mark: str) -> dict[str, int]:
    """The members of a page that say how many match: `numberMatched` where that is exact (/req/core/fc-numberMatched), else
    `numberEstimated`; none but of the first page. who: all that decides what is seen. mark: names the query."""
    if query.after is not None:
        return {}
    if page.next is None:
        return {"numberMatched": page.returned}
    if page.matched is not None:
        return {"numberMatched": page.matched}
    about = CROWDED.get((who, mark))
    if about is None:
        found = features.count(conn, query)
        if found is not None:
            return {"numberMatched": found}
        about = max(features.estimate(conn, query), features.COUNTED + 1)
        CROWDED.add((who, mark), about)
    return {"numberEstimated": about}
