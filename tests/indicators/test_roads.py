"""Both families of 道路完好率, sweeping, and the network: hand-counted cities of a few roads."""

from __future__ import annotations

import datetime as dt
from importlib import resources

import pytest
import shapely

from registry import indicators
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import features

DAY = dt.date(2024, 6, 1)
ON = Sight(on=DAY)


def measure(books, code, **ask):
    return indicators.measure(books.conn, code, books.city, **{"cls": "road", "sight": ON, **ask})


def roads(books, *rows):
    """Roads 100 m long and 1000 m² large unless they say otherwise; returns their ids in order."""
    return books.put("road", *({"length_m": 100.0, "area_m2": 1000.0, "road_class": "arterial", **r} for r in rows))


def graded(books, *grades, on=dt.date(2024, 3, 1), **more):
    for id_, grade in zip(roads(books, *({**more} for _ in grades)), grades, strict=True):
        if grade:
            books.inspect("road", id_, on, grade=grade)


def evidence(books, code, which, cls="road", **ask):
    query = indicators.evidence_query(books.conn, code, books.city, cls, which, **{"sight": ON, **ask})
    return features.count(books.conn, query)


# -- the graded family ---------------------------------------------------------------------------
def test_the_share_of_grades_a_and_b_goes_by_area_where_all_have_one(books):
    graded(books, "A", "B", "C", "D", area_m2=250.0)
    graded(books, "A", area_m2=1000.0)
    answer = measure(books, "road_graded_rate")
    assert (answer["basis"], answer["numerator"], answer["denominator"], answer["value"]) == ("area", 1500, 2000, 75)
    assert measure(books, "road_graded_rate", grades="ABC")["value"] == 87.5
    assert measure(books, "road_graded_rate", basis="count")["value"] == 60
    assert answer["table"]["confidence"] == "med" and answer["standard"]["table"] == answer["table"]["table"]


def test_a_table_of_the_bureau_is_the_one_that_the_answer_names(books, monkeypatch, tmp_path):
    graded(books, "A")
    ours = resources.files("registry.standards.tables").joinpath("road_cjj36_2016.toml").read_text(encoding="utf-8")
    (tmp_path / "我局道路.toml").write_text(ours, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    answer = measure(books, "road_graded_rate")
    assert answer["table"]["own"] and answer["standard"]["table"] == answer["table"]["table"] == "我局道路.toml"


def test_without_the_area_of_one_road_all_go_by_length_and_the_basis_says_so(books):
    graded(books, "A", "D", area_m2=10.0)
    graded(books, "B", area_m2=None, length_m=300.0)
    answer = measure(books, "road_graded_rate")
    assert (answer["basis"], answer["value"]) == ("length", 80)
    limited = measure(books, "road_graded_rate", where={"road_class": ["arterial"]}, by="road_class")
    assert limited["basis"] == "length", "one basis, whatever part of the roads is asked for"
    by_area = measure(books, "road_graded_rate", basis="area")
    assert by_area["value"] == 50 and {e["reason"]: e["count"] for e in by_area["excluded"]} == {"no_measure": 1}


def test_a_road_that_nobody_graded_is_unrated_and_so_is_a_grade_of_another_scale(books):
    graded(books, "A", "D", None, "优")
    answer = measure(books, "road_graded_rate")
    assert answer["value"] == 50 and answer["unrated"] == {"count": 2, "measure": 2000}
    assert {r["reason"]: r["count"] for r in answer["unrated_reasons"]} == {"unrated": 1, "other_scale": 1}
    assert answer["bounds"] == {"low": 25, "high": 75}


def test_what_a_plan_calls_intact_is_the_graded_family_and_names_the_other(books):
    graded(books, "A", "C")
    answer = measure(books, "road_intact_rate")
    assert (answer["value"], answer["method"]) == (50, "graded_share")
    assert all("road_damage_rate" in said for said in answer["note"].values())


# -- staleness -----------------------------------------------------------------------------------
def test_a_grade_older_than_the_cycle_does_not_count_in_silence(books):
    graded(books, "A", on=dt.date(2024, 1, 1))
    graded(books, "D", on=dt.date(2023, 6, 1))  # the last day of the cycle of twelve months is this one
    graded(books, "A", on=dt.date(2023, 5, 31))
    answer = measure(books, "road_graded_rate")
    assert answer["value"] == 50 and {r["reason"]: r["count"] for r in answer["unrated_reasons"]} == {"stale": 1}
    assert answer["staleness"]["intervals"][0]["months"] == 12 and answer["staleness"]["counted"] is False
    counted = measure(books, "road_graded_rate", stale="count")
    assert counted["value"] == pytest.approx(200 / 3) and counted["staleness"]["counted"] is True
    assert measure(books, "road_graded_rate", stale_after_years=3)["unrated"]["count"] == 0
    assert measure(books, "road_graded_rate", stale_after_years=0.25)["unrated"]["count"] == 3
    assert evidence(books, "road_graded_rate", "unrated") == 1
    assert evidence(books, "road_graded_rate", "unrated", stale="count") == 0
    assert "stale=count" in counted["evidence"]["counted"]


def test_a_patrol_does_not_make_an_old_grade_young(books):
    id_, = roads(books, {})
    books.inspect("road", id_, dt.date(2020, 1, 1), grade="A")
    books.inspect("road", id_, dt.date(2024, 5, 31), form="patrol", state="intact")
    answer = measure(books, "road_graded_rate")
    assert answer["value"] is None and [r["reason"] for r in answer["unrated_reasons"]] == ["stale"]
    assert answer["reason"]["zh"] and answer["reason"]["en"]


def test_a_figure_of_a_past_day_holds_the_grades_of_that_day_against_it(books):
    graded(books, "A", on=dt.date(2020, 1, 1))
    assert measure(books, "road_graded_rate", sight=Sight(on=dt.date(2020, 6, 1)))["value"] == 100
    assert measure(books, "road_graded_rate", sight=Sight(on=dt.date(2019, 6, 1)))["unrated"]["count"] == 1


# -- the damage-area family ----------------------------------------------------------------------
def damaged(books, id_, *damages, on=DAY, part=None, **said):
    """A sheet of damages of carriageways: (kind, amount, K) each."""
    rows = [{k: v for k, v in (("facility", "carriageway"), ("damage", d), ("amount", m), ("factor", f)) if v is not None} for d, m, f in damages]
    books.inspect("road", id_, on, form="road_damage", measurements={**({"damages": rows} if rows else {}), **said}, **(part or {}))


def test_what_is_left_of_the_area_when_damages_are_taken_off_by_their_factors(books):
    first, second, third = roads(books, {}, {}, {})
    damaged(books, first, ("坑槽", 10, 3), ("裂缝", 20, 0.5), carriageway_amount=1000)
    damaged(books, second, carriageway_amount=3000, sidewalk_amount=500)
    answer = measure(books, "road_damage_rate")
    assert (answer["numerator"], answer["denominator"]) == (960 + 3000, 4000) and answer["value"] == 99
    assert answer["unrated"]["count"] == 1 and answer["basis"] == "area" and answer["measure_unit"]["en"] == "m²"
    assert measure(books, "road_damage_rate", facility="sidewalk")["value"] == 100
    damaged(books, third, ("坑槽", 5, None), carriageway_amount=500)
    without = measure(books, "road_damage_rate")
    assert without["value"] == 99 and {r["reason"]: r["count"] for r in without["unrated_reasons"]} == {"no_factor": 1}
    assert without["table"]["absent"]["family"] == "damage_factors"


def test_a_facility_that_the_sheet_does_not_name_was_not_looked_at(books):
    one, two = roads(books, {"carriageway_area_m2": 800.0, "sidewalk_area_m2": 200.0}, {"carriageway_area_m2": 500.0})
    damaged(books, one, ("坑槽", 10, 2))
    damaged(books, two, ("坑槽", 10, 2), part={"from_m": 0, "to_m": 50})
    assert measure(books, "road_damage_rate")["denominator"] == 800, "the whole area stands for no part of it"
    assert measure(books, "road_damage_rate", facility="sidewalk")["value"] is None


def test_damages_found_before_the_cycle_do_not_count_in_silence(books):
    id_, = roads(books, {})
    damaged(books, id_, carriageway_amount=1000, on=dt.date(2020, 1, 1))
    answer = measure(books, "road_damage_rate")
    assert answer["value"] is None and [r["reason"] for r in answer["unrated_reasons"]] == ["stale"]
    assert measure(books, "road_damage_rate", stale="count")["value"] == 100


def test_an_absent_table_is_an_answer_and_no_error(books):
    id_, = roads(books, {})
    damaged(books, id_, ("坑槽", 5, None), carriageway_amount=500)
    answer = measure(books, "road_damage_rate")
    assert answer["value"] is None and answer["reason"]["en"] and answer["table"]["absent"]["holds"]["zh"]


def test_the_factors_of_the_bureau_serve_where_the_record_has_none(books, tmp_path, monkeypatch):
    (tmp_path / "k.toml").write_text('table="damage_factors"\nedition="x"\nlabel="甲|A"\nstandard="S"\nsource="ours"\nconfidence="high"\n'
                                     '[carriageway.factors]\n"坑槽"=2.0\n[weights]\ncarriageway=1.0\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    id_, = roads(books, {})
    damaged(books, id_, ("坑槽", 5, None), carriageway_amount=500)
    answer = measure(books, "road_damage_rate")
    assert answer["value"] == 98 and answer["table"]["own"] is True


# -- sidewalks and lamps -------------------------------------------------------------------------
def test_sidewalks_go_by_the_grade_of_their_own_index_and_by_their_own_area(books):
    ids = roads(books, *({"sidewalk_area_m2": area} for area in (100.0, 300.0, 600.0, None)))
    for id_, fci in zip(ids, (80, 64.9), strict=False):
        books.inspect("road", id_, dt.date(2024, 3, 1), form="sidewalk", measurements={"fci": fci})
    answer = measure(books, "sidewalk_graded_rate")
    assert (answer["value"], answer["denominator"], answer["unrated"]) == (25, 400, {"count": 1, "measure": 600})
    assert {e["reason"] for e in answer["excluded"]} == {"no_measure"} and measure(books, "sidewalk_graded_rate", grades="ABC")["value"] == 100
    assert evidence(books, "sidewalk_graded_rate", "failing") == 1
    assert measure(books, "sidewalk_graded_rate", stale_after_years=0.1)["unrated"]["count"] == 3


def test_roads_with_lamps_out_of_those_that_should_have_them(books):
    roads(books, *({"lamps_installed": said} for said in ("installed", "installed", "installed", "lacking", "not_needed", None)))
    answer = measure(books, "lamp_installation_rate")
    assert answer["value"] == 75 and answer["unrated"] == {"count": 1, "measure": 100}
    assert {e["reason"]: e["count"] for e in answer["excluded"]} == {"no_lamps_needed": 1}


# -- filters -------------------------------------------------------------------------------------
def test_a_filter_gives_what_the_grouping_gives_for_the_same_value(books):
    graded(books, "A", "D", road_class="branch")
    graded(books, "A", "A", "C", road_class=None)
    told = {r["key"]: r for r in measure(books, "road_graded_rate", by="road_class")["by"]}
    for key, row in told.items():
        limited = measure(books, "road_graded_rate", where={"road_class": [key]})
        assert {k: limited[k] for k in ("value", "numerator", "denominator", "unrated")} == {k: row[k] for k in (
            "value", "numerator", "denominator", "unrated")}
        assert limited["scope"]["where"] == {"road_class": [key]}
        assert evidence(books, "road_graded_rate", "counted", where={"road_class": [key]}) == limited["counts"]["counted"]
    both = measure(books, "road_graded_rate", where={"road_class": ["支路", "unknown"]})
    assert both["denominator"] == 5000, "titles are understood as codes are"


@pytest.mark.parametrize(("where", "name"), [
    ({"colour": ["red"]}, "where"), ({"note": ["x"]}, "where"), ({"road_class": ["motorway"]}, "road_class"), ({"is_key": ["perhaps"]}, "is_key")])
def test_a_filter_that_is_none_is_refused_by_name(books, where, name):
    with pytest.raises(BadValue) as caught:
        measure(books, "road_graded_rate", where=where)
    assert caught.value.facts["name"] == name and caught.value.facts["why_zh"] and caught.value.facts["why_en"]


@pytest.mark.parametrize("options", [{"grades": "ABCD"}, {"basis": "weight"}, {"stale_after_years": "x"}, {"layer": "drained"},
                                     {"stale_after_years": -1}])
def test_an_option_that_is_none_is_refused_by_name(books, options):
    with pytest.raises(BadValue) as caught:
        measure(books, "road_graded_rate", **options)
    assert caught.value.facts["name"] in options


# -- sweeping ------------------------------------------------------------------------------------
def test_sweeping_by_machine_goes_by_area_and_what_is_not_known_is_unrated(books):
    roads(books, {"mechanised_sweeping": True, "area_m2": 850.0}, {"mechanised_sweeping": False, "area_m2": 150.0}, {})
    answer = measure(books, "mechanised_sweeping_rate")
    assert (answer["value"], answer["basis"], answer["unrated"]["measure"]) == (85, "area", 1000)
    roads(books, {"mechanised_sweeping": False, "area_m2": None, "length_m": 200.0})
    assert (measure(books, "mechanised_sweeping_rate")["value"], measure(books, "mechanised_sweeping_rate")["basis"]) == (25, "length")


def test_sweeping_often_enough_meets_the_number_asked_for(books):
    roads(books, {"sweeping_per_day": 2.0}, {"sweeping_per_day": 1.0}, {"sweeping_per_day": None}, {"sweeping_per_day": 3.5})
    assert measure(books, "sweeping_frequency_met", least_per_day=2)["value"] == pytest.approx(200 / 3)
    assert measure(books, "sweeping_frequency_met")["value"] == 100
    assert measure(books, "sweeping_frequency_met")["unrated"]["count"] == 1


# -- the network ---------------------------------------------------------------------------------
def line(*places):
    return shapely.LineString(places)


@pytest.fixture
def network(books):
    """A built-up area of 2 km² in two districts, and three roads: inside, half inside, outside."""
    books.districts()
    books.put("built_up_area", {"code": "J", "edition": "2024", "area_m2": 2_000_000.0, "geom": shapely.box(120.95, 30.4, 121.05, 30.5)})
    roads(books, {"geom": line((120.96, 30.45), (120.97, 30.45)), "length_m": 6000.0, "keeper": "甲"},
          {"geom": line((121.04, 30.45), (121.06, 30.45)), "length_m": 4000.0, "road_class": "branch"},
          {"geom": line((121.2, 30.45), (121.3, 30.45)), "length_m": 9000.0})
    return books


def test_density_is_the_length_inside_over_the_area_of_the_edition(network):
    answer = measure(network, "road_density")
    assert answer["numerator"] == pytest.approx(8000, abs=1) and answer["denominator"] == 2_000_000
    assert answer["value"] == pytest.approx(4, abs=1e-3) and answer["unit"] == "km/km²"
    assert answer["zone"] == {"kind": "built_up_area", "edition": "2024"} and answer["crossing"] == 1
    assert {e["reason"]: e["count"] for e in answer["excluded"]} == {"outside": 1}
    assert answer["counts"]["counted"] == 2 == evidence(network, "road_density", "counted")
    assert measure(network, "managed_road_density")["value"] == pytest.approx(3)


def test_density_by_district_divides_the_area_as_the_border_does(network):
    answer = measure(network, "road_density", by="district")
    rows = {r["key"]: r for r in answer["by"]}
    assert rows["330601"]["denominator"] == pytest.approx(1_000_000, rel=1e-6)
    assert rows["330602"]["numerator"] == pytest.approx(2000, abs=1) and rows["330603"]["value"] is None
    for name in ("numerator", "denominator"):
        assert sum(r[name] or 0 for r in answer["by"]) == pytest.approx(answer[name], rel=1e-9)


def test_density_by_road_class_adds_up_over_the_same_area(network):
    answer = measure(network, "road_density", by="road_class")
    assert sum(r["value"] for r in answer["by"]) == pytest.approx(answer["value"], rel=1e-12)


def test_without_a_built_up_area_there_is_no_density_and_a_reason(books):
    roads(books, {})
    answer = measure(books, "road_density")
    assert answer["value"] is None and answer["denominator"] is None and "built_up_area" in answer["reason"]["en"]
    assert measure(books, "road_density", by="district")["value"] is None


def test_the_area_of_roads_over_the_area_of_the_edition(network):
    answer = measure(network, "road_area_rate")
    assert answer["value"] == pytest.approx(100 * 1500 / 2_000_000, rel=1e-3)
    roads(network, {"geom": line((120.96, 30.46), (120.97, 30.46)), "area_m2": None})
    more = measure(network, "road_area_rate")
    assert more["unrated"]["count"] == 1 and more["bounds"]["high"] is None, "a road of unknown area could add any"
