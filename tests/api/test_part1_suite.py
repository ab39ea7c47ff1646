"""What the official test suite of Features Parts 1 and 2 asks beyond the text, for every collection."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pyproj
import pytest
import shapely
from addresses import with_
from openapi_spec_validator import OpenAPIV30SpecValidator

from registry.catalogue import load

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
BOXES = ["-1.5,50,1.5,53", "-80,-5,-70,5", "177,65,-177,70", "-180,85,180,90", "-180,-90,180,-85"]
COLLECTIONS = [k.key for k in load().kinds]
every_collection = pytest.mark.parametrize("collection", COLLECTIONS)


def rule(name: str) -> pytest.MarkDecorator:
    """The rule of the suite that a test proves."""
    return pytest.mark.requirement(f"ets-ogcapi-features10/req/rules/{name}")


def path(href: str) -> str:
    assert href.startswith("http://localhost/")
    return href.removeprefix("http://localhost")


def rels(body: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [ln for ln in body["links"] if ln["rel"] == rel]


def box(numbers: list[float]) -> Any:
    west, south, east, north = numbers
    return shapely.box(west, south, east, north) if west <= east else \
        shapely.box(west, south, 180, north) | shapely.box(-180, south, east, north)


@rule("service-desc")
def test_the_definition_is_found_by_its_media_type_and_is_of_3_0_only(client, get):
    link = next(ln for ln in get("/")["links"] if ln["rel"] == "service-desc")
    assert link["type"] == OPENAPI
    answer = client.get(path(link["href"]), headers={"Accept": OPENAPI})
    assert answer.status_code == 200 and answer.content_type == OPENAPI
    body = json.loads(answer.data)
    assert body == get("/api?f=json&lang=zh")
    assert body["openapi"].startswith("3.0.") and not list(OpenAPIV30SpecValidator(body).iter_errors())
    assert not [where for where, node in nodes(body) if of_3_1(node)]


def nodes(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with the place it stands at; examples are data."""
    if isinstance(value, dict):
        yield where, value
        for key, inner in value.items():
            if key != "example":
                yield from nodes(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from nodes(inner, f"{where}/{n}")


def of_3_1(node: dict[str, Any]) -> bool:
    """What only OpenAPI 3.1 knows, or 3.0 passes over in silence."""
    beside = "$ref" in node and len(node) > 1 and isinstance(node["$ref"], str)
    return beside or isinstance(node.get("type"), list) or ("const" in node and isinstance(node.get("type"), str)) \
        or isinstance(node.get("examples"), list) or isinstance(node.get("exclusiveMinimum"), int | float)


@pytest.mark.parametrize("node, wrong", [
    ({"type": ["string", "null"]}, True), ({"$ref": "#/x", "description": "y"}, True), ({"type": "string", "examples": ["a"]}, True),
    ({"type": "string", "const": "a"}, True), ({"type": "string", "nullable": True}, False), ({"$ref": "#/x"}, False)])
def test_what_is_of_3_1_is_noticed(node, wrong):
    assert of_3_1(node) == wrong


@rule("conformance-http")
def test_conformance_has_the_core_class_by_its_http_uri(get):
    found = get("/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in found
    assert all(uri.startswith("http://") for uri in found)


@rule("parameter-definitions")
@pytest.mark.requirement("ogcapi-features-1/1.0/req/core/fc-limit-definition", "ogcapi-features-1/1.0/req/core/fc-bbox-definition",
                         "ogcapi-features-1/1.0/req/core/fc-time-definition")
@every_collection
def test_limit_bbox_and_datetime_stand_at_the_path_of_the_collection(document, collection):
    shared = document["components"]["parameters"]
    given = [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p
             for p in document["paths"][f"/collections/{collection}/items"]["get"]["parameters"]]
    found = {p["name"]: p for p in given if p["in"] == "query"}
    for name in ("limit", "bbox", "datetime"):
        assert (found[name]["required"], found[name]["style"], found[name]["explode"]) == (False, "form", False)
    limit, bbox = found["limit"]["schema"], found["bbox"]["schema"]
    assert limit["type"] == "integer" and limit["minimum"] >= 0 and limit["minimum"] <= limit["default"] <= limit["maximum"]
    assert (bbox["type"], bbox["minItems"], bbox["maxItems"], bbox["items"]["type"]) == ("array", 4, 6, "number")
    assert found["datetime"]["schema"]["type"] == "string"
    assert not [p for p in given if "additionalProperties" in p.get("schema", {})]  # a free-form one would let anything through


@rule("errors")
@every_collection
def test_a_word_for_a_limit_and_a_parameter_of_chance_are_400(client, collection):
    chance = f"unknownQueryParameter{random.randint(10**4, 10**6)}=x"
    for query in ("limit=unlimited", chance):
        answer = client.get(f"/collections/{collection}/items?{query}")
        body = json.loads(answer.data)
        assert answer.status_code == body["status"] == 400 and answer.mimetype == "application/problem+json"
        assert body["zh"] != body["en"]


@rule("bbox")
@every_collection
def test_the_extent_and_the_boxes_of_the_suite_find_what_intersects_them(get, collection):
    every = get(f"/collections/{collection}/items?limit=1000")["features"]
    extent = get(f"/collections/{collection}")["extent"].get("spatial", {}).get("bbox", [[120.4, 29.9, 120.8, 30.2]])[0]
    for asked in [",".join(map(str, extent)), *BOXES]:
        area = box([float(v) for v in asked.split(",")])
        wanted = {f["id"] for f in every if f["geometry"] is None or area.intersects(shapely.geometry.shape(f["geometry"]))}
        found = {f["id"] for f in get(f"/collections/{collection}/items?limit=1000&bbox={asked}")["features"]}
        assert found == wanted, asked


@rule("walk-next")
@every_collection
def test_walking_all_next_links_returns_each_feature_once_and_as_many_as_matched(get, collection):
    body = get(f"/collections/{collection}/items?limit=4")
    matched, seen = body["numberMatched"], [f["id"] for f in body["features"]]
    while following := rels(body, "next"):
        assert len(body["features"]) == 4  # a page that is not full is the last
        body = get(path(following[0]["href"]))
        seen += [f["id"] for f in body["features"]]
        assert body.get("numberMatched", matched) == matched
    assert len(seen) == len(set(seen)) == matched


@rule("number-returned")
@every_collection
def test_the_page_tells_how_many_it_has_and_when_it_was_made(get, collection):
    body = get(f"/collections/{collection}/items")
    assert body["numberReturned"] == len(body["features"])
    assert dt.datetime.fromisoformat(body["timeStamp"]).tzinfo is not None


@rule("alternates")
@pytest.mark.parametrize("address", ["/collections", *(f"/collections/{c}{rest}" for c in COLLECTIONS for rest in ("", "/items"))])
def test_there_is_an_alternate_for_each_media_type_of_the_definition(client, get, document, address):
    body = get(address)
    offered = set(document["paths"][address]["get"]["responses"]["200"]["content"])
    own, others = rels(body, "self"), rels(body, "alternate")
    assert all(ln["rel"] and ln["type"] and ln["href"] for ln in body["links"])
    assert len(own) == 1 and own[0]["type"] in offered
    assert sorted(ln["type"] for ln in others) == sorted(offered - {own[0]["type"]})
    for ln in others:  # and each is what it says; what is large is only asked for its head
        assert client.head(path(ln["href"])).mimetype == ln["type"].partition(";")[0]


@rule("collection-repeats")
@every_collection
def test_a_collection_alone_says_what_its_entry_says(get, collection):
    entry = next(c for c in get("/collections")["collections"] if c["id"] == collection)
    alone = get(path(rels(entry, "self")[0]["href"]))
    assert {k: v for k, v in alone.items() if k != "links"} == {k: v for k, v in entry.items() if k != "links"}
    assert all(ln in alone["links"] for ln in entry["links"])


@rule("feature-links")
@every_collection
def test_a_feature_links_to_itself_its_collection_and_its_other_formats(client, get, document, collection):
    for feature in get(f"/collections/{collection}/items?limit=2")["features"]:
        alone = get(f"/collections/{collection}/items/{feature['id']}")
        assert all(ln["rel"] and ln["type"] for ln in alone["links"])
        offered = set(document["paths"][f"/collections/{collection}/items/{{featureId}}"]["get"]["responses"]["200"]["content"])
        assert {ln["type"] for ln in rels(alone, "self") + rels(alone, "alternate")} == offered
        assert [path(ln["href"]) for ln in rels(alone, "collection")] == [f"/collections/{collection}"]
        assert get(path(rels(alone, "self")[0]["href"]))["id"] == feature["id"] == alone["id"]


@rule("feature-links")
def test_some_collection_is_not_empty(get):
    assert any(get(f"/collections/{c}/items?limit=1")["features"] for c in COLLECTIONS)


# -- Part 2 ----------------------------------------------------------------------------------------
def crs_of(get: Any, collection: str) -> list[str]:
    found = get(f"/collections/{collection}")["crs"]
    return [u for uri in found for u in (get("/collections")["crs"] if uri == "#/crs" else [uri])]


@rule("crs")
@pytest.mark.parametrize("collection", ["road", "streetlight", "bridge", "district"])
def test_every_crs_that_is_offered_is_served_and_gives_back_the_same_places(client, get, collection):
    offered = crs_of(get, collection)
    assert offered[0] == CRS84 and len(offered) == len(set(offered))
    whole = get(f"/collections/{collection}/items")["features"]
    here = {f["id"]: f["geometry"] and shapely.geometry.shape(f["geometry"]) for f in whole}
    for uri in offered:
        for address in (f"/collections/{collection}/items?crs={uri}", f"/collections/{collection}/items/{whole[0]['id']}?crs={uri}"):
            answer = client.get(address)
            assert answer.status_code == 200 and answer.headers["Content-Crs"] == f"<{uri}>", address
            body = json.loads(answer.data)
            assert "crs" not in body
            for feature in body.get("features", [body]):
                assert (feature["geometry"] is None) == (here[feature["id"]] is None)
                if feature["geometry"]:
                    back = to_crs84(shapely.geometry.shape(feature["geometry"]), uri)
                    assert shapely.hausdorff_distance(back, here[feature["id"]]) < 1e-6


@rule("crs")
def test_a_box_in_every_crs_finds_the_same_features(get):
    asked = [120.4975, 29.99, 120.5325, 30.01]
    wanted = {f["id"] for f in get(f"/collections/road/items?bbox={','.join(map(str, asked))}")["features"]}
    assert 0 < len(wanted) < 23
    for uri in crs_of(get, "road"):
        # Corners in the order of the axes of that CRS.
        there = pyproj.Transformer.from_crs("OGC:CRS84", uri)
        (a, b), (c, d) = there.transform(*asked[:2]), there.transform(*asked[2:])
        found = get(f"/collections/road/items?bbox-crs={uri}&bbox={a:.9f},{b:.9f},{c:.9f},{d:.9f}")["features"]
        assert {f["id"] for f in found} == wanted, uri


@rule("crs")
@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
@every_collection
def test_a_crs_that_is_not_offered_is_400(refused, collection, name):
    body = refused(with_(f"/collections/{collection}/items", **{name: "http://www.opengis.net/def/crs/0/unsupported"}))
    assert [e["parameter"] for e in body["errors"]] == [name]


@lru_cache
def way_to_crs84(uri: str) -> pyproj.Transformer:
    """Once for each CRS: finding the way takes longer than a request."""
    return pyproj.Transformer.from_crs(uri, "OGC:CRS84")


def to_crs84(shape: Any, uri: str) -> Any:
    back = way_to_crs84(uri)
    return shapely.transform(shape, lambda points: list(zip(*back.transform(points[:, 0], points[:, 1]), strict=True)))
