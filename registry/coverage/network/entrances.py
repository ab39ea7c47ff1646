"""Where people enter a facility: surveyed entrances, the point itself, or inferred from where streets meet its boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from registry.coverage.network.field import Places
from registry.coverage.network.graph import Network
from registry.coverage.network.snap import along, nearest_m, outline, snap, together
from registry.standards.walking import Joining

# How an entrance is known; all but the first two are inferred.
SURVEYED, POINT, CROSSING, FRONTAGE = "surveyed", "point", "crossing", "frontage"
METHODS = (SURVEYED, POINT, CROSSING, FRONTAGE)
INFERRED = (CROSSING, FRONTAGE)


@dataclass(frozen=True)
class Entrances:
    """places.of: index of the facility; method: of each place, an index of METHODS. dropped: (facility, method, metres to
    the nearest edge) of what lies too far from the network; inf where there is no network at all."""

    places: Places
    method: np.ndarray
    dropped: list[tuple[int, str, float]]

    def counts(self) -> dict[str, int]:
        return {name: int((self.method == n).sum()) for n, name in enumerate(METHODS)}


def find(network: Network, facilities: np.ndarray, surveyed: np.ndarray, of: np.ndarray, rules: Joining) -> Entrances:
    """The entrances of facilities (shapes in the CRS of the network); surveyed: points, `of` is the facility of each.

    A facility with surveyed entrances has only those. Else a point is its own entrance; a line or polygon is entered
    where edges cross it or its boundary; one that no edge crosses is open along the boundary that fronts an edge.
    """
    index = np.arange(len(facilities))
    left = ~np.isin(index, of)
    kind = shapely.get_dimensions(facilities)
    points, whose = shapely.get_parts(facilities[left & (kind == 0)], return_index=True)
    made = [_snapped(network, surveyed, of, SURVEYED, rules),
            _snapped(network, points, index[left & (kind == 0)][whose], POINT, rules)]
    drawn = index[left & (kind > 0)]
    edge_of = outline(facilities[drawn])
    crossing = _crossing(network, edge_of, drawn)
    closed = ~np.isin(drawn, crossing.of)
    frontage = _fronting(network, edge_of[closed], drawn[closed], rules.max_snap_m, rules.frontage_step_m)
    far = closed & ~np.isin(drawn, frontage.of)
    made += [(crossing, CROSSING, []), (frontage, FRONTAGE, [
        (int(n), FRONTAGE, float(away)) for n, away in zip(drawn[far], nearest_m(network, edge_of[far]), strict=True)])]
    method = np.concatenate([np.full(len(places), METHODS.index(name)) for places, name, _ in made])
    return Entrances(together([places for places, _, _ in made]), method, [d for _, _, dropped in made for d in dropped])


def _snapped(network: Network, points: np.ndarray, of: np.ndarray, name: str,
             rules: Joining) -> tuple[Places, str, list[tuple[int, str, float]]]:
    places, which = snap(network, points, of, rules.max_snap_m)
    far = np.setdiff1d(np.arange(len(points)), which)
    return places, name, [(int(n), name, float(away)) for n, away in zip(of[far], nearest_m(network, points[far]), strict=True)]


def _crossing(network: Network, outlines: np.ndarray, of: np.ndarray) -> Places:
    """Where edges cross outlines; of an edge that runs along one, the ends of the stretch."""
    which, found = network.tree.query(outlines, predicate="intersects")
    edge = network.ground[found]
    xy, pair = shapely.get_coordinates(shapely.intersection(network.edges[edge], outlines[which]), return_index=True)
    offset = shapely.line_locate_point(network.edges[edge[pair]], shapely.points(xy))
    return Places(edge[pair], offset, np.zeros(len(pair)), of[which[pair]])


def _fronting(network: Network, outlines: np.ndarray, of: np.ndarray, most_m: float, step_m: float) -> Places:
    points, which = along(outlines, step_m)
    return snap(network, points, of[which], most_m)[0]
