"""Schemas (OGC API – Common Part 3, once Features Part 5): what features look like, are sorted by, and their code lists."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from registry.catalogue import load
from registry.kinds.units import UCUM

KINDS = [k.key for k in load().kinds]
ASSETS = ("road", "streetlight", "park", "bridge", "district", "residential")
REL, PROFILES = "http://www.opengis.net/def/rel/ogc/1.0/", "http://www.opengis.net/def/profile/OGC/0/"


def req(*names: str, of: str = "ogcapi-common-3/1.0") -> Any:
    return pytest.mark.requirement(*(f"{of}/req/{n}" for n in names))


def role(schema: dict[str, Any], name: str) -> list[str]:
    return [k for k, p in schema["properties"].items() if p.get("x-ogc-role") == name]


@pytest.mark.parametrize("name", ["schema", "sortables"])
@pytest.mark.parametrize("key", ASSETS)
@req("schemas/json-schema", "returnables-and-receivables/op", "returnables-and-receivables/response", "sortables/op", "sortables/response")
@req("sortables/get-sortables-op", "sortables/get-sortables-success", "features-sorting/get-sortables-op", of="ogcapi-features-8/1.0")
def test_it_is_a_json_schema_at_its_own_address(client, key, name):
    answer = client.get(f"/collections/{key}/{name}?lang=en&city=demo", headers={"Accept": "application/schema+json"})
    schema = json.loads(answer.data)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert answer.status_code == 200 and answer.mimetype == "application/schema+json"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" and schema["type"] == "object"
    assert schema["$id"] == f"http://localhost/collections/{key}/{name}" and schema["additionalProperties"] is False
    again = json.loads(client.get(schema["$id"].removeprefix("http://localhost"), headers={"Accept": "application/schema+json"}).data)
    assert again["$id"] == schema["$id"]


@pytest.mark.parametrize("key", KINDS)
@req("schemas/definition", "schemas/nullvalues")
@req("schemas/properties", "schemas/additional-keywords", "schemas/role", "schemas/role-id", "schemas/property-seq", "schemas/unit")
def test_every_property_has_a_type_and_a_place_and_units_are_of_ucum(get, key, token):
    schema = get(f"/collections/{key}/schema", Authorization=f"Bearer {token}")
    for name, one in schema["properties"].items():
        if name == "geometry":
            assert one["format"].startswith("geometry-") and not {"type", "$ref"} & one.keys()
        else:
            assert one["type"] in ("string", "integer", "number", "boolean") and one["title"] and one["x-titles"].keys() == {"zh", "en"}
        assert all(k.startswith("x-") or k in KEYWORDS for k in one), one.keys()
        assert one.get("x-ogc-definition", "https://").startswith(("http://", "https://")) and isinstance(one.get("x-ogc-nullValues", []), list)
        assert one.get("x-ogc-unit", "m") in UCUM.values() and ("x-unit" in one) == ("x-ogc-unit" in one)
    places = [p["x-ogc-propertySeq"] for p in schema["properties"].values()]
    assert len(set(places)) == len(places) and all(isinstance(p, int) for p in places)
    assert role(schema, "id") == ["id"] and schema["properties"]["id"]["type"] == "integer"
    assert all(schema["properties"][n]["readOnly"] for n in ("id", "version", "updated_at"))


KEYWORDS = {"title", "type", "format", "readOnly", "minimum", "maximum", "maxLength", "pattern", "default", "oneOf"}


@pytest.mark.parametrize("key", ASSETS)
@req("advanced-property-roles/role-primary-geometry", "advanced-property-roles/role-primary-interval-start",
     "advanced-property-roles/role-primary-interval-end", "advanced-property-roles/primary-temporal-constraints", "references/role-reference",
     "advanced-property-roles/role-primary-instant", "advanced-property-roles/role-primary-interval", "advanced-property-roles/role-type")
def test_roles_name_geometry_interval_and_references(get, key):
    schema = get(f"/collections/{key}/schema")
    assert role(schema, "primary-geometry") == ["geometry"] and role(schema, "primary-instant") == []
    # The interval is told by its two ends, so neither an instant nor an interval in one property is there.
    assert role(schema, "primary-interval") == [] and len(role(schema, "type")) <= 1
    start, end = ("installed_on", "retired_on") if load().kind(key).table == "asset" else ("valid_from", "valid_to")
    assert role(schema, "primary-interval-start") == [start] and role(schema, "primary-interval-end") == [end]
    assert schema["properties"][start]["format"] == schema["properties"][end]["format"] == "date"
    for name in role(schema, "reference"):
        one = schema["properties"][name]
        assert one["type"] == "string" and "{resourceId}" in one["x-ogc-uriTemplate"] and "x-ogc-collectionId" not in one


def test_a_reference_leads_to_the_zone_of_that_code(get):
    template = get("/collections/road/schema")["properties"]["district"]["x-ogc-uriTemplate"]
    code = get("/collections/road/items?limit=1")["features"][0]["properties"]["district"]
    found = get(template.removeprefix("http://localhost").replace("{resourceId}", code))["features"]
    assert [f["properties"]["code"] for f in found] == [code]


@pytest.mark.parametrize("key", ASSETS)
@req("returnables-and-receivables/response")
def test_every_feature_is_as_its_schema_says(get, key):
    schema = get(f"/collections/{key}/schema")
    for feature in get(f"/collections/{key}/items?limit=100")["features"]:
        flat = {"id": feature["id"], "geometry": feature["geometry"]} | {
            k: v for k, v in feature["properties"].items() if v is not None}
        jsonschema.validate(flat, schema, jsonschema.Draft202012Validator)
        assert feature["properties"].keys() | {"id", "geometry"} == schema["properties"].keys()


@req("profile-parameter/profile-param", "profile-parameter/profile-param-response", "profile-codelists/consistency",
     "profile-codelists/codelist-inline", "profile-codelists/codelist-ref")
@pytest.mark.parametrize(("asked", "used"), [
    ("", "codelist-inline"), ("codelist-inline", "codelist-inline"), ("codelist-ref", "codelist-ref"),
    (PROFILES + "codelist-ref", "codelist-ref"), ("rel-as-key,codelist-ref", "codelist-ref"),
    ("nothing", "codelist-inline"), (",,", "codelist-inline"), ("https://x.example/p?a=b", "codelist-inline")])
def test_code_lists_are_told_by_the_profile_that_is_asked_for(client, asked, used):
    for name in ("schema", "sortables", "queryables"):
        answer = client.get(f"/collections/road/{name}", query_string={"profile": asked} if asked else {})
        assert answer.status_code == 200 and f'<{PROFILES}{used}>; rel="profile"' in answer.headers["Link"]
        listed = [p for p in json.loads(answer.data)["properties"].values() if "x-ogc-codelistUri" in p]
        assert listed and all(("oneOf" in p) == (used == "codelist-inline") != ("enum" in p) for p in listed)
        for one in listed:
            codes = json.loads(client.get(one["x-ogc-codelistUri"].removeprefix("http://localhost")).data)["codes"]
            assert [c["value"] for c in codes] == one.get("enum", [c.get("const") for c in one.get("oneOf", ())])


@pytest.mark.parametrize("key", ASSETS)
@req("returnables-and-receivables/link", "sortables/link")
@req("sortables/sortables-link", "features-sorting/sortables-link", of="ogcapi-features-8/1.0")
def test_the_collection_links_to_its_schemas(get, key):
    links = {ln["rel"]: ln for ln in get(f"/collections/{key}")["links"]}
    for name in ("schema", "sortables"):
        assert links[REL + name]["type"] == "application/schema+json" and links[REL + name]["href"].endswith(f"/collections/{key}/{name}")


@req("sortables/response")
def test_sortables_are_plain_values_and_all_of_them_sort(get, refused):
    schema = get("/collections/road/sortables")
    assert "geometry" not in schema["properties"] and {"length_m", "updated_at", "id", "code"} <= schema["properties"].keys()
    assert all(p["type"] not in ("object", "array") for p in schema["properties"].values())
    for name in schema["properties"]:
        get(f"/collections/road/items?sortby=-{name}&limit=2")
    refused("/collections/road/items?sortby=geometry")


def test_code_lists_are_resources_in_both_languages(get, refused):
    every = {c["id"]: c for c in get("/codelists")["codelists"]}
    assert set(every) == {key for kind in load().kinds if not kind.restricted for key in kind.code_lists}
    state = get("/codelists/state?lang=en")
    assert state["title"] == "State" and state["titles"]["zh"] == "管理部件状态" and "road" in state["collections"]
    assert {"value": "damaged", "title": "Damaged", "titles": {"zh": "破损", "en": "Damaged"}, "color": "#e2541b"} in state["codes"]
    refused("/codelists/nothing", 404)


def test_a_field_that_is_kept_back_is_in_no_schema_and_no_code_list(get, refused, monkeypatch, tmp_path):
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["road_class"]\n[classes.streetlight]\nread = false\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    for name in ("schema", "sortables"):
        assert "road_class" not in get(f"/collections/road/{name}")["properties"]
    assert "lit" not in {c["id"] for c in get("/codelists")["codelists"]}
    refused("/codelists/lit", 404)
    refused("/collections/road/items?sortby=road_class")


def test_every_unit_of_the_catalogue_is_known_to_machines():
    assert {f.unit for k in load().kinds for f in k.fields if f.unit} <= set(UCUM)
