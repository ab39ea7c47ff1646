"""Places in the history by SP-GiST: half the upkeep of GiST for points, and writers pay for it on every change.

Revision ID: 0005
Revises: 0004
"""
from alembic import op

revision = "0005"
down_revision = "0004"


def _index(method: str) -> None:
    for table in ("asset_history", "zone_history"):
        op.execute(f"DROP INDEX {table}_geom_idx; CREATE INDEX {table}_geom_idx ON {table} USING {method} (geom)")


def upgrade() -> None:
    _index("spgist")


def downgrade() -> None:
    _index("gist")
