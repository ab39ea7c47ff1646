"""Cities, batches, assets by class, zones, and what sources and declarations last said."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.geo import STORED
from registry.kinds.common import STATE
from registry.schema.base import BATCH_KINDS, ended, geom_column, metadata, one_of, versioning

city = Table(
    "city", metadata,
    Column("key", Text, primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("extent", Geometry("GEOMETRY", srid=STORED, spatial_index=False)),
    # The working CRS in which metres are measured: the local CGCS2000 3-degree zone, UTM abroad.
    Column("srid", Integer, nullable=False),
    CheckConstraint("key ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$'", name="key"),
)

batch = Table(
    "batch", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("city", Text, ForeignKey("city.key"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text),
    Column("source_sha256", Text),
    Column("mapping", JSONB),
    Column("counts", JSONB),
    Column("plan", Text),
    Column("code_version", Text, nullable=False),
    Column("prev_hash", LargeBinary),
    Column("hash", LargeBinary),
    CheckConstraint(one_of("kind", BATCH_KINDS), name="kind"),
    CheckConstraint("actor <> '' AND reason <> ''", name="who_why"),
    Index("batch_city_at_idx", "city", "at"),
)


def _asset_columns() -> list[Column]:
    return [
        Column("class", Text, nullable=False),
        Column("city", Text, nullable=False),
        Column("id", BigInteger, nullable=False),
        Column("code_scheme", Text, nullable=False),
        Column("code", Text),
        Column("name", Text),
        Column("district", Text),
        Column("grid", Text),
        Column("owner", Text),
        Column("keeper", Text),
        Column("supervisor", Text),
        Column("ownership_status", Text),
        Column("state", Text),
        Column("installed_on", Date),
        Column("retired_on", Date),
        Column("grade", Text),
        Column("scores", JSONB),
        Column("rated_on", Date),
        Column("standard", Text),
        Column("length_m", Double),
        Column("area_m2", Double),
        # A surveyed measure wins over the geometry, and says so here.
        Column("length_surveyed", Boolean, nullable=False),
        Column("area_surveyed", Boolean, nullable=False),
        Column("parent", BigInteger),
        Column("attrs", JSONB, nullable=False),
        geom_column(),
        *versioning(),
    ]


def _zone_columns() -> list[Column]:
    return [
        Column("kind", Text, nullable=False),
        Column("city", Text, nullable=False),
        Column("id", BigInteger, nullable=False),
        Column("edition", Text, nullable=False),
        Column("code", Text),
        Column("name", Text),
        Column("parent", Text),
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("population", BigInteger),
        Column("area_m2", Double),
        Column("area_surveyed", Boolean, nullable=False),
        Column("attrs", JSONB, nullable=False),
        geom_column(),
        *versioning(),
    ]


asset = Table(
    "asset", metadata, *_asset_columns(),
    CheckConstraint(f"state IS NULL OR {one_of('state', STATE)}", name="state"),
    CheckConstraint("length_m >= 0 AND area_m2 >= 0", name="measures"),
    CheckConstraint("jsonb_typeof(attrs) = 'object'", name="attrs"),
    PrimaryKeyConstraint("class", "city", "id"),
    UniqueConstraint("class", "city", "code_scheme", "code", name="asset_code_key"),
    Index("asset_id_idx", "id"),
    Index("asset_geom_idx", "geom", postgresql_using="gist"),
    Index("asset_no_geom_idx", "city", "id", postgresql_where=text("geom IS NULL")),
    Index("asset_city_district_idx", "city", "district"),
    Index("asset_batch_idx", "batch"),
    postgresql_partition_by="LIST (class)",
)
asset_history = Table(
    "asset_history", metadata, *ended(), *_asset_columns(),
    CheckConstraint("op IN ('U', 'D')", name="op"),
    Index("asset_history_id_sys_from_idx", "id", "sys_from"),
    Index("asset_history_end_batch_idx", "end_batch"),
    Index("asset_history_batch_idx", "batch"),
    # Not SP-GiST, which is cheaper to keep up: PostGIS 3.3 never ends scanning one with many equal shapes.
    Index("asset_history_geom_idx", "geom", postgresql_using="gist"),
    postgresql_partition_by="LIST (class)",
)

zone = Table(
    "zone", metadata, *_zone_columns(),
    CheckConstraint("area_m2 >= 0 AND population >= 0", name="measures"),
    CheckConstraint("jsonb_typeof(attrs) = 'object'", name="attrs"),
    CheckConstraint("valid_from <= valid_to", name="validity"),
    PrimaryKeyConstraint("kind", "city", "id"),
    UniqueConstraint("kind", "city", "edition", "code", name="zone_code_key"),
    Index("zone_id_idx", "id"),
    Index("zone_batch_idx", "batch"),
    Index("zone_geom_idx", "geom", postgresql_using="gist"),
)
zone_history = Table(
    "zone_history", metadata, *ended(), *_zone_columns(),
    CheckConstraint("op IN ('U', 'D')", name="op"),
    Index("zone_history_id_sys_from_idx", "id", "sys_from"),
    Index("zone_history_end_batch_idx", "end_batch"),
    Index("zone_history_batch_idx", "batch"),
    Index("zone_history_geom_idx", "geom", postgresql_using="gist"),
)

# What a source last said of a row, where that is not the row's own (source, source_hash): because another
# source spoke later, or because it said what was there already. Loading it again then changes nothing.
told = Table(
    "told", metadata,
    Column("id", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # The version of the row that said the same; null: the last one that the source wrote.
    Column("version", Integer),
    # What it said otherwise than that version, by field: values that were not taken, as somebody had changed them.
    Column("said", JSONB),
    # Those of them that contradict a change of somebody else, until the two agree.
    Column("unsettled", ARRAY(Text)),
    PrimaryKeyConstraint("id", "source"),
)
# What a batch changed of it; null: nothing was said. The undo of the batch says it again.
told_past = Table(
    "told_past", metadata,
    Column("batch", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("was", LargeBinary),
    Column("version", Integer),
    Column("said", JSONB),
    Column("unsettled", ARRAY(Text)),
    Column("became", LargeBinary),
    PrimaryKeyConstraint("batch", "id", "source"),
)

# It names `asset_id` alone, without a foreign key: a class may change, and deleting an asset must not delete what
# is known of it. The store and `doctor` check that the asset exists.
alias = Table(
    "alias", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("city", Text, ForeignKey("city.key"), nullable=False),
    Column("asset_id", BigInteger, nullable=False),
    Column("code_scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("batch", BigInteger, ForeignKey("batch.id"), nullable=False),
    Index("alias_code_idx", "city", "code_scheme", "code"),
    Index("alias_asset_id_idx", "asset_id"),
)
# What `sync` last made of the declarations: tells which classes have their partition, view and indexes.
catalogue = Table(
    "catalogue", metadata,
    Column("key", Text, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("declaration", JSONB, nullable=False),
    Column("hash", Text, nullable=False),
    Column("synced_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)
