"""Whether any row of a layer has no place: `filled` says that too, and is found anew whenever the tables are migrated.

Revision ID: 0010
Revises: 0009
"""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
