"""Sites chosen of the candidates for one demand, and what each of them really adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from registry.coverage.siting import candidates, exact, reach, solve
from registry.coverage.siting.ask import Ask
from registry.coverage.siting.candidates import Candidates, Ground
from registry.coverage.siting.demand import Demand
from registry.coverage.siting.exact import Gain, Gaps
from registry.coverage.siting.facility import Facility, service_areas
from registry.coverage.siting.grid import identity
from registry.coverage.siting.problem import Problem
from registry.coverage.siting.solve import Solution
from registry.coverage.straight import SLIVER_M2

REFINED = 25  # sites of one answer that are moved about: each costs some forty looks


@dataclass(frozen=True)
class Site:
    """One site: the candidate (its column), what is built there, how far it serves and what it adds to those before it."""

    column: int
    id: str
    shape: shapely.Geometry
    radius_m: float
    gain: Gain
    fixed: bool


@dataclass(frozen=True)
class Chosen:
    """Sites in the order of what they add; the solution they come from; polygons that nobody reaches and their pieces.

    left, left_of: None where that is not known (sites generated and screened). sha256: of the matrix. moved: whether
    sites were moved from where the grid had them.
    """

    sites: list[Site]
    solution: Solution
    left: np.ndarray | None
    left_of: np.ndarray | None
    sha256: str
    moved: bool


def choose(demand: Demand, found: Candidates, facility: Facility, ground: Ground, ask: Ask) -> Chosen:
    """The sites of one question; nothing is read. BadValue where constraints contradict each other."""
    by = ask.weight or "area"
    columns = candidates.fixed(found, ask)
    close = candidates.apart(found.shapes, ask.spacing_m, columns)
    left: np.ndarray | None = None
    left_of: np.ndarray | None = None
    if ask.all:
        whole = reach.by_whole(demand.pieces, service_areas(found.shapes, found.radius_m), demand.measured)
        problem = Problem(whole.reach, whole.size, found.cost, columns, close)
        solution = solve.cover_all(problem, ask.time_limit_s)
        left, left_of = whole.left, whole.left_of
    else:
        problem = Problem(reach.by_points(demand.points, found.shapes, found.radius_m), demand.weight(by), found.cost,
                          columns, close, ask.p, ask.budget)
        solution = solve.cover_most(problem, ask.time_limit_s)
        if not found.generated:
            alone = np.flatnonzero(np.diff(problem.reach.indptr) == 0)
            left, left_of = demand.pieces[alone], alone
    chosen = sorted(solution.chosen, key=lambda j: (j not in columns, j))
    shapes, gaps = found.shapes[chosen], Gaps(demand, by)
    moved = found.generated and not ask.all and 0 < len(chosen) <= REFINED
    if moved:
        shapes = exact.refined(gaps, facility, shapes, found.spacing_m or 0.0, _Permits(ground, facility, ask.spacing_m))
    areas = service_areas(shapes, found.radius_m[chosen])
    sites = [Site(chosen[n], identity(shapes[n]) if found.generated else found.ids[chosen[n]], shapes[n],
                  float(found.radius_m[chosen[n]]), gain, n < len(columns))
             for n, gain in exact.ranked(gaps, areas, len(columns))]
    # One that closes no blind spot is none; a fixed one stands all the same.
    return Chosen([s for s in sites if s.fixed or s.gain.size >= SLIVER_M2], solution, left, left_of, problem.sha256, moved)


class _Permits:
    """Whether a generated site may be moved to a place: free ground, the right district, far enough from the others."""

    def __init__(self, ground: Ground, facility: Facility, spacing_m: float | None) -> None:
        self.ground, self.facility, self.spacing_m = ground, facility, spacing_m

    def __call__(self, n: int, shape: shapely.Geometry, shapes: np.ndarray) -> bool:
        one = np.array([shape])
        if self.ground.avoided(one)[0] or self.ground.outside(one)[0] or not self.facility.fits(one)[0]:
            return False
        others = np.delete(shapes, n)
        return not self.spacing_m or not len(others) or bool((shapely.distance(others, shape) >= self.spacing_m).all())
