"""Sites over HTTP: a GeoJSON document and a page of the same, its limits, and who may ask."""

from __future__ import annotations

import json

import pytest

from api import siting as web

PATH = "/coverage/park/sites"


def test_sites_are_geojson_with_what_each_adds(get):
    told = get(f"{PATH}?p=2")
    gaps = get("/coverage/park/gaps")
    first, second = (f["properties"] for f in told["features"])
    assert (first["rank"], second["rank"]) == (1, 2) and first["gain_m2"] >= second["gain_m2"] > 0
    assert told["before_percent"] < first["covered_percent"] < second["covered_percent"] == told["after_percent"]
    assert told["uncovered_m2"] == pytest.approx(sum(f["properties"]["area_m2"] for f in gaps["features"]), rel=1e-6)
    assert told["numberReturned"] == 2 and told["features"][0]["geometry"]["type"] == "Polygon"
    west, south = told["features"][0]["geometry"]["coordinates"][0][0]
    assert 120.4 < west < 120.8 and 29.9 < south < 30.2, "lon, lat"
    assert {"collection", "related", "self"} <= {link["rel"] for link in told["links"]}


def test_without_a_number_the_next_site_is_told_and_all_closes_every_gap(get):
    assert get(PATH)["numberReturned"] == 1
    told = get(f"{PATH}?all=true&radius_m=500&time_limit_s=1")
    assert told["method"] == "lscp" and told["after_percent"] == pytest.approx(100, abs=1e-3)


def test_the_answer_is_what_the_schema_says_and_every_member_is_declared(get):
    openapi = get("/api?f=json")
    schema = openapi["components"]["schemas"]["Sites"]
    told = get(f"{PATH}?p=1")
    assert set(told) <= set(schema["properties"]), set(told) - set(schema["properties"])
    site = schema["properties"]["features"]["items"]["properties"]["properties"]["properties"]
    assert set(told["features"][0]["properties"]) == set(site) - {"gain_m"}, "which is of lines"
    assert set(told["solver"]) == set(schema["properties"]["solver"]["properties"])


def test_the_page_shows_the_curve_the_map_and_every_value(client):
    page = client.get(f"{PATH}?p=2&f=html&lang=zh").text
    assert "<polyline" in page and "data-under=" in page and "选址" in page and "→" in page
    held = page.split('data-features="')[1].split('"')[0].replace("&#34;", '"')
    assert len(json.loads(held)["features"]) == 2
    assert "matrix_sha256" in page and "certificate_ratio" in page


@pytest.mark.parametrize(("query", "name"), [
    ("p=0", "p"), ("p=201", "p"), ("p=x", "p"), ("p=1&all=true", "p"), ("time_limit_s=21", "time_limit_s"), ("time_limit_s=nan", "time_limit_s"),
    ("weight=money", "weight"), ("district=X", "district"), ("edition=1999", "edition"), ("candidates=nope", "candidates"),
    ("avoid=road", "avoid"), ("fixed=1", "fixed"), ("candidates=park&fixed=999", "fixed"), ("candidates=park&where=nope:1", "where"),
    ("spacing_m=-1", "spacing_m"), ("radius_m=0", "radius_m"), ("tier=9", "tier"), ("candidates=park&budget=5", "budget"),
    ("all=yes", "all"), ("crs=x", "crs")])
def test_what_cannot_be_asked_is_named(refused, query, name):
    assert name in [e["parameter"] for e in refused(f"{PATH}?{query}")["errors"]]


def test_candidates_of_the_registry_are_linked_to(get):
    told = get(f"{PATH}?p=3&candidates=streetlight&radius_m=3000&where=lit:unlit")
    assert told["candidates"]["source"] == "streetlight" and told["candidates"]["count"] == 3
    assert all(f["properties"]["candidate"].startswith("http://localhost/collections/streetlight/items/") for f in told["features"])
    assert get(told["features"][0]["properties"]["candidate"].removeprefix("http://localhost"))["id"] == int(
        told["features"][0]["properties"]["candidate_id"])


def test_a_crowded_service_says_so(client, monkeypatch):
    monkeypatch.setattr(web, "WAIT_S", 0.01)
    with web._turn():
        answer = client.get(PATH)
    assert answer.status_code == 503 and answer.json["zh"] and answer.headers["Retry-After"]
    assert client.get(PATH).status_code == 200, "the turn is given back"


def test_a_refused_question_gives_its_turn_back(client, monkeypatch):
    monkeypatch.setattr(web, "WAIT_S", 0.01)
    for _ in range(2):
        assert client.get(f"{PATH}?district=X").status_code == 400


def test_sites_are_served_in_other_crs(client, get):
    working = client.get(f"{PATH}?p=1&crs=http://www.opengis.net/def/crs/EPSG/0/4549")
    assert working.status_code == 200 and "4549" in working.headers["Content-Crs"]
    assert min(working.json["features"][0]["geometry"]["coordinates"][0][0]) > 100_000


def test_nothing_is_left_behind(served, get):
    from sqlalchemy import text

    from registry import db

    get(PATH)
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'coverage%'")).scalar_one() == 0


def test_a_rule_leads_to_its_sites_and_walks_from_the_list_and_the_figure(get, client):
    rules = {r["rule"]: [ln["href"].removeprefix("http://localhost") for ln in r["links"]] for r in get("/coverage")["rules"]}
    assert "/coverage/park/sites" in rules["park"] and "/coverage/park/walking" in rules["park"]
    assert "/coverage/toilet_roads/sites" in rules["toilet_roads"] and "/coverage/toilet_roads/walking" not in rules["toilet_roads"]
    for rule in rules:  # what is linked can be followed
        for href in rules[rule]:
            if "/sites" in href:
                assert client.get(href + ("&" if "?" in href else "?") + "time_limit_s=0").status_code == 200, href
    links = [ln["href"] for ln in get("/coverage/park?edition=2021")["links"]]
    assert "http://localhost/coverage/park/sites?edition=2021" in links
    for page in ("/coverage?f=html", "/coverage/park?f=html"):
        text = client.get(page).text
        assert "/coverage/park/sites" in text and "/coverage/park/walking" in text


def test_the_map_offers_the_rules_whose_places_may_be_seen(get, tmp_path, monkeypatch):
    told = {r["id"]: r for r in get("/map?f=json")["coverage"]["rules"]}
    assert told["park"]["tier"] == 2 and told["transfer_station"]["tier"] is None and len(told["transfer_station"]["tiers"]) == 2
    (tmp_path / "public.toml").write_text("[classes.park]\ncoarse_degrees = 0.01\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(tmp_path / "public.toml"))
    told = {r["id"] for r in get("/map?f=json")["coverage"]["rules"]}
    assert "park" not in told and "toilet" in told
