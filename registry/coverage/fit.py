"""How well a layer lies on the roads, as it is stored and as it would be if it were of a public map's coordinates; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from registry import geo
from registry.shifted import SHIFTED

SAMPLES = 800  # points of outlines, or features that are points
FEW = 10  # points, or metres of outline by the hundred, below which nothing is told
CAP_M, CLOSE_M = 60.0, 10.0  # farther is far; how near a road counts as along it
DIRECTIONS, REACH = 9, (0.5, 0.75, 1.0, 1.3)  # controls: moved anywhere else by as much
CLEAR = 3.5  # standard deviations below the controls, and below each of them
BETTER = 2.0  # standard deviations that another datum must fit better than what is stored
_SPREAD = np.array([0.005, 0.005, 0.3])  # of the measures: a smaller standard deviation than this is chance
_MOST_OUTSIDE = 0.5
MEASURES = ("roads_inside", "away_from_roads", "distance_m")
STORED = "stored"


@dataclass(frozen=True)
class Roads:
    """Lines in a working CRS, where they lie, and the area that they are known of."""

    lines: np.ndarray
    tree: shapely.STRtree
    hull: Any
    srid: int

    @classmethod
    def of(cls, lines: np.ndarray, srid: int) -> Roads:
        hull = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(lines)))
        shapely.prepare(hull)
        return cls(lines, shapely.STRtree(lines), hull, srid)


@dataclass(frozen=True)
class Outline:
    """Points of a layer (n × 2 metres), spread evenly, and the polygon each is of; shapes None: they are points."""

    xy: np.ndarray
    of: np.ndarray
    shapes: np.ndarray | None

    @classmethod
    def drawn(cls, shapes: np.ndarray) -> Outline:
        kind = shapely.get_dimensions(shapes)
        if not (kind == 2).any():
            xy = shapely.get_coordinates(shapely.centroid(shapes))[:: max(1, len(shapes) // SAMPLES)]
            return cls(xy, np.arange(len(xy)), None)
        shapes = shapes[kind == 2]
        rings, of = shapely.get_parts(shapely.boundary(shapes), return_index=True)
        ends = np.cumsum(shapely.length(rings))
        at = (np.arange(SAMPLES) + 0.5) / SAMPLES * ends[-1]
        ring = np.minimum(np.searchsorted(ends, at), len(rings) - 1)
        points = shapely.line_interpolate_point(rings[ring], at - ends[ring] + shapely.length(rings[ring]))
        shapely.prepare(shapes)
        return cls(shapely.get_coordinates(points), of[ring], shapes)

    @property
    def enough(self) -> bool:
        return len(self.xy) >= FEW


@dataclass(frozen=True)
class Tried:
    """One hypothesis: the MEASURES and, a row each, those of its controls."""

    measured: np.ndarray
    controls: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """Standard deviations below the mean of the controls, of each measure."""
        return np.asarray((self.controls.mean(axis=0) - self.measured) / np.maximum(self.controls.std(axis=0), _SPREAD))

    @property
    def score(self) -> float:
        return float(self.scores.max())

    @property
    def clear(self) -> bool:
        """Whether one measure is far below the controls and below each of them."""
        return bool(((self.scores >= CLEAR) & (self.measured < self.controls.min(axis=0))).any())

    def as_dict(self, key: str) -> dict[str, Any]:
        least, mean = self.controls.min(axis=0), self.controls.mean(axis=0)
        return {"key": key, "score": self.score, "clear": self.clear, "controls": len(self.controls),
                **{name: {"value": float(self.measured[n]), "controls_mean": float(mean[n]), "controls_least": float(least[n])}
                   for n, name in enumerate(MEASURES)}}


def judge(outline: Outline, roads: Roads) -> dict[str, Any]:
    """Verdict and evidence of a layer: `agree`, `mixed` (with `looks_like`), or `unknown` with the reason.

    MEASURES, all low where a layer lies as it should: the share of the outline whose nearest road lies inside its own
    polygon, one less the mean closeness to a road, and the mean distance to one. Each is compared with what it is after
    moving the layer in every direction (controls); `score` is how many standard deviations below them the best of them is.
    Another datum is tried only where the stored coordinates fit nothing.
    """
    moves = _moves(outline.xy, roads.srid)
    if not moves:
        return {"verdict": "unknown", "why": "not_shifted_here"}
    if not outline.enough:
        return {"verdict": "unknown", "why": "too_few"}
    length_m = float(np.hypot(*(moves[f"layer:{SHIFTED[0].key}"] - outline.xy).mean(axis=0)))
    stored = _tried(outline, roads, outline.xy, length_m)
    if stored is not None and stored.clear:
        return {"verdict": "agree", "why": None, "hypotheses": [stored.as_dict(STORED)]}
    others = {key: t for key, xy in moves.items() if (t := _tried(outline, roads, xy, length_m)) is not None}
    told = [t.as_dict(key) for key, t in ({STORED: stored} if stored else {}).items()] + [t.as_dict(k) for k, t in others.items()]
    clear = {key: t for key, t in others.items() if t.clear and (stored is None or t.score - stored.score >= BETTER)}
    if clear:
        return {"verdict": "mixed", "why": None, "looks_like": max(clear, key=lambda k: clear[k].score), "hypotheses": told}
    return {"verdict": "unknown", "why": "no_clear_fit" if stored else "beyond_the_roads", "hypotheses": told}


# -- inside --------------------------------------------------------------------------------------
def _moves(xy: np.ndarray, srid: int) -> dict[str, np.ndarray]:
    """Where the points would be if the layer were shifted (taken back), or the roads were (shifted like them)."""
    degrees = np.column_stack(geo.transformer(srid, geo.STORED).transform(xy[:, 0], xy[:, 1]))
    there = geo.transformer(geo.STORED, srid)
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
    for shift in SHIFTED:
        ways |= {f"layer:{shift.key}": shift.back, f"roads:{shift.key}": shift.shift}
    found = {key: np.column_stack(there.transform(*way(degrees).T)) for key, way in ways.items()}
    return {key: moved for key, moved in found.items() if len(xy) and np.hypot(*(moved - xy).T).max() > CAP_M}


def _tried(outline: Outline, roads: Roads, xy: np.ndarray, length_m: float) -> Tried | None:
    """The points at xy against the same moved about length_m in every direction; None where the roads do not reach."""
    measured = _measured(outline, roads, xy)
    controls = [m for by in _controls(length_m) if (m := _measured(outline, roads, xy + by)) is not None]
    return Tried(measured, np.array(controls)) if measured is not None and len(controls) >= DIRECTIONS else None


def _controls(length_m: float) -> list[np.ndarray]:
    """Moves (metres), DIRECTIONS for each of REACH, turned against each other."""
    turns = [2 * np.pi * (np.arange(DIRECTIONS) + n / len(REACH)) / DIRECTIONS for n in range(len(REACH))]
    return [length_m * far * np.array([np.cos(a), np.sin(a)]) for far, angles in zip(REACH, turns, strict=True) for a in angles]


def _measured(outline: Outline, roads: Roads, xy: np.ndarray) -> np.ndarray | None:
    """The MEASURES with the points at xy; None where the roads are not known of most of them."""
    known = shapely.contains_xy(roads.hull, xy[:, 0], xy[:, 1])
    if known.mean() < _MOST_OUTSIDE:
        return None
    points = shapely.points(xy[known])
    (which, road), away = roads.tree.query_nearest(points, max_distance=CAP_M, return_distance=True, all_matches=False)
    close = np.exp(-(away / CLOSE_M) ** 2).sum() / len(points)
    distance_m = (away.sum() + CAP_M * (len(points) - len(which))) / len(points)
    inside = 0.0
    if outline.shapes is not None:
        lines = roads.lines[road]
        near = shapely.get_coordinates(shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, points[which])))
        back = near - (xy - outline.xy)[known][which]
        inside = float(shapely.contains_xy(outline.shapes[outline.of[known][which]], back[:, 0], back[:, 1]).sum()) / len(points)
    return np.array([inside, 1 - close, distance_m])
