"""Targets that works and entered figures answer: delivered against promised, each year and each district by itself."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest

from registry.plans.verdict import CANNOT_TELL, MET, NOT_MET
from registry.scope import Sight, public
from registry.store import works

TOILETS = '{ works = "build", also = ["rebuild"], class = "toilet" }'
TEN = "{ years = [2021, 2025], value = 10 }"


def test_what_is_planned_is_not_delivered(town):
    town.work(quantity=6, year=2022, investment_cny=300_000)
    town.work(quantity=3, year=2024, kind="rebuild", status="under_way")
    town.work(quantity=5, year=2025, status="planned")
    row, = town.rows(TOILETS, TEN, unit="座")
    assert (row["verdict"], row["value"], row["gap"]["value"], row["gap"]["assets"]) == (NOT_MET, 6, 4, 4)
    assert {k: row["answer"][k] for k in ("done", "under_way", "planned", "investment_cny", "works")} == {
        "done": 6, "under_way": 3, "planned": 5, "investment_cny": 300_000, "works": 3}
    town.work(quantity=4, year=2025)
    row, = town.rows(TOILETS, TEN, unit="座")
    assert (row["verdict"], row["value"], row["gap"]) == (MET, 10, None)


def test_works_of_other_years_classes_and_kinds_do_not_count(town):
    town.work(quantity=50, year=2020)
    town.work(quantity=50, year=2022, **{"class": "park"})
    town.work(quantity=50, year=2022, kind="repair")
    row, = town.rows(TOILETS, TEN, unit="座")
    assert row["verdict"] == CANNOT_TELL and row["value"] is None
    assert row["missing"][0] | {"title": 0} == {"what": "works", "kinds": ["build", "rebuild"], "unit": "座", "years": [2021, 2025],
                                                "class": "toilet", "title": 0}


def test_what_is_told_in_another_unit_could_be_enough(town):
    town.work(quantity=2, year=2022)
    town.work(quantity=900, year=2022, unit="m²")
    row, = town.rows(TOILETS, TEN, unit="座")
    assert row["verdict"] == CANNOT_TELL and row["bounds"] == {"low": 2, "high": None} and row["missing"][0]["what"] == "unit"
    assert town.rows(TOILETS, "{ years = [2021, 2025], value = 2 }", unit="座")[0]["verdict"] == MET


@pytest.mark.parametrize(("entered", "asked"), [("个", "座"), ("座", "个"), ("个", "个")])
def test_what_is_counted_in_ge_is_counted_in_the_unit_of_the_class(town, entered, asked):
    town.work(quantity=10, year=2022, unit=entered)
    town.work(quantity=3, year=2023, unit="条")
    row, = town.rows(TOILETS, TEN, unit=asked)
    assert (row["verdict"], row["value"], row["unit"]) == (MET, 10, asked) and "条" in row["missing"][0]["title"]["zh"]


def test_the_link_opens_the_very_works_that_were_counted(town):
    town.work(quantity=6, year=2022)
    town.work(quantity=3, year=2024, kind="rebuild", status="under_way")
    town.work(quantity=50, year=2020)
    town.work(quantity=50, year=2022, kind="repair")
    row, = town.rows(TOILETS, TEN, unit="座")
    query = parse_qs(urlsplit(row["evidence"]["counted"]).query)
    ids = tuple(map(int, query["ids"][0].split(",")))
    found = works.page(town.conn, query["city"][0], works.Wanted(ids=ids))
    assert [w["quantity"] for w in found] == [6, 3] and row["answer"]["works"] == 2


def test_units_that_convert_are_added_up(town):
    town.work(quantity=1.5, unit="公里", year=2022, kind="repair", **{"class": "road"})
    town.work(quantity=500, unit="米", year=2023, kind="repair", **{"class": "road"})
    row, = town.rows('{ works = "repair", class = "road" }', "{ years = [2021, 2025], value = 2 }", unit="km")
    assert (row["verdict"], row["value"]) == (MET, 2)


def test_the_filter_of_a_target_chooses_the_works(town):
    for medium, quantity in (("rain", 2), ("sewage", 7)):
        town.work(quantity=quantity, unit="km", year=2022, attrs={"medium": medium}, **{"class": "pipe"})
    row, = town.rows('{ works = "build", class = "pipe", where = { medium = ["rain"] } }', "{ years = [2021, 2025], value = 5 }", unit="km")
    assert (row["value"], row["verdict"]) == (2, NOT_MET)


def test_works_on_what_is_hidden_are_not_told(town):
    town.work(quantity=20, unit="km", year=2022, attrs={"medium": "gas"}, **{"class": "pipe"})
    asks, goal = '{ works = "build", class = "pipe", where = { medium = ["gas"] } }', "{ years = [2021, 2025], value = 18 }"
    assert town.rows(asks, goal, unit="km")[0]["verdict"] == MET
    row, = town.rows(asks, goal, unit="km", sight=Sight(public()))
    assert row["value"] is None and row["missing"][0]["what"] == "sight" and row["partial"] and row["answer"]["works"] == 0


def test_each_year_is_judged_by_itself_once_it_has_come(town):
    town.work(quantity=9, year=2021)
    town.work(quantity=2, year=2022)
    row, = town.rows(TOILETS, "{ each_year = [2021, 2025], value = 2 }", unit="座/年", on=dt.date(2022, 12, 31))
    assert row["verdict"] == MET and [(p["key"], p["value"], p["verdict"]) for p in row["by"]] == [
        ("2021", 9, MET), ("2022", 2, MET), ("2023", 0, None), ("2024", 0, None), ("2025", 0, None)]
    row, = town.rows(TOILETS, "{ each_year = [2021, 2025], value = 2 }", unit="座/年", on=dt.date(2023, 6, 1))
    assert row["verdict"] == NOT_MET and row["gap"]["value"] == 2 and row["gap"]["assets"] == 2  # the 9 of 2021 make up for nothing


def test_what_is_promised_by_year_is_judged_by_year(town):
    for year, km in ((2021, 18), (2022, 19)):
        town.work(quantity=km, unit="km", year=year, kind="renovate", attrs={"medium": "gas"}, **{"class": "pipe"})
    asks = '{ works = "renovate", class = "pipe", where = { medium = ["gas"] } }'
    row, = town.rows(asks, "{ by_year = { 2021 = 18, 2022 = 20, 2023 = 16 } }", unit="km", on=dt.date(2022, 12, 31))
    assert row["verdict"] == NOT_MET and [p["verdict"] for p in row["by"]] == [MET, NOT_MET, None]
    assert (row["value"], row["wanted"], row["gap"]["value"]) == (37, 38, 1)


def test_every_district_must_have_its_own(town):
    asks, one = '{ works = "build", class = "transfer_station", by = "district" }', "{ years = [2021, 2025], value = 1 }"
    town.work(quantity=2, year=2022, **{"class": "transfer_station"})
    assert town.rows(asks, one, unit="座/县（市、区）")[0]["missing"][0]["what"] == "zone"
    town.districts()
    town.work(quantity=2, year=2022, district="330601", **{"class": "transfer_station"})
    row, = town.rows(asks, one, unit="座/县（市、区）")
    assert row["verdict"] == NOT_MET and [(p["key"], p["value"], p["gap"]) for p in row["by"]] == [("330601", 2, None), ("330602", 0, 1)]
    town.work(quantity=1, year=2023, district="东区", **{"class": "transfer_station"})
    assert town.rows(asks, one, unit="座/县（市、区）")[0]["verdict"] == MET


def test_an_entered_figure_is_shown_with_its_source(town):
    town.observe("sewage_treatment", 98.2, 2025, source="2025 年统计年报")
    row, = town.rows('{ observation = "sewage_treatment" }', on=dt.date(2026, 3, 1))
    assert (row["verdict"], row["value"]) == (MET, 98.2)
    assert (row["answer"]["kind"], row["answer"]["source"], row["answer"]["year"]) == ("observation", "2025 年统计年报", 2025)


def test_a_figure_from_before_the_promised_year_does_not_tell_of_it(town):
    town.observe("sewage_treatment", 99, 2023)
    asks = '{ observation = "sewage_treatment" }'
    row, = town.rows(asks, on=dt.date(2026, 3, 1))
    assert row["verdict"] == CANNOT_TELL and row["answer"]["value"] == 99 and row["missing"][0]["year"] == 2025
    assert town.rows(asks, on=dt.date(2024, 3, 1))[0]["verdict"] == MET  # as it stands before the year has come
    assert town.rows(asks, on=dt.date(2022, 3, 1))[0]["missing"][0]["what"] == "observation"  # not known then


@pytest.mark.parametrize(("value", "unit", "verdict"), [(9_000, "辆", NOT_MET), (10_000, "辆", MET), (10_000, "台", CANNOT_TELL)])
def test_an_entered_quantity_is_judged_in_its_unit(town, value, unit, verdict):
    town.observe("public_bikes_added", value, 2025, unit)
    row, = town.rows('{ observation = "public_bikes_added" }', "{ years = [2021, 2025], value = 10000 }", unit="辆")
    assert row["verdict"] == verdict


def test_an_entered_figure_is_judged_by_year(town):
    asks, by_year = '{ observation = "gas_coverage_piped" }', "{ by_year = { 2021 = 35, 2022 = 38, 2023 = 41 } }"
    town.observe("gas_coverage_piped", 36, 2021)
    row, = town.rows(asks, by_year, on=dt.date(2022, 12, 31))
    assert row["verdict"] == CANNOT_TELL and [m["year"] for m in row["missing"]] == [2022]
    town.observe("gas_coverage_piped", 37, 2022)
    row, = town.rows(asks, by_year, on=dt.date(2022, 12, 31))
    assert row["verdict"] == NOT_MET and [p["verdict"] for p in row["by"]] == [MET, NOT_MET, None] and row["gap"]["value"] == 1
