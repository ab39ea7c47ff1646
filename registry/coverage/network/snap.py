"""From points to the network: the nearest place on an edge, within a distance."""

from __future__ import annotations

import numpy as np
import shapely

from registry.coverage.network.field import Places
from registry.coverage.network.graph import Network


def snap(network: Network, points: np.ndarray, of: np.ndarray, most_m: float) -> tuple[Places, np.ndarray]:
    """Places of the points that have an edge on the ground within most_m, and which points those are (indices).

    points: n shapely points in the CRS of the network. of: whose each is.
    """
    if not len(points) or not len(network.ground):
        return none(), np.zeros(0, int)
    (which, found), leg = network.tree.query_nearest(points, max_distance=most_m, return_distance=True, all_matches=False)
    edge = network.ground[found]
    offset = shapely.line_locate_point(network.edges[edge], points[which])
    return Places(edge, offset, leg, of[which]), which


def nearest_m(network: Network, shapes: np.ndarray) -> np.ndarray:
    """Metres from each shape to the nearest edge; inf where there is none."""
    found = np.full(len(shapes), np.inf)
    if len(shapes) and len(network.ground):
        (which, _), away = network.tree.query_nearest(shapes, return_distance=True, all_matches=False)
        found[which] = away
    return found


def none() -> Places:
    """No places."""
    return Places(np.zeros(0, int), np.zeros(0), np.zeros(0), np.zeros(0, int))


def together(parts: list[Places]) -> Places:
    """All of them, in this order."""
    names = ("edge", "offset_m", "leg_m", "of")
    return Places(*(np.concatenate([getattr(p, n) for p in parts]) for n in names)) if parts else none()


def outline(shapes: np.ndarray) -> np.ndarray:
    """The boundaries of polygons; lines and points as they are."""
    return np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)


def along(lines: np.ndarray, step_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly along lines, at most step_m apart and one at least for each part; and the line of each (index)."""
    parts, of = shapely.get_parts(lines, return_index=True)
    many = np.maximum(np.ceil(shapely.length(parts) / step_m), 1).astype(int)
    part = np.repeat(np.arange(len(parts)), many)
    at = (np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many) + 0.5) / many[part]
    return shapely.line_interpolate_point(parts[part], at, normalized=True), of[part]
