"""Whole kinds on their way out: what is to come, and the rows by a server-side cursor, some thousands at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.db.columns import discriminator, said
from registry.kinds import FeatureKind, Field
from registry.scope import WHOLE, Sight
from registry.store.rows import fetch

BATCH_ROWS = 10_000
_serial = itertools.count(1)


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


def survey(conn: Connection, kind: FeatureKind, city: str, sight: Sight = WHOLE, texts: Sequence[Field] = ()) -> Survey:
    """Count the rows and measure the texts."""
    measured = "".join(f", max(octet_length({_told(f)}))" for f in texts)
    source, params = _source(kind, city, sight)
    rows = fetch(conn, f"SELECT GeometryType(a.geom), count(*){measured}{source} GROUP BY 1 ORDER BY 1", params)
    longest = {f.key: max((r[n] or 0 for r in rows), default=0) for n, f in enumerate(texts, 2)}
    return Survey({r[0]: r[1] for r in rows}, longest)


def stream(conn: Connection, kind: FeatureKind, city: str, fields: Sequence[Field], measures: Sequence[str] = (),
           sight: Sight = WHOLE, types: Sequence[str | None] | None = None) -> Iterator[list[tuple[Any, ...]]]:
    """Rows `(*fields, *measures, wkb)` in the order of their ids, BATCH_ROWS at a time.

    Values as they are kept: no default stands for a missing one, and length and area only where they were surveyed,
    or loading them again would make them so. measures: columns told as they are. wkb: EPSG:4490, x = longitude.
    types: only rows of these GeometryTypes, None among them for rows without geometry; None: all rows.
    """
    columns = ", ".join([*(_told(f) for f in fields), *(f"a.{m}" for m in measures), "ST_AsBinary(a.geom, 'NDR')"])
    source, params = _source(kind, city, sight)
    if types is not None:
        known = [t for t in types if t is not None]
        source += " AND (GeometryType(a.geom) = ANY(%(types)s)" + (" OR a.geom IS NULL)" if None in types else ")")
        params["types"] = known
    raw: Any = conn.connection.driver_connection
    with raw.cursor(name=f"export_{next(_serial)}", binary=True) as cursor:
        cursor.execute(f"SELECT {columns}{source} ORDER BY a.id", params)
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield rows


def _source(kind: FeatureKind, city: str, sight: Sight) -> tuple[str, dict[str, Any]]:
    seen = sight.rows(kind)
    return (f" FROM {seen.driver} a WHERE a.{discriminator(kind)} = %(key)s AND a.city = %(city)s",
            {**seen.values, "key": kind.key, "city": city})


def _told(field: Field) -> str:
    if field.type == "list":  # as JSON text, which every format holds and a load reads
        return f"CAST({said(field, 'a')} AS text)".replace("%", "%%")
    return said(field, "a").replace("%", "%%")
