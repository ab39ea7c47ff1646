"""Candidates where nobody named any: a grid over the blind spots and as far around them as a facility serves."""

from __future__ import annotations

import numpy as np
import scipy  # loads its parts where they are first used: at each start, signal would cost a second
import shapely

from registry.coverage.siting.ask import wrong
from registry.coverage.siting.candidates import Candidates, Ground
from registry.coverage.siting.demand import Demand
from registry.coverage.siting.facility import Facility

SPACING_M, PART = 100.0, 3  # of the grid; of small radii this part, since 100 m would miss places
SCREENED = 2_000  # candidates that cover most: enough for what is found to be refined afterwards
CLOSING = 6_000  # candidates that close all: the grid is widened until there are no more, to WIDEST of the radius
WIDEST = 0.7  # every place still has a node within half a radius, so that no blind spot is beyond all of them
_CELLS = 4_000_000


def generated(demand: Demand, facility: Facility, ground: Ground, weight: np.ndarray, *, closing: bool) -> Candidates:
    """Places in the order of what they cover roughly, in the working CRS.

    For covering most the best of each quarter of a service area first, so that far blind spots have candidates too.
    Whether the ground is free, public or flat is not known here.
    """
    reach_m = facility.radius_m + facility.side_m / 2
    spacing_m = min(SPACING_M, facility.radius_m / PART)
    points = shapely.get_coordinates(demand.points)
    if not len(points) or not weight.sum() > 0:
        return _made(np.empty((0, 2)), facility, spacing_m)
    while True:
        xy, score = _scored(points, weight, spacing_m, reach_m) if _cells(points, spacing_m, reach_m) <= _CELLS else (None, None)
        if xy is not None and score is not None and (not closing or len(xy) <= CLOSING or spacing_m >= WIDEST * reach_m):
            break
        spacing_m = min(spacing_m * 1.25, WIDEST * reach_m) if closing and xy is not None else spacing_m * 1.25
    if closing:
        if len(xy) > 4 * CLOSING:
            raise wrong("all", len(xy), "盲区太广，请按区（district）分别求解", "the blind spots are too wide; ask district by district")
    else:
        xy = xy[_spread(xy, score, reach_m / 2)][:3 * SCREENED]
    made = _made(xy, facility, spacing_m)
    made = made.only(facility.fits(made.shapes), "not_historic")
    made = made.only(~ground.avoided(made.shapes), "avoided")
    made = made.only(~ground.outside(made.shapes), "outside_district")
    return made if closing else _first(made, SCREENED)


def identity(shape: shapely.Geometry) -> str:
    """The name of a generated site: its place in the working CRS to the metre."""
    centre = shapely.centroid(shape)
    return f"E{centre.x:.0f}N{centre.y:.0f}"


def _made(xy: np.ndarray, facility: Facility, spacing_m: float) -> Candidates:
    shapes = facility.at(xy[:, 0], xy[:, 1]) if len(xy) else np.empty(0, dtype=object)
    return Candidates([identity(s) for s in shapes], shapes, np.full(len(shapes), facility.radius_m), np.ones(len(shapes)),
                      "grid", spacing_m=spacing_m)


def _first(found: Candidates, count: int) -> Candidates:
    if len(found.ids) <= count:
        return found
    kept = found.only(np.arange(len(found.ids)) < count, "screened")
    del kept.left_out["screened"]
    return kept


def _cells(points: np.ndarray, spacing_m: float, reach_m: float) -> float:
    size = np.ptp(points, axis=0) + 2 * reach_m
    return float(np.prod(size / spacing_m + 3))


def _scored(points: np.ndarray, weight: np.ndarray, spacing_m: float, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes that have any demand within reach, and roughly how much: the demand of the cells in a disc around each."""
    around = int(np.ceil(reach_m / spacing_m))
    low = np.floor(points.min(axis=0) / spacing_m).astype(np.int64) - around
    place = np.round(points / spacing_m).astype(np.int64) - low
    size = place.max(axis=0) + around + 1
    cells = np.zeros(size)
    np.add.at(cells, (place[:, 0], place[:, 1]), weight)
    n = np.arange(-around, around + 1) * spacing_m
    disc = (n[:, None] ** 2 + n[None, :] ** 2 <= reach_m ** 2).astype(float)
    # Rounded, since the transform leaves noise that would decide between equals.
    score = np.round(scipy.signal.fftconvolve(cells, disc, mode="same") / cells.sum(), 9)
    at = np.argwhere(score > 0)
    return (at + low) * spacing_m, score[at[:, 0], at[:, 1]]


def _spread(xy: np.ndarray, score: np.ndarray, side_m: float) -> np.ndarray:
    """The order: the best node of every block, then the second of every block, and so on, the better first."""
    block = np.unique(np.floor(xy / side_m).astype(np.int64), axis=0, return_inverse=True)[1].ravel()
    best = np.lexsort((np.arange(len(xy)), -score, block))
    starts = np.r_[0, np.flatnonzero(np.diff(block[best])) + 1]
    rank = np.empty(len(xy), dtype=np.int64)
    rank[best] = np.arange(len(xy)) - np.repeat(starts, np.diff(np.r_[starts, len(xy)]))
    return np.lexsort((np.arange(len(xy)), -score, rank))
