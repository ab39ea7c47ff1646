"""Files of inspections into the registry: rows matched with assets by code, columns nobody declared as measurements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from etl import columns, reject
from etl.asking import ask_first
from etl.layer import Batch, Layer, Note
from etl.load import Loader
from etl.validate import Outcome, Problem, Validator
from registry.errors import BadValue, NeedsAnswer, WriteRefused
from registry.kinds import AssetClass, FeatureKind, Field, Label
from registry.kinds.form import LONGEST_KEY, LONGEST_TEXT, MOST_KEYS
from registry.kinds.records import INSPECTION
from registry.standards import sheets
from registry.store import cities, inspections, sheet_class
from registry.store.inspection_stage import Compared, InspectionStage
from registry.store.records import Writer
from registry.store.staging import Comparison

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)
_CELL = Field("cell", Label("值", "value"))
MOST_FORMS = 20  # that are looked at: a sheet with more has something else in that column
_LIKE_A_STATE = ("状态", "等级", "情况")
# Who an asset is stands in the asset; told again in a sheet of inspections it is no measurement.
_OF_THE_ASSET = columns.SHARED - {"state", "note", "risk_level"}


class InspectionLoader(Loader):
    """The load of one layer of inspections of one form."""

    asset_kind: FeatureKind
    forms: set[str]

    def run(self, begin: Any) -> None:
        """The same as of assets, with the fields of an inspection."""
        kind = self.job.kind
        assert kind is not None
        if kind.table != "asset":
            raise NeedsAnswer(file=self.job.report.file, why_zh=f"{kind.title.zh}是区划，没有检查；用 --class 指明设施类别",
                              why_en=f"{kind.title.en} is a zone and has no inspections; name the class with --class")
        if self.options.plans is not None or self.options.take_file or self.options.delete_missing is not None:
            raise BadValue(name="--inspection", value=self.options.inspection, why_zh="检查只增不改，没有计划、冲突和删除",
                           why_en="inspections are only added: they have no plans, conflicts or deletions")
        if self.options.confirm is not None:
            ask_first(self, begin, self.options.confirm)
            return
        self.asset_kind, self.job.kind, self.forms = kind, self._form(kind), set()
        super().run(begin)

    def _form(self, kind: FeatureKind) -> AssetClass:
        """What the columns of the file are matched with."""
        return sheet_class.plain(kind)

    def _inside(self, conn: Connection, layer: Layer, kind: FeatureKind, validator: Validator,
                rejects: reject.Rejects) -> None:
        made = self.job.report
        city = cities.get(conn, self._city_key())
        made.city = city.key
        if "inspected_on" not in made.mapped:
            shown = "、".join(c.name for c in layer.columns)
            raise NeedsAnswer(file=layer.source, why_zh=f"没有认出检查日期的列：{shown}", why_en=f"no column of the day of inspection among: {shown}")
        writer = Writer(self.options.who, self.options.why(layer), "import")
        assert isinstance(self.asset_kind, AssetClass)
        stage = InspectionStage(conn, self.asset_kind, city.key, writer, self.options.name(layer))
        staged = self._stage(stage, layer, validator, rejects)
        found = stage.compare()
        self._say_what_is_odd(found)
        self._count(layer, self._compared(stage, found), staged, rejects)
        made.rejects = rejects.keep()
        if self.options.expected not in (None, (made.new, made.same, made.refused)):
            raise WriteRefused(why_zh="比对之后数据又变了，请再导入一次", why_en="the data moved after the comparison; load it again")
        counts = {"read": made.read, "inspections": found.new, "same": made.same, "refused": made.refused}
        self._end(conn, layer, bool(found.new), counts, self._mapping(None), lambda batch: {"changed": stage.apply(batch)})

    def _stage(self, stage: InspectionStage, layer: Layer, validator: Validator, rejects: reject.Rejects) -> int:
        """Stage what is accepted; returns how many rows of the file that are."""
        return stage.add(self._staged(layer, validator, rejects))

    def _compared(self, stage: InspectionStage, found: Compared) -> Comparison:
        """The comparison in rows of the file."""
        return Comparison(found.new, 0, found.same, found.lost, found.refusals, 0, [], {})

    def _faults(self, said: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
        """What is wrong with a row whose values are right one by one."""
        found: list[tuple[str, str, dict[str, Any]]] = [*inspections.faults(said)]
        sheet = sheets.find(said["form"])
        return found if sheet is None else [*found, ("form", "sheet_form", {"form": sheet.key})]

    def _fell_out(self, validator: Validator, batch: Batch, at: int) -> None:
        """A row of a batch was refused."""

    def _staged(self, layer: Layer, validator: Validator, rejects: reject.Rejects) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Accepted rows, batch by batch; what is refused goes to the reject file on the way."""
        made = self.job.report
        extra = self._measured()
        self.options.progress(layer.source, done := 0, layer.rows)
        for batch in layer.batches([*validator.wanted, *extra], False):
            outcome = validator.check(batch, None)
            places = {int(n): at for at, n in enumerate(batch.rows)}
            rows, late = [], []
            for number, *values in outcome.rows:
                said = self._values(dict(zip(validator.fields, values, strict=True)))
                said["measurements"] = {c: v for c in extra if (v := _plain(batch.cells[c], places[number])) is not None}
                wrong = [Problem(number, f, made.mapped.get(f), str(said.get(f) or ""), code, dict(facts), places[number])
                         for f, code, facts in self._faults(said)]
                late += wrong
                if not wrong:
                    inspections.settle(said)
                    self._met(said["form"])
                    rows.append((number, said.pop("code"), said))
            self._book(outcome, late)
            for at, some in groupby(sorted([*outcome.problems, *late], key=lambda p: p.at), key=lambda p: p.at):
                rejects.write(list(some), batch.source_row(at))
                self._fell_out(validator, batch, at)
            yield from rows
            done += len(batch.rows)
            self.options.progress(layer.source, done, layer.rows)

    def _book(self, outcome: Outcome, late: list[Problem]) -> None:
        made = self.job.report
        made.read += outcome.read
        made.filtered += outcome.filtered
        made.refused += outcome.refused + len({p.at for p in late})
        for problem in (*outcome.problems, *late):
            self._tell(problem)
        for note in outcome.warnings:
            self._example(note)
        for code, numbers in outcome.noted.items():
            self.noted.setdefault(code, []).append(numbers)

    def _values(self, said: dict[str, Any]) -> dict[str, Any]:
        """What an inspection needs, the form that the user named for rows without one."""
        values: dict[str, Any] = {f.key: said.get(f.key) for f in INSPECTION} | {"code": said["code"], "scores": None}
        values["form"] = values["form"] or self.options.inspection
        return values

    def _met(self, form: str) -> None:
        if len(self.forms) < MOST_FORMS:
            self.forms.add(form)

    def _say_what_is_odd(self, found: Compared) -> None:
        """Notes on facts that contradict one another, and on forms that nobody knows."""
        notes = self.job.report.notes
        if found.differing:
            notes.append((f"注意：{found.differing} 条与同一设施、同一天、同一种检查的另一条说法不同；都会留下，更正请用 supersedes",
                          f"note: {found.differing} say otherwise than another of the same asset, day and form; all are kept, "
                          "to correct one use supersedes"))
        for form in sorted(self.forms):
            if (said := inspections.strange_form(form)) is not None:
                notes.append((f"注意：{said[0]}", f"note: {said[1]}"))

    def _measured(self) -> list[str]:
        """The columns that become measurements; told in the report."""
        made = self.job.report
        wanted = [c for c in made.unmapped if not ((known := self.asset_kind.field_named(c)) and known.key in _OF_THE_ASSET)]
        wanted = [c for c in wanted if len(c) <= LONGEST_KEY][:MOST_KEYS]
        made.unmapped = [c for c in made.unmapped if c not in wanted]
        if wanted:
            made.notes.append((f"记为测量值的列：{'、'.join(wanted)}", f"columns kept as measurements: {', '.join(wanted)}"))
        made.notes += [note for c in (*wanted, *made.unmapped) if (note := self._unread(c))]
        return wanted

    def _unread(self, column: str) -> Note | None:
        """What to say of a column that somebody may take for more than a measurement."""
        known = self.asset_kind.field_named(column)
        if known is not None:
            return (f"注意：列 {column} 是{self.asset_kind.title.zh}的字段“{known.title.zh}”（{known.key}），检查不改它",
                    f"note: column {column} is the field {known.key} of {self.asset_kind.key}, which inspections do not change")
        if column.endswith(_LIKE_A_STATE):
            return (f"注意：列 {column} 没有当作状态或等级；若是，用 --mapping 指明",
                    f"note: column {column} was not read as state or grade; if it is, say so with --mapping")
        return None


def _plain(cells: Any, at: int) -> Any:
    """A cell as a measurement: a number where it is written as one (007 is none), else text."""
    raw = cells.values[cells.codes[at]]
    value, _ = _CELL.parse(raw) if not isinstance(raw, bool | int | float) else (raw, None)
    if isinstance(value, str):
        value = value[:LONGEST_TEXT]
        return float(value) if "." in value and _NUMBER.fullmatch(value) else int(value) if _NUMBER.fullmatch(value) else value
    return None if isinstance(value, float) and value != value else value
