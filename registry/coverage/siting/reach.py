"""Which candidate covers which demand: by the point of a piece (covering most), or the whole of it (closing all)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array

from registry.coverage.siting.problem import matrix
from registry.coverage.straight import SLIVER_M2


def by_points(points: np.ndarray, shapes: np.ndarray, radius_m: np.ndarray) -> csr_array:
    """(points, shapes): whether the point is within the radius of the facility."""
    columns, rows = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=radius_m)
    return matrix(rows, columns, (len(points), len(shapes)))


@dataclass(frozen=True)
class Whole:
    """Pieces, each wholly within the service area of every candidate in its row; and what none reaches.

    of: which piece of the demand each is a part of. size: of each, m² of land or m of lines. left: what no candidate
    reaches, left_of likewise. slivers: size of parts below SLIVER_M2, which are rounding where edges nearly meet.
    """

    reach: csr_array
    of: np.ndarray
    size: np.ndarray
    left: np.ndarray
    left_of: np.ndarray
    slivers: float


Measured = Callable[[np.ndarray], np.ndarray]  # the size of shapes


def by_whole(pieces: np.ndarray, areas: np.ndarray, measured: Measured = shapely.area) -> Whole:
    """Each piece that one candidate covers whole as it is; of any other, its parts by the candidates that meet it.

    So whatever closes every row closes all that can be closed, exactly and not at the points only.
    """
    tree = shapely.STRtree(pieces)
    shapely.prepare(areas)
    columns, rows = tree.query(areas, predicate="covers")
    met_columns, met_rows = tree.query(areas, predicate="intersects")
    whole = np.zeros(len(pieces), dtype=bool)
    whole[rows] = True
    partly = ~whole[met_rows]
    order = np.lexsort((met_columns[partly], met_rows[partly]))
    split = _Split(areas, measured)
    numbers, starts = np.unique(met_rows[partly][order], return_index=True)
    groups = np.split(met_columns[partly][order], starts[1:]) if len(numbers) else []
    for row, meeting in zip(numbers, groups, strict=True):
        split.add(int(row), pieces[row], meeting)
    alone = np.setdiff1d(np.flatnonzero(~whole), numbers)
    kept = np.flatnonzero(whole)
    place = np.full(len(pieces), -1)
    place[kept] = np.arange(len(kept))
    all_rows = np.concatenate([place[rows], np.array(split.rows, dtype=np.int64) + len(kept)])
    all_columns = np.concatenate([columns, np.array(split.columns, dtype=np.int64)])
    count = len(kept) + len(split.of)
    return Whole(matrix(all_rows, all_columns, (count, len(areas))),
                 np.concatenate([kept, np.array(split.of, dtype=np.int64)]),
                 np.concatenate([measured(pieces[kept]), np.array(split.size)]),
                 np.concatenate([pieces[alone], np.array(split.left, dtype=object)]),
                 np.concatenate([alone, np.array(split.left_of, dtype=np.int64)]), split.slivers)


class _Split:
    """Parts of pieces that no candidate covers alone."""

    def __init__(self, areas: np.ndarray, measured: Measured) -> None:
        self.areas, self.measured = areas, measured
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.of: list[int] = []
        self.size: list[float] = []
        self.left: list[shapely.Geometry] = []
        self.left_of: list[int] = []
        self.slivers = 0.0

    def add(self, row: int, piece: shapely.Geometry, meeting: np.ndarray) -> None:
        """Cut the piece by each candidate in turn until nothing is left that one of them reaches."""
        parts = [(piece, np.empty(0, dtype=np.int64))]
        for j in meeting:
            parts = [made for part, by in parts for made in
                     ((shapely.intersection(part, self.areas[j]), np.append(by, j)), (shapely.difference(part, self.areas[j]), by))
                     if self.measured(made[0]) > 0]
            if len(parts) > _MOST_PARTS:  # many near boundaries: what is told apart no more is given to fewer candidates
                parts = _merged(parts)
        for part, by in parts:
            self._keep(row, part, by)

    def _keep(self, row: int, part: shapely.Geometry, by: np.ndarray) -> None:
        size = float(self.measured(part))
        if size < SLIVER_M2:
            self.slivers += size
        elif len(by):
            self.rows += [len(self.of)] * len(by)
            self.columns += by.tolist()
            self.of.append(row)
            self.size.append(size)
        else:
            self.left.append(part)
            self.left_of.append(row)


_MOST_PARTS = 64


def _merged(parts: list[tuple[shapely.Geometry, np.ndarray]]) -> list[tuple[shapely.Geometry, np.ndarray]]:
    """Slivers of an overlay go into the smallest number of parts: those of the same first candidate, by what all of them share."""
    groups: dict[int, list[tuple[shapely.Geometry, np.ndarray]]] = {}
    for part, by in parts:
        groups.setdefault(int(by[0]) if len(by) else -1, []).append((part, by))
    made = []
    for members in groups.values():
        shared = members[0][1]
        for _, by in members[1:]:
            shared = np.intersect1d(shared, by)
        made.append((shapely.union_all([m for m, _ in members]), shared))
    return made
