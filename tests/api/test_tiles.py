"""Vector tiles show the rows that items show: same filters, same eyes, same moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tiling import around, decoded, degrees

from api import tile_cache

TILE = "/collections/road/tiles/WebMercatorQuad/{}"
HERE = "14/6759/13676"  # most of the roads
ALL = around(120.49, 29.99, 120.62, 30.03, 14)
TILES = "ogcapi-tiles-1/1.0/req"


def codes(client: Any, query: str = "", set_: str = "WebMercatorQuad", **headers: Any) -> set[str]:
    """The codes in all tiles of a level in which every feature carries its own."""
    found = set()
    for tile in around(120.47, 29.99, 120.63, 30.03, 14, set_):
        answer = client.get(f"/collections/road/tiles/{set_}/{tile}{query}", **headers)
        found |= {f["properties"]["code"] for f in decoded(answer).get("road", [])}
    return found


@pytest.mark.requirement(f"{TILES}/core/tc-op", f"{TILES}/core/tc-success", f"{TILES}/mvt/content")
@pytest.mark.parametrize("set_", ["WebMercatorQuad", "WorldCRS84Quad"])
def test_tiles_hold_what_lies_in_them(client, get, set_):
    assert codes(client, set_=set_) == {f["properties"]["code"] for f in get("/collections/road/items")["features"]}


@pytest.mark.requirement(f"{TILES}/core/tc-error")
def test_a_tile_in_which_nothing_lies_is_empty(client):
    answer = client.get(TILE.format("6/0/0"))
    assert decoded(answer) == {} and answer.data == b""


def test_filters_of_items_hold_in_tiles(client, get):
    broken = {f["properties"]["code"] for f in get("/collections/road/items?state=damaged")["features"]}
    assert broken and codes(client, "?state=damaged") == broken == codes(client, "?filter=state='damaged'&filter-lang=cql2-text")
    near = codes(client, "?filter=S_INTERSECTS(geometry,BBOX(120.52,29.9,120.54,30.2))")
    assert near == {f["properties"]["code"] for f in get("/collections/road/items?bbox=120.52,29.9,120.54,30.2")["features"]} != set()


@pytest.mark.requirement(f"{TILES}/datetime/axis")
def test_the_moment_of_items_is_that_of_tiles_by_either_parameter(client, get):
    then = {f["properties"]["code"] for f in get("/collections/road/items?datetime=2001-06-01")["features"]}
    assert then < codes(client)
    assert codes(client, "?datetime=2001-06-01") == codes(client, '?subset=datetime("2001-06-01")') == then
    assert codes(client, '?subset=datetime(*:"2001-06-01")') == codes(client, "?datetime=../2001-06-01")
    assert codes(client, '?subset=datetime("2001-06-01":*)') == codes(client, "?datetime=2001-06-01/..")


@pytest.mark.parametrize("wrong", ["subset=Lat(1:2)", "subset=datetime(2001)", 'subset=datetime("2001-13-01")',
                                   'subset=datetime("2001-01-01")&datetime=2002-01-01'])
def test_a_subset_that_is_none_is_refused(refused, wrong):
    assert refused(f"{TILE.format(HERE)}?{wrong}")["errors"][0]["parameter"] == "subset"


def test_tiles_are_of_the_moment_that_was_known_too(client):
    before = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert codes(client, f"?as_of={before}") == set()


@pytest.mark.requirement(f"{TILES}/core/tc-error", f"{TILES}/core/tc-tilematrix-definition", f"{TILES}/core/tc-tilerow-definition",
                         f"{TILES}/core/tc-tilecol-definition")
@pytest.mark.parametrize("where", ["0/0/1", "23/0/0", "x/0/0", "1/-1/0", "6/26/5300", "1/0/99999999999999999999"])
def test_a_tile_that_is_not_in_the_matrix_set_is_not_there(refused, where):
    refused(TILE.format(where), 404)
    refused(f"/tiles/WebMercatorQuad/{where}", 404)


def test_a_matrix_set_that_is_not_known_is_not_there(refused):
    refused("/collections/road/tiles/GoogleMaps/0/0/0", 404)


@pytest.mark.parametrize("name", ["limit=1", "bbox=0,0,1,1", "sortby=code"])
def test_what_pages_and_sorts_has_no_place_in_a_tile(refused, name):
    assert refused(TILE.format(HERE) + "?" + name)["errors"][0]["parameter"] == name.split("=")[0]


def test_ids_are_those_of_items_and_places_are_right(client, get):
    """To a unit of the tile (0.5 m here): drawn from degrees without a projection of each place."""
    known = {f["id"]: f["geometry"]["coordinates"] for f in get("/collections/streetlight/items")["features"]}
    seen = {}
    for tile in ALL:
        for feature in decoded(client.get(f"/collections/streetlight/tiles/WebMercatorQuad/{tile}")).get("streetlight", []):
            seen[feature["id"]] = degrees("WebMercatorQuad", tile, *feature["geometry"]["coordinates"])
    assert set(seen) == set(known)
    for id_, (lon, lat) in seen.items():
        assert (lon, lat) == pytest.approx(known[id_], abs=1e-5)


# -- all at once -------------------------------------------------------------------------------
@pytest.mark.requirement(f"{TILES}/dataset-tilesets/operation")
@pytest.mark.parametrize("tile", [HERE, "10/422/854", "3/3/6"])
def test_a_tile_of_all_is_the_union_of_those_of_the_collections(client, get, tile):
    whole = decoded(client.get(f"/tiles/WebMercatorQuad/{tile}"))
    parts = {}
    for collection in get("/collections")["collections"]:
        parts |= decoded(client.get(f"/collections/{collection['id']}/tiles/WebMercatorQuad/{tile}"))
    assert whole == parts and len(whole) > 2


@pytest.mark.requirement(f"{TILES}/collections-selection/query-collections", f"{TILES}/collections-selection/collections-response")
def test_collections_are_chosen_in_order_by_id_or_address(client, refused):
    tile = f"/tiles/WebMercatorQuad/{HERE}?collections="
    assert list(decoded(client.get(tile + "streetlight,road"))) == ["streetlight", "road"]
    assert list(decoded(client.get(tile + "http://localhost/collections/road,streetlight"))) == ["road", "streetlight"]
    assert refused(tile + "road,nothing")["errors"][0]["parameter"] == "collections"


# -- levels ------------------------------------------------------------------------------------
@pytest.mark.parametrize("level, carried", [(14, {"code", "state", "district", "lit"}), (12, {"state"}), (9, {"state"})])
def test_from_afar_a_feature_carries_what_its_style_needs(client, level, carried):
    found: set[str] = set()
    for tile in around(120.45, 29.95, 120.6, 30.05, level):
        for feature in decoded(client.get(f"/collections/streetlight/tiles/WebMercatorQuad/{tile}")).get("streetlight", []):
            found |= {k for k in feature["properties"] if k != "point_count" and not k.startswith("state_")}
    assert found >= carried and (found <= carried or level == 14)


def test_points_from_afar_are_counted_by_state(client):
    tiles = around(120.45, 29.95, 120.6, 30.05, 8)
    found = [f for t in tiles for f in decoded(client.get(f"/collections/streetlight/tiles/WebMercatorQuad/{t}")).get("streetlight", [])]
    assert [f["properties"] for f in found] == [{"point_count": 9, "state": "intact", "state_intact": 9}]


def test_points_at_the_ends_of_the_world_are_in_the_tiles_there(client):
    """Fiji: points on both sides of 180° are in the last and the first column, in every matrix set."""
    for set_, columns in (("WebMercatorQuad", 8), ("WorldCRS84Quad", 16)):
        for column in (0, columns - 1):
            rows = [decoded(client.get(f"/collections/toilet/tiles/{set_}/3/{row}/{column}?city=far")) for row in range(8)]
            assert sum(len(r.get("toilet", [])) for r in rows) == 1


# -- the budget --------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setattr(tile_cache, "CACHE", tile_cache.TileCache())


def test_a_tile_that_is_too_heavy_is_thinned_and_says_so(client, monkeypatch):
    from registry.store import tiles

    whole = client.get(TILE.format(HERE))
    assert "Tile-Thinned" not in whole.headers
    count = len(decoded(whole)["road"])
    monkeypatch.setattr(tiles, "MOST", 3)
    monkeypatch.setattr(tile_cache, "CACHE", tile_cache.TileCache())
    thin = client.get(TILE.format(HERE))
    assert thin.headers["Tile-Thinned"] == f"3 of {count}" and len(decoded(thin)["road"]) == 3
    assert client.get(TILE.format(HERE)).data == thin.data
    assert client.get(f"/tiles/WebMercatorQuad/{HERE}?collections=road,park").headers["Tile-Thinned"] == f"road 3 of {count}"


@pytest.mark.parametrize("most", [120, 400, 700])
def test_no_tile_weighs_more_than_the_budget(client, monkeypatch, most):
    from registry.store import tiles

    monkeypatch.setattr(tiles, "MOST_BYTES", most)
    for address in (TILE.format(HERE), f"/tiles/WebMercatorQuad/{HERE}"):
        answer = client.get(address)
        assert tiles.weight(answer.data) <= most and (answer.data or most == 120)
        assert "Tile-Thinned" in answer.headers or most > 120


# -- eyes --------------------------------------------------------------------------------------
def test_what_the_public_must_not_see_is_in_no_tile(client, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text('[classes.toilet]\nread = false\n[classes.streetlight]\nhide = ["state", "lit"]\ncoarse_degrees = 0.05\n'
                    '[classes.road]\ncoarse_degrees = 0.05\n', encoding="utf-8")
    before = codes(client)
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get("/collections/toilet/tiles/WebMercatorQuad/3/3/6").status_code == 404
    for level in (9, 14):
        for tile in around(120.45, 29.95, 120.65, 30.05, level):
            for key in ("streetlight", "road"):
                for feature in decoded(client.get(f"/collections/{key}/tiles/WebMercatorQuad/{tile}")).get(key, []):
                    assert feature["geometry"]["type"] == "Point"
                    assert key == "road" or not any(p.startswith(("state", "lit")) for p in feature["properties"])
    assert codes(client) == before  # they are there still, in the middle of a cell of 5 km
