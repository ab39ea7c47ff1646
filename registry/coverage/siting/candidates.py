"""Where something may be built: candidates of a class or zone kind, of a file, or generated; and which of them fall away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from registry.coverage.siting.ask import Ask, wrong
from registry.coverage.siting.facility import Facility
from registry.kinds import Label

MOST_PAIRS, AT_ONCE = 3_000_000, 500  # of candidates too close to each other, and how many are looked at in one go

LEFT_OUT = {
    "forbidden": Label("被禁止", "Forbidden"), "avoided": Label("在避让范围内", "Within what is to be avoided"),
    "outside_district": Label("不在该区内", "Outside the district"), "too_small": Label("规模或字段不属于任何一档", "Of no tier, by size or fields"),
    "filtered": Label("规则不计的", "Not what the rule counts"),
    "outside_city": Label("远在城市范围之外", "Far outside the city"),
    "no_geometry": Label("没有图形", "No geometry"), "no_cost": Label("没有费用", "No cost"),
    "not_historic": Label("不在历史街区", "Touches no historic district")}


@dataclass(frozen=True)
class Candidates:
    """Candidates in the working CRS, in an order that does not change from run to run.

    shapes: what would be built, from whose boundary it serves. cost: 1 each where none is known. fixed: positions.
    generated: spacing_m of the grid (None: given). source: what they were read from. path: of each in the web, or None.
    """

    ids: list[str]
    shapes: np.ndarray
    radius_m: np.ndarray
    cost: np.ndarray
    source: str
    names: list[str | None] = field(default_factory=list)
    paths: list[str | None] = field(default_factory=list)
    spacing_m: float | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def generated(self) -> bool:
        return self.spacing_m is not None

    def only(self, keep: np.ndarray, reason: str) -> Candidates:
        """Those of a mask; the others are counted by the reason."""
        if keep.all():
            return self
        kept = np.flatnonzero(keep)
        return replace(self, ids=[self.ids[n] for n in kept], names=[self.names[n] for n in kept] if self.names else [],
                       paths=[self.paths[n] for n in kept] if self.paths else [], shapes=self.shapes[keep],
                       radius_m=self.radius_m[keep], cost=self.cost[keep],
                       left_out=self.left_out + Counter({reason: int((~keep).sum())}))


@dataclass(frozen=True)
class Ground:
    """Where nothing may be built: outside a district, within what is to be avoided (polygons of the working CRS)."""

    within: shapely.Geometry | None = None
    avoid: shapely.Geometry | None = None

    def __post_init__(self) -> None:
        shapely.prepare([g for g in (self.within, self.avoid) if g is not None])

    def outside(self, shapes: np.ndarray) -> np.ndarray:
        """A site stands where a point on it does."""
        if self.within is None:
            return np.zeros(len(shapes), dtype=bool)
        found: np.ndarray = ~shapely.intersects(self.within, shapely.point_on_surface(shapes))
        return found

    def avoided(self, shapes: np.ndarray) -> np.ndarray:
        if self.avoid is None:
            return np.zeros(len(shapes), dtype=bool)
        found: np.ndarray = shapely.intersects(self.avoid, shapes) & ~shapely.touches(self.avoid, shapes)
        return found


def permitted(found: Candidates, ground: Ground, ask: Ask) -> Candidates:
    """The candidates that may be chosen; BadValue where one that must be chosen is none, or an id is unknown."""
    known = set(found.ids)
    for name in ("fixed", "forbidden"):
        if unknown := sorted(set(getattr(ask, name)) - known):
            raise wrong(name, unknown[0], "没有这个备选点", "there is no such candidate")
    made = found.only(~np.isnan(found.radius_m), "too_small")
    made = made.only(~np.isnan(made.cost) & (made.cost > 0), "no_cost")
    made = made.only(~np.isin(np.array(made.ids, dtype=object), list(ask.forbidden)), "forbidden")
    made = made.only(~ground.avoided(made.shapes), "avoided")
    made = made.only(~ground.outside(made.shapes), "outside_district")
    if gone := sorted(set(ask.fixed) - set(made.ids)):
        raise wrong("fixed", gone[0], "这个备选点不能用", "this candidate cannot be used")
    return made


def fixed(found: Candidates, ask: Ask) -> np.ndarray:
    """The positions of those that must be chosen; BadValue where they break the other constraints."""
    places = {id_: n for n, id_ in enumerate(found.ids)}
    columns = np.array(sorted(places[i] for i in set(ask.fixed)), dtype=np.int64)
    if not ask.all and ask.p is not None and len(columns) > ask.p:
        raise wrong("fixed", len(columns), f"必选的多于 {ask.p} 处", f"more are fixed than the {ask.p} sites asked for")
    if not ask.all and ask.budget is not None and found.cost[columns].sum() > ask.budget:
        raise wrong("budget", ask.budget, "不够必选的几处", "it does not pay for the fixed sites")
    return columns


def apart(shapes: np.ndarray, spacing_m: float | None, columns: np.ndarray) -> np.ndarray:
    """(k, 2) pairs nearer to each other than the spacing; BadValue where two fixed ones are, or where it means too many pairs."""
    if not spacing_m or not len(shapes):
        return np.empty((0, 2), dtype=np.int64)
    tree, met, count = shapely.STRtree(shapes), [], 0
    for start in range(0, len(shapes), AT_ONCE):
        one, other = tree.query(shapes[start:start + AT_ONCE], predicate="dwithin", distance=spacing_m)
        met.append(np.stack([one + start, other])[:, one + start < other])
        if (count := count + met[-1].shape[1]) > MOST_PAIRS:
            raise wrong("spacing_m", spacing_m, f"备选点太密：相距不足此数的超过 {MOST_PAIRS:,} 对，请减小间距或减少备选点",
                        f"more than {MOST_PAIRS:,} pairs of candidates are nearer than this; ask for less spacing or fewer candidates")
    first, second = np.concatenate(met, axis=1)
    close = shapely.distance(shapes[first], shapes[second]) < spacing_m - 1e-6
    pairs = np.column_stack([first[close], second[close]]).astype(np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    if np.isin(pairs, columns).all(axis=1).any():
        raise wrong("fixed", spacing_m, "必选的两处相距不足 spacing", "two fixed sites are nearer than the spacing")
    return pairs


def drawn(shapes: Iterable[shapely.Geometry | None], facility: Facility, fits: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Shapes of a layer as what would be built: a point where the rule wants an area is the least square around it.

    (shapes, radius in metres): NaN where it serves nobody; of an invalid shape what is valid. fits: see Facility.radii.
    """
    made = np.array([shapely.Polygon() if s is None else s for s in shapes], dtype=object)
    made = shapely.make_valid(shapely.force_2d(made))
    dots = (shapely.get_dimensions(made) == 0) & ~shapely.is_empty(made)
    if facility.side_m and dots.any():
        x, y = shapely.get_coordinates(shapely.centroid(made[dots])).T
        made[dots] = facility.at(x, y)
    radius = facility.radii(made, fits)
    radius[shapely.is_empty(made)] = np.nan
    if facility.side_m:
        radius[dots] = np.where(facility.fits(made[dots]), facility.radius_m, np.nan)
    return made, radius
