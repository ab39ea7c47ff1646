"""Rows without a place: those of which a file may say nothing where others have their geometry."""

from __future__ import annotations

from sqlalchemy import Connection, text

from registry.db.columns import discriminator
from registry.kinds import FeatureKind


def codes(conn: Connection, kind: FeatureKind, city: str) -> frozenset[str]:
    """The codes of the live rows that have no geometry; as a rule there are none, and an index says so."""
    return frozenset(conn.execute(
        text(f"SELECT a.code FROM {kind.table} a WHERE a.{discriminator(kind)} = :kind AND a.city = :city AND a.geom IS NULL AND a.code IS NOT NULL"),
        {"kind": kind.key, "city": city}).scalars())
