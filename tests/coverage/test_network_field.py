"""Distances on foot: one search from all entrances against a graph in which every place is a node of its own."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.coverage.network.field import Places, distances, field
from registry.coverage.network.graph import Network, build
from registry.coverage.network.layers import stretches
from registry.coverage.network.snap import snap

GRID_M = 0.01


def streets(seed: int, size: int = 12, gone: float = 0.14) -> Network:
    """A bent lattice of streets with some missing, some of them curved."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size) * 100.0, np.arange(size) * 100.0)
    at = np.stack([x, y], axis=-1) + rng.uniform(-30, 30, (size, size, 2))
    pairs = [(at[i, j], at[i, j + 1]) for i in range(size) for j in range(size - 1)]
    pairs += [(at[i, j], at[i + 1, j]) for i in range(size - 1) for j in range(size)]
    kept = [p for p in pairs if rng.random() > gone]
    bent = [np.array([a, (a + b) / 2 + rng.uniform(-9, 9, 2), b]) for a, b in kept]
    return build(np.array([shapely.LineString(line) for line in bent]), grid_m=GRID_M)


def somewhere(network: Network, seed: int, count: int) -> Places:
    """Places at random, some at the ends of edges and some that lie at one spot."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, len(network.edges), count)
    share = np.where(rng.random(count) < 0.1, rng.integers(0, 2, count), rng.random(count))
    return Places(edge, share * network.length_m[edge], rng.uniform(0, 60, count) * (rng.random(count) < 0.8), np.arange(count))


def brute_force(network: Network, entrances: Places, places: Places) -> np.ndarray:
    """Every place and entrance is a node between the pieces of its edge; a search from all entrances by a plain heap."""
    stops: dict[int, list[tuple[float, object]]] = {e: [(0.0, int(network.start[e])), (float(network.length_m[e]), int(network.end[e]))]
                                                   for e in range(len(network.edges))}
    ways: dict[object, list[tuple[object, float]]] = {}
    for name, group in (("in", entrances), ("at", places)):
        for n in range(len(group)):
            stops[int(group.edge[n])].append((float(group.offset_m[n]), (name, n)))
    for along in stops.values():
        along.sort(key=lambda stop: stop[0])
        for (low, one), (high, other) in zip(along, along[1:], strict=False):
            ways.setdefault(one, []).append((other, high - low))
            ways.setdefault(other, []).append((one, high - low))
    queue = [(float(entrances.leg_m[n]), str(n), ("in", n)) for n in range(len(entrances))]
    heapq.heapify(queue)
    done: dict[object, float] = {}
    while queue:
        far, _, node = heapq.heappop(queue)
        if node in done:
            continue
        done[node] = far
        for other, step in ways[node]:
            if other not in done:
                heapq.heappush(queue, (far + step, str(other), other))
    return np.array([done.get(("at", n), np.inf) for n in range(len(places))]) + places.leg_m


@pytest.mark.parametrize("seed", range(3))
def test_one_search_from_all_entrances_equals_a_graph_with_every_place_inserted(seed):
    network = streets(seed, size=25)
    entrances, places = somewhere(network, seed + 10, 60), somewhere(network, seed + 20, 4000)
    expected = brute_force(network, entrances, places)
    found = distances(network, field(network, entrances), entrances, places)
    assert np.array_equal(np.isfinite(found), np.isfinite(expected)) and np.isfinite(found).sum() > 3000
    there = np.isfinite(found)
    assert np.abs(found[there] - expected[there]).max() < 1e-6
    limited = distances(network, field(network, entrances, 300), entrances, places, 300)
    sure = np.abs(expected - 300) > 1e-4
    assert np.array_equal(np.isfinite(limited)[sure], (expected <= 300)[sure]) and 0 < np.isfinite(limited).sum() < 4000


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), limit=st.floats(50, 900), more=st.floats(0, 500))
def test_a_longer_way_allowed_and_an_entrance_more_never_lose_a_place(seed, limit, more):
    network = streets(seed, size=6, gone=0.3)
    entrances, places = somewhere(network, seed + 1, 4), somewhere(network, seed + 2, 60)

    def reached(known: Places, far: float) -> np.ndarray:
        return np.isfinite(distances(network, field(network, known, far), known, places, far))

    fewer = entrances.where(np.arange(len(entrances)) < 3)
    few = reached(fewer, limit)
    assert not (few & ~reached(fewer, limit + more)).any()
    assert not (few & ~reached(entrances, limit)).any()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_way_on_foot_is_shorter_than_the_straight_line(seed):
    network = streets(seed, size=6, gone=0.2)
    rng = np.random.default_rng(seed)
    doors, homes = (shapely.points(rng.uniform(-50, 600, (n, 2))) for n in (5, 50))
    entrances, _ = snap(network, doors, np.arange(5), 80)
    places, which = snap(network, homes, np.arange(50), 80)
    if not len(entrances):
        return
    walked = distances(network, field(network, entrances), entrances, places)
    straight = shapely.distance(homes[which], shapely.multipoints(doors[entrances.of]))
    assert (walked >= straight - 1e-6).all()


def test_what_is_drawn_as_reached_is_as_long_as_what_is_reached():
    """Points every metre of all streets: the share within the limit against the length of the stretches."""
    network = streets(7, size=8)
    entrances = somewhere(network, 8, 6)
    many = np.ceil(network.length_m).astype(int)
    edge = np.repeat(np.arange(len(many)), many)
    at = (np.arange(len(edge)) - np.repeat(np.cumsum(many) - many, many) + 0.5) / many[edge] * network.length_m[edge]
    every = Places(edge, at, np.zeros(len(edge)), edge)
    near = np.isfinite(distances(network, field(network, entrances, 250), entrances, every, 250))
    drawn = shapely.length(stretches(network, field(network, entrances, 250), entrances, 250)).sum()
    assert drawn == pytest.approx((near * (network.length_m / many)[edge]).sum(), rel=0.01) and 0 < near.mean() < 1


# -- how lines become a network ------------------------------------------------------------------
def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(xy)


def made(*lines: shapely.LineString, levels: list[int] | None = None) -> Network:
    return build(np.array(lines), None if levels is None else np.array(levels), grid_m=GRID_M)


def test_lines_that_cross_on_one_level_meet_and_a_flyover_does_not():
    across = line((0, -50), (0, 50)), line((-50, 0), (50, 0))
    assert (len(made(*across).edges), made(*across).nodes, made(*across).facts()["components"]) == (4, 5, 1)
    over = made(*across, levels=[0, 1])
    assert (len(over.edges), over.nodes, over.facts()["components"]) == (2, 4, 2)
    assert over.facts()["islands_length_m"] == pytest.approx(100)


def test_a_ramp_joins_levels_where_lines_end_on_each_other():
    ramp = made(line((-50, 0), (0, 0)), line((0, 0), (50, 0)), line((50, 0), (90, 0)), line((20, -40), (20, 40)), levels=[0, 1, 0, 0])
    facts = ramp.facts()
    assert facts["components"] == 2 and facts["islands_length_m"] == pytest.approx(80), "the street below the ramp stays apart"


def test_a_street_that_ends_at_another_to_a_centimetre_meets_it():
    assert made(line((-50, 0), (50, 0)), line((7.3, -0.004), (7.3, -60))).facts()["components"] == 1
    assert made(line((-50, 0), (50, 0)), line((7.3, -0.2), (7.3, -60))).facts()["components"] == 2


def test_of_two_ways_between_the_same_crossings_the_shorter_is_taken():
    round_about = made(line((0, 0), (50, 80), (100, 0)), line((0, 0), (100, 0)))
    for edge in range(2):
        gate = Places(np.array([edge]), np.zeros(1), np.zeros(1), np.zeros(1, int))
        assert field(round_about, gate).max() == pytest.approx(100, abs=0.01)


def test_no_streets_are_an_empty_network():
    nothing = made()
    assert nothing.facts() | {"sha256": ""} == {"lines": 0, "barred_lines": 0, "nodes": 0, "edges": 0, "length_m": 0.0, "components": 0,
                                               "islands_length_m": 0.0, "sha256": ""}
    found, which = snap(nothing, shapely.points([[0, 0]]), np.array([0]), 80)
    assert len(found) == len(which) == 0 and len(field(nothing, found)) == 0
