"""OGC API – Features Part 1, html and oas30: each requirement named at the tests that prove it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import addresses
import pytest
from addresses import with_
from openapi_spec_validator import validate

from api.html import moment, shown
from registry.catalogue import load


def req(*ids: str) -> pytest.MarkDecorator:
    """The requirements of 17-069r4 that a test proves."""
    return pytest.mark.requirement(*(f"ogcapi-features-1/1.0{i}" for i in ids))


class Page(HTMLParser):
    """Links, tags and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hrefs: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hrefs += [v or "" for k, v in attrs if k == "href" and tag == "a"]
        assert not [k for k, _ in attrs if k.startswith("on") or k == "style"], (tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


# Tiles, files and downloads are bytes of their own; the page of the items is what people read.
BYTES = ("application/vnd.mapbox-vector-tile", "application/octet-stream", "application/zip")


@req("/req/html/definition")
def test_whatever_can_be_read_is_there_as_a_page(readable, client, admin):
    operation = addresses.operation_at(readable)
    if operation.id == "download" or {f.media for f in operation.formats} <= set(BYTES):
        return
    answer = client.get(readable, headers={"Authorization": f"Bearer {admin}", "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 200 and answer.content_type == "text/html; charset=utf-8"


@req("/req/html/content")
def test_every_document_is_a_page_with_all_its_links_and_values(client, get, resource):
    answer = client.get(resource, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 200 and answer.content_type == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")
    page = Page()
    page.feed(answer.text)
    assert page.tags.count("main") == page.tags.count("h1") == 1
    body = get(with_(resource, f="json"))
    if resource == "/map":  # its links stand in a list of its own
        return
    links = [ln for ln in body.get("links", []) if ln["rel"] not in ("self", "alternate", "next")]
    assert not [ln for ln in links if ln["href"] not in page.hrefs]
    if any(ln["rel"] == "next" for ln in body.get("links", [])):
        assert any("cursor=" in href for href in page.hrefs)


# What says how the JSON is made, stands as a colour, a map or in an address, or is said in other words or rounded.
FORM = {"type", "timeStamp", "numberReturned", "color", "x-color", "links", "coordinates", "geometry", "bbox", "trs", "$schema", "format",
        "key", "collection", "city", "as_of", "unknown_owner", "unknown_state", "unknown_date", "unsaid", "form", "no_interval", "on"}


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value of a document with its name; titles in both languages once."""
    if isinstance(value, dict) and set(value) != {"zh", "en"}:
        for name, inner in value.items():
            if name not in FORM:
                yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    elif value not in (None, "", "..") and not isinstance(value, bool):
        yield key, value["zh"] if isinstance(value, dict) else value


def as_people_read_it(key: str, value: Any) -> set[str]:
    """The forms in which a page may show a value: moments in local time, numbers with separators, codes by title."""
    forms = {str(value), shown(value), moment(value), str(value)[:10] if key == "interval" else str(value)}
    if isinstance(value, int | float):
        forms |= {shown(value / 1000), shown(value / 10_000), f"{value:.1f}"}  # in km or ten thousand m²
    for kind in load().kinds:
        if key in kind.by_key and kind.by_key[key].codes:
            forms.add(kind.by_key[key].codes.title_of(str(value)).zh)
    return forms


@req("/req/html/content")
def test_a_page_shows_every_value_of_its_document(client, get, resource):
    if resource.partition("?")[0] in ("/api", "/map"):  # a page for people, and a map
        return
    page = Page()
    page.feed(client.get(with_(resource, f="html", lang="zh")).text)
    missing = [(key, value) for key, value in leaves(get(with_(resource, f="json", lang="zh")))
               if not any(form in page.text for form in as_people_read_it(key, value))]
    assert not missing


@req("/req/html/content")
def test_the_page_of_a_feature_shows_every_value(client, get):
    feature = get("/collections/road/items?state=damaged&limit=1")["features"][0]
    text = client.get(f"/collections/road/items/{feature['id']}?f=html").text
    for value in (feature["properties"]["code"], "破损", "解放路", str(feature["id"])):
        assert value in text


@req("/req/oas30/oas-definition-2")
def test_the_definition_is_valid_openapi_3_0(get):
    """In English; the Chinese one is validated where it is found by its media type, in test_part1_suite."""
    body = get("/api?f=json&lang=en")
    assert body["openapi"] == "3.0.3"
    validate(body)


@req("/req/oas30/oas-impl")
def test_everything_in_the_definition_is_served(client, get, admin):
    some = {"featureId": "0", "version": "1", "code": "intact_rate", "rule": "park", "tileMatrix": "0",
            "tileRow": "0", "tileCol": "0", "plan": "hexi_14"}
    for template, methods in get("/api?f=json")["paths"].items():
        address = re.sub(r"\{(\w+)\}", lambda m: some.get(m[1], "0"), template)
        for method in set(methods) - {"get"}:  # not open to the public, unless it only asks
            assert methods[method]["operationId"] == "what_if" or client.open(address, method=method.upper()).status_code == 401, (method, address)
        if "get" not in methods:
            continue
        status = client.get(address, headers={"Authorization": f"Bearer {admin}"}).status_code
        expected = {200}
        if re.search(r"\{\w+Id\}", template):
            expected = {404}
        elif template.endswith(("/evidence", "/compare")):
            expected = {400}  # a class is needed, or two days
        assert status in expected, (address, status)


@req("/req/oas30/completeness", "/req/oas30/exceptions-codes")
def test_every_operation_lists_every_status_that_it_uses(get):
    from api.errors import STATUS

    api = get("/api?f=json")
    for template, methods in api["paths"].items():
        for method in set(methods) - {"get"}:
            always = {"400", "401", "403", "404", "405", "406", "413", "429", "500", "503"}
            assert set(methods[method]["responses"]) >= always, (method, template)
            assert "415" in methods[method]["responses"] or "requestBody" not in methods[method], (method, template)
        if "get" not in methods:
            continue
        listed = set(methods["get"]["responses"])
        assert listed >= {"200", "304", "400", "401", "403", "404", "405", "406", "429", "500", "503"}, template
    of_writes = {409, 410, 412, 413, 415, 422, 428}
    assert set(STATUS.values()) - of_writes <= {400, 401, 403, 404, 429, 500, 503}
    one = api["paths"]["/collections/road/items/{featureId}"]
    assert set(one["put"]["responses"]) >= {"200", "204", "409", "410", "412", "415", "422", "428"} <= set(one["patch"]["responses"])
    assert set(one["delete"]["responses"]) >= {"204", "410", "412", "428"}
    assert set(api["paths"]["/collections/road/items"]["post"]["responses"]) >= {"201", "409", "415", "422"}
    for operation in (one["put"], one["patch"]):
        assert {p["name"] for p in operation["parameters"] if p.get("in") == "header"} >= {"If-Match", "Prefer", "Registry-Reason"}
        assert operation["requestBody"]["content"]


@req("/req/oas30/security")
def test_the_definition_says_how_to_sign_in_and_where_one_need_not(client, get, admin):
    body = get("/api?f=json")
    assert {(s["type"], s["scheme"]) for s in body["components"]["securitySchemes"].values()} == {("http", "bearer"), ("http", "basic")}
    for template, methods in body["paths"].items():
        for method, operation in methods.items():
            ways = operation["security"]
            assert {name for way in ways for name in way} == set(body["components"]["securitySchemes"]), (method, template)
            assert method == "get" or {} not in ways or operation["operationId"] == "what_if", "a question that writes nothing"
    assert {} in body["paths"]["/collections"]["get"]["security"] and {} not in body["paths"]["/batches"]["get"]["security"]
    assert client.get("/collections").status_code == 200 and client.get("/batches").status_code == 401
    assert client.get("/batches", headers={"Authorization": f"Bearer {admin}"}).status_code == 200
    assert client.get("/batches", auth=("anyone", admin)).status_code == 200


@req("/req/oas30/completeness")
def test_every_route_of_the_application_is_in_the_definition(app, get):
    defined = set(get("/api?f=json")["paths"])
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            address = rule.rule.replace("<collection>", "road")
            # feature_id is featureId in the definition
            camel = re.sub(r"_(\w)", lambda m: m[1].upper(), re.sub(r"<(\w+)>", r"{\1}", address))
            assert camel in defined
