"""Sites chosen one after the other, and what that proves: an answer at once, with a bound on what any answer could be.

Bound of covering most: for every prefix S of the choice, no answer is above f(S) plus the largest gains over S that the
constraints let add up (f is submodular: Nemhauser, Wolsey, Fisher 1978); the least over all prefixes holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.coverage.siting.problem import Problem


@dataclass(frozen=True)
class Choice:
    """Candidates in the order in which they were chosen, what they are worth, and a bound on what could be.

    value, bound: weight covered (bound ≥ value) of covering most; cost (bound ≤ value) of covering all.
    """

    chosen: list[int]
    value: float
    bound: float


def cover_most(problem: Problem) -> Choice:
    """What covers most of the weight, greedily; with a budget, by gain or by gain per cost, whichever covers more."""
    found = _most(problem, np.ones(len(problem.cost)))
    if problem.budget is not None:
        other = _most(problem, problem.cost)
        best = other if other.value > found.value else found
        return Choice(best.chosen, best.value, min(found.bound, other.bound))
    return found


def _most(problem: Problem, per: np.ndarray) -> Choice:
    left, open_ = problem.weight.copy(), np.ones(len(problem.cost), dtype=bool)
    chosen: list[int] = []
    bound = np.inf

    def take(j: int) -> None:
        chosen.append(j)
        left[problem.rows(j)] = 0.0
        open_[j] = False
        open_[problem.near.indices[problem.near.indptr[j]:problem.near.indptr[j + 1]]] = False

    for j in problem.fixed:
        take(int(j))
    while True:
        # All gains anew: one product of a sparse matrix, which is cheaper here than a heap of single ones.
        gains = problem.by_candidate @ left
        value = problem.total - float(left.sum())
        bound = min(bound, value + _addable(problem, gains))
        pick = _affordable(problem, chosen, open_) & (gains > 0)
        if not pick.any() or (problem.most is not None and len(chosen) >= problem.most):
            break
        take(int(np.argmax(np.where(pick, gains / per, -1.0))))
    return Choice(chosen, problem.value(chosen), float(min(bound, problem.total)))


def _affordable(problem: Problem, chosen: list[int], open_: np.ndarray) -> np.ndarray:
    if problem.budget is None:
        return open_
    rest = problem.budget - float(problem.cost[chosen].sum())
    return open_ & (problem.cost <= rest * (1 + 1e-12))


def _addable(problem: Problem, gains: np.ndarray) -> float:
    """The most that the gains of a permitted choice add up to, fixed ones being in it already."""
    limits = [float(gains.sum())]
    if problem.most is not None:
        count = min(problem.most - len(problem.fixed), len(gains))
        limits.append(float(np.partition(gains, -count)[-count:].sum()) if count > 0 else 0.0)
    if problem.budget is not None:
        rest = problem.budget - float(problem.cost[problem.fixed].sum())
        order = np.argsort(-gains / problem.cost, kind="stable")
        spent = np.cumsum(problem.cost[order])
        whole = spent <= rest
        n = int(whole.sum())
        part = (rest - (spent[n - 1] if n else 0.0)) / problem.cost[order[n]] if n < len(order) else 0.0
        limits.append(float(gains[order[:n]].sum() + (gains[order[n]] * max(part, 0.0) if n < len(order) else 0.0)))
    return min(limits)


def cover_all(problem: Problem) -> Choice | None:
    """Few candidates (or little cost) that cover every row, greedily, without any that the others make needless.

    None where the constraints let the greedy way close not all. Each row has a candidate (see `reduced`).
    The bound is a feasible price of rows: each at the least share of a candidate's cost that it can have.
    """
    open_ = np.ones(len(problem.cost), dtype=bool)
    left = np.ones(len(problem.weight), dtype=bool)
    gains = np.diff(problem.by_candidate.indptr).astype(np.int64)
    chosen: list[int] = []
    for j in problem.fixed:
        _close(problem, int(j), left, gains, open_, chosen)
    while left.any():
        scores = np.where(open_, gains, 0) / problem.cost
        pick = int(np.argmax(scores))
        if scores[pick] <= 0:
            return None
        _close(problem, pick, left, gains, open_, chosen)
    chosen = _needed(problem, chosen)
    return Choice(chosen, float(problem.cost[chosen].sum()), least_cost(problem))


def _close(problem: Problem, j: int, left: np.ndarray, gains: np.ndarray, open_: np.ndarray, chosen: list[int]) -> None:
    chosen.append(j)
    new = problem.rows(j)[left[problem.rows(j)]]
    left[new] = False
    for row in new:
        gains[problem.reach.indices[problem.reach.indptr[row]:problem.reach.indptr[row + 1]]] -= 1
    open_[j] = False
    open_[problem.near.indices[problem.near.indptr[j]:problem.near.indptr[j + 1]]] = False


def _needed(problem: Problem, chosen: list[int]) -> list[int]:
    times = np.zeros(len(problem.weight), dtype=np.int64)
    for j in chosen:
        times[problem.rows(j)] += 1
    kept, fixed = list(chosen), set(problem.fixed.tolist())
    for j in reversed(chosen):
        if j not in fixed and (times[problem.rows(j)] > 1).all():
            times[problem.rows(j)] -= 1
            kept.remove(j)
    return kept


def least_cost(problem: Problem) -> float:
    """No choice that covers all costs less: a dual solution, Σ over rows of the least cost per row of its candidates."""
    size = np.maximum(np.diff(problem.by_candidate.indptr), 1)
    share = problem.cost / size
    if not len(problem.weight):
        return float(problem.cost[problem.fixed].sum())
    price = np.minimum.reduceat(share[problem.reach.indices], problem.reach.indptr[:-1])
    return float(max(price.sum(), problem.cost[problem.fixed].sum()))
