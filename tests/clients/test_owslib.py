"""OWSLib: it reads, filters, creates, replaces and deletes; it cannot send If-Match, so with a token without lock."""

from __future__ import annotations

import json

import pytest
from owslib.ogcapi.features import Features
from owslib.util import Authentication

from registry.catalogue import load


@pytest.fixture
def service(site: str) -> Features:
    return Features(site)


@pytest.fixture
def editing(site: str, writer: str) -> Features:
    """With the token as the password of HTTP Basic."""
    return Features(site, headers={"Content-Type": "application/geo+json"}, auth=Authentication("owslib", writer))


def test_it_finds_the_service_and_its_collections(service):
    assert service.links and service.api()["openapi"] == "3.0.3"
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in service.conformance()["conformsTo"]
    assert service.feature_collections() == [k.key for k in load().kinds]
    assert service.collection("road")["title"] == "道路"


def test_it_filters_by_box_by_time_by_value_and_by_word_and_sorts(service):
    def names(**asked: object) -> list[str]:
        return [f["properties"]["name"] for f in service.collection_items("road", **asked)["features"]]

    assert service.collection_items("road", limit=5)["numberReturned"] == 5
    assert len(names(bbox=[120.4975, 29.9, 120.5325, 30.1])) == 7
    assert len(names(state="intact")) == 8
    assert len(names(datetime_="../2000-12-31")) == 5
    assert names(q="解放路7") == ["解放路7"]
    assert names(sortby=("code", "desc"), limit=2) == ["解放路22", "解放路21"]


def test_it_tells_the_schema(service):
    told = service.collection_schema("road")
    assert told["properties"]["name"]["type"] == "string" and told["$schema"].endswith("2020-12/schema")


def test_a_wrong_request_is_told_in_words(service):
    with pytest.raises(RuntimeError, match="nothing"):
        service.collection_items("road", nothing=1)


def test_it_creates_replaces_and_deletes(editing):
    made = {"type": "Feature", "properties": {"code": "OWS-1", "name": "新公厕"}, "geometry": {"type": "Point", "coordinates": [120.5, 30]}}
    assert editing.collection_item_create("toilet", json.dumps(made))
    found = editing.collection_items("toilet", code="OWS-1")["features"]
    assert [f["properties"]["name"] for f in found] == ["新公厕"]
    id_ = str(found[0]["id"])
    made["properties"]["name"] = "改名"
    assert editing.collection_item_update("toilet", id_, json.dumps(made))
    again = editing.collection_item("toilet", id_)
    assert (again["properties"]["name"], again["properties"]["version"]) == ("改名", 2)
    assert editing.collection_item_delete("toilet", id_)
    assert editing.collection_items("toilet", code="OWS-1")["features"] == []


def test_without_such_a_token_it_cannot_write_over_anybody(site, service, editing):
    made = {"type": "Feature", "properties": {"code": "OWS-2"}, "geometry": {"type": "Point", "coordinates": [120.5, 30]}}
    with pytest.raises(RuntimeError, match="not open to the public|不对公众开放"):
        service.collection_item_create("toilet", json.dumps(made))
