"""Plans: what a load would do, kept until somebody says that it shall be done."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.schema.base import metadata, one_of

# draft: somebody is being asked at a terminal; it is no plan for others.
PLAN_STATUS = ("draft", "ready", "applied", "stale")

# The differences stand in a table of their own, named here, in a schema that no backup takes along: a plan that came
# out of a backup, or is done with, has none.
plan = Table(
    "plan", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # Without a foreign key: the city may be one that the plan makes.
    Column("city", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_sha256", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("code_version", Text, nullable=False),
    # How the rows were staged: fields, geometry, code scheme, the city to be made.
    Column("terms", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("report", JSONB, nullable=False),
    # The city's last batch when the rows were compared; while it is still the last, nothing has moved.
    Column("since", BigInteger, nullable=False),
    Column("differences", Text),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("ended_at", DateTime(timezone=True)),
    Column("batch", BigInteger),
    CheckConstraint(one_of("status", PLAN_STATUS), name="status"),
    CheckConstraint("actor <> '' AND reason <> ''", name="who_why"),
    CheckConstraint("batch IS NULL OR status = 'applied'", name="batch"),
    Index("plan_city_status_idx", "city", "status"),
)
