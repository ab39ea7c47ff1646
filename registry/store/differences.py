"""What a load would write: a table of differences with a verdict for each row, and the writing of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import sql
from registry.db.columns import discriminator, literal, quote
from registry.errors import WriteRefused
from registry.history import Batch
from registry.kinds import FeatureKind
from registry.store import fresh, shape
from registry.store.target import PLACED

NESTED_AT_MOST = 100  # changes; more are joined by hashing


@dataclass(frozen=True)
class Differences:
    """A table of rows with a verdict (new, changed, same, kept, lost, missing) of one class of a city and one source.

    fields: keys of the fields that the source has. geometry: whether its rows carry one.
    """

    kind: FeatureKind
    city: str
    source: str
    table: str
    fields: tuple[str, ...]
    geometry: bool

    @property
    def here(self) -> str:
        """The condition that a live row `a` is of this class."""
        return f"a.{discriminator(self.kind)} = {literal(self.kind.key)}"

    @property
    def spoken(self) -> str:
        """The array of the fields that its rows speak of, `geometry` among them."""
        return f"CAST(ARRAY[{', '.join(map(literal, [*self.fields, *(['geometry'] if self.geometry else [])]))}] AS text[])"

    def count(self, conn: Connection) -> dict[str, int]:
        """Verdict → rows; the same of which the source had said something else last are told apart (agrees)."""
        found = conn.execute(text(f"SELECT CASE WHEN verdict = 'same' AND NOT said THEN 'agrees' ELSE verdict END AS verdict, "
                                  f"count(*) AS n FROM {self.table} GROUP BY 1"))
        return {r.verdict: r.n for r in found}


def remember(conn: Connection, made: Differences) -> None:
    """Keep what the source said of rows that stay as they are; before the batch is opened, as it is no part of it."""
    if conn.execute(text(f"SELECT EXISTS (SELECT FROM {made.table} WHERE id IS NOT NULL)")).scalar_one():
        conn.execute(sql.statement("stage_told", diff=made.table), {"source": made.source})


def write(conn: Connection, made: Differences, batch: Batch) -> dict[str, int]:
    """Write the differences as part of the batch. WriteRefused, for all of it, when a row moved meanwhile.

    Returns what the batch counts beside them: assets that new borders moved to another division (placed), if any.
    """
    params = {"city": made.city, "source": made.source, "batch": batch.id, "at": batch.at}
    count = made.count(conn)
    conn.execute(sql.statement("stage_hands", diff=made.table), {"source": made.source})
    fresh.insert(conn, made.kind, count.get("new", 0), lambda into: shape.insert_statement(made, into), params)
    for verdict, statement in (("changed", shape.update_statement(made)), ("missing", shape.delete_statement(made))):
        wanted = count.get(verdict, 0)
        with hashing(conn, wanted):
            if wanted and conn.execute(statement, params).rowcount != wanted:
                raise WriteRefused(why_zh="比对之后数据又变了", why_en="the data moved after the comparison")
    if made.kind.table != "zone" or made.kind.key not in PLACED:
        return {}
    placed = shape.place_assets(conn, made.kind.key, batch)
    return {"placed": placed} if placed else {}


def field_changes(conn: Connection, made: Differences, changed: int) -> dict[str, int]:
    """Field key → in how many changed rows it differs, `geometry` among them."""
    parts = {key: f"{old} IS DISTINCT FROM {new}" for key, (old, new) in pairs(made).items()}
    if not parts:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE {e}) AS {quote(k)}" for k, e in parts.items())
    sentence = text(f"SELECT {counts.replace(':', chr(92) + ':')} FROM {made.table} d JOIN {made.kind.table} a USING (id) "
                    f"WHERE d.verdict = 'changed' AND {made.here}")
    with hashing(conn, changed):
        row: Any = conn.execute(sentence).mappings().one()
    return {k: v for k, v in row.items() if v}


def pairs(made: Differences) -> dict[str, tuple[str, str]]:
    """Field key → the expressions of the value of the live row `a` and of the row `d` that it would become."""
    found = {}
    for key in made.fields:
        field = made.kind.by_key[key]
        read = f"{{}}.{quote(field.column)}" if field.column else f"{{}}.attrs->{literal(key)}"
        found[key] = (read.format("a"), read.format("d"))
    if made.geometry:
        found["geometry"] = ("a.geom", "d.geom")
    return found


@contextmanager
def hashing(conn: Connection, count: int) -> Iterator[None]:
    """Keep the planner from comparing every live row with every staged one.

    Of a table that was not analysed since it was filled it believes that the city has one row: 600 changes
    among 10,000 rows took 29 s, and four times as long for twice the rows.
    """
    if count <= NESTED_AT_MOST:
        yield
        return
    conn.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    conn.exec_driver_sql("SET LOCAL enable_nestloop = on")
