"""Staged rows: compared with what is there, and only real differences written, in one transaction."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from registry import history, sql
from registry.db.columns import SQL_TYPES, discriminator, literal, quote
from registry.errors import WriteRefused
from registry.history import Batch
from registry.kinds import FeatureKind
from registry.store import shape
from registry.store.cities import City
from registry.store.target import PLACED, Told

NESTED_AT_MOST = 100  # changes; more are joined by hashing
LISTED = 10_000  # refusals and warnings listed; the counts are exact
_serial = itertools.count(1)


@dataclass(frozen=True)
class Refusal:
    """One thing wrong with one row: a code of PROBLEMS and its facts."""

    row: int
    field: str | None
    value: str | None
    code: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What a load would do. `refused` is exact where `refusals` is capped; likewise the warnings."""

    new: int
    changed: int
    same: int
    refused: int
    refusals: list[Refusal]
    warned: int
    warnings: list[Refusal]
    field_changes: dict[str, int]


class Stage:
    """Rows on their way in, in a table that only this connection sees.

    fields: keys of the fields that the source has; others are left as they are. A staged null clears.
    geometry: whether the rows carry one (EPSG:4490, x = lon, WKB).
    """

    def __init__(self, conn: Connection, kind: FeatureKind, city: City, fields: Sequence[str], geometry: bool,
                 source: str, code_scheme: str = "bureau") -> None:
        self.conn, self.kind, self.city, self.source = conn, kind, city, source
        self.fields = [kind.by_key[key] for key in fields]
        self.geometry, self.code_scheme = geometry, code_scheme
        serial = next(_serial)
        self.table, self.diff = f"stage_{serial}", f"diff_{serial}"
        columns = "".join(f", {quote('f_' + f.key)} {SQL_TYPES[f.type]}" for f in self.fields)
        conn.exec_driver_sql(f"CREATE TEMP TABLE {self.table} (row_no bigint NOT NULL{columns}"
                             f"{', geom geometry(Geometry, 4490)' if geometry else ''}) ON COMMIT DROP")

    def add(self, rows: Iterable[Sequence[Any]]) -> int:
        """Copy rows `(row_no, *values in the order of fields[, wkb])`; streams, holds nothing back."""
        names = ["row_no", *(quote("f_" + f.key) for f in self.fields), *(["geom"] if self.geometry else [])]
        # The binary form of geometry is its WKB; bytea sends the bytes as they are.
        types = ["int8", *(_COPY_TYPES[f.type] for f in self.fields), *(["bytea"] if self.geometry else [])]
        raw = self.conn.connection.driver_connection
        count = 0
        with raw.cursor() as cursor, cursor.copy(  # type: ignore[union-attr]
                f"COPY {self.table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
                count += 1
        return count

    def compare(self) -> Comparison:
        """Find duplicates, match rows by code, and tell what would change.

        Takes the city's writer lock, so that what is told here is what `apply` does.
        """
        history.lock(self.conn, self.city.key)
        self.conn.exec_driver_sql(f"ANALYZE {self.table}")
        duplicates = self._drop_duplicates()
        shape.zone_pieces(self.conn, self.city.key)
        self.conn.execute(shape.diff_statement(self), self._params())
        self.conn.exec_driver_sql(f"ANALYZE {self.diff}")
        count = {r.verdict: r.n for r in
                 self.conn.execute(text(f"SELECT verdict, count(*) AS n FROM {self.diff} GROUP BY 1"))}
        lost = self._lost() if count.get("lost") else []
        warned, warnings = self._warnings()
        self.conn.execute(sql.statement("stage_told", diff=self.diff), {"source": self.source})
        return Comparison(
            new=count.get("new", 0), changed=count.get("changed", 0),
            same=count.get("same", 0) + count.get("kept", 0),
            refused=len(duplicates) + count.get("lost", 0), refusals=(duplicates + lost)[:LISTED],
            warned=warned, warnings=warnings,
            field_changes=self._field_changes(count["changed"]) if count.get("changed") else {})

    def apply(self, batch: Batch) -> None:
        """Write what `compare` told, as part of the batch. A row that moved meanwhile refuses all of it."""
        params = {**self._params(), "batch": batch.id, "at": batch.at}
        self.conn.execute(shape.insert_statement(self), params)
        wanted = self.conn.execute(text(f"SELECT count(*) FROM {self.diff} WHERE verdict = 'changed'")).scalar_one()
        with self._hashing(wanted):
            if wanted:
                self.conn.execute(sql.statement("stage_hands", diff=self.diff), {"source": self.source})
            if wanted and self.conn.execute(shape.update_statement(self), params).rowcount != wanted:
                raise WriteRefused(why_zh="比对之后数据又变了", why_en="the data moved after the comparison")
        if self.kind.table == "zone" and self.kind.key in PLACED:
            shape.place_assets(self.conn, self.kind.key, batch)

    # -- inside ----------------------------------------------------------------------------------
    @contextmanager
    def _hashing(self, count: int) -> Iterator[None]:
        """Keep the planner from comparing every live row with every staged one.

        Of a table that was not analysed since it was filled it believes that the city has one row: 600 changes
        among 10,000 rows took 29 s, and four times as long for twice the rows.
        """
        if count <= NESTED_AT_MOST:
            yield
            return
        self.conn.exec_driver_sql("SET LOCAL enable_nestloop = off")
        yield
        self.conn.exec_driver_sql("SET LOCAL enable_nestloop = on")

    def _params(self) -> dict[str, Any]:
        params = {"city": self.city.key, "source": self.source}
        return params | ({"scheme": self.code_scheme} if self.kind.table == "asset" else {})

    @property
    def told(self) -> Told:
        return Told(self.kind, tuple(self.fields), self.geometry)

    @property
    def staged(self) -> set[str]:
        return {f.key for f in self.fields}

    @property
    def key_columns(self) -> list[str]:
        """Staged columns that make the business key, the code last; empty when codes are not staged."""
        code = self.kind.by_column.get("code")
        if code is None or code.key not in self.staged:
            return []
        edition = self.kind.by_column.get("edition")
        first = [edition.key] if edition and edition.key in self.staged else []
        return [quote("f_" + k) for k in (*first, code.key)]

    def _drop_duplicates(self) -> list[Refusal]:
        keys = self.key_columns
        if not keys:
            return []
        code = self.kind.by_column["code"].key
        rows = self.conn.execute(sql.statement("stage_duplicates", stage=self.table, keys=", ".join(keys),
                                               code=keys[-1])).all()
        return [Refusal(r.row_no, code, r.code, "duplicate", {"other": r.first}) for r in sorted(rows)]

    def _lost(self) -> list[Refusal]:
        """Rows that name no asset and bring no geometry to make one."""
        keys = self.key_columns
        shown = f"s.{keys[-1]}" if keys else "NULL"
        rows = self.conn.execute(text(
            f"SELECT d.row_no, CAST({shown} AS text) AS code FROM {self.diff} d JOIN {self.table} s USING (row_no) "
            f"WHERE d.verdict = 'lost' ORDER BY 1 LIMIT {LISTED}"))
        code = self.kind.by_column.get("code")
        return [Refusal(r.row_no, code.key if code else None, r.code, "no_such_asset", {}) for r in rows]

    def _warnings(self) -> tuple[int, list[Refusal]]:
        """Rows kept as somebody changed them since, and claims of a district that does not contain the asset."""
        counted, found = self._warned("kept", "verdict = 'kept'", "NULL", None)
        district = self.kind.by_column.get("district")
        if self.kind.table == "asset" and district is not None and district.key in self.staged:
            claims = "claim IS NOT NULL AND claim_holds IS FALSE AND verdict IN ('new', 'changed')"
            count, rows = self._warned("district_claim", claims, "claim", district.key)
            counted, found = counted + count, found + rows
        return counted, found

    def _warned(self, code: str, where: str, value: str, field: str | None) -> tuple[int, list[Refusal]]:
        count = self.conn.execute(text(f"SELECT count(*) FROM {self.diff} WHERE {where}")).scalar_one()
        rows = self.conn.execute(text(f"SELECT row_no, CAST({value} AS text) AS value FROM {self.diff} WHERE {where} "
                                      f"ORDER BY 1 LIMIT {LISTED}")) if count else ()
        return count, [Refusal(r.row_no, field, r.value, code, {"claimed": r.value} if r.value else {}) for r in rows]

    def _field_changes(self, changed: int) -> dict[str, int]:
        """Field key → in how many changed rows it differs, `geometry` among them."""
        parts = {}
        for f in self.fields:
            old, new = ((f"a.{quote(f.column)}", f"d.{quote(f.column)}") if f.column else
                        (f"a.attrs->{literal(f.key)}", f"d.attrs->{literal(f.key)}"))
            parts[f.key] = f"{old} IS DISTINCT FROM {new}"
        if self.geometry:
            parts["geometry"] = "a.geom IS DISTINCT FROM d.geom"
        counts = ", ".join(f"count(*) FILTER (WHERE {e}) AS {quote(k)}" for k, e in parts.items())
        sentence = text(
            f"SELECT {counts.replace(':', chr(92) + ':')} FROM {self.diff} d JOIN {self.kind.table} a USING (id) "
            f"WHERE d.verdict = 'changed' AND a.{discriminator(self.kind)} = {literal(self.kind.key)}"
            if counts else "SELECT 1 WHERE false")
        with self._hashing(changed):
            row = self.conn.execute(sentence).mappings().one_or_none()
        return {k: v for k, v in (row or {}).items() if v}


_COPY_TYPES = {"text": "text", "code": "text", "integer": "int8", "number": "float8", "boolean": "bool",
               "date": "date"}


def put_many(conn: Connection, kind: FeatureKind, city: City, rows: Sequence[dict[str, Any]], *, actor: str,
             reason: str, source: str = "store", batch_kind: str = "edit") -> Comparison:
    """Write a few rows given as `{field key: value, "geom": shapely geometry | None}`; all have the same keys.

    Opens a batch of its own when something differs. Refused rows are not written; see the comparison.
    """
    import shapely

    keys = [k for k in (rows[0] if rows else {}) if k != "geom"]
    geometry = bool(rows) and "geom" in rows[0]
    stage = Stage(conn, kind, city, keys, geometry, source)
    stage.add((n, *(row[k] for k in keys), *([shapely.to_wkb(row["geom"]) if row["geom"] is not None else None]
                                             if geometry else []))
              for n, row in enumerate(rows, 1))
    result = stage.compare()
    if result.new or result.changed:
        batch = history.open_batch(conn, city=city.key, kind=batch_kind, actor=actor, reason=reason, source=source)
        stage.apply(batch)
        history.seal(conn, batch, {"new": result.new, "changed": result.changed})
    return result
