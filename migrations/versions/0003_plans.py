"""Plans of loads; what a source said that was not taken.

Revision ID: 0003
Revises: 0002
"""
from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    city TEXT NOT NULL,
    class TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    mapping JSONB NOT NULL,
    code_version TEXT NOT NULL,
    terms JSONB NOT NULL,
    counts JSONB NOT NULL,
    report JSONB NOT NULL,
    since BIGINT NOT NULL,
    differences TEXT,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    batch BIGINT,
    CONSTRAINT plan_pkey PRIMARY KEY (id),
    CONSTRAINT plan_status_check CHECK (status IN ('draft', 'ready', 'applied', 'stale')),
    CONSTRAINT plan_who_why_check CHECK (actor <> '' AND reason <> ''),
    CONSTRAINT plan_batch_check CHECK (batch IS NULL OR status = 'applied')
);
CREATE INDEX plan_city_status_idx ON plan (city, status);
ALTER TABLE told ADD COLUMN version INTEGER, ADD COLUMN said JSONB, ADD COLUMN unsettled TEXT[];
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS registry_plans CASCADE")
    op.execute("DROP TABLE plan; ALTER TABLE told DROP COLUMN version, DROP COLUMN said, DROP COLUMN unsettled")
