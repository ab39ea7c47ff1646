"""Many inspections at once: staged by a stream, matched with assets by code, what is known already left out."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from registry import history, sql
from registry.db.columns import SQL_TYPES, content_columns, quote, row_hash
from registry.history import Batch
from registry.kinds import AssetClass, Label
from registry.kinds.form import Problems
from registry.kinds.records import INSPECTION
from registry.standards import sheets
from registry.store import inspections, records, sheet_forms
from registry.store.records import Writer
from registry.store.staging import LISTED, Refusal

_serial = itertools.count(1)
_COPY_TYPES = {"text": "text", "code": "text", "number": "float8", "date": "date"}


@dataclass(frozen=True)
class Compared:
    """What writing would do. `lost` is exact, `refusals` capped.

    differing: how many of the new ones say otherwise than another of the same asset, form, day and part.
    """

    new: int
    same: int
    lost: int
    refusals: list[Refusal]
    differing: int = 0


class InspectionStage:
    """Inspections of one class on their way in; rows are `(row_no, code, values by field key)`."""

    def __init__(self, conn: Connection, kind: AssetClass, city: str, writer: Writer, source: str | None = None) -> None:
        self.conn, self.kind, self.city, self.writer, self.source = conn, kind, city, writer, source
        serial = next(_serial)
        self.table, self.diff = f"inspection_stage_{serial}", f"inspection_diff_{serial}"
        columns = "".join(f", {quote(f.key)} {SQL_TYPES[f.type]}" for f in INSPECTION)
        conn.exec_driver_sql(f"CREATE TEMP TABLE {self.table} (row_no bigint NOT NULL, code text{columns}, "
                             "measurements jsonb NOT NULL, scores jsonb) ON COMMIT DROP")

    def add(self, rows: Iterable[tuple[int, str, Mapping[str, Any]]]) -> int:
        """Copy rows in; streams, holds nothing back."""
        keys = [f.key for f in INSPECTION]
        count = 0
        raw: Any = self.conn.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(
                f"COPY {self.table} (row_no, code, {', '.join(map(quote, keys))}, measurements, scores) FROM STDIN "
                "(FORMAT BINARY)") as copy:
            copy.set_types(["int8", "text", *(_COPY_TYPES[f.type] for f in INSPECTION), "jsonb", "jsonb"])
            for number, code, values in rows:
                copy.write_row((number, code, *(values[k] for k in keys), *(_jsonb(values[k]) for k in inspections.OBJECTS)))
                count += 1
        return count

    def compare(self) -> Compared:
        """Find the assets, under the city's writer lock so that what is told is what is written."""
        history.lock(self.conn, self.city)
        seen = records.assets(self.writer.sight, records.classes(self.writer.sight, self.kind.key, inspections.TELLS))
        self.conn.exec_driver_sql(f"ANALYZE {self.table}")
        columns = ", ".join("CAST(NULL AS bigint) AS supersedes" if c == "supersedes" else f"r.{quote(c)}"
                            for c in content_columns("inspection") if c != "asset_id")
        self.conn.execute(sql.statement("inspection_compare", diff=self.diff, stage=self.table, assets=seen.text,
                                        columns=columns, hash=row_hash("inspection", "s")),
                          {"class": self.kind.key, "city": self.city, **seen.values})
        self.conn.exec_driver_sql(f"ANALYZE {self.diff}")
        row = self.conn.execute(text(
            f"SELECT count(*) FILTER (WHERE asset_id IS NULL) AS lost, count(*) FILTER (WHERE known) AS same, "
            f"count(*) AS every FROM {self.diff}")).one()
        lost = self.conn.execute(text(f"SELECT row_no, code FROM {self.diff} WHERE asset_id IS NULL ORDER BY 1 "
                                      f"LIMIT {LISTED}")) if row.lost else ()
        return Compared(row.every - row.lost - row.same, row.same, row.lost,
                        [Refusal(r.row_no, "code", r.code, "unknown_asset") for r in lost],
                        self.conn.execute(sql.statement("inspection_differing", diff=self.diff)).scalar_one())

    def outcomes(self) -> list[tuple[int, str, str]]:
        """(row_no, code, `new`, `same` or `lost`) of each inspection, once they are compared."""
        found = self.conn.execute(text(f"SELECT row_no, code, CASE WHEN asset_id IS NULL THEN 'lost' WHEN known THEN 'same' "
                                       f"ELSE 'new' END AS outcome FROM {self.diff} ORDER BY row_no"))
        return [(r.row_no, r.code, r.outcome) for r in found]

    def apply(self, batch: Batch) -> int:
        """Write what is new; the assets follow. Returns how many assets changed."""
        columns = content_columns("inspection")
        self.conn.execute(sql.statement(
            "inspection_write", diff=self.diff, columns=", ".join(map(quote, columns)),
            values=", ".join(f"d.{quote(c)}" for c in columns)),
            {"city": self.city, "batch": batch.id, "source": self.source})
        self._tell_planner()
        return inspections.follow_those(self.conn, batch, self.kind.key,
                                        f"SELECT asset_id FROM {self.diff} WHERE NOT known", {})

    def _tell_planner(self) -> None:
        """Statistics of what was just written, and of assets that were loaded a moment ago and have none.

        Without them the planner takes a class for one row and goes through all of it once for each inspection.
        """
        partition = self.conn.execute(text("SELECT table_name FROM catalogue WHERE key = :k"), {"k": self.kind.key}).scalar_one()
        known = self.conn.execute(text("SELECT EXISTS (SELECT FROM pg_stats WHERE tablename = :t AND attname = 'city')"),
                                  {"t": partition}).scalar_one()
        self.conn.exec_driver_sql("ANALYZE inspection")
        if not known:
            self.conn.exec_driver_sql(f"ANALYZE {quote(partition)}")


def judged(conn: Connection, kind: AssetClass, city: str, rows: list[tuple[int, str, dict[str, Any]]],
           problems: Problems) -> list[dict[str, Any]]:
    """Judge those rows `(row_no, code, values)` in place whose form is a sheet; returns warnings with their rows."""
    warnings = []
    for form in dict.fromkeys(values["form"] for _, _, values in rows):
        if (sheet := sheets.find(form)) is None:
            continue
        facts = sheet_forms.of_codes(conn, sheet, kind, city, {code for _, code, values in rows if values["form"] == form})
        for number, code, values in rows:
            if values["form"] == form and code in facts:
                warnings += sheet_forms.judge(sheet, values, facts[code], problems, number)
    return warnings


def record_many(conn: Connection, city: str, kind: AssetClass, said: list[Any], writer: Writer) -> dict[str, Any]:
    """Record a list of inspections, each with the `code` of its asset: all of them or, when one is wrong, none.

    Those that are known already, by all that they say, are counted as `same`. Invalid names row and field.
    """
    problems = Problems(Label(f"{kind.title.zh}的检查", f"inspections of {kind.key}"))
    rows = []
    for number, entry in enumerate(said, 1):
        values = inspections.check(kind, entry, problems, number, also=("code",))
        code = entry.get("code") if isinstance(entry, Mapping) else None
        if not isinstance(code, str) or not code.strip():
            problems.add("code", "missing_code", number, value=code)
        rows.append((number, str(code).strip(), values))
    problems.refuse()
    history.lock(conn, city)
    warnings = judged(conn, kind, city, rows, problems)
    problems.refuse()
    stage = InspectionStage(conn, kind, city, writer)
    stage.add(rows)
    found = stage.compare()
    for refusal in found.refusals:
        problems.add("code", refusal.code, refusal.row, value=refusal.value)
    problems.refuse()
    changed = 0
    if found.new:
        batch = writer.open(conn, city)
        changed = stage.apply(batch)
        history.seal(conn, batch, {"inspections": found.new, "changed": changed})
    made = {"recorded": found.new, "same": found.same, "assets_changed": changed, "differing": found.differing}
    return made | ({"warnings": warnings[:LISTED]} if warnings else {})


def _jsonb(value: Any) -> Any:
    return None if value is None else Jsonb(value, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
