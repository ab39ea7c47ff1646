"""Bridges where roads cross water or an expressway, two road tunnels, and the eleven utility tunnels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from shapely.geometry import LineString, Point
from shapely.ops import substring

from sample_gis.lattice import Water
from sample_gis.names import TUNNEL_ROADS
from sample_gis.streets import Network, Road

BRIDGES, LARGE, HUGE = 121, 16, 1   # a tenth of the plan's 1207, 163 and 10 (the last rounded)
TUNNELS = (("望山隧道", 355.0), ("环城下穿隧道", 212.0))  # together a tenth of 5669 m
CARE = {"expressway": "Ⅱ类", "arterial": "Ⅲ类", "secondary": "Ⅳ类", "branch": "Ⅴ类", "alley": "Ⅴ类"}


@dataclass
class Span:
    """A piece of a road with its own row."""

    line: LineString
    road: Road
    facts: dict = field(default_factory=dict)


def crossings(network: Network, waters: list[Water]) -> list[Span]:
    """Every place where a road meets water, with the length that a bridge needs there."""
    found = []
    for road in network.roads:
        for water in waters:
            meeting = road.path.intersection(water.line)
            for point in getattr(meeting, "geoms", [meeting] if not meeting.is_empty else []):
                along = road.path.project(point)
                length = water.width / max(0.5, _sine(road.path, water.line, point)) + (24 if water.main else 7)
                found.append(_span(road, along, length, {"over": water.name, "kind": "跨河桥", "main": water.main}))
    return found


def _sine(one: LineString, other: LineString, at: Point) -> float:
    """Sine of the angle at which two lines cross."""
    directions = []
    for line in (one, other):
        d = line.project(at)
        a, b = line.interpolate(max(0, d - 5)), line.interpolate(min(line.length, d + 5))
        directions.append(np.array([b.x - a.x, b.y - a.y]) / max(a.distance(b), 1e-9))
    return abs(directions[0][0] * directions[1][1] - directions[0][1] * directions[1][0])


def _span(road: Road, along: float, length: float, facts: dict) -> Span:
    low = max(0.0, min(along - length / 2, road.path.length - length))
    line = substring(road.path, low, min(low + length, road.path.length))
    return Span(line, road, {**facts, "length": round(line.length, 1)})


def flyovers(network: Network) -> list[Span]:
    """Main roads crossing an expressway do it on a bridge of 100 to 180 m."""
    result = []
    fast = [r for r in network.roads if r.road_class == "expressway"]
    for road in network.roads:
        for other in fast:
            if road.axis == other.axis or road.road_class not in ("arterial", "expressway"):
                continue
            meeting = road.path.intersection(other.path)
            if meeting.geom_type != "Point" or (road.road_class == "expressway" and road is fast[0]):
                continue
            along = road.path.project(meeting)
            if 60 < along < road.path.length - 60:
                result.append(_span(road, along, 110.0 + 7 * (len(result) % 9),
                                    {"over": other.name, "kind": "立交桥", "main": False}))
    return result


def bridges(network: Network, waters: list[Water], rng: np.random.Generator, scale: float) -> list[Span]:
    """The planned number by size; of what crosses more, the smallest are culverts and have no row."""
    wanted, large = round(BRIDGES * scale), round(LARGE * scale)
    spans = crossings(network, waters)
    huge = next((s for s in spans if s.facts["main"] and s.road.road_class == "expressway"), None)
    if huge is not None:
        middle = huge.road.path.project(huge.line.centroid)
        spans[spans.index(huge)] = huge = _span(huge.road, middle, 1080.0, {**huge.facts, "name": "澄江大桥"})
    river = [s for s in spans if s.facts["main"] and s is not huge]
    over = flyovers(network)[:max(0, large - len(river))]
    canal = sorted((s for s in spans if not s.facts["main"] and s.facts["length"] < 100),
                   key=lambda s: -s.road.width * s.facts["length"])
    result = ([huge] if huge else []) + river + over
    result += canal[:max(0, wanted - len(result))]
    for span in result:
        _describe(span, rng)
    return result


def _describe(span: Span, rng: np.random.Generator) -> None:
    facts, road = span.facts, span.road
    length = facts["length"]
    size = "特大桥" if length >= 1000 else "大桥" if length >= 100 else "中桥" if length >= 30 else "小桥"
    where = "" if facts["kind"] == "立交桥" else facts["over"]
    facts.setdefault("name", f"{road.name}{where}{'立交' if not where else ''}桥")
    facts.update(size=size, care="Ⅰ类" if size == "特大桥" else CARE[road.road_class],
                 width=round(road.width * 0.9, 1), spans=max(1, round(length / 25)),
                 rail=str(rng.choice(["无隐患", "Ⅰ类", "Ⅱ类", "Ⅲ类"], p=[0.72, 0.15, 0.1, 0.03])))


def tunnels(network: Network) -> list[Span]:
    """Two road tunnels under main roads."""
    result = []
    long = [r for r in network.roads if r.path.length > 1500] or network.roads
    roads = [r for r in long if r.road_class in ("arterial", "secondary")] or long
    for n, (name, length) in enumerate(TUNNELS):
        road = roads[(3 + 4 * n) % len(roads)]
        result.append(_span(road, road.path.length * (0.22 + 0.1 * n), length, {"name": name, "width": 18.0}))
    return result


def utility_tunnels(network: Network) -> list[Span]:
    """The plan's eleven pieces: along the road of that name as far as it goes, the surveyed length in full."""
    by_name = {r.name: r for r in network.roads}
    states = ["运营"] * 5 + ["在建"] * 3 + ["规划"] * 3
    result = []
    for n, (name, km) in enumerate(TUNNEL_ROADS):
        road = by_name.get(name) or max(network.roads, key=lambda r: r.path.length)
        span = _span(road, road.path.length / 2, km * 1000, {})
        span.facts.update(name=f"{name}综合管廊", length=round(km * 1000, 1), status=states[n],
                          start=_cross_road(network, road, span.line.coords[0]),
                          end=_cross_road(network, road, span.line.coords[-1]))
        result.append(span)
    return result


def _cross_road(network: Network, road: Road, at: tuple) -> str:
    """The other road nearest to a place on a road."""
    point = Point(at)
    return min((r for r in network.roads if r is not road and r.axis != road.axis),
               key=lambda r: r.path.distance(point)).name
