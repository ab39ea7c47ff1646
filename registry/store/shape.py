"""The statements of a staged load, made from the declaration: how rows are matched, compared and written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, TextClause, text

from registry import sql
from registry.db.columns import content_columns, discriminator, literal, quote, row_hash
from registry.history import Batch
from registry.scope import WHOLE
from registry.store import divisions
from registry.store.target import PLACED, Told, name

if TYPE_CHECKING:
    from registry.store.differences import Differences
    from registry.store.staging import Stage


def editions(conn: Connection, city: str) -> str:
    """The editions of the divisions that place assets today, as JSON: kind → edition."""
    found = {kind: divisions.edition(conn, city, kind, WHOLE) for kind in PLACED}
    return json.dumps({kind: edition for kind, edition in found.items() if edition is not None})


def zone_pieces(conn: Connection, city: str) -> bool:
    """Temporary tables of the divisions that place assets, and of what they may be called; whether there are any."""
    conn.exec_driver_sql("DROP TABLE IF EXISTS pg_temp.zone_piece, pg_temp.zone_name")
    params = {"city": city, "editions": editions(conn, city)}
    # Cut into small pieces, so that a point looks at few vertices.
    for table, made in (("zone_piece", sql.statement("zone_pieces", pieces="ST_Subdivide(ST_MakeValid(z.geom), 128)", near="true")),
                        ("zone_name", sql.statement("zone_names", said="said.word IS NOT NULL"))):
        conn.execute(text(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {made.text}"), params)
    conn.exec_driver_sql("CREATE INDEX ON zone_piece USING gist (geom)")
    conn.exec_driver_sql("ANALYZE zone_piece; ANALYZE zone_name")
    return bool(conn.execute(text("SELECT EXISTS (SELECT FROM zone_piece) OR EXISTS (SELECT FROM zone_name)")).scalar_one())


def compare(stage: Stage, zoned: bool) -> None:
    """Compare the stage with the live rows; makes the table of differences. zoned: whether the city has divisions."""
    params = {"city": stage.city.key, "source": stage.source} | \
        ({"scheme": stage.code_scheme} if stage.kind.table == "asset" else {})
    live, match, nth = _match(stage)
    known = not nth and stage.spoke_before()
    if known:
        done = stage.conn.execute(_untouched_statement(stage, live, match), params).rowcount
        if done == stage.count():
            return
        stage.conn.exec_driver_sql(f"ANALYZE {stage.diff}")
    stage.conn.execute(_diff_statement(stage, zoned, live, match, nth, known), params)


def _untouched_statement(stage: Stage, live: str, match: str) -> TextClause:
    asset = stage.kind.table == "asset"
    return sql.statement(
        "stage_untouched", diff=stage.diff, stage=stage.table, table=stage.kind.table, live=live, match=match,
        said=_said(stage), said_geom=_said_geom(stage),
        columns=", ".join(map(quote, stage.told.columns())),
        claim=", CAST(NULL AS text) AS claim, CAST(NULL AS boolean) AS claim_holds" if asset else "")


def _diff_statement(stage: Stage, zoned: bool, live: str, match: str, nth: str, known: bool) -> TextClause:
    table, told = stage.kind.table, _measured(stage)
    columns = [quote(c) for c in content_columns(table)]
    return sql.statement(
        "stage_diff", diff=stage.diff, stage=stage.table,
        make=f"INSERT INTO {stage.diff}" if known else f"CREATE TEMP TABLE {stage.diff} ON COMMIT DROP AS",
        rest=f"WHERE NOT EXISTS (SELECT FROM {stage.diff} d WHERE d.row_no = s.row_no)" if known else "",
        said=_said(stage), said_geom=_said_geom(stage), nth=nth, live=live, match=match,
        placing="" if table != "asset" else told.unplaced if not zoned else
        told.placing_at(f"CASE WHEN v.untouched IS NOT TRUE THEN {told.geom} END"),
        claim=f", {told.claimed} AS claim, (NOT place.zoned OR claim.code IS NOT DISTINCT FROM place.district) AS claim_holds"
              if table == "asset" else "",
        target=", ".join(f"{expr} AS {quote(c)}" for c, expr in told.columns().items()),
        new=", ".join(f"t.{c}" for c in columns), old=", ".join(f"a.{c}" for c in columns))


def insert_statement(made: Differences, into: str | None = None) -> TextClause:
    """Write the rows that are new, into the table of the kind or another of its form."""
    return sql.statement("stage_insert", **_write(made) | ({"table": into} if into else {}))


def first_statement(stage: Stage, zoned: bool, into: str | None = None) -> TextClause:
    """Write every staged row as a new one, into the table of the kind or another of its form."""
    worth = _first_row(stage)
    return _first(stage, zoned, f"INSERT INTO {into or stage.kind.table} ({', '.join(worth)})", ", ".join(worth.values()))


def first_table(stage: Stage, zoned: bool, into: str, types: Mapping[str, str]) -> TextClause:
    """The same rows as a table of its own, which several processes can work out. types: column → type, in order."""
    worth = _first_row(stage)
    row = ", ".join(f"CAST({worth[quote(c)]} AS {kind}) AS {quote(c)}" for c, kind in types.items())
    return _first(stage, zoned, f"CREATE TABLE {into} AS", row)


def _first(stage: Stage, zoned: bool, make: str, row: str) -> TextClause:
    told, table = _measured(stage), stage.kind.table
    return sql.statement(
        "stage_first", make=make, row=row, id="s.new_id" if stage.numbered else "nextval('feature_id_seq')", kind_table=table,
        stage=stage.table, said=_said(stage), said_geom=_said_geom(stage), placing=told.placing if zoned else told.unplaced,
        target=", ".join(f"{expr} AS {quote(c)}" for c, expr in told.columns().items()))


def _first_row(stage: Stage) -> dict[str, str]:
    """Column → what it is in a row that is written for the first time."""
    table = stage.kind.table
    made = {discriminator(stage.kind): literal(stage.kind.key), "city": ":city", "id": "d.id",
            **{c: f"d.{quote(c)}" for c in content_columns(table)}, "source": ":source", "source_hash": "d.source_hash",
            "row_hash": row_hash(table, "d"), "version": "1", "batch": ":batch", "sys_from": ":at"}
    return {quote(column): worth for column, worth in made.items()}


def update_statement(made: Differences) -> TextClause:
    """Write the rows that differ."""
    return sql.statement("stage_update", **_write(made))


def delete_statement(made: Differences) -> TextClause:
    """Delete the rows that the source does not speak of any more."""
    kind = made.kind
    return sql.statement("stage_delete", table=kind.table, discriminator=discriminator(kind), key=literal(kind.key),
                         diff=made.table)


def place_assets(conn: Connection, zone_kind: str, batch: Batch, since: dt.datetime | None = None) -> int:
    """Set the division of the city's assets anew; returns how many moved.

    since: only of assets that other batches wrote after that.
    """
    column = PLACED[zone_kind]
    zone_pieces(conn, batch.city)
    changed = row_hash("asset", "a").replace(f'a."{column}"', "p.code")
    return conn.execute(sql.statement("place_assets", column=quote(column), hash=changed),
                        {"city": batch.city, "kind": zone_kind, "batch": batch.id, "at": batch.at, "since": since}).rowcount


# -- fragments -----------------------------------------------------------------------------------
def _measured(stage: Stage) -> Told:
    return replace(stage.told, measured=frozenset(stage.measured))


def _said(stage: Stage) -> str:
    keys = ",".join(f.key for f in stage.fields)
    values = ", ".join(f"s.{name(f)}" for f in stage.fields)
    return f"{literal(keys)} || ROW({values})::text" if stage.fields else "''"


def _said_geom(stage: Stage) -> str:
    return "coalesce(ST_AsBinary(s.geom, 'NDR'), ''::bytea)" if stage.geometry else "''::bytea"


def _match(stage: Stage) -> tuple[str, str, str]:
    """(live rows, join condition, extra staged columns) that find the row a staged row means.

    By business key; rows without one by their geometry, the n-th of equal ones with the n-th.
    """
    kind = stage.kind
    here = f"a.{discriminator(kind)} = {literal(kind.key)} AND a.city = :city"
    code = stage.told.value("code")
    if code is not None and not _keyless(stage):
        scope = "a.code_scheme = :scheme" if kind.table == "asset" else \
            f"a.edition = coalesce({stage.told.value('edition') or 'NULL'}, '')"
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


def _write(made: Differences) -> dict[str, str]:
    kind = made.kind
    columns = [quote(c) for c in content_columns(kind.table)]
    return {"table": kind.table, "discriminator": discriminator(kind), "key": literal(kind.key), "diff": made.table,
            "columns": ", ".join(columns), "values": ", ".join(f"d.{c}" for c in columns),
            "hash": row_hash(kind.table, "d")}
