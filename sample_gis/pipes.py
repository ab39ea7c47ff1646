"""Pipes under the roads from manhole to manhole, joined where two roads with the same medium cross."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString

from sample_gis.lamps import beside
from sample_gis.streets import Network, Road

MANHOLES = 2500
# medium: (share of manholes, m between manholes, offset from the middle of the road as a share of half its
# width, part code of the cover in the 2013 list, materials, diameters in mm, owner)
MEDIA = {
    "雨水": (0.27, 42, 0.30, "0103", ("钢筋混凝土", "HDPE"), (400, 600, 800, 1000, 1200), "drain"),
    "污水": (0.25, 40, -0.30, "0102", ("HDPE", "球墨铸铁", "钢筋混凝土"), (300, 400, 500, 600), "drain"),
    "合流": (0.05, 36, 0.10, "0102", ("钢筋混凝土",), (500, 600, 800), "drain"),
    "给水": (0.14, 85, 0.62, "0101", ("球墨铸铁", "PE", "钢"), (100, 150, 200, 300, 400, 600), "water"),
    "燃气": (0.08, 110, -0.62, "0111", ("PE", "钢"), (110, 160, 200, 315), "gas"),
    "供热": (0.04, 120, -0.48, "0110", ("钢",), (200, 300, 400), "heat"),
    "电力": (0.08, 80, 0.80, "0105", ("PVC", "PE"), (150, 175, 200), "power"),
    "通信": (0.09, 75, -0.80, "0107", ("PVC", "PE"), (110,), "telecom"),
}
OLD_TOWN = ("合流",)  # combined sewers remain in the alleys only


@dataclass
class Pipe:
    """A piece between two manholes, named by their numbers."""

    medium: str
    road: Road
    start: int
    end: int
    line: LineString


@dataclass
class Pipes:
    """Manholes (place, medium, road) and the pipes between them."""

    network: Network
    rng: np.random.Generator
    scale: float
    places: list[np.ndarray] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)
    pipes: list[Pipe] = field(default_factory=list)

    def __post_init__(self) -> None:
        for medium, (share, *_) in MEDIA.items():
            self._lay(medium, round(share * MANHOLES * self.scale))
            self._join(medium)

    def _lay(self, medium: str, wanted: int) -> None:
        """Road after road until the medium has its number of manholes."""
        _, spacing, offset, *_ = MEDIA[medium]
        for road in self._order(medium):
            row = beside(road.path, spacing, offset * (road.width / 2 - 1), 0.25)[:wanted]
            row = row[:-1] if wanted - len(row) == 1 else row  # no road can begin with a single manhole
            if len(row) < 2:
                continue
            first = len(self.places)
            self.places += list(row)
            self.media += [medium] * len(row)
            self.roads += [road] * len(row)
            for k in range(len(row) - 1):
                self._pipe(medium, road, first + k, first + k + 1)
            wanted -= len(row)
            if wanted < 2:
                return

    def _order(self, medium: str) -> list[Road]:
        """Roads from the middle outward, with a little chance: utilities grew from the old town."""
        lattice = self.network.lattice
        small = medium in OLD_TOWN
        roads = [r for r in self.network.roads if (r.road_class == "alley") == small and r.road_class != "expressway"]

        def key(road: Road) -> float:
            u, v = np.mean(road.nodes, axis=0)
            return float(lattice.radius(u, v)) + float(self.rng.uniform(0, 0.5))

        return [r for _, _, r in sorted((key(r), n, r) for n, r in enumerate(roads))]

    def _pipe(self, medium: str, road: Road, start: int, end: int) -> None:
        line = LineString([self.places[start], self.places[end]])
        self.pipes.append(Pipe(medium, road, start, end, line))

    def _join(self, medium: str) -> None:
        """One joint pipe per crossing of two roads with the same medium."""
        mine = [n for n, m in enumerate(self.media) if m == medium]
        by_road: dict[str, list[int]] = {}
        for n in mine:
            by_road.setdefault(self.roads[n].code, []).append(n)
        for node, numbers in sorted(self.network.at.items()):
            codes = [self.network.roads[k].code for k in numbers if self.network.roads[k].code in by_road]
            if len(codes) < 2:
                continue
            at = self.network.lattice.at(*node)
            near = [min(by_road[c], key=lambda n: float(np.hypot(*(self.places[n] - at)))) for c in codes[:2]]
            gap = float(np.hypot(*(self.places[near[0]] - self.places[near[1]])))
            if 1.0 < gap < 1.6 * MEDIA[medium][1]:
                self._pipe(medium, self.roads[near[0]], *near)

    def points(self) -> np.ndarray:
        return shapely.points(np.array(self.places))
