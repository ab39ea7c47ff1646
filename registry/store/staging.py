"""Staged rows: compared with what is there, and only real differences written, in one transaction."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg.copy import QueuedLibpqWriter
from psycopg.types.string import BytesBinaryDumper
from sqlalchemy import Connection, text

from registry import history, sql
from registry.db.columns import SQL_TYPES, quote
from registry.db.migration import VIEWS
from registry.history import Batch
from registry.kinds import FeatureKind
from registry.store import differences, fresh, missing, shape
from registry.store.cities import City
from registry.store.differences import Differences
from registry.store.merge import Conflict, Merged, merge
from registry.store.missing import Refused
from registry.store.target import MEASURES, Told, measure

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
class Terms:
    """How the differences are made. take_file: conflicts are settled as the file says.

    delete_missing: rows of this source that it lacks are deleted, unless they are more than this share (percent) of
    its rows; None: nothing is deleted. at_once: what is told is written in the same transaction and not looked at before,
    so that rows of a class without any go from the stage to their place.
    """

    take_file: bool = False
    delete_missing: float | None = None
    at_once: bool = False


@dataclass(frozen=True)
class Comparison:
    """What a load would do. `refused` is exact where `refusals` is capped; likewise warnings and conflicts.

    missing: rows to be deleted. conflicts: fields that keep what somebody else made of them (see merge.py).
    """

    new: int
    changed: int
    same: int
    refused: int
    refusals: list[Refusal]
    warned: int
    warnings: list[Refusal]
    field_changes: dict[str, int]
    missing: int = 0
    conflicts: int = 0
    conflict_list: tuple[Conflict, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything would be written."""
        return bool(self.new or self.changed or self.missing)


class Stage:
    """Rows on their way in, in a table that only this transaction sees and that is gone at its end.

    fields: keys of the fields that the source has; others are left as they are. A staged null clears.
    geometry: whether the rows carry one (EPSG:4490, x = lon, WKB). lengths: whether its length (geo.lengths) stands
    behind it, null where it has none. many: worth a table that several processes can read at once, which they cannot with a
    temporary one; to be used as a context, which drops it before the commit. Any other end takes it back.
    """

    def __init__(self, conn: Connection, kind: FeatureKind, city: City, fields: Sequence[str], geometry: bool,
                 source: str, code_scheme: str = "bureau", terms: Terms = Terms(), *, lengths: bool = False, many: bool = False) -> None:
        self.terms, self.refused = terms, Refused()
        self.conn, self.kind, self.city, self.source = conn, kind, city, source
        self.fields = [kind.by_key[key] for key in fields]
        self.geometry, self.code_scheme = geometry, code_scheme
        serial = next(_serial)
        self.many, self.diff = many, f"diff_{serial}"
        self.table = f"{VIEWS}.stage_{_backend(conn)}_{serial}" if many else f"stage_{serial}"
        self.first = False  # the city has no row of the class: there are no differences, what is staged is new
        columns = "".join(f", {quote('f_' + f.key)} {SQL_TYPES[f.type]}" for f in self.fields)
        self.lengths, self.measured = lengths, {"length_m"} if lengths else set()
        measures = f", {measure('length_m')} double precision" if lengths else ""
        may_be_first = self._may_be_first()
        self.numbered = many and may_be_first  # ids are given out while the client reads on
        if self.numbered:
            measures += ", new_id bigint NOT NULL DEFAULT nextval('feature_id_seq')"
        if "polygon" in kind.geometry and may_be_first:  # measured then, too
            self.measured.add("area_m2")
            measures += f", {measure('area_m2')} double precision GENERATED ALWAYS AS ({MEASURES['area_m2']}(geom)) STORED"
        conn.exec_driver_sql(f"CREATE {'UNLOGGED' if many else 'TEMP'} TABLE {self.table} (row_no bigint NOT NULL{columns}"
                             f"{', geom geometry(Geometry, 4490)' if geometry else ''}{measures})"
                             f"{'' if many else ' ON COMMIT DROP'}")

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.many and kind is None:
            self.conn.exec_driver_sql(f"DROP TABLE {self.table}")

    def add(self, rows: Iterable[Sequence[Any]]) -> int:
        """Copy rows `(row_no, *values in the order of fields[, wkb[, length]])`; streams, holds little back."""
        names = ["row_no", *(quote("f_" + f.key) for f in self.fields), *(["geom"] if self.geometry else []),
                 *([measure("length_m")] if self.lengths else [])]
        # The binary form of geometry is its WKB; bytea sends the bytes as they are.
        types = ["int8", *(_COPY_TYPES[f.type] for f in self.fields), *(["bytea"] if self.geometry else []),
                 *(["float8"] if self.lengths else [])]
        raw = self.conn.connection.driver_connection
        count = 0
        with raw.cursor() as cursor:  # type: ignore[union-attr]
            cursor.adapters.register_dumper(bytes, BytesBinaryDumper)  # found for bytea is one in Python: 0.5 s a million
            # A thread sends while this one reads on.
            with cursor.copy(f"COPY {self.table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)",
                             writer=QueuedLibpqWriter(cursor)) as copy:
                copy.set_types(types)
                write = copy.write_row
                for count, row in enumerate(rows, 1):  # noqa: B007
                    write(row)
        return count

    def compare(self) -> Comparison:
        """Find duplicates, match rows by code, and tell what would change.

        Takes the city's writer lock, so that what is told here is what `apply` does.
        """
        history.lock(self.conn, self.city.key)
        twice, duplicates = self._drop_duplicates()
        self.zoned = shape.zone_pieces(self.conn, self.city.key)
        if self._is_first():
            self.first = True
            return Comparison(self.count(), 0, 0, twice, duplicates, 0, [], {})
        # Rough statistics do for tables that live for one transaction: a tenth of the cost.
        self.conn.exec_driver_sql(f"SET LOCAL default_statistics_target = 10; ANALYZE {self.table}")
        # No two assets lie at the same place: remembering what was found there costs 4 of 20 s for a million.
        self.conn.exec_driver_sql("SET LOCAL enable_memoize = off")
        shape.compare(self, self.zoned)
        self.conn.exec_driver_sql("SET LOCAL enable_memoize = on")
        self.conn.exec_driver_sql(f"ANALYZE {self.diff}")
        count = self.differences.count(self.conn)
        merged = Merged()
        if judged := sum(count.get(verdict, 0) for verdict in ("changed", "kept", "agrees")):
            merged = merge(self, judged, LISTED)
            count = self.differences.count(self.conn)
        lost = self._lost() if count.get("lost") else []
        gone = missing.find(self.conn, self.differences, self.refused, self.terms.delete_missing) \
            if self.terms.delete_missing is not None else 0
        warned, warnings = self._warnings(count)
        changed = count.get("changed", 0)
        return Comparison(
            new=count.get("new", 0), changed=changed, same=sum(count.get(verdict, 0) for verdict in ("same", "agrees", "kept")),
            refused=twice + count.get("lost", 0), refusals=(duplicates + lost)[:LISTED],
            warned=warned, warnings=warnings,
            field_changes=differences.field_changes(self.conn, self.differences, changed) if changed else {},
            missing=gone, conflicts=merged.count, conflict_list=merged.conflicts)

    def apply(self, batch: Batch) -> dict[str, int]:
        """Write what `compare` told, as part of the batch. A row that moved meanwhile refuses all of it."""
        if not self.first:
            return differences.write(self.conn, self.differences, batch)
        fresh.insert(self.conn, self.kind, self.count(), partial(shape.first_statement, self, self.zoned),
                     self._params() | {"batch": batch.id, "at": batch.at},
                     partial(shape.first_table, self, self.zoned) if self.numbered else None)
        return {}

    def leave_out(self, rows: Sequence[int]) -> list[int]:
        """Take rows that would be new out of the comparison; returns those that were."""
        table, new = (self.table, "true") if self.first else (self.diff, "verdict = 'new'")
        done = self.conn.execute(text(f"DELETE FROM {table} WHERE {new} AND row_no = ANY(:rows) RETURNING row_no"), {"rows": list(rows)})
        return sorted(done.scalars())

    def count(self) -> int:
        """Rows in the stage."""
        return int(self.conn.execute(text(f"SELECT count(*) FROM {self.table}")).scalar_one())

    def spoke_before(self) -> bool:
        """Whether the source has been imported into the city before."""
        return bool(self.conn.execute(text("SELECT EXISTS (SELECT FROM batch WHERE city = :city AND source = :source AND kind = 'import')"),
                                      {"city": self.city.key, "source": self.source}).scalar_one())

    def remember(self) -> None:
        """Keep what the source said of rows that stay as they are, before a batch is opened."""
        if not self.first:
            differences.remember(self.conn, self.differences)

    # -- inside ----------------------------------------------------------------------------------
    @property
    def differences(self) -> Differences:
        return Differences(self.kind, self.city.key, self.source, self.diff, tuple(f.key for f in self.fields), self.geometry)

    def _is_first(self) -> bool:
        """Whether all staged rows make new assets as they stand, and no claim of a district is to be doubted."""
        district = self.kind.by_column.get("district")
        if self.zoned and district is not None and district.key in self.staged:
            return False
        return self._may_be_first() and not self.conn.execute(
            text(f"SELECT EXISTS (SELECT FROM {self.table} WHERE geom IS NULL)")).scalar_one()

    def _may_be_first(self) -> bool:
        """Whether the city has no asset of the class, as far as can be told before its writers are locked out."""
        if not (self.terms.at_once and self.geometry and self.kind.table == "asset"):
            return False
        return not self.conn.execute(text("SELECT EXISTS (SELECT FROM asset WHERE class = :kind AND city = :city)"),
                                     {"kind": self.kind.key, "city": self.city.key}).scalar_one()

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

    def _drop_duplicates(self) -> tuple[int, list[Refusal]]:
        """How many rows had a code that stood before in the file, and the first of them."""
        keys = self.key_columns
        if not keys:
            return 0, []
        code = self.kind.by_column["code"].key
        # Looking whether there are any costs a tenth of finding them all.
        if not self.conn.execute(text(f"SELECT count(*) > count(DISTINCT ({', '.join(keys)})) FROM {self.table} "
                                      f"WHERE {keys[-1]} IS NOT NULL")).scalar_one():
            return 0, []
        rows = self.conn.execute(sql.statement("stage_duplicates", stage=self.table, keys=", ".join(keys),
                                               code=keys[-1]), {"limit": LISTED}).all()
        return rows[0].n if rows else 0, [Refusal(r.row_no, code, r.code, "duplicate", {"other": r.first}) for r in rows]

    def _lost(self) -> list[Refusal]:
        """Rows that name no asset and bring no geometry to make one."""
        keys = self.key_columns
        shown = f"s.{keys[-1]}" if keys else "NULL"
        rows = self.conn.execute(text(
            f"SELECT d.row_no, CAST({shown} AS text) AS code FROM {self.diff} d JOIN {self.table} s USING (row_no) "
            f"WHERE d.verdict = 'lost' ORDER BY 1 LIMIT {LISTED}"))
        code = self.kind.by_column.get("code")
        return [Refusal(r.row_no, code.key if code else None, r.code, "no_such_asset", {}) for r in rows]

    def _warnings(self, count: dict[str, int]) -> tuple[int, list[Refusal]]:
        """Rows kept as somebody changed them since, and claims of a district that does not contain the asset."""
        known = bool(set(count) - {"new", "lost"})
        counted, found = self._warned("kept", f"verdict = 'kept' OR jsonb_exists_any(says, {self.differences.spoken})", "NULL", None) if known else (0, [])
        district = self.kind.by_column.get("district")
        if self.kind.table == "asset" and district is not None and district.key in self.staged:
            claims = "claim IS NOT NULL AND claim_holds IS FALSE AND verdict IN ('new', 'changed')"
            more, rows = self._warned("district_claim", claims, "claim", district.key)
            counted, found = counted + more, found + rows
        return counted, found

    def _warned(self, code: str, where: str, value: str, field: str | None) -> tuple[int, list[Refusal]]:
        count = self.conn.execute(text(f"SELECT count(*) FROM {self.diff} WHERE {where}")).scalar_one()
        rows = self.conn.execute(text(f"SELECT row_no, CAST({value} AS text) AS value FROM {self.diff} WHERE {where} "
                                      f"ORDER BY 1 LIMIT {LISTED}")) if count else ()
        return count, [Refusal(r.row_no, field, r.value, code, {"claimed": r.value} if r.value else {}) for r in rows]


def _backend(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


_COPY_TYPES = {"text": "text", "code": "text", "integer": "int8", "number": "float8", "boolean": "bool",
               "date": "date", "timestamp": "text", "list": "jsonb"}


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
    stage.remember()
    if result.writes:
        batch = history.open_batch(conn, city=city.key, kind=batch_kind, actor=actor, reason=reason, source=source)
        history.seal(conn, batch, {"new": result.new, "changed": result.changed} | stage.apply(batch))
    return result
