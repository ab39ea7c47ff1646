"""The comparison of a load, and what a row has in common with others: likely typing errors and shapes twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from etl.layer import Note
from etl.likeness import OddCodes
from etl.report import LoadReport
from etl.twins import LOOKED_AT, Twins
from etl.validate import Validator
from registry.kinds import Label
from registry.store import neighbours
from registry.store.staging import LISTED, Comparison, Refusal, Stage


def compare(stage: Stage, validator: Validator, made: LoadReport, noted: dict[str, list[np.ndarray]]) -> Comparison:
    """`stage.compare()`, with warnings of like codes and of shapes that lie on others; those are refused where the
    class says so. The report gets what is told of the file as a whole; noted: code of a warning → rows that are not
    listed one by one."""
    warnings = _like(stage, validator.odd_codes)
    result = stage.compare()
    notes: list[Note] = []
    twins, refused = _twins(stage, validator.twins, result.new, notes), []
    if twins and getattr(stage.kind, "same_place", "warn") == "refuse":
        out = set(stage.leave_out([t.row for t in twins]))
        refused = [replace(t, code="same_place_refused") for t in twins if t.row in out]
        twins = []
    gone = {r.row for r in result.refusals}  # of a row that is refused the reason is enough
    warnings = [w for w in warnings + twins if w.row not in gone]
    for code in {w.code for w in warnings[LISTED:]}:
        noted.setdefault(code, []).append(np.array([w.row for w in warnings[LISTED:] if w.code == code]))
    made.unknown = validator.findings.unknown
    made.notes += [*validator.findings.notes(stage.kind), *notes]
    return replace(result, new=result.new - len(refused), refused=result.refused + len(refused),
                   refusals=refused + result.refusals, warned=result.warned + len(warnings[:LISTED]),
                   warnings=warnings[:LISTED] + result.warnings)


def _like(stage: Stage, odd: OddCodes) -> list[Refusal]:
    if not odd.found:
        return []
    field = stage.kind.by_column["code"].key
    told = {r.row_no: Refusal(r.row_no, field, r.code, "like_code", {"other": _named(r.other, r.other_row)})
            for r in neighbours.like_codes(stage, odd.found)}
    first: dict[str, tuple[int, str]] = {}
    for row, code, meant in odd.found:  # two odd ones that mean the same
        before = first.setdefault(meant, (row, code))
        if before[1] != code and row not in told:
            told[row] = Refusal(row, field, code, "like_code", {"other": _named(before[1], before[0])})
    return [told[row] for row in sorted(told)]


def _twins(stage: Stage, twins: Twins | None, new: int, notes: list[Note]) -> list[Refusal]:
    if twins is None:
        return []
    metres = f"{twins.metres:g}"
    live = neighbours.same_place(stage, twins.metres, new)
    if live is None:
        notes.append((f"新增超过 {neighbours.COMPARED} 行，没有与已有设施比对重复图形",
                      f"more than {neighbours.COMPARED} new rows: not compared with live shapes"))
    if twins.skipped:
        notes.append((f"只比对了前 {LOOKED_AT} 行的重复图形，其余 {twins.skipped} 行没有比对",
                      f"shapes twice were looked for in the first {LOOKED_AT} rows, not in the other {twins.skipped}"))
    found = {int(row): _twin(int(row), _row(int(other)), metres)
             for row, other in zip(*twins.pairs(), strict=True)}
    for r in live or ():
        found.setdefault(r.row_no, _twin(r.row_no, _named(r.code or f"#{r.id}", None), metres))
    return [found[row] for row in sorted(found)]


def _twin(row: int, other: Label, metres: str) -> Refusal:
    return Refusal(row, None, None, "same_place", {"other": other, "metres": metres})


def _row(number: int) -> Label:
    return Label(f"第 {number} 行", f"row {number}")


def _named(code: Any, row: int | None) -> Label:
    return Label(f"已有的 {code}", f"{code}, which is there") if row is None else Label(f"第 {row} 行的 {code}",
                                                                                 f"{code} of row {row}")
