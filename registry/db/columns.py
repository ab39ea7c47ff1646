"""How a declared field stands in a row: its SQL type and the expression that reads it."""

from __future__ import annotations

from registry import schema
from registry.kinds import FeatureKind, Field

SQL_TYPES = {"text": "text", "code": "text", "integer": "bigint", "number": "double precision",
             "boolean": "boolean", "date": "date", "timestamp": "text", "list": "jsonb"}
TABLES = {table.name: table for table in (*schema.VERSIONED, *schema.FACTS)}
VERSIONED = tuple(table.name for table in schema.VERSIONED)
# Tables whose rows belong to an asset and are seen with it; the others but `asset` are of the whole city.
OF_ASSETS = tuple(name for name, table in TABLES.items() if "asset_id" in table.columns and not table.columns["asset_id"].nullable)
OF_CITY = tuple(name for name in TABLES if name not in ("asset", *OF_ASSETS))
# Columns that say where a row comes from and when, not what the thing is.
VERSIONING = tuple(c.name for c in schema.versioning())
KEYS = ("class", "kind", "city", "id")
# Lengths and areas, and the flag of each that somebody said it: else it is measured from the geometry.
MEASURES = {"length_m": "length_surveyed", "area_m2": "area_surveyed"}


def quote(name: str) -> str:
    """An SQL identifier; case is kept."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """An SQL string constant made from a declaration (never from what a user typed)."""
    return "'" + value.replace("'", "''") + "'"


def content_columns(table: str) -> list[str]:
    """The columns that say what the thing is, in order; `kind` is a key of zones only."""
    keys = KEYS if table in ("asset", "zone") else ("city", "id")
    return [c.name for c in TABLES[table].columns if c.name not in (*VERSIONING, *keys)]


def discriminator(kind: FeatureKind) -> str:
    """`class` or `kind`: the column that tells this kind's rows from the others of its table."""
    return "class" if kind.table == "asset" else "kind"


def read(field: Field, alias: str = "a", *, default: bool = True) -> str:
    """The expression that reads a field; a missing key means the declared default."""
    if field.column:
        value = f"{alias}.{quote(field.column)}"
    elif field.type == "list":
        value = f"({alias}.attrs->{literal(field.key)})"
    else:
        value = f"({alias}.attrs->>{literal(field.key)})"
        if field.type in ("integer", "number", "boolean"):
            value = f"{value}::{SQL_TYPES[field.type]}"
    if default and field.default is not None:
        shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        value = f"coalesce({value}, {literal(shown)}::{SQL_TYPES[field.type]})"
    return value


def said(field: Field, alias: str) -> str:
    """The expression of a field as a source may say it, in its type: no default, and no length or area that was only measured."""
    if field.column is None:
        return f"CAST({alias}.attrs->>{literal(field.key)} AS {SQL_TYPES[field.type]})"
    value = f"{alias}.{quote(field.column)}"
    return f"CASE WHEN {alias}.{MEASURES[field.column]} THEN {value} END" if field.column in MEASURES else value


def row_hash(table: str, alias: str) -> str:
    """Expression of the SHA-256 over what a row says; covers only what is present.

    A column added later therefore changes no hash, and an audit can recompute each one.
    """
    parts = []
    names = content_columns(table)
    for name in names:
        column = f"{alias}.{quote(name)}"
        if name in ("geom", "attrs"):
            continue
        kind = str(TABLES[table].columns[name].type)
        if kind == "DATE":
            column = f"to_char({column}, 'YYYY-MM-DD')"
        parts.append(f"{literal(name + '=')} || quote_literal({column})")
    if "attrs" in names:
        parts.append(f"'attrs=' || {alias}.attrs::text")
    said = f"convert_to(concat_ws(',', {', '.join(parts)}), 'UTF8')"
    return f"sha256({said} || coalesce(ST_AsBinary({alias}.geom, 'NDR'), ''::bytea))" if "geom" in names \
        else f"sha256({said})"


def hash_function(table: str) -> str:
    """The same as a function of a row, for writers inside the database."""
    return (f"CREATE OR REPLACE FUNCTION registry_row_hash(a {table}) RETURNS bytea "
            f"LANGUAGE sql STABLE AS $hash$ SELECT {row_hash(table, 'a')} $hash$")
