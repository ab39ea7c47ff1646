"""The road network: named roads along lattice lines, cut into segments where they meet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from shapely.geometry import LineString

from sample_gis.lattice import Lattice
from sample_gis.names import TUNNEL_ROADS, road_names

LENGTH_M = 158_368.0  # a tenth of the plan's 1583.68 km
AREA_M2 = 3_756_580.0  # a tenth of the plan's 3756.58 万㎡
ROADS = 133           # a tenth of the plan's 1328 条
WIDTHS = {"expressway": 44.0, "arterial": 36.0, "secondary": 24.0, "branch": 12.0, "alley": 6.0}
CLASS_ZH = {"expressway": "快速路", "arterial": "主干路", "secondary": "次干路", "branch": "支路", "alley": "街巷"}
Node = tuple[int, int]


@dataclass
class Road:
    """A named road: the lattice line `line` of an axis (row or column) from `lo` to `hi`."""

    road_class: str
    axis: str
    line: int
    lo: int
    hi: int
    name: str = ""
    code: str = ""
    width: float = 0.0
    path: LineString = field(default_factory=LineString)

    @property
    def nodes(self) -> list[Node]:
        steps = range(self.lo, self.hi + 1)
        return [(t, self.line) for t in steps] if self.axis == "row" else [(self.line, t) for t in steps]


class Network:
    """Roads with the lattice nodes they use; a later road never runs over an earlier one."""

    def __init__(self, lattice: Lattice, rng: np.random.Generator, scale: float) -> None:
        self.lattice, self.rng, self.scale = lattice, rng, scale
        self.roads: list[Road] = []
        self.at: dict[Node, list[int]] = defaultdict(list)
        self.edges: set[tuple[str, int, int]] = set()
        self._grow()
        self._stretch()
        self._christen()

    def _grow(self) -> None:
        nx, ny, river = self.lattice.nx, self.lattice.ny, self.lattice.river
        fast_row, fast_col = 8 * round(ny * 0.29 / 8), 8 * round(nx * 0.75 / 8)
        self._add("expressway", "row", fast_row, 0, nx)
        self._add("expressway", "col", fast_col, 0, ny)
        for axis, count, fast in (("row", ny, fast_row), ("col", nx, fast_col)):
            for line in (n for n in range(8, count, 8) if n != fast):
                self._add("arterial", axis, line, *self._span(axis, line, 1.22, 8))
        self._add("secondary", "row", river + 2, *self._span("row", river + 2, 0.9, 8))
        for axis, count in (("row", ny), ("col", nx)):
            for line in range(4, count, 8):
                self._secondary(axis, line)
        self._fill("branch", (2, 6), (4, 8), round(48 * self.scale))
        self._fill("alley", (1, 3, 5, 7), (2, 4), round(ROADS * self.scale) - len(self.roads))

    def _span(self, axis: str, line: int, reach: float, step: int) -> tuple[int, int]:
        """Where the line enters and leaves the city's core, at multiples of `step`."""
        count = self.lattice.nx if axis == "row" else self.lattice.ny
        inside = [t for t in range(0, count + 1, step)
                  if float(self.lattice.radius(*((t, line) if axis == "row" else (line, t)))) <= reach]
        return (inside[0], inside[-1]) if inside else (0, 0)

    def _secondary(self, axis: str, line: int) -> None:
        lo, hi = self._span(axis, line, 1.12, 8)
        cuts = [lo, (lo + hi) // 16 * 8, hi] if hi - lo >= 20 else [lo, hi]
        for a, b in zip(cuts, cuts[1:], strict=False):
            self._add("secondary", axis, line, a, b)

    def _fill(self, road_class: str, offsets: tuple[int, ...], sizes: tuple[int, ...], count: int) -> None:
        """Short roads between existing ones, the denser the nearer to the centre."""
        found = []
        for axis, lines, ends in (("row", self.lattice.ny, self.lattice.nx),
                                  ("col", self.lattice.nx, self.lattice.ny)):
            for line in (n for n in range(1, lines) if n % 8 in offsets):
                for size in sizes:
                    found += [(axis, line, t, t + size) for t in range(0, ends - size + 1, sizes[0])]
        middle = np.array([(a + b) / 2 for _, _, a, b in found])
        lines_ = np.array([line for _, line, _, _ in found])
        is_row = np.array([axis == "row" for axis, *_ in found])
        radius = self.lattice.radius(np.where(is_row, middle, lines_), np.where(is_row, lines_, middle))
        weight = self.rng.random(len(found)) * np.exp(-((radius / 0.75) ** 2))
        weight[radius > 0.95] = 0
        for n in np.argsort(-weight, kind="stable"):
            if count <= 0 or weight[n] == 0:
                return
            count -= self._add(road_class, *found[n])

    def _add(self, road_class: str, axis: str, line: int, lo: int, hi: int) -> bool:
        road = Road(road_class, axis, line, lo, hi)
        minor = road_class in ("branch", "alley")
        edges = {(axis, line, t) for t in range(lo, hi)}
        if hi - lo < 2 or edges & self.edges or (minor and not self._fits(road)):
            return False
        self.edges |= edges
        for node in road.nodes:
            self.at[node].append(len(self.roads))
        self.roads.append(road)
        return True

    def _fits(self, road: Road) -> bool:
        """Small roads join two others and never cross the river."""
        banks = range(self.lattice.river, self.lattice.river + 2)
        if (road.axis == "row" and road.line - 1 in banks) or (
                road.axis == "col" and any(t in banks for t in range(road.lo, road.hi))):
            return False
        return bool(self.at.get(road.nodes[0])) and bool(self.at.get(road.nodes[-1]))

    def _stretch(self) -> None:
        length = sum(self._path(r).length for r in self.roads)
        self.lattice.factor = LENGTH_M * self.scale / length
        for road in self.roads:
            road.path = self._path(road)

    def _path(self, road: Road) -> LineString:
        us, vs = np.array(road.nodes, float).T
        return self.lattice.line(us, vs)

    def _christen(self) -> None:
        names = {c: road_names(c) for c in WIDTHS}
        planned = self._tunnel_roads()
        for n, road in enumerate(self.roads):
            road.code = f"DL{n + 1:04d}"
            road.name = planned.get(n) or next(names[road.road_class])
            road.width = WIDTHS[road.road_class] * float(self.rng.uniform(0.94, 1.06))
        wider = AREA_M2 * self.scale / sum(r.width * r.path.length for r in self.roads)
        for road in self.roads:
            road.width = round(road.width * wider, 1)

    def _tunnel_roads(self) -> dict[int, str]:
        """Main roads just long enough for the tunnel that the plan puts under them."""
        free = sorted((n for n, r in enumerate(self.roads) if r.road_class in ("arterial", "secondary")),
                      key=lambda n: self.roads[n].path.length)
        chosen: dict[int, str] = {}
        for name, km in sorted(TUNNEL_ROADS, key=lambda t: -t[1]):
            fit = next((n for n in free if self.roads[n].path.length >= km * 1000 + 150), None)
            if fit is not None:  # a city smaller than the plan's has no road for the long ones
                free.remove(fit)
                chosen[fit] = name
        return chosen

    def segments(self) -> list[tuple[Road, int, LineString]]:
        """Every road from crossing to crossing: (road, number along it, line)."""
        result = []
        for road in self.roads:
            nodes = road.nodes
            cuts = [0, *(k for k in range(1, len(nodes) - 1) if len(self.at[nodes[k]]) > 1), len(nodes) - 1]
            points = list(road.path.coords)
            for n, (a, b) in enumerate(zip(cuts, cuts[1:], strict=False), 1):
                result.append((road, n, LineString(points[a:b + 1])))
        return result
