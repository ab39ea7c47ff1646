"""What is kept of computed coverages: disposable, made anew whenever it does not fit; written by registry.coverage only."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
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

from registry.schema.base import metadata

# A crash empties all of them together, and so does a restore: whoever finds no head computes in full.
_UNLOGGED = ["UNLOGGED"]


def _kept() -> Column:
    return Column("kept", BigInteger, nullable=False)


def _cell() -> list[Column]:
    """A cell of 1 km of the working CRS: the corner in the south-west, in kilometres."""
    return [Column("x", Integer, nullable=False), Column("y", Integer, nullable=False)]


def _shape() -> Column:
    """In the working CRS of the city, which differs from row to row."""
    return Column("geom", Geometry("GEOMETRY", srid=-1, spatial_index=False))


# One coverage. made_of: hash of all that it was computed from, but for the rows of the facilities.
coverage_kept = Table(
    "coverage_kept", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("city", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("made_of", LargeBinary, nullable=False),
    # Grows with every change, so that who reads several tables knows whether they were of one moment.
    Column("revision", BigInteger, nullable=False),
    # The version of the layer of the facilities that was looked at last.
    Column("facilities", BigInteger, nullable=False),
    # The day that it was settled on; the same zones hold on every day from then to before the second (null: for ever).
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    # The most cells that a parcel reaches over beyond the one of its south-western corner.
    Column("span", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    UniqueConstraint("city", "rule", "edition"),
    prefixes=_UNLOGGED,
)
# Every row of the facility class, with the hash of what it said; thing: the facility that it is of.
coverage_kept_row = Table(
    "coverage_kept_row", metadata,
    _kept(),
    Column("id", BigInteger, nullable=False),
    Column("thing", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("reason", Text),
    Column("area_m2", Double),
    PrimaryKeyConstraint("kept", "id"),
    prefixes=_UNLOGGED,
)
# Facilities, with the area that each serves; null below every tier.
coverage_kept_facility = Table(
    "coverage_kept_facility", metadata,
    _kept(),
    Column("thing", Text, nullable=False),
    Column("tier", Integer),
    Column("area_m2", Double, nullable=False),
    _shape(),
    PrimaryKeyConstraint("kept", "thing"),
    Index("coverage_kept_facility_geom_idx", "geom", postgresql_using="gist"),
    prefixes=_UNLOGGED,
)
# The area served, cut into cells.
coverage_kept_cell = Table(
    "coverage_kept_cell", metadata,
    _kept(), *_cell(),
    Column("area_m2", Double, nullable=False),
    _shape(),
    PrimaryKeyConstraint("kept", "x", "y"),
    prefixes=_UNLOGGED,
)
# The land, each parcel in the cell of its south-western corner; code: of the division that it lies in as a whole.
coverage_kept_parcel = Table(
    "coverage_kept_parcel", metadata,
    _kept(), *_cell(),
    Column("id", BigInteger, nullable=False),
    Column("code", Text),
    Column("people_per_m2", Double),
    Column("area_m2", Double, nullable=False),
    Column("covered_m2", Double, nullable=False),
    Column("gap_m2", Double, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("slivers", Integer, nullable=False),
    Column("sliver_m2", Double, nullable=False),
    _shape(),
    PrimaryKeyConstraint("kept", "x", "y", "id"),
    prefixes=_UNLOGGED,
)
# What divisions have of the parcels on their borders.
coverage_kept_part = Table(
    "coverage_kept_part", metadata,
    _kept(), *_cell(),
    Column("id", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("area_m2", Double, nullable=False),
    Column("covered_m2", Double, nullable=False),
    _shape(),
    PrimaryKeyConstraint("kept", "x", "y", "id", "code"),
    prefixes=_UNLOGGED,
)
# The sums of a cell: of all its parcels (whole), and of each division.
coverage_kept_sum = Table(
    "coverage_kept_sum", metadata,
    _kept(), *_cell(),
    Column("whole", Boolean, nullable=False),
    Column("code", Text),
    Column("parcels", BigInteger, nullable=False),
    Column("area_m2", Double, nullable=False),
    Column("covered_m2", Double, nullable=False),
    Column("people", Double),
    Column("people_covered", Double),
    Column("peopled_m2", Double, nullable=False),
    Column("gap_m2", Double, nullable=False),
    Column("gaps", BigInteger, nullable=False),
    Column("slivers", BigInteger, nullable=False),
    Column("sliver_m2", Double, nullable=False),
    Index("coverage_kept_sum_cell_idx", "kept", "x", "y"),
    prefixes=_UNLOGGED,
)
KEPT = (coverage_kept_row, coverage_kept_facility, coverage_kept_cell, coverage_kept_parcel, coverage_kept_part,
        coverage_kept_sum)
