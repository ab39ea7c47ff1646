"""Sites for rules of lines, of people, and of tiers that go by fields: what is told is what building them brings."""

from __future__ import annotations

import dataclasses
import json

import pytest
import shapely

from registry import coverage
from registry.catalogue import load
from registry.coverage import siting
from registry.coverage.siting import Ask
from registry.errors import BadValue
from registry.standards import service
from registry.store.staging import put_many

RULES = service.load()
PEOPLE = dataclasses.replace(RULES["park"], code="park_people", indicator="park_people", basis="population")


def sites(town, rule, **asked):
    return siting.sites(town.conn, rule, town.city, Ask(**{"time_limit_s": 0.0, **asked}))


def of(told, name):
    return [f["properties"][name] for f in told["features"]]


def build(town, told, kind, rule, **fields):
    """Really add them one after the other; the coverage after each."""
    for feature in told["features"]:
        town.count += 1
        row = {"code": f"new{town.count}", **fields, "geom": shapely.from_geojson(json.dumps(feature["geometry"]))}
        put_many(town.conn, load().kind(kind), town.city, [row], actor="t", reason="t")
        yield coverage.coverage(town.conn, rule, town.city)


# -- lines ---------------------------------------------------------------------------------------
@pytest.fixture
def streets(town):
    """Three roads, one of them along the border of two districts and drawn twice in part."""
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(0, -600), (0, 900)]), name="北路")
    town.put("road", shapely.LineString([(0, 0), (0, 200)]), name="drawn twice")
    town.put("road", shapely.LineString([(2000, 0), (2900, 500), (2900, 2000)]), name="弯路")
    town.put("road", shapely.LineString([(-3000, 0), (-2500, 0)]), name="西路")
    for n, west in enumerate((-6000, 0)):
        town.box("district", west, -3000, 6000, 6000, code=f"33060{n}")
    return town


def test_each_site_adds_the_metres_of_road_that_building_it_covers(streets):
    before = streets.coverage("toilet_roads")
    told = sites(streets, "toilet_roads", p=4)
    assert (told["weight"], told["basis"], told["before_percent"]) == ("length", "length", pytest.approx(before["value"], rel=1e-9))
    assert told["denominator_m"] == pytest.approx(before["denominator"]) and told["uncovered_m"] == pytest.approx(before["uncovered_m"])
    last = before
    for feature, after in zip(told["features"], build(streets, told, "toilet", "toilet_roads"), strict=True):
        p = feature["properties"]
        assert p["gain_m"] == pytest.approx(after["numerator"] - last["numerator"], rel=1e-6) and p["gain_people"] is None
        assert p["covered_percent"] == pytest.approx(after["value"], rel=1e-6)
        last = after
    assert len(told["features"]) == 4 and told["left_m"] == pytest.approx(last["uncovered_m"], rel=1e-6)


def test_the_fewest_sites_close_every_metre_of_road(streets):
    told = sites(streets, "toilet_roads", all=True, time_limit_s=5)
    assert told["left_m"] <= 1 and told["uncoverable_m"] == pytest.approx(0, abs=1)
    *_, last = build(streets, told, "toilet", "toilet_roads")
    assert last["value"] == pytest.approx(100, abs=0.05)


def test_roads_beyond_every_candidate_are_named_with_their_length(streets):
    streets.put("toilet", shapely.Point(2000, 0), state="abandoned")
    told = sites(streets, "toilet_roads", p=1, candidates="toilet")
    assert {u["land_name"] for u in told["uncoverable"]} == {"北路", "弯路", "西路"}
    assert sum(u["length_m"] for u in told["uncoverable"]) == pytest.approx(told["uncoverable_m"], rel=1e-9)


def test_a_road_along_a_border_is_demand_of_the_district_whose_length_it_is(streets):
    rows = {r["key"]: r for r in streets.coverage("toilet_roads")["by"]}
    for told in siting.by_district(streets.conn, "toilet_roads", streets.city, Ask(p=2, time_limit_s=0)):
        row = rows[told["scope"]["district"]]
        assert told["before_percent"] == pytest.approx(row["value"], rel=1e-9)
        assert told["uncovered_m"] == pytest.approx(row["denominator"] - row["numerator"], rel=1e-9)


@pytest.mark.parametrize("weight", ["area", "people"])
def test_lines_have_neither_area_nor_people_to_go_by(streets, weight):
    with pytest.raises(BadValue, match="length") as caught:
        sites(streets, "toilet_roads", p=1, weight=weight)
    assert caught.value.facts["name"] == "weight" and "线路" in caught.value.message("zh")


# -- people --------------------------------------------------------------------------------------
def test_a_rule_of_people_is_sited_by_people_and_its_percentages_are_of_them(homes):
    told = sites(homes, PEOPLE, p=4)
    before = coverage.coverage(homes.conn, PEOPLE, homes.city)
    assert told["weight"] == "people" and told["before_percent"] == pytest.approx(before["value"], rel=1e-9)
    last = before
    for feature, after in zip(told["features"], build(homes, told, "park", PEOPLE), strict=True):
        assert feature["properties"]["gain_people"] == pytest.approx(after["numerator"] - last["numerator"], rel=1e-6)
        assert feature["properties"]["covered_percent"] == pytest.approx(after["value"], rel=1e-6)
        last = after
    with pytest.raises(BadValue, match="weight"):
        sites(homes, PEOPLE, p=1, weight="length")


def test_a_rule_of_people_without_people_says_so(town):
    town.box("residential", 0, 0, 300, 300)
    with pytest.raises(BadValue, match="population"):
        sites(town, PEOPLE, p=1)


# -- tiers by fields -----------------------------------------------------------------------------
@pytest.fixture
def stations(town):
    """A built-up area and planned stations of three modes of collection."""
    town.box("built_up_area", 0, 0, 9000, 9000)
    for n, mode in enumerate(("manual", "small_vehicle", "medium_vehicle")):
        town.put("transfer_station", shapely.Point(2000 + 2500 * n, 4500), code=mode, collection_mode=mode, state="abandoned")
    return town


def test_where_fields_decide_the_radius_the_tier_must_be_said(stations):
    with pytest.raises(BadValue, match=r"1: collection_mode=manual 400 m; 2: collection_mode=small_vehicle 3000 m") as caught:
        sites(stations, "transfer_station", p=1)
    assert caught.value.facts["name"] == "tier"
    for tier, radius_m, mode in ((1, 400, "manual"), (2, 3000, "small_vehicle")):
        told = sites(stations, "transfer_station", p=1, tier=tier)
        assert of(told, "radius_m") == [radius_m] and told["facility"]["where"] == {"collection_mode": [mode]}
        after, = build(stations, told, "transfer_station", "transfer_station", collection_mode=mode)
        assert told["after_percent"] == pytest.approx(after["value"], rel=1e-6)


def test_the_edition_decides_the_radii(stations):
    told = siting.sites(stations.conn, "transfer_station", stations.city, Ask(p=1, tier=2, time_limit_s=0), edition="most")
    assert of(told, "radius_m") == [5000] and told["edition"]["key"] == "most"


def test_candidates_of_the_class_itself_serve_by_their_own_fields(stations):
    stations.put("transfer_station", shapely.Point(100, 100), code="far", collection_mode="manual", state="abandoned")
    told = sites(stations, "transfer_station", p=4, tier=1, candidates="transfer_station")
    assert of(told, "radius_m") == [3000, 400], "of the manual one within the reach of the other nothing is left"
    assert {e["reason"]: e["count"] for e in told["candidates"]["left_out"]} == {"too_small": 1}, "no radius stands for medium vehicles"


def test_what_the_rule_does_not_count_is_no_candidate(town):
    town.box("built_up_area", 0, 0, 2000, 600)
    for n, alliance in enumerate((True, False, None)):
        town.put("toilet", shapely.Point(300 + 600 * n, 300), alliance=alliance, state="abandoned")
    every = sites(town, "toilet", p=3, candidates="toilet")
    assert len(every["features"]) == 3
    told = siting.sites(town.conn, "toilet", town.city, Ask(p=3, candidates="toilet", time_limit_s=0), edition="own_only")
    assert len(told["features"]) == 2 and told["candidates"]["left_out"][0]["reason"] == "filtered"


def test_a_plain_facility_is_of_the_tier_that_holds_where_nothing_is_said(town):
    town.box("residential", 0, 0, 600, 600)
    told = sites(town, "collection_point", p=1)
    assert told["facility"]["radius_m"] == 70 and told["facility"]["tier"] == 1


def test_parts_of_one_code_are_one_candidate_of_their_area_together(town):
    """A park split by a road is one park: neither part alone is large enough."""
    town.box("residential", 0, 0, 800, 800)
    town.box("park", 800, 0, 40, 40, park_code="P", build_status="planned")
    ids = [str(i) for i in town.conn.exec_driver_sql("SELECT id FROM asset WHERE class = 'park' ORDER BY id").scalars()]
    assert sites(town, "park", p=1, candidates="park")["features"] == [], "1,600 m² serve nobody"
    town.box("park", 850, 0, 40, 40, park_code="P", build_status="planned")
    told = sites(town, "park", p=1, candidates="park")
    assert of(told, "radius_m") == [300] and of(told, "candidate_id") == ids and of(told, "area_m2") == [pytest.approx(3200, rel=1e-3)]


def test_a_part_added_to_what_stands_serves_as_the_whole(town):
    town.box("residential", 0, 0, 800, 800)
    town.box("park", 800, 0, 40, 100, park_code="P")
    standing = town.coverage()["numerator"]
    town.box("park", 840, 0, 40, 100, park_code="P", build_status="planned")
    told = sites(town, "park", p=1, candidates="park")
    assert of(told, "radius_m") == [500], "8,000 m² together"
    assert told["gain_m2"] > 0 and told["covered_m2"] == pytest.approx(standing)
