"""Opening: what every answer made of figures asks the database first, in one look."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from registry import sql
from registry.store.once import once


@dataclass(frozen=True)
class Opening:
    """at: start of the transaction. kept: whether any tally of the city is kept for the day."""

    at: dt.datetime
    kept: bool


def opening(conn: Connection, city: str, day: dt.date) -> Opening:
    """Looked at for the first figure of an answer; figures of the same transaction may be counted by several processes of the database."""
    return once(("opening", city, day), lambda: Opening(*conn.execute(sql.statement("opening"), {"city": city, "day": day}).one()[:2]))
