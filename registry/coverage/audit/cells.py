"""A raster over a box: places sampled from shapes, and the distance from each to the nearest facility."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

_AT_ONCE = 2_000_000  # places that are tested at once
Places = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Grid:
    """Cells of a width (m) from a corner on; row 0 is the southernmost."""

    west: float
    south: float
    cell: float
    shape: tuple[int, int]

    @classmethod
    def over(cls, box: tuple[float, float, float, float], cell: float) -> Grid:
        """The cells that cover a box (west, south, east, north)."""
        west, south, east, north = box
        return cls(west, south, cell, (int((north - south) / cell) + 2, int((east - west) / cell) + 2))

    def distance(self, shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Metres from each place to the boundary point of the shapes in the nearest cell that has one; inf without any."""
        px, py = _boundary(shapes, self.cell / 2)
        row, column = self._cells(px, py)
        there = (row >= 0) & (column >= 0) & (row < self.shape[0]) & (column < self.shape[1])
        if not there.any():
            return np.full(len(x), np.inf)
        px, py, row, column = px[there], py[there], row[there], column[there]
        empty = np.ones(self.shape, dtype=bool)
        empty[row, column] = False
        point = np.zeros(self.shape, dtype=np.int32)
        point[row, column] = np.arange(len(px))
        nearest = scipy.ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
        r, c = self._cells(x, y)
        found = point[nearest[0, r, c], nearest[1, r, c]]
        return np.hypot(px[found] - x, py[found] - y)

    def _cells(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.floor((y - self.south) / self.cell).astype(int), np.floor((x - self.west) / self.cell).astype(int))


def samples(shapes: np.ndarray, box: tuple[float, float, float, float], cell: float) -> Places:
    """Places on the shapes within a box: x, y, the index of the shape, and the size (m² or m) each stands for."""
    if len(shapes) and shapely.get_dimensions(shapes[0]) == 1:
        return _along(shapes, box, cell / 4)
    west, south, east, north = box
    bounds = shapely.bounds(shapes)
    # Cells of a lattice that all blocks share, so that land across two blocks is sampled once.
    first = np.ceil(np.maximum(bounds[:, :2], (west, south)) / cell - 0.5).astype(int)
    last = np.ceil(np.minimum(bounds[:, 2:], (east, north)) / cell - 0.5).astype(int)
    size = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(shapes)), size[:, 0] * size[:, 1])
    start = np.concatenate([[0], np.cumsum(size[:, 0] * size[:, 1])])[:-1]
    n = np.arange(len(owner)) - start[owner]
    x = (first[owner, 0] + n % np.maximum(size[owner, 0], 1) + 0.5) * cell
    y = (first[owner, 1] + n // np.maximum(size[owner, 0], 1) + 0.5) * cell
    held = _holds(shapes, owner, x, y)
    return x[held], y[held], owner[held], np.full(int(held.sum()), cell * cell)


def inside(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether each place lies in one of the shapes."""
    found = np.zeros(len(x), dtype=bool)
    areas = shapes[shapely.get_dimensions(shapes) == 2]
    if len(areas) and len(x):
        place, _ = shapely.STRtree(areas).query(shapely.points(x, y), predicate="intersects")
        found[place] = True
    return found


def _holds(shapes: np.ndarray, owner: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    shapely.prepare(shapes)
    parts = [shapely.contains_xy(shapes[owner[i:i + _AT_ONCE]], x[i:i + _AT_ONCE], y[i:i + _AT_ONCE])
             for i in range(0, len(x), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def _along(shapes: np.ndarray, box: tuple[float, float, float, float], step: float) -> Places:
    """The middles of steps along lines."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    length = shapely.length(parts)
    count = np.maximum(np.ceil(length / step).astype(int), 1)
    part = np.repeat(np.arange(len(parts)), count)
    n = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    size = (length / count)[part]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(parts[part], (n + 0.5) * size))
    west, south, east, north = box
    held = (xy[:, 0] >= west) & (xy[:, 0] < east) & (xy[:, 1] >= south) & (xy[:, 1] < north)
    return xy[held, 0], xy[held, 1], owner[part[held]], size[held]


def _boundary(shapes: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Points along the boundary of areas, along lines, and points themselves, no farther apart than a step."""
    edges = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    xy = shapely.get_coordinates(shapely.segmentize(edges, step))
    return xy[:, 0], xy[:, 1]
