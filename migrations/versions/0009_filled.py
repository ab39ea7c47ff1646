"""What any row of a layer has a value of.

Revision ID: 0009
Revises: 0008
"""
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE layer ADD COLUMN filled TEXT[], ADD COLUMN filled_at BIGINT NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE layer ALTER COLUMN filled_at DROP DEFAULT")


def downgrade() -> None:
    op.execute("ALTER TABLE layer DROP COLUMN filled, DROP COLUMN filled_at")
