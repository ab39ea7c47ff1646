"""OGC API – Features Part 1, core and geojson: each requirement named at the tests that prove it."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import shapely
from addresses import unfilled, with_

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


def req(*ids: str) -> pytest.MarkDecorator:
    """The requirements of 17-069r4 that a test proves."""
    return pytest.mark.requirement(*(f"ogcapi-features-1/1.0{i}" for i in ids))


def rels(body: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [ln for ln in body["links"] if ln["rel"] == rel]


def path(href: str) -> str:
    assert href.startswith("http://localhost/")
    return href.removeprefix("http://localhost")


def definition(document: dict[str, Any], address: str) -> dict[str, Any]:
    """The operation object that describes an address; what is written out goes before variables."""
    bare = address.split("?")[0]
    paths = document["paths"]
    template = min((t for t in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", t), bare)), key=lambda t: t.count("{"))
    return paths[template]["get"]


@req("/req/core/root-op", "/req/core/root-success")
def test_the_landing_page_has_title_description_and_the_links_of_the_standard(get):
    body = get("/")
    assert body["title"] and body["description"]
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert rels(body, rel), rel


@req("/req/core/api-definition-op", "/req/core/api-definition-success", "/req/oas30/oas-definition-1")
def test_the_links_to_the_api_definition_answer_in_their_own_type(client, get):
    body = get("/")
    assert [ln["type"] for ln in rels(body, "service-desc")] == [OPENAPI]
    assert [ln["type"] for ln in rels(body, "service-doc")] == ["text/html"]
    for rel in ("service-desc", "service-doc"):
        link = rels(body, rel)[0]
        for address in (path(link["href"]), "/api"):
            answer = client.get(address, headers={"Accept": link["type"]})
            assert answer.status_code == 200
            assert answer.content_type.split("; charset")[0] == link["type"]


@req("/req/core/conformance-op", "/req/core/conformance-success")
def test_conformance_lists_all_four_classes_of_part_one(get):
    assert set(get("/conformance")["conformsTo"]) >= {CORE + c for c in ("core", "oas30", "html", "geojson")}


def test_every_operation_that_reads_has_an_address_here(app):
    """Or nothing of what follows would be asked of it: fill in its variable in addresses.py."""
    assert not unfilled()


@pytest.fixture
def ask(client, admin):
    """An answer to somebody who may read everything."""
    def send(address: str, method: str = "GET", **headers: str) -> Any:
        return client.open(address, method=method, headers={"Authorization": f"Bearer {admin}", **headers})
    return send


@req("/req/core/http")
def test_head_answers_like_get_without_a_body_and_options_tells_the_methods(ask, readable):
    got, head = ask(readable), ask(readable, "HEAD")
    assert head.status_code == got.status_code == 200 and head.data == b""
    # Figures of now say at what moment, which is in their ETag.
    assert ("ETag" in head.headers) == ("ETag" in got.headers)
    for name in ("Content-Type", "Content-Crs", "Vary"):
        assert head.headers.get(name) == got.headers.get(name), name
    options = ask(readable, "OPTIONS")
    assert options.status_code == 200 and {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Allow"].split(", "))


@req("/req/core/query-param-unknown")
def test_a_parameter_that_is_not_declared_is_refused_everywhere(ask, readable):
    for method in ("GET", "HEAD"):
        answer = ask(with_(readable, unknownQueryParameter12345="1"), method)
        assert answer.status_code == 400 and answer.mimetype == "application/problem+json"
    body = json.loads(ask(with_(readable, unknownQueryParameter12345="1")).data)
    assert [e["parameter"] for e in body["errors"]] == ["unknownQueryParameter12345"] and body["zh"] and body["en"]


@req("/req/core/query-param-invalid")
@pytest.mark.parametrize("name, value", [("limit", "unlimited"), ("limit", "0"), ("bbox", "1,2,3"), ("datetime", "x"),
                                         ("f", "pdf"), ("lang", "fr"), ("sortby", "nothing"), ("state", "perfect"),
                                         ("installed_on", "2020-13-01"), ("width_m", "wide"), ("cursor", "zzz")])
def test_a_wrong_value_is_refused_and_named(refused, name, value):
    body = refused(f"/collections/road/items?{name}={value}")
    assert [e["parameter"] for e in body["errors"]] == [name] and name in body["detail"]


@req("/req/core/crs84")
def test_coordinates_are_longitude_and_latitude(client):
    answer = client.get("/collections/road/items?limit=1")
    lon, lat = json.loads(answer.data)["features"][0]["geometry"]["coordinates"][0]
    assert 120 < lon < 121 and 29 < lat < 31
    assert answer.headers["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"


@req("/req/core/fc-md-op", "/req/core/fc-md-success", "/req/core/fc-md-items")
def test_every_class_and_zone_kind_is_a_collection(get):
    from registry.catalogue import load

    body = get("/collections")
    assert [c["id"] for c in body["collections"]] == [k.key for k in load().kinds]
    assert all(c["itemType"] == "feature" and c["title"] for c in body["collections"])


@req("/req/core/fc-md-links", "/req/core/fc-links", "/req/core/fc-rel-type", "/req/core/f-links")
def test_every_document_links_to_itself_and_to_its_other_formats(get, document, resource):
    operation = definition(document, resource)
    if "links" not in (body := get(with_(resource, f="json"))):
        # The definition of a tile matrix set is the registered document, which has no links.
        assert resource in ("/healthz", "/readyz", "/tileMatrixSets/WebMercatorQuad") or operation["responses"]["200"]["content"].keys() & {OPENAPI, SCHEMA}
        return
    offered = set(operation["responses"]["200"]["content"])
    assert all(ln["rel"] and ln["type"] and ln["href"] for ln in body["links"])
    assert len(rels(body, "self")) == 1
    others = {ln["type"] for ln in rels(body, "alternate")}
    assert others == offered - {rels(body, "self")[0]["type"]}


@req("/req/core/fc-md-items-links")
def test_each_collection_links_to_its_items_in_each_format(get):
    for entry in get("/collections")["collections"]:
        assert {ln["type"] for ln in rels(entry, "items")} == {"application/geo+json", "text/html", "text/csv", "application/geo+json-seq"}


@req("/req/core/fc-md-extent", "/req/core/fc-md-extent-multi")
def test_the_extent_covers_every_feature(get):
    for entry in get("/collections")["collections"]:
        features = get(f"/collections/{entry['id']}/items?limit=10000")["features"]
        shapes = [shapely.geometry.shape(f["geometry"]) for f in features if f["geometry"]]
        assert ("spatial" in entry["extent"]) == bool(shapes)
        if shapes:
            box = shapely.box(*entry["extent"]["spatial"]["bbox"][0])
            assert all(box.covers(s) for s in shapes)
        start, end = entry["extent"]["temporal"]["interval"][0]
        days = [f["properties"].get("installed_on") for f in features]
        assert all(d is None or (start[:10] <= d and end is None) for d in days)


@req("/req/core/sfc-md-op", "/req/core/sfc-md-success")
def test_a_collection_repeats_its_entry_in_the_list_and_all_its_links(get):
    for entry in get("/collections")["collections"]:
        alone = get(f"/collections/{entry['id']}")
        assert all(ln in alone["links"] for ln in entry["links"])
        assert {k: v for k, v in alone.items() if k != "links"} == {k: v for k, v in entry.items() if k != "links"}


@req("/req/core/fc-op", "/req/core/fc-response", "/req/geojson/content")
def test_items_of_every_collection_are_geojson(client, get):
    for entry in get("/collections")["collections"]:
        answer = client.get(f"/collections/{entry['id']}/items")
        assert answer.status_code == 200 and answer.content_type == "application/geo+json"
        body = json.loads(answer.data)
        assert body["type"] == "FeatureCollection"
        for feature in body["features"]:
            assert feature["type"] == "Feature" and isinstance(feature["id"], int) and "geometry" in feature


@req("/req/core/fc-limit-definition", "/req/core/fc-bbox-definition", "/req/core/fc-time-definition")
def test_limit_bbox_and_datetime_are_defined_as_text_and_suite_want_them(get):
    api = get("/api?f=json")
    for template in [p for p in api["paths"] if p.endswith("/items")]:
        given = [api["components"]["parameters"][p["$ref"].split("/")[-1]] if "$ref" in p else p
                 for p in api["paths"][template]["get"]["parameters"]]
        found = {p["name"]: p for p in given}
        for name in ("limit", "bbox", "datetime"):
            assert (found[name]["in"], found[name]["required"]) == ("query", False)
            assert (found[name]["style"], found[name]["explode"]) == ("form", False)
        limit, bbox = found["limit"]["schema"], found["bbox"]["schema"]
        assert limit["type"] == "integer" and limit["minimum"] == 1 and limit["maximum"] == 10_000
        assert limit["default"] == 100
        assert (bbox["type"], bbox["minItems"], bbox["maxItems"]) == ("array", 4, 6)
        assert bbox["items"] == {"type": "number"} and len(bbox["oneOf"]) == 2
        assert found["datetime"]["schema"]["type"] == "string"


@req("/req/core/fc-limit-response-1")
@pytest.mark.parametrize("limit, returned", [("1", 1), ("7", 7), ("10000", 23), ("10001", 23), ("9" * 40, 23), ("9" * 5_000, 23), ("0" * 5_000 + "7", 7)])
def test_limit_is_kept_and_clamped(get, limit, returned):
    body = get(f"/collections/road/items?limit={limit}")
    assert len(body["features"]) == body["numberReturned"] == returned


@req("/req/core/fc-bbox-response")
@pytest.mark.parametrize("bbox", ["-1.5,50,1.5,53", "-80,-5,-70,5", "177,65,-177,70", "-180,85,180,90",
                                  "-180,-90,180,-85", "120.5,30,120.52,30.01", "120.5,30,-5,120.52,30.01,90",
                                  "120.52,30.001,120.52,30.001"])
def test_bbox_gives_what_intersects_it_and_all_that_has_no_place(get, bbox):
    numbers = [float(v) for v in bbox.split(",")]
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    west, south, east, north = numbers
    # An envelope without area is a point or a line, and still meets what lies there.
    box = shapely.MultiPoint([(west, south), (east, north)]).envelope if west <= east else \
        shapely.box(west, south, 180, north) | shapely.box(-180, south, east, north)
    for collection, city in (("road", "demo"), ("bridge", "demo"), ("toilet", "far")):
        every = get(f"/collections/{collection}/items?city={city}")["features"]
        wanted = {f["id"] for f in every
                  if f["geometry"] is None or box.intersects(shapely.geometry.shape(f["geometry"]))}
        got = get(f"/collections/{collection}/items?city={city}&bbox={bbox}")["features"]
        assert {f["id"] for f in got} == wanted
    assert None in [f["geometry"] for f in get(f"/collections/bridge/items?bbox={bbox}")["features"]]


@req("/req/core/fc-bbox-response")
def test_a_bbox_over_the_antimeridian_finds_both_sides_and_not_the_rest(get):
    body = get("/collections/toilet/items?city=far&bbox=179,-18,-179,-17")
    assert {f["properties"]["code"] for f in body["features"]} == {"W", "E"}


@req("/req/core/fc-bbox-response")
@pytest.mark.parametrize("bbox", ["0,0,200,10", "-181,0,0,10", "0,-91,10,10", "0,0,10,91", "0,10,10,0", "1,1,9,2,2,0",
                                  "nan,0,1,1", "0,0,inf,1", "1_0,0,20,1", "", ",,,", "1,2,3,4,5"])
def test_a_bbox_outside_the_valid_range_is_refused(refused, bbox):
    assert refused(f"/collections/road/items?bbox={bbox}")["errors"][0]["parameter"] == "bbox"


@req("/req/core/fc-time-response")
@pytest.mark.parametrize("asked, first, last", [
    ("2001-05-01", "2001-05-01", "2001-05-01"), ("2001-05-01T12:00:00Z", "2001-05-01", "2001-05-01"),
    ("2001-05-01t12:00:00.25%2B08:00", "2001-05-01", "2001-05-01"), ("2001-01-01/2001-04-30", "2001-01-01", "2001-04-30"),
    ("../2001-05-01", None, "2001-05-01"), ("/2001-05-01", None, "2001-05-01"), ("2002-05-02/..", "2002-05-02", None),
    ("2002-05-02/", "2002-05-02", None), ("1990-01-01T00:00:00Z/1999-01-01T00:00:00Z", "1990-01-01", "1999-01-01")])
def test_datetime_gives_what_was_in_service_and_all_that_has_no_date(get, asked, first, last):
    every = get("/collections/road/items")["features"]
    # Nothing in the small city was ever retired: in service from its first day on.
    wanted = {f["id"] for f in every
              if (day := f["properties"]["installed_on"]) is None or last is None or day <= last}
    assert first is None or last is None or first <= last
    assert {f["id"] for f in get(f"/collections/road/items?datetime={asked}")["features"]} == wanted


@req("/req/core/fc-time-response")
@pytest.mark.parametrize("asked", ["", "/", "..", "../..", "2001", "2001-02-30", "2001-01-01/2000-01-01", "2001-01-01 ",
                                   "2001-01-01T25:00:00Z", "2001-01-01T00:00:00", "a/b/c", "2001-01-01/../2002-01-01"])
def test_a_datetime_that_is_none_is_refused(refused, asked):
    assert refused(f"/collections/road/items?datetime={asked}")["errors"][0]["parameter"] == "datetime"


@req("/req/core/fc-timeStamp")
def test_the_time_stamp_is_now(get):
    stamp = dt.datetime.fromisoformat(get("/collections/road/items")["timeStamp"])
    assert abs(dt.datetime.now(dt.UTC) - stamp) < dt.timedelta(seconds=60)


@req("/req/core/fc-numberMatched", "/req/core/fc-numberReturned")
@pytest.mark.parametrize("query", ["", "state=intact", "bbox=120.5,30,120.52,30.01", "q=解放路1", "owner=",
                                   "datetime=../2001-06-01", "limit=1", "limit=23", "limit=22"])
def test_number_matched_is_what_all_pages_together_return(get, query):
    body = get(f"/collections/road/items?{query}")
    matched, returned = body["numberMatched"], body["numberReturned"]
    assert returned == len(body["features"])
    while rels(body, "next"):
        body = get(path(rels(body, "next")[0]["href"]))
        assert body.get("numberMatched", matched) == matched
        returned += len(body["features"])
    assert returned == matched


@req("/req/core/f-op", "/req/core/f-success", "/req/geojson/content")
def test_every_feature_is_found_under_its_id(get):
    for feature in get("/collections/road/items")["features"]:
        alone = get(f"/collections/road/items/{feature['id']}")
        assert {k: alone[k] for k in feature} == feature
        assert {ln["type"] for ln in rels(alone, "self") + rels(alone, "alternate")} == {"application/geo+json", "text/html"}
        assert path(rels(alone, "collection")[0]["href"]) == "/collections/road"


@req("/req/geojson/definition")
def test_features_are_geo_json_and_everything_else_is_json(client, get, resource):
    answer = client.get(with_(resource, f="json"))
    if answer.mimetype in ("application/schema+json", "application/vnd.oai.openapi+json"):
        return  # what they are has a media type of its own
    features = get(with_(resource, f="json")).get("type") in ("FeatureCollection", "Feature")
    assert answer.content_type == ("application/geo+json" if features else "application/json")
    for accepted in ("application/json", *(["application/geo+json"] if features else [])):
        assert client.get(resource, headers={"Accept": accepted}).content_type == answer.content_type
