"""The same problems as mixed-integer programs for HiGHS, to prove how good an answer is, or to find a better one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.sparse import csr_array, diags_array, eye_array, hstack

from registry.coverage.siting.problem import Problem

SOLVER = {"name": "HiGHS", "version": f"scipy {scipy.__version__}"}
GAP = 1e-6  # relative; what is nearer to its bound than this counts as proven
PAIRS = 20_000  # of sites too close to each other: more go to the solver as one row a candidate, weaker but few
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
    rows, columns = problem.reach.shape
    scale = problem.total / max(rows, 1) or 1.0
    worth = np.concatenate([np.zeros(columns), -problem.weight / scale])
    links = scipy.optimize.LinearConstraint(hstack([-problem.reach, eye_array(rows)], format="csr"), -np.inf, 0)
    limits = [scipy.optimize.LinearConstraint(hstack([m, csr_array((m.shape[0], rows))], format="csr"), -np.inf, high)
              for m, high in _limits(problem)]
    found, seconds = _run(worth, [links, *limits], np.r_[np.ones(columns), np.zeros(rows)], _fixed(problem, rows), seconds)
    bound = None if found.mip_dual_bound is None else -float(found.mip_dual_bound) * scale
    return Proof(_chosen(found, columns), bound, found.status == 2, seconds)


def all_(problem: Problem, seconds: float) -> Proof:
    """Set covering: min Σ c·x, each row by one at least, within spacing; the bound is on the cost (a lower one).

    Toregas et al. 1971. Where all costs are 1 the bound is a whole number.
    """
    columns = problem.reach.shape[1]
    covered = scipy.optimize.LinearConstraint(problem.reach, 1, np.inf)
    limits = [scipy.optimize.LinearConstraint(m, -np.inf, high) for m, high in _limits(problem)]
    found, seconds = _run(problem.cost, [covered, *limits], np.ones(columns), _fixed(problem, 0), seconds)
    bound = None if found.mip_dual_bound is None else float(found.mip_dual_bound)
    if bound is not None and (problem.cost == 1).all():
        bound = float(math.ceil(bound - 1e-6))
    return Proof(_chosen(found, columns), bound, found.status == 2, seconds)


def _limits(problem: Problem) -> list[tuple[csr_array, float | np.ndarray]]:
    columns = len(problem.cost)
    made: list[tuple[csr_array, float | np.ndarray]] = []
    if problem.most is not None:
        made.append((csr_array(np.ones((1, columns))), float(problem.most)))
    if problem.budget is not None:
        made.append((csr_array(problem.cost[None, :]), float(problem.budget)))
    if (pairs := len(problem.apart)) > PAIRS:
        # Σ of those near x_j ≤ as many as there are, and none where x_j = 1.
        count = np.diff(problem.near.indptr).astype(float)
        made.append((csr_array(problem.near.astype(float) + diags_array(count)), count))
    elif pairs:
        made.append((csr_array((np.ones(2 * pairs), (np.repeat(np.arange(pairs), 2), problem.apart.ravel())),
                               shape=(pairs, columns)), np.ones(pairs)))
    return made


def _fixed(problem: Problem, more: int) -> scipy.optimize.Bounds:
    low = np.zeros(len(problem.cost) + more)
    low[problem.fixed] = 1.0
    return scipy.optimize.Bounds(low, np.ones(len(low)))


def _run(worth: np.ndarray, constraints: list[scipy.optimize.LinearConstraint], whole: np.ndarray, bounds: scipy.optimize.Bounds,
         seconds: float) -> tuple[scipy.optimize.OptimizeResult, float]:
    started = time.perf_counter()
    found = scipy.optimize.milp(worth, constraints=constraints, integrality=whole, bounds=bounds,
                 options={"time_limit": max(seconds, 0.01), "mip_rel_gap": GAP / 10})
    return found, time.perf_counter() - started


def _chosen(found: scipy.optimize.OptimizeResult, columns: int) -> list[int] | None:
    return None if found.x is None else [int(j) for j in np.flatnonzero(found.x[:columns] > 0.5)]
