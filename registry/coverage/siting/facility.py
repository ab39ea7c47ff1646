"""What a new facility is and how far it serves, by the tiers of a rule: a point, or the least square of a tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from registry import geo
from registry.coverage.siting.ask import Ask, wrong
from registry.coverage.straight import QUAD_SEGS
from registry.standards.figure import UNKNOWN
from registry.standards.service import Edition, Tier

_TOUCH_M, _SNAP_M = 1e-3, 1e-4  # as coverage_facility.sql: stored coordinates are snapped to at most 0.1 mm
_FLAT = shapely.Polygon()


@dataclass(frozen=True)
class Facility:
    """tier: what is built where nothing is drawn, number from 1; side_m: of its least square, 0 for a point.
    Of what is drawn only the size is known, or the tiers that it fits by its fields: else it is of the kind of `tier`.

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

    @property
    def where(self) -> dict[str, list[Any]]:
        """What the fields of the facility say, for the tier to hold."""
        return {name: list(values) for name, values in self.tier.where.items()}

    @property
    def meant(self) -> int:
        """The tiers that ask of the fields what this one asks, as bits."""
        return sum(1 << n for n, t in enumerate(self.tiers) if t.where == self.tier.where)

    def radii(self, shapes: np.ndarray, fits: np.ndarray | None = None) -> np.ndarray:
        """How far each drawn shape serves, by area and bounds as coverage judges them; NaN: of no tier.

        fits: bits of the tiers whose `where` each one's fields meet; None: all are of the kind that is built.
        """
        if self.fixed_radius_m:
            return np.full(len(shapes), self.fixed_radius_m)
        may = np.full(len(shapes), self.meant) if fits is None else fits
        at_most = shapely.area(shapes) + np.where(shapely.area(shapes) > 0, shapely.length(shapes), 0) * _SNAP_M
        historic = shapely.distance(shapes, self.historic) <= _TOUCH_M
        radius = np.full(len(shapes), np.nan)
        for n, tier in enumerate(self.tiers):
            sized = (at_most >= tier.min_m2) & (at_most < (np.inf if tier.max_m2 is None else tier.max_m2))
            holds = sized & ((may >> n) & 1 == 1) & (historic | (not tier.needs_historic))
            radius = np.where(holds, np.fmax(radius, tier.radius_m), radius)
        return radius


def wanted(edition: Edition, ask: Ask, historic: shapely.Geometry | None, srid: int) -> Facility:
    """What the question and the rule make of a new facility: the tier asked for, else the smallest that holds anywhere.

    BadValue for a tier that is none, and for none where it is the fields of a facility that decide (a collection mode).
    """
    tiers = edition.tiers
    if ask.tier is not None and not 1 <= ask.tier <= len(tiers):
        raise wrong("tier", ask.tier, f"应为 1～{len(tiers)}", f"it must be from 1 to {len(tiers)}")
    number = ask.tier or usual(edition)
    if number is None:
        shown = "; ".join(f"{n}: {told(t)}" for n, t in enumerate(tiers, 1))
        raise wrong("tier", "", f"半径由设施的字段决定，请说明建哪一档：{shown}", f"the radius goes by fields of the facility; say which tier is built: {shown}")
    return Facility(tiers, tiers[number - 1], number, ask.radius_m, historic or _FLAT, srid)


def usual(edition: Edition) -> int | None:
    """The tier (from 1) of a facility of which nothing is said: the smallest that holds anywhere; None where fields decide."""
    tiers = edition.tiers
    plain = [n for n, t in enumerate(tiers) if all(UNKNOWN in values for values in t.where.values())]
    if not plain and len({t.radius_m for t in tiers}) > 1:
        return None
    open_ = plain or range(len(tiers))
    anywhere = [n for n in open_ if not tiers[n].needs_historic] or open_
    return 1 + min(anywhere, key=lambda n: (tiers[n].min_m2, -tiers[n].radius_m, n))


def told(tier: Tier) -> str:
    """A tier in short: what it asks of size and fields, and its radius."""
    asked = [f"{name}={','.join(map(str, values))}" for name, values in tier.where.items()]
    size = [f"≥ {tier.min_m2:g} m²"] if tier.min_m2 else []
    return " ".join([*size, *asked, f"{tier.radius_m:g} m"])


def service_areas(shapes: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """What each serves: the buffer from its boundary that the filed figure has."""
    made: np.ndarray = shapely.buffer(shapes, radius_m, quad_segs=QUAD_SEGS)
    return made
