"""OGC API – Features Part 2 (18-058r1): every served CRS, in its own order of axes, in answers and boxes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from editors import version

from api.operations import OPERATIONS
from registry import shifted

PART_2 = "ogcapi-features-2/1.0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
UNKNOWN = "http://www.opengis.net/def/crs/0/unsupported"
GCJ, BD = "urn:x-municipal-asset-registry:crs:GCJ-02", "urn:x-municipal-asset-registry:crs:BD-09"
CODES = (4326, 4490, 4549, 4528, 3857)
SERVED = (CRS84, *(f"{EPSG}{c}" for c in CODES))
ROADS = "/collections/road/items"


def req(*ids: str) -> pytest.MarkDecorator:
    """The requirements of Part 2 that a test proves."""
    return pytest.mark.requirement(*(PART_2 + i for i in ids))


def to_degrees(uri: str, xy: np.ndarray) -> np.ndarray:
    """Back to longitude and latitude by PROJ alone, in the order of axes of the authority."""
    if uri == CRS84:
        return xy
    code = int(uri.rpartition("/")[2])
    lat_lon = pyproj.Transformer.from_crs(code, 4490).transform(xy[:, 0], xy[:, 1])
    return np.column_stack(lat_lon[::-1])


def from_degrees(uri: str, lon: float, lat: float) -> tuple[float, float]:
    if uri == CRS84:
        return lon, lat
    x, y = pyproj.Transformer.from_crs(4490, int(uri.rpartition("/")[2])).transform(lat, lon)
    return float(x), float(y)


def box(uri: str, west: float, south: float, east: float, north: float) -> str:
    """The box between two corners, in the CRS and its order of axes."""
    return ",".join(repr(v) for v in (*from_degrees(uri, west, south), *from_degrees(uri, east, north)))


def coordinates(features: list[dict[str, Any]]) -> np.ndarray:
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in features if f["geometry"]]
    return shapely.get_coordinates(shapes)


def codes(body: dict[str, Any]) -> list[str]:
    return [f["properties"]["code"] for f in body["features"]]


def test_conformance_names_part_two(get):
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in get("/conformance")["conformsTo"]


@req("req/crs/crs-uri", "req/crs/fc-md-crs-list", "req/crs/fc-md-storageCrs", "req/crs/fc-md-storageCrs-valid-value",
     "req/crs/fc-md-crs-list-global")
def test_a_collection_lists_its_crs_the_default_first_and_how_it_is_stored(get):
    whole = get("/collections")
    assert whole["crs"] == list(SERVED)
    for entry in whole["collections"]:
        assert entry["crs"] == list(SERVED) and entry["storageCrs"] == f"{EPSG}4490"
        assert [d["crs"] for d in entry["derivedCrs"]] == [GCJ, BD]
        assert "spatial" not in entry["extent"] or entry["extent"]["spatial"]["crs"] == CRS84
    far = get("/collections/toilet?city=far")
    assert far["crs"] == [CRS84, *(f"{EPSG}{c}" for c in (4326, 4490, 32760, 3857))] and far["derivedCrs"] == []


@req("req/crs/fc-crs-definition", "req/crs/fc-bbox-crs-definition")
def test_the_parameters_are_defined_as_the_standard_has_them(get):
    document = get("/api?f=json")
    for path in ("/collections/road/items", "/collections/road/items/{featureId}"):
        found = {}
        for p in document["paths"][path]["get"]["parameters"]:
            p = document["components"]["parameters"][p["$ref"].rpartition("/")[2]] if "$ref" in p else p
            found[p["name"]] = p
        for name in ("crs", "bbox-crs") if path.endswith("items") else ("crs",):
            said = found[name]
            assert (said["in"], said["required"], said["style"], said["explode"]) == ("query", False, "form", False)
            assert (said["schema"]["type"], said["schema"]["format"], said["schema"]["default"]) == ("string", "uri", CRS84)


def test_whatever_answers_features_takes_a_crs():
    reading = [o for o in OPERATIONS.values() if o.method == "GET" and o.schema in ("Feature", "FeatureCollection", "Areas")]
    assert len(reading) > 8
    from registry.catalogue import load

    for declared in reading:
        assert "crs" in [p.name for p in declared.all_params(load().kind("road"))], declared.id


@req("req/crs/fc-crs-action", "req/crs/ogc-crs-header", "req/crs/ogc-crs-header-value", "req/crs/geojson")
@pytest.mark.parametrize("uri", SERVED)
@pytest.mark.parametrize("collection", ["road", "streetlight", "district", "bridge"])
def test_every_advertised_crs_is_answered_in_its_own_axes(client, get, uri, collection):
    path = f"/collections/{collection}/items?limit=50"
    plain = get(path)["features"]
    answer = client.get(f"{path}&crs={uri}")
    assert answer.status_code == 200 and answer.headers["Content-Crs"] == f"<{uri}>"
    assert b'"crs"' not in answer.data and "derived" not in answer.json and "Registry-Derived" not in answer.headers
    shown = answer.json["features"]
    assert [f["properties"] for f in shown] == [f["properties"] for f in plain]
    assert [f["geometry"] is None for f in shown] == [f["geometry"] is None for f in plain]
    assert to_degrees(uri, coordinates(shown)) == pytest.approx(coordinates(plain), abs=2e-9)
    one = client.get(f"/collections/{collection}/items/{plain[0]['id']}?crs={uri}")
    assert one.headers["Content-Crs"] == f"<{uri}>" and one.json["geometry"] == shown[0]["geometry"]
    assert version(one) == plain[0]["properties"]["version"]


@req("req/crs/fc-crs-default-value", "req/crs/ogc-crs-header")
def test_without_a_crs_the_answer_is_crs84_and_says_so(client):
    for path in (ROADS, "/defects", "/inspections/overdue", "/indicators/intact_rate/evidence?class=road", "/coverage/park/gaps"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["Content-Crs"] == f"<{CRS84}>", path
    assert client.get(ROADS).json["features"][0]["geometry"]["coordinates"][0] == [120.5, 30]


@req("req/crs/fc-crs-valid-value", "req/crs/fc-bbox-crs-valid-value", "req/crs/crs-exception", "req/crs/bbox-crs-exception")
@pytest.mark.parametrize("said", [UNKNOWN, f"{EPSG}4548", f"{EPSG}4555", "EPSG:4549", "", "4549", "x" * 300])
def test_another_crs_is_refused_by_naming_those_there_are(get, refused, said):
    id_ = get(f"{ROADS}?limit=1")["features"][0]["id"]
    for path, name in ((ROADS, "crs"), (f"{ROADS}/{id_}", "crs"), (ROADS, "bbox-crs"), (f"{ROADS}?bbox=1,1,2,2", "bbox-crs")):
        if not said:
            continue
        body = refused(f"{path}{'&' if '?' in path else '?'}{name}={said}")
        assert body["errors"][0]["parameter"] == name
        assert all(uri in body["zh"] and uri in body["en"] for uri in SERVED)


def test_the_zone_of_another_city_is_none_of_this_one(get, refused):
    get(f"/collections/toilet/items?city=far&crs={EPSG}32760")
    refused(f"/collections/toilet/items?city=far&crs={EPSG}4549")
    refused(f"{ROADS}?crs={EPSG}32760")


@req("req/crs/fc-bbox-crs-action", "req/crs/fc-bbox-crs-default-value")
@pytest.mark.parametrize("uri", SERVED)
@pytest.mark.parametrize("west, east", [(120.5024, 120.5476), (120.5023, 120.5027), (120.3, 120.9)])
def test_a_box_in_each_crs_selects_what_it_selects_in_crs84(get, uri, west, east):
    expected = codes(get(f"{ROADS}?limit=50&bbox={west},29.99,{east},30.001"))
    assert bool(expected) == (east - west > 0.01)
    assert codes(get(f"{ROADS}?limit=50&bbox-crs={uri}&bbox={box(uri, west, 29.99, east, 30.001)}")) == expected


@req("req/crs/fc-bbox-crs-action")
def test_a_box_north_first_is_not_read_east_first(get, refused):
    assert len(codes(get(f"{ROADS}?bbox-crs={EPSG}4326&bbox=29.9,120.49,30.1,120.511"))) == 3
    assert refused(f"{ROADS}?bbox-crs={EPSG}4326&bbox=120.49,29.9,120.511,30.1")["errors"][0]["parameter"] == "bbox"
    refused(f"{ROADS}?bbox-crs={EPSG}4549&bbox=550000,3310000,560000,3330000")


@pytest.mark.parametrize("uri", SERVED)
def test_the_extent_itself_as_a_box_holds_all_that_touches_it(get, uri):
    for collection in ("road", "streetlight"):
        extent = get(f"/collections/{collection}")["extent"]["spatial"]["bbox"][0]
        found = get(f"/collections/{collection}/items?limit=50&bbox-crs={uri}&bbox={box(uri, *extent)}")
        assert len(found["features"]) == get(f"/collections/{collection}/items?limit=50")["numberMatched"]


@pytest.mark.parametrize("uri", SERVED)
def test_a_box_with_heights_is_the_box_without(get, refused, uri):
    flat = box(uri, 120.49, 29.99, 120.511, 30.01).split(",")
    high = ",".join([*flat[:2], "-5", *flat[2:], "100"])
    assert len(codes(get(f"{ROADS}?bbox-crs={uri}&bbox={high}"))) == 3
    refused(f"{ROADS}?bbox-crs={uri}&bbox={','.join([*flat[:2], '100', *flat[2:], '-5'])}")


@pytest.mark.parametrize("code", [4326, 4490, 3857, 32760])
def test_a_box_over_the_antimeridian_finds_both_sides_in_every_crs(get, code):
    uri = f"{EPSG}{code}"
    found = get(f"/collections/toilet/items?city=far&bbox-crs={uri}&bbox={box(uri, 179, -18, -179, -17)}&crs={uri}")
    assert sorted(codes(found)) == ["E", "W"]
    there = to_degrees(uri, coordinates(found["features"]))
    assert sorted(np.round(there[:, 0], 6)) == [-179.9, 179.9]


@pytest.mark.parametrize("code, said", [
    (4326, "-91,0,10,10"), (4490, "0,0,10,181"), (3857, "-20037509,0,10,10"), (3857, "0,0,10,20100000"),
    (4549, "3300000,40500000,3400000,40600000"), (4528, "3300000,500000,3400000,600000"), (4549, "0,0,1,1"),
    (4549, "3300000,600000,3400000,500000"), (3857, "0,10,10,0"), (4549, "120,30,121,31")])
def test_a_box_outside_the_valid_range_or_backwards_is_refused(refused, code, said):
    body = refused(f"{ROADS}?bbox-crs={EPSG}{code}&bbox={said}")
    assert body["errors"][0]["parameter"] == "bbox"


def test_paging_goes_on_in_the_crs_that_was_asked_for(get):
    first = get(f"{ROADS}?limit=20&crs={EPSG}4549&bbox-crs={EPSG}4326&bbox=29,120,31,121")
    after = next(ln["href"] for ln in first["links"] if ln["rel"] == "next").removeprefix("http://localhost")
    rest = get(after)
    assert len(rest["features"]) == 3 and rest["features"][0]["geometry"]["coordinates"][0][0] > 3e6


def test_the_map_of_a_page_is_in_degrees_whatever_the_page_is_in(client):
    page = client.get(f"{ROADS}?crs={EPSG}4549&f=html&skipGeometry=true&limit=3").text
    source = page.partition('data-source="http://localhost')[2].partition('"')[0].replace("&amp;", "&")
    assert client.get(source).json["features"][0]["geometry"]["coordinates"][0] == [120.5, 30]


def test_a_table_has_the_coordinates_of_the_crs(client):
    answer = client.get(f"{ROADS}?f=csv&crs={EPSG}4528&limit=1")
    assert answer.headers["Content-Crs"] == f"<{EPSG}4528>"
    line = shapely.from_wkt(answer.text.splitlines()[1].split('"')[1])
    assert to_degrees(f"{EPSG}4528", shapely.get_coordinates(line))[0] == pytest.approx([120.5, 30], abs=2e-9)


# -- derived coordinates: of no standard -----------------------------------------------------------
@pytest.mark.parametrize("uri, shift, back", [(GCJ, shifted.to_gcj02, shifted.from_gcj02), (BD, shifted.to_bd09, shifted.from_bd09)])
@pytest.mark.parametrize("path", [ROADS, "/collections/district/items", "/collections/bridge/items", "/collections/pipe/items",
                                  "/indicators/intact_rate/evidence?class=road", "/coverage/park/served"])
def test_shifted_coordinates_are_those_of_the_rule_and_say_that_they_are_derived(client, path, uri, shift, back):
    plain = client.get(path).json["features"]
    answer = client.get(f"{path}{'&' if '?' in path else '?'}crs={uri}")
    assert answer.status_code == 200 and answer.headers["Content-Crs"] == f"<{uri}>"
    assert answer.headers["Registry-Derived"] == uri.rpartition(":")[2]
    said = answer.json["derived"]
    assert said["crs"] == uri and said["from"] == f"{EPSG}4490" and "不得" in said["zh"] and "must not" in said["en"]
    features = answer.json["features"]
    assert [f["properties"] for f in features] == [f["properties"] for f in plain]
    assert [f["geometry"] and f["geometry"]["type"] for f in features] == [f["geometry"] and f["geometry"]["type"] for f in plain]
    true, shown = coordinates(plain), coordinates(features)
    assert shown == pytest.approx(shift(true), abs=1e-6) and back(shown) == pytest.approx(true, abs=1e-6)


def test_one_feature_its_versions_its_page_and_its_table_can_be_shifted(client, get):
    feature = get(f"{ROADS}?limit=1")["features"][0]
    expected = pytest.approx(shifted.to_gcj02(coordinates([feature])), abs=1e-9)
    path = f"{ROADS}/{feature['id']}"
    for address in (path, f"{path}/versions/1"):
        one = get(f"{address}?crs=gcj02")
        assert coordinates([one]) == expected and one["derived"]["crs"] == GCJ
    page = client.get(f"{path}?crs={GCJ}&f=html")
    assert "不得照此回灌" in page.text and "Registry-Derived" in page.headers
    table = client.get(f"{ROADS}?limit=1&f=csv&crs={GCJ}")
    assert shapely.get_coordinates(shapely.from_wkt(table.text.splitlines()[1].split('"')[1])) == expected


def test_a_box_of_a_shifted_map_finds_what_that_map_shows_in_it(get):
    (west, south), (east, north) = shifted.to_gcj02(np.array([[120.4999, 29.9999], [120.5101, 30.0001]]))
    assert len(codes(get(f"{ROADS}?bbox-crs={GCJ}&bbox={west},{south},{east},{north}"))) == 3
    assert codes(get(f"{ROADS}?bbox={west + 0.0001},{south},{west + 0.0002},{north}")) == []


def test_a_city_abroad_is_not_shifted(refused):
    refused(f"/collections/toilet/items?city=far&crs={GCJ}")
