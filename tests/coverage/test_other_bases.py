"""What-ifs and walks of rules that are of lines, of people, or of tiers that go by fields."""

from __future__ import annotations

import dataclasses
import json

import pytest
import shapely
from sqlalchemy import text

from registry import coverage
from registry.coverage import Added, kept
from registry.coverage.network import answer, layers
from registry.errors import BadValue
from registry.standards import service

RULES = service.load()
PEOPLE = dataclasses.replace(RULES["park"], code="park_people", indicator="park_people", basis="population")


def added(town, shape, **properties):
    return Added(json.loads(shapely.to_geojson(town.stored(shape))), properties)


def ids(town, kind):
    return town.conn.execute(text("SELECT id FROM asset WHERE class = :k ORDER BY id"), {"k": kind}).scalars().all()


def test_a_what_if_of_lines_is_told_in_metres_and_is_the_edit_itself(town):
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(0, -600), (0, 900)]))
    for n, west in enumerate((-2000, 0)):  # the road runs along the border of the two
        town.box("district", west, -2000, 2000, 4000, code=f"33060{n}")
    told = coverage.what_if(town.conn, "toilet_roads", town.city, add=[added(town, shapely.Point(0, 800))])
    assert told["basis"] == "length" and told["measure_unit"]["en"] == "m" and "gain_m2" not in told
    assert told["gain_m"] == pytest.approx(400, abs=0.5) and told["gain_people"] is None
    town.put("toilet", shapely.Point(0, 800))
    after = town.coverage("toilet_roads")
    assert told["after"]["value"] == pytest.approx(after["value"], rel=1e-9)
    assert [r["after"]["numerator"] for r in told["by"]] == pytest.approx([r["numerator"] for r in after["by"]], rel=1e-9)


def test_a_what_if_of_people_is_a_percentage_of_people(town):
    town.three_strips()
    shape = shapely.box(10_000, 500, 10_100, 600)
    told = coverage.what_if(town.conn, PEOPLE, town.city, add=[added(town, shape)])
    assert told["before"]["denominator"] == pytest.approx(2000) and told["measure_unit"]["en"] == "people"
    town.put("park", shape)
    after = coverage.coverage(town.conn, PEOPLE, town.city)
    assert told["after"]["value"] == pytest.approx(after["value"], rel=1e-9)
    assert told["gain_people"] == pytest.approx(told["after"]["numerator"] - told["before"]["numerator"])


def test_a_what_if_of_tiers_by_fields_is_the_edit_itself_even_where_figures_are_kept(town, monkeypatch):
    monkeypatch.setattr(kept, "WORTH_PARCELS", 0)
    town.box("built_up_area", 0, 0, 9000, 9000)
    town.put("transfer_station", shapely.Point(1000, 1000), collection_mode="manual")
    thought = [added(town, shapely.Point(6000, 6000), collection_mode="small_vehicle"), added(town, shapely.Point(3000, 8000))]
    told = coverage.what_if(town.conn, "transfer_station", town.city, add=thought, remove=ids(town, "transfer_station"))
    town.delete("transfer_station", "transfer_station2")
    town.put("transfer_station", shapely.Point(6000, 6000), collection_mode="small_vehicle")
    assert told["after"]["value"] == pytest.approx(town.coverage("transfer_station")["value"], rel=1e-9)


# -- on foot -------------------------------------------------------------------------------------
def test_a_walk_of_a_rule_of_people_is_a_percentage_of_people(town):
    """A park, a street past three houses of which the farthest is beyond its radius, and one without any street."""
    town.box("park", 0, 0, 100, 100)
    town.put("road", shapely.LineString([(50, 50), (50, 3000)]), road_class="branch")
    for y, people in ((200, 100), (500, 300), (2000, 600)):
        town.box("residential", 60, y, 20, 20, population=people)
    town.box("residential", 300, 0, 20, 20, population=50)
    town.box("district", -500, -500, 5000, 5000, code="330601")
    by_land, by_people = (answer.answer(town.conn, rule, town.city) for rule in ("park", PEOPLE))
    assert by_land["walking"]["percent"] == pytest.approx(200 / 3, abs=1e-3)
    assert by_people["basis"] == "population" and by_people["walking"]["percent"] == pytest.approx(40, abs=1e-3)
    assert by_people["straight_line"]["percent"] == pytest.approx(100 * 450 / 1050, abs=1e-3)
    assert by_people["straight_line"]["percent_of_walking_land"] == pytest.approx(40, abs=1e-3)
    assert by_people["walking"]["bounds"]["high"] == pytest.approx(100 * 450 / 1050, abs=1e-3)
    assert by_people["by"][0]["walking"]["percent"] == pytest.approx(by_people["walking"]["percent"])


def test_nobody_walks_from_a_line(town):
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(0, -600), (0, 900)]), road_class="branch")
    for ask in (answer.answer, layers.difference):
        with pytest.raises(BadValue, match="walking/reached") as caught:
            list(ask(town.conn, "toilet_roads", town.city))
        assert caught.value.facts["name"] == "rule" and "线路" in caught.value.message("zh")
    assert list(layers.reached(town.conn, "toilet_roads", town.city)), "the streets themselves are told"
