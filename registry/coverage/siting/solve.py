"""The better of the greedy choice and the solver's, with a bound, and the word `optimal` only where that is proven."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from registry.coverage.siting import greedy, proof
from registry.coverage.siting.problem import Problem, reduced
from registry.coverage.siting.proof import GAP, Proof


@dataclass(frozen=True)
class Solution:
    """Columns chosen, in no order that means anything, and what is known of how good they are.

    value, bound: in the weight of the demand (covering most) or in cost (covering all). status: `optimal` (proven to
    GAP), `time_limit` (the bound says how far it could be), `greedy` (no time was given), `infeasible` (the constraints
    let nobody close all; what is chosen closes what it can). certificate_ratio: greedy value ÷ its own bound (covering
    all: the reverse), what was known before the solver began. by: whose choice it is.
    """

    chosen: list[int]
    value: float
    bound: float
    status: str
    by: str
    certificate_ratio: float | None
    greedy_value: float | None
    seconds: float
    reductions: dict[str, int]

    @property
    def gap(self) -> float:
        """|bound − value| ÷ the larger of them; 0 where both are 0."""
        top = max(abs(self.bound), abs(self.value))
        return abs(self.bound - self.value) / top if top else 0.0

    def told(self, time_limit_s: float) -> dict[str, Any]:
        """The part of an answer about the solver."""
        return {**proof.SOLVER, "status": self.status, "incumbent": self.value, "incumbent_by": self.by, "bound": self.bound,
                "gap": self.gap, "greedy": self.greedy_value, "seconds": round(self.seconds, 3), "time_limit_s": time_limit_s}


def cover_most(problem: Problem, seconds: float) -> Solution:
    """Which candidates cover most of the weight within the constraints; `seconds` in all, 0 for the greedy answer alone."""
    until = time.perf_counter() + seconds
    small, told = reduced(problem)
    first = greedy.cover_most(small)
    ratio = first.value / first.bound if first.bound else 1.0
    chosen, value, bound, by = first.chosen, first.value, first.bound, "greedy"
    found = Proof(None, None, False, 0.0)
    if seconds > 0 and 1 - ratio > GAP and len(small.weight):
        found = proof.most(small, until - time.perf_counter())
        bound = min(bound, found.bound) if found.bound is not None else bound
        if found.chosen is not None and small.allowed(found.chosen):
            other = small.value(found.chosen)
            # Equal within rounding is equal: the greedy choice does not depend on how long the solver had.
            if other > value * (1 + 1e-9):
                chosen, value, by = found.chosen, other, "milp"
    bound = max(bound, value)
    status = "optimal" if bound - value <= GAP * bound else "time_limit" if seconds > 0 else "greedy"
    return Solution(chosen, value, bound, status, by, ratio, first.value, found.seconds, told)


def cover_all(problem: Problem, seconds: float) -> Solution:
    """The least number (or cost) of candidates that cover every row that has a candidate, within fixed ones and spacing.

    Number and budget are what is asked for here and limit nothing.
    """
    until = time.perf_counter() + seconds
    small, told = reduced(replace(problem, most=None, budget=None))
    first = greedy.cover_all(small)
    bound = first.bound if first else greedy.least_cost(small)
    ratio = (bound / first.value if first.value else 1.0) if first else None
    found = Proof(None, None, False, 0.0)
    if seconds > 0 and (ratio is None or 1 - ratio > GAP):
        found = proof.all_(small, until - time.perf_counter())
        bound = max(bound, found.bound) if found.bound is not None and not found.infeasible else bound
    better = found.chosen if found.chosen is not None and small.allowed(found.chosen) and small.closed(found.chosen) else None
    if better is not None and (first is None or small.cost[better].sum() < first.value - 1e-9):
        chosen, value, by = better, float(small.cost[better].sum()), "milp"
    elif first is not None:
        chosen, value, by = first.chosen, first.value, "greedy"
    else:
        part = greedy.cover_most(small)
        return Solution(part.chosen, float(small.cost[part.chosen].sum()), bound,
                        "infeasible" if found.infeasible else "time_limit" if seconds > 0 else "greedy", "greedy", None, None,
                        found.seconds, told)
    bound = min(bound, value)
    status = "optimal" if value - bound <= GAP * value else "time_limit" if seconds > 0 else "greedy"
    return Solution(chosen, value, bound, status, by, ratio, first.value if first else None, found.seconds, told)
