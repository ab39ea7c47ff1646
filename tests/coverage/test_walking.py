"""Coverage on foot in a drawn town: where people enter, where they leave, what is told apart and what is never mixed up."""

from __future__ import annotations

import dataclasses
import json

import pytest
import shapely

from registry.coverage.network import answer, kept, layers
from registry.errors import BadValue, UnknownIndicator
from registry.standards import service, walking
from registry.standards.service import Tier

PARK = service.load()["park"]
TOILETS = dataclasses.replace(PARK, code="toilet", facility="toilet", indicator="toilet_coverage", historic=None, default="test", editions={
    "test": dataclasses.replace(PARK.edition("2016"), key="test", tiers=(Tier(0, 300),), thresholds=())})


def street(town, *xy, **fields):
    town.put("road", shapely.LineString(xy), **({"road_class": "branch"} | fields))


def walk(town, **ask):
    return answer.answer(town.conn, ask.pop("rule", "park"), town.city, **ask)


def difference(town, **ask):
    return [json.loads(f) for f in layers.difference(town.conn, "park", town.city, **ask)]


def reached(town, **ask):
    return [json.loads(f) for f in layers.reached(town.conn, "park", town.city, **ask)]


@pytest.fixture
def river(town):
    """A park south of a river, housing north of it 150 m away, and one bridge 600 m to the east."""
    town.box("park", 0, 0, 100, 100, code="P", name="滨河公园")
    street(town, (50, 90), (50, 120))      # out of the park by its gate
    street(town, (-200, 120), (900, 120))  # south bank
    street(town, (-200, 230), (900, 230))  # north bank
    street(town, (650, 120), (650, 230), level=0)
    town.box("residential", 0, 240, 100, 60, code="N", population=300)
    town.box("residential", 0, 125, 100, 40, code="S", population=200)
    return town


# -- the straight line beside it -------------------------------------------------------------------
def test_a_river_with_one_bridge_is_no_obstacle_to_the_straight_line_and_one_on_foot(river):
    told = walk(river)
    assert told["straight_line"]["percent"] == pytest.approx(100) and told["straight_line"]["percent"] == river.coverage()["value"]
    assert told["walking"]["percent"] == pytest.approx(40, abs=1e-4), "the 4,000 m² on the south bank of 10,000"
    assert told["difference_points"] == pytest.approx(-60, abs=1e-4)
    assert told["audited"] is False and told["method"] == "walking_network" and "value" not in told
    assert told["people"] == {"total": pytest.approx(500), "known": pytest.approx(500), "walking": pytest.approx(200), "straight_line": pytest.approx(500)}
    assert "临路加权" in told["formula"]["zh"] and "frontage-weighted" in told["formula"]["en"]


def test_the_difference_is_a_layer_of_parcels_with_the_way_on_foot(river):
    river.box("district", -900, -900, 2000, 2000, code="330601")
    river.box("district", 1200, -900, 100, 100, code="330699")
    one, = difference(river)
    told = one["properties"]
    assert (told["land_code"], told["district"], told["access"], told["walking_percent"]) == ("N", "330601", "frontage", 0)
    assert told["lost_m2"] == pytest.approx(6000, abs=0.1) and told["lost_people"] == pytest.approx(300, abs=0.01)
    # From the gate (50, 100) to the bank, 600 m to the bridge, 110 m over it, and back to the corner of the parcel.
    assert 20 + 600 + 110 + 550 <= told["distance_m"] <= 20 + 600 + 110 + 550 + 10 + 20
    assert shapely.from_geojson(json.dumps(one["geometry"])).is_valid
    assert difference(river, district="330699") == []
    with pytest.raises(BadValue, match="330601, 330699"):  # of a district that is not there nothing is told
        difference(river, district="330698")


def test_a_second_bridge_serves_the_north_bank(river):
    street(river, (20, 120), (20, 230))
    assert walk(river)["walking"]["percent"] == pytest.approx(100) and difference(river) == []


def test_a_flyover_does_not_join_the_banks_and_a_bridge_on_the_level_does(river):
    street(river, (20, 60), (20, 400), level=1)  # over the park, both banks and the parcels: stepped on from none of them
    assert walk(river)["walking"]["percent"] == pytest.approx(40, abs=1e-4)
    street(river, (30, 115), (30, 400))
    assert walk(river)["walking"]["percent"] == pytest.approx(100)


def test_nobody_walks_on_an_expressway_and_a_street_of_unknown_class_is_walked(river):
    street(river, (20, 110), (20, 240), road_class="expressway")
    told = walk(river)
    assert told["walking"]["percent"] == pytest.approx(40, abs=1e-4) and told["network"]["barred_lines"] == 1
    street(river, (30, 110), (30, 240), road_class=None)
    assert walk(river)["walking"]["percent"] == pytest.approx(100)


def test_a_removed_road_is_no_way(river):
    street(river, (20, 110), (20, 240), state="removed")
    assert walk(river)["walking"]["percent"] == pytest.approx(40, abs=1e-4)


# -- entrances -------------------------------------------------------------------------------------
def test_an_entrance_is_inferred_where_a_street_crosses_the_boundary_and_marked_so(river):
    ways_in = walk(river)["entrances"]
    assert (ways_in["crossing"], ways_in["frontage"], ways_in["surveyed"], ways_in["inferred"]) == (1, 0, 0, 1)


def test_a_park_with_surveyed_entrances_is_entered_there_and_nowhere_else(town):
    """A street crosses both parks; of one the only gate is on its far side."""
    for x, code in ((0, "P1"), (2000, "P2")):
        town.box("park", x, 0, 100, 100, park_code=code)
        street(town, (x - 300, 50), (x + 400, 50))
    street(town, (2105, 50), (2105, 90))
    town.put("park_entrance", shapely.Point(2104, 90), park_code="P2", name="东门")
    town.put("park_entrance", shapely.Point(2102, 80), park_code="P2", state="removed")
    town.put("park_entrance", shapely.Point(0, 0), park_code="no such park")
    ways_in = walk(town)["entrances"]
    assert (ways_in["surveyed"], ways_in["crossing"], ways_in["inferred"], ways_in["facilities_without"]) == (1, 2, 2, 0)


def test_a_park_that_no_street_crosses_is_open_along_the_streets_it_fronts(town):
    town.box("park", 0, 0, 100, 100)
    street(town, (-300, -30), (400, -30))
    ways_in = walk(town)["entrances"]
    assert ways_in["frontage"] >= 5 and ways_in["inferred"] == ways_in["frontage"] and ways_in["facilities_without"] == 0


def test_an_entrance_beyond_the_limit_is_dropped_and_listed_with_its_distance(town):
    town.box("park", 0, 200, 100, 100, name="远处公园")
    town.box("residential", 0, 10, 100, 50)
    street(town, (-300, 0), (400, 0))
    ways_in = walk(town)["entrances"]
    assert walking.load().max_snap_m == 80 and ways_in["facilities_without"] == ways_in["dropped_count"] == 1
    dropped, = ways_in["dropped"]
    assert dropped["name"] == "远处公园" and dropped["distance_m"] == pytest.approx(200, abs=0.1)
    assert walk(town)["walking"]["percent"] == 0 and town.coverage()["value"] == pytest.approx(100)


def test_a_point_is_its_own_entrance(town):
    for x, y in ((0, 20), (1000, 300)):
        town.put("toilet", shapely.Point(x, y))
    street(town, (-500, 0), (1500, 0))
    town.box("residential", 100, 5, 100, 40)
    told = walk(town, rule=TOILETS)
    assert told["entrances"]["point"] == 1 and told["entrances"]["dropped"][0]["distance_m"] == pytest.approx(300, abs=0.1)
    assert told["walking"]["percent"] == pytest.approx(100)


# -- land --------------------------------------------------------------------------------------------
def test_a_parcel_without_a_street_is_unknown_and_one_on_an_island_is_unreached(river):
    river.box("residential", 0, -400, 50, 50, code="deep")  # 400 m from the nearest street
    street(river, (300, 400), (420, 400))                   # two streets that lead nowhere else
    river.box("residential", 320, 405, 50, 50, code="island")
    told = walk(river)
    parcels = told["parcels"]
    assert (parcels["unknown"], parcels["unreached"]) == (1, 1)
    assert {(p["code"], p["why"]) for p in parcels["without"]} == {("deep", "no_access"), ("island", "unreached")}
    assert told["network"]["components"] == 2 and told["network"]["islands_length_m"] == pytest.approx(120, abs=0.01)
    walked = told["walking"]
    assert walked["unknown_m2"] == pytest.approx(2500, abs=0.1) and walked["land_m2"] == pytest.approx(12_500, abs=0.1)
    assert walked["percent"] == pytest.approx(100 * 4000 / 12_500, abs=1e-3)
    assert walked["bounds"]["low"] < walked["percent"] < walked["bounds"]["high"]
    assert next(f for f in difference(river) if f["properties"]["land_code"] == "island")["properties"]["distance_m"] is None
    assert "deep" not in {f["properties"]["land_code"] for f in difference(river)}


def test_a_parcel_counts_by_the_share_of_its_frontage_that_is_reached(town):
    town.box("park", 0, 0, 100, 100)
    street(town, (100, 50), (900, 50))
    town.box("residential", 500, 60, 200, 20)  # the way is 500 m long in the middle of it
    told = walk(town)
    assert 35 < told["walking"]["percent"] < 45 and told["parcels"]["by_access"]["frontage"] == 1


def test_rows_of_districts_add_up_to_the_whole(river):
    river.box("district", -900, -900, 950, 2000, code="330601")
    river.box("district", 50, -900, 2000, 2000, code="330602")
    told = walk(river)
    assert [r["key"] for r in told["by"]] == ["330601", "330602"]
    for part, name in (("walking", "served_m2"), ("walking", "land_m2"), ("straight_line", "served_m2"), ("straight_line", "land_m2")):
        assert sum(r[part][name] for r in told["by"]) == pytest.approx(told[part][name], rel=1e-9)
    assert all(r["walking"]["percent"] == pytest.approx(40, abs=1e-3) for r in told["by"])


def test_without_streets_nothing_is_known_and_nothing_is_good(town):
    town.three_strips()
    told = walk(town)
    assert told["walking"]["percent"] is None and told["difference_points"] is None
    assert told["walking"]["bounds"] == {"low": 0, "high": pytest.approx(100)} and told["parcels"]["unknown"] == 3
    assert told["datum"]["verdict"] == "unknown" and "没有道路" in told["datum"]["layers"][0]["why"]["zh"]
    assert reached(town) and difference(town) == []


def test_tiers_have_a_field_each_and_what_one_reaches_is_served(town):
    town.box("park", 0, 0, 60, 50)         # 300 m
    town.box("park", 2000, 0, 100, 100)    # 500 m
    street(town, (60, 25), (2000, 25))
    town.box("residential", 300, 30, 40, 20, code="near the small")
    town.box("residential", 440, 30, 40, 20, code="too far for the small")
    town.box("residential", 1560, 30, 40, 20, code="near the large")
    told = walk(town)
    assert told["walking"]["percent"] == pytest.approx(100 * 2 / 3, abs=0.01)
    assert {f["properties"]["radius_m"]: round(f["properties"]["length_m"]) for f in reached(town)} == {300: 300, 500: 500}


# -- what is asked and kept ------------------------------------------------------------------------------
def test_unknown_rules_editions_and_groupings_are_named(town):
    with pytest.raises(UnknownIndicator, match="coverage/park"):
        walk(town, rule="playground")
    with pytest.raises(BadValue, match="2010, 2016, 2021, 2022"):
        walk(town, edition="1999")
    with pytest.raises(BadValue, match="street"):
        walk(town, by="residential")


def test_what_a_transaction_wrote_itself_is_never_kept(river):
    kept.drop()
    walk(river)
    assert not kept._kept


def test_the_same_question_twice_has_the_same_answer(river):
    assert json.dumps(walk(river)) == json.dumps(walk(river))
