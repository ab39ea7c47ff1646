"""Batches: one per change, with who, when and why, chained by hash."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

import registry
from registry import settings
from registry.errors import BadValue


@dataclass(frozen=True)
class Batch:
    """An open batch: rows written in this transaction carry its id, and `at` as their `sys_from`."""

    id: int
    city: str
    at: dt.datetime


def lock(conn: Connection, city: str) -> None:
    """The one writer lock of a city, held to the end of the transaction: batch order = commit order."""
    conn.execute(text("SELECT registry_lock(:c)"), {"c": city})


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of this program, with the commit where it runs from a checkout."""
    root = settings.checkout()
    if root is None:
        return registry.__version__
    found = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True,
                           check=False) if (root / ".git").exists() else None
    return f"{registry.__version__}+{found.stdout.strip()}" if found and found.returncode == 0 else registry.__version__


def open_batch(conn: Connection, *, city: str, kind: str, actor: str, reason: str, source: str | None = None,
               source_sha256: str | None = None, mapping: dict[str, Any] | None = None) -> Batch:
    """Open the batch of this transaction; every row written until its end belongs to it.

    The time is read after the lock and is later than that of every batch before, even when the clock
    went back, so that versions never overlap.
    """
    for name, value in (("actor", actor), ("reason", reason)):
        if not value.strip():
            raise BadValue(name=name, value=value, why_zh="不能为空", why_en="must not be empty")
    row = conn.execute(text(
        "SELECT id, at FROM registry_open_batch(:city, :kind, :actor, :reason, :source, :sha, CAST(:mapping AS jsonb), "
        ":code_version)"), {
            "city": city, "kind": kind, "actor": actor, "reason": reason, "source": source, "sha": source_sha256,
            "mapping": json.dumps(mapping, ensure_ascii=False) if mapping is not None else None,
            "code_version": code_version()}).one()
    return Batch(row.id, city, row.at)


def seal(conn: Connection, batch: Batch, counts: dict[str, int] | None = None) -> bytes:
    """Close the batch with a hash over what it wrote, chained to the batch before it; returns the hash.

    A batch left open is sealed by the commit. Without `counts` the database counts what is new, changed, deleted.
    """
    digest = conn.execute(text("SELECT registry_seal_batch(:batch, CAST(:counts AS jsonb))"), {
        "batch": batch.id, "counts": json.dumps(counts) if counts is not None else None}).scalar_one()
    conn.execute(text("SELECT set_config('registry.batch', '', true)"))
    return bytes(digest)
