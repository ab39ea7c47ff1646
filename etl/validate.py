"""Rows against the declaration: each distinct value is read once, each refusal says row, field, value and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl import neighbours
from etl.findings import Findings
from etl.layer import Batch, Cells, Undecodable
from etl.likeness import OddCodes
from etl.mapping import KEEP_AS_NULL, LayerMapping
from etl.twins import Twins
from registry.geometry import Fault, Shapes
from registry.kinds import PROBLEMS, FeatureKind, Field, FieldProblem, check
from registry.kinds.check import SCIENTIFIC
from registry.kinds.check import told as shown
from registry.kinds.codes import fold
from registry.kinds.parse import NULLS

_LONGEST_NULL = max(map(len, NULLS))
EXAMPLES = 20          # warnings of one kind and column that a batch tells row by row; the numbers of all are kept


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row, or worth saying of it. `at`: its index in the batch."""

    row: int
    field: str | None
    column: str | None
    value: str | None
    code: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    at: int = -1


@dataclass
class Outcome:
    """What became of a batch. `filtered` rows are left out by the mapping and are not read.

    warnings: examples; `noted` has the numbers of all rows.
    """

    read: int
    filtered: int
    refused: int
    problems: list[Problem]
    warnings: list[Problem]
    noted: dict[str, np.ndarray]  # code of a warning → numbers of the rows
    rows: Iterator[tuple[Any, ...]]
    accepted: int


@dataclass(frozen=True)
class _Read:
    """The distinct values of a column, read."""

    values: list[Any]
    problems: dict[int, FieldProblem]
    notes: dict[int, str]


@dataclass(frozen=True)
class _Mark:
    """Values of a column that are worth a warning, wherever they stand in a row that is taken."""

    key: str
    column: str
    cells: Cells
    code: str
    values: list[int]


class Validator:
    """Checks batches of one layer against one class. `columns`: field key → column.

    findings: what is counted over all batches.
    odd_codes, twins: what is compared with other rows when all are read.
    placeless: codes of live rows that have no geometry; theirs may be empty in the file as well.
    """

    placeless: frozenset[str] = frozenset()

    def __init__(self, kind: FeatureKind, columns: Mapping[str, str], entry: LayerMapping | None = None) -> None:
        self.kind, self.entry = kind, entry
        self.pairs = [(kind.by_key[key], column) for key, column in columns.items()]
        self.code = kind.by_column.get("code")
        self.findings = Findings()
        self.odd_codes = OddCodes()
        self.twins = Twins.of(kind)

    @property
    def fields(self) -> list[str]:
        """Keys of the fields staged, in the order of the values of a row."""
        return [f.key for f, _ in self.pairs]

    @property
    def lengths(self) -> bool:
        """Whether rows that have a shape end with its length."""
        return "line" in self.kind.geometry

    @property
    def wanted(self) -> list[str]:
        """Columns to be read."""
        tested = [*self.entry.where, *self.entry.where_not] if self.entry else []
        return list(dict.fromkeys([*(c for _, c in self.pairs), *tested]))

    def check(self, batch: Batch, shapes: Shapes | None) -> Outcome:
        """Judge every row of a batch."""
        keep = self._kept(batch)
        bad = np.zeros(len(keep), bool)
        problems: list[Problem] = []
        marks: list[_Mark] = []
        staged: list[np.ndarray] = []
        for said, column in self.pairs:
            cells = batch.cells[column]
            read = self._read(said, cells)
            values = np.fromiter(read.values, object, len(read.values))  # a list is one value
            staged.append(values[cells.codes])
            self._tell(batch, said, column, cells, read, keep, bad, problems)
            marks += self._marks(said, column, cells, read, keep)
            self._missing(batch, said, column, staged[-1], cells, read, keep, bad, problems)
            if said is self.code:
                self.odd_codes.add(read.values, cells.codes, batch.rows, keep)
        self._order(batch, staged, keep, bad, problems)
        told = {fault.at for fault in batch.faults if PROBLEMS[fault.code].refuses}  # its shape needs no second word
        for fault in (*batch.faults, *(f for f in (shapes.faults if shapes else ()) if f.at not in told)):
            if PROBLEMS[fault.code].refuses and keep[fault.at] and not self._has_none(batch, fault):
                bad[fault.at] = True
                problems.append(_of_row(batch, fault))
        good = keep & ~bad
        warnings, noted = self._noted(batch, marks, shapes, good)
        if shapes is not None and self.twins is not None:
            self.twins.add(batch.rows[good], shapes.shapes[good])
        problems.sort(key=lambda p: p.at)
        return Outcome(int(keep.sum()), int((~keep).sum()), int((bad & keep).sum()), problems, warnings, noted,
                       self._rows(batch, staged, shapes, good, self.lengths), int(good.sum()))

    def code_of(self, batch: Batch, at: int) -> str | None:
        """The code of a row, whatever else is wrong with it; None where it has none that can be read."""
        column = next((column for said, column in self.pairs if said is self.code), None)
        if self.code is None or column is None:
            return None
        cells = batch.cells[column]
        try:
            value, _ = self._parse(self.code, cells.values[cells.codes[at]], self.entry.values.get(self.code.key) if self.entry else None, True)
        except FieldProblem:
            return None
        return value if value is None else str(value)

    # -- inside ----------------------------------------------------------------------------------
    def _has_none(self, batch: Batch, fault: Fault) -> bool:
        """Whether the geometry that a row lacks is one that its asset has not either."""
        return bool(self.placeless) and fault.code == "empty_geometry" and self.code_of(batch, fault.at) in self.placeless

    @staticmethod
    def _rows(batch: Batch, staged: Sequence[np.ndarray], shapes: Shapes | None, good: np.ndarray,
              lengths: bool) -> Iterator[tuple[Any, ...]]:
        at = np.flatnonzero(good)
        if shapes is not None:
            at = at[neighbours.order(shapes.shapes[at])]
        parts: list[list[Any]] = [batch.rows[at].tolist(), *(values[at].tolist() for values in staged)]
        if shapes is not None:
            taken = Shapes(shapes.shapes[at])
            parts.append(taken.wkb())
            if lengths:
                parts.append(taken.lengths())
        return zip(*parts, strict=True)

    def _kept(self, batch: Batch) -> np.ndarray:
        keep = np.ones(len(batch.rows), bool)
        if self.entry is None:
            return keep
        for table, wanted in ((self.entry.where, True), (self.entry.where_not, False)):
            for column, some in table.items():
                cells = batch.cells[column]
                hit = np.array([("" if v is None else fold(str(v))) in some for v in cells.values], bool)
                keep &= hit[cells.codes] == wanted
        return keep

    def _read(self, said: Field, cells: Cells) -> _Read:
        told = self.entry.values.get(said.key) if self.entry else None
        values: list[Any] = []
        problems: dict[int, FieldProblem] = {}
        notes: dict[int, str] = {}
        plain = said.type == "text" and said.pattern is None and said.check is None and told is None
        limit = said.max_length if said.max_length is not None else 1 << 30
        is_code = said is self.code
        for n, raw in enumerate(cells.values):
            # Most texts are neither a way to write "nothing" nor anything else that asks for a closer look.
            if plain and type(raw) is str:
                text = raw.strip()
                if _LONGEST_NULL < len(text) <= limit and text[0] != "*" and text.isprintable() and not (
                        is_code and SCIENTIFIC.fullmatch(text)):
                    values.append(text)
                    continue
            try:
                value, note = self._parse(said, raw, told, is_code)
            except FieldProblem as problem:
                value, note = None, None
                if problem.code == "unknown_code" and self.entry is not None and self.entry.unknown == KEEP_AS_NULL:
                    note = "parked_code"
                else:
                    problems[n] = problem
            values.append(value)
            if note:
                notes[n] = note
        return _Read(values, problems, notes)

    @staticmethod
    def _parse(said: Field, raw: Any, told: Mapping[str, str] | None, is_code: bool) -> tuple[Any, str | None]:
        if isinstance(raw, Undecodable):
            raise FieldProblem("type", expected=f"{raw.encoding} 编码的文字 text in {raw.encoding}")
        if told is not None:
            known = told.get(fold("" if raw is None else str(raw)))
            fallback = told.get("*") if raw is not None and str(raw).strip() else None
            if known is None and fallback == "" and said.codes is not None:
                return None, "parked_code"
            raw = known if known is not None else fallback if fallback is not None else raw
        return check.read(said, raw, is_code=is_code)

    def _tell(self, batch: Batch, said: Field, column: str, cells: Cells, read: _Read, keep: np.ndarray,
              bad: np.ndarray, problems: list[Problem]) -> None:
        if not read.problems:
            return
        hit = np.zeros(len(cells.values), bool)
        hit[list(read.problems)] = True
        places = np.flatnonzero(hit[cells.codes] & keep)
        bad[places] = True
        for at in places.tolist():
            n = int(cells.codes[at])
            what = read.problems[n]
            problems.append(Problem(int(batch.rows[at]), said.key, column, shown(cells.values[n]), what.code,
                                    what.facts, at))
        self.findings.count(said, cells, [n for n, p in read.problems.items() if p.code == "unknown_code"], keep)

    def _marks(self, said: Field, column: str, cells: Cells, read: _Read, keep: np.ndarray) -> list[_Mark]:
        made: dict[str, list[int]] = {}
        for n, code in read.notes.items():
            made.setdefault(code, []).append(n)
        self.findings.count(said, cells, made.get("parked_code", []), keep, parked=True)
        if cells.cut:
            made["cut_text"] = list(cells.cut)
        return [_Mark(said.key, column, cells, code, values) for code, values in made.items()]

    def _noted(self, batch: Batch, marks: list[_Mark], shapes: Shapes | None,
               good: np.ndarray) -> tuple[list[Problem], dict[str, np.ndarray]]:
        """(examples of the warnings, code → numbers of the rows) of the rows that are taken."""
        examples: list[Problem] = []
        parts: dict[str, list[np.ndarray]] = {}
        for mark in marks:
            hit = np.zeros(len(mark.cells.values), bool)
            hit[mark.values] = True
            places = np.flatnonzero(hit[mark.cells.codes] & good)
            parts.setdefault(mark.code, []).append(batch.rows[places])
            for at in places[:EXAMPLES].tolist():
                value = shown(mark.cells.values[int(mark.cells.codes[at])])
                examples.append(Problem(int(batch.rows[at]), mark.key, mark.column, value, mark.code, {}, at))
        doubts = [fault for fault in batch.faults if not PROBLEMS[fault.code].refuses and good[fault.at]]
        examples += [_of_row(batch, fault) for fault in doubts[:EXAMPLES]]
        for fault in doubts:
            parts.setdefault(fault.code, []).append(batch.rows[fault.at:fault.at + 1])
        if shapes is not None:
            repaired = [fault for fault in shapes.repaired if good[fault.at]]
            self.findings.repaired(repaired)
            examples += [_of_row(batch, fault) for fault in repaired[:EXAMPLES]]
            parts["repaired_geometry"] = [batch.rows[[fault.at for fault in repaired]]] if repaired else []
            doubted = shapes.doubted if shapes.had_z is None else {**shapes.doubted, "dropped_z": shapes.had_z}
            for code, which in doubted.items():
                places = np.flatnonzero(which & good)
                parts.setdefault(code, []).append(batch.rows[places])
                if code != "dropped_z":
                    examples += [_of_row(batch, Fault(at, code, {})) for at in places[:EXAMPLES].tolist()]
        return examples, {code: np.concatenate(some) for code, some in parts.items() if any(map(len, some))}

    def _order(self, batch: Batch, staged: Sequence[np.ndarray], keep: np.ndarray, bad: np.ndarray,
               problems: list[Problem]) -> None:
        """A zone's validity that ends before it starts; the table would not take it."""
        at = {f.column: (n, f, column) for n, (f, column) in enumerate(self.pairs) if f.column}
        if "valid_from" not in at or "valid_to" not in at:
            return
        (first, since, _), (last, until, column) = at["valid_from"], at["valid_to"]
        for i in np.flatnonzero(keep).tolist():
            start, end = staged[first][i], staged[last][i]
            if start is not None and end is not None and end < start:
                bad[i] = True
                problems.append(Problem(int(batch.rows[i]), until.key, column, str(end), "date_order",
                                        {"other": since.title}, i))

    def _missing(self, batch: Batch, said: Field, column: str, values: np.ndarray, cells: Cells, read: _Read,
                 keep: np.ndarray, bad: np.ndarray, problems: list[Problem]) -> None:
        code = "required" if said.required else None
        if said is self.code and self.kind.code_required:
            code = "missing_code"
        if code is None:
            return
        faulty = np.zeros(len(cells.values), bool)
        faulty[list(read.problems)] = True
        empty = np.fromiter((v is None for v in read.values), bool, len(read.values)) & ~faulty
        for at in np.flatnonzero(empty[cells.codes] & keep).tolist():
            problems.append(Problem(int(batch.rows[at]), said.key, column, None, code, {}, at))
            bad[at] = True


def _of_row(batch: Batch, fault: Fault) -> Problem:
    return Problem(int(batch.rows[fault.at]), fault.field, None, fault.value, fault.code, fault.facts, fault.at)
