"""Versions of layers: what caches ask instead of the data."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Double, Index, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from registry.schema.base import metadata

# One class or kind of zones in one city. Written by the triggers of 70_layers.sql only.
layer = Table(
    "layer", metadata,
    Column("city", Text, nullable=False),
    Column("key", Text, nullable=False),
    # Microseconds since 1970, later than any before: so that a restored database never says an old one for new contents.
    Column("version", BigInteger, nullable=False),
    # The time of the last batch that is known to have changed it: what held before that is settled.
    Column("at", DateTime(timezone=True)),
    Column("batch", BigInteger),
    # All that was touched after this version is in `layer_touch`.
    Column("floor", BigInteger, nullable=False),
    # The version that its past as a whole began with: it was restored, or the city was set up otherwise.
    Column("born", BigInteger, nullable=False),
    # Columns and keys of attrs that any row has had a value of, at least, GeometryTypes, and NONE where a row had no place; what is
    # not among them no row has. Null: not known.
    Column("filled", ARRAY(Text)),
    # Another number each time that names came to them.
    Column("filled_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("city", "key"),
)
# Where a version differs from the one before: degrees of EPSG:4490, the old and the new envelope of what changed.
layer_touch = Table(
    "layer_touch", metadata,
    Column("city", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Index("layer_touch_version_idx", "city", "key", "version"),
)
