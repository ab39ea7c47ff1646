"""What is recorded of assets: organisations, inspections, defects, claims of ownership, attachments.

They name `asset_id` alone, without a foreign key: a class may change, and deleting an asset must not delete what
was found on it. The store and `doctor` check that the asset exists. Ids come from the one sequence of all ids.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.kinds.common import STATE
from registry.kinds.records import CLAIM_STATUS, DEFECT_STEP
from registry.schema.base import history_table, metadata, one_of, record_id, versioning

SUBJECTS = ("asset", "inspection", "defect", "claim")


def _city() -> Column:
    return Column("city", Text, ForeignKey("city.key"), nullable=False)


def _organisation_columns() -> list[Column]:
    return [
        Column("city", Text, nullable=False),
        record_id(),
        Column("code", Text),
        Column("name", Text, nullable=False),
        Column("attrs", JSONB, nullable=False),
        *versioning(),
    ]


def _defect_columns() -> list[Column]:
    return [
        Column("city", Text, nullable=False),
        record_id(),
        Column("asset_id", BigInteger, nullable=False),
        Column("inspection", BigInteger),
        Column("kind", Text, nullable=False),
        # The ids of the platform that dispatches (事项): the flow itself is not kept here.
        Column("event_code", Text),
        Column("case_id", Text),
        Column("risk_level", Text),
        Column("status", Text, nullable=False),
        Column("responsible", Text),
        Column("found_on", Date, nullable=False),
        Column("due_on", Date),
        Column("assigned_on", Date),
        Column("repaired_on", Date),
        Column("verified_on", Date),
        Column("closed_on", Date),
        Column("note", Text),
        Column("attrs", JSONB, nullable=False),
        *versioning(),
    ]


def _claim_columns() -> list[Column]:
    return [
        Column("city", Text, nullable=False),
        record_id(),
        Column("asset_id", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("claimant", Text, nullable=False),
        Column("claimant_code", Text),
        Column("role", Text, nullable=False),
        Column("basis", Text),
        Column("status", Text, nullable=False),
        Column("opened_on", Date, nullable=False),
        Column("resolved_on", Date),
        Column("resolution", Text),
        Column("attrs", JSONB, nullable=False),
        *versioning(),
    ]


organisation = Table(
    "organisation", metadata, *_organisation_columns(),
    PrimaryKeyConstraint("id"), UniqueConstraint("city", "code", name="organisation_code_key"),
    Index("organisation_name_idx", "city", "name"), Index("organisation_batch_idx", "batch"))
organisation_history = history_table("organisation", _organisation_columns())

# A dated fact, never changed: a correction is another one that supersedes it.
inspection = Table(
    "inspection", metadata,
    _city(),
    record_id(),
    Column("asset_id", BigInteger, nullable=False),
    Column("form", Text, nullable=False),
    Column("inspected_on", Date, nullable=False),
    # The part covered; without any it is the whole asset.
    Column("from_m", Double),
    Column("to_m", Double),
    Column("area_m2", Double),
    Column("state", Text),
    Column("standard", Text),
    Column("table_edition", Text),
    Column("measurements", JSONB, nullable=False),
    Column("scores", JSONB),
    Column("grade", Text),
    Column("override_grade", Text),
    Column("override_reason", Text),
    Column("inspector", Text),
    Column("note", Text),
    Column("supersedes", BigInteger, ForeignKey("inspection.id")),
    Column("source", Text),
    Column("batch", BigInteger, ForeignKey("batch.id"), nullable=False),
    Column("row_hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("override_grade IS NULL OR override_reason <> ''", name="override"),
    CheckConstraint("from_m <= to_m", name="part"),
    CheckConstraint(f"state IS NULL OR {one_of('state', STATE)}", name="state"),
    Index("inspection_asset_idx", "asset_id", "inspected_on"),
    Index("inspection_batch_idx", "batch"),
    # One fact is corrected once; the correction may be corrected in its turn.
    Index("inspection_supersedes_key", "supersedes", unique=True, postgresql_where=text("supersedes IS NOT NULL")),
)

defect = Table(
    "defect", metadata, *_defect_columns(),
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("status", DEFECT_STEP), name="status"),
    CheckConstraint("found_on <= assigned_on AND found_on <= repaired_on AND repaired_on <= verified_on "
                    "AND verified_on <= closed_on AND found_on <= closed_on", name="dates"),
    CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed"),
    Index("defect_asset_idx", "asset_id"), Index("defect_batch_idx", "batch"),
    Index("defect_city_status_idx", "city", "status"))
defect_history = history_table("defect", _defect_columns())

claim = Table(
    "claim", metadata, *_claim_columns(),
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("status", CLAIM_STATUS), name="status"),
    CheckConstraint("opened_on <= resolved_on", name="dates"),
    CheckConstraint("(status = 'open') = (resolved_on IS NULL)", name="resolved"),
    Index("claim_asset_idx", "asset_id"), Index("claim_batch_idx", "batch"))
claim_history = history_table("claim", _claim_columns())

# The bytes lie outside the table, under their hash.
attachment = Table(
    "attachment", metadata,
    _city(),
    record_id(),
    Column("asset_id", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("note", Text),
    Column("batch", BigInteger, ForeignKey("batch.id"), nullable=False),
    Column("row_hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("subject", SUBJECTS), name="subject"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    Index("attachment_asset_idx", "asset_id"),
    Index("attachment_subject_idx", "subject", "subject_id"),
    Index("attachment_batch_idx", "batch"),
)
