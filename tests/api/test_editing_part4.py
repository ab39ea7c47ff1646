"""OGC API – Features Part 4 (draft 20-002r2): each requirement named at the tests that prove it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from editors import GEOJSON, PATCH, Writer, problem, road, token, version

ROADS = "/collections/road/items"
CONF = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"


def req(*ids: str) -> pytest.MarkDecorator:
    """The requirements of 20-002r2 that a test proves."""
    return pytest.mark.requirement(*(f"ogcapi-features-4/1.0{i}" for i in ids))


@pytest.fixture
def made(editor: Writer, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A road of the test's own."""
    return editor.made(ROADS, road(f"T-{abs(hash(request.node.nodeid))}", name="旧名", lanes=4))


def path(feature: dict[str, Any]) -> str:
    return f"{ROADS}/{feature['id']}"


def bare(feature: dict[str, Any]) -> dict[str, Any]:
    """Properties that say what the thing is."""
    return {k: v for k, v in feature["properties"].items() if k not in ("version", "updated_at")}


@pytest.mark.parametrize("name", ["create-replace-delete", "update", "features", "optimistic-locking-etags"])
def test_conformance_lists_the_classes_of_part_four(get, name):
    assert CONF + name in get("/conformance")["conformsTo"]


@req("/req/core/methods", "/req/create-replace-delete/options-op", "/req/create-replace-delete/options-response",
     "/req/update/methods")
def test_options_tell_the_methods_that_this_user_may_use(client, editor, made):
    def allowed(address: str, who: Any) -> set[str]:
        answer = who.send("OPTIONS", address) if isinstance(who, Writer) else who.options(address)
        assert answer.status_code == 200
        return set(answer.headers["Allow"].split(", "))

    assert allowed(ROADS, editor) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert allowed(path(made), editor) == {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
    for who in (client, Writer(client, token("reader")), Writer(client, token("auditor"))):
        assert allowed(ROADS, who) == allowed(path(made), who) == {"GET", "HEAD", "OPTIONS"}
    local = Writer(client, token(districts=("330602",)))
    assert "POST" in allowed(ROADS, local) and "POST" not in allowed("/collections/district/items", local)


@req("/req/create-replace-delete/post-op", "/req/create-replace-delete/post-body",
     "/req/create-replace-delete/post-response", "/req/create-replace-delete/post-response-rid",
     "/req/features/resources-endpoint")
def test_a_posted_feature_is_created_under_a_new_id_told_by_location(editor):
    sent = road("POST-1", name="新路") | {"id": 1}
    answer = editor.post(ROADS, sent)
    assert answer.status_code == 201 and answer.headers["ETag"] == '"1"'
    location = answer.headers["Location"]
    assert location.startswith("http://localhost/collections/road/items/") and not location.endswith("/items/1")
    found = editor.get(location.removeprefix("http://localhost"))
    assert found == json.loads(answer.data) | {"links": found["links"]}
    assert found["properties"]["name"] == "新路" and found["geometry"] == sent["geometry"]


@req("/req/create-replace-delete/post-content-type", "/req/create-replace-delete/put-content-type", "/req/update/update-patch-body")
@pytest.mark.parametrize("media", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_media_type_is_415(editor, made, media):
    for method, address in (("POST", ROADS), ("PUT", path(made)), ("PATCH", path(made))):
        told = problem(editor.send(method, address, json.dumps(road("X")), media, match=1), 415)
        taken = editor.last.headers[{"POST": "Accept-Post", "PATCH": "Accept-Patch"}.get(method, "Accept")]
        assert (PATCH if method == "PATCH" else "application/geo+json") in taken and media not in taken
        assert all(media in told[tongue] and taken in told[tongue] for tongue in ("zh", "en"))
        assert method == "PUT" or editor.send("OPTIONS", address).headers[f"Accept-{method.title()}"] == taken
    problem(editor.put(path(made), road("X"), 1, media=PATCH), 415)  # a patch does not replace


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, GZIP"])
def test_a_compressed_body_is_415_whether_it_is_one_or_not(editor, made, coding):
    """RFC 9110 §15.5.16: Accept-Encoding says what would be taken."""
    def tried(method: str, address: str, body: Any, media: str) -> None:
        for data in (json.dumps(body).encode(), gzip.compress(json.dumps(body).encode())):
            told = problem(editor.send(method, address, data, media, match=1, Content_Encoding=coding), 415)
            assert editor.last.headers["Accept-Encoding"] == "identity" and "Accept-Post" not in editor.last.headers
            assert coding in told["zh"] and coding in told["en"] and told["code"] == "wrong_coding"

    tried("POST", ROADS, road("GZ"), GEOJSON)
    tried("PUT", path(made), road("GZ"), GEOJSON)
    tried("PATCH", path(made), {"properties": {"name": "x"}}, PATCH)
    tried("POST", "/transactions", {"transaction": []}, "application/json")
    assert editor.get(path(made))["properties"]["version"] == 1


def test_a_body_said_to_be_as_it_is_is_taken(editor, made):
    assert editor.patch(path(made), {"properties": {"name": "x"}}, 1, Content_Encoding="identity").status_code == 200


@req("/req/create-replace-delete/put-op", "/req/create-replace-delete/put-body", "/req/create-replace-delete/put-response",
     "/req/features/resource-endpoint")
def test_put_replaces_the_whole_feature_and_takes_away_what_is_absent(editor, made):
    answer = editor.put(path(made), road(made["properties"]["code"], 120.55, width_m=12), 1)
    assert answer.status_code == 200 and answer.headers["ETag"] == '"2"'
    found = editor.get(path(made))
    assert (found["properties"]["name"], found["properties"]["lanes"], found["properties"]["width_m"]) == (None, None, 12)
    assert found["geometry"]["coordinates"][0] == [120.55, 30.0]


@req("/req/create-replace-delete/put-rid", "/req/update/rid", "/req/features/geojson-create-replace")
def test_an_id_in_the_body_is_ignored(editor, made):
    body = road(made["properties"]["code"]) | {"id": 987654}
    answer = editor.put(path(made), body, 1)
    assert answer.status_code == 200 and json.loads(answer.data)["id"] == made["id"]
    answer = editor.patch(path(made), {"id": 987654, "properties": {"name": "x"}}, 2)
    assert answer.status_code == 200 and json.loads(answer.data)["id"] == made["id"]


@req("/req/create-replace-delete/put-rid-exception")
def test_what_is_not_there_is_404_and_412_when_a_version_is_expected(editor, made):
    for method, body in (("PUT", road("N")), ("PATCH", {"properties": {}}), ("DELETE", None)):
        for nowhere in (f"{ROADS}/999999999", f"{ROADS}/abc", "/collections/toilet/items/" + str(made["id"])):
            problem(editor.send(method, nowhere, body, PATCH if method == "PATCH" else "application/json"), 404)
        for match in ('"1"', "*"):
            # A PUT might create, so it fails on its condition; the others fail on what is not there.
            told = problem(editor.send(method, f"{ROADS}/999999999", body, PATCH if method == "PATCH" else "application/json",
                                       match), 412 if method == "PUT" else 404)
            assert method != "PUT" or ("不存在" in told["zh"] and "does not exist" in told["en"])


@req("/req/features/collection-endpoint")
def test_no_collection_says_that_put_can_create(editor, get):
    problem(editor.put(f"{ROADS}/999999999", road("PUT-NEW")), 404)
    for entry in get("/collections")["collections"]:
        assert not entry.get("supportsNonAutogeneratedResourceIds")


@req("/req/create-replace-delete/delete-op", "/req/create-replace-delete/delete-response")
def test_a_deleted_feature_is_gone_with_the_way_to_its_last_version(client, editor, made):
    assert editor.delete(path(made), 1).status_code == 204 and editor.last.data == b""
    for method, body in (("GET", None), ("PUT", road("N")), ("PATCH", {"properties": {}}), ("DELETE", None)):
        gone = problem(editor.send(method, path(made), body, "application/json"), 410)
        assert gone["links"][0]["rel"] == "latest-version"
        assert client.get(gone["links"][0]["href"]).status_code == 200
    for method, body in (("PUT", road("N")), ("PATCH", {"properties": {}}), ("DELETE", None)):
        for match in ('"1"', "*"):
            gone = problem(editor.send(method, path(made), body, "application/json", match), 410)
            assert gone["links"][0]["rel"] == "latest-version"


@req("/req/update/update-patch-op", "/req/update/update-patch-body", "/req/update/update-patch-response",
     "/req/features/update-json-merge-patch")
@pytest.mark.parametrize("media", [PATCH, "application/json", "application/geo+json"])
def test_a_patch_changes_what_it_names_and_null_unsets(editor, made, media):
    answer = editor.patch(path(made), {"properties": {"name": "新名", "lanes": None}}, 1, media)
    assert answer.status_code == 200 and answer.headers["ETag"] == '"2"'
    found = editor.get(path(made))
    assert bare(found) == bare(made) | {"name": "新名", "lanes": None} and found["geometry"] == made["geometry"]
    moved = {"type": "LineString", "coordinates": [[120.51, 30.01], [120.52, 30.01]]}
    editor.patch(path(made), {"geometry": moved}, 2, media)
    found = editor.get(path(made))
    assert found["geometry"] == moved and found["properties"]["length_m"] != made["properties"]["length_m"]
    editor.patch(path(made), {"geometry": None}, 3, media)
    found = editor.get(path(made))
    assert found["geometry"] is None and found["properties"]["length_m"] is None


@req("/req/features/schema", "/req/features/representation-geojson-replace")
@pytest.mark.parametrize("kind", ["create", "replace", "update"])
def test_the_schema_of_what_is_received_takes_what_the_server_takes(client, editor, made, kind):
    from jsonschema import Draft202012Validator

    answer = client.get(f"/collections/road/schema?type={kind}")
    assert answer.status_code == 200 and answer.mimetype == "application/schema+json"
    schema = json.loads(answer.data)
    assert schema["$id"].endswith(f"/collections/road/schema?type={kind}")
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    whole, patch = editor.get(path(made)), {"properties": {"lanes": None}}
    assert check.is_valid(whole)
    assert check.is_valid(patch) == (kind == "update")
    assert not check.is_valid({**whole, "properties": {**whole["properties"], "nothing": 1}})
    assert not check.is_valid({**whole, "properties": {"lanes": "four", "code": "x"}})


@req("/req/features/crs-crs84", "/req/features/content-crs-header", "/req/features/default-crs")
def test_bodies_are_crs84_by_default_and_an_unknown_crs_is_refused(editor, made):
    crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert editor.put(path(made), made, 1, Content_Crs=f"<{crs84}>").status_code == 200
    for method, address, body in (("POST", ROADS, road("CRS")), ("PUT", path(made), made), ("PATCH", path(made), {})):
        refused = problem(editor.send(method, address, body, "application/json", 1,
                                      Content_Crs="<http://www.opengis.net/def/crs/EPSG/0/4214>"), 400)
        assert crs84 in refused["detail"]
    old = road("CRS") | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}}
    problem(editor.post(ROADS, old), 400)


@req("/req/optimistic-locking-etags/get-etag-response", "/req/optimistic-locking-etags/put-etag-response",
     "/req/optimistic-locking-etags/patch-etag-response")
def test_every_answer_has_the_version_as_a_strong_tag(client, editor, made):
    assert editor.put(path(made), made | {"properties": made["properties"] | {"name": "a"}}, 1).headers["ETag"] == '"2"'
    assert editor.patch(path(made), {"properties": {"name": "b"}}, 2, Prefer="return=minimal").headers["ETag"] == '"3"'
    for f in ("json", "html"):
        for method in ("GET", "HEAD"):
            assert version(client.open(f"{path(made)}?f={f}", method=method)) == 3


@req("/req/optimistic-locking-etags/ifmatch-put-eval", "/req/optimistic-locking-etags/ifmatch-patch-eval")
def test_another_version_is_412_with_what_is_there_and_what_differs(editor, made):
    editor.patch(path(made), {"properties": {"name": "别人改的", "lanes": 6}}, 1)
    late = problem(editor.patch(path(made), {"properties": {"name": "我改的", "lanes": 6, "width_m": 9}}, 1), 412)
    assert late["current"]["properties"]["version"] == 2
    assert late["differs"] == [{"field": "name", "yours": "我改的", "current": "别人改的"},
                               {"field": "width_m", "yours": 9, "current": None}]
    late = problem(editor.put(path(made), road(made["properties"]["code"], 120.56, lanes=6), 1), 412)
    assert {d["field"] for d in late["differs"]} == {"name", "geometry"}  # not what is derived or a default
    problem(editor.delete(path(made), 1), 412)
    assert editor.get(path(made))["properties"]["version"] == 2


@req("/req/optimistic-locking-etags/ifmatch-put-op", "/req/optimistic-locking-etags/ifmatch-patch-op")
def test_without_a_version_it_is_428(editor, made):
    for method, body in (("PUT", made), ("PATCH", {"properties": {}}), ("DELETE", None)):
        problem(editor.send(method, path(made), body, "application/json"), 428)
    assert editor.get(path(made))["properties"]["version"] == 1


@pytest.mark.parametrize("form", ['"{}"', '"{}:gzip"', '"{}-gzip"', 'W/"{}"', 'W/"{}-br"', '"7", "{}"', "{}"])
def test_every_form_that_a_proxy_makes_of_our_tag_is_understood(client, editor, made, form):
    first = client.get(path(made))
    tag = form.format(first.headers["ETag"].strip('"'))
    answer = client.get(path(made), headers={"If-None-Match": tag})
    assert answer.status_code == 304 and answer.headers["ETag"] == first.headers["ETag"] and answer.data == b""
    assert editor.patch(path(made), {"properties": {"name": tag}}, tag).status_code == 200
    assert client.get(path(made), headers={"If-None-Match": tag}).status_code == 200
    assert editor.patch(path(made), {"properties": {"name": form}}, form.format(2)).status_code == 200  # the version alone names the row


@pytest.mark.parametrize("tag", ['"2"', '"11"', '"01"', '"1x"', "", '""', '"*"x', "abc"])
def test_another_tag_is_not_taken_for_ours(client, editor, made, tag):
    problem(editor.patch(path(made), {"properties": {"name": "x"}}, tag), 412)
    assert client.get(path(made), headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("prefer, status, applied", [
    ("return=minimal", 204, "return=minimal"), ("return=representation", 200, "return=representation"),
    ("respond-async, return=minimal; foo=1", 204, "return=minimal"), ("return=nonsense", 200, None)])
def test_the_return_preference_is_honoured_and_told(editor, made, prefer, status, applied):
    answer = editor.patch(path(made), {"properties": {"name": "x"}}, 1, Prefer=prefer)
    assert (answer.status_code, answer.headers.get("Preference-Applied")) == (status, applied)
    assert (answer.data == b"") == (status == 204) and answer.headers["ETag"] == '"2"'


def test_strict_handling_refuses_what_would_be_repaired_and_lenient_passes_unknown_names_over(editor, made):
    loose = {"properties": {"installed_on": "2020", "nothing": 1}}
    assert [e["code"] for e in problem(editor.patch(path(made), loose, 1), 422)["errors"]] == ["unknown_field"]
    answer = editor.patch(path(made), loose, 1, Prefer="handling=lenient")
    assert answer.status_code == 200 and answer.headers["Preference-Applied"] == "handling=lenient"
    assert json.loads(answer.data)["properties"]["installed_on"] == "2020-01-01"
    strict = problem(editor.patch(path(made), {"properties": {"installed_on": "2021"}}, 2, Prefer="handling=strict"), 422)
    assert [e["code"] for e in strict["errors"]] == ["date_precision"]


def test_the_definition_tells_bodies_headers_and_an_example_of_a_transaction(client, get):
    paths = get("/api?f=json")["paths"]
    post = paths["/collections/road/items"]["post"]
    assert post["requestBody"]["content"]["application/geo+json"]["schema"] == {"$ref": "#/components/schemas/edit_road"}
    patch = paths["/collections/road/items/{featureId}"]["patch"]["requestBody"]["content"]
    assert set(patch) == {PATCH, "application/json", "application/geo+json"}
    schemas = get("/api?f=json")["components"]["schemas"]
    assert "code" in schemas["edit_road"]["properties"]["properties"]["required"]
    assert "required" not in schemas["patch_road"]["properties"]["properties"]
    assert schemas["Transaction"]["example"]["transaction"]
    page = client.get("/api?f=html").text
    assert "edit_road" in page and "PATCH" in page


def test_what_the_example_of_a_transaction_says_is_understood(editor, get):
    from api.transactions import steps

    listed = steps(get("/api?f=json")["components"]["schemas"]["Transaction"]["example"])
    assert [(s.action, s.collection) for s in listed] == [("insert", "toilet"), ("update", "road"), ("delete", "streetlight")]
