"""Files of inspections by a declared sheet: rows of one asset and day made one inspection, judged by the standard."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from etl import reject
from etl.inspections import InspectionLoader
from etl.layer import Batch, Layer
from etl.load import Loader
from etl.validate import Validator
from registry.errors import BadValue, NeedsAnswer
from registry.kinds import AssetClass, FeatureKind, FieldProblem, Label
from registry.kinds.check import told as shown
from registry.kinds.form import Problems
from registry.kinds.records import INSPECTION
from registry.standards import sheets
from registry.standards.sheets.sheet import Sheet
from registry.store import sheet_class, sheet_forms
from registry.store.inspection_stage import Compared, InspectionStage, judged
from registry.store.staging import Comparison, Refusal

LONGEST_NOTE = next(f.max_length for f in INSPECTION if f.key == "note")
Row = tuple[int, str, dict[str, Any]]
_OF_ALL = tuple(f.key for f in INSPECTION)


def loader_of(form: str) -> type[Loader]:
    """Who loads inspections of a form: those of a sheet are judged."""
    return SheetLoader if sheets.find(form) else InspectionLoader


class SheetLoader(InspectionLoader):
    """The load of one layer of inspections by a sheet."""

    sheet: Sheet
    spoiled: dict[str, dict[dt.date | None, int]]  # code → day (None: not readable) → a row that was refused
    members: dict[int, list[int]]                  # first row of an inspection → all its rows
    late: _Late

    def _form(self, kind: FeatureKind) -> AssetClass:
        sheet = sheets.find(self.options.inspection)
        assert sheet is not None
        if not sheet.suits(kind.key):
            known = "、".join(sheet.classes)
            raise NeedsAnswer(file=self.job.report.file, why_zh=f"{sheet.title.zh}用于 {known}，不用于{kind.title.zh}",
                              why_en=f"the sheet {sheet.key} is for {known}, not for {kind.key}")
        self.sheet, self.spoiled, self.members = sheet, {}, {}
        self.late = _Late(Label(sheet.title.zh, sheet.title.en))
        assert isinstance(kind, AssetClass)
        return sheet_class.by_sheet(kind, sheet)

    def _inside(self, conn: Connection, layer: Layer, kind: FeatureKind, validator: Validator, rejects: reject.Rejects) -> None:
        lacks = [f.title for f in self.sheet.fields if f.required and f.key not in self.job.report.mapped]
        if lacks:
            raise NeedsAnswer(file=layer.source, why_zh=f"没有认出必需的列：{'、'.join(t.zh for t in lacks)}",
                              why_en=f"columns that are needed were not recognised: {', '.join(t.en for t in lacks)}")
        super()._inside(conn, layer, kind, validator, rejects)

    # -- rows ------------------------------------------------------------------------------------
    def _measured(self) -> list[str]:
        """What the sheet does not declare is no measurement; the report names it as left out."""
        return []

    def _values(self, said: dict[str, Any]) -> dict[str, Any]:
        assert self.job.kind is not None
        return {f.key: said.get(f.key) for f in (*INSPECTION, *self.job.kind.fields)} | {"form": self.sheet.key, "scores": None}

    def _faults(self, said: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
        found: list[tuple[str, str, dict[str, Any]]] = [f for f in super()._faults(said) if f[1] != "sheet_form"]
        if self.sheet.member(said) and self.sheet.settle is not None and not found:
            try:
                said["_member"] = self.sheet.settle({f.key: said[f.key] for f in self.sheet.rows if said[f.key] is not None})
            except BadValue as error:
                found.append((error.facts["name"], "against_standard", {"why": _why(error)}))
        return found

    def _fell_out(self, validator: Validator, batch: Batch, at: int) -> None:
        """An inspection that lost a row would look better than it was: it is remembered, and refused as a whole."""
        code = validator.code_of(batch, at)
        if self.sheet.rows and code is not None:
            self.spoiled.setdefault(code, {}).setdefault(self._day(validator, batch, at), int(batch.rows[at]))

    def _day(self, validator: Validator, batch: Batch, at: int) -> dt.date | None:
        said, column = next(p for p in validator.pairs if p[0].key == "inspected_on")
        cells = batch.cells[column]
        try:
            value: dt.date | None = said.parse(cells.values[cells.codes[at]])[0]
        except FieldProblem:
            return None
        return value

    # -- inspections -----------------------------------------------------------------------------
    def _stage(self, stage: InspectionStage, layer: Layer, validator: Validator, rejects: reject.Rejects) -> int:
        gathered = list(self._staged(layer, validator, rejects))
        made = [row for some in self._together(gathered) if (row := self._one(some)) is not None]
        told = judged(stage.conn, stage.kind, stage.city, made, self.late)
        stage.add(row for row in made if row[0] not in self.late.rows)
        for warning in told:
            self._tell(Refusal(warning["row"], warning["field"], None, warning["code"], {"why": Label(warning["zh"], warning["en"])}))
        return len(gathered)

    def _together(self, rows: list[Row]) -> Iterator[list[Row]]:
        """Rows of one asset and day, where the sheet has members; else each for itself."""
        groups: dict[Any, list[Row]] = {}
        for row in rows:
            groups.setdefault((row[1], row[2]["inspected_on"]) if self.sheet.rows else row[0], []).append(row)
        yield from groups.values()

    def _one(self, rows: list[Row]) -> Row | None:
        """The inspection that some rows make; None where one of them spoils it."""
        first, code, head = rows[0]
        self.members[first] = [number for number, *_ in rows]
        days = self.spoiled.get(code, {})
        spoilt = days.get(head["inspected_on"], days.get(None))
        if spoilt is not None:
            self.late.add("code", "same_inspection", first, value=code, other=spoilt)
            return None
        once = {f.key for f in sheet_forms.fields(self.sheet, self.asset_kind)} if isinstance(self.asset_kind, AssetClass) else set()
        values: dict[str, Any] = dict.fromkeys(_OF_ALL)
        measured: dict[str, Any] = {}
        members, sources = [], dict.fromkeys((*_OF_ALL, *once), first)
        for number, _, said in rows:
            member = said.get("_member")
            own = {f.key for f in self.sheet.rows} if member is not None else set()
            if member is not None:
                members.append(member)
            for target, keys in ((values, _OF_ALL), (measured, once)):
                for key in keys:
                    value = None if key in own else said[key]
                    if value is None:
                        continue
                    before = target.get(key)
                    if key == "note" and before is not None and value not in before:
                        target[key] = f"{before}；{value}"[:LONGEST_NOTE]
                    elif before is not None and before != value and key != "note":
                        self.late.add(key, "rows_differ", first, value=shown(value), other=sources[key], theirs=shown(before))
                        return None
                    elif before is None:
                        target[key], sources[key] = value, number
        if members:
            measured[self.sheet.rows_key] = members
        return first, code, values | {"measurements": measured, "scores": None}

    def _compared(self, stage: InspectionStage, found: Compared) -> Comparison:
        """In rows of the file: an inspection of which one row is refused is refused with all its rows."""
        new = same = 0
        refusals: list[Refusal] = []
        for first, code, outcome in stage.outcomes():
            rows = self.members[first]
            if outcome == "lost":
                refusals += [Refusal(number, "code", code, "unknown_asset") for number in rows]
            elif outcome == "same":
                same += len(rows)
            else:
                new += len(rows)
        for refusal in self.late.rows.values():
            refusals += [dataclasses.replace(refusal, row=number) if number == refusal.row or refusal.code == "same_inspection" else
                         Refusal(number, "code", None, "same_inspection", {"other": refusal.row}) for number in self.members[refusal.row]]
        made = self.job.report
        if self.sheet.rows:
            made.notes.append((f"{sum(map(len, self.members.values()))} 行是 {len(self.members)} 次检查，其中新的 {found.new} 次",
                               f"{sum(map(len, self.members.values()))} rows make {len(self.members)} inspections, {found.new} of them new"))
        refusals.sort(key=lambda r: r.row)
        return Comparison(new, 0, same, len(refusals), refusals, 0, [], {})


class _Late(Problems):
    """Refusals that only the whole of an inspection shows, by its first row."""

    def __init__(self, what: Label) -> None:
        super().__init__(what)
        self.rows: dict[int, Refusal] = {}

    def add(self, field: str, code: str, row: int | None = None, *, value: Any = None, **facts: object) -> None:
        assert row is not None
        self.rows.setdefault(row, Refusal(row, field.removeprefix("measurements."), shown(value), code, facts))


def _why(error: BadValue) -> Label:
    return Label(str(error.facts["why_zh"]), str(error.facts["why_en"]))
