"""A class of one's own with a field of each type, and rows of it that exist in a statement only."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from registry import cql
from registry.kinds import AssetClass, Field
from registry.served_crs import DEFAULT, Served

THING = AssetClass("thing", "东西|Thing", ("point", "line", "polygon"), common=False, code_required=False, fields=(
    Field("name", "名称|Name", column="name"), Field("other", "别名|Other"), Field("n", "数|Number", "integer"),
    Field("m", "另一数|Other number", "integer"), Field("x", "量|Measure", "number"), Field("flag", "旗|Flag", "boolean"),
    Field("built", "建成|Built", "date", column="installed_on"), Field("day", "日|Day", "date"), Field("end", "止|End", "date"),
    Field("at", "时|Time", "timestamp"), Field("till", "至|Till", "timestamp"), Field("tags", "标签|Tags", "list"),
    Field("words", "词|Words", "list"), Field("路灯", "路灯|Lamps", "integer"), Field("_hidden", "下划线|Underscore", "integer")))


def asked(conn: Connection, said: str, *, wkt: str | None = None, place: Served = DEFAULT, **row: Any) -> bool | None:
    """What a filter says of one row: TRUE, FALSE or None."""
    made = cql.compile(THING, said, place=place)
    values = {"name": row.pop("name", None), "built": row.pop("built", None), "wkt": wkt,
              "attrs": json.dumps({k: v for k, v in row.items() if v is not None})}
    source = ("(SELECT 7::bigint AS id, %(name)s::text AS name, %(built)s::date AS installed_on, %(attrs)s::jsonb AS attrs, "
              "ST_GeomFromText(%(wkt)s, 4490) AS geom, 1.5::float8 AS length_m, 1::bigint AS version, now() AS sys_from)")
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor:
        found: bool | None = cursor.execute(f"SELECT {made.driver} FROM {source} a", {**values, **made.values}).fetchone()[0]
    return found
