"""Blocks: the land between the streets, as groups of lattice cells and as polygons free of road and water."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from sample_gis.lattice import Lattice, Water, snap
from sample_gis.streets import Network

Cell = tuple[int, int]
LARGEST = 8  # cells; a larger block is cut, as estates of 12 ha are already large


@dataclass
class Block:
    """Cells that no street divides, and the land left between kerbs and banks."""

    cells: list[Cell]
    land: Polygon
    radius: float


class Ground:
    """Built-up cells and the blocks on them."""

    def __init__(self, network: Network, waters: list[Water]) -> None:
        self.lattice = network.lattice
        self.network, self.waters = network, waters
        self.paved = [r.path.buffer(r.width / 2 + 3, cap_style="flat", quad_segs=2) for r in network.roads]
        self.paved_tree = shapely.STRtree(self.paved)
        self.water = [w.line.buffer(w.width / 2 + 6, cap_style="flat", quad_segs=2) for w in waters]
        self.water_tree = shapely.STRtree(self.water)
        self.built_up = self._built_up()
        self.blocks = self._blocks()

    def _built_up(self) -> set[Cell]:
        """Cells of the core; its edge is uneven, as villages and fields reach in."""
        cells = set()
        for i in range(self.lattice.nx):
            for j in range(self.lattice.ny):
                angle = np.arctan2(j - self.lattice.ny / 2, i - self.lattice.nx / 2)
                reach = 0.97 + 0.07 * np.sin(3 * angle + 1) + 0.05 * np.sin(7 * angle)
                # Whole 250 m quarters, so that the border follows streets.
                if self.lattice.radius(i // 2 * 2 + 1, j // 2 * 2 + 1) <= reach:
                    cells.add((i, j))
        return cells

    def free(self, polygon: Polygon) -> Polygon:
        """The largest piece of the polygon outside roads and water, on whole millimetres."""
        for tree, shapes in ((self.paved_tree, self.paved), (self.water_tree, self.water)):
            near = tree.query(polygon, predicate="intersects")
            if len(near):
                polygon = polygon.difference(shapely.union_all([shapes[n] for n in near]))
        return largest(snap(polygon))

    def _blocks(self) -> list[Block]:
        blocks = []
        for cells in self._parts():
            shape = shapely.union_all([self.lattice.cell(*c) for c in cells])
            land = self.free(shape)
            if land.area > 1500:
                middle = np.mean(cells, axis=0) + 0.5
                blocks.append(Block(cells, land, float(self.lattice.radius(*middle))))
        return blocks

    def _parts(self) -> list[list[Cell]]:
        left, result = set(self.built_up), []
        for start in sorted(self.built_up):
            if start not in left:
                continue
            left.remove(start)
            part, queue = [], [start]
            while queue:
                cell = queue.pop()
                part.append(cell)
                for other in self._neighbours(cell):
                    if other in left:
                        left.remove(other)
                        queue.append(other)
            result += cut(sorted(part))
        return result

    def _neighbours(self, cell: Cell) -> list[Cell]:
        i, j = cell
        walls = self.network.edges
        sides = ((("col", i, j), (i - 1, j)), (("col", i + 1, j), (i + 1, j)),
                 (("row", j, i), (i, j - 1)), (("row", j + 1, i), (i, j + 1)))
        return [other for wall, other in sides if wall not in walls]


def cut(cells: list[Cell], most: int = LARGEST) -> list[list[Cell]]:
    """Halves until no part has more than `most` cells, across the longer side."""
    if len(cells) <= most:
        return [cells]
    spans = [max(c[k] for c in cells) - min(c[k] for c in cells) for k in (0, 1)]
    axis = 0 if spans[0] >= spans[1] else 1
    ordered = sorted({c[axis] for c in cells})
    middle = ordered[len(ordered) // 2]
    middle += middle % 2 if middle + middle % 2 <= ordered[-1] else 0
    low, high = [c for c in cells if c[axis] < middle], [c for c in cells if c[axis] >= middle]
    return cut(low, most) + cut(high, most) if low and high else [cells]


def largest(shape) -> Polygon:
    """The largest polygon of what an overlay left."""
    parts = [g for g in getattr(shape, "geoms", [shape]) if isinstance(g, Polygon)]
    return max(parts, key=lambda g: g.area) if parts else Polygon()


def union(lattice: Lattice, cells: list[Cell]) -> Polygon | MultiPolygon:
    """The exact union of cells: borders keep every lattice point, so neighbours share their vertices."""
    return shapely.union_all([lattice.cell(*c) for c in cells])


def group(cells: list[Cell], key: np.ndarray) -> dict[int, list[Cell]]:
    """Cells by a number each."""
    result: dict[int, list[Cell]] = defaultdict(list)
    for cell, k in zip(cells, key, strict=True):
        result[int(k)].append(cell)
    return result
