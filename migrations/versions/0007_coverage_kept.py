"""What is kept of computed coverages.

Revision ID: 0007
Revises: 0006
"""
from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
CREATE UNLOGGED TABLE coverage_kept (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    city TEXT NOT NULL,
    rule TEXT NOT NULL,
    edition TEXT NOT NULL,
    made_of BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    facilities BIGINT NOT NULL,
    from_day DATE NOT NULL,
    until_day DATE,
    span INTEGER NOT NULL,
    facts JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT coverage_kept_pkey PRIMARY KEY (id),
    CONSTRAINT coverage_kept_city_rule_edition_key UNIQUE (city, rule, edition)
);
CREATE UNLOGGED TABLE coverage_kept_row (
    kept BIGINT NOT NULL,
    id BIGINT NOT NULL,
    thing TEXT NOT NULL,
    digest BYTEA NOT NULL,
    reason TEXT,
    area_m2 DOUBLE PRECISION,
    CONSTRAINT coverage_kept_row_pkey PRIMARY KEY (kept, id)
);
CREATE UNLOGGED TABLE coverage_kept_facility (
    kept BIGINT NOT NULL,
    thing TEXT NOT NULL,
    tier INTEGER,
    area_m2 DOUBLE PRECISION NOT NULL,
    geom geometry,
    CONSTRAINT coverage_kept_facility_pkey PRIMARY KEY (kept, thing)
);
CREATE INDEX coverage_kept_facility_geom_idx ON coverage_kept_facility USING gist (geom);
CREATE UNLOGGED TABLE coverage_kept_cell (
    kept BIGINT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    area_m2 DOUBLE PRECISION NOT NULL,
    geom geometry,
    CONSTRAINT coverage_kept_cell_pkey PRIMARY KEY (kept, x, y)
);
CREATE UNLOGGED TABLE coverage_kept_parcel (
    kept BIGINT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    id BIGINT NOT NULL,
    code TEXT,
    people_per_m2 DOUBLE PRECISION,
    area_m2 DOUBLE PRECISION NOT NULL,
    covered_m2 DOUBLE PRECISION NOT NULL,
    gap_m2 DOUBLE PRECISION NOT NULL,
    gaps INTEGER NOT NULL,
    slivers INTEGER NOT NULL,
    sliver_m2 DOUBLE PRECISION NOT NULL,
    geom geometry,
    CONSTRAINT coverage_kept_parcel_pkey PRIMARY KEY (kept, x, y, id)
);
CREATE UNLOGGED TABLE coverage_kept_part (
    kept BIGINT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    id BIGINT NOT NULL,
    code TEXT NOT NULL,
    area_m2 DOUBLE PRECISION NOT NULL,
    covered_m2 DOUBLE PRECISION NOT NULL,
    geom geometry,
    CONSTRAINT coverage_kept_part_pkey PRIMARY KEY (kept, x, y, id, code)
);
CREATE UNLOGGED TABLE coverage_kept_sum (
    kept BIGINT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    whole BOOLEAN NOT NULL,
    code TEXT,
    parcels BIGINT NOT NULL,
    area_m2 DOUBLE PRECISION NOT NULL,
    covered_m2 DOUBLE PRECISION NOT NULL,
    people DOUBLE PRECISION,
    people_covered DOUBLE PRECISION,
    peopled_m2 DOUBLE PRECISION NOT NULL,
    gap_m2 DOUBLE PRECISION NOT NULL,
    gaps BIGINT NOT NULL,
    slivers BIGINT NOT NULL,
    sliver_m2 DOUBLE PRECISION NOT NULL
);
CREATE INDEX coverage_kept_sum_cell_idx ON coverage_kept_sum (kept, x, y);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE coverage_kept, coverage_kept_row, coverage_kept_facility, coverage_kept_cell, "
               "coverage_kept_parcel, coverage_kept_part, coverage_kept_sum")
