"""Who may come in: tokens, and the answers already given to requests that may be repeated."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.kinds.rights import ROLES, Right
from registry.schema.base import metadata, one_of

# Who may write through the views of the database.
WRITERS = tuple(role for role, rights in ROLES.items() if Right.EDIT in rights)

# Only the hash of the secret is kept. A row is never changed but to revoke it, and never deleted: it says who
# stood behind the batches that name it.
token = Table(
    "token", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", LargeBinary),
    # The PostgreSQL role that this grant is for, instead of a secret.
    Column("db_user", Text),
    Column("city", Text, ForeignKey("city.key")),
    Column("scope", JSONB, nullable=False),
    Column("figures", Boolean, nullable=False),
    Column("no_lock", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", Text),
    Column("revoked_reason", Text),
    UniqueConstraint("hash"),
    CheckConstraint(one_of("role", ROLES), name="role"),
    CheckConstraint("name <> '' AND reason <> '' AND created_by <> ''", name="who_why"),
    CheckConstraint("(hash IS NULL) <> (db_user IS NULL)", name="secret"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
    CheckConstraint("jsonb_typeof(scope) = 'object'", name="scope"),
    Index("token_db_user_idx", "db_user"),
)

# A request with an Idempotency-Key is carried out once; repeated, it gets the same answer.
answered = Table(
    "answered", metadata,
    Column("principal", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("principal", "key"),
    Index("answered_at_idx", "at"),
)
