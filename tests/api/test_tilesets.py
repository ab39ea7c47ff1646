"""Tilesets tell what tiles there are: lists, metadata by TMS 2.0, TileJSON, and the registered tile matrix sets."""

from __future__ import annotations

import json
import re

import morecantile
import pytest

from registry.store.matrices import MATRIX_SETS

TILES = "ogcapi-tiles-1/1.0/req"
TMS = "tms/2.0/req"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
MVT = "application/vnd.mapbox-vector-tile"
PLACES = ["/collections/road/tiles", "/tiles"]


def links(body, rel):
    return [ln for ln in body["links"] if ln["rel"] == rel]


def path(href):
    return href.removeprefix("http://localhost")


@pytest.mark.requirement(f"{TILES}/geodata-tilesets/desc-links", f"{TILES}/dataset-tilesets/landingpage")
def test_landing_page_and_collections_lead_to_their_tilesets(get):
    assert [path(ln["href"]) for ln in links(get("/"), VECTOR)] == ["/tiles"]
    for collection in get("/collections")["collections"]:
        assert [path(ln["href"]) for ln in links(collection, VECTOR)] == [f"/collections/{collection['id']}/tiles"]


@pytest.mark.requirement(f"{TILES}/tilesets-list/tileset-path", f"{TILES}/tilesets-list/tileset-links",
                         f"{TILES}/geodata-tilesets/operation", f"{TILES}/dataset-tilesets/operation")
@pytest.mark.parametrize("place", PLACES)
def test_the_list_names_each_tileset_with_its_links(get, place):
    listed = get(place)["tilesets"]
    assert [t["tileMatrixSetURI"].rpartition("/")[2] for t in listed] == list(MATRIX_SETS)
    for one in listed:
        assert one["dataType"] == "vector" and one["crs"].startswith("http")
        here = get(path(links(one, "self")[0]["href"]))
        assert here["tileMatrixSetURI"] == one["tileMatrixSetURI"] == get(path(links(one, SCHEME)[0]["href"]))["uri"]


@pytest.mark.requirement(f"{TMS}/tilesetmetadata/model", f"{TMS}/tilesetmetadata/identifier", f"{TMS}/json-tilesetmetadata/model",
                         f"{TMS}/json-tilesetmetadata/schema", f"{TMS}/tilematrixsetlimits/model", f"{TMS}/json-tilematrixsetlimits/model",
                         f"{TMS}/json-tilematrixsetlimits/schema")
@pytest.mark.requirement(f"{TILES}/tileset/description", f"{TILES}/core/tc-op")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("set_", list(MATRIX_SETS))
def test_a_tileset_tells_what_is_in_it_and_where(client, get, place, set_):
    body = get(f"{place}/{set_}")
    assert body["dataType"] == "vector" and body["crs"] == MATRIX_SETS[set_].crs
    assert body["tileMatrixSetURI"] == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{set_}"
    assert len(links(body, SCHEME)) == 1
    (item,) = links(body, "item")
    assert item["templated"] and item["type"] == MVT
    assert item["href"].endswith("/{tileMatrix}/{tileRow}/{tileCol}")
    limits = body["tileMatrixSetLimits"]
    assert [lim["tileMatrix"] for lim in limits] == [str(n) for n in range(23)]
    for lim in limits[::11]:  # the corners of what is promised are served, what lies beyond is not
        for row, column, status in ((lim["minTileRow"], lim["minTileCol"], 200), (lim["maxTileRow"], lim["maxTileCol"], 200),
                                    (lim["maxTileRow"] + 1, 0, 404), (0, lim["maxTileCol"] + 1, 404)):
            href = item["href"].format(tileMatrix=lim["tileMatrix"], tileRow=row, tileCol=column)
            assert client.get(path(href)).status_code == status
    road = next(layer for layer in body["layers"] if layer["id"] == "road")
    assert road["geometryDimension"] == 1 and road["dataType"] == "vector"
    assert road["propertiesSchema"]["properties"]["state"]["x-code-list"] == "state"
    assert body["boundingBox"]["lowerLeft"] <= road["boundingBox"]["lowerLeft"] == pytest.approx([120.5, 30.0])


@pytest.mark.parametrize("place", PLACES)
def test_filters_and_moment_of_a_tileset_are_carried_to_its_tiles(get, place):
    query = "city=demo&datetime=2020-01-01&lang=en" + ("&state=damaged" if place != "/tiles" else "&collections=road")
    (item,) = links(get(f"{place}/WebMercatorQuad?{query}"), "item")
    assert item["href"].partition("?")[2] == query.replace("&lang=en", "")


@pytest.mark.parametrize("place", PLACES)
def test_maplibre_can_use_the_tilejson(client, get, place):
    answer = client.get(f"{place}/WebMercatorQuad?f=tilejson&lang=zh")
    assert answer.mimetype == "application/vnd.mapbox.tile+json"
    body = json.loads(answer.data)
    assert body["tilejson"] == "3.0.0" and body["minzoom"] == 0 < body["maxzoom"] <= 22
    (template,) = body["tiles"]
    assert client.get(path(template).format(z=14, y=6759, x=13676)).mimetype == MVT
    west, south, east, north = body["bounds"]
    assert west <= 120.5 <= east and south <= 30.0 <= north
    layers = {layer["id"]: layer["fields"] for layer in body["vector_layers"]}
    assert layers["road"]["state"] == "状态" and "point_count" not in layers["road"]


@pytest.mark.parametrize("place", PLACES)
def test_tilejson_is_offered_of_web_mercator_only_which_is_all_it_knows(client, get, refused, document, place):
    tilejson = "application/vnd.mapbox.tile+json"
    for set_, offered in (("WebMercatorQuad", True), ("WorldCRS84Quad", False)):
        body = get(f"{place}/{set_}")
        listed = next(t for t in get(place)["tilesets"] if t["tileMatrixSetURI"] == body["tileMatrixSetURI"])
        told = {ln["rel"] for ln in (*body["links"], *listed["links"]) if ln["type"] == tilejson}
        assert told == ({"alternate", "describedby"} if offered else set())
        assert ("tilejson" in client.get(f"{place}/{set_}?f=html").text) is offered
        assert ("tilejson" in client.get(f"{place}/{set_}").headers["Link"]) is offered
    degrees = f"{place}/WorldCRS84Quad"
    told, = refused(f"{degrees}?f=tilejson")["errors"]
    assert told["parameter"] == "f" and "json, html" in told["en"] and "tilejson" not in told["en"].partition("json, html")[2]
    refused(degrees, 406, Accept=tilejson)
    assert client.get(degrees, headers={"Accept": f"{tilejson}, text/html;q=0.5"}).mimetype == "text/html"
    operation = document["paths"][f"{place}/{{tileMatrixSetId}}"]["get"]
    assert tilejson in operation["responses"]["200"]["content"] and "WebMercatorQuad" in operation["description"]


# -- tile matrix sets --------------------------------------------------------------------------
@pytest.mark.requirement(f"{TMS}/tilematrixset/model", f"{TMS}/json-tilematrixset/model", f"{TMS}/json-tilematrixset/schema")
@pytest.mark.parametrize("key", list(MATRIX_SETS))
def test_the_definitions_are_the_registered_ones(get, key):
    ours = get(f"/tileMatrixSets/{key}")
    theirs = json.loads(morecantile.tms.get(key).model_dump_json(exclude_none=True, by_alias=True))
    for name in ("id", "uri", "crs", "wellKnownScaleSet", "orderedAxes", "title"):
        assert ours[name] == theirs[name]
    assert len(ours["tileMatrices"]) == len(theirs["tileMatrices"])
    for mine, registered in zip(ours["tileMatrices"], theirs["tileMatrices"], strict=True):
        assert mine.keys() == registered.keys()
        for name, value in registered.items():
            assert mine[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9)), name


@pytest.mark.parametrize("key", list(MATRIX_SETS))
def test_a_tile_lies_where_the_registered_set_has_it(key):
    known = morecantile.tms.get(key)
    for level, row, column in ((0, 0, 0), (3, 2, 5), (14, 6759, 13676), (22, 1_700_000, 3_500_000)):
        box, theirs = MATRIX_SETS[key].box(level, row, column), known.bounds(morecantile.Tile(column, row, level))
        assert (box.west, box.south, box.east, box.north) == pytest.approx(
            (theirs.left, theirs.bottom, theirs.right, theirs.top), abs=1e-9)


def test_the_list_of_matrix_sets_leads_to_each(get, refused):
    for one in get("/tileMatrixSets")["tileMatrixSets"]:
        assert get(path(links(one, "self")[0]["href"]))["uri"] == one["uri"]
    refused("/tileMatrixSets/EuropeanETRS89_LAEAQuad", 404)


# -- the description ---------------------------------------------------------------------------
@pytest.mark.requirement(f"{TILES}/core/conformance-success")
def test_the_classes_are_declared(get):
    declared = {c.rpartition("/")[2] for c in get("/conformance")["conformsTo"] if "/ogcapi-tiles-1/1.0/conf/" in c}
    assert declared == {"core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection", "datetime",
                        "mvt", "oas30"}


@pytest.mark.requirement(f"{TILES}/oas30/completeness", f"{TILES}/oas30/operation-id")
def test_the_operations_have_the_ids_of_the_standard(get):
    paths = get("/api?f=json")["paths"]
    ids = {p: ops["get"]["operationId"] for p, ops in paths.items() if "get" in ops}
    for place, kind in (("/collections/road", "road.collection"), ("", "all.dataset")):
        assert ids[f"{place}/tiles"] == f"{kind}.vector.getTileSetsList"
        assert ids[f"{place}/tiles/{{tileMatrixSetId}}"] == f"{kind}.vector.getTileSet"
        tile = f"{place}/tiles/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
        assert ids[tile] == f"{kind}.vector.getTile"
        types = {p["name"]: p["schema"]["type"] for p in paths[tile]["get"]["parameters"] if p.get("in") == "path"}
        assert types == {"tileMatrixSetId": "string", "tileMatrix": "string", "tileRow": "integer", "tileCol": "integer"}
        assert "Tile-Thinned" in paths[tile]["get"]["responses"]["200"]["headers"]
    assert len(set(ids.values())) == len(ids)
    names = {re.sub(r".*/", "", p.get("$ref", p.get("name", ""))) for p in paths["/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"]["get"]["parameters"]}
    assert names >= {"collections", "datetime", "subset", "as_of", "f"}
