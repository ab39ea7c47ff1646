"""The accounts of a load: every row that was read is new, changed, the same or refused, and who asks is told why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from etl import conflicts, reject, report
from etl.jobs import Job, Options
from etl.layer import Batch, Layer
from etl.mapping import Mapping
from etl.validate import Problem
from registry.kinds import PROBLEMS
from registry.kinds.problems import sentence
from registry.store.missing import Refused
from registry.store.staging import Comparison, Refusal


@dataclass
class Accounts:
    """What a load keeps count of, for one layer."""

    job: Job
    options: Options
    known: Mapping | None
    noted: dict[str, list[np.ndarray]] = field(default_factory=dict)
    refused: Refused = field(default_factory=Refused)

    def _spoken_of(self, code: str | None) -> None:
        """A refused row speaks of its asset all the same: what it speaks of is not missing."""
        if code is None:
            self.refused.without_code += 1
        else:
            self.refused.codes.add(code)

    def _tell(self, problem: Problem | Refusal) -> None:
        made = self.job.report
        (made.problems if PROBLEMS[problem.code].refuses else made.warnings)[problem.code] += 1
        self._example(problem)

    def _example(self, problem: Problem | Refusal) -> None:
        made = self.job.report
        if len(made.examples) < report.KEPT:
            layer = self.job.layer
            made.examples.append({"row": problem.row, "line": layer.line_of(problem.row) if layer else None, "field": problem.field, "value": problem.value,
                                  "code": problem.code, "refuses": PROBLEMS[problem.code].refuses,
                                  "message": {"zh": sentence(problem.code, "zh", **problem.facts),
                                              "en": sentence(problem.code, "en", **problem.facts)}})

    def _count(self, layer: Layer, result: Comparison, staged: int, rejects: reject.Rejects) -> None:
        """Put the comparison into the report; where rows do not add up it is our error, and nothing is written."""
        made = self.job.report
        if staged != made.read - made.refused:
            raise RuntimeError(f"{layer.source}: {staged} rows staged of {made.read} read and "
                               f"{made.refused} refused")
        made.new, made.changed, made.same = result.new, result.changed, result.same
        made.field_changes, made.missing, made.conflicts = result.field_changes, result.missing, result.conflicts
        made.conflict_list = [conflicts.shown(c) for c in result.conflict_list[:report.KEPT]]
        made.refused += result.refused
        for refusal in (*result.refusals, *result.warnings):
            self._tell(refusal)
        listed = {r.row: r for r in result.refusals}
        for code, parts in self.noted.items():  # a row that the comparison refused is not noted
            numbers = np.concatenate(parts)
            count = int((~np.isin(numbers, list(listed))).sum())
            if count:
                made.warnings[code] += count
        unlisted = result.refused - len(result.refusals)
        if unlisted and result.refusals:  # the listing is capped, the count is not
            made.problems[result.refusals[-1].code] += unlisted
            made.notes.append((f"另有 {unlisted} 行比对时拒收，未列入拒收文件",
                               f"{unlisted} more rows refused by the comparison are not in the reject file"))
        if result.warned > len(result.warnings):
            made.warnings[result.warnings[-1].code] += result.warned - len(result.warnings)
        if not made.adds_up:
            raise RuntimeError(f"{layer.source}: read {made.read} ≠ new {made.new} + changed "
                               f"{made.changed} + same {made.same} "
                               f"+ refused {made.refused}")
        if listed:
            self._look_up(layer, listed, rejects)

    def _look_up(self, layer: Layer, listed: dict[int, Refusal], rejects: reject.Rejects) -> None:
        """Read the file again for the rows that the comparison refused."""
        for batch in layer.batches((), rejects.shapes):
            for at in np.flatnonzero(np.isin(batch.rows, list(listed))).tolist():
                r = listed[int(batch.rows[at])]
                problem = Problem(r.row, r.field, None, r.value, r.code, r.facts)
                rejects.write_late([problem], batch.source_row(at), self._shape(batch, at, rejects))

    @staticmethod
    def _shape(batch: Batch, at: int, rejects: reject.Rejects) -> Any:
        """The shape of a row as the source has it, where it stands apart from the columns."""
        return batch.shapes[at] if rejects.shapes and batch.shapes is not None else None
