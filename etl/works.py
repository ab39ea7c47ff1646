"""Files of works and observations into the registry: what was said before is not said again, one batch for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from etl import record_kinds, reject
from etl.asking import ask_first
from etl.layer import Batch, Layer
from etl.load import Loader
from etl.validate import Problem, Validator
from registry import catalogue
from registry.errors import BadValue, WriteRefused
from registry.kinds import FeatureKind
from registry.kinds.check import told
from registry.kinds.form import Problems
from registry.scope import WHOLE
from registry.store import cities, city_records, records
from registry.store.known import Known
from registry.store.staging import Comparison


class RecordLoader(Loader):
    """The load of one sheet of records of the city."""

    def run(self, begin: Any) -> None:
        """The same as of assets, without a place."""
        if self.options.plans is not None or self.options.take_file or self.options.delete_missing is not None:
            raise BadValue(name=f"--{self.options.records}", value="", why_zh="只增不改，没有计划、冲突和删除",
                           why_en="its rows are only added: they have no plans, conflicts or deletions")
        if self.options.confirm is None:
            super().run(begin)
        else:
            ask_first(self, begin, self.options.confirm)

    def _inside(self, conn: Connection, layer: Layer, kind: FeatureKind, validator: Validator,
                rejects: reject.Rejects) -> None:
        made, book = self.job.report, record_kinds.BOOKS[kind.key]
        city = cities.get(conn, self._city_key())
        made.city = city.key
        rows = list(self._checked(layer, validator, rejects, Known(conn, WHOLE, city.key)))
        found = city_records.compare(conn, book, city.key, rows)
        self._notes(kind.key, rows, found)
        self._count(layer, Comparison(len(found.new), 0, found.same, 0, [], 0, [], {}), len(rows), rejects)
        made.rejects = rejects.keep()
        if self.options.expected not in (None, (made.new, made.same, made.refused)):
            raise WriteRefused(why_zh="比对之后数据又变了，请再导入一次", why_en="the data moved after the comparison; load it again")
        counts = {"read": made.read, kind.key: made.new, "same": made.same, "refused": made.refused}

        def apply(batch: Any) -> None:
            records.insert_many(conn, book.table, batch, [rows[n] for n in found.new])

        self._end(conn, layer, bool(found.new), counts, self._mapping(None), apply)

    def _checked(self, layer: Layer, validator: Validator, rejects: reject.Rejects, known: Known) -> Iterator[dict[str, Any]]:
        """Accepted rows; what is refused goes to the reject file on the way."""
        made, kind = self.job.report, validator.kind
        extra = self._of_classes() if kind.key == "works" else {}
        for batch in layer.batches([*validator.wanted, *extra], False):
            outcome = validator.check(batch, None)
            places = {int(n): at for at, n in enumerate(batch.rows)}
            taken, late = [], []
            for number, *values in outcome.rows:
                at = places[number]
                said = record_kinds.said(kind.key, dict(zip(validator.fields, values, strict=True)))
                if attrs := self._attrs(said.get("class"), extra, batch, at):
                    said["attrs"] = attrs
                problems = _Collected(record_kinds.BOOKS[kind.key].what, number, at, made.mapped)
                row = city_records.check(record_kinds.BOOKS[kind.key], said, known, problems)
                late += problems.problems
                taken += [row] if not problems.problems else []
            made.read += outcome.read
            made.filtered += outcome.filtered
            made.refused += outcome.refused + len({p.at for p in late})
            wrong = sorted([*outcome.problems, *late], key=lambda p: p.at)
            for problem in wrong:
                self._tell(problem)
            for at, some in groupby(wrong, key=lambda p: p.at):
                rejects.write(list(some), batch.source_row(at))
            for note in outcome.warnings:
                self._example(note)
            for code, numbers in outcome.noted.items():
                self.noted.setdefault(code, []).append(numbers)
            yield from taken

    def _of_classes(self) -> dict[str, dict[str, str]]:
        """Columns that some class of assets has a field of its own for: column → class → key of the field."""
        found: dict[str, dict[str, str]] = {}
        for column in self.job.report.unmapped:
            for cls in catalogue.load().classes.values():
                field = cls.field_named(column)
                if field is not None and field.column is None:
                    found.setdefault(column, {})[cls.key] = field.key
        made = self.job.report
        made.unmapped = [c for c in made.unmapped if c not in found]
        if found:
            made.notes.append((f"记为属性的列：{'、'.join(found)}", f"columns kept as attributes: {', '.join(found)}"))
        return found

    @staticmethod
    def _attrs(cls: str | None, extra: dict[str, dict[str, str]], batch: Batch, at: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for column, keys in extra.items():
            cells = batch.cells[column]
            value = cells.values[cells.codes[at]]
            if cls in keys and value is not None and str(value).strip():
                made[keys[cls]] = value if isinstance(value, int | float | bool) else str(value).strip()
        return made

    def _notes(self, name: str, rows: list[dict[str, Any]], found: city_records.Compared) -> None:
        notes = self.job.report.notes
        if found.moved:
            notes.append((f"{found.moved} 行以前导入过，之后改过或撤销了，保留现状",
                          f"{found.moved} rows were said before and changed or taken back since; they stay as they are"))
        known = set(record_kinds.known_figures().values())
        strange = sorted({r["code"] for r in rows if r["code"] not in known}) if name == "observations" else []
        if strange:
            notes.append((f"注意：没有规划或指标用到这些代码：{'、'.join(strange)}",
                          f"note: no plan or indicator asks for these codes: {', '.join(strange)}"))


class _Collected(Problems):
    """Problems of one row as the reject file takes them."""

    def __init__(self, what: Any, number: int, at: int, columns: dict[str, str]) -> None:
        super().__init__(what)
        self.number, self.at, self.columns = number, at, columns
        self.problems: list[Problem] = []

    def add(self, field: str, code: str, row: int | None = None, *, value: Any = None, **facts: object) -> None:
        """One more, with the facts of its sentence."""
        super().add(field, code, row, value=value, **facts)
        self.problems.append(Problem(self.number, field, self.columns.get(field), told(value), code, dict(facts), self.at))
