"""Rows of the driver, as bytes: whole, or a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import Connection

from registry.store import prepared

FEW, FEW_POINTS = 100, 1_000  # rows that are fetched at once, by a plan that is kept: 0.4 ms less
# More arrive a few at a time; a libpq before 17 knows single rows only.
CHUNK = 50 if psycopg.capabilities.has_stream_chunked() else 1


def fetch(conn: Connection, statement: str, params: dict[str, Any], *, keep: bool = True) -> list[Any]:
    """Rows by a binary cursor, so that feature text arrives as bytes and is never decoded.

    keep: the statement may be prepared when it was used a few times, and with it, in the end, a plan for any values.
    """
    held = conn.connection
    raw: Any = held.dbapi_connection  # with psycopg the driver's own, by a shorter way
    known = prepared.find(held.info, raw, statement) if keep else None
    if known is not None:
        return known.rows(params)
    with raw.cursor(binary=True) as cursor:
        return cursor.execute(statement, params, prepare=None if keep else False).fetchall()


def stream(conn: Connection, statement: str, params: dict[str, Any]) -> Iterator[Any]:
    """The same, a few at a time: of a page of great polygons no more is in memory than its budget."""
    raw: Any = conn.connection.driver_connection
    with raw.cursor(binary=True) as cursor:
        yield from cursor.stream(statement, params, size=CHUNK)
