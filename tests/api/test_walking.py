"""Coverage on foot over HTTP: beside the straight line, with its layers, and kept from whoever may not see the streets."""

from __future__ import annotations

import pytest
import shapely
from conftest import DEMO

from registry import db
from registry.catalogue import load
from registry.coverage.network import kept
from registry.store.staging import put_many

WHO = {"actor": "tester", "reason": "test"}


def put(key, *rows):
    with db.begin() as conn:
        put_many(conn, load().kind(key), DEMO, list(rows), **WHO)


@pytest.fixture(scope="module")
def streets(served):
    """A street through the park and along two of the parcels, and one along the third that leads nowhere."""
    put("road", {"code": "W1", "road_class": "branch", "geom": shapely.LineString([(120.499, 30.0215), (120.518, 30.0215)])},
        {"code": "W2", "road_class": "branch", "geom": shapely.LineString([(120.52, 30.0195), (120.528, 30.0195)])})


def test_the_walk_stands_beside_the_straight_line_and_is_not_it(streets, get):
    told, straight = get("/coverage/park/walking"), get("/coverage/park")
    assert told["straight_line"]["percent"] == pytest.approx(straight["value"]) and told["audited"] is False
    assert 0 < told["walking"]["percent"] < 100 and told["walking"]["unknown_m2"] > 0
    assert told["parcels"]["unreached"] == 1 and told["parcels"]["unknown"] == 1
    assert told["entrances"]["inferred"] == 2 and told["datum"]["verdict"] in ("agree", "unknown")
    assert [r["key"] for r in told["by"]][:2] == ["330602", "330603"]
    assert sum(r["walking"]["served_m2"] for r in told["by"]) == pytest.approx(told["walking"]["served_m2"])


def test_its_layers_are_geojson_that_the_answer_leads_to(streets, get):
    told = get("/coverage/park/walking")
    lost = get(told["evidence"]["difference"].removeprefix("http://localhost"))
    assert lost["type"] == "FeatureCollection" and lost["numberReturned"] == len(lost["features"])
    lines = get(told["evidence"]["reached"].removeprefix("http://localhost"))["features"]
    assert lines and all(f["geometry"]["type"] == "MultiLineString" and f["properties"]["length_m"] > 0 for f in lines)
    for feature in lost["features"]:
        assert {"lost_m2", "distance_m", "walking_percent", "land_id", "district"} <= set(feature["properties"])


def test_a_network_is_kept_until_a_road_changes(streets, get):
    kept.drop()
    first = get("/coverage/park/walking")["network"]
    network, = kept._kept.values()
    get("/coverage/park/walking/difference")
    assert list(kept._kept.values()) == [network], "the second question builds nothing"
    put("road", {"code": "W3", "road_class": "branch", "geom": shapely.LineString([(120.51, 30.02), (120.51, 30.03)])})
    again = get("/coverage/park/walking")["network"]
    assert again["lines"] == first["lines"] + 1 and again["sha256"] != first["sha256"]
    put("road", {"code": "W3", "state": "removed"})
    assert get("/coverage/park/walking")["network"]["lines"] == first["lines"]


@pytest.mark.parametrize("address, name", [
    ("/coverage/park/walking?edition=1999", "edition"), ("/coverage/park/walking?by=colour", "by"),
    ("/coverage/park/walking/difference?edition=1999", "edition"), ("/coverage/park/walking/reached?edition=1999", "edition"),
    ("/coverage/park/walking/difference?district=nowhere", "district")])
def test_a_wrong_choice_is_refused_and_named(refused, address, name):
    assert refused(address)["errors"][0]["parameter"] == name


@pytest.mark.parametrize("path", ["", "/difference", "/reached"])
@pytest.mark.parametrize("said", [
    "[classes.road]\nread = false", "[classes.road]\ncoarse_degrees = 0.01", "[classes.road]\nhide = ['road_class']",
    "[classes.park]\ncoarse_degrees = 0.01", "[classes.residential]\nhide = ['population']"])
def test_who_may_not_see_the_streets_sees_nothing_made_of_them(streets, client, token, tmp_path, monkeypatch, path, said):
    file = tmp_path / "public.toml"
    file.write_text(said, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get(f"/coverage/park/walking{path}").status_code == 401
    assert client.get(f"/coverage/park/walking{path}", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_hidden_name_is_not_told_among_what_was_left_out(streets, client, get, tmp_path, monkeypatch):
    put("park", {"code": "P9", "name": "很远的公园", "geom": shapely.box(120.65, 30.05, 120.653, 30.052)})
    dropped = get("/coverage/park/walking")["entrances"]["dropped"]
    assert [d["name"] for d in dropped] == ["很远的公园"] and dropped[0]["distance_m"] > 80
    file = tmp_path / "public.toml"
    file.write_text("[classes.park]\nhide = ['name']", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    answer = client.get("/coverage/park/walking")
    assert answer.status_code == 200 and "很远的公园" not in answer.text


def test_the_page_has_every_value(streets, client):
    page = client.get("/coverage/park/walking?f=html").text
    assert "临路加权" in page and "sha256" in page and "直线" in page
