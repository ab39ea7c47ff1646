"""The pieces that tables are made of: names of constraints, the sequence of ids, columns of versions."""

from __future__ import annotations

from collections.abc import Iterable

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    text,
)

from registry.geo import STORED
from registry.kinds.codes import CodeList

metadata = MetaData(naming_convention={
    "pk": "%(table_name)s_pkey", "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_name)s_fkey", "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx"})

# One sequence numbers assets and zones, so that an id names one thing for ever, whatever its class becomes.
feature_id = Sequence("feature_id_seq", metadata=metadata)

BATCH_KINDS = ("import", "edit", "api", "undo", "sync", "derive")


def one_of(column: str, values: Iterable[str] | CodeList) -> str:
    """A condition: a column has one of these values. Whoever changes a list writes the migration that follows."""
    listed = (c.value for c in values.codes) if isinstance(values, CodeList) else values
    return f"{column} IN ({', '.join(repr(v) for v in listed)})"


def geom_column(kind: str = "GEOMETRY") -> Column:
    return Column("geom", Geometry(kind, srid=STORED, spatial_index=False))


def versioning() -> list[Column]:
    """What every row of an asset or zone says about itself; the same in live and history tables."""
    return [
        Column("source", Text),
        Column("source_hash", LargeBinary),
        Column("row_hash", LargeBinary, nullable=False),
        Column("version", Integer, nullable=False),
        Column("batch", BigInteger, nullable=False),
        Column("sys_from", DateTime(timezone=True), nullable=False),
    ]


def ended() -> list[Column]:
    """What history adds. It stands first, so that `SELECT op, sys_to, end_batch, live.*` always fits."""
    return [
        Column("op", Text, nullable=False),
        Column("sys_to", DateTime(timezone=True), nullable=False),
        Column("end_batch", BigInteger, nullable=False),
    ]


def record_id() -> Column:
    """The id of a record, of the one sequence of all ids."""
    return Column("id", BigInteger, nullable=False, server_default=text("nextval('feature_id_seq')"))


def history_table(name: str, columns: list[Column]) -> Table:
    """The table of ended versions of a table of records."""
    return Table(f"{name}_history", metadata, *ended(), *columns,
                 CheckConstraint("op IN ('U', 'D')", name="op"),
                 Index(f"{name}_history_id_sys_from_idx", "id", "sys_from"),
                 Index(f"{name}_history_end_batch_idx", "end_batch"),
                 Index(f"{name}_history_batch_idx", "batch"))
