"""Works (实事) and observations (entered figures): records of the whole city, each row a version."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.kinds.works import FIRST_YEAR, LAST_YEAR, WORK_KIND, WORK_STATUS
from registry.schema.base import history_table, metadata, one_of, record_id, versioning

_YEARS = f"year BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"


def _work_columns() -> list[Column]:
    return [
        Column("city", Text, nullable=False),
        record_id(),
        Column("kind", Text, nullable=False),
        # None: what was built is of no class of ours.
        Column("class", Text),
        Column("asset_id", BigInteger),
        Column("district", Text),
        Column("zone_kind", Text),
        Column("zone_code", Text),
        Column("title", Text, nullable=False),
        Column("quantity", Double, nullable=False),
        Column("unit", Text, nullable=False),
        Column("year", Integer, nullable=False),
        Column("status", Text, nullable=False),
        Column("done_on", Date),
        Column("investment_cny", Double),
        # Where it is written; `source` is the file that the row was loaded from, which is not what the row says.
        Column("document", Text),
        Column("note", Text),
        # What a plan tells works apart by: medium, station_size …
        Column("attrs", JSONB, nullable=False),
        *versioning(),
    ]


def _observation_columns() -> list[Column]:
    return [
        Column("city", Text, nullable=False),
        record_id(),
        Column("code", Text, nullable=False),
        Column("value", Double, nullable=False),
        Column("unit", Text, nullable=False),
        Column("year", Integer),
        Column("observed_on", Date),
        Column("district", Text),
        Column("document", Text, nullable=False),
        Column("method", Text),
        Column("note", Text),
        *versioning(),
    ]


work = Table(
    "work", metadata, *_work_columns(),
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("kind", WORK_KIND), name="kind"),
    CheckConstraint(one_of("status", WORK_STATUS), name="status"),
    # NaN is greater than every number, infinity too.
    CheckConstraint("quantity > 0 AND quantity < 'Infinity'", name="quantity"),
    CheckConstraint("investment_cny >= 0 AND investment_cny < 'Infinity'", name="investment"),
    CheckConstraint("title <> '' AND unit <> ''", name="words"),
    CheckConstraint(_YEARS, name="year"),
    CheckConstraint("done_on IS NULL OR status = 'done'", name="done"),
    CheckConstraint("(zone_kind IS NULL) = (zone_code IS NULL)", name="zone"),
    CheckConstraint("jsonb_typeof(attrs) = 'object'", name="attrs"),
    Index("work_city_year_idx", "city", "year"), Index("work_asset_idx", "asset_id"), Index("work_batch_idx", "batch"))
work_history = history_table("work", _work_columns())

observation = Table(
    "observation", metadata, *_observation_columns(),
    PrimaryKeyConstraint("id"),
    CheckConstraint("value > '-Infinity' AND value < 'Infinity'", name="value"),
    CheckConstraint("code <> '' AND unit <> '' AND document <> ''", name="words"),
    CheckConstraint(f"year IS NULL OR {_YEARS}", name="year"),
    CheckConstraint("year IS NOT NULL OR observed_on IS NOT NULL", name="when"),
    Index("observation_city_code_idx", "city", "code"), Index("observation_batch_idx", "batch"))
observation_history = history_table("observation", _observation_columns())
