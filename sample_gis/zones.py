"""Administrative zones as groups of lattice cells, so that they nest and tile exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np

from sample_gis.blocks import Cell, Ground, union
from sample_gis.names import COMMUNITIES, DISTRICTS, STREETS

GRID_CELLS = 400  # unit grids are mapped for the dense middle only, to keep the files small


@dataclass
class Zones:
    """Which district, street and community each cell belongs to, and their codes and names."""

    ground: Ground
    of: dict[Cell, tuple[int, int, int]] = field(default_factory=dict)  # district, street, community (1-based)
    communities: dict[str, list[Cell]] = field(default_factory=dict)
    grids: dict[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lattice = self.ground.lattice
        for d, cells in enumerate(self._districts()):
            side = max(1, round(np.sqrt(lattice.nx * lattice.ny / 3584)))
            for s, street in enumerate(split(cells, 4 * side * side, 8), 1):
                for c, community in enumerate(split(street, 5, 4), 1):
                    code = f"{DISTRICTS[d][0]}{s:03d}{c:03d}"
                    self.communities[code] = community
                    self.of.update((cell, (d, s, c)) for cell in community)
        self._number_grids()

    def _districts(self) -> list[list[Cell]]:
        """Two districts north and south-west, one south-east; the south bank road is the northern border."""
        lattice = self.ground.lattice
        north, south_west, south_east = [], [], []
        for i in range(lattice.nx):
            for j in range(lattice.ny):
                if j >= lattice.river:
                    north.append((i, j))
                elif i < lattice.nx // 2 + (8 if j < lattice.river // 2 else 0):
                    south_west.append((i, j))
                else:
                    south_east.append((i, j))
        return [south_west, south_east, north]

    def _number_grids(self) -> None:
        """West to east, then north to south within a community (DB11 practice, standards.md 1.7)."""
        lattice = self.ground.lattice
        count = round(GRID_CELLS * lattice.nx * lattice.ny / 3584)
        ranked = sorted(self.of, key=lambda c: (round(float(lattice.radius(c[0] + .5, c[1] + .5)), 6), c))
        chosen = set(ranked[:count])
        for code, cells in self.communities.items():
            inside = sorted((c for c in cells if c in chosen), key=lambda c: (-c[1], c[0]))
            self.grids.update((f"{code}{n:03d}", cell) for n, cell in enumerate(inside, 1))

    def district_frame(self) -> gpd.GeoDataFrame:
        groups = {code: [c for c, (k, _, _) in self.of.items() if k == n] for n, (code, _) in enumerate(DISTRICTS)}
        rows = {"code": list(groups), "name": [n for _, n in DISTRICTS],
                "geometry": [union(self.ground.lattice, g) for g in groups.values()]}
        return _frame(rows)

    def street_frame(self) -> gpd.GeoDataFrame:
        groups: dict[str, list[Cell]] = {}
        for code, cells in self.communities.items():
            groups.setdefault(code[:9], []).extend(cells)
        return _frame({"code": list(groups), "name": [street_name(c) for c in groups],
                       "parent": [c[:6] for c in groups],
                       "geometry": [union(self.ground.lattice, g) for g in groups.values()]})

    def community_frame(self) -> gpd.GeoDataFrame:
        names = [COMMUNITIES[n % len(COMMUNITIES)] + ("" if n < len(COMMUNITIES) else f"{n // len(COMMUNITIES) + 1}")
                 + "社区" for n in range(len(self.communities))]
        return _frame({"code": list(self.communities), "name": names,
                       "parent": [c[:9] for c in self.communities],
                       "geometry": [union(self.ground.lattice, g) for g in self.communities.values()]})

    def grid_frame(self) -> gpd.GeoDataFrame:
        shapes = [self.ground.lattice.cell(*c) for c in self.grids.values()]
        return _frame({"code": list(self.grids), "parent": [c[:12] for c in self.grids],
                       "area": [round(s.area, 1) for s in shapes], "geometry": shapes})

    def management_frame(self) -> gpd.GeoDataFrame:
        """责任网格: up to 16 unit grids of one street under one unit."""
        rows: dict[str, list] = {"code": [], "name": [], "parent": [], "unit": [], "geometry": []}
        streets: dict[str, list[Cell]] = {}
        for code, cell in self.grids.items():
            streets.setdefault(code[:9], []).append(cell)
        for street, cells in streets.items():
            for n, part in enumerate(split(cells, max(1, round(len(cells) / 16)), 1), 1):
                rows["code"].append(f"{street}G{n:02d}")
                rows["name"].append(f"{street_name(street)}第{n}责任网格")
                rows["parent"].append(street)
                rows["unit"].append(f"{street_name(street)}综合行政执法{n % 3 + 1}中队")
                rows["geometry"].append(union(self.ground.lattice, part))
        return _frame(rows)

    def built_up_frame(self) -> gpd.GeoDataFrame:
        shape = union(self.ground.lattice, sorted(self.ground.built_up))
        return _frame({"code": ["JCQ2024"], "name": ["示范市建成区（2024年版）"], "valid_from": ["20240101"],
                       "area": [round(shape.area, 1)], "geometry": [shape]})

    def historic_cells(self) -> list[Cell]:
        """The old town, in the middle and south of the river."""
        i, j = self.ground.lattice.nx // 2 - 4, self.ground.lattice.river - 6
        return [(a, b) for a in range(i, i + 5) for b in range(j, j + 4)]

    def historic_frame(self) -> gpd.GeoDataFrame:
        return _frame({"code": ["LSJQ01"], "name": ["锦纶坊历史文化街区"], "valid_from": ["20150601"],
                       "geometry": [union(self.ground.lattice, self.historic_cells())]})


def street_name(code: str) -> str:
    """Name of a street by its nine digits."""
    district = [c for c, _ in DISTRICTS].index(code[:6])
    n = int(code[6:9]) - 1
    names = STREETS[district]
    return names[n % len(names)] if n < len(names) else f"{names[n % len(names)][:2]}{n // len(names) + 1}街道"


def split(cells: list[Cell], parts: int, step: int) -> list[list[Cell]]:
    """Cells cut into about equal parts along lines that are multiples of `step` where possible."""
    if parts <= 1 or len(cells) < 2:
        return [cells]
    spans = [max(c[k] for c in cells) - min(c[k] for c in cells) + 1 for k in (0, 1)]
    axis = 0 if spans[0] >= spans[1] else 1
    low_parts = parts // 2
    values = np.sort([c[axis] for c in cells])
    ideal = values[len(values) * low_parts // parts]
    lines = sorted({int(v) for v in values if v > values[0]}, key=lambda v: (v % step != 0, abs(v - ideal), v))
    line = next((v for v in lines if v % step == 0 and abs(v - ideal) <= step), int(ideal))
    low, high = [c for c in cells if c[axis] < line], [c for c in cells if c[axis] >= line]
    if not low or not high:
        return [cells]
    return split(low, low_parts, step) + split(high, parts - low_parts, step)


def _frame(rows: dict) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4549")
