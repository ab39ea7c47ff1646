"""What a new facility is and how far it serves, by the tiers of a rule: a point, or the least square of a tier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from registry import geo
from registry.coverage.siting.ask import Ask, wrong
from registry.coverage.straight import QUAD_SEGS
from registry.standards.service import Edition, Tier

_TOUCH_M, _SNAP_M = 1e-3, 1e-4  # as coverage_facility.sql: stored coordinates are snapped to at most 0.1 mm
_FLAT = shapely.Polygon()


@dataclass(frozen=True)
class Facility:
    """tier: what is built where nothing is drawn, number from 1; side_m: of its least square, 0 for a point.

    radius_m: how far that serves. fixed_radius_m: radius of whatever is drawn (None: by its tier). srid: working CRS.
    historic: where tiers for historic districts hold. All metres in the working CRS.
    """

    tiers: tuple[Tier, ...]
    tier: Tier
    number: int
    fixed_radius_m: float | None
    historic: shapely.Geometry
    srid: int

    @property
    def side_m(self) -> float:
        return float(np.sqrt(self.tier.min_m2))

    @property
    def radius_m(self) -> float:
        return self.fixed_radius_m or self.tier.radius_m

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The facility around these places, as it would be stored and read again."""
        half = self.side_m / 2
        made = shapely.box(x - half, y - half, x + half, y + half) if half else shapely.points(x, y)
        return self.stored(np.atleast_1d(made))

    def stored(self, shapes: np.ndarray) -> np.ndarray:
        """Shapes as the registry would keep them: through degrees of 1e-9 and back."""
        there, back = geo.transformer(self.srid, geo.STORED), geo.transformer(geo.STORED, self.srid)

        def way(xy: np.ndarray) -> np.ndarray:
            degrees = geo.snap(np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
            return np.column_stack(back.transform(degrees[:, 0], degrees[:, 1]))

        made: np.ndarray = shapely.transform(shapes, way)
        return made

    def fits(self, shapes: np.ndarray) -> np.ndarray:
        """Whether what is built serves there: a tier for historic districts does where it touches one."""
        if not self.tier.needs_historic or self.fixed_radius_m:
            return np.ones(len(shapes), dtype=bool)
        touching: np.ndarray = shapely.distance(shapes, self.historic) <= _TOUCH_M
        return touching

    def radii(self, shapes: np.ndarray) -> np.ndarray:
        """How far each drawn shape serves, by area and bounds as coverage judges them; NaN: below every tier."""
        if self.fixed_radius_m:
            return np.full(len(shapes), self.fixed_radius_m)
        at_most = shapely.area(shapes) + np.where(shapely.area(shapes) > 0, shapely.length(shapes), 0) * _SNAP_M
        historic = shapely.distance(shapes, self.historic) <= _TOUCH_M
        radius = np.full(len(shapes), np.nan)
        for tier in self.tiers:
            fits = (at_most >= tier.min_m2) & (at_most < (np.inf if tier.max_m2 is None else tier.max_m2))
            radius = np.where(fits & (historic | (not tier.needs_historic)), np.fmax(radius, tier.radius_m), radius)
        return radius


def wanted(edition: Edition, ask: Ask, historic: shapely.Geometry | None, srid: int) -> Facility:
    """What the question and the rule make of a new facility: the tier asked for, else the smallest that holds anywhere."""
    tiers = edition.tiers
    if ask.tier is not None and not 1 <= ask.tier <= len(tiers):
        raise wrong("tier", ask.tier, f"应为 1～{len(tiers)}", f"it must be from 1 to {len(tiers)}")
    anywhere = [n for n, t in enumerate(tiers) if not t.needs_historic] or range(len(tiers))
    number = ask.tier - 1 if ask.tier else min(anywhere, key=lambda n: (tiers[n].min_m2, -tiers[n].radius_m, n))
    return Facility(tiers, tiers[number], number + 1, ask.radius_m, historic or _FLAT, srid)


def service_areas(shapes: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """What each serves: the buffer from its boundary that the filed figure has."""
    made: np.ndarray = shapely.buffer(shapes, radius_m, quad_segs=QUAD_SEGS)
    return made
