"""A source speaks again of rows that others changed since: field by field, between what it said, says, and what is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from registry import sql
from registry.db.columns import content_columns, discriminator, literal, quote, said
from registry.kinds import Field
from registry.store.differences import hashing
from registry.store.target import PLACED, name

if TYPE_CHECKING:
    from registry.store.staging import Stage

# Columns that find the row are the same on both sides.
_KEYS = ("code", "edition")
_PLACING = {column: zone for zone, column in PLACED.items()}


@dataclass(frozen=True)
class Conflict:
    """A field that the source and somebody else changed, each otherwise. `says` is not taken, `has` stays.

    row: number in the file. said: what the source said before. batch, actor, at, reason: who made what the row has.
    Geometries are WKB in hexadecimal digits (EPSG:4490).
    """

    row: int
    id: int
    code: str | None
    field: str
    said: Any
    says: Any
    has: Any
    batch: int | None
    actor: str | None
    at: dt.datetime | None
    reason: str | None


@dataclass(frozen=True)
class Merged:
    """How many fields are in conflict, and the first of them."""

    count: int = 0
    conflicts: tuple[Conflict, ...] = ()


def merge(stage: Stage, changed: int, limit: int) -> Merged:
    """Judge the differences of moved rows anew; `stage.terms.take_file` lets the file win the conflicts.

    A field of which the source says what it said before keeps what the row has; one that nobody else changed takes
    what the source says. Where both have moved, the row keeps what it has and the conflict is told, again each time
    until the two agree. The district of a city with districts follows the place, and is not merged.
    """
    conn, made = stage.conn, stage.differences
    moved, fields = f"moved_{stage.diff}", f"merge_{stage.diff}"
    where = {"table": stage.kind.table, "discriminator": discriminator(stage.kind), "key": literal(stage.kind.key),
             "diff": stage.diff, "stage": stage.table, "moved": moved, "merge": fields, "versions": _versions(stage)}
    params = {"city": stage.city.key, "source": stage.source}
    with hashing(conn, changed):
        conn.execute(_statement("stage_moved", where), params)
        if not conn.execute(text(f"SELECT count(*) FROM {moved}")).scalar_one():
            return Merged()
        conn.exec_driver_sql(f"ANALYZE {moved}")
        conn.execute(_statement("stage_fields", where, fields=_fields(stage)), params)
        scheme = {"scheme": stage.code_scheme} if stage.kind.table == "asset" else {}
        conn.execute(_statement("stage_merge", where, **_anew(stage)), {**params, **scheme, "take_file": stage.terms.take_file})
        count = conn.execute(text(f"SELECT count(*) FROM {fields} WHERE decision = 'conflict'")).scalar_one()
        if not count:
            return Merged()
        rows = conn.execute(_statement("stage_conflicts", where, cases=_cases(stage)), {"city": made.city, "limit": limit}).all()
    return Merged(count, tuple(Conflict(*r) for r in rows))


# -- fragments -----------------------------------------------------------------------------------
def _statement(name_: str, where: dict[str, str], **more: str) -> Any:
    return sql.statement(name_, **where, **more)


def _mergeable(stage: Stage) -> list[Field]:
    return [f for f in stage.fields if f.column not in _KEYS]


def _versions(stage: Stage) -> str:
    """Every version of the class's rows, live and ended, under one name."""
    table, kind = stage.kind.table, discriminator(stage.kind)
    columns = ", ".join(["id", "version", "batch", "source", *map(quote, content_columns(table))])
    return "(" + " UNION ALL ".join(
        f"SELECT {columns} FROM {t} WHERE {kind} = {literal(stage.kind.key)} AND city = :city"
        for t in (table, f"{table}_history")) + ")"


def _fields(stage: Stage) -> str:
    """Rows (field, says, has, was, applies, staged) of one staged row `s`, the live row `a` and the version `v`.

    Fields that the source leaves out are looked at only where the row has become another in any of them.
    """
    keys = stage.differences.spoken
    spoken: list[str] = []
    left_out: list[str] = []
    moved = [f"m.said - {keys} <> CAST('{{}}' AS jsonb)"]
    for f in (f for f in stage.kind.fields if f.column not in _KEYS):
        zone = _PLACING.get(f.column or "")
        applies = f"NOT EXISTS (SELECT FROM zone_name n WHERE n.kind = {literal(zone)})" if zone else "true"
        staged = f.key in stage.staged
        (spoken if staged else left_out).append(_row(
            f.key, f"to_jsonb(s.{name(f)})" if staged else None, f"to_jsonb({said(f, 'a')})", f"to_jsonb({said(f, 'v')})", applies))
        if not staged and f.column:
            moved.append(f"{said(f, 'a')} IS DISTINCT FROM {said(f, 'v')}")
    if "attrs" in content_columns(stage.kind.table):
        moved.append(f"a.attrs - {keys} IS DISTINCT FROM v.attrs - {keys}")
    shape = ("to_jsonb(a.geom::text)", "to_jsonb(v.geom::text)", "true")
    if stage.geometry:
        spoken.append(_row("geometry", "to_jsonb(coalesce(s.geom, a.geom)::text)", *shape))
    else:
        left_out.append(_row("geometry", None, *shape))
        moved.append("a.geom::text IS DISTINCT FROM v.geom::text")
    parts = [f"VALUES {', '.join(spoken)}"] if spoken else []
    parts += [f"SELECT * FROM (VALUES {', '.join(left_out)}) o WHERE {' OR '.join(moved)}"] if left_out else []
    return " UNION ALL ".join(parts)


def _row(key: str, says: str | None, has: str, was: str, applies: str) -> str:
    return f"({literal(key)}, {says or 'CAST(NULL AS jsonb)'}, {has}, {was}, {applies}, {'false' if says is None else 'true'})"


def _cases(stage: Stage) -> str:
    """The value of the field named `c.field` in a version `v`."""
    cases = [f"WHEN {literal(f.key)} THEN to_jsonb({said(f, 'v')})" for f in _mergeable(stage)]
    return " ".join([*cases, "WHEN 'geometry' THEN to_jsonb(v.geom::text)"])


def _anew(stage: Stage) -> dict[str, str]:
    told, columns = stage.told, [quote(c) for c in content_columns(stage.kind.table)]
    merged = {name(f): said(f, "a") for f in _mergeable(stage)}
    values = "".join(
        f", CASE WHEN {literal(f.key)} = ANY(k.fields) THEN {merged[name(f)]} ELSE s.{name(f)} END AS {name(f)}"
        if name(f) in merged else f", s.{name(f)}" for f in stage.fields)
    if stage.geometry:
        values += ", CASE WHEN 'geometry' = ANY(k.fields) THEN a.geom ELSE s.geom END AS geom"
    asset = stage.kind.table == "asset"
    # The columns of the row stand in the order in which `told.columns()` makes them.
    made = told.columns()
    return {"values": values, "columns": ", ".join(quote(c) for c in made),
            "target": ", ".join(f"{expr} AS {quote(c)}" for c, expr in made.items()),
            "new": ", ".join(f"t.{c}" for c in columns), "old": ", ".join(f"a.{c}" for c in columns),
            "placing": told.placing if asset else "", "claim_names": ", claim, claim_holds" if asset else "",
            "claim": f", {told.claimed}, (NOT place.zoned OR claim.code IS NOT DISTINCT FROM place.district)" if asset else ""}
