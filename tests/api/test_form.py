"""Parts 6 and 7 (drafts 24-019 and 24-020): chosen properties, simplified geometries, none at all."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
import shapely
from editors import Writer, token, version
from test_part2_crs import BD, EPSG, GCJ, box, coordinates, to_degrees

from registry import shifted
from registry.geo import METRES_PER_DEGREE

ROADS, PARKS = "/collections/road/items", "/collections/park/items"
SPEC = "http://www.opengis.net/spec/"
req = pytest.mark.requirement
BACK = {GCJ: shifted.from_gcj02, BD: shifted.from_bd09}
PROPERTIES, ZOOM = "ogcapi-features-6/1.0/", "ogcapi-features-7/1.0/"


@pytest.fixture(scope="module")
def great(app: Any) -> str:
    """The address of a park of a thousand corners and a lake."""
    def round_(radius: float) -> list[list[float]]:
        angles = np.linspace(0, 2 * np.pi, 500)
        wave = radius * (1 + 0.01 * np.sin(40 * angles))
        ring = np.column_stack([120.6 + wave * np.cos(angles), 30.05 + wave * np.sin(angles)]).round(9)
        return [*ring[:-1].tolist(), ring[0].tolist()]

    editor = Writer(app.test_client(), token())
    made = editor.made(PARKS, {"type": "Feature", "properties": {"code": "GREAT", "name": "大园"},
                               "geometry": {"type": "Polygon", "coordinates": [round_(0.02), round_(0.005)]}})
    return f"{PARKS}/{made['id']}"


def vertices(feature: dict[str, Any]) -> int:
    return len(shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"]))))


def test_conformance_names_the_drafts(get):
    named = get("/conformance")["conformsTo"]
    assert {f"{SPEC}{PROPERTIES}conf/properties", f"{SPEC}{PROPERTIES}conf/properties-features",
            f"{SPEC}{ZOOM}conf/zoom-level", f"{SPEC}{ZOOM}conf/zoom-level-features"} <= set(named)


@req(f"{PROPERTIES}req/properties/parameter", f"{PROPERTIES}req/properties-features/request", f"{ZOOM}req/zoom-level/parameter",
     f"{ZOOM}req/zoom-level-features/request")
def test_the_parameters_are_defined_for_items_and_item(get):
    document = get("/api?f=json")
    schema = get("/collections/road/schema")["properties"]
    for path in ("/collections/road/items", "/collections/road/items/{featureId}"):
        found = {}
        for p in document["paths"][path]["get"]["parameters"]:
            p = document["components"]["parameters"][p["$ref"].rpartition("/")[2]] if "$ref" in p else p
            found[p["name"]] = p
        chosen, zoom = found["properties"], found["zoom-level"]
        for said in (chosen, zoom):
            assert (said["in"], said["required"], said["style"], said["explode"]) == ("query", False, "form", False)
        assert chosen["schema"]["type"] == "array" and set(chosen["schema"]["items"]["enum"]) == set(schema)
        assert (zoom["schema"]["type"], zoom["schema"]["minimum"]) == ("number", 0)


@req(f"{PROPERTIES}req/properties/response")
def test_only_the_chosen_properties_are_answered_and_all_of_them_without_a_choice(get):
    whole = get(ROADS)["features"]
    assert {"code", "name", "owner", "version", "updated_at", "length_m"} <= set(whole[0]["properties"])
    chosen = get(f"{ROADS}?properties=name,code")["features"]
    assert [f["properties"] for f in chosen] == [{k: f["properties"][k] for k in ("code", "name")} for f in whole]
    assert [(f["id"], f["geometry"]) for f in chosen] == [(f["id"], f["geometry"]) for f in whole]
    for name in ("length_m", "version", "updated_at", "road_class"):
        assert get(f"{ROADS}?properties={name}&limit=1")["features"][0]["properties"] == {name: whole[0]["properties"][name]}
    assert get(f"{ROADS}?properties=id,geometry&limit=1")["features"][0]["properties"] == {}


@req(f"{PROPERTIES}req/properties/response")
def test_one_feature_with_chosen_properties_keeps_its_version_as_its_tag(client, get):
    feature = get(f"{ROADS}?limit=1")["features"][0]
    for chosen in (["code"], ["code", "version"], []):
        answer = client.get(f"{ROADS}/{feature['id']}?properties={','.join(chosen) or 'id'}")
        assert answer.json["properties"] == {k: feature["properties"][k] for k in chosen}
        assert version(answer) == feature["properties"]["version"]
        assert answer.json["geometry"] == feature["geometry"]
        again = client.get(answer.request.url, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304 and again.headers["ETag"] == answer.headers["ETag"]


def test_an_unknown_property_is_refused_by_naming_those_there_are(get, refused):
    id_ = get(f"{ROADS}?limit=1")["features"][0]["id"]
    for path in (ROADS, f"{ROADS}/{id_}"):
        for said in ("nothing", "code,nothing", "", "code,,name", "CODE", "a" * 300):
            body = refused(f"{path}?properties={said}")
            assert body["errors"][0]["parameter"] == "properties" and "road_class" in body["zh"]


def test_a_table_has_only_the_chosen_columns_and_pages_by_one_that_is_not_shown(client):
    def rows(path: str) -> tuple[list[list[str]], str | None]:
        answer = client.get(path)
        after = next((ln for ln in answer.headers["Link"].split(", ") if 'rel="next"' in ln), None)
        return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))), after and after[1:].partition(">")[0]

    path, listed = f"{ROADS}?f=csv&properties=name,code&skipGeometry=true&sortby=-installed_on&limit=5", []
    while path:
        found, path = rows(path.removeprefix("http://localhost"))
        assert found[0] == ["id", "code", "name"] and all(len(r) == 3 for r in found)
        listed += [r[1] for r in found[1:]]
    everything = [f["properties"]["code"] for f in client.get(f"{ROADS}?sortby=-installed_on&limit=50").json["features"]]
    assert listed == everything
    assert rows(f"{ROADS}?f=csv&properties=code&limit=1")[0][0] == ["id", "code", "geometry"]


def test_a_page_shows_only_the_chosen_properties(client, get):
    page = client.get(f"{ROADS}?f=html&properties=code")
    assert page.status_code == 200 and "R001" in page.text and "解放路" not in page.text
    id_ = next(f["id"] for f in get(ROADS)["features"] if f["properties"]["name"])
    one = client.get(f"{ROADS}/{id_}?f=html&properties=owner")
    assert one.status_code == 200 and "解放路" not in one.text


@pytest.mark.parametrize("crs", ["", f"&crs={EPSG}4549", "&crs=gcj02"])
def test_geometries_can_be_left_out(get, client, crs):
    for f in get(f"{ROADS}?skipGeometry=true&limit=3{crs}")["features"]:
        assert f["geometry"] is None and f["properties"]["code"]
    assert get(f"{ROADS}?skipGeometry=false&limit=1")["features"][0]["geometry"]
    assert client.get(f"{ROADS}?f=html&skipGeometry=true{crs}").status_code == 200
    assert client.get(f"{ROADS}?skipGeometry=yes").status_code == 400


@req(f"{ZOOM}req/zoom-level/response")
def test_a_geometry_is_simplified_for_its_level_and_stays_what_it_is(get, great):
    exact = get(great)
    before, counts = 0, []
    for level in (0, 6, 10, 12.5, 14, 17, 24):
        shown = get(f"{great}?zoom-level={level}")
        assert get(f"{PARKS}?code=GREAT&zoom-level={level}")["features"][0]["geometry"] == shown["geometry"]
        found = shapely.from_geojson(json.dumps(shown["geometry"]))
        assert shown["geometry"]["type"] == "Polygon" and found.is_valid and len(found.interiors) == 1
        assert shown["properties"] == exact["properties"]
        counts.append(vertices(shown))
        assert counts[-1] >= before
        before = counts[-1]
        pixel_m = 40_075_016.7 / 256 / 2**level * np.cos(np.radians(30))
        away = found.boundary.hausdorff_distance(shapely.from_geojson(json.dumps(exact["geometry"])).boundary)
        assert level < 10 or away * METRES_PER_DEGREE < pixel_m
    assert counts[0] < 20 < counts[3] < 990 < counts[-1] <= vertices(exact) == 1000


@pytest.mark.parametrize("crs", [f"{EPSG}4490", f"{EPSG}4549", f"{EPSG}3857", "gcj02"])
def test_a_simplified_geometry_can_be_in_any_crs(get, great, crs):
    assert vertices(get(f"{great}?zoom-level=13&crs={crs}")) == vertices(get(f"{great}?zoom-level=13")) < 500


@pytest.mark.parametrize("said", ["x", "-1", "nan", "inf", "", "1e400", "-inf"])
def test_a_level_that_is_none_is_refused(refused, said):
    assert refused(f"{ROADS}?zoom-level={said}")["errors"][0]["parameter"] == "zoom-level"


def test_points_and_what_has_no_place_are_as_they_were(get):
    for collection in ("streetlight", "bridge"):
        path = f"/collections/{collection}/items"
        assert get(f"{path}?zoom-level=3")["features"] == get(path)["features"]


# -- what is kept back stays kept back -----------------------------------------------------------
def test_hidden_fields_cannot_be_chosen_and_coarse_places_stay_coarse_in_every_crs(client, tmp_path, monkeypatch):
    lamps, cell = "/collections/streetlight/items", 0.003
    true = client.get(lamps).json["features"][1]["geometry"]["coordinates"]
    file = tmp_path / "public.toml"
    file.write_text(f'[classes.streetlight]\nhide = ["owner", "lit"]\ncoarse_degrees = {cell}\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    refused = client.get(f"{lamps}?properties=lit")
    assert refused.status_code == 400 and not {"owner", "lit"} & set(refused.json["en"].partition("known: ")[2].split(", "))
    assert [set(f["properties"]) for f in client.get(f"{lamps}?properties=code,name").json["features"]] == [{"code", "name"}] * 9
    rough = coordinates(client.get(lamps).json["features"])
    assert np.abs((rough / cell) % 1 - 0.5).max() < 1e-6 and len(np.unique(rough, axis=0)) < 5
    own = client.get("/collections/streetlight").json
    assert len(own["crs"]) == 6 and len(own["derivedCrs"]) == 2
    for uri in (*own["crs"], *(d["crs"] for d in own["derivedCrs"])):
        shown = coordinates(client.get(f"{lamps}?crs={uri}&zoom-level=22").json["features"])
        back = BACK[uri](shown) if uri in BACK else to_degrees(uri, shown)
        assert back == pytest.approx(rough, abs=1e-6)
    # A small box in metres around the true place of a lamp finds nothing; one around the middle of its cell does.
    for (lon, lat), count in ((true, 0), (rough[1], (rough == rough[1]).all(axis=1).sum())):
        here = box(f"{EPSG}4549", lon - 1e-4, lat - 1e-4, lon + 1e-4, lat + 1e-4)
        assert len(client.get(f"{lamps}?bbox-crs={EPSG}4549&bbox={here}").json["features"]) == count
