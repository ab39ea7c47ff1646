"""The coverage of residential land by parks: golden values, bounds, what counts and what is said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
import shapely
from sqlalchemy import text

from registry import coverage, indicators
from registry.errors import BadValue, UnknownIndicator
from registry.scope import Scope, Sight
from registry.standards import service
from registry.standards.service import Edition, Tier
from registry.store import cities, tokens

PARK = service.load()["park"]


def with_tiers(*tiers: Tier, **changes):
    """The park rule with an edition that only tests know."""
    edition = dataclasses.replace(PARK.edition("2016"), key="test", tiers=tiers, thresholds=())
    return dataclasses.replace(PARK, editions={"test": edition}, default="test", **changes)


# -- golden values (standards.md §6.1) -----------------------------------------------------------
def test_tiered_radii_cover_45_333_percent(town):
    town.three_strips()
    answer = town.coverage()
    assert round(answer["value"], 3) == 45.333
    assert answer["numerator"] == pytest.approx(68_000, abs=0.1)
    assert answer["denominator"] == pytest.approx(150_000, abs=0.1)


def test_a_historic_district_that_touches_a_small_park_makes_it_55_333_percent(town):
    town.three_strips()
    town.box("historic_district", 10_050, 0, 200, 30)  # shares an edge with C, overlaps nothing
    assert round(town.coverage()["value"], 3) == 55.333
    assert round(town.coverage(edition="2021")["value"], 3) == 45.333, "2021 knows no historic districts"
    assert round(town.coverage(edition="2010")["value"], 3) == round(100 * 65 / 150, 3), "2010 has no 2000 m² tier"


def test_a_flat_radius_of_500_m_covers_66_667_percent(town):
    town.three_strips()
    assert round(town.coverage(with_tiers(Tier(0, 500)))["value"], 3) == 66.667


def test_the_buffer_of_a_park_of_100_m_is_within_a_ten_thousandth_of_the_analytic_area(town):
    town.box("park", 0, 0, 100, 100)
    area = town.coverage()["served_m2"]
    assert area == pytest.approx(995_398, rel=1e-4)
    assert area < 995_398, "an inscribed polygon, so the bias is downward"


def test_service_areas_that_overlap_are_united_and_not_added(town):
    town.box("park", 0, 0, 100, 100)
    town.box("park", 300, 0, 100, 100)
    assert town.coverage()["served_m2"] == pytest.approx(1_323_968, abs=1)


# -- who serves ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("width", "height", "radius"), [
    (100, 50, 500), (99.9, 50, 300), (50, 40, 300), (49.9, 40, None), (1000, 5, 500)])
def test_bounds_are_inclusive_after_the_round_trip_through_degrees(town, width, height, radius):
    town.box("park", 0, 0, width, height)
    tiers = town.coverage()["facilities"]["by_tier"]
    assert [t["radius_m"] for t in tiers if t["count"]] == ([radius] if radius else [])


def test_exactly_1000_square_metres_serve_where_they_touch_a_historic_district(town):
    town.box("park", 0, 0, 40, 25)
    town.box("historic_district", 40, 5, 10, 10)
    assert town.coverage()["facilities"]["by_tier"][2]["count"] == 1


def test_a_park_is_all_rows_of_one_code_and_else_the_row_itself(town):
    for x, code in ((0, "P"), (60, "P"), (5000, None), (5060, None)):
        town.box("park", x, 0, 50, 50, park_code=code)
    facilities = town.coverage()["facilities"]
    assert [t["count"] for t in facilities["by_tier"]] == [1, 2, 0]
    assert (facilities["eligible"], facilities["rows"]) == (3, 4)


def test_the_surveyed_area_does_not_decide_the_tier(town):
    town.box("park", 0, 0, 60, 50, area_m2=9000.0)
    assert [t["count"] for t in town.coverage()["facilities"]["by_tier"]] == [0, 1, 0]


def test_what_does_not_serve_is_told_with_its_reason(town):
    for n, fields in enumerate(({"build_status": "planned"}, {"state": "removed"}, {"state": "abandoned"},
                                {"retired_on": dt.date(2020, 1, 1)}, {"installed_on": dt.date(2190, 1, 1)}, {})):
        town.box("park", 3000 * n, 0, 100, 100, **fields)
    town.box("park", 90_000, 0, 10, 10)
    facilities = town.coverage()["facilities"]
    assert facilities["eligible"] == 1
    assert {e["reason"]: e["count"] for e in facilities["excluded"]} == {
        "not_in_service": 1, "removed": 1, "abandoned": 1, "retired": 1, "not_yet_installed": 1, "too_small": 1}


def test_a_park_outside_the_built_up_area_serves_land_inside(town):
    town.box("park", 0, 0, 100, 100)
    town.box("residential", 0, 100, 100, 100)
    town.box("built_up_area", -500, 100, 1000, 1000, edition="2020")
    assert town.coverage()["value"] == pytest.approx(100)


def test_a_rule_of_points_follows_by_table_alone(town):
    town.put("toilet", shapely.Point(0, 0))
    town.box("residential", -50, 0, 100, 1000)
    rule = with_tiers(Tier(0, 300), code="toilet", facility="toilet", indicator="toilet_coverage", historic=None)
    answer = town.coverage(rule)
    assert answer["numerator"] == pytest.approx(
        shapely.Point(0, 0).buffer(300, quad_segs=64).intersection(shapely.box(-50, 0, 50, 1000)).area, rel=1e-6)
    assert answer["class"] == "toilet"


def test_full_cover_is_exactly_100_percent_also_where_tiles_meet(town):
    """120 parks make a service area of several tiles, whose seams cross the housing."""
    for n in range(120):
        town.box("park", 220 * (n % 12), 220 * (n // 12), 80 + n / 7, 80)
    town.box("residential", 100, 300, 2200, 1500)
    answer = town.coverage()
    assert answer["value"] == 100 and answer["gaps"]["count"] == 0


# -- land ----------------------------------------------------------------------------------------
def test_only_land_in_the_newest_built_up_area_counts(town):
    town.box("residential", 0, 0, 100, 100)
    town.box("residential", 1000, 0, 100, 100)
    town.box("built_up_area", -100, -100, 2000, 300, edition="v9", valid_from=dt.date(2020, 1, 1), code="old")
    town.box("built_up_area", -100, -100, 150, 300, edition="v10", valid_from=dt.date(2024, 1, 1), code="new")
    answer = town.coverage()
    assert answer["denominator"] == pytest.approx(5_000, abs=0.1)
    assert answer["zone_edition"]["built_up_area"] == "v10", "by the start of validity; v9 sorts after v10"
    assert [(e["reason"], round(e["measure"])) for e in answer["excluded"]] == [("outside", 15_000)]
    before = town.coverage(sight=Sight(on=dt.date(2023, 1, 1)))
    assert before["denominator"] == pytest.approx(20_000, abs=0.1) and before["zone_edition"]["built_up_area"] == "v9"


def test_without_a_built_up_area_all_land_counts_and_the_answer_says_so(town):
    town.box("residential", 0, 0, 100, 100)
    definition = town.coverage()["denominator_definition"]
    assert definition["within"] is None and "没有建成区" in definition["title"]["zh"]
    assert "no built-up area" in definition["title"]["en"]


def test_land_drawn_twice_counts_once_and_is_reported(town):
    town.box("residential", 0, 0, 100, 100)
    town.box("residential", 50, 0, 100, 100)
    town.box("residential", 150, 0, 100, 100)  # a neighbour that shares an edge overlaps nothing
    town.box("residential", 0, 0, 100, 100, name="the same again")
    answer = town.coverage()
    assert answer["denominator"] == pytest.approx(25_000, abs=0.1)
    assert answer["overlap_removed_m2"] == pytest.approx(15_000, abs=0.1)
    assert answer["excluded"][0]["reason"] == "overlap"


def test_an_invalid_stored_polygon_is_repaired_and_counted(town):
    town.put("residential", shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    town.put("park", shapely.Polygon([(0, 500), (100, 600), (100, 500), (0, 600)]))  # two triangles: 5000 m²
    answer = town.coverage()
    assert answer["denominator"] == pytest.approx(5_000, abs=0.1) and answer["invalid_repaired"] == 1
    assert answer["facilities"]["by_tier"][0]["count"] == 1


def test_no_land_gives_no_rate_and_no_park_gives_zero(town):
    assert town.coverage()["value"] is None
    town.box("residential", 0, 0, 100, 100, population=70)
    answer = town.coverage()
    assert (answer["value"], answer["people_covered"], answer["people"]) == (0, 0, 70)
    gap, = town.gaps()
    assert gap["properties"]["nearest_id"] is None and gap["properties"]["nearest_m"] is None
    assert gap["properties"]["area_m2"] == pytest.approx(10_000, abs=0.1)


def test_people_are_the_areal_share_and_unknown_people_are_null(town):
    town.three_strips()
    answer = town.coverage()
    assert answer["people"] == pytest.approx(2000)
    assert answer["people_covered"] == pytest.approx(500 + 360, abs=0.01)
    town.box("residential", 20_000, 0, 100, 100, population=None)
    again = town.coverage()
    assert again["people"] == pytest.approx(2000)
    assert again["people_known_percent"] == pytest.approx(100 * 150 / 160, abs=1e-3)


def test_people_are_null_where_no_population_is_known(town):
    town.box("residential", 0, 0, 100, 100)
    answer = town.coverage()
    assert answer["people"] is None and answer["people_covered"] is None


# -- rows ----------------------------------------------------------------------------------------
def test_districts_have_rows_that_add_up_and_a_district_without_land_has_no_rate(town):
    town.three_strips()
    town.box("district", -1000, -1000, 6030, 5000, code="330601", name="西区")  # the border cuts strip b
    town.box("district", 5030, -1000, 3000, 5000, code="330602", name="中区")
    town.box("district", 30_000, -1000, 3000, 5000, code="330603", name="空区")
    town.box("district", 9000, 300, 3000, 5000, code="330604", name="北区")
    answer = town.coverage()
    rows = {r["key"]: r for r in answer["by"]}
    assert list(rows) == ["330601", "330602", "330603", "330604", "unknown"]
    assert rows["330602"]["denominator"] == pytest.approx(15_000, abs=0.1)
    assert rows["330602"]["value"] == pytest.approx(60, abs=1e-4)
    assert rows["330603"]["value"] is None and "reason" in rows["330603"]
    assert rows["330604"]["value"] == 0 and "reason" not in rows["330604"]
    assert rows["unknown"]["title"]["zh"] == "未知"
    for name in ("numerator", "denominator", "people", "people_covered"):
        assert sum(r[name] or 0 for r in rows.values()) == pytest.approx(answer[name], rel=1e-12)


def test_streets_may_stand_for_the_rows_and_the_total_stays_the_same(town):
    town.three_strips()
    town.box("street", -1000, -1000, 20_000, 5000, code="330601001", name="一街道")
    by_street, by_district = town.coverage(by="street"), town.coverage()
    assert [r["key"] for r in by_street["by"]] == ["330601001"]
    for name in ("value", "numerator", "denominator", "people_covered", "bounds"):
        assert by_street[name] == by_district[name]
    with pytest.raises(BadValue, match="by") as caught:
        town.coverage(by="residential")
    assert "street" in caught.value.message("zh")


def test_districts_that_overlap_do_not_count_land_twice(town):
    town.three_strips()
    town.box("district", -1000, -1000, 8000, 5000, code="1")
    town.box("district", 4000, -1000, 9000, 5000, code="2")
    answer = town.coverage()
    assert sum(r["denominator"] for r in answer["by"]) == pytest.approx(answer["denominator"], rel=1e-12)


# -- layers --------------------------------------------------------------------------------------
def test_blind_spots_are_what_is_not_covered_with_people_district_and_the_nearest_park(town):
    town.three_strips()
    town.box("district", -1000, -1000, 20_000, 5000, code="330601")
    answer, found = town.coverage(), town.gaps()
    assert len(found) == answer["gaps"]["count"] == 3
    assert sum(f["properties"]["area_m2"] for f in found) == pytest.approx(
        answer["denominator"] - answer["numerator"], rel=1e-9)
    assert sum(f["properties"]["population"] for f in found) == pytest.approx(2000 - 860, abs=0.01)
    nearest = {f["properties"]["land_code"]: f["properties"] for f in found}
    ids = dict(town.conn.execute(text("SELECT code, id FROM asset WHERE class = 'park'")).all())
    assert nearest["a"]["nearest_id"] == ids["A"] and nearest["a"]["nearest_m"] == pytest.approx(500, abs=1e-3)
    assert nearest["c"]["nearest_id"] == ids["B"], "C is too small to serve, so it is not the nearest"
    assert nearest["c"]["nearest_m"] == pytest.approx(4940, abs=0.01)
    assert nearest["a"]["nearest"] == f"/collections/park/items/{ids['A']}?city=demo"
    assert {p["district"] for p in nearest.values()} == {"330601"}
    lon, lat = shapely.from_geojson(json.dumps(found[0]["geometry"])).centroid.coords[0]
    assert 119.9 < lon < 120.2 and 29.9 < lat < 30.1


def test_blind_spots_of_one_district_only(town):
    town.three_strips()
    town.box("district", -1000, -1000, 3000, 5000, code="330601")
    town.box("district", 2100, -1000, 100, 100, code="330699")
    assert [f["properties"]["land_code"] for f in town.gaps(district="330601")] == ["a"]
    assert town.gaps(district="330699") == []
    with pytest.raises(BadValue, match="330601, 330699"):  # that nothing is lacking is told of no district that is not there
        town.gaps(district="330698")


def test_a_sliver_is_no_blind_spot_but_is_told(town):
    town.box("park", 0, 0, 100, 100)
    town.box("residential", 0, 100, 100, 500.005)  # half a square metre lies beyond 500 m
    answer = town.coverage()
    slivers = answer["gaps"]["slivers_left_out"]
    assert answer["gaps"]["count"] == 0 and slivers["count"] == 1
    assert slivers["area_m2"] == pytest.approx(0.5, abs=0.05)
    assert town.gaps() == []
    assert answer["uncovered_m2"] == pytest.approx(slivers["area_m2"])


def test_the_served_area_is_one_feature_a_piece(town):
    town.box("park", 0, 0, 100, 100)
    town.box("park", 300, 0, 100, 100)
    town.box("park", 9000, 0, 100, 100)
    found = [json.loads(f) for f in coverage.served(town.conn, "park", town.city)]
    assert sorted(round(f["properties"]["area_m2"] / 1000) for f in found) == [995, 1324]


# -- the answer ----------------------------------------------------------------------------------
def test_covered_and_uncovered_add_up_to_the_land(town):
    town.three_strips()
    answer = town.coverage()
    assert abs(answer["identity_residual_m2"]) < 1e-6
    assert (answer["quad_segs"], answer["crs"]["srid"]) == (64, 4549)
    assert all(answer["engine"].values())


def test_asking_twice_in_one_transaction_gives_identical_numbers(town):
    town.three_strips()
    first, second = town.coverage(), town.coverage()
    assert json.dumps(first) == json.dumps(second)
    assert town.gaps() == town.gaps()


def test_a_coverage_rule_is_an_indicator_with_the_same_number(town):
    town.three_strips()
    assert indicators.measure(town.conn, "park_coverage", town.city) == town.coverage()
    assert indicators.find("park_coverage").title.zh == "公园绿地服务半径覆盖率"


def test_a_reader_without_any_right_to_write_gets_the_answer(town):
    town.three_strips()
    expected = town.coverage()
    town.conn.exec_driver_sql("CREATE ROLE only_reads")
    tokens.create_for_role(town.conn, db_user="only_reads", name="r", role="reader", reason="r", actor="r", scope=Scope())
    town.conn.exec_driver_sql("SET LOCAL SESSION AUTHORIZATION only_reads")
    assert town.coverage() == expected
    town.conn.exec_driver_sql("RESET SESSION AUTHORIZATION")


def test_a_city_abroad_is_measured_in_its_utm_zone(town):
    town.city = cities.City("helsinki", "赫尔辛基", "Helsinki", None, 32635)
    town.srid, town.origin = 32635, (385_000, 6_672_000)
    cities.put(town.conn, town.city)
    town.three_strips()
    assert round(town.coverage()["value"], 3) == 45.333


def test_unknown_rules_and_editions_are_named(town):
    with pytest.raises(UnknownIndicator, match="coverage/park"):
        town.coverage("playground")
    with pytest.raises(BadValue, match="2010, 2016, 2021, 2022"):
        town.coverage(edition="1999")
    assert isinstance(PARK.edition(None), Edition)
