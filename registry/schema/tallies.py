"""Tallies that are kept, so that a figure of ten million assets need not count them all again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, LargeBinary, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from registry.schema.base import metadata

# What one statement counted of one class, when the last batch of the city was this one; or a whole answer, whose name holds the versions
# of all that it was made of. Written by `registry refresh` only.
tally = Table(
    "tally", metadata,
    Column("city", Text, nullable=False),
    Column("class", Text, nullable=False),
    # The day on which assets had to be in service.
    Column("day", Date, nullable=False),
    # SHA-256 of the statement and what it binds: another rule, table, code list, option or filter is another one.
    Column("statement", LargeBinary, nullable=False),
    # The hash of a batch is one over all that was ever written before it: the same hash, the same rows.
    Column("batch", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    # [[key, verdict, count, measure, part], …]; a whole answer: its text.
    Column("rows", JSONB, nullable=False),
    PrimaryKeyConstraint("city", "class", "day", "statement"),
)
