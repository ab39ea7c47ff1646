"""Opening: what every answer made of figures asks the database first, in one look, and how the database is to count for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from registry import sql
from registry.store.once import anew, known, once

_ALONE = "SET LOCAL max_parallel_workers_per_gather = 0"
_WITH_HELPERS = "SET LOCAL max_parallel_workers_per_gather TO DEFAULT"


@dataclass(frozen=True)
class Opening:
    """at: start of the transaction. kept: whether any tally of the city is kept for the day."""

    at: dt.datetime
    kept: bool


def opening(conn: Connection, city: str, day: dt.date) -> Opening:
    """Looked at for the first figure of an answer."""
    return once(("opening", city, day), lambda: Opening(*conn.execute(sql.statement("opening"), {"city": city, "day": day}).one()[:2]))


def helpers(conn: Connection, wanted: bool) -> None:
    """Whether the database may start processes that help: it takes them longer to start than to look up a thousand rows by their ids."""
    if bool(known("alone")) == wanted:
        conn.exec_driver_sql(_WITH_HELPERS if wanted else _ALONE)
        anew("alone", lambda: not wanted)
