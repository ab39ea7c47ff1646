"""Exact sizes: what a site really adds, in which order the chosen ones add most, and whether it adds more a little aside."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from registry.coverage.siting.demand import Demand
from registry.coverage.siting.facility import Facility, service_areas

STEPS = (2, 4, 8, 16)  # parts of the spacing of the grid by which a site is moved
MOVES = 40  # looks at most around one site
_EMPTY = shapely.Polygon()


@dataclass(frozen=True)
class Gain:
    """What becomes covered: m² of land or m of lines, people (unknown ones as nobody), and what of both was asked to count."""

    size: float
    people: float
    counts: float


class Gaps:
    """The blind spots, found by place; sizes are exact, not those of the points that stand for them."""

    def __init__(self, demand: Demand, by: str) -> None:
        self.pieces, self.tree, self.measured = demand.pieces, shapely.STRtree(demand.pieces), demand.measured
        self.size, self.density = demand.size, np.nan_to_num(demand.people_per_m2)
        self.by = by

    def gain(self, shape: shapely.Geometry) -> Gain:
        """What of the blind spots lies in this shape (working CRS)."""
        if shape.is_empty:
            return Gain(0.0, 0.0, 0.0)
        met = np.sort(self.tree.query(shape, predicate="intersects"))
        shapely.prepare(shape)
        whole = shapely.covers(shape, self.pieces[met])
        size = self.size[met].copy()
        size[~whole] = self.measured(shapely.intersection(self.pieces[met[~whole]], shape))
        gained, people = float(size.sum()), float((size * self.density[met]).sum())
        return Gain(gained, people, people if self.by == "people" else gained)


def ranked(gaps: Gaps, shapes: np.ndarray, first: int) -> list[tuple[int, Gain]]:
    """Service areas in the order in which they add most, each with what it adds to those before it.

    The first ones (fixed sites) stay in front, in an order of their own.
    """
    made: list[tuple[int, Gain]] = []
    taken: list[shapely.Geometry] = []
    for part in (range(first), range(first, len(shapes))):
        heap = [(-gaps.gain(shapes[n]).counts, n, -1) for n in part]
        heapq.heapify(heap)
        while heap:
            value, n, known = heapq.heappop(heap)
            if known != len(taken):  # gains only fall: one that is still the largest when told anew is the largest
                heapq.heappush(heap, (-gaps.gain(_less(shapes[n], taken)).counts, n, len(taken)))
                continue
            made.append((n, gaps.gain(_less(shapes[n], taken))))
            taken.append(shapes[n])
    return made


def _less(shape: shapely.Geometry, others: list[shapely.Geometry]) -> shapely.Geometry:
    near = [o for o in others if shapely.intersects(o, shape)]
    return shapely.difference(shape, shapely.union_all(near)) if near else shape


def refined(gaps: Gaps, facility: Facility, shapes: np.ndarray, spacing_m: float,
            permitted: Callable[[int, shapely.Geometry, np.ndarray], bool]) -> np.ndarray:
    """Sites moved to where they add more, one after the other, by pattern search on exact sizes.

    permitted(n, shape, shapes): whether site n may be this shape among the others.
    """
    made = shapes.copy()
    radius = np.full(len(made), facility.radius_m)
    areas = service_areas(made, radius)
    for n in range(len(made)):
        others = shapely.union_all([a for m, a in enumerate(areas) if m != n and shapely.intersects(a, shapely.envelope(
            shapely.buffer(areas[n], spacing_m)))]) if len(made) > 1 else _EMPTY
        x, y = shapely.get_coordinates(shapely.centroid(made[n]))[0]
        best = gaps.gain(shapely.difference(areas[n], others)).counts
        looks, step = 0, 0
        while step < len(STEPS) and looks < MOVES:
            moved = False
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                by = spacing_m / STEPS[step]
                shape = facility.at(np.array([x + dx * by]), np.array([y + dy * by]))[0]
                looks += 1
                if not permitted(n, shape, made):
                    continue
                area = service_areas(np.array([shape]), radius[:1])[0]
                if (value := gaps.gain(shapely.difference(area, others)).counts) > best * (1 + 1e-6):
                    best, x, y, made[n], areas[n], moved = value, x + dx * by, y + dy * by, shape, area, True
                    break
            step += not moved
    return made
