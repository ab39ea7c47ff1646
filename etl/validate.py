"""Rows against the declaration: each distinct value is read once, each refusal says row, field, value and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.layer import Batch, Cells, Undecodable
from etl.mapping import LayerMapping
from registry.geometry import Fault, Shapes
from registry.kinds import FeatureKind, Field, FieldProblem, check
from registry.kinds.check import SCIENTIFIC
from registry.kinds.check import told as shown
from registry.kinds.codes import fold
from registry.kinds.parse import NULLS

_LONGEST_NULL = max(map(len, NULLS))


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
    """What became of a batch. `filtered` rows are left out by the mapping and are not read."""

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


class Validator:
    """Checks batches of one layer against one class. `columns`: field key → column."""

    def __init__(self, kind: FeatureKind, columns: Mapping[str, str], entry: LayerMapping | None = None) -> None:
        self.kind, self.entry = kind, entry
        self.pairs = [(kind.by_key[key], column) for key, column in columns.items()]
        self.code = kind.by_column.get("code")

    @property
    def fields(self) -> list[str]:
        """Keys of the fields staged, in the order of the values of a row."""
        return [f.key for f, _ in self.pairs]

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
        notes: list[Problem] = []
        staged: list[np.ndarray] = []
        for said, column in self.pairs:
            cells = batch.cells[column]
            read = self._read(said, cells)
            values = np.empty(len(read.values), object)
            values[:] = read.values
            staged.append(values[cells.codes])
            self._tell(batch, said, column, cells, read, keep, bad, problems, notes)
            self._missing(batch, said, column, staged[-1], cells, read, keep, bad, problems)
        for fault in (*batch.faults, *(shapes.faults if shapes else ())):
            if keep[fault.at]:
                bad[fault.at] = True
                problems.append(_of_row(batch, fault))
        notes.extend(_of_row(batch, fault) for fault in (shapes.repaired if shapes else ()))
        good = keep & ~bad
        notes = [n for n in notes if good[n.at]]
        noted = {code: np.array([n.row for n in notes if n.code == code]) for code in {n.code for n in notes}}
        if shapes is not None and shapes.had_z is not None:
            noted["dropped_z"] = batch.rows[good & shapes.had_z]
        problems.sort(key=lambda p: p.at)
        return Outcome(int(keep.sum()), int((~keep).sum()), int((bad & keep).sum()), problems, notes, noted, self._rows(batch, staged, shapes, good), int(good.sum()))

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
    @staticmethod
    def _rows(batch: Batch, staged: Sequence[np.ndarray], shapes: Shapes | None,
              good: np.ndarray) -> Iterator[tuple[Any, ...]]:
        parts: list[list[Any]] = [batch.rows[good].tolist(), *(values[good].tolist() for values in staged)]
        if shapes is not None:
            parts.append(Shapes(shapes.shapes[good]).wkb())
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
            raw = known if known is not None else fallback if fallback is not None else raw
        return check.read(said, raw, is_code=is_code)

    @staticmethod
    def _tell(batch: Batch, said: Field, column: str, cells: Cells, read: _Read, keep: np.ndarray, bad: np.ndarray,
              problems: list[Problem], notes: list[Problem]) -> None:
        cut = dict.fromkeys(cells.cut, "cut_text")
        for marked, found in ((read.problems, problems), (read.notes, notes), (cut, notes)):
            if not marked:
                continue
            hit = np.zeros(len(cells.values), bool)
            hit[list(marked)] = True
            for at in np.flatnonzero(hit[cells.codes] & keep).tolist():
                n = int(cells.codes[at])
                what = marked[n]
                code, facts = (what.code, what.facts) if isinstance(what, FieldProblem) else (what, {})
                found.append(Problem(int(batch.rows[at]), said.key, column, shown(cells.values[n]), code, facts, at))
                if isinstance(what, FieldProblem):
                    bad[at] = True

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
    return Problem(int(batch.rows[fault.at]), None, None, None, fault.code, fault.facts, fault.at)
