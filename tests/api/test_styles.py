"""Styles and legends are what the declarations say, and ask nobody outside."""

from __future__ import annotations

import json

import pytest
from mapbox_vector_tile import decode

from registry.catalogue import load
from registry.store.tile_sql import fields


def style(client, key, query=""):
    answer = client.get(f"/styles/{key}?f=mapbox{query}")
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.mapbox.style+json"
    return json.loads(answer.data)


def used(expression):
    """The properties that an expression of MapLibre reads."""
    if not isinstance(expression, list):
        return set()
    own = {expression[1]} if expression[:1] == ["get"] else set()
    return own.union(*(used(part) for part in expression))


def test_there_is_a_style_of_each_collection_and_one_of_the_city(get):
    body = get("/styles")
    assert [s["id"] for s in body["styles"]] == ["city", *(c["id"] for c in get("/collections")["collections"])]
    assert body["default"] == "city"
    for one in body["styles"]:
        (href,) = [ln["href"] for ln in one["links"] if ln["rel"] == "stylesheet"]
        assert get(href.removeprefix("http://localhost"))["version"] == 8


def test_landing_page_and_collections_lead_to_styles(get):
    assert "http://www.opengis.net/def/rel/ogc/1.0/styles" in {ln["rel"] for ln in get("/")["links"]}
    (link,) = [ln for ln in get("/collections/road")["links"] if ln["rel"] == "stylesheet"]
    assert link["href"] == "http://localhost/styles/road?f=mapbox" and link["type"] == "application/vnd.mapbox.style+json"


def test_the_style_of_the_city_draws_every_collection_from_its_tiles(client, get):
    body = style(client, "city", "&lang=en")
    assert body["name"] == "Demo City" and set(body["sources"]) == {c["id"] for c in get("/collections")["collections"]}
    for layer in body["layers"][1:]:
        assert layer["source"] == layer["source-layer"] == layer["metadata"]["collection"]
    ids = [layer["id"] for layer in body["layers"]]
    assert len(set(ids)) == len(ids)
    assert ids.index("district-line") < ids.index("park-fill") < ids.index("road-line") < ids.index("streetlight-circle")


def test_one_source_for_all_that_is_shown_has_the_tiles_of_the_same_layers(client):
    each, one = style(client, "city"), style(client, "city", "&sources=one")
    shown = {layer["source"] for layer in each["layers"] if layer.get("layout", {}).get("visibility") == "visible"}
    assert set(one["sources"]) == {"city", *set(each["sources"]) - shown} and "road" in shown and "residential" not in shown
    assert [{**layer, "source": layer["source-layer"]} if "source" in layer else layer for layer in one["layers"]] == each["layers"]
    (address,) = one["sources"]["city"]["tiles"]
    tile = client.get(address.removeprefix("http://localhost").format(z=12, y=1689, x=3419))
    assert tile.status_code == 200 and set(decode(tile.data)) <= shown and "immutable" in tile.headers["Cache-Control"]
    assert "road" in decode(tile.data) and style(client, "road", "&sources=one") == style(client, "road")


def test_colours_are_those_of_the_code_list(client):
    (line,) = [layer for layer in style(client, "road")["layers"] if layer["id"] == "road-line"]
    shade = line["paint"]["line-color"]
    assert shade[0] == "match" and dict(zip(shade[2:-1:2], shade[3:-1:2], strict=True))["damaged"] == "#e2541b"
    (zone,) = [layer for layer in style(client, "district")["layers"] if layer["id"] == "district-line"]
    assert zone["paint"]["line-color"] == load().kind("district").color


def test_a_style_reads_nothing_that_its_tiles_do_not_have(client):
    """At each level at which a layer is drawn; a group of points has its count besides."""
    for kind in load().kinds:
        for layer in style(client, kind.key)["layers"][1:]:
            wanted = used([*layer["paint"].values(), *layer["layout"].values()]) - {"point_count"}
            for level in range(int(layer.get("minzoom", 0)), 17):
                assert wanted <= {f.key for f in fields(kind, level)}, (layer["id"], level)


def test_no_style_needs_the_internet(client):
    body = style(client, "city")
    assert "glyphs" not in body and "sprite" not in body
    assert all(t.startswith("http://localhost/") for s in body["sources"].values() for t in s["tiles"])


def test_a_base_map_of_the_setting_lies_below(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_BASEMAP", "https://tiles.example.cn/{z}/{x}/{y}.png")
    assert [layer["id"] for layer in style(client, "road")["layers"]][:2] == ["paper", "basemap"]


@pytest.mark.parametrize("lang, damaged, titled", [("zh", "破损", "道路：图例"), ("en", "Damaged", "Road: legend")])
def test_the_legend_is_told_to_programs_and_people(client, get, lang, damaged, titled):
    (road,) = get(f"/styles/road/legend?f=json&lang={lang}")["layers"]
    assert road["field"] == "state" and road["classes"][1]["title"][lang] == damaged
    for address in ("/styles/road/legend", "/styles/road"):
        page = client.get(f"{address}?f=html&lang={lang}").text
        assert damaged in page and titled in page and 'fill="#e2541b"' in page and "style=" not in page


def test_what_is_hidden_is_in_no_style(client, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text('[classes.toilet]\nread = false\n[classes.road]\nhide = ["state"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get("/styles/toilet").status_code == 404 and "toilet" not in style(client, "city")["sources"]
    assert "state" not in json.dumps(style(client, "road")) and "field" not in json.loads(client.get("/styles/road/legend").data)["layers"][0]


def test_a_style_that_is_not_there_is_not_found(refused):
    refused("/styles/nothing", 404)
    refused("/styles/nothing/legend", 404)
