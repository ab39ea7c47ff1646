"""Public toilets and refuse transfer stations."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import Point

from sample_gis.blocks import Ground
from sample_gis.lamps import beside
from sample_gis.land import Land

TOILETS = {"一类": 44, "二类": 364, "三类": 382}  # the plan's 790, not a tenth: the issue asks for them
STATIONS = 16
MODES = (("人力", 12, 8), ("小型机动车", 60, 12), ("中型机动车", 180, 4))  # mode, typical t/d, weight


def toilets(ground: Ground, land: Land, rng: np.random.Generator, scale: float) -> list[tuple[Point, str, str]]:
    """(place, class, beside what): the first class at parks, the second on main roads, the third elsewhere."""
    parks = [p.shape.representative_point() for p in land.parks if p.facts["build_status"] == "建成"]
    spots = {"一类": [(p, "公园") for p in parks], "二类": [], "三类": []}
    for road in ground.network.roads:
        kind = "二类" if road.road_class in ("arterial", "secondary") else "三类"
        if road.road_class == "expressway":
            continue
        for side in (-1, 1):
            row = beside(road.path, 150 if kind == "二类" else 100, side * (road.width / 2 + 7), 0.3 + 0.2 * side)
            spots[kind] += [(Point(xy), road.name) for xy in row]
    result = []
    for kind, wanted in TOILETS.items():
        wanted = round(wanted * scale)
        pool = spots[kind]
        more = [(Point(b.land.representative_point()), "街区") for b in ground.blocks]
        while len(pool) < wanted:  # a town with few parks puts the rest into its blocks
            pool = pool + [(Point(p.x + 9 * len(pool) % 31, p.y - 13 * len(pool) % 37), at) for p, at in more]
        result += [(*pool[n], kind) for n in sorted(rng.choice(len(pool), wanted, replace=False))]
    return [(shapely.set_precision(p, 0.001), kind, at) for p, at, kind in result]


def stations(ground: Ground, land: Land, rng: np.random.Generator, scale: float) -> list[tuple[Point, str, float]]:
    """(place, way of collection, t/d) in blocks without homes, spread over the town."""
    free = [b for n, b in enumerate(ground.blocks) if n not in land.taken] or ground.blocks
    wanted = max(3, round(STATIONS * scale))
    chosen: list[Point] = []
    gap = 900.0
    while len(chosen) < wanted:
        for n in rng.permutation(len(free)):
            at = free[int(n)].land.representative_point()
            if len(chosen) < wanted and all(at.distance(o) >= gap for o in chosen):
                chosen.append(at)
        gap *= 0.8
    weights = np.array([m[2] for m in MODES], float)
    result = []
    for n, at in enumerate(chosen):  # the first three show every way of collection
        mode, typical, _ = MODES[n if n < 3 else int(rng.choice(3, p=weights / weights.sum()))]
        result.append((shapely.set_precision(at, 0.001), mode, round(typical * float(rng.uniform(0.7, 1.6)))))
    return result
