"""Bridges, lamps, green space, sanitation, pipes and the ledger itself: rates counted by hand on a few assets each."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely

from registry import indicators
from registry.errors import BadValue
from registry.scope import WHOLE, Sight
from registry.standards import numbers
from registry.store import defects, features
from registry.store.records import Writer

DAY = dt.date(2024, 6, 1)
ON = Sight(on=DAY)


def measure(books, code, cls=None, **ask):
    return indicators.measure(books.conn, code, books.city, **{"cls": cls, "sight": ON, **ask})


def evidence(books, code, cls, which, **ask):
    return features.count(books.conn, indicators.evidence_query(books.conn, code, books.city, cls, which, **{"sight": ON, **ask}))


def reasons(answer):
    return {e["reason"]: e["count"] for e in answer["excluded"]}


def graded(books, cls, *grades, **more):
    for id_, grade in zip(books.put(cls, *({**more} for _ in grades)), grades, strict=True):
        if grade:
            books.inspect(cls, id_, dt.date(2024, 3, 1), grade=grade)


# -- bridges -------------------------------------------------------------------------------------
def test_bridges_are_qualified_good_and_intact_each_by_its_own_share(books):
    graded(books, "bridge", "A", "A", "B", "C", "D", "E", None)
    graded(books, "bridge", "qualified", "unqualified", maintenance_class="I")
    told = {code: measure(books, code, "bridge") for code in ("bridge_qualified_rate", "bridge_good_rate", "bridge_intact_rate")}
    assert [(t["numerator"], t["denominator"]) for t in told.values()] == [(5, 8), (3, 7), (2, 7)]
    assert all(t["unrated"]["count"] == 1 for t in told.values())
    assert reasons(told["bridge_good_rate"]) == {"class_one": 1} and not reasons(told["bridge_qualified_rate"])
    assert all("Ⅰ" in t["note"]["zh"] for t in told.values())
    for code, answer in told.items():
        assert {w: evidence(books, code, "bridge", w) for w in indicators.SETS} == answer["counts"]


def test_bridges_and_tunnels_make_one_figure_where_a_plan_asks_for_both(books):
    graded(books, "bridge", "A", "D")
    graded(books, "tunnel", "B", "C", None)
    answer = measure(books, "bridge_good_rate", classes=("bridge", "tunnel"))
    assert (answer["value"], answer["numerator"], answer["denominator"], answer["unrated"]["count"]) == (50, 2, 4, 1)
    assert [(r["key"], r["value"]) for r in answer["by"]] == [("bridge", 50), ("tunnel", 50)]
    assert answer["bounds"] == {"low": 40, "high": 60} and answer["scope"]["classes"] == ["bridge", "tunnel"]
    alone = measure(books, "bridge_good_rate")
    assert alone["value"] is None and len(alone["by"]) == 2


def test_tunnels_that_nobody_graded_cannot_be_told(books):
    books.put("tunnel", {}, {})
    answer = measure(books, "bridge_qualified_rate", "tunnel")
    assert answer["value"] is None and answer["reason"]["zh"] and answer["bounds"] == {"low": 0, "high": 100}


def test_a_railing_counts_while_it_was_or_is_a_hazard(books):
    books.put("bridge", {"guardrail_risk": "I"}, {"guardrail_risk": "II", "guardrail_renovated_on": dt.date(2023, 1, 1)},
              {"guardrail_risk": "no_risk", "guardrail_renovated_on": dt.date(2022, 1, 1)}, {"guardrail_risk": "III"},
              {"guardrail_risk": "no_risk"}, {"guardrail_risk": "unchecked"}, {},
              {"guardrail_risk": "II", "guardrail_renovated_on": dt.date(2030, 1, 1)})
    answer = measure(books, "railing_hazard_cleared_rate", "bridge")
    assert (answer["numerator"], answer["denominator"], answer["unrated"]["count"]) == (2, 4, 2) and reasons(answer) == {"no_hazard": 2}


# -- lamps ---------------------------------------------------------------------------------------
def test_lamps_by_source_and_control(books):
    books.put("streetlight", {"light_source": "led", "lamp_kind": "functional", "single_lamp_control": True},
              {"light_source": "sodium", "lamp_kind": "functional", "single_lamp_control": False},
              {"light_source": "induction", "lamp_kind": "landscape"}, {"lamp_kind": "landscape"},
              {"light_source": "led", "lamp_kind": "functional", "count_kind": "pole", "lamp_count": 2})
    saving = measure(books, "energy_saving_lamp_share")
    assert (saving["numerator"], saving["denominator"], saving["unrated"]["count"]) == (4, 5, 1)
    assert measure(books, "energy_saving_lamp_share", where={"lamp_kind": ["landscape"]})["value"] == 100
    assert measure(books, "led_share")["value"] == 60 and measure(books, "single_lamp_control_share")["value"] == 50


# -- green space ---------------------------------------------------------------------------------
BUILT_UP = shapely.box(120.4, 30.4, 120.6, 30.6)


@pytest.fixture
def town(books):
    """A built-up area of 4 km² with 20,000 people, and an older edition of it."""
    books.districts()
    books.put("built_up_area", {"code": "N", "edition": "2024", "valid_from": dt.date(2024, 1, 1), "area_m2": 4e6, "population": 20_000,
                                "geom": BUILT_UP},
              {"code": "O", "edition": "2020", "valid_from": dt.date(2020, 1, 1), "area_m2": 2e6, "population": 10_000, "geom": BUILT_UP})
    return books


def box(west, east):
    return shapely.box(west, 30.45, east, 30.46)


def test_park_green_per_person_names_edition_and_people(town):
    town.put("park", {"area_m2": 100_000.0, "geom": box(120.45, 120.46)}, {"area_m2": 200_000.0, "geom": box(120.59, 120.61)},
             {"area_m2": 900_000.0, "geom": box(120.8, 120.81)}, {"area_m2": 500.0, "geom": box(120.5, 120.51), "build_status": "planned"})
    answer = measure(town, "park_green_per_capita")
    assert answer["value"] == pytest.approx(10, rel=1e-6) and answer["denominator"] == 20_000 and answer["zone"]["edition"] == "2024"
    assert answer["denominator_unit"]["en"] == "people" and answer["people_from"]["zh"]
    assert reasons(answer) == {"not_in_service": 1, "outside": 1} and answer["crossing"] == 1
    assert measure(town, "park_green_per_capita", edition="2020")["value"] == pytest.approx(20, rel=1e-6)
    assert measure(town, "park_green_per_capita", edition="1900")["value"] is None
    by = measure(town, "park_green_per_capita", by="district")["by"]
    assert [(r["key"], r["value"]) for r in by[1:]] == [("330602", None), ("330603", None)] and by[0]["denominator"] == 20_000


def test_people_come_from_the_housing_inside_where_the_area_states_none(books):
    books.put("built_up_area", {"code": "N", "edition": "2024", "area_m2": 4e6, "geom": BUILT_UP})
    books.put("park", {"area_m2": 1000.0, "geom": box(120.45, 120.46)})
    none = measure(books, "park_green_per_capita")
    assert none["value"] is None and "population" in none["reason"]["en"]
    books.put("residential", {"population": 400, "geom": box(120.5, 120.51)}, {"population": 900, "geom": box(120.8, 120.81)})
    assert measure(books, "park_green_per_capita")["value"] == pytest.approx(2.5)
    books.put("residential", {"population": None, "geom": box(120.52, 120.53)})
    assert measure(books, "park_green_per_capita")["bounds"]["low"] is None, "with more people it would be less"


def test_parks_and_other_green_make_the_green_ratio_and_park_green_counts_once(town):
    town.put("park", {"area_m2": 400_000.0, "geom": box(120.45, 120.46)})
    town.put("green", {"area_m2": 800_000.0, "green_type": "XG", "geom": box(120.47, 120.48)},
             {"area_m2": 400_000.0, "green_type": "G1", "geom": box(120.45, 120.46)})
    answer = measure(town, "green_ratio")
    assert answer["value"] == pytest.approx(30) and {r["key"] for r in answer["by"]} == {"park", "green"}
    rows = {r["key"]: r for r in measure(town, "green_ratio", by="district")["by"]}
    assert rows["330601"]["value"] == pytest.approx(30) and rows["330602"]["numerator"] == 0


def test_the_share_of_a_zone_that_a_layer_covers(town):
    assert measure(town, "greening_coverage")["value"] is None and measure(town, "zone_layer_share")["reason"]["en"]
    town.put("thematic_area", {"theme": "sponge_city", "geom": shapely.box(120.4, 30.4, 120.5, 30.7)},
             {"theme": "sponge_city", "geom": shapely.box(120.45, 30.4, 120.5, 30.6)},
             {"theme": "green_cover", "geom": shapely.box(120.4, 30.4, 120.45, 30.6)})
    half = measure(town, "zone_layer_share", layer="sponge_city", by="district")
    assert half["value"] == pytest.approx(50, rel=1e-4) and half["denominator"] == 4e6, "what overlaps counts once"
    assert sum(r["numerator"] for r in half["by"]) == pytest.approx(half["numerator"], rel=1e-9)
    assert measure(town, "greening_coverage")["value"] == pytest.approx(25, rel=1e-4)
    assert half["counts"]["counted"] == 2 and half["areas"] and "theme=sponge_city" in half["evidence"]["counted"]
    with pytest.raises(BadValue, match="layer"):
        measure(town, "zone_layer_share", layer="gold")


# -- sanitation ----------------------------------------------------------------------------------
def test_toilets_per_square_kilometre_by_land_use(town):
    town.put("toilet", *({"geom": shapely.Point(x, 30.455)} for x in (120.45, 120.5, 120.505, 120.9)))
    assert measure(town, "toilet_density")["value"] == pytest.approx(0.75)
    town.put("residential", {"area_m2": 500_000.0, "geom": box(120.5, 120.51)})
    assert measure(town, "toilet_density", zone="residential")["value"] == pytest.approx(4)


def test_transfer_stations_by_kind_conversion_and_capacity(books):
    books.put("transfer_station", {"integrated": "comprehensive", "renovated_on": dt.date(2023, 1, 1), "capacity_t_per_d": 300.0},
              {"integrated": "comprehensive", "capacity_t_per_d": 200.0}, {"integrated": "single"}, {"integrated": None})
    assert measure(books, "integrated_station_share")["value"] == pytest.approx(200 / 3)
    converted = measure(books, "transfer_station_converted_share")
    assert converted["value"] == 50 and reasons(converted) == {"built_so": 1}
    capacity = measure(books, "transfer_capacity")
    assert capacity["value"] == 500 and capacity["unit"] == "t/d" and capacity["unrated"]["count"] == 2
    assert capacity["bounds"] == {"low": 500, "high": None}


def test_the_capacity_of_stations_against_what_people_make(town):
    """20,000 people at 1 kg make 20 t a day, 25 at the peak: 15 t are 75 % and 60 %."""
    town.put("transfer_station", {"capacity_t_per_d": 15.0, "geom": shapely.Point(120.5, 30.5)}, {"capacity_t_per_d": 99.0, "geom": shapely.Point(120.9, 30.5)})
    silent = measure(town, "transfer_capacity_met")
    assert silent["value"] is None and silent["table"]["absent"]["family"] == "waste_generation" and "kg_per_person_day" in silent["reason"]["zh"]
    answer = measure(town, "transfer_capacity_met", kg_per_person_day=1)
    assert (answer["value"], answer["numerator"], answer["denominator"], answer["denominator_unit"]["en"]) == (75, 15, 20, "t/d")
    assert measure(town, "transfer_capacity_met", kg_per_person_day=1, peak_factor=1.25)["value"] == 60
    rows = {r["key"]: r for r in measure(town, "transfer_capacity_met", kg_per_person_day=1, by="district")["by"]}
    assert rows["330601"]["value"] == 75 and rows["330602"]["denominator"] is None
    town.put("transfer_station", {"geom": shapely.Point(120.5, 30.5)})
    assert measure(town, "transfer_capacity_met", kg_per_person_day=1)["bounds"] == {"low": 75, "high": None}


def test_toilets_by_land_use_stand_to_the_band_of_the_standard(town):
    """2 on 1 km² of housing lack one to 3; 5 on 1 km² of shops lie within 4 to 11; 3 on 1 km² of works are above 2."""
    for n, (use, many) in enumerate((("R", 2), ("B", 5), ("M", 3), (None, 1), ("G", 0))):
        west = 120.41 + 0.02 * n
        town.put("land", {"land_use": use, "area_m2": 1e6, "geom": box(west, west + 0.01)})
        town.put("toilet", *({"geom": shapely.Point(west + 0.001 * (k + 1), 30.455)} for k in range(many)))
    town.put("toilet", {"geom": shapely.Point(120.9, 30.455)})
    answer = measure(town, "toilet_density_by_land_use", by="land_use")
    assert [(r["key"], r["numerator"], r["band"] and (r["band"]["stands"], r["band"]["short"])) for r in answer["by"]] == [
        ("R", 2, ("below", 1)), ("B", 5, ("within", 0)), ("M", 3, ("above", 0)), ("G", 0, ("below", 5)), ("unknown", 1, None)]
    assert answer["numerator"] == 11 == sum(r["numerator"] for r in answer["by"]) and reasons(answer) == {"outside": 1}
    assert answer["denominator"] == sum(r["denominator"] for r in answer["by"]) and answer["table"]["confidence"] == "found"
    shops = measure(town, "toilet_density_by_land_use", land_use="B")
    assert shops["value"] == 5 and evidence(town, "toilet_density_by_land_use", "toilet", "counted", land_use="B") == 5
    assert "land_use=B" in shops["evidence"]["counted"]


# -- underground ---------------------------------------------------------------------------------
def test_drains_by_the_repair_level_of_what_was_inspected(books):
    scores = (0.5, 1.0, 1.1, 4.25, 9.5, None)
    for id_, ri in zip(books.put("pipe", *({"medium": "sewage", "length_m": 100.0} for _ in scores)), scores, strict=True):
        if ri is not None:
            books.inspect("pipe", id_, dt.date(2024, 3, 1), grade="I", scores={"ri": ri})
    books.put("pipe", {"medium": "water", "length_m": 900.0}, {"length_m": 900.0})
    assert [measure(books, f"drain_level_{n}_share")["value"] for n in ("i", "ii", "iii", "iv")] == [40, 20, 20, 20]
    repair = measure(books, "drain_repair_needed_share")
    assert repair["value"] == 40 and repair["unrated"]["measure"] == 100 and repair["bounds"]["high"] == 50
    assert repair["bounds"]["low"] == pytest.approx(100 / 3) and evidence(books, "drain_repair_needed_share", "pipe", "failing") == 2
    inspected = measure(books, "drain_inspected_share")
    assert inspected["value"] == pytest.approx(500 / 6) and reasons(inspected) == {"no_drain": 2}


def test_pipes_by_age_and_material(books):
    books.put("pipe", {"laid_year": 1980, "length_m": 100.0, "material": "cast_iron"}, {"laid_year": 2010, "length_m": 300.0, "material": "pe"},
              {"installed_on": dt.date(1990, 1, 1), "length_m": 100.0, "material": "pe"}, {"length_m": 50.0})
    length = measure(books, "pipe_length", by="material")
    assert length["value"] == pytest.approx(0.55) and {r["key"]: r["value"] for r in length["by"]} == pytest.approx(
        {"cast_iron": 0.1, "pe": 0.4, "unknown": 0.05})
    old = measure(books, "old_pipe_share", older_than_years=30)
    assert (old["numerator"], old["denominator"], old["unrated"]["measure"]) == (200, 500, 50)
    silent = measure(books, "old_pipe_share")
    assert silent["value"] is None and "older_than_years" in silent["reason"]["zh"]


def test_utility_tunnels_by_length_and_occupancy(books):
    books.put("utility_tunnel", {"length_m": 1000.0, "admission_rate_percent": 50.0}, {"length_m": 3000.0, "admission_rate_percent": 90.0},
              {"length_m": 500.0}, {"length_m": 700.0, "build_status": "planned"})
    assert measure(books, "utility_tunnel_length")["value"] == 4.5 and measure(books, "total_length", "utility_tunnel")["value"] == 4.5
    answer = measure(books, "utility_tunnel_occupancy", by="owner")
    assert answer["value"] == 80 and answer["unrated"]["measure"] == 500 and answer["by"][0]["value"] == 80


def test_utility_tunnels_by_the_grades_of_the_bureaus_own_scheme(books):
    for id_, grade in zip(books.put("utility_tunnel", *({"length_m": m} for m in (100.0, 200.0, 300.0, 400.0))), ("一级", "二级", "四级", None), strict=True):
        if grade:
            books.inspect("utility_tunnel", id_, dt.date(2024, 3, 1), form="utility_tunnel_check", grade=grade, measurements={"grade_scheme": "本单位办法"})
    assert measure(books, "utility_tunnel_good_rate")["value"] is None, "nobody said which grade is good"
    answer = measure(books, "utility_tunnel_good_rate", good_grades="一级,二级")
    assert (answer["value"], answer["unrated"]["measure"]) == (50, 400) and answer["table"]["absent"]["family"] == "utility_tunnel_condition"


# -- several facilities --------------------------------------------------------------------------
def test_a_composite_rate_goes_by_the_bureaus_own_weights_and_by_no_others(books, tmp_path, monkeypatch):
    books.put("toilet", {"state": "intact"}, {"state": "damaged"})
    books.put("manhole", {"state": "intact"}, {"state": None})
    without = measure(books, "composite_intact_rate")
    assert without["value"] is None and without["table"]["absent"]["family"] == "intact_weights" and "intact_weights" in without["reason"]["zh"]
    assert {r["key"]: r["value"] for r in without["by"]}["intact_rate/toilet"] == 50
    (tmp_path / "w.toml").write_text(
        'table="intact_weights"\nedition="x"\nlabel="甲|A"\nstandard="S"\nsource="ours"\nconfidence="high"\n'
        + "".join(f'[[part]]\nindicator="intact_rate"\nclass="{c}"\nweight={w}\n' for c, w in (("toilet", 3), ("manhole", 1))), encoding="utf-8")
    monkeypatch.setenv("REGISTRY_TABLES", str(tmp_path))
    answer = measure(books, "composite_intact_rate")
    assert answer["value"] == 62.5 and answer["bounds"] == {"low": 50, "high": 62.5} and answer["table"]["own"]
    assert (sum(r["numerator"] for r in answer["by"]), sum(r["denominator"] for r in answer["by"])) == (answer["numerator"], answer["denominator"])
    file = tmp_path / "w.toml"
    file.write_text(file.read_text(encoding="utf-8") + '[[part]]\nindicator="intact_rate"\nclass="bridge"\nweight=1\n', encoding="utf-8")
    numbers._every.cache_clear()
    unknown = measure(books, "composite_intact_rate")
    assert unknown["value"] is None and "桥梁" in unknown["reason"]["zh"] and unknown["bounds"] == {"low": 40, "high": 70}


def test_assets_are_counted_by_whatever_tells_them_apart(books):
    books.put("manhole", {"defect": "missing"}, {"defect": "broken"}, {"defect": "broken"}, {"state": "removed"})
    answer = measure(books, "asset_count", "manhole", by="defect")
    assert answer["value"] == 3 and sum(r["numerator"] for r in answer["by"]) == 3


# -- the ledger ----------------------------------------------------------------------------------
def test_contracts_ownership_and_records(books):
    full = {"name": "甲", "supervisor": "乙", "grid": "330601001001001", "state": "intact", "installed_on": dt.date(2020, 1, 1)}
    books.put("toilet", {**full, "contract_section": "一标", "ownership_status": "confirmed"}, {**full, "name": None, "ownership_status": "disputed"},
              {**full, "state": "unknown", "grid": None, "contract_section": "自管"}, {"contract_section": "二标"})
    values = {code: measure(books, code, "toilet")["value"] for code in (
        "contracted_share", "ownership_settled_rate", "record_completeness", "grid_completeness")}
    assert values == {"contracted_share": pytest.approx(200 / 3), "ownership_settled_rate": 50, "record_completeness": 25, "grid_completeness": 50}
    assert measure(books, "contracted_share", "toilet")["unrated"]["count"] == 1, "nobody can say of one that names no section"
    books.put("road", {"length_m": 10.0, "contract_section": "一标"})
    mixed = measure(books, "contracted_share", classes=("toilet", "road"))
    assert mixed["value"] is None and [(r["key"], r["value"], r["basis"]) for r in mixed["by"]] == [
        ("toilet", pytest.approx(200 / 3), "count"), ("road", 100, "length")], "counts and lengths are never mixed"


def test_overdue_is_what_was_not_inspected_within_the_cycle(books):
    late, fresh, _, _ = books.put("bridge", {"installed_on": dt.date(2000, 1, 1)}, {"installed_on": dt.date(2000, 1, 1)},
                                  {"installed_on": dt.date(2024, 1, 1)}, {})
    books.inspect("bridge", late, dt.date(2023, 5, 31))
    books.inspect("bridge", late, dt.date(2024, 5, 1), form="patrol")
    books.inspect("bridge", fresh, dt.date(2023, 6, 1), form="structural")
    answer = measure(books, "overdue_share", "bridge")
    assert (answer["numerator"], answer["denominator"], answer["unrated"]["count"]) == (1, 3, 1)
    assert evidence(books, "overdue_share", "bridge", "failing") == 1


def test_defects_closed_out_of_those_found(books):
    pipe, = books.put("pipe", {})
    for closed in (True, False):
        said = defects.report(books.conn, books.city.key, indicators.load()["pipe_length"].class_named("pipe"), pipe,
                              {"kind": "占压", "found_on": "2024-01-01"}, Writer(actor="t", reason="t"))
        for step in ("assigned", "repaired", "verified", "closed") if closed else ():
            defects.change(books.conn, books.city.key, said["id"], None, {"status": step, "on": "2024-02-01"}, Writer(actor="t", reason="t"))
    answer = measure(books, "defects_closed_rate", "pipe")
    assert (answer["value"], answer["numerator"], answer["denominator"]) == (50, 1, 2)
    assert measure(books, "defects_closed_rate", "road")["reason"]["en"]
    assert [r["key"] for r in measure(books, "defects_closed_rate", by="class")["by"]] == ["pipe"]
    counts = measure(books, "defects_closed_rate", "pipe")["counts"]
    for which, still_open in (("counted", False), ("failing", True)):
        assert defects.count(books.conn, WHOLE, books.city.key, defects.Wanted("pipe", open=still_open)) == counts[which]
    for day, told in (("2023-12-31", (None, 0, 0)), ("2024-01-31", (0, 0, 2)), ("2024-02-01", (50, 1, 2))):
        then = measure(books, "defects_closed_rate", "pipe", sight=Sight(on=dt.date.fromisoformat(day)))
        assert (then["value"], then["numerator"], then["denominator"]) == told
        assert then["evidence"]["failing"].endswith(f"datetime=../{day}&open=true")
