"""Tokens, repeated requests, organisations, claims and attachments; inspections and defects with hash and history.

Revision ID: 0002
Revises: 0001
"""
from alembic import op

revision = "0002"
down_revision = "0001"

# The first schema had these two tables, and nothing that wrote to them.
EMPTY = ("defect", "inspection")

TABLES = """
CREATE TABLE organisation (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    code TEXT,
    name TEXT NOT NULL,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT organisation_pkey PRIMARY KEY (id),
    CONSTRAINT organisation_code_key UNIQUE (city, code)
);
CREATE INDEX organisation_batch_idx ON organisation (batch);
CREATE INDEX organisation_name_idx ON organisation (city, name);
CREATE TABLE organisation_history (
    op TEXT NOT NULL,
    sys_to TIMESTAMP WITH TIME ZONE NOT NULL,
    end_batch BIGINT NOT NULL,
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    code TEXT,
    name TEXT NOT NULL,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT organisation_history_op_check CHECK (op IN ('U', 'D'))
);
CREATE INDEX organisation_history_batch_idx ON organisation_history (batch);
CREATE INDEX organisation_history_end_batch_idx ON organisation_history (end_batch);
CREATE INDEX organisation_history_id_sys_from_idx ON organisation_history (id, sys_from);
CREATE TABLE inspection (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    inspected_on DATE NOT NULL,
    from_m DOUBLE PRECISION,
    to_m DOUBLE PRECISION,
    area_m2 DOUBLE PRECISION,
    state TEXT,
    standard TEXT,
    table_edition TEXT,
    measurements JSONB NOT NULL,
    scores JSONB,
    grade TEXT,
    override_grade TEXT,
    override_reason TEXT,
    inspector TEXT,
    note TEXT,
    supersedes BIGINT,
    source TEXT,
    batch BIGINT NOT NULL,
    row_hash BYTEA NOT NULL,
    CONSTRAINT inspection_pkey PRIMARY KEY (id),
    CONSTRAINT inspection_override_check CHECK (override_grade IS NULL OR override_reason <> ''),
    CONSTRAINT inspection_part_check CHECK (from_m <= to_m),
    CONSTRAINT inspection_state_check CHECK (state IS NULL OR state IN ('intact', 'damaged', 'missing', 'abandoned', 'removed', 'unknown')),
    CONSTRAINT inspection_city_fkey FOREIGN KEY(city) REFERENCES city (key),
    CONSTRAINT inspection_supersedes_fkey FOREIGN KEY(supersedes) REFERENCES inspection (id),
    CONSTRAINT inspection_batch_fkey FOREIGN KEY(batch) REFERENCES batch (id)
);
CREATE INDEX inspection_asset_idx ON inspection (asset_id, inspected_on);
CREATE INDEX inspection_batch_idx ON inspection (batch);
CREATE UNIQUE INDEX inspection_supersedes_key ON inspection (supersedes) WHERE supersedes IS NOT NULL;
CREATE TABLE defect (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    inspection BIGINT,
    kind TEXT NOT NULL,
    event_code TEXT,
    case_id TEXT,
    risk_level TEXT,
    status TEXT NOT NULL,
    responsible TEXT,
    found_on DATE NOT NULL,
    due_on DATE,
    assigned_on DATE,
    repaired_on DATE,
    verified_on DATE,
    closed_on DATE,
    note TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT defect_pkey PRIMARY KEY (id),
    CONSTRAINT defect_status_check CHECK (status IN ('found', 'assigned', 'repaired', 'verified', 'closed')),
    CONSTRAINT defect_dates_check CHECK (found_on <= assigned_on AND found_on <= repaired_on AND repaired_on <= verified_on AND verified_on <= closed_on AND found_on <= closed_on),
    CONSTRAINT defect_closed_check CHECK ((status = 'closed') = (closed_on IS NOT NULL))
);
CREATE INDEX defect_asset_idx ON defect (asset_id);
CREATE INDEX defect_batch_idx ON defect (batch);
CREATE INDEX defect_city_status_idx ON defect (city, status);
CREATE TABLE defect_history (
    op TEXT NOT NULL,
    sys_to TIMESTAMP WITH TIME ZONE NOT NULL,
    end_batch BIGINT NOT NULL,
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    inspection BIGINT,
    kind TEXT NOT NULL,
    event_code TEXT,
    case_id TEXT,
    risk_level TEXT,
    status TEXT NOT NULL,
    responsible TEXT,
    found_on DATE NOT NULL,
    due_on DATE,
    assigned_on DATE,
    repaired_on DATE,
    verified_on DATE,
    closed_on DATE,
    note TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT defect_history_op_check CHECK (op IN ('U', 'D'))
);
CREATE INDEX defect_history_batch_idx ON defect_history (batch);
CREATE INDEX defect_history_end_batch_idx ON defect_history (end_batch);
CREATE INDEX defect_history_id_sys_from_idx ON defect_history (id, sys_from);
CREATE TABLE claim (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    claimant TEXT NOT NULL,
    claimant_code TEXT,
    role TEXT NOT NULL,
    basis TEXT,
    status TEXT NOT NULL,
    opened_on DATE NOT NULL,
    resolved_on DATE,
    resolution TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (id),
    CONSTRAINT claim_status_check CHECK (status IN ('open', 'accepted', 'rejected', 'withdrawn')),
    CONSTRAINT claim_dates_check CHECK (opened_on <= resolved_on),
    CONSTRAINT claim_resolved_check CHECK ((status = 'open') = (resolved_on IS NULL))
);
CREATE INDEX claim_asset_idx ON claim (asset_id);
CREATE INDEX claim_batch_idx ON claim (batch);
CREATE TABLE claim_history (
    op TEXT NOT NULL,
    sys_to TIMESTAMP WITH TIME ZONE NOT NULL,
    end_batch BIGINT NOT NULL,
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    claimant TEXT NOT NULL,
    claimant_code TEXT,
    role TEXT NOT NULL,
    basis TEXT,
    status TEXT NOT NULL,
    opened_on DATE NOT NULL,
    resolved_on DATE,
    resolution TEXT,
    attrs JSONB NOT NULL,
    source TEXT,
    source_hash BYTEA,
    row_hash BYTEA NOT NULL,
    version INTEGER NOT NULL,
    batch BIGINT NOT NULL,
    sys_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT claim_history_op_check CHECK (op IN ('U', 'D'))
);
CREATE INDEX claim_history_batch_idx ON claim_history (batch);
CREATE INDEX claim_history_end_batch_idx ON claim_history (end_batch);
CREATE INDEX claim_history_id_sys_from_idx ON claim_history (id, sys_from);
CREATE TABLE attachment (
    city TEXT NOT NULL,
    id BIGINT DEFAULT nextval('feature_id_seq') NOT NULL,
    asset_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    name TEXT NOT NULL,
    media TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    note TEXT,
    batch BIGINT NOT NULL,
    row_hash BYTEA NOT NULL,
    CONSTRAINT attachment_pkey PRIMARY KEY (id),
    CONSTRAINT attachment_subject_check CHECK (subject IN ('asset', 'inspection', 'defect', 'claim')),
    CONSTRAINT attachment_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT attachment_city_fkey FOREIGN KEY(city) REFERENCES city (key),
    CONSTRAINT attachment_batch_fkey FOREIGN KEY(batch) REFERENCES batch (id)
);
CREATE INDEX attachment_asset_idx ON attachment (asset_id);
CREATE INDEX attachment_batch_idx ON attachment (batch);
CREATE INDEX attachment_subject_idx ON attachment (subject, subject_id);
CREATE TABLE token (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash BYTEA,
    db_user TEXT,
    city TEXT,
    scope JSONB NOT NULL,
    figures BOOLEAN NOT NULL,
    no_lock BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by TEXT,
    revoked_reason TEXT,
    CONSTRAINT token_pkey PRIMARY KEY (id),
    CONSTRAINT token_hash_key UNIQUE (hash),
    CONSTRAINT token_role_check CHECK (role IN ('reader', 'inspector', 'editor', 'auditor', 'publisher', 'admin')),
    CONSTRAINT token_who_why_check CHECK (name <> '' AND reason <> '' AND created_by <> ''),
    CONSTRAINT token_secret_check CHECK ((hash IS NULL) <> (db_user IS NULL)),
    CONSTRAINT token_revoked_check CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
    CONSTRAINT token_scope_check CHECK (jsonb_typeof(scope) = 'object'),
    CONSTRAINT token_city_fkey FOREIGN KEY(city) REFERENCES city (key)
);
CREATE INDEX token_db_user_idx ON token (db_user);
CREATE TABLE answered (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request BYTEA NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT answered_pkey PRIMARY KEY (principal, key)
);
CREATE INDEX answered_at_idx ON answered (at);
CREATE INDEX asset_history_batch_idx ON asset_history (batch);
CREATE INDEX zone_history_batch_idx ON zone_history (batch);
"""


def upgrade() -> None:
    for table in EMPTY:
        if op.get_bind().exec_driver_sql(f"SELECT EXISTS (SELECT FROM {table})").scalar():
            raise RuntimeError(f"table {table} was written to by hand; move its rows away before migrating")
        op.drop_table(table)
    op.execute(TABLES.replace(":", r"\:"))


def downgrade() -> None:
    """Records, tokens and their history would be lost."""
    raise NotImplementedError("this revision cannot be undone without losing records")
