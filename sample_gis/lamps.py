"""Street lamps along both kerbs of every road, none in the middle of a crossing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString

from sample_gis.streets import Network

LAMPS = 12_130  # a tenth of the plan's 12.13 万盏
# Metres between lamps of one side, and the number of sides, by class of road.
SPACING = {"expressway": (32, 2), "arterial": (30, 2), "secondary": (30, 2), "branch": (30, 2), "alley": (26, 1)}
INSET = 0.8  # m from the kerb towards the road


@dataclass
class Lamps:
    """Places of lamps and the number of the road each stands on."""

    places: np.ndarray
    road: np.ndarray

    @classmethod
    def make(cls, network: Network, rng: np.random.Generator, scale: float) -> Lamps:
        """The planned number: the spacing is closed up until there are enough, the surplus is left out evenly."""
        wanted, factor = round(LAMPS * scale), 1.0
        places, road = _along(network, factor)
        while not wanted <= len(places) <= wanted * 1.02:
            factor *= len(places) / (wanted * 1.01)
            places, road = _along(network, factor)
        keep = np.sort(rng.choice(len(places), wanted, replace=False))
        return cls(places[keep], road[keep])


def _along(network: Network, factor: float) -> tuple[np.ndarray, np.ndarray]:
    places, numbers = [], []
    for n, road in enumerate(network.roads):
        spacing, sides = SPACING[road.road_class]
        for side in range(sides):
            row = beside(road.path, spacing * factor, (road.width / 2 - INSET) * (1 - 2 * side), side * 0.5)
            places.append(row)
            numbers.append(np.full(len(row), n))
    xy, road = np.concatenate(places), np.concatenate(numbers)
    free = ~_in_crossings(network, xy, road)
    return xy[free], road[free]


def beside(path: LineString, spacing: float, offset: float, shift: float) -> np.ndarray:
    """Points every `spacing` metres along a line, `offset` metres to its left."""
    count = max(1, int(path.length / spacing))
    at = (np.arange(count) + 0.25 + shift) * path.length / count
    ahead = np.clip(at + 2, 0, path.length)
    behind = np.clip(at - 2, 0, path.length)
    p = shapely.get_coordinates(shapely.line_interpolate_point(path, at))
    a = shapely.get_coordinates(shapely.line_interpolate_point(path, behind))
    b = shapely.get_coordinates(shapely.line_interpolate_point(path, ahead))
    direction = (b - a) / np.linalg.norm(b - a, axis=1, keepdims=True)
    return np.round(p + offset * np.stack([-direction[:, 1], direction[:, 0]], 1), 3)


def _in_crossings(network: Network, xy: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Which places lie on the carriageway of another road."""
    tree = shapely.STRtree([r.path.buffer(r.width / 2, cap_style="flat", quad_segs=2) for r in network.roads])
    point, road = tree.query(shapely.points(xy), predicate="within")
    hit = np.zeros(len(xy), bool)
    hit[point[road != own[point]]] = True
    return hit
