"""What a batch changed of what the sources said last, for its undo.

Revision ID: 0004
Revises: 0003
"""
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
CREATE TABLE told_past (
    batch BIGINT NOT NULL,
    id BIGINT NOT NULL,
    source TEXT NOT NULL,
    was BYTEA,
    version INTEGER,
    said JSONB,
    unsettled TEXT[],
    became BYTEA,
    CONSTRAINT told_past_pkey PRIMARY KEY (batch, id, source)
)""")


def downgrade() -> None:
    op.drop_table("told_past")
