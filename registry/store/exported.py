"""Whole kinds on their way out: what is to come, the rows some thousands at a time, and features as text by COPY."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.db.columns import said
from registry.geo import DIGITS
from registry.kinds import Field
from registry.store import filled
from registry.store.geojson import wound_sql
from registry.store.members import named
from registry.store.query import Query, condition, order
from registry.store.rows import fetch

BATCH_ROWS = 10_000
FIRST_ROWS = 500  # of the first batch, so that a client sees at once that something comes
BLOCK_BYTES = 65_536
_serial = itertools.count(1)
# CSV that never needs its quotes, since JSON escapes both characters: 55 ms against 68 ms of the text format, whose
# backslashes would have to be undone.
_COPY = "COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"


@dataclass(frozen=True)
class Survey:
    """What a kind holds: rows by GeometryType (None: no geometry), and the longest text of fields in UTF-8 bytes."""

    types: dict[str | None, int]
    longest: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.types.values())


def one_moment(conn: Connection) -> None:
    """Make the fresh transaction of `conn` one moment: what is counted is what is read."""
    conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def survey(conn: Connection, query: Query, texts: Sequence[Field] = ()) -> Survey:
    """Count the rows and measure the texts."""
    measured = "".join(f", max(octet_length({_told(f)}))" for f in texts)
    where, params = condition(query, paged=False)
    rows = fetch(conn, f"SELECT GeometryType(a.geom), count(*){measured} FROM {query.source} a WHERE {where} GROUP BY 1 ORDER BY 1",
                 params)
    longest = {f.key: max((r[n] or 0 for r in rows), default=0) for n, f in enumerate(texts, 2)}
    return Survey({r[0]: r[1] for r in rows}, longest)


def placeless(conn: Connection, query: Query) -> bool:
    """Whether any row has no geometry: an index has those."""
    where, params = condition(query, paged=False)
    return bool(fetch(conn, f"SELECT EXISTS (SELECT FROM {query.source} a WHERE {where} AND a.geom IS NULL)", params)[0][0])


def stream(conn: Connection, query: Query, fields: Sequence[Field], measures: Sequence[str] = (),
           types: Sequence[str | None] | None = None) -> Iterator[list[tuple[Any, ...]]]:
    """Rows `(*fields, *measures, wkb)` in the order of the query, BATCH_ROWS at a time.

    Values as they are kept: no default stands for a missing one, and length and area only where they were surveyed,
    or loading them again would make them so. measures: columns told as they are. wkb: EPSG:4490, x = longitude.
    types: only rows of these GeometryTypes, None among them for rows without geometry; None: all rows.
    """
    columns = ", ".join([*(_told(f) for f in fields), *(f"a.{m}" for m in measures), "ST_AsBinary(a.geom, 'NDR')"])
    source, params = _source(query, types)
    raw: Any = conn.connection.driver_connection
    with raw.cursor(name=f"export_{next(_serial)}", binary=True) as cursor:
        cursor.execute(f"SELECT {columns}{source}", params)
        rows = cursor.fetchmany(min(FIRST_ROWS, BATCH_ROWS))
        while rows:
            yield rows
            rows = cursor.fetchmany(BATCH_ROWS)


def features(conn: Connection, query: Query, fields: Mapping[str, Field], measures: Mapping[str, str],
             types: Sequence[str | None] | None = None) -> Iterator[list[bytes]]:
    """Features as GeoJSON text (RFC 7946: lon/lat degrees, outer rings counterclockwise), each with its line end.

    fields, measures: by the name of the member; values as `stream` has them. What has no value is left out, which
    halves the time, except from the first one: whoever looks for columns finds all of them there. They come in lists of
    some BLOCK_BYTES, the first one alone, and nothing is kept. conn: in one moment.
    """
    known = filled.now(conn, query.city, query.kind.key) if query.live else filled.ANY
    members = " || ".join(f"coalesce({named(name)} || CAST(to_json({value}) AS text), '')" for name, value in (
        *((n, said(f, "a")) for n, f in fields.items() if not known.lacks(f)), *((n, f"a.{m}") for n, m in measures.items()))) or "''"
    made = (f"'{{\"type\":\"Feature\",\"id\":' || a.id || ',\"geometry\":' || coalesce(ST_AsGeoJSON({wound_sql(query.kind)}, {DIGITS}, 0), 'null') "
            f"|| ',\"properties\":{{' || substr({members}, 2) || '}}}}'").replace("%", "%%")
    source, params = _source(query, types)
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(_COPY.format(f"SELECT {made}{source}"), params) as copy:
        lines: list[bytes] = []
        size = most = 0
        for line in copy:
            lines.append(bytes(line) if most else _complete(bytes(line), [*fields, *measures]))
            size += len(line)
            if size > most:
                yield lines
                lines, size, most = [], 0, BLOCK_BYTES
        if lines:
            yield lines


def _complete(line: bytes, members: Sequence[str]) -> bytes:
    """A feature with all members, null where they have no value."""
    feature = json.loads(line)
    feature["properties"] = dict.fromkeys(members) | feature["properties"]
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _source(query: Query, types: Sequence[str | None] | None) -> tuple[str, dict[str, Any]]:
    where, params = condition(query, paged=False)
    if types is not None:
        params["types"] = [t for t in types if t is not None]
        where += " AND (GeometryType(a.geom) = ANY(%(types)s)" + (" OR a.geom IS NULL)" if None in types else ")")
    return f" FROM {query.source} a WHERE {where} ORDER BY {order(query)}", params


def _told(field: Field) -> str:
    if field.type == "list":  # as JSON text, which every format holds and a load reads
        return f"CAST({said(field, 'a')} AS text)".replace("%", "%%")
    return said(field, "a").replace("%", "%%")
