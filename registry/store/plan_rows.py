"""What a plan shows of its rows: samples with old and new values, layers, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from sqlalchemy import Connection, text

from registry import sql
from registry.db.columns import SQL_TYPES, discriminator, literal, quote, read
from registry.kinds import Field
from registry.scope import WHOLE
from registry.store import cities, divisions
from registry.store.differences import Differences, hashing, pairs

SAMPLES = 20
CHUNK_ROWS = 20_000
DRAWN = 3_000  # points of a verdict
# Layer → verdict, and whether its rows are shown as they are or as they would be.
LAYERS = {"insert": ("new", "d"), "update_old": ("changed", "a"), "update_new": ("changed", "d"), "delete": ("missing", "a")}
_LONGEST = 80  # characters of a geometry in a sample


def samples(conn: Connection, made: Differences, count: dict[str, int]) -> list[dict[str, Any]]:
    """At most 20 rows: changed ones before deleted and new ones, but some of each."""
    left, share = SAMPLES, {}
    for verdict, most in (("missing", 5), ("new", 5), ("changed", SAMPLES)):
        share[verdict] = min(count.get(verdict, 0), most, left)
        left -= share[verdict]
    share["new"] += min(left, count.get("new", 0) - share["new"])
    shown = ", ".join(f"({literal(key)}, {_shown(key, old)}, {_shown(key, new)})" for key, (old, new) in pairs(made).items())
    rows = conn.execute(sql.statement("plan_samples", **_of(made), pairs=shown), {"city": made.city, **share})
    return [{"verdict": r.verdict, "row": r.row_no, "id": r.id, "code": r.code, "name": r.name, "fields": r.fields} for r in rows]


def fields(made: Differences) -> list[Field]:
    """The fields that a layer shows: code, name and those of the source."""
    keys = [f.key for c in ("code", "name") if (f := made.kind.by_column.get(c))]
    return [made.kind.by_key[key] for key in dict.fromkeys([*keys, *made.fields])]


def layer(conn: Connection, made: Differences, name: str) -> Iterator[Sequence[Any]]:
    """Chunks of rows (row_no, id, version, changed fields, *fields, WKB in EPSG:4490) of a layer; streams."""
    verdict, side = LAYERS[name]
    told = pairs(made)
    changed = ", ".join(f"CASE WHEN {old} IS DISTINCT FROM {new} THEN {literal(key)} END" for key, (old, new) in told.items())
    shown = ", ".join(f"CAST({read(f, side, default=False)} AS {SQL_TYPES[f.type]}) AS {quote('f_' + f.key)}" for f in fields(made))
    statement = sql.statement("plan_layer", **_of(made), side=side, fields=shown,
                              changed=changed if verdict == "changed" and changed else "NULL")
    with hashing(conn, made.count(conn).get(verdict, 0)):
        found = conn.execute(statement, {"city": made.city, "verdict": verdict}, execution_options={"stream_results": True})
    yield from found.partitions(CHUNK_ROWS)


def shapes(conn: Connection, made: Differences, ids: Sequence[int]) -> dict[int, bytes]:
    """Id → geometry now (WKB, EPSG:4490)."""
    found = conn.execute(text(f"SELECT a.id, ST_AsBinary(a.geom) AS geom FROM {made.kind.table} a "
                              f"WHERE {made.here} AND a.city = :city AND a.id = ANY(:ids) AND a.geom IS NOT NULL"),
                         {"city": made.city, "ids": list(ids)})
    return {r.id: bytes(r.geom) for r in found}


def points(conn: Connection, made: Differences, verdict: str, count: int) -> list[tuple[float, float]]:
    """Points (lon, lat) on at most 3,000 rows of a verdict, evenly taken."""
    if not count:
        return []
    with hashing(conn, count):
        rows = conn.execute(sql.statement("plan_points", **_of(made)),
                            {"city": made.city, "verdict": verdict, "every": -(-count // DRAWN)}).all()
    return [(r.x, r.y) for r in rows]


def outline(conn: Connection, city: str) -> list[tuple[str, Any]]:
    """(name, shape in EPSG:4490) of the city's districts, else of its extent; empty where neither is known."""
    found = conn.execute(sql.statement("plan_outline"), {"city": city, "edition": divisions.edition(conn, city, "district", WHOLE)})
    made = [(r.name or "", shapely.from_wkb(bytes(r.geom))) for r in found]
    known = cities.find(conn, city)
    return made or ([(known.zh, known.extent)] if known is not None and known.extent is not None else [])


def _shown(key: str, expression: str) -> str:
    if key == "geometry":
        return f"to_jsonb(left(ST_AsText({expression}, 6), {_LONGEST}))"
    return f"to_jsonb({expression})"


def _of(made: Differences) -> dict[str, str]:
    kind = made.kind
    return {"diff": made.table, "table": kind.table, "discriminator": discriminator(kind), "key": literal(kind.key)}
