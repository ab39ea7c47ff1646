"""Answers already given: a request repeated with the same key is answered again, and carried out once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry.errors import KeyUsed


@dataclass(frozen=True)
class Given:
    """An answer as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


def find(conn: Connection, principal: str, key: str, request: bytes) -> Given | None:
    """The answer given to this request before; KeyUsed when the key was another request's.

    Whoever comes with the same key at the same time waits for the end of the first one. Answers are kept for a day.
    """
    conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('registry.answered.' || :p || ' ' || :k, 0))"),
                 {"p": principal, "k": key})
    conn.execute(text("DELETE FROM answered WHERE at < now() - interval '1 day'"))
    row: Any = conn.execute(text("SELECT request, status, headers, body FROM answered WHERE principal = :p AND key = :k"),
                            {"p": principal, "k": key}).one_or_none()
    if row is None:
        return None
    if bytes(row.request) != request:
        raise KeyUsed(key=key)
    return Given(row.status, row.headers, bytes(row.body))


def keep(conn: Connection, principal: str, key: str, request: bytes, answer: Given) -> None:
    """Remember an answer, in the transaction of what it tells."""
    conn.execute(text("INSERT INTO answered (principal, key, request, status, headers, body) "
                      "VALUES (:p, :k, :r, :s, CAST(:h AS jsonb), :b)"),
                 {"p": principal, "k": key, "r": request, "s": answer.status,
                  "h": json.dumps(answer.headers, ensure_ascii=False), "b": answer.body})
