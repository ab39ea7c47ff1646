"""Pages of features: complete without repeats, filtered by declared fields, the same in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest
from editors import version

ROADS = "/collections/road/items"


def path(href: str) -> str:
    return href.removeprefix("http://localhost")


def walk(get, address: str) -> list[dict]:
    """All features by following the next links."""
    found, pages = [], 0
    while address:
        body = get(address)
        found += body["features"]
        address = next((path(ln["href"]) for ln in body["links"] if ln["rel"] == "next"), "")
        pages += 1
        assert pages < 100
    return found


def ordered(features: list[dict], sort: str) -> list[int]:
    """Ids as the sort wants them: empty values last either way, then by id."""
    result = sorted(features, key=lambda f: f["id"])
    for part in reversed(sort.split(",")):
        key, down = part.lstrip("+- "), part.startswith("-")

        def value(f: dict, k: str = key):
            return f["id"] if k == "id" else f["properties"][k]

        known = [f for f in result if value(f) is not None]
        result = sorted(known, key=value, reverse=down) + [f for f in result if value(f) is None]
    return [f["id"] for f in result]


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "installed_on", "-installed_on", "name,-installed_on",
                                  "-installed_on,name,-code", "%2Bcode", " code", "is_key,-length_m", "road_class,state",
                                  "-renovated_on,name"])
@pytest.mark.parametrize("limit", [1, 4, 22, 23])
def test_pages_are_complete_and_in_order_under_a_sort_with_empty_values(get, sort, limit):
    every = get(ROADS)["features"]
    found = walk(get, f"{ROADS}?sortby={sort}&limit={limit}")
    ids = [f["id"] for f in found]
    assert len(ids) == len(set(ids)) == len(every) == 23
    assert ids == ordered(every, sort.replace("%2B", ""))


@pytest.mark.parametrize("limit", [1, 5])
def test_the_table_pages_like_geojson_and_says_the_same(client, get, limit):
    every = {f["id"]: f["properties"] for f in get(ROADS)["features"]}
    address, seen = f"{ROADS}?f=csv&sortby=-installed_on&limit={limit}", []
    while address:
        answer = client.get(address)
        assert answer.content_type == "text/csv; charset=utf-8"
        assert answer.data.startswith(b"\xef\xbb\xbf")  # or Excel takes it for the local code page
        lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert 1 <= len(lines) <= limit
        seen += lines
        links = [part for part in answer.headers["Link"].split(", <") if 'rel="next"' in part]
        address = path(links[0].lstrip("<").split(">")[0]) if links else ""
    assert [int(row["id"]) for row in seen] == [f["id"] for f in walk(get, f"{ROADS}?sortby=-installed_on")]
    assert list(seen[0])[:3] == ["id", "code", "name"] and list(seen[0])[-1] == "geometry"
    for row in seen:
        own = every[int(row["id"])]
        assert row["code"] == own["code"] and row["name"] == (own["name"] or "")
        assert row["installed_on"] == (own["installed_on"] or "") and row["is_key"] in ("true", "false", "")
        assert row["geometry"].startswith("LINESTRING(120.")


@pytest.mark.parametrize("query, wanted", [
    ("code=R003", lambda p: p["code"] == "R003"), ("name=解放路1", lambda p: p["name"] == "解放路1"),
    ("state=damaged", lambda p: p["state"] == "damaged"), ("state=破损", lambda p: p["state"] == "damaged"),
    ("state=", lambda p: p["state"] is None), ("owner=", lambda p: p["owner"] is None),
    ("owner=市政处&state=intact", lambda p: p["owner"] == "市政处" and p["state"] == "intact"),
    ("installed_on=2001-05-01", lambda p: p["installed_on"] == "2001-05-01"),
    ("installed_on=20010501", lambda p: p["installed_on"] == "2001-05-01"),
    ("road_class=主干", lambda p: p["road_class"] == "arterial"), ("is_key=否", lambda p: p["is_key"] is False),
    ("district=330602", lambda p: p["district"] == "330602"), ("width_m=7.5", lambda p: p["width_m"] == 7.5),
    ("q=解放", lambda p: "解放" in (p["name"] or "")), ("q=r00", lambda p: "R00" in p["code"]),
    ("q=%25", lambda p: False), ("q=_", lambda p: False), ("q=", lambda p: True), ("q=%5C", lambda p: False)])
def test_a_parameter_of_a_declared_field_filters_by_it(get, query, wanted):
    every = get(ROADS)["features"]
    found = get(f"{ROADS}?{query}")["features"]
    assert {f["id"] for f in found} == {f["id"] for f in every if wanted(f["properties"])}


@pytest.mark.parametrize("field", ["code", "state", "installed_on", "width_m", "is_key", "lanes", "note"])
def test_every_declared_field_has_a_parameter(get, field):
    get(f"{ROADS}?{field}=")


def test_a_cursor_of_another_query_is_refused(get, refused):
    body = get(f"{ROADS}?limit=2&state=intact")
    cursor = next(ln["href"] for ln in body["links"] if ln["rel"] == "next").split("cursor=")[1]
    get(f"{ROADS}?limit=5&state=intact&cursor={cursor}")  # another size of page is the same query
    for other in (f"{ROADS}?limit=2", f"{ROADS}?limit=2&state=damaged", f"{ROADS}?limit=2&state=intact&sortby=name",
                  "/collections/bridge/items?limit=2&state=intact", f"{ROADS}?limit=2&state=intact&city=far"):
        joined = "&" if "?" in other else "?"
        assert refused(f"{other}{joined}cursor={cursor}")["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("cursor", ["", "x", "%00", "bnVsbA", "WzFd", "W251bGwsW11d", "W251bGwsWyJ4Il1d", "W1tdLFtdXQ",
                                    "WyJ4IixbMWU5OTldXQ", "%F0%9F%98%80", "A" * 4000])
def test_a_forged_cursor_is_refused_or_means_the_first_page(client, cursor):
    assert client.get(f"{ROADS}?cursor={cursor}").status_code in ((200,) if not cursor else (400,))


def test_links_carry_on_what_was_asked(get):
    body = get(f"{ROADS}?limit=2&q=解放&lang=en&city=demo&sortby=%2Bname")
    for link in body["links"]:
        assert "lang=en" in link["href"] and "city=demo" in link["href"]
        if link["rel"] in ("alternate", "next"):
            assert "limit=2" in link["href"] and "%E8%A7%A3%E6%94%BE" in link["href"]
            get_ = path(link["href"])
            assert "sortby=%2Bname" in get_


def test_the_link_header_mirrors_the_links_of_the_body(client):
    answer = client.get(f"{ROADS}?limit=2")
    for link in json.loads(answer.data)["links"]:
        assert f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' in answer.headers["Link"]


def test_only_asked_for_city_is_answered(get, refused):
    assert get("/collections/toilet/items?city=far")["numberMatched"] == 3
    assert get("/collections/toilet/items")["numberMatched"] == 0
    id_ = get("/collections/toilet/items?city=far")["features"][0]["id"]
    get(f"/collections/toilet/items/{id_}?city=far")
    refused(f"/collections/toilet/items/{id_}", 404)


@pytest.mark.parametrize("id_", ["0", "-1", "abc", "1.0", "007", "9" * 18, "9" * 19, "9" * 400, "%00", "1%20", "１"])
def test_an_id_that_names_nothing_is_not_found(refused, id_):
    refused(f"/collections/road/items/{id_}", 404)


def test_an_unchanged_feature_is_answered_by_304(client, get):
    id_ = get(f"{ROADS}?limit=1")["features"][0]["id"]
    first = client.get(f"{ROADS}/{id_}")
    assert version(first) == 1
    again = client.get(f"{ROADS}/{id_}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    page = client.get(ROADS)
    assert client.get(ROADS, headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_a_browser_that_has_the_json_of_an_address_is_not_told_that_its_page_is_the_same(client, get):
    address = f"{ROADS}/{get(f'{ROADS}?limit=1')['features'][0]['id']}"
    tag = client.get(address).headers["ETag"]
    page = client.get(address, headers={"If-None-Match": tag, "Accept": "text/html"})
    assert page.status_code == 200 and page.mimetype == "text/html" and page.headers["ETag"] != tag
    assert page.headers["Cache-Control"] == "no-store"  # more than the row is on it
    assert client.get(address, headers={"If-Match": '"99"', "Accept": "text/html"}).status_code == 412


def test_a_page_of_many_features_asks_the_database_a_fixed_number_of_times(client, served):
    from sqlalchemy import event

    from registry import db

    client.get(ROADS)
    counted = []
    event.listen(db.engine(), "before_cursor_execute", lambda *a: counted.append(a[2]))
    client.get(f"{ROADS}?limit=1")
    few, counted[:] = len(counted), []
    client.get(f"{ROADS}?limit=10000")
    assert len(counted) == few <= 3
