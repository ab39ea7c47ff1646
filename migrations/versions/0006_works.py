"""Works and observations.

Revision ID: 0006
Revises: 0005
"""
from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE work (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    kind TEXT NOT NULL,
    class TEXT,
    asset_id BIGINT,
    district TEXT,
    zone_kind TEXT,
    zone_code TEXT,
    title TEXT NOT NULL,
    quantity DOUBLE PRECISION NOT NULL,
    unit TEXT NOT NULL,
    year INTEGER NOT NULL,
    status TEXT NOT NULL,
    done_on DATE,
    investment_cny DOUBLE PRECISION,
    document TEXT,
    note TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT work_pkey PRIMARY KEY (id),
    CONSTRAINT work_kind_check CHECK (kind IN ('build', 'rebuild', 'strengthen', 'renovate', 'repair')),
    CONSTRAINT work_status_check CHECK (status IN ('planned', 'under_way', 'done')),
    CONSTRAINT work_quantity_check CHECK (quantity > 0 AND quantity < 'Infinity'),
    CONSTRAINT work_investment_check CHECK (investment_cny >= 0 AND investment_cny < 'Infinity'),
    CONSTRAINT work_words_check CHECK (title <> '' AND unit <> ''),
    CONSTRAINT work_year_check CHECK (year BETWEEN 1900 AND 2200),
    CONSTRAINT work_done_check CHECK (done_on IS NULL OR status = 'done'),
    CONSTRAINT work_zone_check CHECK ((zone_kind IS NULL) = (zone_code IS NULL)),
    CONSTRAINT work_attrs_check CHECK (jsonb_typeof(attrs) = 'object')
);
CREATE INDEX work_asset_idx ON work (asset_id);
CREATE INDEX work_batch_idx ON work (batch);
CREATE INDEX work_city_year_idx ON work (city, year);
CREATE TABLE work_history (
    op TEXT NOT NULL,
    sys_to TIMESTAMP WITH TIME ZONE NOT NULL,
    end_batch BIGINT NOT NULL,
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    kind TEXT NOT NULL,
    class TEXT,
    asset_id BIGINT,
    district TEXT,
    zone_kind TEXT,
    zone_code TEXT,
    title TEXT NOT NULL,
    quantity DOUBLE PRECISION NOT NULL,
    unit TEXT NOT NULL,
    year INTEGER NOT NULL,
    status TEXT NOT NULL,
    done_on DATE,
    investment_cny DOUBLE PRECISION,
    document TEXT,
    note TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT work_history_op_check CHECK (op IN ('U', 'D'))
);
CREATE INDEX work_history_batch_idx ON work_history (batch);
CREATE INDEX work_history_end_batch_idx ON work_history (end_batch);
CREATE INDEX work_history_id_sys_from_idx ON work_history (id, sys_from);
CREATE TABLE observation (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    code TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    unit TEXT NOT NULL,
    year INTEGER,
    observed_on DATE,
    district TEXT,
    document TEXT NOT NULL,
    method TEXT,
    note TEXT,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT observation_pkey PRIMARY KEY (id),
    CONSTRAINT observation_value_check CHECK (value > '-Infinity' AND value < 'Infinity'),
    CONSTRAINT observation_words_check CHECK (code <> '' AND unit <> '' AND document <> ''),
    CONSTRAINT observation_year_check CHECK (year IS NULL OR year BETWEEN 1900 AND 2200),
    CONSTRAINT observation_when_check CHECK (year IS NOT NULL OR observed_on IS NOT NULL)
);
CREATE INDEX observation_batch_idx ON observation (batch);
CREATE INDEX observation_city_code_idx ON observation (city, code);
CREATE TABLE observation_history (
    op TEXT NOT NULL,
    sys_to TIMESTAMP WITH TIME ZONE NOT NULL,
    end_batch BIGINT NOT NULL,
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    code TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    unit TEXT NOT NULL,
    year INTEGER,
    observed_on DATE,
    district TEXT,
    document TEXT NOT NULL,
    method TEXT,
    note TEXT,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT observation_history_op_check CHECK (op IN ('U', 'D'))
);
CREATE INDEX observation_history_batch_idx ON observation_history (batch);
CREATE INDEX observation_history_end_batch_idx ON observation_history (end_batch);
CREATE INDEX observation_history_id_sys_from_idx ON observation_history (id, sys_from);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE work, work_history, observation, observation_history")
