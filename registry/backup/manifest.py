"""What a database holds, in a form that two databases of equal content share: the head of a backup."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from registry import audit, history
from registry.backup.archive import FORMAT
from registry.db import ours, revision
from registry.store import cities


def describe(conn: Connection) -> dict[str, Any]:
    """The manifest: program and schema it was made by, and the contents to be found again after a restore."""
    return {"format": FORMAT, "program": history.code_version(), "revision": revision(conn),
            "schema": ours.current_schema(conn), "postgis_schema": ours.postgis_schema(conn),
            "contents": contents(conn), "audit": audited(conn)}


def contents(conn: Connection) -> dict[str, Any]:
    """Rows by table and city, and each city's last batch with its hash; asks nothing that an older schema lacks."""
    last = ours.last_batches(conn)
    return {"rows": ours.rows(conn),
            "last_batch": {city: {"id": number, "hash": hash_.hex() if hash_ else None} for city, (number, hash_) in last.items()}}


def audited(conn: Connection) -> dict[str, Any]:
    """City → batches, the first of them that does not fit (null: the chain is whole), and rows that do not."""
    found = {}
    for city in cities.every(conn):
        sealed = audit.chain(conn, city.key)
        found[city.key] = {"batches": len(sealed), "first_wrong": next((b.id for b in sealed if b.fault), None),
                           "tampered_rows": len(audit.tampered(conn, city.key))}
    return found


def fits(audit_of_cities: dict[str, Any]) -> bool:
    """Is every chain whole and every row as its hash says?"""
    return all(c["first_wrong"] is None and not c["tampered_rows"] for c in audit_of_cities.values())
