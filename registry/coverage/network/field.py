"""How far it is on foot: one search from all entrances at once, and the distance at any place on an edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from registry.coverage.network.graph import LEAST_M, Network


@dataclass(frozen=True)
class Places:
    """Places beside the network: `edge`, `offset_m` along it from its start, `leg_m` to get there. of: whose they are."""

    edge: np.ndarray
    offset_m: np.ndarray
    leg_m: np.ndarray
    of: np.ndarray

    def __len__(self) -> int:
        return len(self.edge)

    def where(self, wanted: np.ndarray) -> Places:
        return Places(self.edge[wanted], self.offset_m[wanted], self.leg_m[wanted], self.of[wanted])


def field(network: Network, entrances: Places, limit_m: float = np.inf) -> np.ndarray:
    """Metres from each node to the nearest entrance, inf beyond the limit.

    One node that leads to every entrance stands for all of them, so that a single search does (Dijkstra 1959).
    """
    if not len(entrances) or not network.nodes:
        return np.full(network.nodes, np.inf)
    source = network.nodes
    distances = dijkstra(_with_source(network, entrances), indices=source, limit=limit_m)
    return np.asarray(distances[:source])


def distances(network: Network, at_nodes: np.ndarray, entrances: Places, places: Places, limit_m: float = np.inf) -> np.ndarray:
    """Metres from each place to the nearest entrance, legs of both included; inf beyond the limit."""
    rest = network.length_m[places.edge] - places.offset_m
    found = np.minimum(at_nodes[network.start[places.edge]] + places.offset_m, at_nodes[network.end[places.edge]] + rest)
    found = np.minimum(found, _along(entrances, places)) + places.leg_m
    return np.where(found <= limit_m, found, np.inf)


def _with_source(network: Network, entrances: Places) -> csr_array:
    """The matrix with a last row that leads to both ends of each edge with an entrance. It leads one way only."""
    edge = entrances.edge
    to = np.concatenate([network.start[edge], network.end[edge]])
    rest = np.maximum(network.length_m[edge] - entrances.offset_m, 0)
    cost = np.maximum(np.concatenate([entrances.leg_m + entrances.offset_m, entrances.leg_m + rest]), LEAST_M)
    order = np.lexsort((cost, to))
    to, cost = to[order], cost[order]
    first = np.concatenate([[True], np.diff(to) != 0])
    matrix, nodes = network.matrix, network.nodes
    row = np.array([matrix.indptr[-1] + first.sum()], matrix.indptr.dtype)
    return csr_array((np.concatenate([matrix.data, cost[first]]), np.concatenate([matrix.indices, to[first].astype(np.int32)]),
                      np.concatenate([matrix.indptr, row])), shape=(nodes + 1, nodes + 1))


def _along(entrances: Places, places: Places) -> np.ndarray:
    """Metres from each place to the nearest entrance on its own edge, the leg of the entrance included; inf for none."""
    found = np.full(len(places), np.inf)
    order = np.argsort(entrances.edge, kind="stable")
    edge = entrances.edge[order]
    first, last = np.searchsorted(edge, places.edge, "left"), np.searchsorted(edge, places.edge, "right")
    many = last - first
    place = np.repeat(np.arange(len(places)), many)
    entrance = order[np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)]
    away = np.abs(places.offset_m[place] - entrances.offset_m[entrance]) + entrances.leg_m[entrance]
    np.minimum.at(found, place, away)
    return found
