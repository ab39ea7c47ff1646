"""What meets at the seams of tiles: nothing is torn, nothing is counted twice, whatever the level."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import shapely
from tiling import EXTENT, around, decoded

from registry import db
from registry.catalogue import load
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import put_many

SEAMS = City("seams", "缝城", "Seam City", None, 4549)
BOX = (120.1, 29.7, 121.1, 30.7)
SETS = ["WebMercatorQuad", "WorldCRS84Quad"]
LAMPS = 300
STATES = ("intact", "damaged", None)


@pytest.fixture(scope="module")
def seams(served: str) -> None:
    """Points on and beside the edges of tiles, and lines and areas across them."""
    rng = random.Random(5)
    grid = [n * 360 / 2**11 - 180 for n in range(1708, 1713)]  # edges of tiles of level 11, and of many below
    lamps = [(rng.choice([*grid, rng.uniform(120.15, 121.05)]), rng.uniform(29.75, 30.65)) for _ in range(LAMPS)]
    lines = [(rng.uniform(120.2, 120.9), rng.uniform(29.8, 30.6), rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1))
             for _ in range(40)]
    kinds, who = load(), {"actor": "tester", "reason": "test"}
    with db.begin() as conn:
        cities.put(conn, SEAMS)
        put_many(conn, kinds.kind("streetlight"), SEAMS, [
            {"code": f"S{n}", "state": STATES[n % 3], "geom": shapely.Point(x, y)} for n, (x, y) in enumerate(lamps)], **who)
        put_many(conn, kinds.kind("road"), SEAMS, [
            {"code": f"S{n}", "geom": shapely.LineString([(x, y), (x + dx, y + dy)])} for n, (x, y, dx, dy) in enumerate(lines)], **who)
        put_many(conn, kinds.kind("green"), SEAMS, [
            {"code": f"S{n}", "geom": shapely.box(x, y, x + abs(dx) + 0.01, y + abs(dy) + 0.01)} for n, (x, y, dx, dy) in enumerate(lines)], **who)


def tiles(client: Any, collection: str, set_: str, level: int) -> dict[str, list[dict[str, Any]]]:
    """Tile → its features."""
    return {t: decoded(client.get(f"/collections/{collection}/tiles/{set_}/{t}?city=seams")).get(collection, [])
            for t in around(*BOX, level, set_)}


@pytest.mark.parametrize("set_", SETS)
@pytest.mark.parametrize("level", [0, 3, 9, 11])
def test_the_counts_of_a_level_add_up_to_all_there_is(client, seams, set_, level):
    found = [f for features in tiles(client, "streetlight", set_, level).values() for f in features]
    assert sum(f["properties"]["point_count"] for f in found) == LAMPS
    for state in ("intact", "damaged"):
        assert sum(f["properties"].get(f"state_{state}", 0) for f in found) == LAMPS // 3
    # Alone it is itself, in company nobody: ids are positive and of one thing.
    assert all(("id" in f and f["id"] > 0) == (f["properties"]["point_count"] == 1) for f in found)


@pytest.mark.parametrize("set_", SETS)
def test_counts_follow_the_filter(client, seams, set_):
    found = [f for t in around(*BOX, 8, set_) for f in decoded(
        client.get(f"/collections/streetlight/tiles/{set_}/{t}?city=seams&state=damaged")).get("streetlight", [])]
    assert sum(f["properties"]["point_count"] for f in found) == LAMPS // 3
    assert {f["properties"]["state"] for f in found} == {"damaged"}


def parts(collection: str, features: list[dict[str, Any]]) -> dict[int, Any]:
    return {f["id"]: shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features}


@pytest.mark.parametrize("set_", SETS)
@pytest.mark.parametrize("level", [8, 11])
@pytest.mark.parametrize("collection", ["road", "green"])
def test_shapes_of_neighbours_meet_at_the_seam(client, seams, collection, level, set_):
    """What crosses the east edge of a tile is, to a unit or two, what crosses the west edge of the next one."""
    made = tiles(client, collection, set_, level)
    checked = 0
    for tile, features in made.items():
        level_, row, column = map(int, tile.split("/"))
        for other, east in ((f"{level_}/{row}/{column + 1}", True), (f"{level_}/{row + 1}/{column}", False)):
            if other not in made:
                continue
            mine, theirs = parts(collection, features), parts(collection, made[other])
            edges = [shapely.LineString([(at, 0), (at, EXTENT)] if east else [(0, at), (EXTENT, at)]) for at in (EXTENT, 0)]
            for id_ in mine.keys() | theirs.keys():
                here, there = (shapes[id_].intersection(edge) if id_ in shapes else shapely.Point()
                               for shapes, edge in zip((mine, theirs), edges, strict=True))
                if here.is_empty and there.is_empty:
                    continue
                axis = (1, 3) if east else (0, 2)
                assert [here.bounds[n] for n in axis] == pytest.approx([there.bounds[n] for n in axis], abs=3), (tile, other, id_)
                checked += 1
    assert checked


@pytest.mark.parametrize("set_", SETS)
def test_from_afar_small_shapes_are_in_one_tile_only(client, seams, set_):
    made = tiles(client, "green", set_, 4)
    seen = Counter(f["id"] for features in made.values() for f in features)
    assert seen and max(seen.values()) <= len(made)


def test_in_detail_every_point_is_somewhere(client, get, seams):
    box = (120.2, 29.9, 120.3, 30.0)
    known = get(f"/collections/streetlight/items?city=seams&limit=1000&bbox={','.join(map(str, box))}")["features"]
    found = {f["id"] for t in around(*box, 14) for f in decoded(
        client.get(f"/collections/streetlight/tiles/WebMercatorQuad/{t}?city=seams")).get("streetlight", [])}
    assert known and found >= {f["id"] for f in known}
