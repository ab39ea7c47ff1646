"""Versions of layers, and what was touched since.

Revision ID: 0005
Revises: 0004
"""
from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE layer (
    city TEXT NOT NULL,
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE,
    batch BIGINT,
    floor BIGINT NOT NULL,
    born BIGINT NOT NULL,
    CONSTRAINT layer_pkey PRIMARY KEY (city, key)
);
CREATE TABLE layer_touch (
    city TEXT NOT NULL,
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    west DOUBLE PRECISION NOT NULL,
    south DOUBLE PRECISION NOT NULL,
    east DOUBLE PRECISION NOT NULL,
    north DOUBLE PRECISION NOT NULL
);
CREATE INDEX layer_touch_version_idx ON layer_touch (city, key, version);
INSERT INTO layer (city, key, version, floor, born)
SELECT c.key, k.key, now_us, now_us, now_us
FROM city c CROSS JOIN catalogue k CROSS JOIN (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us) n
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE layer_touch, layer")
