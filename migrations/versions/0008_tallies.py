"""Tallies that are kept.

Revision ID: 0008
Revises: 0007
"""
from alembic import op

revision = "0008"
down_revision = "0007"

TABLE = """
CREATE TABLE tally (
    city TEXT NOT NULL,
    class TEXT NOT NULL,
    day DATE NOT NULL,
    statement BYTEA NOT NULL,
    batch BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    rows JSONB NOT NULL,
    CONSTRAINT tally_pkey PRIMARY KEY (city, class, day, statement)
)
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE tally")
