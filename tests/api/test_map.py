"""The map page: everything it needs from here, nothing from elsewhere, no script in the page itself."""

from __future__ import annotations

import json
import re

import pytest

STATIC = ["/static/vendor/maplibre-gl/maplibre-gl.js", "/static/vendor/maplibre-gl/maplibre-gl.css",
          "/static/vendor/maplibre-gl/LICENSE", "/static/map.js", "/static/map-load.js", "/static/map-coverage.js", "/static/small-map.js",
          "/static/registry.css"]


def test_the_map_knows_every_collection_and_its_colours(get):
    body = get("/map?f=json")
    layers = {layer["id"]: layer for layer in body["layers"]}
    assert set(layers) == {c["id"] for c in get("/collections")["collections"]}
    assert layers["district"]["zone"] and not layers["road"]["zone"]
    assert {c["value"]: c["color"] for c in layers["road"]["state"]["codes"]}["intact"] == "#2e9e5b"
    assert not layers["road"]["empty"] and layers["pipe"]["empty"]
    assert body["bbox"] == [120.4, 29.9, 120.8, 30.2]
    assert get(body["gaps"]["href"].removeprefix("http://localhost"))["type"] == "FeatureCollection"


def test_a_city_without_an_extent_is_shown_by_what_it_has(get):
    assert get("/map?f=json&city=far")["bbox"] == [-179.9, -17.5, 179.9, 50.0]


def test_the_page_loads_nothing_from_elsewhere(client):
    text = client.get("/map").text
    for address in re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', text):
        assert address.startswith(("/static/", "http://localhost/", "data:,")), address
    css = client.get("/static/registry.css").text
    assert "url(" not in css and "@import" not in css


@pytest.mark.parametrize("address", STATIC)
def test_the_files_of_the_map_are_here(client, address):
    answer = client.get(address)
    assert answer.status_code == 200 and len(answer.data) > 500


def test_the_policy_lets_no_inline_script_through_and_there_is_none(client):
    for address in ("/map", "/collections/road/items?f=html", "/?f=html"):
        answer = client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "script-src 'self'" in policy
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
        assert all('type="application/json"' in attributes for attributes in inline)
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Referrer-Policy"]


def test_names_cannot_break_out_of_the_page(client, get):
    """The park of the small city is called <b>园</b>&"'."""
    id_ = get("/collections/park/items")["features"][0]["id"]
    for address in (f"/collections/park/items/{id_}?f=html", "/collections/park/items?f=html"):
        text = client.get(address).text
        assert "<b>园" not in text and "&lt;b&gt;园&lt;/b&gt;&amp;" in text


def test_the_config_in_the_page_is_the_json_of_the_map(client, get):
    found = re.search(r'<script type="application/json" id="config">(.+?)</script>', client.get("/map").text)
    body = get("/map?f=json")
    assert {k: v for k, v in json.loads(found[1]).items() if k != "links"} == {k: v for k, v in body.items() if k != "links"}


@pytest.mark.parametrize("basemap, origin", [
    ("https://tiles.example.cn:8443/{z}/{x}/{y}.png", "https://tiles.example.cn:8443"), ("", None),
    ("javascript:alert(1)", None), ("https://a; script-src *//{z}", None)])
def test_the_base_map_of_the_setting_is_let_through_and_nothing_else(client, monkeypatch, basemap, origin):
    monkeypatch.setenv("REGISTRY_BASEMAP", basemap)
    policy = client.get("/map").headers["Content-Security-Policy"]
    assert policy.count("script-src") == 1
    assert (origin is None) == ("connect-src 'self';" in policy)
    assert origin is None or f"connect-src 'self' {origin};" in policy
