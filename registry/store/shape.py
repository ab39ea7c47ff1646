"""The statements of a staged load, made from the declaration: what a row becomes, and how it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, TextClause, text

from registry import sql
from registry.db.columns import content_columns, discriminator, literal, quote, row_hash
from registry.history import Batch
from registry.kinds import COMMON
from registry.scope import WHOLE
from registry.store import divisions

if TYPE_CHECKING:
    from registry.store.staging import Stage

# Kind of zone that places assets → the core column that keeps its code.
PLACED = {f.zone: f.column for f in COMMON if f.zone and f.column}
_OBJECT_PAIRS = 40  # jsonb_build_object takes 100 arguments


def zone_pieces(conn: Connection, city: str) -> None:
    """Temporary tables of the divisions that place assets, and of what they may be called."""
    conn.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.zone_piece, pg_temp.zone_name")
    found = {kind: divisions.edition(conn, city, kind, WHOLE) for kind in PLACED}
    editions = json.dumps({kind: edition for kind, edition in found.items() if edition is not None})
    for name in ("zone_pieces", "zone_names"):
        conn.execute(sql.statement(name), {"city": city, "editions": editions})
    conn.exec_driver_sql("CREATE INDEX ON zone_piece USING gist (geom)")
    conn.exec_driver_sql("ANALYZE zone_piece; ANALYZE zone_name")


def diff_statement(stage: Stage) -> TextClause:
    """Compare the stage with the live rows; makes the table of differences."""
    table = stage.kind.table
    target = _target(stage)
    columns = [quote(c) for c in content_columns(table)]
    matched = _match(stage)
    claimed = _claimed(stage)
    return sql.statement(
        "stage_diff", diff=stage.diff, stage=stage.table,
        said=_said(stage), said_geom="coalesce(ST_AsBinary(s.geom, 'NDR'), ''::bytea)" if stage.geometry else "''::bytea",
        nth=matched[2], live=matched[0], match=matched[1],
        placing=sql.statement("stage_placing", geom=_geom(stage), claimed=claimed).text if table == "asset" else "",
        claim=f", {claimed} AS claim, (NOT place.zoned OR claim.code IS NOT DISTINCT FROM place.district) AS claim_holds"
              if table == "asset" else "",
        target=", ".join(f"{expr} AS {quote(c)}" for c, expr in target.items()),
        new=", ".join(f"t.{c}" for c in columns), old=", ".join(f"a.{c}" for c in columns))


def insert_statement(stage: Stage) -> TextClause:
    """Write the rows that are new."""
    return sql.statement("stage_insert", **_write(stage))


def update_statement(stage: Stage) -> TextClause:
    """Write the rows that differ."""
    return sql.statement("stage_update", **_write(stage))


def place_assets(conn: Connection, zone_kind: str, batch: Batch) -> int:
    """Set the division of the city's assets anew; returns how many moved."""
    column = PLACED[zone_kind]
    zone_pieces(conn, batch.city)
    changed = row_hash("asset", "a").replace(f'a."{column}"', "p.code")
    return conn.execute(sql.statement("place_assets", column=quote(column), hash=changed),
                        {"city": batch.city, "kind": zone_kind, "batch": batch.id, "at": batch.at}).rowcount


# -- fragments -----------------------------------------------------------------------------------
def _staged(stage: Stage, column: str) -> str | None:
    """The staged value of the field that fills a core column, when the source has it."""
    field = stage.kind.by_column.get(column)
    return f"s.{quote('f_' + field.key)}" if field and field.key in stage.staged else None


def _geom(stage: Stage) -> str:
    return "coalesce(s.geom, a.geom)" if stage.geometry else "a.geom"


def _claimed(stage: Stage) -> str:
    return _staged(stage, "district") or "CAST(NULL AS text)"


def _said(stage: Stage) -> str:
    keys = ",".join(f.key for f in stage.fields)
    values = ", ".join(f"s.{quote('f_' + f.key)}" for f in stage.fields)
    return f"{literal(keys)} || ROW({values})::text" if stage.fields else "''"


def _target(stage: Stage) -> dict[str, str]:
    """Content column → the expression of what the row becomes."""
    result = {}
    for column in content_columns(stage.kind.table):
        result[column] = _staged(stage, column) or f"a.{quote(column)}"
    result["attrs"] = _attrs(stage)
    result["geom"] = _geom(stage)
    result |= _measure(stage, "area_m2", "area_surveyed", "registry_area_m2")
    if stage.kind.table == "zone":
        result["edition"] = f"coalesce({_staged(stage, 'edition') or 'a.edition'}, '')"
        return result
    result |= _measure(stage, "length_m", "length_surveyed", "registry_length_m")
    result["code_scheme"] = "coalesce(a.code_scheme, CAST(:scheme AS text))"
    if stage.geometry or _staged(stage, "district"):
        result["district"] = "coalesce(place.district, a.district)" if not stage.geometry else "place.district"
    result["grid"] = f"coalesce({_staged(stage, 'grid') or 'NULL'}, {'grid.code' if stage.geometry else 'a.grid'})"
    return result


def _measure(stage: Stage, column: str, flag: str, function: str) -> dict[str, str]:
    """A surveyed value wins and says so; else the measure of the geometry, worked out only when it moved."""
    said = _staged(stage, column)
    geom = _geom(stage)
    kept = f"coalesce(a.{flag}, false)" if said is None else "false"
    derived = (f"CASE WHEN {kept} OR (a.geom = {geom} AND NOT a.{flag}) THEN a.{column} "
               f"ELSE {function}({geom}) END")
    return {column: f"coalesce({said}, {derived})" if said else derived,
            flag: f"{said} IS NOT NULL" if said else kept}


def _attrs(stage: Stage) -> str:
    """Keys the source has are set or, when empty, taken away; others stay."""
    fields = [f for f in stage.fields if not f.column]
    live = "coalesce(a.attrs, '{}'::jsonb)"
    if not fields:
        return live
    keys = ", ".join(literal(f.key) for f in fields)
    pairs = [f"{literal(f.key)}, s.{quote('f_' + f.key)}" for f in fields]
    objects = [f"jsonb_build_object({', '.join(pairs[i:i + _OBJECT_PAIRS])})"
               for i in range(0, len(pairs), _OBJECT_PAIRS)]
    return f"({live} - ARRAY[{keys}]::text[]) || jsonb_strip_nulls({' || '.join(objects)})"


def _match(stage: Stage) -> tuple[str, str, str]:
    """(live rows, join condition, extra staged columns) that find the row a staged row means.

    By business key; rows without one by their geometry, the n-th of equal ones with the n-th.
    """
    kind = stage.kind
    here = f"a.{discriminator(kind)} = {literal(kind.key)} AND a.city = :city"
    code = _staged(stage, "code")
    if code is not None and not _keyless(stage):
        scope = "a.code_scheme = :scheme" if kind.table == "asset" else \
            f"a.edition = coalesce({_staged(stage, 'edition') or 'NULL'}, '')"
        return kind.table, f"{here} AND {scope} AND a.code = {code}", ""
    place = "'g' || md5(coalesce(ST_AsBinary({0}.geom, 'NDR'), ''::bytea))" if stage.geometry else "'g'"
    nth = ", row_number() OVER (PARTITION BY {0} ORDER BY {1}) AS nth"
    here_place, staged_place = place.format("a"), place.format("s")
    # Only rows without a key compete for a place.
    blank = "" if code is None else f"{code} IS NULL, "
    shown = f"{staged_place} || ':' || s.nth"
    shown = f"coalesce('c' || {code}, {shown})" if code else shown
    live = f"(SELECT a.*{nth.format('a.code IS NULL, ' + here_place, 'a.id')} FROM {kind.table} a WHERE {here})"
    return live, f"coalesce('c' || a.code, {here_place} || ':' || a.nth) = {shown}", \
        nth.format(blank + staged_place, "s.row_no")


def _keyless(stage: Stage) -> bool:
    column = stage.key_columns[-1]
    return bool(stage.conn.execute(text(
        f"SELECT EXISTS (SELECT FROM {stage.table} WHERE {column} IS NULL)")).scalar_one())


def _write(stage: Stage) -> dict[str, str]:
    kind = stage.kind
    columns = [quote(c) for c in content_columns(kind.table)]
    return {"table": kind.table, "discriminator": discriminator(kind), "key": literal(kind.key), "diff": stage.diff,
            "columns": ", ".join(columns), "values": ", ".join(f"d.{c}" for c in columns),
            "hash": row_hash(kind.table, "d")}
