"""The same problems as mixed-integer programs for HiGHS, to prove how good an answer is, or to find a better one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.sparse import csr_array, eye_array, hstack

from registry.coverage.siting.cliques import cliques
from registry.coverage.siting.problem import Problem

SOLVER = {"name": "HiGHS", "version": f"scipy {scipy.__version__}"}
GAP = 1e-6  # relative; what is nearer to its bound than this counts as proven
SEED = 0  # of HiGHS; scipy leaves it at this


@dataclass(frozen=True)
class Proof:
    """What the solver found within its time: a choice (None: none), a bound, whether there can be one, seconds taken."""

    chosen: list[int] | None
    bound: float | None
    infeasible: bool
    seconds: float


def most(problem: Problem, seconds: float) -> Proof:
    """Maximal covering: max Σ w·y, y_i ≤ Σ x_j of those that cover i, within number, budget and spacing; y continuous.

    The bound is on the weight covered (an upper one). Church & ReVelle 1974.
    """
    until = time.perf_counter() + seconds
    rows, columns = problem.reach.shape
    scale = problem.total / max(rows, 1) or 1.0
    worth = np.concatenate([np.zeros(columns), -problem.weight / scale])
    links = scipy.optimize.LinearConstraint(hstack([-problem.reach, eye_array(rows)], format="csr"), -np.inf, 0)
    limits = [scipy.optimize.LinearConstraint(hstack([m, csr_array((m.shape[0], rows))], format="csr"), -np.inf, high)
              for m, high in _limits(problem, until)]
    found = _run(worth, [links, *limits], np.r_[np.ones(columns), np.zeros(rows)], _fixed(problem, rows), until)
    bound = None if found.mip_dual_bound is None else -float(found.mip_dual_bound) * scale
    return Proof(_chosen(found, columns), bound, found.status == 2, seconds + time.perf_counter() - until)


def all_(problem: Problem, seconds: float) -> Proof:
    """Set covering: min Σ c·x, each row by one at least, within spacing; the bound is on the cost (a lower one).

    Toregas et al. 1971. Where all costs are 1 the bound is a whole number.
    """
    until = time.perf_counter() + seconds
    columns = problem.reach.shape[1]
    covered = scipy.optimize.LinearConstraint(problem.reach, 1, np.inf)
    limits = [scipy.optimize.LinearConstraint(m, -np.inf, high) for m, high in _limits(problem, until)]
    found = _run(problem.cost, [covered, *limits], np.ones(columns), _fixed(problem, 0), until)
    bound = None if found.mip_dual_bound is None else float(found.mip_dual_bound)
    if bound is not None and (problem.cost == 1).all():
        bound = float(math.ceil(bound - 1e-6))
    return Proof(_chosen(found, columns), bound, found.status == 2, seconds + time.perf_counter() - until)


def _limits(problem: Problem, until: float) -> list[tuple[csr_array, float | np.ndarray]]:
    columns = len(problem.cost)
    made: list[tuple[csr_array, float | np.ndarray]] = []
    if problem.most is not None:
        made.append((csr_array(np.ones((1, columns))), float(problem.most)))
    if problem.budget is not None:
        made.append((csr_array(problem.cost[None, :]), float(problem.budget)))
    if groups := cliques(problem.near, until) if len(problem.apart) else []:
        starts = np.cumsum([0, *(len(g) for g in groups)])
        made.append((csr_array((np.ones(starts[-1]), np.concatenate(groups), starts), shape=(len(groups), columns)), np.ones(len(groups))))
    return made


def _fixed(problem: Problem, more: int) -> scipy.optimize.Bounds:
    low = np.zeros(len(problem.cost) + more)
    low[problem.fixed] = 1.0
    return scipy.optimize.Bounds(low, np.ones(len(low)))


def _run(worth: np.ndarray, constraints: list[scipy.optimize.LinearConstraint], whole: np.ndarray, bounds: scipy.optimize.Bounds,
         until: float) -> scipy.optimize.OptimizeResult:
    """What is found until then. There is no presolve: the rows come merged already, it took nine tenths of the time of a proof,
    and it looks at the clock too seldom (14 s of 4 with many candidates too close to each other)."""
    return scipy.optimize.milp(worth, constraints=constraints, integrality=whole, bounds=bounds, options={
        "time_limit": max(until - time.perf_counter(), 0.01), "mip_rel_gap": GAP / 10, "presolve": False})


def _chosen(found: scipy.optimize.OptimizeResult, columns: int) -> list[int] | None:
    return None if found.x is None else [int(j) for j in np.flatnonzero(found.x[:columns] > 0.5)]
