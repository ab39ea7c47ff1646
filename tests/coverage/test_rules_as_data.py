"""Rules as data: those that come along, a bureau's own, what they may be told of, and what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import shapely

from registry import coverage, indicators
from registry.errors import BadDeclaration, BadValue
from registry.scope import Sight
from registry.standards import service

OWN = """
code = "street_clinic"
label = "转运站可达率|Reach of stations"
indicator = "station_reach"
facility = "transfer_station"
where = { integrated = ["comprehensive"] }
denominator = "residential"
basis = "population"
default = "1"
[edition.1]
label = "本单位|Our own"
standard = "本单位规定"
clause = "第 1 条"
source = "the bureau"
confidence = "high"
tiers = [{ radius_m = 100, where = { collection_mode = ["人力", "unknown"] } }, { radius_m = 200, where = { collection_mode = ["small_vehicle"] } }]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes a bureau's rule and points the setting to it."""
    def put(text, name="mine_service.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
        service._load.cache_clear()
    return put


# -- rules that come along -----------------------------------------------------------------------
def test_every_rule_that_comes_along_can_be_answered_and_is_an_indicator(town):
    town.box("residential", 0, 0, 100, 100)
    rules = coverage.rules()
    assert set(rules) >= {"park", "greenway", "toilet", "toilet_roads", "toilet_spacing", "transfer_station", "collection_point", "green_300", "park_500"}
    for code, rule in rules.items():
        for edition in rule.editions:
            assert town.coverage(code, edition=edition)["edition"]["clause"], "each names its clause"
        assert indicators.measure(town.conn, rule.indicator, town.city)["rule"] == code


def test_a_greenway_serves_one_kilometre_from_its_line(town):
    town.put("greenway", shapely.LineString([(0, 0), (500, 0)]))
    town.box("residential", 0, 0, 100, 2000)
    assert town.coverage("greenway")["value"] == pytest.approx(50, abs=1e-3)


def test_a_toilet_serves_300_m_and_those_of_the_alliance_may_be_left_out(town):
    town.put("toilet", shapely.Point(0, 0))
    town.put("toilet", shapely.Point(1000, 0), alliance=True, open_24h=True)
    town.box("built_up_area", -400, -400, 1800, 800)
    every = town.coverage("toilet")
    assert every["numerator"] == pytest.approx(2 * shapely.Point(0, 0).buffer(300, quad_segs=64).area, rel=1e-6)
    for ask in ({"without": ["alliance"]}, {"edition": "own_only"}, {"edition": "day_and_night"}):
        assert town.coverage("toilet", **ask)["numerator"] == pytest.approx(every["numerator"] / 2, rel=1e-6)
    left = town.coverage("toilet", without=["alliance"])["facilities"]
    assert [e["reason"] for e in left["excluded"]] == ["alliance"] and left["without"] == ["alliance"]
    assert [e["reason"] for e in town.coverage("toilet", edition="own_only")["facilities"]["excluded"]] == ["filtered"]


def test_the_radius_of_a_station_goes_by_its_collection_mode(town):
    for n, mode in enumerate(("manual", "small_vehicle", "medium_vehicle", None)):
        town.put("transfer_station", shapely.Point(20_000 * n, 0), collection_mode=mode)
    facilities = town.coverage("transfer_station")["facilities"]
    assert [(t["radius_m"], t["count"]) for t in facilities["by_tier"]] == [(400, 1), (3000, 1)]
    assert {e["reason"]: e["count"] for e in facilities["excluded"]} == {"no_radius": 2}
    assert [t["radius_m"] for t in town.coverage("transfer_station", edition="most")["facilities"]["by_tier"]] == [1000, 5000]


def test_length_of_roads_within_the_radius_and_by_district_adds_up(town):
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(0, -600), (0, 900)]), name="half")
    town.put("road", shapely.LineString([(0, 0), (0, 200)]), name="drawn twice")
    town.put("road", shapely.LineString([(500, 0), (900, 0)]), state="removed")
    for n, west in enumerate((-2000, 0)):  # the road runs along the border of the two
        town.box("district", west, -2000, 2000, 4000, code=f"33060{n}")
    answer = town.coverage("toilet_roads")
    assert (answer["basis"], answer["measure_unit"]["en"]) == ("length", "m")
    assert answer["denominator"] == pytest.approx(1500, abs=0.01) and answer["numerator"] == pytest.approx(600, abs=0.01)
    assert answer["overlap_removed_m"] == pytest.approx(200, abs=0.01) and abs(answer["identity_residual_m"]) < 1e-6
    for name in ("numerator", "denominator"):
        assert sum(r[name] for r in answer["by"]) == pytest.approx(answer[name], rel=1e-9)
    gaps = town.gaps("toilet_roads")
    assert sorted(round(f["properties"]["length_m"]) for f in gaps) == [300, 600]


def test_the_spacing_of_toilets_goes_by_the_kind_of_street(town):
    town.put("toilet", shapely.Point(0, 0))
    for n, kind in enumerate(("commercial", "living", "traffic", None)):
        town.put("road", shapely.LineString([(0, 0), ((1, 0, -1, 0)[n] * 1000, (0, 1, 0, -1)[n] * 1000)]), street_kind=kind)
    for kind, reach in (("commercial", 200), ("living", 300), ("traffic", 600)):
        answer = town.coverage("toilet_spacing", edition=kind, audited=True)
        assert (answer["denominator"], answer["numerator"]) == (pytest.approx(1000, abs=0.01), pytest.approx(reach, abs=0.01))
        left = {e["reason"]: e["measure"] for e in answer["excluded"]}
        assert left == {"other_kind": pytest.approx(2000, abs=0.02), "kind_unknown": pytest.approx(1000, abs=0.01)}
        assert "edition" not in "".join(s["what"] for s in answer["audit"]["sensitivity"]), "another kind is another question"


def test_toilets_as_far_apart_as_allowed_leave_no_place_on_the_street_out(town):
    town.put("road", shapely.LineString([(-200, 0), (1000, 0)]), street_kind="commercial")
    for x in (0, 400, 800):
        town.put("toilet", shapely.Point(x, 0))
    assert town.coverage("toilet_spacing")["value"] == pytest.approx(100, abs=1e-4)
    town.delete("toilet", "toilet3")  # the second one
    assert town.coverage("toilet_spacing")["value"] == pytest.approx(100 * 800 / 1200, abs=1e-3)


def test_kinds_of_lines_are_for_rules_by_length_only(own):
    own(OWN.replace("tiers =", 'serves = { street_kind = ["living"] }\ntiers =', 1))
    with pytest.raises(BadDeclaration, match="length"):
        coverage.rules()


def test_people_as_the_denominator_are_the_areal_share(town, own):
    own(OWN.replace('where = { integrated = ["comprehensive"] }\n', ""))
    town.put("transfer_station", shapely.Point(0, 0), collection_mode="manual")
    town.box("residential", -1000, -1000, 2000, 2000, population=4_000_000)
    town.box("residential", 5000, 0, 100, 100)
    answer = town.coverage("street_clinic")
    assert (answer["basis"], answer["denominator"], answer["measure_unit"]["zh"]) == ("population", 4_000_000, "人")
    assert answer["numerator"] == pytest.approx(shapely.Point(0, 0).buffer(100, quad_segs=64).area, rel=1e-6)


# -- a bureau's own ------------------------------------------------------------------------------
def test_a_bureaus_rule_is_answered_by_filter_and_tier_and_is_an_indicator(town, own):
    own(OWN)
    town.put("transfer_station", shapely.Point(0, 0), collection_mode="manual", integrated="comprehensive")
    town.put("transfer_station", shapely.Point(5000, 0), integrated="comprehensive")
    town.put("transfer_station", shapely.Point(9000, 0), collection_mode="small_vehicle", integrated="single")
    facilities = town.coverage("street_clinic")["facilities"]
    assert [t["count"] for t in facilities["by_tier"]] == [2, 0] and facilities["excluded"][0]["reason"] == "filtered"
    assert indicators.find("station_reach").title.en == "Reach of stations"
    assert indicators.measure(town.conn, "station_reach", town.city)["rule"] == "street_clinic"


def test_a_bureaus_rule_takes_the_place_of_ours_of_the_same_code(town, own):
    own((service.TABLES / "park_service.toml").read_text(encoding="utf-8").replace('default = "2016"', 'default = "2022"'))
    assert town.coverage()["edition"]["key"] == "2022"


@pytest.mark.parametrize(("old", "new", "told"), [
    ('facility = "transfer_station"', 'facility = "fire_station"', "facility = 'fire_station' is not declared"),
    ('denominator = "residential"', 'denominator = "moon"', "denominator = 'moon' is not declared"),
    ('basis = "population"', 'basis = "length"', "denominator = 'residential' is not declared"),
    ('basis = "population"', 'basis = "volume"', "basis must be one of area, length, population: 'volume'"),
    ("integrated =", "colour =", "where: transfer_station has no field 'colour'"),
    ('"comprehensive"', '"blue"', "where.integrated = 'blue'"),
    ('["small_vehicle"]', '["rocket"]', r"edition.1.tiers\[1\].where.collection_mode = 'rocket'"),
    ('["small_vehicle"]', "[]", r"edition.1.tiers\[1\].where.collection_mode needs a value"),
    ("radius_m = 200", "radius_m = -200", "radius_m must not be negative: -200"),
    ('indicator = "station_reach"', 'indicator = "toilet_coverage"', "indicator toilet_coverage is already in"),
])
def test_a_wrong_rule_of_a_bureau_is_refused_with_file_key_and_value(own, old, new, told):
    assert old in OWN
    own(OWN.replace(old, new, 1))
    with pytest.raises(BadDeclaration, match=told) as caught:
        coverage.rules()
    assert "mine_service.toml" in caught.value.message("zh")


def test_a_folder_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("REGISTRY_TABLES", "/nowhere/at/all")
    with pytest.raises(BadDeclaration, match="REGISTRY_TABLES"):
        coverage.rules()


# -- who may be left out, editions, places -------------------------------------------------------
def test_closed_and_poor_facilities_are_left_out_on_demand(town):
    for n, fields in enumerate(({}, {"open_to_public": False}, {"state": "damaged"}, {"state": "unknown"})):
        town.box("park", 3000 * n, 0, 100, 100, **fields)
    assert town.coverage()["facilities"]["eligible"] == 4
    facilities = town.coverage(without=["closed", "poor"])["facilities"]
    assert facilities["eligible"] == 2 and {e["reason"]: e["count"] for e in facilities["excluded"]} == {"closed": 1, "poor": 1}
    with pytest.raises(BadValue, match="poor"):
        town.coverage("transfer_station", without=["closed"])


def test_an_edition_of_the_boundary_may_be_chosen(town):
    town.box("residential", 0, 0, 100, 100)
    for edition, width in (("2019", 50), ("2022", 100)):
        town.box("built_up_area", 0, 0, width, 100, edition=edition)
    assert town.coverage()["zone_edition"]["built_up_area"] == "2022"
    chosen = town.coverage(zone_edition={"built_up_area": "2019"})
    assert chosen["denominator"] == pytest.approx(5000, abs=0.1) and chosen["zone_edition"]["built_up_area"] == "2019"
    assert "zone_edition=built_up_area%3A2019" in chosen["gaps"]["href"]
    for wrong in ({"built_up_area": "1999"}, {"moon": "1"}):
        with pytest.raises(BadValue, match="zone_edition"):
            town.coverage(zone_edition=wrong)


def test_facilities_beyond_the_border_that_reach_land_within_are_counted(town):
    town.box("park", -200, 0, 100, 100)
    town.box("park", 5000, 0, 100, 100)
    town.box("park", 300, 0, 100, 100)
    town.box("residential", 0, 0, 100, 100)
    assert town.coverage(audited=True)["audit"]["outside_scope_used"] is None, "there is no border"
    town.box("built_up_area", 0, 0, 400, 400)
    assert town.coverage(audited=True)["audit"]["outside_scope_used"] == 1


def test_what_hangs_on_a_position_of_class_c_is_told(town):
    town.put("toilet", shapely.Point(0, 0), position_class="A")
    town.box("built_up_area", -50, 0, 100, 1000)
    assert set(town.coverage("toilet", audited=True)["audit"]["positions"]) == {"by_class", "radius_within_10_errors"}
    town.put("toilet", shapely.Point(0, 800), position_class="C")
    told = town.coverage("toilet", audited=True)["audit"]["positions"]
    assert told["by_class"] == {"A": 1, "C": 1} and told["radius_within_10_errors"] == 0
    assert told["uncertain_m2"] == pytest.approx(2 * 100 * 10 + 2 * 100 * 0.5, rel=0.02)
    assert told["might_gain_m2"] == pytest.approx(told["uncertain_m2"] / 2, rel=0.02)


def test_a_city_across_two_zones_is_told_the_error_of_its_metres(town):
    town.box("residential", 0, 0, 100, 100)
    assert abs(town.coverage(audited=True)["audit"]["crs"]["scale_error_ppm"]) < 1
    town.box("residential", 150_000, 0, 100, 100)  # 1.56° off the meridian: the next zone begins at 1.5°
    crs = town.coverage(audited=True)["audit"]["crs"]
    assert crs["srid"] == 4549 and crs["scale_error_ppm"] == pytest.approx(277, abs=5)
    assert crs["area_error_percent"] == pytest.approx(0.0554, abs=0.002)


def test_a_city_across_two_zones_has_the_same_rate_in_either_within_what_is_told(town):
    town.box("park", 149_000, 0, 100, 100)
    town.box("residential", 149_000, 100, 100, 1000)
    town.box("residential", 151_500, 100, 100, 300)
    here = town.coverage(audited=True)
    there = coverage.coverage(town.conn, "park", dataclasses.replace(town.city, srid=4550), audited=True)
    assert there["crs"]["srid"] == 4550 and here["value"] == pytest.approx(100 * 500 / 1300, abs=0.01)
    told = sum(abs(answer["audit"]["crs"]["area_error_percent"]) for answer in (here, there))
    assert 0 < abs(here["denominator"] / there["denominator"] - 1) * 100 <= told
    assert here["value"] == pytest.approx(there["value"], abs=told)


def test_thresholds_are_judged_with_what_is_missing(town):
    town.three_strips()
    first, _ = town.coverage()["thresholds"]
    assert first["met"] is False and first["margin"] == pytest.approx(68_000 - 0.8 * 150_000, abs=1)


# -- two days ------------------------------------------------------------------------------------
def test_two_days_are_compared_by_district_with_who_came_and_went(town):
    town.three_strips()
    town.box("park", 10_000, 600, 100, 100, code="new", installed_on=dt.date(2022, 5, 1))
    town.box("park", 5000, 3000, 100, 100, code="old", retired_on=dt.date(2021, 1, 1))
    town.box("district", -1000, -1000, 8000, 9000, code="1")
    town.box("district", 7000, -1000, 8000, 9000, code="2")
    told = coverage.compare(town.conn, "park", town.city, dt.date(2020, 1, 1), dt.date(2024, 1, 1))
    days = [town.coverage(sight=Sight(on=dt.date(year, 1, 1))) for year in (2020, 2024)]
    assert (told["from"]["value"], told["to"]["value"]) == tuple(d["value"] for d in days)
    assert told["difference"]["numerator"] == pytest.approx(days[1]["numerator"] - days[0]["numerator"])
    assert sum(r["numerator"] for r in told["by"]) == pytest.approx(told["difference"]["numerator"], abs=1e-3)
    assert {w: [f["code"] for f in told["facilities"][w]] for w in ("came", "went", "changed")} == {
        "came": ["new"], "went": ["old"], "changed": []}
    with pytest.raises(BadValue, match="to"):
        coverage.compare(town.conn, "park", town.city, dt.date(2024, 1, 1), dt.date(2020, 1, 1))
