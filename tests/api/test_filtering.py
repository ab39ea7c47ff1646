"""Filters through HTTP: with everything else that chooses features, in tiles and downloads, and within what may be seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ROADS, roads
from mapbox_vector_tile import decode

ITEMS = "/collections/road/items"


def url(path: str = ITEMS, **asked: Any) -> str:
    from urllib.parse import urlencode

    return f"{path}?{urlencode({k.replace('filter_', 'filter-'): v for k, v in asked.items()})}"


def codes(found: dict[str, Any]) -> list[str]:
    return [f["properties"]["code"] for f in found["features"]]


@pytest.mark.requirement("ogcapi-features-3/1.0/req/filter/mixing-expressions", "ogcapi-features-3/1.0/req/features-filter/response")
def test_a_filter_is_one_condition_among_the_others(get):
    expected = [r["code"] for n, r in enumerate(roads()) if r["road_class"] == "arterial" and r["owner"] == "市政处" and n < 12]
    box = f"120.4,29.9,{120.5 + 11.5 * 0.005},30.2"
    found = get(url(filter="owner = '市政处'", road_class="arterial", bbox=box))
    assert codes(found) == expected and len(expected) > 0 and found["numberMatched"] == len(expected)
    assert codes(get(url(filter="road_class = 'arterial' AND owner LIKE '市政%'", bbox=box))) == expected


@pytest.mark.parametrize("said", ["road_class = '主干路'", "'Arterial' = road_class", "road_class IN ('主干路', 'nothing')",
                                  '{"op": "=", "args": [{"property": "road_class"}, "主干路"]}'])
def test_a_title_of_a_code_list_stands_for_its_code_in_a_filter_as_in_a_parameter(get, said):
    assert codes(get(url(filter=said))) == codes(get(url(road_class="主干路"))) == codes(get(url(road_class="arterial"))) != []


def test_a_title_is_a_text_like_any_other_where_no_code_is_compared(get):
    assert get(url(filter="name = '主干路' OR owner = 'Arterial'"))["features"] == []


@pytest.mark.parametrize("raw", ["nan", "-", "null", "none", "*"])
def test_what_files_write_for_no_value_is_no_value_of_a_parameter(get, refused, raw):
    assert refused(url(length_m=raw))["errors"][0]["parameter"] == "length_m"
    assert get(url(installed_on=""))["numberMatched"] == 8


@pytest.mark.requirement("ogcapi-features-3/1.0/req/filter/response")
def test_what_is_unknown_is_left_out_both_ways(get):
    with_date, without = get(url(filter="installed_on > DATE('2001-01-01')")), get(url(filter="NOT (installed_on > DATE('2001-01-01'))"))
    nothing = get(url(filter="installed_on IS NULL"))
    assert with_date["numberMatched"] + without["numberMatched"] + nothing["numberMatched"] == ROADS and nothing["numberMatched"] == 8


def test_pages_of_a_filter_follow_each_other_and_their_cursors_are_bound_to_it(get, refused):
    first = get(url(filter="state <> 'missing'", limit=5))
    seen, page = codes(first), first
    while links := [ln["href"] for ln in page["links"] if ln["rel"] == "next"]:
        page = get(links[0])
        seen += codes(page)
    expected = [r["code"] for r in roads() if r["state"] and r["state"] != "missing"]
    assert seen == expected and first["numberMatched"] == len(expected)
    cursor = next(ln["href"] for ln in first["links"] if ln["rel"] == "next").split("cursor=")[1].split("&")[0]
    refused(url(filter="state <> 'intact'", limit=5) + f"&cursor={cursor}")
    refused(url(filter="state <> 'missing'", limit=5, filter_lang="cql2-text") + f"&cursor={cursor}")


def test_every_property_with_one_value_can_be_asked_for_by_its_own_parameter_and_in_a_filter(get):
    one = get(url(limit=1))["features"][0]
    for key in ("id", "length_m", "version", "updated_at", "length_surveyed", "code"):
        value = one["id"] if key == "id" else one["properties"][key]
        literal = f"TIMESTAMP('{value}')" if key == "updated_at" else f"'{value}'" if key == "code" else json.dumps(value)
        by_filter, by_parameter = get(url(filter=f"{key} = {literal}")), get(url(**{key: json.dumps(value).strip('"')}))
        assert one["id"] in [f["id"] for f in by_filter["features"]], key
        assert [f["id"] for f in by_filter["features"]] == [f["id"] for f in by_parameter["features"]], key


@pytest.mark.requirement("ogcapi-features-3/1.0/req/features-filter/filter-crs-param", "ogcapi-features-3/1.0/req/filter/filter-crs-wgs84")
def test_coordinates_of_a_filter_are_in_its_crs(get, refused):
    near = "S_INTERSECTS(geometry, BBOX({}))"
    degrees = get(url(filter=near.format("120.4,29.9,120.52,30.2")))
    swapped = get(url(filter=near.format("29.9,120.4,30.2,120.52"), filter_crs="http://www.opengis.net/def/crs/EPSG/0/4490"))
    assert codes(degrees) == codes(swapped) and 0 < len(codes(degrees)) < ROADS
    refused(url(filter="state = 'intact'", filter_crs="http://www.opengis.net/def/crs/EPSG/0/2154"))


def test_assets_within_some_metres_are_found(get):
    found = get(url(filter="dwithin(geometry, POINT(120.5 30.002), 20)"))
    assert codes(found) == ["R000"]
    assert len(codes(get(url(filter="dwithin(geometry, POINT(120.5 30.002), 500)")))) == 2


def test_tiles_and_downloads_take_the_same_filter(client, get):
    tile = "/collections/road/tiles/WebMercatorQuad/14/6759/13676"  # from this level on roads carry their class
    every, some = (decode(client.get(t).data).get("road", {}).get("features", [])
                   for t in (tile, url(tile, filter="road_class = 'branch'")))
    expected = sum(r["road_class"] == "branch" for r in roads())
    assert len(every) > len(some) > 0 and {f["properties"]["road_class"] for f in some} == {"branch"}
    assert client.get(url(tile, filter="nothing = 1")).status_code == 400
    whole = client.get(url("/collections/road/download", filter="road_class = 'branch'", f="geojson"))
    assert whole.status_code == 200 and len(json.loads(whole.data)["features"]) == expected
    assert client.get(url("/collections/road/download", filter="(", f="geojson")).status_code == 400


@pytest.mark.requirement("ogcapi-features-3/1.0/req/features-filter/response",
                         "ogcapi-features-3/1.0/req/queryables/expression-construction", "cql2/1.0/req/basic-cql2/property")
@pytest.mark.parametrize("asked", [
    {"filter": ""}, {"filter": "zz = 1"}, {"filter": "name = "}, {"filter": "name"}, {"filter": "1"},
    {"filter": "name = 1"}, {"filter": "x" * 7000},
    {"filter": "state = 'intact'", "filter-lang": "sql"}, {"filter": "state = 'intact'", "filter-lang": "cql2-json"},
    {"filter": "{}"},
    {"filter": "state = 'intact'", "filter-crs": "EPSG:1"}, {"filter": "name = 'a'; DELETE FROM asset"}, {"filter": "name = '\x00'"},
    {"filter": "foo(name)"}, {"filter": "S_INTERSECTS(geometry, POINT(NaN 1))"}, {"filter": '{"op":"=","args":[NaN,1]}'},
    {"filter-crs": "nonsense"}, {"filter-lang": "sql"}])
def test_what_cannot_be_evaluated_is_a_400_with_names_in_both_languages(client, asked):
    answer = client.get(ITEMS, query_string=asked)
    body = answer.get_json()
    assert answer.status_code == 400, answer.text[:300]
    assert body["zh"] != body["en"] and body["errors"][0]["parameter"].startswith("filter")


def test_a_parameter_beyond_the_largest_number_is_refused(refused):
    for name in ("id", "version", "lanes"):
        refused(f"{ITEMS}?{name}={2**63}")


def test_a_long_address_works(get):
    listed = ", ".join(f"'R{n:03}'" for n in range(800))
    assert get(url(filter=f"code IN ({listed})"))["numberMatched"] == ROADS


@pytest.mark.requirement("ogcapi-features-3/1.0/req/queryables/queryables-link",
                         "ogcapi-features-3/1.0/req/features-filter/queryables-link",
                         "ogcapi-features-3/1.0/req/features-filter/get-queryables-op",
                         "ogcapi-features-3/1.0/req/queryables/get-queryables-op",
                         "ogcapi-features-3/1.0/req/queryables/get-queryables-response",
                         "ogcapi-features-3/1.0/req/queryables-query-parameters/parameters")
def test_each_collection_says_what_it_may_be_asked_by(client, get):
    paths = client.get("/api").get_json()["paths"]
    for collection in get("/collections")["collections"]:
        link, = [ln for ln in collection["links"] if ln["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/queryables"]
        assert link["type"] == "application/schema+json"
        path = f"/collections/{collection['id']}/queryables"
        assert path in link["href"]
        found = get(path)
        assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema" and found["type"] == "object"
        assert found["$id"].endswith(path) and found["additionalProperties"] is False
        for name, told in found["properties"].items():
            spatial = "geometry" in str(told.get("format"))
            assert ("type" in told) is not spatial and set(told["x-titles"]) == {"zh", "en"} if name != "id" else told["type"] == "integer"
        simple = {n for n, told in found["properties"].items() if told.get("type") not in (None, "array")}
        declared = {p["name"] for p in paths[f"/collections/{collection['id']}/items"]["get"]["parameters"] if "name" in p}
        assert simple <= declared, simple - declared
    assert client.get("/collections/road/queryables?f=html").status_code == 200
    state = get("/collections/road/queryables?lang=zh")["properties"]["state"]
    assert {"const": "intact", "title": "完好"}.items() <= state["oneOf"][0].items()


@pytest.mark.requirement("ogcapi-features-3/1.0/req/filter/get-functions-operation",
                         "ogcapi-features-3/1.0/req/filter/get-functions-response-json",
                         "cql2/1.0/req/functions/functions", "cql2/1.0/req/functions/get-functions-operation",
                         "cql2/1.0/req/functions/get-functions-response-json")
def test_functions_are_listed_and_linked(get, client):
    link, = [ln for ln in get("/")["links"] if ln["rel"].endswith("/functions")]
    told = get(link["href"])["functions"]
    within, = [f for f in told if f["name"] == "dwithin"]
    assert [a["type"] for a in within["arguments"]] == [["geometry"], ["geometry"], ["number"]] and within["returns"] == ["boolean"]
    assert "filter-crs" in client.get("/api").text


def test_what_the_public_does_not_see_cannot_be_asked_by(client, token, get, refused, tmp_path, monkeypatch):
    """Neither hidden fields, nor hidden rows, nor the true places of what is shown coarsely."""
    file, items = tmp_path / "public.toml", "/collections/streetlight/items"
    file.write_text('[classes.streetlight]\nhide = ["owner"]\ncoarse_degrees = 0.05\n'
                    '[classes.streetlight.values]\nlit = ["unlit"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    trusted = {"Authorization": f"Bearer {token}"}
    assert "owner" not in get("/collections/streetlight/queryables")["properties"]
    assert "owner" in get("/collections/streetlight/queryables", **trusted)["properties"]
    told = refused(url(items, filter="owner IS NULL"))
    assert told["zh"] == refused(url(items, filter="ownerr IS NULL"))["zh"].replace("ownerr", "owner")  # as if it were not there
    for said, public, everything in (("lit = 'unlit'", 0, 3), ("NOT (lit = 'lit')", 0, 3), ("lit IN ('lit', 'unlit')", 3, 6),
                                     ("dwithin(geometry, POINT(120.503 30), 1)", 0, 1),
                                     ("S_INTERSECTS(geom, BBOX(120.4995,29.9,120.51,30.1))", 0, 9)):
        assert get(url(items, filter=said))["numberMatched"] == public, said
        assert get(url(items, filter=said), **trusted)["numberMatched"] == everything, said


def test_filters_of_places_and_of_declared_fields_use_their_indexes(served):
    from registry import catalogue, cql, db
    from registry.store.query import Query, condition

    kind = catalogue.load().kind("road")
    for said, index in (("S_INTERSECTS(geometry, POINT(120.5 30))", "geom"), ("S_WITHIN(geometry, BBOX(120.5,30,120.501,30.001))", "geom"),
                        ("dwithin(geometry, POINT(120.5 30), 20)", "geom"), ("road_class = 'branch' AND length_m > 5", "road_class"),
                        ("road_class IN ('branch', 'alley')", "road_class"), ("id = 5", "id")):
        query = Query(kind, "demo", filter=cql.compile(kind, said))
        where, params = condition(query)
        with db.connect() as conn:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = "\n".join(r[0] for r in conn.exec_driver_sql(f"EXPLAIN SELECT a.id FROM {query.source} a WHERE {where}", params))
        conditions = [ln for ln in plan.splitlines() if "Index Cond" in ln]
        assert any(index in ln for ln in conditions), (said, plan)


def test_the_conformance_classes_of_filtering_are_declared(get):
    declared = set(get("/conformance")["conformsTo"])
    for name in ("ogcapi-features-3/1.0/conf/features-filter", "cql2/1.0/conf/cql2-json",
                 "cql2/1.0/conf/array-functions", "cql2/1.0/conf/functions"):
        assert f"http://www.opengis.net/spec/{name}" in declared


# -- slips that are no errors ----------------------------------------------------------------------
@pytest.mark.parametrize("said, values", [
    ("state = 'nonsense'", ["nonsense"]), ("'坏的' = state", ["坏的"]), ("state <> 'a\"b'", ['a"b']),
    ("state IN ('intact', '完好', 'x', 'y', 'x')", ["x", "y"]), ("NOT (name = 'x' OR (state = 'q' AND road_class = 'w'))", ["q", "w"]),
    ('{"op": "=", "args": [{"property": "state"}, "zzz"]}', ["zzz"]),
    ("state = 'intact'", []), ("state = '完好'", []), ("name = 'nonsense'", []), ("state LIKE 'non%'", []), ("state IS NULL", []),
    ("state < 'nonsense'", []), ("state = name", [])])
def test_a_value_that_is_no_code_is_no_error_and_the_code_list_is_named(client, get, said, values):
    for lang in ("zh", "en"):
        answer = client.get(url(filter=said, lang=lang))
        named = [ln for ln in answer.json["links"] if ln["rel"] == "describedby"]
        assert answer.status_code == 200 and len(named) == len(values) and answer.headers["Link"].isascii()
        for value, one in zip(values, named, strict=True):
            assert value in one["title"] and f"<{one['href']}>" in answer.headers["Link"]
            assert get(one["href"].removeprefix("http://localhost"))["id"] in ("state", "road_class")
            assert one["href"] in client.get(url(filter=said, lang=lang, f="html")).text.replace("&amp;", "&")


def test_no_more_than_a_few_are_named(get):
    many = ", ".join(f"'x{n}'" for n in range(200))
    assert len([ln for ln in get(url(filter=f"state IN ({many})"))["links"] if ln["rel"] == "describedby"]) == 5
