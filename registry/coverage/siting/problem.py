"""A siting problem as matrices: which candidate covers which demand, what is worth how much, and what may be chosen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

NONE = np.empty(0, dtype=np.int64)
NO_PAIRS = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True)
class Problem:
    """Demand in rows, candidates in columns.

    reach: (rows, columns), 1.0 where the candidate covers the demand, sorted, without duplicates. weight: (rows,), what is
    covered, ≥ 0. cost: (columns,), > 0. fixed: columns that must be chosen. apart: (k, 2), columns too close to be chosen
    both. most: how many may be chosen, fixed ones included (None: any number). budget: in units of cost, or None.
    What is forbidden is no column at all.
    """

    reach: csr_array
    weight: np.ndarray
    cost: np.ndarray
    fixed: np.ndarray = field(default_factory=NONE.copy)
    apart: np.ndarray = field(default_factory=NO_PAIRS.copy)
    most: int | None = None
    budget: float | None = None

    @cached_property
    def by_candidate(self) -> csr_array:
        """The same the other way round: candidates in rows."""
        return self.reach.T.tocsr()

    @cached_property
    def near(self) -> csr_array:
        """(columns, columns), 1 where two may not be chosen together."""
        n, pairs = len(self.cost), self.apart
        both = np.concatenate([pairs, pairs[:, ::-1]])
        return csr_array((np.ones(len(both), dtype=np.int8), (both[:, 0], both[:, 1])), shape=(n, n))

    @property
    def total(self) -> float:
        """The weight of all demand."""
        return float(self.weight.sum())

    def rows(self, candidate: int) -> np.ndarray:
        """The demand that a candidate covers."""
        start, end = self.by_candidate.indptr[candidate:candidate + 2]
        found: np.ndarray = self.by_candidate.indices[start:end]
        return found

    def value(self, chosen: np.ndarray | list[int]) -> float:
        """The weight that these candidates cover together."""
        covered = np.zeros(len(self.weight), dtype=bool)
        for j in chosen:
            covered[self.rows(int(j))] = True
        return float(self.weight[covered].sum())

    def closed(self, chosen: np.ndarray | list[int]) -> bool:
        """Whether they cover every row."""
        covered = np.zeros(len(self.weight), dtype=bool)
        for j in chosen:
            covered[self.rows(int(j))] = True
        return bool(covered.all())

    def allowed(self, chosen: np.ndarray | list[int]) -> bool:
        """Whether they may be chosen together: number, budget, fixed ones in, none too close."""
        picked = np.asarray(chosen, dtype=np.int64)
        close = np.isin(self.apart, picked).all(axis=1).any() if len(self.apart) else False
        return bool(np.isin(self.fixed, picked).all() and not close
                    and (self.most is None or len(picked) <= self.most)
                    and (self.budget is None or self.cost[picked].sum() <= self.budget * (1 + 1e-9)))

    @property
    def sha256(self) -> str:
        """Of everything that decides the answer: shape and entries of the matrix, weights and constraints."""
        told = hashlib.sha256(repr((self.reach.shape, self.most, self.budget)).encode())
        for part in (self.reach.indptr, self.reach.indices, self.fixed, self.apart):
            told.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        for part in (self.weight, self.cost):
            told.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
        return told.hexdigest()


def matrix(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """`reach` of pairs in any order."""
    made = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    made.sum_duplicates()
    made.data[:] = 1.0
    made.sort_indices()
    return made


def reduced(problem: Problem) -> tuple[Problem, dict[str, int]]:
    """The same problem without demand that nobody covers, rows of the same candidates made one; and how much that was.

    The optimum is the same: what has the same candidates is covered by the same choices (arXiv 2409.09834).
    """
    reach = problem.reach
    starts, ends = reach.indptr[:-1], reach.indptr[1:]
    first: dict[bytes, int] = {}
    group = np.full(len(problem.weight), -1, dtype=np.int64)
    indices = reach.indices.astype(np.int32)
    for row in np.flatnonzero(ends > starts):
        group[row] = first.setdefault(indices[starts[row]:ends[row]].tobytes(), len(first))
    known = group >= 0
    weight = np.bincount(group[known], problem.weight[known], minlength=len(first))
    keep = np.array([np.frombuffer(k, dtype=np.int32) for k in first], dtype=object)
    lengths = np.array([len(k) for k in keep], dtype=np.int64)
    columns = np.concatenate(list(keep)) if len(keep) else NONE
    small = csr_array((np.ones(len(columns)), columns, np.concatenate([[0], np.cumsum(lengths)])),
                      shape=(len(first), reach.shape[1]))
    told = {"rows_in": int(reach.shape[0]), "rows_out": len(first), "rows_uncoverable": int((~known).sum()),
            "columns": int(reach.shape[1]), "pairs": int(reach.nnz), "pairs_out": int(small.nnz)}
    return replace(problem, reach=small, weight=weight), told
