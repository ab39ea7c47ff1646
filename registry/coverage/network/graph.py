"""The walking network: lines noded where they meet on one level, as arrays and a matrix of distances."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

LEAST_M = 1e-9  # of a step: a sparse matrix has no zeros


@dataclass(frozen=True)
class Network:
    """Edges between nodes, walked both ways; metres in one projected CRS.

    edges: lines, from node `start` to node `end`, `length_m` long. ground: indices of the edges of level 0, from which alone
    places beside the network are reached: nobody steps off a flyover. nodes: how many there are. digest: SHA-256 of what it
    was built from. barred: lines that were left out, since nobody may walk there.
    """

    edges: np.ndarray
    start: np.ndarray
    end: np.ndarray
    length_m: np.ndarray
    ground: np.ndarray
    nodes: int
    digest: str
    lines: int = 0
    barred: int = 0
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Where the edges on the ground lie; its numbers are those of `ground`."""
        return shapely.STRtree(self.edges[self.ground])

    @cached_property
    def matrix(self) -> csr_array:
        """nodes × nodes: the shortest edge between two, at least LEAST_M; rows are sorted by column."""
        row, column = np.concatenate([self.start, self.end]), np.concatenate([self.end, self.start])
        cost = np.maximum(np.concatenate([self.length_m, self.length_m]), LEAST_M)
        order = np.lexsort((cost, column, row))
        row, column, cost = row[order], column[order], cost[order]
        # A sparse matrix adds up what is said twice: of edges side by side only the shortest is a way.
        first = np.concatenate([[True], (np.diff(row) != 0) | (np.diff(column) != 0)]) if len(row) else np.zeros(0, bool)
        rows = np.concatenate([[0], np.cumsum(np.bincount(row[first], minlength=self.nodes))])
        return csr_array((cost[first], column[first].astype(np.int32), rows.astype(np.int32)), shape=(self.nodes, self.nodes))

    def facts(self) -> dict[str, Any]:
        """What an answer tells of it. island: a component other than the largest."""
        pieces, of = connected_components(self.matrix, directed=False) if self.nodes else (0, np.zeros(0, int))
        length = np.bincount(of[self.start], self.length_m, minlength=pieces) if self.nodes else np.zeros(0)
        whole = float(length.sum())
        return {"lines": self.lines, "barred_lines": self.barred, "nodes": self.nodes, "edges": len(self.edges),
                "length_m": whole, "components": int(pieces),
                "islands_length_m": whole - float(length.max()) if pieces else 0.0, "sha256": self.digest}


def build(lines: np.ndarray, levels: np.ndarray | None = None, *, grid_m: float, barred: int = 0) -> Network:
    """The network of lines (any of LineString and MultiLineString, metres) with the integer level of each.

    Lines of one level meet wherever they touch or cross, to grid_m. Those of different levels meet where both end and
    nowhere else: a flyover leaves the street below alone, a ramp goes on where another line begins.
    """
    levels = np.zeros(len(lines), int) if levels is None else np.asarray(levels, int)
    parts, of = shapely.get_parts(lines, return_index=True)
    level = levels[of]
    edges, at = [], []
    for one in np.unique(level):
        noded = shapely.get_parts(shapely.union_all(parts[level == one], grid_size=grid_m))
        noded = noded[(shapely.get_type_id(noded) == 1) & (shapely.length(noded) > 0)]
        edges.append(noded)
        at.append(np.full(len(noded), one))
    noded = np.concatenate(edges) if edges else np.zeros(0, object)
    storey = np.concatenate(at) if at else np.zeros(0, int)
    nodes, count = _nodes(noded, storey, _ends(parts, grid_m), level, grid_m)
    digest = hashlib.sha256(levels.astype("<i8").tobytes())
    for line in shapely.to_wkb(lines, byte_order=1):
        digest.update(line)
    return Network(noded, nodes[:, 0], nodes[:, 1], shapely.length(noded), np.flatnonzero(storey == 0), count, digest.hexdigest(), len(lines), barred)


def _nodes(edges: np.ndarray, at: np.ndarray, ends: np.ndarray, level: np.ndarray, grid_m: float) -> tuple[np.ndarray, int]:
    """The numbers of both nodes of each edge, and how many there are. ends: of the lines, 2 a line, on the grid."""
    if not len(edges):
        return np.zeros((0, 2), np.int64), 0
    places = np.concatenate([_ends(edges, grid_m), ends])
    place, number = np.unique(places, axis=0, return_inverse=True)
    number = number.reshape(-1)
    storey = np.concatenate([np.repeat(at, 2), np.repeat(level, 2)]) - min(at.min(), level.min()) + 1
    key = number * (storey.max() + 1)  # storey 0: where a line of that level ends, which is one node for all of them
    ending = np.unique(key[2 * len(edges):] + storey[2 * len(edges):])
    mine = key[:2 * len(edges)] + storey[:2 * len(edges)]
    joined = np.where(np.isin(mine, ending), key[:2 * len(edges)], mine)
    found, nodes = np.unique(joined, return_inverse=True)
    return nodes.reshape(-1, 2), len(found)


def _ends(lines: np.ndarray, grid_m: float) -> np.ndarray:
    """Both ends of each line in steps of the grid: 2n × 2 integers."""
    both = np.stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)], axis=1).reshape(-1)
    return np.floor(shapely.get_coordinates(both) / grid_m + 0.5).astype(np.int64)
