"""An independent figure: distances on a raster (scipy's exact Euclidean distance transform), no buffer and no overlay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

from registry.coverage.audit.cells import Grid, inside, samples
from registry.coverage.straight import Run
from registry.geometry import from_wkb

CELLS_M = (10.0, 5.0, 2.0, 1.0, 0.5)
MOST_CELLS = 16_000_000  # of all blocks together: the finest cell within it is taken, or a small town's rate would be rough
BLOCK_M = 4000.0
TOLERANCE_POINTS = 0.1
_EDGE_M = 1e-3  # blocks are open to the east and north, and the land at their edge is theirs
ENGINE = {"scipy": scipy.__version__, "shapely": shapely.__version__, "geos": shapely.geos_version_string, "numpy": np.__version__}
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Raster:
    """The percentage by cells of `cell_m`, and how many cells were looked at."""

    percent: float
    cell_m: float
    cells: int


def raster(run: Run) -> Raster | None:
    """The percentage of the run by cells; None where there is nothing to be served."""
    who, land = run.run("coverage_frozen_facilities", "facility").all(), run.made.land
    weights = np.nan_to_num(land.people) if run.rule.basis == "population" else np.ones(len(land.ids))
    return percent(from_wkb(f.geom for f in who), np.array([f.radius_m for f in who], dtype=float), land.shapes, weights)


def percent(facilities: np.ndarray, radii_m: np.ndarray, land: np.ndarray, weights: np.ndarray,
            cell_m: float | None = None) -> Raster | None:
    """Of land (polygons, or lines), the percentage within the radius of a facility, in a metric plane.

    weights: of each piece of land a unit of its size. Land is cut into blocks, each with a raster of its own that
    reaches as far beyond it as the longest radius. A cell of land is served when the boundary point nearest to its
    centre is within the radius, or it lies in a facility: distances go to the sampled boundary and not to the centre
    of a cell, which is the half-cell correction without its rest.
    """
    reach = float(radii_m.max()) if len(radii_m) else 0.0
    blocks = _blocks(land)
    cell = cell_m or next((c for c in reversed(CELLS_M) if _count(blocks, reach, c) <= MOST_CELLS), CELLS_M[0])
    tree = shapely.STRtree(facilities)
    served = total = 0.0
    for box, members in blocks:
        grid = Grid.over(_padded(box, reach), cell)
        x, y, owner, size = samples(land[members], box, cell)
        near = tree.query(shapely.box(*_padded(box, reach + cell)))
        size = size * weights[members][owner]
        total += float(size.sum())
        served += float(size[_within(grid, x, y, facilities[near], radii_m[near])].sum())
    return Raster(100 * served / total, cell, _count(blocks, reach, cell)) if total else None


def _within(grid: Grid, x: np.ndarray, y: np.ndarray, facilities: np.ndarray, radii_m: np.ndarray) -> np.ndarray:
    """Whether each place is within the radius of a facility; one field of distances for each radius."""
    found = np.zeros(len(x), dtype=bool)
    for radius in np.unique(radii_m):
        some = facilities[radii_m == radius]
        found |= grid.distance(some, x, y) <= radius
    beyond = np.flatnonzero(~found)  # deep in a facility its boundary may be farther than the radius
    found[beyond] = inside(facilities, x[beyond], y[beyond])
    return found


def _blocks(land: np.ndarray) -> list[tuple[_Box, np.ndarray]]:
    """Boxes of a lattice that land lies in, each cut to the bounds of its land, with the indices of that land."""
    if not len(land):
        return []
    bounds = shapely.bounds(land)
    low, high = np.floor(bounds[:, :2] / BLOCK_M).astype(int), np.floor(bounds[:, 2:] / BLOCK_M).astype(int)
    members: dict[tuple[int, int], list[int]] = {}
    for n, ((west, south), (east, north)) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        for column in range(west, east + 1):
            for row in range(south, north + 1):
                members.setdefault((column, row), []).append(n)
    made = []
    for (column, row), listed in sorted(members.items()):
        west, south = column * BLOCK_M, row * BLOCK_M
        own = bounds[listed]
        made.append(((max(west, own[:, 0].min()), max(south, own[:, 1].min()),
                      min(west + BLOCK_M, own[:, 2].max() + _EDGE_M), min(south + BLOCK_M, own[:, 3].max() + _EDGE_M)), np.array(listed)))
    return made


def _padded(box: _Box, by: float) -> _Box:
    west, south, east, north = box
    return west - by, south - by, east + by, north + by


def _count(blocks: list[tuple[_Box, np.ndarray]], reach: float, cell: float) -> int:
    padded = [_padded(box, reach) for box, _ in blocks]
    return int(sum((e - w) / cell * ((n - s) / cell) for w, s, e, n in padded))
